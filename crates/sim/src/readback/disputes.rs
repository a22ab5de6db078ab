//! What the disputes contract must answer.

use alloy::{
    primitives::{Address, Bytes, U256},
    sol_types::{SolCall, SolValue},
};
use lifeboat_bindings::vault::{self, Disputes};

use super::{Expectation, List, seconds};
use crate::{
    backend::View,
    model::{Dispute, Question},
};

impl List<'_> {
    /// A view of the disputes contract.
    fn ask_disputes<C: SolCall>(&mut self, name: &'static str, call: &C, answer: impl Into<Bytes>) {
        let view = View { target: self.model.disputes_address(), call: call.abi_encode().into() };
        self.list.push(Expectation { name, view, answer: answer.into() });
    }

    pub(super) fn disputes(&mut self) {
        let (model, disputes) = (self.model, &self.model.disputes);
        for (id, dispute) in &disputes.opened {
            let (question, asset, account, target, opened_at) = match dispute.question {
                Question::Ledger { asset } => (1, asset, Address::ZERO, 0, 0),
                Question::Request { asset, account, target, opened_at } => (2, asset, account, target, opened_at),
            };
            let told = vault::Case {
                opener: dispute.opener,
                due: seconds(dispute.due),
                question,
                isRuled: dispute.ruling.is_some(),
                isSettled: dispute.is_settled,
                ruling: dispute.ruling.unwrap_or(0),
                asset: model.assets[asset].address,
                account,
                target,
                openedAt: seconds(opened_at),
            };
            self.ask_disputes("disputeOf", &Disputes::disputeOfCall { disputeId: *id }, told.abi_encode());
        }
        let number =
            |found: Option<&(U256, Dispute)>| (found.is_some(), found.map_or(U256::ZERO, |(id, _)| *id)).abi_encode();
        for (position, held) in model.assets.iter().enumerate() {
            let call = Disputes::ledgerDisputeCall { asset: held.address };
            self.ask_disputes("ledgerDispute", &call, number(disputes.about_ledger(position)));
            for account in held.requests.keys().copied() {
                let call = Disputes::requestDisputeCall { asset: held.address, account };
                self.ask_disputes("requestDispute", &call, number(disputes.about_request(position, account)));
            }
        }
        for (account, credit) in &disputes.credit {
            let call = Disputes::creditOfCall { account: *account };
            self.ask_disputes("creditOf", &call, U256::from(*credit).abi_encode());
        }
        let address = model.disputes_address();
        self.balance(Address::ZERO, address, model.assets[0].balance_of(address));
    }
}
