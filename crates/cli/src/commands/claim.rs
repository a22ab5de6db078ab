//! `lifeboat claim`: pays an account its share of every open round, to the account itself. Anyone may do it for anyone.

use alloy::primitives::{Address, U256};
use eyre::WrapErr;
use lifeboat_bindings::vault::{
    Round,
    Vault::{VaultInstance, claimCall, openRoundCall},
};
use serde::Serialize;

use crate::{
    amount::Amount,
    anchors,
    asset::{Asset, parse_address},
    chain::{Chain, ChainArgs, HistoryArgs, Sender},
    entitlement::{self, Entitlement},
    failure::Failure,
    history,
    keys::KeyArgs,
    ledger::{self, BundleArgs, Proven},
    message::LeafFields,
    output::{Report, Terminal},
    phase::{self, RETURNING},
    send::{self, Call, Sent},
    time::format_time,
};

/// Arguments of `lifeboat claim`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The vault.
    #[arg(value_parser = parse_address)]
    vault: Address,
    #[command(flatten)]
    bundle: BundleArgs,
    /// Who is paid.
    #[arg(long, value_parser = parse_address)]
    account: Address,
    #[command(flatten)]
    chain: ChainArgs,
    #[command(flatten)]
    history: HistoryArgs,
    #[command(flatten)]
    key: KeyArgs,
}

/// Runs `lifeboat claim`.
///
/// # Errors
/// `CLAIM_TOO_EARLY`, `LEDGER_NOT_LISTED`, `LEDGER_OTHER_EPOCH`, and those of sending.
pub async fn run(args: Args, terminal: &Terminal) -> eyre::Result<()> {
    let chain = args.chain.connect().await?;
    chain.require_code(args.vault).await?;
    let bundle = args.bundle.open()?;
    ledger::require_vault(&bundle, &chain, args.vault)?;
    let proven = ledger::find(&bundle, args.account)?;
    let asset = Asset::load(&chain.provider, bundle.manifest().asset).await;
    let sender = chain.sender(&args.key.load()?).await?;

    let vault = args.vault;
    let mut rounds = history::rounds(&chain, vault, asset.address, args.history.from_block).await?;
    if rounds.is_empty() {
        open_first_round(terminal, &chain, &sender, vault, &asset).await?;
        rounds = history::rounds(&chain, vault, asset.address, args.history.from_block).await?;
    }
    ledger::require_counting(&chain, &bundle).await?;
    let entitlements = entitlement::read(&chain, vault, asset.address, (proven.index, &proven.leaf), &rounds).await?;

    let mut claims = Vec::with_capacity(entitlements.len());
    for Entitlement { round, share, claimed } in entitlements {
        let amount = Amount { base: U256::from(share), asset: &asset };
        let id = round.id;
        let sent = if claimed || share == 0 {
            None
        } else {
            let plan = format!("claim {amount} of round {id} to {}, vault {vault} on chain {}", args.account, chain.id);
            let proof = anchors::shorten(&chain, vault, asset.address, id, (proven.index, &proven.proof)).await?;
            let call = claim_call(vault, asset.address, round, &Proven { proof, ..proven.clone() });
            Some(send::send(terminal, &sender, &plan, &call).await?)
        };
        claims.push(ClaimReport { round: id, amount, paid_before: claimed, sent });
    }
    terminal.report(&ClaimsReport { account: args.account, index: proven.index, claims })
}

/// The call that pays a leaf its share of a round.
#[must_use]
pub fn claim_call(vault: Address, asset: Address, round: Round, proven: &Proven) -> Call {
    let leaf = LeafFields::from(proven.leaf).into();
    Call::new(vault, &claimCall { asset, round, index: proven.index, leaf, proof: proven.proof.clone() })
}

/// Nothing can be claimed before its round is open, and anyone may open it: so the first who claims does.
async fn open_first_round(
    terminal: &Terminal,
    chain: &Chain,
    sender: &Sender,
    vault: Address,
    asset: &Asset,
) -> eyre::Result<()> {
    let contract = VaultInstance::new(vault, &chain.provider);
    let phase = contract.phase().call().await.wrap_err("reading the phase")?;
    if phase != RETURNING {
        let return_at: u64 = contract.timeline().call().await?.returnAt.to();
        return Failure::report(
            "CLAIM_TOO_EARLY",
            format!(
                "the vault is {}; if nothing happens any more, the return begins at {}",
                phase::name(phase),
                format_time(return_at)
            ),
            "while the service lives, ask for your money with `lifeboat exit request`; else wait until then",
        );
    }
    let plan = format!("open the first round of {}: it fixes the ratio for everybody", asset.symbol);
    send::send(terminal, sender, &plan, &Call::new(vault, &openRoundCall { asset: asset.address })).await?;
    Ok(())
}

#[derive(Debug, Serialize)]
struct ClaimsReport<'a> {
    account: Address,
    index: u32,
    claims: Vec<ClaimReport<'a>>,
}

#[derive(Debug, Serialize)]
struct ClaimReport<'a> {
    round: u32,
    amount: Amount<'a>,
    paid_before: bool,
    sent: Option<Sent>,
}

impl Report for ClaimsReport<'_> {
    fn text(&self) -> String {
        let lines: Vec<_> = self.claims.iter().map(|claim| claim.line(self.account)).collect();
        lines.join("\n")
    }
}

impl ClaimReport<'_> {
    fn line(&self, account: Address) -> String {
        match &self.sent {
            Some(sent) => format!("{}\nround {}: {} paid to {account}", sent.text(), self.round, self.amount),
            None if self.paid_before => format!("round {}: {} was paid before, nothing to do", self.round, self.amount),
            None => format!("round {}: nothing is due to this account", self.round),
        }
    }
}
