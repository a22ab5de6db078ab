// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IRegistry} from "../interfaces/IRegistry.sol";
import {Errors} from "../libraries/Errors.sol";
import {LedgerTree} from "../libraries/LedgerTree.sol";
import {Challenge, Commitment} from "../types/Types.sol";
import {Commitments} from "./Commitments.sol";

/// @title Challenges
/// @notice A root without its leaves is worth nothing: anyone may ask for one word of a ledger that is not final yet. If its leaves do
/// not come, the root never counts.
abstract contract Challenges is Commitments {
    mapping(address asset => mapping(uint256 epoch => mapping(uint256 word => Challenge))) private _challenges;

    /// @inheritdoc IRegistry
    function challengeWord(address asset, uint32 epoch, uint32 word) external payable {
        // Until the latch: else a suspicion of the service's own making would outlast the time in which a root can be challenged.
        _requireNotLatched();
        _takeDeposit(CHALLENGE_BOND);
        Commitment storage posted = _kept(asset, epoch);
        // Final by its age, or by the watchers' attestation, which stands for having seen the leaves.
        if (posted.attestedAt != 0 || posted.isVoid || _finalAt(posted) <= _referenceTime()) {
            revert Errors.Ledger_NotChallengeable(epoch);
        }
        // Every place of the tree: nobody but its authors says how many of them are leaves.
        uint256 depth = LedgerTree.depthOf(posted.count);
        if (uint256(word) << LedgerTree.WORD_DEPTH >> depth != 0) revert Errors.Ledger_NoSuchWord(word);
        Challenge storage challenge = _challenges[asset][epoch][word];
        if (challenge.due != 0) revert Errors.Ledger_WordChallenged(word);

        unchecked {
            // A Unix time in seconds, which fits 40 bits.
            // forge-lint: disable-next-line(unsafe-typecast)
            (challenge.challenger, challenge.due) = (_caller(), uint40(block.timestamp + ANSWER_WINDOW));
            // At most one a word.
            posted.openChallenges += 1;
        }
        emit WordChallenged(asset, epoch, word, challenge.challenger, challenge.due);
    }

    /// @inheritdoc IRegistry
    function answerChallenge(
        address asset,
        uint32 epoch,
        uint32 word,
        bytes calldata leaves,
        bytes calldata paid,
        bytes calldata siblings
    ) external {
        Challenge storage challenge = _requireOpenChallenge(asset, epoch, word);
        if (block.timestamp > challenge.due) revert Errors.Ledger_AnswerTooLate(challenge.due);
        Commitment storage posted = _kept(asset, epoch);
        bytes memory plain = LedgerTree.unpacked(leaves, paid);
        (bytes32 node, uint256 sum) = LedgerTree.wordNodeOf(LedgerTree.domain(VAULT, asset), word, plain);
        (bytes32 root,) = LedgerTree.rootOf(node, sum, word, siblings);
        unchecked {
            uint256 depth = LedgerTree.WORD_DEPTH + siblings.length / LedgerTree.NODE_BYTES;
            // The word is a place of the tree: checked when it was challenged.
            if (root != posted.root || depth != LedgerTree.depthOf(posted.count)) revert Errors.Ledger_ProofInvalid();
            challenge.closed = true;
            // This one is open.
            posted.openChallenges -= 1;
        }
        // forge-lint: disable-next-line(unsafe-typecast)
        posted.answeredAt = uint40(block.timestamp);
        _giveBack(_caller(), CHALLENGE_BOND);
        emit ChallengeAnswered(asset, epoch, word);
    }

    /// @inheritdoc IRegistry
    function voidCommitment(address asset, uint32 epoch, uint32 word) external {
        Challenge storage challenge = _requireOpenChallenge(asset, epoch, word);
        if (block.timestamp <= challenge.due) revert Errors.Ledger_AnswerNotDue(challenge.due);
        challenge.closed = true;
        _giveBack(challenge.challenger, CHALLENGE_BOND);
        emit ChallengeUnanswered(asset, epoch, word);
        // From the latch on nothing about ledgers changes: an open challenge keeps a root from being final as well.
        if (_isLatched() || _newest[asset].epoch >= uint256(epoch) + KEPT) return;
        Commitment storage posted = _kept(asset, epoch);
        // What the watchers have attested since counts, or will.
        if (posted.isVoid || posted.attestedAt != 0) return;
        posted.isVoid = true;
        _ledgerVoided(asset);
    }

    /// @inheritdoc IRegistry
    function challengeOf(address asset, uint32 epoch, uint32 word) external view returns (Challenge memory) {
        return _challenges[asset][epoch][word];
    }

    function _requireOpenChallenge(address asset, uint32 epoch, uint32 word)
        private
        view
        returns (Challenge storage challenge)
    {
        challenge = _challenges[asset][epoch][word];
        if (challenge.due == 0 || challenge.closed) revert Errors.Ledger_ChallengeNotOpen(word);
    }
}
