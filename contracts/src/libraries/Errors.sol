// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title Errors
/// @notice Every error of the vault. The part before the underscore names the rule book: the same ids stand in the CLI and the keeper.
library Errors {
    // Terms: refused by the constructor.
    error Terms_TimerOutOfBounds(string timer, uint256 value, uint256 min, uint256 max);
    error Terms_AttestedFinalityAboveUnattested();
    /// A service that posts as seldom as it may could be without a final root.
    error Terms_FinalityOutlivesHistory();
    /// No newer ledger could be final in time to answer an exit request.
    error Terms_FinalityOutlivesRequests();
    error Terms_ThresholdOutOfRange(string role, uint256 threshold, uint256 members);
    error Terms_MembersNotAscending(string role);
    error Terms_ReservedAddress(string role, address member);
    error Terms_AssetsNotAscending();
    error Terms_AssetCountOutOfRange(uint256 count);
    error Terms_AssetWithoutCode(address asset);
    error Terms_CoverageFloorOutOfRange(uint256 bps);
    /// The hot cap is above the warm one, or that above everything that is owed.
    error Terms_CapsOutOfRange(uint256 hotBps, uint256 warmBps);
    error Terms_SlaOutOfRange(uint256 capBps, uint256 minBondBps);
    error Terms_RolesOverlap(bytes32 member);
    error Terms_UnknownSignerKind(bytes32 signer);
    error Terms_TooManyContractSigners(uint256 contracts, uint256 signers);
    error Terms_NotABlueprint(address blueprint);

    // Asset and amount checks shared by all entry points.
    error Books_AssetNotListed(address asset);
    error Books_ZeroAmount();
    error Books_AmountTooLarge();
    error Books_WrongValue(uint256 sent, uint256 expected);
    error Books_ReservedAddress(address account);
    error Books_BalanceTooLow(uint256 available, uint256 needed);
    error Books_QueueTotalTooLarge();
    error Books_EntryUnknown(uint256 entry);
    error Books_EntryInLedger(uint256 entry, uint256 cursor);
    error Books_EntryRefunded(uint256 entry);
    error Books_TransferFailed(address asset, address to);
    /// Its account had payouts, perhaps of this very money: the disputes contract refunds it, by the account's leaf.
    error Books_EntryNeedsLeaf(uint256 entry);

    // Signatures.
    error Signature_Expired(uint256 deadline);
    error Signature_NonceUsed(uint256 nonce);
    error Signature_Invalid(address expected);
    error Signature_UnknownMembers();
    error Signature_QuorumNotMet(uint256 valid, uint256 needed);
    /// A signature's signer is no member, or signatures are not in ascending order of signers.
    error Signature_NotAMember(uint256 position);

    /// Used, too old to tell, or too far ahead: from `lowest` to `highest` are to be had.
    error Signature_NonceOutOfWindow(uint256 nonce, uint256 lowest, uint256 highest);
    error Signature_SequenceUsed(uint256 given, uint256 expected);

    // Phase and liveness.
    error Liveness_WrongPhase(uint8 phase);
    error Liveness_BlockHashMismatch(uint256 blockNumber);
    error Liveness_BeatNotNewer(uint256 blockNumber, uint256 last);
    error Liveness_WindDownTooSoon(uint256 latchAt, uint256 earliest);
    error Liveness_WindDownAnnounced(uint256 latchAt);
    error Liveness_RequestOpen(address account);
    error Liveness_RequestNotOpen(address account);
    error Liveness_RequestNotDue(uint256 due);
    error Liveness_RequestReported(address account);
    error Liveness_RequestStands(address account);
    /// So many unserved requests are reported that one more would not count.
    error Liveness_ReportsFull();

    // Ledger commitments and proofs.
    error Ledger_WrongEpoch(uint256 given, uint256 expected);
    error Ledger_CursorOutOfRange(uint256 cursor, uint256 min, uint256 max);
    error Ledger_SnapshotOutOfRange(uint256 snapshotAt, uint256 min, uint256 max);
    error Ledger_ReserveBelowFloor(uint256 reserve, uint256 needed);
    error Ledger_WouldEvictFinal(uint256 epoch);
    error Ledger_EpochUnknown(uint256 epoch);
    error Ledger_AlreadyAttested(uint256 epoch);
    error Ledger_NoFinalCommitment(address asset);
    error Ledger_ProofInvalid();
    error Ledger_ProofMalformed();
    error Ledger_NotTheAccount(address caller, address account);
    /// Attested or final already, or void.
    error Ledger_NotChallengeable(uint256 epoch);
    /// A challenge of it was not answered.
    error Ledger_CommitmentVoid(uint256 epoch);
    /// One challenge a word of a ledger, ever.
    error Ledger_WordChallenged(uint256 word);
    error Ledger_NoSuchWord(uint256 word);
    error Ledger_ChallengeNotOpen(uint256 word);
    error Ledger_AnswerNotDue(uint256 due);
    error Ledger_AnswerTooLate(uint256 due);
    error Ledger_WrongDeposit(uint256 sent, uint256 expected);
    error Ledger_NothingToWithdraw(address account);

    // Release gate.
    error Gate_AmountAboveOwed(uint256 amount, uint256 owed);
    error Gate_ReserveBelowFloor(uint256 reserveAfter, uint256 floor);
    error Gate_ReserveTooLow(uint256 reserve, uint256 amount);
    /// In 2^-40 of what is owed: with this, the window would hold `sum`, and `cap` is allowed without delay.
    error Gate_AboveCap(uint256 sum, uint256 cap);
    error Gate_Frozen(uint256 until);
    error Gate_ReleaseUnknown(bytes32 release);
    error Gate_ReleaseQueued(bytes32 release);
    error Gate_ReleaseNotReady(uint256 readyAt);
    /// Too late after it was ready, or a suspicion came after it was queued.
    error Gate_ReleaseLapsed(bytes32 release);

    // The return.
    error Return_WordCounted(uint256 word);
    error Return_CountingClosed();
    error Return_NothingToDistribute(uint256 available);
    error Return_RoundUnknown(uint256 round);
    error Return_AlreadyClaimed(uint256 index);
    error Return_NothingDue(uint256 index);
    error Return_UnpayableAccount(address account);
    error Return_FeeAboveAmount(uint256 fee, uint256 amount);
    error Return_PushTooEarly(uint256 pushAt);
    error Return_GasTooLow(uint256 left, uint256 needed);
    error Return_NothingPushed(uint256 word);
    error Return_NothingToFlag(uint256 index);
    error Return_EquityTooEarly(uint256 equityAt);
    /// Shares that no round has set aside yet, base units.
    error Return_StillOwed(uint256 missing);
    /// It is disputed which of two ledgers counts, or the one that does is being counted. The largest time: until the dispute is settled.
    error Return_RoundHeld(uint256 until);

    // Registry.
    error Registry_OnlyVault();
    error Registry_OnlyRegistry();
    error Safeguards_OnlyVault();
    error Safeguards_OnlySafeguards();
    /// Notices, windows and budgets of maintenance, freezes and the like.
    error Safeguards_TooSoon(uint256 given, uint256 earliest);
    error Safeguards_TooLong(uint256 duration, uint256 longest);
    error Safeguards_BudgetSpent(uint256 used, uint256 budget);
    /// The last window is not over, or no beat has followed it.
    error Safeguards_WindowOpen(uint256 until);
    error Safeguards_NoSuchRole();
    error Safeguards_UnknownReason(uint8 reason);
    error Safeguards_NothingAnnounced();
    error Safeguards_RotationLapsed();
    error Registry_Refused();

    // Bond.
    error Bond_TooLow(uint256 bonded, uint256 needed);
    error Bond_OnlyOperator();
    error Bond_NotReady(uint256 readyAt);
    error Bond_NothingAnnounced(address asset);
    /// Shares of the ledger itself that are not set aside yet come before compensation.
    error Bond_ShortfallFirst(uint256 missing);
    error Bond_CompensationOpen(address asset);
    error Bond_CompensationNotOpen(address asset);
    error Bond_NothingMissing(address asset);

    // Disputes.
    error Disputes_OnlyDisputes();
    error Disputes_OnlyOperator();
    error Disputes_OnlyArbitrator();
    /// The terms name no arbitrator.
    error Disputes_NoArbitrator();
    /// One dispute about an asset's ledgers, and one about an account's requests, ever.
    error Disputes_Disputed(address subject);
    /// No other final ledger is left, or the reserve does not cover the deposits that only the newest has taken in.
    error Disputes_NoOtherLedger(address asset);
    error Disputes_Unknown(uint256 disputeId);
    error Disputes_Closed(uint256 disputeId);
    /// Neither ruled nor timed out.
    error Disputes_NotDue(uint256 due);
    error Disputes_ValueTooLow(uint256 sent, uint256 needed);
    error Disputes_NotReopened(uint256 entry);

    // Gas tank.
    error Tank_OnlyVault();

    // Escrowed orders.
    error Escrow_Expired(uint256 expiry);
    error Escrow_NotDue(uint256 expiry);
    error Escrow_Funded(bytes32 id, uint256 held);
    error Escrow_Settled(bytes32 id);
    error Escrow_NotSettled(bytes32 id);
    error Escrow_NothingHeld(bytes32 id);
    error Escrow_PartiesNotDistinct();
    error Escrow_NotTheBeneficiary(address beneficiary);
    error Escrow_OnlyEscrow();
}
