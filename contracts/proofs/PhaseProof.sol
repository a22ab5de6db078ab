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
/// vault is suspected at `t` if so many seconds count until then.
contract PhaseProof is Symbolic {
    /// Any terms' timers within the constructor's bounds.
    struct Any {
        uint40 grace;
        uint40 rootMaxAge;
        uint40 silenceCap;
        uint40 challengeWindow;
        uint40 returnDelay;
    }

    uint256 private constant PAGE = 16;

    /// What is stored.
    struct State {
        Any timers;
        Liveness live;
        Excuses excuses;
    }

    /// @notice Silence, with maintenance and force majeure announced, and what of both is the same time.
    function check_silenceIsTheSpecified(Any memory timers, Liveness memory live, Excuses memory excuses, uint40 t)
        public
    {
        vm.assume(live.rootsAt >= excuses.majeureUntil);
        _checkCauses(timers, live, excuses, t);
    }

    /// @notice Old ledgers, and silence beside them, with force majeure declared.
    function check_stalenessIsTheSpecified(Any memory timers, Liveness memory live, Excuses memory excuses, uint40 t)
        public
    {
        excuses.maintenanceFrom = uint40(PAGE << 8);
        excuses.maintenanceUntil = uint40(PAGE << 8);
        _checkCauses(timers, live, excuses, t);
    }

    /// @notice Suspicion and latch begin when the specification says: by silence, alarms, a suspicion that lasts, a wind-down, too many cures.
    function check_alarmsAreAsSpecified(Any memory timers, Liveness memory live, Excuses memory excuses, uint40 t)
        public
    {
        live.overdueSince = 0;
        live.flags = Flags.EXCUSED;
        _checkClock(timers, live, excuses, t);
    }

    /// @notice The same by requests that nobody serves, with excuses stored and without.
    function check_requestsAreAsSpecified(Any memory timers, Liveness memory live, Excuses memory excuses, uint40 t)
        public
    {
        excuses.alarmAt = 0;
        _checkClock(timers, live, excuses, t);
    }

    function _checkCauses(Any memory timers, Liveness memory live, Excuses memory excuses, uint40 t) private {
        live.overdueSince = 0;
        live.flags = Flags.EXCUSED;
        excuses.alarmAt = 0;
        timers = Any(20, 30, 47, 15, 9);
        _assumeStored(live, excuses, t);
        (uint256 own,,) = _probe(timers).causes(live, excuses);
        assert(Logic.le(own, t) == _own(State(timers, live, excuses), t));
    }

    /// @dev Windows and old ledgers are the other proofs'.
    function _checkClock(Any memory timers, Liveness memory live, Excuses memory excuses, uint40 t) private {
        excuses.maintenanceFrom = uint40(PAGE << 8);
        excuses.maintenanceUntil = uint40(PAGE << 8);
        excuses.majeureFrom = uint40(PAGE << 8);
        excuses.majeureUntil = uint40(PAGE << 8);
        timers = Any(20, 30, 47, 15, 9);
        _assumeStored(live, excuses, t);
        vm.assume(live.rootsAt >= uint256(live.lastBeat) + timers.silenceCap);
        (uint256 start, uint256 latchAt) = _probe(timers).clock(live, excuses);
        State memory state = State(timers, live, excuses);
        if (live.flags & Flags.EXCUSED == 0) delete state.excuses;
        assert(Logic.le(start, t) * 2 + Logic.le(latchAt, t) == _suspected(state, t) * 2 + _latched(state, t));
    }

    /// @notice A phase begins at its time, inclusive, and lasts until the next.
    function check_phaseFollowsTheClock(Any memory timers, uint48 start, uint48 latchAt, uint48 t) public {
        timers = Any(20, 30, 47, 15, 9);
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

    /// @dev What the safeguards and the clock can have stored, and any second, all within 256 seconds.
    function _assumeStored(Liveness memory live, Excuses memory excuses, uint40 t) private pure {
        vm.assume(live.lastBeat >> 8 == PAGE);
        vm.assume(live.rootsAt >> 8 == PAGE);
        vm.assume(t >> 8 == PAGE);
        vm.assume(excuses.maintenanceFrom >> 8 == PAGE);
        vm.assume(excuses.majeureFrom >> 8 == PAGE);
        vm.assume(excuses.maintenanceUntil >> 8 == PAGE);
        vm.assume(excuses.majeureUntil >> 8 == PAGE);
        vm.assume(excuses.maintenanceFrom <= excuses.maintenanceUntil);
        vm.assume(excuses.majeureFrom <= excuses.majeureUntil);
    }

    function _latched(State memory state, uint256 t) private pure returns (uint256) {
        uint256 challenge = state.timers.challengeWindow;
        uint256 lapsed = Logic.le(challenge, t) & _suspected(state, _before(t, challenge));
        // Of the service's own doing, and begun before `flickerUntil`: by the second before it.
        uint256 until = state.excuses.flickerUntil;
        uint256 some = Logic.lt(0, until);
        unchecked {
            uint256 flicker = some & _own(state, Logic.least(t, until - some));
            return lapsed | flicker | _reached(state.live.windDownAt, t);
        }
    }

    function _suspected(State memory state, uint256 t) private pure returns (uint256) {
        uint256 alarm = Logic.le(state.live.lastBeat, state.excuses.alarmAt) & _reached(state.excuses.alarmAt, t);
        return alarm | _reached(state.live.suspectedSince, t) | _own(state, t);
    }

    function _own(State memory state, uint256 t) private pure returns (uint256) {
        return _silent(state, t) | _stale(state, t) | _reached(state.live.overdueSince, t);
    }

    /// @dev More seconds since the last beat than the grace, those in a window not counted; or as many as nothing excuses.
    function _silent(State memory state, uint256 t) private pure returns (uint256) {
        uint256 since = state.live.lastBeat;
        Excuses memory excuses = state.excuses;
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
            return Logic.le(since + state.timers.grace + either, t) | Logic.le(since + state.timers.silenceCap, t);
        }
    }

    /// @dev The same of the oldest newest root; maintenance excuses nothing here.
    function _stale(State memory state, uint256 t) private pure returns (uint256) {
        uint256 since = state.live.rootsAt;
        uint256 excused = _common(since, t, state.excuses.majeureFrom, state.excuses.majeureUntil);
        unchecked {
            return Logic.le(since + state.timers.rootMaxAge + excused, t) | Logic.le(since + state.timers.silenceCap, t);
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
