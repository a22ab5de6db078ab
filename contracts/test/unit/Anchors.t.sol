// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {Leaf, Round} from "lifeboat/types/Types.sol";

import {SumTree} from "../base/SumTree.sol";
import {VaultTest} from "../base/VaultTest.sol";

/// @notice Nodes that are proven once, so that later proofs may end there.
contract AnchorsTest is VaultTest {
    using SumTree for SumTree.Tree;

    uint256 private constant LEAVES = 700;
    uint8 private constant DEPTH = 10;
    uint8 private constant WORDS = 8;

    Round private round;

    function setUp() public override {
        super.setUp();
        Leaf[] memory leaves = new Leaf[](LEAVES);
        for (uint256 i = 0; i < LEAVES; ++i) {
            leaves[i] = Leaf(address(uint160(0x10000000 + i)), uint128(1000 + i), 0);
        }
        fund(ETH, 1 ether);
        postFinal(ETH, leaves);
        toReturning();
        round = openRound(ETH);
    }

    function test_anchor_shortensClaimsAndPushes() public {
        SumTree.Tree memory tree = finalTree(ETH);
        assertEq(vault.anchorOf(ETH, 0, WORDS, 2), 0, "not anchored yet");
        vm.expectEmit(address(vault));
        emit IVaultCore.Anchored(ETH, 0, WORDS, 0, 4);
        perform(stranger, _anchor(DEPTH, 0, WORDS, 4));
        bytes32 node = tree.node(WORDS, 2).hash;
        bytes32 expected =
            keccak256(abi.encode(node, uint256(tree.node(WORDS, 2).sum), round.numerator, round.denominator));
        assertEq(vault.anchorOf(ETH, 0, WORDS, 2), expected, "anchored");

        perform(stranger, _claim(600, WORDS));
        assertEq(tree.leaves[600].account.balance, 1600, "by a proof of eight nodes");
        refuse(stranger, _claim(600, DEPTH), err(Errors.Return_AlreadyClaimed.selector, 600));
        perform(stranger, _claim(601, DEPTH));
        assertEq(tree.leaves[601].account.balance, 1601, "by a whole proof");
        toPushes();
        bytes memory push = abi.encodeCall(IVaultCore.pushWord, (ETH, round, 2, tree.word(2), ""));
        perform(stranger, push);
        assertEq(tree.leaves[699].account.balance, 1699, "by a word without siblings");
        assertEq(tree.leaves[600].account.balance, 1600, "not twice");
    }

    function test_anchor_onAnchors() public {
        SumTree.Tree memory tree = finalTree(ETH);
        perform(stranger, _anchor(DEPTH, 0, WORDS + 1, 2));
        perform(stranger, _anchor(WORDS + 1, 1, 6, 8));
        perform(stranger, _claim(512, 6));
        assertEq(tree.leaves[512].account.balance, 1512, "by a proof of six nodes");
        refuse(stranger, _claim(5, 6), err(Errors.Ledger_ProofInvalid.selector));
    }

    /// @notice What stands behind the nodes in call data is none of them: it would be an anchor that nothing proves.
    function test_anchor_whatStandsBehindTheNodesIsNone() public {
        perform(stranger, _anchor(DEPTH, 0, WORDS + 1, 2));
        bytes memory sham = abi.encodePacked(keccak256("sham"), uint128(1));
        perform(stranger, bytes.concat(_anchor(WORDS + 1, 0, WORDS, 2), sham));
        assertTrue(vault.anchorOf(ETH, 0, WORDS, 1) != 0, "the second of two");
        assertEq(vault.anchorOf(ETH, 0, WORDS, 2), 0, "and no third");
    }

    function test_anchor_refusesWhatIsNotThere() public {
        bytes memory invalid = err(Errors.Ledger_ProofInvalid.selector);
        bytes memory malformed = err(Errors.Ledger_ProofMalformed.selector);
        refuse(stranger, _anchor(WORDS + 1, 0, WORDS, 2), invalid);
        refuse(stranger, _anchorAt(DEPTH, 1, _nodes(WORDS, 0, 4)), invalid);
        refuse(stranger, _anchorAt(DEPTH, 0, _nodes(WORDS - 1, 0, 4)), invalid);
        // Level and position are one key: position 2^32 of a level must not stand for the level above.
        refuse(stranger, _anchorAt(DEPTH - 1, 0, _nodes(WORDS, 0, 4)), invalid);
        refuse(stranger, _anchorAt(DEPTH, 0, _nodes(WORDS, 0, 3)), malformed);
        refuse(stranger, _anchorAt(DEPTH, 0, _nodes(DEPTH, 0, 1)), malformed);
        refuse(stranger, _anchorAt(DEPTH, 0, ""), malformed);
        refuse(stranger, _anchorAt(DEPTH, 0, new bytes(95)), malformed);
        refuse(stranger, _anchorAt(1, 0, _nodes(WORDS, 0, 4)), malformed);
        round.numerator += 1;
        refuse(stranger, _anchor(DEPTH, 0, WORDS, 4), invalid);
        round.id = 1;
        refuse(stranger, _anchor(DEPTH, 0, WORDS, 4), err(Errors.Return_RoundUnknown.selector, 1));
    }

    /// forge-config: default.fuzz.runs = 64
    function testFuzz_anchor_anyLevelPaysTheSame(uint256 level, uint256 index) public {
        SumTree.Tree memory tree = finalTree(ETH);
        level %= DEPTH;
        index %= LEAVES;
        perform(stranger, _anchor(DEPTH, 0, uint8(level), 1 << (DEPTH - level)));
        perform(stranger, _claim(uint32(index), level));
        assertEq(tree.leaves[index].account.balance, 1000 + index, "paid");
        refuse(stranger, _claim(uint32(index), DEPTH), err(Errors.Return_AlreadyClaimed.selector, index));
    }

    function _anchor(uint8 level, uint32 position, uint8 below, uint256 count) private view returns (bytes memory) {
        return _anchorAt(level, position, _nodes(below, uint256(position) << (level - below), count));
    }

    function _anchorAt(uint8 level, uint32 position, bytes memory nodes) private view returns (bytes memory) {
        return abi.encodeCall(IVaultCore.anchor, (ETH, round, level, position, nodes));
    }

    function _nodes(uint256 level, uint256 first, uint256 count) private view returns (bytes memory joined) {
        SumTree.Tree memory tree = finalTree(ETH);
        joined = new bytes(count * 48);
        for (uint256 i = 0; i < count; ++i) {
            bytes32 hash = tree.node(level, first + i).hash;
            uint256 sum = uint256(tree.node(level, first + i).sum) << 128;
            assembly ("memory-safe") {
                let p := add(add(joined, 0x20), mul(i, 48))
                mstore(add(p, 0x10), shr(128, sum))
                mstore(p, hash)
            }
        }
    }

    function _claim(uint32 index, uint256 levels) private view returns (bytes memory) {
        SumTree.Tree memory tree = finalTree(ETH);
        bytes memory proof = tree.proof(index);
        assembly ("memory-safe") {
            mstore(proof, mul(levels, 48))
        }
        return abi.encodeCall(IVaultCore.claim, (ETH, round, index, tree.leaves[index], proof));
    }
}
