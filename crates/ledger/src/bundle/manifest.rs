//! `manifest.json`: what a bundle is, and the hashes that tie its parts together.

use alloy::primitives::{Address, B256, keccak256};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use super::BundleError;
use crate::{LeafDomain, SumNode, SumTree, tree};

/// The format that this crate writes and reads.
pub const FORMAT: &str = "lifeboat-bundle-1";

/// Name of the manifest in a bundle.
pub const MANIFEST: &str = "manifest.json";

/// Times and cursors are 40 bits wide on chain.
const UINT40: u64 = (1 << 40) - 1;
const LONGEST_SYMBOL: usize = 32;
/// 10^77 is the largest power of ten in 256 bits.
const MOST_DECIMALS: u8 = 77;

/// What a commitment says beyond the leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meta {
    /// The asset's symbol, for people.
    pub symbol: String,
    /// The asset's decimals, for people: everything in a bundle is in base units.
    pub decimals: u8,
    /// Entries of the vault's deposit queue below this one are in the ledger.
    pub deposit_cursor: u64,
    /// When the balances were taken, in Unix seconds.
    pub snapshot_at: u64,
}

/// The first file to read of a bundle. Its bytes are canonical; their keccak256 is the commitment's `dataHash`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: String,
    /// EIP-155 id of the vault's chain.
    pub chain_id: u64,
    /// The vault.
    pub vault: Address,
    /// The asset; the zero address stands for ETH.
    pub asset: Address,
    /// The asset's symbol.
    pub symbol: String,
    /// The asset's decimals.
    pub decimals: u8,
    /// Hash of the tree's root.
    pub root: B256,
    /// Sum of all balances in base units; in JSON a decimal string.
    #[serde(serialize_with = "to_decimal", deserialize_with = "from_decimal")]
    pub total: u128,
    /// Number of accounts.
    pub count: u32,
    /// Levels of the tree above the leaves.
    pub depth: u32,
    /// Entries of the vault's deposit queue below this one are in the ledger.
    pub deposit_cursor: u64,
    /// When the balances were taken, in Unix seconds.
    pub snapshot_at: u64,
    /// keccak256 of `top.bin`, which holds the node of every word.
    pub top_hash: B256,
    /// Hexadecimal digits of an account that name its lookup part.
    pub lookup_digits: u32,
    /// keccak256 of `lookup/index.bin`, which holds the keccak256 of every lookup part.
    pub lookup_hash: B256,
}

impl Manifest {
    pub(super) fn new(tree: &SumTree, meta: &Meta, top: &[u8], lookup_index: &[u8]) -> Result<Self, BundleError> {
        let root = tree.root();
        let manifest = Self {
            format: FORMAT.into(),
            chain_id: tree.domain().chain_id(),
            vault: tree.domain().vault(),
            asset: tree.domain().asset(),
            symbol: meta.symbol.clone(),
            decimals: meta.decimals,
            root: root.hash,
            total: root.sum,
            count: tree.count(),
            depth: tree.depth(),
            deposit_cursor: meta.deposit_cursor,
            snapshot_at: meta.snapshot_at,
            top_hash: keccak256(top),
            lookup_digits: super::lookup::digits_for(tree.count()),
            lookup_hash: keccak256(lookup_index),
        };
        manifest.check().map_err(BundleError::Meta)?;
        Ok(manifest)
    }

    /// What the leaves are bound to.
    pub fn domain(&self) -> LeafDomain {
        LeafDomain::new(self.chain_id, self.vault, self.asset)
    }

    /// The root and the total.
    pub fn node(&self) -> SumNode {
        SumNode { hash: self.root, sum: self.total }
    }

    /// Number of words that hold accounts.
    pub fn word_count(&self) -> u32 {
        tree::words_for(self.count)
    }

    /// The file's bytes: fields in this order, two blanks of indentation, a line feed at the end.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).expect("plain data with string keys is JSON");
        bytes.push(b'\n');
        bytes
    }

    /// The commitment's `dataHash`: keccak256 of the file.
    pub fn data_hash(&self) -> B256 {
        keccak256(self.to_bytes())
    }

    /// Reads a manifest, and refuses any other writing of the same fields.
    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, BundleError> {
        let damaged = |why: String| BundleError::Damaged { part: MANIFEST.into(), why };
        let manifest: Self = serde_json::from_slice(bytes).map_err(|error| damaged(error.to_string()))?;
        if manifest.format != FORMAT {
            return Err(BundleError::Format(manifest.format));
        }
        manifest.check().map_err(|why| damaged(why.into()))?;
        if manifest.to_bytes() != bytes {
            return Err(damaged("it is not written the canonical way".into()));
        }
        Ok(manifest)
    }

    /// What no honest manifest breaks.
    fn check(&self) -> Result<(), &'static str> {
        if self.deposit_cursor > UINT40 || self.snapshot_at > UINT40 {
            Err("the deposit cursor and the snapshot's time must be below 2^40")
        } else if self.decimals > MOST_DECIMALS {
            Err("an asset has at most 77 decimals")
        } else if self.symbol.is_empty()
            || self.symbol.chars().count() > LONGEST_SYMBOL
            || self.symbol.chars().any(char::is_control)
        {
            Err("the symbol must have 1 to 32 printable characters")
        } else if self.depth != tree::depth_for(self.count) {
            Err("the depth does not fit the number of accounts")
        } else if self.lookup_digits != super::lookup::digits_for(self.count) {
            Err("the number of lookup parts does not fit the number of accounts")
        } else {
            Ok(())
        }
    }
}

fn to_decimal<S: Serializer>(value: &u128, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

fn from_decimal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u128, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
}
