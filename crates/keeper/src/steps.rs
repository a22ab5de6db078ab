//! The boundaries between a transaction's steps, as a watcher sees them. Tests stop a keeper at each of them and start it again.

use std::ops::ControlFlow;

/// A boundary that a keeper has just passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// The state at a new head is read; nothing is decided yet.
    Viewed,
    /// Transactions are signed, and exist in memory only.
    Signed,
    /// Their bytes are in the journal, synced to disk; no node has seen them.
    Journaled,
    /// Nodes have answered the broadcast; the journal does not know it yet.
    Broadcast,
    /// The journal has the nodes' answers.
    Noted,
    /// The journal has the receipts of transactions that were included.
    Settled,
}

/// Told of every step. Breaking off leaves everything as a crash at that moment would.
pub trait Steps: Send {
    /// Called after each step.
    fn passed(&mut self, step: Step) -> ControlFlow<()>;
}

/// Never breaks off.
#[derive(Clone, Copy, Debug)]
pub struct Unbroken;

impl Steps for Unbroken {
    fn passed(&mut self, _: Step) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}
