//! Orders, by new terms or known ones; who brings what, and who consents.

use lifeboat_bindings::escrow_typed;

use super::*;
use crate::{
    action::{EscrowAction, OrderRef, OrderSpec},
    call::{Deed, EscrowOp, Order},
};

/// Where no order is known yet.
const FIRST: OrderSpec =
    OrderSpec { asset: 1, payer: 0, payee: 1, arbiter: None, amount: Amount::Units(1_000), expiry: 600 };

impl Resolver<'_> {
    pub(super) fn escrow(&self, action: &EscrowAction) -> Call {
        let of_escrow = |order, deed| Op::Escrow(Box::new(EscrowOp { order, deed }));
        match action {
            EscrowAction::Open { by, order, deadline, sig } => {
                let order = self.order(*order, Self::spendable);
                let (deadline, sig) = self.order_signed(&order, *deadline, *sig);
                self.by(*by, of_escrow(order, Deed::Open { deadline, sig }))
            }
            EscrowAction::Relay { by, order, deadline, sig } => {
                let order = self.order(*order, Self::spendable);
                let (deadline, sig) = self.order_signed(&order, *deadline, *sig);
                self.by(*by, of_escrow(order, Deed::Relay { deadline, sig }))
            }
            EscrowAction::OpenDirect { by, order, value } => {
                let order = self.order(*order, |_, _, _| USUAL_MOST);
                let value = self.value(order.asset, U256::from(order.amount), *value);
                self.paid(*by, value, of_escrow(order, Deed::OpenDirect))
            }
            EscrowAction::Fund { by, order, amount } => {
                let order = self.order(*order, Self::spendable);
                let amount = self.usual(*amount).min(U256::from(USUAL_MOST));
                let value = if order.asset == 0 { amount } else { U256::ZERO };
                self.paid(*by, value, of_escrow(order, Deed::Fund { amount }))
            }
            EscrowAction::Void { by, order } => {
                let order = self.order(*order, Self::spendable);
                self.sent(self.party(*by, order.payer), of_escrow(order, Deed::Void))
            }
            EscrowAction::Release { by, order, sig } => {
                let order = self.order(*order, Self::spendable);
                let sig = self.release_consent(&order, order.payer, *sig);
                self.sent(self.party(*by, order.payer), of_escrow(order, Deed::Release { sig }))
            }
            EscrowAction::Cancel { by, order, sig } => {
                let order = self.order(*order, Self::spendable);
                let sig = self.cancel_consent(&order, order.payee, *sig);
                self.sent(self.party(*by, order.payee), of_escrow(order, Deed::Cancel { sig }))
            }
            EscrowAction::Arbitrate { by, order, to_payee, party, arbiter } => {
                let order = self.order(*order, Self::spendable);
                let consent = if *to_payee { Self::release_consent } else { Self::cancel_consent };
                let paid = if *to_payee { order.payee } else { order.payer };
                let (party, arbiter) =
                    (consent(self, &order, paid, *party), consent(self, &order, order.arbiter, *arbiter));
                let from = self.party(*by, order.arbiter);
                self.sent(from, of_escrow(order, Deed::Arbitrate { to_payee: *to_payee, party, arbiter }))
            }
            EscrowAction::Refund { order } => {
                self.stranger(of_escrow(self.order(*order, Self::spendable), Deed::Refund))
            }
            EscrowAction::Collect { order } => {
                self.stranger(of_escrow(self.order(*order, Self::spendable), Deed::Collect))
            }
            EscrowAction::Withdraw { by, order, to } => {
                let order = self.order(*order, Self::spendable);
                let beneficiary = self.model.beneficiary(&order.id(self.model.world()), &order);
                let from = self.party(*by, beneficiary.unwrap_or(order.payer));
                self.sent(from, of_escrow(order, Deed::Withdraw { to: self.actor(*to) }))
            }
        }
    }

    /// What a payer has in the vault; if nothing, a usual amount.
    fn spendable(&self, asset: usize, payer: Address) -> u128 {
        Some(self.asset(asset).segregated_to(payer)).filter(|amount| *amount > 0).unwrap_or(USUAL_MOST)
    }

    /// An order that is known, or a new one of at most so much.
    fn order(&self, told: OrderRef, limit: impl Fn(&Self, usize, Address) -> u128) -> Order {
        let orders = &self.model.escrow.orders;
        let spec = match told {
            OrderRef::New(spec) => spec,
            OrderRef::Back(back) => {
                let position = orders.len().checked_sub(1 + usize::from(back) % orders.len().max(1));
                match position {
                    Some(position) => return orders[position].1.clone(),
                    None => FIRST,
                }
            }
        };
        let (asset, payer) = (asset_of(spec.asset), self.actor(spec.payer));
        let amount = narrow(self.amount(spec.amount, limit(self, asset, payer)));
        Order {
            asset,
            payer,
            payee: self.actor(spec.payee),
            arbiter: spec.arbiter.map_or(Address::ZERO, |arbiter| self.actor(arbiter)),
            // Nobody owns so much ETH.
            amount: if asset == 0 { amount.min(USUAL_MOST) } else { amount },
            expiry: self.model.now + u64::from(spec.expiry),
        }
    }

    /// Somebody, or the party itself if it can send.
    fn party(&self, by: Option<Who>, party: Address) -> Address {
        by.map_or_else(|| self.sendable(party), |by| self.sender(by))
    }

    /// The payer's order to the vault: the purse is paid, and its nonce is the escrowed order.
    fn order_signed(&self, order: &Order, deadline: Deadline, sig: Sig) -> (U256, Signed) {
        let deadline = self.deadline(deadline);
        let message = typed::Order {
            asset: self.asset(order.asset).address,
            account: order.payer,
            payee: self.model.purse(order),
            amount: order.amount,
            nonce: order.id(self.model.world()).into(),
            deadline,
        };
        let other = typed::Order { amount: order.amount.wrapping_add(1), ..message.clone() };
        (deadline, self.account_signature(order.payer, sig, &message, &other))
    }

    fn release_consent(&self, order: &Order, party: Address, sig: Sig) -> Signed {
        let typed = order.typed(self.model.world());
        self.consent(
            party,
            sig,
            &escrow_typed::Release { order: typed.clone() },
            &escrow_typed::Cancel { order: typed },
        )
    }

    fn cancel_consent(&self, order: &Order, party: Address, sig: Sig) -> Signed {
        let typed = order.typed(self.model.world());
        self.consent(
            party,
            sig,
            &escrow_typed::Cancel { order: typed.clone() },
            &escrow_typed::Release { order: typed },
        )
    }

    /// A party's signature to the escrow; the outsider signs for those that nobody has a key of. Another message is the contrary.
    fn consent<M: SolStruct, O: SolStruct>(&self, party: Address, sig: Sig, message: &M, contrary: &O) -> Signed {
        let world = self.model.world();
        let (key, escrow) = (world.key_of(party).unwrap_or(&world.outsider), self.model.escrow_address());
        let other_escrow = world.vaults[(self.model.vault + 1) % world.vaults.len()].escrow;
        let digest = |chain_id, escrow| escrow_typed::digest(message, chain_id, escrow);
        match sig {
            Sig::Good => signed(key, digest(CHAIN_ID, escrow)),
            Sig::Outsider => signed(&world.outsider, digest(CHAIN_ID, escrow)),
            Sig::Backup => signed(&world.backup, digest(CHAIN_ID, escrow)),
            Sig::OtherMessage => signed(key, escrow_typed::digest(contrary, CHAIN_ID, escrow)),
            Sig::OtherVault => signed(key, digest(CHAIN_ID, other_escrow)),
            Sig::OtherChain => signed(key, digest(CHAIN_ID + 1, escrow)),
            Sig::Empty => Signed { signer: Address::ZERO, digest: B256::ZERO, bytes: Bytes::new() },
        }
    }
}
