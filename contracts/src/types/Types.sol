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
    /// Longest time without a beat, and greatest age of a root, that no announcement can excuse.
    uint40 silenceCap;
    /// The signers' spending is summed over this time.
    uint40 releaseWindow;
    /// Time between the queueing of a cold release and its execution, in which the guardians can veto it.
    uint40 coldDelay;
    /// Longest freeze of the outflow; a cooldown of twice that follows.
    uint40 freezeMax;
    /// Least notice of a rotation of the signers.
    uint40 rotationNotice;
    /// Time to answer a challenge of a ledger's data.
    uint40 answerWindow;
    /// Least notice with which the operator takes his bond back.
    uint40 unbonding;
}

/// @notice What a service pays for downtime, out of its bond, when it does not come back.
struct Sla {
    /// The bond that a ledger must have to be posted, in basis points of its total; zero: none.
    uint16 minBondBps;
    /// Compensation for each day of downtime beyond the allowance, in basis points of what is owed.
    uint16 dailyBps;
    /// Most compensation, in basis points of what is owed.
    uint16 capBps;
    /// Downtime that is not compensated, in seconds.
    uint40 allowance;
}

/// @notice Everything a service commits to. A constructor argument, so that the CREATE2 address commits to it.
struct Terms {
    /// keccak256 of the human-readable agreement.
    bytes32 agreementHash;
    /// Signs beats and, with the auditors, ledger commitments.
    address operator;
    /// A second key for beats only; zero: none.
    address backupOperator;
    /// M-of-N quorum over the reserve: strictly ascending signer ids, as `SignerKinds` explains them (an address is an ECDSA key's).
    bytes32[] signers;
    /// For releases within the warm cap, and for payouts.
    uint8 signerThreshold;
    /// For releases above the warm cap, which wait for `coldDelay` and can be vetoed; for rotations.
    uint8 coldThreshold;
    /// Quorum that signs each ledger commitment together with the operator: strictly ascending.
    address[] auditors;
    uint8 auditorThreshold;
    /// Quorum that attests ledger data: strictly ascending; may be empty, then the threshold is zero.
    address[] watchers;
    uint8 watcherThreshold;
    /// Quorum that can freeze outflows for a while and veto cold releases: strictly ascending; may be empty.
    address[] guardians;
    uint8 guardianThreshold;
    /// Assets accounted for, strictly ascending; `address(0)` is ETH. One to sixteen.
    address[] assets;
    /// Share of the owed total that must stay in the reserve, in basis points (1 to 10,000).
    uint16 coverageFloorBps;
    /// What the operator may move alone within `releaseWindow`, in basis points of what is owed.
    uint16 hotCapBps;
    /// What the signers may release within `releaseWindow` without delay, in basis points of what is owed. At least the hot cap.
    uint16 warmCapBps;
    /// Highest gas price the tank repays, in wei.
    uint64 maxTankGasPrice;
    /// What an exit request costs until it is closed, in wei.
    uint96 exitDeposit;
    /// What a challenge of a ledger's data costs: the answerer's if it is answered, else the challenger's again. In wei.
    uint96 challengeBond;
    /// Decides disputes (ERC-792), for which the challenge bond is at stake as well; zero: there are none.
    address arbitrator;
    /// Passed on to the arbitrator as it is: for most of them, which court and how many jurors.
    bytes arbitratorExtraData;
    Sla sla;
    Profile profile;
    Timers timers;
}

/// @notice Where the creation code of a vault's satellites lies (ERC-5202). Together with the terms the constructor's arguments.
struct Blueprints {
    address registry;
    address safeguards;
    address views;
    address bond;
    address disputes;
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
    /// All members, as in the terms. None: the operator signs alone, where the terms let him.
    bytes32[] members;
    /// One head of 65 bytes for each signer needed, in ascending order of their ids: an ECDSA signature (r, s, v), or what
    /// `SignerKinds` says of other kinds. What follows is not signed by anybody who counts.
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
    /// Words whose leaves were asked for and have not come: as long as there is one, only attestation makes it final.
    uint32 openChallenges;
    /// When the last challenge was answered; zero: never.
    uint40 answeredAt;
    /// A challenge was not answered in time: it never counts.
    bool isVoid;
}

/// @notice Somebody's demand to see one word of a ledger.
struct Challenge {
    address challenger;
    /// Last second to answer, Unix seconds; zero: never challenged.
    uint40 due;
    /// Answered, or found to be unanswered.
    bool closed;
}

/// @notice All that a verifier needs to compare a vault with its terms, in one call.
struct Parameters {
    uint256 chainId;
    address vault;
    address registry;
    address safeguards;
    address gasTank;
    /// Where the bond stands, or will when somebody creates it.
    address bond;
    /// Where disputes are opened and settled, or will be when somebody creates the contract.
    address disputes;
    /// keccak256 of the vault's code, and of its satellites'.
    bytes32 vaultCode;
    bytes32 registryCode;
    bytes32 safeguardsCode;
    /// Computed from `terms` in this call.
    bytes32 termsHash;
    /// Unix seconds.
    uint40 deployedAt;
    Terms terms;
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
    uint8 overdueCount;
    /// What else must be read to know the phase and who may move money: see `Flags`.
    uint8 flags;
}

/// @notice What moves the beginning of suspicion and latch, beside beats, roots and requests. One storage slot; Unix seconds, zero: none.
struct Excuses {
    /// Silence between the two does not count.
    uint40 maintenanceFrom;
    uint40 maintenanceUntil;
    /// Neither silence nor stale roots between the two count.
    uint40 majeureFrom;
    uint40 majeureUntil;
    /// When the watchers last raised the alarm. It stands until the next beat.
    uint40 alarmAt;
    /// Suspicion that begins before it latches at once: there have been too many.
    uint40 flickerUntil;
}

/// @notice What the vault remembers of suspicions that were cured. One storage slot.
struct Conduct {
    /// The last three times at which a suspicion was cured that was not the watchers' alone, Unix seconds.
    uint40 lastCure;
    uint40 secondLastCure;
    uint40 thirdLastCure;
    /// Seconds between beginning and cure of all of them.
    uint40 downtime;
    /// When any suspicion was last cured: what was queued before is void.
    uint40 curedAt;
}

/// @notice The signers after a rotation.
struct SignerSet {
    /// keccak256 of their ids, a word each.
    bytes32 membersHash;
    uint8 threshold;
    uint8 coldThreshold;
}

/// @notice Why a service says that it does not work as it should.
enum Reason {
    TechnicalFault,
    Maintenance,
    ComplianceReview,
    CustodyProblem,
    SecurityIncident,
    BusinessDecision,
    Other
}

/// @notice Signers that are to replace the present ones.
struct Rotation {
    SignerSet signers;
    uint40 announcedAt;
    /// From then on anyone may put it into force; zero: none is announced.
    uint40 readyAt;
}

/// @notice A release above the warm cap that waits.
struct QueuedRelease {
    uint40 queuedAt;
    /// Zero: never queued.
    uint40 readyAt;
    /// Executed or vetoed.
    bool closed;
}

/// @notice What passed the release gate of one asset. One storage slot.
struct Gate {
    /// Bit i: nonce `highest - i` is used.
    uint64 used;
    /// Highest nonce used.
    uint64 highest;
    /// Number of the window: Unix seconds / `releaseWindow`.
    uint32 window;
    /// Released in the window before and in this one, in 2^-40 of what was owed at the time; rounded up.
    uint48 previous;
    uint48 current;
}

/// @notice The timestamps at which phases begin if nothing happens any more.
struct Timeline {
    uint40 suspectedAt;
    uint40 latchedAt;
    uint40 returnAt;
    /// Of an asset whose rounds a dispute has put off: as much later as these.
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

/// @notice What the vault keeps of one asset: one hash finds both what a release changes and what it must know.
struct StoredAsset {
    StoredBook book;
    /// See `Gate`.
    uint256 gate;
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

/// @notice What a latched vault returns for one asset. Fixed once, and once more if a dispute puts the ledger before in its place; only
/// `owed` falls, by counting, until the first round.
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
    /// No round opens before it, and counting goes on until then, Unix seconds. The largest value: until a dispute is settled.
    uint40 roundsFrom;
    /// Pending entries from `depositCursor` to it were in the ledger that a dispute has set aside, and are refundable again.
    uint40 reopenedTo;
}

/// @notice A ledger user's request to be paid on chain.
struct ExitRequest {
    /// Served when `paidOut[asset][account]` reaches it; zero: no request open.
    uint128 target;
    uint40 openedAt;
    uint40 due;
    bool reported;
}
