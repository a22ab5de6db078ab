// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {QueuedRelease, Quorum, Reason, Rotation} from "../types/Types.sol";

/// @title ISafeguards
/// @notice What roles may announce, slow down or exchange while a vault lives. None of it can move money or hinder an exit. Signatures
/// are in the vault's EIP-712 domain; anyone may bring them.
interface ISafeguards {
    /// @param expectedUntil When the service expects to work again, Unix seconds; zero: it does not say.
    event Announced(
        uint256 indexed sequence, Reason indexed reason, bytes32 textHash, string uri, uint256 expectedUntil
    );
    event MaintenanceAnnounced(uint256 from, uint256 until);
    event ForceMajeureDeclared(uint256 until, bytes32 evidenceHash);
    event WindDownAnnounced(uint256 latchAt);
    event AlarmRaised(bytes32 evidenceHash);
    event Frozen(uint256 until, bytes32 evidenceHash);
    event ReleaseQueued(
        bytes32 indexed release,
        address indexed asset,
        address to,
        uint256 amount,
        uint256 salt,
        uint256 deadline,
        uint256 readyAt
    );
    event ReleaseVetoed(bytes32 indexed release);
    event RotationAnnounced(bytes32[] signers, uint256 threshold, uint256 coldThreshold, uint256 readyAt);
    event Rotated(bytes32 membersHash);

    /// @notice Says in public what is the matter, in every phase. It changes nothing else.
    /// @param sequence Number of announcements so far.
    /// @param signature The operator's, over
    /// Announcement(uint256 sequence,uint8 reason,bytes32 textHash,string uri,uint40 expectedUntil).
    function announce(
        uint256 sequence,
        uint8 reason,
        bytes32 textHash,
        string calldata uri,
        uint40 expectedUntil,
        bytes calldata signature
    ) external;

    /// @notice Announces a window in which silence does not count: 24 hours ahead, 12 hours long, 72 hours in 90 days at most.
    /// @param signature The operator's, over Maintenance(uint40 from,uint40 until).
    function announceMaintenance(uint40 from, uint40 until, bytes calldata signature) external;

    /// @notice Declares that neither silence nor stale roots count from now on: 14 days at most, once in 365 days, never while suspected.
    /// @param operatorSignature Over ForceMajeure(uint40 until,bytes32 evidenceHash).
    /// @param watchers Their signatures over the same.
    function declareForceMajeure(
        uint40 until,
        bytes32 evidenceHash,
        bytes calldata operatorSignature,
        Quorum calldata watchers
    ) external;

    /// @notice Announces the end of the service: the vault latches at `latchAt`. There is no way back.
    /// @param signers Their signatures over WindDown(uint40 latchAt,uint256 deadline).
    function announceWindDown(uint40 latchAt, uint256 deadline, Quorum calldata signers) external;

    /// @notice Starts suspicion: the operator's next beat ends it. Once in seven days.
    /// @param watchers Their signatures over Alarm(bytes32 evidenceHash,uint256 deadline).
    function raiseAlarm(bytes32 evidenceHash, uint256 deadline, Quorum calldata watchers) external;

    /// @notice Stops releases, and while live payouts, for a while, and nothing else. A cooldown of twice the longest freeze follows; 21 days, and eight freezes,
    /// in 365 days.
    /// @param guardians Their signatures over Freeze(uint40 until,bytes32 evidenceHash).
    function freeze(uint40 until, bytes32 evidenceHash, Quorum calldata guardians) external;

    /// @notice Queues a release above the warm cap. It can be executed after `coldDelay`, for 14 days, unless the guardians veto it, the
    /// service comes under suspicion or its signers are exchanged.
    /// @param deadline Last second to queue it, Unix seconds.
    /// @param signers As many as a cold release needs, over
    /// ColdRelease(address asset,address to,uint256 amount,uint256 salt,uint256 deadline).
    function queueRelease(
        address asset,
        address to,
        uint256 amount,
        uint256 salt,
        uint256 deadline,
        Quorum calldata signers
    ) external;

    /// @notice Stops a queued release for good.
    /// @param release Its EIP-712 struct hash.
    /// @param guardians Their signatures over Veto(bytes32 release).
    function vetoRelease(bytes32 release, Quorum calldata guardians) external;

    /// @notice Announces new signers, in force after `rotationNotice` at the earliest. A later announcement replaces it.
    /// @param sequence Number of rotations announced so far.
    /// @param others The ids of auditors, watchers and guardians: no key may have two roles.
    /// @param current As many of the present signers as a cold release needs, over
    /// Rotation(bytes32[] signers,uint8 threshold,uint8 coldThreshold,uint256 sequence,uint256 deadline).
    function announceRotation(
        bytes32[] calldata signers,
        uint8 threshold,
        uint8 coldThreshold,
        uint256 sequence,
        uint256 deadline,
        bytes32[][3] calldata others,
        Quorum calldata current
    ) external;

    /// @notice Puts announced signers into force. Anyone; while live, within 14 days, and not if a suspicion has come in between.
    function activateRotation() external;

    function announcements() external view returns (uint256);
    function rotations() external view returns (uint256);
    function pendingRotation() external view returns (Rotation memory);
    function queuedRelease(bytes32 release) external view returns (QueuedRelease memory);
}
