//! `lifeboat return`: what a stranger can do for everybody after the service has stopped. A keeper does the same by itself.

use alloy::primitives::{Address, B256, U256};
use clap::Subcommand;
use eyre::WrapErr;
use lifeboat_bindings::vault::Vault::{VaultInstance, latchCall, openRoundCall, tallyCall};
use lifeboat_keeper::{anchors::AnchorPlan, gas::TX_GAS_CAP};
use serde::Serialize;

use crate::{
    amount::Amount,
    asset::Asset,
    chain::{Chain, HistoryArgs},
    failure::Failure,
    history,
    ledger::{self, BundleArgs},
    output::{Report, Terminal},
    place::{AssetPlaceArgs, PlaceArgs},
    send::{self, Call, Sent},
};

/// Cells of one tally: each costs less than 10,000 gas, so that a call stays far below the cap of a transaction.
const CELLS_A_CALL: usize = 1_000;

/// Arguments of `lifeboat return`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Fix what every asset returns, once the vault has latched. Optional: each later step does it for its own asset.
    Latch(PlaceArgs),
    /// Open an asset's next round over the money that no earlier round has set aside.
    Open(OpenArgs),
    /// Prove some nodes of the ledger once, so that every later claim of the round is cheaper. Worth it for large ledgers.
    Anchor(AnchorArgs),
    /// Book the single claims of a round as paid, so that the next round need not set them aside again.
    Tally(TallyArgs),
}

#[derive(Debug, clap::Args)]
struct OpenArgs {
    #[command(flatten)]
    at: AssetPlaceArgs,
    #[command(flatten)]
    history: HistoryArgs,
}

#[derive(Debug, clap::Args)]
struct AnchorArgs {
    #[command(flatten)]
    place: PlaceArgs,
    #[command(flatten)]
    history: HistoryArgs,
    #[command(flatten)]
    bundle: BundleArgs,
    /// Which round.
    #[arg(long, value_name = "N")]
    round: u32,
}

#[derive(Debug, clap::Args)]
struct TallyArgs {
    #[command(flatten)]
    at: AssetPlaceArgs,
    #[command(flatten)]
    history: HistoryArgs,
    /// Which round.
    #[arg(long, value_name = "N")]
    round: u32,
}

/// Runs `lifeboat return`.
///
/// # Errors
/// `ANCHOR_NOTHING`, `TALLY_NOTHING`, what the vault refuses, and those of sending.
pub async fn run(args: Args, terminal: &Terminal) -> eyre::Result<()> {
    match args.command {
        Command::Latch(place) => latch(&place, terminal).await,
        Command::Open(args) => open(&args, terminal).await,
        Command::Anchor(args) => anchor(&args, terminal).await,
        Command::Tally(args) => tally(&args, terminal).await,
    }
}

async fn latch(place: &PlaceArgs, terminal: &Terminal) -> eyre::Result<()> {
    let (chain, sender) = place.connect_as_sender().await?;
    let plan = format!("fix the recovery of every asset of vault {} on chain {}", place.vault, chain.id);
    let sent = send::send(terminal, &sender, &plan, &Call::new(place.vault, &latchCall {})).await?;
    terminal.report(&LatchReport { sent })
}

async fn open(args: &OpenArgs, terminal: &Terminal) -> eyre::Result<()> {
    let OpenArgs { at: AssetPlaceArgs { place, asset: address }, history } = args;
    let (chain, sender) = place.connect_as_sender().await?;
    let (vault, asset) = (place.vault, Asset::load(&chain.provider, *address).await);
    let plan = format!("open the next round of {} in vault {vault}: its ratio is the same for everybody", asset.symbol);
    let sent = send::send(terminal, &sender, &plan, &Call::new(vault, &openRoundCall { asset: *address })).await?;
    let rounds = history::rounds(&chain, vault, *address, history.from_block).await?;
    let opened = rounds.last().ok_or_else(|| eyre::eyre!("the round that was opened is not there any more"))?;
    let amount = |base: u128| Amount { base: U256::from(base), asset: &asset };
    terminal.report(&OpenReport {
        round: opened.id,
        distributed: amount(opened.numerator),
        owed: amount(opened.denominator),
        sent,
    })
}

async fn anchor(args: &AnchorArgs, terminal: &Terminal) -> eyre::Result<()> {
    let AnchorArgs { place, history, bundle, round } = args;
    let bundle = bundle.open()?;
    let (depth, asset) = (bundle.manifest().depth, bundle.manifest().asset);
    let (chain, sender) = place.connect_as_sender().await?;
    ledger::require_vault(&bundle, &chain, place.vault)?;
    let plan = AnchorPlan::lowest(depth, TX_GAS_CAP);
    let Some(anchors) = lacking(&chain, place.vault, asset, *round, plan).await? else {
        return Failure::report(
            "ANCHOR_NOTHING",
            format!("proofs of round {round} already end as low as they can"),
            "nothing to do: claims use it by themselves",
        );
    };
    let rounds = history::rounds(&chain, place.vault, asset, history.from_block).await?;
    let Some(open) = rounds.into_iter().find(|open| open.id == *round) else {
        return Failure::report(
            "ANCHOR_NOTHING",
            format!("round {round} is not open"),
            "open it first: `lifeboat return open`",
        );
    };
    let (level, nodes) = (anchors.level, anchors.nodes());
    let call = anchors.call(asset, open, &bundle).ok_or_else(|| eyre::eyre!("level {level} is not in the bundle"))?;
    let plan =
        format!("let proofs of round {round} end at {nodes} nodes of level {level}, {} below the root", depth - level);
    let sent = send::send(terminal, &sender, &plan, &Call::new(place.vault, &call)).await?;
    terminal.report(&AnchorReport { round: *round, level, nodes, sent })
}

/// The plan, if any of its nodes is not anchored yet.
async fn lacking(
    chain: &Chain,
    vault: Address,
    asset: Address,
    round: u32,
    plan: Option<AnchorPlan>,
) -> eyre::Result<Option<AnchorPlan>> {
    let Some(plan) = plan else { return Ok(None) };
    let contract = VaultInstance::new(vault, &chain.provider);
    for position in 0..plan.nodes() {
        let anchor = contract.anchorOf(asset, round, plan.level as u8, position).call().await;
        if anchor.wrap_err("looking for anchors")? == B256::ZERO {
            return Ok(Some(plan));
        }
    }
    Ok(None)
}

async fn tally(args: &TallyArgs, terminal: &Terminal) -> eyre::Result<()> {
    let TallyArgs { at: AssetPlaceArgs { place, asset }, history, round } = args;
    let (chain, sender) = place.connect_as_sender().await?;
    let cells = history::untallied_cells(&chain, place.vault, *asset, *round, history.from_block).await?;
    if cells.is_empty() {
        return Failure::report(
            "TALLY_NOTHING",
            format!("round {round} has no single claim that is not booked already"),
            "nothing to do",
        );
    }
    let mut sent = Vec::new();
    for cells in cells.chunks(CELLS_A_CALL) {
        let plan = format!("book the single claims in {} cells of round {round} as paid", cells.len());
        let call = tallyCall { asset: *asset, round: *round, cells: cells.to_vec() };
        sent.push(send::send(terminal, &sender, &plan, &Call::new(place.vault, &call)).await?);
    }
    let recovery = VaultInstance::new(place.vault, &chain.provider).recovery(*asset).call().await;
    let recovery = recovery.wrap_err("reading the recovery back")?;
    let asset = Asset::load(&chain.provider, *asset).await;
    let amount = |base: u128| Amount { base: U256::from(base), asset: &asset };
    let (tallied, allotted) = (amount(recovery.tallied), amount(recovery.allotted));
    terminal.report(&TallyReport { cells: cells.len(), tallied, allotted, sent })
}

#[derive(Debug, Serialize)]
struct LatchReport {
    sent: Sent,
}

impl Report for LatchReport {
    fn text(&self) -> String {
        format!("{}\nwhat every asset returns is fixed", self.sent.text())
    }
}

#[derive(Debug, Serialize)]
struct OpenReport<'a> {
    round: u32,
    /// The round's numerator.
    distributed: Amount<'a>,
    /// Its denominator.
    owed: Amount<'a>,
    sent: Sent,
}

impl Report for OpenReport<'_> {
    fn text(&self) -> String {
        format!("{}\nround {} pays {} of {} owed", self.sent.text(), self.round, self.distributed, self.owed)
    }
}

#[derive(Debug, Serialize)]
struct AnchorReport {
    round: u32,
    /// From the leaves up.
    level: u32,
    nodes: u32,
    sent: Sent,
}

impl Report for AnchorReport {
    fn text(&self) -> String {
        format!("{}\nproofs of round {} end at level {} from now on", self.sent.text(), self.round, self.level)
    }
}

#[derive(Debug, Serialize)]
struct TallyReport<'a> {
    cells: usize,
    /// Booked as paid over all rounds.
    tallied: Amount<'a>,
    /// Set aside by all rounds.
    allotted: Amount<'a>,
    sent: Vec<Sent>,
}

impl Report for TallyReport<'_> {
    fn text(&self) -> String {
        let mut lines: Vec<_> = self.sent.iter().map(Sent::text).collect();
        lines.push(format!(
            "{} cells booked; {} of the {} that rounds have set aside is known to be paid",
            self.cells, self.tallied, self.allotted
        ));
        lines.join("\n")
    }
}
