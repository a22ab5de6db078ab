// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

import {IVault} from "../interfaces/IVault.sol";
import {Errors} from "../libraries/Errors.sol";
import {Quorum} from "../types/Types.sol";
import {TermsStore} from "./TermsStore.sol";

/// @title Signatures
/// @notice EIP-712 signatures of the operator, of quorums and of accounts; deadlines and unordered nonces.
abstract contract Signatures is TermsStore {
    uint256 private constant SIGNATURE_BYTES = 65;
    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");

    /// Bitmaps of used nonces; the signers' are under the zero address.
    mapping(address account => mapping(uint256 word => uint256)) private _nonces;

    /// @inheritdoc IVault
    function cancelNonce(uint256 nonce) external {
        _useNonce(msg.sender, nonce);
        emit NonceCancelled(nonce);
    }

    /// @inheritdoc IVault
    function nonceUsed(address account, uint256 nonce) external view returns (bool) {
        return _nonces[account][nonce >> 8] & (1 << (nonce & 0xff)) != 0;
    }

    function _useNonce(address account, uint256 nonce) internal {
        uint256 used = _nonces[account][nonce >> 8];
        uint256 bit = 1 << (nonce & 0xff);
        if (used & bit != 0) revert Errors.Signature_NonceUsed(nonce);
        _nonces[account][nonce >> 8] = used | bit;
    }

    function _requireBefore(uint256 deadline) internal view {
        if (block.timestamp > deadline) revert Errors.Signature_Expired(deadline);
    }

    function _requireOperator(bytes32 digest, bytes calldata signature) internal view {
        (address signer,,) = ECDSA.tryRecoverCalldata(digest, signature);
        if (signer != OPERATOR) revert Errors.Signature_Invalid(OPERATOR);
    }

    /// @dev The EIP-712 digest. The domain is made anew each time, so that a fork's new chain id voids old signatures.
    function _hashTypedDataV4(bytes32 structHash) internal view returns (bytes32) {
        bytes32 domain =
            keccak256(abi.encode(DOMAIN_TYPEHASH, keccak256("Lifeboat"), keccak256("1"), block.chainid, address(this)));
        return MessageHashUtils.toTypedDataHash(domain, structHash);
    }

    /// @dev ECDSA first, whatever code the account has (EIP-7702), then ERC-1271.
    function _requireAccount(address account, bytes32 structHash, bytes calldata signature) internal view {
        bytes32 digest = _hashTypedDataV4(structHash);
        (address signer,,) = ECDSA.tryRecoverCalldata(digest, signature);
        if (signer == account && account != address(0)) return;
        if (!SignatureChecker.isValidERC1271SignatureNowCalldata(account, digest, signature)) {
            revert Errors.Signature_Invalid(account);
        }
    }

    function _requireSigners(bytes32 structHash, Quorum calldata quorum) internal view {
        _requireQuorum(_hashTypedDataV4(structHash), quorum, SIGNERS_HASH, SIGNER_THRESHOLD);
    }

    /// @dev Signers ascend strictly, so that no signature counts twice; members are walked once beside them.
    function _requireQuorum(bytes32 digest, Quorum calldata quorum, bytes32 membersHash, uint256 threshold)
        internal
        pure
    {
        if (keccak256(abi.encode(quorum.members)) != membersHash) revert Errors.Signature_UnknownMembers();
        uint256 count = quorum.signatures.length / SIGNATURE_BYTES;
        if (count < threshold || threshold == 0) revert Errors.Signature_QuorumNotMet(count, threshold);
        uint256 member = 0;
        for (uint256 i = 0; i < count; ++i) {
            bytes calldata signature = quorum.signatures[i * SIGNATURE_BYTES:(i + 1) * SIGNATURE_BYTES];
            (address signer,,) = ECDSA.tryRecoverCalldata(digest, signature);
            while (member < quorum.members.length && quorum.members[member] != signer) ++member;
            if (member == quorum.members.length) revert Errors.Signature_NotAMember(i);
            ++member;
        }
    }
}
