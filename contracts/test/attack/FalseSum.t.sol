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
    /// The word's leaves: the fat one alone.
    bytes private word;
    /// Siblings of the leaf, up to its word's node.
    bytes private siblings;

    function setUp() public override {
        super.setUp();
        // Other people's money: 60 segregated, 40 pending. The reserve is one wei.
        performWith(alice, 60 ether, abi.encodeCall(IVaultCore.depositForSelf, ()));
        fat = Leaf(stranger, 100 ether, 0);
        word = abi.encodePacked(fat.account, fat.balance, fat.paid);
    }

    /// @notice Claim: the leaf itself is anchored, with a sum of one wei.
    function test_falseSum_claimBelowAnAnchor() public {
        (Round memory round, bytes memory nodes) = _openOverLeaf();
        perform(stranger, abi.encodeCall(IVaultCore.anchor, (ETH, round, 8, 0, nodes)));
        _refuse(abi.encodeCall(IVaultCore.claim, (ETH, round, 0, fat, "")));
    }

    /// @notice By a whole proof, whose sums go up to the root, it never worked.
    function test_falseSum_wholeProofRefused() public {
        (Round memory round,) = _openOverLeaf();
        _refuse(abi.encodeCall(IVaultCore.claim, (ETH, round, 0, fat, siblings)));
    }

    /// @notice Push: the word is anchored, with a sum of one wei.
    function test_falseSum_pushBelowAnAnchor() public {
        (Round memory round, bytes memory nodes) = _openOverWord();
        perform(stranger, abi.encodeCall(IVaultCore.anchor, (ETH, round, 9, 0, nodes)));
        toPushes();
        _refuse(abi.encodeCall(IVaultCore.pushWord, (ETH, round, 0, word, "")));
        // Nor one by one.
        _refuse(abi.encodeCall(IVaultCore.claim, (ETH, round, 0, fat, siblings)));
    }

    /// @notice A whole word's sum goes up to the root as well.
    function test_falseSum_wholeWordRefused() public {
        (Round memory round, bytes memory nodes) = _openOverWord();
        toPushes();
        bytes memory sibling = _slice(nodes, 48, 96);
        _refuse(abi.encodeCall(IVaultCore.pushWord, (ETH, round, 0, word, sibling)));
    }

    /// @notice Nodes whose sums add up, but a wei of one is told under the other.
    function test_falseSum_amongAnchoredNodesRefused() public {
        (Round memory round, bytes memory nodes) = _openOverWord();
        // The last bytes of two sums: 1 and 0 become 0 and 1.
        (nodes[47], nodes[95]) = (nodes[95], nodes[47]);
        _refuse(abi.encodeCall(IVaultCore.anchor, (ETH, round, 9, 0, nodes)));
    }

    /// @notice Before the return: a word below a false sum cannot be counted.
    function test_falseSum_countRefused() public {
        (SumNode memory node, SumNode memory empty) = _wordNode(fat.balance);
        _post(SumNode(node.hash, 1), empty, 512);
        toLatched();
        _refuse(abi.encodeCall(IVaultCore.countWord, (ETH, 0, word, abi.encodePacked(empty.hash, empty.sum))));
    }

    // ------------------------------------------------------------------ ledgers that lie

    /// @dev The leaf's parent is told that the leaf holds one wei.
    function _openOverLeaf() private returns (Round memory, bytes memory nodes) {
        bytes32 leaf = SumTree.leafNode(SumTree.domain(address(vault), ETH), 0, fat).hash;
        nodes = abi.encodePacked(leaf, uint128(1), new bytes(255 * 48));
        SumNode memory node = SumNode(leaf, 1);
        SumNode memory empty = SumNode(0, 0);
        for (uint256 i = 0; i < 8; ++i) {
            siblings = abi.encodePacked(siblings, empty.hash, empty.sum);
            if (i == 7) break;
            node = SumTree.parent(node, empty);
            empty = SumTree.parent(empty, empty);
        }
        _post(node, empty, 1);
        return (_open(), nodes);
    }

    /// @dev The root is told that the first of two words holds one wei.
    function _openOverWord() private returns (Round memory, bytes memory nodes) {
        (SumNode memory node, SumNode memory empty) = _wordNode(fat.balance);
        _post(SumNode(node.hash, 1), empty, 512);
        return (_open(), abi.encodePacked(node.hash, uint128(1), empty.hash, empty.sum));
    }

    /// @dev The node of the word, truly summed, and that of an empty word.
    function _wordNode(uint128 balance) private returns (SumNode memory node, SumNode memory empty) {
        node = SumTree.leafNode(SumTree.domain(address(vault), ETH), 0, Leaf(fat.account, balance, 0));
        for (uint256 i = 0; i < 8; ++i) {
            siblings = abi.encodePacked(siblings, empty.hash, empty.sum);
            node = SumTree.parent(node, empty);
            empty = SumTree.parent(empty, empty);
        }
    }

    function _post(SumNode memory left, SumNode memory right, uint32 count) private {
        fund(ETH, 1);
        CommitmentInput memory input = inputFor(ETH, new Leaf[](1));
        (input.left, input.right, input.count) = (left, right, count);
        perform(address(this), commitCall(input));
        attest(ETH);
        performWith(bob, 40 ether, abi.encodeCall(IVaultCore.depositToLedger, (ETH, bob, 40 ether)));
        warpBy(1 hours);
    }

    function _open() private returns (Round memory round) {
        toReturning();
        round = openRound(ETH);
        assertEq(round.numerator, 1, "the round opened with a wei");
    }

    function _refuse(bytes memory data) private {
        refuse(stranger, data, err(Errors.Ledger_ProofInvalid.selector));
        assertEq(stranger.balance, 0, "a leaf is worth more than its ledger");
        assertBacked(ETH);
    }

    function _slice(bytes memory from, uint256 start, uint256 end) private pure returns (bytes memory part) {
        part = new bytes(end - start);
        for (uint256 i = start; i < end; ++i) {
            part[i - start] = from[i];
        }
    }
}
