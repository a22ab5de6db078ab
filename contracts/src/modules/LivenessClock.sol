// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IVault} from "../interfaces/IVault.sol";
import {Errors} from "../libraries/Errors.sol";
import {Liveness, Phase, Quorum, Terms, Timeline} from "../types/Types.sol";
import {Signatures} from "./Signatures.sol";

/// @title LivenessClock
/// @notice The phase, derived from timestamps; beats and wind-down.
/// @dev Everything that moves a timestamp is refused from the latch on, so the derived latch is terminal without being stored.
abstract contract LivenessClock is Signatures {
    bytes32 private constant BEAT_TYPEHASH = keccak256("Beat(uint256 blockNumber,bytes32 blockHash)");
    bytes32 private constant WIND_DOWN_TYPEHASH = keccak256("WindDown(uint40 latchAt,uint256 nonce,uint256 deadline)");

    uint256 internal immutable DEPLOYED_AT = block.timestamp;
    Liveness internal _liveness;

    constructor() {
        _liveness.lastBeat = uint40(block.timestamp);
        _liveness.rootsAt = uint40(block.timestamp);
    }

    // ------------------------------------------------------------------ entry points

    /// @inheritdoc IVault
    function beat(uint256 blockNumber, bytes32 blockHash, bytes calldata signature) external {
        Liveness memory live = _liveness;
        uint256 start = _requireNotLatched(live);
        if (blockNumber <= live.lastBeatBlock) revert Errors.Liveness_BeatNotNewer(blockNumber, live.lastBeatBlock);
        bytes32 actual = blockhash(blockNumber);
        if (actual == 0 || actual != blockHash) revert Errors.Liveness_BlockHashMismatch(blockNumber);
        _requireOperator(_hashTypedDataV4(keccak256(abi.encode(BEAT_TYPEHASH, blockNumber, blockHash))), signature);

        live.lastBeat = uint40(block.timestamp);
        // blockhash is zero for any number that does not fit: checked above.
        // forge-lint: disable-next-line(unsafe-typecast)
        live.lastBeatBlock = uint40(blockNumber);
        _storeCured(live, start);
        emit Beat(blockNumber);
    }

    /// @inheritdoc IVault
    function announceWindDown(uint40 latchAt, uint256 nonce, uint256 deadline, Quorum calldata signers) external {
        _requireLive();
        if (_liveness.windDownAt != 0) revert Errors.Liveness_WindDownAnnounced(_liveness.windDownAt);
        uint256 earliest = block.timestamp + WIND_DOWN_NOTICE;
        if (latchAt < earliest) revert Errors.Liveness_WindDownTooSoon(latchAt, earliest);
        _requireBefore(deadline);
        _requireSigners(keccak256(abi.encode(WIND_DOWN_TYPEHASH, latchAt, nonce, deadline)), signers);
        _useNonce(address(0), nonce);

        _liveness.windDownAt = latchAt;
        emit WindDownAnnounced(latchAt);
    }

    // ------------------------------------------------------------------ views

    /// @inheritdoc IVault
    function phase() public view returns (Phase) {
        (uint256 start, uint256 latchAt) = _clockNow();
        if (block.timestamp >= latchAt + RETURN_DELAY) return Phase.Returning;
        if (block.timestamp >= latchAt) return Phase.Latched;
        return block.timestamp >= start ? Phase.Suspected : Phase.Live;
    }

    /// @inheritdoc IVault
    function timeline() external view returns (Timeline memory) {
        (uint256 start, uint256 latchAt) = _clockNow();
        // Sums of a few 40-bit values that fit 40 bits for the next 30,000 years.
        // forge-lint: disable-start(unsafe-typecast)
        return Timeline({
            suspectedAt: uint40(start),
            latchedAt: uint40(latchAt),
            returnAt: uint40(latchAt + RETURN_DELAY),
            pushAt: uint40(latchAt + RETURN_DELAY + HEAD_START)
        });
        // forge-lint: disable-end(unsafe-typecast)
    }

    /// @inheritdoc IVault
    function liveness() external view returns (Liveness memory) {
        return _liveness;
    }

    // ------------------------------------------------------------------ the clock

    /// @dev When suspicion begins or began, by the causes alone.
    function _causeStart(uint256 lastBeat, uint256 rootsAt, uint256 overdueSince) private view returns (uint256 start) {
        // Sums of 40-bit values.
        unchecked {
            start = lastBeat + GRACE;
            uint256 stale = rootsAt + ROOT_MAX_AGE;
            start = _earlier(stale, start);
            if (overdueSince != 0) start = _earlier(overdueSince, start);
        }
    }

    /// @dev The same, or the beginning of the suspicion that lasts.
    function _start(uint256 lastBeat, uint256 rootsAt, uint256 overdueSince, uint256 suspectedSince)
        private
        view
        returns (uint256 start)
    {
        start = _causeStart(lastBeat, rootsAt, overdueSince);
        if (suspectedSince != 0) start = _earlier(suspectedSince, start);
    }

    function _latchAt(uint256 start, uint256 windDownAt) private view returns (uint256 latchAt) {
        // Sums of 40-bit values.
        unchecked {
            latchAt = start + CHALLENGE_WINDOW;
        }
        if (windDownAt != 0) latchAt = _earlier(windDownAt, latchAt);
    }

    function _clockNow() internal view returns (uint256 start, uint256 latchAt) {
        Liveness storage live = _liveness;
        start = _start(live.lastBeat, live.rootsAt, live.overdueSince, live.suspectedSince);
        latchAt = _latchAt(start, live.windDownAt);
    }

    function _clock(Liveness memory live) internal view returns (uint256 start, uint256 latchAt) {
        start = _start(live.lastBeat, live.rootsAt, live.overdueSince, live.suspectedSince);
        latchAt = _latchAt(start, live.windDownAt);
    }

    /// @dev Stores `live` after a cause may have been cured. While another cause stands, the suspicion keeps its beginning.
    /// @param start When the suspicion began before the cure, or would have begun.
    function _storeCured(Liveness memory live, uint256 start) internal {
        if (block.timestamp >= start) {
            if (_causeStart(live.lastBeat, live.rootsAt, live.overdueSince) <= block.timestamp) {
                // forge-lint: disable-next-line(unsafe-typecast)
                live.suspectedSince = uint40(start);
            } else {
                live.suspectedSince = 0;
                emit SuspicionCured(start);
            }
        }
        _liveness = live;
    }

    function _requireLive() internal view {
        if (block.timestamp >= _referenceEnd()) _revertPhase();
    }

    /// @return start When suspicion began or will begin.
    function _requireNotLatched(Liveness memory live) internal view returns (uint256 start) {
        uint256 latchAt;
        (start, latchAt) = _clock(live);
        if (block.timestamp >= latchAt) _revertPhase();
    }

    function _requireNotLatched() internal view {
        (, uint256 latchAt) = _clockNow();
        if (block.timestamp >= latchAt) _revertPhase();
    }

    function _requireLatched() internal view {
        (, uint256 latchAt) = _clockNow();
        if (block.timestamp < latchAt) _revertPhase();
    }

    /// @dev The time at which finality is judged: now while live, the beginning of the suspicion (or the wind-down) after.
    function _referenceTime() internal view returns (uint256) {
        uint256 end = _referenceEnd();
        return block.timestamp < end ? block.timestamp : end;
    }

    /// @dev When the service ceases or ceased to be live.
    function _referenceEnd() private view returns (uint256) {
        (uint256 start, uint256 latchAt) = _clockNow();
        return _earlier(start, latchAt);
    }

    function _earlier(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }

    function _revertPhase() internal view {
        revert Errors.Liveness_WrongPhase(uint8(phase()));
    }
}
