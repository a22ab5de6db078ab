//! `lifeboat ledger verify`.

use std::path::PathBuf;

use alloy::primitives::{Address, B256, U256};
use lifeboat_ledger::bundle::Bundle;
use serde::Serialize;

use super::bar;
use crate::{
    amount::Amount,
    failure::Failure,
    ledger::{asset_of, open},
    output::{Report, Terminal},
    time::format_time,
};

const EXAMPLES: &str = "\
Examples:
  lifeboat ledger verify bundles/eth-2
  lifeboat ledger verify bundles/eth-2 --data-hash 0x93f1...    what the vault's commitment names

Checks that every leaf adds up to the root, that the lookup leads to every account, and that no account stands twice.
Whether the root is the one that was committed only --data-hash or --root can tell.";

/// Arguments of `lifeboat ledger verify`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The bundle's directory.
    bundle: PathBuf,
    /// The dataHash that the bundle must have.
    #[arg(long)]
    data_hash: Option<B256>,
    /// The root that the bundle must have.
    #[arg(long)]
    root: Option<B256>,
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> eyre::Result<()> {
    let bundle = open(&args.bundle)?;
    let manifest = bundle.manifest();
    require("dataHash", args.data_hash, manifest.data_hash())?;
    require("root", args.root, manifest.root)?;
    let bar = bar(terminal, manifest.word_count().into(), "checking words");
    bundle.verify_with(&|| bar.inc(1))?;
    bar.finish_and_clear();
    terminal.report(&VerifyReport::new(args, &bundle))
}

fn require(what: &str, expected: Option<B256>, found: B256) -> Result<(), Failure> {
    match expected {
        Some(expected) if expected != found => Err(Failure::new(
            "LEDGER_BUNDLE_FOREIGN",
            format!("the bundle's {what} is {found}, not {expected}"),
            "fetch the bundle of the right epoch, or from another mirror",
        )),
        _ => Ok(()),
    }
}

#[derive(Debug, Serialize)]
struct VerifyReport {
    bundle: PathBuf,
    chain_id: u64,
    vault: Address,
    asset: Address,
    root: B256,
    total_base_units: String,
    total: String,
    accounts: u32,
    words: u32,
    deposit_cursor: u64,
    snapshot_at: u64,
    data_hash: B256,
    /// Whether the caller named the dataHash or the root to expect.
    expected: bool,
}

impl VerifyReport {
    fn new(args: &Args, bundle: &Bundle) -> Self {
        let manifest = bundle.manifest();
        Self {
            bundle: args.bundle.clone(),
            chain_id: manifest.chain_id,
            vault: manifest.vault,
            asset: manifest.asset,
            root: manifest.root,
            total_base_units: manifest.total.to_string(),
            total: Amount { base: U256::from(manifest.total), asset: &asset_of(bundle) }.to_string(),
            accounts: manifest.count,
            words: manifest.word_count(),
            deposit_cursor: manifest.deposit_cursor,
            snapshot_at: manifest.snapshot_at,
            data_hash: manifest.data_hash(),
            expected: args.data_hash.is_some() || args.root.is_some(),
        }
    }
}

impl Report for VerifyReport {
    fn text(&self) -> String {
        let verdict = if self.expected {
            "whole, and the one that was expected"
        } else {
            "whole; compare dataHash with the vault's commitment"
        };
        format!(
            "bundle    {}: {verdict}\nvault     {} on chain {}\nasset     {}\naccounts  {} in {} words\ntotal     {}\nsnapshot  {}, deposits below entry {}\n\
             root      {}\ndataHash  {}",
            self.bundle.display(),
            self.vault,
            self.chain_id,
            if self.asset.is_zero() { "ETH".into() } else { self.asset.to_string() },
            self.accounts,
            self.words,
            self.total,
            format_time(self.snapshot_at),
            self.deposit_cursor,
            self.root,
            self.data_hash,
        )
    }
}
