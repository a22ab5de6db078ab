//! Rust bindings of the Lifeboat contracts: generated calls and events, creation code, EIP-712 messages, CREATE2 addresses, and
//! every error of the vault in words.
#![forbid(unsafe_code)]

pub mod create2;
pub mod errors;
pub mod escrow_typed;
mod generated;
pub mod signers;
pub mod typed;

pub use generated::*;

use alloy::primitives::Address;

/// The registry of a vault: the second contract that its constructor creates, after the gas tank. Its events come from there.
#[must_use]
pub fn registry_of(vault: Address) -> Address {
    vault.create(2)
}

/// The safeguards of a vault: the third. What roles announce, slow down or exchange is called there.
#[must_use]
pub fn safeguards_of(vault: Address) -> Address {
    vault.create(3)
}

/// The views of a vault: the fourth. Called at the vault's address, which passes calls on.
#[must_use]
pub fn views_of(vault: Address) -> Address {
    vault.create(4)
}
