// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Satellites} from "./Satellites.sol";

/// @title LeafCells
/// @notice One slot for 64 neighbouring leaves of a round: bits 0-63 claimed, bits 64-127 had a payout (in round 0's cells only), bits
/// 128-255 the sum of single claims that no tally has counted yet. One read answers all that a claim must know.
abstract contract LeafCells is Satellites {
    uint256 internal constant CELL_LEAVES = 64;
    uint256 internal constant UNTALLIED_SHIFT = 128;
    /// Cells of one word of 256 leaves.
    uint256 private constant WORD_CELLS = 4;

    struct Cell {
        uint256 packed;
    }

    /// By `round << 64 | index / 64`: a pushed word may be numbered up to 2^32, so a cell's number takes up to 34 bits.
    mapping(address asset => mapping(uint256 key => Cell)) internal _cells;

    /// @param number Of the cell: a leaf's index / 64.
    function _cell(address asset, uint256 round, uint256 number) internal view returns (Cell storage) {
        return _cells[asset][round << 64 | number];
    }

    function _touched(address asset, uint256 index) internal view returns (bool) {
        return _cell(asset, 0, index / CELL_LEAVES).packed & _touchedBit(index) != 0;
    }

    function _touch(address asset, uint256 index) internal {
        _cell(asset, 0, index / CELL_LEAVES).packed |= _touchedBit(index);
    }

    function _touchedBit(uint256 index) internal pure returns (uint256) {
        return 1 << (CELL_LEAVES + index % CELL_LEAVES);
    }

    // ------------------------------------------------------------------ whole words

    /// @return claimed Bit i: leaf i of the word is claimed.
    /// @return touched Bit i: leaf i of the word had a payout.
    /// @return either Bit i: one or the other.
    function _bitsOfWord(address asset, uint256 round, uint256 word)
        internal
        view
        returns (uint256 claimed, uint256 touched, uint256 either)
    {
        // Numbers of cells, below 2^34.
        unchecked {
            for (uint256 i = 0; i < WORD_CELLS; ++i) {
                uint256 number = word * WORD_CELLS + i;
                uint256 packed = _cell(asset, round, number).packed;
                uint256 claims = (packed & type(uint64).max) << (i * CELL_LEAVES);
                if (round != 0) packed = _cell(asset, 0, number).packed;
                uint256 payouts = (packed >> CELL_LEAVES & type(uint64).max) << (i * CELL_LEAVES);
                claimed |= claims;
                touched |= payouts;
                either |= claims | payouts;
            }
        }
    }

    /// @dev Flips the claimed bits of the leaves in `bits`: all of them are set or all of them are clear.
    function _flipClaimed(address asset, uint256 round, uint256 word, uint256 bits) internal {
        // Numbers of cells, below 2^34.
        unchecked {
            for (uint256 i = 0; i < WORD_CELLS; ++i) {
                uint256 flipped = bits >> (i * CELL_LEAVES) & type(uint64).max;
                if (flipped != 0) _cell(asset, round, word * WORD_CELLS + i).packed ^= flipped;
            }
        }
    }
}
