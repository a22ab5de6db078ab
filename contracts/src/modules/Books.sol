// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IVaultCore} from "../interfaces/IVaultCore.sol";
import {Errors} from "../libraries/Errors.sol";
import {Transfers} from "../libraries/Transfers.sol";
import {StoredAsset, StoredBook, Terms} from "../types/Types.sol";
import {LivenessClock} from "./LivenessClock.sol";
import {Lock} from "./Lock.sol";

/// @title Books
/// @notice Segregated balances and the queue of pending deposits; the reserve is what is left of the balance.
abstract contract Books is LivenessClock, Lock {
    bytes32 private constant ORDER_TYPEHASH =
        keccak256("Order(address asset,address account,address payee,uint128 amount,uint256 nonce,uint256 deadline)");

    bool private immutable ETH_LISTED;
    mapping(address asset => StoredAsset) internal _assets;
    /// Each fits 128 bits; a whole slot is cheaper to write than half of one.
    mapping(address asset => mapping(address account => uint256)) internal _segregated;
    /// An entry is one slot: account (160 bits), then the queue's running total including it (96 bits).
    mapping(address asset => mapping(uint256 entry => uint256)) internal _queue;
    /// Each fits 128 bits: no payout goes above what a leaf is owed.
    mapping(address asset => mapping(address account => uint256)) internal _paidOut;

    constructor(Terms memory terms) {
        ETH_LISTED = terms.assets[0] == address(0);
        for (uint256 i = 0; i < terms.assets.length; ++i) {
            _assets[terms.assets[i]].book.listed = true;
        }
    }

    // ------------------------------------------------------------------ segregated money

    /// @inheritdoc IVaultCore
    function depositForSelf() external payable {
        _requireEthListed();
        if (msg.value == 0) revert Errors.Books_ZeroAmount();
        _credit(address(0), msg.sender, msg.value);
    }

    /// @inheritdoc IVaultCore
    function deposit(address asset, address account, uint256 amount) external payable nonReentrant {
        _requireNotReserved(account);
        _credit(asset, account, _receive(asset, amount));
    }

    /// @inheritdoc IVaultCore
    function withdraw(address asset, address to, uint128 amount) external nonReentrant {
        _requireNotReserved(to);
        _debit(asset, msg.sender, amount);
        emit Withdrawn(msg.sender, asset, to, amount);
        Transfers.send(asset, to, amount);
    }

    /// @inheritdoc IVaultCore
    function spend(
        address asset,
        address account,
        address payee,
        uint128 amount,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external nonReentrant {
        _requireBefore(deadline);
        _requireNotReserved(payee);
        _requireAccount(
            account, keccak256(abi.encode(ORDER_TYPEHASH, asset, account, payee, amount, nonce, deadline)), signature
        );
        _useNonce(account, nonce);
        _debit(asset, account, amount);
        emit OrderSpent(account, asset, payee, amount, nonce);
        Transfers.send(asset, payee, amount);
    }

    // ------------------------------------------------------------------ pending deposits

    /// @inheritdoc IVaultCore
    function depositToLedger(address asset, address account, uint256 amount)
        external
        payable
        nonReentrant
        returns (uint256 entry)
    {
        _requireLive();
        _requireNotReserved(account);
        uint256 received = _receive(asset, amount);
        StoredBook storage held = _assets[asset].book;
        entry = held.queued;
        uint256 running = _runningTotal(asset, entry) + received;
        if (running > type(uint96).max) revert Errors.Books_QueueTotalTooLarge();

        _queue[asset][entry] = uint256(uint160(account)) << 96 | running;
        held.queued += 1;
        // A part of the running total, which fits 96 bits.
        // forge-lint: disable-next-line(unsafe-typecast)
        held.pending += uint96(received);
        _setAside(asset, received);
        emit LedgerDeposited(account, asset, entry, received);
    }

    // ------------------------------------------------------------------ bookkeeping

    function _credit(address asset, address account, uint256 amount) internal {
        // The account's balance is part of what is set aside, which is checked to fit 128 bits.
        unchecked {
            _segregated[asset][account] += amount;
        }
        _setAside(asset, amount);
        if (Transfers.isEth(asset)) emit EthDeposited(account, amount);
        else emit TokenDeposited(account, asset, amount);
    }

    function _debit(address asset, address account, uint128 amount) private {
        if (amount == 0) revert Errors.Books_ZeroAmount();
        uint256 available = _segregated[asset][account];
        if (amount > available) revert Errors.Books_BalanceTooLow(available, amount);
        unchecked {
            _segregated[asset][account] = available - amount;
        }
        _assets[asset].book.setAside -= amount;
    }

    /// @dev Adds to the low half of the book's first slot, as one number: depositing is what users pay for most.
    function _setAside(address asset, uint256 amount) private {
        StoredBook storage held = _assets[asset].book;
        uint256 packed;
        assembly ("memory-safe") {
            packed := sload(held.slot)
        }
        unchecked {
            if (((packed & type(uint128).max) + amount | amount) >> 128 != 0) revert Errors.Books_AmountTooLarge();
            packed += amount;
        }
        assembly ("memory-safe") {
            sstore(held.slot, packed)
        }
    }

    function _reserve(address asset) internal view returns (uint256) {
        return _reserve(asset, _assets[asset].book.setAside);
    }

    /// @dev What of the balance is not set aside; zero if a token has taken too much away.
    function _reserve(address asset, uint256 setAside) internal view returns (uint256) {
        uint256 balance = Transfers.balanceOf(asset, address(this));
        unchecked {
            return balance > setAside ? balance - setAside : 0;
        }
    }

    /// @dev Pays within the push gas cap, or else credits the account's segregated balance: nobody can make himself unpayable.
    function _payOrCredit(address asset, address account, uint128 amount) internal returns (bool credited) {
        credited = !Transfers.tryPush(asset, account, amount);
        if (credited) _credit(asset, account, amount);
    }

    /// @dev Moves the entries below the cursor of a final commitment from pending into the reserve.
    function _absorb(address asset, uint256 cursor) internal {
        uint256 absorbed = _assets[asset].book.absorbed;
        if (cursor <= absorbed) return;
        _addPending(asset, 0, _entriesBetween(asset, absorbed, cursor));
        // At most as many as are queued, which fits 40 bits.
        // forge-lint: disable-next-line(unsafe-typecast)
        _assets[asset].book.absorbed = uint40(cursor);
    }

    /// @dev Takes the entries from the cursor on out of the reserve again, which must cover them.
    function _reopen(address asset, uint256 cursor) internal {
        uint256 reopened = _entriesBetween(asset, cursor, _assets[asset].book.absorbed);
        uint256 covered = _reserve(asset);
        if (reopened > covered) revert Errors.Books_BalanceTooLow(covered, reopened);
        _addPending(asset, reopened, 0);
        // At most as many as are queued, which fits 40 bits.
        // forge-lint: disable-next-line(unsafe-typecast)
        _assets[asset].book.absorbed = uint40(cursor);
    }

    /// @dev Entries become pending, or are no more. Parts of the queue's running total, which fits 96 bits.
    function _addPending(address asset, uint256 more, uint256 less) internal {
        StoredBook storage held = _assets[asset].book;
        // forge-lint: disable-start(unsafe-typecast)
        held.setAside = uint128(held.setAside + more - less);
        held.pending = uint96(held.pending + more - less);
        // forge-lint: disable-end(unsafe-typecast)
    }

    /// @dev Marks an entry as refunded by erasing its account; the running total stays.
    function _eraseEntry(address asset, uint256 entry) internal {
        _queue[asset][entry] &= type(uint96).max;
    }

    /// @dev Sum of the entries in [from, to).
    function _entriesBetween(address asset, uint256 from, uint256 to) internal view returns (uint256) {
        return to > from ? _runningTotal(asset, to) - _runningTotal(asset, from) : 0;
    }

    /// @dev Sum of the entries below `end`.
    function _runningTotal(address asset, uint256 end) private view returns (uint256) {
        return end == 0 ? 0 : _queue[asset][end - 1] & type(uint96).max;
    }

    /// @dev Reads no storage, so that a plain transfer of ETH stays cheap.
    function _requireEthListed() internal view {
        if (!ETH_LISTED) revert Errors.Books_AssetNotListed(address(0));
    }

    function _requireListed(address asset) internal view {
        if (!_assets[asset].book.listed) revert Errors.Books_AssetNotListed(asset);
    }

    /// @dev Takes an asset in. A token's credit is what arrived, never what was announced.
    function _receive(address asset, uint256 amount) private returns (uint256 received) {
        _requireListed(asset);
        if (msg.value != (Transfers.isEth(asset) ? amount : 0)) {
            revert Errors.Books_WrongValue(msg.value, Transfers.isEth(asset) ? amount : 0);
        }
        received = Transfers.isEth(asset) ? amount : Transfers.pull(asset, msg.sender, amount);
        if (received == 0) revert Errors.Books_ZeroAmount();
    }
}
