//! Random steps that depend on the state: strategies for each kind of action, weighted by what the phase makes interesting, with a
//! random subset of kinds a case (swarm testing) and a bias to edges.

mod actions;
mod disputes;
mod escrow;
mod symbols;
mod themes;

use alloy::primitives::Address;
use proptest::{
    collection::vec,
    prelude::*,
    sample::select,
    strategy::{BoxedStrategy, ValueTree},
    test_runner::TestRunner,
};

use crate::{
    action::{
        AccountMode, Action, Amount, ArbitratorMode, AssetId, ChallengeRef, Deadline, DisputeAction, DisputeRef, Edge,
        EscrowAction, Forgery, Gas, Hook, KINDS, LeafRef, LedgerSpec, Lie, NodesRef, OrderRef, OrderSpec, Packing,
        QueuedRef, QuorumSig, RoundRef, Sig, Source, Step, Successors, TokenMode, Value, Warp, Who, WordRef,
    },
    model::{AssetState, Dispute, Model, Phase, Question},
    world::{ACTORS, ASSETS, PEOPLE, TWINS},
};

use self::{
    actions::action,
    symbols::{among, challenged, listed, requested},
    themes::{Next, What, themed},
};

pub use self::themes::Theme;

/// What a case may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Swarm {
    allowed: Vec<bool>,
    /// Shares of damaged parameters, 0 to 100.
    pub mischief: u32,
    /// How fast time goes.
    pub pace: Pace,
    /// What it is about.
    pub theme: Theme,
}

/// How fast time goes in a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Seconds: many actions between two edges.
    Slow,
    /// Seconds and minutes.
    Usual,
    /// To the edges.
    Hasty,
}

impl Swarm {
    /// Draws a subset: every kind is in with three chances of four; what all cases need is always in.
    pub fn draw(runner: &mut TestRunner) -> Self {
        let allowed = KINDS.iter().map(|name| needed(name) || draw(runner, &prop::bool::weighted(0.75))).collect();
        let pace = draw(runner, &select(vec![Pace::Slow, Pace::Slow, Pace::Usual, Pace::Usual, Pace::Hasty]));
        let theme = prop_oneof![
            12 => Just(Theme::None),
            1 => Just(Theme::Freezes),
            2 => Just(Theme::Maintenance),
            1 => Just(Theme::Flicker),
            1 => Just(Theme::Unbonding),
            4 => Just(Theme::Disputes),
            1 => Just(Theme::Requests),
            1 => Just(Theme::Alarms),
            1 => Just(Theme::LateAnswers),
            1 => Just(Theme::Overlap),
            1 => Just(Theme::Nonces),
        ];
        let theme = draw(runner, &theme);
        Self { allowed, mischief: draw(runner, &select(vec![0, 2, 4, 8, 20])), pace, theme }
    }

    /// Everything, with some damage.
    #[must_use]
    pub fn all() -> Self {
        Self { allowed: vec![true; KINDS.len()], mischief: 8, pace: Pace::Usual, theme: Theme::None }
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
    if let Some(Next { what, warp }) = themed(model, swarm.theme).filter(|_| draw(runner, &prop::bool::weighted(0.8))) {
        let mischief = if swarm.theme.is_delicate(model.phase()) { 0 } else { swarm.mischief };
        let action = match what {
            What::This(action) => *action,
            What::Any(name) => {
                let kind = KINDS.iter().position(|kind| *kind == name).unwrap_or(0);
                draw(runner, &action(kind, model, mischief))
            }
        };
        return Step { warp, action };
    }
    let weights = weights(model, swarm);
    let total: u32 = weights.iter().sum();
    let mut ticket = draw(runner, &(0..total));
    let kind = weights.iter().position(|weight| {
        let hit = ticket < *weight;
        ticket = ticket.saturating_sub(*weight);
        hit
    });
    let action = draw(runner, &action(kind.unwrap_or(0), model, swarm.mischief));
    Step { warp: draw(runner, &warp(model, swarm.pace)), action }
}

/// All steps at once, for proptest's own state machine.
pub fn steps(model: &Model, swarm: &Swarm) -> BoxedStrategy<Step> {
    let kinds = weights(model, swarm).into_iter().enumerate().filter(|(_, weight)| *weight > 0);
    let actions: Vec<_> = kinds.map(|(kind, weight)| (weight, action(kind, model, swarm.mischief))).collect();
    let actions = proptest::strategy::Union::new_weighted(actions);
    (warp(model, swarm.pace), actions).prop_map(|(warp, action)| Step { warp, action }).boxed()
}

/// Seconds before suspicion at which a service would hurry.
const URGENT: u64 = 900;

/// How much each kind is worth trying in this phase.
fn weights(model: &Model, swarm: &Swarm) -> Vec<u32> {
    let phase = model.phase();
    let urgent = phase == Phase::Suspected || model.clock.start() < model.now + URGENT;
    let unfunded = model.assets.iter().any(|held| held.listed && held.posted.is_empty());
    let due = model.assets.iter().flat_map(|held| held.requests.values()).any(|request| request.due <= model.now);
    let challenged = model.assets.iter().flat_map(|held| held.challenges.values()).any(|challenge| !challenge.closed);
    let bonds = || model.assets.iter().map(|held| &held.bonded);
    let unbonded = model.terms().sla.minBondBps > 0
        && model.assets.iter().any(|held| held.listed && held.bonded.bonded().is_zero());
    let leaving = bonds().any(|bonded| bonded.unbonding.is_some());
    let compensation = bonds().any(|bonded| bonded.compensation.is_some());
    let credit = bonds().any(|bonded| !bonded.credit.is_empty());
    let disputed = model.disputes.unsettled().next().is_some();
    let reopened = |held: &AssetState| held.recovered.is_some_and(|recovered| recovered.reopened_to > recovered.cursor);
    let orders = || model.escrow.orders.iter().filter(|(_, order)| !model.in_purse(order).is_zero());
    let undecided = orders().any(|(id, _)| !model.escrow.decided.contains_key(id));
    let waiting = orders().any(|(id, _)| model.escrow.decided.contains_key(id));
    let paused = model.assets.iter().any(|held| held.listed && held.mode == TokenMode::Paused);
    let waits = model.queue.iter().any(|(_, queued)| !queued.closed);
    let weight = |(kind, name): (usize, &&str)| match *name {
        _ if !swarm.allowed[kind] => 0,
        "beat" | "commit" if urgent && phase < Phase::Latched => 60,
        "reportUnserved" if due && phase < Phase::Latched => 30,
        "commit" | "donate" if unfunded && phase == Phase::Live => 50,
        "executeRelease" if phase == Phase::Live && waits => 30,
        "vetoRelease" if phase == Phase::Live && waits => 8,
        "activateRotation" if phase == Phase::Live && model.pending.is_some() => 12,
        "answerChallenge" if challenged => 10,
        "putBond" if unbonded && phase == Phase::Live => 50,
        "unbond" if leaving && phase == Phase::Live => 6,
        "compensate" if compensation => 20,
        "withdrawCredit" if credit => 10,
        "returnRest" if compensation => 5,
        "setArbitrator" if phase < Phase::Latched && model.assets.iter().any(|held| !held.requests.is_empty()) => 6,
        "disputeRequest" if phase < Phase::Latched && model.assets.iter().any(|held| !held.requests.is_empty()) => 10,
        "rule" | "settle" if disputed => 16,
        "submitEvidence" if disputed => 5,
        "refundEntry" | "refundEntryWithoutLeaf" if model.assets.iter().any(reopened) => 16,
        "openOrderDirectly" if paused && phase == Phase::Live => 16,
        "releaseOrder" | "cancelOrder" | "arbitrate" if undecided && phase < Phase::Latched => 9,
        "refundOrder" if undecided => 9,
        "collect" | "withdrawFromPurse" if waiting => 10,
        "withdrawDisputeCredit" if !model.disputes.credit.is_empty() => 8,
        "voidCommitment" if challenged => 14,
        "withdrawDeposit" if !model.deposits.is_empty() => 8,
        "closeExit" if phase >= Phase::Latched && model.assets.iter().any(|held| !held.requests.is_empty()) => 10,
        name => weight(name, phase),
    };
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
        ("requestExit", Suspected) => 8,
        ("release", Live) => 20,
        ("attest" | "deposit", Live) => 10,
        ("challengeWord", Live) => 9,
        ("putBond", Live) => 9,
        ("announceUnbonding", Live) => 4,
        ("fillShortfall" | "openCompensation", Returning) => 10,
        ("challengeWord", Suspected) => 3,
        ("setRedirect", Live | Suspected) => 7,
        ("reportUnserved" | "answerExit" | "cancelExit", Live | Suspected) => 10,
        ("countWord" | "countPacked" | "refundPending" | "flagPayout", Latched) => 16,
        ("latch", Latched | Returning) => 4,
        ("openRound" | "pushWord", Returning) => 22,
        ("claim" | "claimTo", Returning) => 26,
        ("tally" | "anchor", Returning) => 10,
        ("refundPending" | "flagPayout", Returning) => 8,
        ("deposit()" | "deposit" | "withdraw" | "spend" | "donate", _) => 8,
        ("announceWindDown", Live) => 3,
        ("queueRelease", Live) => 10,
        ("cancelRelease" | "freeze" | "announceRotation", Live) => 4,
        ("raiseAlarm", Live) => 4,
        ("declareForceMajeure", Live) => 7,
        ("announceMaintenance", Live) => 5,
        ("freeze" | "vetoRelease" | "activateRotation", Suspected) => 3,
        ("openOrder" | "openOrderDirectly" | "relayOrder", Live) => 7,
        ("openOrder" | "openOrderDirectly" | "fundPurse", _) => 2,
        ("disputeLedger", Latched) => 24,
        ("setArbitrator", Latched) => 8,
        ("intrude", Latched | Returning) => 3,
        ("setArbitrator", _) => 3,
        ("releaseEquity", Returning) => 14,
        ("announce", _) => 2,
        ("setAccount", _) => 6,
        ("cancelNonce", _) => 4,
        ("setToken" | "block" | "fillTank", _) => 2,
        ("sync", Live) => 3,
        _ => 1,
    }
}

/// Half of the steps stay in their block; jumps across phases are rare while there is something to do.
fn warp(model: &Model, pace: Pace) -> BoxedStrategy<Option<Warp>> {
    let hurry = match (model.phase(), pace) {
        (_, Pace::Hasty) => 16,
        (Phase::Live, Pace::Slow) => 1,
        (Phase::Live, Pace::Usual) => 3,
        _ => 8,
    };
    let longest = if pace == Pace::Slow { 60_u32 } else { 500 };
    let delta = prop_oneof![6 => Just(0_i8), 2 => Just(-1), 2 => Just(1), 1 => -9..9_i8];
    let edge = prop_oneof![
        2 => Just(Edge::Suspected),
        2 => Just(Edge::Latched),
        4 => Just(Edge::Return),
        6 => Just(Edge::Push),
        14 => listed(model).prop_map(Edge::Final),
        8 => requested(model).prop_map(|(asset, who)| Edge::Due(asset, who)),
        8 => Just(Edge::Ready),
        12 => challenged(model).prop_map(Edge::Answer),
        4 => among(model, |held| held.bonded.unbonding.is_some()).prop_map(Edge::Unbonding),
        if model.disputes.unsettled().next().is_some() { 16 } else { 1 } => Just(Edge::Ruling),
        3 => listed(model).prop_map(Edge::Rounds),
        3 => listed(model).prop_map(Edge::PushOf),
        if disputes::all_reopened(model).is_empty() { 1 } else { 8 } => listed(model).prop_map(Edge::Unlisted),
        if model.escrow.orders.is_empty() { 1 } else { 6 } => (0..3_u8).prop_map(Edge::Expiry),
        5 => Just(Edge::Window),
        3 => Just(Edge::Thawed),
        3 => Just(Edge::Freezable),
        2 => Just(Edge::MaintenanceFrom),
        3 => Just(Edge::MaintenanceUntil),
        3 => Just(Edge::MajeureUntil),
        4 => Just(Edge::Rotation),
        if model.phase() == Phase::Returning { 4 } else { 1 } => Just(Edge::Equity),
    ];
    prop_oneof![
        50 => Just(None),
        28 => (1..40_u32).prop_map(|seconds| Some(Warp::By(seconds))),
        8 => (1..longest).prop_map(|seconds| Some(Warp::By(seconds))),
        hurry => (edge, delta).prop_map(|(edge, delta)| Some(Warp::To(edge, delta))),
    ]
    .boxed()
}
