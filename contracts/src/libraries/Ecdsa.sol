// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title Ecdsa
/// @notice Who signed a digest. Signatures are r (32 bytes), s (32, lower half of the order only: EIP-2), v (1).
/// @dev Assembly because every release and beat pays for it; tests fuzz it against OpenZeppelin's ECDSA.
library Ecdsa {
    uint256 internal constant SIGNATURE_BYTES = 65;

    /// @return signer Zero if the signature is none of anybody's.
    function recover(bytes32 digest, bytes calldata signature) internal view returns (address signer) {
        if (signature.length != SIGNATURE_BYTES) return address(0);
        uint256 offset;
        assembly ("memory-safe") {
            offset := signature.offset
        }
        return address(uint160(uint256(signerAt(digest, offset))));
    }

    /// @param offset Where the 65 bytes are in calldata.
    /// @return signer Its address, as the id of a signer.
    function signerAt(bytes32 digest, uint256 offset) internal view returns (bytes32 signer) {
        assembly ("memory-safe") {
            // ecrecover takes digest, v, r, s and returns nothing if there is no signer: as for v = 0, which an s in the upper half gets.
            let input := mload(0x40)
            let low :=
                lt(calldataload(add(offset, 0x20)), 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a1)
            mstore(input, digest)
            mstore(add(input, 0x20), mul(byte(0, calldataload(add(offset, 0x40))), low))
            calldatacopy(add(input, 0x40), offset, 0x40)
            mstore(0, 0)
            pop(staticcall(gas(), 1, input, 0x80, 0, 0x20))
            signer := mload(0)
        }
    }
}
