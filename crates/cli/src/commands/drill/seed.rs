//! Everything random in a drill comes from its seed: keys, accounts, amounts, moments of failure. The same seed is the same drill.

use alloy::{
    primitives::{Address, B256, U256, keccak256},
    signers::local::PrivateKeySigner,
};

/// The seed of a drill.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seed(pub(super) u64);

impl Seed {
    /// 32 bytes that depend on the seed, a label and a number only.
    pub(super) fn draw(self, label: &str, i: u64) -> B256 {
        keccak256([b"lifeboat drill", &self.0.to_be_bytes()[..], &i.to_be_bytes(), label.as_bytes()].concat())
    }

    /// A number below `bound`.
    pub(super) fn below(self, label: &str, i: u64, bound: u64) -> u64 {
        (U256::from_be_bytes(self.draw(label, i).0) % U256::from(bound)).to()
    }

    /// An address whose key nobody has.
    pub(super) fn address(self, label: &str, i: u64) -> Address {
        Address::from_slice(&self.draw(label, i)[12..])
    }

    /// A key.
    pub(super) fn key(self, label: &str, i: u64) -> PrivateKeySigner {
        PrivateKeySigner::from_bytes(&self.draw(label, i)).expect("a hash is a valid key but for one in 2^128")
    }
}
