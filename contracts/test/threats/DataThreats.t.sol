// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IRegistry} from "lifeboat/interfaces/IRegistry.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {CommitmentInput, Leaf, Round, Terms} from "lifeboat/types/Types.sol";

import {SumTree} from "../base/SumTree.sol";
import {VaultTest} from "../base/VaultTest.sol";

/// @notice What is in a ledger, who can see it, and who asks for his money.
contract DataThreatsTest is VaultTest {
    using SumTree for SumTree.Tree;

    uint256 private constant BOND = 0.1 ether;

    function setUp() public override {
        super.setUp();
        openService();
    }

    function challenge(uint32 epoch) private {
        performWith(stranger, BOND, abi.encodeCall(IRegistry.challengeWord, (ETH, epoch, 0)));
    }

    /// @notice Requests cost a deposit, one stands for each leaf, and each is served or answered without any other.
    function test_T12_requestsAreNoFlood() public {
        Terms memory terms = termsFor(token);
        terms.exitDeposit = 0.01 ether;
        vault = deploy(terms);
        openService();
        SumTree.Tree memory tree = finalTree(ETH);
        performWith(bob, 0.01 ether, requestCall(tree, ETH, 1, 1));
        refuseWith(bob, 0.01 ether, requestCall(tree, ETH, 1, 2), err(Errors.Liveness_RequestOpen.selector, bob));
        performWith(carol, 0.01 ether, requestCall(tree, ETH, 2, 25 ether));
        refuseWith(
            stranger,
            0.01 ether,
            requestCall(tree, ETH, 0, 1),
            abi.encodeWithSelector(Errors.Ledger_NotTheAccount.selector, stranger, alice)
        );
        // Carol asked last and is served first.
        payOut(ETH, 2, 25 ether);
        assertEq(vault.exitRequest(ETH, carol).target, 0, "served");
        assertGt(vault.exitRequest(ETH, bob).target, 0, "his stands");
    }

    /// @notice Sham leaves beyond what the vault holds make a ledger that cannot be posted.
    function test_T20_shamLeavesNeedMoneyBehindThem() public {
        Leaf[] memory leaves = new Leaf[](4);
        for (uint256 i = 0; i < 3; ++i) {
            leaves[i] = threeUsers(1 ether)[i];
        }
        leaves[3] = Leaf(actor("sham"), 1, 0);
        refuse(
            stranger,
            commitCall(inputFor(ETH, leaves)),
            err(Errors.Ledger_ReserveBelowFloor.selector, 175 ether, 175 ether + 1)
        );
        fund(ETH, 1);
        perform(stranger, commitCall(inputFor(ETH, leaves)));
    }

    /// @notice Two sets of leaves for one root: only that of the root answers a challenge, and on chain everybody sees it.
    function test_T21_onlyOneSetOfLeavesAnswers() public {
        Leaf[] memory shown = threeUsers(1 ether);
        Leaf[] memory committed = threeUsers(1 ether);
        (committed[0].balance, committed[1].balance) = (committed[1].balance, committed[0].balance);
        uint32 epoch = post(ETH, committed);
        challenge(epoch);
        SumTree.Tree memory other = SumTree.build(address(vault), ETH, shown);
        refuse(stranger, showCall(other, ETH, epoch, 0), err(Errors.Ledger_ProofInvalid.selector));
        SumTree.Tree memory real = treeOf(ETH, epoch);
        perform(stranger, showCall(real, ETH, epoch, 0));
    }

    /// @notice A ledger whose leaves nobody can get never counts: the one before it pays everybody.
    function test_T22_unpublishedLeavesNeverCount() public {
        CommitmentInput memory input = inputFor(ETH, threeUsers(1 ether));
        // A root over leaves that only its author knows: here over nothing that anybody could show.
        (input.left.hash, input.right.hash) = (keccak256("left"), keccak256("right"));
        perform(stranger, commitCall(input));
        challenge(2);
        for (uint256 i = 0; i < 2; ++i) {
            warpBy(12 hours + 1);
            beat();
        }
        perform(stranger, abi.encodeCall(IRegistry.voidCommitment, (ETH, 2, 0)));
        toReturning();
        assertEq(vault.finalEpoch(ETH), 1, "the ledger before it counts");
        Round memory round = openRound(ETH);
        claim(ETH, round, 0);
        assertGe(alice.balance, 100 ether, "paid in full");
    }

    /// @notice What was moved off chain after the last final ledger is lost to the receiver, and takes nothing from anybody else.
    function test_T23_offChainTransfersAfterTheLastLedgerDiluteNobody() public {
        Leaf[] memory moved = threeUsers(1 ether);
        (moved[0].balance, moved[1].balance) = (10 ether, 140 ether);
        warpBy(46 hours);
        beat();
        post(ETH, moved);
        post(token, threeUsers(1e6));
        // The service stops before that ledger is final.
        warpBy(1 hours);
        toReturning();
        Round memory round = openRound(ETH);
        assertEq(vault.recovery(ETH).epoch, 1, "the ledger before the transfer counts");
        uint256[3] memory due = [uint256(100 ether), 50 ether, 25 ether];
        address[3] memory users = [alice, bob, carol];
        for (uint32 i = 0; i < 3; ++i) {
            uint256 before = users[i].balance;
            claim(ETH, round, i);
            assertEq(users[i].balance - before, due[i], "as it says");
        }
    }
}
