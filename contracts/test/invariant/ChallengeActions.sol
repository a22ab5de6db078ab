// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IRegistry} from "lifeboat/interfaces/IRegistry.sol";
import {Commitment, Phase} from "lifeboat/types/Types.sol";

import {DepositBooks} from "./DepositBooks.sol";

/// @notice Ledgers that no watcher has seen, and those who ask for their leaves. An action whose conditions do not hold is discarded.
abstract contract ChallengeActions is DepositBooks {
    struct Asked {
        address asset;
        uint32 epoch;
        uint256 due;
        bool closed;
    }

    Asked[] private _challenges;

    /// @notice The service posts a ledger that no watcher attests; mostly somebody asks for its leaves at once.
    function commitUnseen(uint256 seed) external watched {
        vm.assume(isBefore(Phase.Latched));
        address asset = assets[seed % 2];
        vm.assume(postLedger(asset, false));
        hit("commit unseen");
        if (seed % 8 < 6) _challenge(asset, vault.newestEpoch(asset));
    }

    /// @notice The watchers have seen it after all, challenged or not.
    function attestLate(uint256 seed) external watched {
        vm.assume(isBefore(Phase.Latched));
        address asset = assets[seed % 2];
        uint32 epoch = _unseen(asset, false);
        perform(stranger, remember(attestCall(asset, epoch)));
        hit("attest late");
    }

    function challenge(uint256 seed) external watched {
        vm.assume(isBefore(Phase.Latched));
        address asset = assets[seed % 2];
        _challenge(asset, _unseen(asset, true));
    }

    function _challenge(address asset, uint32 epoch) private {
        performWith(challenger, CHALLENGE_BOND, abi.encodeCall(IRegistry.challengeWord, (asset, epoch, 0)));
        _challenges.push(Asked(asset, epoch, now_() + ANSWER_WINDOW, false));
        ++openChallenges;
        hit("challengeWord");
    }

    /// @notice Whoever has the leaves shows them, and has the bond.
    function answer(uint256 seed) external watched {
        for (uint256 i = 0; i < _challenges.length; ++i) {
            uint256 chosen = (seed % _challenges.length + i) % _challenges.length;
            if (_challenges[chosen].closed || now_() > _challenges[chosen].due) continue;
            (address asset, uint32 epoch) = (_challenges[chosen].asset, _challenges[chosen].epoch);
            if (vault.newestEpoch(asset) >= epoch + 8) continue;
            perform(archivist, showCall(treeOf(asset, epoch), asset, epoch, 0));
            _close(chosen, archivist);
            return hit("answerChallenge");
        }
        vm.assume(false);
    }

    /// @notice Nobody has shown them: the ledger never counts, if nothing else has decided about it.
    function voidUnanswered(uint256 seed) external watched {
        for (uint256 i = 0; i < _challenges.length; ++i) {
            if (_void((seed % _challenges.length + i) % _challenges.length)) return;
        }
        vm.assume(false);
    }

    function _void(uint256 chosen) private returns (bool) {
        Asked memory open = _challenges[chosen];
        if (open.closed || now_() <= open.due) return false;
        uint32 before = vault.finalEpoch(open.asset);
        perform(stranger, abi.encodeCall(IRegistry.voidCommitment, (open.asset, open.epoch, 0)));
        _close(chosen, challenger);
        hit("voidCommitment");
        if (vault.finalEpoch(open.asset) != before) violate("a void root has moved what counts");
        if (!isBefore(Phase.Latched) || vault.newestEpoch(open.asset) >= open.epoch + 8) return true;
        Commitment memory posted = vault.commitment(open.asset, open.epoch);
        if (posted.isVoid == (posted.attestedAt != 0)) violate("void though attested, or neither");
        if (posted.isVoid) hit("root void");
        return true;
    }

    /// @notice Whoever asked and was not answered has his bond back, whatever has become of the vault.
    function _drainChallenges() internal {
        for (uint256 i = 0; i < _challenges.length; ++i) {
            if (now_() <= _challenges[i].due) vm.warp(_challenges[i].due + 1);
            _void(i);
        }
        assertEq(openChallenges, 0, "a challenge is left open");
    }

    function _close(uint256 chosen, address account) private {
        _challenges[chosen].closed = true;
        --openChallenges;
        givenBack[account] += CHALLENGE_BOND;
    }

    /// @dev The newest ledger that is neither final nor attested nor void.
    function _unseen(address asset, bool unasked) private view returns (uint32 epoch) {
        uint32 last = vault.finalEpoch(asset);
        for (epoch = vault.newestEpoch(asset); epoch > last; --epoch) {
            Commitment memory posted = vault.commitment(asset, epoch);
            if (posted.attestedAt != 0 || posted.isVoid) continue;
            if (!unasked || vault.challengeOf(asset, epoch, 0).due == 0) return epoch;
        }
        vm.assume(false);
    }
}
