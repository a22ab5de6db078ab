// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Errors} from "./libraries/Errors.sol";

/// @title GasTank
/// @notice ETH that the service set aside for those who push refunds. Apart from the vault, so that it is in none of its books.
contract GasTank {
    address public immutable VAULT = msg.sender;

    event Repaid(address indexed pusher, uint256 amount);

    receive() external payable {}

    /// @notice Pays a pusher, at most what the tank holds. The vault only; a refusing pusher is not an error.
    /// @param amount Wei.
    function repay(address pusher, uint256 amount) external {
        if (msg.sender != VAULT) revert Errors.Tank_OnlyVault();
        uint256 paid = amount < address(this).balance ? amount : address(this).balance;
        bool ok;
        assembly ("memory-safe") {
            ok := call(30000, pusher, paid, 0, 0, 0, 0)
        }
        if (ok && paid > 0) emit Repaid(pusher, paid);
    }
}
