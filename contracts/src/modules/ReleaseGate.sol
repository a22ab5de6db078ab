// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IRegistryHooks} from "../interfaces/ISatellites.sol";
import {IVaultCore} from "../interfaces/IVaultCore.sol";
import {Errors} from "../libraries/Errors.sol";
import {Flags} from "../libraries/Flags.sol";
import {ReleaseTypes} from "../libraries/ReleaseTypes.sol";
import {Transfers} from "../libraries/Transfers.sol";
import {Leaf, Phase, Quorum, StoredAsset} from "../types/Types.sol";
import {Tiers} from "./Tiers.sol";

/// @title ReleaseGate
/// @notice The doors through which the signers move the reserve while the service lives.
abstract contract ReleaseGate is Tiers {
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
        uint256 flags = _liveness.flags;
        // A freeze keeps nobody from serving what he is suspected for.
        if (flags & Flags.FROZEN != 0 && _phase() == Phase.Live) _requireNotFrozen(flags);
        uint128 paidBefore = REGISTRY.requirePayable(asset, index, leaf, amount, proof);
        uint256 available = _reserve(asset);
        if (amount > available) revert Errors.Gate_ReserveTooLow(available, amount);
        _requireBefore(deadline);
        bytes32 structHash =
            keccak256(abi.encode(PAY_OUT_TYPEHASH, asset, index, leaf.account, amount, nonce, deadline));
        _passPayOut(asset, amount, nonce, structHash, signers);

        uint128 paidNow = paidBefore + amount;
        _paidOut[asset][leaf.account] = paidNow;
        _touch(asset, index);
        _tellRegistry(asset, leaf.account, paidNow);
        bool credited = _payOrCredit(asset, leaf.account, amount);
        emit PaidOut(leaf.account, asset, index, amount, nonce, credited);
    }

    /// @inheritdoc IVaultCore
    function releaseFreeReserveTo(
        address asset,
        address to,
        uint256 amount,
        uint256 nonce,
        uint256 deadline,
        Quorum calldata signers
    ) external nonReentrant {
        uint256 flags = _requireOutflow();
        StoredAsset storage held = _assets[asset];
        uint256 owed = _requireReleasable(held, asset, to, amount);
        _requireBefore(deadline);
        _passRelease(flags, held, _shareOfOwed(amount, owed), nonce, _releaseHash(), signers);

        _emitReleased();
        Transfers.send(asset, to, amount);
    }

    /// @inheritdoc IVaultCore
    function executeRelease(address asset, address to, uint256 amount, uint256 salt, uint256 deadline)
        external
        nonReentrant
    {
        _requireOutflow();
        _requireReleasable(_assets[asset], asset, to, amount);
        SAFEGUARDS.takeRelease(ReleaseTypes.coldHash(asset, to, amount, salt, deadline));

        _emitReleased();
        Transfers.send(asset, to, amount);
    }

    /// @return owed What the ledger of the asset may be owed, base units.
    function _requireReleasable(StoredAsset storage held, address asset, address to, uint256 amount)
        private
        view
        returns (uint256 owed)
    {
        uint256 setAside;
        (setAside, owed) = (held.book.setAside, held.book.owed);
        // Another address of a listed asset (a proxy's old one, a native coin's ERC-20) would open the whole balance. What owes is listed.
        if (owed == 0) _requireListed(asset);
        _requireNotReserved(to);
        if (amount == 0) revert Errors.Books_ZeroAmount();
        uint256 available = _reserve(asset, setAside);
        if (amount > available) revert Errors.Gate_ReserveTooLow(available, amount);
        uint256 floor = _floorOf(owed);
        // Not below zero: just checked.
        unchecked {
            if (available - amount < floor) revert Errors.Gate_ReserveBelowFloor(available - amount, floor);
        }
    }

    /// @dev keccak256(abi.encode(RELEASE_TYPEHASH, asset, to, amount, nonce, deadline)), in memory that nobody keeps: the fields are
    /// what `releaseFreeReserveTo` is called with, as it is called.
    function _releaseHash() private pure returns (bytes32 hash) {
        bytes32 typehash = RELEASE_TYPEHASH;
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, typehash)
            calldatacopy(add(free, 0x20), 4, 0xa0)
            hash := keccak256(free, 0xc0)
        }
    }

    /// @dev emit Released(asset, to, amount, nonce): the fields are the first arguments of both doors, as they are called.
    function _emitReleased() private {
        bytes32 topic = Released.selector;
        assembly ("memory-safe") {
            let free := mload(0x40)
            calldatacopy(free, 4, 0x80)
            log1(free, 0x80, topic)
        }
    }

    /// @dev The vault's own address at the end tells the registry that it is the vault who speaks, not somebody through it.
    function _tellRegistry(address asset, address account, uint128 paidOut) private {
        bytes memory data =
            abi.encodePacked(abi.encodeCall(IRegistryHooks.paidOutChanged, (asset, account, paidOut)), address(this));
        (bool ok,) = address(REGISTRY).call(data);
        if (!ok) revert Errors.Registry_Refused();
    }
}
