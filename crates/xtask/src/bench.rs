//! `cargo xtask bench`: gas beside the peers, ledger and simulator speed beside theirs, each measured in one run.

use std::{collections::BTreeMap, path::Path};

use clap::ValueEnum;
use eyre::{Context, Result, bail};

use crate::{
    checks::{cargo, step, with_tools},
    tools::Toolchain,
};

/// What to measure.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// Gas of whole transactions, and code sizes.
    Gas,
    /// Building a ledger's tree.
    Ledger,
    /// The simulator's backends.
    Sim,
}

/// Runs the chosen parts, or all.
pub(crate) fn run(root: &Path, tools: &Toolchain, parts: &[Part]) -> Result<()> {
    let wanted = |part| parts.is_empty() || parts.contains(&part);
    if wanted(Part::Gas) {
        gas(root, tools)?;
    }
    if wanted(Part::Ledger) {
        step("ledger speed");
        cargo(root, &["run", "--release", "--locked", "--package", "lifeboat-ledger", "--example", "ledger_speed"])
            .run()?;
    }
    if wanted(Part::Sim) {
        step("simulator speed");
        let lifeboat = ["run", "--release", "--locked", "--package", "lifeboat-cli", "--", "sim", "bench"];
        with_tools(cargo(root, &lifeboat), tools).run()?;
    }
    Ok(())
}

/// An operation, what it may cost, and the peer's operation that was measured beside it.
const BUDGETS: [(&str, u64, Option<&str>); 12] = [
    ("pushWord ETH, 256 existing accounts, each", 11_200, Some("disperse ETH, 256 existing accounts, each")),
    ("pushWord ERC-20, 256 existing holders, each", 9_800, Some("disperse ERC-20, 256 existing holders, each")),
    ("pushWord ETH, 256 hostile accounts", 16_700_000, None),
    ("pushWord ERC-20, hostile token", 16_700_000, None),
    ("claim ERC-20, used cell, existing holder", 62_000, None),
    (
        "claim ERC-20, used cell, existing holder, anchored",
        62_000,
        Some("Merkle distributor claim ERC-20, used word, existing holder"),
    ),
    ("release ETH 2-of-3", 56_000, Some("Safe 2-of-3 ETH")),
    ("beat", 36_000, None),
    ("deposit ETH, a user's first", 50_000, None),
    ("countPacked, 256 leaves, 3 with payouts", 350_000, None),
    ("countPacked, the first of 256 words", 350_000, None),
    ("answerChallenge, 256 leaves", 350_000, None),
];

/// Measures again; forge fails if a figure differs from what is committed, so what is printed is what was just measured.
fn gas(root: &Path, tools: &Toolchain) -> Result<()> {
    step("gas of whole transactions");
    tools.forge(root).arg("build").run()?;
    tools.forge(root).args(["test", "--isolate", "--match-path", "contracts/test/gas/*"]).run()?;
    let vault = snapshot(root, "vault")?;
    let peers = snapshot(root, "peers")?;
    println!("\n{:<46} {:>10} {:>10}  {:>10}  peer", "operation", "gas", "budget", "peer's gas");
    for (operation, budget, peer) in BUDGETS {
        let Some(gas) = vault.get(operation) else { bail!("BENCH_SNAPSHOT: no figure for `{operation}`") };
        let over = if *gas > budget { " over" } else { "" };
        let (cost, name) = match peer {
            Some(name) => (peers.get(name).map(u64::to_string).unwrap_or_default(), name),
            None => (String::new(), ""),
        };
        println!("{operation:<46} {gas:>10} {budget:>10}{over:<5} {cost:>7}  {name}");
    }
    println!("\nevery measured operation:");
    for (operation, gas) in &vault {
        println!("{operation:<62} {gas:>10}");
    }
    for (part, bytes) in snapshot(root, "sizes")? {
        println!("{part:<62} {bytes:>10} bytes");
    }
    Ok(())
}

/// The figures of one file that forge's gas tests write: names to numbers, which forge writes as strings.
fn snapshot(root: &Path, name: &str) -> Result<BTreeMap<String, u64>> {
    let path = root.join(format!("contracts/snapshots/{name}.json"));
    let text = std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let figures: BTreeMap<String, String> = serde_json::from_str(&text)?;
    figures.into_iter().map(|(operation, figure)| Ok((operation, figure.parse()?))).collect()
}
