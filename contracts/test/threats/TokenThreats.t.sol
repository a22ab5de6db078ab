// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {Round} from "lifeboat/types/Types.sol";

import {SumTree} from "../base/SumTree.sol";
import {VaultTest} from "../base/VaultTest.sol";
import {FalseToken, FeeToken, FrozenToken, HookToken, NoReturnToken, OddBoolToken, OddToken} from "../twins/Tokens.sol";

/// @notice Tokens as they are found in the wild, through the whole return.
contract TokenThreatsTest is VaultTest {
    using SumTree for SumTree.Tree;

    /// @dev A service with this token and ETH, both backed and final.
    function serveWith(OddToken odd) internal {
        token = address(odd);
        vault = deploy(termsFor(token));
        odd.mint(address(vault), 175e6);
        fund(ETH, 175 ether);
        post(ETH, threeUsers(1 ether));
        attest(ETH);
        postFinal(token, threeUsers(1e6));
    }

    function returned() internal returns (Round memory round) {
        toReturning();
        round = openRound(token);
        toPushes();
    }

    /// @notice Alice is blocked by the issuer: the push skips her, her signature sends the money to another address.
    function test_T34_blockedClaimantRedirects() public {
        FrozenToken frozen = new FrozenToken();
        serveWith(frozen);
        frozen.setBlocked(alice, true);
        Round memory round = returned();
        SumTree.Tree memory tree = finalTree(token);
        vm.expectEmit(address(vault));
        emit IVaultCore.PushSkipped(alice, token, 0, 100e6);
        perform(stranger, pushCall(tree, token, round, 0));
        assertEq(frozen.balanceOf(bob), 50e6, "the others are paid");
        refuse(alice, claimCall(tree, token, round, 0), err(Errors.Books_TransferFailed.selector, token, alice));
        perform(stranger, claimToCall(aliceKey, tree, token, round, 0, hotWallet, 0));
        assertEq(frozen.balanceOf(hotWallet), 100e6, "to another address of hers");
    }

    /// @notice The token is paused, and then the vault itself blocked: ETH goes home meanwhile, token claims wait and stay open.
    function test_T35_pausedTokenHoldsUpNothingElse() public {
        FrozenToken frozen = new FrozenToken();
        serveWith(frozen);
        Round memory round = returned();
        Round memory ethers = openRound(ETH);
        frozen.pause(true);
        frozen.setBlocked(address(vault), true);
        push(ETH, ethers, 0);
        assertEq(alice.balance, 100 ether, "ETH is home");
        push(token, round, 0);
        assertEq(vault.cell(token, 0, 0) & 7, 0, "all skipped, no right lost");
        warpBy(3650 days);
        frozen.pause(false);
        frozen.setBlocked(address(vault), false);
        push(token, round, 0);
        assertEq(frozen.balanceOf(alice), 100e6, "ten years later");
    }

    /// @notice USDT switches its fee on: deposits are credited what arrived, payouts debit nominal, the books stay backed.
    function test_T36_feeOnTransferSwitchedOn() public {
        FeeToken fee = new FeeToken();
        serveWith(fee);
        fee.setFee(100);
        fee.mint(alice, 1000);
        vm.prank(alice);
        fee.approve(address(vault), 1000);
        perform(alice, depositCall(token, alice, 1000));
        assertEq(vault.segregatedOf(token, alice), 990, "what arrived");
        assertBacked(token);
        Round memory round = returned();
        push(token, round, 0);
        assertEq(fee.balanceOf(bob), 49.5e6, "less the token's own fee");
        assertEq(fee.balanceOf(carol), 24.75e6, "the last no worse than the first");
        perform(alice, abi.encodeCall(IVaultCore.withdraw, (token, alice, 990)));
        assertBacked(token);
    }

    /// @notice No return value: through deposit, payout, release, push and claim.
    function test_T37_tokenWithoutReturnValue() public {
        NoReturnToken silent = new NoReturnToken();
        serveWith(silent);
        payOut(token, 0, 10e6);
        silent.mint(address(vault), 1e6);
        Round memory round = returned();
        claim(token, round, 1);
        assertGt(silent.balanceOf(bob), 0, "claimed");
        push(token, round, 0);
        assertGt(silent.balanceOf(carol), 0, "pushed");
    }

    /// @notice False instead of a revert: counts as unpaid everywhere.
    function test_T37_tokenThatReturnsFalse() public {
        FalseToken liar = new FalseToken();
        serveWith(liar);
        liar.refuse(true);
        payOut(token, 0, 10e6);
        assertEq(vault.segregatedOf(token, alice), 10e6, "credited, because the transfer said false");
        Round memory round = returned();
        refuse(
            stranger,
            claimCall(finalTree(token), token, round, 1),
            err(Errors.Books_TransferFailed.selector, token, bob)
        );
        push(token, round, 0);
        assertEq(vault.cell(token, 0, 0) & 7, 0, "skipped");
        liar.refuse(false);
        push(token, round, 0);
        assertEq(liar.balanceOf(bob), uint256(50e6) * 165 / 175, "paid when it pays");
    }

    /// @notice A word that is not one, or is too short, is no true.
    function test_T37_tokenWithAnOddBool() public {
        OddBoolToken odd = new OddBoolToken();
        serveWith(odd);
        Round memory round = returned();
        for (uint8 what = 1; what <= 2; ++what) {
            odd.say(OddBoolToken.Says(what));
            refuse(
                stranger,
                claimCall(finalTree(token), token, round, 1),
                err(Errors.Books_TransferFailed.selector, token, bob)
            );
        }
        odd.say(OddBoolToken.Says.True);
        claim(token, round, 1);
        assertEq(odd.balanceOf(bob), 50e6, "true");
    }

    /// @notice The code behind the token is gone (it was destroyed): nothing counts as paid.
    function test_T37_tokenWithoutCode() public {
        FrozenToken frozen = new FrozenToken();
        serveWith(frozen);
        Round memory round = returned();
        vm.etch(token, "");
        push(token, round, 0);
        assertEq(vault.cell(token, 0, 0) & 7, 0, "an empty address takes any call, but pays nobody");
    }

    /// @notice A token with a hook before the balance moves: guarded exits refuse, a tally within it changes nothing.
    function test_T33_hookTokenCannotReenter() public {
        HookToken hook = new HookToken();
        serveWith(hook);
        hook.mint(alice, 7e6);
        vm.prank(alice);
        hook.approve(address(vault), 7e6);
        perform(alice, depositCall(token, address(hook), 7e6));
        Round memory round = returned();
        SumTree.Tree memory tree = finalTree(token);
        bytes[5] memory attacks = [
            claimCall(tree, token, round, 0),
            pushCall(tree, token, round, 0),
            abi.encodeCall(IVaultCore.withdraw, (token, stranger, 7e6)),
            abi.encodeCall(IVaultCore.openRound, (token)),
            depositCall(token, stranger, 1)
        ];
        uint256 world = vm.snapshotState();
        for (uint256 i = 0; i < attacks.length; ++i) {
            hook.arm(address(vault), attacks[i]);
            perform(stranger, claimCall(tree, token, round, 0));
            assertTrue(hook.called(), "the hook ran");
            assertFalse(hook.succeeded(), "and could do nothing");
            assertEq(hook.balanceOf(alice), 100e6, "once");
            assertBacked(token);
            vm.revertToState(world);
        }
        hook.arm(address(vault), abi.encodeCall(IVaultCore.tally, (token, 0, new uint32[](1))));
        perform(stranger, claimCall(tree, token, round, 0));
        assertTrue(hook.succeeded(), "anybody may tally");
        assertEq(vault.recovery(token).tallied, 100e6, "what is paid in this very call");
        assertEq(vault.cell(token, 0, 0) >> 128, 0, "and not twice");
    }

    /// @notice A rebase or an upgrade takes money away: everybody bears the same part, segregated money none of it.
    function test_T38_negativeDriftIsSharedAtTheOpening() public {
        FrozenToken frozen = new FrozenToken();
        serveWith(frozen);
        frozen.mint(bob, 10e6);
        vm.prank(bob);
        frozen.approve(address(vault), 10e6);
        perform(bob, depositCall(token, bob, 10e6));
        frozen.seize(address(vault), 35e6);
        Round memory round = returned();
        push(token, round, 0);
        assertEq(frozen.balanceOf(alice), 80e6, "80 %");
        assertEq(frozen.balanceOf(carol), 20e6, "80 %");
        perform(bob, abi.encodeCall(IVaultCore.withdraw, (token, bob, 10e6)));
        assertEq(frozen.balanceOf(bob), 50e6, "40 of the ledger, 10 of his own");
    }
}
