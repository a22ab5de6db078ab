//! The tree against the specification, written out the slow way, and its own proofs.

use alloy::primitives::{Address, B256, Bytes, U256, address, keccak256};
use alloy::sol_types::SolValue;
use lifeboat_ledger::{
    LEAF_BYTES, Leaf, LeafDomain, NODE_BYTES, SumNode, SumTree, TreeError, leaf_node, root_above, sample, word_node,
};
use proptest::prelude::*;

const VAULT: Address = address!("0x5afe00000000000000000000000000000000beef");

fn domain() -> LeafDomain {
    LeafDomain::new(31337, VAULT, Address::ZERO)
}

/// Counts at which something changes: words, depths, padding.
pub(crate) const EDGES: [u32; 14] = [0, 1, 2, 3, 255, 256, 257, 511, 512, 513, 1023, 1024, 1025, 4097];

/// Specification §3 by recursion over the padded list.
fn plain_root(domain: &LeafDomain, leaves: &[Leaf], from: u32, height: u32) -> SumNode {
    if height == 0 {
        let Some(leaf) = leaves.get(from as usize).filter(|leaf| **leaf != Leaf::default()) else {
            return SumNode::default();
        };
        let amounts = U256::from(leaf.balance) << 128 | U256::from(leaf.paid);
        let hash = keccak256((domain.hash(), U256::from(from), leaf.account, amounts).abi_encode());
        return SumNode { hash, sum: leaf.balance };
    }
    let left = plain_root(domain, leaves, from, height - 1);
    let right = plain_root(domain, leaves, from + (1 << (height - 1)), height - 1);
    let sums = U256::from(left.sum) << 128 | U256::from(right.sum);
    SumNode { hash: keccak256((left.hash, right.hash, sums).abi_encode()), sum: left.sum + right.sum }
}

#[test]
fn domain_is_the_abi_encoding_of_the_specification() {
    let typehash = keccak256(
        "LifeboatLeaf(uint256 chainId,address vault,address asset,uint256 index,address account,uint128 balance,uint128 paid)",
    );
    let asset = address!("0x00000000000000000000000000000000000a55e7");
    let expected = keccak256((typehash, U256::from(31337), VAULT, asset).abi_encode());
    assert_eq!(LeafDomain::new(31337, VAULT, asset).hash(), expected);
    assert_ne!(LeafDomain::new(1, VAULT, asset).hash(), expected);
    assert_ne!(LeafDomain::new(31337, asset, asset).hash(), expected);
    assert_ne!(LeafDomain::new(31337, VAULT, Address::ZERO).hash(), expected);
}

#[test]
fn root_equals_the_recursive_definition_at_every_edge() {
    for count in EDGES {
        let leaves = sample::leaves(count, 0x11fe_b0a7 + u64::from(count));
        let total: u128 = leaves.iter().map(|leaf| leaf.balance).sum();
        let tree = SumTree::build(&domain(), leaves.clone()).unwrap();
        assert_eq!(tree.root(), plain_root(&domain(), &leaves, 0, tree.depth()), "{count} leaves");
        assert_eq!(tree.root().sum, total, "{count} leaves");
        assert_eq!(tree.count(), count);
        assert_eq!(tree.word_count(), count.div_ceil(256));
        assert!(
            1u64 << tree.depth() >= u64::from(count).max(256) && (1u64 << tree.depth()) < 2 * u64::from(count).max(256)
        );
        let [left, right] = tree.halves();
        assert_eq!(SumNode::parent(&left, &right), Some(tree.root()));
    }
}

#[test]
fn every_proof_and_every_word_leads_to_the_root() {
    for count in EDGES {
        let tree = SumTree::build(&domain(), sample::leaves(count, u64::from(count))).unwrap();
        let width = 1u32 << tree.depth();
        for index in (0..width).step_by(97).chain([count.saturating_sub(1), count.min(width - 1), width - 1]) {
            let leaf = tree.leaves().get(index as usize).copied().unwrap_or_default();
            let proof = tree.proof(index).unwrap();
            assert_eq!(proof.len(), tree.depth() as usize * NODE_BYTES);
            assert_eq!(root_above(leaf_node(&domain(), index, &leaf), index.into(), &proof), Ok(tree.root()));
        }
        for word in 0..width / 256 {
            let node = word_node(&domain(), word, &tree.word(word).unwrap()).unwrap();
            assert_eq!(root_above(node, word.into(), &tree.word_siblings(word).unwrap()), Ok(tree.root()));
        }
        assert_eq!((tree.proof(width), tree.word(width / 256), tree.word_siblings(width / 256)), (None, None, None));
        assert_eq!(tree.word_nodes().count(), tree.word_count() as usize);
    }
}

#[test]
fn trailing_empty_leaves_are_left_out_and_inner_ones_kept() {
    let some = sample::leaves(1, 7)[0];
    let tree = SumTree::build(&domain(), vec![Leaf::default(), some, Leaf::default()]).unwrap();
    let word = tree.word(0).unwrap();
    assert_eq!(word.len(), 2 * LEAF_BYTES);
    assert_eq!(&word[..LEAF_BYTES], &[0; LEAF_BYTES]);
    let mut padded = word.clone();
    padded.resize(256 * LEAF_BYTES, 0);
    assert_eq!(word_node(&domain(), 0, &word), word_node(&domain(), 0, &padded));
}

#[test]
fn totals_and_proofs_beyond_128_bits_are_refused() {
    let mut leaves = sample::leaves(2, 1);
    leaves[0].balance = u128::MAX;
    assert_eq!(SumTree::build(&domain(), leaves.clone()).unwrap_err(), TreeError::TotalOverflow);
    let word: Vec<u8> = leaves.iter().flat_map(Leaf::to_bytes).collect();
    assert_eq!(word_node(&domain(), 0, &word), Err(TreeError::ProofMalformed));
    let sibling = SumNode { hash: B256::ZERO, sum: 1 }.to_bytes();
    assert_eq!(root_above(SumNode { hash: B256::ZERO, sum: u128::MAX }, 0, &sibling), Err(TreeError::ProofMalformed));
    assert_eq!(word_node(&domain(), 1 << 24, &[]), Err(TreeError::ProofMalformed), "an index past 32 bits");
}

#[test]
fn lengths_that_are_no_multiple_are_refused() {
    let tree = SumTree::build(&domain(), sample::leaves(300, 3)).unwrap();
    let proof = tree.proof(5).unwrap();
    for length in [1, 47, 49, proof.len() - 1] {
        assert_eq!(root_above(SumNode::default(), 5, &proof[..length]), Err(TreeError::ProofMalformed));
    }
    let word = tree.word(0).unwrap();
    for length in [1, 51, 53, word.len() - 1] {
        assert_eq!(word_node(&domain(), 0, &word[..length]), Err(TreeError::ProofMalformed));
    }
    assert_eq!(word_node(&domain(), 0, &[0; 257 * LEAF_BYTES]), Err(TreeError::ProofMalformed));
}

proptest! {
    #![proptest_config(super::seeded())]

    #[test]
    fn any_flipped_bit_of_a_proof_or_word_misses_the_root(seed: u64, count in 1u32..700, pick: u32, byte: usize, bit in 0u8..8) {
        let tree = SumTree::build(&domain(), sample::leaves(count, seed)).unwrap();
        let index = pick % count;
        let node = leaf_node(&domain(), index, &tree.leaves()[index as usize]);
        let mut proof = tree.proof(index).unwrap();
        let at = byte % proof.len();
        proof[at] ^= 1 << bit;
        prop_assert_ne!(root_above(node, index.into(), &proof), Ok(tree.root()));

        let word = index / 256;
        let mut leaves = tree.word(word).unwrap();
        let at = byte % leaves.len();
        leaves[at] ^= 1 << bit;
        let siblings = tree.word_siblings(word).unwrap();
        let root = word_node(&domain(), word, &leaves).and_then(|node| root_above(node, word.into(), &siblings));
        prop_assert_ne!(root, Ok(tree.root()));
    }

    #[test]
    fn a_leaf_is_bound_to_its_index(seed: u64, count in 2u32..600, a: u32, b: u32) {
        let (a, b) = (a % count, b % count);
        prop_assume!(a != b);
        let tree = SumTree::build(&domain(), sample::leaves(count, seed)).unwrap();
        let leaf = &tree.leaves()[a as usize];
        let moved = root_above(leaf_node(&domain(), b, leaf), b.into(), &tree.proof(b).unwrap());
        prop_assert_ne!(moved, Ok(tree.root()));
    }

    #[test]
    fn arbitrary_bytes_never_panic(word: u32, index: u64, sum: u128, bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let bytes = Bytes::from(bytes);
        let _ = word_node(&domain(), word, &bytes);
        let _ = root_above(SumNode { hash: B256::ZERO, sum }, index, &bytes);
    }

    #[test]
    fn leaves_round_trip(account: [u8; 20], balance: u128, paid: u128) {
        let leaf = Leaf { account: account.into(), balance, paid };
        prop_assert_eq!(Leaf::from_bytes(&leaf.to_bytes()), leaf);
    }
}
