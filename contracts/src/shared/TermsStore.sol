// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Errors} from "../libraries/Errors.sol";
import {LedgerTree} from "../libraries/LedgerTree.sol";
import {Leaf, Terms} from "../types/Types.sol";

/// @title TermsStore
/// @notice The terms, kept in the code of the vault and of its registry: nothing can change them.
abstract contract TermsStore {
    /// The gate counts in 2^-40 of what is owed.
    uint256 internal constant SHARE_BITS = 40;

    address internal immutable VAULT;
    bytes32 internal immutable TERMS_HASH;
    address internal immutable OPERATOR;
    address internal immutable BACKUP_OPERATOR;
    address internal immutable ARBITRATOR;
    bytes32 internal immutable SIGNERS_HASH;
    uint256 internal immutable SIGNER_THRESHOLD;
    uint256 internal immutable COLD_THRESHOLD;
    bytes32 internal immutable AUDITORS_HASH;
    uint256 internal immutable AUDITOR_THRESHOLD;
    bytes32 internal immutable WATCHERS_HASH;
    uint256 internal immutable WATCHER_THRESHOLD;
    bytes32 internal immutable GUARDIANS_HASH;
    uint256 internal immutable GUARDIAN_THRESHOLD;
    uint256 internal immutable COVERAGE_FLOOR_BPS;
    /// The caps in 2^-40 of what is owed, as the gate counts.
    uint256 internal immutable HOT_CAP;
    uint256 internal immutable WARM_CAP;
    uint256 internal immutable MAX_TANK_GAS_PRICE;

    uint256 internal immutable GRACE;
    uint256 internal immutable SERVE_DEADLINE;
    uint256 internal immutable CHALLENGE_WINDOW;
    uint256 internal immutable RETURN_DELAY;
    uint256 internal immutable ROOT_MAX_AGE;
    uint256 internal immutable ATTESTED_FINALITY;
    uint256 internal immutable UNATTESTED_FINALITY;
    uint256 internal immutable HEAD_START;
    uint256 internal immutable WIND_DOWN_NOTICE;
    uint256 internal immutable SILENCE_CAP;
    uint256 internal immutable RELEASE_WINDOW;
    uint256 internal immutable COLD_DELAY;
    uint256 internal immutable FREEZE_MAX;
    uint256 internal immutable ROTATION_NOTICE;
    uint256 internal immutable ANSWER_WINDOW;
    uint256 internal immutable EXIT_DEPOSIT;
    uint256 internal immutable CHALLENGE_BOND;

    constructor(Terms memory terms, address vault) {
        VAULT = vault;
        TERMS_HASH = keccak256(abi.encode(terms));
        OPERATOR = terms.operator;
        BACKUP_OPERATOR = terms.backupOperator;
        ARBITRATOR = terms.arbitrator;
        SIGNERS_HASH = keccak256(abi.encodePacked(terms.signers));
        SIGNER_THRESHOLD = terms.signerThreshold;
        COLD_THRESHOLD = terms.coldThreshold;
        AUDITORS_HASH = keccak256(abi.encodePacked(terms.auditors));
        AUDITOR_THRESHOLD = terms.auditorThreshold;
        WATCHERS_HASH = keccak256(abi.encodePacked(terms.watchers));
        WATCHER_THRESHOLD = terms.watcherThreshold;
        GUARDIANS_HASH = keccak256(abi.encodePacked(terms.guardians));
        GUARDIAN_THRESHOLD = terms.guardianThreshold;
        COVERAGE_FLOOR_BPS = terms.coverageFloorBps;
        HOT_CAP = (uint256(terms.hotCapBps) << SHARE_BITS) / 10_000;
        WARM_CAP = (uint256(terms.warmCapBps) << SHARE_BITS) / 10_000;
        MAX_TANK_GAS_PRICE = terms.maxTankGasPrice;
        GRACE = terms.timers.grace;
        SERVE_DEADLINE = terms.timers.serveDeadline;
        CHALLENGE_WINDOW = terms.timers.challengeWindow;
        RETURN_DELAY = terms.timers.returnDelay;
        ROOT_MAX_AGE = terms.timers.rootMaxAge;
        ATTESTED_FINALITY = terms.timers.attestedFinality;
        UNATTESTED_FINALITY = terms.timers.unattestedFinality;
        HEAD_START = terms.timers.headStart;
        WIND_DOWN_NOTICE = terms.timers.windDownNotice;
        SILENCE_CAP = terms.timers.silenceCap;
        RELEASE_WINDOW = terms.timers.releaseWindow;
        COLD_DELAY = terms.timers.coldDelay;
        FREEZE_MAX = terms.timers.freezeMax;
        ROTATION_NOTICE = terms.timers.rotationNotice;
        ANSWER_WINDOW = terms.timers.answerWindow;
        EXIT_DEPOSIT = terms.exitDeposit;
        CHALLENGE_BOND = terms.challengeBond;
    }

    /// @dev The zero address and the precompiles (nobody holds a key), and the vault itself: never paid, never credited.
    function _isReserved(address account) internal view returns (bool reserved) {
        address vault = VAULT;
        assembly ("memory-safe") {
            reserved := or(lt(account, 0x10000), eq(account, vault))
        }
    }

    /// @dev The part of `amount` that must stay covered. Rounded up: never below the floor.
    /// @param amount Below 2^128.
    function _floorOf(uint256 amount) internal view returns (uint256) {
        // 128 bits times 14.
        unchecked {
            return (amount * COVERAGE_FLOOR_BPS + 9999) / 10_000;
        }
    }

    function _requireNotReserved(address account) internal view {
        if (_isReserved(account)) _revertReserved(account);
    }

    /// @dev Apart, so that the check is small enough for the compiler to put it in place.
    function _revertReserved(address account) private pure {
        revert Errors.Books_ReservedAddress(account);
    }

    /// @dev The root that a leaf and its proof lead to.
    function _rootOf(address asset, uint256 index, Leaf calldata leaf, bytes calldata proof)
        internal
        view
        returns (bytes32, uint256)
    {
        bytes32 hash = LedgerTree.leafHash(LedgerTree.domain(VAULT, asset), index, leaf);
        return LedgerTree.rootOf(hash, leaf.balance, index, proof);
    }

    /// @dev Proves a leaf. A proof of another length than the tree's depth could lead to the root by another position: every
    /// index is one place.
    function _requireLeaf(
        bytes32 root,
        uint256 depth,
        address asset,
        uint256 index,
        Leaf calldata leaf,
        bytes calldata proof
    ) internal view {
        (bytes32 proven,) = _rootOf(asset, index, leaf, proof);
        // An index beyond the tree would be proven now and be no place in the return.
        if (proven != root || proof.length != depth * LedgerTree.NODE_BYTES || index >> depth != 0) {
            revert Errors.Ledger_ProofInvalid();
        }
    }

    /// @dev What a leaf is still owed: its balance less what was paid out since its snapshot. Base units, each below 2^128.
    /// @param counter What its account has been paid out in all.
    function _netOf(uint256 balance, uint256 paid, uint256 counter) internal pure returns (uint256) {
        unchecked {
            uint256 since = counter > paid ? counter - paid : 0;
            return since < balance ? balance - since : 0;
        }
    }
}
