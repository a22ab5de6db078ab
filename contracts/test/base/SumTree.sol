// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Leaf, SumNode} from "lifeboat/types/Types.sol";

/// @notice The Merkle-sum tree in plain Solidity, written from the specification: the reference for the vault's assembly.
/// @dev Level k holds the nodes up to the last one that has a leaf below it; everything to the right is `empty[k]`.
library SumTree {
    struct Tree {
        Leaf[] leaves;
        SumNode[][] levels;
        SumNode[] empty;
    }

    bytes32 private constant LEAF = keccak256(
        "LifeboatLeaf(uint256 chainId,address vault,address asset,uint256 index,address account,uint128 balance,uint128 paid)"
    );

    function domain(address vault, address asset) internal view returns (bytes32) {
        return keccak256(abi.encode(LEAF, block.chainid, vault, asset));
    }

    function leafNode(bytes32 domain_, uint256 index, Leaf memory leaf) internal pure returns (SumNode memory) {
        if (leaf.account == address(0) && leaf.balance == 0 && leaf.paid == 0) return SumNode(0, 0);
        uint256 amounts = (uint256(leaf.balance) << 128) | leaf.paid;
        return SumNode(keccak256(abi.encode(domain_, index, leaf.account, amounts)), leaf.balance);
    }

    function parent(SumNode memory left, SumNode memory right) internal pure returns (SumNode memory) {
        uint256 sums = (uint256(left.sum) << 128) | right.sum;
        return SumNode(keccak256(abi.encode(left.hash, right.hash, sums)), left.sum + right.sum);
    }

    function depthFor(uint256 count) internal pure returns (uint256 depth) {
        depth = 8;
        while ((1 << depth) < count) ++depth;
    }

    function build(address vault, address asset, Leaf[] memory leaves) internal view returns (Tree memory tree) {
        return buildDeep(vault, asset, leaves, depthFor(leaves.length));
    }

    function buildDeep(address vault, address asset, Leaf[] memory leaves, uint256 depth)
        internal
        view
        returns (Tree memory tree)
    {
        bytes32 domain_ = domain(vault, asset);
        tree.leaves = leaves;
        tree.levels = new SumNode[][](depth + 1);
        tree.empty = new SumNode[](depth + 1);
        SumNode[] memory level = new SumNode[](leaves.length);
        for (uint256 i = 0; i < leaves.length; ++i) {
            level[i] = leafNode(domain_, i, leaves[i]);
        }
        tree.levels[0] = level;
        for (uint256 k = 0; k < depth; ++k) {
            tree.empty[k + 1] = parent(tree.empty[k], tree.empty[k]);
            SumNode[] memory above = new SumNode[]((level.length + 1) / 2);
            for (uint256 i = 0; i < above.length; ++i) {
                above[i] = parent(level[2 * i], 2 * i + 1 < level.length ? level[2 * i + 1] : tree.empty[k]);
            }
            tree.levels[k + 1] = above;
            level = above;
        }
    }

    function node(Tree memory tree, uint256 level, uint256 i) internal pure returns (SumNode memory) {
        return i < tree.levels[level].length ? tree.levels[level][i] : tree.empty[level];
    }

    function depthOf(Tree memory tree) internal pure returns (uint256) {
        return tree.levels.length - 1;
    }

    function root(Tree memory tree) internal pure returns (SumNode memory) {
        return node(tree, depthOf(tree), 0);
    }

    function halves(Tree memory tree) internal pure returns (SumNode memory left, SumNode memory right) {
        uint256 below = depthOf(tree) - 1;
        return (node(tree, below, 0), node(tree, below, 1));
    }

    function proof(Tree memory tree, uint256 index) internal pure returns (bytes memory) {
        return path(tree, 0, index);
    }

    function siblings(Tree memory tree, uint256 word_) internal pure returns (bytes memory) {
        return path(tree, 8, word_);
    }

    /// @notice `width` neighbouring nodes of a level.
    function nodes(Tree memory tree, uint256 level, uint256 first, uint256 width)
        internal
        pure
        returns (bytes memory joined)
    {
        for (uint256 i = first; i < first + width; ++i) {
            SumNode memory each = node(tree, level, i);
            joined = abi.encodePacked(joined, each.hash, each.sum);
        }
    }

    /// @notice The siblings from node `i` of a level up to the root.
    function path(Tree memory tree, uint256 level, uint256 i) internal pure returns (bytes memory) {
        return pathUpTo(tree, level, i, depthOf(tree));
    }

    /// @notice The siblings from node `i` of a level up to another level.
    function pathUpTo(Tree memory tree, uint256 level, uint256 i, uint256 end)
        internal
        pure
        returns (bytes memory joined)
    {
        for (; level < end; ++level) {
            SumNode memory sibling = node(tree, level, i ^ 1);
            joined = abi.encodePacked(joined, sibling.hash, sibling.sum);
            i >>= 1;
        }
    }

    /// @notice The leaves of one word, trailing empty ones left out.
    function word(Tree memory tree, uint256 word_) internal pure returns (bytes memory) {
        uint256 from = word_ * 256;
        uint256 to = from + 256 < tree.leaves.length ? from + 256 : tree.leaves.length;
        bytes memory joined = new bytes(to > from ? (to - from) * 52 : 0);
        for (uint256 i = from; i < to; ++i) {
            Leaf memory leaf = tree.leaves[i];
            bytes32 account = bytes32(bytes20(leaf.account));
            bytes32 amounts = bytes32((uint256(leaf.balance) << 128) | leaf.paid);
            uint256 offset = (i - from) * 52;
            // The last 32 of 52 bytes first: the account's 20 end where they begin.
            assembly ("memory-safe") {
                let p := add(add(joined, 0x20), offset)
                mstore(add(p, 20), amounts)
                mstore(p, or(account, shr(160, amounts)))
            }
        }
        return joined;
    }

    /// @notice The same leaves in the packed form: account and balance of each; then the counters that are not zero, each behind its place.
    function packed(Tree memory tree, uint256 word_) internal pure returns (bytes memory leaves, bytes memory paid) {
        uint256 from = word_ * 256;
        for (uint256 i = from; i < from + 256 && i < tree.leaves.length; ++i) {
            Leaf memory leaf = tree.leaves[i];
            leaves = abi.encodePacked(leaves, leaf.account, leaf.balance);
            if (leaf.paid != 0) paid = abi.encodePacked(paid, uint8(i - from), leaf.paid);
        }
    }

    /// @notice What one proof adds up to, by walking it from the leaf: the slow, obvious way.
    function rootOf(SumNode memory start, uint256 i, bytes memory proof_) internal pure returns (SumNode memory node_) {
        node_ = start;
        for (uint256 k = 0; k * 48 < proof_.length; ++k) {
            bytes32 hash;
            uint256 sum;
            assembly ("memory-safe") {
                let p := add(add(proof_, 0x20), mul(k, 48))
                hash := mload(p)
                sum := shr(128, mload(add(p, 32)))
            }
            SumNode memory sibling = SumNode(hash, uint128(sum));
            node_ = i & 1 == 0 ? parent(node_, sibling) : parent(sibling, node_);
            i >>= 1;
        }
    }
}
