//! The two doors through which the signers move the reserve: specification §4.

use alloy::primitives::{Address, U256};
use lifeboat_bindings::{typed, vault::Vault};

use super::{Model, Outcome, Phase, Reach, Refusal, refuse};
use crate::call::{ProvenLeaf, QuorumSigned};

impl Model {
    pub(super) fn pay_out(
        &mut self,
        asset: usize,
        leaf: &ProvenLeaf,
        amount: u128,
        nonce: U256,
        deadline: U256,
        quorum: &QuorumSigned,
    ) -> Outcome {
        let account = leaf.leaf.account;
        self.require_pay_out_phase(asset, account, amount)?;
        self.require_not_reserved(account)?;
        if amount == 0 {
            return Err(refuse(&Vault::Books_ZeroAmount {}));
        }
        self.require_final_leaf(asset, leaf)?;
        self.require_owed(asset, leaf, amount)?;
        if leaf.leaf.paid > self.assets[asset].paid_out_to(account) {
            return Err(refuse(&Vault::Gate_AmountAboveOwed { amount: U256::from(amount), owed: U256::ZERO }));
        }
        self.require_reserve(asset, U256::from(amount))?;
        self.require_before(deadline)?;
        let (token, index) = (self.assets[asset].address, leaf.index);
        self.require_signers(&typed::PayOut { asset: token, index, account, amount, nonce, deadline }, quorum)?;
        self.use_nonce(Address::ZERO, nonce)?;

        *self.assets[asset].paid_out.entry(account).or_default() += amount;
        self.assets[asset].touch(index);
        let mut logs = self.close_if_served(asset, account);
        let (moved, credited) = self.pay_or_credit(asset, account, amount);
        logs.extend(moved);
        let (index, amount) = (U256::from(index), U256::from(amount));
        logs.push(self.log(&Vault::PaidOut { account, asset: token, index, amount, nonce, credited }));
        Ok(logs)
    }

    pub(super) fn release(
        &mut self,
        asset: usize,
        to: Address,
        amount: U256,
        nonce: U256,
        deadline: U256,
        quorum: &QuorumSigned,
    ) -> Outcome {
        self.require_live()?;
        self.require_listed(asset)?;
        self.require_not_reserved(to)?;
        if amount.is_zero() {
            return Err(refuse(&Vault::Books_ZeroAmount {}));
        }
        self.require_reserve(asset, amount)?;
        let left = self.reserve(asset) - amount;
        let floor = self.floor_of(self.assets[asset].owed);
        if left < floor {
            return Err(refuse(&Vault::Gate_ReserveBelowFloor { reserveAfter: left, floor }));
        }
        self.require_before(deadline)?;
        let token = self.assets[asset].address;
        self.require_signers(&typed::Release { asset: token, to, amount, nonce, deadline }, quorum)?;
        self.require_unused(Address::ZERO, nonce)?;
        self.require_send(asset, to)?;

        self.nonces.insert((Address::ZERO, nonce));
        let mut logs = vec![self.log(&Vault::Released { asset: token, to, amount, nonce })];
        logs.extend(self.send(asset, to, amount.to(), Reach::Full));
        Ok(logs)
    }

    fn require_reserve(&self, asset: usize, amount: U256) -> Result<(), Refusal> {
        let reserve = self.reserve(asset);
        if amount > reserve { Err(refuse(&Vault::Gate_ReserveTooLow { reserve, amount })) } else { Ok(()) }
    }

    /// Live, or suspected and within the account's open request.
    fn require_pay_out_phase(&self, asset: usize, account: Address, amount: u128) -> Result<(), Refusal> {
        self.require_not_latched()?;
        if self.phase() == Phase::Live {
            return Ok(());
        }
        let held = &self.assets[asset];
        let target = held.requests.get(&account).map_or(0, |request| request.target);
        let after = U256::from(held.paid_out_to(account)) + U256::from(amount);
        if after > U256::from(target) { Err(self.wrong_phase()) } else { Ok(()) }
    }
}
