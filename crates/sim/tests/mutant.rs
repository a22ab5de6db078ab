//! Small faults are made, put into one copy of the sources and judged. `cargo xtask mutate` judges many, by the forge tests too.
#![allow(clippy::unwrap_used)]

use std::{collections::BTreeSet, path::Path};

use lifeboat_sim::mutant::{
    self,
    judge::{Fate, Trial},
};

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

#[test]
fn mutants_are_made_and_judged() {
    let mutants = mutant::all(root()).unwrap();
    assert!(mutants.len() > 2000, "{}", mutants.len());
    assert!(mutants.iter().all(|mutant| mutant.from != mutant.to));
    let ids: BTreeSet<_> = mutants.iter().map(|mutant| &mutant.id).collect();
    assert_eq!(ids.len(), mutants.len());
    assert_eq!(mutant::sample(mutants.clone(), 1, 5).len(), 5);

    let named = |from: &str, to: &str| {
        let found = mutants.iter().find(|mutant| mutant.from.contains(from) && mutant.to.contains(to));
        found.unwrap_or_else(|| panic!("no mutant makes `{to}` of `{from}`")).clone()
    };
    let pair = [
        named("leaves.packed = (packed | bit)", "(packed & bit)"),
        named("sub(0x3400, leaves.length)", "add(0x3400, leaves.length)"),
    ];
    // What both are in is compiled once; the second only costs gas.
    let judged = mutant::judge::judge_all(root(), &pair, Trial { seed: 1, steps: 5_000, jobs: 2 }, |_| ()).unwrap();
    let fate = |file: &str| &judged.iter().find(|one| one.mutant.file == file).unwrap().fate;
    assert!(matches!(fate("modules/Claims.sol"), Fate::Killed(_)), "{judged:?}");
    assert!(matches!(fate("libraries/LedgerTree.sol"), Fate::Survived), "{judged:?}");
}
