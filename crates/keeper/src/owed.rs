//! What the ledger's leaves are still owed, worked out from the leaves and the vault's events. Pure; the contract's own rules
//! (specification, sections 4 and 6).

use std::collections::BTreeMap;

use alloy::primitives::{Address, U256, address};
use lifeboat_ledger::Leaf;

use crate::history::{AssetHistory, RoundHistory, WORD_LEAVES};

/// No account up to here is ever paid: the zero address and the precompiles.
const LAST_RESERVED: Address = address!("0x000000000000000000000000000000000000ffff");

/// One asset's ledger, with what follows from it by events.
#[derive(Clone, Debug, Default)]
pub struct Owed {
    vault: Address,
    leaves: Vec<Leaf>,
    /// Number of touched leaves and of rounds that the rest was worked out from.
    derived_from: Option<(usize, usize)>,
    unflagged: Vec<u32>,
    reductions: BTreeMap<u32, u128>,
    /// By round, by word: the leaves that are due something and can be paid.
    due: Vec<Vec<U256>>,
}

impl Owed {
    /// Takes the leaves in the order of their indices.
    #[must_use]
    pub fn new(vault: Address, leaves: Vec<Leaf>) -> Self {
        Self { vault, leaves, ..Self::default() }
    }

    /// Works everything out again if an event changed what it rests on. Once latched, that is a flag or a round.
    pub fn refresh(&mut self, past: &AssetHistory) {
        let basis = (past.touched.len(), past.rounds.len());
        if self.derived_from == Some(basis) {
            return;
        }
        self.derived_from = Some(basis);
        (self.unflagged, self.reductions) = (Vec::new(), BTreeMap::new());
        for (index, leaf) in (0..).zip(&self.leaves) {
            if paid_since(leaf, past) == 0 || leaf.balance == 0 {
                continue;
            }
            if past.touched.contains(&index) {
                *self.reductions.entry(index / WORD_LEAVES).or_default() += leaf.balance - net(leaf, index, past);
            } else {
                self.unflagged.push(index);
            }
        }
        self.due = past.rounds.iter().map(|round| self.due_in(round, past)).collect();
    }

    /// The leaves.
    #[must_use]
    pub fn leaves(&self) -> &[Leaf] {
        &self.leaves
    }

    /// Leaves whose account was paid under another index, and that are not flagged yet.
    #[must_use]
    pub fn unflagged(&self) -> &[u32] {
        &self.unflagged
    }

    /// Words that counting would lower, and by how much (base units).
    #[must_use]
    pub const fn reductions(&self) -> &BTreeMap<u32, u128> {
        &self.reductions
    }

    /// For each word the leaves that are due something in a round and can be paid.
    #[must_use]
    pub fn due(&self, round: u32) -> &[U256] {
        self.due.get(round as usize).map_or(&[], Vec::as_slice)
    }

    /// A leaf's share of a round, base units.
    #[must_use]
    pub fn share(&self, index: u32, round: &RoundHistory, past: &AssetHistory) -> u128 {
        self.leaves.get(index as usize).map_or(0, |leaf| share(net(leaf, index, past), round))
    }

    /// Whether the vault never pays this account.
    #[must_use]
    pub fn is_reserved(&self, account: Address) -> bool {
        account == self.vault || account <= LAST_RESERVED
    }

    fn due_in(&self, round: &RoundHistory, past: &AssetHistory) -> Vec<U256> {
        let mut words = vec![U256::ZERO; self.leaves.len().div_ceil(WORD_LEAVES as usize)];
        for (index, leaf) in (0u32..).zip(&self.leaves) {
            if !self.is_reserved(leaf.account) && share(net(leaf, index, past), round) > 0 {
                words[(index / WORD_LEAVES) as usize].set_bit((index % WORD_LEAVES) as usize, true);
            }
        }
        words
    }
}

/// Payouts that the leaf's balance does not reflect yet.
fn paid_since(leaf: &Leaf, past: &AssetHistory) -> u128 {
    past.paid_out.get(&leaf.account).map_or(0, |paid| paid.saturating_sub(leaf.paid))
}

/// What a leaf is still owed: payouts are netted for touched leaves only.
fn net(leaf: &Leaf, index: u32, past: &AssetHistory) -> u128 {
    if past.touched.contains(&index) { leaf.balance.saturating_sub(paid_since(leaf, past)) } else { leaf.balance }
}

fn share(net: u128, round: &RoundHistory) -> u128 {
    if round.denominator == 0 {
        return 0;
    }
    if round.numerator == round.denominator {
        return net;
    }
    // The product of two 128-bit numbers fits; the ratio is at most 1.
    (U256::from(net) * U256::from(round.numerator) / U256::from(round.denominator)).saturating_to()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const VAULT: Address = Address::repeat_byte(0xaa);

    fn leaf(account: u64, balance: u128, paid: u128) -> Leaf {
        Leaf { account: Address::left_padding_from(&account.to_be_bytes()), balance, paid }
    }

    fn with_round(numerator: u128, denominator: u128) -> AssetHistory {
        AssetHistory {
            rounds: vec![RoundHistory { numerator, denominator, ..Default::default() }],
            ..Default::default()
        }
    }

    #[test]
    fn payouts_are_netted_for_touched_leaves_only() {
        let (a, b) = (leaf(0x10_000, 100, 5), leaf(0x10_001, 100, 0));
        let mut past = with_round(1, 2);
        past.paid_out = [(a.account, 35), (b.account, 40)].into();
        past.touched = [0].into();
        let mut owed = Owed::new(VAULT, vec![a, b]);
        owed.refresh(&past);
        assert_eq!(owed.share(0, &past.rounds[0], &past), 35, "half of 100 - (35 - 5)");
        assert_eq!(owed.share(1, &past.rounds[0], &past), 50, "not flagged yet");
        assert_eq!(owed.unflagged(), [1]);
        assert_eq!(owed.reductions(), &BTreeMap::from([(0, 30)]));
        past.touched.insert(1);
        owed.refresh(&past);
        assert!(owed.unflagged().is_empty());
        assert_eq!(owed.reductions(), &BTreeMap::from([(0, 70)]));
    }

    #[test]
    fn reserved_accounts_and_zero_shares_are_not_due() {
        let vault_itself = Leaf { account: VAULT, balance: 100, paid: 0 };
        let past = with_round(1, 100);
        let leaves =
            vec![leaf(0xffff, 100, 0), leaf(0x10_000, 100, 0), leaf(0x10_001, 99, 0), vault_itself, Leaf::default()];
        let mut owed = Owed::new(VAULT, leaves);
        owed.refresh(&past);
        assert_eq!(owed.due(0), [U256::from(0b10)]);
        assert!(owed.due(1).is_empty());
    }

    proptest! {
        /// Money rule 3: the shares of a round never exceed what it opened with.
        #[test]
        fn shares_never_exceed_the_round(balances in prop::collection::vec(1u128..1 << 100, 1..40), part in 0u128..=1000) {
            let denominator: u128 = balances.iter().sum();
            let numerator = denominator / 1000 * part;
            let past = with_round(numerator, denominator);
            let leaves = (0..).zip(&balances).map(|(i, balance)| leaf(0x10_000 + i, *balance, 0)).collect();
            let owed = Owed::new(VAULT, leaves);
            let paid: u128 = (0..).zip(&balances).map(|(i, _)| owed.share(i, &past.rounds[0], &past)).sum();
            prop_assert!(paid <= numerator && numerator - paid < balances.len() as u128);
        }
    }
}
