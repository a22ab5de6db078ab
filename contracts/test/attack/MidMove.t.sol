// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IRegistry} from "lifeboat/interfaces/IRegistry.sol";
import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";

import {VaultTest} from "../base/VaultTest.sol";
import {HookToken} from "../twins/Tokens.sol";

/// @notice A listed token that speaks to the vault in the middle of a movement.
contract MidMoveTest is VaultTest {
    function test_midMove_noLedgerIsReportedInAMovement() public {
        HookToken hook = new HookToken();
        vault = deploy(termsFor(address(hook)));
        hook.mint(address(this), 1000);
        hook.approve(address(vault), 1000);
        fund(address(hook), 175);
        post(address(hook), threeUsers(1));
        bytes memory next = commitCall(inputFor(address(hook), threeUsers(1)));
        hook.arm(address(vault), next);
        perform(address(this), depositCall(address(hook), alice, 10));
        assertTrue(hook.called() && !hook.succeeded(), "commit in a deposit");
        hook.arm(address(vault), abi.encodeCall(IRegistry.sync, (address(hook))));
        perform(alice, abi.encodeCall(IVaultCore.withdraw, (address(hook), alice, 10)));
        assertTrue(hook.called() && !hook.succeeded(), "sync in a withdrawal");
        hook.arm(address(0), "");
        assertBacked(address(hook));
    }
}
