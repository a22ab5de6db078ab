// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {LedgerTree} from "lifeboat/libraries/LedgerTree.sol";
import {Leaf, SumNode} from "lifeboat/types/Types.sol";

/// @title TreeProbe
/// @notice The vault's tree library as calls, so that `crates/ledger` is tested against the same bytecode.
contract TreeProbe {
    function domain(address asset) external view returns (bytes32) {
        return LedgerTree.domain(address(this), asset);
    }

    function leafHash(bytes32 leafDomain, uint256 index, Leaf calldata leaf) external pure returns (bytes32) {
        return LedgerTree.leafHash(leafDomain, index, leaf);
    }

    function parent(SumNode calldata left, SumNode calldata right) external pure returns (bytes32 hash, uint128 sum) {
        SumNode memory node = LedgerTree.parent(left, right);
        return (node.hash, node.sum);
    }

    function rootOf(bytes32 node, uint256 sum, uint256 index, bytes calldata proof) external pure returns (bytes32) {
        (bytes32 root,) = LedgerTree.rootOf(node, sum, index, proof);
        return root;
    }

    function wordNode(bytes32 leafDomain, uint256 word, bytes calldata leaves)
        external
        pure
        returns (bytes32 hash, uint256 sum)
    {
        return LedgerTree.wordNode(leafDomain, word, leaves);
    }
}
