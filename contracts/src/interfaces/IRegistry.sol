// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {
    Book,
    Conduct,
    Commitment,
    CommitmentInput,
    Excuses,
    ExitRequest,
    Gate,
    Leaf,
    Liveness,
    Phase,
    Quorum,
    Recovery,
    SignerSet,
    Timeline
} from "../types/Types.sol";

/// @title IRegistry
/// @notice What is known about ledgers and requests, and every view. Called at the vault's address, which passes it on.
interface IRegistry {
    /// @notice The numbers are in `commitment`.
    event Committed(address indexed asset, uint256 indexed epoch, bytes32 dataHash, string uri);
    event Attested(address indexed asset, uint256 indexed epoch);
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

    // ------------------------------------------------------------------ exit requests

    /// @notice Asks to be paid `amount` of what the caller's leaf is owed. The account only; one open request an asset.
    function requestExit(address asset, uint32 index, Leaf calldata leaf, bytes calldata proof, uint128 amount) external;

    /// @notice Withdraws the caller's open request.
    function cancelExit(address asset) external;

    /// @notice Reports a request that is past its deadline: suspicion begins, or lasts until it is served.
    function reportUnserved(address asset, address account) external;

    /// @notice Lowers a request to what its account is owed under a final commitment that is newer than the request; closes it at nothing.
    function answerExit(address asset, uint32 index, Leaf calldata leaf, bytes calldata proof) external;

    // ------------------------------------------------------------------ views

    function phase() external view returns (Phase);
    function timeline() external view returns (Timeline memory);
    function liveness() external view returns (Liveness memory);
    function excuses() external view returns (Excuses memory);
    function conduct() external view returns (Conduct memory);
    /// @notice End of the last freeze, Unix seconds; zero: there was none.
    function frozenUntil() external view returns (uint40);
    /// @notice The signers of the terms, or those of the last rotation.
    function signers() external view returns (SignerSet memory);
    /// @notice What passed an asset's release gate; nonces and windows of `payOut` and `releaseReserve`.
    function gate(address asset) external view returns (Gate memory);
    function book(address asset) external view returns (Book memory);
    /// @notice `balance - segregated - pending`, or zero.
    function reserve(address asset) external view returns (uint256);
    function segregatedOf(address asset, address account) external view returns (uint128);
    function pendingEntry(address asset, uint256 entry) external view returns (address account, uint256 amount);
    function commitment(address asset, uint32 epoch) external view returns (Commitment memory);
    /// @notice The commitment that counts now (or that counted when suspicion began); zero: none.
    function finalEpoch(address asset) external view returns (uint32);
    function paidOut(address asset, address account) external view returns (uint128);
    function exitRequest(address asset, address account) external view returns (ExitRequest memory);
    function recovery(address asset) external view returns (Recovery memory);
    /// @notice The root's anchor of an open round: `keccak256(abi.encode(root, total, numerator, denominator))`; zero: not open.
    function roundKey(address asset, uint32 round) external view returns (bytes32);
    /// @notice The anchor of a node: `keccak256(abi.encode(node's hash, its sum, numerator, denominator))`; zero: no proof may end there.
    function anchorOf(address asset, uint32 round, uint8 level, uint32 position) external view returns (bytes32);
    /// @notice The packed cell of 64 leaves whose number is a leaf's index / 64. Bits 0-63: claimed; 64-127: had a payout (round 0 only); 128-255: paid by single claims, not yet tallied.
    function cell(address asset, uint32 round, uint32 number) external view returns (uint256);
    function wordCounted(address asset, uint32 word) external view returns (bool);
    /// @param account Zero for the signers' nonces.
    function nonceUsed(address account, uint256 nonce) external view returns (bool);
    function assets() external view returns (address[] memory);
    /// @notice keccak256 of the ABI-encoded terms, which `VaultCreated` publishes in full.
    function termsHash() external view returns (bytes32);
    function gasTank() external view returns (address);
}
