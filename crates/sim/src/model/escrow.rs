//! Orders whose money waits between two accounts: specification §10.

use std::collections::{BTreeMap, BTreeSet};

use alloy::{
    primitives::{Address, B256, Log, U256},
    sol_types::{SolEvent, SolStruct},
};
use lifeboat_bindings::{
    escrow_typed,
    vault::{Escrow as Contract, Vault},
};

use super::{Expected, Model, Outcome, Phase, Reach, Refusal, bare, refuse};
use crate::{
    action::TokenMode,
    call::{Deed, EscrowOp, Order, Signed},
    world::CHAIN_ID,
};

/// What the escrow knows, and which orders there are.
#[derive(Clone, Debug, Default)]
pub struct Escrow {
    /// Orders that somebody has paid or voided, in that order, under their ids.
    pub orders: Vec<(B256, Order)>,
    /// What was decided, for good.
    pub decided: BTreeMap<B256, Decision>,
    /// Purses of settled orders: code stands there that takes no ETH.
    pub(super) closed: BTreeSet<Address>,
}

/// What was decided about an order. Numbered as `Outcome`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The money is the payee's.
    Released = 1,
    /// It is the payer's again.
    Refunded,
}

impl Model {
    /// Where the vault's escrow stands.
    #[must_use]
    pub fn escrow_address(&self) -> Address {
        self.world.vaults[self.vault].escrow
    }

    /// Where an order's money lies.
    #[must_use]
    pub fn purse(&self, order: &Order) -> Address {
        order.purse(self.world, self.vault)
    }

    /// What lies in an order's purse.
    #[must_use]
    pub fn in_purse(&self, order: &Order) -> U256 {
        self.assets[order.asset].balance_of(self.purse(order))
    }

    /// Who gets what lies in a settled order's purse.
    #[must_use]
    pub fn beneficiary(&self, id: &B256, order: &Order) -> Option<Address> {
        Some(match self.escrow.decided.get(id)? {
            Decision::Released => order.payee,
            Decision::Refunded => order.payer,
        })
    }

    pub(super) fn escrow(&mut self, from: Address, value: U256, op: &EscrowOp) -> Outcome {
        let order = &op.order;
        let id = order.id(self.world);
        let outcome = match &op.deed {
            Deed::Open { deadline, sig } => self.open_order(id, order, *deadline, sig),
            Deed::OpenDirect => self.open_directly(from, value, id, order),
            Deed::Fund { amount } => self.fund(from, order, *amount),
            Deed::Relay { deadline, sig } => self.relay(id, order, *deadline, sig),
            Deed::Void => self.cancel_nonce(from, id.into()),
            Deed::Release { sig } => self.release_order(from, id, order, sig),
            Deed::Cancel { sig } => self.cancel_order(from, id, order, sig),
            Deed::Arbitrate { to_payee, party, arbiter } => {
                self.arbitrate(from, id, order, *to_payee, [party, arbiter])
            }
            Deed::Refund => self.refund_order(id, order),
            Deed::Collect => self.collect(id, order),
            Deed::Withdraw { to } => self.withdraw_from_purse(from, id, order, *to),
        };
        let known = self.escrow.orders.iter().any(|(other, _)| *other == id);
        if outcome.is_ok() && !known {
            self.escrow.orders.push((id, order.clone()));
        }
        outcome
    }

    // ------------------------------------------------------------------ money in

    /// A stranger may have brought the order to the vault already.
    fn open_order(&mut self, id: B256, order: &Order, deadline: U256, sig: &Signed) -> Outcome {
        self.require_openable(id, order)?;
        let mut logs = Vec::new();
        if self.nonces.contains(&(order.payer, id.into())) {
            self.require_in_purse(id, order)?;
        } else {
            logs = self.relay(id, order, deadline, sig)?;
        }
        logs.push(self.opened(id, order));
        Ok(logs)
    }

    fn open_directly(&mut self, from: Address, value: U256, id: B256, order: &Order) -> Outcome {
        self.require_openable(id, order)?;
        let (held, amount) = (self.in_purse(order), U256::from(order.amount));
        if held >= amount {
            return Err(refuse(&Vault::Escrow_Funded { id, held }));
        }
        let expected = if order.asset == 0 { amount } else { U256::ZERO };
        if value != expected {
            return Err(refuse(&Vault::Books_WrongValue { sent: value, expected }));
        }
        let purse = self.purse(order);
        let mut logs = Vec::new();
        if order.asset == 0 {
            let payer = self.payer(from);
            self.assets[0].debit(payer, value);
            self.assets[0].credit(purse, value);
        } else {
            let token = self.assets[order.asset].address;
            if self.assets[order.asset].mode == TokenMode::ReturnsFalse {
                return Err(refuse(&Vault::SafeERC20FailedOperation { token }));
            }
            logs = self.token_transfer(order.asset, from, purse, amount)?;
        }
        logs.push(self.opened(id, order));
        Ok(logs)
    }

    /// A settled order's purse takes no ETH.
    fn fund(&mut self, from: Address, order: &Order, amount: U256) -> Outcome {
        let purse = self.purse(order);
        if order.asset > 0 {
            return self.token_transfer(order.asset, from, purse, amount);
        }
        if self.escrow.closed.contains(&purse) {
            return Err(bare());
        }
        let payer = self.payer(from);
        self.assets[0].debit(payer, amount);
        self.assets[0].credit(purse, amount);
        Ok(Vec::new())
    }

    fn relay(&mut self, id: B256, order: &Order, deadline: U256, sig: &Signed) -> Outcome {
        let purse = self.purse(order);
        self.spend(order.asset, order.payer, purse, order.amount, id.into(), deadline, sig)
    }

    // ------------------------------------------------------------------ decisions

    fn release_order(&mut self, from: Address, id: B256, order: &Order, sig: &Signed) -> Outcome {
        self.require_running(order)?;
        let message = escrow_typed::Release { order: order.typed(self.world) };
        self.require_consent(from, order.payer, &message, sig)?;
        self.decide(id, order, Decision::Released)
    }

    fn cancel_order(&mut self, from: Address, id: B256, order: &Order, sig: &Signed) -> Outcome {
        self.require_running(order)?;
        let message = escrow_typed::Cancel { order: order.typed(self.world) };
        self.require_consent(from, order.payee, &message, sig)?;
        self.decide(id, order, Decision::Refunded)
    }

    /// The arbiter agrees with the one who is paid.
    fn arbitrate(
        &mut self,
        from: Address,
        id: B256,
        order: &Order,
        to_payee: bool,
        [party, arbiter]: [&Signed; 2],
    ) -> Outcome {
        require_distinct(order)?;
        self.require_running(order)?;
        let typed = order.typed(self.world);
        if to_payee {
            let message = escrow_typed::Release { order: typed };
            self.require_consent(from, order.payee, &message, party)?;
            self.require_consent(from, order.arbiter, &message, arbiter)?;
            return self.decide(id, order, Decision::Released);
        }
        let message = escrow_typed::Cancel { order: typed };
        self.require_consent(from, order.payer, &message, party)?;
        self.require_consent(from, order.arbiter, &message, arbiter)?;
        self.decide(id, order, Decision::Refunded)
    }

    /// From expiry or latch on, by anybody.
    fn refund_order(&mut self, id: B256, order: &Order) -> Outcome {
        if self.now < order.expiry && self.phase() < Phase::Latched {
            return Err(refuse(&Vault::Escrow_NotDue { expiry: U256::from(order.expiry) }));
        }
        self.decide(id, order, Decision::Refunded)
    }

    /// Once, and everything that is there. What is not taken waits.
    fn decide(&mut self, id: B256, order: &Order, decision: Decision) -> Outcome {
        self.require_undecided(id)?;
        let amount = self.require_in_purse(id, order)?;
        self.escrow.decided.insert(id, decision);
        self.escrow.closed.insert(self.purse(order));
        let beneficiary = if decision == Decision::Released { order.payee } else { order.payer };
        let (mut logs, paid) = self.push_from_purse(order, beneficiary, amount);
        logs.push(self.escrow_log(&Contract::Settled { id, beneficiary, outcome: decision as u8, amount, paid }));
        Ok(logs)
    }

    // ------------------------------------------------------------------ money that was not taken at once

    fn collect(&mut self, id: B256, order: &Order) -> Outcome {
        let beneficiary = self.require_decided(id, order)?;
        let amount = self.require_in_purse(id, order)?;
        let (mut logs, paid) = self.push_from_purse(order, beneficiary, amount);
        if !paid {
            let asset = self.assets[order.asset].address;
            return Err(refuse(&Vault::Books_TransferFailed { asset, to: beneficiary }));
        }
        logs.push(self.escrow_log(&Contract::Collected { id, beneficiary, to: beneficiary, amount }));
        Ok(logs)
    }

    fn withdraw_from_purse(&mut self, from: Address, id: B256, order: &Order, to: Address) -> Outcome {
        let beneficiary = self.require_decided(id, order)?;
        if from != beneficiary {
            return Err(refuse(&Vault::Escrow_NotTheBeneficiary { beneficiary }));
        }
        self.require_no_party_of_its_own(to)?;
        let amount = self.require_in_purse(id, order)?;
        let purse = self.purse(order);
        self.require_send_from(purse, order.asset, to)?;

        let mut logs = vec![self.escrow_log(&Contract::Collected { id, beneficiary, to, amount })];
        logs.extend(self.send_from(purse, order.asset, to, amount, Reach::Full));
        Ok(logs)
    }

    // ------------------------------------------------------------------ checks

    fn require_openable(&self, id: B256, order: &Order) -> Result<(), Refusal> {
        self.require_running(order)?;
        require_distinct(order)?;
        self.require_no_party_of_its_own(order.payer)?;
        self.require_no_party_of_its_own(order.payee)?;
        self.require_undecided(id)
    }

    fn require_running(&self, order: &Order) -> Result<(), Refusal> {
        if self.now >= order.expiry {
            return Err(refuse(&Vault::Escrow_Expired { expiry: U256::from(order.expiry) }));
        }
        self.require_not_latched()
    }

    /// Neither reserved nor the escrow itself.
    fn require_no_party_of_its_own(&self, account: Address) -> Result<(), Refusal> {
        if account == self.escrow_address() {
            return Err(refuse(&Vault::Books_ReservedAddress { account }));
        }
        self.require_not_reserved(account)
    }

    fn require_undecided(&self, id: B256) -> Result<(), Refusal> {
        if self.escrow.decided.contains_key(&id) { Err(refuse(&Vault::Escrow_Settled { id })) } else { Ok(()) }
    }

    fn require_decided(&self, id: B256, order: &Order) -> Result<Address, Refusal> {
        self.beneficiary(&id, order).ok_or_else(|| refuse(&Vault::Escrow_NotSettled { id }))
    }

    fn require_in_purse(&self, id: B256, order: &Order) -> Result<U256, Refusal> {
        let held = self.in_purse(order);
        if held.is_zero() { Err(refuse(&Vault::Escrow_NothingHeld { id })) } else { Ok(held) }
    }

    /// By the party's own call, or signed: by its key, or its owner's for an account with code.
    fn require_consent<M: SolStruct>(
        &self,
        from: Address,
        party: Address,
        message: &M,
        sig: &Signed,
    ) -> Result<(), Refusal> {
        let digest = escrow_typed::digest(message, CHAIN_ID, self.escrow_address());
        let key = self.world.key_of(party).map(alloy::signers::local::PrivateKeySigner::address);
        let signed = key.is_some_and(|key| sig.signer == key && sig.digest == digest);
        if from == party || signed { Ok(()) } else { Err(refuse(&Vault::Signature_Invalid { expected: party })) }
    }

    // ------------------------------------------------------------------ effects

    fn push_from_purse(&mut self, order: &Order, to: Address, amount: U256) -> (Vec<Expected>, bool) {
        let purse = self.purse(order);
        let takes = self.can_send_from(purse, order.asset, to, Reach::Capped);
        if !takes {
            return (Vec::new(), false);
        }
        (self.send_from(purse, order.asset, to, amount, Reach::Capped), true)
    }

    fn opened(&self, id: B256, order: &Order) -> Expected {
        self.escrow_log(&Contract::Opened {
            id,
            payer: order.payer,
            payee: order.payee,
            order: order.told(self.world),
            purse: self.purse(order),
            held: self.in_purse(order),
        })
    }

    /// A log of the escrow.
    fn escrow_log<E: SolEvent>(&self, event: &E) -> Expected {
        Expected::Exactly(Log { address: self.escrow_address(), data: event.encode_log_data() })
    }
}

/// Nobody is a party twice, nor arbiter in his own case.
fn require_distinct(order: &Order) -> Result<(), Refusal> {
    let Order { payer, payee, arbiter, .. } = order;
    if payer == payee || arbiter == payer || arbiter == payee {
        return Err(refuse(&Vault::Escrow_PartiesNotDistinct {}));
    }
    Ok(())
}
