// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IRegistry} from "lifeboat/interfaces/IRegistry.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {CommitmentInput, ExitRequest, Leaf, Phase} from "lifeboat/types/Types.sol";

import {SumTree} from "../base/SumTree.sol";
import {VaultTest} from "../base/VaultTest.sol";

/// @notice A user's demand to be paid on chain: opened, served, answered, withdrawn, reported.
contract ExitRequestsTest is VaultTest {
    using SumTree for SumTree.Tree;

    function setUp() public override {
        super.setUp();
        openService();
    }

    function request(address account, uint32 index, uint128 amount) internal {
        perform(account, requestCall(finalTree(ETH), ETH, index, amount));
    }

    // ------------------------------------------------------------------ opening

    function test_request_opens() public {
        bytes memory data = requestCall(finalTree(ETH), ETH, 1, 20 ether);
        vm.expectEmit(registry());
        emit IRegistry.ExitRequested(bob, ETH, 20 ether, now_() + 7 days);
        perform(bob, data);
        ExitRequest memory open = vault.exitRequest(ETH, bob);
        assertEq(open.target, 20 ether, "target");
        assertEq(open.openedAt, now_(), "opened");
        assertEq(open.due, now_() + 7 days, "due");
        assertFalse(open.reported, "not reported");
        refuse(bob, data, err(Errors.Liveness_RequestOpen.selector, bob));
        perform(bob, requestCall(finalTree(token), token, 1, 1));
    }

    function test_request_targetIsOnTopOfWhatWasPaid() public {
        payOut(ETH, 1, 30 ether);
        refuse(
            bob,
            requestCall(finalTree(ETH), ETH, 1, 20 ether + 1),
            err(Errors.Gate_AmountAboveOwed.selector, 20 ether + 1, 20 ether)
        );
        request(bob, 1, 20 ether);
        assertEq(vault.exitRequest(ETH, bob).target, 50 ether, "cumulative");
    }

    function test_request_limits() public {
        SumTree.Tree memory tree = finalTree(ETH);
        refuse(bob, requestCall(tree, ETH, 0, 1), err(Errors.Ledger_NotTheAccount.selector, bob, alice));
        refuse(bob, requestCall(tree, ETH, 1, 0), err(Errors.Books_ZeroAmount.selector));
        refuse(
            bob,
            requestCall(tree, ETH, 1, 50 ether + 1),
            err(Errors.Gate_AmountAboveOwed.selector, 50 ether + 1, 50 ether)
        );
        SumTree.Tree memory forged = SumTree.build(address(vault), ETH, threeUsers(2 ether));
        refuse(bob, requestCall(forged, ETH, 1, 1), err(Errors.Ledger_ProofInvalid.selector));
        vault = deploy(termsFor(token));
        refuse(bob, requestCall(tree, ETH, 1, 1), err(Errors.Ledger_NoFinalCommitment.selector, ETH));
    }

    // ------------------------------------------------------------------ closing

    function test_close_byServing() public {
        request(bob, 1, 20 ether);
        payOut(ETH, 1, 19 ether);
        assertEq(vault.exitRequest(ETH, bob).target, 20 ether, "not yet");
        bytes memory data = payOutCall(finalTree(ETH), ETH, 1, 1 ether);
        vm.expectEmit(registry());
        emit IRegistry.ExitClosed(bob, ETH);
        perform(stranger, data);
        assertEq(vault.exitRequest(ETH, bob).target, 0, "served");
    }

    function test_close_byTheAccount() public {
        refuse(bob, abi.encodeCall(IRegistry.cancelExit, (ETH)), err(Errors.Liveness_RequestNotOpen.selector, bob));
        request(bob, 1, 20 ether);
        refuse(alice, abi.encodeCall(IRegistry.cancelExit, (ETH)), err(Errors.Liveness_RequestNotOpen.selector, alice));
        vm.expectEmit(registry());
        emit IRegistry.ExitClosed(bob, ETH);
        perform(bob, abi.encodeCall(IRegistry.cancelExit, (ETH)));
        assertEq(vault.exitRequest(ETH, bob).openedAt, 0, "erased");
        request(bob, 1, 50 ether);
    }

    function test_answer_byANewerLedgerThatOwesLess() public {
        request(bob, 1, 20 ether);
        refuse(stranger, answerCall(finalTree(ETH), ETH, 1), err(Errors.Liveness_RequestStands.selector, bob));
        Leaf[] memory leaves = threeUsers(1 ether);
        leaves[1].balance = 20 ether - 1;
        postFinal(ETH, leaves);
        perform(stranger, answerCall(finalTree(ETH), ETH, 1));
        assertEq(vault.exitRequest(ETH, bob).target, 20 ether - 1, "lowered to what is owed");
        leaves[1].balance = 0;
        postFinal(ETH, leaves);
        bytes memory data = answerCall(finalTree(ETH), ETH, 1);
        vm.expectEmit(registry());
        emit IRegistry.ExitClosed(bob, ETH);
        perform(stranger, data);
        refuse(stranger, data, err(Errors.Liveness_RequestNotOpen.selector, bob));
    }

    function test_answer_notIfAsMuchIsStillOwed() public {
        request(bob, 1, 20 ether);
        Leaf[] memory leaves = threeUsers(1 ether);
        leaves[1].balance = 20 ether;
        postFinal(ETH, leaves);
        refuse(stranger, answerCall(finalTree(ETH), ETH, 1), err(Errors.Liveness_RequestStands.selector, bob));
    }

    function test_answer_notByALedgerFromBeforeTheRequest() public {
        Leaf[] memory leaves = threeUsers(1 ether);
        leaves[1].balance = 5 ether;
        uint40 snapshotAt = now_() - 1;
        vm.warp(now_() + 1);
        request(bob, 1, 20 ether);
        CommitmentInput memory input = inputFor(ETH, leaves);
        input.snapshotAt = snapshotAt;
        perform(stranger, commitCall(input));
        attest(ETH);
        warpBy(1 hours);
        refuse(
            stranger,
            answerCall(SumTree.build(address(vault), ETH, leaves), ETH, 1),
            err(Errors.Liveness_RequestStands.selector, bob)
        );
    }

    function test_answer_countsWhatWasPaidSince() public {
        request(bob, 1, 50 ether);
        payOut(ETH, 1, 30 ether);
        // Twenty are asked for still; the new ledger owes 20 - 1 on top of the payout that it knows.
        Leaf[] memory leaves = threeUsers(0.5 ether);
        leaves[1] = Leaf(bob, 20 ether, 30 ether);
        postFinal(ETH, leaves);
        refuse(stranger, answerCall(finalTree(ETH), ETH, 1), err(Errors.Liveness_RequestStands.selector, bob));
        leaves[1] = Leaf(bob, 20 ether - 1, 30 ether);
        postFinal(ETH, leaves);
        perform(stranger, answerCall(finalTree(ETH), ETH, 1));
        assertEq(vault.exitRequest(ETH, bob).target, 50 ether - 1, "what was paid and what is owed");
    }

    function test_answer_provesTheLeaf() public {
        request(bob, 1, 20 ether);
        SumTree.Tree memory forged = SumTree.build(address(vault), ETH, threeUsers(0.1 ether));
        refuse(stranger, answerCall(forged, ETH, 1), err(Errors.Ledger_ProofInvalid.selector));
    }

    // ------------------------------------------------------------------ reporting

    function test_report_fromTheDueTimeOnce() public {
        request(bob, 1, 20 ether);
        bytes memory report = abi.encodeCall(IRegistry.reportUnserved, (ETH, bob));
        uint40 due = now_() + 7 days;
        stayAlive(7 days - 1);
        refuse(stranger, report, err(Errors.Liveness_RequestNotDue.selector, due));
        warpBy(1);
        refuse(
            stranger,
            abi.encodeCall(IRegistry.reportUnserved, (ETH, alice)),
            err(Errors.Liveness_RequestNotOpen.selector, alice)
        );
        perform(stranger, report);
        assertTrue(vault.exitRequest(ETH, bob).reported, "reported");
        refuse(stranger, report, err(Errors.Liveness_RequestReported.selector, bob));
        assertEq(vault.liveness().overdueCount, 1, "counted once");
    }

    function test_report_isClosedByEachOfTheThreeWays() public {
        request(bob, 1, 20 ether);
        stayAlive(7 days);
        perform(stranger, abi.encodeCall(IRegistry.reportUnserved, (ETH, bob)));
        uint256 world = vm.snapshotState();
        payOut(ETH, 1, 20 ether);
        _expectCured("served");
        vm.revertToState(world);
        perform(bob, abi.encodeCall(IRegistry.cancelExit, (ETH)));
        _expectCured("withdrawn");
    }

    function test_report_answeredByALedgerThatWasFinalInTime() public {
        request(bob, 1, 20 ether);
        stayAlive(7 days - 2 hours);
        Leaf[] memory leaves = threeUsers(1 ether);
        leaves[1].balance = 0;
        postFinal(ETH, leaves);
        warpBy(1 hours);
        perform(stranger, abi.encodeCall(IRegistry.reportUnserved, (ETH, bob)));
        assertPhase(Phase.Suspected, "nobody had answered");
        perform(stranger, answerCall(finalTree(ETH), ETH, 1));
        _expectCured("answered");
    }

    function _expectCured(string memory how) private view {
        assertPhase(Phase.Live, how);
        assertEq(vault.liveness().overdueCount, 0, "count");
        assertEq(vault.liveness().overdueSince, 0, "since");
    }

    function test_report_ignoredUnservedRequestLatches() public {
        request(bob, 1, 20 ether);
        stayAlive(7 days);
        perform(stranger, abi.encodeCall(IRegistry.reportUnserved, (ETH, bob)));
        uint256 latchAt = vault.timeline().latchedAt;
        assertEq(latchAt, now_() + 48 hours, "challenge window");
        stayAlive(48 hours - 1);
        assertPhase(Phase.Suspected, "beats and roots are no answer");
        warpBy(1);
        assertPhase(Phase.Latched, "the user has won");
    }
}
