//! Follows the head and reads the vault's events up to it; after a reorganisation, goes back to the last block that still stands.

use alloy::{
    primitives::{Address, B256},
    rpc::types::{Block, Filter, Log},
    sol_types::SolEventInterface,
};
use lifeboat_bindings::{registry_of, vault::Vault::VaultEvents};
use serde_json::json;
use tracing::{info, warn};

use crate::{
    chain::{
        call::{Call, typed},
        head::{Head, Ring},
        rpc::{Rpc, RpcError},
    },
    history::History,
};

/// Looks for which a lower head is taken for a delay, and not for a reorganisation.
const PATIENCE: u32 = 5;

pub(crate) struct Follower {
    vault: Address,
    deploy_block: u64,
    log_range: u64,
    ring: Ring,
    events: Vec<Seen>,
    history: History,
    /// Looks in a row that showed an older head than the one known.
    older: u32,
}

/// An event and where it stands.
struct Seen {
    block: u64,
    time: u64,
    event: VaultEvents,
}

/// What one look at the chain brought.
pub(crate) enum Advance {
    /// The head is the one that was known.
    Unchanged(Head),
    /// A new head; events up to it are in the history.
    To(Head),
    /// The endpoint is behind what another one has shown.
    Lagging,
}

impl Follower {
    pub(crate) fn new(vault: Address, deploy_block: u64, log_range: u64) -> Self {
        let (ring, history) = (Ring::default(), History::default());
        Self { vault, deploy_block, log_range, ring, events: Vec::new(), history, older: 0 }
    }

    pub(crate) fn history(&self) -> &History {
        &self.history
    }

    /// Forgets everything, so that it is read again from the deployment on.
    pub(crate) fn restart(&mut self) {
        *self = Self::new(self.vault, self.deploy_block, self.log_range);
    }

    pub(crate) async fn advance(&mut self, rpc: &Rpc) -> Result<Advance, RpcError> {
        let head = rpc.head().await?;
        if let Some((number, hash)) = self.ring.newest() {
            if head.hash == hash {
                self.older = 0;
                return Ok(Advance::Unchanged(head));
            }
            let is_above = head.parent == hash || head.number > number && block_at(rpc, number).await? == Some(hash);
            if !is_above {
                if self.is_older(&head, number) {
                    self.older += 1;
                    return Ok(Advance::Lagging);
                }
                self.go_back(rpc, head.number).await?;
            }
        }
        // All or nothing: a failure in between must not leave half of the events behind.
        for log in self.read_events(rpc, &head).await? {
            self.take(&log, &head);
        }
        self.ring.push(head.number, head.hash);
        self.older = 0;
        Ok(Advance::To(head))
    }

    /// Whether a head is only what slower endpoints agree on still: a block that was seen, or a lower one than was seen, for a few looks.
    fn is_older(&self, head: &Head, newest: u64) -> bool {
        match self.ring.hash_at(head.number) {
            Some(hash) => hash == head.hash,
            None => head.number < newest && self.older < PATIENCE,
        }
    }

    /// Finds the newest known head that still stands, and forgets what came after it.
    async fn go_back(&mut self, rpc: &Rpc, latest: u64) -> Result<(), RpcError> {
        let heights: Vec<u64> = self.ring.heights().rev().filter(|height| *height < latest).collect();
        let calls: Vec<Call> = heights.iter().map(|height| Call::block_by_number(*height)).collect();
        let mut fork = None;
        for (height, answer) in heights.into_iter().zip(rpc.ask(&calls).await?) {
            let block: Option<Block> = typed("eth_getBlockByNumber", answer)?;
            if block.is_some_and(|block| self.ring.hash_at(height) == Some(block.header.hash)) {
                fork = Some(height);
                break;
            }
        }
        warn!(back_to = fork, was = ?self.ring.newest(), "reorganisation: going back");
        self.ring.cut_above(fork);
        self.events.retain(|seen| fork.is_some_and(|fork| seen.block <= fork));
        self.history = History::default();
        for seen in &self.events {
            self.history.apply(&seen.event, seen.time);
        }
        Ok(())
    }

    async fn read_events(&self, rpc: &Rpc, head: &Head) -> Result<Vec<Log>, RpcError> {
        let mut logs = Vec::new();
        let mut from = self.ring.newest().map_or(self.deploy_block, |(number, _)| number + 1);
        let mut range = self.log_range;
        while from <= head.number {
            let to = head.number.min(from.saturating_add(range - 1));
            let emitters = vec![self.vault, registry_of(self.vault)];
            let filter = Filter::new().address(emitters).from_block(from).to_block(to);
            let answer = rpc.ask_one(Call::new("eth_getLogs", json!([filter]))).await?;
            // Providers limit the answer's size in ways of their own: ask for less.
            if answer.is_err() && range > 1 {
                range = range.div_ceil(2);
                info!(range, "events: smaller range");
                continue;
            }
            logs.extend(typed::<Vec<Log>>("eth_getLogs", answer)?);
            from = to + 1;
        }
        Ok(logs)
    }

    fn take(&mut self, log: &Log, head: &Head) {
        let Ok(decoded) = VaultEvents::decode_log(&log.inner) else { return };
        // Nodes that do not name the block's time: the time at which it was seen, which is not earlier.
        let time = log.block_timestamp.unwrap_or(head.time);
        let seen = Seen { block: log.block_number.unwrap_or(head.number), time, event: decoded.data };
        self.history.apply(&seen.event, seen.time);
        self.events.push(seen);
    }
}

/// The hash of the block at a height.
async fn block_at(rpc: &Rpc, number: u64) -> Result<Option<B256>, RpcError> {
    let block: Option<Block> = typed("eth_getBlockByNumber", rpc.ask_one(Call::block_by_number(number)).await?)?;
    Ok(block.map(|block| block.header.hash))
}
