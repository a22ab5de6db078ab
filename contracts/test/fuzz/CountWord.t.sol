// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Leaf} from "lifeboat/types/Types.sol";

import {SumTree} from "../base/SumTree.sol";
import {VaultTest} from "../base/VaultTest.sol";

/// @notice Counting passes over leaves without payouts in strides. It must meet every payout, wherever it lies in the word, and read
/// nothing behind the leaves, where the call data is whatever the caller likes.
/// forge-config: default.fuzz.runs = 24
/// forge-config: deep.fuzz.runs = 1000
contract CountWordFuzzTest is VaultTest {
    using SumTree for SumTree.Tree;

    uint256 private constant WORD = 256;

    /// @notice Against the plain sum over all leaves. The last ledger may end before some of the payouts' places.
    function testFuzz_countWord_meetsEveryPayout(uint256 seed, uint256 mask, uint256 rarer, uint256 kept) public {
        for (rarer = bound(rarer, 0, 7); rarer > 0; --rarer) {
            mask &= uint256(keccak256(abi.encode(seed, rarer)));
        }
        SumTree.Tree memory tree = _open();
        for (uint32 i = 0; i < WORD; ++i) {
            if (mask >> i & 1 != 0) perform(stranger, payOutCall(tree, ETH, i, 1 + i));
        }
        Leaf[] memory leaves = _leaves(bound(kept, 1, WORD));
        postFinal(ETH, leaves);
        tree = finalTree(ETH);
        uint256 owed = tree.root().sum;
        for (uint256 i = 0; i < leaves.length; ++i) {
            owed -= vault.paidOut(ETH, leaves[i].account);
        }
        toLatched();
        uint256 before = vm.snapshotState();
        perform(stranger, countCall(tree, ETH, 0));
        assertEq(vault.recovery(ETH).owed, owed, "plain");
        vm.revertToState(before);
        perform(stranger, countPackedCall(tree, ETH, 0));
        assertEq(vault.recovery(ETH).owed, owed, "packed");
    }

    function test_countWord_meetsAPayoutAtEachPlace() public {
        SumTree.Tree memory tree = _open();
        bytes memory data = countCall(tree, ETH, 0);
        for (uint32 i = 0; i < WORD; ++i) {
            uint256 before = vm.snapshotState();
            perform(stranger, payOutCall(tree, ETH, i, 1 + i));
            toLatched();
            perform(stranger, data);
            assertEq(vault.recovery(ETH).owed, tree.root().sum - 1 - i, "met");
            vm.revertToState(before);
        }
    }

    function test_countWord_readsNothingRightBehindTheLeaves() public {
        _readsNothingBehind(3, 3);
    }

    function test_countWord_readsNothingWhereAStrideLeadsPastTheLeaves() public {
        _readsNothingBehind(3, 12);
    }

    /// @dev The last ledger has no leaf any more where a payout was. There the caller puts leaves of his own making, of the account that
    /// was paid out.
    function _readsNothingBehind(uint256 count, uint32 place) private {
        SumTree.Tree memory tree = _open();
        perform(stranger, payOutCall(tree, ETH, place, 1 gwei));
        bytes memory sham = "";
        for (uint256 i = count; i <= place; ++i) {
            sham = abi.encodePacked(sham, tree.leaves[place].account, uint128(1 gwei), uint128(0));
        }
        postFinal(ETH, _leaves(count));
        tree = finalTree(ETH);
        bytes memory leaves = tree.word(0);
        // No siblings: a length of zero at the end.
        bytes memory head = abi.encode(ETH, 0, 0x80, 0xa0 + leaves.length + sham.length, leaves.length);
        toLatched();
        perform(stranger, bytes.concat(IVaultCore.countWord.selector, head, leaves, sham, bytes32(0)));
        assertTrue(vault.wordCounted(ETH, 0), "the word itself is the ledger's");
        assertEq(vault.recovery(ETH).owed, tree.root().sum, "none of these was paid out");
    }

    function _open() private returns (SumTree.Tree memory) {
        fund(ETH, 1 ether);
        postFinal(ETH, _leaves(WORD));
        postFinal(token, new Leaf[](1));
        beat();
        return finalTree(ETH);
    }

    /// @dev Each balance is another, so that no leaf passes for its neighbour.
    function _leaves(uint256 count) private pure returns (Leaf[] memory leaves) {
        leaves = new Leaf[](count);
        for (uint256 i = 0; i < count; ++i) {
            leaves[i] = Leaf(address(uint160(0x100000 + i)), uint128(1 gwei + i * i), 0);
        }
    }
}
