// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IRegistry} from "lifeboat/interfaces/IRegistry.sol";
import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {CommitmentInput, Leaf, Phase, Terms} from "lifeboat/types/Types.sol";

import {SumTree} from "../base/SumTree.sol";
import {VaultTest} from "../base/VaultTest.sol";

/// @notice Roots that are void, or hide from challenges: what they may do to the clock and to deposits.
contract VoidRootsTest is VaultTest {
    using SumTree for SumTree.Tree;

    uint256 private constant BOND = 0.1 ether;
    uint256 private opened;

    function setUp() public override {
        super.setUp();
        openService();
        opened = vault.liveness().rootsAt;
    }

    /// @notice After a root became void, suspicion begins now. A root of another asset, posted next, must not move that beginning into
    /// the past: the vault would latch at once, roots that were final would not count any more, and a deposit that one of them had
    /// taken into the ledger would be in none and never refunded.
    function test_voidRoot_nothingBeginsInThePast() public {
        stayBeatingUntil(47 hours);
        uint32 epoch = post(ETH, threeUsers(1 ether));
        post(token, threeUsers(1e6));
        performWith(stranger, BOND, challenge(epoch, 0));
        stayBeatingUntil(80 hours);
        uint32 withHers = depositOfCarols();
        stayBeatingUntil(95 hours - 1);
        perform(stranger, abi.encodeCall(IRegistry.voidCommitment, (ETH, epoch, 0)));
        uint256 began = now_();
        assertPhase(Phase.Suspected, "the root before it is stale");
        assertEq(vault.timeline().suspectedAt, began, "from now on");
        stayBeatingUntil(96 hours + 1);
        Leaf[] memory leaves = leavesAt(token, withHers);
        post(token, leaves);
        assertPhase(Phase.Suspected, "the whole challenge window is left");
        assertEq(vault.timeline().suspectedAt, began, "the same beginning");
        toLatched();
        assertEq(now_(), began + 48 hours, "not a second less");
        assertEq(vault.finalEpoch(token), withHers, "what was final counts");
        toReturning();
        uint256 before = balanceOf(token, carol);
        claim(token, openRound(token), 2);
        assertEq(balanceOf(token, carol) - before, 30e6, "her deposit is in it");
    }

    /// @notice While force majeure is counted out, a root that becomes void would make the others look younger than they are: a stranger
    /// could end a suspicion to which no root was posted.
    function test_voidRoot_curesNothing() public {
        stayBeatingUntil(10 hours);
        perform(stranger, majeureCall(now_() + 120 hours));
        stayBeatingUntil(129 hours);
        uint32 epoch = post(ETH, threeUsers(1 ether));
        performWith(stranger, BOND, challenge(epoch, 0));
        stayBeatingUntil(168 hours - 1);
        assertPhase(Phase.Live, "put off by 120 hours");
        stayBeatingUntil(169 hours);
        assertPhase(Phase.Suspected, "the token's root is stale");
        perform(stranger, abi.encodeCall(IRegistry.voidCommitment, (ETH, epoch, 0)));
        assertPhase(Phase.Suspected, "and no younger than before");
        assertEq(vault.timeline().suspectedAt, opened + 168 hours, "the same beginning");
    }

    /// @notice Nothing but its authors says how many leaves a ledger has. One that says none would have no word to ask for.
    function test_hiddenWords_aLedgerOfNoLeavesIsAskedForThem() public {
        CommitmentInput memory input = inputFor(ETH, threeUsers(1 ether));
        input.count = 0;
        perform(stranger, commitCall(input));
        performWith(stranger, BOND, challenge(input.epoch, 0));
        refuseWith(stranger, BOND, challenge(input.epoch, 1), err(Errors.Ledger_NoSuchWord.selector, 1));
        warpBy(24 hours);
        beat();
        warpBy(1);
        perform(stranger, abi.encodeCall(IRegistry.voidCommitment, (ETH, input.epoch, 0)));
        assertTrue(vault.commitment(ETH, input.epoch).isVoid, "nobody showed them");
    }

    /// @notice Leaves beyond the count are places of the tree all the same, in words of their own.
    function test_hiddenWords_everyPlaceOfTheTreeCanBeAskedFor() public {
        Leaf[] memory leaves = new Leaf[](800);
        for (uint256 i = 0; i < 800; ++i) {
            leaves[i] = Leaf(address(uint160(0x100000 + i)), 0.1 ether, 0);
        }
        CommitmentInput memory input = inputFor(ETH, leaves);
        input.count = 513;
        perform(stranger, commitCall(input));
        performWith(stranger, BOND, challenge(input.epoch, 3));
        refuseWith(stranger, BOND, challenge(input.epoch, 4), err(Errors.Ledger_NoSuchWord.selector, 4));
        SumTree.Tree memory tree = SumTree.build(address(vault), ETH, leaves);
        (bytes memory word,) = tree.packed(3);
        perform(alice, showCall(tree, ETH, input.epoch, 3));
        assertEq(word.length, 32 * 36, "the leaves that were not counted");
    }

    /// @notice A root ages while its vault is suspected, which an operator can bring about and end by a request of his own. Could challenges be
    /// opened only while live, a ledger that nobody has seen would be final in the moment of the cure.
    function test_hiddenWords_aSuspicionIsNoHidingPlace() public {
        Terms memory terms = termsFor(token);
        terms.timers.challengeWindow = 72 hours;
        vault = deploy(terms);
        openService();
        perform(carol, requestCall(finalTree(ETH), ETH, 2, 1 ether));
        stayAlive(7 days);
        uint256 posted = now_();
        uint32 epoch = post(ETH, threeUsers(1 ether));
        perform(stranger, abi.encodeCall(IRegistry.reportUnserved, (ETH, carol)));
        assertPhase(Phase.Suspected, "by his own sham request");
        assertEq(vault.timeline().suspectedAt, posted, "as soon as the root is posted");
        performWith(stranger, BOND, challenge(epoch, 0));
        opened = posted;
        stayBeatingUntil(47 hours);
        post(ETH, threeUsers(1 ether));
        post(token, threeUsers(1e6));
        stayBeatingUntil(49 hours);
        perform(carol, abi.encodeCall(IRegistry.cancelExit, (ETH)));
        assertPhase(Phase.Live, "cured");
        assertTrue(vault.finalEpoch(ETH) < epoch, "old enough, and never seen");
        perform(stranger, abi.encodeCall(IRegistry.voidCommitment, (ETH, epoch, 0)));
        assertTrue(vault.commitment(ETH, epoch).isVoid, "void");
    }

    /// @dev Carol's deposit of 5 is in the next ledger of the token, which is attested and final an hour later.
    function depositOfCarols() private returns (uint32) {
        give(token, carol, 5e6);
        vm.prank(carol);
        (bool ok,) = token.call(abi.encodeWithSignature("approve(address,uint256)", vault, 5e6));
        assertTrue(ok, "approved");
        perform(carol, abi.encodeCall(IVaultCore.depositToLedger, (token, carol, 5e6)));
        Leaf[] memory leaves = threeUsers(1e6);
        leaves[2].balance += 5e6;
        return postFinal(token, leaves);
    }

    function challenge(uint32 epoch, uint32 word) private pure returns (bytes memory) {
        return abi.encodeCall(IRegistry.challengeWord, (ETH, epoch, word));
    }

    /// @param age Seconds since the service opened.
    function stayBeatingUntil(uint256 age) private {
        while (now_() < opened + age) {
            uint256 left = opened + age - now_();
            warpBy(left < 20 hours ? left : 20 hours);
            beat();
        }
    }
}
