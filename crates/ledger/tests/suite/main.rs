//! One binary for all tests of the crate: each links alloy once.

#![allow(clippy::unwrap_used)]

mod bundle;
mod differential;
mod list;
mod probe;
mod real_list;
mod tree;

use proptest::test_runner::{Config, RngSeed};

/// The same cases on every run: a failure is found again by running the test again.
fn seeded() -> Config {
    Config { rng_seed: RngSeed::Fixed(0x11fe_b0a7), failure_persistence: None, ..Config::default() }
}
