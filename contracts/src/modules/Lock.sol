// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title Lock
/// @notice One lock for all entry points that move money: none of them can be entered from within another.
abstract contract Lock {
    /// Within a transaction only (EIP-1153).
    uint256 private transient _entered;

    /// @dev The name and meaning of OpenZeppelin's error.
    error ReentrancyGuardReentrantCall();

    modifier nonReentrant() {
        _requireNotEntered();
        _entered = 1;
        _;
        _entered = 0;
    }

    function _requireNotEntered() internal view {
        if (_entered != 0) _revertEntered();
    }

    /// @dev Apart, so that the check is small enough for the compiler to put it in place.
    function _revertEntered() private pure {
        revert ReentrancyGuardReentrantCall();
    }
}
