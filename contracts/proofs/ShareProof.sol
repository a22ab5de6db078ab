// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Round} from "lifeboat/types/Types.sol";

import {ProofBase} from "./ProofBase.sol";

/// @notice What the contract computes is the share that `shares.py` adds up.
contract ShareProof is ProofBase {
    /// @notice The largest `share` with `share * denominator <= net * numerator`: nothing overflows, and one more would be too much.
    function check_shareIsRoundedDown(uint128 net, Round memory round) public view {
        vm.assume(round.denominator != 0);
        uint256 share = probe.shareOf(net, round);
        unchecked {
            // Below 2^256, as a product of two numbers below 2^128.
            uint256 whole = uint256(net) * round.numerator;
            uint256 paid = share * round.denominator;
            assert(paid <= whole);
            assert(whole - paid < round.denominator);
        }
    }
}
