//! One asset's books and commitments, for people and programs.

use alloy::primitives::{B256, U256};
use lifeboat_bindings::vault::{Commitment, Gate, Terms, Timers};
use serde::Serialize;

use super::{
    safeguards::room,
    state::{AssetState, State},
};
use crate::{
    amount::Amount,
    asset::Asset,
    phase,
    time::{format_distance, format_duration, format_time},
};

#[derive(Debug, Serialize)]
pub(super) struct AssetReport<'a> {
    asset: &'a Asset,
    balance: Amount<'a>,
    segregated: Amount<'a>,
    pending: Amount<'a>,
    reserve: Amount<'a>,
    owed: Amount<'a>,
    /// Reserve by what is owed, rounded down; absent: nothing is owed.
    coverage_percent: Option<String>,
    pending_entries: u64,
    newest: Option<CommitmentReport<'a>>,
    counting: Option<CommitmentReport<'a>>,
    recovery: Option<RecoveryReport<'a>>,
    /// Number of the next release or payout.
    next_nonce: String,
    /// What may still go out at once; absent: the terms are not known.
    may_go_out: Option<TiersReport<'a>>,
}

#[derive(Debug, Serialize)]
struct TiersReport<'a> {
    /// By the operator alone.
    hot: Amount<'a>,
    /// By the signers, without delay.
    warm: Amount<'a>,
    /// When the next window begins.
    window_until: u64,
}

#[derive(Debug, Serialize)]
struct CommitmentReport<'a> {
    epoch: u32,
    root: B256,
    total: Amount<'a>,
    accounts: u32,
    age_seconds: u64,
    attested: bool,
    /// Whether it is the one that counts.
    is_final: bool,
    /// When it becomes, or became, final by the terms' timers while the vault is live; absent: the terms are not known.
    final_at: Option<u64>,
    final_in_seconds: Option<i128>,
    /// It was not final when the suspicion began: it counts only if the suspicion is cured.
    too_late: bool,
}

#[derive(Debug, Serialize)]
struct RecoveryReport<'a> {
    epoch: u32,
    owed: Amount<'a>,
    allotted: Amount<'a>,
    rounds: u32,
}

impl<'a> AssetReport<'a> {
    pub(super) fn of(state: &'a AssetState, whole: &State, terms: Option<&Terms>) -> Self {
        let timers = terms.map(|terms| &terms.timers);
        let amount = |base: U256| Amount { base, asset: &state.asset };
        let small = |base: u128| amount(U256::from(base));
        let commitment = |commitment: &Option<Commitment>| {
            let counting = state.counting.as_ref().map_or(0, |counting| counting.epoch);
            let commitment = commitment.as_ref()?;
            Some(CommitmentReport::of(commitment, &state.asset, whole, counting, timers))
        };
        let (book, recovery) = (&state.book, &state.recovery);
        Self {
            asset: &state.asset,
            balance: amount(state.balance),
            segregated: small(book.segregated),
            pending: small(book.pending),
            reserve: amount(state.reserve),
            owed: small(book.owed),
            coverage_percent: coverage_percent(state.reserve, book.owed),
            pending_entries: (book.queued - book.absorbed).to(),
            newest: commitment(&state.newest),
            counting: commitment(&state.counting),
            recovery: recovery.isFixed.then(|| RecoveryReport {
                epoch: recovery.epoch,
                owed: small(recovery.owed),
                allotted: small(recovery.allotted),
                rounds: recovery.rounds,
            }),
            next_nonce: (u128::from(state.gate.highest) + 1).to_string(),
            may_go_out: terms.filter(|_| whole.phase == phase::LIVE).map(|terms| {
                let window: u64 = terms.timers.releaseWindow.to();
                let number = whole.head.timestamp / window.max(1);
                let passed = in_window(&state.gate, number);
                TiersReport {
                    hot: small(room(book.owed, terms.hotCapBps, passed)),
                    warm: small(room(book.owed, terms.warmCapBps, passed)),
                    window_until: (number + 1) * window,
                }
            }),
        }
    }
}

/// What counts at the time of a window: all that passed in it and in the one before, in 2^-40 of what was owed.
fn in_window(gate: &Gate, number: u64) -> u64 {
    match number.checked_sub(gate.window.into()) {
        Some(0) => (gate.previous + gate.current).to(),
        Some(1) => gate.current.to(),
        _ => 0,
    }
}

impl<'a> CommitmentReport<'a> {
    fn of(commitment: &Commitment, asset: &'a Asset, state: &State, counting: u32, timers: Option<&Timers>) -> Self {
        let now = state.head.timestamp;
        let is_final = commitment.epoch == counting;
        let final_at = timers.map(|timers| final_at(commitment, timers));
        Self {
            epoch: commitment.epoch,
            root: commitment.root,
            total: Amount { base: U256::from(commitment.total), asset },
            accounts: commitment.count,
            age_seconds: now.saturating_sub(commitment.postedAt.to()),
            attested: !commitment.attestedAt.is_zero(),
            is_final,
            final_at,
            final_in_seconds: final_at.map(|at| i128::from(at) - i128::from(now)),
            too_late: !is_final && state.phase != phase::LIVE,
        }
    }

    fn lines(&self) -> [String; 3] {
        let attested = if self.attested { ", attested" } else { "" };
        [
            format!(
                "epoch {}: {} for {} accounts, posted {} ago{attested}",
                self.epoch,
                self.total,
                self.accounts,
                format_duration(self.age_seconds)
            ),
            format!("root {}", self.root),
            self.finality(),
        ]
    }

    fn finality(&self) -> String {
        let when = match (self.final_at, self.final_in_seconds) {
            (Some(at), Some(distance)) => format!("{} ({})", format_time(at), format_distance(distance)),
            _ => "a time that only the terms tell (--terms, --from-block)".to_owned(),
        };
        match (self.is_final, self.too_late) {
            (true, _) => format!("final since {when}"),
            (false, true) => "not final when the suspicion began: counts only if that is cured".to_owned(),
            (false, false) => format!("final at {when}"),
        }
    }
}

/// When a commitment becomes final, Unix seconds (specification §3).
fn final_at(commitment: &Commitment, timers: &Timers) -> u64 {
    let posted: u64 = commitment.postedAt.to();
    let unattested = posted + timers.unattestedFinality.to::<u64>();
    if commitment.attestedAt.is_zero() {
        return unattested;
    }
    unattested.min(commitment.attestedAt.to::<u64>().max(posted + timers.attestedFinality.to::<u64>()))
}

/// `reserve / owed` in percent with two decimals, rounded down; `None` if nothing is owed.
fn coverage_percent(reserve: U256, owed: u128) -> Option<String> {
    let hundredths = reserve.saturating_mul(U256::from(10_000)).checked_div(U256::from(owed))?;
    let hundred = U256::from(100);
    Some(format!("{}.{:02}", hundredths / hundred, hundredths % hundred))
}

impl AssetReport<'_> {
    pub(super) fn lines(&self) -> Vec<String> {
        let name = if self.asset.is_eth() {
            "ETH".to_owned()
        } else {
            format!("{} {}", self.asset.symbol, self.asset.address)
        };
        let coverage = self.coverage_percent.as_ref().map_or_else(
            || "nothing is owed by the ledger".to_owned(),
            |percent| format!("{percent} % of {} owed", self.owed),
        );
        let mut lines = vec![
            name,
            format!("  balance    {}", self.balance),
            format!("  segregated {}", self.segregated),
            format!("  pending    {} in {} entries", self.pending, self.pending_entries),
            format!("  reserve    {}: {coverage}", self.reserve),
        ];
        lines.extend(self.may_go_out.as_ref().map(|tiers| {
            format!(
                "  may go out {} by the operator alone, {} by the signers at once, until {}; next nonce {}",
                tiers.hot,
                tiers.warm,
                format_time(tiers.window_until),
                self.next_nonce
            )
        }));
        for (name, commitment) in [("newest commitment", &self.newest), ("counting commitment", &self.counting)] {
            let Some(commitment) = commitment else {
                lines.push(format!("  {name:<19} none"));
                continue;
            };
            let [first, rest @ ..] = commitment.lines();
            lines.push(format!("  {name:<19} {first}"));
            lines.extend(rest.map(|line| format!("  {:<19} {line}", "")));
        }
        if let Some(recovery) = &self.recovery {
            lines.push(format!(
                "  return of epoch {}: {} owed, {} allotted in {} rounds",
                recovery.epoch, recovery.owed, recovery.allotted, recovery.rounds
            ));
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use alloy::primitives::aliases::{U40, U48};

    use super::*;

    #[test]
    fn coverage_is_rounded_down_and_absent_without_debt() {
        assert_eq!(coverage_percent(U256::from(1), 0), None);
        assert_eq!(coverage_percent(U256::from(2), 3).as_deref(), Some("66.66"));
        assert_eq!(coverage_percent(U256::from(20), 10).as_deref(), Some("200.00"));
    }

    #[test]
    fn a_window_counts_with_the_one_before() {
        let gate = Gate { window: 7, previous: U48::from(3), current: U48::from(5), ..Gate::default() };
        assert_eq!([6, 7, 8, 9].map(|number| in_window(&gate, number)), [0, 8, 5, 0]);
    }

    #[test]
    fn an_attestation_makes_a_commitment_final_sooner_and_never_later() {
        let seconds = U40::from::<u64>;
        let timers = Timers { attestedFinality: seconds(100), unattestedFinality: seconds(1_000), ..Timers::default() };
        for (attested, expected) in [(0, 6_000), (5_010, 5_100), (5_500, 5_500), (5_999, 5_999), (6_500, 6_000)] {
            let commitment =
                Commitment { postedAt: seconds(5_000), attestedAt: seconds(attested), ..Commitment::default() };
            assert_eq!(final_at(&commitment, &timers), expected, "{attested}");
        }
    }
}
