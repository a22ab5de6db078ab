// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {
    Book,
    Conduct,
    Excuses,
    Gate,
    Liveness,
    Parameters,
    Phase,
    Recovery,
    SignerSet,
    Timeline
} from "../types/Types.sol";

/// @title IViews
/// @notice Everything that there is to see of a vault's state. Called at the vault's address, which passes it on.
interface IViews {
    function phase() external view returns (Phase);
    function timeline() external view returns (Timeline memory);
    function liveness() external view returns (Liveness memory);
    function excuses() external view returns (Excuses memory);
    function conduct() external view returns (Conduct memory);
    /// @notice End of the last freeze, Unix seconds; zero: there was none.
    function frozenUntil() external view returns (uint40);
    /// @notice The signers of the terms, or those of the last rotation.
    function signers() external view returns (SignerSet memory);
    /// @notice What passed an asset's release gate; nonces and windows of `payOut` and `releaseFreeReserveTo`.
    function gate(address asset) external view returns (Gate memory);
    function book(address asset) external view returns (Book memory);
    /// @notice `balance - segregated - pending`, or zero.
    function reserve(address asset) external view returns (uint256);
    function segregatedOf(address asset, address account) external view returns (uint128);
    function pendingEntry(address asset, uint256 entry) external view returns (address account, uint256 amount);
    function paidOut(address asset, address account) external view returns (uint128);
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
    /// @notice keccak256 of the ABI-encoded terms, which `VaultCreated` publishes in full.
    function termsHash() external view returns (bytes32);
    /// @notice The terms, the hash that the contract computes of them, and all addresses and code hashes of the vault.
    function parameters() external view returns (Parameters memory);
    function gasTank() external view returns (address);
    /// @notice Where an account wants its shares of an asset; zero: to itself.
    function redirectOf(address asset, address account) external view returns (address);
}
