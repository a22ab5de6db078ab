// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {GasTank} from "../GasTank.sol";
import {IRegistryHooks, ISafeguardsHooks, IVaultHooks, IViewsHooks} from "../interfaces/ISatellites.sol";
import {Blueprint} from "../libraries/Blueprint.sol";
import {Errors} from "../libraries/Errors.sol";
import {Flags} from "../libraries/Flags.sol";
import {Blueprints, Excuses, Liveness, SignerSet, Terms} from "../types/Types.sol";
import {Books} from "./Books.sol";

/// @title Satellites
/// @notice The gas tank, the registry, the safeguards and the views, created with the vault in this order; the bond and the disputes,
/// created by anybody; and what the registry and the safeguards may do to it.
abstract contract Satellites is Books, IVaultHooks {
    GasTank internal immutable TANK;
    IRegistryHooks internal immutable REGISTRY;
    ISafeguardsHooks internal immutable SAFEGUARDS;
    IViewsHooks internal immutable VIEWS;
    address private immutable DISPUTES;

    modifier onlyRegistry() {
        if (msg.sender != address(REGISTRY)) revert Errors.Registry_OnlyRegistry();
        _;
    }

    modifier onlySafeguards() {
        if (msg.sender != address(SAFEGUARDS)) revert Errors.Safeguards_OnlySafeguards();
        _;
    }

    modifier onlyDisputes() {
        if (msg.sender != DISPUTES) revert Errors.Disputes_OnlyDisputes();
        _;
    }

    constructor(Terms memory terms, Blueprints memory blueprints) {
        TANK = new GasTank();
        // The code at these two addresses can be no other, so anyone may create them, at any time.
        address bond = Blueprint.addressOf(blueprints.bond, abi.encode(address(this)));
        address disputes = Blueprint.addressOf(blueprints.disputes, abi.encode(address(this)));
        DISPUTES = disputes;
        address registry = Blueprint.create(blueprints.registry, abi.encode(terms, bond, disputes));
        address safeguards = Blueprint.create(blueprints.safeguards, abi.encode(terms));
        (REGISTRY, SAFEGUARDS) = (IRegistryHooks(registry), ISafeguardsHooks(safeguards));
        // The registry knows the address by it being the fourth.
        VIEWS = IViewsHooks(
            Blueprint.create(blueprints.views, abi.encode(terms, address(TANK), registry, safeguards, bond, disputes))
        );
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

    /// @dev The code for it would not fit in here.
    function _otherSigner(bytes32 digest, bytes calldata signatures, uint256 head)
        internal
        view
        override
        returns (bytes32)
    {
        return SAFEGUARDS.signerAt(digest, signatures, head);
    }

    // ------------------------------------------------------------------ for the registry

    /// @inheritdoc IVaultHooks
    function ledgerChanged(address asset, uint128 owed, uint40 cursor, uint40 rootsAt) external onlyRegistry {
        // Not in the middle of a movement of money, when the reserve is not what it seems.
        _requireNotEntered();
        Liveness memory live = _liveness;
        uint256 start = _requireNotLatched(live);
        _assets[asset].book.owed = owed;
        _absorb(asset, cursor);
        if (rootsAt == 0) return;
        live.rootsAt = rootsAt;
        _storeCured(live, start);
    }

    /// @inheritdoc IVaultHooks
    function overdueChanged(uint8 count, uint40 since) external onlyRegistry {
        Liveness memory live = _liveness;
        uint256 start = _requireNotLatched(live);
        live.overdueCount = count;
        live.overdueSince = since;
        _storeCured(live, start);
    }

    // ------------------------------------------------------------------ for the safeguards

    /// @inheritdoc IVaultHooks
    function excusesChanged(Excuses calldata excuses) external onlySafeguards {
        _requireLive();
        _storeExcuses(excuses);
    }

    /// @inheritdoc IVaultHooks
    function outflowFrozen(uint40 until) external onlySafeguards {
        _requireNotLatched(_liveness);
        _frozenUntil = until;
        _liveness.flags |= Flags.FROZEN;
    }

    /// @inheritdoc IVaultHooks
    function windDownAnnounced(uint40 latchAt) external onlySafeguards {
        _requireLive();
        if (_liveness.windDownAt != 0) revert Errors.Liveness_WindDownAnnounced(_liveness.windDownAt);
        _liveness.windDownAt = latchAt;
    }

    /// @inheritdoc IVaultHooks
    function signersChanged(SignerSet calldata signers) external onlySafeguards {
        _requireLive();
        _rotated = signers;
        _liveness.flags |= Flags.ROTATED;
    }
}
