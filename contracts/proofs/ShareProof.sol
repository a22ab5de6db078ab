// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Leaf, Round} from "lifeboat/types/Types.sol";

import {LedgerBase} from "./LedgerBase.sol";

/// @notice What all leaves of a round get together.
contract ShareProof is LedgerBase {
    /// @dev Two primes: neither product nor quotient comes out even. Symbolic ones are beyond the solver.
    uint128 private constant NUMERATOR = 113;
    uint128 private constant DENOMINATOR = 251;

    /// @notice Both leaves of a tree claim, whatever each is owed of a ledger: together at most what the round opened with.
    function check_claimsStayWithinTheRound(uint8 first, uint8 second) public {
        vm.assume(uint256(first) + second <= DENOMINATOR);
        Round memory round = Round(0, NUMERATOR, DENOMINATOR);
        Leaf memory left = Leaf(address(0x10000), first, 0);
        Leaf memory right = Leaf(address(0x10001), second, 0);
        (bytes32 leftHash, bytes32 rightHash) = (_hashOf(0, left), _hashOf(1, right));
        _anchor(round, 1, 0, _above(leftHash, first, rightHash, second), uint256(first) + second);

        _claim(round, 0, left, abi.encodePacked(rightHash, right.balance));
        _claim(round, 1, right, abi.encodePacked(leftHash, left.balance));

        assert(coin.sum() <= NUMERATOR);
    }
}
