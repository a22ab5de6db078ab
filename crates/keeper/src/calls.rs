//! Turns an action into call data for the vault.

use alloy::{
    primitives::{Address, Bytes, U256},
    signers::{SignerSync, local::PrivateKeySigner},
    sol_types::SolCall,
};
use lifeboat_bindings::{
    typed,
    vault::{
        Leaf,
        Vault::{
            beatCall, countPackedCall, flagPayoutCall, latchCall, openRoundCall, pushWordCall, refundPendingCall,
            reportUnservedCall, syncCall, tallyCall,
        },
    },
};
use lifeboat_ledger::{
    PackedWord,
    bundle::{Bundle, BundleError},
};
use thiserror::Error;

use crate::{decide::Action, ledgers::Ledgers};

/// Why an action has no call data.
#[derive(Debug, Error)]
pub(crate) enum CallError {
    /// A beat without the operator's key, or a word without its ledger: never planned so.
    #[error("KEEPER_CALL_UNREADY: {0} needs what this keeper does not have")]
    Unready(String),
    /// The bundle changed on disk since it was verified.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// The key refused to sign.
    #[error("KEEPER_CALL_UNSIGNED: the operator's key did not sign: {0}")]
    Unsigned(#[from] alloy::signers::Error),
}

/// What call data is made from.
pub(crate) struct Encoder {
    pub(crate) chain_id: u64,
    pub(crate) vault: Address,
    pub(crate) operator: Option<PrivateKeySigner>,
}

impl Encoder {
    pub(crate) fn encode(&self, action: &Action, ledgers: &Ledgers) -> Result<Bytes, CallError> {
        let bundle = |asset: Address| ledgers.bundle(asset).ok_or_else(|| CallError::Unready(action.id()));
        Ok(match action {
            Action::Beat { block, hash, .. } => {
                let key = self.operator.as_ref().ok_or_else(|| CallError::Unready(action.id()))?;
                let beat = typed::Beat { blockNumber: U256::from(*block), blockHash: *hash };
                let signature = key.sign_hash_sync(&typed::digest(&beat, self.chain_id, self.vault))?;
                let signature = signature.as_bytes().into();
                beatCall { blockNumber: beat.blockNumber, blockHash: *hash, signature }.abi_encode().into()
            }
            Action::Sync { asset, .. } => syncCall { asset: *asset }.abi_encode().into(),
            Action::ReportUnserved { asset, account, .. } => {
                reportUnservedCall { asset: *asset, account: *account }.abi_encode().into()
            }
            Action::Latch => latchCall {}.abi_encode().into(),
            Action::RefundPending { asset, entry } => {
                refundPendingCall { asset: *asset, entry: U256::from(*entry) }.abi_encode().into()
            }
            Action::FlagPayout { asset, index } => {
                let (leaf, proof) = bundle(*asset)?.proof(*index)?;
                let leaf = Leaf { account: leaf.account, balance: leaf.balance, paid: leaf.paid };
                flagPayoutCall { asset: *asset, index: *index, leaf, proof: proof.into() }.abi_encode().into()
            }
            Action::CountWord { asset, word } => {
                let bundle = bundle(*asset)?;
                let PackedWord { leaves, paid } = bundle.packed_word(*word)?;
                let (leaves, paid, siblings) = (leaves.into(), paid.into(), bundle.word_siblings(*word)?.into());
                countPackedCall { asset: *asset, word: *word, leaves, paid, siblings }.abi_encode().into()
            }
            Action::OpenRound { asset, .. } => openRoundCall { asset: *asset }.abi_encode().into(),
            Action::Anchor { asset, round, plan } => {
                let call = plan.call(*asset, round.clone(), bundle(*asset)?);
                call.ok_or_else(|| CallError::Unready(action.id()))?.abi_encode().into()
            }
            Action::Tally { asset, round, cells } => {
                tallyCall { asset: *asset, round: *round, cells: cells.clone() }.abi_encode().into()
            }
            Action::PushWord { asset, round, word, .. } => {
                let (leaves, siblings) = word_of(bundle(*asset)?, *word)?;
                pushWordCall { asset: *asset, round: round.clone(), word: *word, leaves, siblings }.abi_encode().into()
            }
        })
    }
}

fn word_of(bundle: &Bundle, word: u32) -> Result<(Bytes, Bytes), BundleError> {
    Ok((bundle.word(word)?.into(), bundle.word_siblings(word)?.into()))
}
