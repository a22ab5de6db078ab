// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

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
    uint256 private constant NODE_BYTES = 48;

    /// @notice What binds a leaf to this chain, this vault and one asset.
    function domain(address asset) internal view returns (bytes32) {
        return keccak256(abi.encode(LEAF_TYPEHASH, block.chainid, address(this), asset));
    }

    /// @notice Hash of one leaf; zero for the empty leaf.
    function leafHash(bytes32 leafDomain, uint256 index, Leaf calldata leaf) internal pure returns (bytes32 hash) {
        if (leaf.account == address(0) && leaf.balance == 0 && leaf.paid == 0) return 0;
        uint256 amounts = uint256(leaf.balance) << 128 | leaf.paid;
        address account = leaf.account;
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, leafDomain)
            mstore(add(free, 0x20), index)
            mstore(add(free, 0x40), account)
            mstore(add(free, 0x60), amounts)
            hash := keccak256(free, 0x80)
        }
    }

    /// @notice The node above two nodes.
    function parent(SumNode calldata left, SumNode calldata right) internal pure returns (bytes32 hash, uint128 sum) {
        uint256 sums = uint256(left.sum) << 128 | right.sum;
        bytes32 leftHash = left.hash;
        bytes32 rightHash = right.hash;
        uint256 total;
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, leftHash)
            mstore(add(free, 0x20), rightHash)
            mstore(add(free, 0x40), sums)
            hash := keccak256(free, 0x60)
            total := add(shr(128, sums), and(sums, 0xffffffffffffffffffffffffffffffff))
        }
        if (total >> 128 != 0) revert Errors.Ledger_ProofMalformed();
        // Fits 128 bits: checked above.
        // forge-lint: disable-next-line(unsafe-typecast)
        sum = uint128(total);
    }

    /// @notice The root above a node.
    /// @param index The node's position on its level: bit k chooses the side at k levels above it (0: left).
    /// @param proof Siblings upwards, 48 bytes each: hash, then sum (16 bytes, big-endian).
    function rootOf(bytes32 node, uint256 sum, uint256 index, bytes calldata proof)
        internal
        pure
        returns (bytes32 root)
    {
        if (proof.length % NODE_BYTES != 0) revert Errors.Ledger_ProofMalformed();
        uint256 overflow;
        assembly ("memory-safe") {
            let free := mload(0x40)
            root := node
            let end := add(proof.offset, proof.length)
            for { let at := proof.offset } lt(at, end) { at := add(at, 48) } {
                let sibling := calldataload(at)
                let siblingSum := shr(128, calldataload(add(at, 32)))
                switch and(index, 1)
                case 0 {
                    mstore(free, root)
                    mstore(add(free, 0x20), sibling)
                    mstore(add(free, 0x40), or(shl(128, sum), siblingSum))
                }
                default {
                    mstore(free, sibling)
                    mstore(add(free, 0x20), root)
                    mstore(add(free, 0x40), or(shl(128, siblingSum), sum))
                }
                root := keccak256(free, 0x60)
                sum := add(sum, siblingSum)
                overflow := or(overflow, shr(128, sum))
                index := shr(1, index)
            }
        }
        // A node whose sums do not fit belongs to no honest tree.
        if (overflow != 0) revert Errors.Ledger_ProofMalformed();
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
        uint256 overflow;
        assembly ("memory-safe") {
            // Scratch of four words, then 256 hashes, then 256 sums, all above the free pointer and not kept.
            let scratch := mload(0x40)
            let hashes := add(scratch, 0x80)
            let sums := add(hashes, 0x2000)
            mstore(scratch, leafDomain)
            let end := add(leaves.offset, leaves.length)
            let index := mul(word, 256)
            let at := leaves.offset
            for { let slot := 0 } lt(slot, 0x2000) { slot := add(slot, 0x20) } {
                let leaf := 0
                let due := 0
                if lt(at, end) {
                    let account := shr(96, calldataload(at))
                    let amounts := calldataload(add(at, 20))
                    due := shr(128, amounts)
                    if or(account, amounts) {
                        mstore(add(scratch, 0x20), index)
                        mstore(add(scratch, 0x40), account)
                        mstore(add(scratch, 0x60), amounts)
                        leaf := keccak256(scratch, 0x80)
                    }
                    at := add(at, 52)
                }
                mstore(add(hashes, slot), leaf)
                mstore(add(sums, slot), due)
                index := add(index, 1)
            }
            // Each level is written over the front half of the one below.
            for { let width := 0x2000 } gt(width, 0x20) { width := shr(1, width) } {
                let into := 0
                for { let from := 0 } lt(from, width) { from := add(from, 0x40) } {
                    let leftSum := mload(add(sums, from))
                    let rightSum := mload(add(add(sums, from), 0x20))
                    mstore(scratch, mload(add(hashes, from)))
                    mstore(add(scratch, 0x20), mload(add(add(hashes, from), 0x20)))
                    mstore(add(scratch, 0x40), or(shl(128, leftSum), rightSum))
                    mstore(add(hashes, into), keccak256(scratch, 0x60))
                    let total := add(leftSum, rightSum)
                    overflow := or(overflow, shr(128, total))
                    mstore(add(sums, into), total)
                    into := add(into, 0x20)
                }
            }
            hash := mload(hashes)
            sum := mload(sums)
        }
        if (overflow != 0) revert Errors.Ledger_ProofMalformed();
    }

    /// @notice Leaf `i` of a word's raw leaves, whose length `wordNode` has checked.
    function leafAt(bytes calldata leaves, uint256 i)
        internal
        pure
        returns (address account, uint128 owed, uint128 paid)
    {
        assembly ("memory-safe") {
            let at := add(leaves.offset, mul(i, 52))
            account := shr(96, calldataload(at))
            let amounts := calldataload(add(at, 20))
            owed := shr(128, amounts)
            paid := and(amounts, 0xffffffffffffffffffffffffffffffff)
        }
    }
}
