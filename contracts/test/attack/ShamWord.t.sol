// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {CommitmentInput, Leaf, Round, SumNode} from "lifeboat/types/Types.sol";

import {SumTree} from "../base/SumTree.sol";
import {VaultTest} from "../base/VaultTest.sol";

/// @notice Authors of a ledger who hide, far to the right, a word whose number collides with another round's cells.
contract ShamWordTest is VaultTest {
    using SumTree for SumTree.Tree;

    /// Levels above the words' nodes, as many as a tree can have: bit 23 of a word's number chooses the side below the root.
    uint256 private constant LEVELS = 23;
    uint32 private constant SHAM = uint32(1 << LEVELS);

    /// @notice Pushing word 2^23 in round 0 must not mark the leaves of word 0 as claimed in round 1.
    function test_shamWord_doesNotReachIntoTheNextRound() public {
        SumTree.Tree memory real = SumTree.build(address(vault), ETH, threeUsers(1 ether));
        (bytes memory sham, SumNode memory shamNode) = _shamWord(real.leaves.length);
        SumNode memory left = _raise(real.root());
        SumNode memory right = _raise(shamNode);

        fund(ETH, 175 ether);
        CommitmentInput memory input = inputFor(ETH, real.leaves);
        (input.left, input.right) = (left, right);
        input.count = type(uint32).max;
        perform(address(this), commitCall(input));
        attest(ETH);
        warpBy(1 hours);
        toReturning();
        vm.deal(address(vault), 70 ether);
        Round memory first = openRound(ETH);
        vm.deal(address(vault), 175 ether);
        Round memory second = openRound(ETH);
        toPushes();

        perform(stranger, abi.encodeCall(IVaultCore.pushWord, (ETH, first, SHAM, sham, _siblings(left))));
        bytes memory siblings = _siblings(right);
        perform(stranger, abi.encodeCall(IVaultCore.pushWord, (ETH, second, 0, real.word(0), siblings)));
        perform(stranger, abi.encodeCall(IVaultCore.pushWord, (ETH, first, 0, real.word(0), siblings)));
        assertEq(alice.balance, 100 ether, "alice is paid both rounds in full");
        assertEq(carol.balance, 25 ether, "carol is paid both rounds in full");
    }

    /// @dev A word numbered 2^23 with as many leaves as the real one: owed nothing, so that sums and solvency show nothing.
    function _shamWord(uint256 count) private view returns (bytes memory leaves, SumNode memory node) {
        bytes32 domain = SumTree.domain(address(vault), ETH);
        SumNode[] memory level = new SumNode[](256);
        for (uint256 i = 0; i < count; ++i) {
            address account = address(uint160(0xbad0000 + i));
            leaves = abi.encodePacked(leaves, account, uint128(0), uint128(0));
            level[i] = SumTree.leafNode(domain, uint256(SHAM) * 256 + i, Leaf(account, 0, 0));
        }
        for (uint256 width = 128; width > 0; width /= 2) {
            for (uint256 i = 0; i < width; ++i) {
                level[i] = SumTree.parent(level[2 * i], level[2 * i + 1]);
            }
        }
        node = level[0];
    }

    /// @dev The node `LEVELS` above a word's node that has nothing to its right.
    function _raise(SumNode memory node) private pure returns (SumNode memory) {
        for (uint256 i = 0; i < LEVELS; ++i) {
            node = SumTree.parent(node, SumNode(0, 0));
        }
        return node;
    }

    /// @dev Nothing on each level, then the other half of the tree.
    function _siblings(SumNode memory otherHalf) private pure returns (bytes memory) {
        return abi.encodePacked(new bytes(LEVELS * 48), otherHalf.hash, otherHalf.sum);
    }
}
