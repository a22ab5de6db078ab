//! Who must have signed what: specification §4. A signature is valid if the right key made it over the right digest.

use alloy::{
    primitives::{Address, B256, U256},
    sol_types::SolStruct,
};
use lifeboat_bindings::{signers::ecdsa_ids, typed, vault::Vault};

use super::{Model, Outcome, Refusal, refuse};
use crate::{
    call::{QuorumSigned, Signed},
    world::CHAIN_ID,
};

impl Model {
    pub(super) fn require_before(&self, deadline: U256) -> Result<(), Refusal> {
        if U256::from(self.now) > deadline { Err(refuse(&Vault::Signature_Expired { deadline })) } else { Ok(()) }
    }

    pub(super) fn require_unused(&self, account: Address, nonce: U256) -> Result<(), Refusal> {
        let used = self.nonces.contains(&(account, nonce));
        if used { Err(refuse(&Vault::Signature_NonceUsed { nonce })) } else { Ok(()) }
    }

    pub(super) fn cancel_nonce(&mut self, from: Address, nonce: U256) -> Outcome {
        self.require_unused(from, nonce)?;
        self.nonces.insert((from, nonce));
        Ok(vec![self.log(&Vault::NonceCancelled { account: from, nonce })])
    }

    pub(super) fn require_operator<M: SolStruct>(&self, message: &M, sig: &Signed) -> Result<(), Refusal> {
        let operator = self.world.operator.address();
        if self.signed_by(message, sig, operator) {
            Ok(())
        } else {
            Err(refuse(&Vault::Signature_Invalid { expected: operator }))
        }
    }

    /// An account's own key, or its owner's for an account with code (ERC-1271).
    pub(super) fn require_account<M: SolStruct>(
        &self,
        account: Address,
        message: &M,
        sig: &Signed,
    ) -> Result<(), Refusal> {
        let key = self.world.key_of(account).map(alloy::signers::local::PrivateKeySigner::address);
        if key.is_some_and(|key| self.signed_by(message, sig, key)) {
            Ok(())
        } else {
            Err(refuse(&Vault::Signature_Invalid { expected: account }))
        }
    }

    /// The operator, or the backup operator if the terms name one.
    pub(super) fn require_beat_signed<M: SolStruct>(&self, message: &M, sig: &Signed) -> Result<(), Refusal> {
        let backup = self.terms().backupOperator;
        if !backup.is_zero() && self.signed_by(message, sig, backup) {
            return Ok(());
        }
        self.require_operator(message, sig)
    }

    /// As many as a release within the warm cap needs.
    pub(super) fn require_signers<M: SolStruct>(&self, message: &M, quorum: &QuorumSigned) -> Result<(), Refusal> {
        self.require_members(message, quorum, &self.signers.ids, self.signers.threshold)
    }

    /// As many as a release above the warm cap needs.
    pub(super) fn require_cold_signers<M: SolStruct>(&self, message: &M, quorum: &QuorumSigned) -> Result<(), Refusal> {
        self.require_members(message, quorum, &self.signers.ids, self.signers.cold_threshold)
    }

    /// A role that the terms may leave out.
    pub(super) fn require_role<M: SolStruct>(
        &self,
        message: &M,
        quorum: &QuorumSigned,
        members: &[Address],
        threshold: u8,
    ) -> Result<(), Refusal> {
        if threshold == 0 {
            return Err(refuse(&Vault::Safeguards_NoSuchRole {}));
        }
        self.require_quorum(message, quorum, members, threshold)
    }

    pub(super) fn require_quorum<M: SolStruct>(
        &self,
        message: &M,
        quorum: &QuorumSigned,
        members: &[Address],
        threshold: u8,
    ) -> Result<(), Refusal> {
        self.require_members(message, quorum, &ecdsa_ids(members), threshold)
    }

    /// Members told truly, enough signatures, and of those that are needed each of a member, in strictly ascending order.
    fn require_members<M: SolStruct>(
        &self,
        message: &M,
        quorum: &QuorumSigned,
        members: &[B256],
        threshold: u8,
    ) -> Result<(), Refusal> {
        if quorum.members != members {
            return Err(refuse(&Vault::Signature_UnknownMembers {}));
        }
        let (count, needed) = (quorum.signatures.len(), usize::from(threshold));
        if count < needed {
            let (valid, needed) = (U256::from(count), U256::from(needed));
            return Err(refuse(&Vault::Signature_QuorumNotMet { valid, needed }));
        }
        let mut last = B256::ZERO;
        for (position, (signer, sig)) in quorum.signatures.iter().take(needed).enumerate() {
            let id = signer.id();
            let key = self.world.signer(&id).map_or(sig.signer, |member| member.key.address());
            if id <= last || !members.contains(&id) || !self.signed_by(message, sig, key) {
                return Err(refuse(&Vault::Signature_NotAMember { position: U256::from(position) }));
            }
            last = id;
        }
        Ok(())
    }

    fn signed_by<M: SolStruct>(&self, message: &M, sig: &Signed, signer: Address) -> bool {
        sig.signer == signer && sig.digest == typed::digest(message, CHAIN_ID, self.address())
    }
}
