//! What can happen in a case, in symbols: small indices for accounts and assets, amounts relative to the limit that the rules set, times
//! relative to the timers' edges. A symbol keeps its meaning while a failing case shrinks, and every action is possible in every state.

use serde::{Deserialize, Serialize};

mod disputes;
mod escrow;
mod symbols;

pub use disputes::{ArbitratorMode, DisputeAction, DisputeRef, Hook};
pub use escrow::{EscrowAction, OrderRef, OrderSpec};
pub use symbols::*;

/// One action, and whether time moves first: a warp begins a new block, no warp stays in the block before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Begins a block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warp: Option<Warp>,
    /// What is then done.
    pub action: Action,
}

/// Where the next block's time lies. Never before one second after the last block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Warp {
    /// Seconds onward.
    By(u32),
    /// A timer's edge, plus or minus seconds.
    To(Edge, i8),
}

/// An operation on the world or the vault. Field names as in `IVault`; `by` sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Action {
    DepositEth {
        by: Who,
        amount: Amount,
    },
    Deposit {
        by: Who,
        asset: AssetId,
        account: Who,
        amount: Amount,
        value: Value,
    },
    Withdraw {
        by: Who,
        asset: AssetId,
        to: Who,
        amount: Amount,
    },
    Spend {
        by: Who,
        asset: AssetId,
        account: Who,
        payee: Who,
        amount: Amount,
        nonce: u8,
        deadline: Deadline,
        sig: Sig,
    },
    CancelNonce {
        by: Who,
        nonce: u8,
    },
    DepositToLedger {
        by: Who,
        asset: AssetId,
        account: Who,
        amount: Amount,
        value: Value,
    },
    RefundPending {
        asset: AssetId,
        entry: u8,
        gas: Gas,
    },
    Beat {
        back: u8,
        wrong_hash: bool,
        sig: Sig,
    },
    WindDown {
        notice: i8,
        deadline: Deadline,
        quorum: QuorumSig,
    },
    Latch,
    Commit {
        asset: AssetId,
        epoch: i8,
        ledger: LedgerSpec,
        cursor: Amount,
        age: Amount,
        sig: Sig,
        quorum: QuorumSig,
    },
    Attest {
        asset: AssetId,
        back: u8,
        quorum: QuorumSig,
    },
    Sync {
        asset: AssetId,
    },
    PayOut {
        asset: AssetId,
        leaf: LeafRef,
        amount: Amount,
        nonce: u8,
        deadline: Deadline,
        quorum: QuorumSig,
        gas: Gas,
    },
    Release {
        asset: AssetId,
        to: Who,
        amount: Amount,
        nonce: u8,
        deadline: Deadline,
        quorum: QuorumSig,
    },
    CancelRelease {
        asset: AssetId,
        nonce: u8,
        deadline: Deadline,
        quorum: QuorumSig,
    },
    QueueRelease {
        asset: AssetId,
        to: Who,
        amount: Amount,
        salt: u8,
        deadline: Deadline,
        quorum: QuorumSig,
    },
    ExecuteRelease {
        queued: QueuedRef,
    },
    VetoRelease {
        queued: QueuedRef,
        quorum: QuorumSig,
    },
    Freeze {
        duration: Amount,
        quorum: QuorumSig,
    },
    Announce {
        ahead: i8,
        reason: u8,
        sig: Sig,
    },
    /// `notice`: seconds more than there must be.
    AnnounceMaintenance {
        notice: i16,
        duration: Amount,
        sig: Sig,
    },
    DeclareForceMajeure {
        duration: Amount,
        sig: Sig,
        quorum: QuorumSig,
    },
    RaiseAlarm {
        deadline: Deadline,
        quorum: QuorumSig,
    },
    AnnounceRotation {
        successors: Successors,
        ahead: i8,
        deadline: Deadline,
        /// Watchers that the terms do not know.
        wrong_others: bool,
        quorum: QuorumSig,
    },
    ActivateRotation,
    ReleaseEquity {
        asset: AssetId,
        to: Who,
        amount: Amount,
        nonce: u8,
        deadline: Deadline,
        quorum: QuorumSig,
    },
    RequestExit {
        by: Option<Who>,
        asset: AssetId,
        leaf: LeafRef,
        amount: Amount,
        #[serde(default)]
        value: Value,
    },
    ChallengeWord {
        by: Who,
        asset: AssetId,
        /// Epochs before the newest.
        back: u8,
        /// Modulo the number of words, and one beyond.
        word: u8,
        value: Value,
    },
    AnswerChallenge {
        by: Who,
        asset: AssetId,
        challenge: ChallengeRef,
        forgery: Forgery,
        #[serde(default)]
        packing: Packing,
    },
    VoidCommitment {
        asset: AssetId,
        challenge: ChallengeRef,
    },
    WithdrawDeposit {
        by: Who,
        to: Who,
        /// Calls the registry itself, and says that he were somebody else.
        posing_as: Option<Who>,
    },
    CloseExit {
        asset: AssetId,
        account: Who,
    },
    SetRedirect {
        by: Option<Who>,
        asset: AssetId,
        leaf: LeafRef,
        /// Nobody: to the account again.
        to: Option<Who>,
    },
    PutBond {
        by: Who,
        asset: AssetId,
        amount: Amount,
        value: Value,
    },
    AnnounceUnbonding {
        /// The operator does not send it.
        by: Option<Who>,
        asset: AssetId,
        amount: Amount,
    },
    Unbond {
        asset: AssetId,
    },
    FillShortfall {
        asset: AssetId,
    },
    OpenCompensation {
        asset: AssetId,
    },
    Compensate {
        asset: AssetId,
        leaf: LeafRef,
    },
    WithdrawCredit {
        by: Who,
        asset: AssetId,
        to: Who,
    },
    ReturnRest {
        asset: AssetId,
    },
    CancelExit {
        by: Who,
        asset: AssetId,
    },
    ReportUnserved {
        asset: AssetId,
        account: Who,
    },
    AnswerExit {
        asset: AssetId,
        leaf: LeafRef,
    },
    CountWord {
        asset: AssetId,
        word: WordRef,
    },
    CountPacked {
        asset: AssetId,
        word: WordRef,
        packing: Packing,
    },
    FlagPayout {
        asset: AssetId,
        leaf: LeafRef,
    },
    OpenRound {
        asset: AssetId,
    },
    /// Nodes under the root, or under an anchor.
    Anchor {
        asset: AssetId,
        round: RoundRef,
        nodes: NodesRef,
    },
    Claim {
        asset: AssetId,
        round: RoundRef,
        leaf: LeafRef,
    },
    ClaimTo {
        by: Who,
        asset: AssetId,
        round: RoundRef,
        leaf: LeafRef,
        to: Who,
        fee: Amount,
        deadline: Deadline,
        sig: Sig,
    },
    PushWord {
        asset: AssetId,
        round: RoundRef,
        word: WordRef,
        priced: bool,
    },
    Tally {
        asset: AssetId,
        round: RoundRef,
        cells: Vec<u8>,
    },
    /// A gift to the vault by plain transfer.
    Donate {
        asset: AssetId,
        amount: Amount,
    },
    /// ETH for those who push.
    FillTank {
        amount: Amount,
    },
    SetAccount {
        who: Who,
        mode: AccountMode,
    },
    SetToken {
        asset: AssetId,
        mode: TokenMode,
    },
    Block {
        asset: AssetId,
        who: Who,
        blocked: bool,
    },
    /// Before the arbitrator, and what comes of it.
    Disputes(DisputeAction),
    /// Orders whose money waits between two accounts.
    Escrow(EscrowAction),
}

impl Action {
    /// The name of the variant: a row of the coverage table.
    #[must_use]
    pub fn name(&self) -> &'static str {
        KINDS[self.kind()]
    }

    /// Whether it says the hash of the newest block.
    #[must_use]
    pub fn is_about_newest_block(&self) -> bool {
        matches!(self, Self::Beat { back: 0, .. })
    }

    /// Position in [`KINDS`].
    #[must_use]
    pub fn kind(&self) -> usize {
        match self {
            Self::DepositEth { .. } => 0,
            Self::Deposit { .. } => 1,
            Self::Withdraw { .. } => 2,
            Self::Spend { .. } => 3,
            Self::CancelNonce { .. } => 4,
            Self::DepositToLedger { .. } => 5,
            Self::RefundPending { .. } => 6,
            Self::Beat { .. } => 7,
            Self::WindDown { .. } => 8,
            Self::Latch => 9,
            Self::Commit { .. } => 10,
            Self::Attest { .. } => 11,
            Self::Sync { .. } => 12,
            Self::PayOut { .. } => 13,
            Self::Release { .. } => 14,
            Self::RequestExit { .. } => 15,
            Self::CancelExit { .. } => 16,
            Self::ReportUnserved { .. } => 17,
            Self::AnswerExit { .. } => 18,
            Self::CountWord { .. } => 19,
            Self::FlagPayout { .. } => 20,
            Self::OpenRound { .. } => 21,
            Self::Anchor { .. } => 22,
            Self::Claim { .. } => 23,
            Self::ClaimTo { .. } => 24,
            Self::PushWord { .. } => 25,
            Self::Tally { .. } => 26,
            Self::Donate { .. } => 27,
            Self::FillTank { .. } => 28,
            Self::SetAccount { .. } => 29,
            Self::SetToken { .. } => 30,
            Self::Block { .. } => 31,
            Self::CancelRelease { .. } => 32,
            Self::QueueRelease { .. } => 33,
            Self::ExecuteRelease { .. } => 34,
            Self::VetoRelease { .. } => 35,
            Self::Freeze { .. } => 36,
            Self::Announce { .. } => 37,
            Self::AnnounceMaintenance { .. } => 38,
            Self::DeclareForceMajeure { .. } => 39,
            Self::RaiseAlarm { .. } => 40,
            Self::AnnounceRotation { .. } => 41,
            Self::ActivateRotation => 42,
            Self::ReleaseEquity { .. } => 43,
            Self::ChallengeWord { .. } => 44,
            Self::AnswerChallenge { .. } => 45,
            Self::VoidCommitment { .. } => 46,
            Self::WithdrawDeposit { .. } => 47,
            Self::CloseExit { .. } => 48,
            Self::SetRedirect { .. } => 49,
            Self::PutBond { .. } => 50,
            Self::AnnounceUnbonding { .. } => 51,
            Self::Unbond { .. } => 52,
            Self::FillShortfall { .. } => 53,
            Self::OpenCompensation { .. } => 54,
            Self::Compensate { .. } => 55,
            Self::WithdrawCredit { .. } => 56,
            Self::ReturnRest { .. } => 57,
            Self::CountPacked { .. } => 58,
            Self::Disputes(action) => OF_THE_VAULT.len() + action.number(),
            Self::Escrow(action) => OF_THE_VAULT.len() + DisputeAction::NAMES.len() + action.number(),
        }
    }
}

/// Names of all actions, in the order of [`Action::kind`].
pub const KINDS: [&str; NUMBER_OF_KINDS] = {
    let mut kinds = [""; NUMBER_OF_KINDS];
    let (vault, beside) = kinds.split_at_mut(OF_THE_VAULT.len());
    vault.copy_from_slice(&OF_THE_VAULT);
    let (disputes, escrow) = beside.split_at_mut(DisputeAction::NAMES.len());
    disputes.copy_from_slice(&DisputeAction::NAMES);
    escrow.copy_from_slice(&EscrowAction::NAMES);
    kinds
};

const NUMBER_OF_KINDS: usize = OF_THE_VAULT.len() + DisputeAction::NAMES.len() + EscrowAction::NAMES.len();

const OF_THE_VAULT: [&str; 59] = [
    "deposit()",
    "deposit",
    "withdraw",
    "spend",
    "cancelNonce",
    "depositToLedger",
    "refundPending",
    "beat",
    "announceWindDown",
    "latch",
    "commit",
    "attest",
    "sync",
    "payOut",
    "release",
    "requestExit",
    "cancelExit",
    "reportUnserved",
    "answerExit",
    "countWord",
    "flagPayout",
    "openRound",
    "anchor",
    "claim",
    "claimTo",
    "pushWord",
    "tally",
    "donate",
    "fillTank",
    "setAccount",
    "setToken",
    "block",
    "cancelRelease",
    "queueRelease",
    "executeRelease",
    "vetoRelease",
    "freeze",
    "announce",
    "announceMaintenance",
    "declareForceMajeure",
    "raiseAlarm",
    "announceRotation",
    "activateRotation",
    "releaseEquity",
    "challengeWord",
    "answerChallenge",
    "voidCommitment",
    "withdrawDeposit",
    "closeExit",
    "setRedirect",
    "putBond",
    "announceUnbonding",
    "unbond",
    "fillShortfall",
    "openCompensation",
    "compensate",
    "withdrawCredit",
    "returnRest",
    "countPacked",
];
