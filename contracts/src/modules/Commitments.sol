// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IVault} from "../interfaces/IVault.sol";
import {Errors} from "../libraries/Errors.sol";
import {LedgerTree} from "../libraries/LedgerTree.sol";
import {TermsChecks} from "../libraries/TermsChecks.sol";
import {Commitment, CommitmentInput, Leaf, Liveness, Quorum} from "../types/Types.sol";
import {Books} from "./Books.sol";

/// @title Commitments
/// @notice Roots over the off-chain ledger: posting (a proof of solvency on the day), finality, absorption of pending deposits.
abstract contract Commitments is Books {
    bytes32 private constant COMMITMENT_TYPEHASH = keccak256(
        "Commitment(address asset,uint32 epoch,bytes32 root,uint128 total,uint32 count,uint40 depositCursor,uint40 snapshotAt,bytes32 dataHash,string uri)"
    );
    bytes32 private constant ATTESTATION_TYPEHASH =
        keccak256("Attestation(address asset,uint32 epoch,bytes32 root,bytes32 dataHash)");

    /// The newest eight of each asset, at `epoch % 8`.
    mapping(address asset => mapping(uint256 slot => Commitment)) private _ring;
    /// Each fits 128 bits: no payout goes above what a leaf is owed.
    mapping(address asset => mapping(address account => uint256)) internal _paidOut;

    // ------------------------------------------------------------------ entry points

    /// @inheritdoc IVault
    function commit(CommitmentInput calldata input, bytes calldata operatorSignature, Quorum calldata auditors)
        external
        nonReentrant
    {
        Liveness memory live = _liveness;
        uint256 start = _requireNotLatched(live);
        _requireListed(input.asset);
        (bytes32 root, uint128 total) = LedgerTree.parent(input.left, input.right);
        _requirePostable(input);
        _requireCommitmentSigned(input, root, total, operatorSignature, auditors);
        _syncBook(input.asset);
        _requireSolvent(input, total);

        _ring[input.asset][_slot(input.epoch)] = Commitment({
            root: root,
            total: total,
            count: input.count,
            depositCursor: input.depositCursor,
            postedAt: uint40(block.timestamp),
            dataHash: input.dataHash,
            snapshotAt: input.snapshotAt,
            attestedAt: 0,
            epoch: input.epoch
        });
        _books[input.asset].epoch = input.epoch;
        _books[input.asset].cursorDue = _books[input.asset].queued;
        _syncBook(input.asset);
        live.rootsAt = _oldestPosting();
        _storeCured(live, start);
        emit Committed(input.asset, input.epoch, input.dataHash, input.uri);
    }

    /// @inheritdoc IVault
    function attest(address asset, uint32 epoch, Quorum calldata watchers) external {
        _requireNotLatched();
        Commitment storage posted = _kept(asset, epoch);
        if (posted.attestedAt != 0) revert Errors.Ledger_AlreadyAttested(epoch);
        bytes32 structHash = keccak256(abi.encode(ATTESTATION_TYPEHASH, asset, epoch, posted.root, posted.dataHash));
        _requireQuorum(_hashTypedDataV4(structHash), watchers, WATCHERS_HASH, WATCHER_THRESHOLD);
        posted.attestedAt = uint40(block.timestamp);
        emit Attested(asset, epoch);
    }

    /// @inheritdoc IVault
    function sync(address asset) external {
        _requireNotLatched();
        _requireListed(asset);
        _syncBook(asset);
    }

    // ------------------------------------------------------------------ views

    /// @inheritdoc IVault
    function commitment(address asset, uint32 epoch) external view returns (Commitment memory) {
        return _kept(asset, epoch);
    }

    /// @inheritdoc IVault
    function finalEpoch(address asset) public view returns (uint32) {
        uint256 newest = _books[asset].epoch;
        uint256 oldest = newest > TermsChecks.KEPT_COMMITMENTS ? newest - TermsChecks.KEPT_COMMITMENTS + 1 : 1;
        uint256 ref = _referenceTime();
        for (uint256 epoch = newest; epoch >= oldest; --epoch) {
            // forge-lint: disable-next-line(unsafe-typecast)
            if (_finalAt(_ring[asset][_slot(epoch)]) <= ref) return uint32(epoch);
        }
        return 0;
    }

    /// @inheritdoc IVault
    function paidOut(address asset, address account) public view returns (uint128) {
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint128(_paidOut[asset][account]);
    }

    // ------------------------------------------------------------------ for the other modules

    /// @dev The newest final commitment; reverts if there is none.
    function _finalCommitment(address asset) internal view returns (Commitment storage) {
        uint32 epoch = finalEpoch(asset);
        if (epoch == 0) revert Errors.Ledger_NoFinalCommitment(asset);
        return _ring[asset][_slot(epoch)];
    }

    function _kept(address asset, uint256 epoch) internal view returns (Commitment storage kept) {
        kept = _ring[asset][_slot(epoch)];
        if (epoch == 0 || kept.epoch != epoch) revert Errors.Ledger_EpochUnknown(epoch);
    }

    /// @dev Proves a leaf under the newest final commitment.
    function _requireFinalLeaf(address asset, uint32 index, Leaf calldata leaf, bytes calldata proof)
        internal
        view
        returns (Commitment storage posted)
    {
        posted = _finalCommitment(asset);
        if (_rootOf(asset, index, leaf, proof) != posted.root) revert Errors.Ledger_ProofInvalid();
    }

    /// @dev Proves a leaf under the newest final commitment, and that `amount` of it is still owed.
    function _requireOwed(address asset, uint32 index, Leaf calldata leaf, bytes calldata proof, uint128 amount)
        internal
        view
    {
        if (amount == 0) revert Errors.Books_ZeroAmount();
        _requireFinalLeaf(asset, index, leaf, proof);
        uint256 net = _net(asset, leaf.account, leaf.balance, leaf.paid);
        if (amount > net) revert Errors.Gate_AmountAboveOwed(amount, net);
    }

    function _rootOf(address asset, uint32 index, Leaf calldata leaf, bytes calldata proof)
        internal
        view
        returns (bytes32)
    {
        bytes32 hash = LedgerTree.leafHash(LedgerTree.domain(asset), index, leaf);
        return LedgerTree.rootOf(hash, leaf.balance, index, proof);
    }

    /// @dev What a leaf is still owed: its balance less what was paid out since its snapshot.
    function _net(address asset, address account, uint256 balance, uint256 paid) internal view returns (uint256) {
        uint256 counter = _paidOut[asset][account];
        unchecked {
            uint256 since = counter > paid ? counter - paid : 0;
            return since < balance ? balance - since : 0;
        }
    }

    /// @dev Moves the entries below the cursor of a final commitment from pending into the reserve.
    function _absorb(address asset, uint40 cursor) internal {
        StoredBook storage held = _books[asset];
        if (cursor <= held.absorbed) return;
        // A part of the running total, which fits 96 bits.
        // forge-lint: disable-next-line(unsafe-typecast)
        uint96 absorbed = uint96(_entriesBetween(asset, held.absorbed, cursor));
        held.setAside -= absorbed;
        held.pending -= absorbed;
        held.absorbed = cursor;
    }

    // ------------------------------------------------------------------ posting

    function _requirePostable(CommitmentInput calldata input) private view {
        StoredBook storage held = _books[input.asset];
        uint256 newest = held.epoch;
        if (input.epoch != newest + 1) revert Errors.Ledger_WrongEpoch(input.epoch, newest + 1);
        Commitment storage previous = _ring[input.asset][_slot(newest)];
        if (input.depositCursor < held.cursorDue || input.depositCursor > held.queued) {
            revert Errors.Ledger_CursorOutOfRange(input.depositCursor, held.cursorDue, held.queued);
        }
        uint256 earliest = block.timestamp - ROOT_MAX_AGE;
        if (previous.snapshotAt > earliest) earliest = previous.snapshotAt;
        if (input.snapshotAt < earliest || input.snapshotAt > block.timestamp) {
            revert Errors.Ledger_SnapshotOutOfRange(input.snapshotAt, earliest, block.timestamp);
        }
        // The ninth newest is overwritten: only ever one that a newer final commitment has made irrelevant.
        if (input.epoch > TermsChecks.KEPT_COMMITMENTS) {
            uint256 evicted = input.epoch - TermsChecks.KEPT_COMMITMENTS;
            if (finalEpoch(input.asset) <= evicted) revert Errors.Ledger_WouldEvictFinal(evicted);
        }
    }

    function _requireCommitmentSigned(
        CommitmentInput calldata input,
        bytes32 root,
        uint128 total,
        bytes calldata operatorSignature,
        Quorum calldata auditors
    ) private view {
        bytes32 digest = _hashTypedDataV4(
            keccak256(
                abi.encode(
                    COMMITMENT_TYPEHASH,
                    input.asset,
                    input.epoch,
                    root,
                    total,
                    input.count,
                    input.depositCursor,
                    input.snapshotAt,
                    input.dataHash,
                    keccak256(bytes(input.uri))
                )
            )
        );
        _requireOperator(digest, operatorSignature);
        _requireQuorum(digest, auditors, AUDITORS_HASH, AUDITOR_THRESHOLD);
    }

    /// @dev The entries that this commitment takes into the ledger back it too.
    function _requireSolvent(CommitmentInput calldata input, uint128 total) private view {
        uint256 backing =
            reserve(input.asset) + _entriesBetween(input.asset, _books[input.asset].absorbed, input.depositCursor);
        uint256 needed = _floorOf(total);
        if (backing < needed) revert Errors.Ledger_ReserveBelowFloor(backing, needed);
    }

    // ------------------------------------------------------------------ finality

    /// @dev Absorbs up to the newest final commitment; `owed` becomes the largest total among those that can still count.
    function _syncBook(address asset) private {
        StoredBook storage held = _books[asset];
        uint256 newest = held.epoch;
        uint256 oldest = newest > TermsChecks.KEPT_COMMITMENTS ? newest - TermsChecks.KEPT_COMMITMENTS + 1 : 1;
        uint256 ref = _referenceTime();
        uint128 owed = 0;
        for (uint256 epoch = newest; epoch >= oldest; --epoch) {
            Commitment storage posted = _ring[asset][_slot(epoch)];
            if (posted.total > owed) owed = posted.total;
            if (_finalAt(posted) <= ref) {
                _absorb(asset, posted.depositCursor);
                break;
            }
        }
        held.owed = owed;
    }

    function _finalAt(Commitment storage posted) private view returns (uint256 finalAt) {
        uint256 postedAt = posted.postedAt;
        uint256 attestedAt = posted.attestedAt;
        finalAt = postedAt + UNATTESTED_FINALITY;
        if (attestedAt != 0) {
            uint256 early = postedAt + ATTESTED_FINALITY;
            if (attestedAt > early) early = attestedAt;
            if (early < finalAt) finalAt = early;
        }
    }

    function _oldestPosting() private view returns (uint40 oldest) {
        oldest = uint40(block.timestamp);
        for (uint256 i = 0; i < _assets.length; ++i) {
            address asset = _assets[i];
            uint256 newest = _books[asset].epoch;
            // A Unix time in seconds, which fits 40 bits.
            // forge-lint: disable-next-line(unsafe-typecast)
            uint40 postedAt = newest == 0 ? uint40(DEPLOYED_AT) : _ring[asset][_slot(newest)].postedAt;
            if (postedAt < oldest) oldest = postedAt;
        }
    }

    function _slot(uint256 epoch) private pure returns (uint256) {
        return epoch % TermsChecks.KEPT_COMMITMENTS;
    }
}
