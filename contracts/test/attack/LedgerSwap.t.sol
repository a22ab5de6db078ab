// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IBond} from "lifeboat/interfaces/IBond.sol";
import {IDisputes} from "lifeboat/interfaces/IDisputes.sol";
import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {CommitmentInput, Leaf, Round, SumNode, Terms} from "lifeboat/types/Types.sol";

import {DisputesTest} from "../base/DisputesTest.sol";
import {SumTree} from "../base/SumTree.sol";
import {PliantArbitrator} from "../twins/Arbitrators.sol";
import {Reentrant} from "../twins/Recipients.sol";
import {FrozenToken} from "../twins/Tokens.sol";

/// @notice One ledger in another's place: whoever was paid by the one, and in full, comes for the other.
contract LedgerSwapTest is DisputesTest {
    using SumTree for SumTree.Tree;

    function swap() private {
        toSettled(toDisputed(), TAKE_OLDER);
        assertBooks("rule 1");
    }

    function openWhenCounted() private returns (Round memory) {
        if (vault.timeline().returnAt > vault.recovery(ETH).roundsFrom) toReturning();
        else vm.warp(vault.recovery(ETH).roundsFrom);
        return openRound(ETH);
    }

    // ------------------------------------------------------------------ deposits that were paid out already

    /// @notice Bob deposits 8, the newer ledger owes him 58, he is paid 58. By the older one he would have his deposit a second time.
    function test_swap_depositIsNotPaidOutAndRefunded() public {
        postNewer();
        payOut(ETH, 1, 58 ether);
        swap();
        bytes memory data = abi.encodeCall(IVaultCore.refundPending, (ETH, 0));
        refuse(stranger, data, err(Errors.Books_EntryNeedsLeaf.selector, uint256(0)));
        refundEntry(0, 1);
        assertEq(bob.balance, 58 ether, "50 that the older owed him, and his 8");
        assertEq(vault.book(ETH).pending, 0, "done");
        assertBooks("rule 1");
        Round memory round = openWhenCounted();
        refuse(stranger, claimCall(finalTree(ETH), ETH, round, 1), err(Errors.Return_NothingDue.selector, uint256(1)));
        claim(ETH, round, 0);
        claim(ETH, round, 2);
        // Nobody has counted Bob's leaf, so the ratio is of 175.
        assertEq(vault.recovery(ETH).owed, 175 ether, "not counted");
    }

    /// @notice What was paid out beyond the leaf is taken off once, over all entries.
    function test_swap_excessIsTakenOffOnce(uint128 paid, bool firstFirst) public {
        paid = uint128(bound(paid, 1, 58 ether));
        queue(bob, 5 ether);
        queue(bob, 3 ether);
        postFinal(ETH, newerLeaves());
        payOut(ETH, 1, paid);
        swap();
        refundEntry(firstFirst ? 0 : 1, 1);
        refundEntry(firstFirst ? 1 : 0, 1);
        assertBooks("rule 1");
        perform(stranger, countCall(finalTree(ETH), ETH, 0));
        Round memory round = openWhenCounted();
        if (paid < 50 ether) claim(ETH, round, 1);
        assertEq(bob.balance, 58 ether, "50 and 8, however much of it came before");
        claim(ETH, round, 0);
        claim(ETH, round, 2);
        assertEq(alice.balance, 100 ether, "and nobody pays for it");
        assertEq(carol.balance, 25 ether, "neither");
        assertEq(address(vault).balance, 0, "to the wei");
    }

    /// @notice Eight ledgers are kept. The older one may be the first that has gone: what stands in its place later is not final and no rival.
    function test_swap_theOlderLedgerMayBeForgotten() public {
        postMany(7);
        attest(ETH);
        warpBy(1 hours);
        postMany(2);
        assertEq(vault.newestEpoch(ETH), 10, "of which 3 to 10 are kept");
        assertEq(vault.finalEpoch(ETH), 8, "the only final one of them");
        swap();
        assertEq(vault.recovery(ETH).epoch, 1, "the one before");
        assertEq(vault.recovery(ETH).total, 175 ether, "as it was");
    }

    function test_swap_theOlderLedgerMayBeTheLastThatIsKept() public {
        postMany(1);
        attest(ETH);
        warpBy(1 hours);
        postMany(7);
        attest(ETH);
        warpBy(1 hours);
        assertEq(vault.finalEpoch(ETH), 9, "of 2 to 9 that are kept");
        swap();
        assertEq(vault.recovery(ETH).epoch, 2, "the other final one");
    }

    function postMany(uint256 count) private {
        for (uint256 i = 0; i < count; ++i) {
            warpBy(1);
            Leaf[] memory leaves = threeUsers(1 ether);
            leaves[2].balance -= uint128(vault.newestEpoch(ETH));
            post(ETH, leaves);
        }
    }

    /// @notice Of what was paid out, the older ledger knows a part: only the rest is taken off.
    function test_swap_whatTheOlderLedgerKnowsIsNotTakenOff() public {
        payOut(ETH, 1, 20 ether);
        Leaf[] memory leaves = threeUsers(1 ether);
        leaves[1] = Leaf(bob, 30 ether, 20 ether);
        postFinal(ETH, leaves);
        queue(bob, 8 ether);
        leaves[1] = Leaf(bob, 38 ether, 20 ether);
        postFinal(ETH, leaves);
        payOut(ETH, 1, 34 ether);
        swap();
        refundEntry(0, 1);
        assertEq(bob.balance, 58 ether, "20 and 34, and 4 of his 8");
    }

    /// @notice Authors who hang a second leaf of a depositor a level deeper into the older ledger, to have more taken off his deposit.
    function test_swap_aProofIsAsLongAsTheLedgerIsDeep() public {
        bytes32 domain = SumTree.domain(address(vault), ETH);
        uint32 index = 256;
        Leaf memory sham = Leaf(bob, 1, 0);
        SumNode memory deep = SumTree.leafNode(domain, index, sham);
        SumNode memory right = SumTree.leafNode(domain, index, Leaf(bob, 100 ether, 0));
        for (uint256 i = 0; i < 8; ++i) {
            (deep, right) = (SumTree.parent(deep, SumNode(0, 0)), SumTree.parent(right, SumNode(0, 0)));
        }
        CommitmentInput memory input = inputFor(ETH, threeUsers(1 ether));
        (input.left, input.right, input.count) = (SumTree.parent(SumNode(0, 0), deep), right, 512);
        perform(address(this), commitCall(input));
        attest(ETH);
        warpBy(1 hours);
        postNewer();
        payOut(ETH, 1, 58 ether);
        swap();
        bytes memory proof = abi.encodePacked(new bytes(9 * 48), right.hash, right.sum);
        bytes memory data = abi.encodeCall(IDisputes.refundEntry, (ETH, 0, index, sham, proof));
        refuseHere(stranger, 0, data, err(Errors.Ledger_ProofInvalid.selector));
    }

    /// @notice An account that came between the two ledgers has no leaf in the older one: only it says so itself, for a stranger could take
    /// off too much by it.
    function test_swap_accountWithoutLeaf() public {
        queue(dave, 10 ether);
        Leaf[] memory leaves = new Leaf[](4);
        leaves[0] = Leaf(alice, 100 ether, 0);
        leaves[1] = Leaf(bob, 50 ether, 0);
        leaves[2] = Leaf(carol, 25 ether, 0);
        leaves[3] = Leaf(dave, 10 ether, 0);
        postFinal(ETH, leaves);
        payOut(ETH, 3, 6 ether);
        swap();
        bytes memory data = abi.encodeCall(IDisputes.refundEntryWithoutLeaf, (ETH, 0));
        refuseHere(stranger, 0, data, err(Errors.Ledger_NotTheAccount.selector, stranger, dave));
        vm.prank(dave);
        disputes.refundEntryWithoutLeaf(ETH, 0);
        assertEq(dave.balance, 10 ether, "6 before and 4 now");
        Round memory round = openWhenCounted();
        claim(ETH, round, 0);
        assertEq(alice.balance, 100 ether, "nobody else lost anything");
    }

    function test_swap_entriesAreRefundedByTheirOwnLeaf() public {
        postNewer();
        queue(carol, 3 ether);
        payOut(ETH, 1, 58 ether);
        payOut(ETH, 2, 1 ether);
        SumTree.Tree memory newer = finalTree(ETH);
        swap();
        SumTree.Tree memory tree = finalTree(ETH);
        bytes memory data = abi.encodeCall(IDisputes.refundEntry, (ETH, 0, 0, tree.leaves[0], tree.proof(0)));
        refuseHere(stranger, 0, data, err(Errors.Ledger_NotTheAccount.selector, alice, bob));
        data = abi.encodeCall(IDisputes.refundEntry, (ETH, 0, 1, newer.leaves[1], newer.proof(1)));
        refuseHere(stranger, 0, data, err(Errors.Ledger_ProofInvalid.selector));
        data = abi.encodeCall(IDisputes.refundEntry, (ETH, 0, 1, tree.leaves[1], tree.proof(0)));
        refuseHere(stranger, 0, data, err(Errors.Ledger_ProofInvalid.selector));
        // Carol's is in neither ledger: nobody takes anything off it.
        data = abi.encodeCall(IDisputes.refundEntry, (ETH, 1, 2, tree.leaves[2], tree.proof(2)));
        refuseHere(stranger, 0, data, err(Errors.Disputes_NotReopened.selector, 1));
        refundPending(1);
        assertEq(carol.balance, 4 ether, "in full");
        refundEntry(0, 1);
        data = abi.encodeCall(IDisputes.refundEntry, (ETH, 0, 1, tree.leaves[1], tree.proof(1)));
        refuseHere(stranger, 0, data, err(Errors.Books_EntryRefunded.selector, uint256(0)));
    }

    // ------------------------------------------------------------------ payouts that only the newer ledger knows

    /// @notice Dave was paid 30 by the newer ledger, which Alice had sent him. By the older one the 30 are Alice's: the vault is short of
    /// them, everybody bears his part, and nobody gets more than that ledger owes him.
    function test_swap_payoutsByTheNewerLedgerMakeTheRoundShort() public {
        postNewer();
        payOut(ETH, 3, 30 ether);
        swap();
        refundPending(0);
        Round memory round = openWhenCounted();
        assertEq(round.numerator, 145 ether, "175 less Dave's 30");
        assertEq(round.denominator, 175 ether, "for all that is owed");
        for (uint32 i = 0; i < 3; ++i) {
            claim(ETH, round, i);
        }
        assertEq(alice.balance, uint256(100 ether) * 145 / 175, "Alice");
        assertEq(bob.balance, 8 ether + uint256(50 ether) * 145 / 175, "Bob, whose deposit is not diluted");
        assertLe(address(vault).balance, 3, "dust");
    }

    function testFuzz_swap_nobodyGetsMoreThanHisLedgerOwes(uint256 seed, uint256 ruling) public {
        queue(bob, 8 ether);
        uint128 early = uint128(bound(seed, 0, 60 ether));
        if (early > 0) payOut(ETH, 0, early);
        postFinal(ETH, newerLeaves());
        uint128[4] memory owed = [70 ether - early, 58 ether, 25 ether, 30 ether];
        for (uint32 i = 0; i < 4; ++i) {
            uint128 paid = uint128(uint256(keccak256(abi.encode(seed, i))) % (owed[i] + 1));
            if (paid > 0 && paid % 3 != 0) payOut(ETH, i, paid);
        }
        uint256 id = toDisputed();
        if (seed % 2 == 0) perform(stranger, countCall(treeOf(ETH, NEWER), ETH, 0));
        toSettled(id, ruling % 3);
        assertBooks("rule 1");
        bool older = vault.recovery(ETH).epoch == OLDER;
        if (seed % 5 < 3 && !vault.wordCounted(ETH, 0)) perform(stranger, countCall(finalTree(ETH), ETH, 0));
        if (older) refundEntry(0, 1);
        assertBooks("rule 1");
        if (seed % 7 != 0) vm.warp(vault.timeline().pushAt + RULING_TIME + COUNTING_TIME);
        else vm.warp(vault.timeline().returnAt + RULING_TIME + COUNTING_TIME);
        vm.prank(stranger);
        (bool ok,) = address(vault).call(abi.encodeCall(IVaultCore.openRound, (ETH)));
        if (!ok) return;
        uint128 numerator = vault.recovery(ETH).allotted;
        Round memory round = Round(0, numerator, vault.recovery(ETH).owed);
        uint256 before = address(vault).balance;
        SumTree.Tree memory tree = finalTree(ETH);
        for (uint32 i = 0; i < tree.leaves.length; ++i) {
            vm.prank(stranger);
            (ok,) = address(vault).call(claimCall(tree, ETH, round, i));
            uint256 most = uint256(tree.leaves[i].balance) + tree.leaves[i].paid;
            if (i == 1 && older) most += 8 ether;
            uint256 counter = vault.paidOut(ETH, tree.leaves[i].account);
            if (counter > most) most = counter;
            assertLe(tree.leaves[i].account.balance, most, "rule 2");
        }
        assertLe(before - address(vault).balance, numerator, "rule 3");
        assertBooks("rule 1");
    }

    // ------------------------------------------------------------------ a reserve that does not cover the deposits

    function shortTerms() private view returns (Terms memory terms) {
        terms = disputableTerms();
        terms.coverageFloorBps = 5000;
    }

    /// @notice The deposits are absorbed and spent: no dispute can promise them to their accounts again.
    function test_swap_needsAReserveThatCoversTheDeposits() public {
        vault = deploy(shortTerms());
        disputes = createDisputes();
        fund(token, 175e6);
        fund(ETH, 1 ether);
        Leaf[] memory leaves = new Leaf[](2);
        leaves[0] = Leaf(alice, 1 ether, 0);
        post(token, threeUsers(1e6));
        postFinal(ETH, leaves);
        queue(bob, 100 ether);
        leaves[1] = Leaf(bob, 100 ether, 0);
        postFinal(ETH, leaves);
        beat();
        perform(stranger, releaseCall(ETH, hotWallet, 50 ether));
        toLatched();
        bytes memory data = abi.encodeCall(IDisputes.disputeLedger, (ETH));
        refuseHere(disputer, 1 ether, data, err(Errors.Disputes_NoOtherLedger.selector, ETH));
        // A gift covers them, and then it is possible.
        fund(ETH, 49 ether);
        toSettled(disputeLedger(ETH), TAKE_OLDER);
        assertBooks("rule 1");
        assertEq(vault.reserve(ETH), 0, "all of it is Bob's");
        refundPending(0);
        assertEq(bob.balance, 100 ether, "in full");
    }

    /// @notice A token takes the vault's balance away while the dispute is open: the newer ledger stays, and the opener has his bond.
    function test_swap_isLeftWhenTheTokenHasShrunk() public {
        FrozenToken shrinking = new FrozenToken();
        token = address(shrinking);
        shrinking.mint(address(this), 1e30);
        shrinking.approve(address(this), type(uint256).max);
        vault = deploy(disputableTerms());
        openService();
        disputes = createDisputes();
        shrinking.approve(address(vault), 8e6);
        vault.depositToLedger(token, bob, 8e6);
        Leaf[] memory leaves = threeUsers(1e6);
        leaves[1].balance += 8e6;
        postFinal(token, leaves);
        toLatched();
        uint256 id = disputeLedger(token);
        rule(id, TAKE_OLDER);
        vm.prank(address(vault));
        shrinking.transfer(stranger, 176e6);
        settle(id);
        assertEq(vault.recovery(token).epoch, NEWER, "as it was");
        assertEq(vault.book(token).pending, 0, "nothing is promised that is not there");
        assertEq(disputes.creditOf(disputer), BOND, "it was not his fault");
        vm.warp(vault.timeline().returnAt + COUNTING_TIME);
        Round memory round = openRound(token);
        assertEq(round.numerator, 7e6, "what is left");
    }

    // ------------------------------------------------------------------ at the wrong moment

    /// @notice In the middle of a refund the reserve is not what it seems: nothing is settled then. A ruling is noted all the same, so that
    /// none is lost.
    function test_swap_notWhileTheVaultIsEntered() public {
        Reentrant caller = new Reentrant();
        postNewer();
        queue(address(caller), 1 ether);
        uint256 id = toDisputed();
        caller.arm(arbitrator, abi.encodeCall(PliantArbitrator.tell, (address(disputes), id, TAKE_OLDER)));
        uint256 world = vm.snapshotState();
        refundPending(1);
        assertTrue(caller.called() || vault.segregatedOf(ETH, address(caller)) > 0, "paid or credited");
        vm.revertToState(world);
        rule(id, TAKE_OLDER);
        caller.arm(address(disputes), abi.encodeCall(IDisputes.settle, (id)));
        performWith(stranger, 1 ether, depositCall(ETH, address(caller), 1 ether));
        caller.send(address(vault), 0, abi.encodeCall(IVaultCore.withdraw, (ETH, address(caller), 1 ether)));
        assertTrue(caller.called(), "called back");
        assertFalse(caller.succeeded(), "settled within a withdrawal");
        assertFalse(disputes.disputeOf(id).isSettled, "still open");
        settle(id);
        assertEq(vault.recovery(ETH).epoch, OLDER, "later");
        assertBooks("rule 1");
    }

    function test_swap_rulingWithinAWithdrawalIsNoted() public {
        Reentrant caller = new Reentrant();
        postNewer();
        uint256 id = toDisputed();
        performWith(stranger, 1 ether, depositCall(ETH, address(caller), 1 ether));
        caller.arm(arbitrator, abi.encodeCall(PliantArbitrator.tell, (address(disputes), id, KEEP_NEWER)));
        caller.send(address(vault), 0, abi.encodeCall(IVaultCore.withdraw, (ETH, address(caller), 1 ether)));
        assertTrue(caller.succeeded(), "whatever the vault is doing");
        assertTrue(disputes.disputeOf(id).isRuled, "noted");
    }

    // ------------------------------------------------------------------ two assets, and the bond

    function test_swap_assetsAreDisputedApart() public {
        postNewer();
        Leaf[] memory leaves = threeUsers(1e6);
        (leaves[0].balance, leaves[1].balance) = (90e6, 60e6);
        postFinal(token, leaves);
        toLatched();
        uint256 first = disputeLedger(ETH);
        uint256 second = disputeLedger(token);
        toSettled(second, KEEP_NEWER);
        toReturning();
        claim(token, openRound(token), 0);
        assertEq(balanceOf(token, alice), 90e6, "by the token's newer ledger");
        toSettled(first, TAKE_OLDER);
        claim(ETH, openWhenCounted(), 0);
        assertEq(alice.balance, 100 ether, "by the older one of ETH");
    }

    /// @notice An empty newest ledger would let the operator open an empty compensation and take his bond back.
    function test_swap_compensationWaitsForTheLedgerThatCounts() public {
        createSatellite("Bond.sol:Bond");
        IBond bond = IBond(vault.parameters().bond);
        bond.put{value: 10 ether}(ETH, 10 ether);
        Leaf[] memory nobody = new Leaf[](1);
        nobody[0] = Leaf(alice, 0, 0);
        postFinal(ETH, nobody);
        uint256 id = toDisputed();
        toReturning();
        vm.expectRevert(err(Errors.Return_RoundHeld.selector, uint256(type(uint40).max)));
        bond.openCompensation(ETH);
        vm.expectRevert(err(Errors.Return_RoundHeld.selector, uint256(type(uint40).max)));
        bond.fillShortfall(ETH);
        warpBy(RULING_TIME);
        settle(id);
        vm.expectRevert(err(Errors.Return_RoundHeld.selector, uint256(vault.recovery(ETH).roundsFrom)));
        bond.openCompensation(ETH);
        openWhenCounted();
        bond.openCompensation(ETH);
        assertGt(bond.compensation(ETH).amount, 8 ether, "for the 175 that the older ledger owes");
    }
}
