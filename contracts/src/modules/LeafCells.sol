// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IVault} from "../interfaces/IVault.sol";
import {Commitments} from "./Commitments.sol";

/// @title LeafCells
/// @notice One slot for 64 neighbouring leaves of a round: bits 0-63 claimed, bits 64-127 had a payout (in round 0's cells only), bits
/// 128-255 the sum of single claims that no tally has counted yet. One read answers all that a claim must know.
abstract contract LeafCells is Commitments {
    uint256 internal constant CELL_LEAVES = 64;
    uint256 internal constant CLAIMED_MASK = type(uint64).max;
    uint256 internal constant UNTALLIED_SHIFT = 128;

    mapping(address asset => mapping(uint256 round => mapping(uint256 cell => uint256))) internal _cells;

    /// @inheritdoc IVault
    function cell(address asset, uint32 round, uint32 index) external view returns (uint256) {
        return _cells[asset][round][index];
    }

    function _touched(address asset, uint256 index) internal view returns (bool) {
        return _cells[asset][0][index / CELL_LEAVES] & _touchedBit(index) != 0;
    }

    function _touch(address asset, uint256 index) internal {
        _cells[asset][0][index / CELL_LEAVES] |= _touchedBit(index);
    }

    function _touchedBit(uint256 index) internal pure returns (uint256) {
        return 1 << (CELL_LEAVES + index % CELL_LEAVES);
    }
}
