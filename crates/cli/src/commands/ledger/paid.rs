//! `lifeboat ledger paid`: what the vault has paid out, as the next snapshot needs it. The one ledger command that asks a chain.

use std::{collections::BTreeSet, fmt::Write as _, path::PathBuf};

use alloy::{
    primitives::{Address, U256},
    providers::Provider,
};
use eyre::WrapErr;
use futures::{StreamExt, TryStreamExt, stream};
use lifeboat_bindings::vault::Vault::VaultInstance;
use serde::Serialize;

use crate::{
    amount::Amount,
    asset::{Asset, parse_address, parse_asset},
    chain::{BlockChoice, Chain, ChainArgs, Head, HistoryArgs},
    failure::Failure,
    history,
    output::{Report, Terminal, write_new},
};

const EXAMPLES: &str = "\
Examples:
  lifeboat ledger paid 0x5aAe... --asset ETH --out paid.csv --rpc-url http://127.0.0.1:8545
  lifeboat ledger build eth.csv --out bundles/eth-2 --previous bundles/eth-1 --paid paid.csv --deposit-cursor N --snapshot-at SECONDS ...

Take the balances of your books at that block's time, with every deposit below the cursor in them.";

/// Accounts that are asked about at the same time.
const AT_ONCE: usize = 16;

/// Arguments of `lifeboat ledger paid`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The vault.
    #[arg(value_parser = parse_address)]
    vault: Address,
    /// ETH, or the token's address.
    #[arg(long, value_parser = parse_asset)]
    asset: Address,
    /// The file to write, for `ledger build --paid`; never overwrites one.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    chain: ChainArgs,
    /// Block of the snapshot: a number, finalized, safe, or latest. What a newer block shows may still be taken back by the chain, and the
    /// ledger would be built on payouts that never were.
    #[arg(long, value_name = "BLOCK", default_value = "finalized")]
    block: BlockChoice,
    #[command(flatten)]
    history: HistoryArgs,
}

pub(super) async fn run(args: Args, terminal: &Terminal) -> eyre::Result<()> {
    let chain = args.chain.connect().await?;
    chain.require_code(args.vault).await?;
    let head = chain.block(args.block).await?;
    require_code_at(&chain, args.vault, head).await?;
    let contract = VaultInstance::new(args.vault, &chain.provider);
    let book = contract.book(args.asset).block(head.id()).call().await.wrap_err("reading the asset's book")?;
    let accounts = history::paid_accounts(&chain, args.vault, args.asset, args.history.from_block, head.number).await?;
    let paid = paid_out(&chain, args.vault, args.asset, accounts, head).await?;
    write_new(&args.out, &csv(&paid))?;
    let asset = Asset::load(&chain.provider, args.asset).await;
    let total = paid.iter().map(|(_, paid)| U256::from(*paid)).fold(U256::ZERO, U256::saturating_add);
    terminal.report(&PaidReport {
        out: args.out,
        accounts: paid.len(),
        total: Amount { base: total, asset: &asset },
        block: head.number,
        snapshot_at: head.timestamp,
        deposit_cursor: book.queued.to(),
        epoch: book.epoch,
    })
}

/// A vault is not in blocks before its deployment.
async fn require_code_at(chain: &Chain, vault: Address, at: Head) -> eyre::Result<()> {
    if !chain.provider.get_code_at(vault).block_id(at.id()).await.wrap_err("reading the vault's code")?.is_empty() {
        return Ok(());
    }
    Failure::report(
        "PAID_TOO_EARLY",
        format!("the vault is not there yet at block {}: it was deployed later", at.number),
        "wait until its blocks are final (about 15 minutes on Ethereum), or name a later block with --block",
    )
}

/// `paidOut` of each account, all at one block, in the accounts' order.
async fn paid_out(
    chain: &Chain,
    vault: Address,
    asset: Address,
    accounts: BTreeSet<Address>,
    at: Head,
) -> eyre::Result<Vec<(Address, u128)>> {
    let contract = VaultInstance::new(vault, &chain.provider);
    let ask = |account| {
        let contract = &contract;
        async move {
            let paid = contract.paidOut(asset, account).block(at.id()).call().await;
            paid.map(|paid| (account, paid)).wrap_err_with(|| format!("reading paidOut of {account}"))
        }
    };
    stream::iter(accounts).map(ask).buffered(AT_ONCE).try_collect().await
}

fn csv(paid: &[(Address, u128)]) -> String {
    let mut text = "account,paid\n".to_owned();
    for (account, paid) in paid {
        let _ = writeln!(text, "{account},{paid}");
    }
    text
}

/// What was written, and what belongs to it in the next commitment.
#[derive(Debug, Serialize)]
struct PaidReport<'a> {
    out: PathBuf,
    accounts: usize,
    total: Amount<'a>,
    block: u64,
    /// The block's time: for `--snapshot-at`.
    snapshot_at: u64,
    /// Entries ever queued at that block: for `--deposit-cursor`, if the ledger has all of them.
    deposit_cursor: u64,
    /// Newest epoch posted.
    epoch: u32,
}

impl Report for PaidReport<'_> {
    fn text(&self) -> String {
        format!(
            "wrote {}: {} accounts were paid {} in total, at block {}; the newest epoch is {}\n\
             next: `lifeboat ledger build` with --paid {} --deposit-cursor {} --snapshot-at {}, and every deposit below entry {} in its balances",
            self.out.display(),
            self.accounts,
            self.total,
            self.block,
            self.epoch,
            self.out.display(),
            self.deposit_cursor,
            self.snapshot_at,
            self.deposit_cursor,
        )
    }
}
