//! `lifeboat ledger build`.

use std::path::{Path, PathBuf};

use alloy::primitives::{Address, B256, U256};
use eyre::WrapErr;
use lifeboat_ledger::{
    Leaf, LeafDomain, SumTree,
    bundle::{self, Bundle, Meta},
    list::{AccountList, Format, Unit, assemble},
};
use serde::Serialize;

use super::{FileReport, bar, checked, working};
use crate::{
    amount::Amount,
    asset::{Asset, parse_address, parse_asset},
    failure::Failure,
    ledger::{asset_of, open},
    output::{Report, Terminal},
};

const EXAMPLES: &str = "\
Examples:
  The first epoch of a vault's ETH ledger:
    lifeboat ledger build eth.csv --out bundles/eth-1 --chain-id 1 --vault 0x5aAe... --asset ETH --decimals 18 \\
      --deposit-cursor 0 --snapshot-at 1767225600

  The next one: accounts keep their index, and what was paid out since is named:
    lifeboat ledger build eth.csv --out bundles/eth-2 --previous bundles/eth-1 --paid paid.csv --chain-id 1 ...

The bundle is written whole or not at all, is the same to the byte for the same input, and is never overwritten.
Publish the directory as it is; a commitment names its dataHash.";

/// Arguments of `lifeboat ledger build`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The ledger file: account,amount[,paid].
    file: PathBuf,
    /// The bundle's directory, which must not exist yet.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// EIP-155 id of the vault's chain.
    #[arg(long)]
    chain_id: u64,
    /// The vault.
    #[arg(long, value_parser = parse_address)]
    vault: Address,
    /// ETH, or the token's address.
    #[arg(long, value_parser = parse_asset)]
    asset: Address,
    /// The asset's decimals.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(..=77))]
    decimals: u8,
    /// Amounts are whole numbers of base units (wei), not of whole units.
    #[arg(long)]
    base_units: bool,
    /// The asset's symbol, for people.
    #[arg(long)]
    symbol: Option<String>,
    /// Bundle of the previous epoch, whose accounts keep their index. Without it this is the first epoch.
    #[arg(long, value_name = "DIR")]
    previous: Option<PathBuf>,
    /// The vault's paidOut of every account that has some, at the snapshot: account,paid in base units.
    #[arg(long, value_name = "FILE")]
    paid: Option<PathBuf>,
    /// Entries of the vault's deposit queue below this one are in the ledger.
    #[arg(long, value_name = "N")]
    deposit_cursor: u64,
    /// When the balances were taken, in Unix seconds.
    #[arg(long, value_name = "SECONDS")]
    snapshot_at: u64,
    /// A file without accounts is meant.
    #[arg(long)]
    allow_empty: bool,
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> eyre::Result<()> {
    let eth = Asset::eth();
    if args.asset == eth.address && Some(args.decimals) != eth.decimals {
        return Failure::report(
            "LEDGER_ETH_DECIMALS",
            "ETH has 18 decimals",
            "write --decimals 18; with --base-units amounts are in wei",
        );
    }
    let unit = if args.base_units { Unit::Base } else { Unit::Whole { decimals: args.decimals } };
    let format = Format { vault: Some(args.vault), allow_empty: args.allow_empty, ..Format::balances(unit) };
    let (list, warnings) = accepted(&args.file, &format, terminal)?;
    let payouts = match &args.paid {
        Some(file) if list.has_paid() => return Err(paid_twice(file).into()),
        Some(file) => Some(accepted(file, &Format::payouts(Unit::Base), terminal)?.0),
        None => None,
    };
    let previous = args.previous.as_deref().map(|dir| previous_leaves(dir, args)).transpose()?.unwrap_or_default();

    let leaves = match assemble(&list, &previous, payouts.as_ref()) {
        Ok(leaves) => leaves,
        Err(findings) => return FileReport::new(&args.file, &list, findings).show(terminal),
    };
    let working = working(terminal, "building the tree".into());
    let domain = LeafDomain::new(args.chain_id, args.vault, args.asset);
    let tree = SumTree::build(&domain, leaves)?;
    working.finish_and_clear();

    let bar = bar(terminal, bundle::parts_of(&tree), "writing");
    bundle::write_with(&args.out, &tree, &args.meta(), &|| bar.inc(1))?;
    bar.finish_and_clear();
    terminal.report(&BuildReport::new(&args.out, &open(&args.out)?, &tree, &previous, warnings))
}

impl Args {
    fn meta(&self) -> Meta {
        Meta {
            symbol: self.symbol.clone().unwrap_or_else(|| Asset::offline(self.asset).symbol),
            decimals: self.decimals,
            deposit_cursor: self.deposit_cursor,
            snapshot_at: self.snapshot_at,
        }
    }
}

/// The list of a file without errors, and the number of warnings; what was found is shown.
fn accepted(file: &Path, format: &Format, terminal: &Terminal) -> eyre::Result<(AccountList, u64)> {
    let checked = checked(file, format, terminal)?;
    let report = FileReport::new(file, checked.readable(), checked.findings.clone());
    if report.errors > 0 {
        report.show(terminal)?;
    } else if report.warnings > 0 {
        terminal.note(&report.text());
    }
    Ok((checked.accept()?, report.warnings))
}

/// The leaves of the previous epoch, which must be of the same vault and not newer.
fn previous_leaves(dir: &Path, args: &Args) -> eyre::Result<Vec<Leaf>> {
    let bundle = open(dir).wrap_err("reading the previous epoch")?;
    let before = bundle.manifest();
    if (before.chain_id, before.vault, before.asset) != (args.chain_id, args.vault, args.asset) {
        return Failure::report(
            "LEDGER_PREVIOUS_FOREIGN",
            format!(
                "the bundle {} is of asset {} in vault {} on chain {}",
                dir.display(),
                before.asset,
                before.vault,
                before.chain_id
            ),
            "name the previous epoch of the same asset in the same vault",
        );
    }
    if before.snapshot_at > args.snapshot_at || before.deposit_cursor > args.deposit_cursor {
        return Failure::report(
            "LEDGER_PREVIOUS_NEWER",
            format!(
                "the bundle {} has snapshot time {} and deposit cursor {}, which may not fall",
                dir.display(),
                before.snapshot_at,
                before.deposit_cursor
            ),
            "check --previous, --snapshot-at and --deposit-cursor: the vault refuses a commitment that goes back",
        );
    }
    Ok(bundle.leaves()?)
}

fn paid_twice(file: &Path) -> Failure {
    Failure::new(
        "LEDGER_PAID_TWICE",
        format!("the ledger file has a column `paid`, and --paid {} was given", file.display()),
        "give the payouts once",
    )
}

#[derive(Debug, Serialize)]
struct BuildReport {
    bundle: PathBuf,
    root: B256,
    total_base_units: String,
    total: String,
    accounts: u32,
    new_accounts: usize,
    emptied_accounts: usize,
    words: u32,
    depth: u32,
    left: Node,
    right: Node,
    deposit_cursor: u64,
    snapshot_at: u64,
    data_hash: B256,
    warnings: u64,
}

/// A half of the tree, as a commitment carries it.
#[derive(Debug, Serialize)]
struct Node {
    hash: B256,
    sum_base_units: String,
}

impl BuildReport {
    fn new(dir: &Path, bundle: &Bundle, tree: &SumTree, previous: &[Leaf], warnings: u64) -> Self {
        let manifest = bundle.manifest();
        let emptied =
            previous.iter().zip(tree.leaves()).filter(|(before, after)| before.balance > 0 && after.balance == 0);
        let [left, right] = tree.halves().map(|node| Node { hash: node.hash, sum_base_units: node.sum.to_string() });
        Self {
            bundle: dir.into(),
            root: manifest.root,
            total_base_units: manifest.total.to_string(),
            total: Amount { base: U256::from(manifest.total), asset: &asset_of(bundle) }.to_string(),
            accounts: manifest.count,
            new_accounts: tree.leaves().len() - previous.len(),
            emptied_accounts: emptied.count(),
            words: manifest.word_count(),
            depth: manifest.depth,
            left,
            right,
            deposit_cursor: manifest.deposit_cursor,
            snapshot_at: manifest.snapshot_at,
            data_hash: manifest.data_hash(),
            warnings,
        }
    }
}

impl Report for BuildReport {
    fn text(&self) -> String {
        format!(
            "bundle    {}\naccounts  {} ({} new, {} emptied) in {} words\ntotal     {}\nroot      {}\ndataHash  {}\n\
             next: publish the directory as it is, then sign and post its commitment (`lifeboat help commit`)",
            self.bundle.display(),
            self.accounts,
            self.new_accounts,
            self.emptied_accounts,
            self.words,
            self.total,
            self.root,
            self.data_hash,
        )
    }
}
