// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title VaultSlots
/// @notice Where the vault keeps its state: its satellites read it there. The vault's constructor refuses if one is wrong.
library VaultSlots {
    uint256 internal constant NONCES = 0;
    /// Two slots.
    uint256 internal constant SIGNERS = 1;
    uint256 internal constant LIVENESS = 3;
    uint256 internal constant EXCUSES = 4;
    uint256 internal constant CONDUCT = 5;
    uint256 internal constant FROZEN_UNTIL = 6;
    /// Of each asset two slots of books, then its gate.
    uint256 internal constant ASSETS = 7;
    uint256 internal constant SEGREGATED = 8;
    uint256 internal constant QUEUE = 9;
    uint256 internal constant PAID_OUT = 10;
    uint256 internal constant CELLS = 11;
    uint256 internal constant RECOVERIES = 12;
    uint256 internal constant ANCHORS = 13;
    uint256 internal constant COUNTED = 14;
    uint256 internal constant REDIRECTS = 15;

    /// @notice The slot of a mapping's value.
    function slotOf(uint256 mappingSlot, uint256 key) internal pure returns (uint256 slot) {
        return uint256(keccak256(abi.encode(key, mappingSlot)));
    }

    /// @notice The slot of a mapping's value.
    function slotOf(uint256 mappingSlot, address key) internal pure returns (uint256 slot) {
        return slotOf(mappingSlot, uint256(uint160(key)));
    }
}
