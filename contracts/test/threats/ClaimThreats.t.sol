// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IRegistry} from "lifeboat/interfaces/IRegistry.sol";
import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {IViews} from "lifeboat/interfaces/IViews.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {Leaf, Round} from "lifeboat/types/Types.sol";

import {SumTree} from "../base/SumTree.sol";
import {VaultTest} from "../base/VaultTest.sol";
import {GasBurner, HeavyWallet, Reentrant, ReturnBomb, Reverter} from "../twins/Recipients.sol";

/// @notice Claims and pushes under attack, in ETH.
contract ClaimThreatsTest is VaultTest {
    using SumTree for SumTree.Tree;

    function returned() internal returns (Round memory) {
        toReturning();
        return openRound(ETH);
    }

    /// @notice A front-runner who copies a claim pays Alice's gas for her.
    function test_T25_frontRunnerOnlyPaysTheGas() public {
        openService();
        Round memory round = returned();
        bytes memory data = claimCall(finalTree(ETH), ETH, round, 0);
        address runner = actor("front runner");
        perform(runner, data);
        assertEq(alice.balance, 100 ether, "Alice's money");
        assertEq(runner.balance, 0, "nothing for the runner");
        bytes memory signed = claimToCall(bobKey, finalTree(ETH), ETH, round, 1, hotWallet, 0);
        perform(runner, signed);
        assertEq(hotWallet.balance, 50 ether, "where Bob signed");
    }

    /// @notice Push, claim and signed claim of one leaf, in every order: one of them pays.
    function test_T27_oneBitForEveryRoute() public {
        openService();
        Round memory round = returned();
        toPushes();
        SumTree.Tree memory tree = finalTree(ETH);
        bytes[3] memory routes = [
            pushCall(tree, ETH, round, 0),
            claimCall(tree, ETH, round, 1),
            claimToCall(bobKey, tree, ETH, round, 1, bob, 0)
        ];
        uint256 world = vm.snapshotState();
        for (uint256 first = 0; first < 3; ++first) {
            perform(stranger, routes[first]);
            for (uint256 then = 0; then < 3; ++then) {
                (bool ok,) = address(vault).call(routes[then]);
                ok;
            }
            assertEq(bob.balance, 50 ether, "once");
            vm.revertToState(world);
        }
    }

    /// @notice A full word of recipients of the worst kinds: every honest one is paid, none of the others blocks or loses.
    function test_T28_T29_T30_worstWordWithinOneTransaction() public {
        address[3] memory kinds = [address(new Reverter()), address(new GasBurner()), address(new ReturnBomb())];
        Leaf[] memory leaves = new Leaf[](256);
        for (uint256 i = 0; i < 256; ++i) {
            leaves[i] = Leaf(address(uint160(0xbad00000 + i)), 1 ether, 0);
            if (i % 64 != 0) vm.etch(leaves[i].account, kinds[i % 3].code);
        }
        fund(ETH, 256 ether);
        post(token, new Leaf[](0));
        postFinal(ETH, leaves);
        Round memory round = returned();
        toPushes();
        bytes memory data = pushCall(finalTree(ETH), ETH, round, 0);
        vm.prank(stranger);
        (bool ok,) = address(vault).call{gas: 16_777_216 - 400_000}(data);
        assertTrue(ok, "within the gas cap of a transaction, calldata counted");
        for (uint256 i = 0; i < 256; ++i) {
            assertEq(leaves[i].account.balance, i % 64 == 0 ? 1 ether : 0, "the honest ones");
        }
        vm.etch(leaves[1].account, "");
        claim(ETH, round, 1);
        assertEq(leaves[1].account.balance, 1 ether, "skipped is not lost");
    }

    /// @notice A pusher who starves the recipients of gas achieves nothing.
    function test_T31_starvedPushFailsWhole() public {
        openService();
        Round memory round = returned();
        toPushes();
        bytes memory data = pushCall(finalTree(ETH), ETH, round, 0);
        bool everFailed = false;
        for (uint256 gas_ = 150_000; gas_ < 600_000; gas_ += 10_000) {
            uint256 world = vm.snapshotState();
            vm.prank(stranger);
            (bool ok,) = address(vault).call{gas: gas_}(data);
            assertEq(carol.balance, ok ? 25 ether : 0, "all or nothing");
            assertEq(vault.cell(ETH, 0, 0) & 7, ok ? 7 : 0, "no bit of an unpaid leaf");
            if (!ok) everFailed = true;
            vm.revertToState(world);
        }
        assertTrue(everFailed, "the range starts too high");
    }

    /// @notice Wallets that need more than the 2,300 gas of `transfer`, and more than a push gives.
    function test_T32_contractWalletsArePayable() public {
        openService();
        vm.etch(alice, address(new HeavyWallet()).code);
        Round memory round = returned();
        claim(ETH, round, 0);
        assertEq(alice.balance, 100 ether, "eight fresh slots on receiving");
    }

    /// @notice A recipient who calls back into every exit while being paid: nothing he tries succeeds, and the books stand.
    function test_T33_reentrantRecipientGetsItsShareOnce() public {
        Reentrant thief = new Reentrant();
        Leaf[] memory leaves = threeUsers(1 ether);
        leaves[0].account = address(thief);
        fund(ETH, 175 ether);
        post(token, new Leaf[](0));
        postFinal(ETH, leaves);
        performWith(alice, 7 ether, depositCall(ETH, address(thief), 7 ether));
        performWith(alice, 3 ether, abi.encodeCall(IVaultCore.depositToLedger, (ETH, address(thief), 3 ether)));
        performWith(alice, 5 ether, depositCall(ETH, alice, 5 ether));
        bytes memory order = spendCall(aliceKey, ETH, alice, address(thief), 5 ether, 1, now_() + 60 days);
        Round memory round = returned();
        toPushes();
        SumTree.Tree memory tree = finalTree(ETH);
        bytes[8] memory attacks = [
            claimCall(tree, ETH, round, 0),
            claimCall(tree, ETH, round, 1),
            claimToCall(bobKey, tree, ETH, round, 1, address(thief), 0),
            pushCall(tree, ETH, round, 0),
            abi.encodeCall(IVaultCore.refundPending, (ETH, 0)),
            abi.encodeCall(IVaultCore.withdraw, (ETH, address(thief), 7 ether)),
            order,
            abi.encodeCall(IVaultCore.openRound, (ETH))
        ];
        uint256 world = vm.snapshotState();
        for (uint256 i = 0; i < attacks.length; ++i) {
            thief.arm(address(vault), attacks[i]);
            perform(stranger, claimCall(tree, ETH, round, 0));
            assertTrue(thief.called(), "it was called");
            assertFalse(thief.succeeded(), "and could do nothing");
            assertEq(address(thief).balance, 100 ether, "its share once");
            assertBacked(ETH);
            vm.revertToState(world);
            thief.arm(address(vault), attacks[i]);
            thief.send(address(vault), 0, abi.encodeCall(IVaultCore.withdraw, (ETH, address(thief), 7 ether)));
            assertTrue(thief.called(), "from a withdrawal too");
            assertFalse(thief.succeeded(), "nothing");
            assertEq(address(thief).balance, 7 ether, "its own once");
            vm.revertToState(world);
        }
    }

    /// @notice While ETH is on its way out, the views tell the books as they are after the payment.
    function test_T33_viewsAreTrueWhileEntered() public {
        Reentrant thief = new Reentrant();
        performWith(alice, 7 ether, depositCall(ETH, address(thief), 7 ether));
        thief.arm(address(vault), abi.encodeCall(IViews.segregatedOf, (ETH, address(thief))));
        thief.send(address(vault), 0, abi.encodeCall(IVaultCore.withdraw, (ETH, address(thief), 7 ether)));
        assertTrue(thief.succeeded(), "a view may be read");
        assertEq(abi.decode(thief.result(), (uint256)), 0, "debited before the money left");
    }

    /// @notice Rounding: shares go down, the sum stays within the round, what is left is less than a unit a leaf.
    function test_T39_dustIsLessThanAUnitALeaf() public {
        Leaf[] memory leaves = new Leaf[](7);
        for (uint256 i = 0; i < 7; ++i) {
            leaves[i] = Leaf(address(uint160(0xd0570000 + i)), 3, 0);
        }
        fund(ETH, 21);
        post(token, new Leaf[](0));
        postFinal(ETH, leaves);
        vm.deal(address(vault), 20);
        Round memory round = returned();
        for (uint32 i = 0; i < 7; ++i) {
            claim(ETH, round, i);
            assertEq(leaves[i].account.balance, 2, "60 / 21, rounded down");
        }
        assertEq(address(vault).balance, 6, "six units of dust for seven leaves");
    }

    /// @notice Late money never changes an open round; it makes the next one.
    function test_T40_lateMoneyOpensTheNextRound() public {
        openService();
        vm.deal(address(vault), 70 ether);
        Round memory first = returned();
        claim(ETH, first, 0);
        assertEq(alice.balance, 40 ether, "40 %");
        vm.deal(address(vault), address(vault).balance + 105 ether);
        claim(ETH, first, 1);
        assertEq(bob.balance, 20 ether, "the same 40 % after the money came");
        uint32[] memory cells = new uint32[](1);
        perform(stranger, abi.encodeCall(IVaultCore.tally, (ETH, 0, cells)));
        Round memory second = openRound(ETH);
        assertEq(second.numerator, 105 ether, "the late money");
        for (uint32 i = 0; i < 3; ++i) {
            claim(ETH, second, i);
        }
        claim(ETH, first, 2);
        assertEq(alice.balance, 100 ether, "whole");
        assertEq(bob.balance, 50 ether, "whole");
        assertEq(carol.balance, 25 ether, "whole");
    }

    /// @notice A vault that is short: the first to claim gets no more than the last, and segregated money is not touched.
    function test_T41_noRunOnAShortVault() public {
        openService();
        performWith(bob, 30 ether, depositCall(ETH, bob, 30 ether));
        vm.deal(address(vault), 70 ether + 30 ether);
        toLatched();
        refuse(alice, claimCall(finalTree(ETH), ETH, Round(0, 1, 1), 0), err(Errors.Return_RoundUnknown.selector, 0));
        Round memory round = returned();
        uint256 world = vm.snapshotState();
        claim(ETH, round, 0);
        claim(ETH, round, 1);
        claim(ETH, round, 2);
        assertEq(alice.balance, 40 ether, "first");
        assertEq(carol.balance, 10 ether, "last: the same 40 %");
        vm.revertToState(world);
        claim(ETH, round, 2);
        claim(ETH, round, 0);
        assertEq(alice.balance, 40 ether, "last");
        assertEq(carol.balance, 10 ether, "first");
        perform(bob, abi.encodeCall(IVaultCore.withdraw, (ETH, bob, 30 ether)));
        assertEq(bob.balance, 30 ether, "whole");
    }
}
