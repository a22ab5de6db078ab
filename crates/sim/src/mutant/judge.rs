//! Which mutants does the simulator notice? Batches are compiled with many faults in them, which are hunted together.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use lifeboat_bindings::create2::Code;
use serde::Serialize;

use super::{
    Mutant,
    hunt::{self, Trail},
    planted,
};
use crate::{
    canary::CanaryError,
    compile::{self, CompileError, Quality},
    tape::Tape,
};

/// Cases that are recorded before their steps are counted.
const AT_A_TIME: u64 = 8;

/// Mutants in one compilation at most.
const BATCH: usize = 512;

/// How a mutant ended.
#[derive(Clone, Debug, Serialize)]
pub enum Fate {
    /// It does not compile.
    Stillborn,
    /// The simulator noticed: by this finding.
    Killed(String),
    /// The simulator has not noticed.
    Survived,
    /// The simulator does not run it with faults: the tests alone judge.
    NotSimulated,
}

/// A mutant and its end.
#[derive(Clone, Debug, Serialize)]
pub struct Judged {
    /// Which.
    pub mutant: Mutant,
    /// Its end.
    pub fate: Fate,
    /// Transactions and views that came past it.
    pub passes: u64,
    /// Cases in which it left another state behind without being noticed.
    pub unnoticed: u64,
}

/// How mutants are judged.
#[derive(Clone, Copy, Debug)]
pub struct Trial {
    /// Decides the simulator's cases.
    pub seed: u64,
    /// Steps of all cases together, at least: each mutant is hunted in the same cases.
    pub steps: u64,
    /// Workers.
    pub jobs: usize,
}

/// What is compiled together.
struct Batch<'a> {
    mutants: Vec<&'a Mutant>,
    code: Code,
}

/// Judges many; `told` hears of each. The result does not depend on the number of workers.
///
/// # Errors
/// If the machine is in the way, or the simulator finds something when no fault is switched on.
pub fn judge_all(
    root: &Path,
    mutants: &[Mutant],
    trial: Trial,
    told: impl Fn(&Judged) + Sync,
) -> Result<Vec<Judged>, CanaryError> {
    let simulated = compile::simulated(root)?;
    let (simulated, others): (Vec<&Mutant>, Vec<&Mutant>) =
        mutants.iter().partition(|mutant| simulated.contains(&mutant.file));
    let done = Mutex::new(Vec::new());
    let end = |mutant: &Mutant, fate, passes, unnoticed| {
        let judged = Judged { mutant: mutant.clone(), fate, passes, unnoticed };
        told(&judged);
        done.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(judged);
    };
    for mutant in others {
        end(mutant, Fate::NotSimulated, 0, 0);
    }
    let tapes = record(trial)?;
    let share = simulated.len().div_ceil(trial.jobs.max(1));
    let chunks: Vec<&[&Mutant]> = simulated.chunks(share.clamp(1, BATCH)).collect();
    each(&chunks, trial.jobs, |chunk| {
        let (batches, stillborn) = compile(root, chunk)?;
        stillborn.into_iter().for_each(|mutant| end(mutant, Fate::Stillborn, 0, 0));
        for Batch { mutants, code } in batches {
            let trails = hunt::hunt(&code, mutants.len(), &tapes)?;
            for (mutant, Trail { found, passes, unnoticed, .. }) in mutants.into_iter().zip(trails) {
                end(mutant, found.map_or(Fate::Survived, Fate::Killed), passes, unnoticed);
            }
        }
        Ok(())
    })?;
    let mut done = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    done.sort_by(|a, b| {
        (&a.mutant.file, a.mutant.line, &a.mutant.id).cmp(&(&b.mutant.file, b.mutant.line, &b.mutant.id))
    });
    Ok(done)
}

/// As many cases as the trial's steps take.
fn record(trial: Trial) -> Result<Vec<Tape>, CanaryError> {
    let mut tapes = Vec::new();
    let mut steps = 0;
    while steps < trial.steps {
        let begun = tapes.len() as u64;
        let cases: Vec<u64> = (begun..begun + AT_A_TIME).collect();
        let recorded = Mutex::new(BTreeMap::new());
        each(&cases, trial.jobs, |case| {
            let tape = Tape::record(trial.seed, *case)?;
            recorded.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(*case, tape);
            Ok(())
        })?;
        for tape in recorded.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner).into_values() {
            steps += tape.steps();
            tapes.push(tape);
        }
    }
    Ok(tapes)
}

/// Compiles these together; where the compiler refuses, in halves, down to those that it refuses alone.
fn compile<'a>(root: &Path, mutants: &[&'a Mutant]) -> Result<(Vec<Batch<'a>>, Vec<&'a Mutant>), CanaryError> {
    let changed = planted(root, mutants.iter().copied())?;
    // The compiler's check takes a sixth of its work.
    let files: Vec<String> = changed.keys().cloned().collect();
    let checked = compile::trees(root, &files, &changed);
    match checked.and_then(|_| compile::code(root, &changed, Quality::Quick)) {
        Ok(code) => Ok((vec![Batch { mutants: mutants.to_vec(), code }], Vec::new())),
        Err(CompileError::Refused(_)) if mutants.len() <= 1 => Ok((Vec::new(), mutants.to_vec())),
        Err(CompileError::Refused(_)) => {
            let (front, back) = mutants.split_at(mutants.len() / 2);
            let (mut batches, mut stillborn) = compile(root, front)?;
            let (more, dead) = compile(root, back)?;
            batches.extend(more);
            stillborn.extend(dead);
            Ok((batches, stillborn))
        }
        Err(error) => Err(error.into()),
    }
}

/// Does something with each, as many at a time as `jobs`.
fn each<T: Sync>(
    all: &[T],
    jobs: usize,
    work: impl Fn(&T) -> Result<(), CanaryError> + Sync,
) -> Result<(), CanaryError> {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs.max(1))
            .map(|_| {
                scope.spawn(|| {
                    while let Some(one) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                        work(one)?;
                    }
                    Ok(())
                })
            })
            .collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}
