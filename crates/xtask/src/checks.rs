//! What `cargo xtask test`, `lint` and `drill` run, in order of how fast they fail.

use std::path::Path;

use eyre::Result;

use crate::{
    bindings, mutate, slither, threats,
    tools::{Task, Toolchain},
};

/// Formatting, lints, drift of generated files, documentation.
pub(crate) fn lint(root: &Path, tools: &Toolchain) -> Result<()> {
    step("formatting");
    cargo(root, &["fmt", "--all", "--check"]).run()?;
    tools.forge(root).args(["fmt", "--check", "contracts"]).run()?;
    step("threats");
    threats::check(root)?;
    step("contracts and bindings");
    bindings::run(root, tools, true)?;
    step("lints");
    tools.forge(root).args(["lint", "contracts/src"]).run()?;
    cargo(root, &["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]).run()?;
    step("documentation");
    cargo(root, &["doc", "--workspace", "--no-deps", "--locked"]).env("RUSTDOCFLAGS", "-D warnings").run()
}

/// Everything that must be green before a change lands.
pub(crate) fn test(root: &Path, tools: &Toolchain) -> Result<()> {
    lint(root, tools)?;
    step("Slither");
    slither::run(root, tools)?;
    step("Solidity tests");
    tools.forge(root).args(["test", "--isolate"]).run()?;
    step("Rust tests");
    // Builds the binary, too, that the end-to-end tests run.
    with_tools(cargo(root, &["test", "--workspace", "--locked"]), tools).run()?;
    step("a sample of mutants");
    mutate::run(root, tools, &mutate::Args::few())
}

/// The main job. With the build that tests use: what is slow in it is optimised there too.
pub(crate) fn drill(root: &Path, tools: &Toolchain, arguments: &[String]) -> Result<()> {
    // Without `--package`, dependencies get the same features as in `cargo test --workspace`, and are built once.
    let task = cargo(root, &["run", "--locked", "--quiet", "--bin", "lifeboat", "--", "drill"]).args(arguments);
    with_tools(task, tools).run()
}

pub(crate) fn cargo(root: &Path, arguments: &[&str]) -> Task {
    Task::new("cargo").dir(root).args(arguments)
}

/// Tells tests and commands where the pinned tools are.
pub(crate) fn with_tools(task: Task, tools: &Toolchain) -> Task {
    task.env("LIFEBOAT_FORGE", &tools.forge).env("LIFEBOAT_ANVIL", &tools.anvil).env("LIFEBOAT_CAST", &tools.cast)
}

pub(crate) fn step(name: &str) {
    eprintln!("\n== {name}");
}
