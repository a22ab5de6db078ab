// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Flags} from "../libraries/Flags.sol";
import {Quorum, SignerSet} from "../types/Types.sol";
import {Nonces} from "./Nonces.sol";

/// @title Signers
/// @notice Who may move the reserve: the signers of the terms, until a rotation has replaced them.
abstract contract Signers is Nonces {
    SignerSet internal _rotated;

    function _requireSigners(uint256 flags, bytes32 structHash, Quorum calldata quorum) internal view {
        (bytes32 membersHash, uint256 threshold) = flags & Flags.ROTATED == 0
            ? (SIGNERS_HASH, SIGNER_THRESHOLD)
            : (_rotated.membersHash, uint256(_rotated.threshold));
        _requireQuorum(_hashTypedDataV4(structHash), quorum, membersHash, threshold);
    }

    /// @dev As many as a release above the warm cap needs.
    function _requireColdSigners(uint256 flags, bytes32 structHash, Quorum calldata quorum) internal view {
        (bytes32 membersHash, uint256 threshold) = flags & Flags.ROTATED == 0
            ? (SIGNERS_HASH, COLD_THRESHOLD)
            : (_rotated.membersHash, uint256(_rotated.coldThreshold));
        _requireQuorum(_hashTypedDataV4(structHash), quorum, membersHash, threshold);
    }
}
