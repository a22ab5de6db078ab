//! `lifeboat ledger lint`.

use std::path::PathBuf;

use alloy::primitives::Address;
use lifeboat_ledger::list::{Format, Unit};

use super::{FileReport, checked};
use crate::{asset::parse_address, output::Terminal};

const EXAMPLES: &str = "\
A ledger file is CSV in UTF-8 (or the same as .gz), one account a row:
  account,amount
  0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed,12.5

Examples:
  lifeboat ledger lint usdc.csv --decimals 6      amounts such as 12.5
  lifeboat ledger lint wei.csv.gz --base-units    amounts such as 12500000

Every error is reported with its line and an id such as LEDGER_DUPLICATE. Exit code 1 if there are errors.";

/// Arguments of `lifeboat ledger lint`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The ledger file: account,amount[,paid].
    file: PathBuf,
    /// The asset's decimals: amounts are in whole units.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(..=77), required_unless_present = "base_units")]
    decimals: Option<u8>,
    /// Amounts are whole numbers of base units (wei).
    #[arg(long, conflicts_with = "decimals")]
    base_units: bool,
    /// The vault: as an account it is never paid, so warn of it.
    #[arg(long, value_parser = parse_address)]
    vault: Option<Address>,
    /// A file without accounts is meant.
    #[arg(long)]
    allow_empty: bool,
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> eyre::Result<()> {
    let unit = args.decimals.map_or(Unit::Base, |decimals| Unit::Whole { decimals });
    let format = Format { vault: args.vault, allow_empty: args.allow_empty, ..Format::balances(unit) };
    let checked = checked(&args.file, &format, terminal)?;
    FileReport::new(&args.file, checked.readable(), checked.findings.clone()).show(terminal)
}
