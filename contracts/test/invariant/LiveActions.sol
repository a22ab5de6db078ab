// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IRegistry} from "lifeboat/interfaces/IRegistry.sol";
import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {ExitRequest, Phase, Timeline} from "lifeboat/types/Types.sol";

import {SumTree} from "../base/SumTree.sol";
import {DepositBooks} from "./DepositBooks.sol";
import {FrozenToken} from "../twins/Tokens.sol";

/// @notice What users and the service do while it lives, and time itself. An action whose conditions do not hold is discarded.
abstract contract LiveActions is DepositBooks {
    using SumTree for SumTree.Tree;

    // ------------------------------------------------------------------ time

    /// @notice To the next edge of the timeline, or to the second before it.
    function jump(uint256 seed) external watched {
        _jump(seed);
    }

    /// @notice The same, so that a random sequence has time enough to get to the return.
    function jumpAgain(uint256 seed) external watched {
        _jump(seed);
    }

    function _jump(uint256 seed) private {
        Timeline memory line = vault.timeline();
        uint40[5] memory edges = [line.suspectedAt, line.latchedAt, line.returnAt, line.pushAt, line.returnAt + 30 days];
        for (uint256 i = 0; i < 5; ++i) {
            if (edges[i] <= now_()) continue;
            uint256 before = seed % 4 == 0 && edges[i] - 1 > now_() ? 1 : 0;
            vm.warp(edges[i] - before);
            hit("jump");
            return;
        }
        vm.assume(false);
    }

    /// @notice An hour of service, or several: beat, transfers among users, ledgers posted and attested.
    function serve(uint256 seed) external watched {
        _serve(seed);
    }

    /// @notice The same, so that a random sequence has days enough.
    function serveAgain(uint256 seed) external watched {
        _serve(seed);
    }

    function serveOn(uint256 seed) external watched {
        _serve(seed);
    }

    function _serve(uint256 seed) private {
        vm.assume(isBefore(Phase.Latched));
        bool suspected = !isBefore(Phase.Suspected);
        vm.roll(block_() + 1);
        perform(stranger, remember(beatCall()));
        for (uint256 a = 0; a < 2; ++a) {
            _transfer(assets[a], seed >> (a * 32));
            if (seed % 8 != a && postLedger(assets[a])) hit("commit");
        }
        if (suspected && isBefore(Phase.Suspected)) hit("cure");
        warpBy(1 hours + (seed >> 64) % 5 hours);
        hit("serve");
    }

    function _transfer(address asset, uint256 seed) private {
        uint256 from = seed % USERS;
        uint256 to = (seed >> 8) % USERS;
        uint128 amount = uint128((seed >> 16) % (uint256(ledger[asset][from]) + 1));
        ledger[asset][from] -= amount;
        ledger[asset][to] += amount;
    }

    // ------------------------------------------------------------------ money in and out

    function deposit(uint256 seed, uint96 amount) external watched {
        (address asset, uint256 user) = (assets[seed % 2], (seed >> 8) % USERS);
        vm.assume(amount > 0);
        _send(asset, amount, depositCall(asset, users[user], amount));
        deposited[asset][user] += amount;
        hit("deposit");
    }

    function depositToLedger(uint256 seed, uint64 amount) external watched {
        (address asset, uint256 user) = (assets[seed % 2], (seed >> 8) % USERS);
        vm.assume(amount > 0 && isBefore(Phase.Suspected));
        _send(asset, amount, abi.encodeCall(IVaultCore.depositToLedger, (asset, users[user], amount)));
        entries[asset].push(Entry(user, amount, false));
        hit("depositToLedger");
    }

    function _send(address asset, uint256 amount, bytes memory data) private {
        (bool ok,) = address(vault).call{value: asset == ETH ? amount : 0}(data);
        require(ok, "deposit refused");
        moneyIn[asset] += amount;
    }

    function withdraw(uint256 seed) external watched {
        (address asset, uint256 user) = (assets[seed % 2], (seed >> 8) % USERS);
        uint128 available = vault.segregatedOf(asset, users[user]);
        vm.assume(available > 0);
        uint128 amount = uint128(1 + (seed >> 16) % available);
        perform(users[user], abi.encodeCall(IVaultCore.withdraw, (asset, second(user), amount)));
        hit("withdraw");
    }

    function spend(uint256 seed) external watched {
        (address asset, uint256 user) = (assets[seed % 2], (seed >> 8) % KEYED);
        uint128 available = vault.segregatedOf(asset, users[user]);
        vm.assume(available > 0);
        uint128 amount = uint128(1 + (seed >> 16) % available);
        bytes memory data = spendCall(keys[user], asset, users[user], hotWallet, amount, newNonce(), soon());
        perform(stranger, remember(data));
        spent[asset][user] += amount;
        hit("spend");
    }

    // ------------------------------------------------------------------ reserve

    /// @notice Serves a user: any while live and not frozen, within the open request while suspected, frozen or not.
    function payOut(uint256 seed) external watched {
        (address asset, uint256 user) = (assets[seed % 2], (seed >> 8) % USERS);
        vm.assume(isBefore(Phase.Latched) && vault.finalEpoch(asset) != 0);
        vm.assume(!isFrozen() || !isBefore(Phase.Suspected));
        SumTree.Tree memory tree = finalTree(asset);
        bool suspected = !isBefore(Phase.Suspected);
        if (suspected) user = _withRequest(asset);
        uint256 most = netOf(asset, tree.leaves[user]);
        if (ledger[asset][user] < most) most = ledger[asset][user];
        if (vault.reserve(asset) < most) most = vault.reserve(asset);
        if (suspected) {
            uint256 asked = vault.exitRequest(asset, users[user]).target - vault.paidOut(asset, users[user]);
            if (asked < most) most = asked;
        }
        vm.assume(most > 0);
        uint128 amount = (seed >> 16) % 3 == 0 ? uint128(most) : uint128(1 + (seed >> 24) % most);
        ledger[asset][user] -= amount;
        perform(stranger, remember(payOutCall(tree, asset, uint32(user), amount)));
        bookPaid(asset, user);
        hit(suspected ? "payOut suspected" : "payOut");
    }

    function _withRequest(address asset) private view returns (uint256 user) {
        while (user < USERS && vault.exitRequest(asset, users[user]).target == 0) ++user;
        vm.assume(user < USERS);
    }

    function release(uint256 seed) external watched {
        address asset = assets[seed % 2];
        vm.assume(isBefore(Phase.Suspected));
        vm.assume(!isFrozen());
        uint256 most = releasable(asset, WARM_CAP);
        vm.assume(most > 0);
        uint256 amount = 1 + (seed >> 8) % most;
        perform(stranger, remember(releaseCall(asset, hotWallet, amount)));
        record(asset, amount, false);
        hit("release");
    }

    /// @notice Late money, funding, or a loss that no rule of the vault allows for.
    function tide(uint256 seed) external watched {
        address asset = assets[seed % 2];
        // What a round has set aside is not lost: by then the vault alone decides where it goes.
        if ((seed >> 8) % 4 != 0 || !isBefore(Phase.Returning)) {
            donateTo(asset, (seed >> 16) % 5e18);
            hit("donate");
            return;
        }
        uint256 amount = (seed >> 16) % (vault.reserve(asset) / 3 + 1);
        moneyLost[asset] += amount;
        if (asset == ETH) vm.deal(address(vault), address(vault).balance - amount);
        else FrozenToken(token).seize(address(vault), amount);
        hit("lose");
    }

    // ------------------------------------------------------------------ requests and wind-down

    /// @notice Answers or reports whatever open request can be; else opens one or withdraws one.
    function exitRequest(uint256 seed) external watched {
        vm.assume(isBefore(Phase.Latched));
        if (_answerOrReport(assets[0]) || _answerOrReport(assets[1])) return;
        address asset = assets[seed % 2];
        vm.assume(vault.finalEpoch(asset) != 0);
        _askOrWithdraw(asset, (seed >> 8) % USERS, seed >> 16, finalTree(asset));
    }

    function _answerOrReport(address asset) private returns (bool) {
        if (vault.finalEpoch(asset) == 0) return false;
        SumTree.Tree memory tree = finalTree(asset);
        for (uint256 user = 0; user < USERS; ++user) {
            if (_answer(asset, user, tree) || _report(asset, user)) return true;
        }
        return false;
    }

    function _answer(address asset, uint256 user, SumTree.Tree memory tree) private returns (bool) {
        ExitRequest memory open = vault.exitRequest(asset, users[user]);
        if (open.target == 0) return false;
        if (vault.commitment(asset, vault.finalEpoch(asset)).snapshotAt < open.openedAt) return false;
        uint256 net = netOf(asset, tree.leaves[user]);
        if (net >= open.target - vault.paidOut(asset, users[user])) return false;
        perform(stranger, answerCall(tree, asset, uint32(user)));
        if (net == 0) bookClosed(asset, user);
        else asked[asset][user] = vault.paidOut(asset, users[user]) + net;
        hit("answerExit");
        return true;
    }

    function _report(address asset, uint256 user) private returns (bool) {
        ExitRequest memory open = vault.exitRequest(asset, users[user]);
        if (open.target == 0 || open.reported || now_() < open.due) return false;
        perform(stranger, abi.encodeCall(IRegistry.reportUnserved, (asset, users[user])));
        hit("reportUnserved");
        return true;
    }

    function _askOrWithdraw(address asset, uint256 user, uint256 seed, SumTree.Tree memory tree) private {
        // Now and then somebody who has asked.
        for (uint256 i = 0; i < USERS && seed % 4 == 3; ++i) {
            if (vault.exitRequest(asset, users[i]).target != 0) user = i;
        }
        if (vault.exitRequest(asset, users[user]).target != 0) {
            perform(users[user], abi.encodeCall(IRegistry.cancelExit, (asset)));
            bookClosed(asset, user);
            hit("cancelExit");
            return;
        }
        uint128 net = netOf(asset, tree.leaves[user]);
        vm.assume(net > 0);
        uint128 amount = seed % 2 == 0 ? net : uint128(1 + (seed >> 8) % net);
        performWith(users[user], EXIT_DEPOSIT, requestCall(tree, asset, uint32(user), amount));
        bookRequest(asset, user, amount);
        hit("requestExit");
    }

    function windDown(uint256 seed) external watched {
        vm.assume(seed % 8 == 0 && isBefore(Phase.Suspected) && vault.liveness().windDownAt == 0);
        perform(stranger, remember(windDownCall(now_() + 30 days + uint40(seed >> 8) % 1 days, soon())));
        hit("windDown");
    }

    /// @notice Money rule 8: what was accepted once is refused from now on, here and next door.
    function replay(uint256 seed) external watched {
        vm.assume(accepted.length > 0);
        bytes memory data = accepted[seed % accepted.length];
        address target = targetOf(data);
        vm.prank(stranger);
        (bool ok,) = target.call(data);
        if (ok) violate("rule 8: a signed call was accepted twice");
        target = target == address(vault) ? address(sibling) : vm.computeCreateAddress(address(sibling), 3);
        vm.prank(stranger);
        (ok,) = target.call(data);
        if (ok) violate("rule 8: a signed call was accepted by another vault");
        hit("replay");
    }
}
