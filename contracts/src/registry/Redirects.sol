// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IRegistry} from "../interfaces/IRegistry.sol";
import {IVaultHooks} from "../interfaces/ISatellites.sol";
import {Errors} from "../libraries/Errors.sol";
import {Leaf} from "../types/Types.sol";
import {ExitRequests} from "./ExitRequests.sol";

/// @title Redirects
/// @notice Who knows ahead that his account is no place to send money to says so while the service lives.
abstract contract Redirects is ExitRequests {
    /// @inheritdoc IRegistry
    function setRedirect(address asset, uint32 index, Leaf calldata leaf, bytes calldata proof, address to) external {
        _requireNotLatched();
        address account = _caller();
        if (account != leaf.account) revert Errors.Ledger_NotTheAccount(account, leaf.account);
        if (to != address(0)) _requireNotReserved(to);
        _requireFinalLeaf(asset, index, leaf, proof);
        IVaultHooks(VAULT).redirectSet(asset, index, account, to);
        emit RedirectSet(account, asset, index, to);
    }
}
