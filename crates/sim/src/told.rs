//! A ledger as its authors tell it: true, or with a lie in its tree that operator and auditors sign all the same.

use std::collections::BTreeMap;

use lifeboat_ledger::{Leaf, SumNode, SumTree, WORD_DEPTH, root_above};

/// A tree, and what is told about it.
#[derive(Clone, Debug)]
pub struct Told {
    tree: SumTree,
    /// Nodes that are not as the tree has them, by level and position: a false sum, and all that is above it.
    changed: BTreeMap<(u32, u32), SumNode>,
    /// Number of leaves as told.
    count: u32,
    /// The leaves are bound to the asset that they are told for.
    is_bound: bool,
}

impl Told {
    /// Told as it is.
    #[must_use]
    pub fn truly(tree: SumTree) -> Self {
        let count = tree.count();
        Self { tree, changed: BTreeMap::new(), count, is_bound: true }
    }

    /// With a false number of leaves.
    #[must_use]
    pub fn with_count(self, count: u32) -> Self {
        Self { count, ..self }
    }

    /// For another asset than its leaves are bound to.
    #[must_use]
    pub fn for_another_asset(self) -> Self {
        Self { is_bound: false, ..self }
    }

    /// With a false sum at one node below the root; the nodes above hash and add up what it says. `None` if that does not fit 128 bits.
    #[must_use]
    pub fn with_sum(self, level: u32, position: u32, sum: u128) -> Option<Self> {
        let mut told = self;
        let node = told.node(level, position)?;
        told.changed.insert((level, position), SumNode { sum, ..node });
        for height in level + 1..=told.tree.depth() {
            let place = position >> (height - level);
            let [left, right] = [told.node(height - 1, 2 * place)?, told.node(height - 1, 2 * place + 1)?];
            let above = SumNode::parent(&left, &right)?;
            told.changed.insert((height, place), above);
        }
        Some(told)
    }

    /// Level and position of the node whose sum is false.
    #[must_use]
    pub fn false_node(&self) -> Option<(u32, u32)> {
        self.changed.keys().next().copied()
    }

    /// A node by its height above the leaves and its place on that level, as told. `None` outside the padded tree.
    #[must_use]
    pub fn node(&self, height: u32, position: u32) -> Option<SumNode> {
        self.changed.get(&(height, position)).copied().or_else(|| self.tree.node(height, position))
    }

    /// The root and the total as told.
    #[must_use]
    pub fn root(&self) -> SumNode {
        self.node(self.tree.depth(), 0).unwrap_or_default()
    }

    /// The root's children as told.
    #[must_use]
    pub fn halves(&self) -> [SumNode; 2] {
        [0, 1].map(|position| self.node(self.tree.depth() - 1, position).unwrap_or_default())
    }

    /// Levels above the leaves, as the tree is built.
    #[must_use]
    pub fn depth(&self) -> u32 {
        self.tree.depth()
    }

    /// Levels above the leaves by the number that is told: what proofs are held against.
    #[must_use]
    pub fn depth_told(&self) -> u32 {
        WORD_DEPTH.max(32 - self.count.saturating_sub(1).leading_zeros())
    }

    /// Number of leaves as told.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Whether a leaf's own proof leads to the root that is told.
    #[must_use]
    pub fn proves(&self, index: u32) -> bool {
        let walked = self.proof(index).zip(self.tree.node(0, index));
        let above = walked.and_then(|(proof, leaf)| root_above(leaf, index.into(), &proof).ok());
        self.is_bound && self.depth() == self.depth_told() && above == Some(self.root())
    }

    /// Whether every leaf has a proof.
    #[must_use]
    pub fn is_true(&self) -> bool {
        self.is_bound && self.changed.is_empty() && self.depth() == self.depth_told()
    }

    /// The leaves by index.
    #[must_use]
    pub fn leaves(&self) -> &[Leaf] {
        self.tree.leaves()
    }

    /// Number of words that hold leaves.
    #[must_use]
    pub fn word_count(&self) -> u32 {
        self.tree.word_count()
    }

    /// The raw leaves of a word.
    #[must_use]
    pub fn word(&self, word: u32) -> Option<Vec<u8>> {
        self.tree.word(word)
    }

    /// The siblings from leaf `index` upwards, as told. `None` outside the padded tree.
    #[must_use]
    pub fn proof(&self, index: u32) -> Option<Vec<u8>> {
        self.siblings(0, index)
    }

    /// The siblings of a word upwards, as told. `None` outside the padded tree.
    #[must_use]
    pub fn word_siblings(&self, word: u32) -> Option<Vec<u8>> {
        self.siblings(WORD_DEPTH, word)
    }

    fn siblings(&self, height: u32, position: u32) -> Option<Vec<u8>> {
        self.node(height, position)?;
        let siblings = (height..self.tree.depth()).map(|level| self.node(level, (position >> (level - height)) ^ 1));
        siblings.map(|node| Some(node?.to_bytes())).collect::<Option<Vec<_>>>().map(|nodes| nodes.concat())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use alloy::primitives::{Address, U160};
    use lifeboat_ledger::{LeafDomain, leaf_node};

    use super::*;

    #[test]
    fn what_lies_below_a_false_sum_has_no_proof_and_the_rest_has() {
        let domain = LeafDomain::new(1, Address::repeat_byte(7), Address::ZERO);
        let leaf = |i: u32| Leaf { account: Address::from(U160::from(0x10000 + i)), balance: 10, paid: 0 };
        let told = Told::truly(SumTree::build(&domain, (0..300).map(leaf).collect()).unwrap());
        let (honest, lying) = (told.root(), told.with_sum(4, 3, 100).unwrap());
        assert_eq!(lying.root().sum, honest.sum - 60);
        for index in 0..300 {
            let proof = lying.proof(index).unwrap();
            let above = root_above(leaf_node(&domain, index, &leaf(index)), index.into(), &proof).unwrap();
            assert_eq!(above == lying.root(), index >> 4 != 3, "leaf {index}");
            assert_eq!(lying.proves(index), index >> 4 != 3, "leaf {index}");
        }
    }
}
