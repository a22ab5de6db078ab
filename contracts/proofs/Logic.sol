// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @notice Comparisons and choices without branches, so that a specification adds no paths to those of the code: 1 for true, 0 for false.
library Logic {
    function lt(uint256 a, uint256 b) internal pure returns (uint256 yes) {
        assembly ("memory-safe") {
            yes := lt(a, b)
        }
    }

    function le(uint256 a, uint256 b) internal pure returns (uint256 yes) {
        assembly ("memory-safe") {
            yes := iszero(gt(a, b))
        }
    }

    /// @param yes 0 or 1.
    function choose(uint256 yes, uint256 a, uint256 b) internal pure returns (uint256 chosen) {
        assembly ("memory-safe") {
            chosen := xor(b, and(xor(a, b), sub(0, yes)))
        }
    }

    function least(uint256 a, uint256 b) internal pure returns (uint256) {
        return choose(lt(a, b), a, b);
    }

    function most(uint256 a, uint256 b) internal pure returns (uint256) {
        return choose(lt(a, b), b, a);
    }
}
