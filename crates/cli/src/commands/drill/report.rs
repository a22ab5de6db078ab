//! What a drill shows at the end: what happened when, who was paid by whom, where every base unit is, and what it cost.

use std::{collections::BTreeMap, fmt::Write as _};

use alloy::primitives::{Address, U256};
use serde::Serialize;

use super::{
    books::Books,
    check::Violation,
    observe::Events,
    tally::{By, Tally, Unpaid, Why, as_text},
};
use crate::{amount::Amount, asset::Asset, output::Report, time::format_time};

/// Most unpaid accounts that the text names; JSON has all.
const MOST_NAMED: usize = 12;

/// One thing that happened.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Moment {
    /// Chain time, Unix seconds.
    pub(super) at: u64,
    pub(super) what: String,
}

/// The whole report.
#[derive(Debug, Serialize)]
pub(super) struct DrillReport {
    pub(super) seed: u64,
    pub(super) vault: Address,
    pub(super) timeline: Vec<Moment>,
    pub(super) assets: Vec<AssetReport>,
    pub(super) blocks: u64,
    pub(super) keeper: KeeperReport,
    pub(super) tank: TankReport,
    pub(super) wall_seconds: f64,
    /// Every base unit and every account is accounted for, and the money rules hold.
    pub(super) passed: bool,
    pub(super) violations: Vec<Violation>,
}

/// What the keeper did to its endpoint, and what was done to it.
#[derive(Debug, Serialize)]
pub(super) struct KeeperReport {
    pub(super) rpc_calls: u64,
    pub(super) rpc_calls_by_method: BTreeMap<String, u64>,
    pub(super) restarts: u32,
}

/// ETH that pushers are repaid from, in wei.
#[derive(Debug, Serialize)]
pub(super) struct TankReport {
    #[serde(serialize_with = "as_text")]
    pub(super) filled: u128,
    #[serde(serialize_with = "as_text")]
    pub(super) repaid: u128,
}

/// One asset.
#[derive(Debug, Serialize)]
pub(super) struct AssetReport {
    pub(super) asset: Asset,
    #[serde(flatten)]
    pub(super) tally: Tally,
    pub(super) rounds: Vec<RoundReport>,
    #[serde(serialize_with = "amounts_as_text")]
    pub(super) inflows: BTreeMap<&'static str, u128>,
    #[serde(serialize_with = "amounts_as_text")]
    pub(super) outflows: BTreeMap<&'static str, u128>,
    pub(super) gas: GasReport,
}

/// The ratio of a round, in base units.
#[derive(Debug, Serialize)]
pub(super) struct RoundReport {
    #[serde(serialize_with = "as_text")]
    pub(super) numerator: u128,
    #[serde(serialize_with = "as_text")]
    pub(super) denominator: u128,
}

/// Gas of whole transactions.
#[derive(Debug, Default, Serialize)]
pub(super) struct GasReport {
    pub(super) pushes: u64,
    /// Gas of all pushes by the leaves they settled.
    pub(super) push_per_refund: Option<u64>,
    pub(super) push_worst: Option<u64>,
    /// Means.
    pub(super) claim: Option<u64>,
    pub(super) signed_claim: Option<u64>,
}

impl AssetReport {
    pub(super) fn new(books: &Books, tally: Tally, events: &Events) -> Self {
        let symbol = books.unit.symbol.to_owned();
        let rounds = books.rounds.iter();
        Self {
            asset: Asset { address: books.asset, symbol, decimals: Some(books.unit.decimals) },
            tally,
            rounds: rounds.map(|r| RoundReport { numerator: r.numerator, denominator: r.denominator }).collect(),
            inflows: books.inflows.clone(),
            outflows: books.outflows.clone(),
            gas: GasReport::new(books.asset, events),
        }
    }
}

impl GasReport {
    fn new(asset: Address, events: &Events) -> Self {
        let pushes: Vec<_> = events.pushes().filter(|(of, ..)| *of == asset).collect();
        let gas: u64 = pushes.iter().map(|(_, gas, _)| gas).sum();
        let leaves: u64 = pushes.iter().map(|(.., leaves)| u64::from(*leaves)).sum();
        let mean = |relayed: bool| {
            let claims: Vec<u64> = events
                .claims()
                .filter(|(of, _, by_relayer)| *of == asset && *by_relayer == relayed)
                .map(|(_, gas, _)| gas)
                .collect();
            claims.iter().sum::<u64>().checked_div(claims.len() as u64)
        };
        Self {
            pushes: pushes.len() as u64,
            push_per_refund: gas.checked_div(leaves),
            push_worst: pushes.iter().map(|(_, gas, _)| *gas).max(),
            claim: mean(false),
            signed_claim: mean(true),
        }
    }
}

impl Report for DrillReport {
    fn text(&self) -> String {
        let mut text = format!("drill, seed {}: vault {}\n\ntimeline (chain time)\n", self.seed, self.vault);
        for moment in &self.timeline {
            let _ = writeln!(text, "  {}  {}", format_time(moment.at), moment.what);
        }
        for asset in &self.assets {
            asset.write(&mut text);
        }
        let keeper = &self.keeper;
        let _ = writeln!(text, "\nchain    {} blocks; {:.1} s of real time", self.blocks, self.wall_seconds);
        let methods = keeper.rpc_calls_by_method.iter().map(|(method, calls)| format!("{method} {calls}"));
        let methods: Vec<String> = methods.collect();
        let _ = writeln!(
            text,
            "keeper   {} RPC calls ({}), killed {} times",
            keeper.rpc_calls,
            methods.join(", "),
            keeper.restarts
        );
        let eth = |wei: u128| Amount { base: U256::from(wei), asset: &Asset::eth() }.to_string();
        let _ = writeln!(text, "gas tank {} of {} repaid to the pusher", eth(self.tank.repaid), eth(self.tank.filled));
        text.push('\n');
        if self.passed {
            text.push_str("every account and every base unit is accounted for; the money rules 1 to 6, 8 and 9 hold");
        } else {
            let _ = write!(text, "{} faults:", self.violations.len());
            for violation in &self.violations {
                let _ = write!(text, "\n  {} (money rule {}): {}", violation.id, violation.rule, violation.what);
            }
        }
        text
    }
}

impl AssetReport {
    fn write(&self, text: &mut String) {
        let money = &self.tally.money;
        let amount = |base: u128| Amount { base: U256::from(base), asset: &self.asset }.to_string();
        let _ = writeln!(text, "\n{}: {} accounts", self.asset.symbol, self.tally.accounts);
        for (by, count) in &self.tally.paid_by {
            let _ = writeln!(text, "  {:30} {count}", in_words(*by));
        }
        for (why, words) in [
            (Why::Reserved, "unpaid: reserved addresses"),
            (Why::Refused, "unpaid: refused, can still claim"),
            (Why::Unknown, "UNPAID WITHOUT A REASON"),
        ] {
            self.write_unpaid(text, why, words);
        }
        for (at, round) in self.rounds.iter().enumerate() {
            let _ =
                writeln!(text, "  round {at:<24} {} for {} owed", amount(round.numerator), amount(round.denominator));
        }
        let _ = writeln!(text, "  in                             {}", amount(money.inflow));
        for (why, base) in &self.inflows {
            let _ = writeln!(text, "    {why:28} {}", amount(*base));
        }
        let _ = writeln!(text, "  out                            {}", amount(money.outflow));
        for (why, base) in self.outflows.iter().chain([(&"returned by rounds", &money.returned)]) {
            let _ = writeln!(text, "    {why:28} {}", amount(*base));
        }
        let _ = writeln!(text, "  still in the vault             {}", amount(money.inflow - money.outflow));
        for (what, base) in [
            ("segregated", money.segregated),
            ("claimable", money.claimable),
            ("of reserved addresses", money.reserved),
            ("dust", money.dust),
            ("the service's own", money.equity),
        ] {
            let _ = writeln!(text, "    {what:28} {}", amount(base));
        }
        if money.shortfall > 0 {
            let _ = writeln!(text, "  never backed by the reserve    {}", amount(money.shortfall));
        }
        let gas = |gas: Option<u64>| gas.map_or_else(|| "none".to_owned(), |gas| gas.to_string());
        let _ = writeln!(
            text,
            "  gas                            push {} a refund ({} pushes, worst {}), claim {}, signed claim {}",
            gas(self.gas.push_per_refund),
            self.gas.pushes,
            gas(self.gas.push_worst),
            gas(self.gas.claim),
            gas(self.gas.signed_claim)
        );
    }

    fn write_unpaid(&self, text: &mut String, why: Why, words: &str) {
        let unpaid: Vec<&Unpaid> = self.tally.unpaid.iter().filter(|unpaid| unpaid.why == why).collect();
        if unpaid.is_empty() {
            return;
        }
        let _ = writeln!(text, "  {words:30} {}", unpaid.len());
        for unpaid in unpaid.iter().take(MOST_NAMED) {
            let amount = Amount { base: U256::from(unpaid.amount), asset: &self.asset };
            let _ = writeln!(text, "    {} {amount}", unpaid.account);
        }
        if unpaid.len() > MOST_NAMED {
            let _ = writeln!(text, "    and {} more (all of them in --json)", unpaid.len() - MOST_NAMED);
        }
    }
}

fn in_words(by: By) -> &'static str {
    match by {
        By::Push => "pushed home",
        By::Claim => "claimed",
        By::SignedClaim => "claimed by signature or code",
        By::NothingDue => "nothing due any more",
    }
}

fn amounts_as_text<S: serde::Serializer>(
    amounts: &BTreeMap<&'static str, u128>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(amounts.iter().map(|(why, base)| (why, base.to_string())))
}
