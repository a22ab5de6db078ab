// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {GasTank} from "../GasTank.sol";
import {IVaultCore} from "../interfaces/IVaultCore.sol";
import {Errors} from "../libraries/Errors.sol";
import {LedgerTree} from "../libraries/LedgerTree.sol";
import {Transfers} from "../libraries/Transfers.sol";
import {Round} from "../types/Types.sol";
import {Claims} from "./Claims.sol";

/// @title Pushes
/// @notice Pays 256 leaves in one transaction of anybody's. A leaf that cannot be paid is skipped and stays claimable.
abstract contract Pushes is Claims {
    /// Most gas that the tank repays for one paid leaf: a new account's ETH or token slot with room to spare.
    uint256 private constant TANK_GAS_PER_LEAF = 45_000;
    uint256 private constant TANK_PRIORITY_FEE = 2 gwei;
    uint256 private constant TANK_CALL_GAS = 60_000;

    /// @inheritdoc IVaultCore
    function pushWord(address asset, Round calldata round, uint32 word, bytes calldata leaves, bytes calldata siblings)
        external
        nonReentrant
    {
        uint256 gasAtStart = gasleft();
        (, uint256 latchAt) = _clock(_liveness);
        uint256 pushAt = latchAt + RETURN_DELAY;
        // A dispute that put the rounds off must not eat up the time in which everybody claims for himself.
        uint256 roundsFrom = _recoveries[asset].roundsFrom;
        if (roundsFrom > pushAt) pushAt = roundsFrom;
        pushAt += HEAD_START;
        if (block.timestamp < pushAt) revert Errors.Return_PushTooEarly(pushAt);
        uint256 level = _levelAbove(siblings);
        (bytes32 node, uint256 sum) = _wordRoot(asset, word, leaves, siblings);
        _requireAnchored(asset, round, level, word >> level - LedgerTree.WORD_DEPTH, node, sum);

        (uint256 settled, uint256[] memory shares) = _settleWord(asset, round, word, leaves);
        if (settled == 0) revert Errors.Return_NothingPushed(word);
        (uint256 skipped, uint256 amount, uint256 paidLeaves) = _payWord(asset, round, word, leaves, shares);
        if (skipped != 0) _flipClaimed(asset, round.id, word, skipped);
        // Parts of one round's numerator, which fits 128 bits.
        // forge-lint: disable-next-line(unsafe-typecast)
        _recoveries[asset].tallied += uint128(amount);
        emit WordPushed(asset, round.id, word, settled ^ skipped, amount);
        _repay(gasAtStart, paidLeaves);
    }

    /// @dev Effects: sets the bits of all leaves that are about to be paid, or that are due nothing.
    /// @return settled Bit i: leaf i of the word.
    /// @return shares Base units by leaf; zero: not to be paid.
    function _settleWord(address asset, Round calldata round, uint256 word, bytes calldata leaves)
        private
        returns (uint256 settled, uint256[] memory shares)
    {
        (uint256 passedOver,, uint256 special) = _bitsOfWord(asset, round.id, word);
        shares = new uint256[](leaves.length / LedgerTree.LEAF_BYTES);
        // Pointers into `leaves` and `shares`, which go on in step.
        unchecked {
            (uint256 leaf,) = LedgerTree.rangeOf(leaves);
            uint256 slot = _firstSlot(shares);
            // Bitmaps are moved up, so that the last leaf's bit is the highest, and the loop ends when it falls out.
            uint256 missing = LedgerTree.WORD_LEAVES - shares.length;
            passedOver <<= missing;
            special <<= missing;
            for (uint256 bit = 1 << missing; bit != 0; bit <<= 1) {
                address account = LedgerTree.accountAt(leaf);
                uint256 net = LedgerTree.balanceAt(leaf);
                bool reserved = _isReserved(account);
                uint256 seldom;
                assembly ("memory-safe") {
                    seldom := or(reserved, and(special, bit))
                }
                // A reserved account, a leaf that is claimed already, or one that had a payout or wants its share elsewhere: by claim.
                if (seldom != 0) {
                    if (reserved || _redirects[asset][account] != address(0)) passedOver |= bit;
                    net = passedOver & bit != 0 ? 0 : _netOf(net, LedgerTree.paidAt(leaf), _paidOut[asset][account]);
                }
                uint256 share = _shareOf(net, round);
                assembly ("memory-safe") {
                    mstore(slot, share)
                }
                leaf += LedgerTree.LEAF_BYTES;
                slot += 32;
            }
            settled = ~passedOver >> LedgerTree.WORD_LEAVES - shares.length;
        }
        _flipClaimed(asset, round.id, word, settled);
    }

    /// @dev Interactions: pays the shares.
    /// @return skipped Bit i: leaf i could not be paid.
    /// @return amount Sum of what was paid, base units.
    /// @return paidLeaves How many were paid.
    function _payWord(address asset, Round calldata round, uint256 word, bytes calldata leaves, uint256[] memory shares)
        private
        returns (uint256 skipped, uint256 amount, uint256 paidLeaves)
    {
        uint256 needed = Transfers.pushGas(asset);
        // Pointers into `leaves` and `shares`, which go on in step; a sum below 256 * 2^128.
        unchecked {
            paidLeaves = shares.length;
            (uint256 leaf,) = LedgerTree.rangeOf(leaves);
            uint256 slot = _firstSlot(shares);
            for (uint256 left = shares.length; left != 0; --left) {
                uint256 share;
                assembly ("memory-safe") {
                    share := mload(slot)
                }
                if (share != 0) {
                    if (gasleft() < needed) revert Errors.Return_GasTooLow(gasleft(), needed);
                    address account = LedgerTree.accountAt(leaf);
                    bool paid = Transfers.isEth(asset)
                        ? Transfers.trySendEth(account, share, Transfers.ETH_PUSH_GAS)
                        : Transfers.trySendToken(asset, account, share, Transfers.TOKEN_PUSH_GAS);
                    amount += share;
                    if (!paid) {
                        uint256 i = shares.length - left;
                        skipped |= 1 << i;
                        amount -= share;
                        --paidLeaves;
                        uint256 position = uint256(round.id) << 32 | word * LedgerTree.WORD_LEAVES + i;
                        emit PushSkipped(account, asset, position, share);
                    }
                } else {
                    --paidLeaves;
                }
                leaf += LedgerTree.LEAF_BYTES;
                slot += 32;
            }
        }
    }

    function _firstSlot(uint256[] memory array) private pure returns (uint256 slot) {
        assembly ("memory-safe") {
            slot := add(array, 0x20)
        }
    }

    /// @dev Repays the pusher from the tank, within bounds. Whatever the tank or the pusher does, the push stands.
    function _repay(uint256 gasAtStart, uint256 paidLeaves) private {
        if (paidLeaves == 0 || address(TANK).balance == 0) return;
        uint256 price = block.basefee + TANK_PRIORITY_FEE;
        if (tx.gasprice < price) price = tx.gasprice;
        if (MAX_TANK_GAS_PRICE < price) price = MAX_TANK_GAS_PRICE;
        uint256 used = gasAtStart - gasleft();
        uint256 bound = paidLeaves * TANK_GAS_PER_LEAF;
        if (used > bound) used = bound;
        bytes memory data = abi.encodeCall(GasTank.repay, (msg.sender, used * price));
        address tank = address(TANK);
        assembly ("memory-safe") {
            pop(call(TANK_CALL_GAS, tank, 0, add(data, 0x20), mload(data), 0, 0))
        }
    }
}
