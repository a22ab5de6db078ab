// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IDisperse} from "./IPeers.sol";

/// @notice The batch payer that everybody uses, at its barest: pays a list, verifies nothing, and one failure fails all.
contract Disperse is IDisperse {
    error Disperse_Failed(address to);

    function disperseEther(address[] calldata recipients, uint256[] calldata values) external payable {
        for (uint256 i = 0; i < recipients.length; ++i) {
            (bool ok,) = recipients[i].call{value: values[i]}("");
            if (!ok) revert Disperse_Failed(recipients[i]);
        }
    }

    function disperseToken(address token, address[] calldata recipients, uint256[] calldata values) external {
        uint256 total = 0;
        for (uint256 i = 0; i < recipients.length; ++i) {
            total += values[i];
        }
        if (!IERC20(token).transferFrom(msg.sender, address(this), total)) revert Disperse_Failed(address(this));
        for (uint256 i = 0; i < recipients.length; ++i) {
            if (!IERC20(token).transfer(recipients[i], values[i])) revert Disperse_Failed(recipients[i]);
        }
    }
}
