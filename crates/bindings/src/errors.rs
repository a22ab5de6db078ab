//! The vault's errors in words: the same ids in contract, CLI, keeper and page, each with its meaning and what to do next.

use alloy::{
    hex,
    sol_types::{Panic, Revert, SolError, SolInterface},
};

use crate::{test_token::TestToken::TestTokenErrors, vault::Vault::VaultErrors};

/// A revert explained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// Stable id: the name of the contract's error, or `CHAIN_...` for reverts that are nobody's named error.
    pub id: String,
    /// What it means, with the error's arguments (base units, Unix seconds).
    pub what: String,
    /// What to do next.
    pub next: String,
}

/// The vault's error in revert data. `None` if it is no error of the vault.
#[must_use]
pub fn decode(revert_data: &[u8]) -> Option<VaultErrors> {
    VaultErrors::abi_decode(revert_data).ok()
}

/// Explains revert data: errors of the vault, of ERC-20 tokens (EIP-6093), `require` strings and panics.
#[must_use]
pub fn explain(revert_data: &[u8]) -> Explanation {
    if let Some(error) = decode(revert_data) {
        return explain_error(&error);
    }
    if let Ok(error) = TestTokenErrors::abi_decode(revert_data) {
        return Explanation {
            id: "CHAIN_TOKEN_REFUSED".into(),
            what: format!("the token refused: {}", flatten(&format!("{error:?}"))),
            next: "check the balance and the approval that the token names".into(),
        };
    }
    if let Ok(error) = Revert::abi_decode(revert_data) {
        return Explanation {
            id: "CHAIN_REVERT".into(),
            what: format!("a contract refused: {}", error.reason().escape_debug()),
            next: "the words are the other contract's (a token's, most likely): look there".into(),
        };
    }
    let what = match Panic::abi_decode(revert_data) {
        Ok(panic) => panic.to_string(),
        Err(_) => format!("an unknown error, data {}", hex::encode_prefixed(revert_data)),
    };
    Explanation {
        id: "CHAIN_REVERT".into(),
        what: format!("a contract refused with {what}"),
        next: "check that the address is a vault of this version, and the token is a plain ERC-20".into(),
    }
}

/// Explains an error of the vault.
#[must_use]
pub fn explain_error(error: &VaultErrors) -> Explanation {
    let debug = format!("{error:?}");
    let id = debug.split('(').next().unwrap_or_default();
    let advice = advice(id);
    let arguments = flatten(&debug);
    Explanation {
        id: id.into(),
        what: match arguments.split_once(" (") {
            Some((_, arguments)) => format!("{} ({arguments}", advice.map_or("refused", |advice| advice.what)),
            None => advice.map_or("refused", |advice| advice.what).to_owned(),
        },
        next: advice.map_or("see docs/specification.md", |advice| advice.next).into(),
    }
}

/// `Name(Name { index: 7 })` to `Name (index: 7)`.
fn flatten(debug: &str) -> String {
    let name = debug.split('(').next().unwrap_or_default();
    match (debug.find('{'), debug.rfind('}')) {
        (Some(open), Some(close)) if open < close => format!("{name} ({})", debug[open + 1..close].trim()),
        _ => name.to_owned(),
    }
}

/// One row of [`ADVICE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advice {
    /// Name of the contract's error.
    pub id: &'static str,
    /// What it means.
    pub what: &'static str,
    /// What to do next.
    pub next: &'static str,
}

/// The row of an error.
#[must_use]
pub fn advice(id: &str) -> Option<&'static Advice> {
    ADVICE.iter().find(|advice| advice.id == id)
}

const fn row(id: &'static str, what: &'static str, next: &'static str) -> Advice {
    Advice { id, what, next }
}

/// Every error of the vault in words.
#[rustfmt::skip]
pub const ADVICE: &[Advice] = &[
    row("Terms_TimerOutOfBounds", "a timer of the terms is outside its bounds", "change this timer to a value within min and max (seconds); the bounds depend on the profile"),
    row("Terms_AttestedFinalityAboveUnattested", "attested finality is longer than unattested finality", "make attested_finality at most unattested_finality: attestation is the fast path"),
    row("Terms_FinalityOutlivesHistory", "unattested finality is longer than seven times root_max_age", "shorten unattested_finality or lengthen root_max_age, so that the newest final root is never overwritten"),
    row("Terms_FinalityOutlivesRequests", "unattested finality is longer than seven eighths of serve_deadline", "shorten unattested_finality or lengthen serve_deadline, so that a newer root can answer a request in time"),
    row("Terms_ThresholdOutOfRange", "a quorum's threshold does not fit its number of members", "choose a threshold between 1 and the number of members (0 only for no watchers)"),
    row("Terms_MembersNotAscending", "a quorum names a member twice, or not in ascending order", "name each member once, in ascending order"),
    row("Terms_ReservedAddress", "a role is given to an address that nobody holds a key for", "replace the zero or precompile address by a real one"),
    row("Terms_AssetsNotAscending", "an asset is listed twice, or not in ascending order", "list each asset once, in ascending order, ETH first"),
    row("Terms_AssetCountOutOfRange", "a vault has one to sixteen assets", "list between 1 and 16 assets"),
    row("Terms_AssetWithoutCode", "a listed token has no code on this chain", "check the token's address and that the RPC URL is of the right chain"),
    row("Terms_CoverageFloorOutOfRange", "the coverage floor is not between 1 and 10,000 basis points", "choose a coverage floor above 0 % and at most 100 %"),

    row("Books_AssetNotListed", "this vault does not account for the asset", "use one of the vault's assets; `lifeboat status` lists them"),
    row("Books_ZeroAmount", "the amount is zero", "give an amount above zero"),
    row("Books_AmountTooLarge", "the amount does not fit 128 bits", "give a smaller amount"),
    row("Books_WrongValue", "the ETH sent does not match the amount", "send exactly the amount for ETH, and no ETH with a token"),
    row("Books_ReservedAddress", "the account is an address that nobody holds a key for, or the vault itself", "name an account that somebody controls"),
    row("Books_BalanceTooLow", "the account's segregated balance is lower than the amount", "take out at most what is available"),
    row("Books_QueueTotalTooLarge", "the queue of pending deposits has reached its largest total", "deposit to the segregated balance instead"),
    row("Books_EntryUnknown", "there is no such pending deposit", "check the entry's number"),
    row("Books_EntryInLedger", "this deposit is in the ledger that counts, so it is paid there", "claim it as part of the account's leaf"),
    row("Books_EntryRefunded", "this deposit was refunded already", "nothing to do: see the account's balance and its segregated balance"),
    row("Books_TransferFailed", "the asset could not be transferred to the recipient", "choose a recipient that accepts it; a claim can be sent elsewhere with a ticket"),

    row("Signature_Expired", "the signature's deadline has passed", "sign again with a later deadline"),
    row("Signature_NonceUsed", "the nonce was used or cancelled", "check whether the message was executed already; otherwise sign with another nonce"),
    row("Signature_Invalid", "the signature is not the expected signer's over this message", "sign exactly this message, for this vault and this chain, with the expected key"),
    row("Signature_UnknownMembers", "the list of members is not the one in the terms", "use the vault's own terms"),
    row("Signature_QuorumNotMet", "there are fewer signatures than the threshold", "collect more signatures (`lifeboat sign add`, `lifeboat sign merge`)"),
    row("Signature_NotAMember", "a signature is by no member of the quorum, or signatures are out of order", "remove the signature at this position or sign again with a member's key"),

    row("Liveness_WrongPhase", "this is not possible in the vault's phase (0 live, 1 suspected, 2 latched, 3 returning)", "see `lifeboat status` for when it becomes, or why it no longer is, possible"),
    row("Liveness_BlockHashMismatch", "the block is unknown, too old, or on another fork", "sign a beat over one of the last 256 blocks"),
    row("Liveness_BeatNotNewer", "a beat over this or a later block was brought already", "nothing to do if the last beat is recent; else sign over a newer block"),
    row("Liveness_WindDownTooSoon", "the wind-down would come before its notice has passed", "choose a time at or after the earliest one"),
    row("Liveness_WindDownAnnounced", "the wind-down is announced already, and cannot be changed", "nothing to do: see `lifeboat status` for its time"),
    row("Liveness_RequestOpen", "the account has an open exit request", "wait for it to be served, or cancel it first"),
    row("Liveness_RequestNotOpen", "the account has no open exit request", "nothing to do: it was served, answered or cancelled, or never made"),
    row("Liveness_RequestNotDue", "the exit request is not due yet", "report it at or after its due time"),
    row("Liveness_RequestReported", "the exit request was reported already", "nothing to do: suspicion has begun or will not be needed"),
    row("Liveness_RequestStands", "this commitment does not answer the exit request", "serve it with a payout, or answer with a final commitment newer than the request"),

    row("Ledger_WrongEpoch", "the commitment's epoch is not the next one", "prepare it again with the expected epoch"),
    row("Ledger_CursorOutOfRange", "the deposit cursor lies outside the queue, or leaves out entries that were queued when the last commitment was posted", "take every entry below min into the ledger, and set the cursor between min and max"),
    row("Ledger_SnapshotOutOfRange", "the snapshot's time is too old, in the future, or before the last commitment's", "take a new snapshot of the ledger"),
    row("Ledger_ReserveBelowFloor", "the reserve does not cover the ledger's total", "fund the vault with the missing amount, then post again"),
    row("Ledger_WouldEvictFinal", "posting would overwrite the newest final commitment", "wait until a newer commitment is final (attest one, or let its time pass)"),
    row("Ledger_EpochUnknown", "no commitment of this epoch is kept", "use one of the newest eight epochs; see `lifeboat status`"),
    row("Ledger_AlreadyAttested", "this commitment is attested already", "nothing to do"),
    row("Ledger_NoFinalCommitment", "no commitment of this asset is final yet", "wait for finality; see `lifeboat status` for when"),
    row("Ledger_ProofInvalid", "the proof leads to another root", "use the bundle of the epoch that counts; see `lifeboat status`"),
    row("Ledger_ProofMalformed", "the proof has a wrong length or impossible sums", "use a proof made by `lifeboat` from a verified bundle"),
    row("Ledger_NotTheAccount", "only the leaf's own account may do this", "send it from that account"),

    row("Gate_AmountAboveOwed", "the amount is above what the leaf is still owed", "ask for at most what is owed"),
    row("Gate_ReserveBelowFloor", "the release would leave less than the coverage floor", "release less, or wait until less is owed"),
    row("Gate_ReserveTooLow", "the reserve is lower than the amount", "use a smaller amount, or fund the vault"),

    row("Return_WordCounted", "this word was counted already", "nothing to do"),
    row("Return_CountingClosed", "counting ended when the return began", "go on with opening rounds; uncounted words stand at their committed sum"),
    row("Return_NothingToDistribute", "there is nothing, or too little, to distribute in a new round", "wait for more money to come in, or tally paid claims first"),
    row("Return_RoundUnknown", "the round is not open, or its ratio is another", "open the round first, or read its ratio from the chain again"),
    row("Return_AlreadyClaimed", "this leaf was paid in this round", "nothing to do: the money is at the account, or where its ticket said"),
    row("Return_NothingDue", "this leaf's share of the round is zero", "nothing to do: it was paid out before the service stopped, or is below one base unit"),
    row("Return_UnpayableAccount", "the recipient is an address that nobody holds a key for, or the vault itself", "name a recipient that somebody controls"),
    row("Return_FeeAboveAmount", "the fee is higher than the share", "sign a ticket with a lower fee"),
    row("Return_PushTooEarly", "pushes begin after the head start of self-claims", "claim for yourself now, or push at or after this time"),
    row("Return_GasTooLow", "too little gas is left to give every recipient its share of it", "send with a higher gas limit"),
    row("Return_NothingPushed", "nothing in this word is left to push", "nothing to do: go on with the next word"),
    row("Return_NothingToFlag", "the leaf has no payout that is missing from the netting", "nothing to do"),

    row("Tank_OnlyVault", "only the vault takes money out of its gas tank", "push words through the vault to be repaid"),

    row("ReentrancyGuardReentrantCall", "a token or recipient called back into the vault", "do not use this token or recipient: it behaves like an attacker"),
    row("SafeERC20FailedOperation", "the token refused the transfer", "check the balance and the approval for the vault, and whether the token is paused"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use alloy::{primitives::U256, sol_types::PanicKind};

    use super::*;
    use crate::{
        gas_tank::GasTank::GasTankErrors,
        vault::Vault::{Books_ZeroAmount, Return_AlreadyClaimed},
    };

    #[test]
    fn every_error_of_the_contracts_has_a_sentence_and_no_other() {
        let contract: BTreeSet<_> =
            [VaultErrors::VARIANT_NAMES, GasTankErrors::VARIANT_NAMES].concat().into_iter().collect();
        let table: BTreeSet<_> = ADVICE.iter().map(|advice| advice.id).collect();
        assert_eq!(table, contract);
        assert_eq!(table.len(), ADVICE.len(), "an id stands twice");
        for advice in ADVICE {
            assert!(!advice.what.is_empty() && !advice.next.is_empty(), "{}", advice.id);
        }
    }

    #[test]
    fn arguments_are_shown() {
        let explained = explain(&Return_AlreadyClaimed { index: U256::from(7) }.abi_encode());
        assert_eq!(explained.id, "Return_AlreadyClaimed");
        assert_eq!(explained.what, "this leaf was paid in this round (index: 7)");
        assert_eq!(explain(&Books_ZeroAmount {}.abi_encode()).what, "the amount is zero");
    }

    #[test]
    fn other_reverts_are_explained_too() {
        let reason = Revert::from("Pausable: paused").abi_encode();
        assert_eq!(explain(&reason).what, "a contract refused: Pausable: paused");
        let overflow = Panic::from(PanicKind::UnderOverflow).abi_encode();
        assert!(explain(&overflow).what.contains("panic"), "{overflow:?}");
        assert_eq!(explain(&[1, 2, 3]).id, "CHAIN_REVERT");
        assert_eq!(explain(&[]).id, "CHAIN_REVERT");
    }
}
