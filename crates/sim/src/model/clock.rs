//! The phase and what moves it: specification §1.

use alloy::primitives::{B256, U256};
use lifeboat_bindings::{
    typed,
    vault::{Timers, Vault},
};

use super::{Expected, Model, Outcome, refuse};
use crate::{call::Signed, world::DEPLOYED_AT};

/// After three cures within it, the next suspicion latches at once until the first of them is so long ago.
const FLICKER_PERIOD: u64 = 30 * 86_400;

/// Where a vault stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// The service works.
    Live,
    /// It must answer.
    Suspected,
    /// It is over; counting.
    Latched,
    /// Money goes home.
    Returning,
}

/// Everything the phase is derived from, and the timers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Unix seconds.
    pub last_beat: u64,
    /// Block that the last beat named.
    pub last_beat_block: u64,
    /// Oldest posting time among the assets' newest roots.
    pub roots_at: u64,
    /// When the first overdue request that is still open was reported.
    pub overdue_since: Option<u64>,
    /// When a suspicion began that one cure did not end.
    pub suspected_since: Option<u64>,
    /// When the announced wind-down latches.
    pub wind_down_at: Option<u64>,
    /// Reported requests still open.
    pub overdue_count: u64,
    /// The last announced maintenance.
    pub maintenance: Option<Window>,
    /// The last force majeure.
    pub majeure: Option<Window>,
    /// When the watchers last raised the alarm.
    pub alarm_at: Option<u64>,
    /// Suspicion of the service's own doing that begins before it latches at once.
    pub flicker_until: Option<u64>,
    /// How often and how long the service was suspected and came back.
    pub conduct: Conduct,
    /// Seconds.
    pub timers: ClockTimers,
}

/// A span of time, Unix seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub struct Window {
    pub from: u64,
    pub until: u64,
}

/// Suspicions that were cured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Conduct {
    /// When the last three ended that were not the watchers' alone, newest first.
    pub cures: [Option<u64>; 3],
    /// Seconds that all of those lasted.
    pub downtime: u64,
    /// When any last ended.
    pub cured_at: Option<u64>,
}

/// When each phase begins if nothing happens any more, Unix seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Timeline {
    pub suspected_at: u64,
    pub latched_at: u64,
    pub return_at: u64,
    pub push_at: u64,
}

/// The terms' timers in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct ClockTimers {
    pub grace: u64,
    pub serve_deadline: u64,
    pub challenge_window: u64,
    pub return_delay: u64,
    pub root_max_age: u64,
    pub attested_finality: u64,
    pub unattested_finality: u64,
    pub head_start: u64,
    pub wind_down_notice: u64,
    pub silence_cap: u64,
    pub release_window: u64,
    pub cold_delay: u64,
    pub freeze_max: u64,
    pub rotation_notice: u64,
    pub answer_window: u64,
}

impl Clock {
    pub(super) fn new(timers: &Timers) -> Self {
        Self {
            last_beat: DEPLOYED_AT,
            last_beat_block: 0,
            roots_at: DEPLOYED_AT,
            overdue_since: None,
            suspected_since: None,
            wind_down_at: None,
            overdue_count: 0,
            maintenance: None,
            majeure: None,
            alarm_at: None,
            flicker_until: None,
            conduct: Conduct::default(),
            timers: ClockTimers {
                grace: timers.grace.to(),
                serve_deadline: timers.serveDeadline.to(),
                challenge_window: timers.challengeWindow.to(),
                return_delay: timers.returnDelay.to(),
                root_max_age: timers.rootMaxAge.to(),
                attested_finality: timers.attestedFinality.to(),
                unattested_finality: timers.unattestedFinality.to(),
                head_start: timers.headStart.to(),
                wind_down_notice: timers.windDownNotice.to(),
                silence_cap: timers.silenceCap.to(),
                release_window: timers.releaseWindow.to(),
                cold_delay: timers.coldDelay.to(),
                freeze_max: timers.freezeMax.to(),
                rotation_notice: timers.rotationNotice.to(),
                answer_window: timers.answerWindow.to(),
            },
        }
    }

    /// When suspicion begins by the service's own doing. What an announced window covers does not count, up to the cap.
    fn own_start(&self) -> u64 {
        let windows = |of: &[Option<Window>]| {
            let mut windows: Vec<_> = of.iter().copied().flatten().collect();
            windows.sort_unstable();
            windows
        };
        let timers = &self.timers;
        let silent = runs_out(self.last_beat, timers.grace, &windows(&[self.maintenance, self.majeure]));
        let stale = runs_out(self.roots_at, timers.root_max_age, &windows(&[self.majeure]));
        let silent = silent.min(self.last_beat + timers.silence_cap);
        let stale = stale.min(self.roots_at + timers.silence_cap);
        silent.min(stale).min(self.overdue_since.unwrap_or(u64::MAX))
    }

    /// When the watchers raised the alarm that stands: one that no beat has followed.
    fn alarm(&self) -> Option<u64> {
        self.alarm_at.filter(|at| self.last_beat <= *at)
    }

    fn start_by_causes(&self) -> u64 {
        self.own_start().min(self.alarm().unwrap_or(u64::MAX))
    }

    /// When suspicion begins or began.
    #[must_use]
    pub fn start(&self) -> u64 {
        self.start_by_causes().min(self.suspected_since.unwrap_or(u64::MAX))
    }

    /// When the vault latches.
    #[must_use]
    pub fn latch_at(&self) -> u64 {
        let own = self.own_start();
        let at_once = self.flicker_until.filter(|until| own < *until).map_or(u64::MAX, |_| own);
        let lapses = self.start() + self.timers.challenge_window;
        lapses.min(at_once).min(self.wind_down_at.unwrap_or(u64::MAX))
    }

    /// When rounds can open.
    #[must_use]
    pub fn return_at(&self) -> u64 {
        self.latch_at() + self.timers.return_delay
    }

    /// When pushes can begin.
    #[must_use]
    pub fn push_at(&self) -> u64 {
        self.return_at() + self.timers.head_start
    }

    /// All beginnings.
    #[must_use]
    pub fn timeline(&self) -> Timeline {
        Timeline {
            suspected_at: self.start(),
            latched_at: self.latch_at(),
            return_at: self.return_at(),
            push_at: self.push_at(),
        }
    }

    /// Phase at a time; each begins at its timestamp.
    #[must_use]
    pub fn phase(&self, now: u64) -> Phase {
        if now >= self.return_at() {
            Phase::Returning
        } else if now >= self.latch_at() {
            Phase::Latched
        } else if now >= self.start() {
            Phase::Suspected
        } else {
            Phase::Live
        }
    }

    /// The time at which finality is judged.
    #[must_use]
    pub fn reference(&self, now: u64) -> u64 {
        if self.phase(now) == Phase::Live { now } else { self.start().min(self.latch_at()) }
    }

    /// After a cause may have been cured. `before` is the clock before the change.
    ///
    /// Returns the beginning of the suspicion that ended, if one did.
    pub(super) fn cure(&mut self, before: &Self, now: u64) -> Option<u64> {
        if before.phase(now) != Phase::Suspected {
            return None;
        }
        let began = before.start();
        // What the watchers alone said is not held against the service; what was its own is, whether they said something or not.
        if before.own_start() <= now && self.own_start() > now {
            self.count_cure(began, now);
        }
        if self.start_by_causes() <= now {
            self.suspected_since = Some(began);
            return None;
        }
        self.suspected_since = None;
        self.conduct.cured_at = Some(now);
        Some(began)
    }

    fn count_cure(&mut self, began: u64, now: u64) {
        let [last, second, _] = self.conduct.cures;
        self.conduct.cures = [Some(now), last, second];
        // No second counts twice.
        self.conduct.downtime += now - last.map_or(began, |last| last.max(began));
        let until = second.map(|third_last| third_last + FLICKER_PERIOD);
        self.flicker_until = until.filter(|until| *until > now).or(self.flicker_until);
    }
}

/// When an allowance that runs from `since` is used up; time in a window does not count. Windows ascend by their beginning.
fn runs_out(since: u64, allowance: u64, windows: &[Window]) -> u64 {
    let (mut counted_to, mut left) = (since, allowance);
    for window in windows {
        if window.until <= counted_to {
            continue;
        }
        let counted = window.from.saturating_sub(counted_to);
        if counted >= left {
            break;
        }
        left -= counted;
        counted_to = window.until;
    }
    counted_to + left
}

impl Model {
    /// Replaces the clock by a changed one, curing suspicion where that is due.
    pub(super) fn store_cured(&mut self, mut changed: Clock) -> Vec<Expected> {
        let cured = changed.cure(&self.clock, self.now);
        self.clock = changed;
        cured.map(|began| self.log(&Vault::SuspicionCured { suspectedAt: U256::from(began) })).into_iter().collect()
    }

    pub(super) fn beat(&mut self, number: u64, hash: B256, sig: &Signed) -> Outcome {
        self.require_not_latched()?;
        let block = U256::from(number);
        if number <= self.clock.last_beat_block {
            let last = U256::from(self.clock.last_beat_block);
            return Err(refuse(&Vault::Liveness_BeatNotNewer { blockNumber: block, last }));
        }
        let known = number < self.number
            && self.number - number <= 256
            && self.hashes.iter().rev().any(|earlier| *earlier == (number, hash));
        if !known {
            return Err(refuse(&Vault::Liveness_BlockHashMismatch { blockNumber: block }));
        }
        self.require_beat_signed(&typed::Beat { blockNumber: block, blockHash: hash }, sig)?;

        let changed = Clock { last_beat: self.now, last_beat_block: number, ..self.clock };
        let mut logs = self.store_cured(changed);
        logs.push(self.log(&Vault::Beat { blockNumber: block }));
        Ok(logs)
    }
}
