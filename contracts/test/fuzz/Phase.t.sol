// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IRegistry} from "lifeboat/interfaces/IRegistry.sol";
import {Phase, Timeline} from "lifeboat/types/Types.sol";

import {SumTree} from "../base/SumTree.sol";
import {VaultTest} from "../base/VaultTest.sol";

/// @notice The clock against a model of its own: random histories of beats, roots, requests, payouts and a wind-down.
/// forge-config: default.fuzz.runs = 100
/// forge-config: deep.fuzz.runs = 5000
contract PhaseFuzzTest is VaultTest {
    uint256 private constant NEVER = type(uint256).max;

    /// @dev What the specification lets a timeline depend on, kept by this test from what it did.
    struct Model {
        uint256 lastBeat;
        uint256 ethRoot;
        uint256 tokenRoot;
        uint256 overdueSince;
        uint256 overdue;
        uint256 running;
        uint256 windDown;
    }

    Model private model;
    uint256[3] private keys = [aliceKey, bobKey, carolKey];
    uint256[3] private due;
    bool[3] private reported;

    function setUp() public override {
        super.setUp();
        openService();
        model = Model(now_(), START, START, NEVER, 0, NEVER, NEVER);
    }

    function testFuzz_phaseFollowsTheModel(uint256 seed) public {
        for (uint256 step = 0; step < 24; ++step) {
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
        uint256 edge = edges[random % 3] - (random >> 8) % 2;
        if (kind == 0 && edge > now_() && (random >> 9) % 3 == 0) return edge - now_();
        if (kind < 5) return random % 10 hours;
        return random % 20 hours;
    }

    function _act(uint256 random) private {
        if (now_() >= _latchAt()) return;
        uint256 start = _start();
        uint256 kind = random % 8;
        if (kind < 2) {
            beat();
            model.lastBeat = now_();
            _cured(start);
        } else if (kind == 2 || kind == 3) {
            if (_tryPost(ETH)) {
                model.ethRoot = now_();
                _cured(start);
            }
        } else if (kind == 4 || kind == 5) {
            if (_tryPost(token)) {
                model.tokenRoot = now_();
                _cured(start);
            }
        } else {
            _requests(random >> 8, start);
        }
        if ((random >> 100) % 32 == 0 && model.windDown == NEVER && now_() < _start() && now_() < _latchAt()) {
            model.windDown = now_() + 30 days + (random >> 110) % 3 days;
            perform(stranger, windDownCall(uint40(model.windDown), soon()));
        }
    }

    /// @dev The history may be full: then nothing changes.
    function _tryPost(address asset) private returns (bool ok) {
        bytes memory data = commitCall(inputFor(asset, threeUsers(asset == ETH ? 1 ether : 1e6)));
        (ok,) = address(vault).call(data);
        if (ok) attest(asset);
    }

    function _requests(uint256 random, uint256 start) private {
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
        } else if ((random >> 8) % 2 == 0) {
            perform(account, abi.encodeCall(IRegistry.cancelExit, (ETH)));
            due[who] = 0;
            if (!reported[who]) return;
            reported[who] = false;
            if (--model.overdue == 0) model.overdueSince = NEVER;
            _cured(start);
        }
    }

    function threeTree() private view returns (SumTree.Tree memory) {
        return SumTree.build(address(vault), ETH, threeUsers(1 ether));
    }

    // ------------------------------------------------------------------ the model

    function _causes() private view returns (uint256 start) {
        start = model.lastBeat + 24 hours;
        if (model.ethRoot + 48 hours < start) start = model.ethRoot + 48 hours;
        if (model.tokenRoot + 48 hours < start) start = model.tokenRoot + 48 hours;
        if (model.overdueSince < start) start = model.overdueSince;
    }

    function _start() private view returns (uint256 start) {
        start = _causes();
        if (model.running < start) start = model.running;
    }

    function _latchAt() private view returns (uint256 time) {
        time = _start() + 48 hours;
        if (model.windDown < time) time = model.windDown;
    }

    function _cured(uint256 start) private {
        if (start > now_()) return;
        model.running = _causes() <= now_() ? start : NEVER;
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
}
