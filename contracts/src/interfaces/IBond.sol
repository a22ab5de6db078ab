// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Leaf} from "../types/Types.sol";

/// @notice Compensation for one asset, as fixed when it opened: each leaf is paid `floor(net * amount / owed)`.
struct Compensation {
    /// Base units in all.
    uint128 amount;
    /// What the ledger that counts was owed, base units.
    uint128 owed;
    bool isOpen;
}

/// @title IBond
/// @notice What a service puts up for the case that it stops: it fills what the reserve lacks, and then pays for the downtime what the
/// terms promise. It is no part of the vault and has no right over it; anyone may create it, put money in, and call everything else
/// but the announcement of unbonding.
interface IBond {
    event Bonded(address indexed asset, address indexed from, uint256 amount);
    event UnbondingAnnounced(address indexed asset, uint256 amount, uint256 readyAt);
    event Unbonded(address indexed asset, uint256 amount);
    event ShortfallFilled(address indexed asset, uint256 amount);
    /// @param downtime Seconds for which is paid, the allowance taken off.
    event CompensationOpened(address indexed asset, uint256 amount, uint256 owed, uint256 downtime);
    /// @param credited The transfer failed: whom it was meant for can fetch it.
    event Compensated(address indexed account, address indexed asset, uint256 index, uint256 amount, bool credited);
    event CreditWithdrawn(address indexed account, address indexed asset, address to, uint256 amount);
    event Returned(address indexed asset, uint256 amount);

    /// @notice Adds to the bond of an asset: ETH by the value sent, a token by the measured delta.
    function put(address asset, uint256 amount) external payable;

    /// @notice Announces that part of the bond is to go. The operator only; a later announcement replaces it.
    function announceUnbonding(address asset, uint128 amount) external;

    /// @notice Moves what was announced into the vault's reserve, where the signers' rules hold. While live, after `unbonding`.
    function unbond(address asset) external;

    /// @notice Fills what the vault's rounds of an asset lack. Once the return has begun. What it has sent is in the next round as soon as
    /// paid claims are tallied.
    function fillShortfall(address asset) external;

    /// @notice Fixes the compensation of an asset. Once every share of its ledger is set aside.
    function openCompensation(address asset) external;

    /// @notice Pays a leaf its compensation. Anyone; the money goes to the leaf's account, or where it said that its shares go.
    /// @param proof 48 bytes a node (hash 32, sum 16), from the leaf to the root that counts.
    function compensate(address asset, uint32 index, Leaf calldata leaf, bytes calldata proof) external;

    /// @notice Fetches what could not be sent to the caller.
    function withdrawCredit(address asset, address to) external;

    /// @notice Moves what neither shortfall nor compensation needs into the vault, where it is the service's own. Once compensation is open.
    function returnRest(address asset) external;

    /// @notice What is bonded for an asset, base units; what is about to be unbonded does not count.
    function bonded(address asset) external view returns (uint256);
    function compensation(address asset) external view returns (Compensation memory);
    function creditOf(address asset, address account) external view returns (uint256);
    function isCompensated(address asset, uint32 index) external view returns (bool);
    function vault() external view returns (address);
}
