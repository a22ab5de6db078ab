// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {IERC7913SignatureVerifier} from "@openzeppelin/contracts/interfaces/IERC7913.sol";

/// @title SignerKinds
/// @notice What a signer's id means. Its first byte is the kind, which is fixed when the signer is named:
/// 0, an ECDSA key, and the rest is its address: always checked by ecrecover, whatever code the account has (EIP-7702);
/// 1, a contract that checks signatures (ERC-1271), and the rest is its address;
/// 2, a key that a verifier contract checks (ERC-7913: P-256, WebAuthn), and the rest is the end of keccak256(verifier, key).
/// @dev The head of a signature of kind 1 or 2 has the id in place of r, an offset within the quorum's signatures in place of s, and
/// v = 0. At the offset are, each behind its length of two bytes: for kind 2 the verifier's address and the key, then for both
/// the signature.
library SignerKinds {
    uint256 internal constant ECDSA = 0;
    uint256 internal constant ERC1271 = 1;
    uint256 internal constant ERC7913 = 2;
    /// What a contract may use to check one signature: P-256 without a precompile takes about 300,000.
    uint256 private constant CHECK_GAS = 1_000_000;

    function kindOf(bytes32 id) internal pure returns (uint256) {
        // Only the first byte is meant.
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint8(bytes1(id));
    }

    /// @param key Verifier's address (20 bytes), then the key.
    function idOf(bytes memory key) internal pure returns (bytes32) {
        return bytes32(ERC7913 << 248 | uint256(keccak256(key)) & type(uint248).max);
    }

    /// @notice Checks the signature of a signer that is a contract, or that a contract speaks for.
    /// @param head Position of its head in `signatures`.
    /// @return id Of the signer; zero: nobody signed.
    function signerAt(bytes32 digest, bytes calldata signatures, uint256 head) internal view returns (bytes32 id) {
        if (signatures[head + 64] != 0) return 0;
        id = bytes32(signatures[head:head + 32]);
        uint256 place = uint256(bytes32(signatures[head + 32:head + 64]));
        uint256 kind = kindOf(id);
        if (kind == ERC1271) {
            (bytes calldata signature,) = _piece(signatures, place);
            bytes memory check = abi.encodeCall(IERC1271.isValidSignature, (digest, signature));
            return _agrees(address(uint160(uint256(id))), check, IERC1271.isValidSignature.selector) ? id : bytes32(0);
        }
        if (kind == ERC7913) {
            bytes calldata key;
            (key, place) = _piece(signatures, place);
            (bytes calldata signature,) = _piece(signatures, place);
            if (key.length < 20 || idOf(key) != id) return 0;
            address verifier = address(bytes20(key[:20]));
            // The precompile that returns what it is given would agree to everything.
            if (uint160(verifier) <= type(uint16).max) return 0;
            bytes memory check = abi.encodeCall(IERC7913SignatureVerifier.verify, (key[20:], digest, signature));
            return _agrees(verifier, check, IERC7913SignatureVerifier.verify.selector) ? id : bytes32(0);
        }
        return 0;
    }

    /// @dev Bounded gas, and one word of return data read.
    function _agrees(address checker, bytes memory check, bytes4 magic) private view returns (bool agrees) {
        bytes32 expected = magic;
        assembly ("memory-safe") {
            mstore(0, 0)
            let ok := staticcall(CHECK_GAS, checker, add(check, 0x20), mload(check), 0, 0x20)
            agrees := and(and(ok, gt(returndatasize(), 0x1f)), eq(mload(0), expected))
        }
    }

    /// @dev A piece behind its length of two bytes; empty where the signatures end before it does.
    function _piece(bytes calldata signatures, uint256 place) private pure returns (bytes calldata piece, uint256 end) {
        // Not above the length of calldata plus 2^16.
        unchecked {
            if (place > signatures.length || signatures.length - place < 2) return (signatures[:0], place);
            uint256 start = place + 2;
            end = start + uint16(bytes2(signatures[place:start]));
            if (end > signatures.length) return (signatures[:0], place);
            piece = signatures[start:end];
        }
    }
}
