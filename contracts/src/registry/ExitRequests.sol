// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IRegistry} from "../interfaces/IRegistry.sol";
import {IRegistryHooks, IVaultHooks} from "../interfaces/ISatellites.sol";
import {Errors} from "../libraries/Errors.sol";
import {LedgerTree} from "../libraries/LedgerTree.sol";
import {Commitment, ExitRequest, Leaf, Liveness} from "../types/Types.sol";
import {Challenges} from "./Challenges.sol";

/// @title ExitRequests
/// @notice A ledger user's demand to be paid on chain. One that stays unserved past its deadline starts suspicion, whatever beats say.
abstract contract ExitRequests is Challenges {
    mapping(address asset => mapping(address account => ExitRequest)) internal _requests;
    address private immutable DISPUTES;

    constructor(address disputes) {
        DISPUTES = disputes;
    }

    /// @inheritdoc IRegistry
    function requestExit(address asset, uint32 index, Leaf calldata leaf, bytes calldata proof, uint128 amount)
        external
        payable
    {
        _requireNotLatched();
        _takeDeposit(EXIT_DEPOSIT);
        address account = _caller();
        if (account != leaf.account) revert Errors.Ledger_NotTheAccount(account, leaf.account);
        if (_requests[asset][account].target != 0) revert Errors.Liveness_RequestOpen(account);
        if (amount == 0) revert Errors.Books_ZeroAmount();
        _requireFinalLeaf(asset, index, leaf, proof);
        uint128 counter = _paidOut(asset, account);
        uint256 net = _netOf(leaf.balance, leaf.paid, counter);
        if (amount > net) revert Errors.Gate_AmountAboveOwed(amount, net);

        uint128 target = counter + amount;
        // A Unix time in seconds, which fits 40 bits.
        // forge-lint: disable-next-line(unsafe-typecast)
        uint40 due = uint40(block.timestamp + SERVE_DEADLINE);
        _requests[asset][account] =
            ExitRequest({target: target, openedAt: uint40(block.timestamp), due: due, reported: false});
        emit ExitRequested(account, asset, target, due);
    }

    /// @inheritdoc IRegistry
    function cancelExit(address asset) external {
        _requireNotLatched();
        address account = _caller();
        _requireOpen(asset, account);
        _close(asset, account);
    }

    /// @inheritdoc IRegistry
    function reportUnserved(address asset, address account) external {
        _requireNotLatched();
        ExitRequest storage request = _requireOpen(asset, account);
        if (request.reported) revert Errors.Liveness_RequestReported(account);
        if (block.timestamp < request.due) revert Errors.Liveness_RequestNotDue(request.due);

        request.reported = true;
        Liveness memory live = _liveness();
        if (live.overdueCount == type(uint8).max) revert Errors.Liveness_ReportsFull();
        uint40 since = live.overdueSince == 0 ? uint40(block.timestamp) : live.overdueSince;
        IVaultHooks(VAULT).overdueChanged(live.overdueCount + 1, since);
        emit ExitUnserved(account, asset);
    }

    /// @inheritdoc IRegistry
    function answerExit(address asset, uint32 index, Leaf calldata leaf, bytes calldata proof) external {
        _requireNotLatched();
        ExitRequest storage request = _requireOpen(asset, leaf.account);
        Commitment storage posted = _requireFinalLeaf(asset, index, leaf, proof);
        uint256 counter = _paidOut(asset, leaf.account);
        uint256 net = _netOf(leaf.balance, leaf.paid, counter);
        uint256 target = counter + net;
        if (posted.snapshotAt < request.openedAt || target >= request.target) {
            revert Errors.Liveness_RequestStands(leaf.account);
        }
        if (net == 0) return _close(asset, leaf.account);
        // Below the old target, which fits 128 bits.
        // forge-lint: disable-next-line(unsafe-typecast)
        request.target = uint128(target);
        emit ExitLowered(leaf.account, asset, target);
    }

    /// @inheritdoc IRegistry
    function closeExit(address asset, address account) external {
        (uint256 start, uint256 latchAt) = _clockNow();
        if (block.timestamp < latchAt) revert Errors.Liveness_WrongPhase(uint8(_phaseAt(start, latchAt)));
        _requireOpen(asset, account);
        delete _requests[asset][account];
        _giveBack(account, EXIT_DEPOSIT);
        emit ExitClosed(account, asset);
    }

    /// @inheritdoc IRegistry
    function exitRequest(address asset, address account) external view returns (ExitRequest memory) {
        return _requests[asset][account];
    }

    // ------------------------------------------------------------------ for the vault

    /// @inheritdoc IRegistryHooks
    function requirePayable(address asset, uint32 index, Leaf calldata leaf, uint128 amount, bytes calldata proof)
        external
        view
        returns (uint128 paidBefore)
    {
        paidBefore = _paidOut(asset, leaf.account);
        // Suspected: only within the account's open request, for serving it is the cure.
        if (uint256(paidBefore) + amount > _requests[asset][leaf.account].target) _requireLive();
        else _requireNotLatched();
        _requireNotReserved(leaf.account);
        if (amount == 0) revert Errors.Books_ZeroAmount();
        _requireFinalLeaf(asset, index, leaf, proof);
        uint256 net = _netOf(leaf.balance, leaf.paid, paidBefore);
        if (amount > net) revert Errors.Gate_AmountAboveOwed(amount, net);
        // A leaf that tells of payouts that never were would be owed its balance again after each payout.
        if (leaf.paid > paidBefore) revert Errors.Gate_AmountAboveOwed(amount, 0);
    }

    /// @inheritdoc IRegistryHooks
    function paidOutChanged(address asset, address account, uint128 counter) external onlyVault {
        uint128 target = _requests[asset][account].target;
        if (target != 0 && counter >= target) _close(asset, account);
    }

    // ------------------------------------------------------------------ for the disputes

    /// @inheritdoc IRegistryHooks
    function closeServed(address asset, address account) external {
        if (msg.sender != DISPUTES) revert Errors.Disputes_OnlyDisputes();
        _requireNotLatched();
        _requireOpen(asset, account);
        _close(asset, account);
    }

    // ------------------------------------------------------------------ internals

    function _close(address asset, address account) private {
        bool reported = _requests[asset][account].reported;
        delete _requests[asset][account];
        _giveBack(account, EXIT_DEPOSIT);
        if (reported) {
            Liveness memory live = _liveness();
            uint8 left = live.overdueCount - 1;
            IVaultHooks(VAULT).overdueChanged(left, left == 0 ? 0 : live.overdueSince);
        }
        emit ExitClosed(account, asset);
    }

    function _requireOpen(address asset, address account) private view returns (ExitRequest storage request) {
        request = _requests[asset][account];
        if (request.target == 0) revert Errors.Liveness_RequestNotOpen(account);
    }
}
