// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {Round} from "lifeboat/types/Types.sol";

import {PyusdTwin} from "../twins/Pyusd.sol";
import {TokenTest} from "./TokenTest.sol";

/// @notice PYUSD: payer, payee and caller can be frozen, and what a frozen address has wiped.
contract PyusdTest is TokenTest {
    PyusdTwin private pyusd = new PyusdTwin();

    function mint(address to, uint256 amount) internal override {
        pyusd.mint(to, amount);
    }

    function setUp() public override {
        super.setUp();
        serveWith(address(pyusd), 1e6);
    }

    function test_pyusd_wholeWay() public {
        walkThrough();
    }

    /// @notice A frozen payee: skipped by the push, paid by his signature to another address. Frozen payers bring nothing in.
    function test_pyusd_frozenUser() public {
        mint(dave, 7e6);
        approveVault(dave, 7e6);
        pyusd.freeze(dave);
        refuse(dave, depositCall(token, dave, 7e6), err(PyusdTwin.AddressFrozen.selector));
        pyusd.freeze(alice);
        Round memory round = latchAndOpen();
        toPushes();
        push(token, round, 0);
        assertEq(vault.cell(token, 0, 0) & 7, 6, "Bob and Carol");
        perform(relayer, claimToCall(aliceKey, finalTree(token), token, round, 0, bobsOther, 0));
        assertEq(pyusd.balanceOf(bobsOther), 100e6, "to an address of hers");
        assertEq(pyusd.balanceOf(address(vault)), 0, "nothing is left");
    }

    /// @notice What a frozen account was wiped of was in its own hands: what it is owed is not touched by it.
    function test_pyusd_wipedUserIsStillOwed() public {
        payOut(token, 0, 10e6);
        pyusd.freeze(alice);
        pyusd.wipeFrozenAddress(alice);
        toLatched();
        perform(stranger, countCall(finalTree(token), token, 0));
        Round memory round = latchAndOpen();
        perform(relayer, claimToCall(aliceKey, finalTree(token), token, round, 0, bobsOther, 0));
        assertEq(pyusd.balanceOf(bobsOther), 90e6, "what she was still owed, and no more");
    }

    /// @notice The vault is frozen: every way out of the token waits, nobody can deposit, no right is lost, ETH goes home meanwhile.
    function test_pyusd_frozenVaultWaitsAlone() public {
        depositNew(dave, 7e6);
        pyusd.freeze(address(vault));
        bytes memory why = err(Errors.Books_TransferFailed.selector, token, dave);
        refuse(dave, abi.encodeCall(IVaultCore.withdraw, (token, dave, 7e6)), why);
        mint(erin, 1e6);
        approveFrozen(erin);
        Round memory round = latchAndOpen();
        assertEthGoesHome();
        push(token, round, 0);
        assertEq(vault.cell(token, 0, 0) & 7, 0, "all skipped");
        pyusd.unfreeze(address(vault));
        push(token, round, 0);
        perform(dave, abi.encodeCall(IVaultCore.withdraw, (token, dave, 7e6)));
        assertEq(pyusd.balanceOf(address(vault)), 0, "all of it, later");
    }

    /// @dev Not even approved.
    function approveFrozen(address from) private {
        vm.prank(from);
        (bool ok,) = token.call(abi.encodeWithSignature("approve(address,uint256)", address(vault), 1e6));
        assertFalse(ok, "a frozen spender");
    }

    /// @notice The vault is wiped: a service that has nothing left cannot post, which opens the exits; ETH goes home, and what the issuer
    /// makes good is shared out in rounds.
    function test_pyusd_wipedVault() public {
        pyusd.freeze(address(vault));
        pyusd.wipeFrozenAddress(address(vault));
        refuse(
            stranger,
            commitCall(inputFor(token, threeUsers(1e6))),
            err(Errors.Ledger_ReserveBelowFloor.selector, uint256(0), uint256(175e6))
        );
        beat();
        toReturning();
        assertEthGoesHome();
        pyusd.unfreeze(address(vault));
        mint(address(vault), 70e6);
        Round memory first = openRound(token);
        push(token, first, 0);
        assertEq(pyusd.balanceOf(alice), 40e6, "two fifths");
        mint(address(vault), 105e6);
        Round memory second = openRound(token);
        push(token, second, 0);
        assertEq(pyusd.balanceOf(alice), 100e6, "and the rest");
        assertEq(pyusd.balanceOf(carol), 25e6, "and the rest");
    }

    function test_pyusd_pause() public {
        pyusd.pause();
        Round memory round = latchAndOpen();
        assertEthGoesHome();
        refuse(
            stranger,
            claimCall(finalTree(token), token, round, 1),
            err(Errors.Books_TransferFailed.selector, token, bob)
        );
        pyusd.unpause();
        push(token, round, 0);
        assertEq(pyusd.balanceOf(bob), 50e6, "after it");
    }
}
