//! Writes a bundle: all of it, or nothing.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use rayon::prelude::*;

use super::{BundleError, Manifest, Meta, TOP, io_error, lookup, manifest::MANIFEST, word_name};
use crate::SumTree;

/// Writes the bundle of a tree as the new directory `dir`; the same ledger gives the same bytes.
///
/// The parts are written and synced beside `dir` under another name, which is then renamed: after a crash there is a whole
/// bundle or none. A bundle is never overwritten, because its hash may be signed already.
///
/// # Errors
/// [`BundleError::Exists`], [`BundleError::Repeated`], [`BundleError::Meta`], [`BundleError::Io`].
pub fn write(dir: &Path, tree: &SumTree, meta: &Meta) -> Result<Manifest, BundleError> {
    write_with(dir, tree, meta, &|| ())
}

/// [`write()`], which calls `on_part` after each of [`parts_of`] parts, for a progress bar.
///
/// # Errors
/// As [`write()`].
pub fn write_with(
    dir: &Path,
    tree: &SumTree,
    meta: &Meta,
    on_part: &(dyn Fn() + Sync),
) -> Result<Manifest, BundleError> {
    let top: Vec<u8> = tree.word_nodes().flat_map(|node| node.to_bytes()).collect();
    let lookup = Lookup::of(tree);
    if let Some(account) = lookup::repeated(&lookup.parts) {
        return Err(BundleError::Repeated(account));
    }
    let manifest = Manifest::new(tree, meta, &top, &lookup.index)?;
    if dir.symlink_metadata().is_ok() {
        return Err(BundleError::Exists(dir.into()));
    }
    let partial = Partial::create(dir)?;
    partial.folder("words")?;
    partial.folder("lookup")?;
    (0..tree.word_count()).into_par_iter().try_for_each(|word| {
        let leaves = tree.word(word).expect("a word below the tree's count");
        partial.file(&word_name(word), &leaves).map(|()| on_part())
    })?;
    lookup.parts.par_iter().enumerate().try_for_each(|(part, rows)| {
        partial.file(&lookup::part_name(part as u32, lookup.digits), rows).map(|()| on_part())
    })?;
    partial.file(lookup::INDEX, &lookup.index)?;
    partial.file(TOP, &top)?;
    partial.file(MANIFEST, &manifest.to_bytes())?;
    partial.publish(dir)?;
    Ok(manifest)
}

/// Words and lookup parts of a tree's bundle.
pub fn parts_of(tree: &SumTree) -> u64 {
    u64::from(tree.word_count()) + u64::from(lookup::part_count(lookup::digits_for(tree.count())))
}

struct Lookup {
    digits: u32,
    parts: Vec<Vec<u8>>,
    index: Vec<u8>,
}

impl Lookup {
    fn of(tree: &SumTree) -> Self {
        let digits = lookup::digits_for(tree.count());
        let parts = lookup::parts(tree.leaves(), digits);
        let index = lookup::index_of_parts(&parts);
        Self { digits, parts, index }
    }
}

/// A directory in the making, removed unless it is published.
struct Partial {
    path: PathBuf,
    published: bool,
}

impl Partial {
    fn create(dir: &Path) -> Result<Self, BundleError> {
        let parent = parent_of(dir);
        fs::create_dir_all(parent).map_err(io_error(parent))?;
        let name = dir.file_name().unwrap_or_default().to_string_lossy();
        let path = parent.join(format!(".{name}.{}.partial", std::process::id()));
        fs::create_dir(&path).map_err(io_error(&path))?;
        Ok(Self { path, published: false })
    }

    fn folder(&self, name: &str) -> Result<(), BundleError> {
        let path = self.path.join(name);
        fs::create_dir(&path).map_err(io_error(&path))
    }

    fn file(&self, name: &str, bytes: &[u8]) -> Result<(), BundleError> {
        let path = self.path.join(name);
        let written = || -> io::Result<()> {
            let mut file = File::create_new(&path)?;
            file.write_all(bytes)?;
            file.sync_all()
        };
        written().map_err(io_error(&path))
    }

    fn publish(mut self, dir: &Path) -> Result<(), BundleError> {
        for folder in [self.path.join("words"), self.path.join("lookup"), self.path.clone()] {
            sync(&folder)?;
        }
        fs::rename(&self.path, dir).map_err(|source| match source.kind() {
            io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::AlreadyExists => BundleError::Exists(dir.into()),
            _ => BundleError::Io { path: dir.into(), source },
        })?;
        self.published = true;
        sync(parent_of(dir))
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.published {
            // Best effort: the error that led here is the one to report.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

/// Makes a directory's entries durable.
fn sync(folder: &Path) -> Result<(), BundleError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(io_error(folder))
}

fn parent_of(dir: &Path) -> &Path {
    dir.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
