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

/// @notice The clock as formulas without a branch, which `phase.py` compares with section 1 of the specification: for all stored times, all
/// seconds and all terms.
/// @dev In these two parts, because solvers that know words know no sums of many times, and those that know sums know no words.
contract PhaseProof is Symbolic {
    uint256 private constant NEVER = type(uint256).max;
    uint40 private constant LAST = type(uint40).max;

    /// Any terms' timers within the constructor's bounds.
    struct Any {
        uint40 grace;
        uint40 rootMaxAge;
        uint40 silenceCap;
        uint40 challengeWindow;
        uint40 returnDelay;
    }

    /// @notice Silence, with maintenance and force majeure announced. No root is old and no request waits.
    function check_silenceIsTheFormula(Any memory timers, Liveness memory live, Excuses memory excuses) public {
        _assumeTerms(timers);
        vm.assume(uint256(live.lastBeat) + timers.silenceCap <= LAST);
        (live.rootsAt, live.overdueSince, live.flags, excuses.alarmAt) = (LAST, 0, Flags.EXCUSED, 0);
        (uint256 own,,) = _probe(timers).causes(live, excuses);
        assert(own == _silentAt(timers, live, excuses));
    }

    /// @notice Old ledgers, with both announced. The last beat is not long ago and no request waits.
    function check_stalenessIsTheFormula(Any memory timers, Liveness memory live, Excuses memory excuses) public {
        _assumeTerms(timers);
        vm.assume(uint256(live.rootsAt) + timers.silenceCap <= LAST);
        (live.lastBeat, live.overdueSince, live.flags, excuses.alarmAt) = (LAST, 0, Flags.EXCUSED, 0);
        (uint256 own,,) = _probe(timers).causes(live, excuses);
        assert(own == _staleAt(timers, live, excuses));
    }

    /// @notice The first of silence, old ledgers and requests counts; the alarm; what is excused at all. Nothing is announced.
    function check_theFirstCauseCounts(Any memory timers, Liveness memory live, Excuses memory excuses) public {
        _assumeTerms(timers);
        (excuses.maintenanceFrom, excuses.maintenanceUntil) = (0, 0);
        (excuses.majeureFrom, excuses.majeureUntil) = (0, 0);
        (uint256 own, uint256 alarm, uint256 flickerUntil) = _probe(timers).causes(live, excuses);
        assert(own == _own(timers, live, excuses));
        assert(alarm == _alarm(live, excuses));
        assert(flickerUntil == Logic.choose(_flag(live), excuses.flickerUntil, 0));
    }

    /// @notice What follows from the causes: when suspicion and latch begin. The service's own cause is silence, at any time.
    function check_clockIsTheFormula(Any memory timers, Liveness memory live, Excuses memory excuses) public {
        (timers.rootMaxAge, timers.silenceCap) = (timers.grace, timers.grace);
        _assumeTerms(timers);
        (live.rootsAt, live.overdueSince) = (live.lastBeat, 0);
        (excuses.maintenanceFrom, excuses.maintenanceUntil) = (0, 0);
        (excuses.majeureFrom, excuses.majeureUntil) = (0, 0);
        (uint256 start, uint256 latchAt) = _probe(timers).clock(live, excuses);
        uint256 own = _own(timers, live, excuses);
        uint256 first = Logic.least(_time(live.suspectedSince), Logic.least(own, _alarm(live, excuses)));
        uint256 flickerUntil = Logic.choose(_flag(live), excuses.flickerUntil, 0);
        uint256 atOnce = Logic.choose(Logic.lt(own, flickerUntil), own, NEVER);
        assert(start == first);
        unchecked {
            uint256 lapsed = first + timers.challengeWindow;
            assert(latchAt == Logic.least(_time(live.windDownAt), Logic.least(atOnce, lapsed)));
        }
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

    // ------------------------------------------------------------------ the formulas, as in `phase.py`

    function _own(Any memory timers, Liveness memory live, Excuses memory excuses) private pure returns (uint256) {
        return Logic.least(
            _time(live.overdueSince), Logic.least(_silentAt(timers, live, excuses), _staleAt(timers, live, excuses))
        );
    }

    function _alarm(Liveness memory live, Excuses memory excuses) private pure returns (uint256) {
        uint256 stands = _flag(live) & Logic.lt(0, excuses.alarmAt) & Logic.le(live.lastBeat, excuses.alarmAt);
        return Logic.choose(stands, excuses.alarmAt, NEVER);
    }

    function _silentAt(Any memory timers, Liveness memory live, Excuses memory excuses) private pure returns (uint256) {
        uint256 since = live.lastBeat;
        uint256 swapped = Logic.lt(excuses.majeureFrom, excuses.maintenanceFrom);
        uint256 from = Logic.choose(swapped, excuses.majeureFrom, excuses.maintenanceFrom);
        uint256 until = Logic.choose(swapped, excuses.majeureUntil, excuses.maintenanceUntil);
        uint256 nextFrom = Logic.choose(swapped, excuses.maintenanceFrom, excuses.majeureFrom);
        uint256 nextUntil = Logic.choose(swapped, excuses.maintenanceUntil, excuses.majeureUntil);
        // Sums of 40-bit values.
        unchecked {
            uint256 first = _putOff(since + timers.grace, since, from, until);
            uint256 both = _putOff(first, Logic.most(since, until), nextFrom, nextUntil);
            uint256 excused = Logic.least(both, since + timers.silenceCap);
            return Logic.choose(_flag(live), excused, since + timers.grace);
        }
    }

    function _staleAt(Any memory timers, Liveness memory live, Excuses memory excuses) private pure returns (uint256) {
        uint256 since = live.rootsAt;
        unchecked {
            uint256 off = _putOff(since + timers.rootMaxAge, since, excuses.majeureFrom, excuses.majeureUntil);
            uint256 excused = Logic.least(off, since + timers.silenceCap);
            return Logic.choose(_flag(live), excused, since + timers.rootMaxAge);
        }
    }

    function _putOff(uint256 deadline, uint256 since, uint256 from, uint256 until) private pure returns (uint256) {
        uint256 stands = Logic.le(deadline, from) | Logic.le(until, since);
        // Where it stands, the difference may be anything.
        unchecked {
            return Logic.choose(stands, deadline, deadline + (until - Logic.most(from, since)));
        }
    }

    /// @dev A stored time; zero: none.
    function _time(uint256 stored) private pure returns (uint256) {
        return Logic.choose(Logic.lt(0, stored), stored, NEVER);
    }

    function _flag(Liveness memory live) private pure returns (uint256) {
        return Logic.lt(0, live.flags & Flags.EXCUSED);
    }
}
