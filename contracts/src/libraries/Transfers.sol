// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {Errors} from "./Errors.sol";

/// @title Transfers
/// @notice Outgoing ETH (`address(0)`) and ERC-20 transfers: bounded gas, at most one word of return data read.
library Transfers {
    /// @notice Gas given to an ETH recipient that is paid by somebody else's transaction.
    uint256 internal constant ETH_PUSH_GAS = 30_000;
    /// @notice Gas given to a token transfer in somebody else's transaction.
    uint256 internal constant TOKEN_PUSH_GAS = 60_000;

    /// @notice Transfers with all gas; reverts on failure.
    function send(address asset, address to, uint256 amount) internal {
        bool ok = isEth(asset) ? trySendEth(to, amount, gasleft()) : trySendToken(asset, to, amount, gasleft());
        if (!ok) revert Errors.Books_TransferFailed(asset, to);
    }

    /// @notice Transfers within the push gas cap.
    function tryPush(address asset, address to, uint256 amount) internal returns (bool ok) {
        uint256 needed = pushGas(asset);
        if (gasleft() < needed) revert Errors.Return_GasTooLow(gasleft(), needed);
        return isEth(asset) ? trySendEth(to, amount, ETH_PUSH_GAS) : trySendToken(asset, to, amount, TOKEN_PUSH_GAS);
    }

    /// @notice Gas that must be left so that a transfer within the push gas cap really gets it: EIP-150 keeps back a 64th, and
    /// value to a new account costs 36,600 on top.
    function pushGas(address asset) internal pure returns (uint256 needed) {
        return isEth(asset) ? ETH_PUSH_GAS * 64 / 63 + 40_000 : TOKEN_PUSH_GAS * 64 / 63 + 5000;
    }

    /// @return ok The transfer took place.
    function trySendEth(address to, uint256 amount, uint256 gasCap) internal returns (bool ok) {
        assembly ("memory-safe") {
            ok := call(gasCap, to, amount, 0, 0, 0, 0)
        }
    }

    /// @return ok The call succeeded, and a token with code returned nothing or true.
    function trySendToken(address token, address to, uint256 amount, uint256 gasCap) internal returns (bool ok) {
        assembly ("memory-safe") {
            // transfer(address,uint256): selector at 16 to 19, recipient up to 51, amount up to 83. The last 20 bytes lie over
            // the upper part of the free memory pointer, which is zero before and after.
            mstore(0x14, to)
            mstore(0x34, amount)
            mstore(0, 0xa9059cbb000000000000000000000000)
            ok := call(gasCap, token, 0, 0x10, 0x44, 0, 0x20)
            mstore(0x34, 0)
            if iszero(and(and(eq(mload(0), 1), gt(returndatasize(), 0x1f)), ok)) {
                ok := and(and(iszero(returndatasize()), gt(extcodesize(token), 0)), ok)
            }
        }
    }

    /// @notice Takes tokens in.
    /// @return received The measured delta of the balance, at most `amount`.
    function pull(address token, address from, uint256 amount) internal returns (uint256 received) {
        uint256 before = IERC20(token).balanceOf(address(this));
        SafeERC20.safeTransferFrom(IERC20(token), from, address(this), amount);
        uint256 delta = IERC20(token).balanceOf(address(this)) - before;
        return delta < amount ? delta : amount;
    }

    /// @notice An account's balance of an asset.
    function balanceOf(address asset, address account) internal view returns (uint256) {
        return isEth(asset) ? account.balance : IERC20(asset).balanceOf(account);
    }

    /// @dev Cheaper than Solidity's comparison, which cleans the address each time.
    function isEth(address asset) internal pure returns (bool yes) {
        assembly ("memory-safe") {
            yes := iszero(asset)
        }
    }
}
