// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Errors} from "lifeboat/libraries/Errors.sol";
import {RollingBudget} from "lifeboat/libraries/RollingBudget.sol";

import {TestBase} from "../base/TestBase.sol";

contract BudgetHarness {
    using RollingBudget for RollingBudget.Budget;

    RollingBudget.Budget private _budget;

    function spend(uint256 until, uint256 duration, uint256 period, uint256 most) external {
        _budget.spend(until, duration, period, most);
    }
}

/// @notice Windows of a rolling period against a list of all that were ever taken.
contract RollingBudgetFuzzTest is TestBase {
    uint256 private constant PERIOD = 1000;
    uint256 private constant MOST = 100;

    uint256[] private ends;
    uint256[] private durations;

    function testFuzz_boundsEveryPeriod(uint256 seed) public {
        BudgetHarness budget = new BudgetHarness();
        uint256 time = 1_800_000_000;
        for (uint256 step = 0; step < 40; ++step) {
            uint256 random = uint256(keccak256(abi.encode(seed, step)));
            uint256 duration = 1 + (random >> 64) % (random % 3 == 0 ? 60 : 8);
            time += duration + (random >> 8) % (random % 5 == 0 ? 600 : 90);
            _try(budget, time, duration);
        }
        _checkEveryPeriod();
    }

    function _try(BudgetHarness budget, uint256 until, uint256 duration) private {
        uint256 used = duration;
        uint256 count = 1;
        for (uint256 i = 0; i < ends.length; ++i) {
            if (ends[i] + PERIOD <= until) continue;
            used += durations[i];
            ++count;
        }
        if (used > MOST || count > 8) {
            vm.expectRevert(abi.encodeWithSelector(Errors.Safeguards_BudgetSpent.selector, used, MOST));
            budget.spend(until, duration, PERIOD, MOST);
            return;
        }
        budget.spend(until, duration, PERIOD, MOST);
        ends.push(until);
        durations.push(duration);
    }

    /// @dev By the second: in no period, wherever it begins, are more seconds within windows than allowed.
    function _checkEveryPeriod() private view {
        for (uint256 i = 0; i < ends.length; ++i) {
            // Periods that end with a window are the fullest.
            uint256 from = ends[i] - PERIOD;
            uint256 sum = 0;
            for (uint256 j = 0; j <= i; ++j) {
                uint256 begin = ends[j] - durations[j];
                if (begin < from) begin = from;
                if (ends[j] > begin) sum += ends[j] - begin;
            }
            assertLe(sum, MOST, "more than allowed within a period");
        }
    }

    function test_eightWindowsAPeriod() public {
        BudgetHarness budget = new BudgetHarness();
        for (uint256 i = 1; i < 9; ++i) {
            budget.spend(10_000 + i, 1, PERIOD, MOST);
        }
        vm.expectRevert(abi.encodeWithSelector(Errors.Safeguards_BudgetSpent.selector, 9, MOST));
        budget.spend(10_009, 1, PERIOD, MOST);
        vm.expectRevert(abi.encodeWithSelector(Errors.Safeguards_BudgetSpent.selector, 9, MOST));
        budget.spend(11_000, 1, PERIOD, MOST);
        budget.spend(11_001, 1, PERIOD, MOST);
    }
}
