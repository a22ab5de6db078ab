// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title BalanceLens
/// @notice Reads many balances of one asset in one call, so that a drill can check every account's real balance.
contract BalanceLens {
    /// @param asset ETH is `address(0)`.
    /// @return balances Base units, in the order of the accounts.
    function balancesOf(address asset, address[] calldata accounts) external view returns (uint256[] memory balances) {
        balances = new uint256[](accounts.length);
        for (uint256 i = 0; i < accounts.length; ++i) {
            balances[i] = asset == address(0) ? accounts[i].balance : IERC20(asset).balanceOf(accounts[i]);
        }
    }
}
