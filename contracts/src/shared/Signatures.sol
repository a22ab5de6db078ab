// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

import {Ecdsa} from "../libraries/Ecdsa.sol";
import {Errors} from "../libraries/Errors.sol";
import {SignerKinds} from "../libraries/SignerKinds.sol";
import {Quorum} from "../types/Types.sol";
import {TermsStore} from "./TermsStore.sol";

/// @title Signatures
/// @notice EIP-712 signatures of the operator, of quorums and of accounts. The domain is the vault's, whoever checks.
abstract contract Signatures is TermsStore {
    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");

    uint256 private immutable CHAIN_ID = block.chainid;
    bytes32 private immutable DOMAIN_SEPARATOR = _domainSeparator();

    function _requireBefore(uint256 deadline) internal view {
        if (block.timestamp > deadline) revert Errors.Signature_Expired(deadline);
    }

    function _requireOperator(bytes32 digest, bytes calldata signature) internal view {
        if (Ecdsa.recover(digest, signature) != OPERATOR) revert Errors.Signature_Invalid(OPERATOR);
    }

    function _requireBeatSigned(bytes32 digest, bytes calldata signature) internal view {
        address signer = Ecdsa.recover(digest, signature);
        if (signer == OPERATOR) return;
        if (signer == address(0) || signer != BACKUP_OPERATOR) revert Errors.Signature_Invalid(OPERATOR);
    }

    /// @dev The EIP-712 digest. The domain is made anew on a fork, so that its new chain id voids old signatures.
    function _hashTypedDataV4(bytes32 structHash) internal view returns (bytes32) {
        bytes32 domain = block.chainid == CHAIN_ID ? DOMAIN_SEPARATOR : _domainSeparator();
        return MessageHashUtils.toTypedDataHash(domain, structHash);
    }

    function _domainSeparator() private view returns (bytes32) {
        return keccak256(abi.encode(DOMAIN_TYPEHASH, keccak256("Lifeboat"), keccak256("1"), block.chainid, VAULT));
    }

    /// @dev ECDSA first, whatever code the account has (EIP-7702), then ERC-1271.
    function _requireAccount(address account, bytes32 structHash, bytes calldata signature) internal view {
        bytes32 digest = _hashTypedDataV4(structHash);
        if (account != address(0) && Ecdsa.recover(digest, signature) == account) return;
        if (!SignatureChecker.isValidERC1271SignatureNowCalldata(account, digest, signature)) {
            revert Errors.Signature_Invalid(account);
        }
    }

    /// @dev So many signers as the threshold says, in strictly ascending order, so that no signature counts twice; members are walked
    /// once beside them. A threshold of zero (no such role) is the caller's to refuse.
    function _requireQuorum(bytes32 digest, Quorum calldata quorum, bytes32 membersHash, uint256 threshold)
        internal
        view
    {
        bytes32[] calldata members = quorum.members;
        bytes calldata signatures = quorum.signatures;
        if (_membersHash(members) != membersHash) revert Errors.Signature_UnknownMembers();
        if (signatures.length < threshold * Ecdsa.SIGNATURE_BYTES) {
            revert Errors.Signature_QuorumNotMet(signatures.length / Ecdsa.SIGNATURE_BYTES, threshold);
        }
        // Counters and offsets within calldata.
        unchecked {
            uint256 offset;
            uint256 member;
            uint256 last;
            assembly ("memory-safe") {
                offset := signatures.offset
                member := sub(members.offset, 32)
                last := add(member, shl(5, members.length))
            }
            uint256 end = offset + threshold * Ecdsa.SIGNATURE_BYTES;
            for (; offset != end; offset += Ecdsa.SIGNATURE_BYTES) {
                bytes32 signer = bytes32(uint256(uint160(Ecdsa.recoverAt(digest, offset))));
                uint256 position = threshold - (end - offset) / Ecdsa.SIGNATURE_BYTES;
                if (signer == 0) {
                    signer = _otherSigner(digest, signatures, position * Ecdsa.SIGNATURE_BYTES);
                }
                bool found;
                do {
                    if (member == last) revert Errors.Signature_NotAMember(position);
                    member += 32;
                    assembly ("memory-safe") {
                        found := eq(calldataload(member), signer)
                    }
                } while (!found);
            }
        }
    }

    /// @dev A signer that is no ECDSA key: see `SignerKinds.signerAt`.
    function _otherSigner(bytes32 digest, bytes calldata signatures, uint256 head)
        internal
        view
        virtual
        returns (bytes32)
    {
        return SignerKinds.signerAt(digest, signatures, head);
    }

    /// @dev keccak256 of the members, a word each, as `TermsStore` computes it of the terms.
    function _membersHash(bytes32[] calldata members) private pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            let size := shl(5, members.length)
            calldatacopy(free, members.offset, size)
            hash := keccak256(free, size)
        }
    }
}
