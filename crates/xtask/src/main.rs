//! `cargo xtask`: the developers' front door. Installs the pinned toolchain on first use.
#![forbid(unsafe_code)]

mod bench;
mod bindings;
mod checks;
mod mutate;
mod prove;
mod python;
mod slither;
mod threats;
mod tools;

use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand};
use eyre::Result;

use crate::tools::{Task, Toolchain};

/// Developers' commands of Lifeboat. Each installs what it needs on first use.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the main job end to end: a service commits, dies, and everybody is paid (arguments go to `lifeboat drill`).
    #[command(disable_help_flag = true)]
    Drill {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Run every check and test: formatting, lints, bindings, documentation, Solidity and Rust tests.
    Test,
    /// Measure gas, speed and memory, beside the peers.
    Bench {
        /// What to measure; default: everything.
        parts: Vec<bench::Part>,
    },
    /// Generate the Rust bindings from the contracts.
    Bindings {
        /// Compare with what is committed instead of writing.
        #[arg(long)]
        check: bool,
    },
    /// Format Rust and Solidity.
    Fmt,
    /// Check formatting and lints only.
    Lint,
    /// Run Slither on the contracts; `contracts/slither.toml` says which findings are accepted, and why.
    Slither,
    /// Put small faults into the contracts: do simulator and tests notice each? All of them take hours, most of it the tests; `--sample N` judges so many.
    Mutate(mutate::Args),
    /// Prove properties of the contracts for all inputs (Halmos), and that each proof finds a planted bug. Takes minutes.
    Prove {
        /// Only this contract's of `contracts/proofs`.
        contract: Option<String>,
    },
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let root = root();
    let tools = Toolchain::ensure(&root)?;
    match arguments.command {
        Command::Drill { arguments } => checks::drill(&root, &tools, &arguments),
        Command::Test => checks::test(&root, &tools),
        Command::Bench { parts } => bench::run(&root, &tools, &parts),
        Command::Bindings { check } => bindings::run(&root, &tools, check),
        Command::Fmt => {
            Task::new("cargo").dir(&root).args(["fmt", "--all"]).run()?;
            tools.forge(&root).args(["fmt", "contracts"]).run()
        }
        Command::Lint => checks::lint(&root, &tools),
        Command::Slither => slither::run(&root, &tools),
        Command::Mutate(arguments) => mutate::run(&root, &tools, &arguments),
        Command::Prove { contract } => prove::run(&root, &tools, contract.as_deref()),
    }
}

/// The checkout. `cargo run` names it at run time, which holds even where checkouts share one target directory.
fn root() -> PathBuf {
    let manifest =
        std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    manifest.ancestors().nth(2).map(Path::to_path_buf).expect("xtask lies two levels below the root")
}
