// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IVaultCore} from "../interfaces/IVaultCore.sol";
import {Errors} from "../libraries/Errors.sol";
import {LedgerTree} from "../libraries/LedgerTree.sol";
import {Leaf, Phase, Recovery, Round, StoredBook} from "../types/Types.sol";
import {ReleaseGate} from "./ReleaseGate.sol";

/// @title Recoveries
/// @notice From the latch on: which commitment counts, refunds of pending deposits, counting, rounds.
abstract contract Recoveries is ReleaseGate {
    /// After round 0 a round must distribute at least this part of what is owed, unless it completes it.
    uint256 private constant MIN_ROUND_DIVISOR = 10_000;

    mapping(address asset => Recovery) internal _recoveries;
    /// What a proof may end at: by round, level and position of a node, `_anchorOf` the node. The root's is set when the round opens.
    mapping(address asset => mapping(uint256 place => bytes32)) internal _anchors;
    /// Bitmap of counted words of a ledger, by `epoch << 32 | word / 256`.
    mapping(address asset => mapping(uint256 group => uint256)) internal _counted;

    // ------------------------------------------------------------------ entry points

    /// @inheritdoc IVaultCore
    function latch() external {
        uint256 latchAt = _requireLatched();
        address[] memory listed = REGISTRY.assets();
        for (uint256 i = 0; i < listed.length; ++i) {
            _recover(listed[i]);
        }
        emit Latched(latchAt, latchAt + RETURN_DELAY);
    }

    /// @inheritdoc IVaultCore
    function refundPending(address asset, uint256 entry) external nonReentrant {
        _requireLatched();
        Recovery storage recovered = _recover(asset);
        _refund(asset, entry, 0, recovered.reopenedTo);
    }

    /// @inheritdoc IVaultCore
    function countWord(address asset, uint32 word, bytes calldata leaves, bytes calldata siblings) external {
        uint256 returnAt = _requireLatched() + RETURN_DELAY;
        Recovery storage recovered = _recover(asset);
        if (block.timestamp >= returnAt && block.timestamp >= recovered.roundsFrom) {
            revert Errors.Return_CountingClosed();
        }
        uint256 wordBit = 1 << (word % 256);
        uint256 group = uint256(recovered.epoch) << 32 | word / 256;
        if (_counted[asset][group] & wordBit != 0) revert Errors.Return_WordCounted(word);
        (bytes32 root,) = _wordRoot(asset, word, leaves, siblings);
        uint256 depth = recovered.depth;
        bool outside = word >> depth - LedgerTree.WORD_DEPTH != 0;
        if (root != recovered.root || _levelAbove(siblings) != depth || outside) revert Errors.Ledger_ProofInvalid();

        uint256 reduction = 0;
        (, uint256 touched,) = _bitsOfWord(asset, 0, word);
        (uint256 leaf, uint256 end) = LedgerTree.rangeOf(leaves);
        while (touched != 0 && leaf < end) {
            if (touched & 1 != 0) {
                uint256 balance = LedgerTree.balanceAt(leaf);
                uint256 counter = _paidOut[asset][LedgerTree.accountAt(leaf)];
                reduction += balance - _netOf(balance, LedgerTree.paidAt(leaf), counter);
            }
            // Most leaves had no payout: eight of them at once.
            uint256 passed = touched & type(uint8).max == 0 ? 8 : 1;
            touched >>= passed;
            leaf += passed * LedgerTree.LEAF_BYTES;
        }
        _counted[asset][group] |= wordBit;
        // A part of the commitment's total, which fits 128 bits.
        // forge-lint: disable-next-line(unsafe-typecast)
        recovered.owed -= uint128(reduction);
        emit WordCounted(asset, word, reduction);
    }

    /// @inheritdoc IVaultCore
    function flagPayout(address asset, uint32 index, Leaf calldata leaf, bytes calldata proof) external {
        _requireLatched();
        Recovery storage recovered = _recover(asset);
        _requireLeaf(recovered.root, recovered.depth, asset, index, leaf, proof);
        if (_touched(asset, index) || _paidOut[asset][leaf.account] <= leaf.paid) {
            revert Errors.Return_NothingToFlag(index);
        }
        _touch(asset, index);
        emit PayoutFlagged(asset, index);
    }

    /// @inheritdoc IVaultCore
    function openRound(address asset) external nonReentrant returns (uint32 id) {
        if (_phase() != Phase.Returning) _revertPhase();
        Recovery storage recovered = _recover(asset);
        id = recovered.rounds;
        uint256 available = _unallotted(asset, recovered);
        uint256 missing = uint256(recovered.owed) - recovered.allotted;
        uint256 distributed = available < missing ? available : missing;
        bool worthwhile = id == 0 || distributed == missing || distributed * MIN_ROUND_DIVISOR >= recovered.owed;
        if (distributed == 0 || !worthwhile) revert Errors.Return_NothingToDistribute(available);

        // At most `missing`, which fits 128 bits.
        // forge-lint: disable-next-line(unsafe-typecast)
        uint128 numerator = uint128(distributed);
        recovered.allotted += numerator;
        recovered.rounds = id + 1;
        bytes32 root = _anchorOf(recovered.root, recovered.total, numerator, recovered.owed);
        _anchors[asset][_placeOf(id, recovered.depth, 0)] = root;
        emit RoundOpened(asset, id, numerator, recovered.owed);
    }

    /// @inheritdoc IVaultCore
    function anchor(address asset, Round calldata round, uint8 level, uint32 position, bytes calldata nodes) external {
        uint256 height = LedgerTree.heightOf(nodes);
        if (level < height) revert Errors.Ledger_ProofMalformed();
        uint256 first = uint256(position) << height;
        uint256 width = 1 << height;
        bytes32 hash;
        uint256 sum;
        for (uint256 i = 0; i < width; ++i) {
            (hash, sum) = LedgerTree.nodeAt(nodes, i);
            uint256 place = _placeOf(round.id, level - height, first + i);
            _anchors[asset][place] = _anchorOf(hash, sum, round.numerator, round.denominator);
        }
        (hash, sum) = LedgerTree.nodeOver(nodes);
        _requireAnchored(asset, round, level, position, hash, sum);
        emit Anchored(asset, round.id, level - height, first, width);
    }

    // ------------------------------------------------------------------ internals

    /// @dev What of the reserve no round has set aside. Nobody may ask while it is disputed which ledger counts, or that is being counted.
    function _unallotted(address asset, Recovery storage recovered) internal view returns (uint256) {
        uint256 from = recovered.roundsFrom;
        if (block.timestamp < from) revert Errors.Return_RoundHeld(from);
        uint256 held = _reserve(asset);
        uint256 setAside = uint256(recovered.allotted) - recovered.tallied;
        return held > setAside ? held - setAside : 0;
    }

    /// @dev Fixes an asset's recovery on its first use after the latch.
    function _recover(address asset) internal returns (Recovery storage recovered) {
        recovered = _recoveries[asset];
        if (recovered.isFixed) return recovered;
        _requireListed(asset);
        recovered.isFixed = true;
        _absorb(asset, _fix(asset, recovered));
    }

    /// @dev By the newest final commitment; by the one before, if it was fixed already. No round is open yet.
    /// @return cursor Pending entries below it are in the commitment.
    function _fix(address asset, Recovery storage recovered) internal returns (uint256 cursor) {
        bytes32 root;
        (uint256 total, uint256 epoch, uint256 depth) = (0, 0, 0);
        (root, total, epoch, cursor, depth) = REGISTRY.counting(asset, recovered.epoch);
        recovered.root = root;
        // The registry says what they fit.
        // forge-lint: disable-start(unsafe-typecast)
        (recovered.total, recovered.owed) = (uint128(total), uint128(total));
        (recovered.epoch, recovered.depositCursor, recovered.depth) = (uint32(epoch), uint40(cursor), uint8(depth));
        // forge-lint: disable-end(unsafe-typecast)
        emit RecoveryFixed(asset, epoch, root, total, cursor);
    }

    /// @param withheld What of the entry stays in the reserve, base units.
    /// @param unless Refuses entries below it whose account was ever paid out.
    function _refund(address asset, uint256 entry, uint256 withheld, uint256 unless) internal {
        StoredBook storage held = _assets[asset].book;
        if (entry >= held.queued) revert Errors.Books_EntryUnknown(entry);
        address account = address(uint160(_queue[asset][entry] >> 96));
        uint256 amount = _entriesBetween(asset, entry, entry + 1);
        // Absorbed entries are in the ledger even if no commitment is left that counts.
        uint256 cursor = held.absorbed;
        if (entry < cursor) revert Errors.Books_EntryInLedger(entry, cursor);
        if (account == address(0)) revert Errors.Books_EntryRefunded(entry);
        if (entry < unless && _paidOut[asset][account] != 0) revert Errors.Books_EntryNeedsLeaf(entry);

        _eraseEntry(asset, entry);
        _addPending(asset, 0, amount);
        // A part of the running total, which fits 96 bits.
        // forge-lint: disable-next-line(unsafe-typecast)
        uint96 refund = uint96(amount - withheld);
        bool credited = _payOrCredit(asset, account, refund);
        emit PendingRefunded(account, asset, entry, refund, credited);
    }

    function _wordRoot(address asset, uint32 word, bytes calldata leaves, bytes calldata siblings)
        internal
        view
        returns (bytes32, uint256)
    {
        (bytes32 node, uint256 sum) = LedgerTree.wordNode(LedgerTree.domain(VAULT, asset), word, leaves);
        return LedgerTree.rootOf(node, sum, word, siblings);
    }

    /// @dev Refuses a node that no anchor proves to be in the counting ledger, in its place, in an open round of this ratio.
    /// @param level Levels from the leaves up to the node.
    /// @param position Of the node, from the left of its level.
    /// @param sum Of the balances below the node, base units.
    function _requireAnchored(
        address asset,
        Round calldata round,
        uint256 level,
        uint256 position,
        bytes32 node,
        uint256 sum
    ) internal view {
        bytes32 held = _anchors[asset][_placeOf(round.id, level, position)];
        if (_anchorOf(node, sum, round.numerator, round.denominator) != held) {
            if (round.id >= _recoveries[asset].rounds) revert Errors.Return_RoundUnknown(round.id);
            revert Errors.Ledger_ProofInvalid();
        }
    }

    /// @dev What of a node is stored: with its sum, which nothing above an anchor checks any more, and with the round's ratio.
    function _anchorOf(bytes32 node, uint256 sum, uint256 numerator, uint256 denominator)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(node, sum, numerator, denominator));
    }

    /// @dev Positions and levels are below 2^32: a level with more nodes is above no leaf.
    function _placeOf(uint256 round, uint256 level, uint256 position) internal pure returns (uint256) {
        return round << 64 | level << 32 | position;
    }

    /// @dev Levels from the leaves up to where a word's siblings lead.
    function _levelAbove(bytes calldata siblings) internal pure returns (uint256) {
        return LedgerTree.WORD_DEPTH + siblings.length / LedgerTree.NODE_BYTES;
    }
}
