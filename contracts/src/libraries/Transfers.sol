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
        if (!trySend(asset, to, amount, gasleft())) revert Errors.Books_TransferFailed(asset, to);
    }

    /// @notice Transfers within the push gas cap.
    function tryPush(address asset, address to, uint256 amount) internal returns (bool ok) {
        uint256 cap = asset == address(0) ? ETH_PUSH_GAS : TOKEN_PUSH_GAS;
        requireGas(cap + 30_000);
        return trySend(asset, to, amount, cap);
    }

    /// @notice Reverts unless a call can really be given its cap: EIP-150 keeps back a 64th, and value to a new account costs 34,000.
    function requireGas(uint256 needed) internal view {
        uint256 atLeast = needed * 64 / 63 + 45_000;
        if (gasleft() < atLeast) revert Errors.Return_GasTooLow(gasleft(), atLeast);
    }

    /// @return ok The transfer took place: the call succeeded, and a token with code returned nothing or true.
    function trySend(address asset, address to, uint256 amount, uint256 gasCap) internal returns (bool ok) {
        if (asset == address(0)) {
            assembly ("memory-safe") {
                ok := call(gasCap, to, amount, 0, 0, 0, 0)
            }
        } else {
            assembly ("memory-safe") {
                let free := mload(0x40)
                // transfer(address,uint256)
                mstore(free, 0xa9059cbb00000000000000000000000000000000000000000000000000000000)
                mstore(add(free, 0x04), to)
                mstore(add(free, 0x24), amount)
                ok := call(gasCap, asset, 0, free, 0x44, 0, 0x20)
                switch returndatasize()
                case 0 { ok := and(ok, gt(extcodesize(asset), 0)) }
                default { ok := and(ok, and(gt(returndatasize(), 0x1f), eq(mload(0), 1))) }
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

    /// @notice This contract's balance of an asset.
    function balance(address asset) internal view returns (uint256) {
        return asset == address(0) ? address(this).balance : IERC20(asset).balanceOf(address(this));
    }
}
