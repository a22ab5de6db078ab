// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IEscrow, EscrowOrder, Outcome} from "lifeboat/interfaces/IEscrow.sol";
import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {Lock} from "lifeboat/modules/Lock.sol";

import {EscrowTest} from "../base/EscrowTest.sol";
import {Typed} from "../base/Typed.sol";
import {GasBurner, Reentrant, ReturnBomb} from "../twins/Recipients.sol";
import {HookToken} from "../twins/Tokens.sol";

interface IPurse {
    function pay(address asset, address to, uint256 amount, uint256 gasCap) external returns (bool);
}

/// @notice A vault that its author wrote: it says and does what it likes.
contract FakeVault {
    bool public dead;

    function die() external {
        dead = true;
    }

    function phase() external view returns (uint8) {
        require(!dead, "no answer");
        return 0;
    }

    function nonceUsed(address, uint256) external pure returns (bool) {
        return false;
    }

    function spend(address, address, address, uint128, uint256, uint256, bytes calldata) external {}
}

/// @notice Takes a payment, or (as a token) makes one, only with all the gas of a push.
contract Fussy {
    uint256 private _paid;

    receive() external payable {
        // With the stipend of a call with value.
        require(gasleft() > 30_000 + 2300 - 100, "too little");
    }

    function transfer(address, uint256) external returns (bool) {
        require(gasleft() > 60_000 - 1000, "too little");
        _paid = 1;
        return true;
    }

    function balanceOf(address account) external view returns (uint256) {
        return account == address(this) ? _paid : 1;
    }
}

/// @notice Others' orders, robbed, blocked or stranded.
contract EscrowTheftsTest is EscrowTest {
    uint128 private constant AMOUNT = 3 ether;

    /// @notice Mallory sees Alice's `open` and brings her signed order to the vault herself. Were the escrow one pot, the money would lie there
    /// without an owner: and an order of Mallory's own, whose nonce she has cancelled, could claim it as its payment.
    function test_escrow_relayedPastTheEscrowTheMoneyIsStillTheOrders() public {
        address[2] memory assets = [ETH, token];
        for (uint256 i = 0; i < 2; ++i) {
            EscrowOrder memory order = orderOf(assets[i], 40);
            deposited(assets[i], alice, 40);
            uint256 id = uint256(idOf(order));
            bytes memory signature = payment(order, soon());
            perform(
                stranger,
                abi.encodeCall(IVaultCore.spend, (assets[i], alice, purseOf(order), 40, id, soon(), signature))
            );
            EscrowOrder memory hers = EscrowOrder(assets[i], stranger, carol, address(0), 40, order.expiry, 0);
            perform(stranger, abi.encodeCall(IVaultCore.cancelNonce, (uint256(idOf(hers)))));
            off(
                stranger,
                abi.encodeCall(IEscrow.open, (hers, soon(), "")),
                err(Errors.Escrow_NothingHeld.selector, idOf(hers))
            );
            vm.expectEmit(address(escrow));
            emit IEscrow.Opened(idOf(order), alice, bob, order, purseOf(order), 40);
            on(alice, abi.encodeCall(IEscrow.open, (order, soon(), signature)));
            on(alice, releaseCall(order, ""));
            assertEq(balanceOf(assets[i], bob), 40, "to whom Alice said");
        }
    }

    /// @notice The payer signs the same order's payment twice, with other deadlines: it is paid once.
    function test_escrow_anOrderIsPaidOnce() public {
        EscrowOrder memory order = orderOf(ETH, AMOUNT);
        deposited(ETH, alice, 3 * AMOUNT);
        on(bob, openCall(order));
        on(bob, abi.encodeCall(IEscrow.open, (order, soon() - 1, payment(order, soon() - 1))));
        assertEq(held(order), AMOUNT, "once");
    }

    /// @notice An arbiter who is a party too would decide alone. `open` refuses such orders, a plain payment cannot.
    function test_escrow_nobodyIsArbiterInHisOwnCase() public {
        EscrowOrder memory order = orderOf(ETH, AMOUNT);
        order.arbiter = bob;
        give(ETH, purseOf(order), AMOUNT);
        off(bob, arbitrateCall(order, true, "", ""), err(Errors.Escrow_PartiesNotDistinct.selector));
        order = orderOf(ETH, AMOUNT);
        order.arbiter = alice;
        give(ETH, purseOf(order), AMOUNT);
        off(alice, arbitrateCall(order, false, "", ""), err(Errors.Escrow_PartiesNotDistinct.selector));
        vm.warp(order.expiry);
        on(stranger, refundCall(order));
        assertEq(alice.balance, AMOUNT, "it still comes back");
    }

    function test_escrow_purseIsDeafToOthers() public {
        EscrowOrder memory order = orderOf(ETH, AMOUNT);
        order.payee = address(new GasBurner());
        onWith(alice, AMOUNT, openDirectCall(order));
        on(alice, releaseCall(order, ""));
        IPurse purse = IPurse(purseOf(order));
        address[3] memory callers = [alice, order.payee, address(vault)];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.prank(callers[i]);
            vm.expectRevert(Errors.Escrow_OnlyEscrow.selector);
            purse.pay(ETH, callers[i], AMOUNT, 30_000);
        }
    }

    /// @notice A consent is for one order of one escrow on one chain.
    function test_escrow_consentsAreForOneOrderOfOneEscrow() public {
        EscrowOrder memory first = opened(ETH, AMOUNT);
        EscrowOrder memory second = opened(ETH, AMOUNT);
        bytes memory signature = toRelease(aliceKey, first);
        bytes memory invalid = err(Errors.Signature_Invalid.selector, alice);
        off(bob, releaseCall(second, signature), invalid);
        vm.chainId(block.chainid + 1);
        off(bob, releaseCall(first, signature), invalid);
        vm.chainId(block.chainid - 1);
        IEscrow here = escrow;
        escrow = deployEscrow(address(deploy(termsFor(token))));
        onWith(alice, AMOUNT, openDirectCall(first));
        off(bob, releaseCall(first, signature), invalid);
        escrow = here;
        on(bob, releaseCall(first, signature));
    }

    /// @notice With too little gas for the push, a release would look refused; nobody may bring that about for somebody else. The payee and
    /// the token here take no less than what a push promises.
    function test_escrow_gasCannotBeStarved() public {
        address fussy = address(new Fussy());
        address[2] memory assets = [ETH, fussy];
        for (uint256 i = 0; i < 2; ++i) {
            EscrowOrder memory order = orderOf(assets[i], AMOUNT);
            order.payee = fussy;
            if (i == 0) give(ETH, purseOf(order), AMOUNT);
            bytes memory data = releaseCall(order, toRelease(aliceKey, order));
            bool done = false;
            for (uint256 gasLimit = 60_000; !done; gasLimit += 1000) {
                (done,) = address(escrow).call{gas: gasLimit}(data);
                if (!done) assertOutcome(order, Outcome.Open);
            }
            assertEq(balanceOf(assets[i], fussy), i == 0 ? AMOUNT : 1, "paid with the first gas that settles at all");
        }
    }

    /// @notice Whoever burns gas, or answers with a flood, delays only his own money.
    function test_escrow_hostileRecipientsBlockNobody() public {
        address[2] memory hostile = [address(new GasBurner()), address(new ReturnBomb())];
        for (uint256 i = 0; i < 2; ++i) {
            EscrowOrder memory order = orderOf(ETH, AMOUNT);
            order.payee = hostile[i];
            onWith(alice, AMOUNT, openDirectCall(order));
            on(alice, releaseCall(order, ""));
            assertOutcome(order, Outcome.Released);
            assertEq(held(order), AMOUNT, "waits for its owner");
            on(hostile[i], withdrawCall(order, carol));
        }
    }

    /// @notice A recipient, a token, or the vault's own payment calling back gets nowhere.
    function test_escrow_reentrancy() public {
        Reentrant payee = new Reentrant();
        EscrowOrder memory order = orderOf(ETH, AMOUNT);
        EscrowOrder memory other = opened(ETH, AMOUNT);
        order.payee = address(payee);
        onWith(alice, AMOUNT, openDirectCall(order));
        payee.arm(address(escrow), releaseCall(other, toRelease(aliceKey, other)));
        on(alice, releaseCall(order, ""));
        assertEq(held(order), AMOUNT, "no gas for calling back within a push");
        on(address(payee), withdrawCall(order, address(payee)));
        assertTrue(payee.called() && !payee.succeeded(), "nor with all gas");
        assertTrue(selectorOf(payee.result()) == Lock.ReentrancyGuardReentrantCall.selector, "locked");
        assertEq(held(other), AMOUNT, "untouched");
    }

    function test_escrow_tokenCallsBack() public {
        HookToken hook = new HookToken();
        vault = deploy(termsFor(address(hook)));
        escrow = deployEscrow(address(vault));
        hook.mint(address(this), 80);
        deposited(address(hook), alice, 80);
        EscrowOrder memory first = orderOf(address(hook), 40);
        EscrowOrder memory second = orderOf(address(hook), 40);
        on(stranger, openCall(first));
        hook.arm(address(escrow), releaseCall(first, toRelease(aliceKey, first)));
        on(stranger, openCall(second));
        assertTrue(hook.called() && !hook.succeeded(), "in the middle of an opening");
        hook.arm(address(escrow), releaseCall(second, toRelease(aliceKey, second)));
        on(alice, releaseCall(first, ""));
        // A push leaves too little gas for both the hook and the transfer, where every slot is cold.
        if (held(first) > 0) on(bob, withdrawCall(first, bob));
        assertTrue(hook.called() && !hook.succeeded(), "in the middle of a release or withdrawal");
        assertEq(held(second), 40, "untouched");
        hook.arm(address(0), "");
        on(alice, releaseCall(second, ""));
        assertEq(hook.balanceOf(bob), 80, "both paid, once");
    }

    /// @notice The escrow of a false vault hurts only those who use it: not even it can keep what is past its expiry.
    function test_escrow_ofAFalseVault() public {
        FakeVault fake = new FakeVault();
        escrow = deployEscrow(address(fake));
        EscrowOrder memory order = orderOf(ETH, AMOUNT);
        off(alice, openCall(order), err(Errors.Escrow_NothingHeld.selector, idOf(order)));
        onWith(alice, AMOUNT, openDirectCall(order));
        fake.die();
        (bool ok,) = address(escrow).call(releaseCall(order, toRelease(aliceKey, order)));
        assertFalse(ok, "no phase, no release");
        vm.warp(order.expiry);
        on(stranger, refundCall(order));
        assertEq(alice.balance, AMOUNT, "back");
    }

    /// @notice Signers, operator and auditors together have no say: an order's money is in none of the vault's books.
    function test_escrow_theServiceCannotTouchIt() public {
        openService();
        EscrowOrder memory order = opened(ETH, AMOUNT);
        uint256 reserve = vault.reserve(ETH);
        assertEq(reserve, 175 ether, "no reserve");
        refuse(
            stranger, releaseCall(ETH, hotWallet, 1), err(Errors.Gate_ReserveBelowFloor.selector, reserve - 1, reserve)
        );
        toReturning();
        openRound(ETH);
        on(stranger, refundCall(order));
        assertEq(alice.balance, AMOUNT, "in full, whatever the round pays");
    }

    /// @notice A stranger's dust in the purse decides nothing early, and joins the order's money.
    function test_escrow_dustInThePurse() public {
        EscrowOrder memory order = orderOf(ETH, AMOUNT);
        give(ETH, purseOf(order), 1);
        deposited(ETH, alice, AMOUNT);
        off(stranger, refundCall(order), err(Errors.Escrow_NotDue.selector, order.expiry));
        on(stranger, openCall(order));
        on(alice, releaseCall(order, ""));
        assertEq(bob.balance, AMOUNT + 1, "with the dust");
    }

    /// @notice A payment signed with a deadline after the expiry comes late: ETH is not taken, tokens go back.
    function test_escrow_latePayments() public {
        EscrowOrder memory order = orderOf(ETH, AMOUNT);
        give(ETH, purseOf(order), 1);
        deposited(ETH, alice, AMOUNT);
        vm.warp(order.expiry);
        on(stranger, refundCall(order));
        bytes32 message = Typed.order(ETH, alice, purseOf(order), AMOUNT, uint256(idOf(order)), soon());
        bytes memory late = abi.encodeCall(
            IVaultCore.spend,
            (ETH, alice, purseOf(order), AMOUNT, uint256(idOf(order)), soon(), sig(aliceKey, digestOf(message)))
        );
        refuse(bob, late, err(Errors.Books_TransferFailed.selector, ETH, purseOf(order)));
        assertEq(vault.segregatedOf(ETH, alice), AMOUNT, "still in the vault");
    }
}
