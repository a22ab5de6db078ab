//! What roles have announced, slowed down or exchanged, for people and programs.

use alloy::primitives::{Address, B256, U256, aliases::U40};
use serde::Serialize;

use super::state::State;
use crate::{
    amount::Amount,
    time::{format_distance, format_duration, format_time},
};

/// Three cures within it, and the next suspicion latches at once.
const FLICKER_PERIOD: u64 = 30 * 86_400;

#[derive(Debug, Serialize)]
pub(super) struct SafeguardsReport<'a> {
    /// Until when releases and payouts are stopped; absent: they are not.
    frozen_until: Option<u64>,
    /// The last announced maintenance.
    maintenance: Option<Span>,
    force_majeure: Option<Span>,
    /// When the watchers raised the alarm that stands.
    alarm_at: Option<u64>,
    /// Suspicions of the service's own doing that were cured in the last 30 days, at most three.
    flickers: usize,
    /// Until when the next suspicion latches at once.
    flicker_until: Option<u64>,
    downtime_seconds: u64,
    signers_hash: B256,
    threshold: u8,
    cold_threshold: u8,
    rotation: Option<RotationReport>,
    next_rotation: String,
    next_announcement: String,
    /// Absent: the node does not give the events.
    queued: Option<Vec<QueuedReport<'a>>>,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct Span {
    from: u64,
    until: u64,
}

#[derive(Debug, Serialize)]
struct RotationReport {
    signers_hash: B256,
    threshold: u8,
    cold_threshold: u8,
    ready_at: u64,
}

#[derive(Debug, Serialize)]
struct QueuedReport<'a> {
    release: B256,
    asset: Address,
    to: Address,
    /// Absent: the vault does not account for the asset.
    amount: Option<Amount<'a>>,
    salt: String,
    /// Part of what was signed, Unix seconds; needed to veto it and to execute it.
    deadline: String,
    ready_at: u64,
}

impl<'a> SafeguardsReport<'a> {
    pub(super) fn of(state: &'a State) -> Self {
        let (now, excuses, conduct) = (state.head.timestamp, &state.excuses, &state.conduct);
        let cures = [conduct.lastCure, conduct.secondLastCure, conduct.thirdLastCure];
        let recent = |at: &&U40| !at.is_zero() && at.to::<u64>() + FLICKER_PERIOD > now;
        let alarm = told(excuses.alarmAt).filter(|at| state.liveness.lastBeat.to::<u64>() <= *at);
        Self {
            frozen_until: Some(state.frozen_until).filter(|until| *until > now),
            maintenance: Span::of(excuses.maintenanceFrom, excuses.maintenanceUntil),
            force_majeure: Span::of(excuses.majeureFrom, excuses.majeureUntil),
            alarm_at: alarm,
            flickers: cures.iter().filter(recent).count(),
            flicker_until: told(excuses.flickerUntil).filter(|until| *until > now),
            downtime_seconds: conduct.downtime.to(),
            signers_hash: state.signers.membersHash,
            threshold: state.signers.threshold,
            cold_threshold: state.signers.coldThreshold,
            rotation: told(state.rotation.readyAt).map(|ready_at| RotationReport {
                signers_hash: state.rotation.signers.membersHash,
                threshold: state.rotation.signers.threshold,
                cold_threshold: state.rotation.signers.coldThreshold,
                ready_at,
            }),
            next_rotation: state.next[0].to_string(),
            next_announcement: state.next[1].to_string(),
            queued: state
                .queue
                .as_ref()
                .map(|queue| queue.iter().map(|queued| QueuedReport::of(queued, state)).collect()),
        }
    }

    pub(super) fn lines(&self, now: u64) -> Vec<String> {
        let at = |time: u64| format!("{} ({})", format_time(time), format_distance(i128::from(time) - i128::from(now)));
        let mut lines = vec![format!(
            "{} signers move the reserve, {} above the warm cap (members {})",
            self.threshold, self.cold_threshold, self.signers_hash
        )];
        lines.extend(self.frozen_until.map(|until| format!("FROZEN: no releases and payouts until {}", at(until))));
        lines.extend(self.alarm_at.map(|since| format!("ALARM of the watchers at {}", at(since))));
        for (name, span) in [("maintenance", self.maintenance), ("force majeure", self.force_majeure)] {
            let span = span.filter(|span| span.until > now);
            lines.extend(span.map(|span| format!("{name} from {} until {}", at(span.from), at(span.until))));
        }
        if self.flickers > 0 {
            let downtime = format_duration(self.downtime_seconds);
            lines.push(format!(
                "{} suspicions cured in the last 30 days; {downtime} of suspicion in all",
                self.flickers
            ));
        }
        lines
            .extend(self.flicker_until.map(|until| format!("the next suspicion LATCHES AT ONCE, until {}", at(until))));
        lines.extend(self.rotation.as_ref().map(|next| {
            let RotationReport { threshold, cold_threshold, signers_hash, ready_at } = next;
            format!(
                "new signers announced, {threshold} and {cold_threshold} of them (members {signers_hash}); in force from {}",
                at(*ready_at)
            )
        }));
        match &self.queued {
            None => lines.push("releases that wait cannot be read from this node (--from-block helps)".to_owned()),
            Some(queued) => lines.extend(queued.iter().map(|queued| queued.line(&at))),
        }
        lines
    }
}

impl Span {
    fn of(from: U40, until: U40) -> Option<Self> {
        told(until).map(|until| Self { from: from.to(), until })
    }
}

impl<'a> QueuedReport<'a> {
    fn of(queued: &lifeboat_bindings::vault::Safeguards::ReleaseQueued, state: &'a State) -> Self {
        let known = state.assets.iter().find(|known| known.asset.address == queued.asset);
        Self {
            release: queued.release,
            asset: queued.asset,
            to: queued.to,
            amount: known.map(|known| Amount { base: queued.amount, asset: &known.asset }),
            salt: queued.salt.to_string(),
            deadline: queued.deadline.to_string(),
            ready_at: queued.readyAt.saturating_to(),
        }
    }

    fn line(&self, at: &impl Fn(u64) -> String) -> String {
        let amount = self.amount.as_ref().map_or_else(|| format!("of {}", self.asset), ToString::to_string);
        format!(
            "release of {amount} to {} waits until {} (salt {}, deadline @{}, {})",
            self.to,
            at(self.ready_at),
            self.salt,
            self.deadline,
            self.release
        )
    }
}

/// Zero: none.
fn told(time: U40) -> Option<u64> {
    Some(time.to::<u64>()).filter(|time| *time != 0)
}

/// What may still go out in this window under a cap, in base units: rounded down.
pub(super) fn room(owed: u128, cap_bps: u16, in_window: u64) -> u128 {
    let cap = (u64::from(cap_bps) << 40) / 10_000;
    let left = U256::from(cap.saturating_sub(in_window));
    ((U256::from(owed) * left) >> 40_usize).to()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_go_out_is_rounded_down() {
        assert_eq!(room(10_000, 100, 0), 99);
        assert_eq!(room(1 << 40, 10_000, 5), (1 << 40) - 5);
        assert_eq!(room(10_000, 100, 1 << 40), 0);
    }
}
