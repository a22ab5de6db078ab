// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ISafeguards} from "lifeboat/interfaces/ISafeguards.sol";
import {IRegistry} from "lifeboat/interfaces/IRegistry.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {Excuses, Phase, Quorum, Terms} from "lifeboat/types/Types.sol";

import {Typed} from "../base/Typed.sol";
import {VaultTest} from "../base/VaultTest.sol";

/// @notice Announced maintenance, force majeure, and the cap on silence that neither moves.
contract WindowsTest is VaultTest {
    uint40 private beatAt;

    function setUp() public override {
        super.setUp();
        openService();
        beatAt = now_();
    }

    function _maintain(uint40 from, uint40 until) private {
        perform(stranger, maintenanceCall(from, until));
    }

    function _suspectedAt() private view returns (uint256) {
        return vault.timeline().suspectedAt;
    }

    // ------------------------------------------------------------------ maintenance: what is refused

    function test_maintenance_announcedAhead() public {
        uint40 from = now_() + 24 hours;
        bytes memory data = maintenanceCall(from, from + 1 hours);
        vm.expectEmit(address(safeguards()));
        emit ISafeguards.MaintenanceAnnounced(from, from + 1 hours);
        perform(stranger, data);
        Excuses memory excuses = vault.excuses();
        assertEq(excuses.maintenanceFrom, from, "from");
        assertEq(excuses.maintenanceUntil, from + 1 hours, "until");
    }

    function test_maintenance_notSooner() public {
        uint40 from = now_() + 24 hours - 1;
        refuse(
            stranger,
            maintenanceCall(from, from + 1 hours),
            err(Errors.Safeguards_TooSoon.selector, from, now_() + 24 hours)
        );
    }

    function test_maintenance_notLonger() public {
        uint40 from = now_() + 24 hours;
        refuse(
            stranger,
            maintenanceCall(from, from + 12 hours + 1),
            err(Errors.Safeguards_TooLong.selector, 12 hours + 1, 12 hours)
        );
        refuse(stranger, maintenanceCall(from, from), err(Errors.Safeguards_TooSoon.selector, from, from + 1));
        _maintain(from, from + 12 hours);
    }

    function test_maintenance_byTheOperator() public {
        uint40 from = now_() + 24 hours;
        uint256[2] memory others = [backupKey, signerKeys[0]];
        for (uint256 i = 0; i < 2; ++i) {
            bytes memory signature = sig(others[i], digestOf(Typed.maintenance(from, from + 1)));
            refuse(
                stranger,
                abi.encodeCall(ISafeguards.announceMaintenance, (from, from + 1, signature)),
                err(Errors.Signature_Invalid.selector, vm.addr(operatorKey))
            );
        }
        bytes memory good = sig(operatorKey, digestOf(Typed.maintenance(from, from + 1)));
        refuse(
            stranger,
            abi.encodeCall(ISafeguards.announceMaintenance, (from, from + 2, good)),
            err(Errors.Signature_Invalid.selector, vm.addr(operatorKey))
        );
    }

    function test_maintenance_notWhileSuspected() public {
        toSuspected();
        refuse(
            stranger, maintenanceCall(now_() + 24 hours, now_() + 25 hours), err(Errors.Liveness_WrongPhase.selector, 1)
        );
    }

    /// @notice One after the other, with a beat in between: a chain of windows is no silence.
    function test_maintenance_oneAtATime() public {
        uint40 from = now_() + 24 hours;
        _maintain(from, from + 1 hours);
        bytes memory open = err(Errors.Safeguards_WindowOpen.selector, from + 1 hours);
        refuse(stranger, maintenanceCall(from + 2 hours, from + 3 hours), open);
        stayAlive(23 hours);
        vm.warp(from + 2 hours);
        refuse(stranger, maintenanceCall(from + 27 hours, from + 28 hours), open);
        beat();
        _maintain(from + 27 hours, from + 28 hours);
    }

    /// @notice Six windows of twelve hours in ninety days; then not a second more until the first is ninety days gone.
    function test_maintenance_seventyTwoHoursInNinetyDays() public {
        vault = deploy(patientTerms());
        openService();
        uint40 firstEnd = now_() + 36 hours;
        for (uint256 i = 0; i < 6; ++i) {
            _maintain(now_() + 24 hours, now_() + 36 hours);
            stayPatiently(36 hours);
        }
        uint40 from = now_() + 24 hours;
        refuse(
            stranger,
            maintenanceCall(from, from + 1),
            err(Errors.Safeguards_BudgetSpent.selector, 72 hours + 1, 72 hours)
        );
        from = firstEnd + 90 days - 12 hours;
        stayPatiently(from - 25 hours - now_());
        refuse(
            stranger,
            maintenanceCall(from - 1, from + 12 hours - 1),
            err(Errors.Safeguards_BudgetSpent.selector, 84 hours, 72 hours)
        );
        _maintain(from, from + 12 hours);
    }

    // ------------------------------------------------------------------ maintenance: what it does

    /// @notice Silence is put off by exactly what it has in common with the window.
    function test_maintenance_putsSilenceOffByTheOverlap() public {
        uint40 from = now_() + 24 hours;
        _maintain(from, from + 12 hours);
        // The silence would begin when the window does: nothing in common.
        assertEq(_suspectedAt(), beatAt + 24 hours, "not by a window that comes too late");
        warpBy(10 hours);
        beat();
        post(ETH, threeUsers(1 ether));
        post(token, threeUsers(1e6));
        assertEq(_suspectedAt(), now_() + 36 hours, "by all of it");
        vm.warp(from + 5 hours);
        assertPhase(Phase.Live, "in it");
        beat();
        post(ETH, threeUsers(1 ether));
        post(token, threeUsers(1e6));
        assertEq(_suspectedAt(), from + 12 hours + 24 hours, "by the rest of it");
        vm.warp(from + 12 hours);
        beat();
        post(ETH, threeUsers(1 ether));
        post(token, threeUsers(1e6));
        assertEq(_suspectedAt(), now_() + 24 hours, "not any more");
        vm.warp(now_() + 24 hours - 1);
        assertPhase(Phase.Live, "to the second");
        warpBy(1);
        assertPhase(Phase.Suspected, "to the second");
    }

    function test_maintenance_releasesGoOn() public {
        uint40 from = now_() + 24 hours;
        _maintain(from, from + 12 hours);
        fund(ETH, 1 ether);
        warpBy(20 hours);
        beat();
        vm.warp(from + 1);
        perform(stranger, releaseCall(ETH, hotWallet, 1 ether));
    }

    /// @notice Stale roots, requests and the latch are not moved.
    function test_maintenance_putsNothingElseOff() public {
        uint40 from = now_() + 24 hours;
        _maintain(from, from + 12 hours);
        stayAlive(20 hours);
        uint40 postedAt = now_();
        vm.warp(from + 11 hours);
        beat();
        assertEq(_suspectedAt(), from + 12 hours + 24 hours, "silence is put off");
        vm.warp(postedAt + 39 hours);
        beat();
        assertEq(_suspectedAt(), postedAt + 48 hours, "roots grow old all the while");
    }

    function test_maintenance_requestsGoOn() public {
        perform(carol, requestCall(finalTree(ETH), ETH, 2, 25 ether));
        uint40 due = vault.exitRequest(ETH, carol).due;
        stayAlive(5 days);
        _maintain(due - 1 hours, due + 11 hours);
        stayAlive(due - now_());
        perform(stranger, abi.encodeCall(IRegistry.reportUnserved, (ETH, carol)));
        assertPhase(Phase.Suspected, "in the middle of the window");
        assertEq(vault.timeline().latchedAt, due + 48 hours, "and the latch comes when it comes");
    }

    // ------------------------------------------------------------------ force majeure

    function test_majeure_byOperatorAndWatchers() public {
        uint40 until = now_() + 14 days;
        bytes memory data = majeureCall(until);
        vm.expectEmit(address(safeguards()));
        emit ISafeguards.ForceMajeureDeclared(until, keccak256("evidence"));
        perform(stranger, data);
        assertEq(vault.excuses().majeureFrom, now_(), "from now on");
        assertEq(vault.excuses().majeureUntil, until, "until then");
    }

    function test_majeure_neitherAlone() public {
        uint40 until = now_() + 1 days;
        bytes32 hash = Typed.forceMajeure(until, 0);
        bytes memory operator = sig(operatorKey, digestOf(hash));
        Quorum memory one = quorum(watcherKeys, 1, hash);
        Quorum memory two = quorum(watcherKeys, 2, hash);
        refuse(
            stranger,
            abi.encodeCall(ISafeguards.declareForceMajeure, (until, 0, operator, one)),
            err(Errors.Signature_QuorumNotMet.selector, 1, 2)
        );
        bytes memory notHim = err(Errors.Signature_Invalid.selector, vm.addr(operatorKey));
        refuse(
            stranger,
            abi.encodeCall(ISafeguards.declareForceMajeure, (until, 0, sig(backupKey, digestOf(hash)), two)),
            notHim
        );
        refuse(stranger, abi.encodeCall(ISafeguards.declareForceMajeure, (until + 1, 0, operator, two)), notHim);
        refuse(
            stranger,
            abi.encodeCall(ISafeguards.declareForceMajeure, (until, keccak256("other"), operator, two)),
            notHim
        );
    }

    function test_majeure_withoutWatchersThereIsNone() public {
        Terms memory terms = termsFor(token);
        terms.watchers = new address[](0);
        terms.watcherThreshold = 0;
        vault = deploy(terms);
        watcherKeys = new uint256[](0);
        uint40 until = now_() + 1 days;
        Quorum memory nobody = quorum(watcherKeys, 0, 0);
        bytes memory operator = sig(operatorKey, digestOf(Typed.forceMajeure(until, 0)));
        bytes memory why = err(Errors.Safeguards_NoSuchRole.selector);
        refuse(stranger, abi.encodeCall(ISafeguards.declareForceMajeure, (until, 0, operator, nobody)), why);
        refuse(stranger, abi.encodeCall(ISafeguards.raiseAlarm, (0, now_() + 1, nobody)), why);
    }

    function test_majeure_atMostFourteenDays() public {
        refuse(
            stranger, majeureCall(now_() + 14 days + 1), err(Errors.Safeguards_TooLong.selector, 14 days + 1, 14 days)
        );
        refuse(stranger, majeureCall(now_()), err(Errors.Safeguards_TooSoon.selector, now_(), now_() + 1));
    }

    function test_majeure_neverWhileSuspected() public {
        toSuspected();
        refuse(stranger, majeureCall(now_() + 1 days), err(Errors.Liveness_WrongPhase.selector, 1));
        toReturning();
        refuse(stranger, majeureCall(now_() + 1 days), err(Errors.Liveness_WrongPhase.selector, 3));
    }

    function test_majeure_onceAYear() public {
        vault = deploy(patientTerms());
        openService();
        bytes memory first = majeureCall(now_() + 1);
        uint256 next = uint256(now_()) + 365 days;
        perform(stranger, first);
        refuse(stranger, majeureCall(now_() + 1 days), err(Errors.Safeguards_TooSoon.selector, now_(), next));
        stayPatiently(next - 1 - now_());
        refuse(stranger, majeureCall(now_() + 1 days), err(Errors.Safeguards_TooSoon.selector, now_(), next));
        warpBy(1);
        perform(stranger, majeureCall(now_() + 1 days));
    }

    /// @notice Both silence and roots are put off, each by the overlap.
    function test_majeure_putsSilenceAndRootsOff() public {
        perform(stranger, majeureCall(now_() + 3 days));
        assertEq(_suspectedAt(), beatAt + 3 days + 24 hours, "silence first");
        warpBy(2 days);
        beat();
        assertEq(_suspectedAt(), beatAt + 3 days + 24 hours, "silence again");
        vm.warp(beatAt + 3 days + 23 hours + 30 minutes);
        beat();
        // The roots were posted an hour before it was declared.
        assertEq(_suspectedAt(), START + 3 days + 48 hours, "roots next");
        assertEq(vault.liveness().rootsAt, START, "posted then");
    }

    function test_majeure_requestsGoOn() public {
        perform(carol, requestCall(finalTree(ETH), ETH, 2, 25 ether));
        perform(stranger, majeureCall(now_() + 14 days));
        warpBy(7 days);
        perform(stranger, abi.encodeCall(IRegistry.reportUnserved, (ETH, carol)));
        assertPhase(Phase.Suspected, "in the middle of it");
        assertEq(vault.timeline().latchedAt, now_() + 48 hours, "and the latch");
    }

    /// @notice Time in both windows counts once, whichever begins first.
    function test_windows_overlapCountsOnce() public {
        uint40 from = now_() + 24 hours;
        _maintain(from, from + 12 hours);
        warpBy(20 hours);
        beat();
        post(ETH, threeUsers(1 ether));
        post(token, threeUsers(1e6));
        uint40 beaten = now_();
        // Force majeure from before to within the maintenance.
        perform(stranger, majeureCall(from + 6 hours));
        assertEq(_suspectedAt(), beaten + 24 hours + (from + 12 hours - beaten), "one stretch of time");
    }

    function test_windows_maintenanceFirst() public {
        uint40 from = now_() + 24 hours;
        _maintain(from, from + 12 hours);
        stayAlive(20 hours);
        vm.warp(from + 2 hours);
        beat();
        uint40 beaten = now_();
        perform(stranger, majeureCall(from + 20 hours));
        assertEq(_suspectedAt(), beaten + 24 hours + (from + 20 hours - beaten), "one stretch of time");
    }

    // ------------------------------------------------------------------ the cap on silence

    /// @notice Twenty-one days without a beat are twenty-one days, whatever was announced.
    function test_cap_silenceIsImmune() public {
        Terms memory terms = termsFor(token);
        terms.timers.silenceCap = 9 days;
        vault = deploy(terms);
        openService();
        beatAt = now_();
        perform(stranger, majeureCall(now_() + 14 days));
        assertEq(_suspectedAt(), vault.liveness().rootsAt + 9 days, "the roots' cap comes first");
        stayOnRoots(8 days);
        assertEq(_suspectedAt(), beatAt + 9 days, "then that of silence");
        vm.warp(beatAt + 9 days);
        assertPhase(Phase.Suspected, "in the middle of it");
        beat();
        assertPhase(Phase.Live, "a beat is no silence");
    }

    /// @dev Posts without a beat.
    function stayOnRoots(uint256 secs) private {
        warpBy(secs);
        post(ETH, threeUsers(1 ether));
        post(token, threeUsers(1e6));
    }

    function test_cap_rootsAreNotImmuneEither() public {
        perform(stranger, majeureCall(now_() + 14 days));
        for (uint256 i = 0; i < 16; ++i) {
            warpBy(23 hours);
            beat();
        }
        assertEq(_suspectedAt(), START + 14 days + 48 hours, "put off by fourteen days, below the cap");
        Terms memory terms = termsFor(token);
        terms.timers.silenceCap = 9 days;
        vault = deploy(terms);
        uint40 start = now_();
        openService();
        perform(stranger, majeureCall(now_() + 14 days));
        for (uint256 i = 0; i < 9; ++i) {
            warpBy(23 hours);
            beat();
        }
        assertEq(_suspectedAt(), start + 9 days, "roots of nine days are too old");
    }
}
