// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IRegistryHooks} from "../interfaces/ISatellites.sol";
import {IVaultCore} from "../interfaces/IVaultCore.sol";
import {Errors} from "../libraries/Errors.sol";
import {Transfers} from "../libraries/Transfers.sol";
import {Leaf, Liveness, Quorum, StoredBook} from "../types/Types.sol";
import {LeafCells} from "./LeafCells.sol";

/// @title ReleaseGate
/// @notice The two doors through which the signers move the reserve while the service lives.
abstract contract ReleaseGate is LeafCells {
    bytes32 private constant PAY_OUT_TYPEHASH =
        keccak256("PayOut(address asset,uint32 index,address account,uint128 amount,uint256 nonce,uint256 deadline)");
    bytes32 private constant RELEASE_TYPEHASH =
        keccak256("Release(address asset,address to,uint256 amount,uint256 nonce,uint256 deadline)");

    /// @inheritdoc IVaultCore
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
        uint128 paidBefore = _requirePayable(asset, index, leaf, amount, proof);
        uint256 available = _reserve(asset);
        if (amount > available) revert Errors.Gate_ReserveTooLow(available, amount);
        _requireBefore(deadline);
        _requireSigners(
            keccak256(abi.encode(PAY_OUT_TYPEHASH, asset, index, leaf.account, amount, nonce, deadline)), signers
        );

        _useNonce(address(0), nonce);
        uint128 paidNow = paidBefore + amount;
        _paidOut[asset][leaf.account] = paidNow;
        _touch(asset, index);
        _tellRegistry(asset, leaf.account, paidNow);
        bool credited = _payOrCredit(asset, leaf.account, amount);
        emit PaidOut(leaf.account, asset, index, amount, nonce, credited);
    }

    /// @inheritdoc IVaultCore
    function releaseReserve(
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
        _requireSigners(_releaseHash(asset, to, amount, nonce, deadline), signers);

        _useNonce(address(0), nonce);
        emit Released(asset, to, amount, nonce);
        Transfers.send(asset, to, amount);
    }

    /// @dev keccak256(abi.encode(RELEASE_TYPEHASH, asset, to, amount, nonce, deadline)), in memory that nobody keeps.
    function _releaseHash(address asset, address to, uint256 amount, uint256 nonce, uint256 deadline)
        private
        pure
        returns (bytes32 hash)
    {
        bytes32 typehash = RELEASE_TYPEHASH;
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, typehash)
            mstore(add(free, 0x20), asset)
            mstore(add(free, 0x40), to)
            mstore(add(free, 0x60), amount)
            mstore(add(free, 0x80), nonce)
            mstore(add(free, 0xa0), deadline)
            hash := keccak256(free, 0xc0)
        }
    }

    /// @dev In time, to a leaf of the newest final commitment that is still owed so much.
    /// @return paidBefore What the account was paid out before, base units.
    function _requirePayable(address asset, uint32 index, Leaf calldata leaf, uint128 amount, bytes calldata proof)
        private
        view
        returns (uint128 paidBefore)
    {
        uint256 start = _requireNotLatched(_liveness);
        (bytes32 root, uint256 depth, uint128 target) = REGISTRY.payOutTerms(asset, leaf.account);
        // Fits 128 bits: it is only ever written from such a number.
        // forge-lint: disable-next-line(unsafe-typecast)
        paidBefore = uint128(_paidOut[asset][leaf.account]);
        // Suspected: only within the account's open request, for serving it is the cure.
        if (block.timestamp >= start && uint256(paidBefore) + amount > target) _revertPhase();
        _requireNotReserved(leaf.account);
        if (amount == 0) revert Errors.Books_ZeroAmount();
        if (root == 0) revert Errors.Ledger_NoFinalCommitment(asset);
        _requireLeaf(root, depth, asset, index, leaf, proof);
        uint256 net = _netOf(leaf.balance, leaf.paid, paidBefore);
        if (amount > net) revert Errors.Gate_AmountAboveOwed(amount, net);
        // A leaf that tells of payouts that never were would be owed its balance again after each payout.
        if (leaf.paid > paidBefore) revert Errors.Gate_AmountAboveOwed(amount, 0);
    }

    /// @dev The vault's own address at the end tells the registry that it is the vault who speaks, not somebody through it.
    function _tellRegistry(address asset, address account, uint128 paidOut) private {
        bytes memory data =
            abi.encodePacked(abi.encodeCall(IRegistryHooks.paidOutChanged, (asset, account, paidOut)), address(this));
        (bool ok,) = address(REGISTRY).call(data);
        if (!ok) revert Errors.Registry_Refused();
    }
}
