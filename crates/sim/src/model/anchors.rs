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
        let above = fold(below).ok_or_else(ledger::malformed)?;
        let held = &self.assets[asset];
        let there = held.counting_ledger().and_then(|counting| counting.node(level, position));
        let proven = there.is_some_and(|node| node == above);
        self.require_anchored(asset, round, level, position, proven)?;

        let first = u64::from(position) << height;
        let (places, held) = (first..first + chunks.len() as u64, &mut self.assets[asset]);
        held.anchors.extend(places.map(|place| (round.id, level - height, place as u32)));
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
        ledger::require_leaf_well_formed(told)?;
        let level = (told.proof.len() / NODE_BYTES) as u32;
        let position = told.index.checked_shr(level).unwrap_or(0);
        let proven = self.assets[asset].counting_ledger().is_some_and(|counting| {
            let leaf = counting.leaves().get(told.index as usize).copied().unwrap_or_default();
            leaf == told.leaf && counting.proof(told.index).is_some_and(|proof| proof.starts_with(&told.proof))
        });
        self.require_anchored(asset, round, level, position, proven)
    }

    /// Proves a word in an open round: up to the root, or to an anchor.
    pub(super) fn require_push_word(&self, asset: usize, round: &RoundArg, told: &ProvenWord) -> Result<(), Refusal> {
        ledger::require_word_well_formed(told)?;
        let levels = (told.siblings.len() / NODE_BYTES) as u32;
        let position = told.word.checked_shr(levels).unwrap_or(0);
        let proven = self.assets[asset].counting_ledger().is_some_and(|counting| {
            let siblings = counting.word_siblings(told.word);
            counting.word(told.word).is_some_and(|word| word == ledger::trim(&told.leaves))
                && siblings.is_some_and(|siblings| siblings.starts_with(&told.siblings))
        });
        self.require_anchored(asset, round, WORD_DEPTH + levels, position, proven)
    }

    fn require_anchored(
        &self,
        asset: usize,
        round: &RoundArg,
        level: u32,
        position: u32,
        proven: bool,
    ) -> Result<(), Refusal> {
        let held = &self.assets[asset];
        let Some(opened) = held.rounds.get(round.id as usize) else {
            return Err(refuse(&Vault::Return_RoundUnknown { round: U256::from(round.id) }));
        };
        let root = held.counting_ledger().is_some_and(|counting| level == counting.depth() && position == 0);
        let anchored = root || held.anchors.contains(&(round.id, level, position));
        let ratio = opened.numerator == round.numerator && opened.denominator == round.denominator;
        if proven && anchored && ratio { Ok(()) } else { Err(ledger::invalid()) }
    }
}

/// The node above a power of two of them; `None` if a sum does not fit.
fn fold(mut level: Vec<SumNode>) -> Option<SumNode> {
    while level.len() > 1 {
        level = level.chunks(2).map(|pair| SumNode::parent(&pair[0], &pair[1])).collect::<Option<_>>()?;
    }
    level.pop()
}
