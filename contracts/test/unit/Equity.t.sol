// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {Leaf, Quorum, Round} from "lifeboat/types/Types.sol";

import {Typed} from "../base/Typed.sol";
import {VaultTest} from "../base/VaultTest.sol";
import {Reentrant} from "../twins/Recipients.sol";

/// @notice What is left when everybody's share is set aside in full is the service's own, and never a wei of what is owed.
contract EquityTest is VaultTest {
    uint256 private equityAt;

    function setUp() public override {
        super.setUp();
        openService();
        fund(ETH, 30 ether);
        equityAt = uint256(vault.timeline().returnAt) + 30 days;
    }

    // ------------------------------------------------------------------ when

    function test_equity_notBeforeThirtyDaysOfReturn() public {
        bytes memory data = equityCall(ETH, hotWallet, 30 ether, 1);
        refuse(stranger, data, err(Errors.Liveness_WrongPhase.selector, 0));
        toSuspected();
        refuse(stranger, data, err(Errors.Liveness_WrongPhase.selector, 1));
        toLatched();
        refuse(stranger, data, err(Errors.Return_EquityTooEarly.selector, equityAt));
        toReturning();
        openRound(ETH);
        vm.warp(equityAt - 1);
        data = equityCall(ETH, hotWallet, 30 ether, 1);
        refuse(stranger, data, err(Errors.Return_EquityTooEarly.selector, equityAt));
        vm.warp(equityAt);
        vm.expectEmit(address(vault));
        emit IVaultCore.EquityReleased(ETH, hotWallet, 30 ether, 1);
        perform(stranger, data);
        assertEq(hotWallet.balance, 30 ether, "paid");
    }

    function test_equity_notBeforeEverythingOwedIsSetAside() public {
        vm.warp(equityAt);
        refuse(
            stranger, equityCall(ETH, hotWallet, 30 ether, 1), err(Errors.Return_StillOwed.selector, uint256(175 ether))
        );
        openRound(ETH);
        perform(stranger, equityCall(ETH, hotWallet, 30 ether, 1));
    }

    function test_equity_noneInAShortVault() public {
        vm.deal(address(vault), 100 ether);
        vm.warp(equityAt);
        openRound(ETH);
        refuse(stranger, equityCall(ETH, hotWallet, 1, 1), err(Errors.Return_StillOwed.selector, uint256(75 ether)));
        // Late money goes to those who are owed first.
        fund(ETH, 80 ether);
        refuse(stranger, equityCall(ETH, hotWallet, 1, 1), err(Errors.Return_StillOwed.selector, uint256(75 ether)));
        openRound(ETH);
        refuse(
            stranger,
            equityCall(ETH, hotWallet, 5 ether + 1, 1),
            err(Errors.Gate_ReserveTooLow.selector, 5 ether, 5 ether + 1)
        );
        perform(stranger, equityCall(ETH, hotWallet, 5 ether, 1));
    }

    // ------------------------------------------------------------------ how much

    function test_equity_whatIsLeftAndNoMore() public {
        performWith(alice, 7 ether, depositCall(ETH, alice, 7 ether));
        performWith(bob, 9 ether, abi.encodeCall(IVaultCore.depositToLedger, (ETH, bob, 9 ether)));
        vm.warp(equityAt);
        Round memory round = openRound(ETH);
        refuse(
            stranger,
            equityCall(ETH, hotWallet, 30 ether + 1, 1),
            err(Errors.Gate_ReserveTooLow.selector, 30 ether, 30 ether + 1)
        );
        perform(stranger, equityCall(ETH, hotWallet, 10 ether, 1));
        // Claims that no tally has booked are kept aside all the same.
        claim(ETH, round, 0);
        refuse(stranger, equityCall(ETH, hotWallet, 1, 2), err(Errors.Gate_ReserveTooLow.selector, 0, 1));
        perform(stranger, abi.encodeCall(IVaultCore.tally, (ETH, 0, new uint32[](1))));
        perform(stranger, equityCall(ETH, hotWallet, 20 ether, 2));
        refuse(stranger, equityCall(ETH, hotWallet, 1, 3), err(Errors.Gate_ReserveTooLow.selector, 0, 1));
        push(ETH, round, 0);
        perform(stranger, abi.encodeCall(IVaultCore.refundPending, (ETH, 0)));
        perform(alice, abi.encodeCall(IVaultCore.withdraw, (ETH, alice, 7 ether)));
        assertEq(alice.balance, 107 ether, "Alice, whole");
        assertEq(bob.balance, 59 ether, "Bob, whole");
        assertEq(carol.balance, 25 ether, "Carol, whole");
        assertEq(address(vault).balance, 0, "nothing behind");
    }

    /// @notice What was paid out already is not owed again, if somebody counted it.
    function test_equity_afterPayoutsWereCounted() public {
        payOut(ETH, 0, 40 ether);
        toLatched();
        perform(stranger, countCall(finalTree(ETH), ETH, 0));
        vm.warp(uint256(vault.timeline().returnAt) + 30 days);
        openRound(ETH);
        perform(stranger, equityCall(ETH, hotWallet, 30 ether, 1));
        assertEq(address(vault).balance, 135 ether, "what is owed");
    }

    /// @notice Without a ledger that counts nothing is owed by the ledger: the reserve is the service's own, other books are not.
    function test_equity_withoutALedger() public {
        vault = deploy(termsFor(token));
        performWith(alice, 7 ether, depositCall(ETH, alice, 7 ether));
        performWith(bob, 9 ether, abi.encodeCall(IVaultCore.depositToLedger, (ETH, bob, 9 ether)));
        fund(ETH, 3 ether);
        vm.warp(uint256(vault.timeline().returnAt) + 30 days);
        refuse(
            stranger,
            equityCall(ETH, hotWallet, 3 ether + 1, 1),
            err(Errors.Gate_ReserveTooLow.selector, 3 ether, 3 ether + 1)
        );
        perform(stranger, equityCall(ETH, hotWallet, 3 ether, 1));
        assertBacked(ETH);
    }

    // ------------------------------------------------------------------ who and where

    function test_equity_needsAsManyAsAColdRelease() public {
        vm.warp(equityAt);
        openRound(ETH);
        bytes32 hash = Typed.releaseEquity(ETH, hotWallet, 1, 1, soon());
        Quorum memory two = bySigners(hash);
        refuse(
            stranger,
            abi.encodeCall(IVaultCore.releaseEquity, (ETH, hotWallet, 1, 1, soon(), two)),
            err(Errors.Signature_QuorumNotMet.selector, 2, 3)
        );
        Quorum memory alone = byOperator(hash);
        refuse(
            stranger,
            abi.encodeCall(IVaultCore.releaseEquity, (ETH, hotWallet, 1, 1, soon(), alone)),
            err(Errors.Signature_UnknownMembers.selector)
        );
        Quorum memory three = quorum(signerKeys, 3, hash);
        bytes memory why = err(Errors.Signature_NotAMember.selector, 0);
        refuse(stranger, abi.encodeCall(IVaultCore.releaseEquity, (ETH, stranger, 1, 1, soon(), three)), why);
        refuse(stranger, abi.encodeCall(IVaultCore.releaseEquity, (ETH, hotWallet, 2, 1, soon(), three)), why);
        refuse(stranger, abi.encodeCall(IVaultCore.releaseEquity, (ETH, hotWallet, 1, 2, soon(), three)), why);
        refuse(stranger, abi.encodeCall(IVaultCore.releaseEquity, (ETH, hotWallet, 1, 1, soon() + 1, three)), why);
        perform(stranger, abi.encodeCall(IVaultCore.releaseEquity, (ETH, hotWallet, 1, 1, soon(), three)));
    }

    function test_equity_oneNonceOnce() public {
        vm.warp(equityAt);
        openRound(ETH);
        bytes memory data = equityCall(ETH, hotWallet, 1, 1000);
        perform(stranger, data);
        assertTrue(vault.nonceUsed(address(0), 1000), "used");
        refuse(stranger, data, err(Errors.Signature_NonceUsed.selector, 1000));
        perform(stranger, equityCall(ETH, hotWallet, 1, 3));
    }

    function test_equity_refusals() public {
        vm.warp(equityAt);
        openRound(ETH);
        refuse(stranger, equityCall(ETH, hotWallet, 0, 1), err(Errors.Books_ZeroAmount.selector));
        refuse(
            stranger, equityCall(ETH, address(vault), 1, 1), err(Errors.Books_ReservedAddress.selector, address(vault))
        );
        address twin = newToken("TestToken.sol:TestToken");
        refuse(stranger, equityCall(twin, hotWallet, 1, 1), err(Errors.Books_AssetNotListed.selector, twin));
        uint256 past = now_() - 1;
        Quorum memory late = quorum(signerKeys, 3, Typed.releaseEquity(ETH, hotWallet, 1, 1, past));
        refuse(
            stranger,
            abi.encodeCall(IVaultCore.releaseEquity, (ETH, hotWallet, 1, 1, past, late)),
            err(Errors.Signature_Expired.selector, past)
        );
    }

    function test_equity_recipientCannotReenter() public {
        vm.warp(equityAt);
        openRound(ETH);
        Reentrant thief = new Reentrant();
        thief.arm(address(vault), equityCall(ETH, address(thief), 30 ether, 2));
        perform(stranger, equityCall(ETH, address(thief), 30 ether, 1));
        assertTrue(thief.called() && !thief.succeeded(), "one at a time");
        assertEq(address(thief).balance, 30 ether, "once");
    }

    /// @notice Whatever the balances, payouts, losses, late money and the order of things: after the signers have taken all that the vault
    /// lets them take, everybody is paid to the last unit of his shares.
    function testFuzz_neverAWeiOfWhatIsOwed(uint256 seed) public {
        vault = deploy(termsFor(token));
        Leaf[] memory leaves = threeUsers(uint128(1 + seed % 1e18));
        uint256 owed = 175 * uint256(1 + seed % 1e18);
        fund(ETH, owed + (seed >> 8) % 1e18);
        post(ETH, leaves);
        attest(ETH);
        warpBy(1 hours);
        uint128 paid = uint128((seed >> 64) % (leaves[0].balance + 1));
        if (paid > 0) payOut(ETH, 0, paid);
        toLatched();
        if ((seed >> 1) % 2 == 0) perform(stranger, countCall(finalTree(ETH), ETH, 0));
        if ((seed >> 2) % 3 == 0) vm.deal(address(vault), address(vault).balance * 2 / 3);
        vm.warp(uint256(vault.timeline().returnAt) + 30 days);
        Round[2] memory rounds;
        rounds[0] = openRound(ETH);
        if ((seed >> 4) % 2 == 0) claim(ETH, rounds[0], uint32((seed >> 5) % 3));
        if ((seed >> 7) % 2 == 0) perform(stranger, abi.encodeCall(IVaultCore.tally, (ETH, 0, new uint32[](1))));
        _grab(seed >> 128, 1);
        fund(ETH, owed);
        bool second = vault.recovery(ETH).allotted < vault.recovery(ETH).owed;
        if (second) rounds[1] = openRound(ETH);
        _grab(seed >> 160, 2);
        _grab(type(uint256).max, 3);
        _everybodyIsPaid(rounds, second ? 2 : 1);
    }

    /// @dev Takes a part, or all there is, by halving what is refused.
    function _grab(uint256 seed, uint256 nonce) private {
        uint256 amount = vault.reserve(ETH);
        if (seed != type(uint256).max) amount = amount * (seed % 1000) / 1000;
        for (uint256 i = 0; i < 100 && amount > 0; ++i) {
            (bool ok,) = address(vault).call(equityCall(ETH, hotWallet, amount, nonce * 1000 + i));
            if (!ok) amount /= 2;
        }
    }

    function _everybodyIsPaid(Round[2] memory rounds, uint256 count) private {
        for (uint256 r = 0; r < count; ++r) {
            for (uint32 i = 0; i < 3; ++i) {
                (bool ok, bytes memory why) = address(vault).call(claimCall(finalTree(ETH), ETH, rounds[r], i));
                if (ok) continue;
                bytes4 selector = selectorOf(why);
                assertTrue(
                    selector == Errors.Return_AlreadyClaimed.selector || selector == Errors.Return_NothingDue.selector,
                    "a claim that was not paid"
                );
            }
        }
        Leaf[] memory leaves = leavesAt(ETH, 1);
        assertGe(alice.balance + count, leaves[0].balance, "Alice, but for a unit a round");
        assertGe(bob.balance + count, leaves[1].balance, "Bob");
        assertGe(carol.balance + count, leaves[2].balance, "Carol");
    }
}
