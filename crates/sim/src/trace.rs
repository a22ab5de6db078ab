//! A failing case as a file: versioned JSON that replays on any backend, and prints as a script.

use std::{fmt::Write as _, path::Path};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    action::Step,
    case::{Finding, foretell, stand_in_head},
    cover::SUCCESS,
    model::Model,
    world::{DEPLOYED_AT, WORLD},
};

/// Version of the format.
pub const VERSION: u32 = 1;

/// One case and how it fails, or failed once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// Of the format.
    pub version: u32,
    /// The campaign's.
    pub seed: u64,
    /// Number of the case in it.
    pub case: u64,
    /// Which vault of the world.
    pub vault: usize,
    /// What is done; the way out follows.
    pub steps: Vec<Step>,
    /// First disagreement; a regression that passes has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finding: Option<Finding>,
}

/// Why a trace cannot be read.
#[derive(Debug, Error)]
pub enum TraceError {
    /// The file is not there or not readable.
    #[error("TRACE_READ: {path}: {error}")]
    Read {
        /// Which.
        path: String,
        /// Why.
        error: std::io::Error,
    },
    /// It is no trace.
    #[error("TRACE_FORMAT: {path}: {error}; a trace is what `lifeboat sim run` wrote")]
    Format {
        /// Which.
        path: String,
        /// Where.
        error: serde_json::Error,
    },
    /// It is of another version, or names a vault that is not there.
    #[error("TRACE_VERSION: {path}: version {version}, vault {vault}; this program reads version {VERSION}")]
    Version {
        /// Which.
        path: String,
        /// Found.
        version: u32,
        /// Found.
        vault: usize,
    },
}

impl Trace {
    /// A trace of the current version.
    #[must_use]
    pub fn new(seed: u64, case: u64, vault: usize, steps: Vec<Step>, finding: Option<Finding>) -> Self {
        Self { version: VERSION, seed, case, vault, steps, finding }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// If it is not readable or no trace.
    pub fn load(path: &Path) -> Result<Self, TraceError> {
        let name = || path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| TraceError::Read { path: name(), error })?;
        let trace: Self = serde_json::from_str(&text).map_err(|error| TraceError::Format { path: name(), error })?;
        if trace.version != VERSION || trace.vault >= WORLD.vaults.len() {
            return Err(TraceError::Version { path: name(), version: trace.version, vault: trace.vault });
        }
        Ok(trace)
    }

    /// The file's text.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// One line a step: time since deployment, phase, action, what the model says comes of it.
    #[must_use]
    pub fn script(&self) -> String {
        let mut text = format!("seed {}, case {}, vault {}\n", self.seed, self.case, self.vault);
        let (number, hash) = stand_in_head();
        let mut model = Model::new(self.vault, number, hash);
        for (position, step) in self.steps.iter().enumerate() {
            let outcome = foretell(&mut model, step).map_or_else(|refusal| refusal.name, |_| SUCCESS);
            let (now, phase) = (model.now - DEPLOYED_AT, model.phase());
            let _ = writeln!(text, "{position:>4}  +{now:<6} {phase:<10?} {:?} -> {outcome}", step.action);
        }
        match &self.finding {
            Some(finding) => {
                let _ = writeln!(text, "fails at step {}: {}\n  {}", finding.step, finding.key, finding.message);
            }
            None => text.push_str("passes\n"),
        }
        text
    }
}
