//! What can happen around an escrowed order: money in, decisions, and money that was not taken at once.

use serde::{Deserialize, Serialize};

use super::{Amount, AssetId, Deadline, Sig, Value, Who};

/// An action at a vault's escrow. Field names as in `IEscrow`; `by` sends, and nobody stands for the party whose consent it takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum EscrowAction {
    Open {
        by: Who,
        order: OrderRef,
        deadline: Deadline,
        sig: Sig,
    },
    OpenDirect {
        by: Who,
        order: OrderRef,
        value: Value,
    },
    /// A gift to the order's purse by plain transfer.
    Fund {
        by: Who,
        order: OrderRef,
        amount: Amount,
    },
    /// Brings the payer's order to the vault, past the escrow.
    Relay {
        by: Who,
        order: OrderRef,
        deadline: Deadline,
        sig: Sig,
    },
    /// The payer takes his signature back, at the vault.
    Void {
        by: Option<Who>,
        order: OrderRef,
    },
    Release {
        by: Option<Who>,
        order: OrderRef,
        sig: Sig,
    },
    Cancel {
        by: Option<Who>,
        order: OrderRef,
        sig: Sig,
    },
    Arbitrate {
        by: Option<Who>,
        order: OrderRef,
        to_payee: bool,
        party: Sig,
        arbiter: Sig,
    },
    Refund {
        order: OrderRef,
    },
    Collect {
        order: OrderRef,
    },
    Withdraw {
        by: Option<Who>,
        order: OrderRef,
        to: Who,
    },
}

/// Which order is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OrderRef {
    /// So many before the last one that is known, modulo their number; where there is none, one of the first two actors.
    Back(u8),
    /// One that nobody has heard of yet.
    New(OrderSpec),
}

/// The terms of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderSpec {
    /// Which asset.
    pub asset: AssetId,
    /// Who pays.
    pub payer: Who,
    /// Who is to be paid.
    pub payee: Who,
    /// Who decides together with one of the two.
    pub arbiter: Option<Who>,
    /// Of the payer's segregated balance, if he has one.
    pub amount: Amount,
    /// Seconds from now.
    pub expiry: u16,
}

impl EscrowAction {
    /// Names, in the order of [`Self::number`].
    pub(crate) const NAMES: [&'static str; 11] = [
        "openOrder",
        "openOrderDirectly",
        "fundPurse",
        "relayOrder",
        "voidOrder",
        "releaseOrder",
        "cancelOrder",
        "arbitrate",
        "refundOrder",
        "collect",
        "withdrawFromPurse",
    ];

    pub(super) fn number(&self) -> usize {
        match self {
            Self::Open { .. } => 0,
            Self::OpenDirect { .. } => 1,
            Self::Fund { .. } => 2,
            Self::Relay { .. } => 3,
            Self::Void { .. } => 4,
            Self::Release { .. } => 5,
            Self::Cancel { .. } => 6,
            Self::Arbitrate { .. } => 7,
            Self::Refund { .. } => 8,
            Self::Collect { .. } => 9,
            Self::Withdraw { .. } => 10,
        }
    }
}
