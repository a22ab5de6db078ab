//! What status says, for people and programs.

use alloy::primitives::Address;
use lifeboat_bindings::vault::{Terms, Timeline};
use serde::Serialize;

use super::{asset::AssetReport, safeguards::SafeguardsReport, state::State};
use crate::{
    amount::Amount,
    asset::Asset,
    output::Report,
    phase,
    time::{format_distance, format_duration, format_time},
};

#[derive(Debug, Serialize)]
pub(super) struct StatusReport<'a> {
    vault: Address,
    chain_id: u64,
    block: u64,
    time: u64,
    phase: &'static str,
    timers: Vec<Timer>,
    last_beat: u64,
    unserved_requests: u8,
    wind_down_at: Option<u64>,
    gas_tank: Address,
    gas_tank_balance: String,
    safeguards: SafeguardsReport<'a>,
    assets: Vec<AssetReport<'a>>,
}

#[derive(Debug, Serialize)]
struct Timer {
    event: &'static str,
    at: u64,
    /// Seconds until then; negative: since then.
    in_seconds: i128,
}

impl<'a> StatusReport<'a> {
    pub(super) fn of(state: &'a State, vault: Address, chain_id: u64, terms: Option<&Terms>) -> Self {
        let now = state.head.timestamp;
        let wind_down: u64 = state.liveness.windDownAt.to();
        let tank = Amount { base: state.tank, asset: &Asset::eth() }.to_string();
        Self {
            vault,
            chain_id,
            block: state.head.number,
            time: now,
            phase: phase::name(state.phase),
            timers: countdowns(&state.timeline, now),
            last_beat: state.liveness.lastBeat.to(),
            unserved_requests: state.liveness.overdueCount,
            wind_down_at: (wind_down != 0).then_some(wind_down),
            gas_tank: state.gas_tank,
            gas_tank_balance: tank,
            safeguards: SafeguardsReport::of(state),
            assets: state.assets.iter().map(|asset| AssetReport::of(asset, state, terms)).collect(),
        }
    }
}

fn countdowns(timeline: &Timeline, now: u64) -> Vec<Timer> {
    [
        ("suspicion", timeline.suspectedAt),
        ("latch", timeline.latchedAt),
        ("return", timeline.returnAt),
        ("pushes", timeline.pushAt),
    ]
    .into_iter()
    .map(|(event, at)| Timer { event, at: at.to(), in_seconds: i128::from(at.to::<u64>()) - i128::from(now) })
    .collect()
}

impl Timer {
    fn text(&self) -> String {
        format!("{:<10} {}  ({})", self.event, format_time(self.at), format_distance(self.in_seconds))
    }
}

impl Report for StatusReport<'_> {
    fn text(&self) -> String {
        let mut lines = vec![
            format!(
                "vault {} on chain {}, block {}, {}",
                self.vault,
                self.chain_id,
                self.block,
                format_time(self.time)
            ),
            format!("phase {}; if nothing happens any more:", self.phase),
        ];
        lines.extend(self.timers.iter().map(|timer| format!("  {}", timer.text())));
        let silence = format_duration(self.time.saturating_sub(self.last_beat));
        lines.push(format!("last heartbeat {silence} ago; {} reported exit requests unserved", self.unserved_requests));
        lines.extend(
            self.wind_down_at.map(|at| format!("wind-down announced: the vault latches at {}", format_time(at))),
        );
        lines.push(format!("gas tank {} holds {}", self.gas_tank, self.gas_tank_balance));
        lines.extend(self.safeguards.lines(self.time));
        for asset in &self.assets {
            lines.extend(asset.lines());
        }
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use alloy::primitives::aliases::U40;

    use super::*;

    #[test]
    fn timers_count_down_and_then_up() {
        let at = U40::from(1_767_225_600u64);
        let timeline = Timeline { suspectedAt: at, latchedAt: at, returnAt: at, pushAt: at };
        let text = |now| countdowns(&timeline, now)[0].text();
        assert_eq!(text(1_767_222_000), "suspicion  2026-01-01 00:00:00 UTC  (in 1h)");
        assert_eq!(text(1_767_225_690), "suspicion  2026-01-01 00:00:00 UTC  (1m 30s ago)");
    }
}
