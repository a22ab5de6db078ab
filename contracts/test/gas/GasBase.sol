// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {CommitmentInput, Round} from "lifeboat/types/Types.sol";

import {VaultTest} from "../base/VaultTest.sol";
import {WideLedger} from "./WideLedger.sol";

/// @notice A vault whose ledgers have 131,072 leaves, and the means to measure whole transactions.
/// @dev Every gas test runs isolated: each call is a transaction of its own with intrinsic cost, calldata and refunds, as in a
/// receipt. Figures go to `contracts/snapshots`; a run that differs from what is committed there fails.
abstract contract GasBase is VaultTest {
    using WideLedger for WideLedger.Ledger;

    uint256 internal constant LEAVES = 131_072;

    function setUp() public virtual override {
        super.setUp();
        fund(ETH, 1_000_000 ether);
        fund(token, 1_000_000_000e6);
    }

    // ------------------------------------------------------------------ measuring

    /// @notice Records what the last transaction cost, as its receipt would say.
    function record(string memory group, string memory name) internal returns (uint256 gasUsed) {
        gasUsed = vm.snapshotGasLastCall(group, name);
        assertGt(gasUsed, 21_000, "not isolated: the intrinsic cost is missing");
    }

    /// @notice Records a transaction that serves 256 accounts, and each one's part of it.
    function recordWord(string memory group, string memory name) internal returns (uint256 gasUsed) {
        gasUsed = record(group, name);
        vm.snapshotValue(group, string.concat(name, ", each"), gasUsed / 256);
    }

    // ------------------------------------------------------------------ the service

    /// @notice Posts a wide ledger as the asset's next commitment.
    function postWide(address asset, WideLedger.Ledger memory ledger) internal {
        CommitmentInput memory input = CommitmentInput({
            asset: asset,
            epoch: vault.book(asset).epoch + 1,
            left: ledger.left,
            right: ledger.right,
            count: uint32(LEAVES),
            depositCursor: vault.book(asset).queued,
            snapshotAt: now_() - 60,
            dataHash: keccak256("manifest"),
            uri: "ipfs://bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi"
        });
        perform(stranger, commitCall(input));
    }

    /// @notice A ledger that counts, latched: the accounts are the ones of its real word.
    function latchWide(address asset, address[] memory accounts) internal returns (WideLedger.Ledger memory ledger) {
        ledger = WideLedger.build(address(vault), asset, accounts);
        postWide(asset, ledger);
        attest(asset);
        toLatched();
        vault.latch();
    }

    /// @notice The same with its first round open, at 100 %.
    function openWide(address asset, address[] memory accounts)
        internal
        returns (WideLedger.Ledger memory ledger, Round memory round)
    {
        ledger = latchWide(asset, accounts);
        toPushes();
        round = openRound(asset);
        assertEq(round.numerator, round.denominator, "full coverage");
    }

    // ------------------------------------------------------------------ accounts

    /// @notice 256 addresses that nobody has used.
    function newAccounts() internal pure returns (address[] memory accounts) {
        accounts = new address[](256);
        for (uint256 i = 0; i < 256; ++i) {
            accounts[i] = address(bytes20(keccak256(abi.encode("account", i))));
        }
    }

    /// @notice 256 addresses with a wei and a token unit each.
    function usedAccounts() internal returns (address[] memory accounts) {
        accounts = newAccounts();
        for (uint256 i = 0; i < accounts.length; ++i) {
            use(accounts[i]);
        }
    }

    function use(address account) internal {
        vm.deal(account, 1);
        give(token, account, 1);
    }
}
