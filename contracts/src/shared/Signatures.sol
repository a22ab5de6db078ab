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
        (bytes32[] calldata members, bytes calldata signatures) = _partsOf(quorum);
        if (_membersHash(members) != membersHash) revert Errors.Signature_UnknownMembers();
        // Counters and offsets within calldata.
        unchecked {
            if (signatures.length < threshold * Ecdsa.SIGNATURE_BYTES) {
                revert Errors.Signature_QuorumNotMet(signatures.length / Ecdsa.SIGNATURE_BYTES, threshold);
            }
            uint256 head;
            uint256 member;
            assembly ("memory-safe") {
                head := signatures.offset
                member := members.offset
            }
            uint256 end = head + threshold * Ecdsa.SIGNATURE_BYTES;
            uint256 last = member + (members.length << 5);
            for (; head != end; head += Ecdsa.SIGNATURE_BYTES) {
                uint256 signer = uint160(Ecdsa.recoverAt(digest, head));
                if (signer == 0) {
                    uint256 place = threshold * Ecdsa.SIGNATURE_BYTES - (end - head);
                    signer = uint256(_otherSigner(digest, signatures, place));
                }
                uint256 found;
                do {
                    if (member == last) {
                        revert Errors.Signature_NotAMember(threshold - (end - head) / Ecdsa.SIGNATURE_BYTES);
                    }
                    assembly ("memory-safe") {
                        found := calldataload(member)
                    }
                    member += 32;
                } while (found != signer);
            }
        }
    }

    /// @dev Without the compiler's bounds checks, which every release would pay for: where the two are said to lie beyond calldata they
    /// are zeros, which are neither the members' hash nor anybody's signature.
    function _partsOf(Quorum calldata quorum)
        private
        pure
        returns (bytes32[] calldata members, bytes calldata signatures)
    {
        assembly ("memory-safe") {
            let start := add(quorum, calldataload(quorum))
            members.length := calldataload(start)
            members.offset := add(start, 0x20)
            start := add(quorum, calldataload(add(quorum, 0x20)))
            signatures.length := calldataload(start)
            signatures.offset := add(start, 0x20)
        }
    }

    /// @dev No members: the operator signs alone.
    function _isOperators(Quorum calldata quorum) internal pure returns (bool alone) {
        assembly ("memory-safe") {
            alone := iszero(calldataload(add(quorum, calldataload(quorum))))
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
