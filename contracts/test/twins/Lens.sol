// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title Lens
/// @notice Many views in one call, so that a state can be read back after every step.
contract Lens {
    /// @return results What each call returned or reverted with.
    function read(address[] calldata targets, bytes[] calldata calls) external view returns (bytes[] memory results) {
        results = new bytes[](calls.length);
        for (uint256 i = 0; i < calls.length; ++i) {
            (, results[i]) = targets[i].staticcall(calls[i]);
        }
    }

    function etherOf(address account) external view returns (uint256) {
        return account.balance;
    }
}
