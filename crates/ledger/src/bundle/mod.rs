//! What is published with a root, so that anyone can derive every proof again, for ever, from any dumb mirror.
//!
//! ```text
//! manifest.json       what was committed, and the hashes below; its keccak256 is the commitment's dataHash
//! top.bin             the node of each word, 48 bytes: they add up to the root
//! words/0000.bin      the leaves of a word, 52 bytes each: they add up to the word's node
//! lookup/index.bin    keccak256 of each lookup part
//! lookup/a3.bin       accounts that begin with 0xa3, sorted: account 20 bytes, index 4
//! ```
//!
//! Every piece is checked when it is read, against the manifest or the root; nothing needs the whole. Numbers are big-endian.

mod lookup;
mod manifest;
mod read;
mod write;

use std::{
    io,
    path::{Path, PathBuf},
};

pub use manifest::{FORMAT, MANIFEST, Manifest, Meta};
pub use read::Bundle;
pub use write::{parts_of, write, write_with};

use alloy::primitives::Address;

use crate::TreeError;

/// Name of the file with the words' nodes.
const TOP: &str = "top.bin";

/// Why a bundle could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// There is something in the place of the new bundle.
    #[error("LEDGER_BUNDLE_EXISTS: {} is there already; bundles are never overwritten, choose another directory", .0.display())]
    Exists(PathBuf),
    /// The system's reason.
    #[error("LEDGER_BUNDLE_IO: {}: {source}; check the path, the permissions and the space left", path.display())]
    Io {
        /// Which file or directory.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A part that is not what was published.
    #[error("LEDGER_BUNDLE_DAMAGED: {part}: {why}; fetch the bundle again, from another mirror")]
    Damaged {
        /// File within the bundle.
        part: String,
        /// What does not fit.
        why: String,
    },
    /// A bundle of another format.
    #[error(
        "LEDGER_BUNDLE_FORMAT: the bundle says `{0}` and this version reads `{FORMAT}`; use a version that knows it"
    )]
    Format(String),
    /// Something about the ledger that cannot be written down.
    #[error("LEDGER_BUNDLE_META: {0}")]
    Meta(&'static str),
    /// An account with two leaves, of which each would subtract the other's payouts.
    #[error("LEDGER_DUPLICATE: account {0} has two leaves; merge them, an account has one")]
    Repeated(Address),
    /// Outside the tree.
    #[error("LEDGER_NO_SUCH_INDEX: the ledger has {count} accounts, so index {index} is none of them")]
    NoSuchIndex {
        /// What was asked for.
        index: u32,
        /// Number of accounts.
        count: u32,
    },
    /// The parts do not make a tree.
    #[error(transparent)]
    Tree(#[from] TreeError),
}

/// Name of a word in a bundle.
fn word_name(word: u32) -> String {
    format!("words/{word:04}.bin")
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> BundleError {
    let path = path.into();
    |source| BundleError::Io { path, source }
}
