//! Which mutants does the simulator notice? Batches are compiled with many faults in them; each fault is switched on and hunted.

use std::{
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use lifeboat_bindings::create2::Code;
use serde::Serialize;

use super::{Mutant, planted};
use crate::{
    canary::{self, CanaryError, Limit},
    compile::{self, CompileError, Quality},
};

/// Mutants in one compilation: more would slow the simulated calls, which pass all of them.
const BATCH: usize = 128;

/// How a mutant ended.
#[derive(Clone, Debug, Serialize)]
pub enum Fate {
    /// It does not compile.
    Stillborn,
    /// The simulator noticed: by this finding.
    Killed(String),
    /// The simulator has not noticed.
    Survived,
    /// No contract that the simulator runs has it: the tests alone judge.
    NotSimulated,
}

/// A mutant and its end.
#[derive(Clone, Debug, Serialize)]
pub struct Judged {
    /// Which.
    pub mutant: Mutant,
    /// Its end.
    pub fate: Fate,
    /// Simulated steps until then.
    pub steps: u64,
    /// Seconds of simulation.
    pub seconds: f64,
}

/// How mutants are judged.
#[derive(Clone, Copy, Debug)]
pub struct Trial {
    /// Decides the simulator's cases.
    pub seed: u64,
    /// No case begins after so many steps.
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
    let end = |mutant: &Mutant, fate, steps, seconds| {
        let judged = Judged { mutant: mutant.clone(), fate, steps, seconds };
        told(&judged);
        done.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(judged);
    };
    for mutant in others {
        end(mutant, Fate::NotSimulated, 0, 0.0);
    }
    let chunks: Vec<&[&Mutant]> = simulated.chunks(BATCH).collect();
    let batches = Mutex::new(Vec::new());
    each(&chunks, trial.jobs, |chunk| {
        let (compiled, stillborn) = compile(root, chunk)?;
        stillborn.into_iter().for_each(|mutant| end(mutant, Fate::Stillborn, 0, 0.0));
        batches.lock().unwrap_or_else(std::sync::PoisonError::into_inner).extend(compiled);
        Ok(())
    })?;
    let batches = batches.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    // Number 0 is none of them: what the simulator finds then is our own doing.
    let places = batches.iter().flat_map(|batch| (0..=batch.mutants.len()).map(move |number| (batch, number)));
    let places: Vec<_> = places.collect();
    each(&places, trial.jobs, |(batch, number)| {
        let began = Instant::now();
        let hunt = canary::hunt_chosen(&batch.code, *number as u64, trial.seed, Limit::Steps(trial.steps));
        let (fate, steps) = match hunt {
            Ok(hunt) => (hunt.found.map_or(Fate::Survived, |finding| Fate::Killed(finding.key)), hunt.steps),
            // Whoever deploys such a vault notices, and whoever reads it.
            Err(CanaryError::Revm(error)) => (Fate::Killed(error.to_string()), 0),
            Err(CanaryError::Case(error)) => (Fate::Killed(error.to_string()), 0),
            Err(error) => return Err(error),
        };
        match (number.checked_sub(1).and_then(|index| batch.mutants.get(index)), fate) {
            (Some(mutant), fate) => end(mutant, fate, steps, began.elapsed().as_secs_f64()),
            (None, Fate::Killed(how)) => return Err(CanaryError::Baseline(how)),
            (None, _) => {}
        }
        Ok(())
    })?;
    let mut done = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    done.sort_by(|a, b| {
        (&a.mutant.file, a.mutant.line, &a.mutant.id).cmp(&(&b.mutant.file, b.mutant.line, &b.mutant.id))
    });
    Ok(done)
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
