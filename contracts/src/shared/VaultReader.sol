// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IVaultHooks} from "../interfaces/ISatellites.sol";
import {Errors} from "../libraries/Errors.sol";
import {Flags} from "../libraries/Flags.sol";
import {VaultSlots} from "../libraries/VaultSlots.sol";
import {PhaseMath} from "./PhaseMath.sol";
import {Conduct, Excuses, Gate, Liveness, SignerSet, StoredBook} from "../types/Types.sol";

/// @title VaultReader
/// @notice The vault's state as its satellites see it: slots read through `extsload`, unpacked as Solidity packs them.
abstract contract VaultReader is PhaseMath {
    function _slots(uint256 first, uint256 count) internal view returns (bytes32[] memory) {
        return IVaultHooks(VAULT).extsload(bytes32(first), count);
    }

    function _slot(uint256 slot) internal view returns (uint256) {
        return uint256(_slots(slot, 1)[0]);
    }

    // The casts below cut out packed fields.
    // forge-lint: disable-start(unsafe-typecast)

    function _liveness() internal view returns (Liveness memory) {
        uint256 packed = _slot(VaultSlots.LIVENESS);
        return Liveness({
            lastBeat: uint40(packed),
            lastBeatBlock: uint40(packed >> 40),
            rootsAt: uint40(packed >> 80),
            overdueSince: uint40(packed >> 120),
            suspectedSince: uint40(packed >> 160),
            windDownAt: uint40(packed >> 200),
            overdueCount: uint8(packed >> 240),
            flags: uint8(packed >> 248)
        });
    }

    function _excuses() internal view override returns (Excuses memory) {
        uint256 packed = _slot(VaultSlots.EXCUSES);
        return Excuses({
            maintenanceFrom: uint40(packed),
            maintenanceUntil: uint40(packed >> 40),
            majeureFrom: uint40(packed >> 80),
            majeureUntil: uint40(packed >> 120),
            alarmAt: uint40(packed >> 160),
            flickerUntil: uint40(packed >> 200)
        });
    }

    function _conduct() internal view returns (Conduct memory) {
        uint256 packed = _slot(VaultSlots.CONDUCT);
        return Conduct({
            lastCure: uint40(packed),
            secondLastCure: uint40(packed >> 40),
            thirdLastCure: uint40(packed >> 80),
            downtime: uint40(packed >> 120),
            curedAt: uint40(packed >> 160)
        });
    }

    /// @dev Zero: never frozen.
    function _frozenUntil() internal view returns (uint40) {
        return uint40(_slot(VaultSlots.FROZEN_UNTIL));
    }

    /// @dev The signers of the terms, or those of the last rotation.
    function _signers() internal view returns (SignerSet memory) {
        if (_liveness().flags & Flags.ROTATED == 0) {
            return SignerSet(SIGNERS_HASH, uint8(SIGNER_THRESHOLD), uint8(COLD_THRESHOLD));
        }
        bytes32[] memory words = _slots(VaultSlots.SIGNERS, 2);
        return SignerSet(words[0], uint8(uint256(words[1])), uint8(uint256(words[1]) >> 8));
    }

    function _gate(address asset) internal view returns (Gate memory) {
        uint256 packed = _slot(VaultSlots.slotOf(VaultSlots.ASSETS, asset) + 2);
        return Gate({
            used: uint64(packed),
            highest: uint64(packed >> 64),
            window: uint32(packed >> 128),
            previous: uint48(packed >> 160),
            current: uint48(packed >> 208)
        });
    }

    function _book(address asset) internal view returns (StoredBook memory) {
        bytes32[] memory words = _slots(VaultSlots.slotOf(VaultSlots.ASSETS, asset), 2);
        uint256 amounts = uint256(words[0]);
        uint256 queue = uint256(words[1]);
        return StoredBook({
            setAside: uint128(amounts),
            owed: uint128(amounts >> 128),
            pending: uint96(queue),
            queued: uint40(queue >> 96),
            absorbed: uint40(queue >> 136),
            listed: uint8(queue >> 176) != 0
        });
    }

    /// @dev What an account has been paid out in all, base units.
    function _paidOut(address asset, address account) internal view returns (uint128) {
        return uint128(_slot(VaultSlots.slotOf(VaultSlots.slotOf(VaultSlots.PAID_OUT, asset), account)));
    }

    // forge-lint: disable-end(unsafe-typecast)

    /// @dev An entry of the pending queue: account (160 bits), then the running total including it (96 bits).
    function _entry(address asset, uint256 entry) internal view returns (uint256) {
        return _slot(VaultSlots.slotOf(VaultSlots.slotOf(VaultSlots.QUEUE, asset), entry));
    }

    /// @dev Sum of the entries in [from, to).
    function _entriesBetween(address asset, uint256 from, uint256 to) internal view returns (uint256) {
        return to > from ? _runningTotal(asset, to) - _runningTotal(asset, from) : 0;
    }

    function _runningTotal(address asset, uint256 end) private view returns (uint256) {
        return end == 0 ? 0 : _entry(asset, end - 1) & type(uint96).max;
    }

    // ------------------------------------------------------------------ the clock

    function _clockNow() internal view returns (uint256 start, uint256 latchAt) {
        return _clock(_liveness());
    }

    function _requireLive() internal view {
        (uint256 start, uint256 latchAt) = _clockNow();
        if (block.timestamp >= _earlier(start, latchAt)) {
            revert Errors.Liveness_WrongPhase(uint8(_phaseAt(start, latchAt)));
        }
    }

    function _isLatched() internal view returns (bool) {
        (, uint256 latchAt) = _clockNow();
        return block.timestamp >= latchAt;
    }

    function _requireNotLatched() internal view {
        (uint256 start, uint256 latchAt) = _clockNow();
        if (block.timestamp >= latchAt) revert Errors.Liveness_WrongPhase(uint8(_phaseAt(start, latchAt)));
    }

    /// @dev The time at which finality is judged: now while live, the beginning of the suspicion (or the wind-down) after.
    function _referenceTime() internal view returns (uint256) {
        (uint256 start, uint256 latchAt) = _clockNow();
        uint256 end = _earlier(start, latchAt);
        return block.timestamp < end ? block.timestamp : end;
    }
}
