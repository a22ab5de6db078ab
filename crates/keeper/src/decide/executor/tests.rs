use alloy::primitives::aliases::U40;
use lifeboat_bindings::vault::Recovery;
use lifeboat_ledger::Leaf;
use proptest::prelude::*;

use super::*;
use crate::{
    anchors::AnchorPlan,
    history::{AssetHistory, Skip},
    view::testing::view_at,
};

const ASSET: Address = Address::ZERO;
const TIMELINE: [u64; 4] = [100, 200, 300, 400];

fn account(i: u64) -> Address {
    Address::left_padding_from(&(0x10_000 + i).to_be_bytes())
}

/// A latched vault that owes 10 to each of `leaves` accounts, with events and ledger to match.
struct World {
    view: View,
    history: AssetHistory,
    leaves: Vec<Leaf>,
    willing: BTreeSet<LeafId>,
    with_ledger: bool,
    rank: u32,
}

impl World {
    fn new(time: u64, leaves: u64) -> Self {
        let mut view = view_at(time, TIMELINE);
        view.assets[0].recovery = Recovery {
            isFixed: true,
            owed: u128::from(10 * leaves),
            root: B256::repeat_byte(1),
            ..Recovery::default()
        };
        view.assets[0].reserve = Some(U256::from(10 * leaves));
        let leaves = (0..leaves).map(|i| Leaf { account: account(i), balance: 10, paid: 0 }).collect();
        Self { view, history: AssetHistory::default(), leaves, willing: BTreeSet::new(), with_ledger: true, rank: 0 }
    }

    /// With its first round open at full value.
    fn pushing(leaves: u64) -> Self {
        let mut world = Self::new(400, leaves);
        let owed = world.view.assets[0].recovery.owed;
        world.view.assets[0].recovery.rounds = 1;
        world.view.assets[0].recovery.allotted = owed;
        world.history.rounds = vec![RoundHistory { numerator: owed, denominator: owed, ..RoundHistory::default() }];
        world
    }

    fn with<T>(&self, then: impl FnOnce(&Situation<'_>) -> T) -> T {
        let mut owed = Owed::new(Address::repeat_byte(0xaa), self.leaves.clone());
        owed.refresh(&self.history);
        let ledgers = if self.with_ledger { BTreeMap::from([(ASSET, owed)]) } else { BTreeMap::new() };
        let history = History::of_asset(ASSET, self.history.clone());
        then(&Situation {
            view: &self.view,
            history: &history,
            ledgers: &ledgers,
            willing: &self.willing,
            begin: 0,
            rank: self.rank,
        })
    }

    fn actions(&self) -> Vec<String> {
        self.with(|now| executor(now).iter().map(Action::id).collect())
    }
}

fn id(kind: &str, rest: &str) -> String {
    format!("{kind}/{ASSET}/{rest}")
}

#[test]
fn a_live_vault_is_left_alone_but_for_overdue_requests() {
    let mut world = World::new(99, 3);
    world.view.assets[0].recovery = Recovery::default();
    assert!(world.actions().is_empty());
    world.history.requests = [(account(1), 99), (account(2), 100)].into();
    assert_eq!(world.actions(), [id("reportUnserved", &format!("{}/99", account(1)))]);
}

#[test]
fn everything_waits_for_the_latch() {
    let mut world = World::new(200, 3);
    world.view.assets[0].recovery = Recovery::default();
    world.history.entries = [(0, account(1))].into();
    assert_eq!(world.actions(), ["latch"]);
}

#[test]
fn pending_entries_are_refunded_from_the_counting_cursor_on() {
    let mut world = World::new(200, 3);
    world.history.entries = (0..4).map(|entry| (entry, account(entry))).collect();
    world.view.assets[0].recovery.depositCursor = U40::from(2);
    assert_eq!(world.actions(), [id("refundPending", "2"), id("refundPending", "3")]);
    world.view.assets[0].book.absorbed = U40::from(3);
    assert_eq!(world.actions(), [id("refundPending", "3")]);
}

#[test]
fn a_word_is_counted_after_its_flags_and_only_before_the_return() {
    let mut world = World::new(200, 600);
    world.history.paid_out = [(account(1), 4), (account(2), 4), (account(300), 4)].into();
    world.history.touched = [1, 300].into();
    assert_eq!(world.actions(), [id("flagPayout", "2"), id("countWord", "1")]);
    world.history.touched.insert(2);
    assert_eq!(world.actions(), [id("countWord", "0"), id("countWord", "1")]);
    world.history.counted = [0, 1].into();
    assert!(world.actions().is_empty());
    world.history.counted.clear();
    world.view.head.time = 300;
    assert_eq!(world.actions(), [id("openRound", "0")]);
}

#[test]
fn pushes_wait_for_the_head_start_and_skip_settled_words() {
    let mut world = World::pushing(600);
    world.view.head.time = 399;
    assert!(world.actions().is_empty());
    world.view.head.time = 400;
    world.history.rounds[0].settled = [(1, U256::MAX)].into();
    assert_eq!(world.actions(), [id("pushWord", "0/0/0"), id("pushWord", "0/2/0")]);
    world.with_ledger = false;
    assert!(world.actions().is_empty());
    assert_eq!(world.with(progress), Progress::NoLedger(vec![ASSET]));
}

#[test]
fn a_word_is_pushed_after_its_flags() {
    let mut world = World::pushing(300);
    world.history.paid_out = [(account(260), 4)].into();
    assert_eq!(world.actions(), [id("flagPayout", "260"), id("pushWord", "0/0/0")]);
    world.history.touched = [260].into();
    assert_eq!(world.actions(), [id("pushWord", "0/0/0"), id("pushWord", "0/1/0")]);
}

#[test]
fn a_refused_leaf_is_pushed_again_only_if_it_would_take_the_money() {
    let mut world = World::pushing(3);
    world.history.rounds[0].settled = [(0, U256::from(0b101))].into();
    world.history.rounds[0].skips = [(1, Skip { times: 2, last: 400, share: 10 })].into();
    assert!(world.actions().is_empty());
    assert_eq!(world.with(progress), Progress::Done);
    world.willing.insert(LeafId { asset: ASSET, round: 0, index: 1 });
    assert_eq!(world.actions(), [id("pushWord", "0/0/2")]);
}

#[test]
fn retries_are_spaced_and_bounded() {
    let mut world = World::pushing(3);
    let mut due = |times, last, time| {
        world.history.rounds[0].skips = [(1, Skip { times, last, share: 10 })].into();
        world.view.head.time = time;
        world.with(|now| retry_candidates(now, 3, 100)).len()
    };
    assert_eq!([due(1, 400, 499), due(1, 400, 500)], [0, 1]);
    assert_eq!([due(3, 400, 799), due(3, 400, 800)], [0, 1]);
    assert_eq!(due(4, 400, 1_000_000), 0, "given up");
}

#[test]
fn a_disputed_assets_rounds_wait_and_its_words_are_counted_meanwhile() {
    let mut world = World::new(400, 600);
    world.view.assets[0].recovery.roundsFrom = U40::from(401);
    assert!(world.actions().is_empty());
    assert_eq!(world.with(progress), Progress::Open);
    world.history.paid_out = [(account(1), 4)].into();
    world.history.touched = [1].into();
    assert_eq!(world.actions(), [id("countWord", "0")]);
    world.view.head.time = 401;
    assert_eq!(world.actions(), [id("openRound", "0")]);
}

#[test]
fn a_further_round_waits_until_the_earlier_ones_are_pushed() {
    let mut world = World::pushing(2);
    world.view.assets[0].recovery.allotted = 10;
    world.history.rounds[0].numerator = 10;
    world.view.assets[0].reserve = Some(U256::from(20));
    assert_eq!(world.actions(), [id("pushWord", "0/0/0")]);
    world.history.rounds[0].settled = [(0, U256::from(0b11))].into();
    world.view.assets[0].recovery.tallied = 5;
    world.history.rounds[0].untallied = 5;
    world.view.assets[0].untallied = vec![(0, 0)];
    assert_eq!(world.actions(), [id("tally", "0/0+1")]);
    world.view.assets[0].recovery.tallied = 10;
    world.history.rounds[0].untallied = 0;
    assert_eq!(world.actions(), [id("openRound", "1")]);
}

/// A round opened at 310 in a ledger of 13 levels, in which nothing is anchored, with `leaves` still unpaid.
fn unanchored(leaves: u64) -> World {
    let mut world = World::pushing(leaves);
    world.view.head.time = 310;
    world.history.rounds[0].opened = 310;
    world.view.assets[0].anchors = AnchorPlan::needed(13, 1_000_000).map(|plan| (plan, vec![0]));
    world
}

#[test]
fn an_open_round_is_anchored_before_anything_is_pushed() {
    let mut world = unanchored(4_097);
    assert_eq!(world.actions(), [id("anchor", "0/8")]);
    world.view.head.time = 400;
    let actions = world.actions();
    assert_eq!((actions[0].as_str(), actions.len()), (id("anchor", "0/8").as_str(), 1 + 17));
    world.view.assets[0].anchors.as_mut().unwrap().1.clear();
    assert!(world.actions().iter().all(|id| id.starts_with("pushWord")), "anchored already");
    world.view.assets[0].anchors = None;
    assert_eq!(world.actions().len(), 17, "not asked for");
}

#[test]
fn nobody_anchors_without_a_ledger_or_for_too_few() {
    let mut world = unanchored(4_097);
    world.with_ledger = false;
    assert!(world.actions().is_empty());
    assert!(unanchored(1_959).actions().is_empty());
    let mut mostly_pushed = unanchored(4_097);
    mostly_pushed.history.rounds[0].settled = (0..9).map(|word| (word, U256::MAX)).collect();
    assert!(mostly_pushed.actions().is_empty(), "1,793 are left");
}

#[test]
fn keepers_anchor_by_turns() {
    let mut world = unanchored(4_097);
    world.rank = 1;
    world.view.head.time = 369;
    assert!(world.actions().is_empty());
    world.view.head.time = 370;
    assert_eq!(world.actions(), [id("anchor", "0/8")]);
}

#[test]
fn a_token_that_moves_for_nobody_is_left_alone_until_it_moves() {
    let mut world = World::pushing(3);
    world.view.assets[0].stuck = true;
    // Late money: the next round waits until the first is pushed.
    world.view.assets[0].recovery.allotted = 15;
    world.history.rounds[0].numerator = 15;
    world.view.assets[0].recovery.tallied = 15;
    assert!(world.actions().is_empty());
    assert_eq!(world.with(progress), Progress::Stuck(vec![ASSET]));
    world.history.rounds[0].skips = [(1, Skip { times: 1, last: 0, share: 5 })].into();
    assert!(world.with(|now| retry_candidates(now, 3, 100)).is_empty());
    world.view.assets[0].stuck = false;
    assert_eq!(world.actions(), [id("pushWord", "0/0/0")]);
    assert_eq!(world.with(|now| retry_candidates(now, 3, 100)).len(), 1);
    world.view.assets[0].stuck = true;
    world.history.rounds[0].settled = [(0, U256::from(0b111))].into();
    assert_eq!(world.with(progress), Progress::Done, "nothing is due in it");
}

#[test]
fn what_is_unpaid_is_listed_with_its_refusals() {
    let mut world = World::pushing(3);
    world.leaves[2].account = Address::ZERO;
    world.history.rounds[0].settled = [(0, U256::from(0b1))].into();
    world.history.rounds[0].skips = [(1, Skip { times: 2, last: 400, share: 10 })].into();
    let listed = world.with(|now| unpaid(now.history, now.ledgers));
    let found: Vec<_> = listed.iter().map(|leaf| (leaf.index, leaf.amount, leaf.refusals)).collect();
    assert_eq!(found, [(1, 10, 2), (2, 10, 0)]);
}

proptest! {
    /// Wherever a keeper begins, and whatever is settled, each open word is pushed exactly once.
    #[test]
    fn every_open_word_is_pushed_once(settled in prop::collection::btree_set(0u32..5, 0..5), begin: u64) {
        let mut world = World::pushing(5 * 256);
        world.history.rounds[0].settled = settled.iter().map(|word| (*word, U256::MAX)).collect();
        let mut pushed = world.with(|now| {
            let actions = executor(&Situation { begin, ..*now });
            actions.iter().map(|action| match action {
                Action::PushWord { word, .. } => *word,
                other => panic!("{other}"),
            }).collect::<Vec<_>>()
        });
        pushed.sort_unstable();
        let open: Vec<u32> = (0..5).filter(|word| !settled.contains(word)).collect();
        prop_assert_eq!(pushed, open);
    }

    /// Nothing is done to a vault before its latch, whatever its state.
    #[test]
    fn nothing_is_executed_before_the_latch(time in 0u64..200, touched in prop::collection::hash_set(0u32..9, 0..9)) {
        let mut world = World::pushing(9);
        world.view.head.time = time;
        world.history.touched = touched;
        prop_assert!(world.actions().is_empty());
    }
}
