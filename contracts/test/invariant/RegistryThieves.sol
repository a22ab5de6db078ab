// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IBond} from "lifeboat/interfaces/IBond.sol";
import {IRegistry} from "lifeboat/interfaces/IRegistry.sol";
import {Commitment, Leaf, Phase} from "lifeboat/types/Types.sol";

import {SumTree} from "../base/SumTree.sol";
import {WholeHandler} from "./WholeHandler.sol";

/// @notice Thieves of what lies beside the vault: others' deposits, ledgers' data, redirects, the bond.
/// @dev What must be refused and is not becomes a violation.
abstract contract RegistryThieves is WholeHandler {
    using SumTree for SumTree.Tree;

    function actions() public pure virtual override returns (bytes4[] memory list) {
        bytes4[] memory before = super.actions();
        list = new bytes4[](before.length + 4);
        uint256 next = 0;
        for (; next < before.length; ++next) {
            list[next] = before[next];
        }
        list[next++] = this.stealDeposits.selector;
        list[next++] = this.abuseOfChallenges.selector;
        list[next++] = this.abuseOfRedirects.selector;
        list[next++] = this.robTheBond.selector;
    }

    /// @notice Nobody fetches what was not given back to him, pays too little, or closes what is another's.
    function stealDeposits(uint256 seed) external watched {
        (address asset, uint256 user) = (assets[seed % 2], (seed >> 8) % USERS);
        _refused(stranger, abi.encodeCall(IRegistry.withdrawDeposit, (hotWallet)), "fetched another's deposit");
        bytes memory data = abi.encodeCall(IRegistry.withdrawDeposit, (hotWallet));
        if (givenBack[users[user]] == 0) {
            _refused(users[user], data, "fetched a deposit twice");
        } else {
            _refused(users[user], abi.encodeCall(IRegistry.withdrawDeposit, (address(vault))), "fetched into the vault");
        }
        _refused(stranger, abi.encodeCall(IRegistry.cancelExit, (asset)), "cancelled another's request");
        data = abi.encodeCall(IRegistry.closeExit, (asset, users[user]));
        if (isBefore(Phase.Latched)) _refused(stranger, data, "closed a request before the latch");
        else if (asked[asset][user] == 0) _refused(stranger, data, "closed a request twice");
        if (vault.finalEpoch(asset) != 0) {
            data = requestCall(finalTree(asset), asset, uint32(user), 1);
            _refusedWith(users[user], EXIT_DEPOSIT - 1, data, "requested for less than the deposit");
            _refusedWith(stranger, EXIT_DEPOSIT, data, "requested for another");
            if (asked[asset][user] != 0) _refusedWith(users[user], EXIT_DEPOSIT, data, "requested twice");
            if (!isBefore(Phase.Latched)) _refusedWith(users[user], EXIT_DEPOSIT, data, "requested after the latch");
        }
        hit("stealDeposits");
    }

    /// @notice Challenges of what is final, attested, void, asked for or too cheap; answers that are none; a void root too early.
    function abuseOfChallenges(uint256 seed) external watched {
        address asset = assets[seed % 2];
        uint32 newest = vault.newestEpoch(asset);
        uint32 epoch = newest - uint32((seed >> 8) % (newest < 8 ? newest : 8));
        Commitment memory posted = vault.commitment(asset, epoch);
        bytes memory data = abi.encodeCall(IRegistry.challengeWord, (asset, epoch, 0));
        _refusedWith(challenger, CHALLENGE_BOND - 1, data, "challenged for less than the bond");
        bool seen = posted.attestedAt != 0 || posted.isVoid || epoch == vault.finalEpoch(asset);
        uint40 due = vault.challengeOf(asset, epoch, 0).due;
        if (seen || due != 0 || !isBefore(Phase.Latched)) {
            _refusedWith(challenger, CHALLENGE_BOND, data, "challenged what cannot be");
        }
        data = abi.encodeCall(IRegistry.challengeWord, (asset, epoch, 1 + uint32(seed >> 16) % 1000));
        _refusedWith(challenger, CHALLENGE_BOND, data, "challenged a word that there is not");
        SumTree.Tree memory tree = treeOf(asset, epoch);
        data = showCall(tree, asset, epoch, 0);
        if (due < now_()) _refused(archivist, data, "answered what was not asked, or too late");
        (bytes memory leaves, bytes memory paid) = _falsified(tree, seed >> 40);
        data = abi.encodeCall(IRegistry.answerChallenge, (asset, epoch, 0, leaves, paid, tree.siblings(0)));
        _refused(archivist, data, "answered with other leaves");
        data = abi.encodeCall(IRegistry.voidCommitment, (asset, epoch, 0));
        if (due == 0 || due >= now_()) _refused(stranger, data, "void before its time");
        if (posted.isVoid) _refused(stranger, attestCall(asset, epoch), "attested a void root");
        hit("abuseOfChallenges");
    }

    function abuseOfRedirects(uint256 seed) external watched {
        (address asset, uint256 user) = (assets[seed % 2], (seed >> 8) % USERS);
        vm.assume(vault.finalEpoch(asset) != 0);
        SumTree.Tree memory tree = finalTree(asset);
        bytes memory data = _redirectCall(tree, asset, user, hotWallet);
        _refused(stranger, data, "redirected another's share");
        _refused(users[(user + 1) % USERS], data, "redirected a neighbour's share");
        _refused(users[user], _redirectCall(tree, asset, user, address(vault)), "redirected into the vault");
        if (!isBefore(Phase.Latched)) _refused(users[user], data, "redirected after the latch");
        hit("abuseOfRedirects");
    }

    function _redirectCall(SumTree.Tree memory tree, address asset, uint256 user, address to)
        private
        pure
        returns (bytes memory)
    {
        Leaf memory leaf = tree.leaves[user];
        return abi.encodeCall(IRegistry.setRedirect, (asset, uint32(user), leaf, tree.proof(user), to));
    }

    function robTheBond(uint256 seed) external watched {
        (address asset, uint256 user) = (assets[seed % 2], (seed >> 8) % USERS);
        address operator = vm.addr(operatorKey);
        uint128 tooMuch = uint128(balanceOf(asset, address(bond)) + 1);
        _robbed(stranger, abi.encodeCall(IBond.announceUnbonding, (asset, 0)), "unbonding announced by a stranger");
        _robbed(operator, abi.encodeCall(IBond.announceUnbonding, (asset, tooMuch)), "more than the bond announced");
        bool early = now_() < bondReadyAt(asset) || now_() > bondReadyAt(asset) + 14 days;
        if (early || !isBefore(Phase.Suspected)) {
            _robbed(operator, abi.encodeCall(IBond.unbond, (asset)), "unbonded out of its time");
        }
        if (isBefore(Phase.Returning)) {
            _robbed(operator, abi.encodeCall(IBond.fillShortfall, (asset)), "a shortfall before the return");
            _robbed(operator, abi.encodeCall(IBond.openCompensation, (asset)), "compensation before the return");
        }
        bool open = bond.compensation(asset).isOpen;
        if (open) _robbed(stranger, abi.encodeCall(IBond.openCompensation, (asset)), "compensation opened twice");
        else _robbed(operator, abi.encodeCall(IBond.returnRest, (asset)), "the rest before the compensation");
        if (credits[asset][user] == 0) {
            bytes memory fetch = abi.encodeCall(IBond.withdrawCredit, (asset, hotWallet));
            _robbed(users[user], fetch, "fetched a credit that there is not");
        }
        if (vault.finalEpoch(asset) != 0) _forgeCompensation(asset, user, seed >> 16, open);
        hit("robTheBond");
    }

    function _forgeCompensation(address asset, uint256 user, uint256 seed, bool open) private {
        SumTree.Tree memory tree = finalTree(asset);
        Leaf memory leaf = Leaf(tree.leaves[user].account, tree.leaves[user].balance, tree.leaves[user].paid);
        bytes memory proof = tree.proof(user);
        bytes memory data = abi.encodeCall(IBond.compensate, (asset, uint32(user), leaf, proof));
        if (!open || bond.isCompensated(asset, uint32(user))) {
            _robbed(users[user], data, "compensated twice, or early");
        }
        uint32 index = uint32(user);
        if (seed % 4 == 0) leaf.balance += 1;
        if (seed % 4 == 1) leaf.account = stranger;
        if (seed % 4 == 2) leaf.paid += 1;
        if (seed % 4 == 3) index += uint32(1) << uint32((seed >> 8) % 31);
        data = abi.encodeCall(IBond.compensate, (asset, index, leaf, proof));
        _robbed(stranger, data, "a forged leaf compensated");
    }

    // ------------------------------------------------------------------ refusals

    function _refused(address from, bytes memory data, string memory why) private {
        _refusedWith(from, 0, data, why);
    }

    function _refusedWith(address from, uint256 value, bytes memory data, string memory why) private {
        uint256 before = from.balance;
        vm.deal(from, before + value);
        vm.prank(from);
        (bool ok,) = address(vault).call{value: value}(data);
        vm.deal(from, before);
        if (ok) violate(why);
    }

    function _robbed(address from, bytes memory data, string memory why) private {
        vm.prank(from);
        (bool ok,) = address(bond).call(data);
        if (ok) violate(why);
    }
}
