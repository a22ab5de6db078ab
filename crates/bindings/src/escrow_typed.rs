//! The EIP-712 messages that an escrow accepts, in its own domain.
#![allow(missing_docs)]

use std::borrow::Cow;

use alloy::{
    primitives::{Address, B256, U256},
    sol,
    sol_types::{Eip712Domain, SolStruct},
};

sol! {
    /// Its struct hash is the order's id.
    #[derive(Debug, PartialEq, Eq)]
    struct EscrowOrder {
        address asset;
        address payer;
        address payee;
        address arbiter;
        uint128 amount;
        uint40 expiry;
        bytes32 salt;
    }

    #[derive(Debug, PartialEq, Eq)]
    struct Release { EscrowOrder order; }

    #[derive(Debug, PartialEq, Eq)]
    struct Cancel { EscrowOrder order; }
}

/// The digest to sign for `message` to the escrow at `escrow` on `chain_id`.
#[must_use]
pub fn digest<M: SolStruct>(message: &M, chain_id: u64, escrow: Address) -> B256 {
    message.eip712_signing_hash(&Eip712Domain::new(
        Some(Cow::Borrowed("Lifeboat Escrow")),
        Some(Cow::Borrowed("1")),
        Some(U256::from(chain_id)),
        Some(escrow),
        None,
    ))
}
