//! The off-chain ledger of one asset: a list of accounts in, a Merkle-sum tree, words, proofs and bundles out.
//!
//! Pure: no chain, no clock, no network. The hashes are those of the contracts (specification §3).
//!
//! ```
//! use alloy::primitives::{Address, address};
//! use lifeboat_ledger::{Leaf, LeafDomain, SumTree, leaf_node, root_above};
//!
//! let domain = LeafDomain::new(1, address!("0x00000000000000000000000000000000000aa110"), Address::ZERO);
//! let owed = Leaf { account: address!("0x00000000000000000000000000000000000b0b00"), balance: 5, paid: 0 };
//! let tree = SumTree::build(&domain, vec![owed]).unwrap();
//!
//! let proof = tree.proof(0).unwrap();
//! assert_eq!(root_above(leaf_node(&domain, 0, &owed), 0, &proof), Ok(tree.root()));
//! assert_eq!(tree.root().sum, 5);
//! ```
#![forbid(unsafe_code)]

pub mod bundle;
pub mod list;
pub mod sample;
mod tree;

pub use tree::{
    COUNTER_BYTES, LEAF_BYTES, Leaf, LeafDomain, NODE_BYTES, PACKED_LEAF_BYTES, PackedWord, SumNode, SumTree,
    TreeError, WORD_DEPTH, WORD_LEAVES, leaf_node, root_above, word_leaves, word_node,
};
