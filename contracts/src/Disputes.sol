// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Case, IArbitrator, IDisputes, Question} from "./interfaces/IDisputes.sol";
import {IRegistryHooks, IVaultHooks} from "./interfaces/ISatellites.sol";
import {IVault} from "./interfaces/IVault.sol";
import {Errors} from "./libraries/Errors.sol";
import {LedgerTree} from "./libraries/LedgerTree.sol";
import {VaultSlots} from "./libraries/VaultSlots.sol";
import {Transfers} from "./libraries/Transfers.sol";
import {Lock} from "./modules/Lock.sol";
import {ExitRequest, Leaf, Parameters, Phase, Profile, Recovery} from "./types/Types.sol";

/// @title Disputes
/// @notice See `IDisputes`. Holds bonds and credits, and none of the vault's money.
/// @dev The arbitrator is called when a dispute is opened and never again. What he answers is noted and no more, so that no state of the
/// vault can refuse it; `settle` carries it out, and needs him no more than a clock.
contract Disputes is IDisputes, Lock {
    /// The arbitrator chooses between two, or does not decide (zero).
    uint256 private constant CHOICES = 2;
    /// For the newer ledger; that the request was served.
    uint256 private constant YES = 1;

    IVault private immutable VAULT;
    IVaultHooks private immutable HOOKS;
    IRegistryHooks private immutable REGISTRY;
    address private immutable TANK;
    address private immutable OPERATOR;
    address private immutable ARBITRATOR;
    uint256 private immutable BOND;
    /// Seconds that the arbitrator has, and that the counting of the older ledger has after the settlement. No round waits longer than both
    /// together, if anybody settles when it is due.
    uint256 private immutable RULING_TIME;
    uint256 private immutable COUNTING_TIME;
    /// Seconds from the time of rounds on in which nobody but its account says of an entry that it has no leaf.
    uint256 private immutable REFUND_TIME;
    bytes private _extraData;

    /// One more than the dispute's number; zero: not disputed yet.
    mapping(address asset => uint256) private _ledgers;
    mapping(address asset => mapping(address account => uint256)) private _requests;
    mapping(uint256 disputeId => Case) private _cases;
    /// What an account has had by payouts of the entries that were refunded to it, base units.
    mapping(address asset => mapping(address account => uint256)) private _withheld;
    /// @inheritdoc IDisputes
    mapping(address account => uint256) public creditOf;

    constructor(address vault_) {
        (VAULT, HOOKS) = (IVault(vault_), IVaultHooks(vault_));
        Parameters memory all = VAULT.parameters();
        (REGISTRY, TANK) = (IRegistryHooks(all.registry), all.gasTank);
        (OPERATOR, ARBITRATOR) = (all.terms.operator, all.terms.arbitrator);
        BOND = all.terms.challengeBond;
        bool testnet = all.terms.profile == Profile.Testnet;
        RULING_TIME = testnet ? 2 minutes : 10 days;
        COUNTING_TIME = testnet ? 1 minutes : 4 days;
        REFUND_TIME = testnet ? 5 minutes : 30 days;
        _extraData = all.terms.arbitratorExtraData;
    }

    // ------------------------------------------------------------------ opening

    /// @inheritdoc IDisputes
    function disputeLedger(address asset) external payable nonReentrant returns (uint256 disputeId) {
        if (_ledgers[asset] != 0) revert Errors.Disputes_Disputed(asset);
        Phase phase = VAULT.phase();
        if (phase != Phase.Latched) revert Errors.Liveness_WrongPhase(uint8(phase));
        // Fixes its recovery too, if nobody has.
        HOOKS.ledgerContested(asset, type(uint40).max, false);
        if (!_isReversible(asset)) revert Errors.Disputes_NoOtherLedger(asset);
        disputeId = _create(Question.Ledger, BOND);
        _ledgers[asset] = disputeId + 1;
        Case storage opened = _cases[disputeId];
        opened.asset = asset;
        emit LedgerDisputed(asset, disputeId, msg.sender, opened.due);
    }

    /// @inheritdoc IDisputes
    function disputeRequest(address asset, address account) external payable nonReentrant returns (uint256 disputeId) {
        // Anybody else could use up the one dispute that there is.
        if (msg.sender != OPERATOR) revert Errors.Disputes_OnlyOperator();
        if (_requests[asset][account] != 0) revert Errors.Disputes_Disputed(account);
        Phase phase = VAULT.phase();
        if (phase >= Phase.Latched) revert Errors.Liveness_WrongPhase(uint8(phase));
        ExitRequest memory request = VAULT.exitRequest(asset, account);
        if (request.target == 0) revert Errors.Liveness_RequestNotOpen(account);
        disputeId = _create(Question.Request, 0);
        _requests[asset][account] = disputeId + 1;
        Case storage opened = _cases[disputeId];
        (opened.asset, opened.account) = (asset, account);
        (opened.target, opened.openedAt) = (request.target, request.openedAt);
        emit RequestDisputed(account, asset, disputeId, opened.due);
    }

    /// @inheritdoc IDisputes
    function costs() external view returns (uint256 ledger, uint256 request) {
        request = _arbitrationCost();
        ledger = request + BOND;
    }

    // ------------------------------------------------------------------ deciding

    /// @inheritdoc IDisputes
    function submitEvidence(uint256 disputeId, string calldata evidence) external {
        Case storage opened = _known(disputeId);
        if (opened.isRuled || opened.isSettled) revert Errors.Disputes_Closed(disputeId);
        emit Evidence(ARBITRATOR, disputeId, msg.sender, evidence);
    }

    /// @inheritdoc IDisputes
    function rule(uint256 disputeId, uint256 ruling) external {
        if (msg.sender != ARBITRATOR) revert Errors.Disputes_OnlyArbitrator();
        Case storage opened = _known(disputeId);
        // No revert, in which an arbitrator's own affairs could be caught.
        if (opened.isRuled || opened.isSettled || block.timestamp > opened.due) return;
        opened.isRuled = true;
        // At most two.
        // forge-lint: disable-next-line(unsafe-typecast)
        if (ruling <= CHOICES) opened.ruling = uint8(ruling);
        emit Ruling(ARBITRATOR, disputeId, ruling);
    }

    /// @inheritdoc IDisputes
    function settle(uint256 disputeId) external nonReentrant {
        Case storage opened = _known(disputeId);
        if (opened.isSettled) revert Errors.Disputes_Closed(disputeId);
        if (!opened.isRuled && block.timestamp <= opened.due) revert Errors.Disputes_NotDue(opened.due);
        opened.isSettled = true;
        // Only a ruling can be YES.
        bool yes = opened.ruling == YES;
        bool changed = opened.question == Question.Ledger ? _settleLedger(opened, yes) : _settleRequest(opened, yes);
        emit Settled(disputeId, changed);
    }

    // ------------------------------------------------------------------ what follows

    /// @inheritdoc IDisputes
    function refundEntry(address asset, uint256 entry, uint32 index, Leaf calldata leaf, bytes calldata proof)
        external
        nonReentrant
    {
        (Recovery memory recovered, address account, uint256 amount) = _reopened(asset, entry);
        if (leaf.account != account) revert Errors.Ledger_NotTheAccount(leaf.account, account);
        bytes32 hash = LedgerTree.leafHash(LedgerTree.domain(address(VAULT), asset), index, leaf);
        (bytes32 root,) = LedgerTree.rootOf(hash, leaf.balance, index, proof);
        bool inside = proof.length == uint256(recovered.depth) * LedgerTree.NODE_BYTES && index >> recovered.depth == 0;
        if (root != recovered.root || !inside) revert Errors.Ledger_ProofInvalid();
        uint256 counter = VAULT.paidOut(asset, account);
        // What was paid out beyond the leaf can only have been the deposits'.
        uint256 known = uint256(leaf.balance) + leaf.paid;
        _refund(asset, entry, account, amount, counter > known ? counter - known : 0);
    }

    /// @inheritdoc IDisputes
    function refundEntryWithoutLeaf(address asset, uint256 entry) external nonReentrant {
        (Recovery memory recovered, address account, uint256 amount) = _reopened(asset, entry);
        // Who has had all of his deposit makes no call, and what is set aside for him is others'. By then anybody has had the time to refund
        // those who have a leaf.
        bool late = block.timestamp >= recovered.roundsFrom + REFUND_TIME;
        if (msg.sender != account && !late) revert Errors.Ledger_NotTheAccount(msg.sender, account);
        _refund(asset, entry, account, amount, VAULT.paidOut(asset, account));
    }

    /// @inheritdoc IDisputes
    function withdrawCredit(address to) external nonReentrant {
        uint256 amount = creditOf[msg.sender];
        if (amount == 0) revert Errors.Books_ZeroAmount();
        creditOf[msg.sender] = 0;
        emit CreditWithdrawn(msg.sender, to, amount);
        Transfers.send(address(0), to, amount);
    }

    // ------------------------------------------------------------------ views

    /// @inheritdoc IDisputes
    function vault() external view returns (address) {
        return address(VAULT);
    }

    /// @inheritdoc IDisputes
    function disputeOf(uint256 disputeId) external view returns (Case memory) {
        return _cases[disputeId];
    }

    /// @inheritdoc IDisputes
    function ledgerDispute(address asset) external view returns (bool disputed, uint256 disputeId) {
        return _numberIn(_ledgers[asset]);
    }

    /// @inheritdoc IDisputes
    function requestDispute(address asset, address account) external view returns (bool disputed, uint256 disputeId) {
        return _numberIn(_requests[asset][account]);
    }

    // ------------------------------------------------------------------ internals

    function _known(uint256 disputeId) private view returns (Case storage known) {
        known = _cases[disputeId];
        if (known.due == 0) revert Errors.Disputes_Unknown(disputeId);
    }

    function _numberIn(uint256 held) private pure returns (bool disputed, uint256 disputeId) {
        return held == 0 ? (false, 0) : (true, held - 1);
    }

    function _arbitrationCost() private view returns (uint256) {
        if (ARBITRATOR == address(0)) revert Errors.Disputes_NoArbitrator();
        return IArbitrator(ARBITRATOR).arbitrationCost(_extraData);
    }

    /// @dev Pays the arbitrator what he asks for, within what was sent. He may do anything now: this contract is locked but for `rule`,
    /// which does not know the new number yet, and everything that the vault must know of the dispute it knows.
    /// @param bond Kept until the dispute is settled, wei.
    function _create(Question question, uint256 bond) private returns (uint256 disputeId) {
        uint256 cost = _arbitrationCost();
        uint256 needed = cost + bond;
        if (msg.value < needed) revert Errors.Disputes_ValueTooLow(msg.value, needed);
        creditOf[msg.sender] += msg.value - needed;
        disputeId = IArbitrator(ARBITRATOR).createDispute{value: cost}(CHOICES, _extraData);
        Case storage opened = _cases[disputeId];
        // A number twice, or one that leaves no room for one more.
        if (opened.due != 0 || disputeId == type(uint256).max) revert Errors.Disputes_Disputed(ARBITRATOR);
        // A Unix time in seconds, which fits 40 bits.
        // forge-lint: disable-next-line(unsafe-typecast)
        (opened.opener, opened.due) = (msg.sender, uint40(block.timestamp + RULING_TIME));
        opened.question = question;
        emit Dispute(ARBITRATOR, disputeId, uint256(question), disputeId);
    }

    /// @dev Where the newer ledger is not upheld the older counts. A false newest ledger can give everything away; the older one undoes
    /// no more than what happened between the two.
    function _settleLedger(Case storage opened, bool newer) private returns (bool changed) {
        // The older one could not be counted before: it has its whole time for that, however late anybody settles.
        uint256 roundsFrom = newer ? block.timestamp : block.timestamp + COUNTING_TIME;
        // A token may have taken so much away since that the deposits are covered no more: then the newer one stands.
        changed = !newer && _isReversible(opened.asset);
        // A Unix time in seconds, which fits 40 bits.
        // forge-lint: disable-next-line(unsafe-typecast)
        HOOKS.ledgerContested(opened.asset, uint40(roundsFrom), changed);
        if (!newer) creditOf[opened.opener] += BOND;
        // The tank takes any ETH. It is in no books of the vault, and helps everybody's way out.
        else Transfers.send(address(0), TANK, BOND);
    }

    /// @dev There is another final ledger before the one that counts, and the reserve covers the deposits that it does not know: these are their
    /// accounts' own again.
    function _isReversible(address asset) private view returns (bool) {
        Recovery memory recovered = VAULT.recovery(asset);
        // Before no ledger there is none.
        if (recovered.epoch == 0) return false;
        (bytes32 root,, uint256 epoch, uint256 cursor,) = REGISTRY.counting(asset, recovered.epoch);
        uint256 reopened = _runningTotal(asset, VAULT.book(asset).absorbed) - _runningTotal(asset, cursor);
        // A service in which nothing has happened posts the same root again.
        bool differs = root != recovered.root || reopened != 0;
        return epoch != 0 && differs && reopened <= VAULT.reserve(asset);
    }

    /// @dev Sum of the entries of the pending queue below `end`: what a slot of it holds beside the account.
    function _runningTotal(address asset, uint256 end) private view returns (uint256) {
        if (end == 0) return 0;
        uint256 slot = VaultSlots.slotOf(VaultSlots.slotOf(VaultSlots.QUEUE, asset), end - 1);
        return uint256(HOOKS.extsload(bytes32(slot), 1)[0]) & type(uint96).max;
    }

    /// @dev Only before the latch, and only the very request that was disputed.
    function _settleRequest(Case storage opened, bool served) private returns (bool changed) {
        if (!served || VAULT.phase() >= Phase.Latched) return false;
        ExitRequest memory request = VAULT.exitRequest(opened.asset, opened.account);
        if (request.openedAt != opened.openedAt || request.target != opened.target) return false;
        REGISTRY.closeServed(opened.asset, opened.account);
        return true;
    }

    function _reopened(address asset, uint256 entry)
        private
        view
        returns (Recovery memory recovered, address account, uint256 amount)
    {
        recovered = VAULT.recovery(asset);
        if (entry < recovered.depositCursor || entry >= recovered.reopenedTo) {
            revert Errors.Disputes_NotReopened(entry);
        }
        (account, amount) = VAULT.pendingEntry(asset, entry);
        if (account == address(0)) revert Errors.Books_EntryRefunded(entry);
    }

    /// @param excess What the account was paid out beyond the ledger that counts, base units. It is taken off once, not from each entry.
    function _refund(address asset, uint256 entry, address account, uint256 amount, uint256 excess) private {
        uint256 taken = _withheld[asset][account];
        uint256 withheld = excess > taken ? excess - taken : 0;
        if (withheld > amount) withheld = amount;
        _withheld[asset][account] = taken + withheld;
        HOOKS.returnReopened(asset, entry, withheld);
    }
}
