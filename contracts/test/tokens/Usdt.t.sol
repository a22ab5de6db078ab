// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {Round} from "lifeboat/types/Types.sol";

import {UsdtSuccessor, UsdtTwin} from "../twins/Usdt.sol";
import {TokenTest} from "./TokenTest.sol";

/// @notice USDT: no return values, a fee that can be switched on, a blacklist with teeth, a successor.
contract UsdtTest is TokenTest {
    UsdtTwin private usdt = new UsdtTwin();

    function mint(address to, uint256 amount) internal override {
        usdt.issue(amount);
        usdt.transfer(to, amount);
    }

    function setUp() public override {
        super.setUp();
        serveWith(address(usdt), 1e6);
    }

    function test_usdt_wholeWay() public {
        walkThrough();
    }

    /// @notice The fee is switched on at its highest: what arrives is credited, what is paid bears it, the books stay true to the unit.
    function test_usdt_feeSwitchedOn() public {
        mint(dave, 10_000e6);
        approveVault(dave, 10_000e6);
        usdt.setParams(19, 49);
        perform(dave, depositCall(token, dave, 10_000e6));
        assertEq(vault.segregatedOf(token, dave), 9981e6, "what arrived");
        mint(erin, 0);
        uint256 before = balanceOf(token, address(this));
        usdt.issue(100e6);
        usdt.transfer(erin, 100e6);
        approveVault(erin, 99e6);
        perform(erin, abi.encodeCall(IVaultCore.depositToLedger, (token, erin, 99e6)));
        assertEq(vault.book(token).pending, 99e6 - uint256(99e6) * 19 / 10_000, "what arrived");
        assertGt(balanceOf(token, address(this)), before, "the owner's fees");
        payOut(token, 0, 10e6);
        assertEq(usdt.balanceOf(alice), 10e6 - uint256(10e6) * 19 / 10_000, "less the fee");
        assertEq(vault.paidOut(token, alice), 10e6, "booked as it was sent");
        toLatched();
        perform(stranger, countCall(finalTree(token), token, 0));
        Round memory round = latchAndOpen();
        assertEq(round.numerator, 165e6, "nothing is short by it");
        toPushes();
        push(token, round, 0);
        perform(stranger, abi.encodeCall(IVaultCore.refundPending, (token, 0)));
        perform(dave, abi.encodeCall(IVaultCore.withdraw, (token, dave, 9981e6)));
        assertEq(usdt.balanceOf(address(vault)), 0, "to the unit");
    }

    /// @notice Only senders are looked up: a listed user is paid, but brings nothing in.
    function test_usdt_blacklistedUser() public {
        mint(dave, 7e6);
        approveVault(dave, 7e6);
        usdt.addBlackList(dave);
        usdt.addBlackList(alice);
        vm.prank(dave);
        (bool ok,) = address(vault).call(depositCall(token, dave, 7e6));
        assertFalse(ok, "a listed sender");
        Round memory round = latchAndOpen();
        toPushes();
        push(token, round, 0);
        assertEq(usdt.balanceOf(alice), 100e6, "a listed recipient");
    }

    /// @notice The vault is listed and all that it has destroyed, segregated money too. Nothing can open a round; ETH goes home; what
    /// the issuer gives back later is shared out, the segregated part whole.
    function test_usdt_blackFundsOfTheVaultDestroyed() public {
        depositNew(dave, 7e6);
        usdt.addBlackList(address(vault));
        usdt.destroyBlackFunds(address(vault));
        assertEq(vault.reserve(token), 0, "no reserve");
        toReturning();
        assertEthGoesHome();
        refuse(
            stranger,
            abi.encodeCall(IVaultCore.openRound, (token)),
            err(Errors.Return_NothingToDistribute.selector, uint256(0))
        );
        usdt.removeBlackList(address(vault));
        // 42 of the 182 are given back: seven are Dave's, a fifth is everybody else's.
        mint(address(vault), 42e6);
        Round memory round = openRound(token);
        assertEq(round.numerator, 35e6, "what is not Dave's");
        push(token, round, 0);
        assertEq(usdt.balanceOf(alice), 20e6, "a fifth");
        assertEq(usdt.balanceOf(carol), 5e6, "a fifth");
        perform(dave, abi.encodeCall(IVaultCore.withdraw, (token, dave, 7e6)));
        assertEq(usdt.balanceOf(dave), 7e6, "in whole");
    }

    /// @notice Destroyed after a round has opened: shares are not paid on paper. They wait, and are paid whole when money is back.
    function test_usdt_destroyedAfterTheRoundHasOpened() public {
        Round memory round = latchAndOpen();
        claim(token, round, 0);
        usdt.addBlackList(address(vault));
        usdt.destroyBlackFunds(address(vault));
        usdt.removeBlackList(address(vault));
        refuse(
            stranger,
            claimCall(finalTree(token), token, round, 1),
            err(Errors.Books_TransferFailed.selector, token, bob)
        );
        toPushes();
        push(token, round, 0);
        assertEq(vault.cell(token, 0, 0) & 7, 1, "only Alice's claim is settled");
        mint(address(vault), 75e6);
        push(token, round, 0);
        assertEq(usdt.balanceOf(bob), 50e6, "whole");
        assertEq(usdt.balanceOf(carol), 25e6, "whole");
    }

    /// @notice An allowance changes by way of zero only: the depositor's affair, the vault never approves anything.
    function test_usdt_approvalByWayOfZero() public {
        mint(dave, 10e6);
        approveVault(dave, 4e6);
        vm.prank(dave);
        (bool ok,) = token.call(abi.encodeWithSignature("approve(address,uint256)", address(vault), 10e6));
        assertFalse(ok, "not from one amount to another");
        perform(dave, depositCall(token, dave, 4e6));
        approveVault(dave, 6e6);
        perform(dave, depositCall(token, dave, 6e6));
        assertEq(vault.segregatedOf(token, dave), 10e6, "all of it");
    }

    /// @notice The old contract forwards to a new one that has taken the balances over: nothing changes for the vault.
    function test_usdt_deprecatedInFavourOfASuccessor() public {
        depositNew(dave, 7e6);
        UsdtSuccessor successor = new UsdtSuccessor(address(usdt));
        successor.credit(address(vault), usdt.balanceOf(address(vault)));
        usdt.deprecate(address(successor));
        assertEq(vault.reserve(token), 175e6, "the same reserve");
        payOut(token, 0, 10e6);
        assertEq(successor.balanceOf(alice), 10e6, "paid out by the new one");
        toLatched();
        perform(stranger, countCall(finalTree(token), token, 0));
        Round memory round = latchAndOpen();
        toPushes();
        push(token, round, 0);
        perform(dave, abi.encodeCall(IVaultCore.withdraw, (token, dave, 7e6)));
        assertEq(successor.balanceOf(alice), 100e6, "and pushed");
        assertEq(successor.balanceOf(address(vault)), 0, "to the unit");
    }

    /// @notice A successor that has taken nothing over is a loss of everything: the token's lane waits, ETH goes home.
    function test_usdt_successorWithoutTheBalances() public {
        usdt.deprecate(address(new UsdtSuccessor(address(usdt))));
        assertEq(vault.reserve(token), 0, "nothing");
        toReturning();
        assertEthGoesHome();
        refuse(
            stranger,
            abi.encodeCall(IVaultCore.openRound, (token)),
            err(Errors.Return_NothingToDistribute.selector, uint256(0))
        );
    }
}
