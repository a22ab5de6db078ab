// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IRegistry} from "lifeboat/interfaces/IRegistry.sol";
import {Phase, Timeline} from "lifeboat/types/Types.sol";

import {SumTree} from "../base/SumTree.sol";
import {VaultTest} from "../base/VaultTest.sol";

/// @notice The clock against a model of its own: random histories of beats, roots, requests, payouts, announced windows, alarms, cures and a
/// wind-down.
/// forge-config: default.fuzz.runs = 100
/// forge-config: deep.fuzz.runs = 5000
contract PhaseFuzzTest is VaultTest {
    uint256 private constant NEVER = type(uint256).max;
    uint256 private constant CAP = 21 days;

    /// @dev What the specification lets a timeline depend on, kept by this test from what it did.
    struct Model {
        uint256 lastBeat;
        uint256 ethRoot;
        uint256 tokenRoot;
        uint256 overdueSince;
        uint256 overdue;
        uint256 running;
        uint256 windDown;
        uint256 maintenanceFrom;
        uint256 maintenanceUntil;
        uint256 majeureFrom;
        uint256 majeureUntil;
        uint256 alarmAt;
        uint256 flickerUntil;
    }

    Model private model;
    uint256[] private cures;
    uint256[3] private keys = [aliceKey, bobKey, carolKey];
    uint256[3] private due;
    bool[3] private reported;

    function setUp() public override {
        super.setUp();
        openService();
        model = Model(now_(), START, START, NEVER, 0, NEVER, NEVER, 0, 0, 0, 0, 0, 0);
    }

    function testFuzz_phaseFollowsTheModel(uint256 seed) public {
        for (uint256 step = 0; step < 32; ++step) {
            uint256 random = uint256(keccak256(abi.encode(seed, step)));
            warpBy(_pause(random));
            _compare();
            _act(random >> 64);
            _compare();
        }
    }

    /// @dev Minutes to days; now and then to an edge of the timeline, or to the second before it.
    function _pause(uint256 random) private view returns (uint256) {
        uint256 kind = random % 8;
        random >>= 8;
        Timeline memory line = vault.timeline();
        uint256[3] memory edges = [uint256(line.suspectedAt), line.latchedAt, line.returnAt];
        uint256 edge = edges[random % 8 == 0 ? 1 + (random >> 3) % 2 : 0] - (random >> 8) % 2;
        if (kind < 2 && edge > now_()) return edge - now_();
        if (kind < 6) return random % 10 hours;
        return random % 20 hours;
    }

    function _act(uint256 random) private {
        if (now_() >= _latchAt()) return;
        uint256 start = _start();
        uint256 own = _own();
        uint256 kind = random % 10;
        if (kind < 3) {
            beat();
            model.lastBeat = now_();
            _cured(start, own);
        } else if (kind < 7) {
            address asset = kind < 5 ? ETH : token;
            if (_tryPost(asset)) {
                if (asset == ETH) model.ethRoot = now_();
                else model.tokenRoot = now_();
                _cured(start, own);
            }
        } else if (kind < 9) {
            _requests(random >> 8, start, own);
        }
        if (now_() >= _start() || now_() >= _latchAt()) return;
        if ((random >> 100) % 32 == 0 && model.windDown == NEVER) {
            model.windDown = now_() + 30 days + (random >> 110) % 3 days;
            perform(stranger, windDownCall(uint40(model.windDown), soon()));
        }
        if ((random >> 80) % 4 == 0) _announce(random >> 90);
    }

    /// @dev While live: a maintenance window, force majeure, or the watchers' alarm.
    function _announce(uint256 random) private {
        uint256 kind = random % 4;
        random >>= 8;
        if (kind == 0 && now_() > model.alarmAt + 7 days) {
            perform(stranger, alarmCall(now_() + 1 days));
            model.alarmAt = now_();
        } else if (kind == 1 && model.majeureFrom == 0 && random % 2 == 0) {
            model.majeureFrom = now_();
            model.majeureUntil = now_() + 1 + (random >> 8) % 14 days;
            perform(stranger, majeureCall(uint40(model.majeureUntil)));
        } else if (kind > 1 && model.maintenanceUntil <= model.lastBeat) {
            model.maintenanceFrom = now_() + 24 hours + random % 6 hours;
            model.maintenanceUntil = model.maintenanceFrom + 1 + (random >> 64) % 12 hours;
            perform(stranger, maintenanceCall(uint40(model.maintenanceFrom), uint40(model.maintenanceUntil)));
        }
    }

    /// @dev The history may be full: then nothing changes.
    function _tryPost(address asset) private returns (bool ok) {
        bytes memory data = commitCall(inputFor(asset, threeUsers(asset == ETH ? 1 ether : 1e6)));
        (ok,) = address(vault).call(data);
        if (ok) attest(asset);
    }

    function _requests(uint256 random, uint256 start, uint256 own) private {
        uint256 who = random % 3;
        address account = vm.addr(keys[who]);
        if (due[who] == 0) {
            if (now_() >= start) return;
            perform(account, requestCall(threeTree(), ETH, uint32(who), 1 ether));
            due[who] = now_() + 7 days;
        } else if (!reported[who] && now_() >= due[who]) {
            perform(stranger, abi.encodeCall(IRegistry.reportUnserved, (ETH, account)));
            reported[who] = true;
            if (model.overdue++ == 0) model.overdueSince = now_();
            // Were it refused for being late, or at once latched, the comparison would tell.
            _cured(start, own);
        } else if ((random >> 8) % 2 == 0) {
            perform(account, abi.encodeCall(IRegistry.cancelExit, (ETH)));
            due[who] = 0;
            if (!reported[who]) return;
            reported[who] = false;
            if (--model.overdue == 0) model.overdueSince = NEVER;
            _cured(start, own);
        }
    }

    function threeTree() private view returns (SumTree.Tree memory) {
        return SumTree.build(address(vault), ETH, threeUsers(1 ether));
    }

    // ------------------------------------------------------------------ the model

    /// @dev Seconds that two spans have in common.
    function _common(uint256 from, uint256 until, uint256 a, uint256 b) private pure returns (uint256) {
        if (a < from) a = from;
        if (b > until) b = until;
        return b > a ? b - a : 0;
    }

    /// @dev Seconds of [since, time] outside all announced windows.
    function _counted(uint256 since, uint256 time, bool maintenanceToo) private view returns (uint256 seconds_) {
        seconds_ = time - since;
        // What is in both is taken off twice.
        uint256 from = model.maintenanceFrom > since ? model.maintenanceFrom : since;
        uint256 until = model.maintenanceUntil < time ? model.maintenanceUntil : time;
        if (maintenanceToo && until > from) seconds_ += _common(model.majeureFrom, model.majeureUntil, from, until);
        if (maintenanceToo) seconds_ -= _common(model.maintenanceFrom, model.maintenanceUntil, since, time);
        seconds_ -= _common(model.majeureFrom, model.majeureUntil, since, time);
    }

    /// @dev The first second at which so much has been counted, or the cap: by halving, for the count only grows.
    function _deadline(uint256 since, uint256 limit, bool maintenanceToo) private view returns (uint256) {
        (uint256 low, uint256 high) = (since, since + CAP);
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (_counted(since, middle, maintenanceToo) >= limit) high = middle;
            else low = middle + 1;
        }
        return low;
    }

    /// @dev By the service's own doing.
    function _own() private view returns (uint256 start) {
        start = _deadline(model.lastBeat, 24 hours, true);
        uint256 root = model.ethRoot < model.tokenRoot ? model.ethRoot : model.tokenRoot;
        uint256 stale = _deadline(root, 48 hours, false);
        if (stale < start) start = stale;
        if (model.overdueSince < start) start = model.overdueSince;
    }

    function _causes() private view returns (uint256 start) {
        start = _own();
        bool alarmed = model.alarmAt != 0 && model.lastBeat <= model.alarmAt;
        if (alarmed && model.alarmAt < start) start = model.alarmAt;
    }

    function _start() private view returns (uint256 start) {
        start = _causes();
        if (model.running < start) start = model.running;
    }

    function _latchAt() private view returns (uint256 time) {
        time = _start() + 48 hours;
        uint256 own = _own();
        if (own < model.flickerUntil && own < time) time = own;
        if (model.windDown < time) time = model.windDown;
    }

    /// @param own When the service's own suspicion began before the cure, or would have begun.
    function _cured(uint256 start, uint256 own) private {
        if (start > now_()) return;
        if (_causes() <= now_()) {
            model.running = start;
            return;
        }
        model.running = NEVER;
        if (own > now_()) return;
        cures.push(now_());
        if (cures.length < 3) return;
        uint256 until = cures[cures.length - 3] + 30 days;
        if (until > now_()) model.flickerUntil = until;
    }

    function _compare() private view {
        Timeline memory line = vault.timeline();
        uint256 latchAt = _latchAt();
        assertEq(line.suspectedAt, _start(), "suspected at");
        assertEq(line.latchedAt, latchAt, "latched at");
        assertEq(line.returnAt, latchAt + 72 hours, "return at");
        assertEq(line.pushAt, latchAt + 72 hours + 3 days, "push at");
        Phase expected = Phase.Live;
        if (now_() >= _start()) expected = Phase.Suspected;
        if (now_() >= latchAt) expected = Phase.Latched;
        if (now_() >= latchAt + 72 hours) expected = Phase.Returning;
        assertPhase(expected, "phase");
    }

    /// @notice The histories above do get there: a third cure, an alarm that is answered, windows that put silence off.
    function test_historiesReachEveryRule() public {
        uint256[4] memory reached;
        uint256 world = vm.snapshotState();
        for (uint256 seed = 0; seed < 24; ++seed) {
            this.testFuzz_phaseFollowsTheModel(uint256(keccak256(abi.encode(seed))));
            if (cures.length > 2) ++reached[0];
            if (model.alarmAt != 0 && model.lastBeat > model.alarmAt) ++reached[1];
            if (model.majeureFrom != 0 && model.lastBeat > model.majeureFrom) ++reached[2];
            if (model.maintenanceFrom != 0 && now_() > model.maintenanceFrom) ++reached[3];
            vm.revertToState(world);
        }
        for (uint256 i = 0; i < 4; ++i) {
            assertGt(reached[i], 0, "a rule that no history reaches");
        }
    }
}
