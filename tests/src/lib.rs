//! What the end-to-end tests share: the real `lifeboat` binary, and reports of its drills.
#![forbid(unsafe_code)]

use std::{
    path::PathBuf,
    process::{Command, Output},
};

use serde_json::Value;

/// The `lifeboat` binary of the build that this test belongs to.
///
/// # Panics
/// If it was not built: `cargo xtask test` builds it first.
#[must_use]
pub fn lifeboat() -> Command {
    let test = std::env::current_exe().expect("a running test has a path");
    let directory = test.ancestors().nth(2).map(PathBuf::from).expect("tests are in <target>/<profile>/deps");
    let binary = directory.join("lifeboat");
    assert!(
        binary.is_file(),
        "TEST_BINARY: {} is missing; build it with `cargo build --package lifeboat-cli` (`cargo xtask test` does)",
        binary.display()
    );
    Command::new(binary)
}

/// Runs a drill that must succeed, and returns its report.
///
/// # Panics
/// If it fails, or its report is no JSON.
#[must_use]
pub fn drill(arguments: &[&str]) -> Value {
    let output = try_drill(arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    let report = serde_json::from_slice(&output.stdout);
    assert!(output.status.success(), "drill {arguments:?} failed: {errors}\n{report:?}");
    report.expect("the report is JSON")
}

/// Runs a drill and returns whatever came of it.
///
/// # Panics
/// If the binary does not start.
#[must_use]
pub fn try_drill(arguments: &[&str]) -> Output {
    lifeboat().args(["drill", "--json"]).args(arguments).output().expect("the binary runs")
}

/// An amount in a report: base units, as text.
///
/// # Panics
/// If there is none.
#[must_use]
pub fn amount(value: &Value) -> u128 {
    value.as_str().expect("amounts are text").parse().expect("amounts are whole numbers")
}
