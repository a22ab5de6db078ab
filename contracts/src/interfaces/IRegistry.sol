// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Challenge, Commitment, CommitmentInput, ExitRequest, Leaf, Quorum} from "../types/Types.sol";

/// @title IRegistry
/// @notice What is known about ledgers, challenges and requests. Called at the vault's address, which passes it on.
interface IRegistry {
    /// @notice The numbers are in `commitment`.
    event Committed(address indexed asset, uint256 indexed epoch, bytes32 dataHash, string uri);
    event Attested(address indexed asset, uint256 indexed epoch);
    event WordChallenged(
        address indexed asset, uint256 indexed epoch, uint256 indexed word, address challenger, uint256 due
    );
    event ChallengeAnswered(address indexed asset, uint256 indexed epoch, uint256 indexed word);
    event ChallengeUnanswered(address indexed asset, uint256 indexed epoch, uint256 indexed word);
    /// @param to Zero: to the account again.
    event RedirectSet(address indexed account, address indexed asset, uint256 index, address to);
    event DepositWithdrawn(address indexed account, address to, uint256 amount);
    event ExitRequested(address indexed account, address indexed asset, uint256 target, uint256 due);
    event ExitLowered(address indexed account, address indexed asset, uint256 target);
    event ExitUnserved(address indexed account, address indexed asset);
    event ExitClosed(address indexed account, address indexed asset);

    // ------------------------------------------------------------------ ledger commitments

    /// @notice Posts a ledger commitment.
    /// @dev It covers at least the pending entries that were queued when the previous one was posted.
    /// @param operatorSignature Over Commitment(address asset,uint32 epoch,bytes32 root,uint128 total,uint32 count,
    /// uint40 depositCursor,uint40 snapshotAt,bytes32 dataHash,string uri).
    /// @param auditors Their signatures over the same.
    function commit(CommitmentInput calldata input, bytes calldata operatorSignature, Quorum calldata auditors) external;

    /// @notice Brings the watchers' attestation of a posted commitment, over
    /// Attestation(address asset,uint32 epoch,bytes32 root,bytes32 dataHash).
    function attest(address asset, uint32 epoch, Quorum calldata watchers) external;

    /// @notice Brings `owed` and `pending` of an asset up to the newest final commitment.
    function sync(address asset) external;

    // ------------------------------------------------------------------ challenges of a ledger's data

    /// @notice Asks for the leaves of one word of a ledger that is neither final nor attested. Costs the challenge bond; until the latch.
    function challengeWord(address asset, uint32 epoch, uint32 word) external payable;

    /// @notice Shows the leaves that were asked for. Whoever does it first gets the bond.
    /// @param leaves As for `countPacked`.
    /// @param paid As for `countPacked`.
    /// @param siblings As for `countWord`.
    function answerChallenge(
        address asset,
        uint32 epoch,
        uint32 word,
        bytes calldata leaves,
        bytes calldata paid,
        bytes calldata siblings
    ) external;

    /// @notice Finds that the leaves have not come in time: the commitment never counts, and the challenger has his bond back.
    function voidCommitment(address asset, uint32 epoch, uint32 word) external;

    function challengeOf(address asset, uint32 epoch, uint32 word) external view returns (Challenge memory);

    // ------------------------------------------------------------------ counting

    /// @notice `countWord` of a packed word, which has less calldata. Refused as that is.
    /// @param leaves 36 bytes a leaf (account 20, balance 16), at most 256; missing ones are empty.
    /// @param paid 17 bytes (place in the word 1, counter 16) for each leaf whose paid counter is not zero, by ascending places.
    /// @param siblings As for `countWord`.
    function countPacked(
        address asset,
        uint32 word,
        bytes calldata leaves,
        bytes calldata paid,
        bytes calldata siblings
    ) external;

    // ------------------------------------------------------------------ deposits of requests and challenges

    /// @notice Wei that an account can fetch.
    function depositOf(address account) external view returns (uint256);

    /// @notice Pays out what the caller's closed requests and challenges gave back.
    function withdrawDeposit(address to) external;

    // ------------------------------------------------------------------ exit requests

    /// @notice Asks to be paid `amount` of what the caller's leaf is owed. The account only; one open request an asset. Costs the
    /// exit deposit until the request is closed, however that comes.
    function requestExit(address asset, uint32 index, Leaf calldata leaf, bytes calldata proof, uint128 amount)
        external
        payable;

    /// @notice Closes a request that the latch has made pointless, so that its account has the deposit back. Anyone.
    function closeExit(address asset, address account) external;

    /// @notice Withdraws the caller's open request.
    function cancelExit(address asset) external;

    /// @notice Reports a request that is past its deadline: suspicion begins, or lasts until it is served.
    function reportUnserved(address asset, address account) external;

    /// @notice Lowers a request to what its account is owed under a final commitment that is newer than the request; closes it at nothing.
    function answerExit(address asset, uint32 index, Leaf calldata leaf, bytes calldata proof) external;

    // ------------------------------------------------------------------ redirects

    /// @notice Has the caller's later shares of an asset sent elsewhere by every claim. Before the latch, the account only. Pushes
    /// pass such a leaf over; anyone may claim it.
    /// @param to Zero: to the account again.
    function setRedirect(address asset, uint32 index, Leaf calldata leaf, bytes calldata proof, address to) external;

    // ------------------------------------------------------------------ views

    function commitment(address asset, uint32 epoch) external view returns (Commitment memory);
    /// @notice The commitment that counts now (or that counted when suspicion began); zero: none.
    function finalEpoch(address asset) external view returns (uint32);
    function exitRequest(address asset, address account) external view returns (ExitRequest memory);
    function assets() external view returns (address[] memory);
    /// @notice Newest posted epoch; zero: none.
    function newestEpoch(address asset) external view returns (uint32);
}
