//! Exit requests: specification §5.

use alloy::primitives::{Address, U256};
use lifeboat_bindings::vault::Vault;

use super::{Expected, Model, Outcome, Refusal, Request, challenges::require_deposit, refuse};
use crate::call::ProvenLeaf;

impl Model {
    pub(super) fn request_exit(
        &mut self,
        from: Address,
        value: U256,
        asset: usize,
        leaf: &ProvenLeaf,
        amount: u128,
    ) -> Outcome {
        self.require_not_latched()?;
        require_deposit(value, self.terms().exitDeposit.to())?;
        let account = leaf.leaf.account;
        if from != account {
            return Err(refuse(&Vault::Ledger_NotTheAccount { caller: from, account }));
        }
        if self.assets[asset].requests.contains_key(&account) {
            return Err(refuse(&Vault::Liveness_RequestOpen { account }));
        }
        if amount == 0 {
            return Err(refuse(&Vault::Books_ZeroAmount {}));
        }
        self.require_final_leaf(asset, leaf)?;
        self.require_owed(asset, leaf, amount)?;

        let target = self.assets[asset].paid_out_to(account) + amount;
        let due = self.now + self.clock.timers.serve_deadline;
        let request = Request { target, opened_at: self.now, due, reported: false };
        self.assets[asset].requests.insert(account, request);
        let asset = self.assets[asset].address;
        let (target, due) = (U256::from(target), U256::from(due));
        Ok(vec![self.registry_log(&Vault::ExitRequested { account, asset, target, due })])
    }

    /// `amount` is at most what the leaf is still owed.
    pub(super) fn require_owed(&self, asset: usize, leaf: &ProvenLeaf, amount: u128) -> Result<(), Refusal> {
        let owed = self.assets[asset].net(&leaf.leaf);
        if amount <= owed {
            return Ok(());
        }
        let (amount, owed) = (U256::from(amount), U256::from(owed));
        Err(refuse(&Vault::Gate_AmountAboveOwed { amount, owed }))
    }

    pub(super) fn cancel_exit(&mut self, from: Address, asset: usize) -> Outcome {
        self.require_not_latched()?;
        self.open_request(asset, from)?;
        Ok(self.close_request(asset, from))
    }

    pub(super) fn report_unserved(&mut self, asset: usize, account: Address) -> Outcome {
        self.require_not_latched()?;
        let request = self.open_request(asset, account)?;
        if request.reported {
            return Err(refuse(&Vault::Liveness_RequestReported { account }));
        }
        if self.now < request.due {
            return Err(refuse(&Vault::Liveness_RequestNotDue { due: U256::from(request.due) }));
        }

        self.assets[asset].requests.insert(account, Request { reported: true, ..request });
        let mut changed = self.clock;
        changed.overdue_count += 1;
        changed.overdue_since.get_or_insert(self.now);
        let mut logs = self.store_cured(changed);
        logs.push(self.registry_log(&Vault::ExitUnserved { account, asset: self.assets[asset].address }));
        Ok(logs)
    }

    pub(super) fn answer_exit(&mut self, asset: usize, leaf: &ProvenLeaf) -> Outcome {
        self.require_not_latched()?;
        let account = leaf.leaf.account;
        let request = self.open_request(asset, account)?;
        let snapshot_at = self.require_final_leaf(asset, leaf)?.snapshot_at;
        let held = &self.assets[asset];
        let owed = held.net(&leaf.leaf);
        let target = held.paid_out_to(account) + owed;
        if snapshot_at < request.opened_at || target >= request.target {
            return Err(refuse(&Vault::Liveness_RequestStands { account }));
        }
        if owed == 0 {
            return Ok(self.close_request(asset, account));
        }
        self.assets[asset].requests.insert(account, Request { target, ..request });
        let asset = self.assets[asset].address;
        Ok(vec![self.registry_log(&Vault::ExitLowered { account, asset, target: U256::from(target) })])
    }

    /// From the latch on the clock does not ask any more.
    pub(super) fn close_exit(&mut self, asset: usize, account: Address) -> Outcome {
        self.require_latched()?;
        self.open_request(asset, account)?;
        self.assets[asset].requests.remove(&account);
        self.give_back(account, self.terms().exitDeposit.to());
        Ok(vec![self.registry_log(&Vault::ExitClosed { account, asset: self.assets[asset].address })])
    }

    fn open_request(&self, asset: usize, account: Address) -> Result<Request, Refusal> {
        let request = self.assets[asset].requests.get(&account).copied();
        request.ok_or_else(|| refuse(&Vault::Liveness_RequestNotOpen { account }))
    }

    /// Closes an open request; one that was reported may cure the suspicion.
    pub(super) fn close_request(&mut self, asset: usize, account: Address) -> Vec<Expected> {
        let closed = self.assets[asset].requests.remove(&account);
        self.give_back(account, self.terms().exitDeposit.to());
        let mut logs = Vec::new();
        if closed.is_some_and(|request| request.reported) {
            let mut changed = self.clock;
            changed.overdue_count -= 1;
            if changed.overdue_count == 0 {
                changed.overdue_since = None;
            }
            logs = self.store_cured(changed);
        }
        logs.push(self.registry_log(&Vault::ExitClosed { account, asset: self.assets[asset].address }));
        logs
    }

    /// After a payout: closes the account's request if it has reached its target.
    pub(super) fn close_if_served(&mut self, asset: usize, account: Address) -> Vec<Expected> {
        let held = &self.assets[asset];
        let served = held.requests.get(&account).is_some_and(|request| held.paid_out_to(account) >= request.target);
        if served { self.close_request(asset, account) } else { Vec::new() }
    }
}
