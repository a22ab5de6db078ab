// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Errors} from "lifeboat/libraries/Errors.sol";
import {VaultSlots} from "lifeboat/libraries/VaultSlots.sol";
import {Gate, Terms} from "lifeboat/types/Types.sol";

import {VaultTest} from "../base/VaultTest.sol";

/// @notice The release gate against a list of everything that ever passed it, and its nonces against a plain set.
/// forge-config: default.fuzz.runs = 64
/// forge-config: deep.fuzz.runs = 5000
contract TiersFuzzTest is VaultTest {
    uint256 private constant WINDOW = 1 hours;
    uint256 private constant WHOLE = 1 << 40;
    uint256 private constant HOT_CAP = WHOLE * 700 / 10_000;
    uint256 private constant WARM_CAP = WHOLE * 2500 / 10_000;

    struct Passed {
        uint256 time;
        uint256 share;
        uint256 amount;
        uint256 owed;
    }

    Passed[] private passed;
    mapping(uint256 nonce => bool) private used;
    uint256 private highest;

    function setUp() public override {
        super.setUp();
        Terms memory terms = patientTerms();
        terms.hotCapBps = 700;
        terms.warmCapBps = 2500;
        terms.coverageFloorBps = 1;
        terms.timers.releaseWindow = uint40(WINDOW);
        vault = deploy(terms);
        openService();
        fund(ETH, 10_000 ether);
    }

    /// @notice What is accepted is exactly what the sum over this window and the one before allows; and in no time of a window's length,
    /// wherever it begins, more than the cap has gone.
    function testFuzz_windowAgainstAList(uint256 seed) public {
        for (uint256 step = 0; step < 24; ++step) {
            uint256 random = uint256(keccak256(abi.encode(seed, step)));
            warpBy(random % 3 == 0 ? (random >> 8) % (2 * WINDOW) : (random >> 8) % (WINDOW / 3));
            if ((random >> 32) % 6 == 0) _newLedger(random >> 40);
            _try(random >> 64);
        }
        _checkEveryWindow();
        assertGt(passed.length, 2, "some passed");
    }

    /// @dev Up and down, so that shares are of different wholes.
    function _newLedger(uint256 random) private {
        postFinal(ETH, threeUsers(uint128(1 ether + random % 1 ether)));
        beat();
    }

    function _try(uint256 random) private {
        bool hot = random % 3 == 0;
        uint256 owed = vault.book(ETH).owed;
        uint256 amount = 1 + (random >> 8) % (owed * (hot ? 400 : 1500) / 10_000);
        uint256 share = (amount * WHOLE + owed - 1) / owed;
        uint256 sum = share + _sumSince(now_() / WINDOW);
        uint256 cap = hot ? HOT_CAP : WARM_CAP;
        bytes memory data = hot ? hotReleaseCall(ETH, hotWallet, amount) : releaseCall(ETH, hotWallet, amount);
        if (sum > cap) {
            refuse(stranger, data, err(Errors.Gate_AboveCap.selector, sum, cap));
            return;
        }
        perform(stranger, data);
        passed.push(Passed(now_(), share, amount, owed));
    }

    /// @dev In the window of this number and in the one before.
    function _sumSince(uint256 window) private view returns (uint256 sum) {
        for (uint256 i = 0; i < passed.length; ++i) {
            if (passed[i].time / WINDOW + 1 >= window) sum += passed[i].share;
        }
    }

    function _checkEveryWindow() private view {
        for (uint256 i = 0; i < passed.length; ++i) {
            uint256 sum = 0;
            for (uint256 j = i; j < passed.length && passed[j].time < passed[i].time + WINDOW; ++j) {
                // In exact parts of what was owed, at a finer scale: not what the vault counts with.
                sum += passed[j].amount * 1e27 / passed[j].owed;
            }
            assertLe(sum, uint256(0.25e27), "more than a quarter within an hour");
        }
    }

    // ------------------------------------------------------------------ nonces

    /// @notice A nonce passes exactly once, within 64 of the highest on either side.
    function testFuzz_noncesAgainstASet(uint256 seed, bool far) public {
        if (far) _raise(1 << 60);
        for (uint256 step = 0; step < 40; ++step) {
            uint256 random = uint256(keccak256(abi.encode(seed, step)));
            uint256 base = highest < 80 ? 0 : highest - 80;
            uint256 nonce = base + random % 160;
            bool good = !used[nonce] && nonce + 64 > highest && nonce <= highest + 64;
            bytes memory data = cancelReleaseCall(ETH, nonce);
            if (!good) {
                refuse(stranger, data, _outOfWindow(nonce));
                continue;
            }
            perform(stranger, data);
            used[nonce] = true;
            if (nonce > highest) highest = nonce;
            assertEq(vault.gate(ETH).highest, highest, "the highest");
        }
        Gate memory gate = vault.gate(ETH);
        for (uint256 i = 0; i < 64 && i <= highest; ++i) {
            assertTrue(((gate.used >> i) & 1 != 0) == used[highest - i], "a bit each");
        }
    }

    function _outOfWindow(uint256 nonce) private view returns (bytes memory) {
        uint256 lowest = highest < 64 ? 0 : highest - 63;
        return err(Errors.Signature_NonceOutOfWindow.selector, nonce, lowest, highest + 64);
    }

    /// @dev A gate that has seen many: only its highest nonce is used of the last 64.
    function _raise(uint256 to) private {
        vm.store(address(vault), bytes32(VaultSlots.slotOf(VaultSlots.ASSETS, ETH) + 2), bytes32(to << 64 | 1));
        used[to] = true;
        highest = to;
    }
}
