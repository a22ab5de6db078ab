//! Where shares go that are not to go to their accounts: specification §6.

use alloy::primitives::{Address, U256};
use lifeboat_bindings::vault::Vault;

use super::{Model, Outcome, refuse};
use crate::call::ProvenLeaf;

impl Model {
    /// `to` is zero for the account itself.
    pub(super) fn set_redirect(&mut self, from: Address, asset: usize, leaf: &ProvenLeaf, to: Address) -> Outcome {
        self.require_not_latched()?;
        let account = leaf.leaf.account;
        if from != account {
            return Err(refuse(&Vault::Ledger_NotTheAccount { caller: from, account }));
        }
        if !to.is_zero() {
            self.require_not_reserved(to)?;
        }
        self.require_final_leaf(asset, leaf)?;

        let held = &mut self.assets[asset];
        held.touch(leaf.index);
        held.redirects.insert(account, to);
        let asset = held.address;
        Ok(vec![self.registry_log(&Vault::RedirectSet { account, asset, index: U256::from(leaf.index), to })])
    }
}
