// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Terms} from "lifeboat/types/Types.sol";

import {GasBase} from "./GasBase.sol";

/// @notice A vault and its satellites are created in one transaction, which must fit the cap of EIP-7825.
contract DeployGasTest is GasBase {
    uint256 private constant MOST_ASSETS = 16;

    function test_gas_deploy() public {
        _gasOfCreation("Vault, gas of its creation", termsFor(token));
    }

    /// @notice As many assets as terms may list, and quorums of seven.
    function test_gas_deployOfTheLargestTerms() public {
        Terms memory terms = termsFor(token);
        terms.assets = new address[](MOST_ASSETS);
        for (uint160 i = 1; i < MOST_ASSETS; ++i) {
            terms.assets[i] = address(_member(1, i));
            vm.etch(terms.assets[i], hex"00");
        }
        terms.signers = new bytes32[](7);
        for (uint256 i = 0; i < 7; ++i) {
            terms.signers[i] = bytes32(uint256(_member(2, uint160(i))));
        }
        terms.auditors = _seven(3);
        terms.watchers = _seven(4);
        terms.guardians = _seven(5);
        _gasOfCreation("Vault, gas of its creation, 16 assets, quorums of 7", terms);
    }

    function _seven(uint160 role) private pure returns (address[] memory members) {
        members = new address[](7);
        for (uint160 i = 0; i < 7; ++i) {
            members[i] = address(_member(role, i));
        }
    }

    /// @dev Ascending, and of bytes that are not zero, which cost more.
    function _member(uint160 role, uint160 position) private pure returns (uint160) {
        return (role << 152 | 0x34567890123456789012345678901234567890) + (position << 16);
    }

    /// @dev As `lifeboat deploy` does it: by the canonical CREATE2 deployer.
    function _gasOfCreation(string memory name, Terms memory terms) private {
        bytes memory code = bytes.concat(vm.getCode("Vault.sol:Vault"), abi.encode(terms, blueprints()));
        (bool ok, bytes memory created) = CREATE2_DEPLOYER.call(bytes.concat(bytes32(0), code));
        assertTrue(ok && created.length == 20, "created");
        assertLe(record("sizes", name), 1 << 24, "EIP-7825");
    }
}
