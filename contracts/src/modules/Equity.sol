// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IVaultCore} from "../interfaces/IVaultCore.sol";
import {Errors} from "../libraries/Errors.sol";
import {Transfers} from "../libraries/Transfers.sol";
import {Quorum} from "../types/Types.sol";
import {Pushes} from "./Pushes.sol";

/// @title Equity
/// @notice What is left when everybody's share is set aside in full is the service's own, and its signers may take it; so that
/// over-funding a vault costs a service nothing.
abstract contract Equity is Pushes {
    bytes32 private constant EQUITY_TYPEHASH =
        keccak256("ReleaseEquity(address asset,address to,uint256 amount,uint256 nonce,uint256 deadline)");
    /// After the return began: longer than any dispute may delay a round.
    uint256 private constant EQUITY_DELAY = 30 days;

    /// @inheritdoc IVaultCore
    function releaseEquity(
        address asset,
        address to,
        uint256 amount,
        uint256 nonce,
        uint256 deadline,
        Quorum calldata signers
    ) external nonReentrant {
        uint256 equityAt = _requireLatched() + RETURN_DELAY + EQUITY_DELAY;
        if (block.timestamp < equityAt) revert Errors.Return_EquityTooEarly(equityAt);
        _requireNotReserved(to);
        if (amount == 0) revert Errors.Books_ZeroAmount();
        VIEWS.requireEquity(asset, amount, _unallotted(asset, _recover(asset)));
        _requireBefore(deadline);
        bytes32 structHash = keccak256(abi.encode(EQUITY_TYPEHASH, asset, to, amount, nonce, deadline));
        _requireColdSigners(_liveness.flags, structHash, signers);

        _useNonce(address(0), nonce);
        emit EquityReleased(asset, to, amount, nonce);
        Transfers.send(asset, to, amount);
    }
}
