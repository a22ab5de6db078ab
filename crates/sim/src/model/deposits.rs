//! What exit requests and challenges cost and give back: specification §3 and §5.

use alloy::primitives::{Address, U256};
use lifeboat_bindings::vault::Vault;

use super::{Model, Outcome, Reach, refuse};

impl Model {
    /// Whose it is fetches it.
    pub(super) fn give_back(&mut self, account: Address, amount: u128) {
        if amount > 0 {
            *self.deposits.entry(account).or_default() += amount;
        }
    }

    pub(super) fn withdraw_deposit(&mut self, account: Address, to: Address) -> Outcome {
        let amount = self.deposits.get(&account).copied().unwrap_or_default();
        if amount == 0 {
            return Err(refuse(&Vault::Ledger_NothingToWithdraw { account }));
        }
        self.require_not_reserved(to)?;
        self.require_send(0, to)?;

        self.deposits.remove(&account);
        let registry = self.registry();
        let mut logs = vec![self.registry_log(&Vault::DepositWithdrawn { account, to, amount: U256::from(amount) })];
        logs.extend(self.send_from(registry, 0, to, U256::from(amount), Reach::Full));
        Ok(logs)
    }

    /// What the registry must hold: deposits to be fetched, and those of open requests and challenges.
    #[must_use]
    pub fn deposits_due(&self) -> u128 {
        let terms = self.terms();
        let requests = self.assets.iter().map(|held| held.requests.len() as u128).sum::<u128>();
        let open = self.assets.iter().flat_map(|held| held.challenges.values()).filter(|challenge| !challenge.closed);
        let (exit, challenge): (u128, u128) = (terms.exitDeposit.to(), terms.challengeBond.to());
        self.deposits.values().sum::<u128>() + requests * exit + open.count() as u128 * challenge
    }
}
