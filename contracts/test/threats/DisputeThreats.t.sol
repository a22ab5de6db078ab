// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IDisputes} from "lifeboat/interfaces/IDisputes.sol";
import {IRegistry} from "lifeboat/interfaces/IRegistry.sol";
import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {Leaf, Phase, Round} from "lifeboat/types/Types.sol";

import {DisputesTest} from "../base/DisputesTest.sol";
import {SumTree} from "../base/SumTree.sol";
import {GarbledArbitrator, GreedyArbitrator, ReentrantArbitrator, SilentArbitrator} from "../twins/Arbitrators.sol";

/// @notice Rows 57 to 59: who disputes to delay, an arbitrator who never answers, and one who is hostile.
contract DisputeThreatsTest is DisputesTest {
    using SumTree for SumTree.Tree;

    function openRoundCall() private pure returns (bytes memory) {
        return abi.encodeCall(IVaultCore.openRound, (ETH));
    }

    function withArbitrator(address other) private {
        arbitrator = other;
        vault = deploy(disputableTerms());
        openService();
        disputes = createDisputes();
    }

    // ------------------------------------------------------------------ 57

    function test_T57_disputeHoldsUpItsOwnAssetsRoundsAlone() public {
        postNewer();
        queue(carol, 3 ether);
        performWith(carol, 9 ether, depositCall(ETH, carol, 9 ether));
        toDisputed();
        refundPending(1);
        assertEq(carol.balance, 3 ether, "what neither ledger knows comes back at once");
        perform(carol, abi.encodeCall(IVaultCore.withdraw, (ETH, carol, 9 ether)));
        assertEq(carol.balance, 12 ether, "and what is hers");
        toReturning();
        Round memory tokens = openRound(token);
        claim(token, tokens, 0);
        assertEq(balanceOf(token, alice), 100e6, "the other asset is paid");
        toPushes();
        push(token, tokens, 0);
        refuse(stranger, openRoundCall(), err(Errors.Return_RoundHeld.selector, uint256(type(uint40).max)));
    }

    /// @notice Disputed in the last second, never ruled, settled by anybody: 14 days after the return began, which is long before the equity.
    /// Whoever settles late loses that time, and none for counting.
    function test_T57_totalDelayIsCapped(uint256 late) public {
        late = bound(late, 0, 20 days);
        postNewer();
        toLatched();
        uint256 returnAt = vault.timeline().returnAt;
        vm.warp(returnAt - 1);
        uint256 id = disputeLedger(ETH);
        vm.warp(returnAt + RULING_TIME + late);
        settle(id);
        uint256 from = vault.recovery(ETH).roundsFrom;
        assertEq(from, returnAt + 14 days + late, "at the latest, settled in time");
        refuse(stranger, openRoundCall(), err(Errors.Return_RoundHeld.selector, from));
        vm.warp(from);
        openRound(ETH);
    }

    /// @notice Nobody, the arbitrator's friends included, can dispute the same asset twice.
    function test_T57_onceForEachAsset() public {
        postNewer();
        uint256 id = toDisputed();
        bytes memory data = abi.encodeCall(IDisputes.disputeLedger, (ETH));
        refuseHere(stranger, 1 ether, data, err(Errors.Disputes_Disputed.selector, ETH));
        toSettled(id, KEEP_NEWER);
        refuseHere(stranger, 1 ether, data, err(Errors.Disputes_Disputed.selector, ETH));
    }

    /// @notice No money of the vault's moves as long as a dispute is open, not even the service's own.
    function test_T57_equityWaitsForAnOpenDispute() public {
        fund(ETH, 50 ether);
        Leaf[] memory nobody = new Leaf[](1);
        nobody[0] = Leaf(alice, 0, 0);
        postFinal(ETH, nobody);
        uint256 id = toDisputed();
        toReturning();
        warpBy(40 days);
        bytes memory data = equityCall(ETH, hotWallet, 225 ether, newNonce());
        refuse(stranger, data, err(Errors.Return_RoundHeld.selector, uint256(type(uint40).max)));
        settle(id);
        vm.warp(vault.recovery(ETH).roundsFrom);
        refuse(stranger, equityCall(ETH, hotWallet, 1, newNonce()), err(Errors.Return_StillOwed.selector, 175 ether));
        Round memory round = openRound(ETH);
        claim(ETH, round, 0);
        assertEq(alice.balance, 100 ether, "an empty ledger had made this equity");
    }

    function test_T57_disputedRequestStillForcesTheLatch() public {
        perform(bob, requestCall(finalTree(ETH), ETH, 1, 20 ether));
        disputeRequest(ETH, bob);
        stayAlive(7 days);
        perform(stranger, abi.encodeCall(IRegistry.reportUnserved, (ETH, bob)));
        assertPhase(Phase.Suspected, "in the same second as without a dispute");
        warpBy(48 hours);
        assertPhase(Phase.Latched, "and latched");
    }

    // ------------------------------------------------------------------ 58

    function test_T58_silenceIsForTheOlderLedger() public {
        withArbitrator(address(new SilentArbitrator()));
        postNewer();
        uint256 id = toDisputed();
        warpBy(RULING_TIME + 1);
        settle(id);
        assertEq(vault.recovery(ETH).epoch, OLDER, "the written default");
        assertEq(disputes.creditOf(disputer), BOND, "who disputed has his bond back");
        vm.warp(vault.recovery(ETH).roundsFrom);
        Round memory round = openRound(ETH);
        warpBy(3 days);
        push(ETH, round, 0);
        assertEq(alice.balance, 100 ether, "paid");
    }

    function test_T58_silenceAboutARequestLeavesIt() public {
        withArbitrator(address(new SilentArbitrator()));
        perform(bob, requestCall(finalTree(ETH), ETH, 1, 20 ether));
        uint256 id = disputeRequest(ETH, bob);
        stayAlive(RULING_TIME + 1);
        settle(id);
        assertEq(vault.exitRequest(ETH, bob).target, 20 ether, "it stands");
    }

    /// @notice The fee is quoted and paid at the opening. Raised before, it is the opener's choice; raised after, it is nobody's affair.
    function test_T58_raisedFee() public {
        postNewer();
        toLatched();
        SilentArbitrator(arbitrator).setFee(5 ether);
        bytes memory data = abi.encodeCall(IDisputes.disputeLedger, (ETH));
        refuseHere(disputer, 1 ether, data, err(Errors.Disputes_ValueTooLow.selector, 1 ether, 5.1 ether));
        SilentArbitrator(arbitrator).setFee(0.02 ether);
        uint256 id = disputeLedger(ETH);
        SilentArbitrator(arbitrator).setFee(type(uint256).max);
        warpBy(RULING_TIME + 1);
        settle(id);
        assertEq(vault.recovery(ETH).epoch, OLDER, "settled without him");
    }

    /// @notice An arbitrator with whom no dispute can be opened is one whom nobody has asked.
    function test_T58_unopenableDisputesLeaveTheVaultAsItWas() public {
        address[3] memory broken = [address(new GreedyArbitrator()), address(new GarbledArbitrator()), stranger];
        for (uint256 i = 0; i < 3; ++i) {
            vm.warp(START);
            withArbitrator(broken[i]);
            postNewer();
            toLatched();
            vm.deal(disputer, 1 ether);
            vm.prank(disputer);
            (bool ok,) =
                address(disputes).call{value: 1 ether, gas: 5_000_000}(abi.encodeCall(IDisputes.disputeLedger, (ETH)));
            assertFalse(ok, "opened with nobody");
            assertEq(disputer.balance, 1 ether, "nothing is lost");
            assertEq(vault.recovery(ETH).roundsFrom, 0, "nothing is held");
            toReturning();
            openRound(ETH);
        }
    }

    // ------------------------------------------------------------------ 59

    /// @notice Whatever he answers, and when: one of two ledgers counts, and by it everybody is paid who is in it, and nobody else.
    function test_T59_arbitratorChoosesBetweenTwo(uint256 ruling, uint256 after_) public {
        postNewer();
        uint256 id = toDisputed();
        warpBy(bound(after_, 0, RULING_TIME));
        toSettled(id, ruling);
        bool newer = ruling == KEEP_NEWER;
        assertEq(vault.recovery(ETH).epoch, newer ? NEWER : OLDER, "one of the two");
        assertBooks("rule 1");
        vm.warp(vault.timeline().pushAt + COUNTING_TIME + RULING_TIME);
        Round memory round = openRound(ETH);
        push(ETH, round, 0);
        if (!newer) refundPending(0);
        assertEq(alice.balance, newer ? 70 ether : 100 ether, "Alice");
        assertEq(bob.balance, 58 ether, "Bob, by either");
        assertEq(carol.balance, 25 ether, "Carol, by either");
        assertEq(dave.balance, newer ? 30 ether : 0, "Dave");
        assertEq(arbitrator.balance, 0.02 ether, "the arbitrator has his fee and no more");
        assertEq(address(vault).balance, 0, "all of it is paid");
    }

    /// @notice Operator and arbitrator together close an unserved request, once. The next one is out of their reach.
    function test_T59_userIsPutOffOnce() public {
        perform(bob, requestCall(finalTree(ETH), ETH, 1, 20 ether));
        uint256 id = disputeRequest(ETH, bob);
        stayAlive(7 days);
        perform(stranger, abi.encodeCall(IRegistry.reportUnserved, (ETH, bob)));
        warpBy(48 hours - 1);
        beat();
        toSettled(id, 1);
        post(ETH, threeUsers(1 ether));
        post(token, threeUsers(1e6));
        attest(ETH);
        attest(token);
        assertPhase(Phase.Live, "at the last moment");
        perform(bob, requestCall(finalTree(ETH), ETH, 1, 20 ether));
        bytes memory data = abi.encodeCall(IDisputes.disputeRequest, (ETH, bob));
        refuseHere(operator, 1 ether, data, err(Errors.Disputes_Disputed.selector, bob));
        rule(id, 1);
        refuseHere(stranger, 0, abi.encodeCall(IDisputes.settle, (id)), err(Errors.Disputes_Closed.selector, id));
        stayAlive(7 days);
        perform(stranger, abi.encodeCall(IRegistry.reportUnserved, (ETH, bob)));
        warpBy(48 hours);
        assertPhase(Phase.Latched, "a serve deadline and a challenge later");
    }

    function test_T59_nothingOpensFromWithinTheOpening() public {
        ReentrantArbitrator hostile = new ReentrantArbitrator();
        withArbitrator(address(hostile));
        postNewer();
        toLatched();
        uint256 world = vm.snapshotState();
        bytes4 entered = bytes4(keccak256("ReentrancyGuardReentrantCall()"));
        Leaf memory leaf;
        bytes[7] memory data = [
            abi.encodeCall(IDisputes.disputeLedger, (token)),
            abi.encodeCall(IDisputes.disputeRequest, (ETH, bob)),
            abi.encodeCall(IDisputes.settle, (0)),
            abi.encodeCall(IDisputes.refundEntry, (ETH, 0, 0, leaf, "")),
            abi.encodeCall(IDisputes.refundEntryWithoutLeaf, (ETH, 0)),
            abi.encodeCall(IDisputes.withdrawCredit, (address(hostile))),
            abi.encodeCall(IDisputes.rule, (0, KEEP_NEWER))
        ];
        for (uint256 i = 0; i < data.length; ++i) {
            hostile.arm(address(disputes), 0, data[i]);
            uint256 id = disputeLedger(ETH);
            assertFalse(hostile.succeeded(), "something opened");
            bytes4 why = i == data.length - 1 ? Errors.Disputes_Unknown.selector : entered;
            assertEq(bytes32(bytes4(hostile.result())), bytes32(why), "and told why");
            assertFalse(disputes.disputeOf(id).isRuled, "nothing is ruled yet");
            vm.revertToState(world);
        }
        hostile.arm(address(vault), 0, openRoundCall());
        disputeLedger(ETH);
        assertFalse(hostile.succeeded(), "no round");
    }

    /// @notice A number that he has given before, or one that leaves no room, is none: two disputes are never mixed up.
    function test_T59_numbersAreNotGivenTwice() public {
        ReentrantArbitrator hostile = new ReentrantArbitrator();
        withArbitrator(address(hostile));
        perform(bob, requestCall(finalTree(ETH), ETH, 1, 20 ether));
        perform(carol, requestCall(finalTree(ETH), ETH, 2, 20 ether));
        disputeRequest(ETH, bob);
        hostile.name(0);
        bytes memory data = abi.encodeCall(IDisputes.disputeRequest, (ETH, carol));
        refuseHere(operator, 1 ether, data, err(Errors.Disputes_Disputed.selector, arbitrator));
        hostile.name(type(uint256).max - 1);
        disputeRequest(ETH, carol);
        (bool disputed, uint256 id) = disputes.requestDispute(ETH, carol);
        assertTrue(disputed && id == type(uint256).max - 1, "any other number will do");
    }
}
