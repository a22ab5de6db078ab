// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ISafeguards} from "../interfaces/ISafeguards.sol";
import {ISafeguardsHooks, IVaultHooks} from "../interfaces/ISatellites.sol";
import {Errors} from "../libraries/Errors.sol";
import {ReleaseTypes} from "../libraries/ReleaseTypes.sol";
import {RollingBudget} from "../libraries/RollingBudget.sol";
import {QueuedRelease, Quorum, SignerSet} from "../types/Types.sol";
import {Windows} from "./Windows.sol";

/// @title Brakes
/// @notice What slows the outflow down: freezes, and the time that large releases wait, in which guardians can veto them.
abstract contract Brakes is ISafeguardsHooks, Windows {
    using RollingBudget for RollingBudget.Budget;

    bytes32 private constant FREEZE_TYPEHASH = keccak256("Freeze(uint40 until,bytes32 evidenceHash)");
    bytes32 private constant VETO_TYPEHASH = keccak256("Veto(bytes32 release)");

    uint256 private constant FREEZE_PERIOD = 365 days;
    uint256 private constant FREEZE_BUDGET = 21 days;
    /// What is ready and not executed lapses after it.
    uint256 internal constant READY_FOR = 14 days;

    RollingBudget.Budget private _freezes;
    mapping(bytes32 release => QueuedRelease) private _queued;
    /// When signers were last exchanged, Unix seconds.
    uint256 internal _rotatedAt;

    // ------------------------------------------------------------------ freezes

    /// @inheritdoc ISafeguards
    function freeze(uint40 until, bytes32 evidenceHash, Quorum calldata guardians) external {
        uint256 duration = _requireDuration(block.timestamp, until, FREEZE_MAX);
        uint256 last = _frozenUntil();
        uint256 earliest = last == 0 ? 0 : last + 2 * FREEZE_MAX;
        if (block.timestamp < earliest) revert Errors.Safeguards_TooSoon(block.timestamp, earliest);
        _requireGuardians(keccak256(abi.encode(FREEZE_TYPEHASH, until, evidenceHash)), guardians);
        _freezes.spend(until, duration, FREEZE_PERIOD, FREEZE_BUDGET);

        IVaultHooks(VAULT).outflowFrozen(until);
        emit Frozen(until, evidenceHash);
    }

    // ------------------------------------------------------------------ releases that wait

    /// @inheritdoc ISafeguards
    function queueRelease(
        address asset,
        address to,
        uint256 amount,
        uint256 salt,
        uint256 deadline,
        Quorum calldata signers
    ) external {
        _requireLive();
        _requireBefore(deadline);
        bytes32 release = ReleaseTypes.coldHash(asset, to, amount, salt, deadline);
        if (_queued[release].readyAt != 0) revert Errors.Gate_ReleaseQueued(release);
        SignerSet memory current = _signers();
        _requireQuorum(_hashTypedDataV4(release), signers, current.membersHash, current.coldThreshold);

        uint256 readyAt = block.timestamp + COLD_DELAY;
        // Unix times in seconds, which fit 40 bits.
        // forge-lint: disable-next-line(unsafe-typecast)
        _queued[release] = QueuedRelease({queuedAt: uint40(block.timestamp), readyAt: uint40(readyAt), closed: false});
        emit ReleaseQueued(release, asset, to, amount, salt, deadline, readyAt);
    }

    /// @inheritdoc ISafeguards
    function vetoRelease(bytes32 release, Quorum calldata guardians) external {
        _close(release);
        _requireGuardians(keccak256(abi.encode(VETO_TYPEHASH, release)), guardians);
        emit ReleaseVetoed(release);
    }

    /// @inheritdoc ISafeguardsHooks
    function takeRelease(bytes32 release) external {
        if (msg.sender != VAULT) revert Errors.Safeguards_OnlyVault();
        QueuedRelease storage queued = _close(release);
        if (block.timestamp < queued.readyAt) revert Errors.Gate_ReleaseNotReady(queued.readyAt);
        bool undone = queued.queuedAt <= _conduct().curedAt || queued.queuedAt <= _rotatedAt;
        if (undone || block.timestamp > queued.readyAt + READY_FOR) revert Errors.Gate_ReleaseLapsed(release);
    }

    /// @inheritdoc ISafeguards
    function queuedRelease(bytes32 release) external view returns (QueuedRelease memory) {
        return _queued[release];
    }

    /// @inheritdoc ISafeguardsHooks
    function signerAt(bytes32 digest, bytes calldata signatures, uint256 head) external view returns (bytes32) {
        return _otherSigner(digest, signatures, head);
    }

    function _close(bytes32 release) private returns (QueuedRelease storage queued) {
        queued = _queued[release];
        if (queued.readyAt == 0 || queued.closed) revert Errors.Gate_ReleaseUnknown(release);
        queued.closed = true;
    }

    function _requireGuardians(bytes32 structHash, Quorum calldata guardians) private view {
        if (GUARDIAN_THRESHOLD == 0) revert Errors.Safeguards_NoSuchRole();
        _requireQuorum(_hashTypedDataV4(structHash), guardians, GUARDIANS_HASH, GUARDIAN_THRESHOLD);
    }
}
