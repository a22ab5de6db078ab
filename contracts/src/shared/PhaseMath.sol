// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Phase} from "../types/Types.sol";
import {Signatures} from "./Signatures.sol";

/// @title PhaseMath
/// @notice When suspicion, latch and return begin, by the stored timestamps. One rule for the vault and its registry.
abstract contract PhaseMath is Signatures {
    /// @dev When suspicion begins or began, by the causes alone.
    function _causeStart(uint256 lastBeat, uint256 rootsAt, uint256 overdueSince)
        internal
        view
        returns (uint256 start)
    {
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
        internal
        view
        returns (uint256 start)
    {
        start = _causeStart(lastBeat, rootsAt, overdueSince);
        if (suspectedSince != 0) start = _earlier(suspectedSince, start);
    }

    function _latchAt(uint256 start, uint256 windDownAt) internal view returns (uint256 latchAt) {
        // Sums of 40-bit values.
        unchecked {
            latchAt = start + CHALLENGE_WINDOW;
        }
        if (windDownAt != 0) latchAt = _earlier(windDownAt, latchAt);
    }

    function _phaseAt(uint256 start, uint256 latchAt) internal view returns (Phase) {
        if (block.timestamp >= latchAt + RETURN_DELAY) return Phase.Returning;
        if (block.timestamp >= latchAt) return Phase.Latched;
        return block.timestamp >= start ? Phase.Suspected : Phase.Live;
    }

    function _earlier(uint256 a, uint256 b) internal pure returns (uint256) {
        return a < b ? a : b;
    }
}
