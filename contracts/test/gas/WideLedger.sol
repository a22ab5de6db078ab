// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Leaf, SumNode} from "lifeboat/types/Types.sol";

import {SumTree} from "../base/SumTree.sol";

/// @notice A ledger of 131,072 leaves of which one word is real. The other words are stand-in nodes of the usual size, so that
/// proofs have the calldata and the hashing of a full ledger without 131,071 leaves in the test's memory.
library WideLedger {
    uint256 internal constant DEPTH = 17;
    /// The real word: its position has ones and zeros, so that both sides of the tree are walked.
    uint32 internal constant WORD = 173;

    struct Ledger {
        /// Levels 0 to 8 of the real word.
        SumTree.Tree word;
        /// Levels 8 to 16, as a proof.
        bytes siblings;
        SumNode left;
        SumNode right;
    }

    /// @notice An index of the ledger by its position in the real word.
    function indexOf(uint256 position) internal pure returns (uint32) {
        return uint32(WORD * 256 + position);
    }

    /// @notice A balance as people have them: a few ETH of 18 decimals, or a few thousand tokens of 6, all digits in use.
    function balanceOf(address asset, uint256 position) internal pure returns (uint128) {
        uint256 unit = _unit(asset);
        return uint128(unit + uint256(keccak256(abi.encode("balance", position))) % unit);
    }

    function build(address vault, address asset, address[] memory accounts)
        internal
        view
        returns (Ledger memory ledger)
    {
        bytes32 domain = SumTree.domain(vault, asset);
        ledger.word.leaves = new Leaf[](256);
        ledger.word.levels = new SumNode[][](9);
        SumNode[] memory level = new SumNode[](256);
        for (uint256 i = 0; i < 256; ++i) {
            ledger.word.leaves[i] = Leaf({account: accounts[i], balance: balanceOf(asset, i), paid: 0});
            level[i] = SumTree.leafNode(domain, indexOf(i), ledger.word.leaves[i]);
        }
        ledger.word.levels[0] = level;
        for (uint256 k = 0; k < 8; ++k) {
            SumNode[] memory above = new SumNode[](level.length / 2);
            for (uint256 i = 0; i < above.length; ++i) {
                above[i] = SumTree.parent(level[2 * i], level[2 * i + 1]);
            }
            ledger.word.levels[k + 1] = above;
            level = above;
        }
        _climb(ledger, asset, level[0]);
    }

    function _climb(Ledger memory ledger, address asset, SumNode memory node) private pure {
        uint256 position = WORD;
        for (uint256 k = 8; k < DEPTH; ++k) {
            SumNode memory sibling =
                SumNode(keccak256(abi.encode("stand-in", asset, k)), uint128(_unit(asset) * 3 / 2 * (1 << k) + k));
            ledger.siblings = abi.encodePacked(ledger.siblings, sibling.hash, sibling.sum);
            bool onTheLeft = position & 1 == 0;
            ledger.left = onTheLeft ? node : sibling;
            ledger.right = onTheLeft ? sibling : node;
            node = SumTree.parent(ledger.left, ledger.right);
            position >>= 1;
        }
    }

    function _unit(address asset) private pure returns (uint256) {
        return asset == address(0) ? 1 ether : 1000e6;
    }

    function total(Ledger memory ledger) internal pure returns (uint128) {
        return ledger.left.sum + ledger.right.sum;
    }

    function root(Ledger memory ledger) internal pure returns (bytes32) {
        return SumTree.parent(ledger.left, ledger.right).hash;
    }

    function proof(Ledger memory ledger, uint256 position) internal pure returns (bytes memory) {
        return abi.encodePacked(SumTree.path(ledger.word, 0, position), ledger.siblings);
    }

    /// @notice The two nodes of a level that the real word is under, or beside; and the position of the node above them.
    function pair(Ledger memory ledger, uint256 level) internal pure returns (bytes memory nodes, uint32 above) {
        SumNode memory node = ledger.word.levels[8][0];
        uint256 position = WORD;
        for (uint256 k = 8;; ++k) {
            bytes memory sibling = new bytes(48);
            for (uint256 i = 0; i < 48; ++i) {
                sibling[i] = ledger.siblings[(k - 8) * 48 + i];
            }
            bytes memory mine = abi.encodePacked(node.hash, node.sum);
            if (k == level) {
                nodes = position & 1 == 0 ? bytes.concat(mine, sibling) : bytes.concat(sibling, mine);
                return (nodes, uint32(position >> 1));
            }
            node = SumTree.rootOf(node, position & 1, sibling);
            position >>= 1;
        }
    }

    /// @notice The first `levels` nodes of a proof: up to an anchor.
    function proofUpTo(Ledger memory ledger, uint256 position, uint256 levels)
        internal
        pure
        returns (bytes memory cut)
    {
        cut = proof(ledger, position);
        assembly ("memory-safe") {
            mstore(cut, mul(levels, 48))
        }
    }

    /// @notice The real word, packed.
    function packed(Ledger memory ledger) internal pure returns (bytes memory, bytes memory) {
        return SumTree.packed(ledger.word, 0);
    }

    function leaves(Ledger memory ledger) internal pure returns (bytes memory) {
        return SumTree.word(ledger.word, 0);
    }
}
