//! The service dies. Nobody beats any more, the chain's time does the rest, and the keeper carries out what the vault then allows.

use eyre::Result;

use super::{keeper::Keeper, life::COUNTING_EPOCH, probes, service::Service, stage::Stage};
use crate::failure::Failure;

/// Where a vault stands, as its `phase()` says.
pub(super) const PHASES: [&str; 4] = ["LIVE", "SUSPECTED", "LATCHED", "RETURNING"];

/// Kills the service and waits until the keeper has seen it and stopped beating.
pub(super) async fn die(stage: &mut Stage, keeper: &mut Keeper, service: Service) -> Result<()> {
    service.kill().await?;
    stage.note("the service was killed (SIGKILL)").await;
    keeper
        .until_status("the keeper to notice that the service is down", |status| status["service_up"] == false)
        .await?;
    stage.note("the keeper has noticed").await;
    let last_beat = stage.contract().liveness().call().await?.lastBeat;
    for hours in [2, 4] {
        let time = stage.world.miner.now().await + hours * 3_600;
        stage.advance_to(time).await?;
        keeper
            .until_status("the keeper to look at the new block", |status| {
                status["chain"]["time"].as_u64() >= Some(time)
            })
            .await?;
    }
    if stage.contract().liveness().call().await?.lastBeat != last_beat {
        return Failure::report(
            "DRILL_BEAT",
            "the keeper beat for a dead service",
            "this is a fault of the keeper: read its log",
        );
    }
    stage.note("hours passed without a beat").await;
    Ok(())
}

/// Suspicion, latch; the keeper fixes the recoveries, refunds late deposits and counts the words that had payouts.
pub(super) async fn latch(stage: &mut Stage, keeper: &mut Keeper) -> Result<()> {
    let timeline = stage.contract().timeline().call().await?;
    enter(stage, timeline.suspectedAt.to(), 1).await?;
    enter(stage, timeline.latchedAt.to(), 2).await?;
    until_counted(stage, keeper).await?;
    book_refunds(stage).await?;
    probes::nothing_revives(stage).await
}

/// The return begins: rounds open.
pub(super) async fn begin_return(stage: &mut Stage, keeper: &mut Keeper) -> Result<()> {
    let timeline = stage.contract().timeline().call().await?;
    enter(stage, timeline.returnAt.to(), 3).await?;
    for at in 0..stage.desks.len() {
        let asset = stage.desks[at].books.asset;
        stage
            .until_vault("the keeper to open the first round", async |vault| {
                keeper.require_running()?;
                Ok((vault.recovery(asset).call().await?.rounds > 0).then_some(()))
            })
            .await?;
        let ratio = stage.desks[at].books.expect_round();
        let symbol = stage.desks[at].books.unit.symbol;
        stage
            .note(format!("round 0 of {symbol} opened by the keeper, {} of 10000 of what is owed", ratio.share(10_000)))
            .await;
    }
    Ok(())
}

/// Moves the chain's time to where a phase begins, and checks that it does.
async fn enter(stage: &mut Stage, time: u64, phase: u8) -> Result<()> {
    stage.advance_to(time).await?;
    let now = stage.contract().phase().call().await?;
    if now != phase {
        let (is, must) = (PHASES[usize::from(now)], PHASES[usize::from(phase)]);
        return Failure::report(
            "DRILL_PHASE",
            format!("the vault is {is}, must be {must}"),
            "this is a fault of the vault",
        );
    }
    stage.note(format!("the vault is {}", PHASES[usize::from(phase)])).await;
    Ok(())
}

async fn until_counted(stage: &mut Stage, keeper: &mut Keeper) -> Result<()> {
    for at in 0..stage.desks.len() {
        let (asset, owed) = (stage.desks[at].books.asset, stage.desks[at].books.owed());
        let entries = stage.contract().book(asset).call().await?.queued.to::<u64>();
        stage
            .until_vault("the keeper to latch, refund and count", async |vault| {
                keeper.require_running()?;
                let recovery = vault.recovery(asset).call().await?;
                let counted = recovery.isFixed && recovery.owed == owed;
                if !counted || vault.book(asset).call().await?.pending > 0 {
                    return Ok(None);
                }
                Ok(Some(()))
            })
            .await?;
        let symbol = stage.desks[at].books.unit.symbol;
        stage
            .note(format!("{symbol}: epoch {COUNTING_EPOCH} counts, payouts counted, {entries} queue entries settled"))
            .await;
    }
    Ok(())
}

/// The late deposits are back: with their accounts, or credited where an account refuses ETH.
async fn book_refunds(stage: &mut Stage) -> Result<()> {
    let (account, refuser) = (stage.world.cast.users.late[0].address(), stage.refusers[2]);
    for desk in &mut stage.desks {
        let refuses = desk.is_eth();
        desk.books.refunded(account, desk.stake, false);
        desk.books.refunded(refuser, desk.stake, refuses);
    }
    Ok(())
}
