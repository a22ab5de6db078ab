// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IRegistry} from "./interfaces/IRegistry.sol";
import {IViewsHooks} from "./interfaces/ISatellites.sol";
import {IViews} from "./interfaces/IViews.sol";
import {Errors} from "./libraries/Errors.sol";
import {Transfers} from "./libraries/Transfers.sol";
import {VaultSlots} from "./libraries/VaultSlots.sol";
import {
    Book,
    Conduct,
    Excuses,
    Gate,
    Liveness,
    Parameters,
    Phase,
    Recovery,
    SignerSet,
    StoredBook,
    Terms,
    Timeline
} from "./types/Types.sol";
import {TermsStore} from "./shared/TermsStore.sol";
import {VaultReader} from "./shared/VaultReader.sol";

/// @title Views
/// @notice Everything that there is to see of a vault's state, and what of a vault that has returned its money is the service's own. Reads and
/// nothing else. Created by the vault, and called through it.
contract Views is IViews, IViewsHooks, VaultReader {
    address private immutable TANK;
    address private immutable REGISTRY;
    address private immutable SAFEGUARDS;
    address private immutable BOND;
    address private immutable DISPUTES;
    uint256 private immutable DEPLOYED_AT = block.timestamp;
    /// A contract whose code is a STOP and then the ABI-encoded terms.
    address private immutable TERMS;

    constructor(Terms memory terms, address tank, address registry, address safeguards, address bond, address disputes)
        TermsStore(terms, msg.sender)
    {
        (TANK, REGISTRY, SAFEGUARDS, BOND, DISPUTES) = (tank, registry, safeguards, bond, disputes);
        TERMS = _store(abi.encode(terms));
    }

    /// @inheritdoc IViews
    function phase() external view returns (Phase) {
        (uint256 start, uint256 latchAt) = _clockNow();
        return _phaseAt(start, latchAt);
    }

    /// @inheritdoc IViews
    function timeline() external view returns (Timeline memory) {
        (uint256 start, uint256 latchAt) = _clockNow();
        // Sums of a few 40-bit values that fit 40 bits for the next 30,000 years.
        // forge-lint: disable-start(unsafe-typecast)
        return Timeline({
            suspectedAt: uint40(start),
            latchedAt: uint40(latchAt),
            returnAt: uint40(latchAt + RETURN_DELAY),
            pushAt: uint40(latchAt + RETURN_DELAY + HEAD_START)
        });
        // forge-lint: disable-end(unsafe-typecast)
    }

    /// @inheritdoc IViews
    function liveness() external view returns (Liveness memory) {
        return _liveness();
    }

    /// @inheritdoc IViews
    function excuses() external view returns (Excuses memory) {
        return _excuses();
    }

    /// @inheritdoc IViews
    function conduct() external view returns (Conduct memory) {
        return _conduct();
    }

    /// @inheritdoc IViews
    function frozenUntil() external view returns (uint40) {
        return _frozenUntil();
    }

    /// @inheritdoc IViews
    function signers() external view returns (SignerSet memory) {
        return _signers();
    }

    /// @inheritdoc IViews
    function gate(address asset) external view returns (Gate memory) {
        return _gate(asset);
    }

    /// @inheritdoc IViews
    function book(address asset) external view returns (Book memory) {
        StoredBook memory held = _book(asset);
        return Book({
            segregated: held.setAside - held.pending,
            pending: held.pending,
            owed: held.owed,
            queued: held.queued,
            absorbed: held.absorbed,
            epoch: IRegistry(REGISTRY).newestEpoch(asset),
            listed: held.listed
        });
    }

    /// @inheritdoc IViews
    function reserve(address asset) external view returns (uint256) {
        uint256 balance = Transfers.balanceOf(asset, VAULT);
        uint256 setAside = _book(asset).setAside;
        return balance > setAside ? balance - setAside : 0;
    }

    /// @inheritdoc IViews
    function segregatedOf(address asset, address account) external view returns (uint128) {
        // Checked when credited.
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint128(_slot(VaultSlots.slotOf(VaultSlots.slotOf(VaultSlots.SEGREGATED, asset), account)));
    }

    /// @inheritdoc IViews
    function pendingEntry(address asset, uint256 entry) external view returns (address account, uint256 amount) {
        if (entry >= _book(asset).queued) revert Errors.Books_EntryUnknown(entry);
        account = address(uint160(_entry(asset, entry) >> 96));
        amount = _entriesBetween(asset, entry, entry + 1);
    }

    /// @inheritdoc IViews
    function paidOut(address asset, address account) external view returns (uint128) {
        return _paidOut(asset, account);
    }

    /// @inheritdoc IViews
    function recovery(address asset) public view returns (Recovery memory) {
        bytes32[] memory words = _slots(VaultSlots.slotOf(VaultSlots.RECOVERIES, asset), 4);
        (uint256 totals, uint256 rounds, uint256 last) = (uint256(words[1]), uint256(words[2]), uint256(words[3]));
        // The casts cut out packed fields.
        // forge-lint: disable-start(unsafe-typecast)
        return Recovery({
            root: words[0],
            total: uint128(totals),
            owed: uint128(totals >> 128),
            allotted: uint128(rounds),
            tallied: uint128(rounds >> 128),
            epoch: uint32(last),
            rounds: uint32(last >> 32),
            depositCursor: uint40(last >> 64),
            depth: uint8(last >> 104),
            isFixed: uint8(last >> 112) != 0,
            roundsFrom: uint40(last >> 120),
            reopenedTo: uint40(last >> 160)
        });
        // forge-lint: disable-end(unsafe-typecast)
    }

    /// @inheritdoc IViews
    function roundKey(address asset, uint32 round) external view returns (bytes32) {
        return anchorOf(asset, round, recovery(asset).depth, 0);
    }

    /// @inheritdoc IViews
    function anchorOf(address asset, uint32 round, uint8 level, uint32 position) public view returns (bytes32) {
        uint256 place = uint256(round) << 64 | uint256(level) << 32 | position;
        return bytes32(_slot(VaultSlots.slotOf(VaultSlots.slotOf(VaultSlots.ANCHORS, asset), place)));
    }

    /// @inheritdoc IViews
    function cell(address asset, uint32 round, uint32 number) external view returns (uint256) {
        return _slot(VaultSlots.slotOf(VaultSlots.slotOf(VaultSlots.CELLS, asset), uint256(round) << 64 | number));
    }

    /// @inheritdoc IViews
    function wordCounted(address asset, uint32 word) external view returns (bool) {
        uint256 key = uint256(recovery(asset).epoch) << 32 | word / 256;
        uint256 group = _slot(VaultSlots.slotOf(VaultSlots.slotOf(VaultSlots.COUNTED, asset), key));
        return group & (1 << (word % 256)) != 0;
    }

    /// @inheritdoc IViews
    function nonceUsed(address account, uint256 nonce) external view returns (bool) {
        return _slot(VaultSlots.slotOf(VaultSlots.slotOf(VaultSlots.NONCES, account), nonce >> 8))
                & (1 << (nonce & 0xff)) != 0;
    }

    /// @inheritdoc IViews
    function redirectOf(address asset, address account) external view returns (address) {
        return address(uint160(_slot(VaultSlots.slotOf(VaultSlots.slotOf(VaultSlots.REDIRECTS, asset), account))));
    }

    /// @inheritdoc IViews
    function termsHash() external view returns (bytes32) {
        return TERMS_HASH;
    }

    /// @inheritdoc IViews
    function parameters() external view returns (Parameters memory all) {
        bytes memory terms = _stored();
        all.chainId = block.chainid;
        (all.vault, all.registry, all.safeguards, all.gasTank) = (VAULT, REGISTRY, SAFEGUARDS, TANK);
        (all.bond, all.disputes) = (BOND, DISPUTES);
        (all.vaultCode, all.registryCode, all.safeguardsCode) = (VAULT.codehash, REGISTRY.codehash, SAFEGUARDS.codehash);
        all.termsHash = keccak256(terms);
        // A Unix time in seconds, which fits 40 bits.
        // forge-lint: disable-next-line(unsafe-typecast)
        all.deployedAt = uint40(DEPLOYED_AT);
        all.terms = abi.decode(terms, (Terms));
    }

    /// @inheritdoc IViews
    function gasTank() external view returns (address) {
        return TANK;
    }

    /// @inheritdoc IViewsHooks
    function requireEquity(address asset, uint256 amount, uint256 available) external view {
        Recovery memory recovered = recovery(asset);
        uint256 missing = uint256(recovered.owed) - recovered.allotted;
        if (missing != 0) revert Errors.Return_StillOwed(missing);
        // What is left because a dispute has put an older ledger in the newest one's place is no gain of those who posted both: else they
        // would dispute an honest one themselves, before an arbitrator who does not answer.
        uint256 known = recovered.total + _entriesBetween(asset, recovered.depositCursor, recovered.reopenedTo);
        uint32 epoch = IRegistry(REGISTRY).finalEpoch(asset);
        uint256 newest = epoch == 0 ? 0 : IRegistry(REGISTRY).commitment(asset, epoch).total;
        uint256 kept = newest > known ? newest - known : 0;
        available = available > kept ? available - kept : 0;
        if (amount > available) revert Errors.Gate_ReserveTooLow(available, amount);
    }

    /// @dev Creation code that returns what is behind it: PUSH2 size, DUP1, PUSH1 10, PUSH0, CODECOPY, PUSH0, RETURN.
    function _store(bytes memory data) private returns (address place) {
        bytes memory code =
        // forge-lint: disable-next-line(unsafe-typecast)
        abi.encodePacked(hex"61", uint16(data.length + 1), hex"80600a5f395ff3", hex"00", data);
        assembly ("memory-safe") {
            place := create(0, add(code, 0x20), mload(code))
        }
        assert(place != address(0));
    }

    function _stored() private view returns (bytes memory data) {
        address place = TERMS;
        uint256 size = place.code.length - 1;
        data = new bytes(size);
        assembly ("memory-safe") {
            extcodecopy(place, add(data, 0x20), 1, size)
        }
    }
}
