// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Leaf, Round, Terms} from "lifeboat/types/Types.sol";

import {SumTree} from "../base/SumTree.sol";
import {VaultTest} from "../base/VaultTest.sol";

/// @notice Random ledgers, payouts, losses and late money: what each leaf gets, by an arithmetic of its own.
contract SharesFuzzTest is VaultTest {
    using SumTree for SumTree.Tree;

    uint256 private constant LEAVES = 6;
    uint256[LEAVES] private paidBefore;
    uint256[LEAVES] private received;
    uint256 private allotted;

    function setUp() public override {
        super.setUp();
        Terms memory terms = termsFor(token);
        terms.coverageFloorBps = 1;
        vault = deploy(terms);
        post(token, new Leaf[](0));
    }

    function _account(uint256 i) private pure returns (address) {
        return address(uint160(0xacc0000 + i));
    }

    /// @notice Money rules 2, 3 and 9 over any ledger, payouts, loss, order and number of rounds.
    function testFuzz_roundsPayNoMoreThanOwedAndLeaveDust(uint256 seed, bool counted) public {
        Leaf[] memory leaves = _ledger(seed);
        uint256 total = 0;
        for (uint256 i = 0; i < LEAVES; ++i) {
            total += leaves[i].balance;
        }
        fund(ETH, total);
        postFinal(ETH, leaves);
        SumTree.Tree memory tree = finalTree(ETH);
        for (uint256 i = 0; i < LEAVES; ++i) {
            uint256 amount = _random(seed, 100 + i) % 3 == 0 ? _random(seed, 200 + i) % (leaves[i].balance + 1) : 0;
            if (amount == 0) continue;
            perform(stranger, payOutCall(tree, ETH, uint32(i), uint128(amount)));
            paidBefore[i] = amount;
        }
        // A loss that no rule of the vault can cause, to see what a shortfall does.
        uint256 lost = _random(seed, 1) % 4 == 0 ? 0 : _random(seed, 2) % (vault.reserve(ETH) + 1);
        vm.deal(address(vault), address(vault).balance - lost);

        toLatched();
        if (counted) perform(stranger, countCall(tree, ETH, 0));
        toReturning();
        _round(seed, tree);
        fund(ETH, _random(seed, 3) % (lost + 1));
        _round(seed, tree);
        fund(ETH, total);
        _round(seed, tree);
        if (vault.recovery(ETH).allotted == vault.recovery(ETH).owed) _expectWhole(leaves);
    }

    /// @dev Opens a round if there is one to open; pays it by claims or a push; checks every amount.
    function _round(uint256 seed, SumTree.Tree memory tree) private {
        vm.prank(stranger);
        (bool open,) = address(vault).call(abi.encodeCall(IVaultCore.openRound, (ETH)));
        if (!open) return;
        uint32 id = vault.recovery(ETH).rounds - 1;
        Round memory round = Round(id, 0, vault.recovery(ETH).owed);
        round.numerator = vault.recovery(ETH).allotted - uint128(allotted);
        allotted = vault.recovery(ETH).allotted;

        uint256 start = _random(seed, 300 + id);
        uint256 sum = 0;
        uint256 owedNow = 0;
        for (uint256 k = 0; k < LEAVES; ++k) {
            uint256 i = (start + k) % LEAVES;
            uint256 net = tree.leaves[i].balance - paidBefore[i];
            owedNow += net;
            uint256 before = _account(i).balance;
            bytes memory data = claimCall(tree, ETH, round, uint32(i));
            vm.prank(stranger);
            (bool ok,) = address(vault).call(data);
            uint256 got = _account(i).balance - before;
            assertTrue(ok == (got > 0), "a refused claim pays nothing");
            assertEq(got, net * round.numerator / round.denominator, "rounded down, of what is still owed");
            received[i] += got;
            sum += got;
        }
        assertLe(sum, round.numerator, "no more than the round opened with");
        assertGe(sum + LEAVES, owedNow * round.numerator / round.denominator, "less than a unit a leaf is dust");
        uint32[] memory cells = new uint32[](1);
        perform(stranger, abi.encodeCall(IVaultCore.tally, (ETH, id, cells)));
        assertBacked(ETH);
    }

    function _expectWhole(Leaf[] memory leaves) private view {
        uint256 rounds = vault.recovery(ETH).rounds;
        for (uint256 i = 0; i < LEAVES; ++i) {
            uint256 all = received[i] + paidBefore[i];
            assertLe(all, leaves[i].balance, "never above what was owed");
            assertGe(all + rounds, leaves[i].balance, "all of it but a unit a round");
        }
    }

    function _ledger(uint256 seed) private pure returns (Leaf[] memory leaves) {
        leaves = new Leaf[](LEAVES);
        for (uint256 i = 0; i < LEAVES; ++i) {
            uint256 random = _random(seed, i);
            // From single units to amounts where products need all 256 bits.
            uint256 width = 4 + random % 90;
            leaves[i] = Leaf(_account(i), uint128((random >> 8) % (1 << width)), 0);
        }
    }

    function _random(uint256 seed, uint256 salt) private pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed, salt)));
    }
}
