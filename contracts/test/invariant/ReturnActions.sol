// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Leaf, Phase, Round} from "lifeboat/types/Types.sol";

import {SumTree} from "../base/SumTree.sol";
import {World} from "./World.sol";

/// @notice What anybody does once the vault has latched. An action whose conditions do not hold is discarded.
abstract contract ReturnActions is World {
    using SumTree for SumTree.Tree;

    // ------------------------------------------------------------------ after the latch

    function latchVault() external watched {
        vm.assume(!isBefore(Phase.Latched) && !vault.recovery(ETH).isFixed);
        perform(stranger, abi.encodeCall(IVaultCore.latch, ()));
        hit("latch");
    }

    function refund(uint256 seed) external watched {
        address asset = assets[seed % 2];
        vm.assume(!isBefore(Phase.Latched) && entries[asset].length > 0);
        uint256 entry = (seed >> 8) % entries[asset].length;
        _refund(asset, entry);
    }

    function _refund(address asset, uint256 entry) internal {
        Entry storage queued = entries[asset][entry];
        vm.assume(entry >= _refundableFrom(asset) && !queued.refunded);
        (uint256 user, uint256 taken) = (queued.user, 0);
        if (entry < vault.recovery(asset).reopenedTo && vault.paidOut(asset, users[user]) != 0) {
            taken = _refundByLeaf(asset, entry, user, queued.amount);
        } else {
            perform(stranger, abi.encodeCall(IVaultCore.refundPending, (asset, entry)));
        }
        queued.refunded = true;
        refunded[asset][user] += queued.amount - taken;
        hit("refundPending");
    }

    /// @dev What the user was paid out beyond his leaf was of his deposits.
    function _refundByLeaf(address asset, uint256 entry, uint256 user, uint256 amount) private returns (uint256 taken) {
        SumTree.Tree memory tree = finalTree(asset);
        Leaf memory leaf = tree.leaves[user];
        uint256 had = vault.paidOut(asset, users[user]);
        uint256 known = uint256(leaf.balance) + leaf.paid + withheld[asset][user];
        taken = had > known ? had - known : 0;
        if (taken > amount) taken = amount;
        withheld[asset][user] += taken;
        disputes.refundEntry(asset, entry, uint32(user), leaf, tree.proof(user));
        hit("refundEntry");
        if (taken > 0) hit("refundEntry less payouts");
    }

    /// @dev Entries below are in the ledger: absorbed, or covered by the commitment that will count.
    function _refundableFrom(address asset) internal view returns (uint256 cursor) {
        cursor = vault.book(asset).absorbed;
        if (vault.recovery(asset).isFixed) return cursor;
        uint32 counting = vault.finalEpoch(asset);
        if (counting == 0) return cursor;
        uint256 covered = vault.commitment(asset, counting).depositCursor;
        if (covered > cursor) cursor = covered;
    }

    function count(uint256 seed) external watched {
        address asset = assets[seed % 2];
        vm.assume(isCountable(asset));
        SumTree.Tree memory tree = finalTree(asset);
        bool packed = (seed >> 8) % 2 == 0;
        perform(stranger, packed ? countPackedCall(tree, asset, 0) : countCall(tree, asset, 0));
        hit(packed ? "countPacked" : "countWord");
    }

    function isCountable(address asset) internal view returns (bool) {
        bool open = vault.phase() == Phase.Latched || now_() < vault.recovery(asset).roundsFrom;
        return !isBefore(Phase.Latched) && open && countingEpoch(asset) != 0 && !vault.wordCounted(asset, 0);
    }

    // ------------------------------------------------------------------ rounds

    function openNextRound(uint256 seed) external watched {
        vm.assume(_openRound(assets[seed % 2]));
        hit("openRound");
    }

    function _openRound(address asset) internal returns (bool open) {
        uint128 before = vault.recovery(asset).allotted;
        vm.prank(stranger);
        (open,) = address(vault).call(abi.encodeCall(IVaultCore.openRound, (asset)));
        if (!open) return false;
        _bookRound(asset, before);
    }

    function _bookRound(address asset, uint128 allottedBefore) internal {
        uint128 numerator = vault.recovery(asset).allotted - allottedBefore;
        opened[asset].push(Round(uint32(opened[asset].length), numerator, vault.recovery(asset).owed));
    }

    /// @notice Some nodes under the root, then some under the one of these that is above all users: valid in any order, again and again.
    function anchorNodes(uint256 seed) external watched {
        address asset = assets[seed % 2];
        Round memory round = _anyRound(asset, seed >> 16);
        SumTree.Tree memory tree = finalTree(asset);
        uint256 middle = 1 + (seed >> 24) % 6;
        uint256 low = (seed >> 32) % middle;
        perform(stranger, anchorCall(tree, asset, round, tree.depthOf(), 0, middle));
        perform(stranger, anchorCall(tree, asset, round, middle, 0, low));
        anchored[asset][round.id].push(low);
        hit("anchor");
    }

    function claimShare(uint256 seed) external watched {
        (address asset, uint256 user) = (assets[seed % 2], (seed >> 8) % USERS);
        vm.assume(asset != ETH || user != REVERTER || redirected[asset][user]);
        Round memory round = _anyRound(asset, seed >> 16);
        SumTree.Tree memory tree = finalTree(asset);
        uint256 share = _unsettledShare(asset, round, user, tree.leaves[user]);
        bytes memory data = _anyClaim(tree, asset, round, user, seed >> 24);
        _performFor(asset, user, share, data);
        _settle(asset, round.id, user, share);
        hit("claim");
    }

    /// @dev The claim must pay exactly the share, to exactly where the account wants it.
    function _performFor(address asset, uint256 user, uint256 share, bytes memory data) private {
        address payee = redirected[asset][user] ? third(user) : users[user];
        uint256 before = balanceOf(asset, payee);
        perform(stranger, data);
        if (balanceOf(asset, payee) - before != share) violate("a share went elsewhere");
        if (redirected[asset][user]) hit("claim redirected");
    }

    /// @dev By the whole proof, or by one that ends at an anchor.
    function _anyClaim(SumTree.Tree memory tree, address asset, Round memory round, uint256 user, uint256 seed)
        private
        returns (bytes memory)
    {
        uint256[] storage levels = anchored[asset][round.id];
        if (levels.length == 0 || seed % 4 == 0) return claimCall(tree, asset, round, uint32(user));
        uint256 level = levels[(seed >> 2) % levels.length];
        // The nodes anchored on it are the first few.
        if (user >> level > 1) return claimCall(tree, asset, round, uint32(user));
        hit("claim below an anchor");
        return claimUpToCall(tree, asset, round, uint32(user), level);
    }

    function claimShareTo(uint256 seed) external watched {
        (address asset, uint256 user) = (assets[seed % 2], (seed >> 8) % KEYED);
        Round memory round = _anyRound(asset, seed >> 16);
        SumTree.Tree memory tree = finalTree(asset);
        uint256 share = _unsettledShare(asset, round, user, tree.leaves[user]);
        uint128 fee = uint128((seed >> 24) % (share + 1));
        bytes memory data = claimToCall(keys[user], tree, asset, round, uint32(user), second(user), fee);
        perform(relayer(user), remember(data));
        _settle(asset, round.id, user, share);
        hit("claimTo");
    }

    function pushShares(uint256 seed) external watched {
        address asset = assets[seed % 2];
        vm.assume(now_() >= pushesFrom(asset));
        Round memory round = _anyRound(asset, seed >> 16);
        vm.assume(_isPushable(asset, round));
        _push(asset, round);
        hit("pushWord");
    }

    /// @dev A push passes over whoever wants his share elsewhere.
    function _isPushable(address asset, Round memory round) internal view returns (bool any) {
        for (uint256 i = 0; i < USERS; ++i) {
            if (!settled[asset][round.id][i] && !redirected[asset][i]) any = true;
        }
    }

    function tallyClaims(uint256 seed) external watched {
        address asset = assets[seed % 2];
        Round memory round = _anyRound(asset, seed >> 16);
        perform(stranger, abi.encodeCall(IVaultCore.tally, (asset, round.id, new uint32[](1))));
        hit("tally");
    }

    // ------------------------------------------------------------------ the bookkeeper's side

    function _anyRound(address asset, uint256 seed) internal view returns (Round memory) {
        uint256 rounds = opened[asset].length;
        vm.assume(rounds > 0);
        return opened[asset][seed % rounds];
    }

    function _unsettledShare(address asset, Round memory round, uint256 user, Leaf memory leaf)
        internal
        view
        returns (uint256 share)
    {
        share = shareOf(asset, round, leaf);
        vm.assume(share > 0 && !settled[asset][round.id][user]);
    }

    /// @dev Pushes, then books whoever's bit is new at the share that he must have got.
    function _push(address asset, Round memory round) internal {
        SumTree.Tree memory tree = finalTree(asset);
        _pushAtAPrice(pushCall(tree, asset, round, 0));
        uint256 bits = vault.cell(asset, round.id, 0);
        for (uint256 i = 0; i < USERS; ++i) {
            if (settled[asset][round.id][i] || bits & (1 << i) == 0) continue;
            _settle(asset, round.id, i, shareOf(asset, round, tree.leaves[i]));
        }
    }

    /// @dev A stranger pushes, for what the tank repays.
    function _pushAtAPrice(bytes memory data) private {
        uint256 before = stranger.balance;
        vm.txGasPrice(1 gwei);
        perform(stranger, data);
        vm.txGasPrice(0);
        if (stranger.balance > before) hit("repaid");
    }

    function _settle(address asset, uint256 round, uint256 user, uint256 share) internal {
        if (settled[asset][round][user]) violate("rule 2: settled twice");
        settled[asset][round][user] = true;
        claimed[asset][user] += share;
        paidInRound[asset][round] += share;
    }
}
