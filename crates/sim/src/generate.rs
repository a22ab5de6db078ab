//! Random steps that depend on the state: strategies for each kind of action, weighted by what the phase makes interesting, with a
//! random subset of kinds a case (swarm testing) and a bias to edges.

use proptest::{
    collection::vec,
    prelude::*,
    sample::select,
    strategy::{BoxedStrategy, ValueTree},
    test_runner::TestRunner,
};

use crate::{
    action::{
        AccountMode, Action, Amount, AssetId, Deadline, Edge, Forgery, Gas, KINDS, LeafRef, LedgerSpec, QuorumSig,
        RoundRef, Sig, Source, Step, TokenMode, Value, Warp, Who, WordRef,
    },
    model::{Model, Phase},
    world::{ACTORS, ASSETS, PEOPLE, TWINS},
};

/// What a case may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Swarm {
    allowed: Vec<bool>,
    /// Shares of damaged parameters, 0 to 100.
    pub mischief: u32,
}

impl Swarm {
    /// Draws a subset: every kind is in with three chances of four; what all cases need is always in.
    pub fn draw(runner: &mut TestRunner) -> Self {
        let allowed = KINDS.iter().map(|name| needed(name) || draw(runner, &prop::bool::weighted(0.75))).collect();
        Self { allowed, mischief: draw(runner, &select(vec![0, 4, 4, 10, 25])) }
    }

    /// Everything, with some damage.
    #[must_use]
    pub fn all() -> Self {
        Self { allowed: vec![true; KINDS.len()], mischief: 8 }
    }
}

fn needed(kind: &str) -> bool {
    matches!(kind, "commit" | "donate" | "openRound")
}

/// Draws one value.
pub fn draw<S: Strategy>(runner: &mut TestRunner, strategy: &S) -> S::Value {
    strategy.new_tree(runner).expect("strategies here do not reject").current()
}

/// The next step of a case.
pub fn next(runner: &mut TestRunner, model: &Model, swarm: &Swarm) -> Step {
    let weights = weights(model, swarm);
    let total: u32 = weights.iter().sum();
    let mut ticket = draw(runner, &(0..total));
    let kind = weights.iter().position(|weight| {
        let hit = ticket < *weight;
        ticket = ticket.saturating_sub(*weight);
        hit
    });
    let action = draw(runner, &action(kind.unwrap_or(0), model, swarm.mischief));
    Step { warp: draw(runner, &warp(model)), action }
}

/// All steps at once, for proptest's own state machine.
pub fn steps(model: &Model, swarm: &Swarm) -> BoxedStrategy<Step> {
    let kinds = weights(model, swarm).into_iter().enumerate().filter(|(_, weight)| *weight > 0);
    let actions: Vec<_> = kinds.map(|(kind, weight)| (weight, action(kind, model, swarm.mischief))).collect();
    let actions = proptest::strategy::Union::new_weighted(actions);
    (warp(model), actions).prop_map(|(warp, action)| Step { warp, action }).boxed()
}

/// How much each kind is worth trying in this phase.
fn weights(model: &Model, swarm: &Swarm) -> Vec<u32> {
    let phase = model.phase();
    let weight = |(kind, name): (usize, &&str)| if swarm.allowed[kind] { weight(name, phase) } else { 0 };
    KINDS.iter().enumerate().map(weight).collect()
}

fn weight(name: &str, phase: Phase) -> u32 {
    use Phase::{Latched, Live, Returning, Suspected};
    match (name, phase) {
        ("commit", Live) => 30,
        ("commit" | "beat", Suspected) => 16,
        ("beat", Live) => 14,
        ("depositToLedger" | "payOut" | "requestExit" | "donate", Live) => 16,
        ("payOut", Suspected) => 16,
        ("attest" | "release" | "deposit", Live) => 10,
        ("reportUnserved" | "answerExit" | "cancelExit", Live | Suspected) => 10,
        ("countWord" | "refundPending" | "flagPayout", Latched) => 16,
        ("latch", Latched | Returning) => 4,
        ("openRound" | "pushWord", Returning) => 22,
        ("claim" | "claimTo", Returning) => 26,
        ("tally", Returning) => 10,
        ("refundPending" | "flagPayout", Returning) => 8,
        ("deposit()" | "deposit" | "withdraw" | "spend" | "donate", _) => 8,
        ("announceWindDown", Live) => 2,
        ("setAccount", _) => 4,
        ("setToken" | "block" | "fillTank" | "cancelNonce", _) => 2,
        _ => 1,
    }
}

/// Half of the steps stay in their block; jumps across phases are rare while there is something to do.
fn warp(model: &Model) -> BoxedStrategy<Option<Warp>> {
    let hurry = match model.phase() {
        Phase::Live => 3,
        Phase::Suspected => 8,
        Phase::Latched => 12,
        Phase::Returning => 6,
    };
    let delta = prop_oneof![6 => Just(0_i8), 2 => Just(-1), 2 => Just(1), 1 => -9..9_i8];
    let edge = prop_oneof![
        3 => Just(Edge::Suspected),
        4 => Just(Edge::Latched),
        4 => Just(Edge::Return),
        6 => Just(Edge::Push),
        12 => asset().prop_map(Edge::Final),
        6 => (asset(), who()).prop_map(|(asset, who)| Edge::Due(asset, who)),
    ];
    prop_oneof![
        50 => Just(None),
        24 => (1..40_u32).prop_map(|seconds| Some(Warp::By(seconds))),
        10 => (40..700_u32).prop_map(|seconds| Some(Warp::By(seconds))),
        1 => (700..6_000_u32).prop_map(|seconds| Some(Warp::By(seconds))),
        hurry => (edge, delta).prop_map(|(edge, delta)| Some(Warp::To(edge, delta))),
    ]
    .boxed()
}

fn action(kind: usize, model: &Model, m: u32) -> BoxedStrategy<Action> {
    match KINDS[kind] {
        "deposit()" => (who(), amount(m)).prop_map(|(by, amount)| Action::DepositEth { by, amount }).boxed(),
        "deposit" => incoming(m)
            .prop_map(|(by, asset, account, amount, value)| Action::Deposit { by, asset, account, amount, value })
            .boxed(),
        "withdraw" => (who(), asset(), who(), amount(m))
            .prop_map(|(by, asset, to, amount)| Action::Withdraw { by, asset, to, amount })
            .boxed(),
        "spend" => (who(), asset(), who(), who(), amount(m), nonce(), deadline(m), sig(m))
            .prop_map(|(by, asset, account, payee, amount, nonce, deadline, sig)| Action::Spend {
                by,
                asset,
                account,
                payee,
                amount,
                nonce,
                deadline,
                sig,
            })
            .boxed(),
        "cancelNonce" => (who(), nonce()).prop_map(|(by, nonce)| Action::CancelNonce { by, nonce }).boxed(),
        "depositToLedger" => incoming(m)
            .prop_map(|(by, asset, account, amount, value)| Action::DepositToLedger {
                by,
                asset,
                account,
                amount,
                value,
            })
            .boxed(),
        "refundPending" => (asset(), any::<u8>(), gas(m))
            .prop_map(|(asset, entry, gas)| Action::RefundPending { asset, entry, gas })
            .boxed(),
        "beat" => (prop_oneof![8 => Just(0_u8), 2 => 0..6_u8], rarely(m, any::<bool>(), false), sig(m))
            .prop_map(|(back, wrong_hash, sig)| Action::Beat { back, wrong_hash, sig })
            .boxed(),
        "announceWindDown" => (-2..9_i8, nonce(), deadline(m), quorum(m))
            .prop_map(|(notice, nonce, deadline, quorum)| Action::WindDown { notice, nonce, deadline, quorum })
            .boxed(),
        "latch" => Just(Action::Latch).boxed(),
        "commit" => commit(m),
        "attest" => (asset(), prop_oneof![8 => Just(0_u8), 2 => 0..10_u8], quorum(m))
            .prop_map(|(asset, back, quorum)| Action::Attest { asset, back, quorum })
            .boxed(),
        "sync" => asset().prop_map(|asset| Action::Sync { asset }).boxed(),
        "payOut" => pay_out(m),
        "release" => (asset(), who(), amount(m), nonce(), deadline(m), quorum(m))
            .prop_map(|(asset, to, amount, nonce, deadline, quorum)| Action::Release {
                asset,
                to,
                amount,
                nonce,
                deadline,
                quorum,
            })
            .boxed(),
        "requestExit" => (rarely(m, who().prop_map(Some), None), asset(), leaf(m), amount(m))
            .prop_map(|(by, asset, leaf, amount)| Action::RequestExit { by, asset, leaf, amount })
            .boxed(),
        "cancelExit" => {
            requested(model).prop_map(|(asset, by)| Action::CancelExit { by, asset }).boxed()
        }
        "reportUnserved" => {
            requested(model).prop_map(|(asset, account)| Action::ReportUnserved { asset, account }).boxed()
        }
        "answerExit" => (asset(), leaf(m)).prop_map(|(asset, leaf)| Action::AnswerExit { asset, leaf }).boxed(),
        "countWord" => (asset(), word(m)).prop_map(|(asset, word)| Action::CountWord { asset, word }).boxed(),
        "flagPayout" => (asset(), leaf(m)).prop_map(|(asset, leaf)| Action::FlagPayout { asset, leaf }).boxed(),
        "openRound" => asset().prop_map(|asset| Action::OpenRound { asset }).boxed(),
        "claim" => (asset(), round(m), leaf(m))
            .prop_map(|(asset, round, leaf)| Action::Claim { asset, round, leaf })
            .boxed(),
        "claimTo" => (who(), asset(), round(m), leaf(m), who(), fee(m), deadline(m), sig(m))
            .prop_map(|(by, asset, round, leaf, to, fee, deadline, sig)| Action::ClaimTo {
                by,
                asset,
                round,
                leaf,
                to,
                fee,
                deadline,
                sig,
            })
            .boxed(),
        "pushWord" => (asset(), round(m), word(m), any::<bool>())
            .prop_map(|(asset, round, word, priced)| Action::PushWord { asset, round, word, priced })
            .boxed(),
        "tally" => (asset(), round(m), vec(0..10_u8, 0..10))
            .prop_map(|(asset, round, cells)| Action::Tally { asset, round, cells })
            .boxed(),
        "donate" => (asset(), amount(m)).prop_map(|(asset, amount)| Action::Donate { asset, amount }).boxed(),
        "fillTank" => amount(m).prop_map(|amount| Action::FillTank { amount }).boxed(),
        "setAccount" => (0..TWINS as u8, select(ACCOUNT_MODES))
            .prop_map(|(who, mode)| Action::SetAccount { who, mode })
            .boxed(),
        "setToken" => (asset(), prop_oneof![Just(TokenMode::Standard), select(TOKEN_MODES)])
            .prop_map(|(asset, mode)| Action::SetToken { asset, mode })
            .boxed(),
        _ => (asset(), who(), prop::bool::weighted(0.4))
            .prop_map(|(asset, who, blocked)| Action::Block { asset, who, blocked })
            .boxed(),
    }
}

fn commit(m: u32) -> BoxedStrategy<Action> {
    let epoch = rarely(m, -2..3_i8, 0);
    let cursor = prop_oneof![8 => Just(Amount::Limit(0)), 2 => any::<u8>().prop_map(Amount::Part), 1 => (-3..2_i8).prop_map(Amount::Limit)];
    let age = rarely(m, prop_oneof![(-1..2_i8).prop_map(Amount::Limit), Just(Amount::Huge)], Amount::Zero);
    let age = prop_oneof![6 => age, 2 => (0..90_u64).prop_map(Amount::Units)];
    (asset(), epoch, ledger(m), cursor, age, sig(m), quorum(m))
        .prop_map(|(asset, epoch, ledger, cursor, age, sig, quorum)| Action::Commit {
            asset,
            epoch,
            ledger,
            cursor,
            age,
            sig,
            quorum,
        })
        .boxed()
}

fn pay_out(m: u32) -> BoxedStrategy<Action> {
    (asset(), leaf(m), amount(m), nonce(), deadline(m), quorum(m), gas(m))
        .prop_map(|(asset, leaf, amount, nonce, deadline, quorum, gas)| Action::PayOut {
            asset,
            leaf,
            amount,
            nonce,
            deadline,
            quorum,
            gas,
        })
        .boxed()
}

/// Sizes at which words and padding matter.
fn ledger(m: u32) -> BoxedStrategy<LedgerSpec> {
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
        .prop_flat_map(move |damaged| if damaged == Amount::Huge { total.clone().boxed() } else { Just(damaged).boxed() });
    (leaves, any::<u8>(), total, prop::bool::weighted(0.1), prop::bool::weighted(0.8), rarely(m, Just(true), false))
        .prop_map(|(leaves, seed, total, moved, paid, overflow)| LedgerSpec {
            leaves,
            seed,
            total,
            moved,
            paid,
            overflow,
        })
        .boxed()
}

/// Accounts with an open request, most of the time.
fn requested(model: &Model) -> BoxedStrategy<(AssetId, Who)> {
    let mut open = Vec::new();
    for (asset, held) in model.assets.iter().enumerate() {
        for who in 0..ACTORS as u8 {
            if held.requests.contains_key(&model.world().actor(who, model.vault)) {
                open.push((asset as AssetId, who));
            }
        }
    }
    if open.is_empty() {
        return (asset(), who()).boxed();
    }
    prop_oneof![8 => select(open), 2 => (asset(), who())].boxed()
}

fn incoming(m: u32) -> BoxedStrategy<(Who, AssetId, Who, Amount, Value)> {
    (who(), asset(), who(), amount(m), rarely(m, Just(Value::OneMore), Value::Right)).boxed()
}

/// `damaged` with a chance of `m` in 100, else `good`.
fn rarely<T: Clone + std::fmt::Debug + 'static>(
    m: u32,
    damaged: impl Strategy<Value = T> + 'static,
    good: T,
) -> BoxedStrategy<T> {
    if m == 0 {
        return Just(good).boxed();
    }
    prop_oneof![100 - m => Just(good), m => damaged].boxed()
}

fn asset() -> impl Strategy<Value = AssetId> + Clone {
    prop_oneof![6 => Just(0_u8), 8 => Just(1), 4 => Just(2), 1 => Just(ASSETS as u8 - 1)]
}

fn who() -> impl Strategy<Value = Who> + Clone {
    prop_oneof![8 => 0..PEOPLE as u8, 6 => (PEOPLE as u8)..(PEOPLE + TWINS) as u8, 1 => 0..ACTORS as u8]
}

fn amount(m: u32) -> BoxedStrategy<Amount> {
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

fn fee(m: u32) -> BoxedStrategy<Amount> {
    prop_oneof![2 => Just(Amount::Zero), 3 => amount(m)].boxed()
}

fn nonce() -> impl Strategy<Value = u8> {
    any::<u8>()
}

fn deadline(m: u32) -> BoxedStrategy<Deadline> {
    let good = prop_oneof![Just(Deadline::Never), Just(Deadline::Now(0)), (0..100_i8).prop_map(Deadline::Now)];
    if m == 0 {
        return good.boxed();
    }
    prop_oneof![100 - m => good, m => Just(Deadline::Now(-1))].boxed()
}

fn sig(m: u32) -> BoxedStrategy<Sig> {
    let bad = [Sig::Outsider, Sig::OtherMessage, Sig::OtherVault, Sig::OtherChain, Sig::Empty];
    rarely(m, select(bad.to_vec()), Sig::Good)
}

fn quorum(m: u32) -> BoxedStrategy<QuorumSig> {
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
    ];
    rarely(m, select(bad.to_vec()), QuorumSig::Good)
}

fn gas(m: u32) -> BoxedStrategy<Gas> {
    rarely(m, Just(Gas::Scarce), Gas::Plenty)
}

const FORGERIES: [Forgery; 8] = [
    Forgery::Balance,
    Forgery::Paid,
    Forgery::Account,
    Forgery::Index,
    Forgery::Sibling,
    Forgery::Length,
    Forgery::Depth,
    Forgery::Overflow,
];

fn source(m: u32) -> BoxedStrategy<Source> {
    rarely(m, prop_oneof![Just(Source::Newest), (0..9_u8).prop_map(Source::Back)], Source::Counting)
}

fn leaf(m: u32) -> BoxedStrategy<LeafRef> {
    let pick = prop_oneof![12 => 0..24_u16, 2 => any::<u16>()];
    (source(m), pick, rarely(m, select(FORGERIES.to_vec()), Forgery::None))
        .prop_map(|(source, pick, forgery)| LeafRef { source, pick, forgery })
        .boxed()
}

fn word(m: u32) -> BoxedStrategy<WordRef> {
    let pick = prop_oneof![6 => Just(0_u8), 2 => 0..4_u8];
    (source(m), pick, rarely(m, select(FORGERIES.to_vec()), Forgery::None))
        .prop_map(|(source, pick, forgery)| WordRef { source, pick, forgery })
        .boxed()
}

fn round(m: u32) -> BoxedStrategy<RoundRef> {
    let back = prop_oneof![8 => Just(Some(0_u8)), 3 => Just(Some(1)), 1 => (0..3_u8).prop_map(Some)];
    let back = if m == 0 { back.boxed() } else { prop_oneof![100 - m => back, m => Just(None)].boxed() };
    (back, rarely(m, select(vec![-1_i8, 1]), 0))
        .prop_map(|(back, numerator)| RoundRef { back, numerator })
        .boxed()
}

const ACCOUNT_MODES: &[AccountMode] = &[
    AccountMode::Accepts,
    AccountMode::Refuses,
    AccountMode::BurnsGas,
    AccountMode::ReturnBomb,
    AccountMode::Reenters,
    AccountMode::DepositsBack,
];

const TOKEN_MODES: &[TokenMode] = &[
    TokenMode::Standard,
    TokenMode::NoReturn,
    TokenMode::ReturnsFalse,
    TokenMode::Paused,
    TokenMode::Fee,
    TokenMode::BurnsGas,
    TokenMode::ReturnBomb,
    TokenMode::Reenters,
];
