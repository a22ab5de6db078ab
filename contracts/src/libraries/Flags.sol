// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title Flags
/// @notice Bits of `Liveness.flags`: what seldom matters is looked up only where one of them says so.
library Flags {
    /// `Excuses` is not empty.
    uint8 internal constant EXCUSED = 1;
    /// The outflow was frozen; until when is stored.
    uint8 internal constant FROZEN = 2;
    /// The signers are no more those of the terms.
    uint8 internal constant ROTATED = 4;
}
