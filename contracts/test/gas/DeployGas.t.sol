// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {GasBase} from "./GasBase.sol";

/// @notice A vault and its satellites are created in one transaction, which must fit the cap of EIP-7825.
contract DeployGasTest is GasBase {
    function test_gas_deploy() public {
        bytes memory code = bytes.concat(vm.getCode("Vault.sol:Vault"), abi.encode(termsFor(token), blueprints()));
        address created;
        uint256 before = gasleft();
        assembly ("memory-safe") {
            created := create(0, add(code, 0x20), mload(code))
        }
        uint256 used = before - gasleft();
        assertTrue(created != address(0), "created");
        // Intrinsic gas: 21,000, and 16 a byte at most for the call data of the canonical deployer.
        used += 21_000 + 16 * code.length;
        vm.snapshotValue("sizes", "Vault, gas of its creation", used);
        assertLe(used, 1 << 24, "EIP-7825");
    }
}
