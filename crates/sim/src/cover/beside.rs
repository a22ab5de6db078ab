//! Errors of what stands beside a vault: its disputes and its escrow.

use super::BARE;

pub(super) fn errors_of(action: &str) -> &'static [&'static str] {
    match action {
        "disputeLedger" => &[
            "Disputes_Disputed",
            "Liveness_WrongPhase",
            "Books_AssetNotListed",
            "Disputes_NoOtherLedger",
            "Disputes_NoArbitrator",
            "Disputes_ValueTooLow",
            "TwinArbitrator_Refused",
            "TwinArbitrator_TooLittle",
            BARE,
        ],
        "disputeRequest" => &[
            "Disputes_OnlyOperator",
            "Disputes_Disputed",
            "Liveness_WrongPhase",
            "Liveness_RequestNotOpen",
            "Disputes_NoArbitrator",
            "Disputes_ValueTooLow",
            "TwinArbitrator_Refused",
        ],
        "submitEvidence" => &["Disputes_Unknown", "Disputes_Closed"],
        "rule" => &["Disputes_OnlyArbitrator", "Disputes_Unknown"],
        "settle" => &["Disputes_Unknown", "Disputes_Closed", "Disputes_NotDue"],
        "refundEntry" => {
            &["Disputes_NotReopened", "Books_EntryRefunded", "Ledger_NotTheAccount", "Ledger_ProofInvalid"]
        }
        "refundEntryWithoutLeaf" => &["Disputes_NotReopened", "Books_EntryRefunded", "Ledger_NotTheAccount"],
        "withdrawDisputeCredit" => &["Books_ZeroAmount"],
        "intrude" => &["Disputes_OnlyDisputes"],
        "openOrder" => &[
            "Escrow_Expired",
            "Liveness_WrongPhase",
            "Escrow_PartiesNotDistinct",
            "Books_ReservedAddress",
            "Escrow_Settled",
            "Signature_Expired",
            "Signature_Invalid",
            "Books_ZeroAmount",
            "Books_BalanceTooLow",
            "Books_TransferFailed",
            "Escrow_NothingHeld",
        ],
        "openOrderDirectly" => &[
            "Escrow_Expired",
            "Liveness_WrongPhase",
            "Escrow_PartiesNotDistinct",
            "Books_ReservedAddress",
            "Escrow_Settled",
            "Escrow_Funded",
            "Books_WrongValue",
            "SafeERC20FailedOperation",
            "TwinToken_Paused",
        ],
        "fundPurse" => &[BARE],
        "relayOrder" => &["Signature_Invalid", "Signature_NonceUsed", "Books_BalanceTooLow", "Books_TransferFailed"],
        "voidOrder" => &["Signature_NonceUsed"],
        "releaseOrder" | "cancelOrder" => {
            &["Escrow_Expired", "Liveness_WrongPhase", "Signature_Invalid", "Escrow_Settled", "Escrow_NothingHeld"]
        }
        "arbitrate" => &[
            "Escrow_PartiesNotDistinct",
            "Escrow_Expired",
            "Liveness_WrongPhase",
            "Signature_Invalid",
            "Escrow_Settled",
            "Escrow_NothingHeld",
        ],
        "refundOrder" => &["Escrow_NotDue", "Escrow_Settled", "Escrow_NothingHeld"],
        "collect" => &["Escrow_NotSettled", "Escrow_NothingHeld", "Books_TransferFailed"],
        "withdrawFromPurse" => &[
            "Escrow_NotSettled",
            "Escrow_NotTheBeneficiary",
            "Books_ReservedAddress",
            "Escrow_NothingHeld",
            "Books_TransferFailed",
        ],
        _ => &[],
    }
}
