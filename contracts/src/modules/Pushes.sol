// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {GasTank} from "../GasTank.sol";
import {IVault} from "../interfaces/IVault.sol";
import {Errors} from "../libraries/Errors.sol";
import {LedgerTree} from "../libraries/LedgerTree.sol";
import {Transfers} from "../libraries/Transfers.sol";
import {Round} from "../types/Types.sol";
import {Claims} from "./Claims.sol";

/// @title Pushes
/// @notice Pays 256 leaves in one transaction of anybody's. A leaf that cannot be paid is skipped and stays claimable.
abstract contract Pushes is Claims {
    uint256 private constant CELLS = LedgerTree.WORD_LEAVES / CELL_LEAVES;
    /// Most gas that the tank repays for one paid leaf: a new account's ETH or token slot with room to spare.
    uint256 private constant TANK_GAS_PER_LEAF = 45_000;
    uint256 private constant TANK_PRIORITY_FEE = 2 gwei;
    uint256 private constant TANK_CALL_GAS = 60_000;

    GasTank private immutable TANK = new GasTank();

    /// @dev What one push works on, in memory.
    struct Push {
        address asset;
        uint256 firstIndex;
        /// Bit i: leaf i is settled.
        uint256 settled;
        uint256 paidLeaves;
        uint256 amount;
        bool skipped;
    }

    /// @inheritdoc IVault
    function pushWord(address asset, Round calldata round, uint32 word, bytes calldata leaves, bytes calldata siblings)
        external
        nonReentrant
    {
        uint256 gasAtStart = gasleft();
        (, uint256 latchAt) = _clockNow();
        uint256 pushAt = latchAt + RETURN_DELAY + HEAD_START;
        if (block.timestamp < pushAt) revert Errors.Return_PushTooEarly(pushAt);
        bytes32 key = _roundKeys[asset][round.id];
        if (key == 0) revert Errors.Return_RoundUnknown(round.id);
        bytes32 root = _wordRoot(asset, word, leaves, siblings);
        if (_roundKeyOf(root, round.numerator, round.denominator) != key) revert Errors.Ledger_ProofInvalid();

        Push memory push;
        push.asset = asset;
        push.firstIndex = uint256(word) * LedgerTree.WORD_LEAVES;
        uint256[] memory shares = _settleWord(push, round, leaves);
        _transferShares(push, round.id, leaves, shares);
        if (push.settled == 0 && !push.skipped) revert Errors.Return_NothingPushed(word);
        // forge-lint: disable-next-line(unsafe-typecast)
        _recoveries[asset].tallied += uint128(push.amount);
        emit WordPushed(asset, round.id, word, push.settled, push.amount);
        _repay(gasAtStart, push.paidLeaves);
    }

    /// @inheritdoc IVault
    function gasTank() public view returns (address) {
        return address(TANK);
    }

    /// @dev Effects: sets the bits of all leaves that are about to be paid, or that are due nothing.
    /// @return shares Base units by leaf; zero: not to be paid.
    function _settleWord(Push memory push, Round calldata round, bytes calldata leaves)
        private
        returns (uint256[] memory shares)
    {
        // Counters stay below 2^41, sums below 256 * 2^128.
        unchecked {
            uint256 count = leaves.length / LedgerTree.LEAF_BYTES;
            shares = new uint256[](count);
            mapping(uint256 => uint256) storage cells = _cells[push.asset][round.id];
            uint256 firstCell = push.firstIndex / CELL_LEAVES;
            for (uint256 c = 0; c < CELLS && c * CELL_LEAVES < count; ++c) {
                uint256 packed = cells[firstCell + c];
                uint256 touched = round.id == 0 ? packed : _cells[push.asset][0][firstCell + c];
                uint256 settled = 0;
                uint256 end = (c + 1) * CELL_LEAVES < count ? (c + 1) * CELL_LEAVES : count;
                for (uint256 i = c * CELL_LEAVES; i < end; ++i) {
                    uint256 bit = 1 << (i % CELL_LEAVES);
                    if (packed & bit != 0) continue;
                    (address account, uint128 net, uint128 paid) = LedgerTree.leafAt(leaves, i);
                    if (_isReserved(account)) continue;
                    if (touched & _touchedBit(i) != 0) net = _net(push.asset, account, net, paid);
                    shares[i] = _shareOf(net, round);
                    settled |= bit;
                }
                if (settled != 0) cells[firstCell + c] = packed | settled;
                push.settled |= settled << (c * CELL_LEAVES);
            }
        }
    }

    /// @dev Interactions: pays the shares; a failing transfer clears its leaf's bit again.
    function _transferShares(Push memory push, uint256 round, bytes calldata leaves, uint256[] memory shares) private {
        // Counters stay below 2^41, sums below 256 * 2^128.
        unchecked {
            for (uint256 i = 0; i < shares.length; ++i) {
                uint256 share = shares[i];
                if (share == 0) continue;
                (address account,,) = LedgerTree.leafAt(leaves, i);
                if (Transfers.tryPush(push.asset, account, share)) {
                    push.amount += share;
                    ++push.paidLeaves;
                } else {
                    push.settled &= ~(1 << i);
                    push.skipped = true;
                    uint256 index = push.firstIndex + i;
                    _cells[push.asset][round][index / CELL_LEAVES] &= ~(1 << (index % CELL_LEAVES));
                    emit PushSkipped(account, push.asset, round << 32 | index, share);
                }
            }
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
