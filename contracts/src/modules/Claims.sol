// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IVaultCore} from "../interfaces/IVaultCore.sol";
import {IVaultHooks} from "../interfaces/ISatellites.sol";
import {Errors} from "../libraries/Errors.sol";
import {LedgerTree} from "../libraries/LedgerTree.sol";
import {Transfers} from "../libraries/Transfers.sol";
import {Leaf, Round} from "../types/Types.sol";
import {Reversals} from "./Reversals.sol";

/// @title Claims
/// @notice A leaf's share of a round, for its account or to where its account's signature says. No role has a say here.
abstract contract Claims is Reversals {
    bytes32 private constant CLAIM_TYPEHASH =
        keccak256("Claim(address asset,uint32 round,uint32 index,address to,uint128 fee,uint256 deadline)");

    /// Where an account wants its share of a leaf; zero: to itself. Whoever has ever set one has a touched leaf.
    mapping(address asset => mapping(address account => address)) internal _redirects;

    /// @inheritdoc IVaultHooks
    function redirectSet(address asset, uint32 index, address account, address to) external onlyRegistry {
        _requireNotLatched(_liveness);
        _touch(asset, index);
        _redirects[asset][account] = to;
    }

    /// @inheritdoc IVaultCore
    function claim(address asset, Round calldata round, uint32 index, Leaf calldata leaf, bytes calldata proof)
        external
        nonReentrant
    {
        (uint256 share, bool touched) = _settleClaim(asset, round, index, leaf, proof);
        address payee = touched ? _redirects[asset][leaf.account] : address(0);
        Transfers.send(asset, payee == address(0) ? leaf.account : payee, share);
    }

    /// @inheritdoc IVaultCore
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
        (uint256 share,) = _settleClaim(asset, round, index, leaf, proof);
        if (fee > share) revert Errors.Return_FeeAboveAmount(fee, share);
        emit ClaimRedirected(leaf.account, to, msg.sender, fee);
        if (share > fee) Transfers.send(asset, to, share - fee);
        if (fee > 0) Transfers.send(asset, msg.sender, fee);
    }

    /// @inheritdoc IVaultCore
    function tally(address asset, uint32 round, uint32[] calldata cells) external {
        if (round >= _recoveries[asset].rounds) revert Errors.Return_RoundUnknown(round);
        uint256 amount = 0;
        for (uint256 i = 0; i < cells.length; ++i) {
            Cell storage leaves = _cell(asset, round, cells[i]);
            uint256 packed = leaves.packed;
            amount += packed >> UNTALLIED_SHIFT;
            leaves.packed = packed & type(uint128).max;
        }
        // A part of what the round allotted, which fits 128 bits.
        // forge-lint: disable-next-line(unsafe-typecast)
        _recoveries[asset].tallied += uint128(amount);
        emit Tallied(asset, round, amount);
    }

    /// @dev Checks a claim and books it as paid; the caller transfers.
    function _settleClaim(address asset, Round calldata round, uint32 index, Leaf calldata leaf, bytes calldata proof)
        private
        returns (uint256 share, bool touched)
    {
        (bytes32 node, uint256 sum) = _rootOf(asset, index, leaf, proof);
        uint256 level = proof.length / LedgerTree.NODE_BYTES;
        _requireAnchored(asset, round, level, index >> level, node, sum);
        Cell storage leaves = _cell(asset, round.id, index / CELL_LEAVES);
        uint256 packed = leaves.packed;
        uint256 bit = 1 << (index % CELL_LEAVES);
        if (packed & bit != 0) revert Errors.Return_AlreadyClaimed(index);
        address account = leaf.account;
        if (_isReserved(account)) revert Errors.Return_UnpayableAccount(account);

        uint256 net = leaf.balance;
        uint256 first = round.id == 0 ? packed : _cell(asset, 0, index / CELL_LEAVES).packed;
        touched = first & _touchedBit(index) != 0;
        if (touched) net = _netOf(net, leaf.paid, _paidOut[asset][account]);
        share = _shareOf(net, round);
        if (share == 0) revert Errors.Return_NothingDue(index);

        // The cell's 128-bit sum cannot overflow: it is part of one round's numerator.
        unchecked {
            leaves.packed = (packed | bit) + (share << UNTALLIED_SHIFT);
        }
        emit Claimed(account, asset, uint256(round.id) << 32 | index, share);
    }

    /// @dev A leaf's share of a round that is known to be open: `net * numerator / denominator`, rounded down, so that the dust
    /// stays. Both factors fit 128 bits, and the ratio is at most 1.
    function _shareOf(uint256 net, Round calldata round) internal pure returns (uint256 share) {
        assembly ("memory-safe") {
            share := div(mul(net, calldataload(add(round, 0x20))), calldataload(add(round, 0x40)))
        }
    }
}
