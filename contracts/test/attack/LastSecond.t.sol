// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IRegistry} from "lifeboat/interfaces/IRegistry.sol";
import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";

import {VaultTest} from "../base/VaultTest.sol";

/// @notice A challenger who answers himself in the very second in which an announced wind-down latches, after the recovery was fixed.
contract LastSecondTest is VaultTest {
    /// @notice The ledger that was not final when the recovery was fixed must not be final after it: what it owes more than the one that
    /// counts would be kept from the service for ever.
    function test_lastSecond_anAnswerAfterTheLatchMakesNothingFinal() public {
        openService();
        uint40 latchAt = now_() + 31 days;
        perform(stranger, windDownCall(latchAt, soon()));
        stayAlive(31 days - 52 hours);
        postFinal(ETH, threeUsers(0.5 ether));
        warpBy(1 hours);
        uint32 challenged = post(ETH, threeUsers(1 ether));
        beat();
        warpBy(23 hours);
        beat();
        post(ETH, threeUsers(1 ether));
        post(token, threeUsers(1e6));
        warpBy(latchAt - 20 hours - now_());
        beat();
        performWith(carol, 0.1 ether, abi.encodeCall(IRegistry.challengeWord, (ETH, challenged, 0)));

        vm.warp(latchAt);
        perform(carol, abi.encodeCall(IVaultCore.latch, ()));
        perform(carol, showCall(treeOf(ETH, challenged), ETH, challenged, 0));
        assertEq(vault.finalEpoch(ETH), vault.recovery(ETH).epoch, "the registry knows of no other");
        toReturning();
        assertEq(openRound(ETH).numerator, 87.5 ether, "all that is owed");
        warpBy(31 days);
        perform(stranger, equityCall(ETH, hotWallet, 87.5 ether, newNonce()));
    }
}
