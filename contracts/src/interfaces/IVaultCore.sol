// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Leaf, Quorum, Round, Terms} from "../types/Types.sol";

/// @title IVaultCore
/// @notice What moves money, and the clock that decides when.
interface IVaultCore {
    // ------------------------------------------------------------------ events

    event VaultCreated(bytes32 indexed termsHash, address gasTank, address registry, address safeguards, Terms terms);
    event Beat(uint256 blockNumber);
    event SuspicionCured(uint256 suspectedAt);
    event Latched(uint256 latchedAt, uint256 returnAt);

    event EthDeposited(address indexed account, uint256 amount);
    event TokenDeposited(address indexed account, address indexed asset, uint256 amount);
    event Withdrawn(address indexed account, address indexed asset, address to, uint256 amount);
    event OrderSpent(
        address indexed account, address indexed asset, address indexed payee, uint256 amount, uint256 nonce
    );
    event LedgerDeposited(address indexed account, address indexed asset, uint256 indexed entry, uint256 amount);
    /// @param credited The transfer failed, so the amount was credited to the account's segregated balance.
    event PendingRefunded(
        address indexed account, address indexed asset, uint256 indexed entry, uint256 amount, bool credited
    );

    /// @param credited The transfer failed, so the amount was credited to the account's segregated balance.
    event PaidOut(
        address indexed account, address indexed asset, uint256 index, uint256 amount, uint256 nonce, bool credited
    );
    /// @param nonce A queued release's salt.
    event Released(address asset, address to, uint256 amount, uint256 nonce);
    event ReleaseCancelled(address indexed asset, uint256 nonce);
    event EquityReleased(address indexed asset, address to, uint256 amount, uint256 nonce);
    /// @param account Zero for the signers' nonces.
    event NonceCancelled(address indexed account, uint256 nonce);

    /// @notice For a second time where a dispute has put the ledger before in its place: the last one counts.
    event RecoveryFixed(address indexed asset, uint256 epoch, bytes32 root, uint256 total, uint256 depositCursor);
    event WordCounted(address indexed asset, uint256 indexed word, uint256 reduction);
    event PayoutFlagged(address indexed asset, uint256 index);
    event RoundOpened(address indexed asset, uint256 indexed round, uint256 numerator, uint256 denominator);
    /// @notice Proofs of a round may end at `count` nodes of a level, from the position `first` on.
    event Anchored(address indexed asset, uint256 indexed round, uint256 level, uint256 first, uint256 count);
    /// @param position `round << 32 | index`.
    event Claimed(address indexed account, address asset, uint256 position, uint256 amount);
    /// @notice Follows the `Claimed` of a claim that the account's signature sent elsewhere.
    event ClaimRedirected(address indexed account, address indexed to, address relayer, uint256 fee);
    /// @param paid Bit i: leaf i of the word was settled by this push.
    event WordPushed(address indexed asset, uint256 indexed round, uint256 indexed word, uint256 paid, uint256 amount);
    event PushSkipped(address indexed account, address asset, uint256 position, uint256 amount);
    event Tallied(address indexed asset, uint256 indexed round, uint256 amount);

    // ------------------------------------------------------------------ liveness

    /// @notice Proves the operator alive. Anyone may relay it.
    /// @param blockNumber One of the last 256 blocks, above the last beat's.
    /// @param blockHash That block's hash.
    /// @param signature The operator's, over Beat(uint256 blockNumber,bytes32 blockHash).
    function beat(uint256 blockNumber, bytes32 blockHash, bytes calldata signature) external;

    /// @notice Fixes every asset's recovery. Optional: each exit does so for its own asset.
    function latch() external;

    // ------------------------------------------------------------------ segregated money

    /// @notice Credits the ETH sent to the caller's segregated balance.
    function depositForSelf() external payable;

    /// @notice Credits an account's segregated balance: ETH by the value sent, a token by the measured delta.
    /// @param amount Base units; for ETH it equals the value sent.
    function deposit(address asset, address account, uint256 amount) external payable;

    /// @notice Takes the caller's segregated money out, in every phase.
    function withdraw(address asset, address to, uint128 amount) external;

    /// @notice Spends an account's segregated money by its signature, in every phase.
    /// @param signature The account's, over
    /// Order(address asset,address account,address payee,uint128 amount,uint256 nonce,uint256 deadline); ECDSA, else ERC-1271.
    function spend(
        address asset,
        address account,
        address payee,
        uint128 amount,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice Voids one of the caller's order nonces.
    function cancelNonce(uint256 nonce) external;

    // ------------------------------------------------------------------ pending deposits

    /// @notice Queues a deposit for the ledger. It is nobody's but the account's until a final commitment covers it.
    /// @return entry Its position in the asset's queue.
    function depositToLedger(address asset, address account, uint256 amount) external payable returns (uint256 entry);

    /// @notice Returns an entry that no counting commitment covers, in full. From the latch on, for anyone to call. What a dispute has
    /// reopened and may have been paid out goes through `IDisputes.refundEntry`.
    function refundPending(address asset, uint256 entry) external;

    // ------------------------------------------------------------------ release gate

    /// @notice Pays a ledger user from the reserve, at most what the leaf is still owed under the newest final commitment.
    /// @dev Live: always. Suspected: only to an account with an open exit request, at most up to its target.
    /// Signed: PayOut(address asset,uint32 index,address account,uint128 amount,uint256 nonce,uint256 deadline).
    function payOut(
        address asset,
        uint32 index,
        Leaf calldata leaf,
        uint128 amount,
        bytes calldata proof,
        uint256 nonce,
        uint256 deadline,
        Quorum calldata signers
    ) external;

    /// @notice Moves reserve elsewhere, leaving at least the coverage floor. Live only, and not while frozen.
    /// @dev Within the hot cap the operator may sign alone, within the warm cap the signers; above it see `executeRelease`. Signed: Release(address asset,address to,uint256 amount,uint256 nonce,uint256 deadline).
    function releaseFreeReserveTo(
        address asset,
        address to,
        uint256 amount,
        uint256 nonce,
        uint256 deadline,
        Quorum calldata signers
    ) external;

    /// @notice Executes a release above the warm cap that was queued at the safeguards and has waited its time. Anyone.
    /// @param deadline Part of what was signed: by then it was queued.
    function executeRelease(address asset, address to, uint256 amount, uint256 salt, uint256 deadline) external;

    /// @notice Voids a nonce of the signers' for `payOut` and `releaseFreeReserveTo`. Nonces are unordered within 64 of the highest used one.
    /// What the operator signs alone has nonces of his own: see `cancelNonce`.
    /// @dev Signed: CancelRelease(address asset,uint256 nonce,uint256 deadline).
    function cancelRelease(address asset, uint256 nonce, uint256 deadline, Quorum calldata signers) external;

    // ------------------------------------------------------------------ the return

    /// @notice Lowers what is owed by what the leaves of one word were already paid. Between latch and return, and longer where a dispute
    /// puts off the asset's rounds.
    /// @param leaves 52 bytes a leaf (account 20, balance 16, paid 16), at most 256; missing ones are empty.
    /// @param siblings 48 bytes a node (hash 32, sum 16), from the word's node upwards.
    function countWord(address asset, uint32 word, bytes calldata leaves, bytes calldata siblings) external;

    /// @notice Marks a leaf whose account was paid out under another index, so that the payout is netted.
    function flagPayout(address asset, uint32 index, Leaf calldata leaf, bytes calldata proof) external;

    /// @notice Opens the next round over what no earlier round has set aside.
    function openRound(address asset) external returns (uint32 id);

    /// @notice Lets proofs of a round end lower: at the given nodes, which lie side by side under a node where they may end already.
    /// @dev Optional, and worth its gas where many claims follow: each is shorter by as many levels.
    /// @param level Of the node above them, from the leaves up (0: a leaf).
    /// @param position Of the node above them, from the left of its level.
    /// @param nodes A power of two of them, 48 bytes each (hash 32, sum 16).
    function anchor(address asset, Round calldata round, uint8 level, uint32 position, bytes calldata nodes) external;

    /// @notice Pays a leaf its share of a round, to the leaf's account.
    /// @param proof 48 bytes a node (hash 32, sum 16), from the leaf upwards, to the root or to an anchor.
    function claim(address asset, Round calldata round, uint32 index, Leaf calldata leaf, bytes calldata proof) external;

    /// @notice Pays a leaf its share of a round to where its account's signature says, less a fee to the caller.
    /// @param signature The account's, over
    /// Claim(address asset,uint32 round,uint32 index,address to,uint128 fee,uint256 deadline); ECDSA, else ERC-1271.
    function claimTo(
        address asset,
        Round calldata round,
        uint32 index,
        Leaf calldata leaf,
        bytes calldata proof,
        address to,
        uint128 fee,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice Pays every unpaid leaf of one word its share of a round. A leaf that cannot be paid is skipped and stays claimable.
    function pushWord(address asset, Round calldata round, uint32 word, bytes calldata leaves, bytes calldata siblings)
        external;

    /// @notice Releases what is left when everybody's share of the asset is set aside in full. 30 days after the return began at the
    /// earliest; as many signers as a cold release needs.
    /// @dev Signed: ReleaseEquity(address asset,address to,uint256 amount,uint256 nonce,uint256 deadline).
    function releaseEquity(
        address asset,
        address to,
        uint256 amount,
        uint256 nonce,
        uint256 deadline,
        Quorum calldata signers
    ) external;

    /// @notice Books single claims of a round as paid, so that the next round need not set them aside. 64 leaves a cell.
    function tally(address asset, uint32 round, uint32[] calldata cells) external;
}
