//! Nodes at which a round's proofs may end (specification, section 6): which of a ledger's are worth anchoring, and the call that does it.

use alloy::primitives::Address;
use lifeboat_bindings::vault::{Round, Vault::anchorCall};
use lifeboat_ledger::{SumNode, WORD_DEPTH, bundle::Bundle};

/// Levels that one call puts below the root at most: 32 nodes, for 850,399 gas.
const MOST_LEVELS: u32 = 5;
/// Gas that a claim saves for each level of its proof.
const SAVED_A_LEVEL: u64 = 870;
/// Gas of one anchored node: its storage slot, its hashes, its call data.
const GAS_A_NODE: u64 = 26_600;
/// Room that a gas limit leaves, for the call itself and a tenth above what was measured.
const ROOM: u64 = 50_000;
const ROOM_A_NODE: u64 = 2_400;
/// A claim in a ledger of fewer levels is within its gas budget without anchors.
const NEEDED_FROM_DEPTH: u32 = 13;
/// Anchoring pays if it costs less than it saves when one in so many of those who are still unpaid claims by himself.
const ONE_IN: u64 = 10;

/// A level of a ledger's tree whose nodes one call can anchor: all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnchorPlan {
    /// Of the root, from the leaves up.
    pub depth: u32,
    /// Of the anchors, from the leaves up.
    pub level: u32,
}

impl AnchorPlan {
    /// The lowest level that is not below the words and whose nodes can be anchored for `most_gas`. `None`: there is none below the root.
    #[must_use]
    pub fn lowest(depth: u32, most_gas: u64) -> Option<Self> {
        let levels = (1..=MOST_LEVELS).rev().filter(|levels| WORD_DEPTH + levels <= depth);
        levels.map(|levels| Self { depth, level: depth - levels }).find(|plan| plan.gas_limit() <= most_gas)
    }

    /// The same for ledgers so large that a claim would be above its gas budget otherwise.
    #[must_use]
    pub fn needed(depth: u32, most_gas: u64) -> Option<Self> {
        (depth >= NEEDED_FROM_DEPTH).then(|| Self::lowest(depth, most_gas)).flatten()
    }

    /// Number of the anchors.
    #[must_use]
    pub const fn nodes(self) -> u32 {
        1 << (self.depth - self.level)
    }

    /// Most gas that anchoring takes.
    #[must_use]
    pub const fn gas_limit(self) -> u64 {
        ROOM + self.nodes() as u64 * (GAS_A_NODE + ROOM_A_NODE)
    }

    /// Whether it is likely to save more gas than it costs, with so many leaves still unpaid.
    #[must_use]
    pub const fn pays(self, unpaid: u64) -> bool {
        let saved = unpaid / ONE_IN * (self.depth - self.level) as u64 * SAVED_A_LEVEL;
        saved >= self.nodes() as u64 * GAS_A_NODE
    }

    /// The call that anchors in an open round. `None`: the bundle is another ledger's, of another depth.
    #[must_use]
    pub fn call(self, asset: Address, round: Round, bundle: &Bundle) -> Option<anchorCall> {
        let nodes = (bundle.manifest().depth == self.depth).then(|| bundle.nodes(self.level, 0..self.nodes()))??;
        let nodes: Vec<u8> = nodes.iter().flat_map(SumNode::to_bytes).collect();
        // A tree has at most 32 levels.
        Some(anchorCall { asset, round, level: self.depth as u8, position: 0, nodes: nodes.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gas::TX_GAS_CAP;

    #[test]
    fn anchors_lie_five_levels_down_and_never_below_the_words() {
        for (depth, level) in [(9, 8), (13, 8), (14, 9), (17, 12), (32, 27)] {
            assert_eq!(AnchorPlan::lowest(depth, TX_GAS_CAP), Some(AnchorPlan { depth, level }), "depth {depth}");
        }
        assert_eq!(AnchorPlan::lowest(8, TX_GAS_CAP), None, "one word: its root is an anchor already");
        assert_eq!(AnchorPlan::needed(12, TX_GAS_CAP), None);
        assert_eq!(AnchorPlan::needed(13, TX_GAS_CAP), Some(AnchorPlan { depth: 13, level: 8 }));
    }

    #[test]
    fn the_bound_on_gas_leaves_fewer_levels_and_in_the_end_none() {
        let levels = |gas| AnchorPlan::lowest(17, gas).map(|plan| plan.depth - plan.level);
        assert_eq!(levels(1_000_000), Some(5));
        assert_eq!(levels(900_000), Some(4));
        assert_eq!(levels(108_000), Some(1));
        assert_eq!(levels(107_999), None);
        assert_eq!(levels(0), None);
    }

    #[test]
    fn it_pays_while_many_are_unpaid() {
        let plan = AnchorPlan { depth: 17, level: 12 };
        // 851,200 gas against 4,350 a claim: 196 claims, one in ten of 1,960.
        assert!(plan.pays(1_960) && !plan.pays(1_959));
    }
}
