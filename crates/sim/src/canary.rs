//! Does the simulator find bugs? Known ones are planted into copies of the sources, compiled, and hunted on revm.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use lifeboat_bindings::create2::Code;
use serde::Serialize;
use thiserror::Error;

use crate::{
    backend::revm::{self, Revm, RevmError},
    campaign::{self, LEN, Plan, Where},
    case::{CaseError, Chains, Finding},
    compile::{self, CompileError, Quality},
    cover::Coverage,
};

mod beside;
mod vault;

/// A bug: in `file` under contracts/src, `from` becomes `to`.
#[derive(Clone, Copy, Debug)]
pub struct Canary {
    /// What is wrong then.
    pub name: &'static str,
    /// Under contracts/src.
    pub file: &'static str,
    /// Occurs once.
    pub from: &'static str,
    /// Takes its place.
    pub to: &'static str,
}

/// The planted bugs.
pub fn canaries() -> impl Iterator<Item = &'static Canary> {
    [vault::OF_VAULT, beside::OF_REGISTRY, beside::OF_BOND, beside::OF_DISPUTES, beside::OF_ESCROW]
        .into_iter()
        .flatten()
}

/// Why a canary could not be set free.
#[derive(Debug, Error)]
pub enum CanaryError {
    /// The sources have changed under it.
    #[error("CANARY_PATCH: `{0}` fits {1} places of its file, not one; bring the canary up to date with the sources")]
    Patch(&'static str, usize),
    /// A source cannot be read.
    #[error("CANARY_FILE: {0}: {1}; run in a checkout")]
    File(PathBuf, std::io::Error),
    /// The patched sources do not compile.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// Code whose faults are all switched off does not do what the contracts do.
    #[error("MUTANTS_BASELINE: without any fault the simulator found {0}; this is a defect of how faults are put in")]
    Baseline(String),
    /// revm could not run it.
    #[error(transparent)]
    Revm(#[from] RevmError),
    /// A case could not be run.
    #[error(transparent)]
    Case(#[from] CaseError),
}

/// How a hunt ended.
#[derive(Clone, Debug, Serialize)]
pub struct Hunt {
    /// The canary's.
    pub name: &'static str,
    /// How it showed itself; `None`: it escaped.
    pub found: Option<Finding>,
    /// Cases until then.
    pub cases: u64,
    /// Steps until then.
    pub steps: u64,
    /// Seconds until then, compilation apart.
    pub seconds: f64,
    /// Seconds of compilation.
    pub compile_seconds: f64,
}

/// The file with the bug in it.
///
/// # Errors
/// If it is not there, or the patch does not fit exactly once.
pub fn patch(root: &Path, canary: &Canary) -> Result<String, CanaryError> {
    let path = root.join("contracts/src").join(canary.file);
    let source = std::fs::read_to_string(&path).map_err(|error| CanaryError::File(path, error))?;
    match source.matches(canary.from).count() {
        1 => Ok(source.replace(canary.from, canary.to)),
        places => Err(CanaryError::Patch(canary.name, places)),
    }
}

/// Compiles the contracts of the checkout at `root` with one canary in them. Those that do not know the file are taken from the bindings.
///
/// # Errors
/// If the patch does not fit or does not compile.
pub fn compile(root: &Path, canary: &Canary) -> Result<Code, CanaryError> {
    let changed = BTreeMap::from([(canary.file.to_owned(), patch(root, canary)?)]);
    Ok(compile::code(root, &changed, Quality::Deployed)?)
}

/// Hunts a canary for at most `time`.
///
/// # Errors
/// If it does not compile or cannot be run.
pub fn hunt(root: &Path, canary: &Canary, seed: u64, time: Duration) -> Result<Hunt, CanaryError> {
    let compiling = Instant::now();
    let code = compile(root, canary)?;
    let compile_seconds = compiling.elapsed().as_secs_f64();
    Ok(Hunt { name: canary.name, compile_seconds, ..hunt_in(&code, seed, time)? })
}

/// Hunts whatever is wrong with this code.
fn hunt_in(code: &Code, seed: u64, time: Duration) -> Result<Hunt, CanaryError> {
    let (base, _) = revm::planted(code, 0)?;
    let plan = Plan { backend: Where::Revm, cases: u64::MAX, len: LEN, per_block: 1, seed, jobs: 1, time: None };
    let mut chains = Chains { revm: Some(Revm::on(base)), ..Chains::default() };
    let mut hunt = Hunt { name: "", found: None, cases: 0, steps: 0, seconds: 0.0, compile_seconds: 0.0 };
    let began = Instant::now();
    while hunt.found.is_none() && began.elapsed() < time {
        let result = campaign::generated(&plan, hunt.cases, &mut chains, &mut Coverage::default())?;
        hunt.cases += 1;
        hunt.steps += result.steps;
        hunt.found = result.failure.map(|(_, finding)| finding);
    }
    hunt.seconds = began.elapsed().as_secs_f64();
    Ok(hunt)
}
