// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

import {Ecdsa} from "../libraries/Ecdsa.sol";
import {Errors} from "../libraries/Errors.sol";
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

    function _requireSigners(bytes32 structHash, Quorum calldata quorum) internal view {
        _requireQuorum(_hashTypedDataV4(structHash), quorum, SIGNERS_HASH, SIGNER_THRESHOLD);
    }

    /// @dev Signers ascend strictly, so that no signature counts twice; members are walked once beside them. A threshold of zero
    /// (no such role) is the caller's to refuse.
    function _requireQuorum(bytes32 digest, Quorum calldata quorum, bytes32 membersHash, uint256 threshold)
        internal
        view
    {
        address[] calldata members = quorum.members;
        bytes calldata signatures = quorum.signatures;
        if (_membersHash(members) != membersHash) revert Errors.Signature_UnknownMembers();
        uint256 count = signatures.length / Ecdsa.SIGNATURE_BYTES;
        if (count < threshold) revert Errors.Signature_QuorumNotMet(count, threshold);
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
            uint256 end = offset + count * Ecdsa.SIGNATURE_BYTES;
            for (; offset != end; offset += Ecdsa.SIGNATURE_BYTES) {
                address signer = Ecdsa.recoverAt(digest, offset);
                bool found;
                do {
                    if (member == last) {
                        revert Errors.Signature_NotAMember(count - (end - offset) / Ecdsa.SIGNATURE_BYTES);
                    }
                    member += 32;
                    assembly ("memory-safe") {
                        found := eq(calldataload(member), signer)
                    }
                } while (!found);
            }
        }
    }

    /// @dev keccak256 of the members, a word each, as `TermsStore` computes it of the terms.
    function _membersHash(address[] calldata members) private pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            let size := shl(5, members.length)
            calldatacopy(free, members.offset, size)
            hash := keccak256(free, size)
        }
    }
}
