//! Deployment through the canonical CREATE2 deployer, so that a vault's address commits to its code and terms.

use alloy::{
    primitives::{Address, B256, Bytes, address, hex, keccak256},
    sol_types::SolValue,
};

use crate::{
    bond, disputes, escrow, purse, registry, safeguards,
    vault::{self, Blueprints, Terms},
    views,
};

/// What an ERC-5202 blueprint of version 0 without data begins with.
const PREAMBLE: [u8; 3] = hex!("fe7100");
/// After `PUSH2 length`: returns everything behind these ten bytes.
const RETURN_REST: [u8; 7] = hex!("3d81600a3d39f3");

/// The canonical deterministic deployment proxy (EIP-7955's predecessor): present on every public chain.
/// Call data: salt (32 bytes), then creation code.
pub const DEPLOYER: Address = address!("0x4e59b44847b379578588920cA78FbF26c0B4956C");

/// Blueprints that a vault's arguments name.
pub const BLUEPRINTS: usize = 5;

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

/// Plans the deployment of creation code that a vault's constructor runs (ERC-5202), under the zero salt: its address depends on the code
/// and on nothing else.
#[must_use]
pub fn plan_blueprint(creation_code: &[u8]) -> Deployment {
    let stored = blueprint_code(creation_code);
    // PUSH2 takes two bytes. Code too long for them is above the size that a chain stores, and is refused there.
    let length = u16::try_from(stored.len()).unwrap_or(u16::MAX).to_be_bytes();
    plan(B256::ZERO, &[&[0x61], &length[..], &RETURN_REST, &stored].concat())
}

/// What stands at a blueprint's address.
#[must_use]
pub fn blueprint_code(creation_code: &[u8]) -> Bytes {
    [&PREAMBLE, creation_code].concat().into()
}

/// Creation code of a vault, of what it creates, of the bond and the disputes that anybody may create for it, and of its escrow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// Without arguments.
    pub vault: Bytes,
    /// Deployed as a blueprint.
    pub registry: Bytes,
    /// Deployed as a blueprint.
    pub safeguards: Bytes,
    /// Deployed as a blueprint.
    pub views: Bytes,
    /// Deployed as a blueprint: where the bond stands follows from it.
    pub bond: Bytes,
    /// Deployed as a blueprint: where the disputes stand follows from it.
    pub disputes: Bytes,
    /// Deployed by itself, with the vault's address as its argument.
    pub escrow: Bytes,
}

/// One blueprint to deploy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blueprint {
    /// Of the contract whose creation code it is.
    pub name: &'static str,
    /// How to deploy it.
    pub deployment: Deployment,
    /// The code that then stands at its address.
    pub stored: Bytes,
}

impl Default for Code {
    /// This version's.
    fn default() -> Self {
        Self {
            vault: vault::CREATION_CODE.clone(),
            registry: registry::CREATION_CODE.clone(),
            safeguards: safeguards::CREATION_CODE.clone(),
            views: views::CREATION_CODE.clone(),
            bond: bond::CREATION_CODE.clone(),
            disputes: disputes::CREATION_CODE.clone(),
            escrow: escrow::CREATION_CODE.clone(),
        }
    }
}

impl Code {
    /// The blueprints to deploy before any vault.
    #[must_use]
    pub fn plan_blueprints(&self) -> [Blueprint; BLUEPRINTS] {
        let plan = |name, code| Blueprint { name, deployment: plan_blueprint(code), stored: blueprint_code(code) };
        [
            plan("registry", &self.registry),
            plan("safeguards", &self.safeguards),
            plan("views", &self.views),
            plan("bond", &self.bond),
            plan("disputes", &self.disputes),
        ]
    }

    /// Where the blueprints stand.
    #[must_use]
    pub fn blueprints(&self) -> Blueprints {
        let [registry, safeguards, views, bond, disputes] = self.plan_blueprints().map(|plan| plan.deployment.address);
        Blueprints { registry, safeguards, views, bond, disputes }
    }

    /// A vault's creation code with its arguments.
    #[must_use]
    pub fn vault_creation_code(&self, terms: &Terms) -> Vec<u8> {
        [self.vault.as_ref(), &(terms.clone(), self.blueprints()).abi_encode_params()].concat()
    }

    /// Plans the deployment of a vault: its address depends on the code, the terms and the salt, and on nothing else.
    #[must_use]
    pub fn plan_vault(&self, salt: B256, terms: &Terms) -> Deployment {
        plan(salt, &self.vault_creation_code(terms))
    }
}

/// [`Code::plan_blueprints`] of this version.
#[must_use]
pub fn plan_blueprints() -> [Blueprint; BLUEPRINTS] {
    Code::default().plan_blueprints()
}

/// [`Code::blueprints`] of this version.
#[must_use]
pub fn blueprints() -> Blueprints {
    Code::default().blueprints()
}

/// The deployment of a vault's bond, by anybody, once the vault stands.
#[must_use]
pub fn plan_bond(vault: Address) -> Deployment {
    plan(B256::ZERO, &[bond::CREATION_CODE.as_ref(), &vault.abi_encode()].concat())
}

/// The deployment of a vault's disputes, by anybody, once the vault stands.
#[must_use]
pub fn plan_disputes(vault: Address) -> Deployment {
    plan(B256::ZERO, &[disputes::CREATION_CODE.as_ref(), &vault.abi_encode()].concat())
}

/// The deployment of a vault's escrow, by anybody. The vault knows nothing of it.
#[must_use]
pub fn plan_escrow(vault: Address) -> Deployment {
    plan(B256::ZERO, &[escrow::CREATION_CODE.as_ref(), &vault.abi_encode()].concat())
}

/// Where the money of an escrowed order lies, by the order's id.
#[must_use]
pub fn purse_of(escrow: Address, id: B256) -> Address {
    escrow.create2(id, keccak256(purse::CREATION_CODE.as_ref()))
}

/// [`Code::plan_vault`] of this version.
#[must_use]
pub fn plan_vault(salt: B256, terms: &Terms) -> Deployment {
    Code::default().plan_vault(salt, terms)
}

/// [`Code::vault_creation_code`] of this version.
#[must_use]
pub fn vault_creation_code(terms: &Terms) -> Vec<u8> {
    Code::default().vault_creation_code(terms)
}

/// `termsHash()` of a vault with these terms.
#[must_use]
pub fn terms_hash(terms: &Terms) -> B256 {
    keccak256(terms.abi_encode())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of ERC-5202: creation code `0x00` and no data.
    #[test]
    fn a_blueprint_is_as_erc_5202_says() {
        let plan = plan_blueprint(&[0x00]);
        assert_eq!(plan.call_data[32..], hex!("6100043d81600a3d39f3fe710000"));
        assert_eq!(plan.call_data[..32], B256::ZERO[..]);
        assert_eq!(plan.address, DEPLOYER.create2(B256::ZERO, keccak256(&plan.call_data[32..])));
    }

    #[test]
    fn a_vaults_address_commits_to_its_satellites_code() {
        let terms = Terms::default();
        let code = Code::default();
        let plan = code.plan_vault(B256::ZERO, &terms);
        for other in [
            Code { registry: code.safeguards.clone(), ..code.clone() },
            Code { safeguards: code.registry.clone(), ..code.clone() },
            Code { views: code.registry.clone(), ..code.clone() },
            Code { bond: code.registry.clone(), ..code.clone() },
        ] {
            assert_ne!(other.plan_vault(B256::ZERO, &terms).address, plan.address);
        }
    }
}
