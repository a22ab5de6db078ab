// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @notice Where a vault stands. Derived from timestamps on every call, never stored.
enum Phase {
    Live,
    Suspected,
    Latched,
    Returning
}

/// @notice Which set of bounds the constructor checked the timers against.
enum Profile {
    Production,
    Testnet
}

/// @notice Every timer of a vault, in seconds. Fixed for ever by the constructor.
struct Timers {
    /// Silence after the last beat before suspicion begins.
    uint40 grace;
    /// Time the service has to serve an exit request.
    uint40 serveDeadline;
    /// Length of suspicion: the service may answer until it lapses, then the vault latches.
    uint40 challengeWindow;
    /// Timelock between the latch and the return.
    uint40 returnDelay;
    /// Age of the least recently posted asset's newest root at which suspicion begins.
    uint40 rootMaxAge;
    /// Age at which a root attested by the watcher quorum is final.
    uint40 attestedFinality;
    /// Age at which a root without attestation is final.
    uint40 unattestedFinality;
    /// Time after the return begins during which only self-claims are possible, no pushes.
    uint40 headStart;
    /// Least notice of a wind-down.
    uint40 windDownNotice;
}

/// @notice Everything a service commits to. The constructor's only argument, so that the CREATE2 address commits to it.
struct Terms {
    /// keccak256 of the human-readable agreement.
    bytes32 agreementHash;
    /// Signs beats and, with the auditors, ledger commitments.
    address operator;
    /// M-of-N quorum over the reserve: addresses strictly ascending.
    address[] signers;
    uint8 signerThreshold;
    /// Quorum that signs each ledger commitment together with the operator: strictly ascending.
    address[] auditors;
    uint8 auditorThreshold;
    /// Quorum that attests ledger data: strictly ascending; may be empty, then the threshold is zero.
    address[] watchers;
    uint8 watcherThreshold;
    /// Assets accounted for, strictly ascending; `address(0)` is ETH. One to sixteen.
    address[] assets;
    /// Share of the owed total that must stay in the reserve, in basis points (1 to 10,000).
    uint16 coverageFloorBps;
    /// Highest gas price the tank repays, in wei.
    uint64 maxTankGasPrice;
    Profile profile;
    Timers timers;
}

/// @notice One account's line in the ledger of one asset, in base units.
struct Leaf {
    address account;
    /// What the service owes at the snapshot.
    uint128 balance;
    /// `paidOut[asset][account]` at the snapshot.
    uint128 paid;
}

/// @notice A node of the Merkle-sum tree: its hash, and the sum of all balances below it in base units.
struct SumNode {
    bytes32 hash;
    uint128 sum;
}

/// @notice The ratio of one round, as fixed when it opened: each leaf is paid `floor(net * numerator / denominator)`.
/// @dev Not stored: the vault keeps it hashed with each node, and its sum, that a proof may end at.
struct Round {
    uint32 id;
    uint128 numerator;
    uint128 denominator;
}

/// @notice Signatures of a quorum whose members the vault knows by hash only.
struct Quorum {
    /// All members, as in the terms.
    address[] members;
    /// 65-byte ECDSA signatures (r, s, v), joined, in ascending order of their signers.
    bytes signatures;
}

/// @notice What the operator and the auditors sign about one asset's ledger.
/// @dev The root is not in it: it is the node above `left` and `right`, so that the total is proven, not claimed.
struct CommitmentInput {
    address asset;
    /// One above the asset's newest epoch.
    uint32 epoch;
    SumNode left;
    SumNode right;
    /// Number of leaves.
    uint32 count;
    /// Pending entries below it are in this ledger.
    uint40 depositCursor;
    /// When the ledger was read, Unix seconds.
    uint40 snapshotAt;
    /// keccak256 of the bundle's manifest.
    bytes32 dataHash;
    string uri;
}

/// @notice A posted ledger commitment, as stored.
struct Commitment {
    bytes32 root;
    uint128 total;
    uint32 count;
    uint40 depositCursor;
    uint40 postedAt;
    bytes32 dataHash;
    uint40 snapshotAt;
    /// When the watcher quorum's attestation arrived; zero: not attested.
    uint40 attestedAt;
    uint32 epoch;
}

/// @notice Everything the phase is derived from. One storage slot.
struct Liveness {
    uint40 lastBeat;
    uint40 lastBeatBlock;
    /// Oldest posting time among the assets' newest roots.
    uint40 rootsAt;
    /// When the first unserved exit request that is still open was reported; zero: none.
    uint40 overdueSince;
    /// When the running suspicion began, kept while one cause is cured and another stands; zero: none.
    uint40 suspectedSince;
    /// When an announced wind-down latches the vault; zero: none announced.
    uint40 windDownAt;
    /// Reported exit requests that are still open.
    uint16 overdueCount;
}

/// @notice The timestamps at which phases begin if nothing happens any more.
struct Timeline {
    uint40 suspectedAt;
    uint40 latchedAt;
    uint40 returnAt;
    uint40 pushAt;
}

/// @notice The books of one asset as the vault keeps them: what moving the reserve and depositing must know shares the first slot.
struct StoredBook {
    /// Segregated and pending money together: what of the balance is not reserve.
    uint128 setAside;
    /// Largest total among the commitments that can still count.
    uint128 owed;
    uint96 pending;
    uint40 queued;
    uint40 absorbed;
    bool listed;
}

/// @notice The books of one asset.
struct Book {
    /// Sum of all segregated balances.
    uint128 segregated;
    /// Sum of the pending entries that are in no final commitment.
    uint128 pending;
    /// Largest total among the commitments that can still count.
    uint128 owed;
    /// Entries ever queued.
    uint40 queued;
    /// Entries below it are in a final commitment.
    uint40 absorbed;
    /// Newest posted epoch.
    uint32 epoch;
    bool listed;
}

/// @notice What a latched vault returns for one asset. Fixed once; only `owed` falls, by counting, until the first round.
struct Recovery {
    bytes32 root;
    /// The commitment's total.
    uint128 total;
    /// `total` less what counting has shown to be paid out already. The denominator of every round.
    uint128 owed;
    /// Sum of all rounds' numerators.
    uint128 allotted;
    /// Part of `allotted` known to be paid (pushes at once, single claims after a tally).
    uint128 tallied;
    uint32 epoch;
    uint32 rounds;
    uint40 depositCursor;
    /// Levels of the tree: a leaf's proof has so many nodes.
    uint8 depth;
    bool isFixed;
}

/// @notice A ledger user's request to be paid on chain.
struct ExitRequest {
    /// Served when `paidOut[asset][account]` reaches it; zero: no request open.
    uint128 target;
    uint40 openedAt;
    uint40 due;
    bool reported;
}
