// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IVaultCore} from "../interfaces/IVaultCore.sol";
import {Errors} from "../libraries/Errors.sol";
import {Quorum, StoredAsset} from "../types/Types.sol";
import {LeafCells} from "./LeafCells.sol";

/// @title Tiers
/// @notice How many must sign for a movement of the reserve: the more has gone within a rolling window, the more.
/// @dev One slot an asset holds both the window's sum and the nonces, for every release pays for it: see `Gate`.
abstract contract Tiers is LeafCells {
    bytes32 private constant CANCEL_TYPEHASH = keccak256("CancelRelease(address asset,uint256 nonce,uint256 deadline)");
    /// Nonces are unordered within so many (the anti-replay window of RFC 4303).
    uint256 private constant NONCES_TOLD = 64;

    /// @inheritdoc IVaultCore
    function cancelRelease(address asset, uint256 nonce, uint256 deadline, Quorum calldata signers) external {
        _requireListed(asset);
        _requireBefore(deadline);
        bytes32 structHash = keccak256(abi.encode(CANCEL_TYPEHASH, asset, nonce, deadline));
        _requireSigners(_liveness.flags, structHash, signers);
        _pass(_assets[asset], nonce, 0);
        emit ReleaseCancelled(asset, nonce);
    }

    /// @dev The operator alone up to the hot cap, the signers up to the warm one. Above it only what has waited.
    /// @param share As `_shareOfOwed` computes it.
    function _passRelease(
        uint256 flags,
        StoredAsset storage held,
        uint256 share,
        uint256 nonce,
        bytes32 structHash,
        Quorum calldata signers
    ) internal {
        if (_isOperators(signers)) {
            return _passHot(held, share, nonce, structHash, signers.signatures);
        }
        uint256 sum = _pass(held, nonce, share);
        if (sum > WARM_CAP) revert Errors.Gate_AboveCap(sum, WARM_CAP);
        _requireSigners(flags, structHash, signers);
    }

    /// @dev What is proven to be owed needs no delay, and counts only if the operator pays it alone.
    function _passPayOut(address asset, uint128 amount, uint256 nonce, bytes32 structHash, Quorum calldata signers)
        internal
    {
        StoredAsset storage held = _assets[asset];
        if (_isOperators(signers)) {
            uint256 share = _shareOfOwed(amount, held.book.owed);
            return _passHot(held, share, nonce, structHash, signers.signatures);
        }
        _pass(held, nonce, 0);
        _requireSigners(_liveness.flags, structHash, signers);
    }

    /// @dev The nonce is the operator's own: whoever has only his key must not use up what the signers have signed.
    function _passHot(
        StoredAsset storage held,
        uint256 share,
        uint256 nonce,
        bytes32 structHash,
        bytes calldata signature
    ) private {
        _useNonce(OPERATOR, nonce);
        uint256 packed = held.gate;
        (uint256 spent, uint256 sum) = _spend(packed, share);
        held.gate = spent | packed & type(uint128).max;
        if (sum > HOT_CAP) revert Errors.Gate_AboveCap(sum, HOT_CAP);
        _requireOperator(_hashTypedDataV4(structHash), signature);
    }

    /// @dev In 2^-40 of what is owed, rounded up. Where nothing is owed, every amount is above every cap.
    /// @param owed Below 2^128.
    function _shareOfOwed(uint256 amount, uint256 owed) internal pure returns (uint256) {
        unchecked {
            if (amount > owed) return 2 << SHARE_BITS;
            return _quotient((amount << SHARE_BITS) + owed - 1, owed);
        }
    }

    /// @dev Uses up a nonce of the signers and counts a share.
    /// @return sum What the windows hold now.
    function _pass(StoredAsset storage held, uint256 nonce, uint256 share) private returns (uint256 sum) {
        uint256 packed = held.gate;
        uint256 nonces = _useNonce(packed, nonce);
        uint256 spent;
        (spent, sum) = _spend(packed, share);
        held.gate = spent | nonces;
    }

    /// @dev The sum over this window and the one before is at least that over any window between.
    /// @param packed Of the gate.
    /// @return spent The gate's `window`, `previous` and `current`, where they are in the slot.
    /// @return sum What both windows hold now.
    function _spend(uint256 packed, uint256 share) private view returns (uint256 spent, uint256 sum) {
        spent = packed >> 128 << 128;
        // Fields of a slot.
        unchecked {
            uint256 window = _quotient(block.timestamp, RELEASE_WINDOW);
            uint256 last = spent << 96 >> 224;
            if (window != last) spent = window << 128 | (window == last + 1 ? packed >> 208 << 160 : 0);
            // At most twice what is owed comes to what a cap has let through, at most all of it: far below 48 bits.
            spent += share << 208;
            sum = (spent >> 208) + (spent << 48 >> 208);
        }
    }

    /// @param packed Of the gate.
    /// @return The gate's `used` and `highest`.
    function _useNonce(uint256 packed, uint256 nonce) private pure returns (uint256) {
        // No gate is passed 2^58 times, so that no nonce gets to 2^64.
        unchecked {
            uint256 used = packed & type(uint64).max;
            uint256 highest = packed >> 64 & type(uint64).max;
            uint256 ahead = nonce - highest;
            if (nonce > highest) {
                if (ahead > NONCES_TOLD) _revertNonce(nonce, highest);
                return (used << ahead | 1) & type(uint64).max | nonce << 64;
            }
            uint256 bit = 1 << highest - nonce;
            if (highest - nonce >= NONCES_TOLD || used & bit != 0) _revertNonce(nonce, highest);
            return used | bit | highest << 64;
        }
    }

    /// @dev Without the compiler's check for zero, which neither divisor is.
    function _quotient(uint256 a, uint256 b) private pure returns (uint256 c) {
        assembly ("memory-safe") {
            c := div(a, b)
        }
    }

    function _revertNonce(uint256 nonce, uint256 highest) private pure {
        uint256 lowest = highest < NONCES_TOLD ? 0 : highest - NONCES_TOLD + 1;
        revert Errors.Signature_NonceOutOfWindow(nonce, lowest, highest + NONCES_TOLD);
    }
}
