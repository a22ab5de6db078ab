// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IRegistry} from "lifeboat/interfaces/IRegistry.sol";
import {ISafeguards} from "lifeboat/interfaces/ISafeguards.sol";
import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {Leaf, Phase, Quorum, Round, Terms} from "lifeboat/types/Types.sol";

import {Typed} from "../base/Typed.sol";
import {VaultTest} from "../base/VaultTest.sol";

/// @notice Guardians stop the outflow for a while, and nothing else.
contract FreezesTest is VaultTest {
    function setUp() public override {
        super.setUp();
        vault = deploy(patientTerms());
        openService();
        fund(ETH, 10 ether);
    }

    function _frozen(uint40 until) private pure returns (bytes memory) {
        return err(Errors.Gate_Frozen.selector, uint256(until));
    }

    // ------------------------------------------------------------------ what it stops

    function test_freeze_stopsTheOutflowToTheSecond() public {
        perform(stranger, queueCall(ETH, hotWallet, 1 ether, 1));
        stayPatiently(48 hours);
        uint40 until = now_() + 72 hours;
        bytes memory data = freezeCall(until);
        vm.expectEmit(address(safeguards()));
        emit ISafeguards.Frozen(until, keccak256("evidence"));
        perform(stranger, data);
        assertEq(vault.frozenUntil(), until, "until then");
        for (uint256 i = 0; i < 2; ++i) {
            refuse(stranger, releaseCall(ETH, hotWallet, 1), _frozen(until));
            refuse(stranger, hotReleaseCall(ETH, hotWallet, 1), _frozen(until));
            refuse(stranger, executeCall(ETH, hotWallet, 1 ether, 1), _frozen(until));
            refuse(stranger, payOutCall(finalTree(ETH), ETH, 0, 1), _frozen(until));
            refuse(stranger, hotPayOutCall(finalTree(token), token, 0, 1), _frozen(until));
            vm.warp(until - 1);
        }
        vm.warp(until);
        perform(stranger, releaseCall(ETH, hotWallet, 1));
        perform(stranger, hotReleaseCall(ETH, hotWallet, 1));
        perform(stranger, executeCall(ETH, hotWallet, 1 ether, 1));
        payOut(ETH, 0, 1);
        perform(stranger, hotPayOutCall(finalTree(token), token, 0, 1));
    }

    // ------------------------------------------------------------------ who and how long

    function test_freeze_bySoManyGuardians() public {
        uint40 until = now_() + 1 hours;
        bytes32 hash = Typed.freeze(until, 0);
        Quorum memory q = quorum(guardianKeys, 1, hash);
        refuse(
            stranger,
            abi.encodeCall(ISafeguards.freeze, (until, 0, q)),
            err(Errors.Signature_QuorumNotMet.selector, 1, 2)
        );
        q = quorum(watcherKeys, 2, hash);
        refuse(
            stranger, abi.encodeCall(ISafeguards.freeze, (until, 0, q)), err(Errors.Signature_UnknownMembers.selector)
        );
        q = quorum(guardianKeys, 2, hash);
        bytes memory why = err(Errors.Signature_NotAMember.selector, 0);
        refuse(stranger, abi.encodeCall(ISafeguards.freeze, (until + 1, 0, q)), why);
        refuse(stranger, abi.encodeCall(ISafeguards.freeze, (until, keccak256("other"), q)), why);
        perform(stranger, abi.encodeCall(ISafeguards.freeze, (until, 0, q)));
    }

    function test_freeze_atMostThreeDays() public {
        refuse(
            stranger, freezeCall(now_() + 72 hours + 1), err(Errors.Safeguards_TooLong.selector, 72 hours + 1, 72 hours)
        );
        refuse(stranger, freezeCall(now_()), err(Errors.Safeguards_TooSoon.selector, now_(), now_() + 1));
        perform(stranger, freezeCall(now_() + 72 hours));
    }

    function test_freeze_cooldownOfTwiceTheLongest() public {
        uint40 until = now_() + 1 hours;
        bytes memory first = freezeCall(until);
        perform(stranger, first);
        uint256 earliest = uint256(until) + 144 hours;
        refuse(stranger, first, err(Errors.Safeguards_TooSoon.selector, now_(), earliest));
        stayPatiently(earliest - 1 - now_());
        refuse(stranger, freezeCall(now_() + 1 hours), err(Errors.Safeguards_TooSoon.selector, now_(), earliest));
        refuse(stranger, first, err(Errors.Safeguards_TooSoon.selector, uint256(until), now_() + 1));
        warpBy(1);
        perform(stranger, freezeCall(now_() + 1 hours));
    }

    function test_freeze_atMostTwentyOneDaysAYear() public {
        uint40 firstEnd = now_() + 72 hours;
        for (uint256 i = 0; i < 7; ++i) {
            perform(stranger, freezeCall(now_() + 72 hours));
            stayPatiently(72 hours + 144 hours);
        }
        refuse(stranger, freezeCall(now_() + 72 hours), err(Errors.Safeguards_BudgetSpent.selector, 24 days, 21 days));
        refuse(stranger, freezeCall(now_() + 1), err(Errors.Safeguards_BudgetSpent.selector, 21 days + 1, 21 days));
        // Until the first one ended more than a year before the new one ends.
        stayPatiently(uint256(firstEnd) + 365 days - 72 hours - 1 - now_());
        refuse(stranger, freezeCall(now_() + 72 hours), err(Errors.Safeguards_BudgetSpent.selector, 24 days, 21 days));
        warpBy(1);
        perform(stranger, freezeCall(now_() + 72 hours));
    }

    /// @notice Eight short ones a year: the ninth would have to be forgotten.
    function test_freeze_atMostEightAYear() public {
        for (uint256 i = 0; i < 8; ++i) {
            perform(stranger, freezeCall(now_() + 1 hours));
            stayPatiently(145 hours);
        }
        refuse(stranger, freezeCall(now_() + 1 hours), err(Errors.Safeguards_BudgetSpent.selector, 9 hours, 21 days));
    }

    function test_freeze_whileSuspectedButNotAfterTheLatch() public {
        toSuspected();
        uint256 world = vm.snapshotState();
        perform(stranger, freezeCall(now_() + 72 hours));
        assertPhase(Phase.Suspected, "no cure");
        vm.revertToState(world);
        toLatched();
        refuse(stranger, freezeCall(now_() + 72 hours), err(Errors.Liveness_WrongPhase.selector, 2));
        toReturning();
        refuse(stranger, freezeCall(now_() + 72 hours), err(Errors.Liveness_WrongPhase.selector, 3));
    }

    // ------------------------------------------------------------------ what it does not stop

    /// @notice The clock does not see a freeze.
    function test_freeze_movesNoTimeline() public {
        bytes32 before = keccak256(abi.encode(vault.timeline()));
        perform(stranger, freezeCall(now_() + 72 hours));
        assertEq(keccak256(abi.encode(vault.timeline())), before, "the same times");
    }

    /// @notice Every entry point but the outflow, while a freeze lasts: living, suspected, latched and returning.
    function test_freeze_everyExitStaysOpen() public {
        Terms memory terms = termsFor(token);
        terms.timers.returnDelay = 24 hours;
        terms.timers.challengeWindow = 24 hours;
        terms.timers.headStart = 0;
        terms.timers.serveDeadline = 6 days;
        vault = deploy(terms);
        openService();
        performWith(alice, 10 ether, depositCall(ETH, alice, 10 ether));
        performWith(bob, 3 ether, abi.encodeCall(IVaultCore.depositToLedger, (ETH, bob, 3 ether)));
        perform(carol, requestCall(finalTree(ETH), ETH, 2, 10 ether));
        perform(bob, requestCall(finalTree(token), token, 1, 50e6));
        stayAlive(6 days - 6 hours);
        payOut(ETH, 0, 1 ether);

        perform(stranger, freezeCall(now_() + 72 hours));
        _whileLive();
        warpBy(5 hours);
        perform(stranger, abi.encodeCall(IRegistry.reportUnserved, (ETH, carol)));
        assertPhase(Phase.Suspected, "the unserved request counts");
        _whileSuspected();
        warpBy(24 hours);
        assertPhase(Phase.Latched, "and latches");
        perform(stranger, abi.encodeCall(IVaultCore.latch, ()));
        perform(bob, abi.encodeCall(IVaultCore.withdraw, (ETH, bob, 1 ether)));
        perform(stranger, countCall(finalTree(ETH), ETH, 0));
        perform(stranger, abi.encodeCall(IVaultCore.refundPending, (ETH, 1)));
        warpBy(24 hours);
        _whileReturning();
        assertGt(vault.frozenUntil(), now_(), "all of it while frozen");
    }

    function _whileLive() private {
        performWith(alice, 1 ether, abi.encodeWithSignature("depositForSelf()"));
        performWith(alice, 1 ether, depositCall(ETH, bob, 1 ether));
        perform(alice, abi.encodeCall(IVaultCore.withdraw, (ETH, hotWallet, 1 ether)));
        perform(stranger, spendCall(aliceKey, ETH, alice, hotWallet, 1 ether, newNonce(), soon()));
        perform(alice, abi.encodeCall(IVaultCore.cancelNonce, (newNonce())));
        perform(stranger, cancelReleaseCall(ETH, nextNonce(ETH)));
        beat();
        Leaf[] memory leaves = leavesAt(ETH, vault.book(ETH).epoch);
        leaves[0] = Leaf(alice, 99 ether, 1 ether);
        leaves[1].balance = 53 ether;
        post(ETH, leaves);
        attest(ETH);
        post(token, threeUsers(1e6));
        attest(token);
        warpBy(1 hours);
        perform(stranger, abi.encodeCall(IRegistry.sync, (ETH)));
        performWith(bob, 2 ether, abi.encodeCall(IVaultCore.depositToLedger, (ETH, bob, 2 ether)));
        perform(alice, requestCall(finalTree(ETH), ETH, 0, 99 ether));
        perform(alice, abi.encodeCall(IRegistry.cancelExit, (ETH)));
        perform(stranger, queueCall(ETH, hotWallet, 1, 9));
        perform(stranger, announceCall(0, 4));
    }

    function _whileSuspected() private {
        perform(alice, requestCall(finalTree(ETH), ETH, 0, 99 ether));
        perform(alice, abi.encodeCall(IRegistry.cancelExit, (ETH)));
        perform(alice, abi.encodeCall(IVaultCore.withdraw, (ETH, alice, 1 ether)));
        beat();
    }

    function _whileReturning() private {
        Round memory ethers = openRound(ETH);
        Round memory tokens = openRound(token);
        claim(ETH, ethers, 0);
        perform(stranger, claimToCall(carolKey, finalTree(ETH), ETH, ethers, 2, hotWallet, 0));
        push(ETH, ethers, 0);
        push(token, tokens, 0);
        perform(stranger, abi.encodeCall(IVaultCore.tally, (ETH, 0, new uint32[](1))));
        assertEq(balanceOf(token, bob), 50e6, "paid");
    }
}
