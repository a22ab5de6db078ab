//! The money rules (specification and architecture, "money rules"), checked on the model that the chain has just been found equal to.

use std::collections::BTreeMap;

use alloy::primitives::{Address, B256, U256};
use lifeboat_ledger::Leaf;

use crate::model::{AssetState, Decision, Model, Phase, Timeline};

/// A broken rule: its number and what was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Number of the rule.
    pub rule: u8,
    /// What was found.
    pub found: String,
}

/// Remembers what must never change again.
#[derive(Clone, Debug, Default)]
pub struct Oracle {
    latched: Option<Timeline>,
    /// What was decided of orders.
    decided: BTreeMap<B256, Decision>,
    /// Epochs of the ledgers that count, by asset.
    counting: BTreeMap<Address, u32>,
}

impl Oracle {
    /// Cheap rules: after every step.
    ///
    /// # Errors
    /// The rule that does not hold.
    pub fn after_step(&mut self, model: &Model) -> Result<(), Broken> {
        for held in &model.assets {
            backed(model, held)?;
            bond_is_there(model, held)?;
            rounds_within_means(held)?;
        }
        deposits_are_there(model)?;
        disputes_are_funded(model)?;
        self.decisions_stand(model)?;
        for (number, held) in model.assets.iter().enumerate() {
            self.ledger_stands(model, number, held)?;
        }
        self.latch_is_terminal(model)
    }

    /// All rules: at the end of a block.
    ///
    /// # Errors
    /// The rule that does not hold.
    pub fn after_block(&mut self, model: &Model) -> Result<(), Broken> {
        self.after_step(model)?;
        for held in &model.assets {
            books_add_up(held)?;
            nobody_gets_more(model, held)?;
            nobody_is_refunded_more(model, held)?;
        }
        Ok(())
    }

    /// Rule 6 for ledgers: an older one takes the place of the one that counts only when a dispute is settled, and before any round.
    fn ledger_stands(&mut self, model: &Model, number: usize, held: &AssetState) -> Result<(), Broken> {
        let dispute = model.disputes.about_ledger(number).map(|(_, dispute)| dispute);
        let open = dispute.is_some_and(|dispute| !dispute.is_settled);
        let Some(recovered) = held.recovered else { return Ok(()) };
        let known = self.counting.insert(held.address, recovered.epoch).unwrap_or(recovered.epoch);
        let lost = dispute.is_some_and(|dispute| dispute.is_settled && dispute.ruling != Some(1));
        let replaced = known != recovered.epoch;
        if (replaced && !(lost && recovered.epoch < known && held.rounds.is_empty()))
            || (open && !held.rounds.is_empty())
        {
            let found = format!("ledger {known} became {}, {} rounds, {dispute:?}", recovered.epoch, held.rounds.len());
            return Err(Broken { rule: 6, found });
        }
        Ok(())
    }

    /// Of escrowed orders: the escrow holds nothing itself, what was decided stays so, and from the latch on payers get theirs back.
    fn decisions_stand(&mut self, model: &Model) -> Result<(), Broken> {
        let pot = model.assets.iter().find(|held| !held.balance_of(model.escrow_address()).is_zero());
        if let Some(held) = pot {
            return Err(Broken { rule: 1, found: format!("the escrow itself holds {}", held.address) });
        }
        for (id, decision) in &model.escrow.decided {
            let known = self.decided.insert(*id, *decision);
            let late = known.is_none() && model.phase() >= Phase::Latched && *decision == Decision::Released;
            if late || known.is_some_and(|known| known != *decision) {
                return Err(Broken { rule: 2, found: format!("order {id}: {known:?} became {decision:?}") });
            }
        }
        Ok(())
    }

    /// Rule 6: nothing leads back from the latch, and its times stand still.
    fn latch_is_terminal(&mut self, model: &Model) -> Result<(), Broken> {
        let timeline = model.clock.timeline();
        match self.latched {
            Some(latched) if latched != timeline => {
                Err(Broken { rule: 6, found: format!("{latched:?} became {timeline:?} after the latch") })
            }
            None if model.phase() >= Phase::Latched => {
                self.latched = Some(timeline);
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

/// Rules 1 and 5: what is segregated or pending is there in full, and no round has promised it to anybody else.
fn backed(model: &Model, held: &AssetState) -> Result<(), Broken> {
    let balance = held.balance_of(model.address());
    let own = U256::from(held.segregated) + U256::from(held.pending);
    let promised = held.recovered.map_or(0, |recovered| recovered.allotted - recovered.tallied);
    // Single claims that no tally has booked have left the vault already.
    let gone: u128 = held.cells.values().map(|cell| cell.untallied).sum();
    if balance < own {
        return Err(Broken { rule: 1, found: format!("balance {balance} below segregated and pending {own}") });
    }
    let needed = own + U256::from(promised - gone);
    if balance < needed {
        return Err(Broken { rule: 5, found: format!("balance {balance} below all that is promised {needed}") });
    }
    Ok(())
}

/// Rules 1 and 2 for the bond: it holds what is bonded, promised and credited, to the base unit, and pays no more than it opened with.
fn bond_is_there(model: &Model, held: &AssetState) -> Result<(), Broken> {
    let (balance, due) = (held.balance_of(model.bond()), held.bonded.due());
    if balance != due {
        return Err(Broken { rule: 1, found: format!("the bond holds {balance}, {due} due") });
    }
    match held.bonded.compensation {
        Some(opened) if opened.paid > opened.amount => {
            Err(Broken { rule: 2, found: format!("{} of {} compensated", opened.paid, opened.amount) })
        }
        _ => Ok(()),
    }
}

/// Rule 1 for deposits: the registry holds what is to be given back, to the wei.
fn deposits_are_there(model: &Model) -> Result<(), Broken> {
    let (held, due) = (model.assets[0].balance_of(model.registry()), U256::from(model.deposits_due()));
    if held == due { Ok(()) } else { Err(Broken { rule: 1, found: format!("{held} wei of deposits held, {due} due") }) }
}

/// Rule 1 for disputes: their contract holds what it owes, to the wei.
fn disputes_are_funded(model: &Model) -> Result<(), Broken> {
    let held = model.assets[0].balance_of(model.disputes_address());
    let due = U256::from(model.disputes.due(model.terms().challengeBond.to()));
    if held == due { Ok(()) } else { Err(Broken { rule: 1, found: format!("disputes hold {held} wei, {due} due") }) }
}

/// Rule 3: no round pays more than it opened with, and all rounds together at most what is owed.
fn rounds_within_means(held: &AssetState) -> Result<(), Broken> {
    let Some(recovered) = held.recovered else { return Ok(()) };
    let untallied: u128 = held.cells.values().map(|cell| cell.untallied).sum();
    let numerators: u128 = held.rounds.iter().map(|round| round.numerator).sum();
    if recovered.tallied + untallied > recovered.allotted || numerators > recovered.owed {
        let found = format!(
            "paid {} + {untallied} of {} allotted, {numerators} of {} owed",
            recovered.tallied, recovered.allotted, recovered.owed
        );
        return Err(Broken { rule: 3, found });
    }
    Ok(())
}

/// Rule 1: the books are the sums of their entries.
fn books_add_up(held: &AssetState) -> Result<(), Broken> {
    let segregated: u128 = held.segregated_of.values().sum();
    let open = held.queue.iter().skip(held.absorbed as usize).filter(|entry| !entry.refunded);
    let pending: u128 = open.map(|entry| entry.amount).sum();
    if segregated == held.segregated && pending == held.pending {
        return Ok(());
    }
    let found = format!(
        "segregated {} but entries {segregated}; pending {} but entries {pending}",
        held.segregated, held.pending
    );
    Err(Broken { rule: 1, found })
}

/// Rule 2: over all rounds and earlier payouts no leaf gets more than it is owed.
fn nobody_gets_more(model: &Model, held: &AssetState) -> Result<(), Broken> {
    let Some(ledger) = held.counting_ledger() else { return Ok(()) };
    for (index, leaf) in (0_u32..).zip(ledger.leaves()) {
        let net = held.net_in_return(index, leaf);
        let received = received(held, index, leaf);
        if received > net || (held.touched(index) && received > held.net(leaf)) {
            let found = format!("leaf {index} of {} received {received} of {net}", name(model, leaf.account));
            return Err(Broken { rule: 2, found });
        }
    }
    Ok(())
}

/// Rule 2 where a dispute has reopened deposits: payouts, shares and refunds together are at most what the ledger that counts owes an account
/// and what it paid in since; more only as far as it had been paid out more already.
fn nobody_is_refunded_more(model: &Model, held: &AssetState) -> Result<(), Broken> {
    let (Some(recovered), Some(ledger)) = (held.recovered, held.counting_ledger()) else { return Ok(()) };
    let reopened = (recovered.cursor..recovered.reopened_to).filter_map(|entry| held.queue.get(entry as usize));
    let refunded: Vec<_> = reopened.filter(|entry| entry.refunded).collect();
    for account in refunded.iter().map(|entry| entry.account) {
        let leaves = (0_u32..).zip(ledger.leaves()).filter(|(_, leaf)| leaf.account == account);
        let leaves: Vec<_> = leaves.collect();
        let paid_out = held.paid_out_to(account);
        // Payouts that nobody has flagged are not netted, and two leaves of one account net the same ones.
        let netted = |(index, leaf): &(u32, &Leaf)| held.touched(*index) || paid_out <= leaf.paid;
        if leaves.len() > 1 || !leaves.iter().all(netted) {
            continue;
        }
        let of_account = || refunded.iter().filter(|entry| entry.account == account);
        let paid_in: u128 = of_account().map(|entry| entry.amount).sum();
        let returned = paid_in - of_account().map(|entry| entry.withheld).sum::<u128>();
        let owed: u128 = leaves.iter().map(|(_, leaf)| leaf.balance.saturating_add(leaf.paid)).sum();
        let shares: u128 = leaves.iter().map(|(index, leaf)| received(held, *index, leaf)).sum();
        if paid_out + returned + shares > paid_out.max(owed.saturating_add(paid_in)) {
            let found = format!(
                "{} had {paid_out}, {returned} and {shares}, was owed {owed} and paid in {paid_in}",
                name(model, account)
            );
            return Err(Broken { rule: 2, found });
        }
    }
    Ok(())
}

/// What a leaf has had of all rounds.
fn received(held: &AssetState, index: u32, leaf: &Leaf) -> u128 {
    let claimed = |round: usize| held.cell(round as u32, index / 64).claimed >> (index % 64) & 1 == 1;
    let net = held.net_in_return(index, leaf);
    let rounds = held.rounds.iter().enumerate().filter(|(round, _)| claimed(*round));
    rounds.map(|(_, opened)| opened.share_of(net)).sum()
}

fn name(model: &Model, account: Address) -> String {
    if account == model.address() { "the vault".to_owned() } else { account.to_string() }
}
