// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";

import {EscrowOrder, IEscrow, Outcome} from "lifeboat/interfaces/IEscrow.sol";
import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {Phase} from "lifeboat/types/Types.sol";

import {EscrowTest} from "../base/EscrowTest.sol";
import {Reverter, HeavyWallet} from "../twins/Recipients.sol";
import {FeeToken, FrozenToken, NoReturnToken} from "../twins/Tokens.sol";
import {Delegate, Wallet} from "../twins/Wallets.sol";

/// @notice Escrowed orders: money in, the table of decisions, the two ways back, and money that nobody took.
contract EscrowUnitTest is EscrowTest {
    uint128 private constant AMOUNT = 3 ether;

    // ------------------------------------------------------------------ money in

    function test_open_takesTheOrdersAmountOutOfThePayersMoney() public {
        EscrowOrder memory order = orderOf(ETH, AMOUNT);
        deposited(ETH, alice, 5 ether);
        vm.expectEmit(address(vault));
        emit IVaultCore.OrderSpent(alice, ETH, purseOf(order), AMOUNT, uint256(idOf(order)));
        vm.expectEmit(address(escrow));
        emit IEscrow.Opened(idOf(order), alice, bob, order, purseOf(order), AMOUNT);
        on(stranger, openCall(order));
        assertEq(vault.segregatedOf(ETH, alice), 2 ether, "out of the vault");
        assertEq(escrow.heldOf(order), AMOUNT, "held");
        assertEq(purseOf(order).balance, AMOUNT, "in the purse");
        assertEq(address(escrow).balance, 0, "the escrow itself holds nothing");
        assertOutcome(order, Outcome.Open);
        off(stranger, openDirectCall(order), abi.encodeWithSelector(Errors.Escrow_Funded.selector, idOf(order), AMOUNT));
        assertBacked(ETH);
    }

    function test_open_tokens() public {
        EscrowOrder memory order = opened(token, 40);
        assertEq(held(order), 40, "held");
        assertEq(vault.segregatedOf(token, alice), 0, "out of the vault");
    }

    function test_views_saySameAsTheSpecification() public {
        EscrowOrder memory order = orderOf(token, 40);
        assertEq(escrow.vault(), address(vault), "vault");
        assertEq(escrow.idOf(order), idOf(order), "id");
        assertEq(escrow.purseOf(order), purseOf(order), "purse");
        assertEq(purseOf(order).code.length, 0, "nothing stands there yet");
        (, string memory name, string memory version,, address verifying,,) = IERC5267(address(escrow)).eip712Domain();
        assertEq(keccak256(bytes(name)), keccak256("Lifeboat Escrow"), "domain's name");
        assertEq(keccak256(bytes(version)), keccak256("1"), "domain's version");
        assertEq(verifying, address(escrow), "domain's contract");
    }

    function test_open_refusesWhatThePayerDidNotSign() public {
        EscrowOrder memory order = orderOf(ETH, AMOUNT);
        deposited(ETH, alice, AMOUNT);
        bytes memory signature = payment(order, soon());
        bytes memory invalid = err(Errors.Signature_Invalid.selector, alice);
        EscrowOrder memory other = abi.decode(abi.encode(order), (EscrowOrder));
        other.payee = carol;
        off(carol, abi.encodeCall(IEscrow.open, (other, soon(), signature)), invalid);
        other = abi.decode(abi.encode(order), (EscrowOrder));
        other.arbiter = carol;
        off(carol, abi.encodeCall(IEscrow.open, (other, soon(), signature)), invalid);
        other = abi.decode(abi.encode(order), (EscrowOrder));
        other.expiry += 1;
        off(carol, abi.encodeCall(IEscrow.open, (other, soon(), signature)), invalid);
        other = abi.decode(abi.encode(order), (EscrowOrder));
        other.amount -= 1;
        off(carol, abi.encodeCall(IEscrow.open, (other, soon(), signature)), invalid);
        other = abi.decode(abi.encode(order), (EscrowOrder));
        other.salt = bytes32(uint256(99));
        off(carol, abi.encodeCall(IEscrow.open, (other, soon(), signature)), invalid);
        off(carol, abi.encodeCall(IEscrow.open, (order, soon() + 1, signature)), invalid);
        on(carol, abi.encodeCall(IEscrow.open, (order, soon(), signature)));
    }

    function test_open_refusesOrdersThatCouldNotEndWell() public {
        EscrowOrder memory order = orderOf(ETH, AMOUNT);
        order.arbiter = alice;
        _refused(order, err(Errors.Escrow_PartiesNotDistinct.selector));
        order.arbiter = bob;
        _refused(order, err(Errors.Escrow_PartiesNotDistinct.selector));
        order.arbiter = address(0);
        order.payee = alice;
        _refused(order, err(Errors.Escrow_PartiesNotDistinct.selector));
        address[4] memory reserved = [address(1), address(0xffff), address(vault), address(escrow)];
        for (uint256 i = 0; i < reserved.length; ++i) {
            order.payee = reserved[i];
            _refused(order, err(Errors.Books_ReservedAddress.selector, reserved[i]));
            order.payee = bob;
            order.payer = reserved[i];
            _refused(order, err(Errors.Books_ReservedAddress.selector, reserved[i]));
            order.payer = alice;
        }
        // The first address that is not.
        order.payee = address(0x10000);
        onWith(alice, order.amount, openDirectCall(order));
        order.payee = bob;
        order.expiry = now_();
        _refused(order, err(Errors.Escrow_Expired.selector, now_()));
        order.expiry = now_() + 30 days;
        toLatched();
        _refused(order, err(Errors.Liveness_WrongPhase.selector, uint256(Phase.Latched)));
    }

    function _refused(EscrowOrder memory order, bytes memory why) private {
        off(stranger, abi.encodeCall(IEscrow.open, (order, soon(), "")), why);
        offWith(alice, order.amount, openDirectCall(order), why);
    }

    function test_open_whileSuspected() public {
        toSuspected();
        opened(ETH, AMOUNT);
    }

    function test_open_aCancelledNonceOpensNothing() public {
        EscrowOrder memory order = orderOf(ETH, AMOUNT);
        deposited(ETH, alice, AMOUNT);
        perform(alice, abi.encodeCall(IVaultCore.cancelNonce, (uint256(idOf(order)))));
        off(bob, openCall(order), err(Errors.Escrow_NothingHeld.selector, idOf(order)));
        assertEq(vault.segregatedOf(ETH, alice), AMOUNT, "still Alice's");
    }

    function test_openDirect_ETH() public {
        EscrowOrder memory order = orderOf(ETH, AMOUNT);
        bytes4 wrong = Errors.Books_WrongValue.selector;
        offWith(carol, 1, openDirectCall(order), err(wrong, 1, AMOUNT));
        off(carol, openDirectCall(order), err(wrong, 0, AMOUNT));
        vm.expectEmit(address(escrow));
        emit IEscrow.Opened(idOf(order), alice, bob, order, purseOf(order), AMOUNT);
        onWith(carol, AMOUNT, openDirectCall(order));
        offWith(
            carol,
            AMOUNT,
            openDirectCall(order),
            abi.encodeWithSelector(Errors.Escrow_Funded.selector, idOf(order), AMOUNT)
        );
        on(alice, releaseCall(order, ""));
        assertEq(bob.balance, AMOUNT, "paid");
    }

    function test_openDirect_tokens() public {
        EscrowOrder memory order = orderOf(token, 40);
        give(token, carol, 40);
        offWith(carol, 1, openDirectCall(order), err(Errors.Books_WrongValue.selector, 1, 0));
        vm.prank(carol);
        IERC20(token).approve(address(escrow), 40);
        on(carol, openDirectCall(order));
        assertEq(held(order), 40, "held");
        on(bob, cancelCall(order, ""));
        assertEq(balanceOf(token, alice), 40, "back to the order's payer, whoever paid");
    }

    /// @dev Anything that reaches the address is the order's: from an exchange, or an account that speaks to no escrow.
    function test_fund_byAPlainTransfer() public {
        EscrowOrder memory order = orderOf(ETH, AMOUNT);
        give(ETH, purseOf(order), AMOUNT);
        on(alice, releaseCall(order, ""));
        assertEq(bob.balance, AMOUNT, "paid");
    }

    function test_fund_ofZeroIsNone() public {
        EscrowOrder memory order = orderOf(ETH, 0);
        offWith(carol, 0, openDirectCall(order), abi.encodeWithSelector(Errors.Escrow_Funded.selector, idOf(order), 0));
        off(alice, releaseCall(order, ""), err(Errors.Escrow_NothingHeld.selector, idOf(order)));
    }

    // ------------------------------------------------------------------ the table of decisions

    function test_release_byThePayer() public {
        for (uint256 signed = 0; signed < 2; ++signed) {
            EscrowOrder memory order = opened(token, 40);
            bytes memory signature = signed == 1 ? toRelease(aliceKey, order) : bytes("");
            vm.expectEmit(address(escrow));
            emit IEscrow.Settled(idOf(order), bob, Outcome.Released, 40, true);
            on(signed == 1 ? stranger : alice, releaseCall(order, signature));
            assertOutcome(order, Outcome.Released);
            assertEq(held(order), 0, "empty");
        }
        assertEq(balanceOf(token, bob), 80, "paid twice");
    }

    function test_cancel_byThePayee() public {
        for (uint256 signed = 0; signed < 2; ++signed) {
            EscrowOrder memory order = opened(token, 40);
            bytes memory signature = signed == 1 ? toCancel(bobKey, order) : bytes("");
            vm.expectEmit(address(escrow));
            emit IEscrow.Settled(idOf(order), alice, Outcome.Refunded, 40, true);
            on(signed == 1 ? stranger : bob, cancelCall(order, signature));
            assertOutcome(order, Outcome.Refunded);
        }
        assertEq(balanceOf(token, alice), 80, "back twice");
    }

    function test_arbitrate_forThePayee() public {
        bytes memory invalid = err(Errors.Signature_Invalid.selector, judy);
        EscrowOrder memory order = opened(ETH, AMOUNT);
        bytes memory hers = toRelease(judyKey, order);
        off(bob, arbitrateCall(order, true, "", ""), invalid);
        off(judy, arbitrateCall(order, true, "", ""), err(Errors.Signature_Invalid.selector, bob));
        off(bob, arbitrateCall(order, true, "", toCancel(judyKey, order)), invalid);
        off(
            stranger,
            arbitrateCall(order, true, toRelease(aliceKey, order), hers),
            err(Errors.Signature_Invalid.selector, bob)
        );
        on(stranger, arbitrateCall(order, true, toRelease(bobKey, order), hers));
        assertEq(bob.balance, AMOUNT, "paid");
        order = opened(ETH, AMOUNT);
        on(bob, arbitrateCall(order, true, "", toRelease(judyKey, order)));
        order = opened(ETH, AMOUNT);
        on(judy, arbitrateCall(order, true, toRelease(bobKey, order), ""));
        assertEq(bob.balance, 3 * AMOUNT, "each of the two may bring it");
    }

    function test_arbitrate_forThePayer() public {
        EscrowOrder memory order = opened(ETH, AMOUNT);
        bytes memory hers = toCancel(judyKey, order);
        off(bob, arbitrateCall(order, false, "", hers), err(Errors.Signature_Invalid.selector, alice));
        off(
            alice,
            arbitrateCall(order, false, "", toRelease(judyKey, order)),
            err(Errors.Signature_Invalid.selector, judy)
        );
        on(stranger, arbitrateCall(order, false, toCancel(aliceKey, order), hers));
        assertEq(alice.balance, AMOUNT, "back");
        assertOutcome(order, Outcome.Refunded);
    }

    function test_decisions_nobodyElseDecides() public {
        EscrowOrder memory order = opened(ETH, AMOUNT);
        bytes memory notAlice = err(Errors.Signature_Invalid.selector, alice);
        bytes memory notBob = err(Errors.Signature_Invalid.selector, bob);
        off(bob, releaseCall(order, ""), notAlice);
        off(judy, releaseCall(order, ""), notAlice);
        off(stranger, releaseCall(order, toRelease(bobKey, order)), notAlice);
        off(stranger, releaseCall(order, toRelease(judyKey, order)), notAlice);
        off(stranger, releaseCall(order, toCancel(aliceKey, order)), notAlice);
        off(alice, cancelCall(order, ""), notBob);
        off(judy, cancelCall(order, toCancel(judyKey, order)), notBob);
        off(stranger, cancelCall(order, toRelease(bobKey, order)), notBob);
        off(stranger, cancelCall(order, toCancel(aliceKey, order)), notBob);
        off(stranger, refundCall(order), err(Errors.Escrow_NotDue.selector, order.expiry));
        assertEq(held(order), AMOUNT, "all of it");
    }

    function test_decisions_withoutAnArbiter() public {
        EscrowOrder memory order = orderOf(ETH, AMOUNT);
        order.arbiter = address(0);
        onWith(alice, AMOUNT, openDirectCall(order));
        off(bob, arbitrateCall(order, true, "", ""), err(Errors.Signature_Invalid.selector, address(0)));
        off(bob, arbitrateCall(order, true, "", new bytes(65)), err(Errors.Signature_Invalid.selector, address(0)));
        on(alice, releaseCall(order, ""));
    }

    function test_decisions_areForGood() public {
        EscrowOrder memory order = opened(ETH, AMOUNT);
        on(bob, cancelCall(order, ""));
        bytes memory settled = err(Errors.Escrow_Settled.selector, idOf(order));
        vm.deal(purseOf(order), 1);
        off(alice, releaseCall(order, ""), settled);
        off(bob, cancelCall(order, ""), settled);
        off(alice, arbitrateCall(order, false, "", toCancel(judyKey, order)), settled);
        offWith(alice, AMOUNT, openDirectCall(order), settled);
        off(alice, openCall(order), settled);
        vm.warp(order.expiry);
        off(stranger, refundCall(order), settled);
    }

    function test_consent_ofContractsAndOfAccountsWithCode() public {
        Wallet wallet = new Wallet();
        EscrowOrder memory order = orderOf(ETH, AMOUNT);
        order.payee = address(wallet);
        onWith(alice, AMOUNT, openDirectCall(order));
        bytes memory invalid = err(Errors.Signature_Invalid.selector, address(wallet));
        off(stranger, cancelCall(order, "any"), invalid);
        wallet.approve(consentDigest("Cancel(EscrowOrder order)", order));
        for (uint8 answer = 1; answer <= uint8(type(Wallet.Answer).max); ++answer) {
            wallet.misbehave(Wallet.Answer(answer));
            off(stranger, cancelCall(order, "any"), invalid);
        }
        wallet.misbehave(Wallet.Answer.Honest);
        on(stranger, cancelCall(order, "any"));
        order = opened(ETH, AMOUNT);
        vm.etch(alice, address(new Delegate()).code);
        on(stranger, releaseCall(order, toRelease(aliceKey, order)));
        assertEq(bob.balance, AMOUNT, "ECDSA goes first (EIP-7702)");
    }

    // ------------------------------------------------------------------ the ways back

    function test_refund_atTheExpiry() public {
        EscrowOrder memory order = orderOf(ETH, AMOUNT);
        order.expiry = now_() + 1 days;
        onWith(alice, AMOUNT, openDirectCall(order));
        vm.warp(order.expiry - 1);
        off(stranger, refundCall(order), err(Errors.Escrow_NotDue.selector, order.expiry));
        vm.warp(order.expiry);
        bytes memory expired = err(Errors.Escrow_Expired.selector, order.expiry);
        off(alice, releaseCall(order, ""), expired);
        off(bob, cancelCall(order, ""), expired);
        off(bob, arbitrateCall(order, true, "", toRelease(judyKey, order)), expired);
        on(stranger, refundCall(order));
        assertEq(alice.balance, AMOUNT, "back");
    }

    /// @dev The reason for escrows beside a vault: trades that were pending at an outage unwind.
    function test_refund_fromTheLatchOn() public {
        EscrowOrder memory order = orderOf(token, 40);
        order.expiry = now_() + 365 days;
        deposited(token, alice, 40);
        on(stranger, openCall(order));
        toLatched();
        vm.warp(now_() - 1);
        assertPhase(Phase.Suspected, "not yet");
        off(stranger, refundCall(order), err(Errors.Escrow_NotDue.selector, order.expiry));
        toLatched();
        bytes memory latched = err(Errors.Liveness_WrongPhase.selector, uint256(Phase.Latched));
        off(alice, releaseCall(order, ""), latched);
        off(bob, cancelCall(order, ""), latched);
        off(bob, arbitrateCall(order, true, "", toRelease(judyKey, order)), latched);
        on(stranger, refundCall(order));
        assertEq(balanceOf(token, alice), 40, "back, though nobody had latched");
    }

    function test_refund_inTheReturn() public {
        EscrowOrder memory order = orderOf(ETH, AMOUNT);
        order.expiry = now_() + 365 days;
        onWith(alice, AMOUNT, openDirectCall(order));
        toReturning();
        off(alice, releaseCall(order, ""), err(Errors.Liveness_WrongPhase.selector, uint256(Phase.Returning)));
        on(stranger, refundCall(order));
        assertEq(alice.balance, AMOUNT, "back");
    }

    function test_release_whileSuspected() public {
        EscrowOrder memory order = opened(ETH, AMOUNT);
        toSuspected();
        on(alice, releaseCall(order, ""));
        assertEq(bob.balance, AMOUNT, "until the latch it is the parties' affair");
    }

    // ------------------------------------------------------------------ money that was not taken at once

    function test_withdraw_byThePayeeWhoCouldNotBePaid() public {
        Reverter refuser = new Reverter();
        EscrowOrder memory order = orderOf(ETH, AMOUNT);
        order.payee = address(refuser);
        onWith(alice, AMOUNT, openDirectCall(order));
        vm.expectEmit(address(escrow));
        emit IEscrow.Settled(idOf(order), address(refuser), Outcome.Released, AMOUNT, false);
        on(alice, releaseCall(order, ""));
        off(stranger, collectCall(order), err(Errors.Books_TransferFailed.selector, ETH, address(refuser)));
        off(alice, withdrawCall(order, alice), err(Errors.Escrow_NotTheBeneficiary.selector, address(refuser)));
        toLatched();
        off(stranger, refundCall(order), err(Errors.Escrow_Settled.selector, idOf(order)));
        off(address(refuser), withdrawCall(order, address(0)), err(Errors.Books_ReservedAddress.selector, address(0)));
        off(
            address(refuser),
            withdrawCall(order, address(vault)),
            err(Errors.Books_ReservedAddress.selector, address(vault))
        );
        vm.expectEmit(address(escrow));
        emit IEscrow.Collected(idOf(order), address(refuser), carol, AMOUNT);
        on(address(refuser), withdrawCall(order, carol));
        assertEq(carol.balance, AMOUNT, "to where he says");
        off(address(refuser), withdrawCall(order, carol), err(Errors.Escrow_NothingHeld.selector, idOf(order)));
    }

    function test_withdraw_withAllGas() public {
        HeavyWallet heavy = new HeavyWallet();
        EscrowOrder memory order = orderOf(ETH, AMOUNT);
        order.payee = address(heavy);
        onWith(alice, AMOUNT, openDirectCall(order));
        on(alice, releaseCall(order, ""));
        assertEq(held(order), AMOUNT, "too heavy for a push");
        on(address(heavy), withdrawCall(order, address(heavy)));
        assertEq(address(heavy).balance, AMOUNT, "taken");
    }

    function test_withdraw_toOneWhoRefuses() public {
        EscrowOrder memory order = opened(ETH, AMOUNT);
        vm.etch(alice, address(new Reverter()).code);
        on(bob, cancelCall(order, ""));
        address refuser = address(new Reverter());
        off(alice, withdrawCall(order, refuser), err(Errors.Books_TransferFailed.selector, ETH, refuser));
        assertEq(held(order), AMOUNT, "still there");
    }

    function test_collect_onceTheTokenMovesAgain() public {
        FrozenToken frozen = new FrozenToken();
        EscrowOrder memory order = orderOf(address(frozen), 40);
        off(stranger, collectCall(order), err(Errors.Escrow_NotSettled.selector, idOf(order)));
        off(bob, withdrawCall(order, bob), err(Errors.Escrow_NotSettled.selector, idOf(order)));
        frozen.mint(purseOf(order), 40);
        frozen.pause(true);
        on(alice, releaseCall(order, ""));
        frozen.pause(false);
        vm.expectEmit(address(escrow));
        emit IEscrow.Collected(idOf(order), bob, bob, 40);
        on(stranger, collectCall(order));
        assertEq(frozen.balanceOf(bob), 40, "paid by a stranger");
        off(stranger, collectCall(order), err(Errors.Escrow_NothingHeld.selector, idOf(order)));
    }

    function test_late_moneyGoesToTheBeneficiary() public {
        EscrowOrder memory order = opened(token, 40);
        on(bob, cancelCall(order, ""));
        give(token, purseOf(order), 7);
        on(stranger, collectCall(order));
        assertEq(balanceOf(token, alice), 47, "all back");
    }

    function test_late_ETHIsNotTaken() public {
        EscrowOrder memory order = opened(ETH, AMOUNT);
        on(bob, cancelCall(order, ""));
        (bool ok,) = purseOf(order).call{value: 1}("");
        assertFalse(ok, "a settled order takes no more");
    }

    // ------------------------------------------------------------------ tokens

    function test_fee_whatArrivedIsPaid() public {
        FeeToken fee = new FeeToken();
        vault = deploy(termsFor(address(fee)));
        escrow = deployEscrow(address(vault));
        fee.mint(address(this), 1000);
        deposited(address(fee), alice, 1000);
        fee.setFee(100);
        EscrowOrder memory order = orderOf(address(fee), 1000);
        vm.expectEmit(address(escrow));
        emit IEscrow.Opened(idOf(order), alice, bob, order, purseOf(order), 990);
        on(stranger, openCall(order));
        on(alice, releaseCall(order, ""));
        assertEq(fee.balanceOf(bob), 981, "less the second fee, rounded by the token");
        assertEq(held(order), 0, "nothing left");
    }

    function test_noReturnToken() public {
        NoReturnToken mute = new NoReturnToken();
        EscrowOrder memory order = orderOf(address(mute), 40);
        mute.mint(carol, 40);
        vm.prank(carol);
        mute.approve(address(escrow), 40);
        on(carol, openDirectCall(order));
        on(alice, releaseCall(order, ""));
        assertEq(mute.balanceOf(bob), 40, "paid");
    }
}
