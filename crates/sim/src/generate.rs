//! Random steps that depend on the state: strategies for each kind of action, weighted by what the phase makes interesting, with a
//! random subset of kinds a case (swarm testing) and a bias to edges.

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
        AccountMode, Action, Amount, AssetId, ChallengeRef, Deadline, Edge, Forgery, Gas, KINDS, LeafRef, LedgerSpec,
        Lie, NodesRef, QueuedRef, QuorumSig, RoundRef, Sig, Source, Step, Successors, TokenMode, Value, Warp, Who,
        WordRef,
    },
    model::{AssetState, Model, Phase},
    world::{ACTORS, ASSETS, PEOPLE, TWINS},
};

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

/// What a case is about. Limits that take many steps of one kind are reached by nobody who does not mean to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// Nothing in particular.
    None,
    /// One freeze after the other.
    Freezes,
    /// One maintenance after the other.
    Maintenance,
    /// One suspicion after the other, each cured.
    Flicker,
    /// The bond is taken back while the service lives.
    Unbonding,
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
    if let Some((name, warp)) = themed(model, swarm.theme).filter(|_| draw(runner, &prop::bool::weighted(0.8))) {
        let kind = KINDS.iter().position(|kind| *kind == name).unwrap_or(0);
        return Step { warp, action: draw(runner, &action(kind, model, swarm.mischief)) };
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

/// What brings a themed case further, and when.
fn themed(model: &Model, theme: Theme) -> Option<(&'static str, Option<Warp>)> {
    let (clock, now) = (&model.clock, model.now);
    let to = |edge, delta| Some(Warp::To(edge, delta));
    // Where nobody can freeze, there is more time for maintenance.
    let theme = match theme {
        Theme::Freezes if model.terms().guardianThreshold == 0 => Theme::Maintenance,
        theme => theme,
    };
    let unfunded = model.assets.iter().any(|held| held.listed && held.posted.is_empty());
    match (theme, model.phase()) {
        (Theme::Freezes, Phase::Live) => {
            let free = model.frozen_until.is_none_or(|until| now >= until + 2 * clock.timers.freeze_max);
            Some(("freeze", if free { None } else { to(Edge::Freezable, 0) }))
        }
        // Ledgers first: else stale roots end it.
        (Theme::Maintenance | Theme::Flicker | Theme::Unbonding, Phase::Live) if unfunded => None,
        (Theme::Maintenance, Phase::Live) => match clock.maintenance.filter(|last| last.until > clock.last_beat) {
            Some(last) if now < last.until => Some(("beat", to(Edge::MaintenanceUntil, 0))),
            Some(_) => Some(("beat", Some(Warp::By(1)))),
            None if now > clock.roots_at + 3_000 => Some(("commit", None)),
            None => Some(("announceMaintenance", None)),
        },
        (Theme::Unbonding, _) => unbonding(model),
        (Theme::Flicker, Phase::Live) => Some(("beat", to(Edge::Suspected, 0))),
        (Theme::Flicker, Phase::Suspected) if now < clock.roots_at + clock.timers.root_max_age => {
            Some(("beat", Some(Warp::By(1))))
        }
        (Theme::Flicker, Phase::Suspected) => Some(("commit", None)),
        _ => None,
    }
}

/// Beats and ledgers until what was announced can be taken.
fn unbonding(model: &Model) -> Option<(&'static str, Option<Warp>)> {
    let (clock, now) = (&model.clock, model.now);
    let announced = |held: &AssetState| held.bonded.unbonding.map(|(_, ready_at)| ready_at);
    let leaving = (0_u8..).zip(&model.assets).find_map(|(asset, held)| Some((asset, announced(held)?)));
    match (leaving, model.phase()) {
        (Some((_, ready_at)), Phase::Live | Phase::Suspected) if now >= ready_at => Some(("unbond", None)),
        (Some((asset, ready_at)), Phase::Live) if clock.start() > ready_at => {
            Some(("unbond", Some(Warp::To(Edge::Unbonding(asset), 0))))
        }
        (Some(_), Phase::Live) if now > clock.roots_at + 600 => Some(("commit", None)),
        (Some(_), Phase::Live) if now > clock.last_beat + 600 => Some(("beat", Some(Warp::By(1)))),
        (Some(_), Phase::Live) => Some(("beat", Some(Warp::To(Edge::Suspected, -100)))),
        (None, Phase::Live) if model.assets.iter().any(|held| !held.bonded.bond.is_zero()) => {
            Some(("announceUnbonding", None))
        }
        (None, Phase::Live) => Some(("putBond", None)),
        _ => None,
    }
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
    let waits = model.queue.iter().any(|(_, queued)| !queued.closed);
    let weight = |(kind, name): (usize, &&str)| match *name {
        _ if !swarm.allowed[kind] => 0,
        "beat" | "commit" if urgent && phase < Phase::Latched => 60,
        "reportUnserved" if due && phase < Phase::Latched => 30,
        "commit" | "donate" if unfunded && phase == Phase::Live => 50,
        "executeRelease" if phase == Phase::Live && waits => 20,
        "vetoRelease" if phase == Phase::Live && waits => 8,
        "activateRotation" if phase == Phase::Live && model.pending.is_some() => 12,
        "answerChallenge" if challenged => 10,
        "putBond" if unbonded && phase == Phase::Live => 50,
        "unbond" if leaving && phase == Phase::Live => 6,
        "compensate" if compensation => 20,
        "withdrawCredit" if credit => 10,
        "returnRest" if compensation => 5,
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
        ("putBond", Live) => 6,
        ("announceUnbonding", Live) => 4,
        ("fillShortfall" | "openCompensation", Returning) => 10,
        ("challengeWord", Suspected) => 3,
        ("setRedirect", Live | Suspected) => 7,
        ("reportUnserved" | "answerExit" | "cancelExit", Live | Suspected) => 10,
        ("countWord" | "refundPending" | "flagPayout", Latched) => 16,
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

fn action(kind: usize, model: &Model, m: u32) -> BoxedStrategy<Action> {
    match KINDS[kind] {
        "deposit()" => (who(), amount(m)).prop_map(|(by, amount)| Action::DepositEth { by, amount }).boxed(),
        "deposit" => incoming(model, m)
            .prop_map(|(by, asset, account, amount, value)| Action::Deposit { by, asset, account, amount, value })
            .boxed(),
        "withdraw" => (segregated(model), who(), amount(m))
            .prop_map(|((asset, by), to, amount)| Action::Withdraw { by, asset, to, amount })
            .boxed(),
        "spend" => (who(), segregated(model), who(), amount(m), nonce(model), deadline(m), sig(m))
            .prop_map(|(by, (asset, account), payee, amount, nonce, deadline, sig)| Action::Spend {
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
        "cancelNonce" => (who(), nonce(model)).prop_map(|(by, nonce)| Action::CancelNonce { by, nonce }).boxed(),
        "depositToLedger" => incoming(model, m)
            .prop_map(|(by, asset, account, amount, value)| Action::DepositToLedger {
                by,
                asset,
                account,
                amount,
                value,
            })
            .boxed(),
        "refundPending" => (among(model, |held| !held.queue.is_empty()), any::<u8>(), gas(m))
            .prop_map(|(asset, entry, gas)| Action::RefundPending { asset, entry, gas })
            .boxed(),
        "beat" => (prop_oneof![8 => Just(0_u8), 2 => 0..6_u8], rarely(m, any::<bool>(), false), sig(m))
            .prop_map(|(back, wrong_hash, sig)| Action::Beat { back, wrong_hash, sig })
            .boxed(),
        "announceWindDown" => (-1..9_i8, deadline(m), quorum(m))
            .prop_map(|(notice, deadline, quorum)| Action::WindDown { notice, deadline, quorum })
            .boxed(),
        "cancelRelease" => (prop_oneof![9 => listed(model), 1 => asset()], gate_nonce(m), deadline(m), quorum(m))
            .prop_map(|(asset, nonce, deadline, quorum)| Action::CancelRelease { asset, nonce, deadline, quorum })
            .boxed(),
        "queueRelease" => {
            let (first_twin, first_reserved) = (PEOPLE as u8, (PEOPLE + TWINS) as u8);
            let to = prop_oneof![6 => who(), 6 => first_twin..first_reserved, 1 => first_reserved..ACTORS as u8];
            // The same again, now and then.
            let same = |quorum| Action::QueueRelease {
                asset: 1,
                to: 0,
                amount: Amount::Units(5),
                salt: 0,
                deadline: Deadline::Never,
                quorum,
            };
            let new = (listed(model), to, amount(m), 0..4_u8, deadline(m), quorum(m)).prop_map(
                |(asset, to, amount, salt, deadline, quorum)| Action::QueueRelease {
                    asset,
                    to,
                    amount,
                    salt,
                    deadline,
                    quorum,
                },
            );
            prop_oneof![6 => new, 1 => Just(same(QuorumSig::Good))].boxed()
        }
        "executeRelease" => queued(model, m).prop_map(|queued| Action::ExecuteRelease { queued }).boxed(),
        "vetoRelease" => {
            (queued(model, m), quorum(m)).prop_map(|(queued, quorum)| Action::VetoRelease { queued, quorum }).boxed()
        }
        "freeze" => (duration(m), quorum(m)).prop_map(|(duration, quorum)| Action::Freeze { duration, quorum }).boxed(),
        "announce" => (rarely(m, -1..2_i8, 0), 0..7_u8, rarely(m, Just(true), false), sig(m))
            .prop_map(|(ahead, reason, unknown, sig)| Action::Announce {
                ahead,
                reason: if unknown { reason + 7 } else { reason },
                sig,
            })
            .boxed(),
        // Long ones: seven use up what a period allows, before there are eight.
        "announceMaintenance" => (
            rarely(m, Just(-1_i16), 0),
            0..2_000_i16,
            prop_oneof![2 => Just(Amount::Limit(0)), 1 => duration(m)],
            sig(m),
        )
            .prop_map(|(early, notice, duration, sig)| {
                let notice = if early < 0 { early } else { notice };
                Action::AnnounceMaintenance { notice, duration, sig }
            })
            .boxed(),
        "declareForceMajeure" => (duration(m), sig(m), quorum(m))
            .prop_map(|(duration, sig, quorum)| Action::DeclareForceMajeure { duration, sig, quorum })
            .boxed(),
        "raiseAlarm" => {
            let good = prop_oneof![2 => (0..100_i8).prop_map(Deadline::Now), 1 => (-9..1_i8).prop_map(Deadline::Week)];
            let bad = prop_oneof![Just(Deadline::Now(-1)), Just(Deadline::Week(1)), Just(Deadline::Never)];
            let deadline = if m == 0 { good.boxed() } else { prop_oneof![100 - m => good, m => bad].boxed() };
            (deadline, quorum(m)).prop_map(|(deadline, quorum)| Action::RaiseAlarm { deadline, quorum }).boxed()
        }
        "announceRotation" => {
            let bad = [
                Successors::Unsorted,
                Successors::ThresholdsSwapped,
                Successors::Contracts,
                Successors::WithOperator,
                Successors::WithAuditor,
                Successors::WithZero,
                Successors::WithUnknownKind,
            ];
            let good = prop_oneof![3 => Just(Successors::Others), 1 => Just(Successors::Same)];
            let successors =
                if m == 0 { good.boxed() } else { prop_oneof![100 - m => good, 3 * m => select(bad.to_vec())].boxed() };
            (successors, rarely(m, -1..2_i8, 0), deadline(m), rarely(m, Just(true), false), quorum(m))
                .prop_map(|(successors, ahead, deadline, wrong_others, quorum)| Action::AnnounceRotation {
                    successors,
                    ahead,
                    deadline,
                    wrong_others,
                    quorum,
                })
                .boxed()
        }
        "activateRotation" => Just(Action::ActivateRotation).boxed(),
        "releaseEquity" => {
            // Vaults seldom live to see it, so that one below the threshold is tried more often than elsewhere.
            let signed = prop_oneof![7 => quorum(m), 1 => Just(QuorumSig::TooFew)];
            (prop_oneof![9 => listed(model), 1 => asset()], who(), amount(m), nonce(model), deadline(m), signed)
                .prop_map(|(asset, to, amount, nonce, deadline, quorum)| Action::ReleaseEquity {
                    asset,
                    to,
                    amount,
                    nonce,
                    deadline,
                    quorum,
                })
                .boxed()
        }
        "latch" => Just(Action::Latch).boxed(),
        "commit" => commit(model, m),
        "attest" => {
            (among(model, |held| !held.posted.is_empty()), prop_oneof![8 => Just(0_u8), 2 => 0..10_u8], quorum(m))
                .prop_map(|(asset, back, quorum)| Action::Attest { asset, back, quorum })
                .boxed()
        }
        "sync" => prop_oneof![9 => listed(model), 1 => asset()].prop_map(|asset| Action::Sync { asset }).boxed(),
        "payOut" => pay_out(model, m),
        "release" => (listed(model), who(), amount(m), gate_nonce(m), deadline(m), gate_quorum(m))
            .prop_map(|(asset, to, amount, nonce, deadline, quorum)| Action::Release {
                asset,
                to,
                amount,
                nonce,
                deadline,
                quorum,
            })
            .boxed(),
        "requestExit" => (rarely(m, who().prop_map(Some), None), counting_leaf(model, m), amount(m), value(m))
            .prop_map(|(by, (asset, leaf), amount, value)| Action::RequestExit { by, asset, leaf, amount, value })
            .boxed(),
        "challengeWord" => {
            (who(), listed(model), rarely(2 * m, 0..10_u8, 0), prop_oneof![6 => Just(0_u8), 2 => 0..6_u8], value(m))
                .prop_map(|(by, asset, back, word, value)| Action::ChallengeWord { by, asset, back, word, value })
                .boxed()
        }
        "answerChallenge" => {
            (who(), challenged(model), challenge(m), rarely(2 * m, select(FORGERIES.to_vec()), Forgery::None))
                .prop_map(|(by, asset, challenge, forgery)| Action::AnswerChallenge { by, asset, challenge, forgery })
                .boxed()
        }
        "voidCommitment" => (challenged(model), challenge(m))
            .prop_map(|(asset, challenge)| Action::VoidCommitment { asset, challenge })
            .boxed(),
        "withdrawDeposit" => (
            depositor(model),
            prop_oneof![8 => who(), 1 => (PEOPLE + TWINS) as u8..ACTORS as u8],
            rarely(m, depositor(model).prop_map(Some), None),
        )
            .prop_map(|(by, to, posing_as)| Action::WithdrawDeposit { by, to, posing_as })
            .boxed(),
        "putBond" => {
            (
                who(),
                mostly_listed(model),
                amount(m),
                value(m),
                among(model, |held| held.listed && held.bonded.bond.is_zero()),
            )
                .prop_map(|(by, any, amount, value, without)| {
                    // Those that have none first.
                    let asset = if by % 2 == 0 { without } else { any };
                    let by = if amount == Amount::Huge && by % 4 > 0 { PEOPLE as Who - 1 } else { by };
                    Action::PutBond { by, asset, amount, value }
                })
                .boxed()
        }
        "announceUnbonding" => {
            (rarely(m, who().prop_map(Some), None), among(model, |held| !held.bonded.bond.is_zero()), amount(m))
                .prop_map(|(by, asset, amount)| Action::AnnounceUnbonding { by, asset, amount })
                .boxed()
        }
        "unbond" => {
            among(model, |held| held.bonded.unbonding.is_some()).prop_map(|asset| Action::Unbond { asset }).boxed()
        }
        "fillShortfall" => {
            prop_oneof![1 => among(model, |held| !held.bonded.bond.is_zero()), 1 => mostly_listed(model)]
                .prop_map(|asset| Action::FillShortfall { asset })
                .boxed()
        }
        "openCompensation" => {
            prop_oneof![1 => among(model, |held| !held.bonded.bond.is_zero()), 1 => mostly_listed(model)]
                .prop_map(|asset| Action::OpenCompensation { asset })
                .boxed()
        }
        "compensate" => (among(model, |held| held.bonded.compensation.is_some()), leaf(m))
            .prop_map(|(asset, leaf)| Action::Compensate { asset, leaf })
            .boxed(),
        "withdrawCredit" => (accounts(model, |held, account| held.bonded.credit.contains_key(&account)), who())
            .prop_map(|((asset, by), to)| Action::WithdrawCredit { by, asset, to })
            .boxed(),
        "returnRest" => among(model, |held| held.bonded.compensation.is_some())
            .prop_map(|asset| Action::ReturnRest { asset })
            .boxed(),
        "closeExit" => requested(model).prop_map(|(asset, account)| Action::CloseExit { asset, account }).boxed(),
        "setRedirect" => {
            let to = prop_oneof![4 => who().prop_map(Some), 1 => Just(None)];
            (rarely(m, who().prop_map(Some), None), counting_leaf(model, m), to)
                .prop_map(|(by, (asset, leaf), to)| Action::SetRedirect { by, asset, leaf, to })
                .boxed()
        }
        "cancelExit" => requested(model).prop_map(|(asset, by)| Action::CancelExit { by, asset }).boxed(),
        "reportUnserved" => {
            requested(model).prop_map(|(asset, account)| Action::ReportUnserved { asset, account }).boxed()
        }
        "answerExit" => requested_leaf(model, m).prop_map(|(asset, leaf)| Action::AnswerExit { asset, leaf }).boxed(),
        "countWord" => (prop_oneof![9 => listed(model), 1 => asset()], word(m))
            .prop_map(|(asset, word)| Action::CountWord { asset, word })
            .boxed(),
        "flagPayout" => unflagged_leaf(model, m).prop_map(|(asset, leaf)| Action::FlagPayout { asset, leaf }).boxed(),
        "openRound" => listed(model).prop_map(|asset| Action::OpenRound { asset }).boxed(),
        "anchor" => (opened(model), round(m), nodes(m))
            .prop_map(|(asset, round, nodes)| Action::Anchor { asset, round, nodes })
            .boxed(),
        "claim" => (opened(model), round(m), leaf(m))
            .prop_map(|(asset, round, leaf)| Action::Claim { asset, round, leaf })
            .boxed(),
        "claimTo" => (who(), opened(model), round(m), leaf(m), who(), fee(m), deadline(m), sig(m))
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
        "pushWord" => (opened(model), round(m), word(m), any::<bool>())
            .prop_map(|(asset, round, word, priced)| Action::PushWord { asset, round, word, priced })
            .boxed(),
        "tally" => (opened(model), round(m), vec(0..10_u8, 0..10))
            .prop_map(|(asset, round, cells)| Action::Tally { asset, round, cells })
            .boxed(),
        "donate" => (listed(model), amount(m)).prop_map(|(asset, amount)| Action::Donate { asset, amount }).boxed(),
        "fillTank" => amount(m).prop_map(|amount| Action::FillTank { amount }).boxed(),
        "setAccount" => {
            (0..TWINS as u8, select(ACCOUNT_MODES)).prop_map(|(who, mode)| Action::SetAccount { who, mode }).boxed()
        }
        "setToken" => (asset(), prop_oneof![Just(TokenMode::Standard), select(TOKEN_MODES)])
            .prop_map(|(asset, mode)| Action::SetToken { asset, mode })
            .boxed(),
        _ => (asset(), who(), prop::bool::weighted(0.4))
            .prop_map(|(asset, who, blocked)| Action::Block { asset, who, blocked })
            .boxed(),
    }
}

fn commit(model: &Model, m: u32) -> BoxedStrategy<Action> {
    let epoch = rarely(m, -2..3_i8, 0);
    let cursor = prop_oneof![8 => Just(Amount::Limit(0)), 2 => any::<u8>().prop_map(Amount::Part), 1 => (-3..2_i8).prop_map(Amount::Limit)];
    let age = rarely(m, prop_oneof![(-1..2_i8).prop_map(Amount::Limit), Just(Amount::Huge)], Amount::Zero);
    let age = prop_oneof![6 => age, 2 => (0..90_u64).prop_map(Amount::Units)];
    (listed(model), epoch, ledger(m), cursor, age, sig(m), quorum(m))
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

fn pay_out(model: &Model, m: u32) -> BoxedStrategy<Action> {
    let leaf = match model.phase() {
        Phase::Suspected => prop_oneof![requested_leaf(model, m), counting_leaf(model, m)].boxed(),
        _ => counting_leaf(model, m),
    };
    (leaf, amount(m), gate_nonce(m), deadline(m), gate_quorum(m), gas(m))
        .prop_map(|((asset, leaf), amount, nonce, deadline, quorum, gas)| Action::PayOut {
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
fn lie() -> BoxedStrategy<Lie> {
    let sum = prop_oneof![
        (0..4_u8, 0..4_u8).prop_map(|(below, pick)| Lie::Less { below, pick }),
        (0..4_u8, 0..4_u8).prop_map(|(below, pick)| Lie::More { below, pick }),
        (any::<u8>(), any::<u8>()).prop_map(|(below, pick)| Lie::Less { below, pick }),
    ];
    let count = select(vec![0_u32, 1, 40, 256, 257, 600, 1_024, 70_000]).prop_map(Lie::Count);
    prop_oneof![88 => Just(Lie::None), 7 => sum, 2 => count, 1 => Just(Lie::Asset), 2 => Just(Lie::Twice)].boxed()
}

/// One of `found` nearly always, else anything.
fn mostly<T: Clone + std::fmt::Debug + 'static>(
    found: Vec<T>,
    else_: impl Strategy<Value = T> + 'static,
) -> BoxedStrategy<T> {
    if found.is_empty() { else_.boxed() } else { prop_oneof![14 => select(found), 1 => else_].boxed() }
}

/// Assets in a certain state.
fn among(model: &Model, wanted: impl Fn(&AssetState) -> bool) -> BoxedStrategy<AssetId> {
    let assets = (0_u8..).zip(&model.assets).filter(|(_, held)| wanted(held));
    mostly(assets.map(|(asset, _)| asset).collect(), asset())
}

fn listed(model: &Model) -> BoxedStrategy<AssetId> {
    among(model, |held| held.listed)
}

fn mostly_listed(model: &Model) -> BoxedStrategy<AssetId> {
    prop_oneof![9 => listed(model), 1 => asset()].boxed()
}

fn opened(model: &Model) -> BoxedStrategy<AssetId> {
    among(model, |held| !held.rounds.is_empty())
}

/// Assets with a challenge that is open.
fn challenged(model: &Model) -> BoxedStrategy<AssetId> {
    among(model, |held| held.challenges.values().any(|challenge| !challenge.closed))
}

fn challenge(m: u32) -> BoxedStrategy<ChallengeRef> {
    (0..4_u8, rarely(m, Just(true), false)).prop_map(|(pick, closed)| ChallengeRef { pick, closed }).boxed()
}

/// Named accounts that have a deposit to fetch.
fn depositor(model: &Model) -> BoxedStrategy<Who> {
    let has = |who: &Who| model.deposits.get(&model.world().actor(*who, model.vault)).is_some_and(|due| *due > 0);
    mostly((0..ACTORS as u8).filter(has).collect(), who())
}

/// Named accounts of which something holds.
fn accounts(model: &Model, holds: impl Fn(&AssetState, Address) -> bool) -> BoxedStrategy<(AssetId, Who)> {
    let mut found = Vec::new();
    for (asset, held) in (0_u8..).zip(&model.assets) {
        let named = (0..ACTORS as u8).filter(|who| holds(held, model.world().actor(*who, model.vault)));
        found.extend(named.map(|who| (asset, who)));
    }
    mostly(found, (asset(), who()))
}

/// Accounts with an open request.
fn requested(model: &Model) -> BoxedStrategy<(AssetId, Who)> {
    accounts(model, |held, account| held.requests.contains_key(&account))
}

/// Accounts with segregated money.
fn segregated(model: &Model) -> BoxedStrategy<(AssetId, Who)> {
    accounts(model, |held, account| held.segregated_to(account) > 0)
}

/// Leaves of the counting ledgers of which something holds.
fn leaves(
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

fn counting_leaf(model: &Model, m: u32) -> BoxedStrategy<(AssetId, LeafRef)> {
    leaves(model, m, |held, _, leaf| held.net(leaf) > 0 && !model.is_reserved(leaf.account))
}

fn requested_leaf(model: &Model, m: u32) -> BoxedStrategy<(AssetId, LeafRef)> {
    leaves(model, m, |held, _, leaf| held.requests.contains_key(&leaf.account))
}

/// Leaves whose payouts stand under another index.
fn unflagged_leaf(model: &Model, m: u32) -> BoxedStrategy<(AssetId, LeafRef)> {
    leaves(model, m, |held, index, leaf| !held.touched(index) && held.paid_out_to(leaf.account) > leaf.paid)
}

fn incoming(model: &Model, m: u32) -> BoxedStrategy<(Who, AssetId, Who, Amount, Value)> {
    (who(), listed(model), who(), amount(m), rarely(m, Just(Value::OneMore), Value::Right))
        .prop_map(|(by, asset, account, amount, value)| {
            // Only one account owns so much, of tokens.
            let by = if amount == Amount::Huge && by % 4 > 0 { PEOPLE as Who - 1 } else { by };
            (by, asset, account, amount, value)
        })
        .boxed()
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

fn value(m: u32) -> BoxedStrategy<Value> {
    rarely(m, Just(Value::OneMore), Value::Right)
}

/// Seldom one that is used already.
fn nonce(model: &Model) -> BoxedStrategy<u8> {
    let used: Vec<u8> = model.nonces.iter().filter_map(|(_, nonce)| u8::try_from(*nonce).ok()).collect();
    if used.is_empty() { any::<u8>().boxed() } else { prop_oneof![12 => any::<u8>(), 1 => select(used)].boxed() }
}

fn deadline(m: u32) -> BoxedStrategy<Deadline> {
    let good = prop_oneof![Just(Deadline::Never), Just(Deadline::Now(0)), (0..100_i8).prop_map(Deadline::Now)];
    if m == 0 {
        return good.boxed();
    }
    prop_oneof![100 - m => good, m => Just(Deadline::Now(-1))].boxed()
}

fn sig(m: u32) -> BoxedStrategy<Sig> {
    let bad = [Sig::Outsider, Sig::Backup, Sig::OtherMessage, Sig::OtherVault, Sig::OtherChain, Sig::Empty];
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
        QuorumSig::Operator,
    ];
    rarely((3 * m).min(45), select(bad.to_vec()), QuorumSig::Good)
}

/// Where the operator may sign alone.
fn gate_quorum(m: u32) -> BoxedStrategy<QuorumSig> {
    let alone = rarely(m, Just(QuorumSig::OutsiderAlone), QuorumSig::Operator);
    prop_oneof![2 => quorum(m), 1 => alone].boxed()
}

fn gate_nonce(m: u32) -> BoxedStrategy<u8> {
    prop_oneof![8 => Just(0_u8), 3 => 160..232_u8, 1 + m / 4 => 232..=255_u8].boxed()
}

/// The last release that waits, nearly always.
fn queued(_model: &Model, m: u32) -> BoxedStrategy<QueuedRef> {
    (prop_oneof![6 => Just(0_u8), 2 => 0..4_u8], rarely(m, Just(true), false))
        .prop_map(|(back, forged)| QueuedRef { back, forged })
        .boxed()
}

fn duration(m: u32) -> BoxedStrategy<Amount> {
    let good =
        prop_oneof![2 => (1..=255_u8).prop_map(Amount::Part), 2 => Just(Amount::Limit(0)), 1 => Just(Amount::Units(1))];
    if m == 0 {
        return good.boxed();
    }
    prop_oneof![100 - m => good, m => prop_oneof![Just(Amount::Limit(1)), Just(Amount::Zero)]].boxed()
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
    (source(m), pick, rarely(2 * m, select(FORGERIES.to_vec()), Forgery::None))
        .prop_map(|(source, pick, forgery)| WordRef { source, pick, forgery })
        .boxed()
}

fn nodes(m: u32) -> BoxedStrategy<NodesRef> {
    let forgeries = vec![Forgery::Length, Forgery::Overflow, Forgery::Depth, Forgery::Sibling];
    (prop_oneof![3 => Just(0_u8), 2 => 0..4_u8], 0..4_u8, 0..4_u8, rarely(2 * m, select(forgeries), Forgery::None))
        .prop_map(|(below, height, pick, forgery)| NodesRef { below, height, pick, forgery })
        .boxed()
}

fn round(m: u32) -> BoxedStrategy<RoundRef> {
    let back = prop_oneof![8 => Just(Some(0_u8)), 3 => Just(Some(1)), 1 => (0..3_u8).prop_map(Some)];
    let back = if m == 0 { back.boxed() } else { prop_oneof![100 - m => back, m => Just(None)].boxed() };
    (back, rarely(m, select(vec![-1_i8, 1]), 0)).prop_map(|(back, numerator)| RoundRef { back, numerator }).boxed()
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
