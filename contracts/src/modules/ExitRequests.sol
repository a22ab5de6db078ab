// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IVault} from "../interfaces/IVault.sol";
import {Errors} from "../libraries/Errors.sol";
import {Commitment, ExitRequest, Leaf, Liveness} from "../types/Types.sol";
import {LeafCells} from "./LeafCells.sol";

/// @title ExitRequests
/// @notice A ledger user's demand to be paid on chain. One that stays unserved past its deadline starts suspicion, whatever beats say.
abstract contract ExitRequests is LeafCells {
    mapping(address asset => mapping(address account => ExitRequest)) internal _requests;

    /// @inheritdoc IVault
    function requestExit(address asset, uint32 index, Leaf calldata leaf, bytes calldata proof, uint128 amount)
        external
    {
        _requireNotLatched();
        if (msg.sender != leaf.account) revert Errors.Ledger_NotTheAccount(msg.sender, leaf.account);
        if (_requests[asset][msg.sender].target != 0) revert Errors.Liveness_RequestOpen(msg.sender);
        _requireOwed(asset, index, leaf, proof, amount);

        uint128 target = paidOut(asset, msg.sender) + amount;
        // A Unix time in seconds, which fits 40 bits.
        // forge-lint: disable-next-line(unsafe-typecast)
        uint40 due = uint40(block.timestamp + SERVE_DEADLINE);
        _requests[asset][msg.sender] =
            ExitRequest({target: target, openedAt: uint40(block.timestamp), due: due, reported: false});
        emit ExitRequested(msg.sender, asset, target, due);
    }

    /// @inheritdoc IVault
    function cancelExit(address asset) external {
        _requireNotLatched();
        _requireOpen(asset, msg.sender);
        _close(asset, msg.sender);
    }

    /// @inheritdoc IVault
    function reportUnserved(address asset, address account) external {
        _requireNotLatched();
        ExitRequest storage request = _requireOpen(asset, account);
        if (request.reported) revert Errors.Liveness_RequestReported(account);
        if (block.timestamp < request.due) revert Errors.Liveness_RequestNotDue(request.due);

        request.reported = true;
        _liveness.overdueCount += 1;
        if (_liveness.overdueSince == 0) _liveness.overdueSince = uint40(block.timestamp);
        emit ExitUnserved(account, asset);
    }

    /// @inheritdoc IVault
    function answerExit(address asset, uint32 index, Leaf calldata leaf, bytes calldata proof) external {
        _requireNotLatched();
        ExitRequest storage request = _requireOpen(asset, leaf.account);
        Commitment storage posted = _requireFinalLeaf(asset, index, leaf, proof);
        uint256 net = _net(asset, leaf.account, leaf.balance, leaf.paid);
        uint256 target = _paidOut[asset][leaf.account] + net;
        if (posted.snapshotAt < request.openedAt || target >= request.target) {
            revert Errors.Liveness_RequestStands(leaf.account);
        }
        if (net == 0) return _close(asset, leaf.account);
        // Below the old target, which fits 128 bits.
        // forge-lint: disable-next-line(unsafe-typecast)
        request.target = uint128(target);
        emit ExitLowered(leaf.account, asset, target);
    }

    /// @inheritdoc IVault
    function exitRequest(address asset, address account) external view returns (ExitRequest memory) {
        return _requests[asset][account];
    }

    /// @dev After a payout: closes the account's request if it is served.
    function _closeIfServed(address asset, address account) internal {
        uint128 target = _requests[asset][account].target;
        if (target != 0 && _paidOut[asset][account] >= target) _close(asset, account);
    }

    function _close(address asset, address account) private {
        bool reported = _requests[asset][account].reported;
        delete _requests[asset][account];
        if (reported) {
            Liveness memory live = _liveness;
            (uint256 start,) = _clock(live);
            live.overdueCount -= 1;
            if (live.overdueCount == 0) live.overdueSince = 0;
            _storeCured(live, start);
        }
        emit ExitClosed(account, asset);
    }

    function _requireOpen(address asset, address account) private view returns (ExitRequest storage request) {
        request = _requests[asset][account];
        if (request.target == 0) revert Errors.Liveness_RequestNotOpen(account);
    }
}
