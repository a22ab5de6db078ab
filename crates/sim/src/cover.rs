//! What was reached: a table of actions by outcome, success and every error. None may stay empty in a campaign that is big enough.

use std::collections::BTreeMap;

use lifeboat_bindings::{
    twin_arbitrator::TwinArbitrator::TwinArbitratorErrors,
    twin_token::TwinToken::TwinTokenErrors,
    vault::{Disputes::DisputesErrors, Vault::VaultErrors},
};
use serde::Serialize;

use crate::{
    action::{Action, KINDS},
    backend::Receipt,
    model::{AssetState, Model, Outcome, Phase},
};

mod beside;

/// Outcome of a call that did what it was asked.
pub const SUCCESS: &str = "ok";
/// A revert without data: gas ran out, or a token burnt it.
pub const BARE: &str = "(bare revert)";

/// Counts by action and outcome.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Coverage {
    cells: BTreeMap<(usize, String), u64>,
    moments: BTreeMap<&'static str, u64>,
}

/// A state of the model, told in words.
type Moment = (&'static str, fn(&Model) -> bool);

/// What must come about that no outcome of an action tells of.
const MOMENTS: [Moment; 8] = [
    ("the next suspicion would latch at once", |model| {
        model.clock.flicker_until.is_some_and(|until| model.now < until)
    }),
    ("a suspicion latched at once", |model| {
        model.phase() >= Phase::Latched && model.clock.flicker_until.is_some_and(|until| model.clock.start() < until)
    }),
    ("a root is void", |model| model.assets.iter().flat_map(|held| &held.posted).any(|posted| posted.is_void)),
    ("a lie counts in a round", |model| model.assets.iter().any(lies_in_a_round)),
    ("an older ledger counts in the newest one's place", |model| {
        model.assets.iter().any(|held| held.recovered.is_some_and(|recovered| recovered.reopened_to > 0))
    }),
    ("a reopened entry is withheld, because its account had it by payouts", |model| {
        model.assets.iter().flat_map(|held| &held.queue).any(|entry| entry.withheld > 0)
    }),
    ("a ledger that has left the ring may come to count", |model| {
        model.phase() >= Phase::Latched && model.assets.iter().any(|held| held.remembered.is_some())
    }),
    ("a node with a false sum is an anchor", |model| {
        model.assets.iter().filter(|held| lies_in_a_round(held)).any(|held| held.anchors.len() > held.rounds.len())
    }),
];

fn lies_in_a_round(held: &AssetState) -> bool {
    !held.rounds.is_empty() && held.counting_ledger().is_some_and(|told| !told.is_true())
}

impl Coverage {
    /// Counts what a chain answered.
    pub fn count(&mut self, action: &Action, receipt: &Receipt) {
        let outcome = if receipt.succeeded { SUCCESS.to_owned() } else { error_name(&receipt.output) };
        self.add(action.kind(), outcome, 1);
    }

    /// Counts what the model foretold, where no chain in process has answered.
    pub fn count_expected(&mut self, action: &Action, outcome: &Outcome) {
        let outcome = outcome.as_ref().map_or_else(|refusal| refusal.name, |_| SUCCESS);
        self.add(action.kind(), outcome.to_owned(), 1);
    }

    /// Looks at where a case has come.
    pub fn see(&mut self, model: &Model) {
        for (name, _) in MOMENTS.iter().filter(|(_, holds)| holds(model)) {
            *self.moments.entry(name).or_default() += 1;
        }
    }

    /// Adds another table.
    pub fn merge(&mut self, other: &Self) {
        for ((kind, outcome), count) in &other.cells {
            self.add(*kind, outcome.clone(), *count);
        }
        for (name, count) in &other.moments {
            *self.moments.entry(name).or_default() += count;
        }
    }

    /// How often an action ended in an outcome.
    #[must_use]
    pub fn get(&self, kind: usize, outcome: &str) -> u64 {
        self.cells.get(&(kind, outcome.to_owned())).copied().unwrap_or(0)
    }

    /// All counts by action name and outcome.
    pub fn rows(&self) -> impl Iterator<Item = (&'static str, &str, u64)> {
        self.cells.iter().map(|((kind, outcome), count)| (KINDS[*kind], outcome.as_str(), *count))
    }

    /// Cells of [`expected`] that stayed empty, as `action: outcome`, and moments that did not come about.
    #[must_use]
    pub fn missing(&self) -> Vec<String> {
        let empty = expected().into_iter().filter(|(kind, outcome)| self.get(*kind, outcome) == 0);
        let cells = empty.map(|(kind, outcome)| format!("{}: {outcome}", KINDS[kind]));
        let moments = MOMENTS.iter().map(|(name, _)| *name).filter(|name| !self.moments.contains_key(name));
        cells.chain(moments.map(str::to_owned)).collect()
    }

    fn add(&mut self, kind: usize, outcome: String, count: u64) {
        *self.cells.entry((kind, outcome)).or_default() += count;
    }
}

/// The name of a vault's or a twin token's error.
#[must_use]
pub fn error_name(revert: &[u8]) -> String {
    if revert.is_empty() {
        return BARE.to_owned();
    }
    let Some(selector) = revert.first_chunk::<4>() else { return "(unknown)".to_owned() };
    let names = [
        VaultErrors::name_by_selector,
        DisputesErrors::name_by_selector,
        TwinTokenErrors::name_by_selector,
        TwinArbitratorErrors::name_by_selector,
    ];
    names.iter().find_map(|name| name(*selector)).unwrap_or("(unknown)").to_owned()
}

/// Every cell that the specification makes possible: the success of each action, and its errors.
#[must_use]
pub fn expected() -> Vec<(usize, &'static str)> {
    let succeeds = |kind: &usize| KINDS[*kind] != "intrude";
    let mut cells: Vec<_> = (0..KINDS.len()).filter(succeeds).map(|kind| (kind, SUCCESS)).collect();
    for (kind, name) in KINDS.iter().enumerate() {
        cells.extend(errors_of(name).iter().map(|error| (kind, *error)));
    }
    cells
}

fn errors_of(action: &str) -> &'static [&'static str] {
    match action {
        "deposit()" => &["Books_AssetNotListed", "Books_ZeroAmount"],
        "deposit" => &[
            "Books_ReservedAddress",
            "Books_AssetNotListed",
            "Books_WrongValue",
            "Books_ZeroAmount",
            "Books_AmountTooLarge",
            "SafeERC20FailedOperation",
            "TwinToken_Paused",
            "TwinToken_Blocked",
            "TwinToken_BalanceTooLow",
            BARE,
        ],
        "withdraw" => &["Books_ReservedAddress", "Books_ZeroAmount", "Books_BalanceTooLow", "Books_TransferFailed"],
        "spend" => &[
            "Signature_Expired",
            "Books_ReservedAddress",
            "Signature_Invalid",
            "Signature_NonceUsed",
            "Books_ZeroAmount",
            "Books_BalanceTooLow",
            "Books_TransferFailed",
        ],
        "cancelNonce" => &["Signature_NonceUsed"],
        "depositToLedger" => &[
            "Liveness_WrongPhase",
            "Books_ReservedAddress",
            "Books_AssetNotListed",
            "Books_WrongValue",
            "Books_ZeroAmount",
            "Books_QueueTotalTooLarge",
        ],
        "refundPending" => &[
            "Liveness_WrongPhase",
            "Books_AssetNotListed",
            "Books_EntryUnknown",
            "Books_EntryInLedger",
            "Books_EntryRefunded",
            "Books_EntryNeedsLeaf",
            "Return_GasTooLow",
        ],
        "beat" => &["Liveness_WrongPhase", "Liveness_BeatNotNewer", "Liveness_BlockHashMismatch", "Signature_Invalid"],
        "announceWindDown" => &[
            "Liveness_WrongPhase",
            "Liveness_WindDownAnnounced",
            "Liveness_WindDownTooSoon",
            "Signature_Expired",
            "Signature_UnknownMembers",
            "Signature_QuorumNotMet",
            "Signature_NotAMember",
        ],
        "latch" => &["Liveness_WrongPhase"],
        "commit" => &[
            "Liveness_WrongPhase",
            "Books_AssetNotListed",
            "Ledger_ProofMalformed",
            "Ledger_WrongEpoch",
            "Ledger_CursorOutOfRange",
            "Ledger_SnapshotOutOfRange",
            "Ledger_WouldEvictFinal",
            "Signature_Invalid",
            "Signature_UnknownMembers",
            "Signature_QuorumNotMet",
            "Signature_NotAMember",
            "Ledger_ReserveBelowFloor",
            "Bond_TooLow",
        ],
        "attest" => &[
            "Liveness_WrongPhase",
            "Ledger_EpochUnknown",
            "Ledger_AlreadyAttested",
            "Ledger_CommitmentVoid",
            "Signature_UnknownMembers",
            "Signature_QuorumNotMet",
            "Signature_NotAMember",
        ],
        "sync" => &["Liveness_WrongPhase", "Books_AssetNotListed"],
        "payOut" => &[
            "Gate_Frozen",
            "Gate_AboveCap",
            "Signature_Invalid",
            "Liveness_WrongPhase",
            "Books_ReservedAddress",
            "Books_ZeroAmount",
            "Ledger_NoFinalCommitment",
            "Ledger_ProofMalformed",
            "Ledger_ProofInvalid",
            "Gate_AmountAboveOwed",
            "Gate_ReserveTooLow",
            "Signature_Expired",
            "Signature_UnknownMembers",
            "Signature_QuorumNotMet",
            "Signature_NotAMember",
            "Signature_NonceOutOfWindow",
            "Signature_NonceUsed",
        ],
        "release" => &[
            "Gate_Frozen",
            "Gate_AboveCap",
            "Signature_Invalid",
            "Liveness_WrongPhase",
            "Books_ReservedAddress",
            "Books_ZeroAmount",
            "Gate_ReserveTooLow",
            "Gate_ReserveBelowFloor",
            "Signature_Expired",
            "Signature_UnknownMembers",
            "Signature_QuorumNotMet",
            "Signature_NotAMember",
            "Signature_NonceOutOfWindow",
            "Signature_NonceUsed",
            "Books_TransferFailed",
        ],
        "requestExit" => &[
            "Liveness_WrongPhase",
            "Ledger_WrongDeposit",
            "Ledger_NotTheAccount",
            "Liveness_RequestOpen",
            "Books_ZeroAmount",
            "Ledger_NoFinalCommitment",
            "Ledger_ProofMalformed",
            "Ledger_ProofInvalid",
            "Gate_AmountAboveOwed",
        ],
        "challengeWord" => &[
            "Liveness_WrongPhase",
            "Ledger_WrongDeposit",
            "Ledger_EpochUnknown",
            "Ledger_NotChallengeable",
            "Ledger_NoSuchWord",
            "Ledger_WordChallenged",
        ],
        "answerChallenge" => {
            &["Ledger_ChallengeNotOpen", "Ledger_AnswerTooLate", "Ledger_ProofMalformed", "Ledger_ProofInvalid"]
        }
        "voidCommitment" => &["Ledger_ChallengeNotOpen", "Ledger_AnswerNotDue"],
        "withdrawDeposit" => &["Ledger_NothingToWithdraw", "Books_ReservedAddress", "Books_TransferFailed"],
        "closeExit" => &["Liveness_WrongPhase", "Liveness_RequestNotOpen"],
        "setRedirect" => &[
            "Liveness_WrongPhase",
            "Ledger_NotTheAccount",
            "Books_ReservedAddress",
            "Ledger_NoFinalCommitment",
            "Ledger_ProofMalformed",
            "Ledger_ProofInvalid",
        ],
        "putBond" => &[
            "Books_AssetNotListed",
            "Books_WrongValue",
            "Books_ZeroAmount",
            "SafeERC20FailedOperation",
            "TwinToken_Paused",
            "TwinToken_Blocked",
            "TwinToken_BalanceTooLow",
        ],
        "announceUnbonding" => &["Bond_OnlyOperator", "Bond_TooLow"],
        "unbond" => &["Bond_NothingAnnounced", "Bond_NotReady", "Liveness_WrongPhase"],
        "fillShortfall" => &["Liveness_WrongPhase", "Books_AssetNotListed", "Bond_NothingMissing"],
        "openCompensation" => {
            &["Bond_CompensationOpen", "Liveness_WrongPhase", "Bond_CompensationNotOpen", "Bond_ShortfallFirst"]
        }
        "compensate" => &[
            "Bond_CompensationNotOpen",
            "Ledger_ProofMalformed",
            "Ledger_ProofInvalid",
            "Return_UnpayableAccount",
            "Return_AlreadyClaimed",
            "Return_NothingDue",
        ],
        "withdrawCredit" => &["Books_ZeroAmount"],
        "returnRest" => &["Bond_CompensationNotOpen", "Books_ZeroAmount"],
        "cancelExit" => &["Liveness_WrongPhase", "Liveness_RequestNotOpen"],
        "reportUnserved" => {
            &["Liveness_WrongPhase", "Liveness_RequestNotOpen", "Liveness_RequestReported", "Liveness_RequestNotDue"]
        }
        "answerExit" => {
            &["Liveness_WrongPhase", "Liveness_RequestNotOpen", "Ledger_ProofInvalid", "Liveness_RequestStands"]
        }
        "countWord" | "countPacked" => &[
            "Liveness_WrongPhase",
            "Return_CountingClosed",
            "Books_AssetNotListed",
            "Return_WordCounted",
            "Ledger_ProofMalformed",
            "Ledger_ProofInvalid",
        ],
        "flagPayout" => &[
            "Liveness_WrongPhase",
            "Books_AssetNotListed",
            "Ledger_ProofMalformed",
            "Ledger_ProofInvalid",
            "Return_NothingToFlag",
        ],
        "openRound" => {
            &["Liveness_WrongPhase", "Books_AssetNotListed", "Return_NothingToDistribute", "Return_RoundHeld"]
        }
        "anchor" => &["Ledger_ProofMalformed", "Ledger_ProofInvalid", "Return_RoundUnknown"],
        "claim" => &[
            "Return_RoundUnknown",
            "Ledger_ProofMalformed",
            "Ledger_ProofInvalid",
            "Return_AlreadyClaimed",
            "Return_UnpayableAccount",
            "Return_NothingDue",
            "Books_TransferFailed",
        ],
        "claimTo" => &[
            "Signature_Expired",
            "Return_UnpayableAccount",
            "Signature_Invalid",
            "Return_RoundUnknown",
            "Ledger_ProofMalformed",
            "Ledger_ProofInvalid",
            "Return_AlreadyClaimed",
            "Return_NothingDue",
            "Return_FeeAboveAmount",
            "Books_TransferFailed",
        ],
        "pushWord" => &[
            "Return_PushTooEarly",
            "Return_RoundUnknown",
            "Ledger_ProofMalformed",
            "Ledger_ProofInvalid",
            "Return_NothingPushed",
        ],
        "tally" => &["Return_RoundUnknown"],
        "cancelRelease" => &[
            "Books_AssetNotListed",
            "Signature_Expired",
            "Signature_UnknownMembers",
            "Signature_QuorumNotMet",
            "Signature_NotAMember",
            "Signature_NonceOutOfWindow",
        ],
        "queueRelease" => &[
            "Liveness_WrongPhase",
            "Signature_Expired",
            "Gate_ReleaseQueued",
            "Signature_UnknownMembers",
            "Signature_QuorumNotMet",
            "Signature_NotAMember",
        ],
        "executeRelease" => &[
            "Liveness_WrongPhase",
            "Gate_Frozen",
            "Books_ReservedAddress",
            "Gate_ReserveTooLow",
            "Gate_ReserveBelowFloor",
            "Gate_ReleaseUnknown",
            "Gate_ReleaseNotReady",
            "Gate_ReleaseLapsed",
            "Books_TransferFailed",
        ],
        "vetoRelease" => &[
            "Gate_ReleaseUnknown",
            "Safeguards_NoSuchRole",
            "Signature_UnknownMembers",
            "Signature_QuorumNotMet",
            "Signature_NotAMember",
        ],
        "freeze" => &[
            "Safeguards_TooSoon",
            "Safeguards_TooLong",
            "Safeguards_BudgetSpent",
            "Safeguards_NoSuchRole",
            "Liveness_WrongPhase",
            "Signature_UnknownMembers",
            "Signature_QuorumNotMet",
            "Signature_NotAMember",
        ],
        "announce" => &["Safeguards_UnknownReason", "Signature_SequenceUsed", "Signature_Invalid"],
        "announceMaintenance" => &[
            "Safeguards_TooSoon",
            "Safeguards_TooLong",
            "Safeguards_WindowOpen",
            "Safeguards_BudgetSpent",
            "Signature_Invalid",
            "Liveness_WrongPhase",
        ],
        "declareForceMajeure" => &[
            "Safeguards_TooSoon",
            "Safeguards_TooLong",
            "Signature_Invalid",
            "Safeguards_NoSuchRole",
            "Liveness_WrongPhase",
            "Signature_UnknownMembers",
            "Signature_QuorumNotMet",
            "Signature_NotAMember",
        ],
        "raiseAlarm" => &[
            "Signature_Expired",
            "Safeguards_TooLong",
            "Safeguards_TooSoon",
            "Safeguards_NoSuchRole",
            "Liveness_WrongPhase",
            "Signature_UnknownMembers",
            "Signature_QuorumNotMet",
            "Signature_NotAMember",
        ],
        "announceRotation" => &[
            "Liveness_WrongPhase",
            "Signature_Expired",
            "Signature_SequenceUsed",
            "Terms_ThresholdOutOfRange",
            "Terms_MembersNotAscending",
            "Terms_ReservedAddress",
            "Terms_UnknownSignerKind",
            "Terms_TooManyContractSigners",
            "Terms_RolesOverlap",
            "Signature_UnknownMembers",
            "Signature_QuorumNotMet",
            "Signature_NotAMember",
        ],
        "activateRotation" => {
            &["Safeguards_NothingAnnounced", "Safeguards_TooSoon", "Safeguards_RotationLapsed", "Liveness_WrongPhase"]
        }
        "releaseEquity" => &[
            "Liveness_WrongPhase",
            "Return_EquityTooEarly",
            "Books_ReservedAddress",
            "Books_ZeroAmount",
            "Return_StillOwed",
            "Gate_ReserveTooLow",
            "Signature_Expired",
            "Signature_UnknownMembers",
            "Signature_QuorumNotMet",
            "Signature_NotAMember",
        ],
        action => beside::errors_of(action),
    }
}
