// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ISafeguards} from "../interfaces/ISafeguards.sol";
import {IVaultHooks} from "../interfaces/ISatellites.sol";
import {Errors} from "../libraries/Errors.sol";
import {TermsChecks} from "../libraries/TermsChecks.sol";
import {Quorum, Rotation, SignerSet} from "../types/Types.sol";
import {Brakes} from "./Brakes.sol";

/// @title Rotations
/// @notice Signers lose keys and leave: the present ones name the next, in public and with notice.
abstract contract Rotations is Brakes {
    bytes32 private constant ROTATION_TYPEHASH =
        keccak256("Rotation(bytes32[] signers,uint8 threshold,uint8 coldThreshold,uint256 sequence,uint256 deadline)");

    /// @inheritdoc ISafeguards
    uint256 public rotations;
    Rotation private _pending;

    /// @inheritdoc ISafeguards
    function announceRotation(
        bytes32[] calldata signers,
        uint8 threshold,
        uint8 coldThreshold,
        uint256 sequence,
        uint256 deadline,
        bytes32[][3] calldata others,
        Quorum calldata current
    ) external {
        _requireLive();
        _requireBefore(deadline);
        if (sequence != rotations) revert Errors.Signature_SequenceUsed(sequence, rotations);
        bytes32 membersHash = _requireEligible(signers, threshold, coldThreshold, others);
        bytes32 structHash =
            keccak256(abi.encode(ROTATION_TYPEHASH, membersHash, threshold, coldThreshold, sequence, deadline));
        SignerSet memory present = _signers();
        _requireQuorum(_hashTypedDataV4(structHash), current, present.membersHash, present.coldThreshold);

        rotations = sequence + 1;
        uint256 readyAt = block.timestamp + ROTATION_NOTICE;
        // Unix times in seconds, which fit 40 bits.
        // forge-lint: disable-start(unsafe-typecast)
        _pending = Rotation({
            signers: SignerSet(membersHash, threshold, coldThreshold),
            announcedAt: uint40(block.timestamp),
            readyAt: uint40(readyAt)
        });
        // forge-lint: disable-end(unsafe-typecast)
        emit RotationAnnounced(signers, threshold, coldThreshold, readyAt);
    }

    /// @inheritdoc ISafeguards
    function activateRotation() external {
        Rotation memory pending = _pending;
        if (pending.readyAt == 0) revert Errors.Safeguards_NothingAnnounced();
        if (block.timestamp < pending.readyAt) revert Errors.Safeguards_TooSoon(block.timestamp, pending.readyAt);
        bool suspected = pending.announcedAt <= _conduct().curedAt;
        if (suspected || block.timestamp > pending.readyAt + READY_FOR) revert Errors.Safeguards_RotationLapsed();

        delete _pending;
        _rotatedAt = block.timestamp;
        IVaultHooks(VAULT).signersChanged(pending.signers);
        emit Rotated(pending.signers.membersHash);
    }

    /// @inheritdoc ISafeguards
    function pendingRotation() external view returns (Rotation memory) {
        return _pending;
    }

    /// @dev The rules of the constructor, and no key with two roles. The other roles' members are known by hash.
    /// @return membersHash Of the new signers; it is EIP-712's hash of the array too.
    function _requireEligible(
        bytes32[] memory signers,
        uint256 threshold,
        uint256 coldThreshold,
        bytes32[][3] memory others
    ) private view returns (bytes32 membersHash) {
        TermsChecks.signers(signers, threshold, coldThreshold);
        bytes32[3] memory hashes = [AUDITORS_HASH, WATCHERS_HASH, GUARDIANS_HASH];
        for (uint256 i = 0; i < 3; ++i) {
            if (keccak256(abi.encodePacked(others[i])) != hashes[i]) revert Errors.Signature_UnknownMembers();
        }
        bytes32[] memory loners = new bytes32[](3);
        loners[0] = bytes32(uint256(uint160(OPERATOR)));
        loners[1] = bytes32(uint256(uint160(BACKUP_OPERATOR)));
        loners[2] = bytes32(uint256(uint160(ARBITRATOR)));
        TermsChecks.requireApart(signers, loners, others[0]);
        TermsChecks.requireApart(signers, others[1], others[2]);
        return keccak256(abi.encodePacked(signers));
    }
}
