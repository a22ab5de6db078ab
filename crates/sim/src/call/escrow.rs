//! Calls of a vault's escrow, of its purses, and of the vault past it.

use alloy::{
    primitives::{Address, B256, Bytes, U256, aliases::U40},
    sol_types::{SolCall, SolStruct},
};
use lifeboat_bindings::{
    create2, escrow_typed,
    twin_token::TwinToken,
    vault::{Escrow, EscrowOrder, Vault},
};

use super::Signed;
use crate::world::World;

/// The terms of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Order {
    pub asset: usize,
    pub payer: Address,
    pub payee: Address,
    pub arbiter: Address,
    pub amount: u128,
    pub expiry: u64,
}

/// The call itself.
#[derive(Clone, Debug)]
pub struct EscrowOp {
    /// Which order it is about.
    pub order: Order,
    /// What is done to it.
    pub deed: Deed,
}

/// What is done to an order.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub enum Deed {
    Open { deadline: U256, sig: Signed },
    OpenDirect,
    Fund { amount: U256 },
    Relay { deadline: U256, sig: Signed },
    Void,
    Release { sig: Signed },
    Cancel { sig: Signed },
    Arbitrate { to_payee: bool, party: Signed, arbiter: Signed },
    Refund,
    Collect,
    Withdraw { to: Address },
}

impl Order {
    /// As its parties sign it.
    #[must_use]
    pub fn typed(&self, world: &World) -> escrow_typed::EscrowOrder {
        escrow_typed::EscrowOrder {
            asset: world.assets[self.asset],
            payer: self.payer,
            payee: self.payee,
            arbiter: self.arbiter,
            amount: self.amount,
            expiry: U40::from(self.expiry),
            salt: B256::ZERO,
        }
    }

    /// As the escrow is told it.
    #[must_use]
    pub fn told(&self, world: &World) -> EscrowOrder {
        let typed = self.typed(world);
        EscrowOrder {
            asset: typed.asset,
            payer: typed.payer,
            payee: typed.payee,
            arbiter: typed.arbiter,
            amount: typed.amount,
            expiry: typed.expiry,
            salt: typed.salt,
        }
    }

    /// Its EIP-712 hash.
    #[must_use]
    pub fn id(&self, world: &World) -> B256 {
        self.typed(world).eip712_hash_struct()
    }

    /// Where its money lies.
    #[must_use]
    pub fn purse(&self, world: &World, vault: usize) -> Address {
        create2::purse_of(world.vaults[vault].escrow, self.id(world))
    }
}

impl EscrowOp {
    pub(super) fn encode(&self, world: &World, vault: usize) -> (Address, Bytes) {
        let (setup, order) = (&world.vaults[vault], self.order.told(world));
        let purse = || self.order.purse(world, vault);
        let nonce = || self.order.id(world).into();
        let data = match &self.deed {
            Deed::Open { deadline, sig } => {
                Escrow::openCall { order, deadline: *deadline, signature: sig.bytes.clone() }.abi_encode()
            }
            Deed::OpenDirect => Escrow::openDirectCall { order }.abi_encode(),
            Deed::Fund { .. } if self.order.asset == 0 => return (purse(), Bytes::new()),
            Deed::Fund { amount } => {
                let call = TwinToken::transferCall { to: purse(), amount: *amount };
                return (order.asset, call.abi_encode().into());
            }
            Deed::Relay { deadline, sig } => {
                let call = Vault::spendCall {
                    asset: order.asset,
                    account: order.payer,
                    payee: purse(),
                    amount: order.amount,
                    nonce: nonce(),
                    deadline: *deadline,
                    signature: sig.bytes.clone(),
                };
                return (setup.address, call.abi_encode().into());
            }
            Deed::Void => return (setup.address, Vault::cancelNonceCall { nonce: nonce() }.abi_encode().into()),
            Deed::Release { sig } => Escrow::releaseCall { order, payerSignature: sig.bytes.clone() }.abi_encode(),
            Deed::Cancel { sig } => Escrow::cancelCall { order, payeeSignature: sig.bytes.clone() }.abi_encode(),
            Deed::Arbitrate { to_payee, party, arbiter } => Escrow::arbitrateCall {
                order,
                toPayee: *to_payee,
                partySignature: party.bytes.clone(),
                arbiterSignature: arbiter.bytes.clone(),
            }
            .abi_encode(),
            Deed::Refund => Escrow::refundCall { order }.abi_encode(),
            Deed::Collect => Escrow::collectCall { order }.abi_encode(),
            Deed::Withdraw { to } => Escrow::withdrawCall { order, to: *to }.abi_encode(),
        };
        (setup.escrow, data.into())
    }
}
