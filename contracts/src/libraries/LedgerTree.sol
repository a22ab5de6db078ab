// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {Leaf, SumNode} from "../types/Types.sol";
import {Errors} from "./Errors.sol";

/// @title LedgerTree
/// @notice The positional Merkle-sum tree: a node hashes both children's hashes and both sums (eprint 2018/1139 on why).
/// @dev Assembly because every claim and push pays for these loops; tests fuzz it against a plain version.
library LedgerTree {
    bytes32 private constant LEAF_TYPEHASH = keccak256(
        "LifeboatLeaf(uint256 chainId,address vault,address asset,uint256 index,address account,uint128 balance,uint128 paid)"
    );
    uint256 internal constant WORD_LEAVES = 256;
    uint256 internal constant LEAF_BYTES = 52;
    /// A packed leaf, without its counter.
    uint256 private constant PACKED_BYTES = 36;
    uint256 internal constant NODE_BYTES = 48;
    /// Levels below a word's node.
    uint256 internal constant WORD_DEPTH = 8;

    /// @notice What binds a leaf to this chain, this vault and one asset.
    function domain(address vault, address asset) internal view returns (bytes32) {
        return keccak256(abi.encode(LEAF_TYPEHASH, block.chainid, vault, asset));
    }

    /// @notice Levels of the tree of `count` leaves: padded to a power of two, at least a word.
    function depthOf(uint256 count) internal pure returns (uint256 depth) {
        depth = count > WORD_LEAVES ? Math.log2(count, Math.Rounding.Ceil) : WORD_DEPTH;
    }

    /// @notice Hash of one leaf; zero for the empty leaf.
    function leafHash(bytes32 leafDomain, uint256 index, Leaf calldata leaf) internal pure returns (bytes32 hash) {
        address account = leaf.account;
        uint256 amounts = uint256(leaf.balance) << 128 | leaf.paid;
        assembly ("memory-safe") {
            if or(account, amounts) {
                let free := mload(0x40)
                mstore(free, leafDomain)
                mstore(add(free, 0x20), index)
                mstore(add(free, 0x40), account)
                mstore(add(free, 0x60), amounts)
                hash := keccak256(free, 0x80)
            }
        }
    }

    /// @notice The node above two nodes.
    function parent(SumNode memory left, SumNode memory right) internal pure returns (SumNode memory node) {
        uint256 total = uint256(left.sum) + right.sum;
        if (total >> 128 != 0) revert Errors.Ledger_ProofMalformed();
        // Fits 128 bits: checked above.
        // forge-lint: disable-next-line(unsafe-typecast)
        return SumNode(keccak256(abi.encodePacked(left.hash, right.hash, left.sum, right.sum)), uint128(total));
    }

    /// @notice Levels from neighbouring nodes of one level, 48 bytes each, up to the node above all of them. Refuses less than two, and
    /// what is no power of two.
    function heightOf(bytes calldata nodes) internal pure returns (uint256 height) {
        for (height = 1; NODE_BYTES << height < nodes.length; ++height) {}
        if (NODE_BYTES << height != nodes.length) revert Errors.Ledger_ProofMalformed();
    }

    /// @notice The node at a position in such nodes, whose length `heightOf` has checked.
    function nodeAt(bytes calldata nodes, uint256 i) internal pure returns (bytes32 hash, uint256 sum) {
        assembly ("memory-safe") {
            let cursor := add(nodes.offset, mul(i, 48))
            hash := calldataload(cursor)
            sum := shr(128, calldataload(add(cursor, 0x20)))
        }
    }

    /// @notice The node above all of them.
    function nodeOver(bytes calldata nodes) internal pure returns (bytes32 hash, uint256 sum) {
        uint256 pairs;
        assembly ("memory-safe") {
            // Above the free pointer and not kept: pairs as `_fold` takes them.
            pairs := mload(0x40)
            for { let at := 0 } lt(at, nodes.length) { at := add(at, 0x60) } {
                let cursor := add(nodes.offset, at)
                let pair := add(pairs, at)
                mstore(pair, calldataload(cursor))
                mstore(add(pair, 0x20), calldataload(add(cursor, 48)))
                // The left sum is the upper half. The right one goes over the lower half.
                mstore(add(pair, 0x40), calldataload(add(cursor, 0x20)))
                mstore(add(pair, 0x50), calldataload(add(cursor, 80)))
            }
        }
        return _fold(pairs, nodes.length);
    }

    /// @notice The root above a node.
    /// @param sum The node's, below 2^128.
    /// @param index The node's position on its level: bit k chooses the side at k levels above it (0: left).
    /// @param proof Siblings upwards, 48 bytes each: hash, then sum (16 bytes, big-endian).
    function rootOf(bytes32 node, uint256 sum, uint256 index, bytes calldata proof)
        internal
        pure
        returns (bytes32 root, uint256 total)
    {
        if (proof.length % NODE_BYTES != 0) revert Errors.Ledger_ProofMalformed();
        assembly ("memory-safe") {
            // A node's three words are laid out from zero on, over the free memory pointer, which is put back at the end.
            let free := mload(0x40)
            let cursor := proof.offset
            let end := add(cursor, proof.length)
            root := node
            for {} lt(cursor, end) { cursor := add(cursor, 48) } {
                let siblingSum := shr(128, calldataload(add(cursor, 0x20)))
                switch and(index, 1)
                case 0 {
                    mstore(0, root)
                    mstore(0x20, calldataload(cursor))
                    mstore(0x40, or(shl(128, sum), siblingSum))
                }
                default {
                    mstore(0, calldataload(cursor))
                    mstore(0x20, root)
                    mstore(0x40, or(shl(128, siblingSum), sum))
                }
                root := keccak256(0, 0x60)
                sum := add(sum, siblingSum)
                index := shr(1, index)
            }
            mstore(0x40, free)
        }
        // Sums only grow on the way up, so the last tells of all. One that does not fit belongs to no honest tree.
        if (sum >> 128 != 0) revert Errors.Ledger_ProofMalformed();
        total = sum;
    }

    /// @notice The node above one word of 256 leaves.
    /// @param leaves 52 bytes each (account 20, balance 16, paid 16); missing ones are empty.
    function wordNode(bytes32 leafDomain, uint256 word, bytes calldata leaves)
        internal
        pure
        returns (bytes32 hash, uint256 sum)
    {
        if (leaves.length % LEAF_BYTES != 0 || leaves.length > WORD_LEAVES * LEAF_BYTES) {
            revert Errors.Ledger_ProofMalformed();
        }
        uint256 pairs;
        assembly ("memory-safe") {
            pairs := mload(0x40)
            calldatacopy(add(pairs, 0x3040), leaves.offset, leaves.length)
        }
        return _wordNode(leafDomain, word, pairs, leaves.length);
    }

    /// @notice The same of leaves in memory.
    /// @param leaves As `unpacked` gives them: at most 256.
    function wordNodeOf(bytes32 leafDomain, uint256 word, bytes memory leaves)
        internal
        pure
        returns (bytes32 hash, uint256 sum)
    {
        uint256 pairs;
        assembly ("memory-safe") {
            pairs := mload(0x40)
            mcopy(add(pairs, 0x3040), add(leaves, 0x20), mload(leaves))
        }
        return _wordNode(leafDomain, word, pairs, leaves.length);
    }

    /// @notice A packed word's leaves as `wordNode` takes them. Most accounts were never paid out on chain: their counters are zero, and the
    /// calldata floor of EIP-7623 charges zeros too.
    /// @param leaves 36 bytes each (account 20, balance 16), at most 256; missing ones are empty.
    /// @param paid 17 bytes each (the leaf's place in the word 1, its counter 16): the counters that are not zero, by ascending places.
    /// @return plain 52 bytes a leaf (account 20, balance 16, paid 16).
    function unpacked(bytes calldata leaves, bytes calldata paid) internal pure returns (bytes memory plain) {
        uint256 count = leaves.length / PACKED_BYTES;
        bool refused;
        assembly ("memory-safe") {
            refused := or(gt(count, 256), or(mod(leaves.length, 36), mod(paid.length, 17)))
            plain := mload(0x40)
            let size := mul(count, 52)
            mstore(plain, size)
            let leaf := add(plain, 0x20)
            mstore(0x40, add(leaf, size))
            // Counters are zero but for those that follow.
            calldatacopy(leaf, calldatasize(), size)
            let cursor := leaves.offset
            let end := add(cursor, leaves.length)
            for {} lt(cursor, end) { cursor := add(cursor, 36) } {
                calldatacopy(leaf, cursor, 36)
                leaf := add(leaf, 52)
            }
            cursor := paid.offset
            end := add(cursor, paid.length)
            // One form for every word: ascending places, and no counter of zero.
            let next := 0
            for {} lt(cursor, end) { cursor := add(cursor, 17) } {
                let entry := calldataload(cursor)
                let place := byte(0, entry)
                let counter := shr(128, shl(8, entry))
                refused := or(refused, or(lt(place, next), iszero(counter)))
                next := add(place, 1)
                // The word of memory that is the leaf's balance and counter: above the free pointer, where there is no such leaf.
                let amounts := add(plain, mul(next, 52))
                mstore(amounts, or(mload(amounts), counter))
            }
            refused := or(refused, gt(next, count))
        }
        if (refused) revert Errors.Ledger_ProofMalformed();
    }

    /// @dev The node above a word's leaves, which lie 0x3040 bytes above the free pointer.
    /// @param pairs The free pointer.
    /// @param size Bytes of leaves, at most 0x3400.
    function _wordNode(bytes32 leafDomain, uint256 word, uint256 pairs, uint256 size)
        private
        pure
        returns (bytes32 hash, uint256 sum)
    {
        assembly ("memory-safe") {
            // Above the free pointer and not kept: 128 pairs of neighbouring nodes, each as its parent's hash takes them (left
            // hash, right hash, both sums), then the leaves, filled up with empty ones (reading calldata past its end gives
            // zeros). A leaf's four words are laid out from zero on, over the free pointer and the zero slot.
            let cursor := add(pairs, 0x3040)
            calldatacopy(add(cursor, size), calldatasize(), sub(0x3400, size))
            mstore(0, leafDomain)
            let index := mul(word, 256)
            let end := add(pairs, 0x3000)
            for { let pair := pairs } lt(pair, end) { pair := add(pair, 0x60) } {
                let account := shr(96, mload(cursor))
                let amounts := mload(add(cursor, 20))
                mstore(0x20, index)
                mstore(0x40, account)
                mstore(0x60, amounts)
                // The empty leaf's hash is zero.
                mstore(pair, mul(keccak256(0, 0x80), iszero(iszero(or(account, amounts)))))
                // The balance is the upper half: the left sum. The right one goes over the lower half.
                mstore(add(pair, 0x40), amounts)
                account := shr(96, mload(add(cursor, 52)))
                amounts := mload(add(cursor, 72))
                mstore(0x20, add(index, 1))
                mstore(0x40, account)
                mstore(0x60, amounts)
                mstore(add(pair, 0x20), mul(keccak256(0, 0x80), iszero(iszero(or(account, amounts)))))
                mstore(add(pair, 0x50), amounts)
                index := add(index, 2)
                cursor := add(cursor, 104)
            }
            mstore(0x40, pairs)
            mstore(0x60, 0)
        }
        return _fold(pairs, 0x3000);
    }

    /// @dev The node above pairs of neighbouring nodes, which lie in memory as their parents' hashes take them (left hash, right hash, both
    /// sums) and are written over.
    /// @param size Bytes: 96 times a power of two.
    function _fold(uint256 pairs, uint256 size) private pure returns (bytes32 hash, uint256 sum) {
        uint256 overflow;
        assembly ("memory-safe") {
            // Each level is written over the front half of the one below: two pairs become one.
            for {} gt(size, 0x60) { size := shr(1, size) } {
                let into := pairs
                let end := add(pairs, size)
                for { let from := pairs } lt(from, end) { from := add(from, 0xc0) } {
                    mstore(into, keccak256(from, 0x60))
                    mstore(add(into, 0x20), keccak256(add(from, 0x60), 0x60))
                    let left := add(shr(128, mload(add(from, 0x40))), shr(128, mload(add(from, 0x50))))
                    let right := add(shr(128, mload(add(from, 0xa0))), shr(128, mload(add(from, 0xb0))))
                    mstore(add(into, 0x40), or(shl(128, left), right))
                    overflow := or(overflow, or(left, right))
                    into := add(into, 0x60)
                }
            }
            hash := keccak256(pairs, 0x60)
            sum := add(shr(128, mload(add(pairs, 0x40))), shr(128, mload(add(pairs, 0x50))))
        }
        if ((overflow | sum) >> 128 != 0) revert Errors.Ledger_ProofMalformed();
    }

    /// @notice Where a word's raw leaves, whose length `wordNode` has checked, begin and end in calldata.
    function rangeOf(bytes calldata leaves) internal pure returns (uint256 first, uint256 end) {
        assembly ("memory-safe") {
            first := leaves.offset
            end := add(first, leaves.length)
        }
    }

    /// @notice The account of the raw leaf at an offset of calldata.
    function accountAt(uint256 leaf) internal pure returns (address account) {
        assembly ("memory-safe") {
            account := shr(96, calldataload(leaf))
        }
    }

    /// @notice The same leaf's balance, base units, below 2^128.
    function balanceAt(uint256 leaf) internal pure returns (uint256 owed) {
        assembly ("memory-safe") {
            owed := shr(128, calldataload(add(leaf, 20)))
        }
    }

    /// @notice What the same leaf says was paid out at the snapshot, base units, below 2^128.
    function paidAt(uint256 leaf) internal pure returns (uint256 paid) {
        assembly ("memory-safe") {
            paid := shr(128, calldataload(add(leaf, 36)))
        }
    }
}
