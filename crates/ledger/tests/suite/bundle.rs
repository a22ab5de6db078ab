//! Bundles: round trip, determinism, damage, and what a phone reads.

use std::{
    fs,
    path::{Path, PathBuf},
};

use alloy::primitives::{Address, address, keccak256};
use lifeboat_ledger::{
    Leaf, LeafDomain, SumTree,
    bundle::{self, Bundle, BundleError, Meta},
    leaf_node, root_above, sample, word_node,
};
use tempfile::TempDir;

const VAULT: Address = address!("0x5afe00000000000000000000000000000000beef");

fn meta() -> Meta {
    Meta { symbol: "ETH".into(), decimals: 18, deposit_cursor: 3, snapshot_at: 1_800_000_000 }
}

fn tree(leaves: Vec<Leaf>) -> SumTree {
    SumTree::build(&LeafDomain::new(31337, VAULT, Address::ZERO), leaves).unwrap()
}

fn written(tree: &SumTree) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("bundle");
    bundle::write(&dir, tree, &meta()).unwrap();
    (folder, dir)
}

/// All files of a bundle with their bytes, sorted by name.
fn files(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut open = vec![dir.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                open.push(entry.path());
            } else {
                let name = entry.path().strip_prefix(dir).unwrap().to_str().unwrap().to_owned();
                files.push((name, fs::read(entry.path()).unwrap()));
            }
        }
    }
    files.sort();
    files
}

#[test]
fn everything_that_the_tree_gives_the_bundle_gives() {
    for count in super::tree::EDGES {
        let tree = tree(sample::leaves(count, u64::from(count)));
        let (_folder, dir) = written(&tree);
        let bundle = Bundle::open(&dir).unwrap();
        bundle.verify().unwrap();
        assert_eq!(bundle.root(), tree.root());
        assert_eq!(bundle.halves().unwrap(), tree.halves());
        assert_eq!(bundle.leaves().unwrap(), tree.leaves());
        assert_eq!(bundle.manifest().count, count);
        for word in 0..1 << (tree.depth() - 8) {
            assert_eq!(bundle.word(word).unwrap(), tree.word(word).unwrap());
            assert_eq!(bundle.word_siblings(word).unwrap(), tree.word_siblings(word).unwrap());
        }
        for index in (0..count).step_by(61).chain(count.checked_sub(1)) {
            let leaf = tree.leaves()[index as usize];
            assert_eq!(bundle.proof(index).unwrap(), (leaf, tree.proof(index).unwrap()));
            assert_eq!(bundle.find(leaf.account).unwrap(), Some((index, leaf)));
        }
        assert!(matches!(bundle.proof(count), Err(BundleError::NoSuchIndex { .. })));
        assert!(matches!(bundle.word_siblings(1 << (tree.depth() - 8)), Err(BundleError::NoSuchIndex { .. })));
        assert_eq!(bundle.find(VAULT).unwrap(), None);
    }
}

#[test]
fn the_same_ledger_gives_the_same_bytes() {
    let leaves = sample::leaves(3000, 42);
    let (_one, first) = written(&tree(leaves.clone()));
    let (_two, second) = written(&tree(leaves));
    assert_eq!(files(&first), files(&second));
    let manifest = fs::read(first.join("manifest.json")).unwrap();
    assert_eq!(Bundle::open(&first).unwrap().manifest().data_hash(), keccak256(&manifest));
}

#[test]
fn a_leaf_of_the_zero_address_without_balance_survives() {
    let mut leaves = sample::leaves(258, 9);
    leaves[257] = Leaf::default();
    let tree = tree(leaves);
    let (_folder, dir) = written(&tree);
    let bundle = Bundle::open(&dir).unwrap();
    bundle.verify().unwrap();
    assert_eq!(bundle.leaves().unwrap(), tree.leaves());
    assert_eq!(bundle.find(Address::ZERO).unwrap(), Some((257, Leaf::default())));
}

/// Every byte of every file, one bit each: never unnoticed by somebody who knows the `dataHash`.
#[test]
fn every_flipped_byte_is_noticed() {
    let tree = tree(sample::leaves(300, 5));
    let (_folder, dir) = written(&tree);
    let data_hash = Bundle::open(&dir).unwrap().manifest().data_hash();
    let mut flips = 0;
    for (name, bytes) in files(&dir) {
        let path = dir.join(&name);
        // Words and lookup parts are long and of one kind: every seventh byte, with a bit that wanders.
        let step = if name == "manifest.json" { 1 } else { 7 };
        for at in (0..bytes.len()).step_by(step) {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << (at % 8);
            fs::write(&path, &damaged).unwrap();
            let noticed = match Bundle::open(&dir) {
                Err(_) => true,
                Ok(bundle) => bundle.manifest().data_hash() != data_hash || bundle.verify().is_err(),
            };
            assert!(noticed, "byte {at} of {name}");
            flips += 1;
        }
        fs::write(&path, &bytes).unwrap();
    }
    assert!(flips > 3000, "{flips} flips");
    Bundle::open(&dir).unwrap().verify().unwrap();
}

#[test]
fn missing_cut_and_longer_parts_are_noticed() {
    let tree = tree(sample::leaves(600, 6));
    let (_folder, dir) = written(&tree);
    for (name, bytes) in files(&dir) {
        let path = dir.join(&name);
        let longer = [bytes.as_slice(), &[0; 52]].concat();
        for content in [None, Some(&bytes[..bytes.len().saturating_sub(1)]), Some(&longer[..])] {
            if content == Some(&bytes[..]) {
                continue;
            }
            match content {
                Some(content) => fs::write(&path, content).unwrap(),
                None => fs::remove_file(&path).unwrap(),
            }
            assert!(Bundle::open(&dir).and_then(|bundle| bundle.verify()).is_err(), "{name}");
        }
        fs::write(&path, &bytes).unwrap();
    }
    Bundle::open(&dir).unwrap().verify().unwrap();
}

#[test]
fn a_lookup_that_hides_an_account_is_noticed_by_verify() {
    let honest = sample::leaves(300, 8);
    let (_folder, dir) = written(&tree(honest.clone()));
    let (_other, shorter) = written(&tree(honest[..299].to_vec()));
    // The publisher's own manifest, with hashes that fit, over the words of the whole ledger.
    for (name, bytes) in files(&shorter).iter().filter(|(name, _)| name.starts_with("lookup/")) {
        fs::write(dir.join(name), bytes).unwrap();
    }
    let manifest = fs::read_to_string(dir.join("manifest.json")).unwrap();
    let (mine, theirs) = (Bundle::open(&dir).unwrap(), Bundle::open(&shorter).unwrap());
    let forged = manifest.replace(&mine.manifest().lookup_hash.to_string(), &theirs.manifest().lookup_hash.to_string());
    assert_ne!(forged, manifest);
    fs::write(dir.join("manifest.json"), forged).unwrap();
    let bundle = Bundle::open(&dir).unwrap();
    assert_eq!(bundle.find(honest[299].account).unwrap(), None);
    let error = bundle.verify().unwrap_err();
    assert!(error.to_string().starts_with("LEDGER_BUNDLE_DAMAGED: lookup/index.bin"), "{error}");
}

#[test]
fn nothing_is_overwritten_and_nothing_is_left_behind() {
    let folder = tempfile::tempdir().unwrap();
    let tree = tree(sample::leaves(10, 1));
    let dir = folder.path().join("new/bundle");
    bundle::write(&dir, &tree, &meta()).unwrap();
    let before = files(&dir);
    let error = bundle::write(&dir, &tree, &meta()).unwrap_err();
    assert!(error.to_string().starts_with("LEDGER_BUNDLE_EXISTS: "), "{error}");
    assert_eq!(files(&dir), before);

    let blocked = folder.path().join("file");
    fs::write(&blocked, "").unwrap();
    assert!(matches!(bundle::write(&blocked, &tree, &meta()), Err(BundleError::Exists(_))));
    assert!(matches!(bundle::write(&blocked.join("bundle"), &tree, &meta()), Err(BundleError::Io { .. })));
    let names: Vec<_> =
        fs::read_dir(folder.path().join("new")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["bundle"], "no partial directory is left");
}

#[test]
fn what_cannot_be_committed_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let some = tree(sample::leaves(3, 1));
    for bad in [
        Meta { deposit_cursor: 1 << 40, ..meta() },
        Meta { snapshot_at: 1 << 40, ..meta() },
        Meta { decimals: 78, ..meta() },
        Meta { symbol: String::new(), ..meta() },
        Meta { symbol: "E\nTH".into(), ..meta() },
        Meta { symbol: "x".repeat(33), ..meta() },
    ] {
        assert!(
            matches!(bundle::write(&folder.path().join("bundle"), &some, &bad), Err(BundleError::Meta(_))),
            "{bad:?}"
        );
    }
    let mut twice = sample::leaves(3, 1);
    twice[2].account = twice[0].account;
    assert!(matches!(
        bundle::write(&folder.path().join("bundle"), &tree(twice), &meta()),
        Err(BundleError::Repeated(_))
    ));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// What one account's proof needs, checked the way a phone does: with the root alone, and nothing but these four files.
#[test]
fn a_phone_needs_less_than_200_kilobytes() {
    let tree = tree(sample::leaves(252_803, 1));
    let (_folder, dir) = written(&tree);
    let bundle = Bundle::open(&dir).unwrap();
    let (account, index) = (tree.leaves()[200_000].account, 200_000);
    let digits = bundle.manifest().lookup_digits as usize;
    let lookup = format!("lookup/{}.bin", &alloy::hex::encode(account)[..digits]);
    let word = format!("words/{:04}.bin", index / 256);
    let parts = ["manifest.json", "top.bin", "lookup/index.bin", &lookup, &word];
    let bytes: u64 = parts.iter().map(|part| fs::metadata(dir.join(part)).unwrap().len()).sum();
    println!("{bytes} bytes in {parts:?}");
    assert!(bytes < 200_000, "{bytes} bytes");

    let (leaf, proof) = bundle.proof(index).unwrap();
    assert_eq!(root_above(leaf_node(bundle.domain(), index, &leaf), index.into(), &proof), Ok(tree.root()));
    let node = word_node(bundle.domain(), index / 256, &fs::read(dir.join(word)).unwrap()).unwrap();
    let siblings = bundle.word_siblings(index / 256).unwrap();
    assert_eq!(root_above(node, (index / 256).into(), &siblings), Ok(tree.root()));
}
