// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ISafeguards} from "lifeboat/interfaces/ISafeguards.sol";
import {IRegistry} from "lifeboat/interfaces/IRegistry.sol";
import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {Liveness, Phase, Timeline} from "lifeboat/types/Types.sol";

import {VaultTest} from "../base/VaultTest.sol";

/// @notice Beats, the causes of suspicion and their cure, wind-down, and the latch that nothing undoes.
contract LivenessTest is VaultTest {
    // ------------------------------------------------------------------ beats

    function test_beat_movesTheClock() public {
        warpBy(5 hours);
        vm.roll(block_() + 1);
        bytes memory data = beatCall();
        vm.expectEmit(address(vault));
        emit IVaultCore.Beat(block_() - 1);
        perform(stranger, data);
        assertEq(vault.liveness().lastBeat, now_(), "last beat");
        assertEq(vault.liveness().lastBeatBlock, block_() - 1, "last block");
        assertEq(vault.timeline().suspectedAt, now_() + 24 hours, "a whole grace from now");
    }

    function test_beat_mustBeNewer() public {
        beat();
        uint256 last = block_() - 1;
        bytes memory stale = err(Errors.Liveness_BeatNotNewer.selector, last, last);
        refuse(stranger, beatCall(operatorKey, last, blockhash(last)), stale);
        vm.roll(block_() + 5);
        refuse(stranger, beatCall(operatorKey, last, blockhash(last)), stale);
        stale = err(Errors.Liveness_BeatNotNewer.selector, last - 1, last);
        refuse(stranger, beatCall(operatorKey, last - 1, blockhash(last - 1)), stale);
        perform(stranger, beatCall(operatorKey, last + 1, blockhash(last + 1)));
    }

    function test_beat_namesOneOfTheLast256Blocks() public {
        uint256 present = block_();
        bytes32 hash = blockhash(present - 256);
        assertFalse(hash == 0, "256 blocks back is known");
        _refuseHash(present, keccak256("not yet known"));
        _refuseHash(present + 1, keccak256("the future"));
        _refuseHash(present - 257, keccak256("forgotten"));
        _refuseHash(present - 257, 0);
        _refuseHash(present - 1, keccak256("wrong"));
        perform(stranger, beatCall(operatorKey, present - 256, hash));
    }

    function _refuseHash(uint256 number, bytes32 hash) private {
        refuse(stranger, beatCall(operatorKey, number, hash), err(Errors.Liveness_BlockHashMismatch.selector, number));
    }

    function test_beat_onlyTheOperatorSigns() public {
        uint256 number = block_() - 1;
        bytes memory invalid = err(Errors.Signature_Invalid.selector, vm.addr(operatorKey));
        refuse(stranger, beatCall(signerKeys[0], number, blockhash(number)), invalid);
        refuse(stranger, abi.encodeCall(IVaultCore.beat, (number, blockhash(number), "")), invalid);
        refuse(stranger, abi.encodeCall(IVaultCore.beat, (number, blockhash(number), new bytes(65))), invalid);
    }

    // ------------------------------------------------------------------ causes

    function test_cause_silence() public {
        openService();
        uint256 last = vault.liveness().lastBeat;
        vm.warp(last + 24 hours - 1);
        assertPhase(Phase.Live, "within the grace");
        vm.warp(last + 24 hours);
        assertPhase(Phase.Suspected, "silent for the grace");
        vm.warp(last + 72 hours);
        assertPhase(Phase.Latched, "challenge window lapsed");
        vm.warp(last + 144 hours);
        assertPhase(Phase.Returning, "return delay lapsed");
    }

    function test_cause_staleRoot() public {
        openService();
        uint256 posted = START;
        assertEq(vault.liveness().rootsAt, posted, "posting time");
        vm.warp(posted + 20 hours);
        beat();
        vm.warp(posted + 40 hours);
        beat();
        assertEq(vault.timeline().suspectedAt, posted + 48 hours, "root age, whatever the beats say");
    }

    function test_cause_oneAssetWithoutRoot() public {
        fund(ETH, 175 ether);
        warpBy(10 hours);
        post(ETH, threeUsers(1 ether));
        assertEq(vault.liveness().rootsAt, START, "the token's root is missing since deployment");
        fund(token, 175e6);
        warpBy(2 hours);
        post(token, threeUsers(1e6));
        assertEq(vault.liveness().rootsAt, START + 10 hours, "now the older of the two postings");
    }

    function test_cause_unservedRequest() public {
        openService();
        perform(carol, requestCall(finalTree(ETH), ETH, 2, 25 ether));
        uint40 due = now_() + 7 days;
        stayAlive(7 days - 1);
        refuse(
            stranger,
            abi.encodeCall(IRegistry.reportUnserved, (ETH, carol)),
            err(Errors.Liveness_RequestNotDue.selector, due)
        );
        warpBy(1);
        bytes memory report = abi.encodeCall(IRegistry.reportUnserved, (ETH, carol));
        vm.expectEmit(registry());
        emit IRegistry.ExitUnserved(carol, ETH);
        perform(stranger, report);
        assertPhase(Phase.Suspected, "beating and posting, but not serving");
        assertEq(vault.liveness().overdueSince, due, "since the report");
        assertEq(vault.liveness().overdueCount, 1, "one request");
    }

    // ------------------------------------------------------------------ cure

    function test_cure_byBeat() public {
        openService();
        toSuspected();
        warpBy(48 hours - 1);
        fresh();
        assertPhase(Phase.Live, "cured in the last second");
        assertEq(vault.liveness().suspectedSince, 0, "no suspicion runs");
    }

    function test_cure_tellsWhenTheSuspicionBegan() public {
        openService();
        toSuspected();
        uint256 begin = now_();
        warpBy(1 hours);
        vm.roll(block_() + 1);
        bytes memory data = beatCall();
        vm.expectEmit(address(vault));
        emit IVaultCore.SuspicionCured(begin);
        perform(stranger, data);
    }

    /// @dev Beats and posts both assets.
    function fresh() internal {
        beat();
        post(ETH, threeUsers(1 ether));
        post(token, threeUsers(1e6));
    }

    function test_cure_rotatingCausesDoesNotStopTheClock() public {
        openService();
        toSuspected();
        uint256 begin = now_();
        warpBy(40 hours);
        // Silent since `begin`, and the roots have grown stale meanwhile: a beat alone is no cure.
        beat();
        assertEq(vault.liveness().suspectedSince, begin, "the suspicion keeps its beginning");
        assertEq(vault.timeline().latchedAt, begin + 48 hours, "and its end");
        post(ETH, threeUsers(1 ether));
        assertPhase(Phase.Suspected, "the token's root is stale still");
        assertEq(vault.timeline().latchedAt, begin + 48 hours, "no second gained");
        post(token, threeUsers(1e6));
        assertPhase(Phase.Live, "all causes cured");
        assertEq(vault.liveness().suspectedSince, 0, "forgotten");
    }

    function test_cure_roundAboutCannotOutliveTheWindow() public {
        openService();
        toSuspected();
        uint256 latchAt = vault.timeline().latchedAt;
        warpBy(40 hours);
        beat();
        vm.warp(latchAt);
        assertPhase(Phase.Latched, "a beat without a root gains nothing");
        refuse(stranger, commitCall(inputFor(ETH, threeUsers(1 ether))), err(Errors.Liveness_WrongPhase.selector, 2));
    }

    function test_cure_needsEveryOverdueRequestClosed() public {
        openService();
        perform(carol, requestCall(finalTree(ETH), ETH, 2, 25 ether));
        perform(bob, requestCall(finalTree(token), token, 1, 1e6));
        stayAlive(7 days);
        perform(stranger, abi.encodeCall(IRegistry.reportUnserved, (ETH, carol)));
        uint256 begin = now_();
        warpBy(1 hours);
        perform(stranger, abi.encodeCall(IRegistry.reportUnserved, (token, bob)));
        assertEq(vault.liveness().overdueCount, 2, "two");
        assertEq(vault.liveness().overdueSince, begin, "since the first");
        payOut(ETH, 2, 25 ether);
        assertPhase(Phase.Suspected, "one is open still");
        assertEq(vault.liveness().suspectedSince, begin, "since the first report");
        payOut(token, 1, 1e6);
        assertPhase(Phase.Live, "all served");
        Liveness memory live = vault.liveness();
        assertEq(live.overdueCount + live.overdueSince + live.suspectedSince, 0, "nothing left of it");
    }

    function test_live_beatOfAHealthyServiceTellsNoCure() public {
        openService();
        vm.roll(block_() + 1);
        vm.recordLogs();
        perform(stranger, beatCall());
        assertEq(vm.getRecordedLogs().length, 1, "the beat alone");
    }

    // ------------------------------------------------------------------ wind-down

    function test_windDown_latchesALivingService() public {
        openService();
        uint40 latchAt = now_() + 30 days;
        bytes memory data = windDownCall(latchAt, soon());
        vm.expectEmit(address(safeguards()));
        emit ISafeguards.WindDownAnnounced(latchAt);
        perform(stranger, data);
        assertEq(vault.liveness().windDownAt, latchAt, "stored");
        stayAlive(30 days - 1);
        assertPhase(Phase.Live, "alive to the last second");
        assertEq(vault.timeline().latchedAt, latchAt, "latch time");
        warpBy(1);
        assertPhase(Phase.Latched, "never suspected, latched");
        vm.roll(block_() + 1);
        refuse(stranger, beatCall(), err(Errors.Liveness_WrongPhase.selector, 2));
        perform(stranger, abi.encodeCall(IVaultCore.latch, ()));
        assertGt(vault.recovery(ETH).epoch, 1, "the newest final ledger counts");
        warpBy(72 hours);
        assertPhase(Phase.Returning, "return delay");
    }

    function test_windDown_conditions() public {
        openService();
        uint40 earliest = now_() + 30 days;
        refuse(
            stranger,
            windDownCall(earliest - 1, soon()),
            err(Errors.Liveness_WindDownTooSoon.selector, earliest - 1, earliest)
        );
        refuse(
            stranger, windDownCall(earliest, now_() - 1), err(Errors.Signature_Expired.selector, uint256(now_() - 1))
        );
        perform(stranger, windDownCall(earliest, now_()));
        refuse(
            stranger,
            windDownCall(earliest + 1, soon()),
            err(Errors.Liveness_WindDownAnnounced.selector, uint256(earliest))
        );
    }

    function test_windDown_doesNotDelayALatch() public {
        openService();
        perform(stranger, windDownCall(now_() + 300 days, soon()));
        Timeline memory line = vault.timeline();
        assertEq(line.latchedAt, line.suspectedAt + 48 hours, "silence latches first");
    }

    function test_windDown_inTheChallengeWindowLatchesSooner() public {
        openService();
        uint40 latchAt = now_() + 30 days;
        perform(stranger, windDownCall(latchAt, soon()));
        stayAlive(28 days);
        toSuspected();
        assertGt(latchAt, now_(), "suspected before the wind-down");
        assertEq(vault.timeline().latchedAt, latchAt, "which comes before the window lapses");
        vm.warp(latchAt);
        assertPhase(Phase.Latched, "wound down");
    }

    // ------------------------------------------------------------------ the latch is terminal

    function test_latch_timelineStandsStillForEver() public {
        openService();
        perform(carol, requestCall(finalTree(ETH), ETH, 2, 25 ether));
        Timeline memory line = vault.timeline();
        uint40[3] memory times = [line.latchedAt, line.returnAt, line.pushAt + 3650 days];
        for (uint256 i = 0; i < times.length; ++i) {
            vm.warp(times[i]);
            bytes memory wrong = err(Errors.Liveness_WrongPhase.selector, i == 0 ? 2 : 3);
            vm.roll(block_() + 1);
            refuse(stranger, beatCall(), wrong);
            refuse(stranger, commitCall(inputFor(ETH, threeUsers(1 ether))), wrong);
            refuse(stranger, windDownCall(now_() + 30 days, soon()), wrong);
            refuse(stranger, abi.encodeCall(IRegistry.reportUnserved, (ETH, carol)), wrong);
            refuse(carol, abi.encodeCall(IRegistry.cancelExit, (ETH)), wrong);
            perform(stranger, abi.encodeCall(IVaultCore.latch, ()));
            assertEq(keccak256(abi.encode(vault.timeline())), keccak256(abi.encode(line)), "the times moved");
        }
    }
}
