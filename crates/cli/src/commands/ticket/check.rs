//! `lifeboat ticket check` and `submit`: what a ticket is worth, and sending it.

use std::path::PathBuf;

use alloy::{
    primitives::{Address, B256, U256},
    providers::Provider,
    rpc::types::TransactionRequest,
};
use eyre::WrapErr;
use lifeboat_bindings::signers::Signer;
use lifeboat_bindings::vault::Vault::{self, VaultErrors};
use lifeboat_ledger::{LeafDomain, leaf_node, root_above};
use serde::Serialize;

use super::place::TicketArgs;
use crate::{
    amount::Amount,
    asset::Asset,
    chain::{Chain, ChainArgs, HistoryArgs, OptionalChainArgs},
    entitlement,
    failure::Failure,
    keys::KeyArgs,
    ledger,
    message::{Claim, MessageFile},
    output::{Report, Terminal},
    send::{Call, Sent, send},
    submit,
    time::format_time,
};

/// Arguments of `lifeboat ticket check`.
#[derive(Debug, clap::Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    ticket: TicketArgs,
    /// Bundle to compare the proof with, if there is no chain.
    #[arg(long, value_name = "DIR")]
    bundle: Option<PathBuf>,
    #[command(flatten)]
    chain: OptionalChainArgs,
    #[command(flatten)]
    history: HistoryArgs,
}

/// Arguments of `lifeboat ticket submit`.
#[derive(Debug, clap::Args)]
pub(super) struct SubmitArgs {
    #[command(flatten)]
    ticket: TicketArgs,
    #[command(flatten)]
    chain: ChainArgs,
    #[command(flatten)]
    history: HistoryArgs,
    #[command(flatten)]
    key: KeyArgs,
}

/// Runs `lifeboat ticket check`: fails if the ticket could not be submitted now.
pub(super) async fn check(args: CheckArgs, terminal: &Terminal) -> eyre::Result<()> {
    let file = args.ticket.load()?;
    let claim = file.claim()?;
    let offline = check_offline(&file, claim)?;
    let chain = args.chain.connect().await?;
    if let Some(directory) = &args.bundle {
        let bundle = ledger::open(directory)?;
        if bundle.manifest().root != offline.root {
            return Failure::report(
                "TICKET_OTHER_LEDGER",
                format!(
                    "the ticket's proof leads to root {}, the bundle's is {}",
                    offline.root,
                    bundle.manifest().root
                ),
                "make the ticket again from the bundle that counts",
            );
        }
    }
    let Some(chain) = chain else {
        let asset = Asset::offline(claim.asset);
        return terminal.report(&TicketReport::new(claim, &asset, &offline, None));
    };
    let asset = Asset::load(&chain.provider, claim.asset).await;
    let online = check_online(&chain, &file, claim, args.history).await?;
    terminal.report(&TicketReport::new(claim, &asset, &offline, Some(online.share)))
}

/// Runs `lifeboat ticket submit`.
pub(super) async fn submit(args: SubmitArgs, terminal: &Terminal) -> eyre::Result<()> {
    let file = args.ticket.load()?;
    let claim = file.claim()?;
    check_offline(&file, claim)?;
    let chain = args.chain.connect().await?;
    let sender = chain.sender(&args.key.load()?).await?;
    let online = check_online(&chain, &file, claim, args.history).await?;
    let asset = Asset::load(&chain.provider, claim.asset).await;
    let amount = |base: u128| Amount { base: U256::from(base), asset: &asset };
    let (paid, fee) = (amount(online.share.saturating_sub(claim.fee)), amount(claim.fee));
    let plan = format!("{}\npays {paid} to {}, and {fee} to you, {}", file.in_words(&asset), claim.to, sender.address);
    let sent = send(terminal, &sender, &plan, &online.call).await?;
    terminal.report(&SubmitReport { account: claim.leaf.account, to: claim.to, paid, fee, sent })
}

/// What a ticket shows without a chain.
struct Offline {
    signer: Signer,
    root: B256,
}

fn check_offline(file: &MessageFile, claim: &Claim) -> eyre::Result<Offline> {
    let account = claim.leaf.account;
    let own = file.signatures.iter().find(|signed| signed.is_by(account));
    let Some(signed) = own.or(file.signatures.first()) else {
        let error = Vault::Signature_Invalid { expected: account };
        return Err(Failure::from(VaultErrors::Signature_Invalid(error)).into());
    };
    let domain = LeafDomain::new(file.chain_id, file.vault, claim.asset);
    let node = leaf_node(&domain, claim.index, &claim.leaf.into());
    let root = root_above(node, claim.index.into(), &claim.proof).wrap_err("following the ticket's proof")?;
    Ok(Offline { signer: signed.signer.clone(), root: root.hash })
}

/// What a ticket pays now.
struct Online {
    share: u128,
    call: Call,
}

/// Tries the ticket on the newest state, without sending anything.
async fn check_online(chain: &Chain, file: &MessageFile, claim: &Claim, history: HistoryArgs) -> eyre::Result<Online> {
    submit::require_chain(chain, file)?;
    chain.require_code(file.vault).await?;
    let round = submit::open_round(chain, file, claim, history).await?;
    let call = submit::claim_call(chain, file, claim, round.as_ref()).await?;
    let request = TransactionRequest::default().to(call.to).input(call.input.clone().into());
    chain.provider.call(request).await.wrap_err("trying the ticket on the newest state")?;
    let rounds: Vec<_> = round.into_iter().collect();
    let leaf = claim.leaf.into();
    let read = entitlement::read(chain, file.vault, claim.asset, (claim.index, &leaf), &rounds).await?;
    Ok(Online { share: read.first().map_or(0, |entitlement| entitlement.share), call })
}

#[derive(Debug, Serialize)]
struct TicketReport<'a> {
    account: Address,
    index: u32,
    round: u32,
    to: Address,
    fee: Amount<'a>,
    deadline: u64,
    root: B256,
    signer: String,
    /// The signature is not the account's own: good only if the account is a contract that accepts it (ERC-1271).
    by_contract_owner: bool,
    /// What the leaf is paid, fee included; absent: not asked of a chain.
    share: Option<Amount<'a>>,
}

impl<'a> TicketReport<'a> {
    fn new(claim: &Claim, asset: &'a Asset, offline: &Offline, share: Option<u128>) -> Self {
        let amount = |base: u128| Amount { base: U256::from(base), asset };
        Self {
            account: claim.leaf.account,
            index: claim.index,
            round: claim.round,
            to: claim.to,
            fee: amount(claim.fee),
            deadline: claim.deadline,
            root: offline.root,
            signer: offline.signer.to_string(),
            by_contract_owner: offline.signer != Signer::Ecdsa(claim.leaf.account),
            share: share.map(amount),
        }
    }
}

impl Report for TicketReport<'_> {
    fn text(&self) -> String {
        let signature = if self.by_contract_owner {
            format!("signed by {}: good only if the account is a contract that accepts it (ERC-1271)", self.signer)
        } else {
            "signed by the account".to_owned()
        };
        let worth = match &self.share {
            Some(share) => format!("good now: pays {share}, fee included"),
            None => format!(
                "its proof leads to root {}; whether that root counts, and what it pays, only the chain knows (--rpc-url)",
                self.root
            ),
        };
        format!(
            "leaf {} of {}, round {}, to {}, fee {}\nvalid until {}\n{signature}\n{worth}",
            self.index,
            self.account,
            self.round,
            self.to,
            self.fee,
            format_time(self.deadline)
        )
    }
}

#[derive(Debug, Serialize)]
struct SubmitReport<'a> {
    account: Address,
    to: Address,
    paid: Amount<'a>,
    fee: Amount<'a>,
    sent: Sent,
}

impl Report for SubmitReport<'_> {
    fn text(&self) -> String {
        format!(
            "{}\nthe claim of {} paid {} to {}; your fee is {}",
            self.sent.text(),
            self.account,
            self.paid,
            self.to,
            self.fee
        )
    }
}
