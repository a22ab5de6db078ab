// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IVault} from "../interfaces/IVault.sol";
import {Errors} from "../libraries/Errors.sol";
import {Transfers} from "../libraries/Transfers.sol";
import {Leaf, Liveness, Quorum} from "../types/Types.sol";
import {ExitRequests} from "./ExitRequests.sol";

/// @title ReleaseGate
/// @notice The two doors through which the signers move the reserve while the service lives.
abstract contract ReleaseGate is ExitRequests {
    bytes32 private constant PAY_OUT_TYPEHASH =
        keccak256("PayOut(address asset,uint32 index,address account,uint128 amount,uint256 nonce,uint256 deadline)");
    bytes32 private constant RELEASE_TYPEHASH =
        keccak256("Release(address asset,address to,uint256 amount,uint256 nonce,uint256 deadline)");

    /// @inheritdoc IVault
    function payOut(
        address asset,
        uint32 index,
        Leaf calldata leaf,
        uint128 amount,
        bytes calldata proof,
        uint256 nonce,
        uint256 deadline,
        Quorum calldata signers
    ) external nonReentrant {
        _requirePayOutPhase(asset, leaf.account, amount);
        _requireNotReserved(leaf.account);
        _requireOwed(asset, index, leaf, proof, amount);
        // A leaf that tells of payouts that never were would be owed its balance again after each payout.
        if (leaf.paid > _paidOut[asset][leaf.account]) revert Errors.Gate_AmountAboveOwed(amount, 0);
        uint256 available = reserve(asset);
        if (amount > available) revert Errors.Gate_ReserveTooLow(available, amount);
        _requireBefore(deadline);
        _requireSigners(
            keccak256(abi.encode(PAY_OUT_TYPEHASH, asset, index, leaf.account, amount, nonce, deadline)), signers
        );

        _useNonce(address(0), nonce);
        _paidOut[asset][leaf.account] = paidOut(asset, leaf.account) + amount;
        _touch(asset, index);
        _closeIfServed(asset, leaf.account);
        bool credited = _payOrCredit(asset, leaf.account, amount);
        emit PaidOut(leaf.account, asset, index, amount, nonce, credited);
    }

    /// @inheritdoc IVault
    function release(
        address asset,
        address to,
        uint256 amount,
        uint256 nonce,
        uint256 deadline,
        Quorum calldata signers
    ) external nonReentrant {
        _requireLive();
        StoredBook storage held = _books[asset];
        // Another address of a listed asset (a proxy's old one, a native coin's ERC-20) would open the whole balance. What owes is listed.
        if (held.owed == 0) _requireListed(asset);
        _requireNotReserved(to);
        if (amount == 0) revert Errors.Books_ZeroAmount();
        uint256 available = _reserve(asset, held.setAside);
        if (amount > available) revert Errors.Gate_ReserveTooLow(available, amount);
        uint256 floor = _floorOf(held.owed);
        // Not below zero: just checked.
        unchecked {
            if (available - amount < floor) revert Errors.Gate_ReserveBelowFloor(available - amount, floor);
        }
        _requireBefore(deadline);
        _requireSigners(keccak256(abi.encode(RELEASE_TYPEHASH, asset, to, amount, nonce, deadline)), signers);

        _useNonce(address(0), nonce);
        emit Released(asset, to, amount, nonce);
        Transfers.send(asset, to, amount);
    }

    /// @dev Live, or suspected and within the account's open request: serving it is the cure.
    function _requirePayOutPhase(address asset, address account, uint128 amount) private view {
        Liveness memory live = _liveness;
        uint256 start = _requireNotLatched(live);
        if (block.timestamp < start) return;
        if (uint256(_paidOut[asset][account]) + amount > _requests[asset][account].target) _revertPhase();
    }
}
