// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IRegistry} from "lifeboat/interfaces/IRegistry.sol";
import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {Leaf, Quorum, Terms} from "lifeboat/types/Types.sol";

import {SumTree} from "../base/SumTree.sol";
import {Typed} from "../base/Typed.sol";
import {VaultTest} from "../base/VaultTest.sol";
import {Reverter} from "../twins/Recipients.sol";

/// @notice The two doors of the reserve: `payOut` to a proven creditor, `release` down to the floor.
contract ReleaseGateTest is VaultTest {
    using SumTree for SumTree.Tree;

    function setUp() public override {
        super.setUp();
        openService();
    }

    // ------------------------------------------------------------------ payOut

    function test_payOut_paysAndCounts() public {
        bytes memory data = payOutCall(finalTree(ETH), ETH, 1, 20 ether, 9, now_());
        vm.expectEmit(address(vault));
        emit IVaultCore.PaidOut(bob, ETH, 1, 20 ether, 9, false);
        perform(stranger, data);
        assertEq(bob.balance, 20 ether, "paid");
        assertEq(vault.paidOut(ETH, bob), 20 ether, "counted");
        assertEq(vault.reserve(ETH), 155 ether, "from the reserve");
        assertEq(vault.cell(ETH, 0, 0), 1 << 65, "touched");
        assertTrue(gateUsed(ETH, 9), "nonce");
        refuse(stranger, data, nonceError(ETH, 9));
    }

    function test_payOut_atMostWhatIsOwed() public {
        refuse(
            stranger,
            payOutCall(finalTree(ETH), ETH, 1, 50 ether + 1),
            err(Errors.Gate_AmountAboveOwed.selector, 50 ether + 1, 50 ether)
        );
        payOut(ETH, 1, 30 ether);
        refuse(
            stranger,
            payOutCall(finalTree(ETH), ETH, 1, 20 ether + 1),
            err(Errors.Gate_AmountAboveOwed.selector, 20 ether + 1, 20 ether)
        );
        payOut(ETH, 1, 20 ether);
        refuse(stranger, payOutCall(finalTree(ETH), ETH, 1, 1), err(Errors.Gate_AmountAboveOwed.selector, 1, 0));
        refuse(stranger, payOutCall(finalTree(ETH), ETH, 0, 0), err(Errors.Books_ZeroAmount.selector));
    }

    function test_payOut_countsOverRoots() public {
        payOut(ETH, 1, 30 ether);
        Leaf[] memory leaves = threeUsers(0.2 ether);
        leaves[1] = Leaf(bob, 20 ether, 30 ether);
        postFinal(ETH, leaves);
        refuse(
            stranger,
            payOutCall(finalTree(ETH), ETH, 1, 20 ether + 1),
            err(Errors.Gate_AmountAboveOwed.selector, 20 ether + 1, 20 ether)
        );
        payOut(ETH, 1, 20 ether);
        assertEq(bob.balance, 50 ether, "never more than the fifty");
    }

    function test_payOut_paidAheadOfThePayoutIsNoCredit() public {
        Leaf[] memory leaves = threeUsers(0.2 ether);
        leaves[1].paid = 1000 ether;
        postFinal(ETH, leaves);
        refuse(
            stranger,
            payOutCall(finalTree(ETH), ETH, 1, 10 ether + 1),
            err(Errors.Gate_AmountAboveOwed.selector, 10 ether + 1, 10 ether)
        );
    }

    function test_payOut_needsAFinalCommitment() public {
        vault = deploy(termsFor(token));
        fund(ETH, 175 ether);
        bytes memory why = err(Errors.Ledger_NoFinalCommitment.selector, ETH);
        post(ETH, threeUsers(1 ether));
        refuse(stranger, payOutCall(treeOf(ETH, 1), ETH, 1, 1), why);
    }

    function test_payOut_provesTheLeaf() public {
        SumTree.Tree memory forged = SumTree.build(address(vault), ETH, threeUsers(2 ether));
        refuse(stranger, payOutCall(forged, ETH, 1, 1), err(Errors.Ledger_ProofInvalid.selector));
        SumTree.Tree memory tree = finalTree(ETH);
        Quorum memory signers = bySigners(Typed.payOut(ETH, 2, bob, 1, 1, soon()));
        bytes memory data =
            abi.encodeCall(IVaultCore.payOut, (ETH, 2, tree.leaves[1], 1, tree.proof(1), 1, soon(), signers));
        refuse(stranger, data, err(Errors.Ledger_ProofInvalid.selector));
        bytes memory torn = bytes.concat(tree.proof(1), hex"00");
        data = abi.encodeCall(IVaultCore.payOut, (ETH, 1, tree.leaves[1], 1, torn, 1, soon(), signers));
        refuse(stranger, data, err(Errors.Ledger_ProofMalformed.selector));
    }

    function test_payOut_everyFieldIsSigned() public {
        SumTree.Tree memory tree = finalTree(ETH);
        Leaf memory leaf = tree.leaves[1];
        Quorum memory q = bySigners(Typed.payOut(ETH, 1, bob, 5, 1, soon()));
        bytes memory why = err(Errors.Signature_NotAMember.selector, 0);
        refuse(stranger, abi.encodeCall(IVaultCore.payOut, (ETH, 1, leaf, 6, tree.proof(1), 1, soon(), q)), why);
        refuse(stranger, abi.encodeCall(IVaultCore.payOut, (ETH, 1, leaf, 5, tree.proof(1), 2, soon(), q)), why);
        refuse(stranger, abi.encodeCall(IVaultCore.payOut, (ETH, 1, leaf, 5, tree.proof(1), 1, soon() + 1, q)), why);
        leaf = tree.leaves[2];
        refuse(stranger, abi.encodeCall(IVaultCore.payOut, (ETH, 2, leaf, 5, tree.proof(2), 1, soon(), q)), why);
        bytes memory late = payOutCall(tree, ETH, 1, 5, 1, now_() - 1);
        refuse(stranger, late, err(Errors.Signature_Expired.selector, now_() - 1));
    }

    function test_payOut_neverTouchesOtherBooks() public {
        performWith(alice, 50 ether, depositCall(ETH, alice, 50 ether));
        performWith(alice, 50 ether, abi.encodeCall(IVaultCore.depositToLedger, (ETH, alice, 50 ether)));
        payOut(ETH, 0, 100 ether);
        payOut(ETH, 1, 50 ether);
        payOut(ETH, 2, 24 ether);
        vm.deal(address(vault), address(vault).balance - 0.5 ether);
        refuse(
            stranger,
            payOutCall(finalTree(ETH), ETH, 2, 1 ether),
            err(Errors.Gate_ReserveTooLow.selector, 0.5 ether, 1 ether)
        );
        payOut(ETH, 2, 0.5 ether);
        assertBacked(ETH);
    }

    function test_payOut_thatCannotBePaidIsCredited() public {
        address reverter = address(new Reverter());
        Leaf[] memory leaves = threeUsers(1 ether);
        leaves[1].account = reverter;
        postFinal(ETH, leaves);
        perform(reverter, requestCall(finalTree(ETH), ETH, 1, 50 ether));
        bytes memory data = payOutCall(finalTree(ETH), ETH, 1, 50 ether, 3, soon());
        vm.expectEmit(registry());
        emit IRegistry.ExitClosed(reverter, ETH);
        vm.expectEmit(address(vault));
        emit IVaultCore.EthDeposited(reverter, 50 ether);
        vm.expectEmit(address(vault));
        emit IVaultCore.PaidOut(reverter, ETH, 1, 50 ether, 3, true);
        perform(stranger, data);
        assertEq(vault.segregatedOf(ETH, reverter), 50 ether, "credited");
        assertEq(vault.paidOut(ETH, reverter), 50 ether, "and counted as paid");
        assertBacked(ETH);
    }

    function test_payOut_notToReservedAccounts() public {
        Leaf[] memory leaves = threeUsers(1 ether);
        leaves[1].account = address(0);
        leaves[2].account = address(vault);
        postFinal(ETH, leaves);
        refuse(stranger, payOutCall(finalTree(ETH), ETH, 1, 1), err(Errors.Books_ReservedAddress.selector, address(0)));
        refuse(
            stranger, payOutCall(finalTree(ETH), ETH, 2, 1), err(Errors.Books_ReservedAddress.selector, address(vault))
        );
    }

    // ------------------------------------------------------------------ payOut under suspicion

    function test_payOut_suspected_withinTheRequestOnly() public {
        perform(carol, requestCall(finalTree(ETH), ETH, 2, 10 ether));
        toSuspected();
        bytes memory wrong = err(Errors.Liveness_WrongPhase.selector, 1);
        refuse(stranger, payOutCall(finalTree(ETH), ETH, 2, 10 ether + 1), wrong);
        refuse(stranger, payOutCall(finalTree(ETH), ETH, 1, 1), wrong);
        refuse(stranger, payOutCall(finalTree(token), token, 2, 1), wrong);
        payOut(ETH, 2, 4 ether);
        refuse(stranger, payOutCall(finalTree(ETH), ETH, 2, 6 ether + 1), wrong);
        payOut(ETH, 2, 6 ether);
        refuse(stranger, payOutCall(finalTree(ETH), ETH, 2, 1), wrong);
        assertEq(carol.balance, 10 ether, "served");
        assertEq(vault.exitRequest(ETH, carol).target, 0, "closed");
    }

    // ------------------------------------------------------------------ release

    function test_release_downToTheFloor() public {
        fund(ETH, 5 ether);
        refuse(
            stranger,
            releaseCall(ETH, hotWallet, 5 ether + 1),
            err(Errors.Gate_ReserveBelowFloor.selector, 175 ether - 1, 175 ether)
        );
        bytes memory data = releaseCall(ETH, hotWallet, 5 ether, 4, soon());
        vm.expectEmit(address(vault));
        emit IVaultCore.Released(ETH, hotWallet, 5 ether, 4);
        perform(stranger, data);
        assertEq(hotWallet.balance, 5 ether, "paid");
        assertEq(vault.reserve(ETH), 175 ether, "the floor stands");
    }

    function test_release_limits() public {
        refuse(stranger, releaseCall(ETH, hotWallet, 0), err(Errors.Books_ZeroAmount.selector));
        refuse(
            stranger,
            releaseCall(ETH, hotWallet, 176 ether),
            err(Errors.Gate_ReserveTooLow.selector, 175 ether, 176 ether)
        );
        refuse(
            stranger, releaseCall(ETH, address(vault), 1), err(Errors.Books_ReservedAddress.selector, address(vault))
        );
        fund(ETH, 1 ether);
        refuse(
            stranger, releaseCall(ETH, hotWallet, 1, 1, now_() - 1), err(Errors.Signature_Expired.selector, now_() - 1)
        );
        address reverter = address(new Reverter());
        refuse(stranger, releaseCall(ETH, reverter, 1), err(Errors.Books_TransferFailed.selector, ETH, reverter));
    }

    function test_release_countsEveryLedgerThatCanStillCount() public {
        fund(ETH, 5 ether);
        post(ETH, threeUsers(0.1 ether));
        refuse(
            stranger,
            releaseCall(ETH, hotWallet, 6 ether),
            err(Errors.Gate_ReserveBelowFloor.selector, 174 ether, 175 ether)
        );
        attest(ETH);
        warpBy(1 hours);
        perform(stranger, abi.encodeCall(IRegistry.sync, (ETH)));
        perform(stranger, releaseCall(ETH, hotWallet, 17.5 ether));
        assertEq(vault.reserve(ETH), 162.5 ether, "below the old floor");
        perform(stranger, queueCall(ETH, hotWallet, 145 ether, 1));
        perform(stranger, queueCall(ETH, hotWallet, 145 ether + 1, 2));
        stayAlive(48 hours);
        refuse(
            stranger,
            executeCall(ETH, hotWallet, 145 ether + 1, 2),
            err(Errors.Gate_ReserveBelowFloor.selector, 17.5 ether - 1, 17.5 ether)
        );
        perform(stranger, executeCall(ETH, hotWallet, 145 ether, 1));
        assertEq(vault.reserve(ETH), 17.5 ether, "the new floor");
    }

    function test_release_fractionalFloorIsRoundedUp() public {
        Terms memory terms = termsFor(token);
        terms.coverageFloorBps = 3333;
        vault = deploy(terms);
        fund(ETH, 10_001);
        Leaf[] memory leaves = new Leaf[](1);
        leaves[0] = Leaf(alice, 10_001, 0);
        post(ETH, leaves);
        refuse(
            stranger,
            releaseCall(ETH, hotWallet, 10_001 - 3333),
            err(Errors.Gate_ReserveBelowFloor.selector, 3333, 3334)
        );
        perform(stranger, releaseCall(ETH, hotWallet, 10_001 - 3334));
    }

    function test_release_neverTouchesOtherBooks() public {
        performWith(alice, 50 ether, depositCall(ETH, alice, 50 ether));
        performWith(alice, 50 ether, abi.encodeCall(IVaultCore.depositToLedger, (ETH, alice, 50 ether)));
        fund(ETH, 1 ether);
        refuse(
            stranger,
            releaseCall(ETH, hotWallet, 176 ether + 1),
            err(Errors.Gate_ReserveTooLow.selector, 176 ether, 176 ether + 1)
        );
        perform(stranger, releaseCall(ETH, hotWallet, 1 ether));
        assertBacked(ETH);
    }
}
