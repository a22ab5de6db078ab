// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {LedgerTree} from "lifeboat/libraries/LedgerTree.sol";
import {Leaf, SumNode} from "lifeboat/types/Types.sol";

/// @notice The tree library behind calls, compiled the way the vault is.
contract LedgerTreeHarness {
    /// @dev Free memory need not be zero: here it never is, for as far as a word reaches.
    modifier inUsedMemory() {
        assembly ("memory-safe") {
            let free := mload(0x40)
            for { let at := 0 } lt(at, 0xc000) { at := add(at, 0x20) } { mstore(add(free, at), not(at)) }
        }
        _;
    }

    function domain(address asset) external view returns (bytes32) {
        return LedgerTree.domain(address(this), asset);
    }

    function leafHash(bytes32 domain_, uint256 index, Leaf calldata leaf) external pure returns (bytes32) {
        return LedgerTree.leafHash(domain_, index, leaf);
    }

    function parent(SumNode calldata left, SumNode calldata right) external pure returns (bytes32, uint128) {
        SumNode memory node = LedgerTree.parent(left, right);
        return (node.hash, node.sum);
    }

    function rootOf(bytes32 node, uint256 sum, uint256 index, bytes calldata proof) external pure returns (bytes32) {
        (bytes32 root,) = LedgerTree.rootOf(node, sum, index, proof);
        return root;
    }

    function wordNode(bytes32 domain_, uint256 word, bytes calldata leaves)
        external
        pure
        inUsedMemory
        returns (bytes32, uint256)
    {
        return LedgerTree.wordNode(domain_, word, leaves);
    }

    function unpacked(bytes calldata leaves, bytes calldata paid) external pure inUsedMemory returns (bytes memory) {
        return LedgerTree.unpacked(leaves, paid);
    }

    function packedWordNode(bytes32 domain_, uint256 word, bytes calldata leaves, bytes calldata paid)
        external
        pure
        inUsedMemory
        returns (bytes32, uint256)
    {
        return LedgerTree.wordNodeOf(domain_, word, LedgerTree.unpacked(leaves, paid));
    }

    function leafAt(bytes calldata leaves, uint256 i) external pure returns (address, uint128, uint128) {
        (uint256 first, uint256 end) = LedgerTree.rangeOf(leaves);
        uint256 leaf = first + i * LedgerTree.LEAF_BYTES;
        assert(leaf + LedgerTree.LEAF_BYTES <= end);
        return (LedgerTree.accountAt(leaf), uint128(LedgerTree.balanceAt(leaf)), uint128(LedgerTree.paidAt(leaf)));
    }
}
