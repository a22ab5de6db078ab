//! What is put to the arbitrator, what he says, and the refunds that follow.

use super::*;
use crate::{
    action::{ArbitratorMode, DisputeAction, DisputeRef},
    call::DisputeOp,
};

impl Resolver<'_> {
    pub(super) fn dispute(&self, action: &DisputeAction) -> Call {
        let stranger = |op| self.stranger(Op::Disputes(op));
        match action {
            DisputeAction::DisputeLedger { by, asset, value } => {
                let value = self.fee(self.model.terms().challengeBond.to(), *value);
                let op = DisputeOp::DisputeLedger { asset: asset_of(*asset) };
                Call { value, ..self.sent(self.paying(*by), Op::Disputes(op)) }
            }
            DisputeAction::DisputeRequest { by, asset, account, value } => {
                let from = by.map_or_else(|| self.model.world().operator.address(), |by| self.sender(by));
                let op = DisputeOp::DisputeRequest { asset: asset_of(*asset), account: self.actor(*account) };
                Call { value: self.fee(0, *value), ..self.sent(from, Op::Disputes(op)) }
            }
            DisputeAction::SubmitEvidence { by, dispute, length } => {
                let op = DisputeOp::SubmitEvidence { id: self.number(*dispute), text: "e".repeat((*length).into()) };
                self.by(*by, Op::Disputes(op))
            }
            DisputeAction::Rule { by, dispute, ruling } => {
                let ruling = if *ruling == u8::MAX { U256::MAX } else { U256::from(*ruling) };
                let op = DisputeOp::Rule { by_arbitrator: by.is_none(), id: self.number(*dispute), ruling };
                by.map_or_else(|| stranger(op.clone()), |by| self.by(by, Op::Disputes(op.clone())))
            }
            DisputeAction::Settle { dispute } => stranger(DisputeOp::Settle { id: self.number(*dispute) }),
            DisputeAction::RefundEntry { asset, entry, source, forgery } => {
                let asset = asset_of(*asset);
                let entry = self.entry(asset, *entry);
                stranger(DisputeOp::RefundEntry {
                    asset,
                    entry,
                    leaf: self.entry_leaf(asset, entry, *source, *forgery),
                })
            }
            DisputeAction::RefundEntryWithoutLeaf { by, asset, entry } => {
                let asset = asset_of(*asset);
                let entry = self.entry(asset, *entry);
                let account = self.asset(asset).queue.get(entry as usize).map(|queued| queued.account);
                let from = by.map_or(account.unwrap_or_default(), |by| self.sender(by));
                self.sent(self.sendable(from), Op::Disputes(DisputeOp::RefundEntryWithoutLeaf { asset, entry }))
            }
            DisputeAction::WithdrawCredit { by, to } => {
                let (from, to) = (self.paying(*by), self.actor(*to));
                self.sent(from, Op::Disputes(DisputeOp::WithdrawCredit { to }))
            }
            DisputeAction::Intrude { by, asset, hook } => {
                self.by(*by, Op::Disputes(DisputeOp::Intrude { asset: asset_of(*asset), hook: *hook }))
            }
            DisputeAction::SetArbitrator { mode, cost } => {
                stranger(DisputeOp::SetArbitrator { mode: *mode, cost: U256::from(*cost) })
            }
        }
    }

    /// Who opens disputes: reserved numbers stand for the operator here.
    fn paying(&self, who: Who) -> Address {
        let world = self.model.world();
        let account = self.actor(who);
        if world.key_of(account).is_some() { account } else { world.operator.address() }
    }

    /// What a dispute costs now, with so much bond.
    fn fee(&self, bond: u128, value: Value) -> U256 {
        let arbitrator = &self.model.disputes.arbitrator;
        let told = arbitrator.mode != ArbitratorMode::Garbles && !self.model.terms().arbitrator.is_zero();
        let cost = if told { narrow(arbitrator.cost()) } else { 0 };
        deposit(cost + bond, value)
    }

    fn number(&self, told: DisputeRef) -> U256 {
        let opened = &self.model.disputes.opened;
        let unknown = U256::from(opened.len()) + U256::from(7);
        match told {
            DisputeRef::Unknown => unknown,
            DisputeRef::Back(back) => {
                let position = opened.len().checked_sub(1 + usize::from(back) % opened.len().max(1));
                position.map_or(unknown, |position| opened[position].0)
            }
        }
    }

    /// An entry of the queue, or the one that comes next.
    pub(super) fn entry(&self, asset: usize, entry: u8) -> u64 {
        u64::from(entry) % (self.asset(asset).queue.len() as u64 + 1)
    }

    /// The leaf of an entry's account; the first one, if the account has none.
    fn entry_leaf(&self, asset: usize, entry: u64, source: Source, forgery: Forgery) -> ProvenLeaf {
        let account = self.asset(asset).queue.get(entry as usize).map(|queued| queued.account);
        let ledger = self.source(asset, source);
        let of_account = |leaf: &Leaf| Some(leaf.account) == account;
        let pick = ledger.leaves().iter().position(of_account).unwrap_or(0) as u16;
        self.leaf(asset, LeafRef { source, pick, forgery })
    }
}
