//! When the next block is: at the edges of the timers, most of all.

use super::*;
use crate::model::HELD;

/// When the next block is, Unix seconds.
#[must_use]
pub fn time_of(model: &Model, warp: Warp) -> u64 {
    let next = model.now + 1;
    match warp {
        Warp::By(seconds) => model.now + u64::from(seconds.max(1)),
        Warp::To(edge, delta) => edge_time(model, edge).map_or(next, |at| shift(at, delta)).max(next),
    }
}

pub(super) fn edge_time(model: &Model, edge: Edge) -> Option<u64> {
    match edge {
        Edge::Suspected => Some(model.clock.start()),
        Edge::Latched => Some(model.clock.latch_at()),
        Edge::Return => Some(model.clock.return_at()),
        Edge::Push => Some(model.clock.push_at()),
        Edge::Final(asset) => {
            let newest = model.assets[asset_of(asset)].posted.last();
            newest.map(|posted| model.final_at(posted)).filter(|at| *at < u64::MAX)
        }
        Edge::Due(asset, who) => {
            let account = model.world().actor(who, model.vault);
            model.assets[asset_of(asset)].requests.get(&account).map(|request| request.due)
        }
        Edge::Ready => model.queue.last().map(|(_, queued)| queued.ready_at),
        Edge::Thawed => model.frozen_until,
        Edge::Freezable => model.frozen_until.map(|until| until + 2 * model.clock.timers.freeze_max),
        Edge::Window => {
            let window = model.clock.timers.release_window;
            Some((model.now / window + 1) * window)
        }
        Edge::MaintenanceFrom => model.clock.maintenance.map(|window| window.from),
        Edge::MaintenanceUntil => model.clock.maintenance.map(|window| window.until),
        Edge::MajeureUntil => model.clock.majeure.map(|window| window.until),
        Edge::Rotation => model.pending.as_ref().map(|pending| pending.ready_at),
        Edge::Equity => Some(model.equity_at()),
        Edge::Ruling => model.disputes.unsettled().next().map(|(_, dispute)| dispute.due),
        Edge::RulingOver(back) => {
            let opened = &model.disputes.opened;
            opened.len().checked_sub(1 + usize::from(back)).map(|position| opened[position].1.due + 1)
        }
        Edge::Rounds(asset) => {
            let recovered = model.assets[asset_of(asset)].recovered;
            recovered.map(|recovered| recovered.rounds_from).filter(|at| *at < HELD)
        }
        Edge::Unlisted(asset) => model.unlisted_at(asset_of(asset)),
        Edge::Stale => Some(model.clock.roots_at + model.clock.timers.root_max_age),
        Edge::Aged(asset) => {
            let newest = model.assets[asset_of(asset)].posted.last();
            newest.map(|posted| posted.posted_at + model.clock.timers.unattested_finality)
        }
        Edge::Expiry(back) => {
            let orders = &model.escrow.orders;
            let position = orders.len().checked_sub(1 + usize::from(back) % orders.len().max(1));
            position.map(|position| orders[position].1.expiry)
        }
        Edge::PushOf(asset) => Some(model.push_at(asset_of(asset))).filter(|at| *at < HELD),
        Edge::Unbonding(asset) => model.assets[asset_of(asset)].bonded.unbonding.map(|(_, ready_at)| ready_at),
        Edge::Answer(asset) => {
            let open = model.assets[asset_of(asset)].challenges.values().filter(|challenge| !challenge.closed);
            open.map(|challenge| challenge.due).min()
        }
    }
}

pub(super) fn shift(time: u64, delta: i8) -> u64 {
    time.saturating_add_signed(i64::from(delta))
}
