//! Strategies for what actions name: good most of the time, and wrong in each way that there is.

use super::*;

/// Sizes at which words and padding matter.
pub(super) fn ledger(m: u32) -> BoxedStrategy<LedgerSpec> {
    let leaves = prop_oneof![
        40 => 1..40_u16,
        3 => select(&[63_u16, 64, 65, 127, 128, 129][..]),
        2 => select(&[255_u16, 256, 257, 511, 512, 513, 600][..]),
    ];
    let total = prop_oneof![
        6 => Just(Amount::Limit(0)),
        3 => any::<u8>().prop_map(Amount::Part),
        1 => (-3..1_i8).prop_map(Amount::Limit),
    ];
    let total = rarely(m, prop_oneof![Just(Amount::Limit(1)), Just(Amount::Zero), Just(Amount::Huge)], Amount::Huge)
        .prop_flat_map(
            move |damaged| if damaged == Amount::Huge { total.clone().boxed() } else { Just(damaged).boxed() },
        );
    let honesty = (prop::bool::weighted(0.1), prop::bool::weighted(0.8), rarely(m, Just(true), false), lie());
    (leaves, any::<u8>(), total, honesty)
        .prop_map(|(leaves, seed, total, (moved, paid, overflow, lie))| LedgerSpec {
            leaves,
            seed,
            total,
            moved,
            paid,
            overflow,
            lie,
        })
        .boxed()
}

/// Seldom any: what nobody can prove is of no use to the rest of the case.
pub(super) fn lie() -> BoxedStrategy<Lie> {
    let sum = prop_oneof![
        (0..4_u8, 0..4_u8).prop_map(|(below, pick)| Lie::Less { below, pick }),
        (0..4_u8, 0..4_u8).prop_map(|(below, pick)| Lie::More { below, pick }),
        (any::<u8>(), any::<u8>()).prop_map(|(below, pick)| Lie::Less { below, pick }),
    ];
    let count = select(vec![0_u32, 1, 40, 256, 257, 600, 1_024, 70_000]).prop_map(Lie::Count);
    prop_oneof![88 => Just(Lie::None), 7 => sum, 2 => count, 1 => Just(Lie::Asset), 2 => Just(Lie::Twice)].boxed()
}

/// One of `found` nearly always, else anything.
pub(super) fn mostly<T: Clone + std::fmt::Debug + 'static>(
    found: Vec<T>,
    else_: impl Strategy<Value = T> + 'static,
) -> BoxedStrategy<T> {
    if found.is_empty() { else_.boxed() } else { prop_oneof![14 => select(found), 1 => else_].boxed() }
}

/// Assets in a certain state.
pub(super) fn among(model: &Model, wanted: impl Fn(&AssetState) -> bool) -> BoxedStrategy<AssetId> {
    let assets = (0_u8..).zip(&model.assets).filter(|(_, held)| wanted(held));
    mostly(assets.map(|(asset, _)| asset).collect(), asset())
}

pub(super) fn listed(model: &Model) -> BoxedStrategy<AssetId> {
    among(model, |held| held.listed)
}

pub(super) fn mostly_listed(model: &Model) -> BoxedStrategy<AssetId> {
    prop_oneof![9 => listed(model), 1 => asset()].boxed()
}

pub(super) fn opened(model: &Model) -> BoxedStrategy<AssetId> {
    among(model, |held| !held.rounds.is_empty())
}

/// Assets with a challenge that is open.
pub(super) fn challenged(model: &Model) -> BoxedStrategy<AssetId> {
    among(model, |held| held.challenges.values().any(|challenge| !challenge.closed))
}

pub(super) fn challenge(m: u32) -> BoxedStrategy<ChallengeRef> {
    (0..4_u8, rarely(m, Just(true), false)).prop_map(|(pick, closed)| ChallengeRef { pick, closed }).boxed()
}

/// Named accounts that have a deposit to fetch.
pub(super) fn depositor(model: &Model) -> BoxedStrategy<Who> {
    let has = |who: &Who| model.deposits.get(&model.world().actor(*who, model.vault)).is_some_and(|due| *due > 0);
    mostly((0..ACTORS as u8).filter(has).collect(), who())
}

/// Named accounts of which something holds.
pub(super) fn accounts(model: &Model, holds: impl Fn(&AssetState, Address) -> bool) -> BoxedStrategy<(AssetId, Who)> {
    let mut found = Vec::new();
    for (asset, held) in (0_u8..).zip(&model.assets) {
        let named = (0..ACTORS as u8).filter(|who| holds(held, model.world().actor(*who, model.vault)));
        found.extend(named.map(|who| (asset, who)));
    }
    mostly(found, (asset(), who()))
}

/// Accounts with an open request.
pub(super) fn requested(model: &Model) -> BoxedStrategy<(AssetId, Who)> {
    accounts(model, |held, account| held.requests.contains_key(&account))
}

/// Accounts with segregated money.
pub(super) fn segregated(model: &Model) -> BoxedStrategy<(AssetId, Who)> {
    accounts(model, |held, account| held.segregated_to(account) > 0)
}

/// Leaves of the counting ledgers of which something holds.
pub(super) fn leaves(
    model: &Model,
    m: u32,
    holds: impl Fn(&AssetState, u32, &lifeboat_ledger::Leaf) -> bool,
) -> BoxedStrategy<(AssetId, LeafRef)> {
    let mut found = Vec::new();
    for (number, held) in model.assets.iter().enumerate() {
        let fixed = held.recovered.map(|recovered| recovered.epoch);
        let epoch = fixed.unwrap_or_else(|| model.final_epoch(number));
        let Some(posted) = held.kept(epoch) else { continue };
        let near = (0_u32..).zip(posted.ledger.leaves()).take(24);
        found.extend(
            near.filter(|(index, leaf)| holds(held, *index, leaf)).map(|(index, _)| (number as u8, index as u16)),
        );
    }
    let chosen = mostly(found, (asset(), any::<u16>()));
    (chosen, leaf(m)).prop_map(|((asset, pick), leaf)| (asset, LeafRef { pick, ..leaf })).boxed()
}

pub(super) fn counting_leaf(model: &Model, m: u32) -> BoxedStrategy<(AssetId, LeafRef)> {
    leaves(model, m, |held, _, leaf| held.net(leaf) > 0 && !model.is_reserved(leaf.account))
}

pub(super) fn requested_leaf(model: &Model, m: u32) -> BoxedStrategy<(AssetId, LeafRef)> {
    leaves(model, m, |held, _, leaf| held.requests.contains_key(&leaf.account))
}

/// Leaves of accounts that have paid into the ledger, and are owed something.
pub(super) fn deposited_leaf(model: &Model, m: u32) -> BoxedStrategy<(AssetId, LeafRef)> {
    leaves(model, m, |held, _, leaf| {
        held.net(leaf) > 0 && held.queue.iter().any(|queued| queued.account == leaf.account)
    })
}

/// Leaves whose payouts stand under another index.
pub(super) fn unflagged_leaf(model: &Model, m: u32) -> BoxedStrategy<(AssetId, LeafRef)> {
    leaves(model, m, |held, index, leaf| !held.touched(index) && held.paid_out_to(leaf.account) > leaf.paid)
}

pub(super) fn incoming(model: &Model, m: u32) -> BoxedStrategy<(Who, AssetId, Who, Amount, Value)> {
    (who(), listed(model), who(), amount(m), rarely(m, Just(Value::OneMore), Value::Right))
        .prop_map(|(by, asset, account, amount, value)| {
            // Only one account owns so much, of tokens.
            let by = if amount == Amount::Huge && by % 4 > 0 { PEOPLE as Who - 1 } else { by };
            (by, asset, account, amount, value)
        })
        .boxed()
}

/// `damaged` with a chance of `m` in 100, else `good`.
pub(super) fn rarely<T: Clone + std::fmt::Debug + 'static>(
    m: u32,
    damaged: impl Strategy<Value = T> + 'static,
    good: T,
) -> BoxedStrategy<T> {
    if m == 0 {
        return Just(good).boxed();
    }
    prop_oneof![100 - m => Just(good), m => damaged].boxed()
}

pub(super) fn asset() -> impl Strategy<Value = AssetId> + Clone {
    prop_oneof![6 => Just(0_u8), 8 => Just(1), 4 => Just(2), 1 => Just(ASSETS as u8 - 1)]
}

pub(super) fn who() -> impl Strategy<Value = Who> + Clone {
    prop_oneof![8 => 0..PEOPLE as u8, 6 => (PEOPLE as u8)..(PEOPLE + TWINS) as u8, 1 => 0..ACTORS as u8]
}

pub(super) fn amount(m: u32) -> BoxedStrategy<Amount> {
    let good = prop_oneof![
        6 => any::<u8>().prop_map(Amount::Part),
        4 => Just(Amount::Limit(0)),
        3 => (1..1_000_000_u64).prop_map(Amount::Units),
        2 => Just(Amount::Units(1)),
        1 => (-3..1_i8).prop_map(Amount::Limit),
    ];
    if m == 0 {
        return good.boxed();
    }
    let damaged = prop_oneof![Just(Amount::Limit(1)), Just(Amount::Zero), Just(Amount::Huge)];
    prop_oneof![100 - m => good, m => damaged].boxed()
}

pub(super) fn fee(m: u32) -> BoxedStrategy<Amount> {
    prop_oneof![2 => Just(Amount::Zero), 3 => amount(m)].boxed()
}

pub(super) fn value(m: u32) -> BoxedStrategy<Value> {
    rarely(m, Just(Value::OneMore), Value::Right)
}

/// Seldom one that is used already.
pub(super) fn nonce(model: &Model) -> BoxedStrategy<u8> {
    let used: Vec<u8> = model.nonces.iter().filter_map(|(_, nonce)| u8::try_from(*nonce).ok()).collect();
    if used.is_empty() { any::<u8>().boxed() } else { prop_oneof![12 => any::<u8>(), 1 => select(used)].boxed() }
}

pub(super) fn deadline(m: u32) -> BoxedStrategy<Deadline> {
    let good = prop_oneof![Just(Deadline::Never), Just(Deadline::Now(0)), (0..100_i8).prop_map(Deadline::Now)];
    if m == 0 {
        return good.boxed();
    }
    prop_oneof![100 - m => good, m => Just(Deadline::Now(-1))].boxed()
}

pub(super) fn sig(m: u32) -> BoxedStrategy<Sig> {
    let bad = [Sig::Outsider, Sig::Backup, Sig::OtherMessage, Sig::OtherVault, Sig::OtherChain, Sig::Empty];
    rarely(m, select(bad.to_vec()), Sig::Good)
}

pub(super) fn quorum(m: u32) -> BoxedStrategy<QuorumSig> {
    let bad = [
        QuorumSig::TooFew,
        QuorumSig::Unsorted,
        QuorumSig::Repeated,
        QuorumSig::Outsider,
        QuorumSig::OtherMembers,
        QuorumSig::OtherMessage,
        QuorumSig::OtherVault,
        QuorumSig::OtherChain,
        QuorumSig::All,
        QuorumSig::Operator,
    ];
    rarely((3 * m).min(45), select(bad.to_vec()), QuorumSig::Good)
}

/// Where the operator may sign alone.
pub(super) fn gate_quorum(m: u32) -> BoxedStrategy<QuorumSig> {
    let alone = rarely(m, Just(QuorumSig::OutsiderAlone), QuorumSig::Operator);
    prop_oneof![2 => quorum(m), 1 => alone].boxed()
}

pub(super) fn gate_nonce(m: u32) -> BoxedStrategy<u8> {
    prop_oneof![8 => Just(0_u8), 3 => 160..232_u8, 1 + m / 4 => 232..=255_u8].boxed()
}

/// The last release that waits, nearly always.
pub(super) fn queued(_model: &Model, m: u32) -> BoxedStrategy<QueuedRef> {
    (prop_oneof![6 => Just(0_u8), 2 => 0..4_u8], rarely(m, Just(true), false))
        .prop_map(|(back, forged)| QueuedRef { back, forged })
        .boxed()
}

pub(super) fn duration(m: u32) -> BoxedStrategy<Amount> {
    let good =
        prop_oneof![2 => (1..=255_u8).prop_map(Amount::Part), 2 => Just(Amount::Limit(0)), 1 => Just(Amount::Units(1))];
    if m == 0 {
        return good.boxed();
    }
    prop_oneof![100 - m => good, m => prop_oneof![Just(Amount::Limit(1)), Just(Amount::Zero)]].boxed()
}

pub(super) fn gas(m: u32) -> BoxedStrategy<Gas> {
    rarely(m, Just(Gas::Scarce), Gas::Plenty)
}

pub(super) const FORGERIES: [Forgery; 8] = [
    Forgery::Balance,
    Forgery::Paid,
    Forgery::Account,
    Forgery::Index,
    Forgery::Sibling,
    Forgery::Length,
    Forgery::Depth,
    Forgery::Overflow,
];

pub(super) fn source(m: u32) -> BoxedStrategy<Source> {
    rarely(m, prop_oneof![Just(Source::Newest), (0..9_u8).prop_map(Source::Back)], Source::Counting)
}

pub(super) fn leaf(m: u32) -> BoxedStrategy<LeafRef> {
    let pick = prop_oneof![12 => 0..24_u16, 2 => any::<u16>()];
    (source(m), pick, rarely(m, select(FORGERIES.to_vec()), Forgery::None))
        .prop_map(|(source, pick, forgery)| LeafRef { source, pick, forgery })
        .boxed()
}

pub(super) fn packing(m: u32) -> BoxedStrategy<Packing> {
    let wrong = vec![Packing::Torn, Packing::Zero, Packing::Beyond, Packing::Twice, Packing::Unordered];
    rarely(2 * m, select(wrong), Packing::Right).boxed()
}

pub(super) fn word(m: u32) -> BoxedStrategy<WordRef> {
    let pick = prop_oneof![6 => Just(0_u8), 2 => 0..4_u8];
    (source(m), pick, rarely(2 * m, select(FORGERIES.to_vec()), Forgery::None))
        .prop_map(|(source, pick, forgery)| WordRef { source, pick, forgery })
        .boxed()
}

pub(super) fn nodes(m: u32) -> BoxedStrategy<NodesRef> {
    let forgeries = vec![Forgery::Length, Forgery::Overflow, Forgery::Depth, Forgery::Sibling];
    (prop_oneof![3 => Just(0_u8), 2 => 0..4_u8], 0..4_u8, 0..4_u8, rarely(2 * m, select(forgeries), Forgery::None))
        .prop_map(|(below, height, pick, forgery)| NodesRef { below, height, pick, forgery })
        .boxed()
}

pub(super) fn round(m: u32) -> BoxedStrategy<RoundRef> {
    let back = prop_oneof![8 => Just(Some(0_u8)), 3 => Just(Some(1)), 1 => (0..3_u8).prop_map(Some)];
    let back = if m == 0 { back.boxed() } else { prop_oneof![100 - m => back, m => Just(None)].boxed() };
    (back, rarely(m, select(vec![-1_i8, 1]), 0)).prop_map(|(back, numerator)| RoundRef { back, numerator }).boxed()
}

pub(super) const ACCOUNT_MODES: &[AccountMode] = &[
    AccountMode::Accepts,
    AccountMode::Refuses,
    AccountMode::BurnsGas,
    AccountMode::ReturnBomb,
    AccountMode::Reenters,
    AccountMode::DepositsBack,
];

pub(super) const TOKEN_MODES: &[TokenMode] = &[
    TokenMode::Standard,
    TokenMode::NoReturn,
    TokenMode::ReturnsFalse,
    TokenMode::Paused,
    TokenMode::Fee,
    TokenMode::BurnsGas,
    TokenMode::ReturnBomb,
    TokenMode::Reenters,
];
