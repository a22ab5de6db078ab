// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IRegistry} from "lifeboat/interfaces/IRegistry.sol";
import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {CommitmentInput, Leaf, Round, SumNode} from "lifeboat/types/Types.sol";

import {SumTree} from "../base/SumTree.sol";
import {VaultTest} from "../base/VaultTest.sol";

/// @notice Ledgers that lie, and money that moved after the last one.
contract LedgerThreatsTest is VaultTest {
    using SumTree for SumTree.Tree;

    function setUp() public override {
        super.setUp();
        openService();
    }

    function returned() internal returns (Round memory) {
        toReturning();
        return openRound(ETH);
    }

    /// @notice An inner node's parts do not pass as a leaf: leaves hash four words, nodes three, and a sum goes with each.
    function test_T15_innerNodeIsNoLeaf() public {
        SumTree.Tree memory tree = finalTree(ETH);
        Round memory round = returned();
        bytes memory proof = tree.proof(0);
        bytes memory shorter = new bytes(proof.length - 48);
        for (uint256 i = 0; i < shorter.length; ++i) {
            shorter[i] = proof[i + 48];
        }
        SumNode memory node = tree.node(1, 0);
        Leaf memory leaf = Leaf(address(uint160(uint256(node.hash))), node.sum, 0);
        bytes memory data = abi.encodeCall(IVaultCore.claim, (ETH, round, 0, leaf, shorter));
        refuse(stranger, data, err(Errors.Ledger_ProofInvalid.selector));
    }

    /// @notice The leaves of one asset prove nothing for another, nor in another vault, nor on another chain.
    function test_T16_leafBindsChainVaultAndAsset() public {
        SumTree.Tree memory tokens = finalTree(token);
        Round memory round = returned();
        refuse(stranger, claimCall(tokens, ETH, round, 0), err(Errors.Ledger_ProofInvalid.selector));
        SumTree.Tree memory elsewhere = SumTree.build(address(0xe15e), ETH, threeUsers(1 ether));
        refuse(stranger, claimCall(elsewhere, ETH, round, 0), err(Errors.Ledger_ProofInvalid.selector));
        bytes memory data = claimCall(finalTree(ETH), ETH, round, 0);
        vm.chainId(block.chainid + 1);
        refuse(stranger, data, err(Errors.Ledger_ProofInvalid.selector));
    }

    /// @notice The same account twice: both are the operator's promise, each is paid once, and the total covers both.
    function test_T17_duplicateAccountIsTwoPromises() public {
        Leaf[] memory leaves = threeUsers(1 ether);
        leaves[2].account = alice;
        postFinal(ETH, leaves);
        Round memory round = returned();
        claim(ETH, round, 0);
        claim(ETH, round, 2);
        assertEq(alice.balance, 125 ether, "both");
        refuse(stranger, claimCall(finalTree(ETH), ETH, round, 0), err(Errors.Return_AlreadyClaimed.selector, 0));
        claim(ETH, round, 1);
        assertEq(bob.balance, 50 ether, "nobody else pays for it");
    }

    /// @notice No ledger at all: the zero root proves nothing and no empty proof passes.
    function test_T18_zeroRootIsNeverValid() public {
        vault = deploy(termsFor(token));
        fund(ETH, 175 ether);
        Leaf memory none;
        bytes memory data = abi.encodeCall(IRegistry.requestExit, (ETH, 0, none, "", 1));
        refuse(address(0), data, err(Errors.Ledger_NoFinalCommitment.selector, ETH));
        toReturning();
        Round memory nothing;
        data = abi.encodeCall(IVaultCore.claim, (ETH, nothing, 0, none, ""));
        refuse(stranger, data, err(Errors.Return_RoundUnknown.selector, 0));
        bytes memory open = abi.encodeCall(IVaultCore.openRound, (ETH));
        refuse(stranger, open, err(Errors.Return_NothingToDistribute.selector, 175 ether));
    }

    /// @notice The last ledger before the outage leaves Bob out: it was not final, so the one before counts.
    function test_T19_lastMinuteLedgerDoesNotCount() public {
        Leaf[] memory leaves = threeUsers(1 ether);
        leaves[1].balance = 0;
        vm.warp(vault.timeline().suspectedAt - 1 hours + 1);
        post(ETH, leaves);
        attest(ETH);
        Round memory round = returned();
        claim(ETH, round, 1);
        assertEq(bob.balance, 50 ether, "paid by the ledger of before");
    }

    /// @notice Bank run: Alice is paid after the last final ledger and claims again. The payout is subtracted, nobody is diluted.
    function test_T23b_payoutAfterTheLastLedgerIsNotPaidTwice() public {
        payOut(ETH, 0, 70 ether);
        toLatched();
        perform(stranger, countCall(finalTree(ETH), ETH, 0));
        Round memory round = returned();
        assertEq(round.numerator, round.denominator, "nobody is diluted");
        claim(ETH, round, 0);
        claim(ETH, round, 1);
        claim(ETH, round, 2);
        assertEq(alice.balance, 100 ether, "not a wei more");
        assertEq(bob.balance, 50 ether, "whole");
        assertEq(carol.balance, 25 ether, "whole");
        assertEq(address(vault).balance, 0, "to the wei");
    }

    /// @notice The same when nobody counts: a lower ratio first, and still no double payment.
    function test_T23b_evenIfNobodyCounts() public {
        payOut(ETH, 0, 70 ether);
        Round memory round = returned();
        claim(ETH, round, 0);
        assertEq(alice.balance, 70 ether + uint256(30 ether) * 105 / 175, "net times ratio");
    }

    /// @notice A deposit that no final ledger covers comes back in full, outside the ratio, even from a vault that is short.
    function test_T23c_depositAfterTheLastLedgerComesBackWhole() public {
        performWith(bob, 8 ether, abi.encodeCall(IVaultCore.depositToLedger, (ETH, bob, 8 ether)));
        CommitmentInput memory input = inputFor(ETH, threeUsers(1 ether));
        perform(stranger, commitCall(input));
        vm.deal(address(vault), address(vault).balance - 100 ether);
        toLatched();
        perform(stranger, abi.encodeCall(IVaultCore.refundPending, (ETH, 0)));
        assertEq(bob.balance, 8 ether, "in full: the covering ledger was not final");
    }

    /// @notice Signers in collusion cannot take the reserve below what the ledgers owe, nor invent a creditor.
    function test_T23d_quorumCannotDrainTheReserve() public {
        refuse(
            stranger,
            releaseCall(ETH, hotWallet, 1),
            err(Errors.Gate_ReserveBelowFloor.selector, 175 ether - 1, 175 ether)
        );
        Leaf[] memory leaves = threeUsers(1 ether);
        leaves[0].account = hotWallet;
        SumTree.Tree memory invented = SumTree.build(address(vault), ETH, leaves);
        refuse(stranger, payOutCall(invented, ETH, 0, 1), err(Errors.Ledger_ProofInvalid.selector));
    }

    /// @notice After the latch the operator's sham accounts need a final ledger that was solvent: there is none above the reserve.
    function test_T60_shamAccountsAreBoundedBySolvency() public {
        Leaf[] memory leaves = new Leaf[](4);
        Leaf[] memory three = threeUsers(1 ether);
        (leaves[0], leaves[1], leaves[2]) = (three[0], three[1], three[2]);
        leaves[3] = Leaf(actor("sham"), 1 ether, 0);
        refuse(
            stranger,
            commitCall(inputFor(ETH, leaves)),
            err(Errors.Ledger_ReserveBelowFloor.selector, 175 ether, 176 ether)
        );
        toReturning();
        refuse(stranger, commitCall(inputFor(ETH, three)), err(Errors.Liveness_WrongPhase.selector, 3));
    }
}
