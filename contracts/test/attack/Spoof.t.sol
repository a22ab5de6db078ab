// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IRegistry} from "lifeboat/interfaces/IRegistry.sol";
import {IRegistryHooks, IVaultHooks} from "lifeboat/interfaces/ISatellites.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";

import {SumTree} from "../base/SumTree.sol";
import {VaultTest} from "../base/VaultTest.sol";

/// @notice Strangers who speak as the vault to its registry, as the registry to its vault, or as another user through the vault.
contract SpoofTest is VaultTest {
    using SumTree for SumTree.Tree;

    function setUp() public override {
        super.setUp();
        openService();
    }

    function test_spoof_noPayoutIsInvented() public {
        perform(alice, _request());
        bytes memory told = abi.encodeCall(IRegistryHooks.paidOutChanged, (ETH, alice, type(uint128).max));
        bytes memory why = err(Errors.Registry_OnlyVault.selector);
        refuse(stranger, told, why);
        refuse(stranger, abi.encodePacked(told, address(vault)), why);
        _refuseAtRegistry(stranger, told, why);
        _refuseAtRegistry(stranger, abi.encodePacked(told, address(vault)), why);
        assertEq(vault.exitRequest(ETH, alice).target, 100 ether, "still open");
    }

    function test_spoof_noLedgerIsReported() public {
        bytes memory why = err(Errors.Registry_OnlyRegistry.selector);
        refuse(stranger, abi.encodeCall(IVaultHooks.ledgerChanged, (ETH, 0, 0, uint40(now_() + 1 days))), why);
        refuse(stranger, abi.encodeCall(IVaultHooks.overdueChanged, (0, 0)), why);
    }

    function test_spoof_noRequestInAnothersName() public {
        bytes memory why = err(Errors.Ledger_NotTheAccount.selector, stranger, alice);
        refuse(stranger, _request(), why);
        refuse(stranger, abi.encodePacked(_request(), alice), why);
        _refuseAtRegistry(stranger, _request(), why);
        _refuseAtRegistry(stranger, abi.encodePacked(_request(), alice), why);
    }

    function test_spoof_theRegistryServesItsUsersDirectlyToo() public {
        bytes memory data = _request();
        vm.prank(alice);
        (bool ok,) = registry().call(data);
        assertTrue(ok, "alice herself");
        assertEq(vault.exitRequest(ETH, alice).target, 100 ether, "open");
    }

    function test_spoof_moneySentAlongComesBack() public {
        vm.deal(stranger, 1 ether);
        vm.prank(stranger);
        (bool ok,) = address(vault).call{value: 1 ether}(abi.encodeCall(IRegistry.sync, (ETH)));
        assertFalse(ok, "no record takes money");
        vm.prank(stranger);
        (ok,) = address(vault).call{value: 1 ether}(hex"12345678");
        assertFalse(ok, "nor does what nobody knows");
        assertEq(registry().balance, 0, "the registry holds nothing");
    }

    function _request() private view returns (bytes memory) {
        SumTree.Tree memory tree = finalTree(ETH);
        return abi.encodeCall(IRegistry.requestExit, (ETH, 0, tree.leaves[0], tree.proof(0), 100 ether));
    }

    function _refuseAtRegistry(address from, bytes memory data, bytes memory why) private {
        vm.prank(from);
        (bool ok, bytes memory result) = registry().call(data);
        assertFalse(ok, "the registry believed it");
        vm.assertEq(result, why, "refused, but with another error");
    }
}
