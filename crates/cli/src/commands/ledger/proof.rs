//! `lifeboat ledger proof`.

use std::{path::PathBuf, str::FromStr};

use alloy::primitives::{Address, B256, Bytes, U256};
use lifeboat_ledger::bundle::Bundle;
use serde::Serialize;

use crate::{
    amount::Amount,
    asset::parse_address,
    failure::Failure,
    ledger::{Proven, asset_of, find, open},
    output::{Report, Terminal},
};

const EXAMPLES: &str = "\
Examples:
  lifeboat ledger proof bundles/eth-2 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed
  lifeboat ledger proof bundles/eth-2 417 --json       by index, for a program

Reads a few files of the bundle and checks each against the root. The proof is what `claim` and `requestExit` take.";

/// Arguments of `lifeboat ledger proof`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The bundle's directory.
    bundle: PathBuf,
    /// The account, or its index.
    #[arg(value_name = "ACCOUNT|INDEX")]
    whose: Whose,
}

/// Whose leaf to prove.
#[derive(Clone, Copy, Debug)]
enum Whose {
    Account(Address),
    Index(u32),
}

impl FromStr for Whose {
    type Err = Failure;

    fn from_str(text: &str) -> Result<Self, Failure> {
        match text.parse() {
            Ok(index) => Ok(Self::Index(index)),
            Err(_) => parse_address(text).map(Self::Account),
        }
    }
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> eyre::Result<()> {
    let bundle = open(&args.bundle)?;
    let proven = match args.whose {
        Whose::Account(account) => find(&bundle, account)?,
        Whose::Index(index) => {
            let (leaf, proof) = bundle.proof(index)?;
            Proven { index, leaf, proof: proof.into() }
        }
    };
    terminal.report(&ProofReport::new(&bundle, proven))
}

#[derive(Debug, Serialize)]
struct ProofReport {
    index: u32,
    account: Address,
    balance_base_units: String,
    balance: String,
    paid_base_units: String,
    paid: String,
    proof: Bytes,
    root: B256,
    data_hash: B256,
}

impl ProofReport {
    fn new(bundle: &Bundle, Proven { index, leaf, proof }: Proven) -> Self {
        let asset = asset_of(bundle);
        let manifest = bundle.manifest();
        let amount = |base: u128| Amount { base: U256::from(base), asset: &asset }.to_string();
        Self {
            index,
            account: leaf.account,
            balance_base_units: leaf.balance.to_string(),
            balance: amount(leaf.balance),
            paid_base_units: leaf.paid.to_string(),
            paid: amount(leaf.paid),
            proof,
            root: manifest.root,
            data_hash: manifest.data_hash(),
        }
    }
}

impl Report for ProofReport {
    fn text(&self) -> String {
        format!(
            "account   {} at index {}\nowed      {}\npaid out  {}\nroot      {}\ndataHash  {}\nproof     {}\n\
             The proof leads to the root; compare root or dataHash with the vault's commitment.",
            self.account, self.index, self.balance, self.paid, self.root, self.data_hash, self.proof,
        )
    }
}
