//! From a signed file to the call that brings it to the vault.

use alloy::primitives::{Address, Bytes, U256};
use lifeboat_bindings::vault::{
    CommitmentInput, Quorum, Round, SumNode, Terms,
    Vault::{
        self, VaultErrors, announceWindDownCall, attestCall, claimToCall, commitCall, payOutCall, releaseReserveCall,
        spendCall,
    },
};

use super::{Half, Message, MessageFile, Signed, kinds::u40};
use crate::{failure::Failure, send::Call};

/// Who may sign what: from the vault's terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roles {
    /// Signs beats and commitments.
    pub operator: Address,
    signers: Members,
    auditors: Members,
    watchers: Members,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Members {
    list: Vec<Address>,
    threshold: usize,
}

impl From<&Terms> for Roles {
    fn from(terms: &Terms) -> Self {
        let members = |list: &[Address], threshold: u8| Members { list: list.to_vec(), threshold: threshold.into() };
        Self {
            operator: terms.operator,
            signers: members(&terms.signers, terms.signerThreshold),
            auditors: members(&terms.auditors, terms.auditorThreshold),
            watchers: members(&terms.watchers, terms.watcherThreshold),
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
                let signers = roles.signers.quorum(signatures)?;
                let call = releaseReserveCall {
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
                    signers: roles.signers.quorum(signatures)?,
                };
                Call::new(self.vault, &call)
            }
            Message::WindDown(m) => {
                let signers = roles.signers.quorum(signatures)?;
                let call = announceWindDownCall {
                    latchAt: u40(m.latch_at),
                    nonce: m.nonce,
                    deadline: U256::from(m.deadline),
                    signers,
                };
                Call::new(self.vault, &call)
            }
            Message::Commitment(m) => {
                let (operators, others): (Vec<_>, Vec<_>) =
                    signatures.iter().cloned().partition(|signed| signed.signer == roles.operator);
                // An operator who is an auditor too counts as both.
                let auditors = if roles.auditors.list.contains(&roles.operator) { signatures } else { &others };
                roles.auditors.refuse_strangers(auditors)?;
                let missing_auditors = roles.auditors.missing(auditors);
                let (Some(operator), None) = (operators.first(), &missing_auditors) else {
                    return Err(unsigned(roles.operator, operators.is_empty(), missing_auditors));
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
                    auditors: roles.auditors.quorum(auditors)?,
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

    /// The account's own signature, else the only one: a contract account's owner signs for it (ERC-1271).
    pub(super) fn account_signature(&self, account: Address) -> Result<Bytes, Failure> {
        let own = self.signatures.iter().find(|signed| signed.signer == account);
        let only = self.signatures.first().filter(|_| self.signatures.len() == 1);
        let invalid = VaultErrors::Signature_Invalid(Vault::Signature_Invalid { expected: account });
        own.or(only).map(|signed| signed.signature.clone()).ok_or_else(|| invalid.into())
    }
}

impl Roles {
    /// Which of the two roles that sign commitments an address has.
    #[must_use]
    pub fn for_commitments(&self, address: Address) -> Vec<&'static str> {
        let operator = (self.operator == address).then_some("operator");
        let auditor = self.auditors.list.contains(&address).then_some("auditor");
        operator.into_iter().chain(auditor).collect()
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
        let joined: Vec<u8> = signatures.iter().flat_map(|signed| signed.signature.iter().copied()).collect();
        Ok(Quorum { members: self.list.clone(), signatures: joined.into() })
    }

    fn refuse_strangers(&self, signatures: &[Signed]) -> Result<(), Failure> {
        let Some(position) = signatures.iter().position(|signed| !self.list.contains(&signed.signer)) else {
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
        let absent = self.list.iter().filter(|member| signatures.iter().all(|signed| signed.signer != **member));
        let absent: Vec<_> = absent.map(Address::to_string).collect();
        Some(format!("{} of {}", self.threshold.saturating_sub(signatures.len()), absent.join(", ")))
    }
}

fn unsigned(operator: Address, by_operator: bool, by_auditors: Option<String>) -> Failure {
    let operator = by_operator.then(|| format!("the operator {operator}"));
    let auditors = by_auditors.map(|missing| format!("of the auditors, {missing}"));
    let missing: Vec<_> = operator.into_iter().chain(auditors).collect();
    Failure::new(
        "COMMIT_UNSIGNED",
        format!("still to sign: {}", missing.join("; ")),
        "let them sign with `lifeboat commit sign`, then post again; nothing was sent",
    )
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
    use crate::message::Release;

    fn key(byte: u8) -> PrivateKeySigner {
        PrivateKeySigner::from_bytes(&B256::repeat_byte(byte)).unwrap()
    }

    fn roles() -> Roles {
        let mut signers: Vec<_> = [1, 2, 3].map(|byte| key(byte).address()).to_vec();
        signers.sort_unstable();
        Roles::from(&Terms { signers, signerThreshold: 2, ..Terms::default() })
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
        let call = releaseReserveCall::abi_decode(&file.call_by_roles(&roles()).unwrap().input).unwrap();
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
    fn a_strangers_signature_is_named() {
        let mut file = release();
        file.sign(&key(1)).unwrap();
        file.sign(&key(9)).unwrap();
        let failure = file.call_by_roles(&roles()).unwrap_err();
        assert_eq!(failure.id, "Signature_NotAMember");
        assert!(failure.what.contains(&key(9).address().to_string()), "{failure:?}");
    }
}
