// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {Round} from "lifeboat/types/Types.sol";

import {RebasingTwin} from "../twins/Rebasing.sol";
import {TokenTest} from "./TokenTest.sol";

/// @notice A token whose balances move by themselves. Gains are the reserve's, losses are borne by the ledger before they reach
/// segregated money; a unit or two of each move stays where it was.
contract RebasingTest is TokenTest {
    /// 1.1 units a share.
    RebasingTwin private staked = new RebasingTwin(1_100_000 ether, 1_000_000 ether);

    function mint(address to, uint256 amount) internal override {
        // Rounded up to whole shares, so that at least as much arrives.
        staked.transfer(to, amount + 2);
    }

    function setUp() public override {
        super.setUp();
        serveWith(address(staked), 1 ether);
    }

    function deposit(address from, uint256 amount) private returns (uint256 credited) {
        mint(from, amount);
        approveVault(from, amount);
        perform(from, depositCall(token, from, amount));
        return vault.segregatedOf(token, from);
    }

    /// @notice Odd amounts lose a unit on their way: never more is credited than has arrived.
    function test_rebasing_depositsAreWhatArrived() public {
        uint256 before = staked.balanceOf(address(vault));
        uint256 credited = deposit(dave, 1 ether + 7);
        assertLe(credited, staked.balanceOf(address(vault)) - before, "not more than arrived");
        assertLe(1 ether + 7 - credited, 2, "a unit or two less than was said");
        assertBacked(token);
        perform(dave, abi.encodeCall(IVaultCore.withdraw, (token, erin, uint128(credited))));
        assertLe(credited - staked.balanceOf(erin), 2, "and a unit or two on the way out");
        assertBacked(token);
    }

    function test_rebasing_wholeReturn() public {
        deposit(dave, 7 ether);
        payOut(token, 0, 10 ether);
        toLatched();
        perform(stranger, countCall(finalTree(token), token, 0));
        Round memory round = latchAndOpen();
        claim(token, round, 0);
        perform(relayer, claimToCall(bobKey, finalTree(token), token, round, 1, bobsOther, 1 ether));
        toPushes();
        push(token, round, 0);
        assertLe(100 ether - staked.balanceOf(alice), 4, "Alice, but for a unit or two of each payment");
        assertLe(49 ether - staked.balanceOf(bobsOther), 2, "Bob");
        assertLe(25 ether - staked.balanceOf(carol), 2, "Carol");
        perform(dave, abi.encodeCall(IVaultCore.withdraw, (token, dave, vault.segregatedOf(token, dave))));
        assertBacked(token);
    }

    /// @notice Upwards: the gain is reserve, and of no account; it is the service's own in the end.
    function test_rebasing_upwards() public {
        uint256 own = deposit(dave, 7 ether);
        staked.rebase(1_210_000 ether);
        assertEq(vault.segregatedOf(token, dave), own, "his own stays what it was");
        assertGt(vault.reserve(token), 190 ether, "the gain is reserve");
        Round memory round = latchAndOpen();
        assertEq(round.numerator, 175 ether, "what is owed, and no more");
        toPushes();
        push(token, round, 0);
        vm.warp(uint256(vault.timeline().returnAt) + 30 days);
        perform(stranger, equityCall(token, hotWallet, 18 ether, newNonce()));
        perform(dave, abi.encodeCall(IVaultCore.withdraw, (token, dave, uint128(own))));
        assertBacked(token);
    }

    /// @notice Downwards while the service lives: the ledger's part is short and cannot be posted again, segregated money is whole.
    function test_rebasing_downwards() public {
        uint256 own = deposit(dave, 7 ether);
        staked.rebase(880_000 ether);
        assertEq(vault.segregatedOf(token, dave), own, "his own stays what it was");
        vm.prank(stranger);
        (bool ok,) = address(vault).call(commitCall(inputFor(token, threeUsers(1 ether))));
        assertFalse(ok, "an insolvent ledger");
        Round memory round = latchAndOpen();
        assertLe(round.numerator, 139 ether, "a fifth of all, Dave's part of it too, is missing");
        toPushes();
        push(token, round, 0);
        assertLe(
            uint256(100 ether) * round.numerator / round.denominator - staked.balanceOf(alice), 2, "everybody the same"
        );
        assertLe(
            uint256(25 ether) * round.numerator / round.denominator - staked.balanceOf(carol), 2, "everybody the same"
        );
        perform(dave, abi.encodeCall(IVaultCore.withdraw, (token, erin, uint128(own))));
        assertLe(own - staked.balanceOf(erin), 2, "his own in whole");
    }

    /// @notice Down to less than what is segregated: no reserve, no round, and whoever withdraws first has his own in whole.
    function test_rebasing_belowSegregatedMoney() public {
        uint256 own = deposit(dave, 100 ether);
        staked.rebase(220_000 ether);
        assertEq(vault.reserve(token), 0, "not below zero");
        toReturning();
        refuse(
            stranger,
            abi.encodeCall(IVaultCore.openRound, (token)),
            err(Errors.Return_NothingToDistribute.selector, uint256(0))
        );
        vm.prank(dave);
        (bool ok,) = address(vault).call(abi.encodeCall(IVaultCore.withdraw, (token, dave, uint128(own))));
        assertFalse(ok, "there is not so much");
        perform(dave, abi.encodeCall(IVaultCore.withdraw, (token, dave, 50 ether)));
        assertEthGoesHome();
    }
}
