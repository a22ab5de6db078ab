// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Errors} from "./libraries/Errors.sol";
import {Transfers} from "./libraries/Transfers.sol";

/// @title Purse
/// @notice Where the money of one escrowed order lies. Stands at its address only once the order is settled; until then nothing
/// but its escrow could ever come to stand there. Takes no ETH any more: what comes late for a settled order stays with its sender.
contract Purse {
    address private immutable ESCROW = msg.sender;

    /// @notice Transfers with at most so much gas. The escrow only.
    function pay(address asset, address to, uint256 amount, uint256 gasCap) external returns (bool) {
        if (msg.sender != ESCROW) revert Errors.Escrow_OnlyEscrow();
        if (asset == address(0)) return Transfers.trySendEth(to, amount, gasCap);
        return Transfers.trySendToken(asset, to, amount, gasCap);
    }
}
