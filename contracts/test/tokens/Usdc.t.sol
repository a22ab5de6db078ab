// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {Phase, Round} from "lifeboat/types/Types.sol";

import {UsdcInRuins, UsdcProxy, UsdcTwin, UsdcWithToll} from "../twins/Usdc.sol";
import {TokenTest} from "./TokenTest.sol";

/// @notice USDC: blacklist, pause, and an issuer who can exchange all of its code.
contract UsdcTest is TokenTest {
    address private issuer = actor("issuer");
    UsdcProxy private proxy;
    UsdcTwin private usdc;

    function mint(address to, uint256 amount) internal override {
        vm.prank(issuer);
        usdc.mint(to, amount);
    }

    function setUp() public override {
        super.setUp();
        proxy = new UsdcProxy(address(new UsdcTwin()));
        usdc = UsdcTwin(address(proxy));
        vm.prank(issuer);
        usdc.initialize();
        serveWith(address(usdc), 1e6);
    }

    function blacklist(address account, bool yes) private {
        vm.prank(issuer);
        if (yes) usdc.blacklist(account);
        else usdc.unBlacklist(account);
    }

    function test_usdc_wholeWay() public {
        walkThrough();
    }

    /// @notice The recipient is listed: the others of his word are paid, his share waits, his signature sends it to another address.
    function test_usdc_blacklistedRecipient() public {
        depositNew(dave, 7e6);
        uint256 entry = depositNewToLedger(erin, 3e6);
        blacklist(alice, true);
        blacklist(erin, true);
        payOut(token, 0, 10e6);
        assertEq(vault.segregatedOf(token, alice), 10e6, "what was paid out to her is hers in the vault");
        Round memory round = latchAndOpen();
        perform(stranger, abi.encodeCall(IVaultCore.refundPending, (token, entry)));
        assertEq(vault.segregatedOf(token, erin), 3e6, "and the refund his");
        toPushes();
        vm.expectEmit(address(vault));
        emit IVaultCore.PushSkipped(alice, token, 0, uint256(90e6) * round.numerator / round.denominator);
        push(token, round, 0);
        assertEq(usdc.balanceOf(carol), uint256(25e6) * round.numerator / round.denominator, "her neighbours are paid");
        refuse(
            stranger,
            claimCall(finalTree(token), token, round, 0),
            err(Errors.Books_TransferFailed.selector, token, alice)
        );
        perform(relayer, claimToCall(aliceKey, finalTree(token), token, round, 0, bobsOther, 1e6));
        assertEq(usdc.balanceOf(relayer), 1e6, "the relayer's fee");
        assertGt(usdc.balanceOf(bobsOther), 0, "to an address of hers");
        perform(alice, abi.encodeCall(IVaultCore.withdraw, (token, bobsOther, 10e6)));
        perform(erin, abi.encodeCall(IVaultCore.withdraw, (token, bobsOther, 3e6)));
        perform(dave, abi.encodeCall(IVaultCore.withdraw, (token, dave, 7e6)));
        assertBacked(token);
    }

    /// @notice A listed sender or a listed vault brings nothing in, and nothing is credited.
    function test_usdc_blacklistedSenderOrCallerDepositsNothing() public {
        mint(dave, 7e6);
        approveVault(dave, 7e6);
        bytes memory why = abi.encodeWithSignature("Error(string)", "Blacklistable: account is blacklisted");
        blacklist(dave, true);
        refuse(dave, depositCall(token, dave, 7e6), why);
        blacklist(dave, false);
        blacklist(address(vault), true);
        refuse(dave, depositCall(token, dave, 7e6), why);
        refuse(dave, abi.encodeCall(IVaultCore.depositToLedger, (token, dave, 7e6)), why);
        assertEq(vault.segregatedOf(token, dave), 0, "nothing credited");
        assertBacked(token);
    }

    /// @notice The vault itself is listed: every way out of the token waits, no right is lost, ETH goes home meanwhile.
    function test_usdc_blacklistedVaultWaitsAlone() public {
        depositNew(dave, 7e6);
        blacklist(address(vault), true);
        bytes memory why = err(Errors.Books_TransferFailed.selector, token, dave);
        refuse(dave, abi.encodeCall(IVaultCore.withdraw, (token, dave, 7e6)), why);
        refuse(
            stranger, releaseCall(token, hotWallet, 1), err(Errors.Gate_ReserveBelowFloor.selector, 175e6 - 1, 175e6)
        );
        Round memory round = latchAndOpen();
        assertEthGoesHome();
        push(token, round, 0);
        assertEq(vault.cell(token, 0, 0) & 7, 0, "all skipped");
        warpBy(3650 days);
        blacklist(address(vault), false);
        push(token, round, 0);
        perform(dave, abi.encodeCall(IVaultCore.withdraw, (token, dave, 7e6)));
        assertEq(usdc.balanceOf(alice), 100e6, "ten years later");
        assertEq(usdc.balanceOf(address(vault)), 0, "all of it");
    }

    /// @notice Paused: nothing moves and nothing is lost; neither the clock nor ETH cares.
    function test_usdc_pause() public {
        depositNew(dave, 7e6);
        vm.prank(issuer);
        usdc.pause();
        payOut(token, 0, 10e6);
        assertEq(vault.segregatedOf(token, alice), 10e6, "a payout is hers in the vault");
        post(token, threeUsers(1e6 - 1e5));
        assertPhase(Phase.Live, "ledgers can be posted");
        Round memory round = latchAndOpen();
        assertEthGoesHome();
        push(token, round, 0);
        assertEq(vault.cell(token, 0, 0) & 7, 0, "all skipped");
        vm.prank(issuer);
        usdc.unpause();
        push(token, round, 0);
        assertGt(usdc.balanceOf(alice), 0, "paid when it is over");
        perform(alice, abi.encodeCall(IVaultCore.withdraw, (token, alice, 10e6)));
        perform(dave, abi.encodeCall(IVaultCore.withdraw, (token, dave, 7e6)));
        assertBacked(token);
    }

    /// @notice The issuer exchanges the code for one with a toll, in the middle of a round: deposits are credited what arrives, payments bear
    /// the toll, and the last is no worse off than the first.
    function test_usdc_upgradeToATollInTheMiddleOfARound() public {
        depositNew(dave, 7e6);
        Round memory round = latchAndOpen();
        claim(token, round, 0);
        assertEq(usdc.balanceOf(alice), 100e6, "before");
        address toll = address(new UsdcWithToll());
        vm.prank(address(this));
        proxy.upgradeTo(toll);
        claim(token, round, 1);
        assertEq(usdc.balanceOf(bob), 45e6, "less the toll");
        toPushes();
        push(token, round, 0);
        assertEq(usdc.balanceOf(carol), 22.5e6, "less the toll");
        mint(erin, 10e6);
        approveVault(erin, 10e6);
        perform(erin, depositCall(token, erin, 10e6));
        assertEq(vault.segregatedOf(token, erin), 9e6, "what arrived");
        perform(dave, abi.encodeCall(IVaultCore.withdraw, (token, dave, 7e6)));
        perform(erin, abi.encodeCall(IVaultCore.withdraw, (token, erin, 9e6)));
        assertEq(usdc.balanceOf(address(vault)), 0, "the books were true to the unit");
    }

    /// @notice The issuer exchanges the code for one that answers nothing: no ledger of the token can be posted, the vault latches for want of
    /// one, and ETH goes home. What the issuer repairs later goes home then.
    function test_usdc_upgradeThatAnswersNothing() public {
        address ruins = address(new UsdcInRuins());
        address sound = address(new UsdcTwin());
        proxy.upgradeTo(ruins);
        vm.prank(stranger);
        (bool ok,) = address(vault).call(commitCall(inputFor(token, threeUsers(1e6))));
        assertFalse(ok, "no ledger of the token");
        beat();
        post(ETH, threeUsers(1 ether));
        toReturning();
        assertEthGoesHome();
        vm.prank(stranger);
        (ok,) = address(vault).call(abi.encodeCall(IVaultCore.openRound, (token)));
        assertFalse(ok, "the token's round waits");
        proxy.upgradeTo(sound);
        Round memory round = openRound(token);
        push(token, round, 0);
        assertEq(usdc.balanceOf(alice), 100e6, "repaired");
        assertEq(usdc.balanceOf(carol), 25e6, "repaired");
    }
}
