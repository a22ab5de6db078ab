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
        if (block.timestamp > deadline) _revertExpired(deadline);
    }

    /// @dev Apart, so that the check is small enough for the compiler to put it in place.
    function _revertExpired(uint256 deadline) private pure {
        revert Errors.Signature_Expired(deadline);
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
                bytes32 signer = Ecdsa.signerAt(digest, head);
                if (signer == 0) signer = _otherSigner(digest, signatures, _offsetOf(quorum, head));
                member = _following(signer, member, last);
                if (member == 0) {
                    revert Errors.Signature_NotAMember(_offsetOf(quorum, head) / Ecdsa.SIGNATURE_BYTES);
                }
            }
        }
    }

    /// @param member Where members that come into question begin in calldata.
    /// @param last Where they end.
    /// @return next Where those after this one begin; zero: it is none of them.
    function _following(bytes32 id, uint256 member, uint256 last) private pure returns (uint256 next) {
        assembly ("memory-safe") {
            for {} lt(member, last) {} {
                let found := calldataload(member)
                member := add(member, 0x20)
                if eq(found, id) {
                    next := member
                    break
                }
            }
        }
    }

    /// @dev Where in the signatures a head of one is.
    function _offsetOf(Quorum calldata quorum, uint256 head) private pure returns (uint256) {
        (, bytes calldata signatures) = _partsOf(quorum);
        uint256 start;
        assembly ("memory-safe") {
            start := signatures.offset
        }
        unchecked {
            return head - start;
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
