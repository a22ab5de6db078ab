//! What a keeper can do, and the name by which an action is known to the journal.

use std::fmt;

use alloy::primitives::{Address, B256};
use lifeboat_bindings::vault::Round;

use crate::{anchors::AnchorPlan, gas::TX_GAS_CAP};

/// One transaction to the vault that is worth sending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Proves the operator alive, naming a recent block.
    Beat {
        /// Block to name.
        block: u64,
        /// Its hash.
        hash: B256,
        /// The beat that this one follows, Unix seconds.
        after: u64,
    },
    /// Brings an asset's books up to its final commitment.
    Sync {
        /// The asset.
        asset: Address,
        /// The commitment.
        epoch: u32,
    },
    /// Reports an exit request that is past its deadline.
    ReportUnserved {
        /// The asset.
        asset: Address,
        /// Who asked.
        account: Address,
        /// The deadline, Unix seconds.
        due: u64,
    },
    /// Fixes what each asset returns.
    Latch,
    /// Returns a deposit that never reached the ledger.
    RefundPending {
        /// The asset.
        asset: Address,
        /// Its number in the queue.
        entry: u64,
    },
    /// Marks a leaf whose account was paid under another index.
    FlagPayout {
        /// The asset.
        asset: Address,
        /// The leaf.
        index: u32,
    },
    /// Lowers what is owed by what was paid already in a word.
    CountWord {
        /// The asset.
        asset: Address,
        /// The word.
        word: u32,
    },
    /// Opens a round.
    OpenRound {
        /// The asset.
        asset: Address,
        /// Its number.
        round: u32,
    },
    /// Proves some nodes of the ledger once, so that proofs of the round may end there.
    Anchor {
        /// The asset.
        asset: Address,
        /// The round.
        round: Round,
        /// The nodes.
        plan: AnchorPlan,
    },
    /// Books single claims, so that the next round can distribute all there is.
    Tally {
        /// The asset.
        asset: Address,
        /// The round.
        round: u32,
        /// The cells to book.
        cells: Vec<u32>,
    },
    /// Pays the unpaid leaves of a word.
    PushWord {
        /// The asset.
        asset: Address,
        /// The round.
        round: Round,
        /// The word.
        word: u32,
        /// Leaves that are expected to be paid: sizes the gas limit.
        leaves: u32,
        /// Pushes of this word that skipped one of these leaves before.
        retry: u32,
    },
}

/// Names an intent for ever: the same need has the same id, whoever has it and however often it is planned.
pub type ActionId = String;

impl Action {
    /// The id of the intent behind this action.
    #[must_use]
    pub fn id(&self) -> ActionId {
        self.to_string()
    }

    /// The kind alone, for counts.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Beat { .. } => "beat",
            Self::Sync { .. } => "sync",
            Self::ReportUnserved { .. } => "reportUnserved",
            Self::Latch => "latch",
            Self::RefundPending { .. } => "refundPending",
            Self::FlagPayout { .. } => "flagPayout",
            Self::CountWord { .. } => "countWord",
            Self::OpenRound { .. } => "openRound",
            Self::Anchor { .. } => "anchor",
            Self::Tally { .. } => "tally",
            Self::PushWord { .. } => "pushWord",
        }
    }

    /// Most gas that it may be given, however often it failed. Nobody is owed an anchor: it has a bound of its own.
    #[must_use]
    pub const fn most_gas(&self) -> u64 {
        match self {
            Self::Anchor { plan, .. } => plan.gas_limit(),
            _ => TX_GAS_CAP,
        }
    }

    /// Whether it is given up after repeated failures. A beat never is: silence has consequences.
    #[must_use]
    pub const fn may_be_given_up(&self) -> bool {
        !matches!(self, Self::Beat { .. })
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.kind();
        match self {
            Self::Beat { after, .. } => write!(f, "{kind}/{after}"),
            Self::Sync { asset, epoch } => write!(f, "{kind}/{asset}/{epoch}"),
            Self::ReportUnserved { asset, account, due } => write!(f, "{kind}/{asset}/{account}/{due}"),
            Self::Latch => write!(f, "{kind}"),
            Self::RefundPending { asset, entry } => write!(f, "{kind}/{asset}/{entry}"),
            Self::FlagPayout { asset, index } => write!(f, "{kind}/{asset}/{index}"),
            Self::CountWord { asset, word } => write!(f, "{kind}/{asset}/{word}"),
            Self::OpenRound { asset, round } => write!(f, "{kind}/{asset}/{round}"),
            Self::Anchor { asset, round, plan } => write!(f, "{kind}/{asset}/{}/{}", round.id, plan.level),
            Self::Tally { asset, round, cells } => {
                write!(f, "{kind}/{asset}/{round}/{}+{}", cells.first().copied().unwrap_or_default(), cells.len())
            }
            Self::PushWord { asset, round, word, retry, .. } => {
                write!(f, "{kind}/{asset}/{}/{word}/{retry}", round.id)
            }
        }
    }
}
