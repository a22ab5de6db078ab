// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title ReleaseTypes
/// @notice The EIP-712 message that both the vault and its safeguards know: a release that waits.
library ReleaseTypes {
    bytes32 internal constant COLD_TYPEHASH =
        keccak256("ColdRelease(address asset,address to,uint256 amount,uint256 salt,uint256 deadline)");

    /// @return The message's struct hash, by which it is queued.
    function coldHash(address asset, address to, uint256 amount, uint256 salt, uint256 deadline)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(COLD_TYPEHASH, asset, to, amount, salt, deadline));
    }
}
