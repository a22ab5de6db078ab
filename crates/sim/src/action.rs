//! What can happen in a case, in symbols: small indices for accounts and assets, amounts relative to the limit that the rules set, times
//! relative to the timers' edges. A symbol keeps its meaning while a failing case shrinks, and every action is possible in every state.

use serde::{Deserialize, Serialize};

/// A named account by number.
pub type Who = u8;
/// An asset by number: 0 is ETH.
pub type AssetId = u8;

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

/// A moment at which a rule changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Edge {
    /// Suspicion begins.
    Suspected,
    /// The vault latches.
    Latched,
    /// Rounds can open.
    Return,
    /// Pushes can begin.
    Push,
    /// The newest commitment of the asset becomes final.
    Final(AssetId),
    /// The account's exit request falls due.
    Due(AssetId, Who),
    /// The last queued release can be executed.
    Ready,
    /// The freeze ends.
    Thawed,
    /// The next freeze is possible.
    Freezable,
    /// The next window of releases begins.
    Window,
    /// The announced maintenance begins.
    MaintenanceFrom,
    /// The announced maintenance ends.
    MaintenanceUntil,
    /// The force majeure ends.
    MajeureUntil,
    /// The announced signers can take over.
    Rotation,
    /// What is left can be released.
    Equity,
    /// The asset's oldest open challenge can be answered no more.
    Answer(AssetId),
    /// What was announced of the asset's bond can be taken.
    Unbonding(AssetId),
}

/// An amount relative to the limit that the rules set for the action at hand (balance, net, reserve above the floor ...).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Amount {
    /// Nothing.
    Zero,
    /// Base units.
    Units(u64),
    /// `limit * n / 256`.
    Part(u8),
    /// The limit, plus or minus base units.
    Limit(i8),
    /// 2^128: above what the books can hold.
    Huge,
}

/// Who signs, and what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sig {
    /// As the rules want it.
    Good,
    /// Somebody else's key.
    Outsider,
    /// The backup operator's key.
    Backup,
    /// The right key over a message with another amount, epoch, round or time.
    OtherMessage,
    /// The right key over the same message to another vault.
    OtherVault,
    /// The right key over the same message on another chain.
    OtherChain,
    /// No signature at all.
    Empty,
}

/// Which signatures of a quorum come along.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum QuorumSig {
    /// Exactly the threshold.
    Good,
    /// All members.
    All,
    /// One below the threshold.
    TooFew,
    /// The threshold, in descending order.
    Unsorted,
    /// One member's signature as often as the threshold asks.
    Repeated,
    /// The last one is an outsider's.
    Outsider,
    /// Members that the vault does not know.
    OtherMembers,
    /// Over another message.
    OtherMessage,
    /// To another vault.
    OtherVault,
    /// On another chain.
    OtherChain,
    /// The operator alone, without any members.
    Operator,
    /// Somebody else alone, without any members.
    OutsiderAlone,
}

/// Which of the releases that wait is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueuedRef {
    /// So many before the last one, modulo their number.
    pub back: u8,
    /// One base unit more than was queued.
    pub forged: bool,
}

/// Signers that are to take over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Successors {
    /// Other keys, with lower thresholds.
    Others,
    /// Those of the terms.
    Same,
    /// In descending order.
    Unsorted,
    /// More of them must sign below the warm cap than above it.
    ThresholdsSwapped,
    /// Two contracts and a key.
    Contracts,
    /// The operator among them.
    WithOperator,
    /// An auditor among them.
    WithAuditor,
    /// The zero address among them.
    WithZero,
    /// One of a kind that there is not.
    WithUnknownKind,
}

/// Until when a signature holds, relative to now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Deadline {
    /// For ever.
    Never,
    /// Now plus or minus seconds.
    Now(i8),
    /// Seven days from now, plus or minus seconds.
    Week(i8),
}

/// Which ledger a leaf or word is read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    /// The commitment that counts at the moment.
    Counting,
    /// The newest one, final or not.
    Newest,
    /// So many epochs before the newest.
    Back(u8),
}

/// What is wrong with a leaf's proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Forgery {
    /// Nothing.
    None,
    /// One base unit more.
    Balance,
    /// One base unit of earlier payouts less or more.
    Paid,
    /// Another account.
    Account,
    /// The neighbour's index.
    Index,
    /// A bit of the first sibling.
    Sibling,
    /// A byte too few.
    Length,
    /// A level too few.
    Depth,
    /// A sum above 128 bits.
    Overflow,
}

/// A leaf with its proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeafRef {
    /// Of which ledger.
    pub source: Source,
    /// Which leaf, modulo their number (and one beyond).
    pub pick: u16,
    /// What is wrong with it.
    pub forgery: Forgery,
}

/// A word with its siblings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WordRef {
    /// Of which ledger.
    pub source: Source,
    /// Which word, modulo their number (and one beyond).
    pub pick: u8,
    /// What is wrong with it.
    pub forgery: Forgery,
}

/// Neighbouring nodes of one level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodesRef {
    /// Levels of the node above them below the root.
    pub below: u8,
    /// Levels from there down to them, less one.
    pub height: u8,
    /// Place of the node above them on its level, modulo the level's width.
    pub pick: u8,
    /// What is wrong with them.
    pub forgery: Forgery,
}

/// A round by number, and whether its ratio is told truly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoundRef {
    /// So many before the newest; `None`: one that is not open.
    pub back: Option<u8>,
    /// Added to the numerator.
    pub numerator: i8,
}

/// Which of an asset's challenges is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChallengeRef {
    /// Among the open ones, modulo their number.
    pub pick: u8,
    /// Among those that are over instead.
    pub closed: bool,
}

/// What is not true about a ledger's tree, though operator and auditors sign it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Lie {
    /// Nothing.
    #[default]
    None,
    /// A node's sum is half of what is below it.
    Less {
        /// Levels below the root, less one.
        below: u8,
        /// Place among those of its level that have leaves.
        pick: u8,
    },
    /// A node's sum is a quarter more than what is below it.
    More {
        /// Levels below the root, less one.
        below: u8,
        /// Place among those of its level that have leaves.
        pick: u8,
    },
    /// The number of leaves.
    Count(u32),
    /// The leaves are bound to another asset.
    Asset,
    /// The second half of the leaves names the accounts of the first once more.
    Twice,
}

impl Lie {
    /// Whether all is true.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::None
    }
}

/// A ledger to commit to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerSpec {
    /// Number of leaves, 1 to 600.
    pub leaves: u16,
    /// Decides how the total is spread.
    pub seed: u8,
    /// Sum of all balances; the limit is what the reserve can back.
    pub total: Amount,
    /// Everybody moved one index on (which no honest service does).
    pub moved: bool,
    /// The leaves tell earlier payouts as they stand (else: none).
    pub paid: bool,
    /// The halves' sums are raised until they do not fit together.
    pub overflow: bool,
    /// What is not true about it.
    #[serde(default, skip_serializing_if = "Lie::is_none")]
    pub lie: Lie,
}

/// Value that comes along.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Value {
    /// The amount for ETH, nothing for a token; the deposit that the terms ask for.
    #[default]
    Right,
    /// One wei more.
    OneMore,
}

/// Gas of the transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Gas {
    /// As much as a transaction may have.
    Plenty,
    /// Too little for the recipient to be given its cap.
    Scarce,
}

/// How an account with code treats ETH. Numbered as `TwinAccount.Mode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AccountMode {
    /// Takes it.
    Accepts,
    /// Reverts.
    Refuses,
    /// Uses all gas it is given.
    BurnsGas,
    /// Returns a megabyte.
    ReturnBomb,
    /// Calls a guarded entry point of the vault while it is being paid.
    Reenters,
    /// Calls the unguarded `deposit()` while it is being paid.
    DepositsBack,
}

/// How a token transfers. Numbered as `TwinToken.Mode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TokenMode {
    /// By the book.
    Standard,
    /// Returns nothing, as USDT does.
    NoReturn,
    /// Returns false and moves nothing.
    ReturnsFalse,
    /// Reverts.
    Paused,
    /// Burns one percent.
    Fee,
    /// Uses all gas it is given.
    BurnsGas,
    /// Returns 200 kilobytes.
    ReturnBomb,
    /// Calls a guarded entry point of the vault while it transfers.
    Reenters,
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
}

impl Action {
    /// The name of the variant: a row of the coverage table.
    #[must_use]
    pub fn name(&self) -> &'static str {
        KINDS[self.kind()]
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
        }
    }
}

/// Names of all actions, in the order of [`Action::kind`].
pub const KINDS: [&str; 58] = [
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
];
