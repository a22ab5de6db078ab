// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IRegistry} from "lifeboat/interfaces/IRegistry.sol";
import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {CommitmentInput, Leaf, Recovery, Round, SumNode} from "lifeboat/types/Types.sol";

import {SumTree} from "../base/SumTree.sol";
import {VaultTest} from "../base/VaultTest.sol";

/// @notice From the latch to the rounds: which ledger counts, counting, flags, and the ratio of each round.
contract RecoveryTest is VaultTest {
    using SumTree for SumTree.Tree;

    function setUp() public override {
        super.setUp();
        openService();
    }

    // ------------------------------------------------------------------ fixing

    function test_latch_fixesEveryAsset() public {
        SumTree.Tree memory tree = finalTree(ETH);
        toLatched();
        uint256 latchAt = now_();
        bytes memory data = abi.encodeCall(IVaultCore.latch, ());
        vm.expectEmit(address(vault));
        emit IVaultCore.RecoveryFixed(ETH, 1, tree.root().hash, 175 ether, 0);
        vm.expectEmit(address(vault));
        emit IVaultCore.RecoveryFixed(token, 1, finalTree(token).root().hash, 175e6, 0);
        vm.expectEmit(address(vault));
        emit IVaultCore.Latched(latchAt, latchAt + 72 hours);
        perform(stranger, data);
        Recovery memory fixed_ = vault.recovery(ETH);
        assertTrue(fixed_.isFixed, "fixed");
        assertEq(fixed_.root, tree.root().hash, "root");
        assertEq(fixed_.total, 175 ether, "total");
        assertEq(fixed_.owed, 175 ether, "owed");
        assertEq(fixed_.epoch, 1, "epoch");
        assertEq(fixed_.rounds, 0, "no round");
        vm.recordLogs();
        perform(stranger, data);
        assertEq(vm.getRecordedLogs().length, 1, "a second latch fixes nothing");
    }

    function test_latch_laterLedgersDoNotCount() public {
        SumTree.Tree memory tree = finalTree(ETH);
        post(ETH, threeUsers(0.5 ether));
        toReturning();
        perform(stranger, abi.encodeCall(IVaultCore.openRound, (ETH)));
        assertEq(vault.recovery(ETH).root, tree.root().hash, "final when suspicion began");
    }

    function test_latch_withoutAnyFinalLedger() public {
        vault = deploy(termsFor(token));
        fund(ETH, 175 ether);
        performWith(alice, 3 ether, depositCall(ETH, alice, 3 ether));
        performWith(alice, 2 ether, abi.encodeCall(IVaultCore.depositToLedger, (ETH, alice, 2 ether)));
        vm.warp(vault.timeline().suspectedAt - 1);
        post(ETH, threeUsers(1 ether));
        attest(ETH);
        toReturning();
        refuse(
            stranger,
            abi.encodeCall(IVaultCore.openRound, (ETH)),
            err(Errors.Return_NothingToDistribute.selector, 175 ether)
        );
        perform(stranger, abi.encodeCall(IVaultCore.latch, ()));
        assertEq(vault.recovery(ETH).epoch, 0, "none");
        perform(stranger, abi.encodeCall(IVaultCore.refundPending, (ETH, 0)));
        perform(alice, abi.encodeCall(IVaultCore.withdraw, (ETH, alice, 3 ether)));
        assertEq(alice.balance, 5 ether, "what is hers comes out whole");
    }

    // ------------------------------------------------------------------ counting

    function test_count_lowersWhatIsOwedByThePayouts() public {
        payOut(ETH, 0, 60 ether);
        payOut(ETH, 1, 50 ether);
        SumTree.Tree memory tree = finalTree(ETH);
        toLatched();
        bytes memory data = countCall(tree, ETH, 0);
        vm.expectEmit(address(vault));
        emit IVaultCore.WordCounted(ETH, 0, 110 ether);
        perform(stranger, data);
        assertEq(vault.recovery(ETH).owed, 65 ether, "exact");
        assertEq(vault.recovery(ETH).total, 175 ether, "the committed total stands");
        assertTrue(vault.wordCounted(ETH, 0), "marked");
        refuse(stranger, data, err(Errors.Return_WordCounted.selector, 0));
        toReturning();
        Round memory round = openRound(ETH);
        assertEq(round.numerator, 65 ether, "65 in the reserve");
        assertEq(round.denominator, 65 ether, "for 65 owed");
    }

    /// @notice Payouts are marked by cells of 64 leaves, four to a word.
    function test_count_payoutsInEveryCellOfAWord() public {
        Leaf[] memory leaves = new Leaf[](256);
        for (uint256 i = 0; i < 256; ++i) {
            leaves[i] = Leaf(address(uint160(0x100000 + i)), 1 gwei, 0);
        }
        postFinal(ETH, leaves);
        for (uint32 i = 5; i < 256; i += 64) {
            payOut(ETH, i, 0.25 gwei);
        }
        toLatched();
        perform(stranger, countCall(finalTree(ETH), ETH, 0));
        assertEq(vault.recovery(ETH).owed, 255 gwei, "each of the four");
    }

    /// @notice What is counted is marked by groups of 256 words: here is the first of the second group.
    function test_count_wordsOfTwoGroups() public {
        uint32 word = 256;
        SumNode memory empty;
        SumNode memory node =
            SumTree.leafNode(SumTree.domain(address(vault), ETH), uint256(word) * 256, Leaf(alice, 100 ether, 0));
        for (uint256 i = 0; i < 8; ++i) {
            (node, empty) = (SumTree.parent(node, empty), SumTree.parent(empty, empty));
        }
        for (uint256 i = 0; i < 8; ++i) {
            node = SumTree.parent(node, SumNode(0, 0));
        }
        CommitmentInput memory input = inputFor(ETH, threeUsers(1 ether));
        (input.left, input.right, input.count) = (SumNode(0, 0), node, 512 * 256);
        perform(address(this), commitCall(input));
        attest(ETH);
        warpBy(1 hours);
        toLatched();
        bytes memory leaves = abi.encodePacked(alice, uint128(100 ether), uint128(0));
        bytes memory data = abi.encodeCall(IVaultCore.countWord, (ETH, word, leaves, new bytes(9 * 48)));
        perform(stranger, data);
        assertTrue(vault.wordCounted(ETH, word), "this one");
        assertFalse(vault.wordCounted(ETH, 0), "and not the first of all");
        refuse(stranger, data, err(Errors.Return_WordCounted.selector, word));
    }

    function test_count_payoutsTheLedgerKnowsReduceNothing() public {
        payOut(ETH, 0, 60 ether);
        Leaf[] memory leaves = threeUsers(1 ether);
        leaves[0] = Leaf(alice, 40 ether, 60 ether);
        postFinal(ETH, leaves);
        payOut(ETH, 0, 10 ether);
        SumTree.Tree memory tree = finalTree(ETH);
        toLatched();
        perform(stranger, countCall(tree, ETH, 0));
        assertEq(vault.recovery(ETH).owed, 105 ether, "115 less the ten that came after");
    }

    function test_count_uncountedWordsStandAtTheirSum() public {
        payOut(ETH, 0, 60 ether);
        toReturning();
        Round memory round = openRound(ETH);
        assertEq(round.numerator, 115 ether, "what is there");
        assertEq(round.denominator, 175 ether, "never too high a ratio");
    }

    function test_count_provesTheWord() public {
        SumTree.Tree memory forged = SumTree.build(address(vault), ETH, threeUsers(2 ether));
        bytes memory tooLong = new bytes(257 * 52);
        toLatched();
        refuse(stranger, countCall(forged, ETH, 0), err(Errors.Ledger_ProofInvalid.selector));
        SumTree.Tree memory tree = finalTree(ETH);
        bytes memory wrongWord = abi.encodeCall(IVaultCore.countWord, (ETH, 1, tree.word(0), ""));
        refuse(stranger, wrongWord, err(Errors.Ledger_ProofInvalid.selector));
        bytes memory torn = abi.encodeCall(IVaultCore.countWord, (ETH, 0, hex"00", ""));
        refuse(stranger, torn, err(Errors.Ledger_ProofMalformed.selector));
        torn = abi.encodeCall(IVaultCore.countWord, (ETH, 0, tree.word(0), hex"00"));
        refuse(stranger, torn, err(Errors.Ledger_ProofMalformed.selector));
        torn = abi.encodeCall(IVaultCore.countWord, (ETH, 0, tooLong, ""));
        refuse(stranger, torn, err(Errors.Ledger_ProofMalformed.selector));
        refuse(stranger, countCall(tree, carol, 0), err(Errors.Books_AssetNotListed.selector, carol));
    }

    function test_countPacked_countsWhatCountWordDoes() public {
        Leaf[] memory leaves = threeUsers(1 ether);
        payOut(ETH, 0, 60 ether);
        payOut(ETH, 2, 5 ether);
        (leaves[0], leaves[2]) = (Leaf(alice, 40 ether, 60 ether), Leaf(carol, 20 ether, 5 ether));
        postFinal(ETH, leaves);
        payOut(ETH, 0, 10 ether);
        payOut(ETH, 1, 50 ether);
        SumTree.Tree memory tree = finalTree(ETH);
        (bytes memory packed, bytes memory paid) = tree.packed(0);
        assertEq(packed.length, 3 * 36, "three leaves");
        assertEq(paid.length, 2 * 17, "two counters");
        toLatched();
        vm.expectEmit(address(vault));
        emit IVaultCore.WordCounted(ETH, 0, 60 ether);
        perform(stranger, countPackedCall(tree, ETH, 0));
        assertEq(vault.recovery(ETH).owed, 50 ether, "110 less the sixty that came after");
        refuse(stranger, countPackedCall(tree, ETH, 0), err(Errors.Return_WordCounted.selector, 0));
        refuse(stranger, countCall(tree, ETH, 0), err(Errors.Return_WordCounted.selector, 0));
    }

    /// @notice What the vault refuses comes back as it said it; what is not packed as it must be does not get there.
    function test_countPacked_isRefusedAsCountWordIs() public {
        SumTree.Tree memory tree = finalTree(ETH);
        SumTree.Tree memory forged = SumTree.build(address(vault), ETH, threeUsers(2 ether));
        (bytes memory leaves, bytes memory paid) = tree.packed(0);
        refuse(stranger, countPackedCall(tree, ETH, 0), err(Errors.Liveness_WrongPhase.selector, uint256(0)));
        toLatched();
        refuse(stranger, countPackedCall(forged, ETH, 0), err(Errors.Ledger_ProofInvalid.selector));
        refuse(stranger, countPackedCall(tree, carol, 0), err(Errors.Books_AssetNotListed.selector, carol));
        refuse(stranger, packedCall(1, leaves, paid, ""), err(Errors.Ledger_ProofInvalid.selector));
        bytes memory counter = abi.encodePacked(uint8(1), uint128(1));
        refuse(stranger, packedCall(0, leaves, counter, ""), err(Errors.Ledger_ProofInvalid.selector));
        refuse(stranger, packedCall(0, leaves, paid, hex"00"), err(Errors.Ledger_ProofMalformed.selector));
        refuse(stranger, packedCall(0, tree.word(0), paid, ""), err(Errors.Ledger_ProofMalformed.selector));
        refuse(stranger, packedCall(0, leaves, hex"00", ""), err(Errors.Ledger_ProofMalformed.selector));
        // Trailing empty leaves may be given.
        perform(stranger, packedCall(0, bytes.concat(leaves, new bytes(253 * 36)), paid, ""));
    }

    function packedCall(uint32 word, bytes memory leaves, bytes memory paid, bytes memory siblings)
        private
        pure
        returns (bytes memory)
    {
        return abi.encodeCall(IRegistry.countPacked, (ETH, word, leaves, paid, siblings));
    }

    function test_count_wordsOfALargeLedger() public {
        Leaf[] memory leaves = new Leaf[](600);
        for (uint256 i = 0; i < 600; ++i) {
            leaves[i] = Leaf(address(uint160(0x100000 + i)), 1 gwei, 0);
        }
        leaves[300].account = bob;
        postFinal(ETH, leaves);
        payOut(ETH, 300, 0.4 gwei);
        SumTree.Tree memory tree = finalTree(ETH);
        toLatched();
        perform(stranger, countCall(tree, ETH, 0));
        assertEq(vault.recovery(ETH).owed, 600 gwei, "nothing in the first word");
        perform(stranger, countCall(tree, ETH, 1));
        assertEq(vault.recovery(ETH).owed, 599.6 gwei, "in the second");
        perform(stranger, countCall(tree, ETH, 2));
        assertFalse(vault.wordCounted(ETH, 3), "the fourth is empty and not counted");
        // An empty word hashes to the same wherever it is: its number must be one of the tree's.
        bytes memory beyond = abi.encodeCall(IVaultCore.countWord, (ETH, 7, "", tree.siblings(3)));
        refuse(stranger, beyond, err(Errors.Ledger_ProofInvalid.selector));
        perform(stranger, abi.encodeCall(IVaultCore.countWord, (ETH, 3, "", tree.siblings(3))));
    }

    /// @notice A payout is counted where it is marked: a leaf without a mark is paid whole, whatever its account had elsewhere.
    function test_count_unmarkedLeavesKeepTheirBalance() public {
        Leaf[] memory three = threeUsers(1 ether);
        Leaf[] memory leaves = new Leaf[](5);
        (leaves[0], leaves[1], leaves[2]) = (three[0], three[1], three[2]);
        leaves[4] = Leaf(stranger, 10 ether, 0);
        fund(ETH, 10 ether);
        postFinal(ETH, leaves);
        payOut(ETH, 0, 60 ether);
        payOut(ETH, 4, 10 ether);
        // Alice has moved, against the rule, and nobody flags it.
        (leaves[0], leaves[3]) = (Leaf(address(0), 0, 0), three[0]);
        fund(ETH, 70 ether);
        postFinal(ETH, leaves);
        toLatched();
        perform(stranger, countCall(finalTree(ETH), ETH, 0));
        assertEq(vault.recovery(ETH).owed, 175 ether, "185 less the ten that are marked");
    }

    // ------------------------------------------------------------------ flags

    function test_flag_netsAPayoutUnderAnotherIndex() public {
        payOut(ETH, 0, 60 ether);
        Leaf[] memory leaves = new Leaf[](4);
        leaves[1] = Leaf(bob, 50 ether, 0);
        leaves[2] = Leaf(carol, 25 ether, 0);
        leaves[3] = Leaf(alice, 40 ether, 0);
        postFinal(ETH, leaves);
        SumTree.Tree memory tree = finalTree(ETH);
        toLatched();
        bytes memory data = flagCall(tree, ETH, 3);
        vm.expectEmit(address(vault));
        emit IVaultCore.PayoutFlagged(ETH, 3);
        perform(stranger, data);
        refuse(stranger, data, err(Errors.Return_NothingToFlag.selector, 3));
        refuse(stranger, flagCall(tree, ETH, 1), err(Errors.Return_NothingToFlag.selector, 1));
        perform(stranger, countCall(tree, ETH, 0));
        assertEq(vault.recovery(ETH).owed, 75 ether, "Alice was paid more than the forty");
        toReturning();
        Round memory round = openRound(ETH);
        refuse(stranger, claimCall(tree, ETH, round, 3), err(Errors.Return_NothingDue.selector, 3));
        refuse(
            stranger,
            flagCall(SumTree.build(address(vault), ETH, threeUsers(1)), ETH, 0),
            err(Errors.Ledger_ProofInvalid.selector)
        );
    }

    function test_flag_ofATouchedLeafSaysNothing() public {
        payOut(ETH, 0, 60 ether);
        SumTree.Tree memory tree = finalTree(ETH);
        toLatched();
        refuse(stranger, flagCall(tree, ETH, 0), err(Errors.Return_NothingToFlag.selector, 0));
    }

    // ------------------------------------------------------------------ rounds

    function test_round_ofASolventVault() public {
        fund(ETH, 10 ether);
        toReturning();
        bytes memory data = abi.encodeCall(IVaultCore.openRound, (ETH));
        vm.expectEmit(address(vault));
        emit IVaultCore.RoundOpened(ETH, 0, 175 ether, 175 ether);
        perform(stranger, data);
        Recovery memory held = vault.recovery(ETH);
        assertEq(held.allotted, 175 ether, "no more than owed");
        assertEq(held.rounds, 1, "one round");
        bytes32 key = keccak256(abi.encode(held.root, held.total, uint128(175 ether), uint128(175 ether)));
        assertEq(vault.roundKey(ETH, 0), key, "key");
        assertEq(vault.roundKey(ETH, 1), 0, "no second");
        refuse(stranger, data, err(Errors.Return_NothingToDistribute.selector, 10 ether));
    }

    function test_round_ofAShortVaultThenLateMoney() public {
        payOut(ETH, 0, 100 ether);
        SumTree.Tree memory tree = finalTree(ETH);
        toReturning();
        Round memory first = openRound(ETH);
        assertEq(first.numerator, 75 ether, "short: nobody has counted");
        claim(ETH, first, 1);
        assertEq(bob.balance, uint256(50 ether) * 75 / 175, "his part");
        bytes memory data = abi.encodeCall(IVaultCore.openRound, (ETH));
        refuse(stranger, data, err(Errors.Return_NothingToDistribute.selector, 0));
        fund(ETH, 35 ether);
        Round memory second = openRound(ETH);
        assertEq(second.id, 1, "next");
        // Bob's claim is not tallied: as much again stays set aside, and becomes free with the tally.
        assertEq(second.numerator, 35 ether - bob.balance, "late money less what is set aside twice");
        uint32[] memory cells = new uint32[](1);
        perform(stranger, abi.encodeCall(IVaultCore.tally, (ETH, 0, cells)));
        assertEq(vault.recovery(ETH).tallied, bob.balance, "tallied");
        Round memory third = openRound(ETH);
        assertEq(third.numerator, bob.balance, "free now");
        claim(ETH, second, 1);
        claim(ETH, third, 1);
        assertLe(bob.balance, 50 ether, "never above what he is owed");
        refuse(stranger, claimCall(tree, ETH, first, 1), err(Errors.Return_AlreadyClaimed.selector, 1));
    }

    function test_round_tooSmallToBother() public {
        payOut(ETH, 0, 100 ether);
        toReturning();
        openRound(ETH);
        bytes memory data = abi.encodeCall(IVaultCore.openRound, (ETH));
        fund(ETH, 0.0175 ether - 1);
        refuse(stranger, data, err(Errors.Return_NothingToDistribute.selector, 0.0175 ether - 1));
        fund(ETH, 1);
        perform(stranger, data);
    }

    function test_round_theLastMissingPartIsNeverTooSmall() public {
        payOut(ETH, 0, 100 ether);
        toReturning();
        openRound(ETH);
        fund(ETH, 100 ether - 1);
        assertEq(openRound(ETH).numerator, 100 ether - 1, "all but one wei");
        fund(ETH, 5);
        assertEq(openRound(ETH).numerator, 1, "the last wei");
        assertEq(vault.recovery(ETH).allotted, vault.recovery(ETH).owed, "ratios sum to one");
    }

    function test_round_firstOneMayBeOfAnySize() public {
        payOut(ETH, 0, 100 ether);
        payOut(ETH, 1, 50 ether);
        payOut(ETH, 2, 25 ether);
        toReturning();
        bytes memory data = abi.encodeCall(IVaultCore.openRound, (ETH));
        refuse(stranger, data, err(Errors.Return_NothingToDistribute.selector, 0));
        fund(ETH, 1);
        assertEq(openRound(ETH).numerator, 1, "one wei");
    }

    function test_round_listedAssetsOnly() public {
        toReturning();
        refuse(
            stranger, abi.encodeCall(IVaultCore.openRound, (carol)), err(Errors.Books_AssetNotListed.selector, carol)
        );
    }
}
