//! One account's entry in the ledger, and what binds it to a chain, a vault and an asset.

use alloy::primitives::{Address, B256, U256, keccak256};

use super::{TreeError, be_u128, node::SumNode};

/// Bytes of one leaf in a word: account 20, balance 16, paid 16, big-endian.
pub const LEAF_BYTES: usize = 52;

const LEAF_TYPE: &str = "LifeboatLeaf(uint256 chainId,address vault,address asset,uint256 index,address account,uint128 balance,uint128 paid)";

/// What one account is owed. The default is the empty leaf, with which a tree is padded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Leaf {
    /// Who is owed.
    pub account: Address,
    /// What was owed at the snapshot, in base units of the asset.
    pub balance: u128,
    /// The vault's `paidOut` of the account at the snapshot, in base units: all its payouts ever.
    pub paid: u128,
}

impl Leaf {
    /// Whether all fields are zero.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The leaf as it stands in a word.
    pub fn to_bytes(&self) -> [u8; LEAF_BYTES] {
        let mut bytes = [0; LEAF_BYTES];
        bytes[..20].copy_from_slice(self.account.as_slice());
        bytes[20..36].copy_from_slice(&self.balance.to_be_bytes());
        bytes[36..].copy_from_slice(&self.paid.to_be_bytes());
        bytes
    }

    /// Reads what [`Leaf::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8; LEAF_BYTES]) -> Self {
        Self {
            account: Address::from_slice(&bytes[..20]),
            balance: be_u128(&bytes[20..36]),
            paid: be_u128(&bytes[36..]),
        }
    }
}

/// What every leaf hash of one ledger starts from, so that no proof is valid on another chain, vault or asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeafDomain {
    chain_id: u64,
    vault: Address,
    asset: Address,
    hash: B256,
}

impl LeafDomain {
    /// The domain of one asset of one vault; the zero address stands for ETH.
    pub fn new(chain_id: u64, vault: Address, asset: Address) -> Self {
        let mut encoded = [0; 128];
        encoded[..32].copy_from_slice(keccak256(LEAF_TYPE).as_slice());
        encoded[32..64].copy_from_slice(&U256::from(chain_id).to_be_bytes::<32>());
        encoded[76..96].copy_from_slice(vault.as_slice());
        encoded[108..].copy_from_slice(asset.as_slice());
        Self { chain_id, vault, asset, hash: keccak256(encoded) }
    }

    /// EIP-155 id of the vault's chain.
    pub fn chain_id(&self) -> u64 {
        self.chain_id
    }

    /// The vault.
    pub fn vault(&self) -> Address {
        self.vault
    }

    /// The asset; the zero address stands for ETH.
    pub fn asset(&self) -> Address {
        self.asset
    }

    /// The first of the four 32-byte words that a leaf hash covers.
    pub fn hash(&self) -> B256 {
        self.hash
    }
}

/// The node of the leaf at `index`: hash over domain, index, account and amounts; sum is the balance.
pub fn leaf_node(domain: &LeafDomain, index: u32, leaf: &Leaf) -> SumNode {
    if leaf.is_empty() {
        return SumNode::default();
    }
    let mut encoded = [0; 128];
    encoded[..32].copy_from_slice(domain.hash.as_slice());
    encoded[60..64].copy_from_slice(&index.to_be_bytes());
    encoded[76..].copy_from_slice(&leaf.to_bytes());
    SumNode { hash: keccak256(encoded), sum: leaf.balance }
}

/// Splits a word into its leaves, at most 256.
///
/// # Errors
/// [`TreeError::ProofMalformed`] if the length is no multiple of 52 or above 256 leaves, as the contract refuses it.
pub fn word_leaves(word: &[u8]) -> Result<impl Iterator<Item = Leaf>, TreeError> {
    let (leaves, rest) = word.as_chunks::<LEAF_BYTES>();
    if !rest.is_empty() || leaves.len() > super::WORD_LEAVES {
        return Err(TreeError::ProofMalformed);
    }
    Ok(leaves.iter().map(Leaf::from_bytes))
}
