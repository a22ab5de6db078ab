//! Many cases, on as many workers as there are cores: generated while they run, driven out at the end, failures told apart and shrunk.

use std::{
    collections::BTreeMap,
    str::FromStr,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use alloy::primitives::{B256, keccak256};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde::{Deserialize, Serialize};

use crate::{
    action::Step,
    backend::{
        anvil::{Anvil, AnvilError},
        revm::Revm,
    },
    case::{CaseError, Chains, Finding, Run},
    cover::Coverage,
    exit,
    generate::{self, Swarm},
    shrink,
    trace::Trace,
    world::WORLD,
};

/// Generated steps of a case, unless somebody asks for more.
pub const LEN: usize = 150;

/// Where a campaign runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Where {
    /// In process.
    Revm,
    /// On a real node.
    Anvil,
    /// On both, which must agree to the unit of gas.
    Both,
}

impl FromStr for Where {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "revm" => Ok(Self::Revm),
            "anvil" => Ok(Self::Anvil),
            "both" => Ok(Self::Both),
            _ => Err(format!("`{name}` is none of revm, anvil, both")),
        }
    }
}

/// What to run.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Where.
    pub backend: Where,
    /// Number of cases.
    pub cases: u64,
    /// Generated steps a case; the way out comes on top.
    pub len: usize,
    /// Generated steps that a block holds at least; 1: the generator alone decides when a block ends.
    pub per_block: usize,
    /// Decides everything.
    pub seed: u64,
    /// Workers.
    pub jobs: usize,
    /// No case begins after this time.
    pub time: Option<Duration>,
}

/// What came of it.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Cases that ran.
    pub cases: u64,
    /// Steps, ways out included.
    pub steps: u64,
    /// Gas used by all transactions.
    pub gas: u64,
    /// Over everything observed, in the order of the cases: equal on equal runs, whatever the number of workers.
    pub digest: B256,
    /// What was reached.
    #[serde(skip)]
    pub coverage: Coverage,
    /// One shrunk trace for each kind of failure.
    pub findings: Vec<Trace>,
    /// Wall-clock seconds.
    pub seconds: f64,
}

/// One case's result.
pub(crate) struct CaseResult {
    pub(crate) steps: u64,
    gas: u64,
    digest: B256,
    pub(crate) failure: Option<(Vec<Step>, Finding)>,
}

/// Chains for one worker.
///
/// # Errors
/// If anvil does not start.
pub fn chains(backend: Where) -> Result<Chains, AnvilError> {
    Ok(Chains {
        revm: (backend != Where::Anvil).then(Revm::new),
        anvil: if backend == Where::Revm { None } else { Some(Anvil::start()?) },
        tape: None,
    })
}

/// Runs a campaign. `progress` is called after each case with the number of cases done.
///
/// # Errors
/// If a chain cannot be driven; findings are part of the report.
pub fn run(plan: &Plan, progress: impl Fn(u64) + Sync) -> Result<Report, CaseError> {
    run_on(plan, &|| chains(plan.backend), progress)
}

/// Runs a campaign on chains of one's own: a vault with a planted bug.
///
/// # Errors
/// If a chain cannot be driven; findings are part of the report.
pub fn run_on(
    plan: &Plan,
    chains: &(impl Fn() -> Result<Chains, AnvilError> + Sync),
    progress: impl Fn(u64) + Sync,
) -> Result<Report, CaseError> {
    let began = Instant::now();
    let next = AtomicU64::new(0);
    let done = Mutex::new((BTreeMap::new(), Coverage::default()));
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..plan.jobs.max(1))
            .map(|_| {
                scope.spawn(|| -> Result<(), CaseError> {
                    let mut chains = chains()?;
                    loop {
                        let case = next.fetch_add(1, Ordering::Relaxed);
                        if case >= plan.cases || plan.time.is_some_and(|time| began.elapsed() >= time) {
                            return Ok(());
                        }
                        let mut cover = Coverage::default();
                        let result = generated(plan, case, &mut chains, &mut cover)?;
                        let mut done = done.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                        done.0.insert(case, result);
                        done.1.merge(&cover);
                        progress(done.0.len() as u64);
                    }
                })
            })
            .collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })?;
    let (results, coverage) = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    Ok(Report {
        cases: results.len() as u64,
        steps: results.values().map(|result| result.steps).sum(),
        gas: results.values().map(|result| result.gas).sum(),
        digest: results.values().fold(B256::ZERO, |all, result| keccak256([all, result.digest].concat())),
        coverage,
        findings: findings(plan, chains, results)?,
        seconds: began.elapsed().as_secs_f64(),
    })
}

/// Generates and runs case number `case`.
pub(crate) fn generated(
    plan: &Plan,
    case: u64,
    chains: &mut Chains,
    cover: &mut Coverage,
) -> Result<CaseResult, CaseError> {
    let mut runner = runner(plan.seed, case);
    let swarm = Swarm::draw(&mut runner);
    let mut steps = Vec::with_capacity(plan.len);
    let mut run = Run::begin(std::mem::take(chains), vault_of(case))?;
    let mut ended = Ok(());
    while ended.is_ok() && steps.len() < plan.len {
        let mut step = generate::next(&mut runner, &run.model, &swarm);
        if (1..plan.per_block).contains(&run.in_block()) {
            step.warp = None;
        }
        ended = run.step(&step, cover);
        steps.push(step);
    }
    if ended.is_ok() {
        ended = exit::drive(&mut run, cover);
    }
    if ended.is_ok() {
        ended = run.finish();
    }
    let (steps_run, gas, digest) = (run.steps() as u64, run.gas, run.digest);
    *chains = run.into_chains();
    let failure = match ended {
        Ok(()) => None,
        Err(CaseError::Found(finding)) => Some((steps, finding)),
        Err(error) => return Err(error),
    };
    Ok(CaseResult { steps: steps_run, gas, digest, failure })
}

/// Runs given steps from the beginning to the way out.
///
/// # Errors
/// If a chain cannot be driven.
pub fn replay(chains: &mut Chains, vault: usize, steps: &[Step]) -> Result<Option<Finding>, CaseError> {
    let mut cover = Coverage::default();
    let mut run = Run::begin(std::mem::take(chains), vault)?;
    let ended = steps
        .iter()
        .try_for_each(|step| run.step(step, &mut cover))
        .and_then(|()| exit::drive(&mut run, &mut cover))
        .and_then(|()| run.finish());
    *chains = run.into_chains();
    match ended {
        Ok(()) => Ok(None),
        Err(CaseError::Found(finding)) => Ok(Some(finding)),
        Err(error) => Err(error),
    }
}

/// The first failure of each kind, shrunk.
fn findings(
    plan: &Plan,
    chains: &impl Fn() -> Result<Chains, AnvilError>,
    results: BTreeMap<u64, CaseResult>,
) -> Result<Vec<Trace>, CaseError> {
    let mut kinds: BTreeMap<String, (u64, Vec<Step>, Finding)> = BTreeMap::new();
    for (case, result) in results {
        if let Some((steps, finding)) = result.failure {
            kinds.entry(finding.key.clone()).or_insert((case, steps, finding));
        }
    }
    if kinds.is_empty() {
        return Ok(Vec::new());
    }
    let mut chains = chains()?;
    kinds
        .into_values()
        .map(|(case, steps, finding)| {
            let vault = vault_of(case);
            let (steps, finding) = shrink::shrink(steps, finding, |steps| replay(&mut chains, vault, steps))?;
            Ok(Trace::new(plan.seed, case, vault, steps, Some(finding)))
        })
        .collect()
}

/// Cases take turns with the vaults.
pub(crate) fn vault_of(case: u64) -> usize {
    (case % WORLD.vaults.len() as u64) as usize
}

/// A case's own generator.
#[must_use]
pub fn runner(seed: u64, case: u64) -> TestRunner {
    let bytes = keccak256([seed.to_be_bytes(), case.to_be_bytes()].concat());
    TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, bytes.as_slice()))
}
