//! The way out of orders: from the latch on strangers bring back what is not decided, and what somebody did not take.

use super::{act, finding};
use crate::{
    action::{Action, EscrowAction, OrderRef},
    case::{CaseError, Run},
    cover::Coverage,
};

/// Every order is settled, and every purse is empty but for what cannot be sent now.
pub(super) fn empty_purses(run: &mut Run, cover: &mut Coverage) -> Result<(), CaseError> {
    for position in 0..run.model.escrow.orders.len() {
        let order = OrderRef::Back((run.model.escrow.orders.len() - 1 - position) as u8);
        let decided = run.model.escrow.decided.contains_key(&run.model.escrow.orders[position].0);
        if holds(run, position) && !decided {
            act(run, cover, Action::Escrow(EscrowAction::Refund { order }))?;
        }
        if holds(run, position) {
            act(run, cover, Action::Escrow(EscrowAction::Collect { order }))?;
        }
        if holds(run, position) {
            // To somebody who accepts: wallets may refuse.
            act(run, cover, Action::Escrow(EscrowAction::Withdraw { by: None, order, to: 0 }))?;
        }
    }
    Ok(())
}

/// Nobody's money is left in a purse, but of parties that nobody can be.
pub(super) fn require_empty(run: &Run, asset: usize) -> Result<(), CaseError> {
    for (position, (id, order)) in run.model.escrow.orders.iter().enumerate() {
        let beneficiary = run.model.beneficiary(id, order);
        let reachable = beneficiary.is_none_or(|account| run.model.world().key_of(account).is_some());
        if order.asset == asset && holds(run, position) && reachable {
            return Err(finding(run, "purse", format!("{order:?} holds {}", run.model.in_purse(order))));
        }
    }
    Ok(())
}

fn holds(run: &Run, position: usize) -> bool {
    !run.model.in_purse(&run.model.escrow.orders[position].1).is_zero()
}
