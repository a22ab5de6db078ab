// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title Errors
/// @notice Every error of the vault. The part before the underscore names the rule book: the same ids stand in the CLI and the keeper.
library Errors {
    // Terms: refused by the constructor.
    error Terms_TimerOutOfBounds(string timer, uint256 value, uint256 min, uint256 max);
    error Terms_AttestedFinalityAboveUnattested();
    /// The newest final root could be overwritten before a newer one is final.
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

    // Signatures.
    error Signature_Expired(uint256 deadline);
    error Signature_NonceUsed(uint256 nonce);
    error Signature_Invalid(address expected);
    error Signature_UnknownMembers();
    error Signature_QuorumNotMet(uint256 valid, uint256 needed);
    /// A signature's signer is no member, or signatures are not in ascending order of signers.
    error Signature_NotAMember(uint256 position);

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

    // Release gate.
    error Gate_AmountAboveOwed(uint256 amount, uint256 owed);
    error Gate_ReserveBelowFloor(uint256 reserveAfter, uint256 floor);
    error Gate_ReserveTooLow(uint256 reserve, uint256 amount);

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

    // Registry.
    error Registry_OnlyVault();
    error Registry_OnlyRegistry();
    error Registry_Refused();

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
