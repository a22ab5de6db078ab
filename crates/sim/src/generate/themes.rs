//! Cases that are about one thing: what brings them further, and when.

use super::*;

/// What brings a themed case further, and when.
pub(super) fn themed(model: &Model, theme: Theme) -> Option<(&'static str, Option<Warp>)> {
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
        (Theme::Disputes, _) if !model.terms().arbitrator.is_zero() => disputes(model),
        (Theme::Flicker, Phase::Live) => Some(("beat", to(Edge::Suspected, 0))),
        (Theme::Flicker, Phase::Suspected) if now < clock.roots_at + clock.timers.root_max_age => {
            Some(("beat", Some(Warp::By(1))))
        }
        (Theme::Flicker, Phase::Suspected) => Some(("commit", None)),
        _ => None,
    }
}

/// Beats and ledgers until what was announced can be taken.
pub(super) fn unbonding(model: &Model) -> Option<(&'static str, Option<Warp>)> {
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

/// A ledger, deposits, a ledger that knows them, payouts to who has paid in; the latch, a dispute, nobody rules, and the deposits are fetched.
fn disputes(model: &Model) -> Option<(&'static str, Option<Warp>)> {
    let to = |edge, delta| Some(Warp::To(edge, delta));
    let number = model.assets.iter().position(|held| held.listed && !held.posted.is_empty());
    let held = &model.assets[number.unwrap_or_default()];
    let asset = number? as AssetId;
    let fixed = model.assets.iter().find_map(|held| held.recovered.filter(|recovered| recovered.reopened_to > 0));
    match model.phase() {
        Phase::Live if model.final_epoch(usize::from(asset)) < held.newest() => {
            Some(("sync", to(Edge::Final(asset), 0)))
        }
        Phase::Live if held.absorbed == 0 && held.queue.is_empty() => Some(("depositToLedger", None)),
        Phase::Live if held.absorbed < held.queue.len() as u64 => Some(("commit", None)),
        // Many are refused.
        Phase::Live if !model.number.is_multiple_of(7) => Some(("payOut", Some(Warp::By(1)))),
        Phase::Live | Phase::Suspected => Some(("disputeLedger", to(Edge::Latched, 0))),
        _ if model.disputes.unsettled().next().is_some() => Some(("settle", to(Edge::Ruling, 1))),
        Phase::Latched if model.number.is_multiple_of(4) => Some(("setArbitrator", Some(Warp::By(1)))),
        Phase::Latched if model.disputes.opened.is_empty() => Some(("disputeLedger", Some(Warp::By(1)))),
        _ if fixed.is_some() => {
            let fetch = ["refundPending", "refundEntry", "refundPending", "refundEntryWithoutLeaf"];
            Some((fetch[model.number as usize % fetch.len()], Some(Warp::By(1))))
        }
        _ => None,
    }
}
