// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Compensation, IBond} from "./interfaces/IBond.sol";
import {IVault} from "./interfaces/IVault.sol";
import {Errors} from "./libraries/Errors.sol";
import {LedgerTree} from "./libraries/LedgerTree.sol";
import {Transfers} from "./libraries/Transfers.sol";
import {Lock} from "./modules/Lock.sol";
import {Leaf, Phase, Recovery, Terms, Timeline} from "./types/Types.sol";

/// @title Bond
/// @notice See `IBond`. What it holds of an asset is `_held`: the bond, and from the opening of compensation on what is left to pay.
contract Bond is IBond, Lock {
    struct Unbonding {
        uint128 amount;
        /// Zero: nothing is announced.
        uint40 readyAt;
    }

    /// What an asset's rounds lacked when the bond was first asked, and how much of it the reserve has had since. Base units.
    struct Shortfall {
        uint128 total;
        uint128 filled;
    }

    /// What is ready and not taken lapses after it.
    uint256 private constant READY_FOR = 14 days;

    IVault private immutable VAULT;
    address private immutable OPERATOR;
    uint256 private immutable UNBONDING;
    uint256 private immutable DAILY_BPS;
    uint256 private immutable CAP_BPS;
    uint256 private immutable ALLOWANCE;

    /// Base units that are bond: neither compensation that is open nor anybody's credit.
    mapping(address asset => uint256) private _bonds;
    mapping(address asset => Unbonding) private _unbondings;
    mapping(address asset => Shortfall) private _shortfalls;
    mapping(address asset => Compensation) private _compensations;
    /// Bit i of word w: leaf 256w + i is compensated.
    mapping(address asset => mapping(uint256 word => uint256)) private _compensated;
    /// @inheritdoc IBond
    mapping(address asset => mapping(address account => uint256)) public creditOf;

    constructor(address vault_) {
        VAULT = IVault(vault_);
        Terms memory terms = VAULT.parameters().terms;
        OPERATOR = terms.operator;
        UNBONDING = terms.timers.unbonding;
        (DAILY_BPS, CAP_BPS, ALLOWANCE) = (terms.sla.dailyBps, terms.sla.capBps, terms.sla.allowance);
    }

    // ------------------------------------------------------------------ while the service lives

    /// @inheritdoc IBond
    function put(address asset, uint256 amount) external payable nonReentrant {
        if (!VAULT.book(asset).listed) revert Errors.Books_AssetNotListed(asset);
        uint256 value = asset == address(0) ? amount : 0;
        if (msg.value != value) revert Errors.Books_WrongValue(msg.value, value);
        uint256 received = asset == address(0) ? amount : Transfers.pull(asset, msg.sender, amount);
        if (received == 0) revert Errors.Books_ZeroAmount();
        _bonds[asset] += received;
        emit Bonded(asset, msg.sender, received);
    }

    /// @inheritdoc IBond
    function announceUnbonding(address asset, uint128 amount) external {
        if (msg.sender != OPERATOR) revert Errors.Bond_OnlyOperator();
        if (amount > _bonds[asset]) revert Errors.Bond_TooLow(_bonds[asset], amount);
        uint256 readyAt = block.timestamp + UNBONDING;
        // A Unix time in seconds, which fits 40 bits.
        // forge-lint: disable-next-line(unsafe-typecast)
        _unbondings[asset] = Unbonding(amount, amount == 0 ? 0 : uint40(readyAt));
        emit UnbondingAnnounced(asset, amount, readyAt);
    }

    /// @inheritdoc IBond
    function unbond(address asset) external nonReentrant {
        Unbonding memory announced = _unbondings[asset];
        if (announced.readyAt == 0) revert Errors.Bond_NothingAnnounced(asset);
        if (block.timestamp < announced.readyAt) revert Errors.Bond_NotReady(announced.readyAt);
        // Nobody keeps an announcement in his drawer for the day before he stops.
        if (block.timestamp > announced.readyAt + READY_FOR) revert Errors.Bond_NothingAnnounced(asset);
        Phase phase = VAULT.phase();
        if (phase != Phase.Live) revert Errors.Liveness_WrongPhase(uint8(phase));

        delete _unbondings[asset];
        _bonds[asset] -= announced.amount;
        emit Unbonded(asset, announced.amount);
        Transfers.send(asset, address(VAULT), announced.amount);
    }

    // ------------------------------------------------------------------ the return

    /// @inheritdoc IBond
    function fillShortfall(address asset) external nonReentrant {
        // What the vault itself has to distribute comes first. It may have nothing; any other refusal (it is in the middle of a call, too
        // little gas) does not say so.
        try VAULT.openRound(asset) {}
        catch (bytes memory why) {
            // Only the selector is meant.
            // forge-lint: disable-next-line(unsafe-typecast)
            if (bytes4(why) != Errors.Return_NothingToDistribute.selector) {
                assembly ("memory-safe") {
                    revert(add(why, 0x20), mload(why))
                }
            }
        }
        uint256 amount = _missing(asset);
        Shortfall storage shortfall = _shortfalls[asset];
        // Parts of what is owed, which fits 128 bits.
        // forge-lint: disable-next-line(unsafe-typecast)
        if (shortfall.filled == 0) shortfall.total = uint128(amount);
        // What was sent before may be in no round yet, as long as claims are not tallied. It is not sent again.
        amount = _least(amount, shortfall.total - shortfall.filled);
        uint256 bond = _bonds[asset];
        amount = _least(amount, bond);
        if (amount == 0) revert Errors.Bond_NothingMissing(asset);

        _bonds[asset] = bond - amount;
        emit ShortfallFilled(asset, amount);
        uint256 before = VAULT.reserve(asset);
        Transfers.send(asset, address(VAULT), amount);
        // A token's fee, or a reserve below zero, leaves some of it missing.
        // forge-lint: disable-next-line(unsafe-typecast)
        shortfall.filled += uint128(_least(VAULT.reserve(asset) - before, amount));
    }

    /// @inheritdoc IBond
    function openCompensation(address asset) external {
        Compensation storage opened = _compensations[asset];
        if (opened.isOpen) revert Errors.Bond_CompensationOpen(asset);
        uint256 missing = _missing(asset);
        if (missing != 0) revert Errors.Bond_ShortfallFirst(missing);
        uint128 owed = VAULT.recovery(asset).owed;
        uint256 downtime = _downtime();
        uint256 bond = _bonds[asset];
        uint256 amount = _promised(owed, downtime);
        if (amount > bond) amount = bond;

        _bonds[asset] = bond - amount;
        // At most what is owed, which fits 128 bits.
        // forge-lint: disable-next-line(unsafe-typecast)
        (opened.amount, opened.owed, opened.isOpen) = (uint128(amount), owed, true);
        emit CompensationOpened(asset, amount, owed, downtime);
    }

    /// @inheritdoc IBond
    function compensate(address asset, uint32 index, Leaf calldata leaf, bytes calldata proof) external nonReentrant {
        Compensation memory opened = _compensations[asset];
        if (!opened.isOpen) revert Errors.Bond_CompensationNotOpen(asset);
        _requireCounted(asset, index, leaf, proof);
        // The zero address and the precompiles hold no key, and these two are no users.
        bool nobody = uint160(leaf.account) <= type(uint16).max;
        if (nobody || leaf.account == address(VAULT) || leaf.account == address(this)) {
            revert Errors.Return_UnpayableAccount(leaf.account);
        }
        uint256 bit = 1 << (index % 256);
        if (_compensated[asset][index / 256] & bit != 0) revert Errors.Return_AlreadyClaimed(index);
        // Rounded down: the dust stays. Both factors fit 128 bits.
        uint256 share = _netOf(asset, leaf) * opened.amount / opened.owed;
        if (share == 0) revert Errors.Return_NothingDue(index);

        _compensated[asset][index / 256] |= bit;
        // Where its shares go, if it said so ahead.
        address payee = VAULT.redirectOf(asset, leaf.account);
        if (payee == address(0)) payee = leaf.account;
        bool credited = !Transfers.tryPush(asset, payee, share);
        if (credited) creditOf[asset][payee] += share;
        emit Compensated(leaf.account, asset, index, share, credited);
    }

    /// @inheritdoc IBond
    function withdrawCredit(address asset, address to) external nonReentrant {
        uint256 amount = creditOf[asset][msg.sender];
        if (amount == 0) revert Errors.Books_ZeroAmount();
        creditOf[asset][msg.sender] = 0;
        emit CreditWithdrawn(msg.sender, asset, to, amount);
        Transfers.send(asset, to, amount);
    }

    /// @inheritdoc IBond
    function returnRest(address asset) external nonReentrant {
        if (!_compensations[asset].isOpen) revert Errors.Bond_CompensationNotOpen(asset);
        uint256 amount = _bonds[asset];
        if (amount == 0) revert Errors.Books_ZeroAmount();
        _bonds[asset] = 0;
        emit Returned(asset, amount);
        Transfers.send(asset, address(VAULT), amount);
    }

    // ------------------------------------------------------------------ views

    /// @inheritdoc IBond
    function bonded(address asset) external view returns (uint256) {
        (uint256 bond, uint256 leaving) = (_bonds[asset], _unbondings[asset].amount);
        return bond > leaving ? bond - leaving : 0;
    }

    /// @inheritdoc IBond
    function compensation(address asset) external view returns (Compensation memory) {
        return _compensations[asset];
    }

    /// @inheritdoc IBond
    function isCompensated(address asset, uint32 index) external view returns (bool) {
        return _compensated[asset][index / 256] & (1 << (index % 256)) != 0;
    }

    /// @inheritdoc IBond
    function vault() external view returns (address) {
        return address(VAULT);
    }

    // ------------------------------------------------------------------ internals

    /// @dev What no round of the vault has set aside yet, base units. Reverts before the return.
    function _missing(address asset) private view returns (uint256) {
        Phase phase = VAULT.phase();
        if (phase != Phase.Returning) revert Errors.Liveness_WrongPhase(uint8(phase));
        Recovery memory recovered = VAULT.recovery(asset);
        // Before that nobody knows what is owed; nor while it is disputed which ledger counts, or that is being counted.
        if (!recovered.isFixed) revert Errors.Bond_CompensationNotOpen(asset);
        if (block.timestamp < recovered.roundsFrom) revert Errors.Return_RoundHeld(recovered.roundsFrom);
        return recovered.owed - recovered.allotted;
    }

    /// @dev Seconds from the beginning of suspicions to their cures, and of the last one to the return; less what the terms allow.
    function _downtime() private view returns (uint256 downtime) {
        Timeline memory line = VAULT.timeline();
        downtime = VAULT.conduct().downtime;
        // A service that winds down as announced was not suspected. After too many flickers suspicion and latch begin together.
        if (line.suspectedAt <= line.latchedAt) downtime += line.returnAt - line.suspectedAt;
        return downtime > ALLOWANCE ? downtime - ALLOWANCE : 0;
    }

    function _least(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }

    /// @dev Rounded down, base units.
    function _promised(uint256 owed, uint256 downtime) private view returns (uint256) {
        uint256 byTime = owed * DAILY_BPS * downtime / (1 days * 10_000);
        uint256 cap = owed * CAP_BPS / 10_000;
        return byTime < cap ? byTime : cap;
    }

    /// @dev As the vault counts, for its counters stand still since the latch.
    function _netOf(address asset, Leaf calldata leaf) private view returns (uint256) {
        uint256 counter = VAULT.paidOut(asset, leaf.account);
        uint256 since = counter > leaf.paid ? counter - leaf.paid : 0;
        return since < leaf.balance ? leaf.balance - since : 0;
    }

    function _requireCounted(address asset, uint256 index, Leaf calldata leaf, bytes calldata proof) private view {
        Recovery memory recovered = VAULT.recovery(asset);
        bytes32 hash = LedgerTree.leafHash(LedgerTree.domain(address(VAULT), asset), index, leaf);
        (bytes32 root,) = LedgerTree.rootOf(hash, leaf.balance, index, proof);
        bool inside = proof.length == uint256(recovered.depth) * LedgerTree.NODE_BYTES && index >> recovered.depth == 0;
        if (root != recovered.root || !inside) revert Errors.Ledger_ProofInvalid();
    }
}
