//! `lifeboat reclaim`: fetches what closed exit requests and challenges gave back.

use alloy::primitives::{Address, U256};
use eyre::WrapErr;
use lifeboat_bindings::vault::Vault::{VaultInstance, withdrawDepositCall};
use serde::Serialize;

use crate::{
    amount::Amount,
    asset::{Asset, parse_address},
    output::{Report, Terminal},
    place::PlaceArgs,
    send::{self, Call, Sent},
};

/// Arguments of `lifeboat reclaim`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    place: PlaceArgs,
    /// Recipient; default: the key's account.
    #[arg(long, value_parser = parse_address)]
    to: Option<Address>,
}

/// Runs `lifeboat reclaim`.
///
/// # Errors
/// What the vault refuses, and those of sending.
pub async fn run(args: Args, terminal: &Terminal) -> eyre::Result<()> {
    let (chain, sender) = args.place.connect_as_sender().await?;
    let to = args.to.unwrap_or(sender.address);
    let eth = Asset::eth();
    let contract = VaultInstance::new(args.place.vault, &chain.provider);
    let held: U256 = contract.depositOf(sender.address).call().await.wrap_err("reading the deposits")?;
    let amount = Amount { base: held, asset: &eth };
    let plan = format!("send {amount} of deposits that came back to {}, to {to}", sender.address);
    let call = Call::new(args.place.vault, &withdrawDepositCall { to });
    let sent = send::send(terminal, &sender, &plan, &call).await?;
    terminal.report(&ReclaimReport { to, amount, sent })
}

#[derive(Debug, Serialize)]
struct ReclaimReport<'a> {
    to: Address,
    amount: Amount<'a>,
    sent: Sent,
}

impl Report for ReclaimReport<'_> {
    fn text(&self) -> String {
        format!("{}\n{} sent to {}", self.sent.text(), self.amount, self.to)
    }
}
