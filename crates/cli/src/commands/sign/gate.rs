//! Messages that move the reserve, or keep it from moving.

use alloy::primitives::{Address, U256};
use eyre::WrapErr;

use super::{CountedArgs, DeadlineArgs, OutArgs, PlaceArgs, ValidityArgs, read_deadline, sign_message, sign_new};
use crate::{
    amount,
    asset::{Asset, parse_address, parse_asset},
    ledger::{self, BundleArgs},
    message::{CancelRelease, ColdRelease, Equity, Message, MessageFile, PayOut, Release, Veto},
    output::Terminal,
};

#[derive(Debug, clap::Args)]
pub(super) struct TransferArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// ETH, or the token's address.
    #[arg(long, value_parser = parse_asset)]
    asset: Address,
    /// Recipient.
    #[arg(long, value_parser = parse_address)]
    to: Address,
    /// As in "1.5 ETH"; for tokens in base units, as in "20000000 base".
    #[arg(long)]
    amount: String,
}

impl TransferArgs {
    fn amount(&self) -> eyre::Result<U256> {
        amount::parse(&self.amount, &Asset::offline(self.asset)).wrap_err("reading --amount")
    }
}

#[derive(Debug, clap::Args)]
pub(super) struct ReleaseArgs {
    #[command(flatten)]
    transfer: TransferArgs,
    #[command(flatten)]
    number: CountedArgs,
    #[command(flatten)]
    deadline: DeadlineArgs,
    #[command(flatten)]
    out: OutArgs,
}

#[derive(Debug, clap::Args)]
pub(super) struct PayoutArgs {
    #[command(flatten)]
    bundle: BundleArgs,
    /// Who is paid.
    #[arg(long, value_parser = parse_address)]
    account: Address,
    /// As in "1.5 ETH", "20 USDC" (the bundle's symbol), "20000000 base".
    #[arg(long)]
    amount: String,
    #[command(flatten)]
    number: CountedArgs,
    #[command(flatten)]
    deadline: DeadlineArgs,
    #[command(flatten)]
    out: OutArgs,
}

#[derive(Debug, clap::Args)]
pub(super) struct CancelArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// ETH, or the token's address.
    #[arg(long, value_parser = parse_asset)]
    asset: Address,
    /// The number to void.
    #[arg(long, value_name = "N")]
    nonce: U256,
    #[command(flatten)]
    deadline: DeadlineArgs,
    #[command(flatten)]
    out: OutArgs,
}

#[derive(Debug, clap::Args)]
pub(super) struct ColdArgs {
    #[command(flatten)]
    transfer: TransferArgs,
    /// Tells releases apart that are otherwise the same.
    #[arg(long, default_value_t = U256::ZERO, value_name = "N")]
    salt: U256,
    /// Until when it may be queued: how long from now, or @ and Unix seconds. For a veto: as it was queued, `lifeboat status` tells.
    #[arg(long, default_value = "24h")]
    deadline: String,
    #[command(flatten)]
    out: OutArgs,
}

#[derive(Debug, clap::Args)]
pub(super) struct EquityArgs {
    #[command(flatten)]
    transfer: TransferArgs,
    #[command(flatten)]
    validity: ValidityArgs,
    #[command(flatten)]
    out: OutArgs,
}

pub(super) async fn release(args: ReleaseArgs, terminal: &Terminal) -> eyre::Result<()> {
    let TransferArgs { place, asset, to, .. } = &args.transfer;
    let message = Message::Release(Release {
        asset: *asset,
        to: *to,
        amount: args.transfer.amount()?,
        nonce: args.number.gate_nonce(place.vault, *asset, &args.out.key).await?,
        deadline: args.deadline.read()?,
    });
    sign_message(place, message, &Asset::offline(*asset), &args.out, terminal)
}

pub(super) async fn payout(args: PayoutArgs, terminal: &Terminal) -> eyre::Result<()> {
    let bundle = args.bundle.open()?;
    let asset = ledger::asset_of(&bundle);
    let proven = ledger::find(&bundle, args.account)?;
    let manifest = bundle.manifest();
    let message = Message::PayOut(PayOut {
        asset: asset.address,
        index: proven.index,
        leaf: proven.leaf.into(),
        amount: amount::parse_u128(&args.amount, &asset).wrap_err("reading --amount")?,
        proof: proven.proof,
        nonce: args.number.gate_nonce(manifest.vault, asset.address, &args.out.key).await?,
        deadline: args.deadline.read()?,
    });
    sign_new(MessageFile::new(manifest.chain_id, manifest.vault, message), &asset, &args.out, terminal)
}

pub(super) fn cancel(args: CancelArgs, terminal: &Terminal) -> eyre::Result<()> {
    let (asset, deadline) = (args.asset, args.deadline.read()?);
    let message = Message::CancelRelease(CancelRelease { asset, nonce: args.nonce, deadline });
    sign_message(&args.place, message, &Asset::offline(asset), &args.out, terminal)
}

pub(super) fn cold(args: ColdArgs, terminal: &Terminal) -> eyre::Result<()> {
    let message = Message::ColdRelease(args.release()?);
    sign_message(&args.transfer.place, message, &Asset::offline(args.transfer.asset), &args.out, terminal)
}

pub(super) fn veto(args: ColdArgs, terminal: &Terminal) -> eyre::Result<()> {
    let message = Message::Veto(Veto { release: args.release()? });
    sign_message(&args.transfer.place, message, &Asset::offline(args.transfer.asset), &args.out, terminal)
}

impl ColdArgs {
    fn release(&self) -> eyre::Result<ColdRelease> {
        let TransferArgs { asset, to, .. } = self.transfer;
        let deadline = read_deadline(&self.deadline)?;
        Ok(ColdRelease { asset, to, amount: self.transfer.amount()?, salt: self.salt, deadline })
    }
}

pub(super) fn equity(args: EquityArgs, terminal: &Terminal) -> eyre::Result<()> {
    let TransferArgs { place, asset, to, .. } = &args.transfer;
    let message = Message::Equity(Equity {
        asset: *asset,
        to: *to,
        amount: args.transfer.amount()?,
        nonce: args.validity.nonce(),
        deadline: args.validity.deadline()?,
    });
    sign_message(place, message, &Asset::offline(*asset), &args.out, terminal)
}
