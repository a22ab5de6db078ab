// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Errors} from "./Errors.sol";

/// @title RollingBudget
/// @notice Bounds how many seconds of a rolling period windows may take together. At most eight windows in a period.
library RollingBudget {
    uint256 private constant KEPT = 8;

    struct Window {
        uint40 until;
        uint40 duration;
    }

    struct Budget {
        Window[KEPT] windows;
        /// The oldest window's place.
        uint256 oldest;
    }

    /// @notice Takes a window into account, or reverts.
    /// @param until End of the window, Unix seconds; windows come in the order of their ends.
    /// @param duration Seconds.
    /// @param period Seconds: windows that ended earlier before `until` do not count.
    /// @param most Seconds that all windows of a period may take.
    function spend(Budget storage budget, uint256 until, uint256 duration, uint256 period, uint256 most) internal {
        uint256 used = duration;
        for (uint256 i = 0; i < KEPT; ++i) {
            Window storage window = budget.windows[i];
            if (window.until + period > until) used += window.duration;
        }
        if (used > most) revert Errors.Safeguards_BudgetSpent(used, most);
        Window storage replaced = budget.windows[budget.oldest];
        if (replaced.until != 0 && replaced.until + period > until) revert Errors.Safeguards_BudgetSpent(used, most);
        // A Unix time and a part of one.
        // forge-lint: disable-next-line(unsafe-typecast)
        (replaced.until, replaced.duration) = (uint40(until), uint40(duration));
        budget.oldest = (budget.oldest + 1) % KEPT;
    }
}
