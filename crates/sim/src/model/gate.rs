//! The doors through which the signers move the reserve, and how many must sign: specification §4.

use std::collections::BTreeSet;

use alloy::{
    primitives::{Address, B256, U256},
    sol_types::SolStruct,
};
use lifeboat_bindings::{typed, vault::Vault};

use super::{Expected, Model, Outcome, Phase, Reach, Refusal, refuse};
use crate::call::{ProvenLeaf, QuorumSigned};

/// Shares of what is owed are counted in parts of so many.
const WHOLE: u64 = 1 << 40;
/// Nonces are unordered within so many of the highest used one.
const NONCES_TOLD: u64 = 64;

/// What passed the gate of one asset.
#[derive(Clone, Debug, Default)]
pub struct Gate {
    /// Nonces used or voided.
    pub used: BTreeSet<u64>,
    /// By number of window, what counted in it, in 2^-40 of what was owed at the time.
    pub counted: std::collections::BTreeMap<u64, u64>,
    /// Window of the last passage.
    pub window: u64,
}

/// Whose nonce is used up.
enum Nonce {
    Operators(U256),
    Signers(u64),
}

impl Gate {
    /// Highest used nonce; zero: none.
    #[must_use]
    pub fn highest(&self) -> u64 {
        self.used.last().copied().unwrap_or(0)
    }

    /// What counted in a window.
    #[must_use]
    pub fn in_window(&self, window: u64) -> u64 {
        self.counted.get(&window).copied().unwrap_or(0)
    }

    /// What counted in a window and the one before.
    #[must_use]
    pub fn sum(&self, window: u64) -> u64 {
        self.in_window(window) + window.checked_sub(1).map_or(0, |before| self.in_window(before))
    }

    fn takes(&self, nonce: U256) -> Option<u64> {
        let nonce = u64::try_from(nonce).ok()?;
        let highest = self.highest();
        let near = nonce <= highest.saturating_add(NONCES_TOLD) && nonce.saturating_add(NONCES_TOLD) > highest;
        (near && !self.used.contains(&nonce)).then_some(nonce)
    }
}

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
        // A freeze keeps nobody from serving what he is suspected for.
        if self.phase() == Phase::Live {
            self.require_not_frozen()?;
        }
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
        let message = typed::PayOut { asset: token, index, account, amount, nonce, deadline };
        // What the signers pay of what is proven to be owed does not count.
        let alone = quorum.members.is_empty();
        let share = if alone { self.share_of_owed(asset, U256::from(amount)) } else { 0 };
        let used = self.require_nonce(asset, nonce, alone)?;
        if alone {
            self.require_hot(asset, share, &message, quorum)?;
        } else {
            self.require_signers(&message, quorum)?;
        }

        self.pass(asset, used, share);
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
        self.require_outflow()?;
        self.require_releasable(asset, to, amount)?;
        self.require_before(deadline)?;
        let message = typed::Release { asset: self.assets[asset].address, to, amount, nonce, deadline };
        let share = self.share_of_owed(asset, amount);
        let alone = quorum.members.is_empty();
        let used = self.require_nonce(asset, nonce, alone)?;
        if alone {
            self.require_hot(asset, share, &message, quorum)?;
        } else {
            self.require_room(asset, share, self.terms().warmCapBps)?;
            self.require_signers(&message, quorum)?;
        }
        self.require_send(asset, to)?;

        self.pass(asset, used, share);
        Ok(self.released(asset, to, amount, nonce))
    }

    pub(super) fn execute_release(
        &mut self,
        asset: usize,
        to: Address,
        amount: U256,
        salt: U256,
        deadline: U256,
    ) -> Outcome {
        self.require_outflow()?;
        self.require_releasable(asset, to, amount)?;
        let release = self.cold_hash(asset, to, amount, salt, deadline);
        self.require_takeable(release)?;
        self.require_send(asset, to)?;

        self.close_release(release);
        Ok(self.released(asset, to, amount, salt))
    }

    pub(super) fn cancel_release(
        &mut self,
        asset: usize,
        nonce: U256,
        deadline: U256,
        quorum: &QuorumSigned,
    ) -> Outcome {
        self.require_listed(asset)?;
        self.require_before(deadline)?;
        let token = self.assets[asset].address;
        self.require_signers(&typed::CancelRelease { asset: token, nonce, deadline }, quorum)?;
        let used = self.require_nonce(asset, nonce, false)?;

        self.pass(asset, used, 0);
        Ok(vec![self.log(&Vault::ReleaseCancelled { asset: token, nonce })])
    }

    fn released(&mut self, asset: usize, to: Address, amount: U256, nonce: U256) -> Vec<Expected> {
        let token = self.assets[asset].address;
        let mut logs = vec![self.log(&Vault::Released { asset: token, to, amount, nonce })];
        logs.extend(self.send(asset, to, amount.to(), Reach::Full));
        logs
    }

    /// The struct hash of a release that waits.
    #[must_use]
    pub fn cold_hash(&self, asset: usize, to: Address, amount: U256, salt: U256, deadline: U256) -> B256 {
        typed::ColdRelease { asset: self.assets[asset].address, to, amount, salt, deadline }.eip712_hash_struct()
    }

    // ------------------------------------------------------------------ tiers

    /// Rounded up; above the whole if it is more than all that is owed.
    fn share_of_owed(&self, asset: usize, amount: U256) -> u64 {
        let owed = U256::from(self.assets[asset].owed);
        if amount > owed { 2 * WHOLE } else { (amount * U256::from(WHOLE)).div_ceil(owed).to() }
    }

    fn cap(bps: u16) -> u64 {
        WHOLE * u64::from(bps) / 10_000
    }

    fn window(&self) -> u64 {
        self.now / self.clock.timers.release_window
    }

    /// What may still pass without more signatures, in base units: under the hot cap, or under the warm one.
    #[must_use]
    pub fn room(&self, asset: usize, bps: u16) -> u128 {
        let held = &self.assets[asset];
        let share = Self::cap(bps).saturating_sub(held.gate.sum(self.window()));
        (U256::from(held.owed) * U256::from(share) / U256::from(WHOLE)).to()
    }

    fn require_room(&self, asset: usize, share: u64, bps: u16) -> Result<(), Refusal> {
        let (sum, cap) = (self.assets[asset].gate.sum(self.window()) + share, Self::cap(bps));
        if sum > cap {
            return Err(refuse(&Vault::Gate_AboveCap { sum: U256::from(sum), cap: U256::from(cap) }));
        }
        Ok(())
    }

    /// Within the hot cap, and signed by the operator alone.
    fn require_hot<M: SolStruct>(
        &self,
        asset: usize,
        share: u64,
        message: &M,
        quorum: &QuorumSigned,
    ) -> Result<(), Refusal> {
        self.require_room(asset, share, self.terms().hotCapBps)?;
        match &quorum.signatures[..] {
            [(_, only)] => self.require_operator(message, only),
            _ => Err(refuse(&Vault::Signature_Invalid { expected: self.world.operator.address() })),
        }
    }

    /// The operator alone has nonces of his own, so that his key cannot use up what the signers have signed.
    fn require_nonce(&self, asset: usize, nonce: U256, alone: bool) -> Result<Nonce, Refusal> {
        if alone {
            self.require_unused(self.world.operator.address(), nonce)?;
            return Ok(Nonce::Operators(nonce));
        }
        let gate = &self.assets[asset].gate;
        let highest = gate.highest();
        gate.takes(nonce).map(Nonce::Signers).ok_or_else(|| {
            let lowest = U256::from((highest + 1).saturating_sub(NONCES_TOLD));
            let highest = U256::from(highest) + U256::from(NONCES_TOLD);
            refuse(&Vault::Signature_NonceOutOfWindow { nonce, lowest, highest })
        })
    }

    fn pass(&mut self, asset: usize, nonce: Nonce, share: u64) {
        let window = self.window();
        let gate = &mut self.assets[asset].gate;
        match nonce {
            Nonce::Operators(nonce) => {
                self.nonces.insert((self.world.operator.address(), nonce));
            }
            Nonce::Signers(nonce) => {
                gate.used.insert(nonce);
            }
        }
        gate.window = window;
        *gate.counted.entry(window).or_default() += share;
    }

    // ------------------------------------------------------------------ checks

    fn require_outflow(&self) -> Result<(), Refusal> {
        self.require_live()?;
        self.require_not_frozen()
    }

    fn require_not_frozen(&self) -> Result<(), Refusal> {
        match self.frozen_until {
            Some(until) if self.now < until => Err(refuse(&Vault::Gate_Frozen { until: U256::from(until) })),
            _ => Ok(()),
        }
    }

    fn require_releasable(&self, asset: usize, to: Address, amount: U256) -> Result<(), Refusal> {
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
        Ok(())
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
