//! Gas limits by the keeper's own model. A node fits transactions into a block by their *limits*, so a push's limit follows what
//! pushes of the same asset really used; a dry run with the limit comes before every broadcast.

use std::collections::{HashMap, VecDeque};

use alloy::primitives::Address;

use crate::{decide::Action, history::WORD_LEAVES};

/// Most gas that one transaction may have (EIP-7825).
pub const TX_GAS_CAP: u64 = 1 << 24;

const INTRINSIC: u64 = 21_000;
/// Hashing a whole word and its path.
const WORD_HASHING: u64 = 450_000;
/// What the contract wants to see left before each transfer (the recipient's cap and the costs around it).
const LEFT_BEFORE_TRANSFER: u64 = 200_000;
/// Gas a leaf before anything was measured: a new account's ETH, a new holder's token slot.
const UNMEASURED_PER_LEAF: u64 = 42_000;
const LEAST_PER_LEAF: u64 = 8_000;
/// Measured pushes remembered for each asset.
const REMEMBERED: usize = 8;

/// What pushes used so far.
#[derive(Debug, Default)]
pub struct GasModel {
    per_leaf: HashMap<Address, VecDeque<u64>>,
}

impl GasModel {
    /// The limit for an action. Each failure before doubles it.
    #[must_use]
    pub fn limit(&self, action: &Action, data: &[u8], failures: u32) -> u64 {
        let model = match action {
            Action::Beat { .. } | Action::FlagPayout { .. } | Action::ReportUnserved { .. } => 150_000,
            Action::Sync { .. } | Action::OpenRound { .. } => 300_000,
            Action::RefundPending { .. } => 400_000,
            // Up to sixteen assets.
            Action::Latch => 2_000_000,
            // A paid-out counter is read for each leaf that was paid.
            Action::CountWord { .. } => WORD_HASHING + u64::from(WORD_LEAVES) * 5_000,
            Action::Anchor { .. } => action.most_gas(),
            Action::Tally { cells, .. } => 100_000 + cells.len() as u64 * 8_000,
            Action::PushWord { asset, leaves, .. } => {
                WORD_HASHING + LEFT_BEFORE_TRANSFER + u64::from(*leaves) * self.per_leaf(*asset)
            }
        };
        (model << failures.min(8)).saturating_add(calldata(data)).min(action.most_gas())
    }

    /// Learns from a push that was included.
    pub fn learn(&mut self, asset: Address, leaves: u32, data: &[u8], gas_used: u64) {
        if leaves == 0 {
            return;
        }
        let measured = self.per_leaf.entry(asset).or_default();
        if measured.len() == REMEMBERED {
            measured.pop_front();
        }
        measured.push_back(gas_used.saturating_sub(calldata(data) + WORD_HASHING) / u64::from(leaves));
    }

    /// A quarter more than the dearest of the last pushes.
    fn per_leaf(&self, asset: Address) -> u64 {
        let dearest = self.per_leaf.get(&asset).and_then(|measured| measured.iter().max());
        dearest.map_or(UNMEASURED_PER_LEAF, |gas| (gas + gas / 4).max(LEAST_PER_LEAF))
    }
}

/// Intrinsic gas with call data (EIP-2028), or its floor (EIP-7623) where that is higher.
fn calldata(data: &[u8]) -> u64 {
    let zeros = data.iter().filter(|byte| **byte == 0).count() as u64;
    let others = data.len() as u64 - zeros;
    INTRINSIC + (4 * zeros + 16 * others).max(10 * (zeros + 4 * others))
}

#[cfg(test)]
mod tests {
    use lifeboat_bindings::vault::Round;
    use proptest::prelude::*;

    use super::*;

    fn push(leaves: u32) -> Action {
        Action::PushWord { asset: Address::ZERO, round: Round::default(), word: 0, leaves, retry: 0 }
    }

    #[test]
    fn limits_follow_what_pushes_used() {
        let mut model = GasModel::default();
        let first = model.limit(&push(256), &[], 0);
        model.learn(Address::ZERO, 256, &[], INTRINSIC + WORD_HASHING + 256 * 10_000);
        let second = model.limit(&push(256), &[], 0);
        assert!(second < first / 2, "{first} {second}");
        assert_eq!(second, INTRINSIC + WORD_HASHING + LEFT_BEFORE_TRANSFER + 256 * 12_500);
    }

    #[test]
    fn failures_double_the_limit_up_to_the_cap() {
        let model = GasModel::default();
        assert!(model.limit(&Action::Latch, &[], 1) > model.limit(&Action::Latch, &[], 0));
        assert_eq!(model.limit(&push(256), &[], 3), TX_GAS_CAP);
    }

    #[test]
    fn call_data_costs_its_floor() {
        assert_eq!(calldata(&[0, 1]), INTRINSIC + 10 + 40);
    }

    proptest! {
        #[test]
        fn no_limit_exceeds_the_protocols_cap(leaves in 0u32..=256, used in 0u64..1 << 40, failures in 0u32..100) {
            let mut model = GasModel::default();
            model.learn(Address::ZERO, leaves, &[1; 99], used);
            prop_assert!(model.limit(&push(leaves), &[1; 13_000], failures) <= TX_GAS_CAP);
        }
    }
}
