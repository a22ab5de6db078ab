//! What is disputed, and what comes of it: cases that nobody comes to by accident.

use super::*;

/// Number of the account that pays in between two ledgers, and is paid out by the newer one.
const PAYER: Who = 3;
/// Of what the reserve can back: the older ledger owes everybody less than the newer one.
const LITTLE: u8 = 40;
/// Blocks in which nothing in particular happens, of so many.
const IDLE: u64 = 5;

/// A ledger, deposits, a ledger that knows them, a payout to who has paid in; the latch, a dispute, nobody rules, and the deposits are
/// fetched.
pub(super) fn of_ledgers(model: &Model) -> Option<Next> {
    let asset = first_listed(model)?;
    let held = &model.assets[usize::from(asset)];
    match model.phase() {
        Phase::Live => two_ledgers(model, asset),
        Phase::Suspected => any("disputeLedger", to(Edge::Latched, 0)),
        _ if model.disputes.unsettled().next().is_some() => any("settle", to(Edge::Ruling, 1)),
        Phase::Latched if model.number.is_multiple_of(4) => any("setArbitrator", soon()),
        Phase::Latched if model.disputes.opened.is_empty() => {
            let dispute = DisputeAction::DisputeLedger { by: 0, asset, value: Value::Right };
            this(Action::Disputes(dispute), soon())
        }
        _ => {
            let recovered = held.recovered.filter(|recovered| recovered.reopened_to > 0)?;
            let open = |entry: &u64| held.queue.get(*entry as usize).is_some_and(|queued| !queued.refunded);
            let entry = (recovered.cursor..recovered.reopened_to).find(open)? as u8;
            // Not by what has chosen how the arbitrator behaves.
            let fetch = ["refundPending", "refundEntry", "refundEntry", "refundEntryWithoutLeaf"];
            let Some(kind) = fetch.get((model.number / 4) as usize % (fetch.len() + 1)) else {
                // A stranger, in the last second in which he is refused, or the first in which he is not.
                let late = DisputeAction::RefundEntryWithoutLeaf { by: Some(0), asset, entry };
                return this(Action::Disputes(late), to(Edge::Unlisted(asset), -1 + (model.number % 2) as i8));
            };
            any(kind, soon())
        }
    }
}

fn two_ledgers(model: &Model, asset: AssetId) -> Option<Next> {
    let number = usize::from(asset);
    let held = &model.assets[number];
    let payer = model.world().actor(PAYER, model.vault);
    let queued = held.queue.iter().filter(|entry| entry.account == payer).count();
    if held.newest() == 0 && model.reserve(number).is_zero() {
        return this(Action::Donate { asset, amount: Amount::Part(128) }, soon());
    }
    if model.terms().sla.minBondBps > 0 && held.bonded.bonded().is_zero() {
        return this(Action::PutBond { by: 0, asset, amount: Amount::Part(128), value: Value::Right }, soon());
    }
    if held.newest() == 0 {
        return this(honest(model, asset, Amount::Part(LITTLE)), soon());
    }
    if model.final_epoch(number) < held.newest() {
        let attested = held.posted.last().is_some_and(|posted| posted.attested_at.is_some());
        return match attested || model.terms().watcherThreshold == 0 {
            true => any("sync", to(Edge::Final(asset), 0)),
            false => this(Action::Attest { asset, back: 0, quorum: QuorumSig::Good }, soon()),
        };
    }
    if queued < 2 {
        let amount = Amount::Part(1 + 30 * queued as u8);
        let deposit = Action::DepositToLedger { by: 0, asset, account: PAYER, amount, value: Value::Right };
        return this(deposit, soon());
    }
    if held.absorbed < held.queue.len() as u64 {
        return this(honest(model, asset, Amount::Limit(0)), soon());
    }
    if held.paid_out_to(payer) == 0 && !model.number.is_multiple_of(IDLE) {
        let leaves = held.kept(held.newest())?.ledger.leaves();
        let pick = leaves.iter().position(|leaf| leaf.account == payer)? as u16;
        let leaf = LeafRef { source: Source::Counting, pick, forgery: Forgery::None };
        let amount = Amount::Limit(0);
        let (nonce, deadline, quorum, gas) = (0, Deadline::Never, QuorumSig::Good, Gas::Plenty);
        return this(Action::PayOut { asset, leaf, amount, nonce, deadline, quorum, gas }, soon());
    }
    any("disputeLedger", to(Edge::Latched, 0))
}

/// The operator disputes a request; it is withdrawn and made anew; the arbitrator rules on the one that was disputed.
pub(super) fn of_requests(model: &Model) -> Option<Next> {
    let unsettled = |(position, (_, dispute)): (usize, &(_, Dispute))| match dispute.question {
        Question::Request { asset, account, target, opened_at } if !dispute.is_settled => {
            Some((position, dispute.ruling, asset, account, (target, opened_at)))
        }
        _ => None,
    };
    if let Some((position, ruling, number, account, disputed)) =
        model.disputes.opened.iter().enumerate().find_map(unsettled)
    {
        let (asset, who) = (number as AssetId, who_is(model, account)?);
        let open = model.assets[number].requests.get(&account).map(|open| (open.target, open.opened_at));
        let dispute = DisputeRef::Back((model.disputes.opened.len() - 1 - position) as u8);
        return match (open, ruling) {
            (Some(open), _) if open == disputed => this(Action::CancelExit { by: who, asset }, soon()),
            (None, _) => ask(model, asset, account),
            (_, None) => this(Action::Disputes(DisputeAction::Rule { by: None, dispute, ruling: 1 }), soon()),
            _ => this(Action::Disputes(DisputeAction::Settle { dispute }), soon()),
        };
    }
    for (asset, held) in (0_u8..).zip(&model.assets) {
        let fresh = |account: &&Address| model.disputes.about_request(usize::from(asset), **account).is_none();
        if let Some(account) = held.requests.keys().find(fresh) {
            let dispute = DisputeAction::DisputeRequest {
                by: None,
                asset,
                account: who_is(model, *account)?,
                value: Value::Right,
            };
            return this(Action::Disputes(dispute), soon());
        }
    }
    let is_final = |(asset, held): &(AssetId, &AssetState)| held.listed && model.final_epoch(usize::from(*asset)) > 0;
    match (0_u8..).zip(&model.assets).find(is_final) {
        Some(_) => any("requestExit", soon()),
        None => any("sync", to(Edge::Final(first_listed(model)?), 0)),
    }
}

fn ask(model: &Model, asset: AssetId, account: Address) -> Option<Next> {
    let held = &model.assets[usize::from(asset)];
    let leaves = held.kept(model.final_epoch(usize::from(asset)))?.ledger.leaves();
    let pick = leaves.iter().position(|leaf| leaf.account == account)? as u16;
    let leaf = LeafRef { source: Source::Counting, pick, forgery: Forgery::None };
    this(Action::RequestExit { by: None, asset, leaf, amount: Amount::Part(100), value: Value::Right }, soon())
}
