// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IRegistry} from "lifeboat/interfaces/IRegistry.sol";
import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {CommitmentInput, Leaf} from "lifeboat/types/Types.sol";

import {VaultTest} from "../base/VaultTest.sol";
import {GasBurner, HeavyWallet, Reverter} from "../twins/Recipients.sol";
import {FrozenToken} from "../twins/Tokens.sol";

/// @notice The queue of deposits on their way into the ledger: entries, absorption by a final commitment, refunds after the latch.
contract PendingTest is VaultTest {
    function queue(address account, uint256 amount) internal returns (uint256) {
        bytes memory data = abi.encodeCall(IVaultCore.depositToLedger, (ETH, account, amount));
        return abi.decode(performWith(stranger, amount, data), (uint256));
    }

    function refundCall(uint256 entry) internal pure returns (bytes memory) {
        return abi.encodeCall(IVaultCore.refundPending, (ETH, entry));
    }

    // ------------------------------------------------------------------ queue

    function test_queue_keepsEveryEntry() public {
        bytes memory data = abi.encodeCall(IVaultCore.depositToLedger, (ETH, alice, 5));
        vm.expectEmit(address(vault));
        emit IVaultCore.LedgerDeposited(alice, ETH, 0, 5);
        performWith(stranger, 5, data);
        assertEq(queue(bob, 7), 1, "second");
        assertEq(queue(alice, 11), 2, "third");
        _expectEntry(0, alice, 5);
        _expectEntry(1, bob, 7);
        _expectEntry(2, alice, 11);
        assertEq(vault.book(ETH).pending, 23, "sum");
        assertEq(vault.book(ETH).queued, 3, "count");
        assertEq(vault.reserve(ETH), 0, "not reserve");
        vm.expectRevert(err(Errors.Books_EntryUnknown.selector, 3));
        vault.pendingEntry(ETH, 3);
    }

    function _expectEntry(uint256 entry, address account, uint256 amount) private view {
        (address whose, uint256 much) = vault.pendingEntry(ETH, entry);
        assertEq(whose, account, "account");
        assertEq(much, amount, "amount");
    }

    function test_queue_runningTotalFits96Bits() public {
        uint256 most = type(uint96).max;
        queue(alice, most);
        bytes memory data = abi.encodeCall(IVaultCore.depositToLedger, (ETH, bob, 1));
        refuseWith(stranger, 1, data, err(Errors.Books_QueueTotalTooLarge.selector));
        _expectEntry(0, alice, most);
    }

    function test_queue_valueChecks() public {
        bytes memory data = abi.encodeCall(IVaultCore.depositToLedger, (ETH, alice, 5));
        refuseWith(stranger, 4, data, err(Errors.Books_WrongValue.selector, 4, 5));
        data = abi.encodeCall(IVaultCore.depositToLedger, (ETH, alice, 0));
        refuse(stranger, data, err(Errors.Books_ZeroAmount.selector));
    }

    // ------------------------------------------------------------------ absorption

    function test_absorption_waitsForFinality() public {
        openService();
        queue(alice, 10 ether);
        Leaf[] memory leaves = threeUsers(1 ether);
        leaves[0].balance += 10 ether;
        post(ETH, leaves);
        attest(ETH);
        assertEq(vault.book(ETH).pending, 10 ether, "posted is not final");
        warpBy(1 hours - 1);
        perform(stranger, abi.encodeCall(IRegistry.sync, (ETH)));
        assertEq(vault.book(ETH).pending, 10 ether, "one second to go");
        warpBy(1);
        perform(stranger, abi.encodeCall(IRegistry.sync, (ETH)));
        assertEq(vault.book(ETH).pending, 0, "final");
        assertEq(vault.book(ETH).absorbed, 1, "cursor");
        assertEq(vault.reserve(ETH), 185 ether, "now reserve");
        assertBacked(ETH);
    }

    function test_absorption_byTheNextCommit() public {
        openService();
        queue(alice, 10 ether);
        Leaf[] memory leaves = threeUsers(1 ether);
        leaves[0].balance += 10 ether;
        post(ETH, leaves);
        attest(ETH);
        warpBy(1 hours);
        post(ETH, leaves);
        assertEq(vault.book(ETH).absorbed, 1, "absorbed on the way");
    }

    function test_absorption_takesOnlyEntriesBelowTheCursor() public {
        openService();
        queue(alice, 10 ether);
        queue(bob, 4 ether);
        queue(carol, 2 ether);
        Leaf[] memory leaves = threeUsers(1 ether);
        leaves[0].balance += 10 ether;
        leaves[1].balance += 4 ether;
        CommitmentInput memory input = inputFor(ETH, leaves);
        input.depositCursor = 2;
        perform(stranger, commitCall(input));
        attest(ETH);
        warpBy(1 hours);
        perform(stranger, abi.encodeCall(IRegistry.sync, (ETH)));
        assertEq(vault.book(ETH).pending, 2 ether, "the third stays");
        assertEq(vault.reserve(ETH), 189 ether, "two moved");
    }

    function test_absorption_backsTheCommitmentThatBringsIt() public {
        fund(ETH, 100 ether);
        queue(alice, 75 ether);
        CommitmentInput memory input = inputFor(ETH, threeUsers(1 ether));
        input.depositCursor = 0;
        bytes memory why = err(Errors.Ledger_ReserveBelowFloor.selector, 100 ether, 175 ether);
        refuse(stranger, commitCall(input), why);
        input.depositCursor = 1;
        perform(stranger, commitCall(input));
    }

    function test_absorption_whenTheRecoveryIsFixed() public {
        openService();
        queue(alice, 10 ether);
        queue(bob, 1 ether);
        Leaf[] memory leaves = threeUsers(1 ether);
        leaves[0].balance += 10 ether;
        CommitmentInput memory input = inputFor(ETH, leaves);
        input.depositCursor = 1;
        perform(stranger, commitCall(input));
        attest(ETH);
        toLatched();
        assertEq(vault.book(ETH).pending, 11 ether, "nobody has synced");
        perform(stranger, abi.encodeCall(IVaultCore.latch, ()));
        assertEq(vault.book(ETH).pending, 1 ether, "the counting ledger covers the first");
        refuse(stranger, refundCall(0), err(Errors.Books_EntryInLedger.selector, 0, 1));
        perform(stranger, refundCall(1));
        assertEq(bob.balance, 1 ether, "the second comes back");
    }

    // ------------------------------------------------------------------ refund

    function test_refund_inFullAndOnce() public {
        openService();
        queue(alice, 10 ether);
        queue(bob, 4 ether);
        toLatched();
        bytes memory data = refundCall(1);
        vm.expectEmit(address(vault));
        emit IVaultCore.PendingRefunded(bob, ETH, 1, 4 ether, false);
        perform(stranger, data);
        assertEq(bob.balance, 4 ether, "in full");
        assertEq(vault.book(ETH).pending, 10 ether, "the other waits");
        refuse(stranger, data, err(Errors.Books_EntryRefunded.selector, 1));
        refuse(stranger, refundCall(2), err(Errors.Books_EntryUnknown.selector, 2));
        perform(stranger, refundCall(0));
        assertEq(alice.balance, 10 ether, "any order");
        assertEq(vault.book(ETH).pending, 0, "none left");
        assertEq(vault.reserve(ETH), 175 ether, "the reserve paid nothing");
    }

    function test_refund_withoutAnyCommitment() public {
        queue(alice, 10 ether);
        toReturning();
        perform(stranger, refundCall(0));
        assertEq(alice.balance, 10 ether, "in full");
    }

    function test_refund_thatCannotBePaidIsCredited() public {
        address[3] memory hostile = [address(new Reverter()), address(new GasBurner()), address(new HeavyWallet())];
        for (uint256 i = 0; i < 3; ++i) {
            queue(hostile[i], 3 ether);
        }
        toLatched();
        for (uint256 i = 0; i < 3; ++i) {
            bytes memory data = refundCall(i);
            vm.expectEmit(address(vault));
            emit IVaultCore.EthDeposited(hostile[i], 3 ether);
            vm.expectEmit(address(vault));
            emit IVaultCore.PendingRefunded(hostile[i], ETH, i, 3 ether, true);
            perform(stranger, data);
            assertEq(vault.segregatedOf(ETH, hostile[i]), 3 ether, "credited");
            assertBacked(ETH);
        }
        perform(hostile[2], abi.encodeCall(IVaultCore.withdraw, (ETH, bob, 3 ether)));
        assertEq(bob.balance, 3 ether, "and withdrawn to elsewhere");
    }

    function test_refund_needsTheGasItPromises() public {
        queue(alice, 1 ether);
        toLatched();
        perform(stranger, abi.encodeCall(IVaultCore.latch, ()));
        vm.prank(stranger);
        (bool ok, bytes memory result) = address(vault).call{gas: 72_000}(refundCall(0));
        assertFalse(ok, "with too little gas for the recipient");
        assertEq(bytes32(selectorOf(result)), bytes32(Errors.Return_GasTooLow.selector), "named");
        perform(stranger, refundCall(0));
        assertEq(alice.balance, 1 ether, "nothing was lost");
    }

    function test_refund_ofABlockedTokenIsCredited() public {
        FrozenToken frozen = new FrozenToken();
        vault = deploy(termsFor(address(frozen)));
        frozen.mint(stranger, 100);
        vm.prank(stranger);
        frozen.approve(address(vault), 100);
        perform(stranger, abi.encodeCall(IVaultCore.depositToLedger, (address(frozen), alice, 100)));
        toLatched();
        frozen.setBlocked(alice, true);
        perform(stranger, abi.encodeCall(IVaultCore.refundPending, (address(frozen), 0)));
        perform(alice, abi.encodeCall(IVaultCore.withdraw, (address(frozen), bob, 100)));
        assertEq(frozen.balanceOf(bob), 100, "to an address that is not blocked");
    }

    function test_refund_listedAssetsOnly() public {
        toLatched();
        refuse(
            stranger,
            abi.encodeCall(IVaultCore.refundPending, (carol, 0)),
            err(Errors.Books_AssetNotListed.selector, carol)
        );
    }
}
