//! How each endpoint does: whether it answers, keeps up, and says what the others say.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use serde::Serialize;
use tracing::{info, warn};

/// An endpoint that failed is left alone for so long, unless there is no quorum without it: its timeout would hold every look up.
const REST: Duration = Duration::from_secs(10);
/// An endpoint that was outvoted is asked last for so long.
const DOUBT: Duration = Duration::from_secs(60);

/// What an endpoint is worth at the moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// Not asked yet.
    #[default]
    Unknown,
    /// It has the head that a quorum has.
    Agrees,
    /// It has not reached that head.
    Behind,
    /// It has another block in that place, or was outvoted a minute ago or less.
    Disagrees,
    /// It does not answer.
    Fails,
}

/// What the status page shows of an endpoint.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct EndpointStatus {
    /// Scheme, host and port.
    pub(crate) name: String,
    pub(crate) state: State,
    /// Its newest block.
    pub(crate) height: Option<u64>,
    /// Answers of its that were outvoted.
    pub(crate) outvoted: u64,
}

/// The record of one endpoint.
#[derive(Debug)]
pub(crate) struct Standing(Mutex<Record>);

#[derive(Debug)]
struct Record {
    seen: EndpointStatus,
    failed: Option<Instant>,
    doubted: Option<Instant>,
}

impl Standing {
    pub(crate) const fn new(name: String) -> Self {
        let seen = EndpointStatus { name, state: State::Unknown, height: None, outvoted: 0 };
        Self(Mutex::new(Record { seen, failed: None, doubted: None }))
    }

    /// It gave no answer.
    pub(crate) fn failed(&self, reason: &str) {
        let mut record = self.record();
        record.failed = Some(Instant::now());
        record.turn(State::Fails, reason);
    }

    /// It named a block as its newest, and `state` is what that means.
    pub(crate) fn reached(&self, height: u64, state: State) {
        let mut record = self.record();
        (record.failed, record.seen.height) = (None, Some(height));
        let state = if state == State::Agrees && record.is_doubted() { State::Disagrees } else { state };
        record.turn(state, "its newest block");
    }

    /// A quorum gave another answer.
    pub(crate) fn outvoted(&self, method: &'static str) {
        let mut record = self.record();
        record.seen.outvoted += 1;
        record.doubted = Some(Instant::now());
        record.turn(State::Disagrees, method);
    }

    /// Whether it failed a moment ago.
    pub(crate) fn rests(&self) -> bool {
        self.record().failed.is_some_and(|at| at.elapsed() < REST)
    }

    /// Whether it was outvoted not long ago.
    pub(crate) fn is_doubted(&self) -> bool {
        self.record().is_doubted()
    }

    pub(crate) fn show(&self) -> EndpointStatus {
        self.record().seen.clone()
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Record {
    fn is_doubted(&self) -> bool {
        self.doubted.is_some_and(|at| at.elapsed() < DOUBT)
    }

    /// Says so when it changes.
    fn turn(&mut self, state: State, why: &str) {
        if self.seen.state == state {
            return;
        }
        let (before, endpoint, height) = (self.seen.state, &self.seen.name, self.seen.height);
        match state {
            State::Agrees if before == State::Unknown => {}
            State::Agrees => info!(endpoint, height, ?before, "endpoint agrees again"),
            _ => warn!(endpoint, height, ?state, why, "endpoint"),
        }
        self.seen.state = state;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_that_was_outvoted_is_doubted_though_it_has_the_head() {
        let standing = Standing::new("a".to_owned());
        standing.reached(7, State::Agrees);
        assert_eq!((standing.show().state, standing.is_doubted()), (State::Agrees, false));
        standing.outvoted("eth_call");
        standing.reached(8, State::Agrees);
        let seen = standing.show();
        assert_eq!((seen.state, seen.height, seen.outvoted), (State::Disagrees, Some(8), 1));
        assert!(standing.is_doubted() && !standing.rests());
    }

    #[test]
    fn an_endpoint_that_failed_rests_until_it_answers() {
        let standing = Standing::new("a".to_owned());
        standing.failed("no connection");
        assert!(standing.rests());
        standing.reached(1, State::Behind);
        assert!(!standing.rests());
        assert_eq!(standing.show().state, State::Behind);
    }
}
