// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IRegistry} from "lifeboat/interfaces/IRegistry.sol";
import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {VaultSlots} from "lifeboat/libraries/VaultSlots.sol";
import {Leaf} from "lifeboat/types/Types.sol";

import {Typed} from "../base/Typed.sol";
import {GasBase} from "./GasBase.sol";
import {WideLedger} from "./WideLedger.sol";

/// @notice What a living service and its users pay for, and the counting after its end.
/// forge-config: default.isolate = true
contract LiveGasTest is GasBase {
    using WideLedger for WideLedger.Ledger;

    uint256 private constant BEAT_BUDGET = 36_000;
    /// 49,801 of it are the protocol's: intrinsic cost, a new slot, a changed slot, the event.
    uint256 private constant FIRST_DEPOSIT_BUDGET = 50_000;
    /// Counting a packed word of 256 leaves.
    uint256 private constant COUNT_BUDGET = 350_000;
    /// Showing one.
    uint256 private constant ANSWER_BUDGET = 350_000;

    function test_gas_beat() public {
        beat();
        warpBy(1 hours);
        beat();
        assertLe(record("vault", "beat"), BEAT_BUDGET, "budget");
    }

    function test_gas_deposit_ETH() public {
        bytes memory data = abi.encodeWithSignature("depositForSelf()");
        performWith(bob, 1 ether, data);
        performWith(alice, 1 ether, data);
        assertLe(record("vault", "deposit ETH, a user's first"), FIRST_DEPOSIT_BUDGET, "budget");
        performWith(alice, 1 ether, data);
        record("vault", "deposit ETH, a user's next");
        perform(alice, abi.encodeCall(IVaultCore.withdraw, (ETH, alice, 1 ether)));
        record("vault", "withdraw ETH");
    }

    function test_gas_depositToLedger_ETH() public {
        bytes memory data = abi.encodeCall(IVaultCore.depositToLedger, (ETH, alice, 1 ether));
        performWith(alice, 1 ether, data);
        performWith(alice, 1 ether, data);
        record("vault", "depositToLedger ETH");
    }

    /// @dev The ninth commitment takes the first one's place: the steady state of a service.
    function test_gas_commit() public {
        WideLedger.Ledger memory eth = _ledger(ETH);
        WideLedger.Ledger memory dollar = _ledger(token);
        for (uint256 i = 0; i < 9; ++i) {
            warpBy(12 hours);
            beat();
            postWide(token, dollar);
            postWide(ETH, eth);
            if (i == 0) record("vault", "commit, the first");
            if (i == 8) record("vault", "commit, the ninth");
            attest(ETH);
            if (i == 8) record("vault", "attest");
        }
    }

    function test_gas_payOut_countWord() public {
        usedAccounts();
        WideLedger.Ledger memory ledger = _ledger(ETH);
        postWide(ETH, ledger);
        attest(ETH);
        warpBy(1 hours);
        _payOut(ledger, 0);
        record("vault", "payOut ETH 2-of-3, the account's first, fresh nonce word");
        _payOut(ledger, 1);
        record("vault", "payOut ETH 2-of-3, the account's first");
        _payOut(ledger, 1);
        record("vault", "payOut ETH 2-of-3, the account's next");
        _payOut(ledger, 200);
        toLatched();
        vault.latch();
        uint256 world = vm.snapshotState();
        bytes memory data =
            abi.encodeCall(IVaultCore.countWord, (ETH, WideLedger.WORD, ledger.leaves(), ledger.siblings));
        uint256 plain = _count(ledger, data, "countWord, 256 leaves, 3 with payouts");
        assertEq(plain, _calldataFloor(data), "counting costs more than its calldata");
        vm.revertToState(world);
        (bytes memory leaves, bytes memory paid) = ledger.packed();
        data = abi.encodeCall(IRegistry.countPacked, (ETH, WideLedger.WORD, leaves, paid, ledger.siblings));
        _count(ledger, data, "countPacked, the first of 256 words");
        vm.revertToState(world);
        // Any other: the slot that tells which of these words are counted is no new one.
        bytes32 words = keccak256(abi.encode(uint256(1) << 32, keccak256(abi.encode(ETH, VaultSlots.COUNTED))));
        vm.store(address(vault), words, bytes32(uint256(1)));
        assertTrue(vault.wordCounted(ETH, 0), "as if word 0 had been counted");
        uint256 packed = _count(ledger, data, "countPacked, 256 leaves, 3 with payouts");
        assertLe(packed, COUNT_BUDGET, "budget");
    }

    function _count(WideLedger.Ledger memory ledger, bytes memory data, string memory name)
        private
        returns (uint256 gasUsed)
    {
        perform(stranger, data);
        gasUsed = record("vault", name);
        assertEq(vault.recovery(ETH).owed, ledger.total() - 4 * 0.1 ether, "counted");
    }

    function test_gas_answerChallenge() public {
        WideLedger.Ledger memory ledger = _ledger(ETH);
        postWide(ETH, ledger);
        performWith(stranger, 0.1 ether, abi.encodeCall(IRegistry.challengeWord, (ETH, 1, WideLedger.WORD)));
        (bytes memory leaves, bytes memory paid) = ledger.packed();
        bytes memory data =
            abi.encodeCall(IRegistry.answerChallenge, (ETH, 1, WideLedger.WORD, leaves, paid, ledger.siblings));
        perform(bob, data);
        uint256 gasUsed = record("vault", "answerChallenge, 256 leaves");
        assertEq(gasUsed, _calldataFloor(data), "an answer costs more than its calldata");
        assertLe(gasUsed, ANSWER_BUDGET, "budget");
        assertTrue(vault.challengeOf(ETH, 1, WideLedger.WORD).closed, "answered");
    }

    /// @dev What EIP-7623 charges at least for a transaction with this calldata: 10 gas a zero byte, 40 a non-zero one.
    function _calldataFloor(bytes memory data) private pure returns (uint256 floor) {
        floor = 21_000;
        for (uint256 i = 0; i < data.length; ++i) {
            floor += data[i] == 0 ? 10 : 40;
        }
    }

    function _ledger(address asset) private view returns (WideLedger.Ledger memory) {
        return WideLedger.build(address(vault), asset, newAccounts());
    }

    function _payOut(WideLedger.Ledger memory ledger, uint256 position) private {
        Leaf memory leaf = ledger.word.leaves[position];
        uint32 index = WideLedger.indexOf(position);
        uint256 nonce = newNonce();
        bytes32 structHash = Typed.payOut(ETH, index, leaf.account, 0.1 ether, nonce, soon());
        perform(
            stranger,
            abi.encodeCall(
                IVaultCore.payOut,
                (ETH, index, leaf, 0.1 ether, ledger.proof(position), nonce, soon(), bySigners(structHash))
            )
        );
    }
}
