// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Leaf, Round} from "lifeboat/types/Types.sol";

import {LedgerBase} from "./LedgerBase.sol";

/// @notice Claims of a token, in any state of the vault that the assumptions of each proof allow.
contract ClaimProof is LedgerBase {
    uint256 private constant CELL = 64;

    /// @notice Whatever is stored and whatever is proven the second time: one leaf's place in one round pays once.
    function check_noDoubleClaim(
        Round memory round,
        Round memory again,
        uint32 index,
        Leaf memory leaf,
        Leaf memory other
    ) public {
        svm.enableSymbolicStorage(address(probe));
        again.id = round.id;
        bytes memory proof = svm.createBytes(48, "proof");
        bytes memory longer = svm.createBytes(96, "longer");
        vm.assume(_claim(round, index, leaf, proof));
        assert(!_claim(again, index, other, longer));
    }

    /// @notice A leaf that is in the tree, due something and not claimed: its claim fails only if the token refuses, and pays its share to
    /// whom it is due.
    function check_onlyTheTransferCanFail(
        Round memory round,
        uint32 index,
        Leaf memory leaf,
        uint256 packed,
        uint256 paidOut,
        address redirect,
        bool refuses
    ) public {
        vm.assume(uint160(leaf.account) >= 0x10000);
        vm.assume(leaf.account != address(probe));
        vm.assume(packed >> (index % CELL) & 1 == 0);
        bool touched = packed >> (CELL + index % CELL) & 1 == 1;
        if (round.id != 0) {
            uint256 first = svm.createUint(256, "first");
            touched = first >> (CELL + index % CELL) & 1 == 1;
            probe.setCell(address(coin), 0, index / CELL, first);
        }
        probe.setCell(address(coin), round.id, index / CELL, packed);
        probe.setAccount(address(coin), leaf.account, paidOut, redirect);
        coin.setRefuses(refuses);
        uint256 share = _share(round, leaf, touched ? paidOut : leaf.paid);
        vm.assume(share != 0);
        bytes memory proof = _anchored(round, index, leaf);

        bool paid = _claim(round, index, leaf, proof);

        assert(paid == !refuses);
        if (!paid) return;
        assert(coin.amount() == share);
        assert(coin.sum() == share);
        assert(coin.to() == (touched && redirect != address(0) ? redirect : leaf.account));
    }

    // ------------------------------------------------------------------ the ledger, by the specification

    /// @dev Base units.
    function _share(Round memory round, Leaf memory leaf, uint256 paidOut) private pure returns (uint256) {
        vm.assume(round.denominator != 0);
        // Counters that fit 128 bits, as the gate keeps them.
        vm.assume(paidOut >> 128 == 0);
        uint256 since = paidOut > leaf.paid ? paidOut - leaf.paid : 0;
        uint256 net = leaf.balance > since ? leaf.balance - since : 0;
        unchecked {
            return net * round.numerator / round.denominator;
        }
    }

    /// @dev Puts the leaf into a tree of four below an anchor, with any siblings.
    function _anchored(Round memory round, uint32 index, Leaf memory leaf) private returns (bytes memory) {
        (bytes32 sibling, uint128 siblingSum) = (bytes32(svm.createUint(256, "sibling")), _sum("sibling sum"));
        (bytes32 uncle, uint128 uncleSum) = (bytes32(svm.createUint(256, "uncle")), _sum("uncle sum"));
        bytes32 hash = _hashOf(index, leaf);
        uint256 sum = leaf.balance;
        hash = index % 2 == 0 ? _above(hash, sum, sibling, siblingSum) : _above(sibling, siblingSum, hash, sum);
        sum += siblingSum;
        hash = index / 2 % 2 == 0 ? _above(hash, sum, uncle, uncleSum) : _above(uncle, uncleSum, hash, sum);
        sum += uncleSum;
        vm.assume(sum >> 128 == 0);
        _anchor(round, 2, index / 4, hash, sum);
        return abi.encodePacked(sibling, siblingSum, uncle, uncleSum);
    }

    function _sum(string memory name) private returns (uint128) {
        return uint128(svm.createUint(128, name));
    }
}
