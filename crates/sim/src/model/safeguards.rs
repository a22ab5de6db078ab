//! What the safeguards announce and excuse: specification §11.

use std::collections::VecDeque;

use alloy::primitives::{B256, U256, aliases::U40};
use lifeboat_bindings::{
    typed,
    vault::{Safeguards, Vault},
};

use super::{Clock, Model, Outcome, Refusal, Window, refuse};
use crate::call::{QuorumSigned, Signed};

const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;
const MAINTENANCE_NOTICE: u64 = DAY;
const MAINTENANCE_MAX: u64 = 12 * HOUR;
const MAINTENANCE_PERIOD: u64 = 90 * DAY;
const MAINTENANCE_BUDGET: u64 = 72 * HOUR;
const MAJEURE_MAX: u64 = 14 * DAY;
const MAJEURE_PERIOD: u64 = 365 * DAY;
const ALARM_PERIOD: u64 = 7 * DAY;
const REASONS: u8 = 7;
/// Windows that a budget remembers.
const KEPT: usize = 8;

/// Windows that count towards a budget, oldest first: end and length.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Budget(VecDeque<(u64, u64)>);

impl Budget {
    /// Whether one more window fits. At most eight in a period, and `most` seconds together.
    pub(super) fn require(&self, until: u64, duration: u64, period: u64, most: u64) -> Result<(), Refusal> {
        let counts = |window: &&(u64, u64)| window.0 + period > until;
        let used = duration + self.0.iter().filter(counts).map(|(_, duration)| duration).sum::<u64>();
        let full = self.0.len() == KEPT && self.0.front().as_ref().is_some_and(counts);
        if used > most || full {
            let (used, budget) = (U256::from(used), U256::from(most));
            return Err(refuse(&Vault::Safeguards_BudgetSpent { used, budget }));
        }
        Ok(())
    }

    pub(super) fn spend(&mut self, until: u64, duration: u64) {
        if self.0.len() == KEPT {
            self.0.pop_front();
        }
        self.0.push_back((until, duration));
    }
}

impl Model {
    pub(super) fn announce(
        &mut self,
        sequence: U256,
        reason: u8,
        text_hash: B256,
        uri: &str,
        expected_until: u64,
        sig: &Signed,
    ) -> Outcome {
        if reason >= REASONS {
            return Err(refuse(&Vault::Safeguards_UnknownReason { reason }));
        }
        self.require_next(sequence, self.announcements)?;
        let (uri, until) = (uri.to_owned(), U40::from(expected_until));
        let message =
            typed::Announcement { sequence, reason, textHash: text_hash, uri: uri.clone(), expectedUntil: until };
        self.require_operator(&message, sig)?;

        self.announcements += 1;
        let expected = U256::from(expected_until);
        let event = Safeguards::Announced { sequence, reason, textHash: text_hash, uri, expectedUntil: expected };
        Ok(vec![self.safeguards_log(&event)])
    }

    pub(super) fn announce_wind_down(&mut self, latch_at: u64, deadline: U256, quorum: &QuorumSigned) -> Outcome {
        let earliest = self.now + self.clock.timers.wind_down_notice;
        if latch_at < earliest {
            let (latch_at, earliest) = (U256::from(latch_at), U256::from(earliest));
            return Err(refuse(&Vault::Liveness_WindDownTooSoon { latchAt: latch_at, earliest }));
        }
        self.require_before(deadline)?;
        self.require_signers(&typed::WindDown { latchAt: U40::from(latch_at), deadline }, quorum)?;
        self.require_live()?;
        if let Some(announced) = self.clock.wind_down_at {
            return Err(refuse(&Vault::Liveness_WindDownAnnounced { latchAt: U256::from(announced) }));
        }

        self.clock.wind_down_at = Some(latch_at);
        Ok(vec![self.safeguards_log(&Safeguards::WindDownAnnounced { latchAt: U256::from(latch_at) })])
    }

    pub(super) fn announce_maintenance(&mut self, from: u64, until: u64, sig: &Signed) -> Outcome {
        require_from(from, self.now + MAINTENANCE_NOTICE)?;
        let duration = require_duration(from, until, MAINTENANCE_MAX)?;
        if let Some(last) = self.clock.maintenance.filter(|last| last.until > self.clock.last_beat) {
            return Err(refuse(&Vault::Safeguards_WindowOpen { until: U256::from(last.until) }));
        }
        self.require_operator(&typed::Maintenance { from: U40::from(from), until: U40::from(until) }, sig)?;
        self.maintenance.require(until, duration, MAINTENANCE_PERIOD, MAINTENANCE_BUDGET)?;
        self.require_live()?;

        self.maintenance.spend(until, duration);
        self.clock.maintenance = Some(Window { from, until });
        let (from, until) = (U256::from(from), U256::from(until));
        Ok(vec![self.safeguards_log(&Safeguards::MaintenanceAnnounced { from, until })])
    }

    pub(super) fn declare_force_majeure(
        &mut self,
        until: u64,
        evidence: B256,
        sig: &Signed,
        quorum: &QuorumSigned,
    ) -> Outcome {
        require_duration(self.now, until, MAJEURE_MAX)?;
        require_from(self.now, self.clock.majeure.map_or(0, |last| last.from + MAJEURE_PERIOD))?;
        let message = typed::ForceMajeure { until: U40::from(until), evidenceHash: evidence };
        self.require_operator(&message, sig)?;
        self.require_watchers(&message, quorum)?;
        self.require_live()?;

        self.clock.majeure = Some(Window { from: self.now, until });
        let event = Safeguards::ForceMajeureDeclared { until: U256::from(until), evidenceHash: evidence };
        Ok(vec![self.safeguards_log(&event)])
    }

    pub(super) fn raise_alarm(&mut self, evidence: B256, deadline: U256, quorum: &QuorumSigned) -> Outcome {
        self.require_before(deadline)?;
        // Else the same signatures could raise the next one.
        if deadline > U256::from(self.now + ALARM_PERIOD) {
            return Err(too_long(deadline - U256::from(self.now), ALARM_PERIOD));
        }
        if let Some(last) = self.clock.alarm_at {
            require_from(self.now, last + ALARM_PERIOD + 1)?;
        }
        self.require_watchers(&typed::Alarm { evidenceHash: evidence, deadline }, quorum)?;
        self.require_live()?;

        self.clock = Clock { alarm_at: Some(self.now), ..self.clock };
        Ok(vec![self.safeguards_log(&Safeguards::AlarmRaised { evidenceHash: evidence })])
    }

    pub(super) fn require_next(&self, given: U256, expected: u64) -> Result<(), Refusal> {
        let expected = U256::from(expected);
        if given == expected { Ok(()) } else { Err(refuse(&Vault::Signature_SequenceUsed { given, expected })) }
    }

    fn require_watchers<M: alloy::sol_types::SolStruct>(
        &self,
        message: &M,
        quorum: &QuorumSigned,
    ) -> Result<(), Refusal> {
        let terms = self.terms();
        self.require_role(message, quorum, &terms.watchers, terms.watcherThreshold)
    }
}

pub(super) fn require_from(given: u64, earliest: u64) -> Result<(), Refusal> {
    if given >= earliest {
        return Ok(());
    }
    Err(refuse(&Vault::Safeguards_TooSoon { given: U256::from(given), earliest: U256::from(earliest) }))
}

pub(super) fn require_duration(from: u64, until: u64, longest: u64) -> Result<u64, Refusal> {
    require_from(until, from + 1)?;
    let duration = until - from;
    if duration > longest { Err(too_long(U256::from(duration), longest)) } else { Ok(duration) }
}

fn too_long(duration: U256, longest: u64) -> Refusal {
    refuse(&Vault::Safeguards_TooLong { duration, longest: U256::from(longest) })
}
