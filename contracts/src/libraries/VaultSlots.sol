// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title VaultSlots
/// @notice Where the vault keeps its state: the registry reads it there. The vault's constructor refuses if one is wrong.
library VaultSlots {
    uint256 internal constant NONCES = 0;
    uint256 internal constant LIVENESS = 1;
    uint256 internal constant BOOKS = 2;
    uint256 internal constant SEGREGATED = 3;
    uint256 internal constant QUEUE = 4;
    uint256 internal constant PAID_OUT = 5;
    uint256 internal constant CELLS = 6;
    uint256 internal constant RECOVERIES = 7;
    uint256 internal constant ANCHORS = 8;
    uint256 internal constant COUNTED = 9;

    /// @notice The slot of a mapping's value.
    function slotOf(uint256 mappingSlot, uint256 key) internal pure returns (uint256 slot) {
        return uint256(keccak256(abi.encode(key, mappingSlot)));
    }

    /// @notice The slot of a mapping's value.
    function slotOf(uint256 mappingSlot, address key) internal pure returns (uint256 slot) {
        return slotOf(mappingSlot, uint256(uint160(key)));
    }
}
