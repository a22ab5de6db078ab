// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IVault} from "../interfaces/IVault.sol";
import {Errors} from "../libraries/Errors.sol";
import {LedgerTree} from "../libraries/LedgerTree.sol";
import {Book, Commitment, Leaf, Phase, Recovery} from "../types/Types.sol";
import {ReleaseGate} from "./ReleaseGate.sol";

/// @title Recoveries
/// @notice From the latch on: which commitment counts, refunds of pending deposits, counting, rounds.
abstract contract Recoveries is ReleaseGate {
    /// After round 0 a round must distribute at least this part of what is owed, unless it completes it.
    uint256 private constant MIN_ROUND_DIVISOR = 10_000;

    mapping(address asset => Recovery) internal _recoveries;
    mapping(address asset => mapping(uint256 round => bytes32)) internal _roundKeys;
    /// Bitmap of counted words.
    mapping(address asset => mapping(uint256 group => uint256)) private _counted;

    // ------------------------------------------------------------------ entry points

    /// @inheritdoc IVault
    function latch() external {
        _requireLatched();
        for (uint256 i = 0; i < _assets.length; ++i) {
            _recover(_assets[i]);
        }
        (, uint256 latchAt) = _clockNow();
        emit Latched(latchAt, latchAt + RETURN_DELAY);
    }

    /// @inheritdoc IVault
    function refundPending(address asset, uint256 entry) external nonReentrant {
        _requireLatched();
        Recovery storage recovered = _recover(asset);
        (address account, uint256 amount) = pendingEntry(asset, entry);
        // Absorbed entries are in the ledger even if no commitment is left that counts.
        uint256 cursor = _books[asset].absorbed;
        if (recovered.depositCursor > cursor) cursor = recovered.depositCursor;
        if (entry < cursor) revert Errors.Books_EntryInLedger(entry, cursor);
        if (account == address(0)) revert Errors.Books_EntryRefunded(entry);

        _eraseEntry(asset, entry);
        // An entry is a part of the running total, which fits 96 bits.
        // forge-lint: disable-next-line(unsafe-typecast)
        uint96 refund = uint96(amount);
        _books[asset].pending -= refund;
        _books[asset].setAside -= refund;
        bool credited = _payOrCredit(asset, account, refund);
        emit PendingRefunded(account, asset, entry, refund, credited);
    }

    /// @inheritdoc IVault
    function countWord(address asset, uint32 word, bytes calldata leaves, bytes calldata siblings) external {
        _requireLatched();
        if (phase() != Phase.Latched) revert Errors.Return_CountingClosed();
        Recovery storage recovered = _recover(asset);
        if (wordCounted(asset, word)) revert Errors.Return_WordCounted(word);
        if (_wordRoot(asset, word, leaves, siblings) != recovered.root) revert Errors.Ledger_ProofInvalid();

        uint256 reduction = 0;
        (, uint256 touched,) = _bitsOfWord(asset, 0, word);
        (uint256 leaf, uint256 end) = LedgerTree.rangeOf(leaves);
        for (; touched != 0 && leaf != end; touched >>= 1) {
            if (touched & 1 != 0) {
                uint256 balance = LedgerTree.balanceAt(leaf);
                reduction += balance - _net(asset, LedgerTree.accountAt(leaf), balance, LedgerTree.paidAt(leaf));
            }
            leaf += LedgerTree.LEAF_BYTES;
        }
        _counted[asset][word / 256] |= 1 << (word % 256);
        // A part of the commitment's total, which fits 128 bits.
        // forge-lint: disable-next-line(unsafe-typecast)
        recovered.owed -= uint128(reduction);
        emit WordCounted(asset, word, reduction);
    }

    /// @inheritdoc IVault
    function flagPayout(address asset, uint32 index, Leaf calldata leaf, bytes calldata proof) external {
        _requireLatched();
        if (_rootOf(asset, index, leaf, proof) != _recover(asset).root) revert Errors.Ledger_ProofInvalid();
        if (_touched(asset, index) || _paidOut[asset][leaf.account] <= leaf.paid) {
            revert Errors.Return_NothingToFlag(index);
        }
        _touch(asset, index);
        emit PayoutFlagged(asset, index);
    }

    /// @inheritdoc IVault
    function openRound(address asset) external nonReentrant returns (uint32 id) {
        if (phase() != Phase.Returning) _revertPhase();
        Recovery storage recovered = _recover(asset);
        id = recovered.rounds;
        uint256 held = reserve(asset);
        uint256 setAside = uint256(recovered.allotted) - recovered.tallied;
        uint256 available = held > setAside ? held - setAside : 0;
        uint256 missing = uint256(recovered.owed) - recovered.allotted;
        uint256 distributed = available < missing ? available : missing;
        bool worthwhile = id == 0 || distributed == missing || distributed * MIN_ROUND_DIVISOR >= recovered.owed;
        if (distributed == 0 || !worthwhile) revert Errors.Return_NothingToDistribute(available);

        // At most `missing`, which fits 128 bits.
        // forge-lint: disable-next-line(unsafe-typecast)
        uint128 numerator = uint128(distributed);
        recovered.allotted += numerator;
        recovered.rounds = id + 1;
        _roundKeys[asset][id] = _roundKeyOf(recovered.root, numerator, recovered.owed);
        emit RoundOpened(asset, id, numerator, recovered.owed);
    }

    // ------------------------------------------------------------------ views

    /// @inheritdoc IVault
    function recovery(address asset) external view returns (Recovery memory) {
        return _recoveries[asset];
    }

    /// @inheritdoc IVault
    function roundKey(address asset, uint32 round) external view returns (bytes32) {
        return _roundKeys[asset][round];
    }

    /// @inheritdoc IVault
    function wordCounted(address asset, uint32 word) public view returns (bool) {
        return _counted[asset][word / 256] & (1 << (word % 256)) != 0;
    }

    // ------------------------------------------------------------------ internals

    /// @dev Fixes an asset's recovery on its first use after the latch.
    function _recover(address asset) private returns (Recovery storage recovered) {
        recovered = _recoveries[asset];
        if (recovered.isFixed) return recovered;
        _requireListed(asset);
        recovered.isFixed = true;
        uint32 epoch = finalEpoch(asset);
        if (epoch != 0) {
            Commitment storage counting = _kept(asset, epoch);
            recovered.root = counting.root;
            recovered.total = counting.total;
            recovered.owed = counting.total;
            recovered.epoch = epoch;
            recovered.depositCursor = counting.depositCursor;
            _absorb(asset, counting.depositCursor);
        }
        emit RecoveryFixed(asset, epoch, recovered.root, recovered.total, recovered.depositCursor);
    }

    function _wordRoot(address asset, uint32 word, bytes calldata leaves, bytes calldata siblings)
        internal
        view
        returns (bytes32)
    {
        (bytes32 node, uint256 sum) = LedgerTree.wordNode(LedgerTree.domain(asset), word, leaves);
        return LedgerTree.rootOf(node, sum, word, siblings);
    }

    function _openRoundKey(address asset, uint32 round) internal view returns (bytes32 key) {
        key = _roundKeys[asset][round];
        if (key == 0) revert Errors.Return_RoundUnknown(round);
    }

    function _roundKeyOf(bytes32 root, uint128 numerator, uint128 denominator) internal pure returns (bytes32) {
        return keccak256(abi.encode(root, numerator, denominator));
    }
}
