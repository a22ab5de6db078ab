//! What an action names: accounts and assets by number, amounts, times, signatures, proofs, and how each can be wrong.

use serde::{Deserialize, Serialize};

/// A named account by number.
pub type Who = u8;
/// An asset by number: 0 is ETH.
pub type AssetId = u8;

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
    /// The last second in which the arbitrator can rule on the oldest dispute that is not settled.
    Ruling,
    /// A dispute can be settled without a ruling: so many before the last.
    RulingOver(u8),
    /// The asset's rounds can open after a dispute.
    Rounds(AssetId),
    /// Anybody may refund the asset's reopened entries as if there were no leaf.
    Unlisted(AssetId),
    /// The asset's pushes can begin.
    PushOf(AssetId),
    /// Suspicion begins because roots are stale, if nothing excuses that.
    Stale,
    /// The newest commitment of the asset would be final by its age.
    Aged(AssetId),
    /// An order that is known goes back to its payer: so many before the last.
    Expiry(u8),
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
    /// The arbitrator among them, where there is one.
    WithArbitrator,
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

/// What is wrong with how a word is packed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Packing {
    /// Nothing.
    #[default]
    Right,
    /// A byte behind the counters.
    Torn,
    /// A counter of zero for the last leaf.
    Zero,
    /// A counter for the leaf behind the last.
    Beyond,
    /// The last counter once more.
    Twice,
    /// The first leaf's counter at the end.
    Unordered,
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
    /// One wei less, if there is one.
    OneLess,
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
