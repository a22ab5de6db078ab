//! What the vault's events say: the part of its state that only events list (who was paid, which words are settled, what is open).
//! Pure: a fold over events in chain order. A wrong or missing event costs at most a transaction that the vault refuses; that everything is
//! paid is confirmed from the contract's state before the keeper believes it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use alloy::primitives::{Address, U256};
use lifeboat_bindings::vault::{Round, Vault::VaultEvents};

use crate::anchors::AnchorPlan;

/// Leaves in a word.
pub const WORD_LEAVES: u32 = 256;
/// Leaves in one of the contract's cells.
pub const CELL_LEAVES: u32 = 64;
/// Each further round distributes at least a ten-thousandth of what is owed, or completes it.
const MAX_ROUNDS: u32 = 10_002;

/// Everything that was learnt from events, by asset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    assets: BTreeMap<Address, AssetHistory>,
}

/// What happened to one asset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AssetHistory {
    /// Sum of all payouts to an account, base units: the contract's `paidOut`.
    pub paid_out: HashMap<Address, u128>,
    /// Indices whose payouts are netted.
    pub touched: HashSet<u32>,
    /// Words counted between latch and return.
    pub counted: HashSet<u32>,
    /// Pending entries that were not refunded, by number.
    pub entries: BTreeMap<u64, Address>,
    /// Exit requests that are open and not yet reported: account and due time (Unix seconds).
    pub requests: BTreeMap<Address, u64>,
    /// Rounds in order.
    pub rounds: Vec<RoundHistory>,
}

/// What happened in one round.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoundHistory {
    /// Ratio's upper part, base units.
    pub numerator: u128,
    /// Ratio's lower part, base units.
    pub denominator: u128,
    /// Chain time of its opening, Unix seconds.
    pub opened: u64,
    /// By level, of its first 32 nodes: bit i, node i is anchored. No more are ever asked for.
    pub anchored: HashMap<u32, u32>,
    /// Bit i of a word: leaf i is settled.
    pub settled: HashMap<u32, U256>,
    /// Leaves whose transfer failed in a push, by index.
    pub skips: HashMap<u32, Skip>,
    /// Cells in which somebody claimed for himself.
    pub claimed_cells: BTreeSet<u32>,
    /// Single claims that no tally has booked yet, base units.
    pub untallied: u128,
    /// Leaves settled, by pushes and claims.
    pub leaves_settled: u64,
    /// Base units paid, by pushes and claims.
    pub paid: u128,
}

/// How often a leaf's transfer failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Skip {
    /// Number of failures.
    pub times: u32,
    /// Chain time of the last one, Unix seconds.
    pub last: u64,
    /// What it would have been paid, base units.
    pub share: u128,
}

impl History {
    /// The history of one asset.
    #[must_use]
    pub fn asset(&self, asset: Address) -> Option<&AssetHistory> {
        self.assets.get(&asset)
    }

    /// A history of one asset only.
    #[must_use]
    pub fn of_asset(asset: Address, history: AssetHistory) -> Self {
        Self { assets: BTreeMap::from([(asset, history)]) }
    }

    /// Takes one event in, seen at chain time `time`.
    pub fn apply(&mut self, event: &VaultEvents, time: u64) {
        match event {
            VaultEvents::PaidOut(e) => {
                let asset = self.of(e.asset);
                let paid = asset.paid_out.entry(e.account).or_default();
                *paid = paid.saturating_add(amount(e.amount));
                asset.touched.insert(small(e.index));
            }
            VaultEvents::PayoutFlagged(e) => {
                self.of(e.asset).touched.insert(small(e.index));
            }
            VaultEvents::WordCounted(e) => {
                self.of(e.asset).counted.insert(small(e.word));
            }
            VaultEvents::LedgerDeposited(e) => {
                self.of(e.asset).entries.insert(e.entry.saturating_to(), e.account);
            }
            VaultEvents::PendingRefunded(e) => {
                self.of(e.asset).entries.remove(&e.entry.saturating_to());
            }
            VaultEvents::ExitRequested(e) => {
                self.of(e.asset).requests.insert(e.account, e.due.saturating_to());
            }
            VaultEvents::ExitUnserved(e) => {
                self.of(e.asset).requests.remove(&e.account);
            }
            VaultEvents::ExitClosed(e) => {
                self.of(e.asset).requests.remove(&e.account);
            }
            VaultEvents::RoundOpened(e) => {
                if let Some(round) = self.of(e.asset).round(small(e.round)) {
                    (round.numerator, round.denominator) = (amount(e.numerator), amount(e.denominator));
                    round.opened = time;
                }
            }
            VaultEvents::Claimed(e) => {
                let (round, index) = position(e.position);
                if let Some(round) = self.of(e.asset).round(round) {
                    round.settle(index / WORD_LEAVES, U256::from(1) << (index % WORD_LEAVES));
                    round.claimed_cells.insert(index / CELL_LEAVES);
                    round.untallied = round.untallied.saturating_add(amount(e.amount));
                    round.paid = round.paid.saturating_add(amount(e.amount));
                }
            }
            VaultEvents::WordPushed(e) => {
                if let Some(round) = self.of(e.asset).round(small(e.round)) {
                    round.settle(small(e.word), e.paid);
                    round.paid = round.paid.saturating_add(amount(e.amount));
                }
            }
            VaultEvents::PushSkipped(e) => {
                let (round, index) = position(e.position);
                if let Some(round) = self.of(e.asset).round(round) {
                    let times = round.skips.get(&index).map_or(0, |skip| skip.times);
                    round.skips.insert(index, Skip { times: times + 1, last: time, share: amount(e.amount) });
                }
            }
            VaultEvents::Anchored(e) => {
                if let Some(round) = self.of(e.asset).round(small(e.round)) {
                    let (first, count) = (small(e.first).min(32), small(e.count).min(32));
                    let nodes = ((1_u64 << count) - 1) << first;
                    *round.anchored.entry(small(e.level)).or_default() |= nodes as u32;
                }
            }
            VaultEvents::Tallied(e) => {
                if let Some(round) = self.of(e.asset).round(small(e.round)) {
                    round.untallied = round.untallied.saturating_sub(amount(e.amount));
                }
            }
            _ => {}
        }
    }

    fn of(&mut self, asset: Address) -> &mut AssetHistory {
        self.assets.entry(asset).or_default()
    }
}

impl AssetHistory {
    /// `None` for a round that no vault can open, whatever an endpoint says.
    fn round(&mut self, id: u32) -> Option<&mut RoundHistory> {
        let at = id as usize;
        if self.rounds.len() <= at && id < MAX_ROUNDS {
            self.rounds.resize_with(at + 1, RoundHistory::default);
        }
        self.rounds.get_mut(at)
    }
}

impl RoundHistory {
    /// The leaves of a word that are settled.
    #[must_use]
    pub fn settled_of(&self, word: u32) -> U256 {
        self.settled.get(&word).copied().unwrap_or_default()
    }

    /// The round as the contract takes it.
    #[must_use]
    pub const fn ratio(&self, id: u32) -> Round {
        Round { id, numerator: self.numerator, denominator: self.denominator }
    }

    /// Whether events say that all nodes of a plan are anchored.
    #[must_use]
    pub fn has_anchors(&self, plan: AnchorPlan) -> bool {
        let wanted = u32::MAX >> (32 - plan.nodes());
        self.anchored.get(&plan.level).is_some_and(|nodes| nodes & wanted == wanted)
    }

    fn settle(&mut self, word: u32, bits: U256) {
        let settled = self.settled.entry(word).or_default();
        self.leaves_settled += (bits & !*settled).count_ones() as u64;
        *settled |= bits;
    }
}

/// `position` of the contract's events: `round << 32 | index`.
fn position(position: U256) -> (u32, u32) {
    (small(position >> 32), small(position & U256::from(u32::MAX)))
}

/// Amounts fit 128 bits by the contract's types.
fn amount(value: U256) -> u128 {
    value.saturating_to()
}

/// Indices, words and rounds fit 32 bits by the contract's types.
fn small(value: U256) -> u32 {
    value.saturating_to()
}

#[cfg(test)]
mod tests {
    use lifeboat_bindings::vault::Vault::{Anchored, Claimed, PushSkipped, RoundOpened, Tallied, WordPushed};

    use super::*;

    const ASSET: Address = Address::ZERO;

    fn history(events: &[VaultEvents]) -> History {
        let mut history = History::default();
        events.iter().for_each(|event| history.apply(event, 7));
        history
    }

    fn claimed(round: u64, index: u64, amount: u64) -> VaultEvents {
        let position = U256::from(round << 32 | index);
        VaultEvents::Claimed(Claimed { account: ASSET, asset: ASSET, position, amount: U256::from(amount) })
    }

    #[test]
    fn claims_and_pushes_settle_leaves_once() {
        let pushed = WordPushed {
            asset: ASSET,
            round: U256::from(1),
            word: U256::from(2),
            paid: U256::from(0b111),
            amount: U256::from(30),
        };
        let history = history(&[claimed(1, 2 * 256 + 1, 10), VaultEvents::WordPushed(pushed)]);
        let round = &history.asset(ASSET).unwrap().rounds[1];
        assert_eq!(round.settled_of(2), U256::from(0b111));
        assert_eq!((round.leaves_settled, round.paid), (3, 40));
        assert_eq!(round.claimed_cells, BTreeSet::from([8]));
        assert_eq!(history.asset(ASSET).unwrap().rounds[0], RoundHistory::default());
    }

    #[test]
    fn an_impossible_round_changes_nothing() {
        let history = history(&[claimed(u64::from(u32::MAX), 1, 10)]);
        assert!(history.asset(ASSET).unwrap().rounds.is_empty());
    }

    #[test]
    fn a_tally_books_what_was_claimed() {
        let tallied = Tallied { asset: ASSET, round: U256::ZERO, amount: U256::from(10) };
        let history = history(&[claimed(0, 1, 10), claimed(0, 2, 5), VaultEvents::Tallied(tallied)]);
        assert_eq!(history.asset(ASSET).unwrap().rounds[0].untallied, 5);
    }

    #[test]
    fn anchors_are_known_when_all_of_a_level_are_there() {
        let anchored = |first: u64, count: u64| {
            let (level, first, count) = (U256::from(9), U256::from(first), U256::from(count));
            VaultEvents::Anchored(Anchored { asset: ASSET, round: U256::ZERO, level, first, count })
        };
        let knows = |events: &[VaultEvents], depth| {
            history(events).asset(ASSET).unwrap().rounds[0].has_anchors(AnchorPlan { depth, level: 9 })
        };
        assert!(knows(&[anchored(0, 32)], 14));
        assert!(knows(&[anchored(0, 16), anchored(16, 16)], 14));
        assert!(!knows(&[anchored(0, 16), anchored(20, 8)], 14));
        assert!(knows(&[anchored(0, 16), anchored(20, 8)], 13));
        assert!(!knows(&[anchored(0, 32)].map(|_| anchored(u64::MAX, u64::MAX)), 14), "nonsense harms nobody");
    }

    #[test]
    fn skips_are_counted_with_their_time() {
        let skipped = || {
            VaultEvents::PushSkipped(PushSkipped {
                account: ASSET,
                asset: ASSET,
                position: U256::from(300),
                amount: U256::from(9),
            })
        };
        let opened =
            RoundOpened { asset: ASSET, round: U256::ZERO, numerator: U256::from(1), denominator: U256::from(2) };
        let history = history(&[VaultEvents::RoundOpened(opened), skipped(), skipped()]);
        let round = &history.asset(ASSET).unwrap().rounds[0];
        assert_eq!(round.skips[&300], Skip { times: 2, last: 7, share: 9 });
        assert_eq!((round.numerator, round.denominator), (1, 2));
    }
}
