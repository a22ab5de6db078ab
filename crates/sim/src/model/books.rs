//! Segregated balances and pending deposits: specification §2.

use alloy::primitives::{Address, U256};
use lifeboat_bindings::{typed, vault::Vault};

use super::{Entry, Expected, Model, Outcome, Reach, Refusal, refuse, transfers::received};
use crate::{action::TokenMode, call::Signed};

/// A queue's running total must fit in 96 bits.
const QUEUE_MAX: u128 = (1 << 96) - 1;

impl Model {
    pub(super) fn deposit_eth(&mut self, from: Address, value: U256) -> Outcome {
        self.require_listed(0)?;
        if value.is_zero() {
            return Err(refuse(&Vault::Books_ZeroAmount {}));
        }
        let amount = booked(value)?;
        Ok(vec![self.credit_segregated(0, from, amount)])
    }

    pub(super) fn deposit(
        &mut self,
        from: Address,
        value: U256,
        asset: usize,
        account: Address,
        amount: U256,
    ) -> Outcome {
        self.require_not_reserved(account)?;
        let arriving = self.arriving(from, self.address(), value, asset, amount)?;
        let credited = booked(arriving)?;
        let mut logs = self.take_in(from, self.address(), asset, amount);
        logs.push(self.credit_segregated(asset, account, credited));
        Ok(logs)
    }

    pub(super) fn withdraw(&mut self, from: Address, asset: usize, to: Address, amount: u128) -> Outcome {
        self.require_not_reserved(to)?;
        self.require_segregated(asset, from, amount)?;
        self.require_send(asset, to)?;
        self.debit_segregated(asset, from, amount);
        let token = self.assets[asset].address;
        let mut logs =
            vec![self.log(&Vault::Withdrawn { account: from, asset: token, to, amount: U256::from(amount) })];
        logs.extend(self.send(asset, to, amount, Reach::Full));
        Ok(logs)
    }

    #[allow(clippy::too_many_arguments)]
    pub(super) fn spend(
        &mut self,
        asset: usize,
        account: Address,
        payee: Address,
        amount: u128,
        nonce: U256,
        deadline: U256,
        sig: &Signed,
    ) -> Outcome {
        self.require_before(deadline)?;
        self.require_not_reserved(payee)?;
        let token = self.assets[asset].address;
        self.require_account(account, &typed::Order { asset: token, account, payee, amount, nonce, deadline }, sig)?;
        self.require_unused(account, nonce)?;
        self.require_segregated(asset, account, amount)?;
        self.require_send(asset, payee)?;

        self.nonces.insert((account, nonce));
        self.debit_segregated(asset, account, amount);
        let order = Vault::OrderSpent { account, asset: token, payee, amount: U256::from(amount), nonce };
        let mut logs = vec![self.log(&order)];
        logs.extend(self.send(asset, payee, amount, Reach::Full));
        Ok(logs)
    }

    pub(super) fn deposit_to_ledger(
        &mut self,
        from: Address,
        value: U256,
        asset: usize,
        account: Address,
        amount: U256,
    ) -> Outcome {
        self.require_live()?;
        self.require_not_reserved(account)?;
        let arriving = self.arriving(from, self.address(), value, asset, amount)?;
        let queued: u128 = self.assets[asset].queue.iter().map(|entry| entry.amount).sum();
        if U256::from(queued) + arriving > U256::from(QUEUE_MAX) {
            return Err(refuse(&Vault::Books_QueueTotalTooLarge {}));
        }

        let mut logs = self.take_in(from, self.address(), asset, amount);
        let held = &mut self.assets[asset];
        let entry = U256::from(held.queue.len());
        let arrived: u128 = arriving.to();
        held.queue.push(Entry { account, amount: arrived, refunded: false, withheld: 0 });
        held.pending += arrived;
        let asset = held.address;
        logs.push(self.log(&Vault::LedgerDeposited { account, asset, entry, amount: arriving }));
        Ok(logs)
    }

    /// What a deposit of `amount` would bring, or why it is refused.
    pub(super) fn arriving(
        &self,
        from: Address,
        to: Address,
        value: U256,
        asset: usize,
        amount: U256,
    ) -> Result<U256, Refusal> {
        self.require_listed(asset)?;
        let expected = if asset == 0 { amount } else { U256::ZERO };
        if value != expected {
            return Err(refuse(&Vault::Books_WrongValue { sent: value, expected }));
        }
        let held = &self.assets[asset];
        if asset > 0 && held.mode == TokenMode::ReturnsFalse {
            return Err(refuse(&Vault::SafeERC20FailedOperation { token: held.address }));
        }
        if asset > 0
            && let Some(refusal) = self.token_refusal(asset, from, to, amount)
        {
            return Err(refusal);
        }
        let arriving = if asset == 0 { amount } else { received(held.mode, amount) };
        if arriving.is_zero() { Err(refuse(&Vault::Books_ZeroAmount {})) } else { Ok(arriving) }
    }

    /// Takes in what [`Self::arriving`] found; ETH comes with the call.
    pub(super) fn take_in(&mut self, from: Address, to: Address, asset: usize, amount: U256) -> Vec<Expected> {
        if asset == 0 {
            return Vec::new();
        }
        let logs = self.move_tokens(asset, from, to, amount);
        // A token calls nobody back but the vault.
        if to == self.address() { logs } else { logs.into_iter().take(1).collect() }
    }

    pub(super) fn credit_segregated(&mut self, asset: usize, account: Address, amount: u128) -> Expected {
        let held = &mut self.assets[asset];
        *held.segregated_of.entry(account).or_default() += amount;
        held.segregated += amount;
        let asset = held.address;
        let amount = U256::from(amount);
        match asset {
            Address::ZERO => self.log(&Vault::EthDeposited { account, amount }),
            asset => self.log(&Vault::TokenDeposited { account, asset, amount }),
        }
    }

    fn require_segregated(&self, asset: usize, account: Address, amount: u128) -> Result<(), Refusal> {
        if amount == 0 {
            return Err(refuse(&Vault::Books_ZeroAmount {}));
        }
        let available = self.assets[asset].segregated_to(account);
        if amount > available {
            let (available, needed) = (U256::from(available), U256::from(amount));
            return Err(refuse(&Vault::Books_BalanceTooLow { available, needed }));
        }
        Ok(())
    }

    fn debit_segregated(&mut self, asset: usize, account: Address, amount: u128) {
        let held = &mut self.assets[asset];
        *held.segregated_of.entry(account).or_default() -= amount;
        held.segregated -= amount;
    }
}

fn booked(amount: U256) -> Result<u128, Refusal> {
    u128::try_from(amount).map_err(|_| refuse(&Vault::Books_AmountTooLarge {}))
}
