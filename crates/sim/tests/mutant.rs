//! Mutants: they are made, named, woven into the sources, and judged. `cargo xtask mutate` judges them all.
#![allow(clippy::unwrap_used)]

use std::{collections::HashSet, path::Path};

use lifeboat_sim::mutant::{
    self, Mutant,
    judge::{Fate, Trial, judge_all},
};

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

#[test]
fn mutants_are_made_and_judged() {
    let mutants = mutant::all(root()).unwrap();
    assert!(mutants.len() > 2000, "{}", mutants.len());
    let ids: HashSet<&str> = mutants.iter().map(|mutant| &*mutant.id).collect();
    assert_eq!(ids.len(), mutants.len());
    for mutant in &mutants {
        assert_ne!(mutant.from, mutant.to, "{}", mutant.id);
    }
    assert_eq!(mutant::sample(mutants.clone(), 1, 5).len(), 5);

    let bit = |mutant: &&Mutant| {
        mutant.from.contains("leaves.packed = (packed | bit)") && mutant.to.contains("(packed & bit)")
    };
    let found = mutants.iter().find(bit).expect("the claimed bit has a mutant");
    let beside = mutants.iter().filter(|mutant| mutant.file == found.file).take(3);
    let chosen: Vec<Mutant> = beside.chain([found]).cloned().collect();
    let trial = Trial { seed: 1, steps: 4_000, jobs: 2 };
    // No finding with none of them switched on, or this fails.
    let judged = judge_all(root(), &chosen, trial, |_| ()).unwrap();
    assert_eq!(judged.len(), chosen.len());
    let judged = judged.iter().find(|one| one.mutant.id == found.id).unwrap();
    assert!(matches!(judged.fate, Fate::Killed(_)), "{judged:?}");
}
