// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @notice A token that pays or refuses as the prover likes, and remembers what it was asked.
contract Coin {
    error Coin_Refused();

    bool public refuses;
    address public to;
    uint256 public amount;
    /// Of all transfers.
    uint256 public sum;

    function setRefuses(bool refuses_) external {
        refuses = refuses_;
    }

    function transfer(address to_, uint256 amount_) external returns (bool) {
        if (refuses) revert Coin_Refused();
        (to, amount) = (to_, amount_);
        unchecked {
            sum += amount_;
        }
        return true;
    }
}
