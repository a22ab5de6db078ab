//! The executor's decisions: everything that takes a stopped service's money home.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    decide::{
        Action,
        rounds::{Further, first_round, further_round},
    },
    history::{History, RoundHistory, WORD_LEAVES},
    owed::Owed,
    view::{AssetView, Phase, View},
};
use alloy::primitives::{Address, B256, U256};

/// Most cells booked by one tally.
const TALLY_CELLS: usize = 200;

/// Chain time for which a keeper leaves to each one before it what one does for all, seconds.
const TURN: u64 = 60;

/// Everything the executor decides on.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// State at the head.
    pub view: &'a View,
    /// Events up to the head.
    pub history: &'a History,
    /// The ledgers that count, as far as they were found.
    pub ledgers: &'a BTreeMap<Address, Owed>,
    /// Leaves that refused before and that a dry run shows to take the money now.
    pub willing: &'a BTreeSet<LeafId>,
    /// Where in the words to begin: keepers with different keys begin apart, and waste no gas on the same word.
    pub begin: u64,
    /// Number of keepers that are left the first go at what one does for all.
    pub rank: u32,
}

/// A leaf of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeafId {
    /// The asset.
    pub asset: Address,
    /// The round.
    pub round: u32,
    /// The leaf.
    pub index: u32,
}

/// How far the return is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Something is to be done, now or later.
    Open,
    /// The vault waits for what the executor does not have.
    NoLedger(Vec<Address>),
    /// Leaves are due in tokens that move for nobody at the moment.
    Stuck(Vec<Address>),
    /// Everything payable is paid.
    Done,
}

/// The executor's actions, most urgent first.
#[must_use]
pub fn executor(now: &Situation<'_>) -> Vec<Action> {
    let view = now.view;
    if view.phase() < Phase::Latched {
        return view.assets.iter().flat_map(|asset| overdue(now, asset)).collect();
    }
    let mut actions = Vec::new();
    if view.assets.iter().any(|asset| !asset.recovery.isFixed) {
        actions.push(Action::Latch);
    }
    let fixed: Vec<&AssetView> = view.assets.iter().filter(|asset| asset.recovery.isFixed).collect();
    actions.extend(fixed.iter().flat_map(|asset| refunds(now, asset)));
    actions.extend(fixed.iter().flat_map(|asset| flags_and_counts(now, asset)));
    if view.phase() == Phase::Returning {
        let pushes: Vec<Vec<Action>> = fixed.iter().map(|asset| pushes(now, asset)).collect();
        for (asset, pushes) in fixed.iter().zip(&pushes) {
            actions.extend(rounds(now, asset, pushes.is_empty()));
            actions.extend(anchors(now, asset));
        }
        let moving = fixed.iter().zip(pushes).filter(|(asset, _)| !asset.stuck);
        actions.extend(moving.flat_map(|(_, pushes)| pushes));
    }
    actions
}

/// Whether anything is left to do, given that [`executor`] has nothing to send now.
#[must_use]
pub fn progress(now: &Situation<'_>) -> Progress {
    let view = now.view;
    if view.assets.iter().any(|asset| !asset.recovery.isFixed || !view.pushing(asset)) {
        return Progress::Open;
    }
    let owing = view.assets.iter().filter(|asset| asset.recovery.owed > 0).map(|asset| asset.asset);
    let missing: Vec<_> = owing.filter(|asset| !now.ledgers.contains_key(asset)).collect();
    if !missing.is_empty() {
        return Progress::NoLedger(missing);
    }
    let stuck = view.assets.iter().filter(|asset| asset.stuck && is_due(now, asset.asset)).map(|asset| asset.asset);
    let stuck: Vec<_> = stuck.collect();
    if stuck.is_empty() { Progress::Done } else { Progress::Stuck(stuck) }
}

/// Whether it is disputed which ledger counts, or the one that does is being counted still: no round opens.
fn is_held(now: &Situation<'_>, asset: &AssetView) -> bool {
    now.view.head.time < asset.recovery.roundsFrom.to::<u64>()
}

/// Whether any round still owes somebody something who can be paid, refused before or not.
fn is_due(now: &Situation<'_>, asset: Address) -> bool {
    let (Some(past), Some(owed)) = (now.history.asset(asset), now.ledgers.get(&asset)) else { return false };
    let due = |(id, round): (u32, &RoundHistory)| {
        (0u32..).zip(owed.due(id)).any(|(word, due)| !(*due & !round.settled_of(word)).is_zero())
    };
    (0u32..).zip(&past.rounds).any(due)
}

/// A leaf that an opened round owes, and why it was not paid.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Unpaid {
    /// The asset.
    pub asset: Address,
    /// The round.
    pub round: u32,
    /// The leaf.
    pub index: u32,
    /// Who is owed.
    pub account: Address,
    /// Base units; a decimal string in JSON, whose numbers are too small.
    #[serde(serialize_with = "as_text")]
    pub amount: u128,
    /// How often its transfer failed; zero: nobody can be paid at this address, or no push went through.
    pub refusals: u32,
}

fn as_text<S: serde::Serializer>(amount: &u128, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(amount)
}

/// Everything that opened rounds owe and nobody was paid.
#[must_use]
pub fn unpaid(history: &History, ledgers: &BTreeMap<Address, Owed>) -> Vec<Unpaid> {
    let mut list = Vec::new();
    for (asset, owed) in ledgers {
        let Some(past) = history.asset(*asset) else { continue };
        for (id, round) in (0u32..).zip(&past.rounds) {
            for (index, leaf) in (0u32..).zip(owed.leaves()) {
                let amount = owed.share(index, round, past);
                if amount == 0 || round.settled_of(index / WORD_LEAVES).bit((index % WORD_LEAVES) as usize) {
                    continue;
                }
                let refusals = round.skips.get(&index).map_or(0, |skip| skip.times);
                list.push(Unpaid { asset: *asset, round: id, index, account: leaf.account, amount, refusals });
            }
        }
    }
    list
}

/// Leaves that were refused, may be tried again by now, and are worth a dry run: with account and share.
#[must_use]
pub fn retry_candidates(now: &Situation<'_>, retries: u32, retry_after: u64) -> Vec<(LeafId, Address, u128)> {
    let mut candidates = Vec::new();
    let pushed = now.view.assets.iter().filter(|asset| now.view.pushing(asset) && !asset.stuck);
    let pushed: BTreeSet<Address> = pushed.map(|asset| asset.asset).collect();
    for (asset, owed) in now.ledgers.iter().filter(|(asset, _)| pushed.contains(*asset)) {
        let Some(past) = now.history.asset(*asset) else { continue };
        for (id, round) in (0u32..).zip(&past.rounds) {
            for (&index, skip) in &round.skips {
                let settled = round.settled_of(index / WORD_LEAVES).bit((index % WORD_LEAVES) as usize);
                let wait = retry_after.saturating_mul(1 << skip.times.saturating_sub(1).min(32));
                let waited = now.view.head.time >= skip.last.saturating_add(wait);
                if let Some(leaf) = owed.leaves().get(index as usize)
                    && !settled
                    && skip.times <= retries
                    && waited
                {
                    let leaf_id = LeafId { asset: *asset, round: id, index };
                    candidates.push((leaf_id, leaf.account, owed.share(index, round, past)));
                }
            }
        }
    }
    candidates
}

fn overdue(now: &Situation<'_>, asset: &AssetView) -> Vec<Action> {
    let Some(past) = now.history.asset(asset.asset) else { return Vec::new() };
    let late = past.requests.iter().filter(|(_, due)| **due <= now.view.head.time);
    late.map(|(account, due)| Action::ReportUnserved { asset: asset.asset, account: *account, due: *due }).collect()
}

/// Entries that are in no commitment that counts.
fn refunds(now: &Situation<'_>, asset: &AssetView) -> Vec<Action> {
    let Some(past) = now.history.asset(asset.asset) else { return Vec::new() };
    let cursor = asset.recovery.depositCursor.max(asset.book.absorbed).to::<u64>();
    past.entries.range(cursor..).map(|(entry, _)| Action::RefundPending { asset: asset.asset, entry: *entry }).collect()
}

/// A word is counted, once, when all its leaves that need a flag have one.
fn flags_and_counts(now: &Situation<'_>, asset: &AssetView) -> Vec<Action> {
    let (Some(past), Some(owed)) = (now.history.asset(asset.asset), now.ledgers.get(&asset.asset)) else {
        return Vec::new();
    };
    let flags = owed.unflagged().iter().map(|index| Action::FlagPayout { asset: asset.asset, index: *index });
    let mut actions: Vec<Action> = flags.collect();
    if now.view.phase() == Phase::Latched || is_held(now, asset) {
        let waiting: BTreeSet<u32> = owed.unflagged().iter().map(|index| index / WORD_LEAVES).collect();
        let words = owed.reductions().keys().filter(|word| !past.counted.contains(word) && !waiting.contains(word));
        actions.extend(words.map(|word| Action::CountWord { asset: asset.asset, word: *word }));
    }
    actions
}

/// The first round at once; further ones when the earlier are pushed, so that late money gathers.
fn rounds(now: &Situation<'_>, asset: &AssetView, all_pushed: bool) -> Vec<Action> {
    if is_held(now, asset) {
        return Vec::new();
    }
    let open = Action::OpenRound { asset: asset.asset, round: asset.recovery.rounds };
    if first_round(asset) {
        return vec![open];
    }
    if !now.view.pushing(asset) || !all_pushed || !now.ledgers.contains_key(&asset.asset) {
        return Vec::new();
    }
    let past = now.history.asset(asset.asset);
    let untallied = past.map_or(0, |past| past.rounds.iter().map(|round| round.untallied).sum());
    match further_round(asset, untallied) {
        Further::No => Vec::new(),
        Further::Open => vec![open],
        Further::Tally => tallies(asset),
    }
}

/// Rounds whose proofs end at the root still, while enough leaves are unpaid for shorter ones to be worth it.
fn anchors(now: &Situation<'_>, asset: &AssetView) -> Vec<Action> {
    let (Some(past), Some(owed)) = (now.history.asset(asset.asset), now.ledgers.get(&asset.asset)) else {
        return Vec::new();
    };
    let Some((plan, lacking)) = &asset.anchors else { return Vec::new() };
    let mut actions = Vec::new();
    for &id in lacking {
        let Some(round) = past.rounds.get(id as usize) else { continue };
        let turn = round.opened.saturating_add(u64::from(now.rank) * TURN);
        let words = (0u32..).zip(owed.due(id));
        let unpaid: usize = words.map(|(word, due)| (*due & !round.settled_of(word)).count_ones()).sum();
        if now.view.head.time >= turn && plan.pays(unpaid as u64) {
            actions.push(Action::Anchor { asset: asset.asset, round: round.ratio(id), plan: *plan });
        }
    }
    actions
}

fn tallies(asset: &AssetView) -> Vec<Action> {
    let mut by_round: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for &(round, cell) in &asset.untallied {
        by_round.entry(round).or_default().push(cell);
    }
    let chunks = by_round.iter().flat_map(|(round, cells)| cells.chunks(TALLY_CELLS).map(move |chunk| (*round, chunk)));
    chunks.map(|(round, cells)| Action::Tally { asset: asset.asset, round, cells: cells.to_vec() }).collect()
}

fn pushes(now: &Situation<'_>, asset: &AssetView) -> Vec<Action> {
    let (Some(past), Some(owed)) = (now.history.asset(asset.asset), now.ledgers.get(&asset.asset)) else {
        return Vec::new();
    };
    if !now.view.pushing(asset) {
        return Vec::new();
    }
    (0u32..).zip(&past.rounds).flat_map(|(id, round)| pushes_of_round(now, asset.asset, (id, round), owed)).collect()
}

fn pushes_of_round(now: &Situation<'_>, asset: Address, (id, round): (u32, &RoundHistory), owed: &Owed) -> Vec<Action> {
    let ratio = round.ratio(id);
    let words = owed.due(id);
    let begin = now.begin.checked_rem(words.len() as u64).unwrap_or_default() as usize;
    let mut skipped: BTreeMap<u32, Vec<(u32, u32)>> = BTreeMap::new();
    for (index, skip) in &round.skips {
        skipped.entry(index / WORD_LEAVES).or_default().push((*index, skip.times));
    }
    // Paid before it is flagged, a payout would never be netted.
    let waiting: BTreeSet<u32> = owed.unflagged().iter().map(|index| index / WORD_LEAVES).collect();
    let mut actions = Vec::new();
    for word in (begin..words.len()).chain(0..begin) {
        let number = word as u32;
        if waiting.contains(&number) {
            continue;
        }
        let mut due = words[word] & !round.settled_of(number);
        let mut retry = 0;
        for &(index, times) in skipped.get(&number).into_iter().flatten() {
            let slot = (index % WORD_LEAVES) as usize;
            if !due.bit(slot) {
                continue;
            }
            if now.willing.contains(&LeafId { asset, round: id, index }) {
                retry = retry.max(times);
            } else {
                due.set_bit(slot, false);
            }
        }
        if due != U256::ZERO {
            let leaves = due.count_ones() as u32;
            actions.push(Action::PushWord { asset, round: ratio.clone(), word: number, leaves, retry });
        }
    }
    actions
}

/// Where a keeper begins: spread evenly over the words by its address.
#[must_use]
pub fn beginning(sender: Address) -> u64 {
    let hash: B256 = alloy::primitives::keccak256(sender);
    u64::from_be_bytes([hash[0], hash[1], hash[2], hash[3], hash[4], hash[5], hash[6], hash[7]])
}

#[cfg(test)]
mod tests;
