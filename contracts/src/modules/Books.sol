// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IVault} from "../interfaces/IVault.sol";
import {Errors} from "../libraries/Errors.sol";
import {Transfers} from "../libraries/Transfers.sol";
import {Book, Terms} from "../types/Types.sol";
import {LivenessClock} from "./LivenessClock.sol";

/// @title Books
/// @notice Segregated balances and the queue of pending deposits; the reserve is what is left of the balance.
abstract contract Books is LivenessClock {
    bytes32 private constant ORDER_TYPEHASH =
        keccak256("Order(address asset,address account,address payee,uint128 amount,uint256 nonce,uint256 deadline)");

    bool private immutable ETH_LISTED;
    address[] internal _assets;
    mapping(address asset => Book) internal _books;
    mapping(address asset => mapping(address account => uint128)) private _segregated;
    /// An entry is one slot: account (160 bits), then the queue's running total including it (96 bits).
    mapping(address asset => mapping(uint256 entry => uint256)) private _queue;

    constructor(Terms memory terms) {
        ETH_LISTED = terms.assets[0] == address(0);
        _assets = terms.assets;
        for (uint256 i = 0; i < terms.assets.length; ++i) {
            _books[terms.assets[i]].listed = true;
        }
    }

    // ------------------------------------------------------------------ segregated money

    /// @inheritdoc IVault
    function deposit() external payable {
        if (!ETH_LISTED) revert Errors.Books_AssetNotListed(address(0));
        if (msg.value == 0) revert Errors.Books_ZeroAmount();
        _credit(address(0), msg.sender, msg.value);
    }

    /// @inheritdoc IVault
    function deposit(address asset, address account, uint256 amount) external payable nonReentrant {
        _requireNotReserved(account);
        _credit(asset, account, _receive(asset, amount));
    }

    /// @inheritdoc IVault
    function withdraw(address asset, address to, uint128 amount) external nonReentrant {
        _requireNotReserved(to);
        _debit(asset, msg.sender, amount);
        emit Withdrawn(msg.sender, asset, to, amount);
        Transfers.send(asset, to, amount);
    }

    /// @inheritdoc IVault
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

    /// @inheritdoc IVault
    function depositToLedger(address asset, address account, uint256 amount)
        external
        payable
        nonReentrant
        returns (uint256 entry)
    {
        _requireLive();
        _requireNotReserved(account);
        uint256 received = _receive(asset, amount);
        Book storage entries = _books[asset];
        entry = entries.queued;
        uint256 running = _runningTotal(asset, entry) + received;
        if (running > type(uint96).max) revert Errors.Books_QueueTotalTooLarge();

        _queue[asset][entry] = uint256(uint160(account)) << 96 | running;
        entries.queued += 1;
        // A part of the running total, which fits 96 bits.
        // forge-lint: disable-next-line(unsafe-typecast)
        entries.pending += uint128(received);
        emit LedgerDeposited(account, asset, entry, received);
    }

    // ------------------------------------------------------------------ views

    /// @inheritdoc IVault
    function book(address asset) external view returns (Book memory) {
        return _books[asset];
    }

    /// @inheritdoc IVault
    function reserve(address asset) public view returns (uint256) {
        Book storage held = _books[asset];
        uint256 balance = Transfers.balance(asset);
        uint256 others = uint256(held.segregated) + held.pending;
        return balance > others ? balance - others : 0;
    }

    /// @inheritdoc IVault
    function segregatedOf(address asset, address account) external view returns (uint128) {
        return _segregated[asset][account];
    }

    /// @inheritdoc IVault
    function pendingEntry(address asset, uint256 entry) public view returns (address account, uint256 amount) {
        if (entry >= _books[asset].queued) revert Errors.Books_EntryUnknown(entry);
        account = address(uint160(_queue[asset][entry] >> 96));
        amount = _entriesBetween(asset, entry, entry + 1);
    }

    /// @inheritdoc IVault
    function assets() external view returns (address[] memory) {
        return _assets;
    }

    // ------------------------------------------------------------------ bookkeeping

    function _credit(address asset, address account, uint256 amount) internal {
        if (amount > type(uint128).max) revert Errors.Books_AmountTooLarge();
        // forge-lint: disable-start(unsafe-typecast)
        _segregated[asset][account] += uint128(amount);
        _books[asset].segregated += uint128(amount);
        // forge-lint: disable-end(unsafe-typecast)
        emit Deposited(account, asset, amount);
    }

    function _debit(address asset, address account, uint128 amount) private {
        if (amount == 0) revert Errors.Books_ZeroAmount();
        uint128 available = _segregated[asset][account];
        if (amount > available) revert Errors.Books_BalanceTooLow(available, amount);
        _segregated[asset][account] = available - amount;
        _books[asset].segregated -= amount;
    }

    /// @dev Pays within the push gas cap, or else credits the account's segregated balance: nobody can make himself unpayable.
    function _payOrCredit(address asset, address account, uint128 amount) internal returns (bool credited) {
        credited = !Transfers.tryPush(asset, account, amount);
        if (credited) _credit(asset, account, amount);
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

    function _requireListed(address asset) internal view {
        if (!_books[asset].listed) revert Errors.Books_AssetNotListed(asset);
    }

    /// @dev Takes an asset in. A token's credit is what arrived, never what was announced.
    function _receive(address asset, uint256 amount) private returns (uint256 received) {
        _requireListed(asset);
        if (msg.value != (asset == address(0) ? amount : 0)) {
            revert Errors.Books_WrongValue(msg.value, asset == address(0) ? amount : 0);
        }
        received = asset == address(0) ? amount : Transfers.pull(asset, msg.sender, amount);
        if (received == 0) revert Errors.Books_ZeroAmount();
    }
}
