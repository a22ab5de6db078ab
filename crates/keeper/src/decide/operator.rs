//! The operator's decisions: when a beat is due, and what it names.

use crate::{
    decide::Action,
    view::{AssetView, Phase, View},
};

/// What the configuration says about beats.
#[derive(Clone, Copy, Debug)]
pub struct OperatorPolicy {
    /// Chain time between two beats, seconds.
    pub heartbeat: u64,
    /// Whether books are brought up to date too.
    pub sync: bool,
}

/// Whether the chain's time asks for a beat. Once latched, beats are refused for ever. A suspicion that began after the last beat is
/// answered at once: a heartbeat longer than the vault's grace must not latch a healthy service.
#[must_use]
pub fn beat_due(view: &View, policy: &OperatorPolicy) -> bool {
    let last = view.liveness.lastBeat.to::<u64>();
    match view.phase() {
        Phase::Live => view.head.time >= last.saturating_add(policy.heartbeat),
        Phase::Suspected => {
            last < view.timeline.suspectedAt.to::<u64>() || view.head.time >= last.saturating_add(policy.heartbeat)
        }
        Phase::Latched | Phase::Returning => false,
    }
}

/// The operator's actions. `healthy`: the service has just answered its probes.
#[must_use]
pub fn operator(view: &View, policy: &OperatorPolicy, healthy: bool) -> Vec<Action> {
    let mut actions = Vec::new();
    if healthy && beat_due(view, policy) {
        actions.extend(beat(view));
    }
    if policy.sync && view.phase() < Phase::Latched {
        actions.extend(view.assets.iter().filter_map(sync));
    }
    actions
}

/// Names the head's parent, which outlives a reorganisation of one block, or the head where the last beat named the parent.
fn beat(view: &View) -> Option<Action> {
    let last = view.liveness.lastBeatBlock.to::<u64>();
    let after = view.liveness.lastBeat.to::<u64>();
    let head = &view.head;
    if head.number > last + 1 {
        Some(Action::Beat { block: head.number - 1, hash: head.parent, after })
    } else {
        (head.number > last).then_some(Action::Beat { block: head.number, hash: head.hash, after })
    }
}

/// The books are behind if entries of the final commitment are not absorbed, or an older total still counts as owed.
fn sync(asset: &AssetView) -> Option<Action> {
    let posted = asset.final_commitment.as_ref()?;
    let is_newest = posted.epoch == asset.book.epoch;
    let behind = posted.depositCursor > asset.book.absorbed || is_newest && posted.total != asset.book.owed;
    behind.then_some(Action::Sync { asset: asset.asset, epoch: posted.epoch })
}

#[cfg(test)]
mod tests {
    use alloy::primitives::{B256, aliases::U40};
    use lifeboat_bindings::vault::{Book, Commitment};
    use proptest::prelude::*;

    use super::*;
    use crate::view::testing::view_at;

    const POLICY: OperatorPolicy = OperatorPolicy { heartbeat: 100, sync: true };

    fn view(time: u64, last_beat: u64, number: u64, last_block: u64) -> View {
        let mut view = view_at(time, [1_000, 2_000, 3_000, 4_000]);
        view.head.number = number;
        view.liveness.lastBeat = U40::from(last_beat);
        view.liveness.lastBeatBlock = U40::from(last_block);
        view
    }

    #[test]
    fn a_beat_needs_health_time_and_an_unlatched_vault() {
        assert_eq!(operator(&view(199, 100, 9, 1), &POLICY, true), []);
        assert_eq!(operator(&view(200, 100, 9, 1), &POLICY, false), []);
        assert_eq!(operator(&view(2_000, 100, 9, 1), &POLICY, true), []);
        let named = Action::Beat { block: 8, hash: B256::with_last_byte(8), after: 100 };
        assert_eq!(operator(&view(200, 100, 9, 1), &POLICY, true), std::slice::from_ref(&named));
        assert_eq!(operator(&view(1_999, 100, 9, 1), &POLICY, true), [named], "suspected: a beat cures");
    }

    #[test]
    fn a_heartbeat_longer_than_the_grace_does_not_latch_a_healthy_service() {
        let slow = OperatorPolicy { heartbeat: 10_000, sync: true };
        assert_eq!(operator(&view(999, 100, 9, 1), &slow, true), []);
        assert_eq!(operator(&view(1_000, 100, 9, 1), &slow, true).len(), 1, "suspected since the last beat");
        assert_eq!(operator(&view(1_500, 1_001, 9, 1), &slow, true), [], "answered already");
    }

    #[test]
    fn books_behind_the_final_commitment_are_synced() {
        let mut behind = view(150, 100, 9, 1);
        behind.assets[0].book = Book { epoch: 3, owed: 7, ..Book::default() };
        behind.assets[0].final_commitment = Some(Commitment { epoch: 3, total: 7, ..Commitment::default() });
        assert_eq!(operator(&behind, &POLICY, false), []);
        behind.assets[0].final_commitment.as_mut().unwrap().depositCursor = U40::from(1);
        let action = Action::Sync { asset: behind.assets[0].asset, epoch: 3 };
        assert_eq!(operator(&behind, &POLICY, false), [action]);
        assert_eq!(operator(&behind, &OperatorPolicy { sync: false, ..POLICY }, false), []);
    }

    proptest! {
        /// The contract refuses a block that is not newer than the last beat's, or not known to it.
        #[test]
        fn a_beat_names_a_block_the_contract_accepts(number in 0u64..400, last in 0u64..400) {
            match beat(&view(200, 100, number, last)) {
                Some(Action::Beat { block, .. }) => prop_assert!(block > last && block <= number && number - block < 256),
                Some(other) => prop_assert!(false, "{other}"),
                None => prop_assert!(number <= last),
            }
        }
    }
}
