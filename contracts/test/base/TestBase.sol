// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Vm} from "./Vm.sol";

/// @notice What every test starts from: cheatcodes, assertions, bounded numbers, actors with keys.
/// @dev `now_()` and `block_()` read time through the cheatcode, because the optimiser may take `block.timestamp` for a constant.
abstract contract TestBase {
    Vm internal constant vm = Vm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);

    address internal constant CREATE2_DEPLOYER = 0x4e59b44847b379578588920cA78FbF26c0B4956C;
    uint256 internal constant CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;

    function assertTrue(bool condition, string memory why) internal pure {
        vm.assertTrue(condition, why);
    }

    function assertFalse(bool condition, string memory why) internal pure {
        vm.assertTrue(!condition, why);
    }

    function assertEq(uint256 a, uint256 b, string memory why) internal pure {
        vm.assertEq(a, b, why);
    }

    function assertEq(address a, address b, string memory why) internal pure {
        vm.assertEq(a, b, why);
    }

    function assertEq(bytes32 a, bytes32 b, string memory why) internal pure {
        vm.assertEq(a, b, why);
    }

    function assertLe(uint256 a, uint256 b, string memory why) internal pure {
        vm.assertLe(a, b, why);
    }

    function assertGe(uint256 a, uint256 b, string memory why) internal pure {
        vm.assertGe(a, b, why);
    }

    function assertGt(uint256 a, uint256 b, string memory why) internal pure {
        vm.assertGt(a, b, why);
    }

    /// @notice Folds a random number into `[min, max]`.
    function bound(uint256 x, uint256 min, uint256 max) internal pure returns (uint256) {
        if (x >= min && x <= max) return x;
        uint256 span = max - min;
        if (span == type(uint256).max) return x;
        return min + (x % (span + 1));
    }

    function now_() internal view returns (uint40) {
        return uint40(vm.getBlockTimestamp());
    }

    function block_() internal view returns (uint256) {
        return vm.getBlockNumber();
    }

    function warpBy(uint256 secs) internal {
        vm.warp(vm.getBlockTimestamp() + secs);
    }

    /// @notice A private key that belongs to `name` in every run.
    function keyOf(string memory name) internal pure returns (uint256) {
        return uint256(keccak256(bytes(name))) % (CURVE_ORDER - 1) + 1;
    }

    function actor(string memory name) internal pure returns (address) {
        return vm.addr(keyOf(name));
    }

    /// @notice Keys of `count` members, ordered by address.
    function memberKeys(string memory role, uint256 count) internal pure returns (uint256[] memory keys) {
        keys = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            uint256 key = keyOf(string.concat(role, string(abi.encodePacked(uint8(0x30 + i)))));
            uint256 j = i;
            for (; j > 0 && vm.addr(keys[j - 1]) > vm.addr(key); --j) {
                keys[j] = keys[j - 1];
            }
            keys[j] = key;
        }
    }

    function addressesOf(uint256[] memory keys) internal pure returns (address[] memory members) {
        members = new address[](keys.length);
        for (uint256 i = 0; i < keys.length; ++i) {
            members[i] = vm.addr(keys[i]);
        }
    }

    /// @notice The signer ids of ECDSA keys.
    function idsOf(uint256[] memory keys) internal pure returns (bytes32[] memory ids) {
        ids = new bytes32[](keys.length);
        for (uint256 i = 0; i < keys.length; ++i) {
            ids[i] = bytes32(uint256(uint160(vm.addr(keys[i]))));
        }
    }

    function sig(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    /// @notice The selector that a failed call's return data starts with.
    function selectorOf(bytes memory data) internal pure returns (bytes4 selector) {
        if (data.length >= 4) {
            assembly ("memory-safe") {
                selector := mload(add(data, 0x20))
            }
            selector = bytes4(selector);
        }
    }
}
