//! Hunts many faults at once. Every case runs on code without a fault switched on. Where a transaction comes past a fault, the same transaction
//! is tried with that fault, on the same state: if it then does nothing else, the fault has not shown itself, and nothing need be run again.
//! If it leaves another state behind, the case is followed to its end with the fault on.

use std::sync::Arc;

use lifeboat_bindings::create2::Code;

use crate::{
    backend::{
        revm::{self, Base, RevmError},
        woven::{NO_FAULT, State, Woven, born_differently, differ},
    },
    canary::CanaryError,
    case::{Sent, compare},
    readback::Expectation,
    tape::{Scene, Tape},
};

/// Cases in which a fault may leave another state behind that nobody notices, before it is not followed any more.
const FOLLOWED: u64 = 24;

/// Passes after which a fault is tried at every 32nd only: what happens all the time happens in few ways.
const OFTEN: u64 = 2_000;

/// What became of one fault.
#[derive(Clone, Debug, Default)]
pub(super) struct Trail {
    /// The finding that showed it.
    pub(super) found: Option<String>,
    /// Transactions and views that came past it while it was hunted.
    pub(super) passes: u64,
    /// Cases in which it left another state behind, and nobody noticed.
    pub(super) unnoticed: u64,
    /// Whether the judge has told of its end.
    pub(super) is_told: bool,
    /// The world as it is when its constructors run with the fault, if they make another one.
    born: Option<Arc<Base>>,
}

impl Trail {
    /// Neither found nor given up.
    pub(super) fn is_hunted(&self) -> bool {
        self.found.is_none() && self.unnoticed < FOLLOWED
    }

    /// Counts a pass; whether the fault is tried there.
    fn is_tried(&mut self) -> bool {
        self.passes += 1;
        self.passes <= OFTEN || self.passes.is_multiple_of(32)
    }

    fn close(&mut self, found: Option<String>) {
        self.unnoticed += u64::from(found.is_none());
        self.found = found;
    }
}

/// Code with faults in it, and what is known of each: the first is switched on by 1.
pub(super) struct Hunt {
    /// The world without a fault.
    base: Arc<Base>,
    pub(super) trails: Vec<Trail>,
}

impl Hunt {
    /// # Errors
    /// If the code does not deploy.
    pub(super) fn new(code: &Code, mut trails: Vec<Trail>) -> Result<Self, CanaryError> {
        let (base, passed) = revm::planted(code, NO_FAULT)?;
        for trail in &mut trails {
            trail.born = None;
        }
        for number in passed {
            let Some(trail) = trail(&mut trails, number) else { continue };
            match revm::planted(code, number) {
                // Whoever deploys such a vault notices.
                Err(error) => trail.found = Some(error.to_string()),
                Ok((born, _)) => trail.born = Some(born).filter(|born| born_differently(&base, born)),
            }
        }
        Ok(Self { base, trails })
    }

    /// What becomes of the faults in one case.
    ///
    /// # Errors
    /// If there is something to find while no fault is switched on.
    pub(super) fn see(&self, tape: &Tape) -> Result<Vec<Trail>, CanaryError> {
        let mut trails = self.trails.clone();
        for (number, trail) in (1..).zip(&mut trails) {
            if let Some(born) = trail.born.clone().filter(|_| trail.is_hunted()) {
                trail.passes += 1;
                trail.close(follow(&mut Woven::new(born), number, &tape.scenes));
            }
        }
        hunt_in(&mut Woven::new(self.base.clone()), &mut trails, tape)?;
        Ok(trails)
    }

    /// Takes in what became of them in several cases, each of which began with what is known here.
    pub(super) fn learn(&mut self, seen: Vec<Vec<Trail>>) {
        let before = self.trails.clone();
        for trails in seen {
            for ((known, before), after) in self.trails.iter_mut().zip(&before).zip(trails) {
                if known.is_hunted() {
                    known.passes += after.passes - before.passes;
                    known.unnoticed += after.unnoticed - before.unnoticed;
                    known.found = after.found;
                }
            }
        }
    }
}

fn trail(trails: &mut [Trail], number: u64) -> Option<&mut Trail> {
    trails.get_mut(usize::try_from(number).ok()?.checked_sub(1)?)
}

/// A fault that somebody came past, if it is tried there.
fn tried_here<'a>(trails: &'a mut [Trail], gone: &[bool], number: u64) -> Option<&'a mut Trail> {
    let trail = trail(trails, number)?;
    let is_here = trail.born.is_none() && trail.is_hunted() && !gone[number as usize];
    (is_here && trail.is_tried()).then_some(trail)
}

/// Hunts all faults in one case.
fn hunt_in(chain: &mut Woven, trails: &mut [Trail], tape: &Tape) -> Result<(), CanaryError> {
    // Followed in this case: their state is another one by now.
    let mut gone = vec![false; trails.len() + 1];
    for (at, scene) in tape.scenes.iter().enumerate() {
        match scene {
            Scene::Block { number, time, last_hash } => chain.begin_block(*number, *time, *last_hash),
            Scene::Step(sent) => {
                let (ran, passed) = chain.watch(&sent.tx)?;
                compare(sent, &ran.receipt, true).map_err(|finding| CanaryError::Baseline(finding.key))?;
                for number in passed {
                    let Some(trail) = tried_here(trails, &gone, number) else { continue };
                    match tried(chain, number, sent) {
                        Err(found) => trail.found = Some(found),
                        Ok(state) if differ(&ran.state, &state, &sent.tx) => {
                            gone[number as usize] = true;
                            let mut fork = chain.fork();
                            fork.keep(state);
                            trail.close(follow(&mut fork, number, &tape.scenes[at + 1..]));
                        }
                        Ok(_) => {}
                    }
                }
                chain.keep(ran.state);
            }
            Scene::Views(list) => {
                for each in list {
                    read_all(chain, trails, &gone, each)?;
                }
            }
        }
    }
    Ok(())
}

/// What a transaction leaves behind with a fault on; or how it shows the fault.
fn tried(chain: &mut Woven, number: u64, sent: &Sent) -> Result<State, String> {
    let ran = chain.with(number, &sent.tx).map_err(|error| error.to_string())?;
    compare(sent, &ran.receipt, true).map_err(|finding| finding.key)?;
    Ok(ran.state)
}

/// One view, with every fault that it comes past.
fn read_all(chain: &mut Woven, trails: &mut [Trail], gone: &[bool], each: &Expectation) -> Result<(), CanaryError> {
    let tx = each.view.to_tx();
    let (ran, passed) = chain.watch(&tx)?;
    if ran.receipt.output != each.answer {
        return Err(CanaryError::Baseline(format!("view {}", each.name)));
    }
    for number in passed {
        let Some(trail) = tried_here(trails, gone, number) else { continue };
        if chain.with(number, &tx)?.receipt.output != each.answer {
            trail.found = Some(format!("view {}", each.name));
        }
    }
    Ok(())
}

/// Goes on with a fault switched on; how it shows itself.
fn follow(chain: &mut Woven, number: u64, scenes: &[Scene]) -> Option<String> {
    let mut last: Option<&Sent> = None;
    for scene in scenes {
        let seen = match scene {
            Scene::Block { number, time, last_hash } => {
                chain.begin_block(*number, *time, *last_hash);
                Ok(())
            }
            Scene::Step(sent) => {
                last = Some(sent);
                tried(chain, number, sent).map(|state| chain.keep(state))
            }
            Scene::Views(list) => read(chain, number, list, last),
        };
        if let Err(found) = seen {
            return Some(found);
        }
    }
    None
}

fn read(chain: &mut Woven, number: u64, list: &[Expectation], last: Option<&Sent>) -> Result<(), String> {
    let views: Vec<_> = list.iter().map(|each| each.view.clone()).collect();
    let answers = chain.read(number, &views).map_err(|error: RevmError| error.to_string())?;
    let wrong = list.iter().zip(&answers).find(|(each, answer)| each.answer != **answer);
    wrong.map_or(Ok(()), |(each, _)| Err(format!("{} view {}", last.map_or("", |sent| sent.name), each.name)))
}
