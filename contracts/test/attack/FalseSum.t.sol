// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {CommitmentInput, Leaf, Round, SumNode} from "lifeboat/types/Types.sol";

import {SumTree} from "../base/SumTree.sol";
import {VaultTest} from "../base/VaultTest.sol";

/// @notice Authors of a ledger who let a parent tell of a smaller sum than its child has: a whole proof finds it, an anchored child hides it.
contract FalseSumTest is VaultTest {
    using SumTree for SumTree.Tree;

    Leaf private fat;
    Round private round;
    bytes private nodes;

    function setUp() public override {
        super.setUp();
        // Other people's money: 60 segregated, 40 pending. The reserve is one wei.
        performWith(alice, 60 ether, abi.encodeCall(IVaultCore.depositForSelf, ()));
        bytes32 domain = SumTree.domain(address(vault), ETH);
        fat = Leaf(stranger, 100 ether, 0);
        SumNode memory node = SumNode(SumTree.leafNode(domain, 0, fat).hash, 1);
        nodes = abi.encodePacked(node.hash, node.sum, new bytes(255 * 48));
        SumNode memory empty = SumNode(0, 0);
        for (uint256 i = 0; i < 7; ++i) {
            node = SumTree.parent(node, empty);
            empty = SumTree.parent(empty, empty);
        }
        fund(ETH, 1);
        CommitmentInput memory input = inputFor(ETH, new Leaf[](1));
        (input.left, input.right) = (node, empty);
        perform(address(this), commitCall(input));
        attest(ETH);
        performWith(bob, 40 ether, abi.encodeCall(IVaultCore.depositToLedger, (ETH, bob, 40 ether)));
        warpBy(1 hours);
        toReturning();
        round = openRound(ETH);
        assertEq(round.numerator, 1, "the round opened with a wei");
    }

    /// @notice Claim: the leaf itself is anchored, with a sum of one wei.
    function test_falseSum_claimBelowAnAnchor() public {
        perform(stranger, abi.encodeCall(IVaultCore.anchor, (ETH, round, 8, 0, nodes)));
        bytes memory claim = abi.encodeCall(IVaultCore.claim, (ETH, round, 0, fat, ""));
        refuse(stranger, claim, err(Errors.Ledger_ProofInvalid.selector));
        assertEq(stranger.balance, 0, "a leaf is worth more than its ledger");
        assertBacked(ETH);
    }

    /// @notice By a whole proof, whose sums go up to the root, it never worked.
    function test_falseSum_wholeProofRefused() public {
        bytes memory proof;
        SumNode memory empty = SumNode(0, 0);
        for (uint256 i = 0; i < 8; ++i) {
            proof = abi.encodePacked(proof, empty.hash, empty.sum);
            empty = SumTree.parent(empty, empty);
        }
        refuse(
            stranger,
            abi.encodeCall(IVaultCore.claim, (ETH, round, 0, fat, proof)),
            err(Errors.Ledger_ProofInvalid.selector)
        );
    }
}
