// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Flags} from "lifeboat/libraries/Flags.sol";
import {PhaseMath} from "lifeboat/shared/PhaseMath.sol";
import {TermsStore} from "lifeboat/shared/TermsStore.sol";
import {Excuses, Liveness, Phase, Terms} from "lifeboat/types/Types.sol";

import {Logic} from "./Logic.sol";
import {Symbolic} from "./Symbolic.sol";

/// @notice The vault's own clock, over any stored state.
contract ClockProbe is PhaseMath {
    Excuses private _stored;

    constructor(Terms memory terms) TermsStore(terms, address(this)) {}

    function _excuses() internal view override returns (Excuses memory) {
        return _stored;
    }

    function causes(Liveness calldata live, Excuses calldata excuses) external returns (uint256, uint256, uint256) {
        _stored = excuses;
        return _causes(live);
    }

    function clock(Liveness calldata live, Excuses calldata excuses) external returns (uint256, uint256) {
        _stored = excuses;
        return _clock(live);
    }

    function phaseAt(uint256 start, uint256 latchAt) external view returns (Phase) {
        return _phaseAt(start, latchAt);
    }
}

/// @notice Section 1 of the specification as predicates over a second `t`, instead of the arithmetic on deadlines that the vault does: a
/// vault is suspected at `t` if so many seconds count until then. For all stored times, all seconds, and all terms.
/// @dev In parts, each about what the one before has shown: what silence and old ledgers are, that the first cause counts, what follows
/// from the causes, and the phase. A solver that must know all of it at once does not end.
contract PhaseProof is Symbolic {
    /// Any terms' timers within the constructor's bounds.
    struct Any {
        uint40 grace;
        uint40 rootMaxAge;
        uint40 silenceCap;
        uint40 challengeWindow;
        uint40 returnDelay;
    }

    /// No second of a proof is later: what began then causes nothing.
    uint40 private constant LAST = type(uint40).max;

    /// @notice A beat too long ago, with maintenance and force majeure announced.
    function check_silenceIsTheSpecified(Any memory timers, uint40 lastBeat, Excuses memory excuses, uint40 t) public {
        _assumeStored(timers, excuses);
        uint256 own = _silence(_probe(timers), lastBeat, excuses);
        assert(Logic.le(own, t) == _silent(timers, lastBeat, excuses, t));
    }

    /// @notice A ledger too long ago, with both announced.
    function check_stalenessIsTheSpecified(Any memory timers, uint40 rootsAt, Excuses memory excuses, uint40 t) public {
        _assumeStored(timers, excuses);
        uint256 own = _staleness(_probe(timers), rootsAt, excuses);
        assert(Logic.le(own, t) == _stale(timers, rootsAt, excuses, t));
    }

    /// @notice Suspicion of the service's own doing begins with the first of silence, old ledgers and requests that nobody serves. Nothing is
    /// excused unless the flag says so.
    function check_theFirstCauseCounts(Any memory timers, Liveness memory live, Excuses memory excuses, uint40 t)
        public
    {
        _assumeStored(timers, excuses);
        ClockProbe probe = _probe(timers);
        (uint256 own,,) = probe.causes(live, excuses);
        if (live.flags & Flags.EXCUSED == 0) delete excuses;
        uint256 silent = Logic.le(_silence(probe, live.lastBeat, excuses), t);
        uint256 stale = Logic.le(_staleness(probe, live.rootsAt, excuses), t);
        assert(Logic.le(own, t) == silent | stale | _reached(live.overdueSince, t));
    }

    /// @notice Suspicion and latch begin when the specification says: by these causes, an alarm, a suspicion that lasts, a wind-down, too many
    /// cures.
    function check_suspicionFollowsItsCauses(Any memory timers, Liveness memory live, Excuses memory excuses, uint40 t)
        public
    {
        _assumeStored(timers, excuses);
        ClockProbe probe = _probe(timers);
        (uint256 own,,) = probe.causes(live, excuses);
        (uint256 start, uint256 latchAt) = probe.clock(live, excuses);
        if (live.flags & Flags.EXCUSED == 0) delete excuses;
        uint256 challenge = timers.challengeWindow;
        uint256 lapsed = Logic.le(challenge, t) & _suspected(live, excuses, own, _before(t, challenge));
        uint256 flicker = Logic.lt(own, excuses.flickerUntil) & Logic.le(own, t);
        assert(Logic.le(start, t) == _suspected(live, excuses, own, t));
        assert(Logic.le(latchAt, t) == lapsed | flicker | _reached(live.windDownAt, t));
    }

    /// @notice A phase begins at its time, inclusive, and lasts until the next.
    function check_phaseFollowsTheClock(Any memory timers, uint48 start, uint48 latchAt, uint48 t) public {
        _assumeTerms(timers);
        vm.warp(t);
        uint256 phase = uint256(_probe(timers).phaseAt(start, latchAt));
        if (t >= uint256(latchAt) + timers.returnDelay) assert(phase == uint256(Phase.Returning));
        else if (t >= latchAt) assert(phase == uint256(Phase.Latched));
        else if (t >= start) assert(phase == uint256(Phase.Suspected));
        else assert(phase == uint256(Phase.Live));
    }

    function _probe(Any memory timers) private returns (ClockProbe) {
        Terms memory terms;
        terms.timers.grace = timers.grace;
        terms.timers.rootMaxAge = timers.rootMaxAge;
        terms.timers.silenceCap = timers.silenceCap;
        terms.timers.challengeWindow = timers.challengeWindow;
        terms.timers.returnDelay = timers.returnDelay;
        return new ClockProbe(terms);
    }

    /// @dev The constructor's bounds, of both profiles.
    function _assumeTerms(Any memory timers) private pure {
        vm.assume(timers.grace > 0);
        vm.assume(timers.rootMaxAge > 0);
        vm.assume(timers.silenceCap <= 30 days);
        vm.assume(timers.grace <= timers.silenceCap);
        vm.assume(timers.rootMaxAge <= timers.silenceCap);
        vm.assume(timers.challengeWindow > 0);
        vm.assume(timers.challengeWindow <= 7 days);
        vm.assume(timers.returnDelay > 0);
        vm.assume(timers.returnDelay <= 14 days);
    }

    /// @dev What the safeguards can have stored.
    function _assumeStored(Any memory timers, Excuses memory excuses) private pure {
        _assumeTerms(timers);
        vm.assume(excuses.maintenanceFrom <= excuses.maintenanceUntil);
        vm.assume(excuses.majeureFrom <= excuses.majeureUntil);
    }

    // ------------------------------------------------------------------ the code, one cause at a time

    function _silence(ClockProbe probe, uint40 lastBeat, Excuses memory excuses) private returns (uint256 own) {
        (own,,) = probe.causes(_with(lastBeat, LAST), excuses);
    }

    function _staleness(ClockProbe probe, uint40 rootsAt, Excuses memory excuses) private returns (uint256 own) {
        (own,,) = probe.causes(_with(LAST, rootsAt), excuses);
    }

    function _with(uint40 lastBeat, uint40 rootsAt) private pure returns (Liveness memory live) {
        (live.lastBeat, live.rootsAt, live.flags) = (lastBeat, rootsAt, Flags.EXCUSED);
    }

    // ------------------------------------------------------------------ the specification

    /// @param own When suspicion of the service's own doing begins.
    function _suspected(Liveness memory live, Excuses memory excuses, uint256 own, uint256 t)
        private
        pure
        returns (uint256)
    {
        uint256 alarm = Logic.le(live.lastBeat, excuses.alarmAt) & _reached(excuses.alarmAt, t);
        return alarm | _reached(live.suspectedSince, t) | Logic.le(own, t);
    }

    /// @dev As many seconds since the last beat as the grace, those in a window not counted; or as many as nothing excuses.
    function _silent(Any memory timers, uint256 since, Excuses memory excuses, uint256 t)
        private
        pure
        returns (uint256)
    {
        // All are below 2^41.
        unchecked {
            uint256 either = _common(since, t, excuses.majeureFrom, excuses.majeureUntil)
                + _common(since, t, excuses.maintenanceFrom, excuses.maintenanceUntil)
                - _common(
                    since,
                    t,
                    Logic.most(excuses.majeureFrom, excuses.maintenanceFrom),
                    Logic.least(excuses.majeureUntil, excuses.maintenanceUntil)
                );
            return Logic.le(since + timers.grace + either, t) | Logic.le(since + timers.silenceCap, t);
        }
    }

    /// @dev The same of the oldest newest root; maintenance excuses nothing here.
    function _stale(Any memory timers, uint256 since, Excuses memory excuses, uint256 t)
        private
        pure
        returns (uint256)
    {
        uint256 excused = _common(since, t, excuses.majeureFrom, excuses.majeureUntil);
        unchecked {
            return Logic.le(since + timers.rootMaxAge + excused, t) | Logic.le(since + timers.silenceCap, t);
        }
    }

    /// @dev A stored time; zero: none.
    function _reached(uint256 moment, uint256 t) private pure returns (uint256) {
        return Logic.lt(0, moment) & Logic.le(moment, t);
    }

    /// @dev Zero if there was no such second.
    function _before(uint256 t, uint256 duration) private pure returns (uint256) {
        unchecked {
            return Logic.choose(Logic.le(duration, t), t - duration, 0);
        }
    }

    /// @dev Seconds that [since, t) and [from, until) have in common.
    function _common(uint256 since, uint256 t, uint256 from, uint256 until) private pure returns (uint256) {
        uint256 first = Logic.most(since, from);
        uint256 end = Logic.least(t, until);
        unchecked {
            return Logic.choose(Logic.lt(first, end), end - first, 0);
        }
    }
}
