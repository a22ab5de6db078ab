// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Errors} from "./Errors.sol";

/// @title Blueprint
/// @notice Creates a contract from creation code that lies on chain (ERC-5202). Its address comes from the canonical CREATE2 deployer, so
/// that whoever names the address has named the code.
library Blueprint {
    /// ERC-5202's magic bytes, version 0 and no data before the code.
    bytes3 private constant PREAMBLE = 0xfe7100;

    /// @param blueprint Where the creation code lies.
    /// @param arguments ABI-encoded constructor arguments.
    /// @return created The new contract. A revert of its constructor comes up as it is.
    function create(address blueprint, bytes memory arguments) internal returns (address created) {
        bytes3 preamble;
        assembly ("memory-safe") {
            mstore(0, 0)
            extcodecopy(blueprint, 0, 0, 3)
            preamble := mload(0)
        }
        if (preamble != PREAMBLE) revert Errors.Terms_NotABlueprint(blueprint);
        assembly ("memory-safe") {
            let free := mload(0x40)
            let size := sub(extcodesize(blueprint), 3)
            extcodecopy(blueprint, free, 3, size)
            mcopy(add(free, size), add(arguments, 0x20), mload(arguments))
            created := create(0, free, add(size, mload(arguments)))
            if iszero(created) {
                returndatacopy(free, 0, returndatasize())
                revert(free, returndatasize())
            }
        }
    }
}
