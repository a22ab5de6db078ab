// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ISafeguards} from "../interfaces/ISafeguards.sol";
import {IVaultHooks} from "../interfaces/ISatellites.sol";
import {Errors} from "../libraries/Errors.sol";
import {RollingBudget} from "../libraries/RollingBudget.sol";
import {Excuses, Quorum} from "../types/Types.sol";
import {Announcements} from "./Announcements.sol";

/// @title Windows
/// @notice When silence does not count, and when the watchers say that it should count at once.
abstract contract Windows is Announcements {
    using RollingBudget for RollingBudget.Budget;

    bytes32 private constant MAINTENANCE_TYPEHASH = keccak256("Maintenance(uint40 from,uint40 until)");
    bytes32 private constant FORCE_MAJEURE_TYPEHASH = keccak256("ForceMajeure(uint40 until,bytes32 evidenceHash)");
    bytes32 private constant ALARM_TYPEHASH = keccak256("Alarm(bytes32 evidenceHash,uint256 deadline)");

    uint256 private constant MAINTENANCE_NOTICE = 24 hours;
    uint256 private constant MAINTENANCE_MAX = 12 hours;
    uint256 private constant MAINTENANCE_PERIOD = 90 days;
    uint256 private constant MAINTENANCE_BUDGET = 72 hours;
    uint256 private constant FORCE_MAJEURE_MAX = 14 days;
    uint256 private constant FORCE_MAJEURE_PERIOD = 365 days;
    uint256 private constant ALARM_PERIOD = 7 days;

    RollingBudget.Budget private _maintenance;

    /// @inheritdoc ISafeguards
    function announceMaintenance(uint40 from, uint40 until, bytes calldata signature) external {
        if (from < block.timestamp + MAINTENANCE_NOTICE) {
            revert Errors.Safeguards_TooSoon(from, block.timestamp + MAINTENANCE_NOTICE);
        }
        uint256 duration = _requireDuration(from, until, MAINTENANCE_MAX);
        Excuses memory excuses = _excuses();
        // Else the new window would take the old one's place while the old one still counts.
        if (excuses.maintenanceUntil > _liveness().lastBeat) {
            revert Errors.Safeguards_WindowOpen(excuses.maintenanceUntil);
        }
        _requireOperator(_hashTypedDataV4(keccak256(abi.encode(MAINTENANCE_TYPEHASH, from, until))), signature);
        _maintenance.spend(until, duration, MAINTENANCE_PERIOD, MAINTENANCE_BUDGET);

        (excuses.maintenanceFrom, excuses.maintenanceUntil) = (from, until);
        IVaultHooks(VAULT).excusesChanged(excuses);
        emit MaintenanceAnnounced(from, until);
    }

    /// @inheritdoc ISafeguards
    function declareForceMajeure(
        uint40 until,
        bytes32 evidenceHash,
        bytes calldata operatorSignature,
        Quorum calldata watchers
    ) external {
        _requireDuration(block.timestamp, until, FORCE_MAJEURE_MAX);
        Excuses memory excuses = _excuses();
        uint256 earliest = excuses.majeureFrom == 0 ? 0 : excuses.majeureFrom + FORCE_MAJEURE_PERIOD;
        if (block.timestamp < earliest) revert Errors.Safeguards_TooSoon(block.timestamp, earliest);
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(FORCE_MAJEURE_TYPEHASH, until, evidenceHash)));
        _requireOperator(digest, operatorSignature);
        _requireWatchers(digest, watchers);

        // A Unix time in seconds, which fits 40 bits.
        // forge-lint: disable-next-line(unsafe-typecast)
        (excuses.majeureFrom, excuses.majeureUntil) = (uint40(block.timestamp), until);
        IVaultHooks(VAULT).excusesChanged(excuses);
        emit ForceMajeureDeclared(until, evidenceHash);
    }

    /// @inheritdoc ISafeguards
    function raiseAlarm(bytes32 evidenceHash, uint256 deadline, Quorum calldata watchers) external {
        _requireBefore(deadline);
        // Else the same signatures could raise it again.
        uint256 latest = block.timestamp + ALARM_PERIOD;
        if (deadline > latest) revert Errors.Safeguards_TooLong(deadline - block.timestamp, ALARM_PERIOD);
        Excuses memory excuses = _excuses();
        uint256 earliest = excuses.alarmAt == 0 ? 0 : excuses.alarmAt + ALARM_PERIOD;
        // The deadline of the last one may be as late as that.
        if (block.timestamp <= earliest) revert Errors.Safeguards_TooSoon(block.timestamp, earliest + 1);
        _requireWatchers(_hashTypedDataV4(keccak256(abi.encode(ALARM_TYPEHASH, evidenceHash, deadline))), watchers);

        // A Unix time in seconds, which fits 40 bits.
        // forge-lint: disable-next-line(unsafe-typecast)
        excuses.alarmAt = uint40(block.timestamp);
        IVaultHooks(VAULT).excusesChanged(excuses);
        emit AlarmRaised(evidenceHash);
    }

    function _requireDuration(uint256 from, uint256 until, uint256 longest) internal pure returns (uint256 duration) {
        if (until <= from) revert Errors.Safeguards_TooSoon(until, from + 1);
        duration = until - from;
        if (duration > longest) revert Errors.Safeguards_TooLong(duration, longest);
    }

    function _requireWatchers(bytes32 digest, Quorum calldata watchers) private view {
        if (WATCHER_THRESHOLD == 0) revert Errors.Safeguards_NoSuchRole();
        _requireQuorum(digest, watchers, WATCHERS_HASH, WATCHER_THRESHOLD);
    }
}
