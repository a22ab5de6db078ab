//! Calls of the disputes contract, of its arbitrator, and of what only the disputes contract may call.

use alloy::{
    primitives::{Address, Bytes, U256, aliases::U40},
    sol_types::SolCall,
};
use lifeboat_bindings::{
    twin_arbitrator::TwinArbitrator,
    vault::{Disputes, Vault},
};

use super::{ProvenLeaf, leaf_arg};
use crate::{
    action::{ArbitratorMode, Hook},
    world::World,
};

/// The call itself. Assets are positions in the world's table.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub enum DisputeOp {
    DisputeLedger { asset: usize },
    DisputeRequest { asset: usize, account: Address },
    SubmitEvidence { id: U256, text: String },
    Rule { by_arbitrator: bool, id: U256, ruling: U256 },
    Settle { id: U256 },
    RefundEntry { asset: usize, entry: u64, leaf: ProvenLeaf },
    RefundEntryWithoutLeaf { asset: usize, entry: u64 },
    WithdrawCredit { to: Address },
    Intrude { asset: usize, hook: Hook },
    SetArbitrator { mode: ArbitratorMode, cost: U256 },
}

impl DisputeOp {
    /// The asset that the call is about, if it names one.
    pub(super) fn asset(&self) -> Option<usize> {
        match self {
            Self::DisputeLedger { asset }
            | Self::DisputeRequest { asset, .. }
            | Self::RefundEntry { asset, .. }
            | Self::RefundEntryWithoutLeaf { asset, .. }
            | Self::Intrude { asset, .. } => Some(*asset),
            Self::SubmitEvidence { .. }
            | Self::Rule { .. }
            | Self::Settle { .. }
            | Self::WithdrawCredit { .. }
            | Self::SetArbitrator { .. } => None,
        }
    }

    pub(super) fn encode(&self, world: &World, vault: usize, from: Address) -> (Address, Bytes) {
        let (at, setup) = (world.vaults[vault].disputes, &world.vaults[vault]);
        let asset = |number: &usize| world.assets[*number];
        let data = match self {
            Self::DisputeLedger { asset: a } => Disputes::disputeLedgerCall { asset: asset(a) }.abi_encode(),
            Self::DisputeRequest { asset: a, account } => {
                Disputes::disputeRequestCall { asset: asset(a), account: *account }.abi_encode()
            }
            Self::SubmitEvidence { id, text } => {
                Disputes::submitEvidenceCall { disputeId: *id, evidence: text.clone() }.abi_encode()
            }
            Self::Rule { by_arbitrator: true, id, ruling } => {
                let call = TwinArbitrator::tellCall { disputes: at, id: *id, ruling: *ruling };
                return (world.arbitrator, call.abi_encode().into());
            }
            Self::Rule { by_arbitrator: false, id, ruling } => {
                Disputes::ruleCall { disputeId: *id, ruling: *ruling }.abi_encode()
            }
            Self::Settle { id } => Disputes::settleCall { disputeId: *id }.abi_encode(),
            Self::RefundEntry { asset: a, entry, leaf } => Disputes::refundEntryCall {
                asset: asset(a),
                entry: U256::from(*entry),
                index: leaf.index,
                leaf: leaf_arg(&leaf.leaf),
                proof: leaf.proof.clone(),
            }
            .abi_encode(),
            Self::RefundEntryWithoutLeaf { asset: a, entry } => {
                Disputes::refundEntryWithoutLeafCall { asset: asset(a), entry: U256::from(*entry) }.abi_encode()
            }
            Self::WithdrawCredit { to } => Disputes::withdrawCreditCall { to: *to }.abi_encode(),
            Self::Intrude { asset: a, hook } => return (setup.address, encode_hook(asset(a), *hook, from).into()),
            Self::SetArbitrator { mode, cost } => {
                let call = TwinArbitrator::setMannersCall { mode_: *mode as u8, cost_: *cost };
                return (world.arbitrator, call.abi_encode().into());
            }
        };
        (at, data.into())
    }
}

fn encode_hook(asset: Address, hook: Hook, from: Address) -> Vec<u8> {
    match hook {
        Hook::Hold => Vault::ledgerContestedCall { asset, roundsFrom: U40::MAX, reversed: false }.abi_encode(),
        Hook::Reverse => Vault::ledgerContestedCall { asset, roundsFrom: U40::ZERO, reversed: true }.abi_encode(),
        Hook::Refund => Vault::returnReopenedCall { asset, entry: U256::ZERO, withheld: U256::ZERO }.abi_encode(),
        Hook::Close => Vault::closeServedCall { asset, account: from }.abi_encode(),
    }
}
