//! What can happen around a dispute: opening, ruling, settling, and the refunds that follow.

use serde::{Deserialize, Serialize};

use super::{AssetId, Forgery, Source, Value, Who};

/// An action at the disputes contract or at the arbitrator. Field names as in `IDisputes`; `by` sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum DisputeAction {
    DisputeLedger {
        by: Who,
        asset: AssetId,
        value: Value,
    },
    DisputeRequest {
        /// The operator does not send it.
        by: Option<Who>,
        asset: AssetId,
        account: Who,
        value: Value,
    },
    SubmitEvidence {
        by: Who,
        dispute: DisputeRef,
        /// Bytes of it.
        length: u8,
    },
    Rule {
        /// The arbitrator does not say it.
        by: Option<Who>,
        dispute: DisputeRef,
        /// 255: the largest number that there is.
        ruling: u8,
    },
    Settle {
        dispute: DisputeRef,
    },
    /// With the leaf that the entry's account has in the ledger named.
    RefundEntry {
        asset: AssetId,
        entry: u8,
        source: Source,
        forgery: Forgery,
    },
    RefundEntryWithoutLeaf {
        /// The entry's account does not send it.
        by: Option<Who>,
        asset: AssetId,
        entry: u8,
    },
    WithdrawCredit {
        by: Who,
        to: Who,
    },
    /// Calls what only the disputes contract may.
    Intrude {
        by: Who,
        asset: AssetId,
        hook: Hook,
    },
    SetArbitrator {
        mode: ArbitratorMode,
        /// Wei that it asks for from now on.
        cost: u16,
    },
}

/// Which dispute is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DisputeRef {
    /// So many before the last one, modulo their number; where there is none, a number that no dispute has.
    Back(u8),
    /// A number that no dispute has.
    Unknown,
}

/// What the vault and its registry let the disputes contract do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Hook {
    /// Puts the rounds off for ever.
    Hold,
    /// Puts the older ledger in the newer one's place.
    Reverse,
    /// Refunds the first entry, whatever the ledger says.
    Refund,
    /// Closes the caller's own request.
    Close,
}

/// How the arbitrator takes disputes. Numbered as `TwinArbitrator.Mode`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ArbitratorMode {
    /// Takes them, and numbers them in their order.
    #[default]
    Takes,
    /// Reverts.
    Refuses,
    /// Uses all gas it is given.
    BurnsGas,
    /// Wants one wei more than it has said.
    Raises,
    /// Gives the number of the one before once more.
    Repeats,
    /// Gives the largest number that there is.
    Exhausts,
    /// Says what it costs in less than a word.
    Garbles,
    /// Rules and settles while it is being asked.
    Reenters,
}

impl DisputeAction {
    /// Names, in the order of [`Self::number`].
    pub(crate) const NAMES: [&'static str; 10] = [
        "disputeLedger",
        "disputeRequest",
        "submitEvidence",
        "rule",
        "settle",
        "refundEntry",
        "refundEntryWithoutLeaf",
        "withdrawDisputeCredit",
        "intrude",
        "setArbitrator",
    ];

    pub(super) fn number(&self) -> usize {
        match self {
            Self::DisputeLedger { .. } => 0,
            Self::DisputeRequest { .. } => 1,
            Self::SubmitEvidence { .. } => 2,
            Self::Rule { .. } => 3,
            Self::Settle { .. } => 4,
            Self::RefundEntry { .. } => 5,
            Self::RefundEntryWithoutLeaf { .. } => 6,
            Self::WithdrawCredit { .. } => 7,
            Self::Intrude { .. } => 8,
            Self::SetArbitrator { .. } => 9,
        }
    }
}
