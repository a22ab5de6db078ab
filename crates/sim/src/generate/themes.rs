//! Cases that are about one thing: what brings them further, and when.

use super::*;

mod disputes;
mod finality;

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
    /// Users pay in between two ledgers, and the newer one is disputed.
    Disputes,
    /// A request is disputed, withdrawn and made anew before the arbitrator rules.
    Requests,
    /// Old ledgers are replaced while the watchers' alarm stands.
    Alarms,
    /// A challenge is answered when suspicion has begun, on a root that would be final by its age.
    LateAnswers,
    /// A force majeure and a maintenance have time in common.
    Overlap,
    /// The signers' nonces run ahead, and come back from behind the window.
    Nonces,
}

/// One step of a themed case.
pub(super) struct Next {
    pub(super) what: What,
    pub(super) warp: Option<Warp>,
}

/// What is done in it.
pub(super) enum What {
    /// Any action of a kind.
    Any(&'static str),
    /// This very one.
    This(Box<Action>),
}

impl Theme {
    /// Whether it takes so many steps until anything comes about that none of them may go wrong.
    pub(super) fn is_delicate(self, phase: Phase) -> bool {
        match self {
            Self::None | Self::Freezes | Self::Maintenance | Self::Flicker | Self::Unbonding => false,
            Self::Disputes => phase < Phase::Latched,
            Self::Requests | Self::Alarms | Self::LateAnswers | Self::Overlap | Self::Nonces => true,
        }
    }
}

fn any(kind: &'static str, warp: Option<Warp>) -> Option<Next> {
    Some(Next { what: What::Any(kind), warp })
}

fn this(action: Action, warp: Option<Warp>) -> Option<Next> {
    Some(Next { what: What::This(Box::new(action)), warp })
}

fn to(edge: Edge, delta: i8) -> Option<Warp> {
    Some(Warp::To(edge, delta))
}

fn soon() -> Option<Warp> {
    Some(Warp::By(1))
}

/// What brings a themed case further, and when.
pub(super) fn themed(model: &Model, theme: Theme) -> Option<Next> {
    let (clock, now) = (&model.clock, model.now);
    // Where nobody can freeze, there is more time for maintenance.
    let theme = match theme {
        Theme::Freezes if model.terms().guardianThreshold == 0 => Theme::Maintenance,
        theme => theme,
    };
    let has_watchers = model.terms().watcherThreshold > 0;
    let has_arbitrator = !model.terms().arbitrator.is_zero();
    let unfunded = model.assets.iter().any(|held| held.listed && held.posted.is_empty());
    match (theme, model.phase()) {
        (Theme::Freezes, Phase::Live) => {
            let free = model.frozen_until.is_none_or(|until| now >= until + 2 * clock.timers.freeze_max);
            any("freeze", if free { None } else { to(Edge::Freezable, 0) })
        }
        (Theme::Disputes, _) if has_arbitrator => disputes::of_ledgers(model),
        (Theme::Nonces, Phase::Live) => nonces(model),
        // Ledgers first: else stale roots end it.
        (_, Phase::Live) if unfunded => None,
        (Theme::Maintenance, Phase::Live) => match clock.maintenance.filter(|last| last.until > clock.last_beat) {
            Some(last) if now < last.until => any("beat", to(Edge::MaintenanceUntil, 0)),
            Some(_) => any("beat", soon()),
            None if now > clock.roots_at + 3_000 => any("commit", None),
            None => any("announceMaintenance", None),
        },
        (Theme::Unbonding, _) => unbonding(model),
        (Theme::Requests, Phase::Live) if has_arbitrator => disputes::of_requests(model),
        (Theme::Alarms, _) if has_watchers => finality::alarms(model),
        (Theme::LateAnswers, _) if has_watchers => finality::late_answers(model),
        (Theme::Overlap, Phase::Live) if has_watchers => finality::overlap(model),
        (Theme::Flicker, Phase::Live) => any("beat", to(Edge::Suspected, 0)),
        (Theme::Flicker, Phase::Suspected) if now < clock.roots_at + clock.timers.root_max_age => any("beat", soon()),
        (Theme::Flicker, Phase::Suspected) => any("commit", None),
        _ => None,
    }
}

/// Beats and ledgers until what was announced can be taken.
fn unbonding(model: &Model) -> Option<Next> {
    let (clock, now) = (&model.clock, model.now);
    let announced = |held: &AssetState| held.bonded.unbonding.map(|(_, ready_at)| ready_at);
    let leaving = (0_u8..).zip(&model.assets).find_map(|(asset, held)| Some((asset, announced(held)?)));
    match (leaving, model.phase()) {
        (Some((_, ready_at)), Phase::Live | Phase::Suspected) if now >= ready_at => any("unbond", None),
        (Some((asset, ready_at)), Phase::Live) if clock.start() > ready_at => {
            any("unbond", to(Edge::Unbonding(asset), 0))
        }
        (Some(_), Phase::Live) if now > clock.roots_at + 600 => any("commit", None),
        (Some(_), Phase::Live) if now > clock.last_beat + 600 => any("beat", soon()),
        (Some(_), Phase::Live) => any("beat", to(Edge::Suspected, -100)),
        (None, Phase::Live) if model.assets.iter().any(|held| !held.bonded.bond.is_zero()) => {
            any("announceUnbonding", None)
        }
        (None, Phase::Live) => any("putBond", None),
        _ => None,
    }
}

/// As far ahead as they may, then the first one behind the window, and the last one in it.
fn nonces(model: &Model) -> Option<Next> {
    let asset = first_listed(model)?;
    let nonce = match (model.assets[usize::from(asset)].gate.highest(), model.number % 3) {
        (0..64, _) => 232,
        (_, 0) => 249,
        (_, 1) => 244,
        _ => 0,
    };
    let (deadline, quorum) = (Deadline::Never, QuorumSig::Good);
    this(Action::CancelRelease { asset, nonce, deadline, quorum }, soon())
}

fn first_listed(model: &Model) -> Option<AssetId> {
    model.assets.iter().position(|held| held.listed).map(|number| number as AssetId)
}

/// The first number that stands for an account.
fn who_is(model: &Model, account: Address) -> Option<Who> {
    (0..ACTORS as u8).find(|who| model.world().actor(*who, model.vault) == account)
}

/// A commitment as the rules want it, over this part of what the reserve can back.
fn honest(model: &Model, asset: AssetId, total: Amount) -> Action {
    let seed = model.number as u8;
    let ledger = LedgerSpec { leaves: 24, seed, total, moved: false, paid: true, overflow: false, lie: Lie::None };
    let (cursor, age, sig, quorum) = (Amount::Limit(0), Amount::Zero, Sig::Good, QuorumSig::Good);
    Action::Commit { asset, epoch: 0, ledger, cursor, age, sig, quorum }
}
