// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IVaultCore} from "../interfaces/IVaultCore.sol";
import {Errors} from "../libraries/Errors.sol";
import {Signatures} from "../shared/Signatures.sol";

/// @title Nonces
/// @notice Unordered nonces: 256 to a slot, each good once.
abstract contract Nonces is IVaultCore, Signatures {
    struct NonceWord {
        uint256 used;
    }

    /// Bitmaps of used nonces; the signers' are under the zero address.
    mapping(address account => mapping(uint256 word => NonceWord)) internal _nonces;

    /// @inheritdoc IVaultCore
    function cancelNonce(uint256 nonce) external {
        _useNonce(msg.sender, nonce);
        emit NonceCancelled(msg.sender, nonce);
    }

    function _useNonce(address account, uint256 nonce) internal {
        NonceWord storage word = _nonces[account][nonce >> 8];
        uint256 used = word.used;
        uint256 bit = 1 << (nonce & 0xff);
        if (used & bit != 0) revert Errors.Signature_NonceUsed(nonce);
        word.used = used | bit;
    }
}
