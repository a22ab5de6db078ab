//! Which mutants does the simulator notice? Batches are compiled with many faults in them, which are hunted together.

use std::{
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
};

use serde::Serialize;

use super::{
    Mutant,
    hunt::{Hunt, Trail},
    planted,
};
use crate::{
    canary::CanaryError,
    compile::{self, CompileError, Quality},
    tape::Tape,
};

/// Cases that are recorded, and hunted in, at a time.
const AT_A_TIME: u64 = 16;

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
    /// Steps of all cases together, at least. Each mutant is hunted in the same cases, until it is found.
    pub steps: u64,
    /// Workers.
    pub jobs: usize,
}

/// A mutant that has not been noticed so far.
#[derive(Clone)]
struct Suspect<'a> {
    mutant: &'a Mutant,
    trail: Trail,
}

/// What is compiled together, and hunted.
struct Batch<'a> {
    mutants: Vec<&'a Mutant>,
    hunt: Hunt,
}

/// Judges many; `told` hears of each. The result does not depend on the number of workers.
///
/// # Errors
/// If the machine is in the way, or the simulator finds something when no fault is switched on.
pub fn judge_all(
    root: &Path,
    mutants: &[Mutant],
    trial: Trial,
    told: impl Fn(&Judged),
) -> Result<Vec<Judged>, CanaryError> {
    let simulated = compile::simulated(root)?;
    let mut done = Vec::new();
    let mut end = |mutant: &Mutant, trail: &Trail, fate| {
        let judged = Judged { mutant: mutant.clone(), fate, passes: trail.passes, unnoticed: trail.unnoticed };
        told(&judged);
        done.push(judged);
    };
    let (simulated, others): (Vec<&Mutant>, Vec<&Mutant>) =
        mutants.iter().partition(|mutant| simulated.contains(&mutant.file));
    others.into_iter().for_each(|mutant| end(mutant, &Trail::default(), Fate::NotSimulated));
    let mut suspects: Vec<Suspect<'_>> =
        simulated.into_iter().map(|mutant| Suspect { mutant, trail: Trail::default() }).collect();

    let (mut cases, mut steps) = (0, 0);
    let mut batches: Vec<Batch<'_>> = Vec::new();
    while steps < trial.steps && !suspects.is_empty() {
        // Each batch costs the same, however few of its mutants are left.
        if batches.is_empty() || suspects.len().div_ceil(BATCH) * 2 <= batches.len() {
            let (compiled, stillborn) = compile_all(root, &suspects, trial.jobs)?;
            batches = compiled;
            stillborn.into_iter().for_each(|mutant| end(mutant, &Trail::default(), Fate::Stillborn));
        }
        let tapes = record(trial, cases)?;
        cases += tapes.len() as u64;
        steps += tapes.iter().map(Tape::steps).sum::<u64>();
        suspects.clear();
        for batch in &mut batches {
            let seen = each(&tapes, trial.jobs, |tape| batch.hunt.see(tape))?;
            batch.hunt.learn(seen);
            for (mutant, trail) in batch.mutants.iter().copied().zip(&mut batch.hunt.trails) {
                if trail.is_told {
                    continue;
                }
                trail.is_told = !trail.is_hunted();
                match &trail.found {
                    Some(found) => end(mutant, trail, Fate::Killed(found.clone())),
                    None if trail.is_hunted() => suspects.push(Suspect { mutant, trail: trail.clone() }),
                    None => end(mutant, trail, Fate::Survived),
                }
            }
        }
    }
    suspects.iter().for_each(|one| end(one.mutant, &one.trail, Fate::Survived));
    done.sort_by(|a, b| {
        (&a.mutant.file, a.mutant.line, &a.mutant.id).cmp(&(&b.mutant.file, b.mutant.line, &b.mutant.id))
    });
    Ok(done)
}

/// The next cases.
fn record(trial: Trial, begun: u64) -> Result<Vec<Tape>, CanaryError> {
    let cases: Vec<u64> = (begun..begun + AT_A_TIME).collect();
    each(&cases, trial.jobs, |case| Ok(Tape::record(trial.seed, *case)?))
}

/// Compiles all that are left. Also returned: what does not compile.
fn compile_all<'a>(
    root: &Path,
    suspects: &[Suspect<'a>],
    jobs: usize,
) -> Result<(Vec<Batch<'a>>, Vec<&'a Mutant>), CanaryError> {
    let chunks: Vec<&[Suspect<'a>]> = suspects.chunks(BATCH).collect();
    let made = each(&chunks, jobs, |chunk| compile(root, chunk))?;
    let (batches, stillborn): (Vec<_>, Vec<_>) = made.into_iter().unzip();
    Ok((batches.into_iter().flatten().collect(), stillborn.into_iter().flatten().collect()))
}

/// Compiles these together, without those that do not compile; in halves, where it is too much for the compiler.
fn compile<'a>(root: &Path, suspects: &[Suspect<'a>]) -> Result<(Vec<Batch<'a>>, Vec<&'a Mutant>), CanaryError> {
    let (suspects, mut stillborn) = born(root, suspects)?;
    let mutants: Vec<&Mutant> = suspects.iter().map(|one| one.mutant).collect();
    match compile::code(root, &planted(root, mutants.iter().copied())?, Quality::Quick) {
        Ok(code) => {
            let hunt = Hunt::new(&code, suspects.into_iter().map(|one| one.trail).collect())?;
            Ok((vec![Batch { mutants, hunt }], stillborn))
        }
        Err(CompileError::Refused(_)) if mutants.len() <= 1 => Ok((Vec::new(), mutants)),
        Err(CompileError::Refused(_)) => {
            let mut batches = Vec::new();
            for half in suspects.chunks(suspects.len().div_ceil(2)) {
                let (compiled, dead) = compile(root, half)?;
                batches.extend(compiled);
                stillborn.extend(dead);
            }
            Ok((batches, stillborn))
        }
        Err(error) => Err(error.into()),
    }
}

/// Those that the compiler's check lets pass, which takes a sixth of its work, and those that it does not.
fn born<'a>(root: &Path, suspects: &[Suspect<'a>]) -> Result<(Vec<Suspect<'a>>, Vec<&'a Mutant>), CanaryError> {
    let changed = planted(root, suspects.iter().map(|one| one.mutant))?;
    let files: Vec<String> = changed.keys().cloned().collect();
    match compile::trees(root, &files, &changed) {
        Ok(_) => Ok((suspects.to_vec(), Vec::new())),
        Err(CompileError::Refused(_)) if suspects.len() <= 1 => {
            Ok((Vec::new(), suspects.iter().map(|one| one.mutant).collect()))
        }
        Err(CompileError::Refused(_)) => {
            let (mut living, mut stillborn) = (Vec::new(), Vec::new());
            for half in suspects.chunks(suspects.len().div_ceil(2)) {
                let (alive, dead) = born(root, half)?;
                living.extend(alive);
                stillborn.extend(dead);
            }
            Ok((living, stillborn))
        }
        Err(error) => Err(error.into()),
    }
}

/// What comes of each, as many at a time as `jobs`.
fn each<T: Sync, R: Send>(
    all: &[T],
    jobs: usize,
    work: impl Fn(&T) -> Result<R, CanaryError> + Sync,
) -> Result<Vec<R>, CanaryError> {
    let next = AtomicUsize::new(0);
    let done = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs.max(1))
            .map(|_| {
                scope.spawn(|| {
                    let mut done = Vec::new();
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        let Some(one) = all.get(number) else { return Ok(done) };
                        done.push((number, work(one)?));
                    }
                })
            })
            .collect();
        workers
            .into_iter()
            .map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect::<Result<Vec<_>, CanaryError>>()
    })?;
    let mut done: Vec<(usize, R)> = done.into_iter().flatten().collect();
    done.sort_by_key(|(number, _)| *number);
    Ok(done.into_iter().map(|(_, one)| one).collect())
}
