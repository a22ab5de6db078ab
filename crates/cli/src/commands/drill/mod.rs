//! `lifeboat drill`: the main job, end to end, on a local chain. A service commits to its ledger, dies, and everybody is paid to the base
//! unit by software that nobody at the service controls.
//!
//! Real parts throughout: anvil with production's rules, a service process that is killed, a keeper process with keys and journal of its
//! own. Time is moved by the chain, never slept. At the end the drill's own books are held against every account's real balance.

mod books;
mod cast;
mod check;
mod claims;
mod clock;
mod commitments;
mod keeper;
mod life;
mod meter;
mod observe;
mod outage;
mod pause;
mod plan;
mod population;
mod probes;
mod progress;
mod push;
mod report;
mod seed;
mod service;
mod setup;
mod stage;
mod tally;

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use alloy::providers::Provider;
use eyre::Result;
use tokio::signal::unix::{SignalKind, signal};

pub(crate) use self::service::{SUBCOMMAND, serve};
use self::{
    keeper::Keeper,
    observe::{Balance, Events},
    plan::PlanArgs,
    push::Mischief,
    report::{AssetReport, DrillReport, KeeperReport, TankReport},
    seed::Seed,
    service::Service,
    stage::Stage,
};
use crate::{failure::Failure, output::Terminal};

/// Arguments of `lifeboat drill`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    plan: PlanArgs,
    /// Everything random comes from it: the same seed is the same drill.
    #[arg(long, default_value_t = 1, value_name = "NUMBER")]
    seed: u64,
    /// Keep bundles, configuration, keys, log and journal in this directory, which must be empty or new.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// Kill the keeper (SIGKILL) so many times at random moments of the push, and start it again each time.
    #[arg(long, default_value_t = 0, value_name = "TIMES")]
    keeper_crashes: u32,
    /// Also delete the keeper's journal, at the middle one of these deaths.
    #[arg(long, requires = "keeper_crashes")]
    lose_journal: bool,
}

/// Runs `lifeboat drill`. Whatever happens, no process is left behind.
///
/// # Errors
/// `DRILL_FAILED` if an account or a base unit is unaccounted for, or a money rule does not hold; `DRILL_INTERRUPTED`; `DRILL_KEEP`;
/// whatever stopped the drill on its way.
pub async fn run(args: Args, terminal: &Terminal) -> Result<()> {
    // Everything that the drill started ends when this future is dropped.
    let report = tokio::select! {
        report = rehearse(&args) => report?,
        stopped = stopped() => return stopped,
    };
    terminal.report(&report)?;
    if report.passed {
        return Ok(());
    }
    Failure::report(
        "DRILL_FAILED",
        format!("{} faults, listed in the report", report.violations.len()),
        format!("repeat it with --seed {} --keep DIR and read keeper.log there", report.seed),
    )
}

async fn stopped() -> Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
    Failure::report("DRILL_INTERRUPTED", "stopped by a signal; all processes of the drill have ended", "run it again")
}

async fn rehearse(args: &Args) -> Result<DrillReport> {
    let began = Instant::now();
    let directory = Directory::new(args.keep.as_deref())?;
    let seed = Seed(args.seed);
    let mischief = Mischief { crashes: args.keeper_crashes, lose_journal: args.lose_journal };

    let world = setup::world(seed, directory.path().to_owned()).await?;
    world.progress.say("chain, vault and funds");
    let mut stage = setup::stage(world, seed, args.plan.assets()?).await?;
    setup::hand_out_tokens(&stage).await?;
    setup::fund(&mut stage).await?;
    let mut before = Vec::new();
    for desk in &stage.desks {
        before.push(observe::balances(&stage, desk).await?);
    }

    stage.world.progress.say("the service lives");
    let service = Service::start().await?;
    let mut keeper = Keeper::start(&stage, &service.health_url).await?;
    life::live(&mut stage, &mut keeper).await?;

    stage.world.progress.say("the service is dead");
    outage::die(&mut stage, &mut keeper, service).await?;
    outage::latch(&mut stage, &mut keeper).await?;
    outage::begin_return(&mut stage, &mut keeper).await?;

    stage.world.progress.say("the money goes home");
    let tickets = claims::claim_in_head_start(&mut stage).await?;
    life::take_segregated_money_out(&mut stage).await?;
    life::donate_hot_wallet(&mut stage).await?;
    push::push(&mut stage, &mut keeper, seed, mischief).await?;
    claims::settle_refusers(&mut stage).await?;
    probes::nothing_is_used_twice(&mut stage, &tickets).await?;

    stage.world.progress.say("checking every balance");
    conclude(stage, &keeper, &before, seed, began).await
}

/// Holds the drill's books against the chain.
async fn conclude(
    mut stage: Stage,
    keeper: &Keeper,
    before: &[Balance],
    seed: Seed,
    began: Instant,
) -> Result<DrillReport> {
    let events = Events::read(&stage).await?;
    let mut assets = Vec::new();
    for (desk, before) in stage.desks.iter().zip(before) {
        let seen = observe::seen(&stage, desk, before, &events).await?;
        let tally = tally::tally(&desk.books, &seen);
        stage.violations.extend(check::check(&desk.books, &seen, &tally));
        assets.push(AssetReport::new(&desk.books, tally, &events));
    }
    let tank_address = stage.contract().gasTank().call().await?;
    let left = stage.world.provider().get_balance(tank_address).await?;
    stage.violations.extend(check::check_tank(stage.tank, events.repaid, left));
    let calls = keeper.meter.calls();
    Ok(DrillReport {
        seed: seed.0,
        vault: stage.vault,
        blocks: stage.world.provider().get_block_number().await?,
        keeper: KeeperReport { rpc_calls: calls.values().sum(), rpc_calls_by_method: calls, restarts: keeper.restarts },
        tank: TankReport { filled: stage.tank, repaid: events.repaid.to() },
        wall_seconds: began.elapsed().as_secs_f64(),
        passed: stage.violations.is_empty(),
        timeline: stage.timeline,
        assets,
        violations: stage.violations,
    })
}

/// Where the drill's files are: a directory to keep, or a temporary one that goes with the drill.
enum Directory {
    Kept(PathBuf),
    Temporary(tempfile::TempDir),
}

impl Directory {
    fn new(keep: Option<&Path>) -> Result<Self> {
        let Some(path) = keep else { return Ok(Self::Temporary(tempfile::tempdir()?)) };
        std::fs::create_dir_all(path)?;
        if std::fs::read_dir(path)?.next().is_some() {
            return Failure::report("DRILL_KEEP", format!("{} is not empty", path.display()), "name a new directory");
        }
        Ok(Self::Kept(path.canonicalize()?))
    }

    fn path(&self) -> &Path {
        match self {
            Self::Kept(path) => path,
            Self::Temporary(directory) => directory.path(),
        }
    }
}
