// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Errors} from "./Errors.sol";

/// @title Blueprint
/// @notice Creates a contract from creation code that lies on chain (ERC-5202). Its address comes from the canonical CREATE2 deployer, so
/// that whoever names the address has named the code.
library Blueprint {
    /// ERC-5202's magic bytes, version 0 and no data before the code.
    bytes3 private constant PREAMBLE = 0xfe7100;

    /// The canonical deterministic deployment proxy.
    address private constant DEPLOYER = 0x4e59b44847b379578588920cA78FbF26c0B4956C;

    /// @param blueprint Where the creation code lies.
    /// @param arguments ABI-encoded constructor arguments.
    /// @return created The new contract. A revert of its constructor comes up as it is.
    function create(address blueprint, bytes memory arguments) internal returns (address created) {
        bytes memory code = _creationCode(blueprint, arguments);
        assembly ("memory-safe") {
            created := create(0, add(code, 0x20), mload(code))
            if iszero(created) {
                returndatacopy(0x80, 0, returndatasize())
                revert(0x80, returndatasize())
            }
        }
    }

    /// @return Where the same contract stands if anyone has it created by the canonical deployer, under the salt zero.
    function addressOf(address blueprint, bytes memory arguments) internal view returns (address) {
        bytes32 codeHash = keccak256(_creationCode(blueprint, arguments));
        return address(uint160(uint256(keccak256(abi.encodePacked(hex"ff", DEPLOYER, bytes32(0), codeHash)))));
    }

    function _creationCode(address blueprint, bytes memory arguments) private view returns (bytes memory code) {
        bytes memory stored = blueprint.code;
        // Only the first three bytes are meant.
        // forge-lint: disable-next-line(unsafe-typecast)
        if (stored.length <= 3 || bytes3(stored) != PREAMBLE) revert Errors.Terms_NotABlueprint(blueprint);
        assembly ("memory-safe") {
            // The stored code without its preamble: the length moves three bytes on.
            let size := sub(mload(stored), 3)
            code := add(stored, 3)
            mstore(code, size)
        }
        return bytes.concat(code, arguments);
    }
}
