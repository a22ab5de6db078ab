//! A case without a chain: what a chain is told and asked, and what must come of it. The generator follows the model and not the chain, so
//! that one tape serves however many versions of the code.

use alloy::primitives::B256;

use crate::{
    campaign::{self, Plan, Where},
    case::{CaseError, Chains, Sent},
    cover::Coverage,
    readback::Expectation,
};

/// One case.
#[derive(Debug, Default)]
pub struct Tape {
    /// In order.
    pub(crate) scenes: Vec<Scene>,
}

/// A part of a tape.
#[derive(Debug)]
pub(crate) enum Scene {
    /// A block begins. The one before has this number and hash.
    Block { number: u64, time: u64, last_hash: Option<(u64, B256)> },
    /// A transaction.
    Step(Box<Sent>),
    /// What the views answer now.
    Views(Vec<Expectation>),
}

impl Tape {
    /// Case number `case` of a seed, way out included.
    ///
    /// # Errors
    /// If the model breaks a rule of its own.
    pub fn record(seed: u64, case: u64) -> Result<Self, CaseError> {
        let plan = Plan { backend: Where::Revm, cases: 0, len: campaign::LEN, per_block: 1, seed, jobs: 1, time: None };
        let mut chains = Chains { tape: Some(Self::default()), ..Chains::default() };
        let result = campaign::generated(&plan, case, &mut chains, &mut Coverage::default())?;
        match result.failure {
            Some((_, finding)) => Err(CaseError::Found(finding)),
            None => Ok(chains.tape.unwrap_or_default()),
        }
    }

    /// Number of transactions.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.scenes.iter().filter(|scene| matches!(scene, Scene::Step(_))).count() as u64
    }
}
