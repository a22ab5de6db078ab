// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Flags} from "lifeboat/libraries/Flags.sol";
import {PhaseMath} from "lifeboat/shared/PhaseMath.sol";
import {TermsStore} from "lifeboat/shared/TermsStore.sol";
import {Excuses, Liveness, Terms} from "lifeboat/types/Types.sol";

import {TestBase} from "../base/TestBase.sol";

contract ClockHarness is PhaseMath {
    Excuses private _stored;

    constructor(Terms memory terms) TermsStore(terms, address(this)) {}

    function _excuses() internal view override returns (Excuses memory) {
        return _stored;
    }

    function clock(Liveness calldata live, Excuses calldata excuses) external returns (uint256 start, uint256 latchAt) {
        _stored = excuses;
        return _clock(live);
    }
}

/// @notice The clock's arithmetic against somebody who counts seconds.
/// forge-config: default.fuzz.runs = 1000
contract PhaseMathFuzzTest is TestBase {
    uint256 private constant BEGIN = 1000;
    uint256 private constant GRACE = 20;
    uint256 private constant ROOT_MAX_AGE = 30;
    uint256 private constant CAP = 47;
    uint256 private constant CHALLENGE = 15;

    ClockHarness private harness;

    function setUp() public {
        Terms memory terms;
        terms.timers.grace = uint40(GRACE);
        terms.timers.rootMaxAge = uint40(ROOT_MAX_AGE);
        terms.timers.silenceCap = uint40(CAP);
        terms.timers.challengeWindow = uint40(CHALLENGE);
        harness = new ClockHarness(terms);
    }

    function testFuzz_secondBySecond(uint256 seed) public {
        Liveness memory live;
        Excuses memory excuses;
        live.lastBeat = uint40(BEGIN + seed % 24);
        live.rootsAt = uint40(BEGIN + (seed >> 8) % 24);
        live.overdueSince = _sometimes(seed >> 16);
        live.suspectedSince = _sometimes(seed >> 32);
        live.windDownAt = _sometimes(seed >> 48);
        live.flags = (seed >> 60) % 8 == 0 ? 0 : Flags.EXCUSED;
        (excuses.maintenanceFrom, excuses.maintenanceUntil) = _window(seed >> 64);
        (excuses.majeureFrom, excuses.majeureUntil) = _window(seed >> 96);
        excuses.alarmAt = _sometimes(seed >> 128);
        excuses.flickerUntil = _sometimes(seed >> 144);

        (uint256 start, uint256 latchAt) = harness.clock(live, excuses);
        if (live.flags == 0) delete excuses;
        (uint256 expectedStart, uint256 expectedLatch) = _count(live, excuses);
        assertEq(start, expectedStart, "suspicion");
        assertEq(latchAt, expectedLatch, "latch");
    }

    function _sometimes(uint256 seed) private pure returns (uint40) {
        return seed % 3 == 0 ? uint40(BEGIN + (seed >> 2) % 90) : 0;
    }

    function _window(uint256 seed) private pure returns (uint40 from, uint40 until) {
        if (seed % 4 == 0) return (0, 0);
        from = uint40(BEGIN - 20 + (seed >> 2) % 90);
        until = from + 1 + uint40((seed >> 12) % 40);
    }

    /// @dev What somebody knows who has counted up to a second.
    struct Count {
        uint256 silent;
        uint256 stale;
        uint256 own;
        uint256 start;
        uint256 latchAt;
    }

    /// @dev Walks through time, a second a step, and remembers what it has seen.
    function _count(Liveness memory live, Excuses memory excuses)
        private
        pure
        returns (uint256 start, uint256 latchAt)
    {
        Count memory count;
        // On from the latch too: a suspicion may begin after a wind-down has latched, and the timeline says when it would have.
        for (uint256 t = BEGIN; count.latchAt == 0 || count.start == 0; ++t) {
            _see(count, live, excuses, t);
            // Does the second from t to t + 1 count?
            bool majeure = t >= excuses.majeureFrom && t < excuses.majeureUntil;
            bool maintenance = t >= excuses.maintenanceFrom && t < excuses.maintenanceUntil;
            if (t >= live.lastBeat && !majeure && !maintenance) ++count.silent;
            if (t >= live.rootsAt && !majeure) ++count.stale;
        }
        return (count.start, count.latchAt);
    }

    function _see(Count memory count, Liveness memory live, Excuses memory excuses, uint256 t) private pure {
        bool silence = count.silent >= GRACE || t >= live.lastBeat + CAP;
        bool old = count.stale >= ROOT_MAX_AGE || t >= live.rootsAt + CAP;
        bool overdue = live.overdueSince != 0 && t >= live.overdueSince;
        if (count.own == 0 && (silence || old || overdue)) count.own = t;
        bool alarm = excuses.alarmAt != 0 && excuses.alarmAt >= live.lastBeat && t >= excuses.alarmAt;
        bool running = live.suspectedSince != 0 && t >= live.suspectedSince;
        if (count.start == 0 && (count.own != 0 || alarm || running)) count.start = t;
        bool over = count.own != 0 && count.own < excuses.flickerUntil;
        if (count.start != 0 && t >= count.start + CHALLENGE) over = true;
        if (live.windDownAt != 0 && t >= live.windDownAt) over = true;
        if (over && count.latchAt == 0) count.latchAt = t;
    }
}
