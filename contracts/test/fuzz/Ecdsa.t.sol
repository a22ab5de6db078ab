// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

import {Ecdsa} from "lifeboat/libraries/Ecdsa.sol";

import {TestBase} from "../base/TestBase.sol";

/// @notice The vault's signature recovery beside OpenZeppelin's: the same signer, or none, for whatever bytes.
contract EcdsaFuzz is TestBase {
    function testFuzz_signedIsRecovered(uint256 seed, bytes32 digest) public view {
        uint256 key = bound(seed, 1, CURVE_ORDER - 1);
        bytes memory signature = sig(key, digest);
        assertEq(this.ours(digest, signature), vm.addr(key), "the signer");
        _compare(digest, signature);
    }

    /// @dev One byte of a good signature changed: another signer or none, as OpenZeppelin says.
    function testFuzz_damagedAgrees(uint256 seed, bytes32 digest, uint256 position, bytes1 flip) public view {
        bytes memory signature = sig(bound(seed, 1, CURVE_ORDER - 1), digest);
        signature[position % 65] ^= flip;
        _compare(digest, signature);
    }

    /// @dev The twin with s in the upper half of the order recovers to the same key and is refused.
    function testFuzz_malleableTwinIsRefused(uint256 seed, bytes32 digest) public view {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(bound(seed, 1, CURVE_ORDER - 1), digest);
        bytes memory twin = abi.encodePacked(r, CURVE_ORDER - uint256(s), v == 27 ? uint8(28) : uint8(27));
        assertEq(this.ours(digest, twin), address(0), "refused");
        _compare(digest, twin);
    }

    function testFuzz_anyBytesAgree(bytes32 digest, bytes calldata signature) public view {
        _compare(digest, signature);
    }

    function test_edgesOfS() public view {
        bytes32 half = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;
        for (uint8 v = 26; v < 30; ++v) {
            _compare(keccak256("digest"), abi.encodePacked(uint256(1), half, v));
            _compare(keccak256("digest"), abi.encodePacked(uint256(1), uint256(half) + 1, v));
            _compare(keccak256("digest"), abi.encodePacked(uint256(1), uint256(0), v));
        }
    }

    function ours(bytes32 digest, bytes calldata signature) external view returns (address) {
        return Ecdsa.recover(digest, signature);
    }

    function _compare(bytes32 digest, bytes memory signature) private view {
        (address theirs,,) = ECDSA.tryRecover(digest, signature);
        assertEq(this.ours(digest, signature), theirs, "OpenZeppelin's answer");
    }
}
