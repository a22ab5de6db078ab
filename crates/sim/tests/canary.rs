//! Planted bugs: every patch still fits the sources, and one is compiled and found. `lifeboat sim canary` hunts them all.
#![allow(clippy::unwrap_used)]

use std::{path::Path, time::Duration};

use lifeboat_sim::canary::{self, CANARIES};

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

#[test]
fn every_patch_fits_the_sources() {
    for bug in CANARIES {
        let source = std::fs::read_to_string(root().join("contracts/src").join(bug.file)).unwrap();
        assert_ne!(canary::patch(root(), bug).unwrap(), source, "{}", bug.name);
    }
}

#[test]
fn a_planted_bug_is_found() {
    let bug = CANARIES.iter().find(|bug| bug.name == "claimed bit not set").unwrap();
    let hunt = canary::hunt(root(), bug, 1, Duration::from_secs(60)).unwrap();
    let found = hunt.found.expect("the bug escaped");
    assert!(found.key.starts_with("claim"), "{found:?}");
}
