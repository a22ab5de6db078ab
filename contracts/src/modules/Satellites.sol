// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {GasTank} from "../GasTank.sol";
import {Registry} from "../Registry.sol";
import {IRegistryHooks, IVaultHooks} from "../interfaces/ISatellites.sol";
import {Errors} from "../libraries/Errors.sol";
import {Liveness, Terms} from "../types/Types.sol";
import {Books} from "./Books.sol";

/// @title Satellites
/// @notice The gas tank and the registry, created with the vault, and all that the registry may do to it.
abstract contract Satellites is Books, IVaultHooks {
    GasTank internal immutable TANK;
    IRegistryHooks internal immutable REGISTRY;

    modifier onlyRegistry() {
        if (msg.sender != address(REGISTRY)) revert Errors.Registry_OnlyRegistry();
        _;
    }

    constructor(Terms memory terms) {
        TANK = new GasTank();
        REGISTRY = new Registry(terms, address(TANK));
    }

    /// @inheritdoc IVaultHooks
    function extsload(bytes32 slot, uint256 count) external view returns (bytes32[] memory values) {
        values = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            bytes32 value;
            assembly ("memory-safe") {
                value := sload(add(slot, i))
            }
            values[i] = value;
        }
    }

    /// @inheritdoc IVaultHooks
    function ledgerChanged(address asset, uint128 owed, uint40 cursor, uint40 rootsAt) external onlyRegistry {
        // Not in the middle of a movement of money, when the reserve is not what it seems.
        _requireNotEntered();
        Liveness memory live = _liveness;
        uint256 start = _requireNotLatched(live);
        _books[asset].owed = owed;
        _absorb(asset, cursor);
        if (rootsAt == 0) return;
        live.rootsAt = rootsAt;
        _storeCured(live, start);
    }

    /// @inheritdoc IVaultHooks
    function overdueChanged(uint16 count, uint40 since) external onlyRegistry {
        Liveness memory live = _liveness;
        uint256 start = _requireNotLatched(live);
        live.overdueCount = count;
        live.overdueSince = since;
        _storeCured(live, start);
    }
}
