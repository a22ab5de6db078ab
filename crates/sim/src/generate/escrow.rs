//! Escrowed orders: a strategy for each kind of action.

use super::{symbols::*, *};

pub(super) fn action(name: &str, model: &Model, m: u32) -> BoxedStrategy<Action> {
    let action = match name {
        "openOrder" => (who(), mostly_new(model, m), deadline(m), sig(m))
            .prop_map(|(by, order, deadline, sig)| EscrowAction::Open { by, order, deadline, sig })
            .boxed(),
        "openOrderDirectly" => (who(), mostly_new(model, m), value(m))
            .prop_map(|(by, order, value)| {
                // Only one account owns so much, of tokens.
                let by = if is_huge(order) { PEOPLE as Who - 1 } else { by };
                EscrowAction::OpenDirect { by, order, value }
            })
            .boxed(),
        "fundPurse" => (who(), prop_oneof![2 => known(), 1 => new(model, m)], amount(0))
            .prop_map(|(by, order, amount)| EscrowAction::Fund { by, order, amount })
            .boxed(),
        "relayOrder" => (who(), prop_oneof![1 => known(), 2 => new(model, m)], deadline(m), sig(m))
            .prop_map(|(by, order, deadline, sig)| EscrowAction::Relay { by, order, deadline, sig })
            .boxed(),
        "voidOrder" => (caller(), prop_oneof![2 => known(), 1 => new(model, m)])
            .prop_map(|(by, order)| EscrowAction::Void { by, order })
            .boxed(),
        "releaseOrder" => (caller(), mostly_known(model, m), sig(2 * m))
            .prop_map(|(by, order, sig)| EscrowAction::Release { by, order, sig })
            .boxed(),
        "cancelOrder" => (caller(), mostly_known(model, m), sig(2 * m))
            .prop_map(|(by, order, sig)| EscrowAction::Cancel { by, order, sig })
            .boxed(),
        "arbitrate" => (caller(), mostly_known(model, m), any::<bool>(), sig(m), sig(m))
            .prop_map(|(by, order, to_payee, party, arbiter)| EscrowAction::Arbitrate {
                by,
                order,
                to_payee,
                party,
                arbiter,
            })
            .boxed(),
        "refundOrder" => mostly_known(model, m).prop_map(|order| EscrowAction::Refund { order }).boxed(),
        "collect" => mostly_known(model, m).prop_map(|order| EscrowAction::Collect { order }).boxed(),
        _ => {
            let to = prop_oneof![8 => who(), 1 => (PEOPLE + TWINS) as u8..ACTORS as u8];
            let by = prop_oneof![8 => Just(None), 1 => who().prop_map(Some)];
            (by, mostly_known(model, m), to)
                .prop_map(|(by, order, to)| EscrowAction::Withdraw { by, order, to })
                .boxed()
        }
    };
    action.prop_map(Action::Escrow).boxed()
}

/// The party itself, or somebody with its signature.
fn caller() -> BoxedStrategy<Option<Who>> {
    prop_oneof![1 => Just(None), 2 => who().prop_map(Some)].boxed()
}

/// The last one most of the time.
fn known() -> BoxedStrategy<OrderRef> {
    prop_oneof![5 => Just(0_u8), 4 => 0..5_u8, 1 => any::<u8>()].prop_map(OrderRef::Back).boxed()
}

fn mostly_known(model: &Model, m: u32) -> BoxedStrategy<OrderRef> {
    prop_oneof![14 => known(), 1 => new(model, m)].boxed()
}

fn mostly_new(model: &Model, m: u32) -> BoxedStrategy<OrderRef> {
    prop_oneof![3 => new(model, m), 1 => known()].boxed()
}

/// Among parties that differ, and a payer who has something, nearly always.
fn new(model: &Model, m: u32) -> BoxedStrategy<OrderRef> {
    let payer = prop_oneof![
        12 => segregated(model),
        2 => (asset(), who()),
        1 => (among(model, |held| held.mode == TokenMode::ReturnsFalse), who()),
    ];
    let arbiter = prop_oneof![3 => (0..ACTORS as u8).prop_map(Some), 1 => Just(None)];
    let expiry = prop_oneof![4 => 1..300_u16, 3 => 300..6_000_u16, 2 => Just(u16::MAX), 1 + m / 8 => Just(0)];
    (payer, who(), arbiter, amount(m), expiry, rarely((2 * m).min(40), Just(true), false))
        .prop_map(|((asset, payer), payee, arbiter, amount, expiry, alike)| {
            let apart = |who: Who, others: &[Who]| (who..).find(|who| !others.contains(who)).unwrap_or(who);
            let (payee, arbiter) = match alike {
                true => (payee, Some(payer)),
                false => {
                    let payee = apart(payee, &[payer]);
                    (payee, arbiter.map(|arbiter| apart(arbiter, &[payer, payee])))
                }
            };
            OrderRef::New(OrderSpec { asset, payer, payee, arbiter, amount, expiry })
        })
        .boxed()
}

fn is_huge(order: OrderRef) -> bool {
    matches!(order, OrderRef::New(OrderSpec { amount: Amount::Huge, .. }))
}
