//! Who must have signed what: specification §4. A signature is valid if the right key made it over the right digest.

use alloy::{
    primitives::{Address, U256},
    sol_types::SolStruct,
};
use lifeboat_bindings::{typed, vault::Vault};

use super::{Model, Outcome, Refusal, refuse};
use crate::{
    call::{QuorumSigned, Signed},
    world::CHAIN_ID,
};

impl Model {
    pub(super) fn require_before(&self, deadline: U256) -> Result<(), Refusal> {
        if U256::from(self.now) > deadline { Err(refuse(&Vault::Signature_Expired { deadline })) } else { Ok(()) }
    }

    /// Marks a nonce as used. The last check of its entry points.
    pub(super) fn use_nonce(&mut self, account: Address, nonce: U256) -> Result<(), Refusal> {
        self.require_unused(account, nonce)?;
        self.nonces.insert((account, nonce));
        Ok(())
    }

    pub(super) fn require_unused(&self, account: Address, nonce: U256) -> Result<(), Refusal> {
        let used = self.nonces.contains(&(account, nonce));
        if used { Err(refuse(&Vault::Signature_NonceUsed { nonce })) } else { Ok(()) }
    }

    pub(super) fn cancel_nonce(&mut self, from: Address, nonce: U256) -> Outcome {
        self.use_nonce(from, nonce)?;
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

    pub(super) fn require_signers<M: SolStruct>(&self, message: &M, quorum: &QuorumSigned) -> Result<(), Refusal> {
        let terms = &self.world.vaults[self.vault].terms;
        self.require_quorum(message, quorum, &terms.signers, terms.signerThreshold)
    }

    /// Members told truly, enough signatures, each of a member, in strictly ascending order.
    pub(super) fn require_quorum<M: SolStruct>(
        &self,
        message: &M,
        quorum: &QuorumSigned,
        members: &[Address],
        threshold: u8,
    ) -> Result<(), Refusal> {
        if quorum.members != members {
            return Err(refuse(&Vault::Signature_UnknownMembers {}));
        }
        let count = quorum.signatures.len();
        if count < usize::from(threshold) || threshold == 0 {
            let (valid, needed) = (U256::from(count), U256::from(threshold));
            return Err(refuse(&Vault::Signature_QuorumNotMet { valid, needed }));
        }
        let mut last = Address::ZERO;
        for (position, sig) in quorum.signatures.iter().enumerate() {
            if sig.signer <= last || !members.contains(&sig.signer) || !self.signed_by(message, sig, sig.signer) {
                return Err(refuse(&Vault::Signature_NotAMember { position: U256::from(position) }));
            }
            last = sig.signer;
        }
        Ok(())
    }

    fn signed_by<M: SolStruct>(&self, message: &M, sig: &Signed, signer: Address) -> bool {
        sig.signer == signer && sig.digest == typed::digest(message, CHAIN_ID, self.address())
    }
}
