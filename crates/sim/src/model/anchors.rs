//! Nodes at which proofs of a round may end: specification §6.

use alloy::primitives::U256;
use lifeboat_bindings::vault::Vault;
use lifeboat_ledger::{NODE_BYTES, SumNode, WORD_DEPTH};

use super::{Model, Outcome, Refusal, ledger, refuse};
use crate::call::{ProvenLeaf, ProvenWord, RoundArg};

impl Model {
    pub(super) fn anchor(
        &mut self,
        asset: usize,
        round: &RoundArg,
        level: u32,
        position: u32,
        nodes: &[u8],
    ) -> Outcome {
        let (chunks, rest) = nodes.as_chunks::<NODE_BYTES>();
        let height = chunks.len().checked_ilog2().unwrap_or(0);
        if !rest.is_empty() || height == 0 || !chunks.len().is_power_of_two() || level < height {
            return Err(ledger::malformed());
        }
        let below: Vec<_> = chunks.iter().map(SumNode::from_bytes).collect();
        let above = fold(below.clone()).ok_or_else(ledger::malformed)?;
        self.require_anchored(asset, round, level, position, above)?;

        let first = u64::from(position) << height;
        let held = &mut self.assets[asset];
        let places = (first..).map(|place| (round.id, level - height, place as u32));
        held.anchors.extend(places.zip(below));
        Ok(vec![self.log(&Vault::Anchored {
            asset: self.assets[asset].address,
            round: U256::from(round.id),
            level: U256::from(level - height),
            first: U256::from(first),
            count: U256::from(chunks.len()),
        })])
    }

    /// Proves a leaf in an open round: up to the root, or to an anchor.
    pub(super) fn require_claim_leaf(&self, asset: usize, round: &RoundArg, told: &ProvenLeaf) -> Result<(), Refusal> {
        let above = self.above_leaf(asset, told)?;
        let level = (told.proof.len() / NODE_BYTES) as u32;
        self.require_anchored(asset, round, level, told.index.checked_shr(level).unwrap_or(0), above)
    }

    /// Proves a word in an open round: up to the root, or to an anchor.
    pub(super) fn require_push_word(&self, asset: usize, round: &RoundArg, told: &ProvenWord) -> Result<(), Refusal> {
        let above = self.above_word(asset, told)?;
        let levels = (told.siblings.len() / NODE_BYTES) as u32;
        self.require_anchored(asset, round, WORD_DEPTH + levels, told.word.checked_shr(levels).unwrap_or(0), above)
    }

    /// A node, with its sum, that may end proofs at this place in an open round of this ratio.
    fn require_anchored(
        &self,
        asset: usize,
        round: &RoundArg,
        level: u32,
        position: u32,
        node: SumNode,
    ) -> Result<(), Refusal> {
        let held = &self.assets[asset];
        let Some(opened) = held.rounds.get(round.id as usize) else {
            return Err(refuse(&Vault::Return_RoundUnknown { round: U256::from(round.id) }));
        };
        let anchored = held.anchors.get(&(round.id, level, position)) == Some(&node);
        let ratio = opened.numerator == round.numerator && opened.denominator == round.denominator;
        if anchored && ratio { Ok(()) } else { Err(ledger::invalid()) }
    }
}

/// The node above a power of two of them; `None` if a sum does not fit.
fn fold(mut level: Vec<SumNode>) -> Option<SumNode> {
    while level.len() > 1 {
        level = level.chunks(2).map(|pair| SumNode::parent(&pair[0], &pair[1])).collect::<Option<_>>()?;
    }
    level.pop()
}
