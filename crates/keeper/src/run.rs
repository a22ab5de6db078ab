//! The loop: look, decide, act. It pauses on the wall clock and decides nothing by it.

use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::{
    chain::RpcError,
    config::Config,
    decide::Unpaid,
    error::KeeperError,
    keeper::{Keeper, Tick},
    status::Board,
    steps::{Steps, Unbroken},
};

/// How a keeper ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything payable is paid (`executor.until_done`). What could not be paid is listed: it stays claimable.
    Done(Vec<Unpaid>),
    /// It was told to stop. What is in flight is in the journal, for the next start.
    Stopped,
}

/// Runs a keeper until `shutdown`, or until it is done if its configuration says so.
///
/// # Errors
/// [`KeeperError`]; trouble with endpoints is waited out, never returned, except an endpoint of another chain at the start.
pub async fn run(config: Config, shutdown: CancellationToken) -> Result<Outcome, KeeperError> {
    run_watched(config, shutdown, &mut Unbroken).await
}

/// [`run`], with a watcher that sees every step and may break off at it.
///
/// # Errors
/// As [`run`]; [`KeeperError::BrokenOff`] if the watcher breaks off.
pub async fn run_watched(
    config: Config,
    shutdown: CancellationToken,
    steps: &mut dyn Steps,
) -> Result<Outcome, KeeperError> {
    config.check()?;
    let stop_helpers = CancellationToken::new();
    let _helpers = stop_helpers.clone().drop_guard();
    let board = Board::default();
    let poll = config.rpc.poll.0;
    let mut keeper = Keeper::new(config, board.clone(), stop_helpers).await?;
    let mut trouble_before = false;
    loop {
        // Dropping a tick between two steps is what a crash would do: the journal is made for it.
        let tick = tokio::select! {
            biased;
            () = shutdown.cancelled() => return Ok(stopped()),
            tick = keeper.tick(steps) => tick,
        };
        let pause = match tick {
            Ok(Tick::Done(unpaid)) => return Ok(done(unpaid)),
            Ok(Tick::NewHead) => false,
            Ok(Tick::SameHead) => true,
            Err(KeeperError::Rpc(error)) => {
                report(&error, trouble_before, &board, keeper.has_started())?;
                trouble_before = true;
                tokio::select! {
                    () = shutdown.cancelled() => return Ok(stopped()),
                    () = tokio::time::sleep(poll) => continue,
                }
            }
            Err(error) => {
                error!(%error, "ended");
                return Err(error);
            }
        };
        board.looked();
        trouble_before = false;
        if pause {
            tokio::select! {
                () = shutdown.cancelled() => return Ok(stopped()),
                () = tokio::time::sleep(poll) => {}
            }
        }
    }
}

fn stopped() -> Outcome {
    info!("told to stop: what is in flight stays in the journal");
    Outcome::Stopped
}

fn done(unpaid: Vec<Unpaid>) -> Outcome {
    for leaf in &unpaid {
        let Unpaid { asset, round, index, account, amount, refusals } = leaf;
        warn!(%asset, round, index, %account, amount, refusals, "not paid, stays claimable");
    }
    info!(unpaid = unpaid.len(), "everything payable is paid");
    Outcome::Done(unpaid)
}

/// Trouble with endpoints is logged when it begins. An endpoint of another chain at the start is a configuration error.
fn report(error: &RpcError, known: bool, board: &Board, started: bool) -> Result<(), KeeperError> {
    if let (RpcError::WrongChain { endpoint, found, expected }, false) = (error, started) {
        let (endpoint, found, expected) = (endpoint.clone(), *found, *expected);
        return Err(RpcError::WrongChain { endpoint, found, expected }.into());
    }
    if !known {
        warn!(%error, "no look at the chain");
    }
    board.update(|status| status.trouble = Some(error.to_string()));
    Ok(())
}
