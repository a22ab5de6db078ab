//! The accounts and amounts of a real mainnet distribution: zero address, precompiles and vanity addresses included.

use std::{collections::BTreeSet, fs, path::Path};

use alloy::{
    hex,
    primitives::{Address, address},
};
use lifeboat_ledger::{
    LeafDomain, SumTree,
    bundle::{self, Bundle, Meta},
    leaf_node,
    list::{Format, Rule, Unit, assemble, parse, read},
    root_above,
};

#[test]
fn a_real_ledger_of_252803_accounts_goes_through() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/ledger-252803.csv.gz");
    if !path.exists() {
        println!("skipped: the real list is not here ({} is absent)", path.display());
        return;
    }
    let checked = parse(&read(&path).unwrap(), &Format::balances(Unit::Base));
    assert_eq!(checked.findings.errors(), 0, "{}", checked.findings);
    assert!(checked.findings.counts()[&Rule::Reserved] >= 2, "the zero address and precompiles are told");
    let list = checked.accept().unwrap();
    assert_eq!((list.entries().len(), list.total() / 10u128.pow(16)), (252_803, 14_999_999_997));

    let domain = LeafDomain::new(1, address!("0x5afe00000000000000000000000000000000beef"), Address::ZERO);
    let tree = SumTree::build(&domain, assemble(&list, &[], None).unwrap()).unwrap();
    assert_eq!((tree.depth(), tree.word_count(), tree.root().sum), (18, 988, list.total()));

    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("bundle");
    let meta = Meta { symbol: "REAL".into(), decimals: 18, deposit_cursor: 0, snapshot_at: 1_700_000_000 };
    bundle::write(&dir, &tree, &meta).unwrap();
    let bundle = Bundle::open(&dir).unwrap();
    bundle.verify().unwrap();

    let digits = bundle.manifest().lookup_digits as usize;
    let mut most = 0;
    for index in (0..tree.count()).step_by(1999) {
        let leaf = tree.leaves()[index as usize];
        let (found, found_leaf) = bundle.find(leaf.account).unwrap().unwrap();
        assert_eq!((found, found_leaf), (index, leaf));
        let (_, proof) = bundle.proof(index).unwrap();
        assert_eq!(root_above(leaf_node(&domain, index, &leaf), index.into(), &proof), Ok(tree.root()));
        let lookup = format!("lookup/{}.bin", &hex::encode(leaf.account)[..digits]);
        let word = format!("words/{:04}.bin", index / 256);
        let parts = BTreeSet::from(["manifest.json", "top.bin", "lookup/index.bin", &lookup, &word]);
        most = most.max(parts.iter().map(|part| fs::metadata(dir.join(part)).unwrap().len()).sum());
    }
    println!("one account needs at most {most} bytes");
    assert!(most < 200_000, "a phone reads {most} bytes");
}
