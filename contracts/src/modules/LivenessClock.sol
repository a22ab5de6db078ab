// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IVaultCore} from "../interfaces/IVaultCore.sol";
import {Errors} from "../libraries/Errors.sol";
import {PhaseMath} from "../shared/PhaseMath.sol";
import {Liveness, Phase, Quorum} from "../types/Types.sol";
import {Nonces} from "./Nonces.sol";

/// @title LivenessClock
/// @notice The phase, derived from timestamps; beats and wind-down.
/// @dev Everything that moves a timestamp is refused from the latch on, so the derived latch is terminal without being stored.
abstract contract LivenessClock is Nonces, PhaseMath {
    bytes32 private constant BEAT_TYPEHASH = keccak256("Beat(uint256 blockNumber,bytes32 blockHash)");
    bytes32 private constant WIND_DOWN_TYPEHASH = keccak256("WindDown(uint40 latchAt,uint256 nonce,uint256 deadline)");

    Liveness internal _liveness;

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
        _requireOperator(_hashTypedDataV4(keccak256(abi.encode(BEAT_TYPEHASH, blockNumber, blockHash))), signature);

        live.lastBeat = uint40(block.timestamp);
        // blockhash is zero for any number that does not fit: checked above.
        // forge-lint: disable-next-line(unsafe-typecast)
        live.lastBeatBlock = uint40(blockNumber);
        _storeCured(live, start);
        emit Beat(blockNumber);
    }

    /// @inheritdoc IVaultCore
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

    // ------------------------------------------------------------------ the clock

    function _phase() internal view returns (Phase) {
        (uint256 start, uint256 latchAt) = _clockNow();
        return _phaseAt(start, latchAt);
    }

    function _clockNow() internal view returns (uint256 start, uint256 latchAt) {
        Liveness storage live = _liveness;
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
        // Not suspected, by any of the causes (a stored beginning is never ahead of now), nor wound down.
        Liveness storage live = _liveness;
        (uint256 silentAt, uint256 staleAt, uint256 windDownAt) = (live.lastBeat, live.rootsAt, live.windDownAt);
        // Sums of 40-bit values.
        unchecked {
            silentAt += GRACE;
            staleAt += ROOT_MAX_AGE;
        }
        if (block.timestamp >= silentAt || block.timestamp >= staleAt) _revertPhase();
        uint256 suspected = live.overdueSince | live.suspectedSince;
        if (suspected | windDownAt != 0 && (suspected != 0 || block.timestamp >= windDownAt)) _revertPhase();
    }

    /// @return start When suspicion began or will begin.
    function _requireNotLatched(Liveness memory live) internal view returns (uint256 start) {
        start = _start(live.lastBeat, live.rootsAt, live.overdueSince, live.suspectedSince);
        if (block.timestamp >= _latchAt(start, live.windDownAt)) _revertPhase();
    }

    function _requireLatched() internal view {
        (, uint256 latchAt) = _clockNow();
        if (block.timestamp < latchAt) _revertPhase();
    }

    function _revertPhase() internal view {
        revert Errors.Liveness_WrongPhase(uint8(_phase()));
    }
}
