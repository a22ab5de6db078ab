// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Compensation, IBond} from "lifeboat/interfaces/IBond.sol";
import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {Leaf, Phase, Recovery, Timeline} from "lifeboat/types/Types.sol";

import {SumTree} from "../base/SumTree.sol";
import {ReturnActions} from "./ReturnActions.sol";

/// @notice The bond from the first unit put in to the last one paid, with books of its own. An action whose conditions do not hold is
/// discarded.
abstract contract BondActions is ReturnActions {
    using SumTree for SumTree.Tree;

    struct Leaving {
        uint128 amount;
        /// Zero: nothing is announced.
        uint256 readyAt;
    }

    /// What is bond: put in, and neither unbonded, sent after a shortfall, set aside as compensation nor returned.
    mapping(address asset => uint256) private _held;
    mapping(address asset => Leaving) private _leaving;
    mapping(address asset => uint256) private _firstMissing;
    mapping(address asset => uint256) private _filled;
    mapping(address asset => bool) private _isOpen;
    mapping(address asset => uint256) private _opened;
    mapping(address asset => uint256) private _paid;
    mapping(address asset => bool[USERS]) private _done;

    // ------------------------------------------------------------------ while the service lives

    function putBond(uint256 seed) external watched {
        address asset = assets[seed % 2];
        uint256 amount = 1 + (seed >> 8) % 4e18;
        bond.put{value: asset == ETH ? amount : 0}(asset, amount);
        moneyIn[asset] += amount;
        _held[asset] += amount;
        hit("put");
    }

    /// @notice Some of it is to go, or nothing any more.
    function announceUnbonding(uint256 seed) external watched {
        address asset = assets[seed % 2];
        uint128 amount = uint128((seed >> 8) % (_held[asset] + 1));
        vm.prank(vm.addr(operatorKey));
        bond.announceUnbonding(asset, amount);
        _leaving[asset] = Leaving(amount, amount == 0 ? 0 : now_() + UNBONDING);
        hit("announceUnbonding");
    }

    /// @notice The service lives on until the notice is over, if it can, and takes out what it announced.
    function unbond(uint256 seed) external watched {
        address asset = assets[seed % 2];
        Leaving memory leaving = _leaving[asset];
        vm.assume(leaving.readyAt != 0 && isBefore(Phase.Suspected) && now_() <= leaving.readyAt + 14 days);
        while (now_() < leaving.readyAt && isBefore(Phase.Suspected)) {
            _liveOn(leaving.readyAt - now_());
        }
        if (!isBefore(Phase.Suspected)) return;
        uint256 before = vault.reserve(asset);
        vm.prank(stranger);
        bond.unbond(asset);
        if (vault.reserve(asset) - before != leaving.amount) violate("unbonded to another place than the reserve");
        _held[asset] -= leaving.amount;
        delete _leaving[asset];
        hit("unbond");
    }

    function _liveOn(uint256 secs) private {
        vm.roll(block_() + 1);
        perform(stranger, beatCall());
        postLedger(ETH, true);
        postLedger(token, true);
        warpBy(secs < 20 hours ? secs : 20 hours);
    }

    // ------------------------------------------------------------------ the return

    function fillShortfall(uint256 seed) external watched {
        vm.assume(!isBefore(Phase.Returning));
        vm.assume(_fill(assets[seed % 2]));
        hit("fillShortfall");
    }

    /// @return ok The bond has sent something; else nothing is missing, or there is no bond.
    function _fill(address asset) internal returns (bool ok) {
        Recovery memory before = vault.recovery(asset);
        uint256 balance = balanceOf(asset, address(bond));
        bytes memory why;
        vm.prank(stranger);
        (ok, why) = address(bond).call(abi.encodeCall(IBond.fillShortfall, (asset)));
        if (!ok) {
            bytes4 reason = selectorOf(why);
            bool nothing =
                reason == Errors.Bond_NothingMissing.selector || reason == Errors.Bond_CompensationNotOpen.selector;
            // While its ledger is disputed.
            if (nothing || reason == Errors.Return_RoundHeld.selector) return false;
            assembly ("memory-safe") {
                revert(add(why, 0x20), mload(why))
            }
        }
        if (vault.recovery(asset).rounds != before.rounds) {
            _bookRound(asset, before.allotted);
            hit("round opened by the bond");
        }
        uint256 sent = balance - balanceOf(asset, address(bond));
        uint256 missing = vault.recovery(asset).owed - vault.recovery(asset).allotted;
        if (_filled[asset] == 0) _firstMissing[asset] = missing;
        _filled[asset] += sent;
        if (sent == 0 || sent > missing || _filled[asset] > _firstMissing[asset]) {
            violate("the bond has filled too much");
        }
        _held[asset] -= sent;
    }

    function openCompensation(uint256 seed) external watched {
        vm.assume(_openCompensation(assets[seed % 2]) || _openCompensation(assets[1 - seed % 2]));
        hit("openCompensation");
    }

    function _openCompensation(address asset) internal returns (bool) {
        Recovery memory recovered = vault.recovery(asset);
        if (isBefore(Phase.Returning) || !recovered.isFixed || recovered.allotted != recovered.owed) return false;
        if (_isOpen[asset] || now_() < recovered.roundsFrom) return false;
        uint256 promised = _promised(recovered.owed);
        vm.prank(stranger);
        bond.openCompensation(asset);
        _opened[asset] = promised < _held[asset] ? promised : _held[asset];
        _held[asset] -= _opened[asset];
        _isOpen[asset] = true;
        Compensation memory opened_ = bond.compensation(asset);
        if (opened_.amount != _opened[asset] || opened_.owed != recovered.owed) {
            violate("another compensation than promised");
        }
        if (_opened[asset] > 0) hit("compensation above zero");
        return true;
    }

    /// @dev 1 % a day beyond four hours, 10 % at most: the terms.
    function _promised(uint256 owed) private view returns (uint256) {
        Timeline memory line = vault.timeline();
        uint256 downtime = vault.conduct().downtime;
        if (line.suspectedAt <= line.latchedAt) downtime += line.returnAt - line.suspectedAt;
        downtime = downtime > 4 hours ? downtime - 4 hours : 0;
        uint256 byTime = owed * 100 * downtime / (1 days * 10_000);
        uint256 cap = owed * 1000 / 10_000;
        return byTime < cap ? byTime : cap;
    }

    /// @notice Some of those who have not had theirs; some of whom it could not be sent to fetch it at once.
    function compensate(uint256 seed) external watched {
        bool any = false;
        for (uint256 i = 0; i < 2 * USERS; ++i) {
            if (seed >> i & 3 == 0 || !_compensate(assets[i % 2], i / 2)) continue;
            any = true;
            if (seed >> i & 4 != 0 && _fetchCredit(assets[i % 2], i / 2)) hit("withdrawCredit");
        }
        vm.assume(any);
    }

    function _compensate(address asset, uint256 user) internal returns (bool) {
        if (_opened[asset] == 0 || _done[asset][user]) return false;
        SumTree.Tree memory tree = finalTree(asset);
        Leaf memory leaf = tree.leaves[user];
        uint256 share = netOf(asset, leaf) * _opened[asset] / vault.recovery(asset).owed;
        if (share == 0) return false;
        uint256 before = bond.creditOf(asset, _payee(asset, user));
        vm.prank(stranger);
        bond.compensate(asset, uint32(user), leaf, tree.proof(user));
        uint256 credited = bond.creditOf(asset, _payee(asset, user)) - before;
        if (credited != 0 && credited != share) violate("a part of a compensation was credited");
        compensated[asset][user] = share;
        credits[asset][user] += credited;
        _paid[asset] += share;
        _done[asset][user] = true;
        hit(credited == 0 ? "compensate" : "compensate by credit");
        return true;
    }

    function fetchCredit(uint256 seed) external watched {
        for (uint256 i = 0; i < 2 * USERS; ++i) {
            if (_fetchCredit(assets[(seed % 2 + i) % 2], (seed / 2 + i / 2) % USERS)) return hit("withdrawCredit");
        }
        vm.assume(false);
    }

    function _fetchCredit(address asset, uint256 user) internal returns (bool) {
        if (credits[asset][user] == 0) return false;
        vm.prank(_payee(asset, user));
        bond.withdrawCredit(asset, second(user));
        credits[asset][user] = 0;
        return true;
    }

    /// @dev Where the account's shares go, which does not change after the latch.
    function _payee(address asset, uint256 user) private view returns (address payee) {
        payee = vault.redirectOf(asset, users[user]);
        if (payee == address(0)) payee = users[user];
    }

    function returnRest(uint256 seed) external watched {
        vm.assume(_returnRest(assets[seed % 2]));
        hit("returnRest");
    }

    function _returnRest(address asset) internal returns (bool) {
        if (!_isOpen[asset] || _held[asset] == 0) return false;
        vm.prank(stranger);
        bond.returnRest(asset);
        _held[asset] = 0;
        return true;
    }

    /// @notice When what is announced may be taken out, Unix seconds; zero: nothing is announced.
    function bondReadyAt(address asset) internal view returns (uint256) {
        return _leaving[asset].readyAt;
    }

    // ------------------------------------------------------------------ the rules

    function checkBond(address asset) internal view {
        uint256 owing = _opened[asset] - _paid[asset];
        for (uint256 i = 0; i < USERS; ++i) {
            assertEq(bond.creditOf(asset, _payee(asset, i)), credits[asset][i], "another credit than was booked");
            owing += credits[asset][i];
        }
        assertLe(_paid[asset], _opened[asset], "more compensation than was opened");
        assertEq(balanceOf(asset, address(bond)), _held[asset] + owing, "the bond is not the sum of its parts");
        uint256 leaves = _leaving[asset].amount;
        assertEq(bond.bonded(asset), _held[asset] > leaves ? _held[asset] - leaves : 0, "another bond than was booked");
    }

    /// @notice Rounds over what the bond sends after them, until it has nothing or nothing is missing.
    function _drainShortfall(address asset) internal {
        // What was sent before may wait for a tally.
        do {
            _tallyAll(asset);
            while (_openRound(asset)) {}
        } while (_fill(asset));
    }

    function _drainCompensation(address asset) internal {
        _openCompensation(asset);
        for (uint256 i = 0; i < USERS; ++i) {
            _compensate(asset, i);
            _fetchCredit(asset, i);
        }
        _returnRest(asset);
        // A ledger that is short to the end has had all of it.
        assertEq(_held[asset], 0, "a bond is left behind");
        assertGt(_paid[asset] + USERS, _dueInAll(asset), "rule 9: more than dust of compensation");
    }

    /// @dev All that was opened, but for the part of leaves that were paid out and never counted.
    function _dueInAll(address asset) private view returns (uint256) {
        if (_opened[asset] == 0) return 0;
        SumTree.Tree memory tree = finalTree(asset);
        uint256 net = 0;
        for (uint256 i = 0; i < USERS; ++i) {
            net += netOf(asset, tree.leaves[i]);
        }
        return net * _opened[asset] / vault.recovery(asset).owed;
    }

    function _tallyAll(address asset) private {
        for (uint32 r = 0; r < opened[asset].length; ++r) {
            perform(stranger, abi.encodeCall(IVaultCore.tally, (asset, r, new uint32[](1))));
        }
    }
}
