//! What a service puts up for the case that it stops: specification §12.

use std::collections::{BTreeMap, BTreeSet};

use alloy::{
    primitives::{Address, Bytes, Log, U256},
    sol_types::{Panic, PanicKind, SolError, SolEvent},
};
use lifeboat_bindings::vault::{Bond, Vault};

use super::{Expected, Model, Outcome, Phase, Reach, Refusal, refuse};
use crate::call::ProvenLeaf;

const DAY: u64 = 86_400;
const WHOLE_BPS: u64 = 10_000;
/// What is ready and not taken lapses after it.
const READY_FOR: u64 = 14 * DAY;

/// The bond of one asset.
#[derive(Clone, Debug, Default)]
pub struct Bonded {
    /// Neither compensation nor credit.
    pub bond: U256,
    /// What is about to go, and when it may.
    pub unbonding: Option<(u128, u64)>,
    /// What the rounds lacked when the bond was first asked, and how much of it the reserve has had.
    pub shortfall: (u128, u128),
    /// Fixed once.
    pub compensation: Option<Compensation>,
    /// Leaves that had theirs.
    pub compensated: BTreeSet<u32>,
    /// What could not be sent.
    pub credit: BTreeMap<Address, u128>,
}

/// What an asset's leaves get for the downtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compensation {
    /// Of all of them.
    pub amount: u128,
    /// What the ledger that counts was owed.
    pub owed: u128,
    /// Of the amount, what leaves have had.
    pub paid: u128,
}

impl Bonded {
    /// What is bonded, less what is about to go.
    #[must_use]
    pub fn bonded(&self) -> U256 {
        self.bond.saturating_sub(U256::from(self.unbonding.map_or(0, |(amount, _)| amount)))
    }

    /// What the contract must hold.
    #[must_use]
    pub fn due(&self) -> U256 {
        let open = self.compensation.map_or(0, |opened| opened.amount - opened.paid);
        self.bond + U256::from(open) + U256::from(self.credit.values().sum::<u128>())
    }
}

impl Compensation {
    /// `floor(net * amount / owed)`; `None` where nothing is owed.
    #[must_use]
    pub fn share_of(&self, net: u128) -> Option<u128> {
        let share = U256::from(net) * U256::from(self.amount);
        share.checked_div(U256::from(self.owed)).map(|share| share.to())
    }
}

impl Model {
    /// Where the vault's bond stands.
    #[must_use]
    pub fn bond(&self) -> Address {
        self.world.vaults[self.vault].bond
    }

    /// A log of the bond.
    fn bond_log<E: SolEvent>(&self, event: &E) -> Expected {
        Expected::Exactly(Log { address: self.bond(), data: event.encode_log_data() })
    }

    /// Enough must be bonded for a ledger to be posted.
    pub(super) fn require_bonded(&self, asset: usize, total: u128) -> Result<(), Refusal> {
        let bps = self.terms().sla.minBondBps;
        let needed = (U256::from(total) * U256::from(bps)).div_ceil(U256::from(WHOLE_BPS));
        let bonded = self.assets[asset].bonded.bonded();
        if bonded < needed { Err(refuse(&Vault::Bond_TooLow { bonded, needed })) } else { Ok(()) }
    }

    pub(super) fn put_bond(&mut self, from: Address, value: U256, asset: usize, amount: U256) -> Outcome {
        let bond = self.bond();
        let arriving = self.arriving(from, bond, value, asset, amount)?;
        let mut logs = self.take_in(from, bond, asset, amount);
        self.assets[asset].bonded.bond += arriving;
        let asset = self.assets[asset].address;
        logs.push(self.bond_log(&Bond::Bonded { asset, from, amount: arriving }));
        Ok(logs)
    }

    pub(super) fn announce_unbonding(&mut self, from: Address, asset: usize, amount: u128) -> Outcome {
        if from != self.terms().operator {
            return Err(refuse(&Vault::Bond_OnlyOperator {}));
        }
        let bond = self.assets[asset].bonded.bond;
        if U256::from(amount) > bond {
            return Err(refuse(&Vault::Bond_TooLow { bonded: bond, needed: U256::from(amount) }));
        }

        let ready_at = self.now + self.terms().timers.unbonding.to::<u64>();
        self.assets[asset].bonded.unbonding = (amount > 0).then_some((amount, ready_at));
        let (asset, amount, ready_at) = (self.assets[asset].address, U256::from(amount), U256::from(ready_at));
        Ok(vec![self.bond_log(&Bond::UnbondingAnnounced { asset, amount, readyAt: ready_at })])
    }

    pub(super) fn unbond(&mut self, asset: usize) -> Outcome {
        let token = self.assets[asset].address;
        let nothing = || refuse(&Vault::Bond_NothingAnnounced { asset: token });
        let (amount, ready_at) = self.assets[asset].bonded.unbonding.ok_or_else(nothing)?;
        if self.now < ready_at {
            return Err(refuse(&Vault::Bond_NotReady { readyAt: U256::from(ready_at) }));
        }
        if self.now > ready_at + READY_FOR {
            return Err(nothing());
        }
        self.require_live()?;
        self.require_send_from(self.bond(), asset, self.address())?;

        let bonded = &mut self.assets[asset].bonded;
        bonded.unbonding = None;
        bonded.bond -= U256::from(amount);
        let mut logs = vec![self.bond_log(&Bond::Unbonded { asset: token, amount: U256::from(amount) })];
        logs.extend(self.send_to_vault(asset, U256::from(amount)));
        Ok(logs)
    }

    /// The vault's own round first, where there is something to distribute.
    pub(super) fn fill_shortfall(&mut self, asset: usize) -> Outcome {
        // A refusal undoes the round too.
        let mut after = self.clone();
        let mut logs = match after.open_round(asset) {
            Ok(logs) => logs,
            Err(refusal) if refusal.name == "Return_NothingToDistribute" => Vec::new(),
            Err(refusal) => return Err(refusal),
        };
        let missing = after.missing(asset)?;
        let token = after.assets[asset].address;
        let bonded = &mut after.assets[asset].bonded;
        if bonded.shortfall.1 == 0 {
            bonded.shortfall.0 = missing;
        }
        // What was sent before and waits for a tally is not sent again.
        let wanted = missing.min(bonded.shortfall.0 - bonded.shortfall.1);
        let amount: u128 = U256::from(wanted).min(bonded.bond).to();
        if amount == 0 {
            return Err(refuse(&Vault::Bond_NothingMissing { asset: token }));
        }
        bonded.bond -= U256::from(amount);
        after.require_send_from(after.bond(), asset, after.address())?;
        logs.push(after.bond_log(&Bond::ShortfallFilled { asset: token, amount: U256::from(amount) }));
        let before = after.reserve(asset);
        logs.extend(after.send_to_vault(asset, U256::from(amount)));
        let grown: u128 = (after.reserve(asset) - before).min(U256::from(amount)).to();
        after.assets[asset].bonded.shortfall.1 += grown;
        *self = after;
        Ok(logs)
    }

    pub(super) fn open_compensation(&mut self, asset: usize) -> Outcome {
        let token = self.assets[asset].address;
        if self.assets[asset].bonded.compensation.is_some() {
            return Err(refuse(&Vault::Bond_CompensationOpen { asset: token }));
        }
        let missing = self.missing(asset)?;
        if missing != 0 {
            return Err(refuse(&Vault::Bond_ShortfallFirst { missing: U256::from(missing) }));
        }
        let owed = self.assets[asset].recovered.map_or(0, |recovered| recovered.owed);
        let downtime = self.downtime();
        let bonded = &mut self.assets[asset].bonded;
        let amount: u128 = promised(&self.world.vaults[self.vault].terms.sla, owed, downtime).min(bonded.bond).to();

        bonded.bond -= U256::from(amount);
        bonded.compensation = Some(Compensation { amount, owed, paid: 0 });
        let (amount, owed, downtime) = (U256::from(amount), U256::from(owed), U256::from(downtime));
        Ok(vec![self.bond_log(&Bond::CompensationOpened { asset: token, amount, owed, downtime })])
    }

    pub(super) fn compensate(&mut self, asset: usize, leaf: &ProvenLeaf) -> Outcome {
        let opened = self.require_compensation(asset)?;
        let held = &self.assets[asset];
        self.require_leaf(asset, held.counting_ledger().map(AsRef::as_ref), leaf)?;
        let (token, account, index) = (held.address, leaf.leaf.account, U256::from(leaf.index));
        if self.is_reserved(account) || account == self.bond() {
            return Err(refuse(&Vault::Return_UnpayableAccount { account }));
        }
        if held.bonded.compensated.contains(&leaf.index) {
            return Err(refuse(&Vault::Return_AlreadyClaimed { index }));
        }
        let share = opened.share_of(held.net(&leaf.leaf)).ok_or_else(divided_by_zero)?;
        if share == 0 {
            return Err(refuse(&Vault::Return_NothingDue { index }));
        }

        // Where its shares go, if it said so ahead.
        let payee = self.assets[asset].redirects.get(&account).copied().filter(|to| !to.is_zero()).unwrap_or(account);
        let credited = !self.can_send_from(self.bond(), asset, payee, Reach::Capped);
        let mut logs = Vec::new();
        if !credited {
            logs = self.send_from(self.bond(), asset, payee, U256::from(share), Reach::Capped);
        }
        let bonded = &mut self.assets[asset].bonded;
        bonded.compensated.insert(leaf.index);
        bonded.compensation = Some(Compensation { paid: opened.paid + share, ..opened });
        if credited {
            *bonded.credit.entry(payee).or_default() += share;
        }
        let amount = U256::from(share);
        logs.push(self.bond_log(&Bond::Compensated { account, asset: token, index, amount, credited }));
        Ok(logs)
    }

    pub(super) fn withdraw_credit(&mut self, account: Address, asset: usize, to: Address) -> Outcome {
        let amount = self.assets[asset].bonded.credit.get(&account).copied().unwrap_or_default();
        if amount == 0 {
            return Err(refuse(&Vault::Books_ZeroAmount {}));
        }
        self.require_send_from(self.bond(), asset, to)?;

        self.assets[asset].bonded.credit.remove(&account);
        let asset_address = self.assets[asset].address;
        let event = Bond::CreditWithdrawn { account, asset: asset_address, to, amount: U256::from(amount) };
        let mut logs = vec![self.bond_log(&event)];
        logs.extend(self.send_from(self.bond(), asset, to, U256::from(amount), Reach::Full));
        Ok(logs)
    }

    pub(super) fn return_rest(&mut self, asset: usize) -> Outcome {
        self.require_compensation(asset)?;
        let held = &self.assets[asset];
        let (token, amount) = (held.address, held.bonded.bond);
        if amount.is_zero() {
            return Err(refuse(&Vault::Books_ZeroAmount {}));
        }
        self.require_send_from(self.bond(), asset, self.address())?;

        self.assets[asset].bonded.bond = U256::ZERO;
        let mut logs = vec![self.bond_log(&Bond::Returned { asset: token, amount })];
        logs.extend(self.send_to_vault(asset, amount));
        Ok(logs)
    }

    // ------------------------------------------------------------------ what it goes by

    /// What no round has set aside yet.
    fn missing(&self, asset: usize) -> Result<u128, Refusal> {
        if self.phase() != Phase::Returning {
            return Err(self.wrong_phase());
        }
        let held = &self.assets[asset];
        let Some(recovered) = held.recovered else {
            return Err(refuse(&Vault::Bond_CompensationNotOpen { asset: held.address }));
        };
        // Before that nobody knows what is owed.
        self.require_rounds(&recovered)?;
        Ok(recovered.owed - recovered.allotted)
    }

    fn require_compensation(&self, asset: usize) -> Result<Compensation, Refusal> {
        let held = &self.assets[asset];
        held.bonded.compensation.ok_or_else(|| refuse(&Vault::Bond_CompensationNotOpen { asset: held.address }))
    }

    /// Seconds that are paid for: of suspicions that were cured, and of the last one up to the return, less the allowance.
    #[must_use]
    pub fn downtime(&self) -> u64 {
        let clock = &self.clock;
        // A wind-down that no suspicion came before is none.
        let last = if clock.start() <= clock.latch_at() { clock.return_at() - clock.start() } else { 0 };
        (clock.conduct.downtime + last).saturating_sub(self.terms().sla.allowance.to())
    }

    fn send_to_vault(&mut self, asset: usize, amount: U256) -> Vec<Expected> {
        self.send_from(self.bond(), asset, self.address(), amount, Reach::Full)
    }
}

/// By the day, up to a part of what is owed; both rounded down.
fn promised(sla: &lifeboat_bindings::vault::Sla, owed: u128, downtime: u64) -> U256 {
    let owed = U256::from(owed);
    let by_time = owed * U256::from(sla.dailyBps) * U256::from(downtime) / U256::from(DAY * WHOLE_BPS);
    by_time.min(owed * U256::from(sla.capBps) / U256::from(WHOLE_BPS))
}

/// The compiler's own check. The specification knows no share of nothing.
fn divided_by_zero() -> Refusal {
    let data: Bytes = Panic::from(PanicKind::DivisionByZero).abi_encode().into();
    Refusal { name: "(panic)", data }
}
