// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IVaultHooks} from "../interfaces/ISatellites.sol";
import {Recovery} from "../types/Types.sol";
import {Recoveries} from "./Recoveries.sol";

/// @title Reversals
/// @notice The last final ledger may be disputed between latch and return: then the one before it may come to count in its place. Which
/// two these are the registry says, and nobody else; no round opens before it is settled, so that nothing has been paid by the other.
abstract contract Reversals is Recoveries {
    /// @inheritdoc IVaultHooks
    function ledgerContested(address asset, uint40 roundsFrom, bool reversed) external onlyDisputes {
        // Not in the middle of a movement of money, when the reserve is not what it seems.
        _requireNotEntered();
        Recovery storage recovered = _recover(asset);
        recovered.roundsFrom = roundsFrom;
        if (!reversed) return;
        recovered.reopenedTo = _assets[asset].book.absorbed;
        _reopen(asset, _fix(asset, recovered));
    }

    /// @inheritdoc IVaultHooks
    function returnReopened(address asset, uint256 entry, uint256 withheld) external onlyDisputes nonReentrant {
        _refund(asset, entry, withheld, 0);
    }
}
