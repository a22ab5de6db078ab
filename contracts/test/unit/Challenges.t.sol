// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IRegistry} from "lifeboat/interfaces/IRegistry.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {Commitment, Leaf, Phase, Terms} from "lifeboat/types/Types.sol";

import {SumTree} from "../base/SumTree.sol";
import {VaultTest} from "../base/VaultTest.sol";
import {Refuser} from "lifeboat/testnet/Refuser.sol";

/// @notice Data availability: who asks for a word of a ledger that is not final sees its leaves, or the ledger never counts.
contract ChallengesTest is VaultTest {
    using SumTree for SumTree.Tree;

    uint256 private constant BOND = 0.1 ether;
    address private watcher = actor("watcher of data");

    function setUp() public override {
        super.setUp();
        openService();
    }

    function challenge(uint32 epoch, uint32 word) internal pure returns (bytes memory) {
        return abi.encodeCall(IRegistry.challengeWord, (ETH, epoch, word));
    }

    function answer(uint32 epoch, uint32 word) internal view returns (bytes memory) {
        return showCall(treeOf(ETH, epoch), ETH, epoch, word);
    }

    function shown(uint32 epoch, bytes memory leaves, bytes memory paid, bytes memory siblings)
        private
        pure
        returns (bytes memory)
    {
        return abi.encodeCall(IRegistry.answerChallenge, (ETH, epoch, 0, leaves, paid, siblings));
    }

    function void_(uint32 epoch, uint32 word) internal pure returns (bytes memory) {
        return abi.encodeCall(IRegistry.voidCommitment, (ETH, epoch, word));
    }

    /// @dev The second ledger of ETH, posted now and not attested.
    function postSecond() internal returns (uint32) {
        return post(ETH, threeUsers(1 ether));
    }

    function test_challenge_keepsARootFromBeingFinalUntilAnswered() public {
        uint32 epoch = postSecond();
        vm.expectEmit(registry());
        emit IRegistry.WordChallenged(ETH, epoch, 0, watcher, now_() + 24 hours);
        performWith(watcher, BOND, challenge(epoch, 0));
        assertEq(registry().balance, BOND, "the bond is with the registry");
        stayBeating(24 hours);
        vm.expectEmit(registry());
        emit IRegistry.ChallengeAnswered(ETH, epoch, 0);
        perform(bob, answer(epoch, 0));
        assertEq(vault.depositOf(bob), BOND, "the bond is the answerer's");
        post(token, threeUsers(1e6));
        stayBeating(24 hours - 1);
        assertEq(vault.finalEpoch(ETH), 1, "not final a second before its age");
        warpBy(1);
        assertEq(vault.finalEpoch(ETH), epoch, "final at its age");
    }

    function test_challenge_answeredLateInItsAgeIsFinalAfterTheAnswer() public {
        uint32 epoch = postSecond();
        stayBeating(48 hours - 1);
        post(token, threeUsers(1e6));
        performWith(watcher, BOND, challenge(epoch, 0));
        post(ETH, threeUsers(1 ether));
        stayBeating(20 hours);
        assertEq(vault.finalEpoch(ETH), 1, "old enough, but challenged");
        perform(bob, answer(epoch, 0));
        assertEq(vault.finalEpoch(ETH), 1, "not in the answer's own second");
        warpBy(1);
        assertEq(vault.finalEpoch(ETH), epoch, "answered, and old enough");
    }

    function test_challenge_unansweredRootNeverCounts() public {
        uint32 epoch = postSecond();
        performWith(watcher, BOND, challenge(epoch, 0));
        uint256 due = now_() + 24 hours;
        vm.warp(due);
        refuse(stranger, void_(epoch, 0), err(Errors.Ledger_AnswerNotDue.selector, due));
        beat();
        warpBy(1);
        refuse(bob, answer(epoch, 0), err(Errors.Ledger_AnswerTooLate.selector, due));
        vm.expectEmit(registry());
        emit IRegistry.ChallengeUnanswered(ETH, epoch, 0);
        perform(stranger, void_(epoch, 0));
        assertEq(vault.depositOf(watcher), BOND, "the bond is the challenger's again");
        assertTrue(vault.commitment(ETH, epoch).isVoid, "void");
        warpBy(365 days);
        assertEq(vault.finalEpoch(ETH), 1, "the one before it counts, for ever");
        refuse(
            stranger, attestCall(ETH, epoch), err(Errors.Liveness_WrongPhase.selector, uint256(uint8(Phase.Returning)))
        );
    }

    function test_challenge_voidRootIsNoFreshRoot() public {
        // The first ledger is 47 hours old, the second is void a day after: stale since long, suspected from now on.
        stayBeating(47 hours);
        uint32 epoch = postSecond();
        post(token, threeUsers(1e6));
        performWith(watcher, BOND, challenge(epoch, 0));
        stayBeating(24 hours + 1);
        assertPhase(Phase.Live, "the second root is fresh enough");
        perform(stranger, void_(epoch, 0));
        assertPhase(Phase.Suspected, "without it none is");
        assertEq(vault.timeline().suspectedAt, now_(), "from now on, not from then");
        assertEq(vault.timeline().latchedAt, now_() + 48 hours, "the whole challenge window is left");
        post(ETH, threeUsers(1 ether));
        assertPhase(Phase.Live, "a better root cures it");
        refuse(stranger, attestCall(ETH, epoch), err(Errors.Ledger_CommitmentVoid.selector, epoch));
    }

    /// @notice Eight newer ledgers have pushed it out of the history: nothing is left to void, and the bond comes back.
    function test_challenge_bondComesBackFromForgottenLedgersToo() public {
        uint32 epoch = postSecond();
        performWith(watcher, BOND, challenge(epoch, 0));
        for (uint256 i = 0; i < 8; ++i) {
            postFinal(ETH, threeUsers(1 ether));
        }
        assertEq(vault.newestEpoch(ETH), epoch + 8, "not kept any more");
        stayBeating(24 hours);
        perform(stranger, void_(epoch, 0));
        assertEq(vault.depositOf(watcher), BOND, "the bond");
        assertEq(vault.finalEpoch(ETH), epoch + 8, "and nothing else");
    }

    function test_challenge_oneUnansweredOfTwoIsEnough() public {
        uint32 epoch = post(ETH, manyUsers(300));
        performWith(watcher, BOND, challenge(epoch, 0));
        performWith(watcher, BOND, challenge(epoch, 1));
        perform(bob, answer(epoch, 1));
        assertEq(vault.commitment(ETH, epoch).openChallenges, 1, "one is open");
        stayBeating(24 hours + 1);
        perform(stranger, void_(epoch, 0));
        assertTrue(vault.commitment(ETH, epoch).isVoid, "void");
        refuse(stranger, void_(epoch, 0), err(Errors.Ledger_ChallengeNotOpen.selector, uint256(0)));
        refuse(stranger, void_(epoch, 1), err(Errors.Ledger_ChallengeNotOpen.selector, 1));
    }

    function test_challenge_attestationStandsForHavingSeenTheLeaves() public {
        uint32 epoch = postSecond();
        performWith(watcher, BOND, challenge(epoch, 0));
        attest(ETH);
        warpBy(1 hours);
        assertEq(vault.finalEpoch(ETH), epoch, "attested, whatever challenge is open");
        epoch = postSecond();
        attest(ETH);
        refuseWith(watcher, BOND, challenge(epoch, 0), err(Errors.Ledger_NotChallengeable.selector, epoch));
    }

    function test_challenge_attestedRootIsFinalEvenIfNobodyAnswers() public {
        uint32 epoch = postSecond();
        performWith(watcher, BOND, challenge(epoch, 0));
        attest(ETH);
        warpBy(1 hours);
        assertEq(vault.finalEpoch(ETH), epoch, "final");
        stayBeating(23 hours + 1);
        // A final root cannot be taken away: what was paid under it is paid.
        perform(stranger, void_(epoch, 0));
        assertEq(vault.depositOf(watcher), BOND, "the bond comes back all the same");
        assertFalse(vault.commitment(ETH, epoch).isVoid, "not void");
        assertEq(vault.finalEpoch(ETH), epoch, "still final");
    }

    function test_challenge_conditions() public {
        uint32 epoch = postSecond();
        refuseWith(watcher, BOND - 1, challenge(epoch, 0), err(Errors.Ledger_WrongDeposit.selector, BOND - 1, BOND));
        refuseWith(watcher, BOND, challenge(epoch, 1), err(Errors.Ledger_NoSuchWord.selector, 1));
        refuseWith(watcher, BOND, challenge(epoch + 1, 0), err(Errors.Ledger_EpochUnknown.selector, epoch + 1));
        refuseWith(watcher, BOND, challenge(1, 0), err(Errors.Ledger_NotChallengeable.selector, 1));
        refuse(bob, answer(epoch, 0), err(Errors.Ledger_ChallengeNotOpen.selector, uint256(0)));
        performWith(watcher, BOND, challenge(epoch, 0));
        refuseWith(watcher, BOND, challenge(epoch, 0), err(Errors.Ledger_WordChallenged.selector, uint256(0)));
        perform(bob, answer(epoch, 0));
        refuse(bob, answer(epoch, 0), err(Errors.Ledger_ChallengeNotOpen.selector, uint256(0)));
        refuseWith(watcher, BOND, challenge(epoch, 0), err(Errors.Ledger_WordChallenged.selector, uint256(0)));
        toLatched();
        refuseWith(watcher, BOND, challenge(epoch, 0), err(Errors.Liveness_WrongPhase.selector, 2));
    }

    function test_challenge_onlyTheLeavesOfThatWordAnswer() public {
        uint32 epoch = post(ETH, manyUsers(300));
        performWith(watcher, BOND, challenge(epoch, 0));
        SumTree.Tree memory tree = treeOf(ETH, epoch);
        (bytes memory leaves, bytes memory paid) = tree.packed(1);
        refuse(bob, shown(epoch, leaves, paid, tree.siblings(1)), err(Errors.Ledger_ProofInvalid.selector));
        (leaves, paid) = tree.packed(0);
        leaves[60] ^= 0x01;
        refuse(bob, shown(epoch, leaves, paid, tree.siblings(0)), err(Errors.Ledger_ProofInvalid.selector));
        leaves[60] ^= 0x01;
        bytes memory counter = abi.encodePacked(uint8(3), uint128(1));
        refuse(bob, shown(epoch, leaves, counter, tree.siblings(0)), err(Errors.Ledger_ProofInvalid.selector));
        // Siblings that are none, leaves or counters that are not packed as they must be: every form is in LedgerTree.t.sol.
        refuse(bob, shown(epoch, leaves, paid, hex"00"), err(Errors.Ledger_ProofMalformed.selector));
        refuse(bob, shown(epoch, tree.word(0), paid, tree.siblings(0)), err(Errors.Ledger_ProofMalformed.selector));
        refuse(bob, shown(epoch, leaves, hex"03", tree.siblings(0)), err(Errors.Ledger_ProofMalformed.selector));
        perform(bob, answer(epoch, 0));
    }

    /// @notice Leaves that were paid out before are shown with their counters.
    function test_challenge_answeredWithCounters() public {
        Leaf[] memory leaves = manyUsers(300);
        (leaves[0].paid, leaves[7].paid, leaves[255].paid, leaves[299].paid) = (1, type(uint128).max, 2, 3);
        uint32 epoch = post(ETH, leaves);
        performWith(watcher, BOND, challenge(epoch, 0));
        performWith(watcher, BOND, challenge(epoch, 1));
        SumTree.Tree memory tree = treeOf(ETH, epoch);
        (bytes memory packed, bytes memory paid) = tree.packed(0);
        assertEq(paid.length, 3 * 17, "three counters");
        refuse(bob, shown(epoch, packed, "", tree.siblings(0)), err(Errors.Ledger_ProofInvalid.selector));
        perform(bob, answer(epoch, 0));
        perform(bob, answer(epoch, 1));
        assertEq(vault.depositOf(bob), 2 * BOND, "both answered");
    }

    function test_challenge_openAtTheOutageKeepsTheRootOut() public {
        stayBeating(30 hours);
        uint32 epoch = postSecond();
        post(token, threeUsers(1e6));
        stayBeating(40 hours);
        performWith(watcher, BOND, challenge(epoch, 0));
        toSuspected();
        warpBy(1);
        // Answered in time, but after suspicion began: what was not final then does not count.
        perform(bob, answer(epoch, 0));
        toLatched();
        assertEq(vault.finalEpoch(ETH), 1, "the one before it");
    }

    function test_challenge_bondsComeBackAfterTheLatchToo() public {
        stayBeating(30 hours);
        uint32 epoch = postSecond();
        performWith(watcher, BOND, challenge(epoch, 0));
        toLatched();
        perform(stranger, void_(epoch, 0));
        uint256 before = watcher.balance;
        perform(watcher, abi.encodeCall(IRegistry.withdrawDeposit, (watcher)));
        assertEq(watcher.balance - before, BOND, "back");
        refuse(
            watcher,
            abi.encodeCall(IRegistry.withdrawDeposit, (watcher)),
            err(Errors.Ledger_NothingToWithdraw.selector, watcher)
        );
        assertEq(registry().balance, 0, "nothing is left");
    }

    function test_challenge_whoeverRefusesItsBondHindersNobody() public {
        address refuser = address(new Refuser(address(this)));
        uint32 epoch = postSecond();
        performWith(refuser, BOND, challenge(epoch, 0));
        stayBeating(24 hours + 1);
        perform(stranger, void_(epoch, 0));
        refuse(
            refuser,
            abi.encodeCall(IRegistry.withdrawDeposit, (refuser)),
            abi.encodeWithSelector(Errors.Books_TransferFailed.selector, ETH, refuser)
        );
        perform(refuser, abi.encodeCall(IRegistry.withdrawDeposit, (carol)));
    }

    // ------------------------------------------------------------------ deposits of exit requests

    function test_exitDeposit_comesBackHoweverTheRequestEnds() public {
        Terms memory terms = termsFor(token);
        terms.exitDeposit = 0.01 ether;
        vault = deploy(terms);
        openService();
        bytes memory request = requestCall(finalTree(ETH), ETH, 2, 25 ether);
        refuse(carol, request, err(Errors.Ledger_WrongDeposit.selector, uint256(0), 0.01 ether));
        performWith(carol, 0.01 ether, request);
        perform(carol, abi.encodeCall(IRegistry.cancelExit, (ETH)));
        assertEq(vault.depositOf(carol), 0.01 ether, "cancelled");
        performWith(carol, 0.01 ether, request);
        payOut(ETH, 2, 25 ether);
        assertEq(vault.depositOf(carol), 0.02 ether, "served");
        performWith(bob, 0.01 ether, requestCall(finalTree(ETH), ETH, 1, 50 ether));
        refuse(stranger, closeCall(bob), err(Errors.Liveness_WrongPhase.selector, uint256(0)));
        toLatched();
        perform(stranger, closeCall(bob));
        assertEq(vault.depositOf(bob), 0.01 ether, "latched");
        refuse(stranger, closeCall(bob), err(Errors.Liveness_RequestNotOpen.selector, bob));
        perform(bob, abi.encodeCall(IRegistry.withdrawDeposit, (bob)));
        perform(carol, abi.encodeCall(IRegistry.withdrawDeposit, (carol)));
        assertEq(registry().balance, 0, "nothing is left");
    }

    function closeCall(address account) private pure returns (bytes memory) {
        return abi.encodeCall(IRegistry.closeExit, (ETH, account));
    }

    /// @notice As if none had been posted: what there is of ledgers is as old as the vault.
    function test_challenge_theOnlyRootIsVoid() public {
        vault = deploy(termsFor(token));
        fund(ETH, 175 ether);
        uint32 epoch = postSecond();
        performWith(watcher, BOND, challenge(epoch, 0));
        stayBeating(24 hours + 1);
        perform(stranger, void_(epoch, 0));
        assertEq(vault.liveness().rootsAt, vault.parameters().deployedAt, "not older");
        assertPhase(Phase.Live, "a day and a second old");
    }

    // ------------------------------------------------------------------ helpers

    /// @dev Time passes, the operator beats, no ledger is posted.
    function stayBeating(uint256 secs) private {
        while (secs > 0) {
            uint256 step = secs < 20 hours ? secs : 20 hours;
            warpBy(step);
            secs -= step;
            beat();
        }
    }

    function manyUsers(uint256 count) private pure returns (Leaf[] memory leaves) {
        leaves = new Leaf[](count);
        for (uint256 i = 0; i < count; ++i) {
            leaves[i] = Leaf(address(uint160(0x100000 + i)), 0.1 ether, 0);
        }
    }
}
