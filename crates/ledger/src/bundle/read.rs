//! Reads a bundle; each piece is checked when it is read.

use std::{
    fs,
    ops::Range,
    path::{Path, PathBuf},
};

use alloy::primitives::{Address, B256, keccak256};
use rayon::prelude::*;

use super::{BundleError, Manifest, TOP, io_error, lookup, manifest::MANIFEST, word_name};
use crate::{
    LEAF_BYTES, Leaf, LeafDomain, NODE_BYTES, PackedWord, SumNode, WORD_DEPTH, WORD_LEAVES, leaf_node, tree::Levels,
    word_leaves, word_node,
};

/// A bundle on disk, of which the manifest and the words' nodes are held.
#[derive(Clone, Debug)]
pub struct Bundle {
    dir: PathBuf,
    manifest: Manifest,
    domain: LeafDomain,
    top: Levels,
}

impl Bundle {
    /// Opens a bundle: checks that the words' nodes fit the manifest's hash and add up to its root.
    ///
    /// Whether the manifest is the one that was committed is for the caller to check, with [`Manifest::data_hash`] or the root.
    ///
    /// # Errors
    /// [`BundleError`].
    pub fn open(dir: &Path) -> Result<Self, BundleError> {
        let manifest = Manifest::from_bytes(&read_part(dir, MANIFEST)?)?;
        let bytes = read_part(dir, TOP)?;
        require(keccak256(&bytes) == manifest.top_hash, TOP, "its hash is not the manifest's")?;
        let (nodes, rest) = bytes.as_chunks::<NODE_BYTES>();
        let whole = rest.is_empty() && nodes.len() == manifest.word_count() as usize;
        require(whole, TOP, "it does not hold one node for each word")?;
        let nodes = nodes.iter().map(SumNode::from_bytes).collect();
        let top = Levels::build(nodes, WORD_DEPTH, manifest.depth)?;
        require(top.root() == manifest.node(), TOP, "its nodes do not add up to the root")?;
        Ok(Self { dir: dir.into(), domain: manifest.domain(), manifest, top })
    }

    /// What was committed.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// What the leaves are bound to.
    pub fn domain(&self) -> &LeafDomain {
        &self.domain
    }

    /// The root and the total.
    pub fn root(&self) -> SumNode {
        self.top.root()
    }

    /// The root's children, which a commitment carries.
    ///
    /// # Errors
    /// [`BundleError`] of the first word, which a tree of a single word is split from.
    pub fn halves(&self) -> Result<[SumNode; 2], BundleError> {
        if self.manifest.depth > WORD_DEPTH {
            return Ok(self.top.halves());
        }
        Ok(self.word_levels(0)?.halves())
    }

    /// The raw leaves of a word, 52 bytes each, trailing empty ones left out; empty to the right of the last account.
    ///
    /// # Errors
    /// [`BundleError`], [`BundleError::Damaged`] if they do not add up to the word's node.
    pub fn word(&self, word: u32) -> Result<Vec<u8>, BundleError> {
        if word >= self.manifest.word_count() {
            return Ok(Vec::new());
        }
        let name = word_name(word);
        let bytes = read_part(&self.dir, &name)?;
        let node = word_node(&self.domain, word, &bytes)
            .map_err(|_| damaged(&name, "it is not made of leaves of 52 bytes"))?;
        require(node == self.top.at(WORD_DEPTH, word as usize), &name, "its leaves do not add up to the word's node")?;
        require(!bytes.ends_with(&[0; LEAF_BYTES]), &name, "it ends in an empty leaf")?;
        let room = (self.manifest.count as usize - word as usize * WORD_LEAVES).min(WORD_LEAVES);
        require(bytes.len() <= room * LEAF_BYTES, &name, "it holds more leaves than the ledger has accounts")?;
        Ok(bytes)
    }

    /// The same leaves packed, as counting and answers to challenges take them.
    ///
    /// # Errors
    /// As [`Self::word`].
    pub fn packed_word(&self, word: u32) -> Result<PackedWord, BundleError> {
        let damage = |_| damaged(&word_name(word), "it is not made of leaves of 52 bytes");
        PackedWord::pack(&self.word(word)?).map_err(damage)
    }

    /// The siblings of a word upwards, 48 bytes each.
    ///
    /// # Errors
    /// [`BundleError::NoSuchIndex`] outside the padded tree.
    pub fn word_siblings(&self, word: u32) -> Result<Vec<u8>, BundleError> {
        if u64::from(word) >> (self.manifest.depth - WORD_DEPTH) != 0 {
            return Err(self.no_such_index(word.saturating_mul(WORD_LEAVES as u32)));
        }
        Ok(self.top.path(WORD_DEPTH, word as usize))
    }

    /// Neighbouring nodes of a level, from the words' up. `None` outside the padded tree, or below the words.
    pub fn nodes(&self, height: u32, positions: Range<u32>) -> Option<Vec<SumNode>> {
        let within = (WORD_DEPTH..=self.manifest.depth).contains(&height)
            && u64::from(positions.end) <= 1 << (self.manifest.depth - height);
        within.then(|| positions.map(|position| self.top.at(height, position as usize)).collect())
    }

    /// Index and leaf of an account; reads one lookup part and one word.
    ///
    /// # Errors
    /// [`BundleError`].
    pub fn find(&self, account: Address) -> Result<Option<(u32, Leaf)>, BundleError> {
        let part = lookup::part_of(account, self.manifest.lookup_digits);
        let index = self.lookup_index()?;
        let Some(index) = lookup::find(&self.lookup_part(part, &index)?, account) else {
            return Ok(None);
        };
        let leaf = self.leaf(index)?;
        let name = lookup::part_name(part, self.manifest.lookup_digits);
        require(leaf.account == account, &name, "it leads to another account")?;
        Ok(Some((index, leaf)))
    }

    /// The leaf at an index, and its siblings upwards, 48 bytes each.
    ///
    /// # Errors
    /// [`BundleError`].
    pub fn proof(&self, index: u32) -> Result<(Leaf, Vec<u8>), BundleError> {
        let leaf = self.leaf(index)?;
        let (word, slot) = place(index);
        let mut proof = self.word_levels(word)?.path(0, slot);
        proof.extend(self.word_siblings(word)?);
        Ok((leaf, proof))
    }

    /// All leaves by index.
    ///
    /// # Errors
    /// [`BundleError`].
    pub fn leaves(&self) -> Result<Vec<Leaf>, BundleError> {
        self.leaves_with(&|| ())
    }

    /// Checks everything: each word, and that the lookup leads to every account, once.
    ///
    /// # Errors
    /// [`BundleError`].
    pub fn verify(&self) -> Result<(), BundleError> {
        self.verify_with(&|| ())
    }

    /// [`Bundle::verify`], which calls `on_word` after each word, for a progress bar.
    ///
    /// # Errors
    /// [`BundleError`].
    pub fn verify_with(&self, on_word: &(dyn Fn() + Sync)) -> Result<(), BundleError> {
        let leaves = self.leaves_with(on_word)?;
        let parts = lookup::parts(&leaves, self.manifest.lookup_digits);
        let index = self.lookup_index()?;
        require(index == lookup::index_of_parts(&parts), lookup::INDEX, "it does not lead to every account")?;
        let all = 0..lookup::part_count(self.manifest.lookup_digits);
        all.into_par_iter().try_for_each(|part| self.lookup_part(part, &index).map(drop))?;
        match lookup::repeated(&parts) {
            Some(account) => Err(BundleError::Repeated(account)),
            None => Ok(()),
        }
    }

    fn leaves_with(&self, on_word: &(dyn Fn() + Sync)) -> Result<Vec<Leaf>, BundleError> {
        let words: Vec<Vec<Leaf>> = (0..self.manifest.word_count())
            .into_par_iter()
            .map(|word| {
                let leaves = word_leaves(&self.word(word)?)?.collect();
                on_word();
                Ok(leaves)
            })
            .collect::<Result<_, BundleError>>()?;
        let mut leaves = vec![Leaf::default(); self.manifest.count as usize];
        for (into, word) in leaves.chunks_mut(WORD_LEAVES).zip(words) {
            into[..word.len()].copy_from_slice(&word);
        }
        Ok(leaves)
    }

    fn leaf(&self, index: u32) -> Result<Leaf, BundleError> {
        if index >= self.manifest.count {
            return Err(self.no_such_index(index));
        }
        let (word, slot) = place(index);
        Ok(word_leaves(&self.word(word)?)?.nth(slot).unwrap_or_default())
    }

    /// The eight levels inside a word.
    fn word_levels(&self, word: u32) -> Result<Levels, BundleError> {
        let first = word * WORD_LEAVES as u32;
        let leaves = self.word(word)?;
        let nodes = (first..).zip(word_leaves(&leaves)?).map(|(index, leaf)| leaf_node(&self.domain, index, &leaf));
        Ok(Levels::build(nodes.collect(), 0, WORD_DEPTH)?)
    }

    fn lookup_index(&self) -> Result<Vec<u8>, BundleError> {
        let index = read_part(&self.dir, lookup::INDEX)?;
        require(keccak256(&index) == self.manifest.lookup_hash, lookup::INDEX, "its hash is not the manifest's")?;
        let parts = lookup::part_count(self.manifest.lookup_digits) as usize;
        require(index.len() == 32 * parts, lookup::INDEX, "it does not hold one hash for each part")?;
        Ok(index)
    }

    fn lookup_part(&self, part: u32, index: &[u8]) -> Result<Vec<u8>, BundleError> {
        let name = lookup::part_name(part, self.manifest.lookup_digits);
        let rows = read_part(&self.dir, &name)?;
        let expected = B256::from_slice(&index[32 * part as usize..][..32]);
        require(keccak256(&rows) == expected, &name, "its hash is not the lookup index's")?;
        Ok(rows)
    }

    fn no_such_index(&self, index: u32) -> BundleError {
        BundleError::NoSuchIndex { index, count: self.manifest.count }
    }
}

/// Word and slot of an index.
fn place(index: u32) -> (u32, usize) {
    (index / WORD_LEAVES as u32, index as usize % WORD_LEAVES)
}

fn read_part(dir: &Path, name: &str) -> Result<Vec<u8>, BundleError> {
    let path = dir.join(name);
    fs::read(&path).map_err(io_error(&path))
}

fn require(fits: bool, part: &str, why: &str) -> Result<(), BundleError> {
    if fits { Ok(()) } else { Err(damaged(part, why)) }
}

fn damaged(part: &str, why: &str) -> BundleError {
    BundleError::Damaged { part: part.into(), why: why.into() }
}
