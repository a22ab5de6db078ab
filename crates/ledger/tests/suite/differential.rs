//! Rust against the vault's Solidity: the same roots for what is honest, the same refusal for what is not.

use alloy::primitives::{Address, B256, address};
use lifeboat_ledger::{
    LEAF_BYTES, Leaf, LeafDomain, NODE_BYTES, SumNode, SumTree, TreeError, leaf_node, root_above, sample, word_node,
};
use proptest::prelude::*;

use super::{
    probe::{CHAIN_ID, Malformed, Probe},
    tree::EDGES,
};

const ASSET: Address = address!("0x00000000000000000000000000000000000a55e7");

fn domain(probe: &Probe) -> LeafDomain {
    LeafDomain::new(CHAIN_ID, probe.address, ASSET)
}

/// A Rust result in the contract's terms.
fn as_contract<T>(result: Result<T, TreeError>) -> Result<T, Malformed> {
    result.map_err(|error| {
        assert_eq!(error, TreeError::ProofMalformed);
        Malformed
    })
}

#[test]
fn domains_are_equal() {
    let mut probe = Probe::new();
    for asset in [Address::ZERO, ASSET, Address::repeat_byte(0xff)] {
        assert_eq!(LeafDomain::new(CHAIN_ID, probe.address, asset).hash(), probe.domain(asset));
    }
}

#[test]
fn every_edge_of_a_ledger_has_the_same_root() {
    let mut probe = Probe::new();
    let domain = domain(&probe);
    for count in EDGES {
        let tree = SumTree::build(&domain, sample::leaves(count, 0x11fe_b0a7 ^ u64::from(count))).unwrap();
        let [left, right] = tree.halves();
        assert_eq!(probe.parent(&left, &right), Ok(tree.root()), "{count} leaves");

        // Every word, padding included, from its raw leaves.
        for word in 0..1 << (tree.depth() - 8) {
            let node = probe.word_node(&domain, word, &tree.word(word).unwrap()).unwrap();
            assert_eq!(word_node(&domain, word, &tree.word(word).unwrap()), Ok(node));
            let root = probe.root_of(&node, word.into(), &tree.word_siblings(word).unwrap());
            assert_eq!(root, Ok(tree.root().hash), "word {word} of {count} leaves");
        }
        // First, last, both sides of each word's edge, and the padding behind the last.
        let width = 1u32 << tree.depth();
        let edges = [0, 1, 255, 256, 257, count.saturating_sub(2), count.saturating_sub(1), count, width - 1];
        for index in edges.into_iter().filter(|index| *index < width) {
            let leaf = tree.leaves().get(index as usize).copied().unwrap_or_default();
            let node = SumNode { hash: probe.leaf_hash(&domain, index, &leaf), sum: leaf.balance };
            assert_eq!(leaf_node(&domain, index, &leaf), node);
            let root = probe.root_of(&node, index.into(), &tree.proof(index).unwrap());
            assert_eq!(root, Ok(tree.root().hash), "leaf {index} of {count}");
        }
    }
}

/// Leaves of every kind, empty and extreme ones among them.
fn any_leaf() -> impl Strategy<Value = Leaf> {
    let account = prop_oneof![2 => any::<[u8; 20]>(), 1 => Just([0; 20])];
    let amount = || {
        prop_oneof![
            Just(0),
            Just(1),
            Just(u128::MAX),
            Just(u128::MAX / 2),
            any::<u128>(),
            any::<u64>().prop_map(u128::from)
        ]
    };
    (account, amount(), amount()).prop_map(|(account, balance, paid)| Leaf { account: account.into(), balance, paid })
}

fn any_node() -> impl Strategy<Value = SumNode> {
    let sum = prop_oneof![Just(0), Just(u128::MAX), any::<u128>(), any::<u64>().prop_map(u128::from)];
    (any::<[u8; 32]>(), sum).prop_map(|(hash, sum)| SumNode { hash: B256::from(hash), sum })
}

/// How an honest proof or word is spoilt.
#[derive(Clone, Copy, Debug)]
enum Tampering {
    Nothing,
    Flip { at: usize, bit: u8 },
    Cut { by: usize },
    Grow { by: usize, with: u8 },
}

impl Tampering {
    fn spoil(self, bytes: &mut Vec<u8>) {
        match self {
            Self::Flip { at, bit } if !bytes.is_empty() => {
                let at = at % bytes.len();
                bytes[at] ^= 1 << bit;
            }
            Self::Cut { by } => bytes.truncate(bytes.len().saturating_sub(by)),
            Self::Grow { by, with } => bytes.resize(bytes.len() + by, with),
            Self::Nothing | Self::Flip { .. } => {}
        }
    }
}

fn tampering() -> impl Strategy<Value = Tampering> {
    let length = || prop_oneof![Just(1), Just(16), Just(NODE_BYTES), Just(LEAF_BYTES), 0usize..200];
    prop_oneof![
        Just(Tampering::Nothing),
        (any::<usize>(), 0u8..8).prop_map(|(at, bit)| Tampering::Flip { at, bit }),
        length().prop_map(|by| Tampering::Cut { by }),
        (length(), prop_oneof![Just(0), Just(0xff), any::<u8>()]).prop_map(|(by, with)| Tampering::Grow { by, with }),
    ]
}

proptest! {
    #![proptest_config(super::seeded())]

    #[test]
    fn leaves_and_nodes_hash_alike(leaf in any_leaf(), index: u32, left in any_node(), right in any_node()) {
        let mut probe = Probe::new();
        let domain = domain(&probe);
        prop_assert_eq!(leaf_node(&domain, index, &leaf).hash, probe.leaf_hash(&domain, index, &leaf));
        prop_assert_eq!(SumNode::parent(&left, &right).ok_or(Malformed), probe.parent(&left, &right));
    }

    #[test]
    fn tampered_words_get_the_same_answer(
        leaves in proptest::collection::vec(any_leaf(), 0..260), small: bool, word in 0u32..1 << 24, how in tampering(),
    ) {
        let mut probe = Probe::new();
        let domain = domain(&probe);
        // Most words of extreme leaves overflow: half of the cases have sums that fit.
        let mut bytes: Vec<u8> = leaves
            .iter()
            .flat_map(|leaf| Leaf { balance: if small { leaf.balance >> 64 } else { leaf.balance }, ..*leaf }.to_bytes())
            .collect();
        how.spoil(&mut bytes);
        prop_assert_eq!(as_contract(word_node(&domain, word, &bytes)), probe.word_node(&domain, word, &bytes));
    }

    #[test]
    fn tampered_proofs_get_the_same_answer(seed: u64, count in 1u32..1100, pick: u32, moved in 0u64..3, how in tampering()) {
        let mut probe = Probe::new();
        let domain = domain(&probe);
        let tree = SumTree::build(&domain, sample::leaves(count, seed)).unwrap();
        let index = pick % count;
        let node = leaf_node(&domain, index, &tree.leaves()[index as usize]);
        let mut proof = tree.proof(index).unwrap();
        how.spoil(&mut proof);
        let at = u64::from(index) + moved;
        let root = as_contract(root_above(node, at, &proof));
        let honest = moved == 0 && proof == tree.proof(index).unwrap();
        prop_assert_eq!(root == Ok(tree.root()), honest, "only the honest proof leads to the root");
        prop_assert_eq!(root.map(|root| root.hash), probe.root_of(&node, at, &proof));
    }

    #[test]
    fn arbitrary_proofs_get_the_same_answer(node in any_node(), index: u64, siblings in proptest::collection::vec(any_node(), 0..40)) {
        let mut probe = Probe::new();
        let proof: Vec<u8> = siblings.iter().flat_map(SumNode::to_bytes).collect();
        let root = as_contract(root_above(node, index, &proof)).map(|root| root.hash);
        prop_assert_eq!(root, probe.root_of(&node, index, &proof));
    }
}
