//! A node of the Merkle-sum tree, and the levels that stand on a row of nodes.

use alloy::primitives::{B256, keccak256};
use rayon::prelude::*;

use super::{TreeError, be_u128};

/// Bytes of one node in a proof: hash 32, sum 16 (big-endian).
pub const NODE_BYTES: usize = 48;

/// Below this many nodes a level is not worth splitting among threads.
const PARALLEL_NODES: usize = 512;

/// A hash and the sum of all balances under it. The default is the empty leaf's node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SumNode {
    /// Covers both children's hashes and both sums (an inner node) or the leaf.
    pub hash: B256,
    /// Base units.
    pub sum: u128,
}

impl SumNode {
    /// The node above two nodes; `None` if the sums do not fit 128 bits together.
    pub fn parent(left: &Self, right: &Self) -> Option<Self> {
        let sum = left.sum.checked_add(right.sum)?;
        let mut encoded = [0; 96];
        encoded[..32].copy_from_slice(left.hash.as_slice());
        encoded[32..64].copy_from_slice(right.hash.as_slice());
        encoded[64..80].copy_from_slice(&left.sum.to_be_bytes());
        encoded[80..].copy_from_slice(&right.sum.to_be_bytes());
        Some(Self { hash: keccak256(encoded), sum })
    }

    /// The node as it stands in a proof.
    pub fn to_bytes(&self) -> [u8; NODE_BYTES] {
        let mut bytes = [0; NODE_BYTES];
        bytes[..32].copy_from_slice(self.hash.as_slice());
        bytes[32..].copy_from_slice(&self.sum.to_be_bytes());
        bytes
    }

    /// Reads what [`SumNode::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8; NODE_BYTES]) -> Self {
        Self { hash: B256::from_slice(&bytes[..32]), sum: be_u128(&bytes[32..]) }
    }
}

/// All levels above a row of nodes, up to the root of a tree of known depth.
///
/// A level holds the nodes up to the last one with something below it; to the right stands the empty subtree of that height.
#[derive(Clone, Debug)]
pub(crate) struct Levels {
    /// Height of the lowest level that is held: 0 for leaves, 8 for words.
    base: u32,
    levels: Vec<Vec<SumNode>>,
    /// The empty subtree of each held height.
    empty: Vec<SumNode>,
}

impl Levels {
    /// Builds upwards from the nodes at height `base` to the root at height `depth`.
    ///
    /// `bottom` has at most `2^(depth - base)` nodes: the callers choose the depth by the count.
    pub(crate) fn build(bottom: Vec<SumNode>, base: u32, depth: u32) -> Result<Self, TreeError> {
        // With the total in range, no sum inside can overflow.
        bottom.iter().try_fold(0u128, |total, node| total.checked_add(node.sum)).ok_or(TreeError::TotalOverflow)?;
        let mut empty = vec![empty_node(base)];
        let mut levels = vec![bottom];
        for k in 0..(depth - base) as usize {
            let above = level_above(&levels[k], &empty[k]);
            levels.push(above);
            empty.push(join(&empty[k], &empty[k]));
        }
        Ok(Self { base, levels, empty })
    }

    pub(crate) fn root(&self) -> SumNode {
        self.node(self.levels.len() - 1, 0)
    }

    /// The root's children; the tree has at least one level above `base`.
    pub(crate) fn halves(&self) -> [SumNode; 2] {
        let below = self.levels.len() - 2;
        [self.node(below, 0), self.node(below, 1)]
    }

    /// The siblings from node `position` at `height` up to the root.
    pub(crate) fn path(&self, height: u32, mut position: usize) -> Vec<u8> {
        let from = (height - self.base) as usize;
        let mut siblings = Vec::with_capacity((self.levels.len() - 1 - from) * NODE_BYTES);
        for level in from..self.levels.len() - 1 {
            siblings.extend_from_slice(&self.node(level, position ^ 1).to_bytes());
            position >>= 1;
        }
        siblings
    }

    /// Node `position` at `height`.
    pub(crate) fn at(&self, height: u32, position: usize) -> SumNode {
        self.node((height - self.base) as usize, position)
    }

    fn node(&self, level: usize, position: usize) -> SumNode {
        self.levels[level].get(position).copied().unwrap_or(self.empty[level])
    }
}

/// The empty subtree of a height.
fn empty_node(height: u32) -> SumNode {
    (0..height).fold(SumNode::default(), |node, _| join(&node, &node))
}

fn level_above(level: &[SumNode], empty: &SumNode) -> Vec<SumNode> {
    level.par_chunks(2).with_min_len(PARALLEL_NODES).map(|pair| join(&pair[0], pair.get(1).unwrap_or(empty))).collect()
}

/// The parent where the caller has checked that the total fits.
fn join(left: &SumNode, right: &SumNode) -> SumNode {
    SumNode::parent(left, right).expect("the total of the level fits 128 bits")
}
