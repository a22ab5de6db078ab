// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Leaf, Round} from "lifeboat/types/Types.sol";

import {LedgerBase} from "./LedgerBase.sol";

/// @notice What all leaves of a round get together.
contract ShareProof is LedgerBase {
    /// @notice Both leaves of a tree claim: together at most what the round opened with. Amounts below 2^4.
    function check_claimsStayWithinTheRound(uint8[2] memory balances, uint8 numerator, uint8 denominator) public {
        vm.assume(balances[0] < 1 << 4);
        vm.assume(balances[1] < 1 << 4);
        vm.assume(denominator < 1 << 5);
        vm.assume(uint256(balances[0]) + balances[1] <= denominator);
        vm.assume(numerator <= denominator);
        Round memory round = Round(0, numerator, denominator);
        Leaf memory left = Leaf(address(0x10000), balances[0], 0);
        Leaf memory right = Leaf(address(0x10001), balances[1], 0);
        (bytes32 leftHash, bytes32 rightHash) = (_hashOf(0, left), _hashOf(1, right));
        _anchor(
            round, 1, 0, _above(leftHash, left.balance, rightHash, right.balance), uint256(balances[0]) + balances[1]
        );

        _claim(round, 0, left, abi.encodePacked(rightHash, right.balance));
        _claim(round, 1, right, abi.encodePacked(leftHash, left.balance));

        assert(coin.sum() <= numerator);
    }

    /// @notice A share is the largest whole number that is not above `net * numerator / denominator`: times the denominator it is at most
    /// the product, with less than a denominator left over.
    function check_sharesAreRoundedDown(uint128 net, uint128 numerator, uint128 denominator) public view {
        vm.assume(denominator != 0);
        uint256 share = probe.shareOf(net, Round(0, numerator, denominator));
        unchecked {
            uint256 product = uint256(net) * numerator;
            assert(product - share * denominator < denominator);
        }
    }
}
