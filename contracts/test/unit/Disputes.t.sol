// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {CentralizedArbitratorWithAppeal} from "@kleros/erc-792/contracts/examples/CentralizedArbitratorWithAppeal.sol";
import {SimpleCentralizedArbitrator} from "@kleros/erc-792/contracts/examples/SimpleCentralizedArbitrator.sol";

import {IVaultHooks} from "lifeboat/interfaces/ISatellites.sol";
import {Case, IDisputes, Question} from "lifeboat/interfaces/IDisputes.sol";
import {IRegistryHooks} from "lifeboat/interfaces/ISatellites.sol";
import {IRegistry} from "lifeboat/interfaces/IRegistry.sol";
import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {Recovery, Round, Terms} from "lifeboat/types/Types.sol";

import {DisputesTest} from "../base/DisputesTest.sol";
import {SumTree} from "../base/SumTree.sol";

/// @notice The two questions: opening, ruling, settling; what each answer does.
contract DisputesUnitTest is DisputesTest {
    using SumTree for SumTree.Tree;

    // ------------------------------------------------------------------ terms

    function test_terms_arbitratorIsNobodyElse() public {
        Terms memory terms = disputableTerms();
        address[5] memory others =
            [terms.operator, terms.backupOperator, vm.addr(signerKeys[0]), terms.auditors[0], terms.watchers[0]];
        for (uint256 i = 0; i < 5; ++i) {
            terms.arbitrator = others[i];
            refuseTerms(
                terms, abi.encodeWithSelector(Errors.Terms_RolesOverlap.selector, bytes32(uint256(uint160(others[i]))))
            );
        }
        terms.arbitrator = address(1);
        refuseTerms(terms, abi.encodeWithSelector(Errors.Terms_ReservedAddress.selector, "arbitrator", address(1)));
        terms.arbitrator = address(0);
        deploy(terms);
    }

    function test_terms_arbitratorBecomesNoSigner() public {
        uint256[] memory keys = new uint256[](1);
        keys[0] = keyOf("arbiter");
        arbitrator = vm.addr(keys[0]);
        vault = deploy(disputableTerms());
        refuse(
            stranger,
            rotationCall(idsOf(keys), 1, 1, 0, soon()),
            abi.encodeWithSelector(Errors.Terms_RolesOverlap.selector, idsOf(keys)[0])
        );
    }

    function test_hooks_areForTheDisputesOnly() public {
        refuse(
            stranger,
            abi.encodeCall(IVaultHooks.ledgerContested, (ETH, 1, true)),
            err(Errors.Disputes_OnlyDisputes.selector)
        );
        refuse(
            stranger,
            abi.encodeCall(IVaultHooks.returnReopened, (ETH, 0, 0)),
            err(Errors.Disputes_OnlyDisputes.selector)
        );
        refuse(
            stranger, abi.encodeCall(IRegistryHooks.closeServed, (ETH, bob)), err(Errors.Disputes_OnlyDisputes.selector)
        );
        vm.expectRevert(err(Errors.Disputes_OnlyDisputes.selector));
        IRegistryHooks(registry()).closeServed(ETH, bob);
    }

    // ------------------------------------------------------------------ opening a dispute about ledgers

    function test_ledger_opens() public {
        postNewer();
        toLatched();
        assertEq(ledgerCost(), 0.12 ether, "the arbitrator's fee and the bond");
        vm.expectEmit(address(disputes));
        emit IDisputes.Dispute(arbitrator, 0, 1, 0);
        vm.expectEmit(address(disputes));
        emit IDisputes.LedgerDisputed(ETH, 0, disputer, now_() + RULING_TIME);
        uint256 id = disputeLedger(ETH);
        Case memory opened = disputes.disputeOf(id);
        assertEq(opened.opener, disputer, "by him");
        assertEq(opened.due, now_() + RULING_TIME, "so long");
        assertEq(uint256(opened.question), uint256(Question.Ledger), "about that");
        (bool disputed, uint256 number) = disputes.ledgerDispute(ETH);
        assertTrue(disputed && number == id, "found by its asset");
        assertEq(vault.recovery(ETH).epoch, NEWER, "the newer counts so far");
        assertEq(vault.recovery(ETH).roundsFrom, type(uint40).max, "held");
        assertEq(arbitrator.balance, 0.02 ether, "he has his fee");
        assertEq(address(disputes).balance, BOND, "the bond is here");
    }

    function test_ledger_onlyBetweenLatchAndReturn() public {
        postNewer();
        bytes memory data = abi.encodeCall(IDisputes.disputeLedger, (ETH));
        refuseHere(disputer, 1 ether, data, err(Errors.Liveness_WrongPhase.selector, 0));
        toSuspected();
        refuseHere(disputer, 1 ether, data, err(Errors.Liveness_WrongPhase.selector, 1));
        toReturning();
        refuseHere(disputer, 1 ether, data, err(Errors.Liveness_WrongPhase.selector, 3));
    }

    function test_ledger_onlyWhereThereAreTwo() public {
        toLatched();
        bytes memory data = abi.encodeCall(IDisputes.disputeLedger, (ETH));
        refuseHere(disputer, 1 ether, data, err(Errors.Disputes_NoOtherLedger.selector, ETH));
        data = abi.encodeCall(IDisputes.disputeLedger, (carol));
        refuseHere(disputer, 1 ether, data, err(Errors.Books_AssetNotListed.selector, carol));
    }

    /// @notice Who posts on while he is suspected drives the ledger before the last final one out of the ring; it is remembered.
    function test_ledger_olderOneIsNotDisposedOfByPostingOn() public {
        postNewer();
        toSuspected();
        for (uint32 i = 0; i < 7; ++i) {
            post(ETH, newerLeaves());
        }
        vm.expectRevert(err(Errors.Ledger_EpochUnknown.selector, uint256(OLDER)));
        vault.commitment(ETH, OLDER);
        toSettled(toDisputed(), TAKE_OLDER);
        assertEq(vault.recovery(ETH).epoch, OLDER, "the one before the last final one");
        assertEq(vault.recovery(ETH).root, treeOf(ETH, OLDER).root().hash, "its root");
        assertEq(vault.recovery(ETH).total, 175 ether, "its total");
        refundPending(0);
        vm.warp(vault.recovery(ETH).roundsFrom);
        claim(ETH, openRound(ETH), 0);
        assertEq(alice.balance, 100 ether, "paid by it");
    }

    /// @notice Two ledgers of one second; the first leaves the ring in the very second in which both are final, and is remembered.
    function test_ledger_remembersWhatLeavesInTheSecondOfItsFinality() public {
        uint32 older = post(ETH, threeUsers(0.5 ether));
        post(ETH, threeUsers(1 ether));
        uint256 finalAt = now_() + 48 hours;
        for (uint256 i = 0; i < 2; ++i) {
            warpBy(16 hours);
            beat();
            post(token, threeUsers(1e6));
        }
        for (uint256 i = 0; i < 5; ++i) {
            post(ETH, threeUsers(1 ether));
        }
        vm.warp(finalAt);
        beat();
        post(ETH, threeUsers(1 ether));
        assertEq(post(ETH, threeUsers(1 ether)), older + 8, "takes its place");
        toSettled(toDisputed(), TAKE_OLDER);
        assertEq(vault.recovery(ETH).epoch, older, "the one before the last final one");
    }

    /// @notice The reserve covers the deposits between the two to the unit, or there is no way back.
    function test_ledger_onlyIfTheDepositsAreCovered() public {
        postNewer();
        toLatched();
        bytes memory data = abi.encodeCall(IDisputes.disputeLedger, (ETH));
        vm.deal(address(vault), 8 ether - 1);
        refuseHere(disputer, ledgerCost(), data, err(Errors.Disputes_NoOtherLedger.selector, ETH));
        vm.deal(address(vault), 8 ether);
        disputeLedger(ETH);
    }

    /// @notice A service in which nothing happens posts the same ledger every day.
    function test_ledger_sameContentIsNothingToDispute() public {
        stayAlive(40 hours);
        toLatched();
        bytes memory data = abi.encodeCall(IDisputes.disputeLedger, (ETH));
        refuseHere(disputer, 1 ether, data, err(Errors.Disputes_NoOtherLedger.selector, ETH));
    }

    function test_ledger_costsFeeAndBond() public {
        postNewer();
        toLatched();
        bytes memory data = abi.encodeCall(IDisputes.disputeLedger, (ETH));
        refuseHere(
            disputer, 0.12 ether - 1, data, err(Errors.Disputes_ValueTooLow.selector, 0.12 ether - 1, 0.12 ether)
        );
        vm.deal(disputer, 1 ether);
        vm.prank(disputer);
        disputes.disputeLedger{value: 1 ether}(ETH);
        assertEq(disputes.creditOf(disputer), 0.88 ether, "what was too much");
        vm.prank(disputer);
        disputes.withdrawCredit(carol);
        assertEq(carol.balance, 0.88 ether, "fetched");
        refuseHere(
            disputer, 0, abi.encodeCall(IDisputes.withdrawCredit, (carol)), err(Errors.Books_ZeroAmount.selector)
        );
    }

    function test_ledger_withoutArbitrator() public {
        arbitrator = address(0);
        vault = deploy(disputableTerms());
        openService();
        disputes = createDisputes();
        postNewer();
        toLatched();
        bytes memory data = abi.encodeCall(IDisputes.disputeLedger, (ETH));
        refuseHere(disputer, 1 ether, data, err(Errors.Disputes_NoArbitrator.selector));
        toReturning();
        openRound(ETH);
    }

    // ------------------------------------------------------------------ what a ruling does

    function test_ledger_upheldNewerCountsOn() public {
        postNewer();
        uint256 id = toDisputed();
        vm.expectEmit(address(disputes));
        emit IDisputes.Ruling(arbitrator, id, KEEP_NEWER);
        rule(id, KEEP_NEWER);
        vm.expectEmit(address(disputes));
        emit IDisputes.Settled(id, false);
        settle(id);
        assertEq(vault.recovery(ETH).epoch, NEWER, "as it was");
        assertEq(vault.gasTank().balance, BOND, "the bond helps those who push");
        assertEq(disputes.creditOf(disputer), 0, "lost");
        toReturning();
        Round memory round = openRound(ETH);
        claim(ETH, round, 3);
        assertEq(dave.balance, 30 ether, "Dave is in the ledger that counts");
        refuseHere(stranger, 0, abi.encodeCall(IDisputes.settle, (id)), err(Errors.Disputes_Closed.selector, id));
    }

    function test_ledger_olderCountsInstead() public {
        postNewer();
        uint256 id = toDisputed();
        assertEq(vault.reserve(ETH), 183 ether, "with Bob's deposit");
        rule(id, TAKE_OLDER);
        SumTree.Tree memory older = treeOf(ETH, OLDER);
        vm.expectEmit(address(vault));
        emit IVaultCore.RecoveryFixed(ETH, OLDER, older.root().hash, 175 ether, 0);
        settle(id);
        Recovery memory held = vault.recovery(ETH);
        assertEq(held.epoch, OLDER, "the older");
        assertEq(held.root, older.root().hash, "its root");
        assertEq(held.total, 175 ether, "its total");
        assertEq(held.owed, 175 ether, "nothing counted");
        assertEq(held.depositCursor, 0, "it knows no deposit");
        assertEq(held.reopenedTo, 1, "the newer knew one");
        assertEq(held.roundsFrom, now_() + COUNTING_TIME, "time to count it");
        assertEq(vault.book(ETH).pending, 8 ether, "Bob's deposit is pending again");
        assertEq(vault.reserve(ETH), 175 ether, "and no reserve");
        assertBooks("rule 1");
        assertEq(disputes.creditOf(disputer), BOND, "the bond is his again");
        refundPending(0);
        assertEq(bob.balance, 8 ether, "in full");
        refuse(
            stranger,
            abi.encodeCall(IVaultCore.refundPending, (ETH, 0)),
            err(Errors.Books_EntryRefunded.selector, uint256(0))
        );
        vm.warp(held.roundsFrom);
        Round memory round = openRound(ETH);
        for (uint32 i = 0; i < 3; ++i) {
            claim(ETH, round, i);
        }
        assertEq(alice.balance, 100 ether, "Alice");
        assertEq(bob.balance, 58 ether, "Bob");
        assertEq(carol.balance, 25 ether, "Carol");
        assertEq(vault.reserve(ETH), 0, "all of it");
    }

    /// @notice To decide nothing, and to answer with what was not asked, is to leave the older one.
    function test_ledger_refusalsAreForTheOlder() public {
        postNewer();
        toLatched();
        uint256 world = vm.snapshotState();
        uint256[3] memory rulings = [uint256(0), 3, type(uint256).max];
        for (uint256 i = 0; i < 3; ++i) {
            toSettled(disputeLedger(ETH), rulings[i]);
            assertEq(vault.recovery(ETH).epoch, OLDER, "the older");
            vm.revertToState(world);
        }
    }

    function test_settle_notBeforeARulingOrItsTime() public {
        postNewer();
        uint256 id = toDisputed();
        uint256 due = now_() + RULING_TIME;
        bytes memory data = abi.encodeCall(IDisputes.settle, (id));
        refuseHere(stranger, 0, data, err(Errors.Disputes_NotDue.selector, due));
        vm.warp(due);
        refuseHere(stranger, 0, data, err(Errors.Disputes_NotDue.selector, due));
        vm.warp(due + 1);
        settle(id);
        refuseHere(stranger, 0, abi.encodeCall(IDisputes.settle, (7)), err(Errors.Disputes_Unknown.selector, 7));
    }

    function test_rule_arbitratorOnlyAndKnownDisputesOnly() public {
        postNewer();
        uint256 id = toDisputed();
        refuseHere(stranger, 0, abi.encodeCall(IDisputes.rule, (id, 1)), err(Errors.Disputes_OnlyArbitrator.selector));
        refuseHere(
            arbitrator, 0, abi.encodeCall(IDisputes.rule, (id + 1, 1)), err(Errors.Disputes_Unknown.selector, id + 1)
        );
    }

    /// @notice What was answered is kept as it was, unless it is no answer to the question.
    function test_rule_answersOfTheQuestionAreKept() public {
        postNewer();
        uint256 id = toDisputed();
        uint256 world = vm.snapshotState();
        uint8[5] memory kept = [0, 1, 2, 0, 0];
        for (uint256 ruling = 0; ruling < 5; ++ruling) {
            rule(id, ruling);
            assertTrue(disputes.disputeOf(id).isRuled, "ruled");
            assertEq(disputes.disputeOf(id).ruling, kept[ruling], "by this");
            vm.revertToState(world);
        }
    }

    /// @notice The first ruling stands, and one that comes too late is none. Neither reverts.
    function test_rule_onceAndInTime() public {
        postNewer();
        uint256 id = toDisputed();
        uint256 world = vm.snapshotState();
        rule(id, TAKE_OLDER);
        rule(id, KEEP_NEWER);
        settle(id);
        assertEq(vault.recovery(ETH).epoch, OLDER, "the first ruling");
        rule(id, KEEP_NEWER);
        vm.revertToState(world);
        warpBy(RULING_TIME);
        rule(id, KEEP_NEWER);
        assertTrue(disputes.disputeOf(id).isRuled, "at the last second");
        vm.revertToState(world);
        warpBy(RULING_TIME + 1);
        rule(id, KEEP_NEWER);
        assertFalse(disputes.disputeOf(id).isRuled, "a second later");
        settle(id);
        assertEq(vault.recovery(ETH).epoch, OLDER, "nobody had ruled");
    }

    function test_evidence_isForOpenDisputes() public {
        postNewer();
        uint256 id = toDisputed();
        vm.expectEmit(address(disputes));
        emit IDisputes.Evidence(arbitrator, id, stranger, "ipfs://bundle");
        vm.prank(stranger);
        disputes.submitEvidence(id, "ipfs://bundle");
        bytes memory data = abi.encodeCall(IDisputes.submitEvidence, (id, "ipfs://bundle"));
        rule(id, KEEP_NEWER);
        refuseHere(stranger, 0, data, err(Errors.Disputes_Closed.selector, id));
        data = abi.encodeCall(IDisputes.submitEvidence, (id + 1, ""));
        refuseHere(stranger, 0, data, err(Errors.Disputes_Unknown.selector, id + 1));
    }

    // ------------------------------------------------------------------ counting

    function test_count_goesOnWhileDisputedAndAnewForTheOlder() public {
        payOut(ETH, 0, 60 ether);
        postNewer();
        payOut(ETH, 1, 50 ether);
        uint256 id = toDisputed();
        toReturning();
        warpBy(1 days);
        perform(stranger, countCall(treeOf(ETH, NEWER), ETH, 0));
        assertEq(vault.recovery(ETH).owed, 73 ether, "of 123, in the return, because no round may open yet");
        toSettled(id, TAKE_OLDER);
        assertFalse(vault.wordCounted(ETH, 0), "that was another ledger's word");
        refuse(stranger, countCall(treeOf(ETH, NEWER), ETH, 0), err(Errors.Ledger_ProofInvalid.selector));
        warpBy(COUNTING_TIME - 1);
        perform(stranger, countCall(treeOf(ETH, OLDER), ETH, 0));
        assertEq(vault.recovery(ETH).owed, 65 ether, "175 less both payouts");
        assertTrue(vault.wordCounted(ETH, 0), "counted");
        warpBy(1);
        refuse(stranger, countCall(treeOf(ETH, OLDER), ETH, 0), err(Errors.Return_CountingClosed.selector));
        openRound(ETH);
    }

    // ------------------------------------------------------------------ requests

    function _request() private {
        perform(bob, requestCall(finalTree(ETH), ETH, 1, 20 ether));
    }

    function test_request_opens() public {
        bytes memory data = abi.encodeCall(IDisputes.disputeRequest, (ETH, bob));
        refuseHere(operator, 1 ether, data, err(Errors.Liveness_RequestNotOpen.selector, bob));
        _request();
        refuseHere(bob, 1 ether, data, err(Errors.Disputes_OnlyOperator.selector));
        assertEq(requestCost(), 0.02 ether, "no bond");
        vm.expectEmit(address(disputes));
        emit IDisputes.RequestDisputed(bob, ETH, 0, now_() + RULING_TIME);
        uint256 id = disputeRequest(ETH, bob);
        (bool disputed, uint256 number) = disputes.requestDispute(ETH, bob);
        assertTrue(disputed && number == id, "found by its account");
        refuseHere(operator, 1 ether, data, err(Errors.Disputes_Disputed.selector, bob));
    }

    function test_request_servedClosesItWithItsDeposit() public {
        Terms memory terms = disputableTerms();
        terms.exitDeposit = 0.01 ether;
        vault = deploy(terms);
        openService();
        disputes = createDisputes();
        performWith(bob, 0.01 ether, requestCall(finalTree(ETH), ETH, 1, 20 ether));
        uint256 id = disputeRequest(ETH, bob);
        stayAlive(7 days);
        perform(stranger, abi.encodeWithSignature("reportUnserved(address,address)", ETH, bob));
        assertEq(vault.liveness().overdueCount, 1, "reported");
        rule(id, 1);
        vm.expectEmit(address(disputes));
        emit IDisputes.Settled(id, true);
        settle(id);
        assertEq(vault.exitRequest(ETH, bob).target, 0, "closed");
        assertEq(vault.liveness().overdueCount, 0, "no report is left");
        assertEq(vault.depositOf(bob), 0.01 ether, "his deposit");
    }

    function test_request_anythingElseLeavesItAsItIs() public {
        _request();
        uint256 id = disputeRequest(ETH, bob);
        uint256 world = vm.snapshotState();
        uint256[3] memory rulings = [uint256(0), 2, 9];
        for (uint256 i = 0; i < 3; ++i) {
            toSettled(id, rulings[i]);
            assertEq(vault.exitRequest(ETH, bob).target, 20 ether, "stands");
            vm.revertToState(world);
        }
        stayAlive(RULING_TIME + 1);
        settle(id);
        assertEq(vault.exitRequest(ETH, bob).target, 20 ether, "nobody ruled");
    }

    function test_request_rulingAfterTheLatchChangesNothing() public {
        _request();
        uint256 id = disputeRequest(ETH, bob);
        rule(id, 1);
        toLatched();
        settle(id);
        assertEq(vault.exitRequest(ETH, bob).target, 20 ether, "too late");
        bytes memory data = abi.encodeCall(IDisputes.disputeRequest, (ETH, carol));
        refuseHere(operator, 1 ether, data, err(Errors.Liveness_WrongPhase.selector, 2));
    }

    function test_request_anotherOneIsNotMeant() public {
        _request();
        uint256 id = disputeRequest(ETH, bob);
        payOut(ETH, 1, 20 ether);
        warpBy(1);
        perform(bob, requestCall(finalTree(ETH), ETH, 1, 10 ether));
        rule(id, 1);
        vm.expectEmit(address(disputes));
        emit IDisputes.Settled(id, false);
        settle(id);
        assertEq(vault.exitRequest(ETH, bob).target, 30 ether, "the new one stands");
    }

    /// @notice Nor one of the same amount at another time, or of another amount at the same time.
    function test_request_nearlyTheSameIsNotMeant() public {
        _request();
        uint256 id = disputeRequest(ETH, bob);
        rule(id, 1);
        uint256 world = vm.snapshotState();
        _askAnew(20 ether, 1);
        settle(id);
        assertEq(vault.exitRequest(ETH, bob).target, 20 ether, "a second later");
        vm.revertToState(world);
        _askAnew(19 ether, 0);
        settle(id);
        assertEq(vault.exitRequest(ETH, bob).target, 19 ether, "an ether less");
    }

    function _askAnew(uint128 amount, uint256 secs) private {
        perform(bob, abi.encodeCall(IRegistry.cancelExit, (ETH)));
        warpBy(secs);
        perform(bob, requestCall(finalTree(ETH), ETH, 1, amount));
    }

    // ------------------------------------------------------------------ the examples of the standard's own package

    function test_kleros_simpleArbitratorDecides() public {
        SimpleCentralizedArbitrator kleros = new SimpleCentralizedArbitrator();
        arbitrator = address(kleros);
        vault = deploy(disputableTerms());
        openService();
        disputes = createDisputes();
        postNewer();
        toLatched();
        assertEq(ledgerCost(), 0.2 ether, "its fee and the bond");
        uint256 id = disputeLedger(ETH);
        uint256 world = vm.snapshotState();
        kleros.rule(id, KEEP_NEWER);
        settle(id);
        assertEq(vault.recovery(ETH).epoch, NEWER, "kept");
        vm.revertToState(world);
        kleros.rule(id, TAKE_OLDER);
        settle(id);
        assertEq(vault.recovery(ETH).epoch, OLDER, "replaced");
        vm.revertToState(world);
        // Whoever rules too late can still close the matter on his side.
        warpBy(RULING_TIME + 1);
        settle(id);
        kleros.rule(id, KEEP_NEWER);
        assertEq(vault.recovery(ETH).epoch, OLDER, "too late");
    }

    function test_kleros_arbitratorWithAppealDecides() public {
        CentralizedArbitratorWithAppeal kleros = new CentralizedArbitratorWithAppeal();
        arbitrator = address(kleros);
        vault = deploy(disputableTerms());
        openService();
        disputes = createDisputes();
        _request();
        uint256 first = disputeRequest(ETH, bob);
        kleros.giveRuling(first, 2);
        kleros.appeal{value: 1 ether}(first, "");
        kleros.giveRuling(first, 1);
        warpBy(3 minutes + 1);
        kleros.executeRuling(first);
        settle(first);
        assertEq(vault.exitRequest(ETH, bob).target, 0, "served, on appeal");
        postNewer();
        uint256 id = toDisputed();
        kleros.giveRuling(id, TAKE_OLDER);
        warpBy(3 minutes + 1);
        kleros.executeRuling(id);
        settle(id);
        assertEq(vault.recovery(ETH).epoch, OLDER, "replaced");
    }
}
