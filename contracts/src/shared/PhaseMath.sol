// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Flags} from "../libraries/Flags.sol";
import {Excuses, Liveness, Phase} from "../types/Types.sol";
import {Signatures} from "./Signatures.sol";

/// @title PhaseMath
/// @notice When suspicion, latch and return begin, by the stored timestamps. One rule for the vault and its satellites.
abstract contract PhaseMath is Signatures {
    uint256 internal constant NEVER = type(uint256).max;

    function _excuses() internal view virtual returns (Excuses memory);

    /// @return start When suspicion begins or began.
    /// @return latchAt When the vault latches or latched, if nothing happens any more.
    function _clock(Liveness memory live) internal view returns (uint256 start, uint256 latchAt) {
        (uint256 own, uint256 alarm, uint256 flickerUntil) = _causes(live);
        start = _earlier(own, alarm);
        // The beginning of the suspicion that lasts.
        if (live.suspectedSince != 0) start = _earlier(live.suspectedSince, start);
        // Sums of 40-bit values.
        unchecked {
            latchAt = start + CHALLENGE_WINDOW;
        }
        // A service that keeps coming back at the last moment has no more moments. The watchers' alarm alone cannot do that.
        if (own < flickerUntil) latchAt = _earlier(own, latchAt);
        if (live.windDownAt != 0) latchAt = _earlier(live.windDownAt, latchAt);
    }

    /// @return own When suspicion begins by the service's own doing: silence, stale roots, unserved requests.
    /// @return alarm When the watchers raised the alarm that stands; `NEVER`: none stands.
    /// @return flickerUntil Suspicion of the service's own doing that begins before it latches at once.
    function _causes(Liveness memory live) internal view returns (uint256 own, uint256 alarm, uint256 flickerUntil) {
        alarm = NEVER;
        uint256 silentAt;
        uint256 staleAt;
        // Sums of 40-bit values.
        unchecked {
            silentAt = live.lastBeat + GRACE;
            staleAt = live.rootsAt + ROOT_MAX_AGE;
        }
        if (live.flags & Flags.EXCUSED != 0) {
            Excuses memory excuses = _excuses();
            (silentAt, staleAt) = _excused(live, excuses, silentAt, staleAt);
            if (excuses.alarmAt != 0 && live.lastBeat <= excuses.alarmAt) alarm = excuses.alarmAt;
            flickerUntil = excuses.flickerUntil;
        }
        own = _earlier(silentAt, staleAt);
        if (live.overdueSince != 0) own = _earlier(live.overdueSince, own);
    }

    /// @dev Announced windows put the two timers off, up to the cap that nothing excuses.
    function _excused(Liveness memory live, Excuses memory excuses, uint256 silentAt, uint256 staleAt)
        private
        view
        returns (uint256, uint256)
    {
        (uint256 from, uint256 until) = (excuses.maintenanceFrom, excuses.maintenanceUntil);
        (uint256 majeureFrom, uint256 majeureUntil) = (excuses.majeureFrom, excuses.majeureUntil);
        staleAt = _putOff(staleAt, live.rootsAt, majeureFrom, majeureUntil);
        // In their order, for the first may put silence off into the second.
        if (majeureFrom < from) (from, until, majeureFrom, majeureUntil) = (majeureFrom, majeureUntil, from, until);
        silentAt = _putOff(silentAt, live.lastBeat, from, until);
        // Time in both counts once.
        silentAt = _putOff(silentAt, live.lastBeat > until ? live.lastBeat : until, majeureFrom, majeureUntil);
        unchecked {
            return (_earlier(silentAt, live.lastBeat + SILENCE_CAP), _earlier(staleAt, live.rootsAt + SILENCE_CAP));
        }
    }

    /// @dev A deadline that runs since `since`, put off by what it has in common with a window.
    function _putOff(uint256 deadline, uint256 since, uint256 from, uint256 until) private pure returns (uint256) {
        if (from >= deadline || until <= since) return deadline;
        // Sums of 40-bit values, and `until` is the later.
        unchecked {
            uint256 common = until - (from > since ? from : since);
            return deadline + common;
        }
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
