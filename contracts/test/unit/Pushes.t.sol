// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {Leaf, Round} from "lifeboat/types/Types.sol";

import {SumTree} from "../base/SumTree.sol";
import {VaultTest} from "../base/VaultTest.sol";
import {GasBurner, HeavyWallet, ReturnBomb, Reverter} from "../twins/Recipients.sol";

/// @notice Paying a word: who is paid, who is passed over, who is skipped and stays claimable.
contract PushesTest is VaultTest {
    using SumTree for SumTree.Tree;

    Round internal round;
    address[4] internal hostile =
        [address(new Reverter()), address(new GasBurner()), address(new ReturnBomb()), address(new HeavyWallet())];

    function setUp() public override {
        super.setUp();
        openService();
        fund(ETH, 60 ether);
        Leaf[] memory leaves = new Leaf[](300);
        Leaf[] memory three = threeUsers(1 ether);
        (leaves[0], leaves[1], leaves[2]) = (three[0], three[1], three[2]);
        for (uint256 i = 0; i < 4; ++i) {
            leaves[3 + i] = Leaf(hostile[i], 10 ether, 0);
        }
        leaves[7] = Leaf(address(0), 5 ether, 0);
        leaves[8] = Leaf(address(vault), 5 ether, 0);
        leaves[9] = Leaf(address(9), 5 ether, 0);
        leaves[255] = Leaf(actor("last of the word"), 1 ether, 0);
        leaves[256] = Leaf(actor("first of the next"), 2 ether, 0);
        leaves[299] = Leaf(actor("last of all"), 2 ether, 0);
        postFinal(ETH, leaves);
        payOut(ETH, 0, 100 ether);
        SumTree.Tree memory all = finalTree(ETH);
        toLatched();
        perform(stranger, countCall(all, ETH, 0));
        toReturning();
        round = openRound(ETH);
        toPushes();
    }

    function test_world_isFullyBacked() public view {
        assertEq(round.numerator, 135 ether, "all that is owed");
        assertEq(round.denominator, 135 ether, "after counting");
    }

    function test_push_paysSkipsAndPassesOver() public {
        bytes memory data = pushCall(finalTree(ETH), ETH, round, 0);
        uint256 paidLeaves = 1 | 1 << 1 | 1 << 2 | 1 << 255;
        for (uint256 i = 0; i < 4; ++i) {
            vm.expectEmit(address(vault));
            emit IVaultCore.PushSkipped(hostile[i], ETH, 3 + i, 10 ether);
        }
        vm.expectEmit(address(vault));
        emit IVaultCore.WordPushed(ETH, 0, 0, paidLeaves, 76 ether);
        perform(stranger, data);
        assertEq(alice.balance, 100 ether, "the payout, nothing more");
        assertEq(bob.balance, 50 ether, "paid");
        assertEq(carol.balance, 25 ether, "paid");
        assertEq(actor("last of the word").balance, 1 ether, "paid");
        assertEq(actor("first of the next").balance, 0, "not of this word");
        assertEq(vault.cell(ETH, 0, 0) & type(uint64).max, 7, "bits: settled ones only");
        assertEq(vault.cell(ETH, 0, 3) & type(uint64).max, 1 << 63, "last bit");
        assertEq(vault.cell(ETH, 0, 0) >> 128, 0, "pushes are tallied at once");
        assertEq(vault.recovery(ETH).tallied, 76 ether, "tallied");
        assertBacked(ETH);
    }

    function test_push_skippedLeavesStayClaimable() public {
        push(ETH, round, 0);
        claim(ETH, round, 6);
        assertEq(hostile[3].balance, 10 ether, "the heavy wallet claims with all gas");
        vm.etch(hostile[0], "");
        bytes memory data = pushCall(finalTree(ETH), ETH, round, 0);
        vm.expectEmit(address(vault));
        emit IVaultCore.PushSkipped(hostile[1], ETH, 4, 10 ether);
        vm.expectEmit(address(vault));
        emit IVaultCore.PushSkipped(hostile[2], ETH, 5, 10 ether);
        vm.expectEmit(address(vault));
        emit IVaultCore.WordPushed(ETH, 0, 0, 1 << 3, 10 ether);
        perform(stranger, data);
        assertEq(hostile[0].balance, 10 ether, "or is pushed again once it accepts");
        assertEq(bob.balance, 50 ether, "nobody is paid twice");
    }

    function test_push_afterSelfClaims() public {
        claim(ETH, round, 1);
        push(ETH, round, 0);
        assertEq(bob.balance, 50 ether, "once");
        refuse(stranger, claimCall(finalTree(ETH), ETH, round, 2), err(Errors.Return_AlreadyClaimed.selector, 2));
    }

    function test_push_ofASettledWord() public {
        push(ETH, round, 1);
        assertEq(actor("first of the next").balance, 2 ether, "paid");
        assertEq(actor("last of all").balance, 2 ether, "paid");
        refuse(stranger, pushCall(finalTree(ETH), ETH, round, 1), err(Errors.Return_NothingPushed.selector, 1));
    }

    function test_push_shareOfZeroSettlesTheLeaf() public {
        assertEq(vault.cell(ETH, 0, 0) & 1, 0, "Alice's bit is clear");
        push(ETH, round, 0);
        assertEq(vault.cell(ETH, 0, 0) & 1, 1, "paid out before: settled with nothing");
    }

    function test_push_provesTheWord() public {
        SumTree.Tree memory all = finalTree(ETH);
        bytes memory invalid = err(Errors.Ledger_ProofInvalid.selector);
        bytes memory data = abi.encodeCall(IVaultCore.pushWord, (ETH, round, 1, all.word(0), all.siblings(0)));
        refuse(stranger, data, invalid);
        bytes memory tampered = all.word(0);
        tampered[52 + 21] = bytes1(uint8(tampered[52 + 21]) + 1);
        refuse(stranger, abi.encodeCall(IVaultCore.pushWord, (ETH, round, 0, tampered, all.siblings(0))), invalid);
        data = abi.encodeCall(IVaultCore.pushWord, (ETH, round, 0, all.word(0), ""));
        refuse(stranger, data, invalid);
        bytes memory torn = bytes.concat(all.word(1), hex"00");
        data = abi.encodeCall(IVaultCore.pushWord, (ETH, round, 1, torn, all.siblings(1)));
        refuse(stranger, data, err(Errors.Ledger_ProofMalformed.selector));
        Round memory other = round;
        other.numerator -= 1;
        refuse(stranger, pushCall(all, ETH, other, 0), invalid);
        other.id = 1;
        refuse(stranger, pushCall(all, ETH, other, 0), err(Errors.Return_RoundUnknown.selector, 1));
    }

    function test_push_wordOfOverflowingSumsIsMalformed() public {
        bytes memory leaves = new bytes(104);
        for (uint256 i = 0; i < 104; ++i) {
            leaves[i] = 0xff;
        }
        bytes memory data = abi.encodeCall(IVaultCore.pushWord, (ETH, round, 0, leaves, ""));
        refuse(stranger, data, err(Errors.Ledger_ProofMalformed.selector));
    }

    function test_push_ofTokens() public {
        Round memory tokens = openRound(token);
        push(token, tokens, 0);
        assertEq(balanceOf(token, alice), 100e6, "all three");
        assertEq(balanceOf(token, bob), 50e6, "all three");
        assertEq(balanceOf(token, carol), 25e6, "all three");
        assertEq(balanceOf(token, address(vault)), 0, "to the last unit");
    }

    /// @notice Whatever gas the caller gives: a leaf is paid, or the whole push fails; no recipient looks unpayable for lack of gas.
    function test_push_starvedOfGasSkipsNobodyWhoWouldAccept() public {
        bytes memory data = pushCall(finalTree(ETH), ETH, round, 0);
        for (uint256 gas_ = 250_000; gas_ < 1_200_000; gas_ += 50_000) {
            uint256 world = vm.snapshotState();
            vm.prank(stranger);
            (bool ok,) = address(vault).call{gas: gas_}(data);
            uint256 claimed = vault.cell(ETH, 0, 0) & type(uint64).max;
            assertEq(claimed, ok ? 7 : 0, "all who accept, or nothing at all");
            vm.revertToState(world);
        }
    }
}
