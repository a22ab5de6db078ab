//! The positional Merkle-sum tree of specification §3: the same hashes as the contract's `LedgerTree`.
//!
//! A node hashes both children's hashes *and* both sums, so the root commits to the true total at every level
//! (committing to the total alone is the flaw that eprint 2018/1139 describes).

mod leaf;
mod node;
mod packed;

pub use leaf::{LEAF_BYTES, Leaf, LeafDomain, leaf_node, word_leaves};
pub(crate) use node::Levels;
pub use node::{NODE_BYTES, SumNode};
pub use packed::{COUNTER_BYTES, PACKED_LEAF_BYTES, PackedWord};
use rayon::prelude::*;

/// Leaves of one word: one subtree, one bitmap word on chain, one batch of the return.
pub const WORD_LEAVES: usize = 256;
/// Levels inside a word, and the least depth of a tree.
pub const WORD_DEPTH: u32 = 8;

/// Why a tree cannot be built or a proof cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// The balances do not fit 128 bits together.
    #[error(
        "LEDGER_TOTAL_OVERFLOW: the balances add up to more than 2^128 - 1 base units; check the unit of the amounts"
    )]
    TotalOverflow,
    /// Indices are 32 bits wide.
    #[error("LEDGER_TOO_MANY_ACCOUNTS: a ledger holds at most 2^32 - 1 accounts; split it over several vaults")]
    TooManyLeaves,
    /// A proof, word or sum that no honest tree has; the contract refuses it by the same name.
    #[error(
        "Ledger_ProofMalformed: a proof is a multiple of 48 bytes, a word at most 256 leaves of 52 bytes, and every sum fits \
         128 bits; make the proof again from the bundle"
    )]
    ProofMalformed,
}

/// A whole ledger as a tree, held in memory (about 160 bytes an account).
#[derive(Clone, Debug)]
pub struct SumTree {
    domain: LeafDomain,
    depth: u32,
    leaves: Vec<Leaf>,
    levels: Levels,
}

impl SumTree {
    /// Builds the tree on all cores; a leaf's index is its position. An empty list is the ledger that owes nothing.
    ///
    /// # Errors
    /// [`TreeError::TotalOverflow`], [`TreeError::TooManyLeaves`].
    pub fn build(domain: &LeafDomain, leaves: Vec<Leaf>) -> Result<Self, TreeError> {
        let count = u32::try_from(leaves.len()).map_err(|_| TreeError::TooManyLeaves)?;
        let depth = depth_for(count);
        let nodes = leaves
            .par_iter()
            .with_min_len(WORD_LEAVES)
            .enumerate()
            .map(|(index, leaf)| leaf_node(domain, index as u32, leaf))
            .collect();
        let levels = Levels::build(nodes, 0, depth)?;
        Ok(Self { domain: *domain, depth, leaves, levels })
    }

    /// What the leaves are bound to.
    pub fn domain(&self) -> &LeafDomain {
        &self.domain
    }

    /// The root and the total.
    pub fn root(&self) -> SumNode {
        self.levels.root()
    }

    /// The root's children, which a commitment carries so that the contract adds up the total itself.
    pub fn halves(&self) -> [SumNode; 2] {
        self.levels.halves()
    }

    /// Levels above the leaves, at least 8.
    pub fn depth(&self) -> u32 {
        self.depth
    }

    /// Number of leaves, padding excluded.
    pub fn count(&self) -> u32 {
        self.leaves.len() as u32
    }

    /// Number of words that hold leaves; the padding to the right of them is not counted.
    pub fn word_count(&self) -> u32 {
        words_for(self.count())
    }

    /// The leaves by index, padding excluded.
    pub fn leaves(&self) -> &[Leaf] {
        &self.leaves
    }

    /// The siblings from leaf `index` upwards, 48 bytes each. `None` outside the padded tree.
    pub fn proof(&self, index: u32) -> Option<Vec<u8>> {
        self.path(0, index)
    }

    /// The raw leaves of a word, 52 bytes each, trailing empty ones left out. `None` outside the padded tree.
    pub fn word(&self, word: u32) -> Option<Vec<u8>> {
        self.holds(WORD_DEPTH, word).then(|| encode_word(word_slice(&self.leaves, word)))
    }

    /// The siblings of a word upwards, 48 bytes each. `None` outside the padded tree.
    pub fn word_siblings(&self, word: u32) -> Option<Vec<u8>> {
        self.path(WORD_DEPTH, word)
    }

    /// The node above each word that holds leaves.
    pub fn word_nodes(&self) -> impl Iterator<Item = SumNode> {
        (0..self.word_count() as usize).map(|word| self.levels.at(WORD_DEPTH, word))
    }

    /// A node by its height above the leaves and its place on that level. `None` outside the padded tree.
    pub fn node(&self, height: u32, position: u32) -> Option<SumNode> {
        (height <= self.depth && self.holds(height, position)).then(|| self.levels.at(height, position as usize))
    }

    fn path(&self, height: u32, position: u32) -> Option<Vec<u8>> {
        self.holds(height, position).then(|| self.levels.path(height, position as usize))
    }

    fn holds(&self, height: u32, position: u32) -> bool {
        u64::from(position) >> (self.depth - height) == 0
    }
}

/// Walks a proof from a node to the root above it.
///
/// Bit k of `index`, the node's position on its own level, chooses the side at k levels above it (0: left). The caller compares
/// the result with the committed root, hash and sum.
///
/// # Errors
/// [`TreeError::ProofMalformed`] if the length is no multiple of 48 or a sum does not fit 128 bits.
pub fn root_above(node: SumNode, index: u64, proof: &[u8]) -> Result<SumNode, TreeError> {
    let (siblings, rest) = proof.as_chunks::<NODE_BYTES>();
    if !rest.is_empty() {
        return Err(TreeError::ProofMalformed);
    }
    let mut position = index;
    siblings.iter().map(SumNode::from_bytes).try_fold(node, |node, sibling| {
        let (left, right) = if position & 1 == 0 { (&node, &sibling) } else { (&sibling, &node) };
        position >>= 1;
        SumNode::parent(left, right).ok_or(TreeError::ProofMalformed)
    })
}

/// The node above the raw leaves of one word; missing leaves are empty.
///
/// # Errors
/// [`TreeError::ProofMalformed`] if the length is no multiple of 52 or above 256 leaves, or the balances do not fit 128 bits.
pub fn word_node(domain: &LeafDomain, word: u32, leaves: &[u8]) -> Result<SumNode, TreeError> {
    let first = word.checked_mul(WORD_LEAVES as u32).ok_or(TreeError::ProofMalformed)?;
    let mut nodes = [SumNode::default(); WORD_LEAVES];
    for (at, leaf) in word_leaves(leaves)?.enumerate() {
        nodes[at] = leaf_node(domain, first + at as u32, &leaf);
    }
    let mut width = WORD_LEAVES;
    while width > 1 {
        width /= 2;
        for at in 0..width {
            nodes[at] = SumNode::parent(&nodes[2 * at], &nodes[2 * at + 1]).ok_or(TreeError::ProofMalformed)?;
        }
    }
    Ok(nodes[0])
}

/// The least depth, 8 or more, whose leaves hold `count` accounts.
pub(crate) fn depth_for(count: u32) -> u32 {
    WORD_DEPTH.max(32 - count.saturating_sub(1).leading_zeros())
}

/// Words that hold `count` leaves.
pub(crate) fn words_for(count: u32) -> u32 {
    count.div_ceil(WORD_LEAVES as u32)
}

/// The leaves of one word; empty to the right of the last.
pub(crate) fn word_slice(leaves: &[Leaf], word: u32) -> &[Leaf] {
    let from = leaves.len().min(word as usize * WORD_LEAVES);
    &leaves[from..leaves.len().min(from + WORD_LEAVES)]
}

/// The raw leaves, trailing empty ones left out: the one encoding a word has.
pub(crate) fn encode_word(leaves: &[Leaf]) -> Vec<u8> {
    let kept = leaves.iter().rposition(|leaf| !leaf.is_empty()).map_or(0, |last| last + 1);
    leaves[..kept].iter().flat_map(Leaf::to_bytes).collect()
}

/// A big-endian number of at most 16 bytes.
fn be_u128(bytes: &[u8]) -> u128 {
    bytes.iter().fold(0, |value, byte| value << 8 | u128::from(*byte))
}
