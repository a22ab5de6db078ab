//! Deployment through the canonical CREATE2 deployer, so that a vault's address commits to its code and terms.

use alloy::{
    primitives::{Address, B256, Bytes, address, keccak256},
    sol_types::SolValue,
};

use crate::vault::{self, Terms};

/// The canonical deterministic deployment proxy (EIP-7955's predecessor): present on every public chain.
/// Call data: salt (32 bytes), then creation code.
pub const DEPLOYER: Address = address!("0x4e59b44847b379578588920cA78FbF26c0B4956C");

/// What to send, and the address at which the contract will stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// The address that CREATE2 gives to this code under this salt.
    pub address: Address,
    /// Call data for [`DEPLOYER`].
    pub call_data: Bytes,
}

/// Plans the deployment of any creation code (constructor arguments included).
#[must_use]
pub fn plan(salt: B256, creation_code: &[u8]) -> Deployment {
    let address = DEPLOYER.create2(salt, keccak256(creation_code));
    Deployment { address, call_data: [salt.as_slice(), creation_code].concat().into() }
}

/// Plans the deployment of a vault: its address depends on the code, the terms and the salt, and on nothing else.
#[must_use]
pub fn plan_vault(salt: B256, terms: &Terms) -> Deployment {
    plan(salt, &vault_creation_code(terms))
}

/// The vault's creation code with its terms.
#[must_use]
pub fn vault_creation_code(terms: &Terms) -> Vec<u8> {
    [vault::CREATION_CODE.as_ref(), &(terms.clone(),).abi_encode_params()].concat()
}

/// `termsHash()` of a vault with these terms.
#[must_use]
pub fn terms_hash(terms: &Terms) -> B256 {
    keccak256(terms.abi_encode())
}
