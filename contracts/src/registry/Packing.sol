// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IRegistry} from "../interfaces/IRegistry.sol";
import {IVaultCore} from "../interfaces/IVaultCore.sol";
import {LedgerTree} from "../libraries/LedgerTree.sol";
import {Redirects} from "./Redirects.sol";

/// @title Packing
/// @notice Counting with less calldata: a transaction pays for its calldata even what hashing would not cost (EIP-7623), a call between contracts
/// does not. The vault decides as if it had been called itself.
abstract contract Packing is Redirects {
    /// @inheritdoc IRegistry
    function countPacked(
        address asset,
        uint32 word,
        bytes calldata leaves,
        bytes calldata paid,
        bytes calldata siblings
    ) external {
        (address vault, bytes4 selector) = (VAULT, IVaultCore.countWord.selector);
        uint256 head;
        // The call's data: selector and four words, the leaves (which come to lie behind them), the siblings. Written in place: copying
        // the leaves once more would cost what the packing saves.
        assembly ("memory-safe") {
            head := mload(0x40)
            mstore(0x40, add(head, 0x84))
            mstore(head, selector)
            mstore(add(head, 4), asset)
            mstore(add(head, 0x24), word)
            mstore(add(head, 0x44), 0x80)
        }
        LedgerTree.unpacked(leaves, paid);
        assembly ("memory-safe") {
            let tail := mload(0x40)
            mstore(add(head, 0x64), sub(sub(tail, head), 4))
            // Behind their length.
            let size := add(siblings.length, 0x20)
            calldatacopy(tail, sub(siblings.offset, 0x20), size)
            if iszero(call(gas(), vault, 0, head, sub(add(tail, size), head), 0, 0)) {
                returndatacopy(0, 0, returndatasize())
                revert(0, returndatasize())
            }
        }
    }
}
