//! `lifeboat exit`: requests to be paid on chain while the service lives. One that stays unserved starts suspicion.

use alloy::primitives::{Address, U256};
use clap::Subcommand;
use eyre::WrapErr;
use lifeboat_bindings::vault::Vault::{
    VaultInstance, answerExitCall, cancelExitCall, closeExitCall, reportUnservedCall, requestExitCall,
};
use serde::Serialize;

use crate::{
    amount::{self, Amount},
    asset::{Asset, parse_address},
    chain::Chain,
    ledger::{self, BundleArgs},
    message::LeafFields,
    output::{Report, Terminal},
    place::{AssetPlaceArgs, PlaceArgs},
    send::{self, Call, Sent},
    time::format_time,
};

/// Arguments of `lifeboat exit`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Ask the service to pay part or all of what it owes the key's account.
    Request(RequestArgs),
    /// Withdraw the key's open request.
    Cancel(AssetPlaceArgs),
    /// Report an account's request that is past its deadline: suspicion begins.
    Report(AccountArgs),
    /// Lower an account's request to what a newer final commitment owes it; at nothing it closes.
    Answer(AnswerArgs),
    /// Close a request that the latch has made pointless, so that its account can have its deposit back (`lifeboat reclaim`). Anyone may.
    Close(AccountArgs),
}

#[derive(Debug, clap::Args)]
struct RequestArgs {
    #[command(flatten)]
    place: PlaceArgs,
    #[command(flatten)]
    bundle: BundleArgs,
    /// As in "1.5 ETH", "20 USDC", "20000000 base".
    #[arg(long)]
    amount: String,
}

#[derive(Debug, clap::Args)]
struct AccountArgs {
    #[command(flatten)]
    asset: AssetPlaceArgs,
    /// Who asked.
    #[arg(long, value_parser = parse_address)]
    account: Address,
}

#[derive(Debug, clap::Args)]
struct AnswerArgs {
    #[command(flatten)]
    place: PlaceArgs,
    #[command(flatten)]
    bundle: BundleArgs,
    /// Who asked.
    #[arg(long, value_parser = parse_address)]
    account: Address,
}

/// Runs `lifeboat exit`.
///
/// # Errors
/// What the vault refuses, and those of sending.
pub async fn run(args: Args, terminal: &Terminal) -> eyre::Result<()> {
    match args.command {
        Command::Request(args) => request(args, terminal).await,
        Command::Cancel(args) => {
            let chain = args.place.connect().await?;
            let account = args.place.key.load()?.address();
            let plan = format!("cancel the exit request of {account}");
            let call = Call::new(args.place.vault, &cancelExitCall { asset: args.asset });
            finish(&args.place, &chain, args.asset, account, &plan, &call, terminal).await
        }
        Command::Report(args) => {
            let AssetPlaceArgs { place, asset } = args.asset;
            let chain = place.connect().await?;
            let plan = format!("report that the exit request of {} was not served: suspicion begins", args.account);
            let call = Call::new(place.vault, &reportUnservedCall { asset, account: args.account });
            finish(&place, &chain, asset, args.account, &plan, &call, terminal).await
        }
        Command::Answer(args) => answer(args, terminal).await,
        Command::Close(args) => {
            let AssetPlaceArgs { place, asset } = args.asset;
            let chain = place.connect().await?;
            let plan = format!("close the exit request of {}: the return pays instead", args.account);
            let call = Call::new(place.vault, &closeExitCall { asset, account: args.account });
            finish(&place, &chain, asset, args.account, &plan, &call, terminal).await
        }
    }
}

async fn request(args: RequestArgs, terminal: &Terminal) -> eyre::Result<()> {
    let chain = args.place.connect().await?;
    let bundle = args.bundle.open()?;
    ledger::require_vault(&bundle, &chain, args.place.vault)?;
    let asset = Asset::load(&chain.provider, bundle.manifest().asset).await;
    let amount = amount::parse_u128(&args.amount, &asset).wrap_err("reading --amount")?;
    let account = args.place.key.load()?.address();
    let proven = ledger::find(&bundle, account)?;
    let asked = Amount { base: U256::from(amount), asset: &asset };
    let contract = VaultInstance::new(args.place.vault, &chain.provider);
    let deposit = U256::from(contract.parameters().call().await.wrap_err("reading the terms")?.terms.exitDeposit);
    let mut plan = format!("ask vault {} to pay {asked} to {account}", args.place.vault);
    if !deposit.is_zero() {
        let deposit = Amount { base: deposit, asset: &Asset::eth() }.to_string();
        plan.push_str(&format!("\na deposit of {deposit} goes along, and comes back when the request is closed"));
    }
    let call = requestExitCall {
        asset: asset.address,
        index: proven.index,
        leaf: LeafFields::from(proven.leaf).into(),
        proof: proven.proof,
        amount,
    };
    let call = Call::new(args.place.vault, &call).with_value(deposit);
    finish(&args.place, &chain, asset.address, account, &plan, &call, terminal).await
}

async fn answer(args: AnswerArgs, terminal: &Terminal) -> eyre::Result<()> {
    let chain = args.place.connect().await?;
    let bundle = args.bundle.open()?;
    ledger::require_vault(&bundle, &chain, args.place.vault)?;
    let asset = bundle.manifest().asset;
    let proven = ledger::find(&bundle, args.account)?;
    let plan = format!("answer the exit request of {}: the ledger owes it less than it asks", args.account);
    let leaf = LeafFields::from(proven.leaf).into();
    let call = Call::new(args.place.vault, &answerExitCall { asset, index: proven.index, leaf, proof: proven.proof });
    finish(&args.place, &chain, asset, args.account, &plan, &call, terminal).await
}

/// Sends, then tells how the account's request stands.
async fn finish(
    place: &PlaceArgs,
    chain: &Chain,
    asset: Address,
    account: Address,
    plan: &str,
    call: &Call,
    terminal: &Terminal,
) -> eyre::Result<()> {
    let sender = chain.sender(&place.key.load()?).await?;
    let sent = send::send(terminal, &sender, plan, call).await?;
    let contract = VaultInstance::new(place.vault, &chain.provider);
    let request = contract.exitRequest(asset, account).call().await.wrap_err("reading the request back")?;
    let due = (request.target != 0).then(|| request.due.to());
    terminal.report(&ExitReport { account, open: due.is_some(), reported: request.reported, due, sent })
}

#[derive(Debug, Serialize)]
struct ExitReport {
    account: Address,
    open: bool,
    reported: bool,
    due: Option<u64>,
    sent: Sent,
}

impl Report for ExitReport {
    fn text(&self) -> String {
        let state = match self.due {
            Some(due) if self.reported => format!("is open and reported; it was due by {}", format_time(due)),
            Some(due) => format!("is open; the service must serve it by {}", format_time(due)),
            None => "is closed".into(),
        };
        format!("{}\nthe exit request of {} {state}", self.sent.text(), self.account)
    }
}
