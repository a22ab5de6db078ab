// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ISafeguards} from "lifeboat/interfaces/ISafeguards.sol";
import {IRegistry} from "lifeboat/interfaces/IRegistry.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {Conduct, Phase, Quorum, Timeline} from "lifeboat/types/Types.sol";

import {Typed} from "../base/Typed.sol";
import {VaultTest} from "../base/VaultTest.sol";

/// @notice Watchers can start a suspicion, which a beat ends; and suspicions of the service's own doing are counted.
contract AlarmsTest is VaultTest {
    function setUp() public override {
        super.setUp();
        openService();
    }

    function _raise() private {
        perform(stranger, alarmCall(now_() + 1 days));
    }

    // ------------------------------------------------------------------ the alarm

    function test_alarm_startsSuspicionAtOnce() public {
        bytes memory data = alarmCall(now_() + 7 days);
        vm.expectEmit(address(safeguards()));
        emit ISafeguards.AlarmRaised(keccak256("evidence"));
        perform(stranger, data);
        Timeline memory line = vault.timeline();
        assertEq(line.suspectedAt, now_(), "at once");
        assertEq(line.latchedAt, now_() + 48 hours, "with the whole challenge window");
        assertPhase(Phase.Suspected, "suspected");
        fund(ETH, 1 ether);
        refuse(stranger, releaseCall(ETH, hotWallet, 1), err(Errors.Liveness_WrongPhase.selector, 1));
    }

    function test_alarm_byTheWatchers() public {
        bytes32 hash = Typed.alarm(0, now_() + 1);
        Quorum memory one = quorum(watcherKeys, 1, hash);
        refuse(
            stranger,
            abi.encodeCall(ISafeguards.raiseAlarm, (0, now_() + 1, one)),
            err(Errors.Signature_QuorumNotMet.selector, 1, 2)
        );
        Quorum memory two = quorum(guardianKeys, 2, hash);
        refuse(
            stranger,
            abi.encodeCall(ISafeguards.raiseAlarm, (0, now_() + 1, two)),
            err(Errors.Signature_UnknownMembers.selector)
        );
        two = quorum(watcherKeys, 2, hash);
        bytes memory why = err(Errors.Signature_NotAMember.selector, 0);
        refuse(stranger, abi.encodeCall(ISafeguards.raiseAlarm, (keccak256("x"), now_() + 1, two)), why);
        refuse(stranger, abi.encodeCall(ISafeguards.raiseAlarm, (0, now_() + 2, two)), why);
    }

    function test_alarm_deadline() public {
        refuse(stranger, alarmCall(now_() + 7 days + 1), err(Errors.Safeguards_TooLong.selector, 7 days + 1, 7 days));
        refuse(stranger, alarmCall(now_() - 1), err(Errors.Signature_Expired.selector, now_() - 1));
        perform(stranger, alarmCall(now_()));
    }

    function test_alarm_onceInSevenDays() public {
        bytes memory first = alarmCall(now_() + 7 days);
        perform(stranger, first);
        uint256 raised = now_();
        warpBy(1);
        beat();
        bytes memory soon_ = err(Errors.Safeguards_TooSoon.selector, now_(), raised + 7 days + 1);
        refuse(stranger, alarmCall(now_() + 1 days), soon_);
        stayAlive(raised + 7 days - now_());
        // The first one's signatures to their last second.
        refuse(stranger, first, err(Errors.Safeguards_TooSoon.selector, now_(), raised + 7 days + 1));
        warpBy(1);
        refuse(stranger, first, err(Errors.Signature_Expired.selector, raised + 7 days));
        _raise();
    }

    function test_alarm_notWhileSuspectedNorAfter() public {
        toSuspected();
        refuse(stranger, alarmCall(now_() + 1), err(Errors.Liveness_WrongPhase.selector, 1));
        toLatched();
        refuse(stranger, alarmCall(now_() + 1), err(Errors.Liveness_WrongPhase.selector, 2));
    }

    function test_alarm_curedByABeatOnly() public {
        _raise();
        uint256 raised = now_();
        // A beat in the same second may be older than the alarm.
        beat();
        assertPhase(Phase.Suspected, "not by a beat of the same second");
        warpBy(1);
        post(ETH, threeUsers(1 ether));
        post(token, threeUsers(1e6));
        assertPhase(Phase.Suspected, "not by a ledger");
        assertEq(vault.timeline().suspectedAt, raised, "since then");
        beat();
        assertPhase(Phase.Live, "by a beat");
        assertEq(vault.conduct().curedAt, now_(), "remembered");
    }

    function test_alarm_latchesWhereNobodyBeats() public {
        _raise();
        warpBy(48 hours - 1);
        assertPhase(Phase.Suspected, "to the last second");
        warpBy(1);
        assertPhase(Phase.Latched, "then no more");
    }

    /// @notice Raised as often as it may be and answered each time: never a flicker.
    function test_alarm_isNeverHeldAgainstTheService() public {
        for (uint256 i = 0; i < 5; ++i) {
            _raise();
            warpBy(1);
            beat();
            assertPhase(Phase.Live, "answered");
            stayAlive(7 days);
        }
        Conduct memory conduct = vault.conduct();
        assertEq(conduct.lastCure, 0, "no cure is counted");
        assertEq(conduct.downtime, 0, "nor downtime");
        assertEq(vault.excuses().flickerUntil, 0, "nor a flicker");
    }

    /// @notice An alarm in the time after three cures is answered as any other.
    function test_alarm_cannotLatchByItself() public {
        _flicker();
        _flicker();
        _flicker();
        _raise();
        assertPhase(Phase.Suspected, "not at once");
        assertEq(vault.timeline().latchedAt, now_() + 24 hours, "only by the silence that would follow");
        warpBy(1);
        beat();
        assertPhase(Phase.Live, "answered");
    }

    // ------------------------------------------------------------------ flickers

    /// @dev A suspicion by silence, cured a second after it began.
    function _flicker() private {
        vm.warp(vault.timeline().suspectedAt + 1);
        beat();
        post(ETH, threeUsers(1 ether));
        attest(ETH);
        post(token, threeUsers(1e6));
        attest(token);
        assertPhase(Phase.Live, "cured");
    }

    function test_flicker_threeTimesThenAtOnce() public {
        _flicker();
        uint256 first = now_();
        assertEq(vault.excuses().flickerUntil, 0, "once is nothing");
        _flicker();
        uint256 second = now_();
        assertEq(vault.excuses().flickerUntil, 0, "twice neither");
        assertEq(vault.timeline().latchedAt, vault.timeline().suspectedAt + 48 hours, "with a challenge window");
        _flicker();
        Conduct memory conduct = vault.conduct();
        assertEq(conduct.thirdLastCure, first, "the first");
        assertEq(conduct.secondLastCure, second, "the second");
        assertEq(conduct.lastCure, now_(), "the third");
        assertEq(conduct.downtime, 3, "three seconds in all");
        assertEq(vault.excuses().flickerUntil, first + 30 days, "until the first is forgotten");
        Timeline memory line = vault.timeline();
        assertEq(line.latchedAt, line.suspectedAt, "no more windows");
        vm.warp(line.suspectedAt - 1);
        assertPhase(Phase.Live, "to the second");
        warpBy(1);
        assertPhase(Phase.Latched, "then at once");
        vm.roll(block_() + 1);
        refuse(stranger, beatCall(), err(Errors.Liveness_WrongPhase.selector, 2));
    }

    function test_flicker_byAnUnservedRequestToo() public {
        perform(carol, requestCall(finalTree(ETH), ETH, 2, 25 ether));
        _flicker();
        _flicker();
        _flicker();
        stayAlive(4 days);
        assertPhase(Phase.Live, "going on");
        perform(stranger, abi.encodeCall(IRegistry.reportUnserved, (ETH, carol)));
        assertPhase(Phase.Latched, "at once");
        assertEq(vault.timeline().latchedAt, now_(), "now");
    }

    function test_flicker_isForgotten() public {
        _flicker();
        uint256 first = now_();
        _flicker();
        _flicker();
        stayAlive(first + 30 days - now_() - 24 hours - 1);
        Timeline memory line = vault.timeline();
        assertEq(line.suspectedAt, first + 30 days - 1, "a second too soon");
        assertEq(line.latchedAt, line.suspectedAt, "at once");
        warpBy(1);
        beat();
        line = vault.timeline();
        assertEq(line.suspectedAt, first + 30 days, "when it is forgotten");
        assertEq(line.latchedAt, line.suspectedAt + 48 hours, "there is a window again");
        toSuspected();
        assertPhase(Phase.Suspected, "and a way back");
        beat();
        assertPhase(Phase.Live, "taken");
    }

    /// @notice Cures further apart than thirty days are no flicker, however many.
    function test_flicker_seldomIsNone() public {
        _flicker();
        for (uint256 i = 0; i < 4; ++i) {
            stayAlive(14 days);
            _flicker();
            // The third one before it is always 30 days gone.
            assertEq(vault.excuses().flickerUntil, 0, "never three in thirty days");
        }
    }

    /// @notice Watchers who raise the alarm besides do not make a cure uncounted: the service served what was overdue, then beat.
    function test_flicker_countsThoughTheAlarmStands() public {
        perform(carol, requestCall(finalTree(ETH), ETH, 2, 25 ether));
        stayAlive(7 days);
        _raise();
        uint256 since = now_();
        warpBy(1 hours);
        perform(stranger, abi.encodeCall(IRegistry.reportUnserved, (ETH, carol)));
        warpBy(1 hours);
        payOut(ETH, 2, 25 ether);
        assertPhase(Phase.Suspected, "the alarm stands");
        Conduct memory conduct = vault.conduct();
        assertEq(conduct.lastCure, now_(), "but what was the service's own is cured");
        assertEq(conduct.downtime, 2 hours, "and counted");
        assertEq(conduct.curedAt, 0, "the suspicion goes on");
        assertEq(vault.timeline().suspectedAt, since, "since then");
        warpBy(1 hours);
        beat();
        assertPhase(Phase.Live, "answered");
        conduct = vault.conduct();
        assertEq(conduct.curedAt, now_(), "cured");
        assertEq(conduct.secondLastCure, 0, "once");
        assertEq(conduct.downtime, 2 hours, "the alarm's hour is not the service's");
    }

    /// @notice The same suspicion lasts while the alarm stands: what is cured twice within it is two cures, and no second counts twice.
    function test_flicker_twiceWithinOneSuspicion() public {
        perform(bob, requestCall(finalTree(ETH), ETH, 1, 1 ether));
        perform(carol, requestCall(finalTree(ETH), ETH, 2, 25 ether));
        stayAlive(7 days);
        _raise();
        warpBy(1 hours);
        perform(stranger, abi.encodeCall(IRegistry.reportUnserved, (ETH, bob)));
        payOut(ETH, 1, 1 ether);
        warpBy(1 hours);
        perform(stranger, abi.encodeCall(IRegistry.reportUnserved, (ETH, carol)));
        payOut(ETH, 2, 25 ether);
        Conduct memory conduct = vault.conduct();
        assertEq(conduct.lastCure - conduct.secondLastCure, 1 hours, "two");
        assertEq(conduct.downtime, 2 hours, "since the suspicion began, once");
    }

    /// @notice One suspicion of several causes, cured one by one, is one.
    function test_flicker_partsOfOneSuspicionCountOnce() public {
        vm.warp(vault.timeline().suspectedAt + 40 hours);
        uint256 since = vault.timeline().suspectedAt;
        beat();
        assertPhase(Phase.Suspected, "roots are stale too");
        post(ETH, threeUsers(1 ether));
        assertPhase(Phase.Suspected, "and the other asset's");
        assertEq(vault.timeline().suspectedAt, since, "since then");
        post(token, threeUsers(1e6));
        assertPhase(Phase.Live, "cured");
        Conduct memory conduct = vault.conduct();
        assertEq(conduct.lastCure, now_(), "one");
        assertEq(conduct.secondLastCure, 0, "not two");
        assertEq(conduct.downtime, 40 hours, "all of the time");
    }
}
