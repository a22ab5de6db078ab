//! Before the arbitrator: a strategy for each kind of action there.

use super::{symbols::*, *};

const MODES: [ArbitratorMode; 10] = [
    ArbitratorMode::Refuses,
    ArbitratorMode::Raises,
    ArbitratorMode::Raises,
    ArbitratorMode::Refuses,
    ArbitratorMode::BurnsGas,
    ArbitratorMode::Raises,
    ArbitratorMode::Repeats,
    ArbitratorMode::Exhausts,
    ArbitratorMode::Garbles,
    ArbitratorMode::Reenters,
];
const HOOKS: [Hook; 4] = [Hook::Hold, Hook::Reverse, Hook::Refund, Hook::Close];

pub(super) fn action(name: &str, model: &Model, m: u32) -> BoxedStrategy<Action> {
    let action = match name {
        "disputeLedger" => (who(), prop_oneof![9 => twice_posted(model), 1 => asset()], fee())
            .prop_map(|(by, asset, value)| DisputeAction::DisputeLedger { by, asset, value })
            .boxed(),
        "disputeRequest" => (rarely(m, who().prop_map(Some), None), requested(model), fee())
            .prop_map(|(by, (asset, account), value)| DisputeAction::DisputeRequest { by, asset, account, value })
            .boxed(),
        "submitEvidence" => (who(), dispute(), 0..70_u8)
            .prop_map(|(by, dispute, length)| DisputeAction::SubmitEvidence { by, dispute, length })
            .boxed(),
        "rule" => {
            let ruling = prop_oneof![4 => Just(2_u8), 3 => Just(1), 1 => Just(0), 1 => Just(3), 1 => Just(u8::MAX)];
            (rarely(2 * m, who().prop_map(Some), None), dispute(), ruling)
                .prop_map(|(by, dispute, ruling)| DisputeAction::Rule { by, dispute, ruling })
                .boxed()
        }
        "settle" => dispute().prop_map(|dispute| DisputeAction::Settle { dispute }).boxed(),
        "refundEntry" => {
            (reopened(model), source(m), prop_oneof![4 => Just(Forgery::None), 1 => select(FORGERIES.to_vec())])
                .prop_map(|((asset, entry), source, forgery)| DisputeAction::RefundEntry {
                    asset,
                    entry,
                    source,
                    forgery,
                })
                .boxed()
        }
        "refundEntryWithoutLeaf" => (prop_oneof![4 => Just(None), 1 => who().prop_map(Some)], reopened(model))
            .prop_map(|(by, (asset, entry))| DisputeAction::RefundEntryWithoutLeaf { by, asset, entry })
            .boxed(),
        "withdrawDisputeCredit" => {
            (creditor(model), who()).prop_map(|(by, to)| DisputeAction::WithdrawCredit { by, to }).boxed()
        }
        "intrude" => (who(), listed(model), select(HOOKS.to_vec()))
            .prop_map(|(by, asset, hook)| DisputeAction::Intrude { by, asset, hook })
            .boxed(),
        _ => {
            let mode = prop_oneof![Just(ArbitratorMode::Takes), select(MODES.to_vec())];
            (mode, 0..5_000_u16).prop_map(|(mode, cost)| DisputeAction::SetArbitrator { mode, cost }).boxed()
        }
    };
    action.prop_map(Action::Disputes).boxed()
}

/// The last one most of the time.
fn dispute() -> BoxedStrategy<DisputeRef> {
    prop_oneof![12 => Just(DisputeRef::Back(0)), 7 => (0..4_u8).prop_map(DisputeRef::Back), 1 => Just(DisputeRef::Unknown)]
        .boxed()
}

/// What comes along with a dispute.
fn fee() -> BoxedStrategy<Value> {
    prop_oneof![6 => Just(Value::Right), 2 => Just(Value::OneMore), 1 => Just(Value::OneLess)].boxed()
}

/// Assets of which an older ledger may count.
fn twice_posted(model: &Model) -> BoxedStrategy<AssetId> {
    among(model, |held| held.listed && held.posted.len() > 1)
}

/// Entries that a dispute has reopened and nobody has fetched.
pub(super) fn reopened(model: &Model) -> BoxedStrategy<(AssetId, u8)> {
    mostly(all_reopened(model), (asset(), any::<u8>()))
}

pub(super) fn all_reopened(model: &Model) -> Vec<(AssetId, u8)> {
    let mut found = Vec::new();
    for (asset, held) in (0_u8..).zip(&model.assets) {
        let range = held.recovered.map_or(0..0, |recovered| recovered.cursor..recovered.reopened_to);
        let open = range.filter(|entry| held.queue.get(*entry as usize).is_some_and(|queued| !queued.refunded));
        found.extend(open.map(|entry| (asset, entry as u8)));
    }
    found
}

/// Named accounts that have something to fetch.
fn creditor(model: &Model) -> BoxedStrategy<Who> {
    let has = |who: &Who| model.disputes.credit.contains_key(&model.world().actor(*who, model.vault));
    mostly((0..ACTORS as u8).filter(has).collect(), who())
}
