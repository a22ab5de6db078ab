// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IVaultCore} from "../interfaces/IVaultCore.sol";
import {Errors} from "../libraries/Errors.sol";
import {Flags} from "../libraries/Flags.sol";
import {PhaseMath} from "../shared/PhaseMath.sol";
import {Conduct, Excuses, Liveness, Phase} from "../types/Types.sol";
import {Signers} from "./Signers.sol";

/// @title LivenessClock
/// @notice The phase, derived from timestamps; beats and wind-down.
/// @dev Everything that moves a timestamp is refused from the latch on, so the derived latch is terminal without being stored.
abstract contract LivenessClock is Signers, PhaseMath {
    bytes32 private constant BEAT_TYPEHASH = keccak256("Beat(uint256 blockNumber,bytes32 blockHash)");

    /// After three cures within it, the next suspicion latches at once until the first of them is so long ago.
    uint256 private constant FLICKER_PERIOD = 30 days;
    /// In the slot of `_liveness`: `overdueSince`, `suspectedSince`, `windDownAt`, and the flag that there are excuses.
    uint256 private constant SELDOM_SET = uint256(type(uint120).max) << 120 | uint256(Flags.EXCUSED) << 248;

    Liveness internal _liveness;
    Excuses internal _storedExcuses;
    Conduct internal _conduct;
    /// Unix seconds.
    uint256 internal _frozenUntil;

    constructor() {
        _liveness.lastBeat = uint40(block.timestamp);
        _liveness.rootsAt = uint40(block.timestamp);
    }

    // ------------------------------------------------------------------ entry points

    /// @inheritdoc IVaultCore
    function beat(uint256 blockNumber, bytes32 blockHash, bytes calldata signature) external {
        Liveness memory live = _liveness;
        uint256 start = _requireNotLatched(live);
        if (blockNumber <= live.lastBeatBlock) revert Errors.Liveness_BeatNotNewer(blockNumber, live.lastBeatBlock);
        bytes32 actual = blockhash(blockNumber);
        if (actual == 0 || actual != blockHash) revert Errors.Liveness_BlockHashMismatch(blockNumber);
        _requireBeatSigned(_hashTypedDataV4(keccak256(abi.encode(BEAT_TYPEHASH, blockNumber, blockHash))), signature);

        live.lastBeat = uint40(block.timestamp);
        // blockhash is zero for any number that does not fit: checked above.
        // forge-lint: disable-next-line(unsafe-typecast)
        live.lastBeatBlock = uint40(blockNumber);
        _storeCured(live, start);
        emit Beat(blockNumber);
    }

    // ------------------------------------------------------------------ the clock

    function _phase() internal view returns (Phase) {
        (uint256 start, uint256 latchAt) = _clock(_liveness);
        return _phaseAt(start, latchAt);
    }

    function _excuses() internal view override returns (Excuses memory) {
        return _storedExcuses;
    }

    /// @dev Stores `live` after a cause may have been cured. While another cause stands, the suspicion keeps its beginning.
    /// @param start When the suspicion began before the cure, or would have begun.
    function _storeCured(Liveness memory live, uint256 start) internal {
        if (block.timestamp >= start) {
            // What is stored is still as it was before the cure.
            (uint256 ownBefore,,) = _causes(_liveness);
            (uint256 own, uint256 alarm,) = _causes(live);
            if (ownBefore <= block.timestamp && own > block.timestamp) _countCure(live, start);
            if (_earlier(own, alarm) <= block.timestamp) {
                // forge-lint: disable-next-line(unsafe-typecast)
                live.suspectedSince = uint40(start);
            } else {
                live.suspectedSince = 0;
                // forge-lint: disable-next-line(unsafe-typecast)
                _conduct.curedAt = uint40(block.timestamp);
                emit SuspicionCured(start);
            }
        }
        _liveness = live;
    }

    /// @dev The last cause of the service's own doing is gone; that the watchers' alarm may stand changes nothing. The alarm alone is not
    /// held against the service, or they could latch its vault by raising it often enough.
    function _countCure(Liveness memory live, uint256 start) private {
        Conduct memory conduct = _conduct;
        // The time before an earlier cure within the same suspicion is counted already.
        if (start < conduct.lastCure) start = conduct.lastCure;
        // Unix times and differences of them, which fit 40 bits.
        // forge-lint: disable-start(unsafe-typecast)
        conduct.thirdLastCure = conduct.secondLastCure;
        conduct.secondLastCure = conduct.lastCure;
        conduct.lastCure = uint40(block.timestamp);
        conduct.downtime += uint40(block.timestamp - start);
        uint256 until = conduct.thirdLastCure + FLICKER_PERIOD;
        if (conduct.thirdLastCure != 0 && until > block.timestamp) {
            _storedExcuses.flickerUntil = uint40(until);
            live.flags |= Flags.EXCUSED;
        }
        // forge-lint: disable-end(unsafe-typecast)
        _conduct = conduct;
    }

    /// @dev Called while live only, so that no suspicion is undone.
    function _storeExcuses(Excuses memory excuses) internal {
        excuses.flickerUntil = _storedExcuses.flickerUntil;
        _storedExcuses = excuses;
        _liveness.flags |= Flags.EXCUSED;
    }

    /// @dev Reads the slot of `_liveness` as one number: every release pays for it.
    /// @return flags What else must be looked up.
    function _requireLive() internal view returns (uint256 flags) {
        uint256 packed;
        assembly ("memory-safe") {
            packed := sload(_liveness.slot)
        }
        flags = packed >> 248;
        if (packed & SELDOM_SET != 0) {
            if (_phase() != Phase.Live) _revertPhase();
            return flags;
        }
        // Then only silence and stale roots can have begun a suspicion. Sums of 40-bit values.
        unchecked {
            if (block.timestamp >= (packed & type(uint40).max) + GRACE) _revertPhase();
            if (block.timestamp >= (packed >> 80 & type(uint40).max) + ROOT_MAX_AGE) _revertPhase();
        }
    }

    /// @dev Live, and no freeze lasts. Asked by all that lets the signers move the reserve, and by nothing else.
    function _requireOutflow() internal view returns (uint256 flags) {
        flags = _requireLive();
        if (flags & Flags.FROZEN != 0) _requireNotFrozen(flags);
    }

    function _requireNotFrozen(uint256 flags) internal view {
        if (flags & Flags.FROZEN != 0) {
            if (block.timestamp < _frozenUntil) revert Errors.Gate_Frozen(_frozenUntil);
        }
    }

    /// @return start When suspicion began or will begin.
    function _requireNotLatched(Liveness memory live) internal view returns (uint256 start) {
        uint256 latchAt;
        (start, latchAt) = _clock(live);
        if (block.timestamp >= latchAt) _revertPhase();
    }

    /// @return latchAt When it latched.
    function _requireLatched() internal view returns (uint256 latchAt) {
        (, latchAt) = _clock(_liveness);
        if (block.timestamp < latchAt) _revertPhase();
    }

    function _revertPhase() internal view {
        revert Errors.Liveness_WrongPhase(uint8(_phase()));
    }
}
