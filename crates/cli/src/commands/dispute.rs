//! `lifeboat dispute`: two questions that a contract cannot decide, put to the arbitrator of the terms (ERC-792).

use alloy::{
    primitives::{Address, U256},
    providers::DynProvider,
    sol_types::SolCall,
};
use clap::Subcommand;
use eyre::WrapErr;
use lifeboat_bindings::vault::{
    Case,
    Disputes::{
        DisputesInstance, disputeLedgerCall, disputeRequestCall, refundEntryCall, refundEntryWithoutLeafCall,
        settleCall, submitEvidenceCall, withdrawCreditCall,
    },
};
use lifeboat_ledger::bundle::Bundle;
use serde::Serialize;

use super::send::SendReport;
use crate::{
    amount::Amount,
    asset::{Asset, parse_address},
    beside::DISPUTES,
    chain::{Chain, Sender},
    failure::Failure,
    ledger::{self, BundleArgs},
    message::LeafFields,
    output::{Report, Terminal},
    place::{AssetPlaceArgs, PlaceArgs},
    send::{self, Call, Sent},
    time::format_time,
};

/// Arguments of `lifeboat dispute`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Create the vault's disputes contract at the address that the vault has foreseen. Anyone may; once.
    Create(PlaceArgs),
    /// Dispute that an asset's last final ledger should count, and not the one before. Anyone, between latch and return, once.
    Ledger(AssetPlaceArgs),
    /// Operator: dispute that an account's open exit request is unserved. Once for each account.
    Request(AccountArgs),
    /// Point to evidence for an open dispute. Anyone may.
    Evidence(EvidenceArgs),
    /// Carry out what was ruled, or what stands when no ruling has come in time. Anyone may.
    Settle(NumberArgs),
    /// Refund a deposit that only the ledger knew which a dispute has set aside, less what its account was paid of it. Anyone may.
    Refund(RefundArgs),
    /// Fetch the key's bonds, and what it has sent too much of.
    Withdraw(WithdrawArgs),
}

#[derive(Debug, clap::Args)]
struct AccountArgs {
    #[command(flatten)]
    at: AssetPlaceArgs,
    /// Whose request.
    #[arg(long, value_parser = parse_address)]
    account: Address,
}

#[derive(Debug, clap::Args)]
struct NumberArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// The arbitrator's number of the dispute.
    #[arg(long, value_name = "N")]
    dispute: U256,
}

#[derive(Debug, clap::Args)]
struct EvidenceArgs {
    #[command(flatten)]
    number: NumberArgs,
    /// Where the evidence lies (ERC-1497), or what it says.
    #[arg(long, value_name = "URI")]
    evidence: String,
}

#[derive(Debug, clap::Args)]
struct RefundArgs {
    #[command(flatten)]
    place: PlaceArgs,
    #[command(flatten)]
    bundle: BundleArgs,
    /// Whose deposit.
    #[arg(long, value_parser = parse_address)]
    account: Address,
    /// Its number in the queue.
    #[arg(long, value_name = "N")]
    entry: u64,
    /// The account is not in the ledger that counts: all that it was ever paid is taken off. The account itself; from 30 days after the
    /// time of rounds on, anyone. The whole bundle is read to be sure.
    #[arg(long)]
    without_leaf: bool,
}

#[derive(Debug, clap::Args)]
struct WithdrawArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// Recipient; default: the key's account.
    #[arg(long, value_parser = parse_address)]
    to: Option<Address>,
}

/// Runs `lifeboat dispute`.
///
/// # Errors
/// `DISPUTES_MISSING`, what the contract refuses, and those of sending.
pub async fn run(args: Args, terminal: &Terminal) -> eyre::Result<()> {
    match args.command {
        Command::Create(place) => DISPUTES.create(&place, terminal).await,
        Command::Ledger(at) => {
            let court = Court::open(&at.place).await?;
            let cost = court.contract().costs().call().await.wrap_err("asking what it costs")?.ledger;
            let plan = "dispute that the last final ledger counts, and not the one before";
            let sent = court.pay(plan, cost, &disputeLedgerCall { asset: at.asset }, terminal).await?;
            let dispute = court.contract().ledgerDispute(at.asset).call().await.wrap_err("reading it back")?.disputeId;
            court.report(dispute, sent, terminal).await
        }
        Command::Request(args) => {
            let (court, account) = (Court::open(&args.at.place).await?, args.account);
            let cost = court.contract().costs().call().await.wrap_err("asking what it costs")?.request;
            let plan = format!("dispute that the exit request of {account} is unserved");
            let asset = args.at.asset;
            let sent = court.pay(&plan, cost, &disputeRequestCall { asset, account }, terminal).await?;
            let told = court.contract().requestDispute(asset, account).call().await.wrap_err("reading it back")?;
            court.report(told.disputeId, sent, terminal).await
        }
        Command::Evidence(args) => {
            let court = Court::open(&args.number.place).await?;
            let dispute = args.number.dispute;
            let call = submitEvidenceCall { disputeId: dispute, evidence: args.evidence };
            let sent = court.pay("point to evidence", U256::ZERO, &call, terminal).await?;
            court.report(dispute, sent, terminal).await
        }
        Command::Settle(args) => {
            let court = Court::open(&args.place).await?;
            let call = settleCall { disputeId: args.dispute };
            let sent = court.pay("carry out what was ruled", U256::ZERO, &call, terminal).await?;
            court.report(args.dispute, sent, terminal).await
        }
        Command::Refund(args) => refund(&args, terminal).await,
        Command::Withdraw(args) => {
            let court = Court::open(&args.place).await?;
            let to = args.to.unwrap_or(court.sender.address);
            let plan = format!("send what {} is credited with to {to}", court.sender.address);
            let sent = court.pay(&plan, U256::ZERO, &withdrawCreditCall { to }, terminal).await?;
            terminal.report(&SendReport { sent })
        }
    }
}

async fn refund(args: &RefundArgs, terminal: &Terminal) -> eyre::Result<()> {
    let court = Court::open(&args.place).await?;
    let bundle = args.bundle.open()?;
    ledger::require_vault(&bundle, &court.chain, args.place.vault)?;
    ledger::require_counting(&court.chain, &bundle).await?;
    if args.without_leaf {
        require_unlisted(&bundle, args.account)?;
        let call = refundEntryWithoutLeafCall { asset: bundle.manifest().asset, entry: U256::from(args.entry) };
        let plan = format!("refund deposit {} of {}, less all that it was ever paid", args.entry, args.account);
        let sent = court.pay(&plan, U256::ZERO, &call, terminal).await?;
        return terminal.report(&SendReport { sent });
    }
    let proven = ledger::find(&bundle, args.account)?;
    let call = refundEntryCall {
        asset: bundle.manifest().asset,
        entry: U256::from(args.entry),
        index: proven.index,
        leaf: LeafFields::from(proven.leaf).into(),
        proof: proven.proof,
    };
    let plan = format!("refund deposit {} of {}, less what it was paid of it", args.entry, args.account);
    let sent = court.pay(&plan, U256::ZERO, &call, terminal).await?;
    terminal.report(&SendReport { sent })
}

/// By every leaf, each of which is proven: a bundle's index of accounts is only its publisher's word, and who has a leaf is refunded more by it.
fn require_unlisted(bundle: &Bundle, account: Address) -> eyre::Result<()> {
    let leaves = bundle.leaves().wrap_err("reading the bundle's leaves")?;
    let Some(index) = leaves.iter().position(|leaf| leaf.account == account) else { return Ok(()) };
    Failure::report(
        "DISPUTE_HAS_LEAF",
        format!("{account} is in the ledger that counts, as leaf {index}"),
        "refund it by that leaf: the same command without `--without-leaf`",
    )
}

/// A vault's disputes contract, and who acts.
struct Court {
    chain: Chain,
    sender: Sender,
    disputes: Address,
}

impl Court {
    async fn open(place: &PlaceArgs) -> eyre::Result<Self> {
        let (chain, sender) = place.connect_as_sender().await?;
        let disputes = DISPUTES.require(&chain, place.vault).await?;
        Ok(Self { chain, sender, disputes })
    }

    fn contract(&self) -> DisputesInstance<DynProvider> {
        DisputesInstance::new(self.disputes, self.chain.provider.clone())
    }

    async fn pay(&self, plan: &str, value: U256, call: &impl SolCall, terminal: &Terminal) -> eyre::Result<Sent> {
        let mut plan = plan.to_owned();
        if !value.is_zero() {
            let eth = Asset::eth();
            plan.push_str(&format!("\nthis costs {}", Amount { base: value, asset: &eth }));
        }
        send::send(terminal, &self.sender, &plan, &Call::new(self.disputes, call).with_value(value)).await
    }

    async fn report(&self, dispute: U256, sent: Sent, terminal: &Terminal) -> eyre::Result<()> {
        let case: Case = self.contract().disputeOf(dispute).call().await.wrap_err("reading the dispute back")?;
        terminal.report(&CaseReport {
            dispute: dispute.to_string(),
            due: case.due.to(),
            ruled: case.isRuled.then_some(case.ruling),
            settled: case.isSettled,
            sent,
        })
    }
}

#[derive(Debug, Serialize)]
struct CaseReport {
    /// The arbitrator's number.
    dispute: String,
    /// Last second in which a ruling counts, Unix seconds.
    due: u64,
    /// What was ruled; absent: nothing yet.
    ruled: Option<u8>,
    settled: bool,
    sent: Sent,
}

impl Report for CaseReport {
    fn text(&self) -> String {
        let state = match (self.settled, self.ruled) {
            (true, _) => "is settled".to_owned(),
            (false, Some(ruling)) => format!("is ruled ({ruling}); anyone may settle it"),
            (false, None) => format!("waits for the arbitrator until {}", format_time(self.due)),
        };
        format!("{}\ndispute {} {state}", self.sent.text(), self.dispute)
    }
}
