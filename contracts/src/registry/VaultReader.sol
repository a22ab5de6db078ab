// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IVaultHooks} from "../interfaces/ISatellites.sol";
import {Errors} from "../libraries/Errors.sol";
import {VaultSlots} from "../libraries/VaultSlots.sol";
import {PhaseMath} from "../shared/PhaseMath.sol";
import {Liveness, StoredBook} from "../types/Types.sol";

/// @title VaultReader
/// @notice The vault's state as the registry sees it: slots read through `extsload`, unpacked as Solidity packs them.
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
            overdueCount: uint16(packed >> 240)
        });
    }

    function _book(address asset) internal view returns (StoredBook memory) {
        bytes32[] memory words = _slots(VaultSlots.slotOf(VaultSlots.BOOKS, asset), 2);
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
        Liveness memory live = _liveness();
        start = _start(live.lastBeat, live.rootsAt, live.overdueSince, live.suspectedSince);
        latchAt = _latchAt(start, live.windDownAt);
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
