//! From the latch on: what counts, refunds, counting, rounds. Specification §6.

use alloy::primitives::U256;
use lifeboat_bindings::vault::Vault;

use super::{
    AssetState, Expected, Model, Outcome, Phase, Recovered, Refusal, RoundOpened, ledger, ledger::NO_ROOT, refuse,
};
use crate::call::{ProvenLeaf, ProvenPacked, ProvenWord};

/// After round 0 a round distributes at least this part of what is owed, or all that is missing.
const MIN_ROUND_DIVISOR: u64 = 10_000;

impl Model {
    pub(super) fn latch(&mut self) -> Outcome {
        self.require_latched()?;
        let mut logs = Vec::new();
        for asset in 0..self.assets.len() {
            if self.assets[asset].listed {
                logs.extend(self.fix_recovery(asset));
            }
        }
        let (latched, returns) = (U256::from(self.clock.latch_at()), U256::from(self.clock.return_at()));
        logs.push(self.log(&Vault::Latched { latchedAt: latched, returnAt: returns }));
        Ok(logs)
    }

    pub(super) fn refund_pending(&mut self, asset: usize, number: u64) -> Outcome {
        self.require_latched()?;
        let recovered = self.recovery_of(asset)?;
        let entry = U256::from(number);
        let held = &self.assets[asset];
        let Some(queued) = held.queue.get(number as usize).copied() else {
            return Err(refuse(&Vault::Books_EntryUnknown { entry }));
        };
        let cursor = held.absorbed.max(recovered.cursor);
        if number < cursor {
            return Err(refuse(&Vault::Books_EntryInLedger { entry, cursor: U256::from(cursor) }));
        }
        if queued.refunded {
            return Err(refuse(&Vault::Books_EntryRefunded { entry }));
        }
        if number < recovered.reopened_to && held.paid_out_to(queued.account) != 0 {
            return Err(refuse(&Vault::Books_EntryNeedsLeaf { entry }));
        }

        let mut logs = self.fix_recovery(asset);
        logs.extend(self.refund(asset, number, 0));
        Ok(logs)
    }

    /// Pays an entry of the queue back, or credits it, less what stays in the reserve.
    pub(super) fn refund(&mut self, asset: usize, number: u64, withheld: u128) -> Vec<Expected> {
        let held = &mut self.assets[asset];
        let Some(queued) = held.queue.get_mut(number as usize) else { return Vec::new() };
        (queued.refunded, queued.withheld) = (true, withheld);
        let (account, amount) = (queued.account, queued.amount - withheld);
        held.pending -= queued.amount;
        let (mut logs, credited) = self.pay_or_credit(asset, account, amount);
        logs.push(self.log(&Vault::PendingRefunded {
            account,
            asset: self.assets[asset].address,
            entry: U256::from(number),
            amount: U256::from(amount),
            credited,
        }));
        logs
    }

    pub(super) fn count_word(&mut self, asset: usize, word: &ProvenWord) -> Outcome {
        self.require_latched()?;
        let recovered = self.recovery_of(asset)?;
        if self.phase() != Phase::Latched && self.now >= recovered.rounds_from {
            return Err(refuse(&Vault::Return_CountingClosed {}));
        }
        let number = U256::from(word.word);
        let held = &self.assets[asset];
        if held.counted.contains(&(recovered.epoch, word.word)) {
            return Err(refuse(&Vault::Return_WordCounted { word: number }));
        }
        self.require_word(asset, self.ledger_of_epoch(asset, recovered.epoch), word)?;

        // Words beyond the tree hold empty leaves only, which reduce nothing.
        let first = u64::from(word.word) * 256;
        let reductions = (first..).zip(ledger::leaves_of(&word.leaves)).map(|(index, leaf)| {
            u32::try_from(index).map_or(0, |index| leaf.balance - held.net_in_return(index, &leaf))
        });
        let reduction: u128 = reductions.sum();
        let mut logs = self.fix_recovery(asset);
        let held = &mut self.assets[asset];
        held.counted.insert((recovered.epoch, word.word));
        if let Some(recovered) = &mut held.recovered {
            recovered.owed -= reduction;
        }
        let asset = held.address;
        logs.push(self.log(&Vault::WordCounted { asset, word: number, reduction: U256::from(reduction) }));
        Ok(logs)
    }

    /// A packing that is none is refused before the vault is asked; then it is as if it had been asked itself.
    pub(super) fn count_packed(&mut self, asset: usize, packed: &ProvenPacked) -> Outcome {
        let word = ledger::unpacked(packed)?;
        self.count_word(asset, &word)
    }

    pub(super) fn flag_payout(&mut self, asset: usize, leaf: &ProvenLeaf) -> Outcome {
        self.require_latched()?;
        let recovered = self.recovery_of(asset)?;
        self.require_leaf(asset, self.ledger_of_epoch(asset, recovered.epoch), leaf)?;
        let held = &self.assets[asset];
        let index = U256::from(leaf.index);
        if held.touched(leaf.index) || held.paid_out_to(leaf.leaf.account) <= leaf.leaf.paid {
            return Err(refuse(&Vault::Return_NothingToFlag { index }));
        }

        let mut logs = self.fix_recovery(asset);
        self.assets[asset].touch(leaf.index);
        logs.push(self.log(&Vault::PayoutFlagged { asset: self.assets[asset].address, index }));
        Ok(logs)
    }

    pub(super) fn open_round(&mut self, asset: usize) -> Outcome {
        if self.phase() != Phase::Returning {
            return Err(self.wrong_phase());
        }
        let recovered = self.recovery_of(asset)?;
        let available = self.unallotted(asset, &recovered)?;
        let held = &self.assets[asset];
        let missing = recovered.owed - recovered.allotted;
        let numerator: u128 = available.min(U256::from(missing)).to();
        let round = held.rounds.len() as u32;
        let worthwhile = round == 0
            || numerator == missing
            || U256::from(numerator) * U256::from(MIN_ROUND_DIVISOR) >= U256::from(recovered.owed);
        if numerator == 0 || !worthwhile {
            return Err(refuse(&Vault::Return_NothingToDistribute { available }));
        }

        let mut logs = self.fix_recovery(asset);
        let held = &mut self.assets[asset];
        held.rounds.push(RoundOpened { numerator, denominator: recovered.owed });
        if let Some((root, depth)) = held.counting_ledger().map(|told| (told.root(), told.depth_told())) {
            held.anchors.insert((round, depth, 0), root);
        }
        if let Some(recovered) = &mut held.recovered {
            recovered.allotted += numerator;
        }
        logs.push(self.log(&Vault::RoundOpened {
            asset: self.assets[asset].address,
            round: U256::from(round),
            numerator: U256::from(numerator),
            denominator: U256::from(recovered.owed),
        }));
        Ok(logs)
    }

    /// The recovery as it is fixed or would be fixed now.
    pub(super) fn recovery_of(&self, asset: usize) -> Result<Recovered, Refusal> {
        let held = &self.assets[asset];
        if let Some(recovered) = held.recovered {
            return Ok(recovered);
        }
        self.require_listed(asset)?;
        Ok(held.recovered_by(self.final_epoch(asset)))
    }

    /// Fixes a listed asset's recovery if it is not fixed yet.
    pub(super) fn fix_recovery(&mut self, asset: usize) -> Vec<Expected> {
        if self.assets[asset].recovered.is_some() {
            return Vec::new();
        }
        let Ok(recovered) = self.recovery_of(asset) else { return Vec::new() };
        let held = &mut self.assets[asset];
        held.recovered = Some(recovered);
        held.absorb(recovered.cursor);
        vec![self.recovery_fixed(asset, &recovered)]
    }

    /// The log of a recovery that is new.
    pub(super) fn recovery_fixed(&self, asset: usize, recovered: &Recovered) -> Expected {
        self.log(&Vault::RecoveryFixed {
            asset: self.assets[asset].address,
            epoch: U256::from(recovered.epoch),
            root: self.ledger_of_epoch(asset, recovered.epoch).map_or(NO_ROOT, |ledger| ledger.root().hash),
            total: U256::from(recovered.owed),
            depositCursor: U256::from(recovered.cursor),
        })
    }

    /// What of the reserve no round has set aside, once the recovery is fixed. Nobody may ask while a dispute holds the rounds.
    pub(super) fn unallotted(&self, asset: usize, recovered: &Recovered) -> Result<U256, Refusal> {
        self.require_rounds(recovered)?;
        let reserve = self.reserve_after_fixing(asset, recovered);
        Ok(reserve.saturating_sub(U256::from(recovered.allotted - recovered.tallied)))
    }

    pub(super) fn require_rounds(&self, recovered: &Recovered) -> Result<(), Refusal> {
        if self.now >= recovered.rounds_from {
            return Ok(());
        }
        Err(refuse(&Vault::Return_RoundHeld { until: U256::from(recovered.rounds_from) }))
    }

    /// The reserve, once the entries that the counting ledger knows are in it.
    pub(super) fn reserve_after_fixing(&self, asset: usize, recovered: &Recovered) -> U256 {
        let held = &self.assets[asset];
        let others = U256::from(held.segregated) + U256::from(self.pending_after_fixing(asset, recovered));
        held.balance_of(self.address()).saturating_sub(others)
    }

    fn pending_after_fixing(&self, asset: usize, recovered: &Recovered) -> u128 {
        let held = &self.assets[asset];
        held.pending - if recovered.cursor > held.absorbed { held.entries(held.absorbed, recovered.cursor) } else { 0 }
    }

    fn ledger_of_epoch(&self, asset: usize, epoch: u32) -> Option<&crate::told::Told> {
        self.assets[asset].posted_at(epoch).map(|posted| posted.ledger.as_ref())
    }
}

impl AssetState {
    /// What is returned by a commitment; by none, if there is none.
    pub(super) fn recovered_by(&self, epoch: u32) -> Recovered {
        let counting = self.posted_at(epoch);
        Recovered {
            epoch,
            owed: counting.map_or(0, |posted| posted.ledger.root().sum),
            allotted: 0,
            tallied: 0,
            cursor: counting.map_or(0, |posted| posted.cursor),
            rounds_from: 0,
            reopened_to: 0,
        }
    }
}
