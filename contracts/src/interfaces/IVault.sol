// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IRegistry} from "./IRegistry.sol";
import {IVaultCore} from "./IVaultCore.sol";
import {IViews} from "./IViews.sol";

/// @title IVault
/// @notice The reserve of a custodial service: held by its signers while it lives, returned to its users when it stops.
/// @dev Amounts are base units of the asset (wei for ETH, which is `address(0)`); times are Unix seconds; `docs/specification.md`
/// has every rule. No function is restricted to a caller except where it says "the account only". All of it is called at the
/// vault's address; the events of `IRegistry` come from the registry's.
interface IVault is IVaultCore, IRegistry, IViews {}
