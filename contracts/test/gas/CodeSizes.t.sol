// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {GasBase} from "./GasBase.sol";

/// @notice How much code is deployed: EIP-170 allows 24,576 bytes, EIP-3860 49,152 bytes of creation code with its arguments.
contract CodeSizesTest is GasBase {
    function test_size_contracts() public {
        _record("Vault", address(vault));
        _record("Registry", vm.computeCreateAddress(address(vault), 2));
        _record("Safeguards", address(safeguards()));
        _record("Views", vm.computeCreateAddress(address(vault), 4));
        _record("GasTank", vault.gasTank());
        // What a blueprint holds is creation code behind three bytes.
        _blueprint("Registry", blueprints().registry);
        _blueprint("Safeguards", blueprints().safeguards);
        _blueprint("Views", blueprints().views);
        _blueprint("Bond", blueprints().bond);
        _blueprint("Disputes", blueprints().disputes);
        uint256 creation = vm.getCode("Vault.sol:Vault").length;
        vm.snapshotValue("sizes", "Vault, creation code without arguments", creation);
        // The longest terms are 16 assets and three quorums: below 4 KB.
        assertLe(creation, 45_000, "EIP-3860 with room for the longest terms");
    }

    function _blueprint(string memory name, address deployed) private {
        vm.snapshotValue("sizes", string.concat(name, ", blueprint"), deployed.code.length);
        assertLe(deployed.code.length, 24_576, "EIP-170");
    }

    function _record(string memory name, address deployed) private {
        vm.snapshotValue("sizes", string.concat(name, ", runtime code"), deployed.code.length);
        assertLe(deployed.code.length, 24_576, "EIP-170");
    }
}
