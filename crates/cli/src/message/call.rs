//! From a signed file to the call that brings it to the vault.

use alloy::{
    primitives::{Address, B256, Bytes, U256},
    sol_types::SolCall,
};
use lifeboat_bindings::{
    safeguards_of,
    signers::{self, Signer, describe, ecdsa_id, ecdsa_ids},
    vault::{
        CommitmentInput, Quorum, Round, Safeguards, SumNode, Terms,
        Vault::{
            self, VaultErrors, attestCall, cancelReleaseCall, claimToCall, commitCall, payOutCall, releaseEquityCall,
            releaseFreeReserveToCall, spendCall,
        },
    },
};

use super::{Half, Message, MessageFile, Signed, kinds::u40};
use crate::{failure::Failure, send::Call};

/// Who may sign what: from the vault's terms, and from the last rotation if there was one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roles {
    /// Signs beats, commitments, announcements, and releases within the hot cap.
    pub operator: Address,
    signers: Members,
    /// Of the signers, for what is above the warm cap.
    cold_threshold: usize,
    auditors: Members,
    watchers: Members,
    guardians: Members,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Members {
    list: Vec<B256>,
    threshold: usize,
}

impl From<&Terms> for Roles {
    fn from(terms: &Terms) -> Self {
        let members = |list: &[Address], threshold: u8| Members { list: ecdsa_ids(list), threshold: threshold.into() };
        Self {
            operator: terms.operator,
            signers: Members { list: terms.signers.clone(), threshold: terms.signerThreshold.into() },
            cold_threshold: terms.coldThreshold.into(),
            auditors: members(&terms.auditors, terms.auditorThreshold),
            watchers: members(&terms.watchers, terms.watcherThreshold),
            guardians: members(&terms.guardians, terms.guardianThreshold),
        }
    }
}

impl MessageFile {
    /// Whether the terms' members are needed to send this.
    #[must_use]
    pub fn needs_roles(&self) -> bool {
        !matches!(self.message, Message::Order(_) | Message::Claim(_))
    }

    /// The call for a message that a role signed.
    ///
    /// # Errors
    /// `COMMIT_UNSIGNED`, `Signature_QuorumNotMet`, each with who has not signed; `Signature_NotAMember` with whose signature it is.
    pub fn call_by_roles(&self, roles: &Roles) -> Result<Call, Failure> {
        let signatures = &self.signatures;
        Ok(match &self.message {
            Message::Release(m) => {
                let signers = roles.gate_quorum(signatures)?;
                let call = releaseFreeReserveToCall {
                    asset: m.asset,
                    to: m.to,
                    amount: m.amount,
                    nonce: m.nonce,
                    deadline: U256::from(m.deadline),
                    signers,
                };
                Call::new(self.vault, &call)
            }
            Message::PayOut(m) => {
                let call = payOutCall {
                    asset: m.asset,
                    index: m.index,
                    leaf: m.leaf.into(),
                    amount: m.amount,
                    proof: m.proof.clone(),
                    nonce: m.nonce,
                    deadline: U256::from(m.deadline),
                    signers: roles.gate_quorum(signatures)?,
                };
                Call::new(self.vault, &call)
            }
            Message::CancelRelease(m) => {
                let (signers, deadline) = (roles.signers.quorum(signatures)?, U256::from(m.deadline));
                Call::new(self.vault, &cancelReleaseCall { asset: m.asset, nonce: m.nonce, deadline, signers })
            }
            Message::Equity(m) => {
                let call = releaseEquityCall {
                    asset: m.asset,
                    to: m.to,
                    amount: m.amount,
                    nonce: m.nonce,
                    deadline: U256::from(m.deadline),
                    signers: roles.cold().quorum(signatures)?,
                };
                Call::new(self.vault, &call)
            }
            Message::WindDown(m) => {
                let signers = roles.signers.quorum(signatures)?;
                let (latch_at, deadline) = (u40(m.latch_at), U256::from(m.deadline));
                self.at_safeguards(&Safeguards::announceWindDownCall { latchAt: latch_at, deadline, signers })
            }
            Message::ColdRelease(m) => {
                let signers = roles.cold().quorum(signatures)?;
                let (asset, to, amount, salt) = (m.asset, m.to, m.amount, m.salt);
                let deadline = U256::from(m.deadline);
                self.at_safeguards(&Safeguards::queueReleaseCall { asset, to, amount, salt, deadline, signers })
            }
            Message::Rotation(m) => {
                let call = Safeguards::announceRotationCall {
                    signers: m.ids(),
                    threshold: m.threshold,
                    coldThreshold: m.cold_threshold,
                    sequence: U256::from(m.sequence),
                    deadline: U256::from(m.deadline),
                    others: [&roles.auditors, &roles.watchers, &roles.guardians].map(|role| role.list.clone()),
                    current: roles.cold().quorum(signatures)?,
                };
                self.at_safeguards(&call)
            }
            Message::Freeze(m) => {
                let (until, guardians) = (u40(m.until), roles.guardians.quorum(signatures)?);
                self.at_safeguards(&Safeguards::freezeCall { until, evidenceHash: m.evidence_hash, guardians })
            }
            Message::Veto(m) => {
                let guardians = roles.guardians.quorum(signatures)?;
                self.at_safeguards(&Safeguards::vetoReleaseCall { release: m.release.hash(), guardians })
            }
            Message::Announcement(m) => {
                let call = Safeguards::announceCall {
                    sequence: U256::from(m.sequence),
                    reason: m.reason,
                    textHash: m.text_hash,
                    uri: m.uri.clone(),
                    expectedUntil: u40(m.expected_until),
                    signature: self.account_signature(roles.operator)?,
                };
                self.at_safeguards(&call)
            }
            Message::Maintenance(m) => {
                let signature = self.account_signature(roles.operator)?;
                let (from, until) = (u40(m.from), u40(m.until));
                self.at_safeguards(&Safeguards::announceMaintenanceCall { from, until, signature })
            }
            Message::ForceMajeure(m) => {
                let (operator, others) = roles.split_operator(signatures);
                roles.watchers.refuse_strangers(&others)?;
                let missing = roles.watchers.missing(&others);
                let (Some(operator), None) = (&operator, &missing) else {
                    return Err(unsigned(roles.operator, operator.is_none(), "watchers", missing));
                };
                let call = Safeguards::declareForceMajeureCall {
                    until: u40(m.until),
                    evidenceHash: m.evidence_hash,
                    operatorSignature: operator.signature.clone(),
                    watchers: roles.watchers.quorum(&others)?,
                };
                self.at_safeguards(&call)
            }
            Message::Alarm(m) => {
                let (deadline, watchers) = (U256::from(m.deadline), roles.watchers.quorum(signatures)?);
                self.at_safeguards(&Safeguards::raiseAlarmCall { evidenceHash: m.evidence_hash, deadline, watchers })
            }
            Message::Commitment(m) => {
                let (operator, others) = roles.split_operator(signatures);
                roles.auditors.refuse_strangers(&others)?;
                let missing = roles.auditors.missing(&others);
                let (Some(operator), None) = (&operator, &missing) else {
                    return Err(unsigned(roles.operator, operator.is_none(), "auditors", missing));
                };
                let input = CommitmentInput {
                    asset: m.asset,
                    epoch: m.epoch,
                    left: m.left.into(),
                    right: m.right.into(),
                    count: m.count,
                    depositCursor: u40(m.deposit_cursor),
                    snapshotAt: u40(m.snapshot_at),
                    dataHash: m.data_hash,
                    uri: m.uri.clone(),
                };
                let call = commitCall {
                    input,
                    operatorSignature: operator.signature.clone(),
                    auditors: roles.auditors.quorum(&others)?,
                };
                Call::new(self.vault, &call)
            }
            Message::Attestation(m) => {
                let call = attestCall { asset: m.asset, epoch: m.epoch, watchers: roles.watchers.quorum(signatures)? };
                Call::new(self.vault, &call)
            }
            Message::Order(_) | Message::Claim(_) => return self.call_by_account(None),
        })
    }

    /// The call for a message that an account signed; a claim needs its round's ratio.
    ///
    /// # Errors
    /// `Signature_Invalid` without a signature; `Return_RoundUnknown` for a claim without its round.
    pub fn call_by_account(&self, round: Option<&Round>) -> Result<Call, Failure> {
        match &self.message {
            Message::Order(m) => {
                let call = spendCall {
                    asset: m.asset,
                    account: m.account,
                    payee: m.payee,
                    amount: m.amount,
                    nonce: m.nonce,
                    deadline: U256::from(m.deadline),
                    signature: self.account_signature(m.account)?,
                };
                Ok(Call::new(self.vault, &call))
            }
            Message::Claim(m) => {
                let unknown =
                    VaultErrors::Return_RoundUnknown(Vault::Return_RoundUnknown { round: U256::from(m.round) });
                let call = claimToCall {
                    asset: m.asset,
                    round: round.cloned().ok_or_else(|| Failure::from(unknown))?,
                    index: m.index,
                    leaf: m.leaf.into(),
                    proof: m.proof.clone(),
                    to: m.to,
                    fee: m.fee,
                    deadline: U256::from(m.deadline),
                    signature: self.account_signature(m.leaf.account)?,
                };
                Ok(Call::new(self.vault, &call))
            }
            _ => Err(Failure::new(
                "MESSAGE_KIND",
                "this message is not signed by an account",
                "send it with `lifeboat send`",
            )),
        }
    }

    fn at_safeguards(&self, call: &impl SolCall) -> Call {
        Call::new(safeguards_of(self.vault), call)
    }

    /// The account's own signature, else the only one: a contract account's owner signs for it (ERC-1271).
    pub(super) fn account_signature(&self, account: Address) -> Result<Bytes, Failure> {
        let own = self.signatures.iter().find(|signed| signed.is_by(account));
        let only = self.signatures.first().filter(|_| self.signatures.len() == 1);
        let invalid = VaultErrors::Signature_Invalid(Vault::Signature_Invalid { expected: account });
        own.or(only).map(|signed| signed.signature.clone()).ok_or_else(|| invalid.into())
    }
}

impl Roles {
    /// The same roles with other signers: those of the last rotation.
    #[must_use]
    pub fn with_signers(self, list: Vec<B256>, threshold: u8, cold_threshold: u8) -> Self {
        let signers = Members { list, threshold: threshold.into() };
        Self { signers, cold_threshold: cold_threshold.into(), ..self }
    }

    /// Which of the two roles that sign commitments an address has.
    #[must_use]
    pub fn for_commitments(&self, address: Address) -> Vec<&'static str> {
        let operator = (self.operator == address).then_some("operator");
        let auditor = self.auditors.list.contains(&ecdsa_id(address)).then_some("auditor");
        operator.into_iter().chain(auditor).collect()
    }

    /// The signers in the number that is needed above the warm cap.
    fn cold(&self) -> Members {
        Members { list: self.signers.list.clone(), threshold: self.cold_threshold }
    }

    /// The operator if he has signed alone, else the signers.
    fn gate_quorum(&self, signatures: &[Signed]) -> Result<Quorum, Failure> {
        match signatures {
            [only] if only.is_by(self.operator) => Ok(signers::operator_alone(only.signature.clone())),
            _ => self.signers.quorum(signatures),
        }
    }

    /// The operator's signature, and the others.
    fn split_operator(&self, signatures: &[Signed]) -> (Option<Signed>, Vec<Signed>) {
        let (mut operator, others): (Vec<_>, Vec<_>) =
            signatures.iter().cloned().partition(|signed| signed.is_by(self.operator));
        (operator.pop(), others)
    }
}

impl Members {
    /// The signatures as the vault wants them: ascending, by members only, at least the threshold.
    fn quorum(&self, signatures: &[Signed]) -> Result<Quorum, Failure> {
        self.refuse_strangers(signatures)?;
        if let Some(missing) = self.missing(signatures) {
            let (valid, needed) = (U256::from(signatures.len()), U256::from(self.threshold));
            let error = Vault::Signature_QuorumNotMet { valid, needed };
            let failure = Failure::from(VaultErrors::Signature_QuorumNotMet(error));
            return Err(Failure { what: format!("{}; still to sign: {missing}", failure.what), ..failure });
        }
        let signatures: Vec<(Signer, Bytes)> =
            signatures.iter().map(|signed| (signed.signer.clone(), signed.signature.clone())).collect();
        Ok(signers::quorum(self.list.clone(), &signatures))
    }

    fn refuse_strangers(&self, signatures: &[Signed]) -> Result<(), Failure> {
        let Some(position) = signatures.iter().position(|signed| !self.list.contains(&signed.signer.id())) else {
            return Ok(());
        };
        let error = Vault::Signature_NotAMember { position: U256::from(position) };
        let failure = Failure::from(VaultErrors::Signature_NotAMember(error));
        Err(Failure { what: format!("{}: {}", failure.what, signatures[position].signer), ..failure })
    }

    /// How many more have to sign, and who can; `None`: enough have. Nothing is enough for a quorum without members.
    fn missing(&self, signatures: &[Signed]) -> Option<String> {
        if signatures.len() >= self.threshold.max(1) {
            return None;
        }
        let absent = self.list.iter().filter(|member| signatures.iter().all(|signed| signed.signer.id() != **member));
        let absent: Vec<_> = absent.map(describe).collect();
        Some(format!("{} of {}", self.threshold.saturating_sub(signatures.len()), absent.join(", ")))
    }
}

fn unsigned(operator: Address, by_operator: bool, role: &str, by_role: Option<String>) -> Failure {
    let operator = by_operator.then(|| format!("the operator {operator}"));
    let others = by_role.map(|missing| format!("of the {role}, {missing}"));
    let missing: Vec<_> = operator.into_iter().chain(others).collect();
    let (id, how) = match role {
        "auditors" => ("COMMIT_UNSIGNED", "`lifeboat commit sign`, then post again"),
        _ => ("MESSAGE_UNSIGNED", "`lifeboat sign add`, then send again"),
    };
    let next = format!("let them sign with {how}; nothing was sent");
    Failure::new(id, format!("still to sign: {}", missing.join("; ")), next)
}

impl From<Half> for SumNode {
    fn from(half: Half) -> Self {
        Self { hash: half.hash, sum: half.sum }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use alloy::{primitives::B256, signers::local::PrivateKeySigner, sol_types::SolCall};

    use super::*;
    use crate::message::{ColdRelease, Release};

    fn key(byte: u8) -> PrivateKeySigner {
        PrivateKeySigner::from_bytes(&B256::repeat_byte(byte)).unwrap()
    }

    fn roles() -> Roles {
        let mut signers = ecdsa_ids(&[1, 2, 3].map(|byte| key(byte).address()));
        signers.sort_unstable();
        let operator = key(4).address();
        Roles::from(&Terms { operator, signers, signerThreshold: 2, coldThreshold: 3, ..Terms::default() })
    }

    fn release() -> MessageFile {
        let (amount, nonce) = (U256::from(5), U256::ZERO);
        let message = Release { asset: Address::ZERO, to: Address::repeat_byte(7), amount, nonce, deadline: 9 };
        MessageFile::new(1, Address::repeat_byte(9), Message::Release(message))
    }

    #[test]
    fn a_quorum_is_ascending_and_complete() {
        let mut file = release();
        file.sign(&key(1)).unwrap();
        let failure = file.call_by_roles(&roles()).unwrap_err();
        assert_eq!(failure.id, "Signature_QuorumNotMet");
        let [signed, absent] = [1, 3].map(|byte| failure.what.contains(&key(byte).address().to_string()));
        assert!(failure.what.contains("1 of ") && absent && !signed, "{failure:?}");
        file.sign(&key(2)).unwrap();
        let call = releaseFreeReserveToCall::abi_decode(&file.call_by_roles(&roles()).unwrap().input).unwrap();
        assert_eq!(call.signers.members, roles().signers.list);
        let signers: Vec<_> = call
            .signers
            .signatures
            .chunks(65)
            .map(|part| crate::message::recover(file.digest(), part).unwrap())
            .collect();
        assert_eq!(signers.len(), 2);
        assert!(signers.is_sorted());
    }

    #[test]
    fn the_operator_signs_alone_or_not_at_all() {
        let mut file = release();
        file.sign(&key(4)).unwrap();
        let call = releaseFreeReserveToCall::abi_decode(&file.call_by_roles(&roles()).unwrap().input).unwrap();
        assert!(call.signers.members.is_empty());
        assert_eq!(call.signers.signatures, file.signatures[0].signature);
        file.sign(&key(1)).unwrap();
        assert_eq!(file.call_by_roles(&roles()).unwrap_err().id, "Signature_NotAMember");
    }

    #[test]
    fn what_is_above_the_warm_cap_needs_the_cold_threshold() {
        let (to, amount) = (Address::repeat_byte(7), U256::ONE);
        let message = ColdRelease { asset: Address::ZERO, to, amount, salt: U256::ZERO, deadline: 1 };
        let mut file = MessageFile::new(1, Address::repeat_byte(9), Message::ColdRelease(message));
        for byte in [1, 2] {
            file.sign(&key(byte)).unwrap();
        }
        assert_eq!(file.call_by_roles(&roles()).unwrap_err().id, "Signature_QuorumNotMet");
        file.sign(&key(3)).unwrap();
        assert_eq!(file.call_by_roles(&roles()).unwrap().to, safeguards_of(file.vault));
    }

    #[test]
    fn a_strangers_signature_is_named() {
        let mut file = release();
        file.sign(&key(1)).unwrap();
        file.sign(&key(9)).unwrap();
        let failure = file.call_by_roles(&roles()).unwrap_err();
        assert_eq!(failure.id, "Signature_NotAMember");
        assert!(failure.what.contains(&key(9).address().to_string()), "{failure:?}");
    }
}
