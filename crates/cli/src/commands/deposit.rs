//! `lifeboat deposit`: into an account's own segregated balance, or into the queue for the ledger.

use alloy::primitives::{Address, U256};
use eyre::WrapErr;
use lifeboat_bindings::vault::Vault::{
    Books_AssetNotListed, Liveness_WrongPhase, VaultErrors, VaultInstance, depositCall as DepositCall,
    depositToLedgerCall,
};
use serde::Serialize;

use crate::{
    amount::{self, Amount},
    asset::{Asset, parse_address, parse_asset},
    chain::{Chain, ChainArgs},
    failure::Failure,
    keys::KeyArgs,
    output::{Report, Terminal},
    pay_in, phase,
    send::{Call, Sent},
};

/// Arguments of `lifeboat deposit`.
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
    /// Whose money it becomes; default: the sender's.
    #[arg(long, value_parser = parse_address)]
    account: Option<Address>,
    /// Into the service's ledger instead of the account's segregated balance.
    #[arg(long)]
    to_ledger: bool,
    #[command(flatten)]
    chain: ChainArgs,
    #[command(flatten)]
    key: KeyArgs,
}

/// Runs `lifeboat deposit`.
///
/// # Errors
/// `DEPOSIT_UNFUNDED`, and those of sending.
pub async fn run(args: Args, terminal: &Terminal) -> eyre::Result<()> {
    let chain = args.chain.connect().await?;
    chain.require_code(args.vault).await?;
    let asset = Asset::load(&chain.provider, args.asset).await;
    let base = amount::parse(&args.amount, &asset).wrap_err("reading --amount")?;
    let sender = chain.sender(&args.key.load()?).await?;
    let account = args.account.unwrap_or(sender.address);
    let amount = Amount { base, asset: &asset };
    require_accepted(&chain, args.vault, asset.address, args.to_ledger).await?;
    let call = deposit_call(args.vault, args.to_ledger, account, &amount);

    let into = if args.to_ledger { "the queue for the ledger, for" } else { "the segregated balance of" };
    let plan = format!("deposit {amount} into {into} {account}, vault {} on chain {}", args.vault, chain.id);
    let sent = pay_in::send(terminal, &chain, &sender, &amount, &plan, &call).await?;
    let contract = VaultInstance::new(args.vault, &chain.provider);
    let segregated = contract.segregatedOf(asset.address, account).call().await?;
    terminal.report(&DepositReport {
        account,
        deposited: amount,
        to_ledger: args.to_ledger,
        segregated: Amount { base: U256::from(segregated), asset: &asset },
        sent,
    })
}

/// What the vault would refuse, asked before an approval is paid for.
async fn require_accepted(chain: &Chain, vault: Address, asset: Address, to_ledger: bool) -> eyre::Result<()> {
    let contract = VaultInstance::new(vault, &chain.provider);
    if !contract.book(asset).call().await.wrap_err("reading the asset's book")?.listed {
        return Err(Failure::from(VaultErrors::Books_AssetNotListed(Books_AssetNotListed { asset })).into());
    }
    let phase = contract.phase().call().await.wrap_err("reading the phase")?;
    if to_ledger && phase != phase::LIVE {
        return Err(Failure::from(VaultErrors::Liveness_WrongPhase(Liveness_WrongPhase { phase })).into());
    }
    Ok(())
}

fn deposit_call(vault: Address, to_ledger: bool, account: Address, amount: &Amount<'_>) -> Call {
    let asset = amount.asset.address;
    let call = if to_ledger {
        Call::new(vault, &depositToLedgerCall { asset, account, amount: amount.base })
    } else {
        Call::new(vault, &DepositCall { asset, account, amount: amount.base })
    };
    if asset.is_zero() { call.with_value(amount.base) } else { call }
}

#[derive(Debug, Serialize)]
struct DepositReport<'a> {
    account: Address,
    deposited: Amount<'a>,
    to_ledger: bool,
    segregated: Amount<'a>,
    sent: Sent,
}

impl Report for DepositReport<'_> {
    fn text(&self) -> String {
        let state = if self.to_ledger {
            "waits for the ledger; it is refunded in full if the service stops before it is in it".to_owned()
        } else {
            format!("the account's segregated balance is now {}", self.segregated)
        };
        format!("{}\ndeposited {} for {}; {state}", self.sent.text(), self.deposited, self.account)
    }
}
