// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ISafeguards} from "../interfaces/ISafeguards.sol";
import {IVaultHooks} from "../interfaces/ISatellites.sol";
import {Errors} from "../libraries/Errors.sol";
import {VaultReader} from "../shared/VaultReader.sol";
import {Quorum, Reason, SignerSet} from "../types/Types.sol";

/// @title Announcements
/// @notice What the service says about itself, signed and on chain, so that nobody else can say it; its own end among it.
abstract contract Announcements is ISafeguards, VaultReader {
    bytes32 private constant ANNOUNCEMENT_TYPEHASH =
        keccak256("Announcement(uint256 sequence,uint8 reason,bytes32 textHash,string uri,uint40 expectedUntil)");

    bytes32 private constant WIND_DOWN_TYPEHASH = keccak256("WindDown(uint40 latchAt,uint256 deadline)");

    /// @inheritdoc ISafeguards
    uint256 public announcements;

    /// @inheritdoc ISafeguards
    function announce(
        uint256 sequence,
        uint8 reason,
        bytes32 textHash,
        string calldata uri,
        uint40 expectedUntil,
        bytes calldata signature
    ) external {
        if (reason > uint8(type(Reason).max)) revert Errors.Safeguards_UnknownReason(reason);
        if (sequence != announcements) revert Errors.Signature_SequenceUsed(sequence, announcements);
        bytes32 structHash = keccak256(
            abi.encode(ANNOUNCEMENT_TYPEHASH, sequence, reason, textHash, keccak256(bytes(uri)), expectedUntil)
        );
        _requireOperator(_hashTypedDataV4(structHash), signature);
        announcements = sequence + 1;
        emit Announced(sequence, Reason(reason), textHash, uri, expectedUntil);
    }

    /// @inheritdoc ISafeguards
    function announceWindDown(uint40 latchAt, uint256 deadline, Quorum calldata signers) external {
        uint256 earliest = block.timestamp + WIND_DOWN_NOTICE;
        if (latchAt < earliest) revert Errors.Liveness_WindDownTooSoon(latchAt, earliest);
        _requireBefore(deadline);
        SignerSet memory current = _signers();
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(WIND_DOWN_TYPEHASH, latchAt, deadline)));
        _requireQuorum(digest, signers, current.membersHash, current.threshold);

        IVaultHooks(VAULT).windDownAnnounced(latchAt);
        emit WindDownAnnounced(latchAt);
    }
}
