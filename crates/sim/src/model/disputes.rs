//! What a contract cannot decide: which ledger counts, and whether a request was served. Specification §13.

use std::collections::BTreeMap;

use alloy::{
    primitives::{Address, Log, U256},
    sol_types::SolEvent,
};
use lifeboat_bindings::vault::{Disputes as Contract, Vault};

use super::{Expected, Model, Outcome, Phase, Reach, Recovered, Refusal, arbitrator::Arbitrator, refuse};
use crate::call::{DisputeOp, ProvenLeaf};

/// Of terms with the testnet's timers, in seconds.
const RULING_TIME: u64 = 120;
const COUNTING_TIME: u64 = 60;
/// Seconds from the time of rounds on in which nobody but its account says of an entry that it has no leaf.
const REFUND_TIME: u64 = 300;
/// As long as a dispute is open, rounds wait for it: the largest number of 40 bits.
pub const HELD: u64 = (1 << 40) - 1;
/// For the newer ledger; that the request was served.
const YES: u8 = 1;
/// What there is to choose from.
const CHOICES: u8 = 2;
/// Numbers of the meta-evidence.
const ABOUT_LEDGERS: u64 = 1;
const ABOUT_REQUESTS: u64 = 2;

/// Everything that the disputes contract knows, and its arbitrator.
#[derive(Clone, Debug, Default)]
pub struct Disputes {
    /// In the order of their opening, under the arbitrator's numbers.
    pub opened: Vec<(U256, Dispute)>,
    /// Wei that accounts can fetch.
    pub credit: BTreeMap<Address, u128>,
    /// Whom the terms name, or do not.
    pub arbitrator: Arbitrator,
}

/// One dispute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dispute {
    /// Who pays for it.
    pub opener: Address,
    /// Last second in which a ruling counts, Unix.
    pub due: u64,
    /// What it is about.
    pub question: Question,
    /// What was ruled in time; zero: that he does not decide.
    pub ruling: Option<u8>,
    /// Carried out.
    pub is_settled: bool,
}

/// What a dispute is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Question {
    /// Which of an asset's last two final ledgers counts.
    Ledger { asset: usize },
    /// Whether this very request was served.
    Request { asset: usize, account: Address, target: u128, opened_at: u64 },
}

impl Disputes {
    /// A dispute by its number.
    #[must_use]
    pub fn of(&self, id: U256) -> Option<&Dispute> {
        self.opened.iter().find(|(number, _)| *number == id).map(|(_, dispute)| dispute)
    }

    /// The dispute about an asset's last ledger.
    #[must_use]
    pub fn about_ledger(&self, asset: usize) -> Option<&(U256, Dispute)> {
        self.opened.iter().find(|(_, dispute)| dispute.question == Question::Ledger { asset })
    }

    /// The dispute about an account's request.
    #[must_use]
    pub fn about_request(&self, asset: usize, account: Address) -> Option<&(U256, Dispute)> {
        self.opened.iter().find(|(_, dispute)| {
            matches!(dispute.question, Question::Request { asset: a, account: of, .. } if (a, of) == (asset, account))
        })
    }

    /// Those that are not settled, oldest first.
    pub fn unsettled(&self) -> impl Iterator<Item = &(U256, Dispute)> {
        self.opened.iter().filter(|(_, dispute)| !dispute.is_settled)
    }

    /// What the contract must hold, if each ledger's dispute keeps so much until it is settled.
    #[must_use]
    pub fn due(&self, bond: u128) -> u128 {
        let ledgers = self.unsettled().filter(|(_, dispute)| matches!(dispute.question, Question::Ledger { .. }));
        self.credit.values().sum::<u128>() + bond * ledgers.count() as u128
    }

    fn give(&mut self, account: Address, amount: u128) {
        if amount > 0 {
            *self.credit.entry(account).or_default() += amount;
        }
    }
}

impl Model {
    /// Where the vault's disputes are opened and settled.
    #[must_use]
    pub fn disputes_address(&self) -> Address {
        self.world.vaults[self.vault].disputes
    }

    pub(super) fn dispute(&mut self, from: Address, value: U256, op: &DisputeOp) -> Outcome {
        match op {
            DisputeOp::DisputeLedger { asset } => self.dispute_ledger(from, value, *asset),
            DisputeOp::DisputeRequest { asset, account } => self.dispute_request(from, value, *asset, *account),
            DisputeOp::SubmitEvidence { id, text } => self.submit_evidence(from, *id, text),
            DisputeOp::Rule { by_arbitrator, id, ruling } => {
                let says = if *by_arbitrator { self.world.arbitrator } else { from };
                self.rule(says, *id, *ruling)
            }
            DisputeOp::Settle { id } => self.settle_dispute(*id),
            DisputeOp::RefundEntry { asset, entry, leaf } => self.refund_entry(*asset, *entry, leaf),
            DisputeOp::RefundEntryWithoutLeaf { asset, entry } => self.refund_entry_without_leaf(from, *asset, *entry),
            DisputeOp::WithdrawCredit { to } => self.withdraw_dispute_credit(from, *to),
            DisputeOp::Intrude { .. } => Err(refuse(&Vault::Disputes_OnlyDisputes {})),
            DisputeOp::SetArbitrator { mode, cost } => {
                self.disputes.arbitrator.set_manners(*mode, *cost);
                Ok(Vec::new())
            }
        }
    }

    // ------------------------------------------------------------------ opening

    fn dispute_ledger(&mut self, from: Address, value: U256, asset: usize) -> Outcome {
        let token = self.assets[asset].address;
        if self.disputes.about_ledger(asset).is_some() {
            return Err(refuse(&Vault::Disputes_Disputed { subject: token }));
        }
        if self.phase() != Phase::Latched {
            return Err(self.wrong_phase());
        }
        let recovered = self.recovery_of(asset)?;
        if self.older_ledger(asset, &recovered).is_none() {
            return Err(refuse(&Contract::Disputes_NoOtherLedger { asset: token }));
        }
        let bond = self.terms().challengeBond.to();
        let id = self.require_arbitration(value, bond)?;

        let mut logs = self.fix_recovery(asset);
        if let Some(recovered) = &mut self.assets[asset].recovered {
            recovered.rounds_from = HELD;
        }
        let (due, asked) = self.create(from, value, bond, id, Question::Ledger { asset }, ABOUT_LEDGERS);
        logs.extend(asked);
        let event = Contract::LedgerDisputed { asset: token, disputeId: id, opener: from, due };
        logs.push(self.disputes_log(&event));
        Ok(logs)
    }

    fn dispute_request(&mut self, from: Address, value: U256, asset: usize, account: Address) -> Outcome {
        if from != self.terms().operator {
            return Err(refuse(&Vault::Disputes_OnlyOperator {}));
        }
        if self.disputes.about_request(asset, account).is_some() {
            return Err(refuse(&Vault::Disputes_Disputed { subject: account }));
        }
        self.require_not_latched()?;
        let Some(request) = self.assets[asset].requests.get(&account).copied() else {
            return Err(refuse(&Vault::Liveness_RequestNotOpen { account }));
        };
        let id = self.require_arbitration(value, 0)?;

        let question = Question::Request { asset, account, target: request.target, opened_at: request.opened_at };
        let (due, mut logs) = self.create(from, value, 0, id, question, ABOUT_REQUESTS);
        let event = Contract::RequestDisputed { account, asset: self.assets[asset].address, disputeId: id, due };
        logs.push(self.disputes_log(&event));
        Ok(logs)
    }

    /// The number that the arbitrator gives to a dispute that comes with enough. It must be new, and leave room for one more.
    fn require_arbitration(&self, sent: U256, bond: u128) -> Result<U256, Refusal> {
        let arbitrator = self.terms().arbitrator;
        if arbitrator.is_zero() {
            return Err(refuse(&Vault::Disputes_NoArbitrator {}));
        }
        let needed = self.disputes.arbitrator.require_cost()? + U256::from(bond);
        if sent < needed {
            return Err(refuse(&Vault::Disputes_ValueTooLow { sent, needed }));
        }
        let id = self.disputes.arbitrator.require_number()?;
        if id == U256::MAX || self.disputes.of(id).is_some() {
            return Err(refuse(&Vault::Disputes_Disputed { subject: arbitrator }));
        }
        Ok(id)
    }

    /// Pays the arbitrator, keeps the bond, credits the rest: when it is due, and the logs so far.
    fn create(
        &mut self,
        from: Address,
        value: U256,
        bond: u128,
        id: U256,
        question: Question,
        meta_evidence: u64,
    ) -> (U256, Vec<Expected>) {
        let (cost, arbitrator, disputes) =
            (self.disputes.arbitrator.cost(), self.world.arbitrator, self.disputes_address());
        let payer = self.payer(from);
        self.assets[0].debit(payer, value);
        self.assets[0].credit(disputes, value - cost);
        self.assets[0].credit(arbitrator, cost);
        self.disputes.give(from, (value - cost - U256::from(bond)).to());

        let extra_data = self.terms().arbitratorExtraData.clone();
        let mut logs = self.disputes.arbitrator.create(arbitrator, id, CHOICES, extra_data);
        let due = self.now + RULING_TIME;
        self.disputes.opened.push((id, Dispute { opener: from, due, question, ruling: None, is_settled: false }));
        logs.push(self.disputes_log(&Contract::Dispute {
            _arbitrator: arbitrator,
            _disputeID: id,
            _metaEvidenceID: U256::from(meta_evidence),
            _evidenceGroupID: id,
        }));
        (U256::from(due), logs)
    }

    /// What would count in the place of the ledger that the recovery is or would be fixed by: the newest final one before it, kept or
    /// remembered, if it differs, and if the reserve covers the deposits that it does not know.
    #[must_use]
    pub fn older_ledger(&self, asset: usize, recovered: &Recovered) -> Option<u32> {
        let (held, reference) = (&self.assets[asset], self.clock.reference(self.now));
        let is_final = |epoch: &u32| held.kept(*epoch).is_some_and(|posted| self.final_at(posted) <= reference);
        // A recovery by no ledger has no older one.
        let kept = (1..recovered.epoch).rev().find(is_final);
        let older = kept.or(held.remembered.filter(|_| recovered.epoch > 0))?;
        let root = |epoch| held.posted_at(epoch).map(|posted| posted.ledger.root().hash);
        let reopened = held.entries(held.posted_at(older)?.cursor, held.absorbed.max(recovered.cursor));
        let differs = root(older) != root(recovered.epoch) || reopened != 0;
        (differs && U256::from(reopened) <= self.reserve_after_fixing(asset, recovered)).then_some(older)
    }

    // ------------------------------------------------------------------ deciding

    fn submit_evidence(&mut self, from: Address, id: U256, text: &str) -> Outcome {
        let dispute = self.require_dispute(id)?;
        if dispute.ruling.is_some() || dispute.is_settled {
            return Err(refuse(&Vault::Disputes_Closed { disputeId: id }));
        }
        Ok(vec![self.disputes_log(&Contract::Evidence {
            _arbitrator: self.terms().arbitrator,
            _evidenceGroupID: id,
            _party: from,
            _evidence: text.to_owned(),
        })])
    }

    /// The first ruling in time is noted. No other is refused.
    fn rule(&mut self, from: Address, id: U256, ruling: U256) -> Outcome {
        let arbitrator = self.terms().arbitrator;
        if from != arbitrator {
            return Err(refuse(&Vault::Disputes_OnlyArbitrator {}));
        }
        let dispute = self.require_dispute(id)?;
        if dispute.ruling.is_some() || dispute.is_settled || self.now > dispute.due {
            return Ok(Vec::new());
        }
        let noted = u8::try_from(ruling).ok().filter(|ruling| *ruling <= CHOICES).unwrap_or(0);
        self.change_dispute(id, |dispute| dispute.ruling = Some(noted));
        let event = Contract::Ruling { _arbitrator: arbitrator, _disputeID: id, _ruling: ruling };
        Ok(vec![self.disputes_log(&event)])
    }

    fn settle_dispute(&mut self, id: U256) -> Outcome {
        let dispute = self.require_dispute(id)?.clone();
        if dispute.is_settled {
            return Err(refuse(&Vault::Disputes_Closed { disputeId: id }));
        }
        if dispute.ruling.is_none() && self.now <= dispute.due {
            return Err(refuse(&Vault::Disputes_NotDue { due: U256::from(dispute.due) }));
        }

        self.change_dispute(id, |dispute| dispute.is_settled = true);
        let yes = dispute.ruling == Some(YES);
        let (changed, mut logs) = match dispute.question {
            Question::Ledger { asset } => self.settle_ledger(asset, dispute.opener, yes),
            Question::Request { asset, account, target, opened_at } => {
                let open = self.assets[asset].requests.get(&account).copied();
                let same = open.is_some_and(|open| (open.target, open.opened_at) == (target, opened_at));
                let closes = yes && same && self.phase() < Phase::Latched;
                (closes, if closes { self.close_request(asset, account) } else { Vec::new() })
            }
        };
        logs.push(self.disputes_log(&Contract::Settled { disputeId: id, changed }));
        Ok(logs)
    }

    /// Upheld: the bond is the tank's. Else the older ledger counts, if the reserve still covers the deposits between, and has its time to
    /// be counted; the bond goes back either way.
    fn settle_ledger(&mut self, asset: usize, opener: Address, newer: bool) -> (bool, Vec<Expected>) {
        let bond = self.terms().challengeBond.to::<u128>();
        let Some(recovered) = self.assets[asset].recovered else { return (false, Vec::new()) };
        if newer {
            let disputes = self.disputes_address();
            self.assets[0].debit(disputes, U256::from(bond));
            self.tank_filled += U256::from(bond);
        } else {
            self.disputes.give(opener, bond);
        }
        let rounds_from = if newer { self.now } else { self.now + COUNTING_TIME };
        let older = if newer { None } else { self.older_ledger(asset, &recovered) };
        let Some(epoch) = older else {
            self.assets[asset].recovered = Some(Recovered { rounds_from, ..recovered });
            return (false, Vec::new());
        };

        let held = &mut self.assets[asset];
        let reopened_to = held.absorbed;
        let recovered = Recovered { rounds_from, reopened_to, ..held.recovered_by(epoch) };
        held.pending += held.entries(recovered.cursor, reopened_to);
        held.absorbed = recovered.cursor;
        held.recovered = Some(recovered);
        (true, vec![self.recovery_fixed(asset, &recovered)])
    }

    // ------------------------------------------------------------------ what follows

    fn refund_entry(&mut self, asset: usize, entry: u64, leaf: &ProvenLeaf) -> Outcome {
        let account = self.require_reopened(asset, entry)?;
        if leaf.leaf.account != account {
            return Err(refuse(&Vault::Ledger_NotTheAccount { caller: leaf.leaf.account, account }));
        }
        let held = &self.assets[asset];
        self.require_leaf(asset, held.counting_ledger().map(AsRef::as_ref), leaf)?;
        // What was paid out beyond the leaf can only have been the deposits'.
        let known = leaf.leaf.balance.saturating_add(leaf.leaf.paid);
        let excess = held.paid_out_to(account).saturating_sub(known);
        Ok(self.refund_less(asset, entry, account, excess))
    }

    /// From when on anybody may refund the asset's reopened entries as if there were no leaf.
    #[must_use]
    pub fn unlisted_at(&self, asset: usize) -> Option<u64> {
        let rounds_from = self.assets[asset].recovered.map(|by| by.rounds_from).filter(|from| *from < HELD)?;
        Some(rounds_from + REFUND_TIME)
    }

    fn refund_entry_without_leaf(&mut self, from: Address, asset: usize, entry: u64) -> Outcome {
        let account = self.require_reopened(asset, entry)?;
        if from != account && self.unlisted_at(asset).is_none_or(|at| self.now < at) {
            return Err(refuse(&Vault::Ledger_NotTheAccount { caller: from, account }));
        }
        let excess = self.assets[asset].paid_out_to(account);
        Ok(self.refund_less(asset, entry, account, excess))
    }

    /// The excess is taken off once over all entries of an account.
    fn refund_less(&mut self, asset: usize, entry: u64, account: Address, excess: u128) -> Vec<Expected> {
        let held = &self.assets[asset];
        let taken = held.withheld_of(account);
        let amount = held.queue.get(entry as usize).map_or(0, |queued| queued.amount);
        self.refund(asset, entry, excess.saturating_sub(taken).min(amount))
    }

    fn withdraw_dispute_credit(&mut self, account: Address, to: Address) -> Outcome {
        let amount = self.disputes.credit.get(&account).copied().unwrap_or_default();
        if amount == 0 {
            return Err(refuse(&Vault::Books_ZeroAmount {}));
        }
        let disputes = self.disputes_address();
        self.require_send_from(disputes, 0, to)?;

        self.disputes.credit.remove(&account);
        let event = Contract::CreditWithdrawn { account, to, amount: U256::from(amount) };
        let mut logs = vec![self.disputes_log(&event)];
        logs.extend(self.send_from(disputes, 0, to, U256::from(amount), Reach::Full));
        Ok(logs)
    }

    // ------------------------------------------------------------------ internals

    fn require_dispute(&self, id: U256) -> Result<&Dispute, Refusal> {
        self.disputes.of(id).ok_or_else(|| refuse(&Vault::Disputes_Unknown { disputeId: id }))
    }

    fn change_dispute(&mut self, id: U256, change: impl FnOnce(&mut Dispute)) {
        if let Some((_, dispute)) = self.disputes.opened.iter_mut().find(|(number, _)| *number == id) {
            change(dispute);
        }
    }

    /// Whose entry it is, if a dispute has reopened it and nobody has had it yet.
    fn require_reopened(&self, asset: usize, number: u64) -> Result<Address, Refusal> {
        let (held, entry) = (&self.assets[asset], U256::from(number));
        let reopened = held.recovered.is_some_and(|by| (by.cursor..by.reopened_to).contains(&number));
        let queued = held.queue.get(number as usize).filter(|_| reopened);
        let queued = queued.ok_or_else(|| refuse(&Vault::Disputes_NotReopened { entry }))?;
        if queued.refunded { Err(refuse(&Vault::Books_EntryRefunded { entry })) } else { Ok(queued.account) }
    }

    /// A log of the disputes contract.
    fn disputes_log<E: SolEvent>(&self, event: &E) -> Expected {
        Expected::Exactly(Log { address: self.disputes_address(), data: event.encode_log_data() })
    }
}

impl super::AssetState {
    /// What stayed in the reserve of an account's refunds.
    #[must_use]
    pub fn withheld_of(&self, account: Address) -> u128 {
        self.queue.iter().filter(|queued| queued.account == account).map(|queued| queued.withheld).sum()
    }
}
