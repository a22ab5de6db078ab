// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IBond} from "../interfaces/IBond.sol";
import {IRegistry} from "../interfaces/IRegistry.sol";
import {IRegistryHooks, IVaultHooks} from "../interfaces/ISatellites.sol";
import {Errors} from "../libraries/Errors.sol";
import {LedgerTree} from "../libraries/LedgerTree.sol";
import {TermsChecks} from "../libraries/TermsChecks.sol";
import {Transfers} from "../libraries/Transfers.sol";
import {Commitment, CommitmentInput, Leaf, Quorum, StoredBook, SumNode, Terms} from "../types/Types.sol";
import {Deposits} from "./Deposits.sol";
import {VaultReader} from "../shared/VaultReader.sol";

/// @title Commitments
/// @notice Roots over the off-chain ledger: posting (a proof of solvency on the day), attestation, finality.
abstract contract Commitments is IRegistryHooks, VaultReader, Deposits {
    bytes32 private constant COMMITMENT_TYPEHASH = keccak256(
        "Commitment(address asset,uint32 epoch,bytes32 root,uint128 total,uint32 count,uint40 depositCursor,uint40 snapshotAt,bytes32 dataHash,string uri)"
    );
    bytes32 private constant ATTESTATION_TYPEHASH =
        keccak256("Attestation(address asset,uint32 epoch,bytes32 root,bytes32 dataHash)");

    uint256 internal constant KEPT = TermsChecks.KEPT_COMMITMENTS;

    /// The newest eight of each asset, at `epoch % 8`.
    mapping(address asset => mapping(uint256 slot => Commitment)) private _ring;

    /// @dev What is known of an asset beyond its ring.
    struct Newest {
        /// Newest posted epoch.
        uint32 epoch;
        /// Entries queued when it was posted: the next commitment must cover them, so that no deposit can be ignored.
        uint40 cursorDue;
    }

    /// @dev What of a commitment the vault would need to return money by it. Two slots.
    struct Past {
        bytes32 root;
        uint128 total;
        uint32 count;
        uint40 depositCursor;
        uint32 epoch;
    }

    uint256 private immutable DEPLOYED_AT = block.timestamp;
    address[] private _assets;
    mapping(address asset => Newest) internal _newest;
    /// The newest final one that is no more among the newest eight, so that who posts on has not disposed of it: see `counting`.
    mapping(address asset => Past) private _past;

    /// Where the vault's fourth contract will stand: the end of the hash of its address and the number in RLP.
    address internal immutable VIEWS =
        address(uint160(uint256(keccak256(abi.encodePacked(hex"d694", VAULT, hex"04")))));

    address private immutable BOND;
    uint256 private immutable MIN_BOND_BPS;

    constructor(Terms memory terms, address bond) {
        _assets = terms.assets;
        BOND = bond;
        MIN_BOND_BPS = terms.sla.minBondBps;
    }

    // ------------------------------------------------------------------ entry points

    /// @inheritdoc IRegistry
    function commit(CommitmentInput calldata input, bytes calldata operatorSignature, Quorum calldata auditors)
        external
    {
        _requireNotLatched();
        StoredBook memory held = _listedBook(input.asset);
        SumNode memory above = LedgerTree.parent(input.left, input.right);
        (bytes32 root, uint128 total) = (above.hash, above.sum);
        _requirePostable(input, held.queued);
        _requireCommitmentSigned(input, root, total, operatorSignature, auditors);
        _requireSolvent(input, held, total);

        Commitment storage place = _ring[input.asset][_ringSlot(input.epoch)];
        if (input.epoch > KEPT && _finalAt(place) <= _referenceTime()) {
            _past[input.asset] = Past(place.root, place.total, place.count, place.depositCursor, place.epoch);
        }
        _ring[input.asset][_ringSlot(input.epoch)] = Commitment({
            root: root,
            total: total,
            count: input.count,
            depositCursor: input.depositCursor,
            postedAt: uint40(block.timestamp),
            dataHash: input.dataHash,
            snapshotAt: input.snapshotAt,
            attestedAt: 0,
            epoch: input.epoch,
            openChallenges: 0,
            answeredAt: 0,
            isVoid: false
        });
        _newest[input.asset] = Newest({epoch: input.epoch, cursorDue: held.queued});
        (uint128 owed, uint40 cursor) = _standing(input.asset);
        // Not earlier than before, which a void root has left behind: no beginning is moved into the past.
        uint256 rootsAt = _later(_oldestPosting(), _liveness().rootsAt);
        // forge-lint: disable-next-line(unsafe-typecast)
        IVaultHooks(VAULT).ledgerChanged(input.asset, owed, cursor, uint40(rootsAt));
        emit Committed(input.asset, input.epoch, input.dataHash, input.uri);
    }

    /// @inheritdoc IRegistry
    function attest(address asset, uint32 epoch, Quorum calldata watchers) external {
        _requireNotLatched();
        Commitment storage posted = _kept(asset, epoch);
        if (posted.attestedAt != 0) revert Errors.Ledger_AlreadyAttested(epoch);
        if (posted.isVoid) revert Errors.Ledger_CommitmentVoid(epoch);
        bytes32 structHash = keccak256(abi.encode(ATTESTATION_TYPEHASH, asset, epoch, posted.root, posted.dataHash));
        if (WATCHER_THRESHOLD == 0) revert Errors.Signature_QuorumNotMet(0, 0);
        _requireQuorum(_hashTypedDataV4(structHash), watchers, WATCHERS_HASH, WATCHER_THRESHOLD);
        posted.attestedAt = uint40(block.timestamp);
        emit Attested(asset, epoch);
    }

    /// @inheritdoc IRegistry
    function sync(address asset) external {
        _requireNotLatched();
        _listedBook(asset);
        (uint128 owed, uint40 cursor) = _standing(asset);
        IVaultHooks(VAULT).ledgerChanged(asset, owed, cursor, 0);
    }

    // ------------------------------------------------------------------ views

    /// @inheritdoc IRegistry
    function commitment(address asset, uint32 epoch) external view returns (Commitment memory) {
        return _kept(asset, epoch);
    }

    /// @inheritdoc IRegistry
    function finalEpoch(address asset) public view returns (uint32 epoch) {
        (epoch,) = _newestFinal(asset);
    }

    /// @inheritdoc IRegistry
    function newestEpoch(address asset) external view returns (uint32) {
        return _newest[asset].epoch;
    }

    /// @inheritdoc IRegistryHooks
    function assets() external view override(IRegistry, IRegistryHooks) returns (address[] memory) {
        return _assets;
    }

    /// @inheritdoc IRegistryHooks
    function counting(address asset, uint32 before)
        external
        view
        returns (bytes32 root, uint256 total, uint256 epoch, uint256 depositCursor, uint256 depth)
    {
        epoch = before == 0 ? finalEpoch(asset) : _finalBefore(asset, before);
        if (epoch != 0) {
            Commitment storage posted = _kept(asset, epoch);
            return (posted.root, posted.total, epoch, posted.depositCursor, LedgerTree.depthOf(posted.count));
        }
        if (before == 0) return (0, 0, 0, 0, LedgerTree.WORD_DEPTH);
        Past memory past = _past[asset];
        return (past.root, past.total, past.epoch, past.depositCursor, LedgerTree.depthOf(past.count));
    }

    // ------------------------------------------------------------------ for the other modules

    function _kept(address asset, uint256 epoch) internal view returns (Commitment storage kept) {
        kept = _ring[asset][_ringSlot(epoch)];
        if (epoch == 0 || kept.epoch != epoch) revert Errors.Ledger_EpochUnknown(epoch);
    }

    /// @dev Proves a leaf under the newest final commitment.
    function _requireFinalLeaf(address asset, uint32 index, Leaf calldata leaf, bytes calldata proof)
        internal
        view
        returns (Commitment storage posted)
    {
        uint32 epoch = finalEpoch(asset);
        if (epoch == 0) revert Errors.Ledger_NoFinalCommitment(asset);
        posted = _kept(asset, epoch);
        _requireLeaf(posted.root, LedgerTree.depthOf(posted.count), asset, index, leaf, proof);
    }

    function _listedBook(address asset) private view returns (StoredBook memory held) {
        held = _book(asset);
        if (!held.listed) revert Errors.Books_AssetNotListed(asset);
    }

    // ------------------------------------------------------------------ posting

    function _requirePostable(CommitmentInput calldata input, uint256 queued) private view {
        Newest memory newest = _newest[input.asset];
        if (input.epoch != newest.epoch + 1) revert Errors.Ledger_WrongEpoch(input.epoch, newest.epoch + 1);
        Commitment storage previous = _ring[input.asset][_ringSlot(newest.epoch)];
        if (input.depositCursor < newest.cursorDue || input.depositCursor > queued) {
            revert Errors.Ledger_CursorOutOfRange(input.depositCursor, newest.cursorDue, queued);
        }
        uint256 earliest = block.timestamp - ROOT_MAX_AGE;
        if (previous.snapshotAt > earliest) earliest = previous.snapshotAt;
        if (input.snapshotAt < earliest || input.snapshotAt > block.timestamp) {
            revert Errors.Ledger_SnapshotOutOfRange(input.snapshotAt, earliest, block.timestamp);
        }
        // The ninth newest is overwritten: only ever one that a newer final commitment has made irrelevant.
        if (input.epoch > KEPT) {
            uint256 evicted = input.epoch - KEPT;
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

    /// @dev What this commitment stands for: the balance less what is set aside, but for the entries that it takes into the ledger.
    function _requireSolvent(CommitmentInput calldata input, StoredBook memory held, uint128 total) private view {
        uint256 taken = _entriesBetween(input.asset, held.absorbed, input.depositCursor);
        uint256 setAside = held.setAside - taken;
        uint256 balance = Transfers.balanceOf(input.asset, VAULT);
        uint256 backing = balance > setAside ? balance - setAside : 0;
        uint256 needed = _floorOf(total);
        if (backing < needed) revert Errors.Ledger_ReserveBelowFloor(backing, needed);
        if (MIN_BOND_BPS == 0) return;
        uint256 bond = BOND.code.length == 0 ? 0 : IBond(BOND).bonded(input.asset);
        // Rounded up: never below what the terms say.
        uint256 least = (uint256(total) * MIN_BOND_BPS + 9999) / 10_000;
        if (bond < least) revert Errors.Bond_TooLow(bond, least);
    }

    // ------------------------------------------------------------------ finality

    /// @return epoch The newest final commitment's; zero: none is final.
    /// @return owed The largest total among those that can still count: it and all newer ones.
    function _newestFinal(address asset) private view returns (uint32 epoch, uint128 owed) {
        uint32 newest = _newest[asset].epoch;
        uint256 oldest = newest > KEPT ? newest - KEPT + 1 : 1;
        uint256 ref = _referenceTime();
        for (epoch = newest; epoch >= oldest; --epoch) {
            Commitment storage posted = _ring[asset][_ringSlot(epoch)];
            if (posted.total > owed && !posted.isVoid) owed = posted.total;
            if (_finalAt(posted) <= ref) return (epoch, owed);
        }
        return (0, owed);
    }

    /// @return The newest final one's epoch below another that is kept; zero: none is kept.
    function _finalBefore(address asset, uint32 epoch) private view returns (uint32) {
        uint32 newest = _newest[asset].epoch;
        uint256 oldest = newest > KEPT ? newest - KEPT + 1 : 1;
        uint256 ref = _referenceTime();
        while (--epoch >= oldest) {
            if (_finalAt(_ring[asset][_ringSlot(epoch)]) <= ref) return epoch;
        }
        return 0;
    }

    /// @return owed Largest total among the commitments that can still count.
    /// @return cursor Pending entries below it are in the newest final one.
    function _standing(address asset) private view returns (uint128 owed, uint40 cursor) {
        uint32 epoch;
        (epoch, owed) = _newestFinal(asset);
        if (epoch != 0) cursor = _kept(asset, epoch).depositCursor;
    }

    /// @dev A challenge only ever stands against a root that is not final yet, so it never takes finality away. An answer counts from the
    /// second after it: in the very second of a latch, when recoveries are fixed, no answer changes what is final.
    function _finalAt(Commitment storage posted) internal view returns (uint256 finalAt) {
        if (posted.isVoid) return NEVER;
        uint256 postedAt = posted.postedAt;
        uint256 attestedAt = posted.attestedAt;
        // Times and timers of 40 bits.
        unchecked {
            finalAt = posted.openChallenges == 0
                ? _later(postedAt + UNATTESTED_FINALITY, uint256(posted.answeredAt) + 1)
                : NEVER;
            if (attestedAt != 0) {
                finalAt = _earlier(_later(postedAt + ATTESTED_FINALITY, attestedAt), finalAt);
            }
        }
    }

    function _oldestPosting() private view returns (uint40 oldest) {
        oldest = uint40(block.timestamp);
        for (uint256 i = 0; i < _assets.length; ++i) {
            uint40 postedAt = _newestPosting(_assets[i]);
            if (postedAt < oldest) oldest = postedAt;
        }
    }

    /// @dev Of the newest commitment that is not void, among those that are kept.
    function _newestPosting(address asset) private view returns (uint40) {
        uint256 epoch = _newest[asset].epoch;
        uint256 oldest = epoch > KEPT ? epoch - KEPT : 0;
        for (; epoch > oldest; --epoch) {
            Commitment storage posted = _ring[asset][_ringSlot(epoch)];
            if (!posted.isVoid) return posted.postedAt;
        }
        // A Unix time in seconds, which fits 40 bits.
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint40(DEPLOYED_AT);
    }

    /// @dev A void root was no root. If those before it are stale by now, suspicion begins now and not in the past, so that the
    /// service has its whole challenge window to post a better one. Never later than before: nothing is cured by it.
    function _ledgerVoided(address asset) internal {
        (uint128 owed, uint40 cursor) = _standing(asset);
        uint256 rootsAt = _earlier(_liveness().rootsAt, _later(_oldestPosting(), block.timestamp - ROOT_MAX_AGE));
        // forge-lint: disable-next-line(unsafe-typecast)
        IVaultHooks(VAULT).ledgerChanged(asset, owed, cursor, uint40(rootsAt));
    }

    function _later(uint256 a, uint256 b) private pure returns (uint256) {
        return a > b ? a : b;
    }

    function _ringSlot(uint256 epoch) private pure returns (uint256) {
        return epoch % KEPT;
    }
}
