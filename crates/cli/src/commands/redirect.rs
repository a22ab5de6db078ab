//! `lifeboat redirect`: who knows ahead that his account is no place to send money to says so while the service lives.

use alloy::primitives::Address;
use lifeboat_bindings::vault::Vault::setRedirectCall;
use serde::Serialize;

use crate::{
    asset::parse_address,
    ledger::{self, BundleArgs},
    message::LeafFields,
    output::{Report, Terminal},
    place::PlaceArgs,
    send::{self, Call, Sent},
};

/// Arguments of `lifeboat redirect`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    place: PlaceArgs,
    #[command(flatten)]
    bundle: BundleArgs,
    /// Where every claim of the key's account is to pay.
    #[arg(long, value_parser = parse_address, required_unless_present = "clear")]
    to: Option<Address>,
    /// Pay to the account itself again.
    #[arg(long, conflicts_with = "to")]
    clear: bool,
}

/// Runs `lifeboat redirect`.
///
/// # Errors
/// `LEDGER_NOT_LISTED`, what the vault refuses, and those of sending.
pub async fn run(args: Args, terminal: &Terminal) -> eyre::Result<()> {
    let (chain, sender) = args.place.connect_as_sender().await?;
    let bundle = args.bundle.open()?;
    ledger::require_vault(&bundle, &chain, args.place.vault)?;
    let account = sender.address;
    let proven = ledger::find(&bundle, account)?;
    let plan = match args.to {
        Some(to) => format!(
            "from now on every claim of {account} pays {to}; pushes leave the account out, so somebody must claim\nnobody can change \
             this after the latch"
        ),
        None => format!("from now on every claim of {account} pays the account itself again"),
    };
    let call = setRedirectCall {
        asset: bundle.manifest().asset,
        index: proven.index,
        leaf: LeafFields::from(proven.leaf).into(),
        proof: proven.proof,
        to: args.to.unwrap_or_default(),
    };
    let sent = send::send(terminal, &sender, &plan, &Call::new(args.place.vault, &call)).await?;
    terminal.report(&RedirectReport { account, to: args.to, sent })
}

#[derive(Debug, Serialize)]
struct RedirectReport {
    account: Address,
    /// Absent: the account itself.
    to: Option<Address>,
    sent: Sent,
}

impl Report for RedirectReport {
    fn text(&self) -> String {
        let to = self.to.unwrap_or(self.account);
        format!("{}\nclaims of {} pay {to}", self.sent.text(), self.account)
    }
}
