// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IRegistry} from "lifeboat/interfaces/IRegistry.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {Leaf, Round} from "lifeboat/types/Types.sol";

import {SumTree} from "../base/SumTree.sol";
import {VaultTest} from "../base/VaultTest.sol";

/// @notice Packed words: the registry writes its call of the vault by hand, and counting passes eight leaves at once. Neither may count a unit
/// too much (somebody else pays for it) or too little (it stays behind for ever).
contract PackedWordsTest is VaultTest {
    using SumTree for SumTree.Tree;

    uint256 private constant FIRST = 0x100000;

    function setUp() public override {
        super.setUp();
        openService();
    }

    /// @notice Any payouts, any counters, any number of leaves, by either call: what is owed is the sum of what the leaves are owed, and a
    /// vault that covers it pays each leaf that, and is empty.
    function testFuzz_packed_countsToTheUnit(uint256 seed) public {
        uint256 count = bound(seed, 1, 300);
        Leaf[] memory leaves = new Leaf[](count);
        for (uint256 i = 0; i < count; ++i) {
            leaves[i] = Leaf(address(uint160(FIRST + i)), uint128(_some(seed, i, 1 gwei)), 0);
            // An account with nothing, and a hole in the ledger.
            if (i % 7 == 3) leaves[i].balance = 0;
            if (i % 11 == 5) leaves[i] = Leaf(address(0), 0, 0);
        }
        postFinal(ETH, leaves);
        _payOuts(seed, count, 5);
        // The next ledger knows these.
        for (uint256 i = 0; i < count; ++i) {
            leaves[i].paid = vault.paidOut(ETH, leaves[i].account);
            leaves[i].balance -= leaves[i].paid;
        }
        postFinal(ETH, leaves);
        _payOuts(seed >> 8, count, 4);
        SumTree.Tree memory tree = finalTree(ETH);
        uint256[] memory net = new uint256[](count);
        uint256 owed = 0;
        for (uint256 i = 0; i < count; ++i) {
            net[i] = leaves[i].balance - (vault.paidOut(ETH, leaves[i].account) - leaves[i].paid);
            owed += net[i];
        }
        toLatched();
        for (uint32 word = 0; word * 256 < count; ++word) {
            bool plain = (seed >> 16 + word) & 1 != 0;
            perform(stranger, plain ? countCall(tree, ETH, word) : countPackedCall(tree, ETH, word));
        }
        assertEq(vault.recovery(ETH).owed, owed, "to the unit");
        if (owed == 0) return;
        toReturning();
        Round memory round = openRound(ETH);
        assertEq(round.numerator, owed, "covered");
        toPushes();
        uint256 before = address(vault).balance;
        for (uint32 word = 0; word * 256 < count; ++word) {
            push(ETH, round, word);
        }
        assertEq(before - address(vault).balance, owed, "rule 3, and nothing stays behind");
        assertEq(vault.recovery(ETH).tallied, owed, "as the books say");
        for (uint256 i = 0; i < count; ++i) {
            if (leaves[i].account == address(0)) continue;
            assertEq(leaves[i].account.balance, net[i] + vault.paidOut(ETH, leaves[i].account), "rule 2");
        }
    }

    /// @notice Call data that no compiler writes: the parts in another order, one within another, unaligned, with something behind. It counts
    /// what the leaves say, or nothing.
    function test_packed_oddCallDataCountsTheSame() public {
        payOut(ETH, 1, 20 ether);
        SumTree.Tree memory tree = finalTree(ETH);
        (bytes memory leaves,) = tree.packed(0);
        toLatched();
        uint256 world = vm.snapshotState();
        bytes memory none = abi.encodePacked(uint256(0));
        bytes memory body = abi.encodePacked(leaves.length, leaves);
        // Nothing, then the leaves from an odd place on, then junk: counters and siblings are one and the same nothing.
        bytes memory data = _call(0xa0 + 0x20 + 3, 0xa0, 0xa0, abi.encodePacked(none, hex"c0ffee", body, keccak256("")));
        perform(stranger, data);
        assertEq(vault.recovery(ETH).owed, 155 ether, "through the vault");
        vm.revertToState(world);
        vm.prank(stranger);
        (bool ok,) = registry().call(data);
        assertTrue(ok, "at the registry");
        assertEq(vault.recovery(ETH).owed, 155 ether, "at the registry");
        vm.revertToState(world);
        // The siblings' length is the number of the asset: zero, as it happens.
        perform(stranger, _call(0xa0, 0, 0, body));
        assertEq(vault.recovery(ETH).owed, 155 ether, "lengths from the head");
        vm.revertToState(world);
        // Leaves as siblings, leaves as counters.
        refuse(stranger, _call(0xa0, 0xa0, 0, body), err(Errors.Ledger_ProofMalformed.selector));
        refuse(stranger, _call(0xa0, 0, 0xa0, body), err(Errors.Ledger_ProofMalformed.selector));
        // Siblings that end behind the call's data.
        data = _call(0xa0, 0, uint256(0xa0) + body.length, abi.encodePacked(body, uint256(48)));
        vm.prank(stranger);
        (ok,) = address(vault).call(data);
        // The vault writes the caller behind the data: 20 bytes are not enough for a node.
        assertFalse(ok, "beyond the end");
        // A dirty asset, a dirty word.
        (bytes memory dirtyAsset, bytes memory dirtyWord) = (_call(0xa0, 0, 0, body), _call(0xa0, 0, 0, body));
        (dirtyAsset[4], dirtyWord[4 + 32]) = (0x01, 0x01);
        vm.prank(stranger);
        (ok,) = address(vault).call(dirtyAsset);
        assertFalse(ok, "dirty asset");
        (ok,) = address(vault).call(dirtyWord);
        assertFalse(ok, "dirty word");
        assertFalse(vault.wordCounted(ETH, 0), "nothing");
    }

    /// @notice Whatever gas it is given, a packed count is done or not done: no word is marked that was not counted.
    function test_packed_starvedCountsNothing() public {
        payOut(ETH, 1, 20 ether);
        bytes memory data = countPackedCall(finalTree(ETH), ETH, 0);
        toLatched();
        uint256 world = vm.snapshotState();
        uint256 done = 0;
        for (uint256 limit = 20_000; limit < 400_000; limit += 1777) {
            vm.prank(stranger);
            (bool ok,) = address(vault).call{gas: limit}(data);
            bool counted = vault.wordCounted(ETH, 0);
            vm.assertEq(ok, counted, "marked");
            assertEq(
                vault.recovery(ETH).owed, counted ? 155 ether : vault.recovery(ETH).isFixed ? 175 ether : 0, "owed"
            );
            if (ok) ++done;
            vm.revertToState(world);
        }
        assertGt(done, 10, "with enough of it");
    }

    function _call(uint256 leaves, uint256 paid, uint256 siblings, bytes memory tail)
        private
        pure
        returns (bytes memory)
    {
        return abi.encodePacked(IRegistry.countPacked.selector, uint256(0), uint256(0), leaves, paid, siblings, tail);
    }

    /// @dev Pays out some or all of every so-manieth leaf.
    function _payOuts(uint256 seed, uint256 count, uint256 every) private {
        SumTree.Tree memory tree = finalTree(ETH);
        for (uint32 i = uint32(seed % 9); i < count; i += uint32(1 + _some(seed, i, every * 8))) {
            uint128 balance = tree.leaves[i].balance;
            if (balance == 0) continue;
            perform(stranger, payOutCall(tree, ETH, i, i % 2 == 0 ? balance : 1 + balance / 3));
        }
    }

    function _some(uint256 seed, uint256 i, uint256 most) private pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed, i))) % (most + 1);
    }
}
