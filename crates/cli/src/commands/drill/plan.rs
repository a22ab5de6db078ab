//! What is rehearsed: the made-up population in two assets, or a ledger file in one.

use std::path::PathBuf;

use eyre::{Context, Result};
use lifeboat_ledger::list::{self, Findings, Format, Unit as Written};

use super::{
    books::Unit,
    setup::{AssetPlan, Kind, Source},
};
use crate::failure::Failure;

/// Decimals of the made-up population's token, as many real ones have.
const TOKEN_DECIMALS: u8 = 6;

/// Which ledger.
#[derive(Debug, clap::Args)]
pub(super) struct PlanArgs {
    /// Accounts of the made-up ledger, in each of two assets.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(100..=1_000_000), value_name = "NUMBER")]
    accounts: u32,
    /// A ledger instead of the made-up one: CSV with `account,amount`, amounts in base units; .gz too.
    #[arg(long, conflicts_with = "accounts", value_name = "FILE")]
    ledger: Option<PathBuf>,
    /// What the ledger file is a ledger of.
    #[arg(long, requires = "ledger", default_value = "eth", value_name = "ASSET")]
    asset: AssetName,
    /// The token's decimals.
    #[arg(long, requires = "ledger", default_value_t = 18, value_parser = clap::value_parser!(u8).range(0..=24), value_name = "NUMBER")]
    decimals: u8,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum AssetName {
    Eth,
    Token,
}

impl PlanArgs {
    /// The assets, in the order that a vault's terms want: ETH first.
    pub(super) fn assets(&self) -> Result<Vec<AssetPlan>> {
        let Some(path) = &self.ledger else { return Ok(self.made_up()) };
        let content = list::read(path)?;
        let rows =
            list::parse(&content, &Format::balances(Written::Base)).accept().map_err(|found| first_error(&found));
        let rows = rows.wrap_err_with(|| format!("reading the ledger {}", path.display()))?;
        let rows = rows.entries().iter().map(|entry| (entry.account, entry.amount)).collect();
        let (kind, decimals) = match self.asset {
            AssetName::Eth => (Kind::Eth, 18),
            AssetName::Token => (Kind::Token, self.decimals),
        };
        Ok(vec![AssetPlan {
            kind,
            unit: unit(kind, decimals),
            source: Source::Rows(rows),
            stake: stake(decimals.into()),
            short: false,
        }])
    }

    /// ETH, fully backed; and a token whose reserve is partly in the hot wallet when the service dies.
    fn made_up(&self) -> Vec<AssetPlan> {
        let accounts = self.accounts as usize;
        [(Kind::Eth, 18, 19, false), (Kind::Token, TOKEN_DECIMALS, 10, true)]
            .map(|(kind, decimals, digits, short)| AssetPlan {
                kind,
                unit: unit(kind, decimals),
                source: Source::Generated { accounts, digits },
                stake: stake(digits - 1),
                short,
            })
            .into()
    }
}

/// The first thing that is wrong, by its own id; `lifeboat ledger lint` shows all.
fn first_error(found: &Findings) -> Failure {
    let first = found.kept().iter().find(|finding| !finding.rule.is_warning()).expect("a refused list has an error");
    let line = first.line.map(|line| format!("line {line}: ")).unwrap_or_default();
    let more = if found.errors() > 1 { format!(" ({} errors in all)", found.errors()) } else { String::new() };
    Failure::new(first.rule.id(), format!("{line}{}{more}", first.what), first.rule.advice())
}

fn unit(kind: Kind, decimals: u8) -> Unit {
    match kind {
        Kind::Eth => Unit { symbol: "ETH", decimals },
        Kind::Token => Unit { symbol: "DRILL", decimals },
    }
}

/// Three times 10^digits base units and a bit, so that shares do not come out even; divisible by 12, as the drill's parts are.
fn stake(digits: u32) -> u128 {
    3 * 10u128.pow(digits) / 12 * 12 + 84
}
