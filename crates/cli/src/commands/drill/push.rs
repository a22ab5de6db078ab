//! The keeper pushes every word home; if asked for, it is killed at random moments and started again.

use std::collections::BTreeSet;

use alloy::{
    primitives::{Address, U256},
    providers::Provider,
    rpc::types::Filter,
    sol_types::SolEvent,
};
use eyre::Result;
use indicatif::ProgressBar;
use lifeboat_bindings::vault::Vault::WordPushed;
use tokio::sync::oneshot;

use super::{clock::until_within, keeper::Keeper, life::COUNTING_EPOCH, meter::Hold, pause, seed::Seed, stage::Stage};

/// A push of a quarter of a million accounts fits in several times.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(3_600);

/// What is done to the keeper while it pushes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mischief {
    /// How often it is killed (SIGKILL).
    pub(super) crashes: u32,
    /// Whether its journal is deleted at the middle one of these deaths.
    pub(super) lose_journal: bool,
}

/// Moves time past the head start and waits until the keeper is done.
pub(super) async fn push(stage: &mut Stage, keeper: &mut Keeper, seed: Seed, mischief: Mischief) -> Result<()> {
    let push_at = stage.contract().timeline().call().await?.pushAt.to::<u64>();
    let paused = pause::pause(stage).await?;
    stage.advance_to(push_at).await?;
    stage.note("the head start is over: the keeper pushes").await;
    let mut watch = Watch::new(stage, keeper, seed, mischief);
    if let Some(paused) = paused {
        until_within(PATIENCE, "the keeper to push every word that moves", async || {
            watch.look(stage, keeper).await?;
            Ok(paused.is_all_that_is_left(stage, keeper, push_at).await?.then_some(()))
        })
        .await?;
        paused.check_others(stage).await?;
        paused.end(stage).await?;
    }
    until_within(PATIENCE, "the keeper to push every word", async || {
        watch.look(stage, keeper).await?;
        Ok(keeper.is_done()?.then_some(()))
    })
    .await?;
    watch.bar.finish_and_clear();
    stage.note("the keeper has pushed every word and ended").await;
    for desk in &mut stage.desks {
        // Late money makes a further round; it opens when the earlier ones are pushed.
        if desk.books.allotted() < desk.books.owed() && desk.books.reserve() > desk.books.allotted() {
            desk.books.expect_round();
        }
    }
    Ok(())
}

/// What is done and seen while the keeper pushes.
struct Watch {
    seed: Seed,
    mischief: Mischief,
    trap: Option<Trap>,
    pushed: Pushed,
    bar: ProgressBar,
}

impl Watch {
    fn new(stage: &Stage, keeper: &Keeper, seed: Seed, mischief: Mischief) -> Self {
        let words = stage.desks.iter().map(|desk| u64::from(desk.trees[COUNTING_EPOCH - 1].word_count())).sum();
        let bar = stage.world.progress.bar("words pushed home", words);
        Self { seed, mischief, trap: Trap::set(keeper, seed, mischief, 0), pushed: Pushed::default(), bar }
    }

    /// Shows how far it is; kills the keeper if its moment has come.
    async fn look(&mut self, stage: &Stage, keeper: &mut Keeper) -> Result<()> {
        self.pushed.show(stage, &self.bar).await?;
        if self.trap.as_mut().is_some_and(Trap::is_sprung) {
            let Mischief { crashes, lose_journal } = self.mischief;
            let deaths = keeper.restarts;
            keeper.crash(lose_journal && deaths == crashes / 2).await?;
            self.trap = Trap::set(keeper, self.seed, self.mischief, keeper.restarts);
        }
        Ok(())
    }
}

/// A moment at which the keeper will be killed: a call that the chain, or the keeper, never gets to see.
struct Trap(oneshot::Receiver<()>);

impl Trap {
    /// Sets the trap for the death number `death`, if there is one more to die.
    fn set(keeper: &Keeper, seed: Seed, mischief: Mischief, death: u32) -> Option<Self> {
        if death >= mischief.crashes {
            return None;
        }
        let draw = |label: &str, bound: u64| seed.below(label, death.into(), bound);
        let hold = if draw("hold", 2) == 0 { Hold::BeforeTheChain } else { Hold::BeforeTheAnswer };
        // Half of the deaths are around a broadcast, half anywhere.
        let (method, nth) = match draw("moment", 2) {
            0 => (Some("eth_sendRawTransaction"), 1 + draw("broadcast", 3)),
            _ => (None, 1 + draw("call", 40)),
        };
        Some(Self(keeper.meter.hold(method, nth, hold)))
    }

    fn is_sprung(&mut self) -> bool {
        self.0.try_recv().is_ok()
    }
}

/// Words seen so far, for the bar.
#[derive(Default)]
struct Pushed {
    words: BTreeSet<(Address, U256, U256)>,
    next_block: u64,
}

impl Pushed {
    async fn show(&mut self, stage: &Stage, bar: &ProgressBar) -> Result<()> {
        let head = stage.world.provider().get_block_number().await?;
        if head < self.next_block {
            return Ok(());
        }
        let filter = Filter::new()
            .address(stage.vault)
            .event_signature(WordPushed::SIGNATURE_HASH)
            .from_block(self.next_block)
            .to_block(head);
        for log in stage.world.provider().get_logs(&filter).await? {
            let pushed = log.log_decode::<WordPushed>()?.inner.data;
            self.words.insert((pushed.asset, pushed.round, pushed.word));
        }
        self.next_block = head + 1;
        let words = self.words.len() as u64;
        bar.set_length(bar.length().unwrap_or_default().max(words));
        bar.set_position(words);
        Ok(())
    }
}
