//! Planted bugs: every patch still fits the sources, and one is compiled and found. `lifeboat sim canary` hunts them all.
#![allow(clippy::unwrap_used)]

use std::{path::Path, time::Duration};

use lifeboat_sim::canary::{self, Canary, canaries};

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

#[test]
fn every_patch_fits_the_sources() {
    for bug in canaries() {
        let source = std::fs::read_to_string(root().join("contracts/src").join(bug.file)).unwrap();
        assert_ne!(canary::patch(root(), bug).unwrap(), source, "{}", bug.name);
    }
}

#[test]
fn a_planted_bug_is_found() {
    let bug = canaries().find(|bug| bug.name == "claimed bit not set").unwrap();
    let hunt = canary::hunt(root(), bug, 3, Duration::from_secs(60)).unwrap();
    let found = hunt.found.expect("the bug escaped");
    // Whoever claimed is paid again, by another claim or by a push; or a tally shows that the cell lacks the bit.
    let key = found.key.as_str();
    assert!(key.starts_with("claim") || key.starts_with("pushWord") || key == "tally view cell", "{found:?}");
}

/// Sources that were changed without changing what they do: what the hunt itself does to the vault is no finding.
#[test]
fn a_harmless_change_is_not_found() {
    let harmless = Canary {
        name: "no bug",
        file: "modules/Recoveries.sol",
        from: "if (entry < cursor) revert",
        to: "if (cursor > entry) revert",
    };
    let hunt = canary::hunt(root(), &harmless, 1, Duration::from_secs(5)).unwrap();
    assert!(hunt.found.is_none(), "{:?}", hunt.found);
    assert!(hunt.steps > 0);
}
