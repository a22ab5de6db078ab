// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {Terms} from "lifeboat/types/Types.sol";

import {VaultTest} from "../base/VaultTest.sol";
import {Typed} from "../base/Typed.sol";
import {FeeToken, FrozenToken, NoReturnToken} from "../twins/Tokens.sol";
import {HeavyWallet, Reverter} from "../twins/Recipients.sol";
import {Delegate, Wallet} from "../twins/Wallets.sol";

/// @notice Segregated money: in, out, and by the account's order.
contract BooksTest is VaultTest {
    bytes private constant PLAIN = abi.encodeWithSignature("depositForSelf()");

    // ------------------------------------------------------------------ in

    function test_deposit_creditsTheSender() public {
        vm.deal(alice, 3 ether);
        vm.expectEmit(address(vault));
        emit IVaultCore.EthDeposited(alice, 3 ether);
        vm.prank(alice);
        vault.depositForSelf{value: 3 ether}();
        assertEq(vault.segregatedOf(ETH, alice), 3 ether, "credited");
        assertEq(vault.book(ETH).segregated, 3 ether, "in the sum");
        assertEq(vault.reserve(ETH), 0, "not reserve");
        refuse(alice, PLAIN, err(Errors.Books_ZeroAmount.selector));
    }

    function test_deposit_forSomebodyElse() public {
        performWith(alice, 2 ether, depositCall(ETH, bob, 2 ether));
        assertEq(vault.segregatedOf(ETH, bob), 2 ether, "Bob's");
        assertEq(vault.segregatedOf(ETH, alice), 0, "not Alice's");
        assertBacked(ETH);
    }

    function test_deposit_tokens() public {
        _giveTokens(alice, 40);
        bytes memory data = depositCall(token, bob, 40);
        vm.expectEmit(address(vault));
        emit IVaultCore.TokenDeposited(bob, token, 40);
        perform(alice, data);
        assertEq(vault.segregatedOf(token, bob), 40, "credited");
        assertEq(balanceOf(token, address(vault)), 40, "arrived");
        assertEq(vault.book(ETH).segregated, 0, "the other asset is untouched");
    }

    function test_deposit_valueMustMatch() public {
        refuseWith(alice, 1, depositCall(ETH, alice, 2), err(Errors.Books_WrongValue.selector, 1, 2));
        refuseWith(alice, 3, depositCall(ETH, alice, 2), err(Errors.Books_WrongValue.selector, 3, 2));
        refuseWith(alice, 1, depositCall(token, alice, 2), err(Errors.Books_WrongValue.selector, 1, 0));
        refuse(alice, depositCall(ETH, alice, 0), err(Errors.Books_ZeroAmount.selector));
        refuse(alice, depositCall(token, alice, 0), err(Errors.Books_ZeroAmount.selector));
    }

    function test_deposit_listedAssetsOnly() public {
        address other = newToken("TestToken.sol:TestToken");
        refuse(alice, depositCall(other, alice, 1), err(Errors.Books_AssetNotListed.selector, other));
        bytes memory queue = abi.encodeCall(IVaultCore.depositToLedger, (other, alice, 1));
        refuse(alice, queue, err(Errors.Books_AssetNotListed.selector, other));
    }

    function test_deposit_notForReservedAddresses() public {
        address[4] memory reserved = [address(0), address(1), address(0xffff), address(vault)];
        for (uint256 i = 0; i < reserved.length; ++i) {
            bytes memory why = err(Errors.Books_ReservedAddress.selector, reserved[i]);
            refuseWith(alice, 1, depositCall(ETH, reserved[i], 1), why);
            refuseWith(alice, 1, abi.encodeCall(IVaultCore.depositToLedger, (ETH, reserved[i], 1)), why);
        }
        performWith(alice, 1, depositCall(ETH, address(0x10000), 1));
    }

    function test_deposit_feeTokenIsCreditedWhatArrived() public {
        FeeToken fee = new FeeToken();
        vault = deploy(termsFor(address(fee)));
        fee.setFee(100);
        fee.mint(alice, 1000);
        vm.prank(alice);
        fee.approve(address(vault), 1000);
        perform(alice, depositCall(address(fee), alice, 1000));
        assertEq(vault.segregatedOf(address(fee), alice), 990, "the measured delta");
        assertBacked(address(fee));
        fee.setFee(10_000);
        fee.mint(alice, 10);
        vm.prank(alice);
        fee.approve(address(vault), 10);
        refuse(alice, depositCall(address(fee), alice, 10), err(Errors.Books_ZeroAmount.selector));
    }

    function test_deposit_tokenWithoutReturnValue() public {
        NoReturnToken usdt = new NoReturnToken();
        vault = deploy(termsFor(address(usdt)));
        usdt.mint(alice, 100);
        vm.prank(alice);
        usdt.approve(address(vault), 100);
        perform(alice, depositCall(address(usdt), alice, 100));
        perform(alice, abi.encodeCall(IVaultCore.withdraw, (address(usdt), bob, 60)));
        assertEq(usdt.balanceOf(bob), 60, "and out again");
    }

    function test_deposit_amountMustFit128Bits() public {
        FrozenToken big = new FrozenToken();
        vault = deploy(termsFor(address(big)));
        big.mint(alice, 1 << 128);
        vm.prank(alice);
        big.approve(address(vault), 1 << 128);
        refuse(alice, depositCall(address(big), alice, 1 << 128), err(Errors.Books_AmountTooLarge.selector));
        perform(alice, depositCall(address(big), alice, (1 << 128) - 1));
    }

    // ------------------------------------------------------------------ out

    function test_withdraw_paysAndTellsSo() public {
        performWith(alice, 5 ether, depositCall(ETH, alice, 5 ether));
        bytes memory data = abi.encodeCall(IVaultCore.withdraw, (ETH, bob, 2 ether));
        vm.expectEmit(address(vault));
        emit IVaultCore.Withdrawn(alice, ETH, bob, 2 ether);
        perform(alice, data);
        assertEq(bob.balance, 2 ether, "paid");
        assertEq(vault.segregatedOf(ETH, alice), 3 ether, "debited");
        assertEq(vault.book(ETH).segregated, 3 ether, "the sum too");
    }

    function test_withdraw_limits() public {
        performWith(alice, 5, depositCall(ETH, alice, 5));
        refuse(
            alice, abi.encodeCall(IVaultCore.withdraw, (ETH, alice, 6)), err(Errors.Books_BalanceTooLow.selector, 5, 6)
        );
        refuse(bob, abi.encodeCall(IVaultCore.withdraw, (ETH, bob, 1)), err(Errors.Books_BalanceTooLow.selector, 0, 1));
        refuse(alice, abi.encodeCall(IVaultCore.withdraw, (ETH, alice, 0)), err(Errors.Books_ZeroAmount.selector));
        refuse(
            alice,
            abi.encodeCall(IVaultCore.withdraw, (ETH, address(vault), 1)),
            err(Errors.Books_ReservedAddress.selector, address(vault))
        );
        perform(alice, abi.encodeCall(IVaultCore.withdraw, (ETH, alice, 5)));
    }

    function test_withdraw_aFailingTransferRevertsWhole() public {
        address reverter = address(new Reverter());
        performWith(alice, 5, depositCall(ETH, alice, 5));
        refuse(
            alice,
            abi.encodeCall(IVaultCore.withdraw, (ETH, reverter, 5)),
            err(Errors.Books_TransferFailed.selector, ETH, reverter)
        );
        assertEq(vault.segregatedOf(ETH, alice), 5, "nothing lost");
    }

    function test_withdraw_givesTheRecipientAllGas() public {
        address heavy = address(new HeavyWallet());
        performWith(alice, 5, depositCall(ETH, alice, 5));
        perform(alice, abi.encodeCall(IVaultCore.withdraw, (ETH, heavy, 5)));
        assertEq(heavy.balance, 5, "a wallet that needs more gas than a push gives");
    }

    // ------------------------------------------------------------------ by order

    function test_spend_byTheAccountsSignature() public {
        performWith(alice, 5 ether, depositCall(ETH, alice, 5 ether));
        bytes memory data = spendCall(aliceKey, ETH, alice, hotWallet, 2 ether, 77, now_());
        vm.expectEmit(address(vault));
        emit IVaultCore.OrderSpent(alice, ETH, hotWallet, 2 ether, 77);
        perform(stranger, data);
        assertEq(hotWallet.balance, 2 ether, "paid");
        assertEq(vault.segregatedOf(ETH, alice), 3 ether, "debited");
        assertTrue(vault.nonceUsed(alice, 77), "nonce used");
        assertFalse(vault.nonceUsed(bob, 77), "Alice's only");
        refuse(stranger, data, err(Errors.Signature_NonceUsed.selector, 77));
    }

    function test_spend_limits() public {
        performWith(alice, 5, depositCall(ETH, alice, 5));
        bytes memory data = spendCall(aliceKey, ETH, alice, hotWallet, 1, 1, now_() - 1);
        refuse(stranger, data, err(Errors.Signature_Expired.selector, now_() - 1));
        data = spendCall(bobKey, ETH, alice, hotWallet, 1, 1, soon());
        refuse(stranger, data, err(Errors.Signature_Invalid.selector, alice));
        data = spendCall(aliceKey, ETH, alice, address(vault), 1, 1, soon());
        refuse(stranger, data, err(Errors.Books_ReservedAddress.selector, address(vault)));
        data = spendCall(aliceKey, ETH, alice, hotWallet, 6, 1, soon());
        refuse(stranger, data, err(Errors.Books_BalanceTooLow.selector, 5, 6));
        data = spendCall(aliceKey, ETH, alice, hotWallet, 0, 1, soon());
        refuse(stranger, data, err(Errors.Books_ZeroAmount.selector));
        assertFalse(vault.nonceUsed(alice, 1), "a refused order uses no nonce");
    }

    function test_spend_everyFieldIsSigned() public {
        performWith(alice, 5, depositCall(ETH, alice, 5));
        bytes memory signature = sig(aliceKey, digestOf(Typed.order(ETH, alice, hotWallet, 2, 1, soon())));
        bytes memory invalid = err(Errors.Signature_Invalid.selector, alice);
        refuse(stranger, abi.encodeCall(IVaultCore.spend, (token, alice, hotWallet, 2, 1, soon(), signature)), invalid);
        refuse(stranger, abi.encodeCall(IVaultCore.spend, (ETH, alice, stranger, 2, 1, soon(), signature)), invalid);
        refuse(stranger, abi.encodeCall(IVaultCore.spend, (ETH, alice, hotWallet, 3, 1, soon(), signature)), invalid);
        refuse(stranger, abi.encodeCall(IVaultCore.spend, (ETH, alice, hotWallet, 2, 2, soon(), signature)), invalid);
        refuse(
            stranger, abi.encodeCall(IVaultCore.spend, (ETH, alice, hotWallet, 2, 1, soon() + 1, signature)), invalid
        );
        refuse(
            stranger,
            abi.encodeCall(IVaultCore.spend, (ETH, bob, hotWallet, 2, 1, soon(), signature)),
            err(Errors.Signature_Invalid.selector, bob)
        );
        perform(stranger, abi.encodeCall(IVaultCore.spend, (ETH, alice, hotWallet, 2, 1, soon(), signature)));
    }

    function test_cancelNonce_voidsAnOrder() public {
        performWith(alice, 5, depositCall(ETH, alice, 5));
        bytes memory data = abi.encodeCall(IVaultCore.cancelNonce, (300));
        vm.expectEmit(address(vault));
        emit IVaultCore.NonceCancelled(alice, 300);
        perform(alice, data);
        refuse(alice, data, err(Errors.Signature_NonceUsed.selector, 300));
        data = spendCall(aliceKey, ETH, alice, hotWallet, 1, 300, soon());
        refuse(stranger, data, err(Errors.Signature_NonceUsed.selector, 300));
        perform(stranger, spendCall(aliceKey, ETH, alice, hotWallet, 1, 301, soon()));
    }

    function test_spend_byAContractWallet() public {
        Wallet wallet = new Wallet();
        performWith(alice, 10, depositCall(ETH, address(wallet), 10));
        bytes32 digest = digestOf(Typed.order(ETH, address(wallet), hotWallet, 2, 1, soon()));
        bytes memory data = abi.encodeCall(IVaultCore.spend, (ETH, address(wallet), hotWallet, 2, 1, soon(), "any"));
        bytes memory invalid = err(Errors.Signature_Invalid.selector, address(wallet));
        refuse(stranger, data, invalid);
        wallet.approve(digest);
        for (uint8 answer = 1; answer <= uint8(type(Wallet.Answer).max); ++answer) {
            wallet.misbehave(Wallet.Answer(answer));
            refuse(stranger, data, invalid);
        }
        wallet.misbehave(Wallet.Answer.Honest);
        perform(stranger, data);
        assertEq(hotWallet.balance, 2, "approved by the wallet");
    }

    function test_spend_byAnAccountWithCodeOfItsOwn() public {
        performWith(alice, 10, depositCall(ETH, alice, 10));
        vm.etch(alice, address(new Delegate()).code);
        perform(stranger, spendCall(aliceKey, ETH, alice, hotWallet, 2, 1, soon()));
        assertEq(hotWallet.balance, 2, "ECDSA goes first (EIP-7702)");
    }

    // ------------------------------------------------------------------ the rest is reserve

    function test_reserve_isWhatNobodyOwns() public {
        performWith(alice, 5 ether, depositCall(ETH, alice, 5 ether));
        performWith(bob, 3 ether, abi.encodeCall(IVaultCore.depositToLedger, (ETH, bob, 3 ether)));
        assertEq(vault.reserve(ETH), 0, "nothing yet");
        fund(ETH, 7 ether);
        assertEq(vault.reserve(ETH), 7 ether, "plain ETH is reserve");
        assertBacked(ETH);
        address other = newToken("TestToken.sol:TestToken");
        give(other, address(vault), 9);
        assertEq(vault.reserve(other), 9, "an unlisted token is reserve of an asset that owes nothing");
        refuse(stranger, releaseCall(other, hotWallet, 9), err(Errors.Books_AssetNotListed.selector, other));
    }

    function test_reserve_isZeroWhenTheTokenTookMoneyAway() public {
        FrozenToken frozen = new FrozenToken();
        Terms memory terms = termsFor(address(frozen));
        vault = deploy(terms);
        frozen.mint(alice, 100);
        vm.prank(alice);
        frozen.approve(address(vault), 100);
        perform(alice, depositCall(address(frozen), alice, 100));
        frozen.seize(address(vault), 1);
        assertEq(vault.reserve(address(frozen)), 0, "no underflow");
        perform(alice, abi.encodeCall(IVaultCore.withdraw, (address(frozen), alice, 99)));
    }

    function _giveTokens(address account, uint256 amount) private {
        give(token, account, amount);
        vm.prank(account);
        (bool ok,) = token.call(abi.encodeWithSignature("approve(address,uint256)", address(vault), amount));
        assertTrue(ok, "approval");
    }
}
