//! The return by keepers alone: paid to the wei, whatever stops them on the way.

use std::ops::ControlFlow;

use alloy::{primitives::U256, providers::Provider};
use lifeboat_keeper::{
    KeeperError, Outcome, run, run_watched,
    steps::{Step, Steps},
};
use tokio_util::sync::CancellationToken;

use crate::world::{ETH, World, until};

/// Breaks off at one step, counted from the start.
struct BreakAt {
    left: u32,
    at: Option<Step>,
}

impl Steps for BreakAt {
    fn passed(&mut self, step: Step) -> ControlFlow<()> {
        if self.left == 0 {
            self.at = Some(step);
            return ControlFlow::Break(());
        }
        self.left -= 1;
        ControlFlow::Continue(())
    }
}

/// The refuser's leaf, and nobody's in both ledgers.
const UNPAID: usize = 3;

fn unpaid(outcome: &Outcome) -> usize {
    match outcome {
        Outcome::Done(unpaid) => unpaid.len(),
        Outcome::Stopped => panic!("the keeper stopped before it was done"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_keeper_takes_everything_home() {
    let world = World::new().await;
    let vault = world.vault();
    let reserves = world.reserves().await;
    let timeline = vault.timeline().call().await.unwrap();
    let keeper = tokio::spawn(run(world.executor(4), CancellationToken::new()));
    world.advance_to(timeline.latchedAt).await;
    for (asset, _) in &world.ledgers {
        until("count", async || vault.wordCounted(*asset, 0).call().await.unwrap()).await;
    }
    until("refund", async || vault.book(ETH).call().await.unwrap().pending == 0).await;
    world.advance_to(timeline.returnAt).await;
    for (asset, _) in &world.ledgers {
        until("round", async || !vault.roundKey(*asset, 0).call().await.unwrap().is_zero()).await;
    }
    world.advance_to(timeline.pushAt).await;
    let outcome = keeper.await.unwrap().unwrap();
    assert_eq!(unpaid(&outcome), UNPAID);
    world.assert_paid(reserves, true).await;
    assert_eq!(vault.finalEpoch(ETH).call().await.unwrap(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keeper_broken_off_at_any_step_pays_nobody_twice() {
    let world = World::new().await;
    let reserves = world.reserves().await;
    let timeline = world.vault().timeline().call().await.unwrap();
    world.advance_to(timeline.pushAt).await;
    let mut seen = std::collections::BTreeSet::new();
    for keep_journal in [true, false] {
        for breaks in 0.. {
            let snapshot = world.chain.provider().raw_request::<_, U256>("evm_snapshot".into(), ()).await.unwrap();
            let config = world.executor(4);
            let mut steps = BreakAt { left: breaks, at: None };
            let first = run_watched(config.clone(), CancellationToken::new(), &mut steps).await;
            let outcome = match first {
                Err(KeeperError::BrokenOff) => {
                    seen.extend(steps.at);
                    if !keep_journal {
                        std::fs::remove_dir_all(config.journal.parent().unwrap()).unwrap();
                    }
                    run(world.executor(4), CancellationToken::new()).await.unwrap()
                }
                ended => ended.unwrap(),
            };
            assert_eq!(unpaid(&outcome), UNPAID);
            world.assert_paid(reserves, false).await;
            std::fs::remove_dir_all(config.journal.parent().unwrap()).unwrap();
            let reverted =
                world.chain.provider().raw_request::<_, bool>("evm_revert".into(), (snapshot,)).await.unwrap();
            assert!(reverted);
            if steps.at.is_none() {
                break;
            }
        }
    }
    let all = [Step::Viewed, Step::Signed, Step::Journaled, Step::Broadcast, Step::Noted, Step::Settled];
    assert_eq!(seen, all.into());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_keepers_pay_nobody_twice() {
    let world = World::new().await;
    let reserves = world.reserves().await;
    let timeline = world.vault().timeline().call().await.unwrap();
    world.advance_to(timeline.pushAt).await;
    let first = tokio::spawn(run(world.executor(4), CancellationToken::new()));
    let second = tokio::spawn(run(world.executor(5), CancellationToken::new()));
    let outcomes = [first.await.unwrap().unwrap(), second.await.unwrap().unwrap()];
    for outcome in &outcomes {
        assert_eq!(unpaid(outcome), UNPAID);
    }
    world.assert_paid(reserves, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_keeper_on_the_same_journal_is_refused() {
    let world = World::new().await;
    let config = world.executor(4);
    let stop = CancellationToken::new();
    let first = tokio::spawn(run(config.clone(), stop.clone()));
    until("the lock", async || config.journal.with_added_extension("lock").exists()).await;
    let refused = run(config, CancellationToken::new()).await.unwrap_err();
    assert_eq!(refused.exit_code(), 3, "{refused}");
    stop.cancel();
    assert_eq!(first.await.unwrap().unwrap(), Outcome::Stopped);
}
