//! What a vault's escrow must answer.

use alloy::{
    primitives::{Address, U256},
    sol_types::{SolCall, SolValue},
};
use lifeboat_bindings::vault::Escrow;

use super::{Expectation, List};
use crate::backend::View;

impl List<'_> {
    pub(super) fn escrow(&mut self) {
        let model = self.model;
        for (id, order) in &model.escrow.orders {
            let told = order.told(model.world());
            let decided = U256::from(model.escrow.decided.get(id).map_or(0, |decision| *decision as u8));
            self.ask_escrow("outcomeOf", &Escrow::outcomeOfCall { id: *id }, decided.abi_encode());
            self.ask_escrow("heldOf", &Escrow::heldOfCall { order: told.clone() }, model.in_purse(order).abi_encode());
            self.ask_escrow("purseOf", &Escrow::purseOfCall { order: told }, model.purse(order).abi_encode());
        }
        // It holds nothing itself.
        for held in &model.assets {
            self.balance(held.address, model.escrow_address(), U256::ZERO);
        }
    }

    fn ask_escrow<C: SolCall>(&mut self, name: &'static str, call: &C, answer: Vec<u8>) {
        let target: Address = self.model.escrow_address();
        let view = View { target, call: call.abi_encode().into() };
        self.list.push(Expectation { name, view, answer: answer.into() });
    }
}
