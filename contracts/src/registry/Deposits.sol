// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IRegistry} from "../interfaces/IRegistry.sol";
import {Errors} from "../libraries/Errors.sol";
import {Transfers} from "../libraries/Transfers.sol";
import {Caller} from "./Caller.sol";

/// @title Deposits
/// @notice ETH that comes with exit requests and challenges. It is none of the vault's money; who gets it back fetches it, so that nobody's
/// refusal stands in anybody's way.
abstract contract Deposits is IRegistry, Caller {
    /// @inheritdoc IRegistry
    mapping(address account => uint256) public depositOf;

    /// @inheritdoc IRegistry
    function withdrawDeposit(address to) external {
        address account = _caller();
        uint256 amount = depositOf[account];
        if (amount == 0) revert Errors.Ledger_NothingToWithdraw(account);
        _requireNotReserved(to);
        depositOf[account] = 0;
        emit DepositWithdrawn(account, to, amount);
        Transfers.send(address(0), to, amount);
    }

    /// @param expected Wei.
    function _takeDeposit(uint256 expected) internal view {
        if (msg.value != expected) revert Errors.Ledger_WrongDeposit(msg.value, expected);
    }

    /// @param amount Wei that was taken before.
    function _giveBack(address account, uint256 amount) internal {
        // Sums of what was taken.
        unchecked {
            depositOf[account] += amount;
        }
    }
}
