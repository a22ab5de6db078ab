// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Leaf} from "lifeboat/types/Types.sol";

import {SumTree} from "../base/SumTree.sol";
import {VaultTest} from "../base/VaultTest.sol";

/// @notice What counting a word takes off what is owed, wherever in the word the payouts were.
contract CountingFuzzTest is VaultTest {
    using SumTree for SumTree.Tree;

    uint128 private constant BALANCE = 1 gwei;

    function setUp() public override {
        super.setUp();
        openService();
    }

    /// @notice Random places, and a ledger that has fewer leaves than the one that was paid out under: bits behind the last leaf.
    /// forge-config: default.fuzz.runs = 96
    function testFuzz_count_findsEveryPayout(uint256 places, uint256 size, uint256 thin, bool packed) public {
        // Half of all places would cost too much time: a quarter of them, down to four.
        for (uint256 i = bound(thin, 2, 6); i != 0; --i) {
            places &= uint256(keccak256(abi.encode(places, i)));
        }
        size = bound(size, 1, 256);
        postFinal(ETH, _ledger(256));
        uint256 taken = 0;
        for (uint32 i = 0; i < 256; ++i) {
            if (places >> i & 1 == 0) continue;
            payOut(ETH, i, i + 1);
            if (i < size) taken += i + 1;
        }
        postFinal(ETH, _ledger(size));
        toLatched();
        SumTree.Tree memory tree = finalTree(ETH);
        perform(stranger, packed ? countPackedCall(tree, ETH, 0) : countCall(tree, ETH, 0));
        assertEq(vault.recovery(ETH).owed, size * BALANCE - taken, "each payout, and nothing else");
    }

    function _ledger(uint256 size) private pure returns (Leaf[] memory leaves) {
        leaves = new Leaf[](size);
        for (uint256 i = 0; i < size; ++i) {
            leaves[i] = Leaf(address(uint160(0x100000 + i)), BALANCE, 0);
        }
    }
}
