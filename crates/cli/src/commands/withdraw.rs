//! `lifeboat withdraw`: an account takes its segregated money out, in every phase.

use alloy::primitives::{Address, U256};
use eyre::WrapErr;
use lifeboat_bindings::vault::Vault::{VaultInstance, withdrawCall};
use serde::Serialize;

use crate::{
    amount::{self, Amount},
    asset::{Asset, parse_address, parse_asset},
    chain::ChainArgs,
    keys::KeyArgs,
    output::{Report, Terminal},
    send::{self, Call, Sent},
};

/// Arguments of `lifeboat withdraw`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The vault.
    #[arg(value_parser = parse_address)]
    vault: Address,
    /// ETH, or the token's address.
    #[arg(long, value_parser = parse_asset)]
    asset: Address,
    /// As in "1.5 ETH", "20 USDC", "20000000 base".
    #[arg(long)]
    amount: String,
    /// Recipient; default: the account itself.
    #[arg(long, value_parser = parse_address)]
    to: Option<Address>,
    #[command(flatten)]
    chain: ChainArgs,
    #[command(flatten)]
    key: KeyArgs,
}

/// Runs `lifeboat withdraw`.
///
/// # Errors
/// Those of the vault and of sending.
pub async fn run(args: Args, terminal: &Terminal) -> eyre::Result<()> {
    let chain = args.chain.connect().await?;
    chain.require_code(args.vault).await?;
    let asset = Asset::load(&chain.provider, args.asset).await;
    let amount = amount::parse_u128(&args.amount, &asset).wrap_err("reading --amount")?;
    let sender = chain.sender(&args.key.load()?).await?;
    let to = args.to.unwrap_or(sender.address);
    let withdrawn = Amount { base: U256::from(amount), asset: &asset };
    let plan = format!(
        "withdraw {withdrawn} of the segregated money of {} to {to}, vault {} on chain {}",
        sender.address, args.vault, chain.id
    );
    let call = Call::new(args.vault, &withdrawCall { asset: asset.address, to, amount });
    let sent = send::send(terminal, &sender, &plan, &call).await?;
    let contract = VaultInstance::new(args.vault, &chain.provider);
    let left = contract.segregatedOf(asset.address, sender.address).call().await?;
    terminal.report(&WithdrawReport { to, withdrawn, left: Amount { base: U256::from(left), asset: &asset }, sent })
}

#[derive(Debug, Serialize)]
struct WithdrawReport<'a> {
    to: Address,
    withdrawn: Amount<'a>,
    left: Amount<'a>,
    sent: Sent,
}

impl Report for WithdrawReport<'_> {
    fn text(&self) -> String {
        format!("{}\nwithdrew {} to {}; {} left", self.sent.text(), self.withdrawn, self.to, self.left)
    }
}
