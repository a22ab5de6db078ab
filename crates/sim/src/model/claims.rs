//! Shares of a round: single claims, pushes and the tally. Specification §6.

use alloy::primitives::{Address, U256};
use lifeboat_bindings::{typed, vault::Vault};
use lifeboat_ledger::Leaf;

use super::{Expected, Model, Outcome, Reach, Refusal, RoundOpened, ledger, refuse};
use crate::call::{PRICED_TIP, ProvenLeaf, ProvenWord, RoundArg, Signed};

/// Most gas that the tank repays for one paid leaf.
const TANK_GAS_PER_LEAF: u64 = 45_000;

impl Model {
    pub(super) fn claim(&mut self, asset: usize, round: &RoundArg, leaf: &ProvenLeaf) -> Outcome {
        let share = self.require_claimable(asset, round, leaf)?;
        let account = leaf.leaf.account;
        let payee = self.assets[asset].redirected(leaf.index, account).unwrap_or(account);
        self.require_send(asset, payee)?;
        let mut logs = vec![self.settle(asset, round.id, leaf, share)];
        logs.extend(self.send(asset, payee, share, Reach::Full));
        Ok(logs)
    }

    #[allow(clippy::too_many_arguments)]
    pub(super) fn claim_to(
        &mut self,
        from: Address,
        asset: usize,
        round: &RoundArg,
        leaf: &ProvenLeaf,
        to: Address,
        fee: u128,
        deadline: U256,
        sig: &Signed,
    ) -> Outcome {
        self.require_before(deadline)?;
        if self.is_reserved(to) {
            return Err(refuse(&Vault::Return_UnpayableAccount { account: to }));
        }
        let account = leaf.leaf.account;
        let (token, index) = (self.assets[asset].address, leaf.index);
        let message = typed::Claim { asset: token, round: round.id, index, to, fee, deadline };
        self.require_account(account, &message, sig)?;
        let share = self.require_claimable(asset, round, leaf)?;
        if fee > share {
            let (fee, amount) = (U256::from(fee), U256::from(share));
            return Err(refuse(&Vault::Return_FeeAboveAmount { fee, amount }));
        }
        if share > fee {
            self.require_send(asset, to)?;
        }
        if fee > 0 {
            self.require_send(asset, from)?;
        }

        let mut logs = vec![self.settle(asset, round.id, leaf, share)];
        logs.push(self.log(&Vault::ClaimRedirected { account, to, relayer: from, fee: U256::from(fee) }));
        if share > fee {
            logs.extend(self.send(asset, to, share - fee, Reach::Full));
        }
        if fee > 0 {
            logs.extend(self.send(asset, from, fee, Reach::Full));
        }
        Ok(logs)
    }

    pub(super) fn push_word(
        &mut self,
        from: Address,
        priced: bool,
        asset: usize,
        round: &RoundArg,
        word: &ProvenWord,
    ) -> Outcome {
        let push_at = self.push_at(asset);
        if self.now < push_at {
            return Err(refuse(&Vault::Return_PushTooEarly { pushAt: U256::from(push_at) }));
        }
        self.require_push_word(asset, round, word)?;
        let opened = self.require_round(asset, round.id)?;

        let mut logs = Vec::new();
        let (mut settled, mut paid, mut skipped, mut amount) = (U256::ZERO, 0_u64, false, 0_u128);
        for (position, index, leaf, share) in self.due_in_word(asset, round.id, &opened, word) {
            if share > 0 && !self.can_send(asset, leaf.account, Reach::Capped) {
                skipped = true;
                logs.push(self.log(&Vault::PushSkipped {
                    account: leaf.account,
                    asset: self.assets[asset].address,
                    position: position_of(round.id, index),
                    amount: U256::from(share),
                }));
                continue;
            }
            self.assets[asset].cells.entry((round.id, index / 64)).or_default().claimed |= 1 << (index % 64);
            settled |= U256::ONE << position;
            if share > 0 {
                logs.extend(self.send(asset, leaf.account, share, Reach::Capped));
                amount += share;
                paid += 1;
            }
        }
        let number = U256::from(word.word);
        if settled.is_zero() && !skipped {
            return Err(refuse(&Vault::Return_NothingPushed { word: number }));
        }
        if let Some(recovered) = &mut self.assets[asset].recovered {
            recovered.tallied += amount;
        }
        logs.push(self.log(&Vault::WordPushed {
            asset: self.assets[asset].address,
            round: U256::from(round.id),
            word: number,
            paid: settled,
            amount: U256::from(amount),
        }));
        if priced && paid > 0 && !self.tank_filled.is_zero() {
            let at_most = U256::from(paid * TANK_GAS_PER_LEAF) * U256::from(PRICED_TIP);
            logs.push(Expected::Repaid { pusher: from, at_most: at_most.min(self.tank_filled) });
        }
        Ok(logs)
    }

    /// When pushes of an asset can begin. A dispute does not eat up the time in which everybody claims for himself.
    #[must_use]
    pub fn push_at(&self, asset: usize) -> u64 {
        let held_until = self.assets[asset].recovered.map_or(0, |recovered| recovered.rounds_from);
        self.clock.return_at().max(held_until) + self.clock.timers.head_start
    }

    pub(super) fn tally(&mut self, asset: usize, round: u32, cells: &[u32]) -> Outcome {
        self.require_round(asset, round)?;
        let held = &mut self.assets[asset];
        let mut amount = 0;
        for number in cells {
            if let Some(cell) = held.cells.get_mut(&(round, *number)) {
                amount += std::mem::take(&mut cell.untallied);
            }
        }
        if let Some(recovered) = &mut held.recovered {
            recovered.tallied += amount;
        }
        let asset = held.address;
        Ok(vec![self.log(&Vault::Tallied { asset, round: U256::from(round), amount: U256::from(amount) })])
    }

    fn require_round(&self, asset: usize, round: u32) -> Result<RoundOpened, Refusal> {
        let opened = self.assets[asset].rounds.get(round as usize).copied();
        opened.ok_or_else(|| refuse(&Vault::Return_RoundUnknown { round: U256::from(round) }))
    }

    /// The share that a claim would pay, or why it is refused.
    fn require_claimable(&self, asset: usize, round: &RoundArg, leaf: &ProvenLeaf) -> Result<u128, Refusal> {
        self.require_claim_leaf(asset, round, leaf)?;
        let opened = self.require_round(asset, round.id)?;
        let held = &self.assets[asset];
        if held.cell(round.id, leaf.index / 64).claimed >> (leaf.index % 64) & 1 == 1 {
            return Err(refuse(&Vault::Return_AlreadyClaimed { index: U256::from(leaf.index) }));
        }
        let account = leaf.leaf.account;
        if self.is_reserved(account) {
            return Err(refuse(&Vault::Return_UnpayableAccount { account }));
        }
        let share = opened.share_of(held.net_in_return(leaf.index, &leaf.leaf));
        if share == 0 {
            return Err(refuse(&Vault::Return_NothingDue { index: U256::from(leaf.index) }));
        }
        Ok(share)
    }

    /// Books a single claim as paid.
    fn settle(&mut self, asset: usize, round: u32, leaf: &ProvenLeaf, share: u128) -> Expected {
        let cell = self.assets[asset].cells.entry((round, leaf.index / 64)).or_default();
        cell.claimed |= 1 << (leaf.index % 64);
        cell.untallied += share;
        self.log(&Vault::Claimed {
            account: leaf.leaf.account,
            asset: self.assets[asset].address,
            position: position_of(round, leaf.index),
            amount: U256::from(share),
        })
    }

    /// The unclaimed, payable leaves of a word: place in the word, index, leaf, share.
    fn due_in_word(
        &self,
        asset: usize,
        round: u32,
        opened: &RoundOpened,
        word: &ProvenWord,
    ) -> Vec<(usize, u32, Leaf, u128)> {
        let held = &self.assets[asset];
        let due = ledger::leaves_of(&word.leaves).enumerate().filter_map(|(position, leaf)| {
            let index = u32::try_from(u64::from(word.word) * 256 + position as u64).ok()?;
            let claimed = held.cell(round, index / 64).claimed >> (index % 64) & 1 == 1;
            if claimed || self.is_reserved(leaf.account) || held.redirected(index, leaf.account).is_some() {
                return None;
            }
            Some((position, index, leaf, opened.share_of(held.net_in_return(index, &leaf))))
        });
        due.collect()
    }
}

impl RoundOpened {
    /// `floor(net * numerator / denominator)`.
    #[must_use]
    pub fn share_of(&self, net: u128) -> u128 {
        (U256::from(net) * U256::from(self.numerator) / U256::from(self.denominator)).to()
    }
}

fn position_of(round: u32, index: u32) -> U256 {
    U256::from(u64::from(round) << 32 | u64::from(index))
}
