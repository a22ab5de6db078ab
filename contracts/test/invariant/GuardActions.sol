// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ISafeguards} from "lifeboat/interfaces/ISafeguards.sol";
import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Phase, Recovery} from "lifeboat/types/Types.sol";

import {SumTree} from "../base/SumTree.sol";
import {Typed} from "../base/Typed.sol";
import {DepositBooks} from "./DepositBooks.sol";

/// @notice What operator, signers, guardians and watchers do beside the daily service: tiers, brakes, windows, rotations, their own money.
/// An action whose conditions do not hold is discarded.
abstract contract GuardActions is DepositBooks {
    using SumTree for SumTree.Tree;

    struct Cold {
        address asset;
        uint256 amount;
        uint256 queuedAt;
        bool closed;
    }

    Cold[] internal colds;
    uint256[] private _nextKeys;
    uint256 private _rotationAnnouncedAt;
    uint256 private _rotatedAt;
    uint256 private _freezes;
    uint256 private _windows;
    uint256 private _majeures;
    uint256 private _lastAlarm;

    // ------------------------------------------------------------------ tiers

    /// @notice The operator alone, within his cap.
    function hotRelease(uint256 seed) external watched {
        address asset = assets[seed % 2];
        vm.assume(isBefore(Phase.Suspected) && !isFrozen());
        uint256 most = releasable(asset, HOT_CAP);
        vm.assume(most > 0);
        uint256 amount = 1 + (seed >> 8) % most;
        perform(stranger, remember(hotReleaseCall(asset, hotWallet, amount)));
        record(asset, amount, true);
        hit("hotRelease");
    }

    function hotPayOut(uint256 seed) external watched {
        (address asset, uint256 user) = (assets[seed % 2], (seed >> 8) % USERS);
        vm.assume(isBefore(Phase.Suspected) && !isFrozen() && vault.finalEpoch(asset) != 0);
        SumTree.Tree memory tree = finalTree(asset);
        uint256 most = room(asset, HOT_CAP);
        uint256 net = netOf(asset, tree.leaves[user]);
        if (net < most) most = net;
        if (ledger[asset][user] < most) most = ledger[asset][user];
        if (vault.reserve(asset) < most) most = vault.reserve(asset);
        vm.assume(most > 0);
        uint128 amount = uint128(1 + (seed >> 16) % most);
        perform(stranger, remember(hotPayOutCall(tree, asset, uint32(user), amount)));
        record(asset, amount, true);
        bookPaid(asset, user);
        ledger[asset][user] -= amount;
        hit("hotPayOut");
    }

    function cancel(uint256 seed) external watched {
        address asset = assets[seed % 2];
        perform(stranger, remember(cancelReleaseCall(asset, nextNonce(asset) + (seed >> 8) % 64)));
        hit("cancelRelease");
    }

    // ------------------------------------------------------------------ cold releases

    function queueCold(uint256 seed) external watched {
        address asset = assets[seed % 2];
        vm.assume(isBefore(Phase.Suspected));
        // Mostly what the floor will still let go when its time has come.
        uint256 most = seed % 8 == 0 ? vault.reserve(asset) : aboveFloor(asset) / 2;
        uint256 amount = 1 + (seed >> 8) % (most + 1);
        perform(stranger, remember(queueCall(asset, hotWallet, amount, colds.length)));
        colds.push(Cold(asset, amount, now_(), false));
        hit("queueRelease");
    }

    function executeCold(uint256 seed) external watched {
        _executeCold(seed);
    }

    /// @notice The same: few releases are still good when their time has come.
    function executeColdAgain(uint256 seed) external watched {
        _executeCold(seed);
    }

    function _executeCold(uint256 seed) private {
        vm.assume(isBefore(Phase.Suspected) && !isFrozen() && colds.length > 0);
        for (uint256 i = 0; i < colds.length; ++i) {
            uint256 salt = (seed % colds.length + i) % colds.length;
            Cold storage cold = colds[salt];
            if (cold.closed || cold.amount > aboveFloor(cold.asset)) continue;
            uint256 readyAt = cold.queuedAt + COLD_DELAY;
            if (now_() < readyAt || now_() > readyAt + 14 days) continue;
            if (cold.queuedAt <= vault.conduct().curedAt || cold.queuedAt <= _rotatedAt) continue;
            perform(stranger, executeCall(cold.asset, hotWallet, cold.amount, salt));
            if (isFrozen()) violate("a cold release while frozen");
            if (cold.queuedAt < lastSuspected) violate("a cold release from before a suspicion");
            cold.closed = true;
            hit("executeRelease");
            return;
        }
        vm.assume(false);
    }

    function vetoCold(uint256 seed) external watched {
        vm.assume(colds.length > 0);
        uint256 salt = seed % colds.length;
        vm.assume(!colds[salt].closed);
        bytes32 release = Typed.coldRelease(colds[salt].asset, hotWallet, colds[salt].amount, salt);
        perform(stranger, remember(vetoCall(release)));
        colds[salt].closed = true;
        hit("vetoRelease");
    }

    // ------------------------------------------------------------------ brakes and windows

    function freezeOutflow(uint256 seed) external watched {
        vm.assume(isBefore(Phase.Latched) && _freezes < 8);
        vm.assume(frozenTo == 0 || now_() >= frozenTo + 2 * FREEZE_MAX);
        frozenTo = now_() + 1 + seed % FREEZE_MAX;
        perform(stranger, remember(freezeCall(uint40(frozenTo))));
        ++_freezes;
        hit("freeze");
        _withdrawAWei();
    }

    /// @dev A freeze holds up nobody's own money.
    function _withdrawAWei() private {
        for (uint256 i = 0; i < USERS; ++i) {
            if (vault.segregatedOf(ETH, users[i]) == 0) continue;
            perform(users[i], abi.encodeCall(IVaultCore.withdraw, (ETH, second(i), 1)));
            return hit("withdraw");
        }
    }

    function maintain(uint256 seed) external watched {
        vm.assume(isBefore(Phase.Suspected) && _windows < 6);
        vm.assume(vault.excuses().maintenanceUntil <= vault.liveness().lastBeat);
        uint40 from = now_() + 24 hours + uint40(seed % 4 hours);
        perform(stranger, remember(maintenanceCall(from, from + 1 + uint40((seed >> 32) % 12 hours))));
        ++_windows;
        hit("maintenance");
    }

    function declareMajeure(uint256 seed) external watched {
        vm.assume(isBefore(Phase.Suspected) && _majeures == 0 && seed % 4 == 0);
        perform(stranger, remember(majeureCall(now_() + 1 + uint40((seed >> 8) % 14 days))));
        ++_majeures;
        hit("forceMajeure");
    }

    function alarm(uint256 seed) external watched {
        vm.assume(isBefore(Phase.Suspected) && seed % 3 == 0);
        vm.assume(_lastAlarm == 0 || now_() > _lastAlarm + 7 days);
        perform(stranger, remember(alarmCall(now_() + (seed >> 8) % 7 days)));
        _lastAlarm = now_();
        if (vault.phase() != Phase.Suspected) violate("an alarm that latched, or was not heard");
        hit("alarm");
    }

    function backupBeat(uint256) external watched {
        vm.assume(isBefore(Phase.Latched));
        vm.roll(block_() + 1);
        perform(stranger, remember(beatCall(backupKey, block_() - 1, blockhash(block_() - 1))));
        hit("backupBeat");
    }

    function say(uint256 seed) external watched {
        perform(stranger, remember(announceCall(safeguards().announcements(), uint8(seed % 7))));
        hit("announce");
    }

    // ------------------------------------------------------------------ rotations

    function announceRotation(uint256 seed) external watched {
        vm.assume(isBefore(Phase.Suspected) && !_rotationPending());
        _nextKeys = memberKeys(string(abi.encodePacked("signers", uint8(0x41 + seed % 16))), 3);
        uint256 sequence = safeguards().rotations();
        perform(stranger, remember(rotationCall(idsOf(_nextKeys), 2, 3, sequence, soon())));
        _rotationAnnouncedAt = now_();
        hit("announceRotation");
    }

    function activateRotation(uint256) external watched {
        vm.assume(isBefore(Phase.Suspected) && _rotationPending());
        vm.assume(now_() >= _rotationAnnouncedAt + ROTATION_NOTICE);
        perform(stranger, abi.encodeCall(ISafeguards.activateRotation, ()));
        if (_rotationAnnouncedAt < lastSuspected) violate("a rotation from before a suspicion");
        signerKeys = _nextKeys;
        (_rotatedAt, _rotationAnnouncedAt) = (now_(), 0);
        hit("activateRotation");
    }

    /// @dev Announced, and neither lapsed nor void.
    function _rotationPending() private view returns (bool) {
        if (_rotationAnnouncedAt == 0 || _rotationAnnouncedAt <= vault.conduct().curedAt) return false;
        return now_() <= _rotationAnnouncedAt + ROTATION_NOTICE + 14 days;
    }

    // ------------------------------------------------------------------ the service's own

    function ownMoney(uint256 seed) external watched {
        address asset = assets[seed % 2];
        vm.assume(!isBefore(Phase.Returning) && now_() >= uint256(vault.timeline().returnAt) + 30 days);
        Recovery memory recovered = vault.recovery(asset);
        vm.assume(recovered.isFixed && recovered.allotted == recovered.owed && now_() >= recovered.roundsFrom);
        // Where a dispute has put an older ledger in its place, part of it may be no equity.
        vm.assume(recovered.epoch == vault.finalEpoch(asset));
        uint256 setAside = recovered.allotted - recovered.tallied;
        vm.assume(vault.reserve(asset) > setAside);
        uint256 amount = 1 + (seed >> 8) % (vault.reserve(asset) - setAside);
        perform(stranger, remember(equityCall(asset, hotWallet, amount, newNonce())));
        hit("releaseEquity");
    }
}
