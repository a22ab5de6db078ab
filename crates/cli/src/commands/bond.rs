//! `lifeboat bond`: what a service puts up for the case that it stops. It fills what the reserve lacks, and then pays for the downtime
//! what the terms promise.

use alloy::{
    primitives::{Address, U256},
    providers::DynProvider,
};
use clap::Subcommand;
use eyre::WrapErr;
use lifeboat_bindings::vault::Bond::{
    BondInstance, announceUnbondingCall, compensateCall, fillShortfallCall, openCompensationCall, putCall,
    returnRestCall, unbondCall, withdrawCreditCall,
};
use serde::Serialize;

use crate::{
    amount::{self, Amount},
    asset::{Asset, parse_address},
    beside::BOND,
    chain::Chain,
    ledger::{self, BundleArgs},
    message::LeafFields,
    output::{Report, Terminal},
    pay_in,
    place::{AssetPlaceArgs, PlaceArgs},
    send::{self, Call, Sent},
};

/// Arguments of `lifeboat bond`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Create the vault's bond at the address that the vault has foreseen. Anyone may; once.
    Create(PlaceArgs),
    /// Add to the bond of an asset. Anyone may.
    Put(AmountArgs),
    /// Operator: announce that part of the bond is to go. A later announcement replaces it; an amount of nothing takes it back.
    Announce(AmountArgs),
    /// Move what was announced and has waited into the vault's reserve. Anyone may, while the service lives.
    Unbond(AssetPlaceArgs),
    /// Fill what the vault's rounds lack, once the return has begun. Anyone may.
    Fill(AssetPlaceArgs),
    /// Fix the compensation for the downtime, once every share is set aside. Anyone may.
    Open(AssetPlaceArgs),
    /// Pay an account its compensation. Anyone may.
    Pay(PayArgs),
    /// Fetch what could not be sent to the key's account.
    Withdraw(WithdrawArgs),
    /// Move what nobody is owed into the vault, where it is the service's own, once the compensation is fixed. Anyone may.
    Rest(AssetPlaceArgs),
}

#[derive(Debug, clap::Args)]
struct AmountArgs {
    #[command(flatten)]
    at: AssetPlaceArgs,
    /// As in "1.5 ETH", "20 USDC", "20000000 base".
    #[arg(long)]
    amount: String,
}

#[derive(Debug, clap::Args)]
struct PayArgs {
    #[command(flatten)]
    place: PlaceArgs,
    #[command(flatten)]
    bundle: BundleArgs,
    /// Who is paid.
    #[arg(long, value_parser = parse_address)]
    account: Address,
}

#[derive(Debug, clap::Args)]
struct WithdrawArgs {
    #[command(flatten)]
    at: AssetPlaceArgs,
    /// Recipient; default: the key's account.
    #[arg(long, value_parser = parse_address)]
    to: Option<Address>,
}

/// Runs `lifeboat bond`.
///
/// # Errors
/// `BOND_MISSING`, what the bond refuses, and those of sending.
pub async fn run(args: Args, terminal: &Terminal) -> eyre::Result<()> {
    match args.command {
        Command::Create(place) => BOND.create(&place, terminal).await,
        Command::Put(args) => put(&args, terminal).await,
        Command::Announce(args) => announce(&args, terminal).await,
        Command::Unbond(at) => {
            let plan = "move what was announced from the bond into the vault's reserve";
            act(&at, plan, &unbondCall { asset: at.asset }, terminal).await
        }
        Command::Fill(at) => {
            let plan = "fill from the bond what the vault's rounds lack";
            act(&at, plan, &fillShortfallCall { asset: at.asset }, terminal).await
        }
        Command::Open(at) => {
            let plan = "fix the compensation for the downtime: its ratio is the same for everybody";
            act(&at, plan, &openCompensationCall { asset: at.asset }, terminal).await
        }
        Command::Pay(args) => pay(&args, terminal).await,
        Command::Withdraw(args) => withdraw(&args, terminal).await,
        Command::Rest(at) => {
            let plan = "move what nobody is owed of the bond into the vault";
            act(&at, plan, &returnRestCall { asset: at.asset }, terminal).await
        }
    }
}

async fn put(args: &AmountArgs, terminal: &Terminal) -> eyre::Result<()> {
    let AssetPlaceArgs { place, asset } = &args.at;
    let (chain, sender) = place.connect_as_sender().await?;
    let bond = BOND.require(&chain, place.vault).await?;
    let asset = Asset::load(&chain.provider, *asset).await;
    let amount = Amount { base: amount::parse(&args.amount, &asset).wrap_err("reading --amount")?, asset: &asset };
    let plan = format!("add {amount} to the bond {bond} of vault {}", place.vault);
    let call = Call::new(bond, &putCall { asset: asset.address, amount: amount.base });
    let call = if asset.is_eth() { call.with_value(amount.base) } else { call };
    let sent = pay_in::send(terminal, &chain, &sender, &amount, &plan, &call).await?;
    report(&chain, bond, &asset, sent, terminal).await
}

async fn announce(args: &AmountArgs, terminal: &Terminal) -> eyre::Result<()> {
    let AssetPlaceArgs { place, asset } = &args.at;
    let chain = place.connect().await?;
    let asset = Asset::load(&chain.provider, *asset).await;
    let amount = amount::parse_u128(&args.amount, &asset).wrap_err("reading --amount")?;
    let plan = match amount {
        0 => format!("announce that the bond of {} stays", asset.symbol),
        _ => format!("announce that {} of the bond is to go", Amount { base: U256::from(amount), asset: &asset }),
    };
    act(&args.at, &plan, &announceUnbondingCall { asset: asset.address, amount }, terminal).await
}

async fn pay(args: &PayArgs, terminal: &Terminal) -> eyre::Result<()> {
    let PayArgs { place, bundle, account } = args;
    let (chain, sender) = place.connect_as_sender().await?;
    let bond = BOND.require(&chain, place.vault).await?;
    let bundle = bundle.open()?;
    ledger::require_vault(&bundle, &chain, place.vault)?;
    let proven = ledger::find(&bundle, *account)?;
    let asset = Asset::load(&chain.provider, bundle.manifest().asset).await;
    let plan = format!("pay {account} its compensation in {}", asset.symbol);
    let leaf = LeafFields::from(proven.leaf).into();
    let call = compensateCall { asset: asset.address, index: proven.index, leaf, proof: proven.proof };
    let sent = send::send(terminal, &sender, &plan, &Call::new(bond, &call)).await?;
    report(&chain, bond, &asset, sent, terminal).await
}

async fn withdraw(args: &WithdrawArgs, terminal: &Terminal) -> eyre::Result<()> {
    let AssetPlaceArgs { place, asset } = &args.at;
    let account = place.key.load()?.address();
    let to = args.to.unwrap_or(account);
    let plan = format!("send the compensation that {account} did not take to {to}");
    act(&args.at, &plan, &withdrawCreditCall { asset: *asset, to }, terminal).await
}

/// Sends a call to the bond, then tells what it holds.
async fn act(
    at: &AssetPlaceArgs,
    plan: &str,
    call: &impl alloy::sol_types::SolCall,
    terminal: &Terminal,
) -> eyre::Result<()> {
    let (chain, sender) = at.place.connect_as_sender().await?;
    let bond = BOND.require(&chain, at.place.vault).await?;
    let asset = Asset::load(&chain.provider, at.asset).await;
    let plan = format!("{plan}; {} in the bond {bond} of vault {}", asset.symbol, at.place.vault);
    let sent = send::send(terminal, &sender, &plan, &Call::new(bond, call)).await?;
    report(&chain, bond, &asset, sent, terminal).await
}

async fn report(chain: &Chain, bond: Address, asset: &Asset, sent: Sent, terminal: &Terminal) -> eyre::Result<()> {
    let contract: BondInstance<DynProvider> = BondInstance::new(bond, chain.provider.clone());
    let bonded = contract.bonded(asset.address).call().await.wrap_err("reading the bond back")?;
    let compensation = contract.compensation(asset.address).call().await.wrap_err("reading the bond back")?;
    let amount = |base: U256| Amount { base, asset };
    terminal.report(&BondReport {
        bond,
        bonded: amount(bonded),
        compensation: compensation.isOpen.then(|| amount(U256::from(compensation.amount))),
        sent,
    })
}

#[derive(Debug, Serialize)]
struct BondReport<'a> {
    bond: Address,
    /// What is about to go does not count.
    bonded: Amount<'a>,
    /// In all; absent: it is not fixed.
    compensation: Option<Amount<'a>>,
    sent: Sent,
}

impl Report for BondReport<'_> {
    fn text(&self) -> String {
        let mut text = format!("{}\nbonded: {}", self.sent.text(), self.bonded);
        if let Some(compensation) = &self.compensation {
            text.push_str(&format!("; compensation: {compensation} in all"));
        }
        text
    }
}
