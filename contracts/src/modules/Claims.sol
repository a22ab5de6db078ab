// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IVault} from "../interfaces/IVault.sol";
import {Errors} from "../libraries/Errors.sol";
import {Transfers} from "../libraries/Transfers.sol";
import {Leaf, Round} from "../types/Types.sol";
import {Recoveries} from "./Recoveries.sol";

/// @title Claims
/// @notice A leaf's share of a round, for its account or to where its account's signature says. No role has a say here.
abstract contract Claims is Recoveries {
    bytes32 private constant CLAIM_TYPEHASH =
        keccak256("Claim(address asset,uint32 round,uint32 index,address to,uint128 fee,uint256 deadline)");

    /// @inheritdoc IVault
    function claim(address asset, Round calldata round, uint32 index, Leaf calldata leaf, bytes calldata proof)
        external
        nonReentrant
    {
        uint128 share = _settleClaim(asset, round, index, leaf, proof);
        Transfers.send(asset, leaf.account, share);
    }

    /// @inheritdoc IVault
    function claimTo(
        address asset,
        Round calldata round,
        uint32 index,
        Leaf calldata leaf,
        bytes calldata proof,
        address to,
        uint128 fee,
        uint256 deadline,
        bytes calldata signature
    ) external nonReentrant {
        _requireBefore(deadline);
        if (_isReserved(to)) revert Errors.Return_UnpayableAccount(to);
        _requireAccount(
            leaf.account, keccak256(abi.encode(CLAIM_TYPEHASH, asset, round.id, index, to, fee, deadline)), signature
        );
        uint128 share = _settleClaim(asset, round, index, leaf, proof);
        if (fee > share) revert Errors.Return_FeeAboveAmount(fee, share);
        emit ClaimRedirected(leaf.account, to, msg.sender, fee);
        if (share > fee) Transfers.send(asset, to, share - fee);
        if (fee > 0) Transfers.send(asset, msg.sender, fee);
    }

    /// @inheritdoc IVault
    function tally(address asset, uint32 round, uint32[] calldata cells) external {
        if (_roundKeys[asset][round] == 0) revert Errors.Return_RoundUnknown(round);
        uint256 amount = 0;
        for (uint256 i = 0; i < cells.length; ++i) {
            uint256 packed = _cells[asset][round][cells[i]];
            amount += packed >> UNTALLIED_SHIFT;
            _cells[asset][round][cells[i]] = packed & type(uint128).max;
        }
        // A part of what the round allotted, which fits 128 bits.
        // forge-lint: disable-next-line(unsafe-typecast)
        _recoveries[asset].tallied += uint128(amount);
        emit Tallied(asset, round, amount);
    }

    /// @dev Checks a claim and books it as paid; the caller transfers.
    function _settleClaim(address asset, Round calldata round, uint32 index, Leaf calldata leaf, bytes calldata proof)
        private
        returns (uint128 share)
    {
        bytes32 key = _roundKeys[asset][round.id];
        if (key == 0) revert Errors.Return_RoundUnknown(round.id);
        bytes32 root = _rootOf(asset, index, leaf, proof);
        if (_roundKeyOf(root, round.numerator, round.denominator) != key) revert Errors.Ledger_ProofInvalid();
        uint256 packed = _cells[asset][round.id][index / CELL_LEAVES];
        uint256 bit = 1 << (index % CELL_LEAVES);
        if (packed & bit != 0) revert Errors.Return_AlreadyClaimed(index);
        if (_isReserved(leaf.account)) revert Errors.Return_UnpayableAccount(leaf.account);

        uint256 touched = round.id == 0 ? packed : _cells[asset][0][index / CELL_LEAVES];
        uint128 net = leaf.balance;
        if (touched & _touchedBit(index) != 0) net = _net(asset, leaf.account, leaf.balance, leaf.paid);
        share = _shareOf(net, round);
        if (share == 0) revert Errors.Return_NothingDue(index);

        // The cell's 128-bit sum cannot overflow: it is part of one round's numerator.
        _cells[asset][round.id][index / CELL_LEAVES] = (packed | bit) + (uint256(share) << UNTALLIED_SHIFT);
        emit Claimed(leaf.account, asset, uint256(round.id) << 32 | index, share);
    }

    /// @dev A leaf's share of a round, rounded down: the dust stays. Both factors fit 128 bits, and the ratio is at most 1.
    function _shareOf(uint128 net, Round calldata round) internal pure returns (uint128) {
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint128(uint256(net) * round.numerator / round.denominator);
    }
}
