//! Does the simulator find bugs? Known ones are planted into copies of the sources, compiled, and hunted on revm.

use std::{
    collections::BTreeMap,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use alloy::primitives::{Bytes, hex};
use lifeboat_bindings::create2::Code;
use serde::Serialize;
use serde_json::{Value, json};
use thiserror::Error;

use crate::{
    backend::revm::{self, Revm, RevmError},
    campaign::{self, Plan, Where},
    case::{CaseError, Chains, Finding},
    cover::Coverage,
};

mod beside;
mod vault;

/// The contracts that stand on chain, vault first.
const CONTRACTS: [&str; 7] = ["Vault", "Registry", "Safeguards", "Views", "Bond", "Disputes", "Escrow"];
/// What an escrow creates. Where it stands follows from its code: an escrow with another one would be found by its addresses, and is left as it is.
const PURSE: &str = "contracts/src/Purse.sol";

/// A bug: in `file` under contracts/src, `from` becomes `to`.
#[derive(Clone, Copy, Debug)]
pub struct Canary {
    /// What is wrong then.
    pub name: &'static str,
    /// Under contracts/src.
    pub file: &'static str,
    /// Occurs once.
    pub from: &'static str,
    /// Takes its place.
    pub to: &'static str,
}

/// The planted bugs.
pub fn canaries() -> impl Iterator<Item = &'static Canary> {
    [vault::OF_VAULT, beside::OF_REGISTRY, beside::OF_BOND, beside::OF_DISPUTES, beside::OF_ESCROW]
        .into_iter()
        .flatten()
}

/// Why a canary could not be set free.
#[derive(Debug, Error)]
pub enum CanaryError {
    /// The sources have changed under it.
    #[error("CANARY_PATCH: `{0}` fits {1} places of its file, not one; bring the canary up to date with the sources")]
    Patch(&'static str, usize),
    /// A file cannot be read, or the compiler not started.
    #[error("CANARY_FILE: {0}: {1}; run in a checkout where `cargo xtask lint` has installed the toolchain")]
    File(PathBuf, std::io::Error),
    /// The patched sources do not compile.
    #[error("CANARY_COMPILE: {0}")]
    Compile(String),
    /// revm could not run it.
    #[error(transparent)]
    Revm(#[from] RevmError),
    /// A case could not be run.
    #[error(transparent)]
    Case(#[from] CaseError),
}

/// When a hunt gives up.
#[derive(Clone, Copy, Debug)]
pub enum Limit {
    /// No case begins after this time.
    Time(Duration),
    /// No case begins after so many steps: the same on every machine.
    Steps(u64),
}

/// How a hunt ended.
#[derive(Clone, Debug, Serialize)]
pub struct Hunt {
    /// The canary's.
    pub name: &'static str,
    /// How it showed itself; `None`: it escaped.
    pub found: Option<Finding>,
    /// Cases until then.
    pub cases: u64,
    /// Steps until then.
    pub steps: u64,
    /// Seconds until then, compilation apart.
    pub seconds: f64,
    /// Seconds of compilation.
    pub compile_seconds: f64,
}

/// The file with the bug in it.
///
/// # Errors
/// If it is not there, or the patch does not fit exactly once.
pub fn patch(root: &Path, canary: &Canary) -> Result<String, CanaryError> {
    let path = root.join("contracts/src").join(canary.file);
    let source = std::fs::read_to_string(&path).map_err(|error| CanaryError::File(path, error))?;
    match source.matches(canary.from).count() {
        1 => Ok(source.replace(canary.from, canary.to)),
        places => Err(CanaryError::Patch(canary.name, places)),
    }
}

/// Compiles the contracts of the checkout at `root` with one canary in them. Those that do not know the file are taken from the bindings.
///
/// # Errors
/// If the patch does not fit or does not compile.
pub fn compile(root: &Path, canary: &Canary) -> Result<Code, CanaryError> {
    compile_patched(root, canary.file, &patch(root, canary)?)
}

/// Compiles the contracts that `file` (under contracts/src) is part of, with another text in its place. The others are the bindings'.
pub(crate) fn compile_patched(root: &Path, file: &str, text: &str) -> Result<Code, CanaryError> {
    let mut code = Code::default();
    let file = format!("contracts/src/{file}");
    let mut sources = BTreeMap::new();
    let mut wanted = BTreeMap::new();
    let mut of_purse = BTreeMap::new();
    collect(root, Path::new(PURSE), &mut of_purse)?;
    for name in CONTRACTS.into_iter().filter(|name| *name != "Escrow" || !of_purse.contains_key(&file)) {
        let main = format!("contracts/src/{name}.sol");
        let mut own = BTreeMap::new();
        collect(root, Path::new(&main), &mut own)?;
        if own.contains_key(&file) {
            sources.extend(own);
            wanted.insert(main, json!({ name: ["evm.bytecode.object"] }));
        }
    }
    sources.insert(file, text.to_owned());
    let sources: BTreeMap<_, _> = sources.into_iter().map(|(path, text)| (path, json!({ "content": text }))).collect();
    let input = json!({
        "language": "Solidity",
        "sources": sources,
        "settings": {
            "remappings": ["@openzeppelin/=node_modules/@openzeppelin/"],
            "viaIR": true,
            "optimizer": { "enabled": true, "runs": optimizer_runs(root)? },
            "evmVersion": "osaka",
            "metadata": { "bytecodeHash": "none", "appendCBOR": false },
            "outputSelection": wanted,
        },
    });
    let output = solc(root, &input)?;
    let parts = [
        &mut code.vault,
        &mut code.registry,
        &mut code.safeguards,
        &mut code.views,
        &mut code.bond,
        &mut code.disputes,
        &mut code.escrow,
    ];
    for (part, name) in parts.into_iter().zip(CONTRACTS) {
        let main = format!("contracts/src/{name}.sol");
        if !wanted.contains_key(&main) {
            continue;
        }
        let made = output["contracts"][&main][name]["evm"]["bytecode"]["object"].as_str();
        *part = made.and_then(|made| hex::decode(made).ok()).map(Bytes::from).ok_or_else(|| {
            let errors = output["errors"].as_array().into_iter().flatten();
            let errors: Vec<_> = errors.filter_map(|error| error["message"].as_str()).collect();
            CanaryError::Compile(errors.join("; "))
        })?;
    }
    Ok(code)
}

/// As forge compiles.
fn optimizer_runs(root: &Path) -> Result<u64, CanaryError> {
    let path = root.join("foundry.toml");
    let text = std::fs::read_to_string(&path).map_err(|error| CanaryError::File(path, error))?;
    let line = text.lines().find_map(|line| line.strip_prefix("optimizer_runs = "));
    line.and_then(|runs| runs.trim().parse().ok())
        .ok_or_else(|| CanaryError::Compile("foundry.toml has no optimizer_runs".to_owned()))
}

/// Hunts a canary for at most `time`.
///
/// # Errors
/// If it does not compile or cannot be run.
pub fn hunt(root: &Path, canary: &Canary, seed: u64, time: Duration) -> Result<Hunt, CanaryError> {
    let compiling = Instant::now();
    let code = compile(root, canary)?;
    let compile_seconds = compiling.elapsed().as_secs_f64();
    Ok(Hunt { name: canary.name, compile_seconds, ..hunt_in(&code, seed, Limit::Time(time))? })
}

/// Hunts whatever is wrong with this code.
pub(crate) fn hunt_in(code: &Code, seed: u64, limit: Limit) -> Result<Hunt, CanaryError> {
    let base = revm::planted(code)?;
    let plan = Plan { backend: Where::Revm, cases: u64::MAX, len: 150, per_block: 1, seed, jobs: 1, time: None };
    let mut chains = Chains { revm: Some(Revm::on(base)), anvil: None };
    let mut hunt = Hunt { name: "", found: None, cases: 0, steps: 0, seconds: 0.0, compile_seconds: 0.0 };
    let began = Instant::now();
    let within = |steps: u64| match limit {
        Limit::Time(time) => began.elapsed() < time,
        Limit::Steps(most) => steps < most,
    };
    while hunt.found.is_none() && within(hunt.steps) {
        let result = campaign::generated(&plan, hunt.cases, &mut chains, &mut Coverage::default())?;
        hunt.cases += 1;
        hunt.steps += result.steps;
        hunt.found = result.failure.map(|(_, finding)| finding);
    }
    hunt.seconds = began.elapsed().as_secs_f64();
    Ok(hunt)
}

/// Reads a source and everything that it imports.
fn collect(root: &Path, path: &Path, sources: &mut BTreeMap<String, String>) -> Result<(), CanaryError> {
    let name = path.to_string_lossy().into_owned();
    if sources.contains_key(&name) {
        return Ok(());
    }
    let text = std::fs::read_to_string(root.join(path)).map_err(|error| CanaryError::File(path.to_owned(), error))?;
    let imports: Vec<PathBuf> = imports(&text).map(|import| locate(path, import)).collect();
    sources.insert(name, text);
    imports.iter().try_for_each(|import| collect(root, import, sources))
}

/// What stands between quotes at the end of import statements.
fn imports(text: &str) -> impl Iterator<Item = &str> {
    let statements = text.split("\nimport ").skip(1).filter_map(|rest| rest.split_once(';'));
    statements.filter_map(|(statement, _)| statement.split('"').nth(1))
}

fn locate(importing: &Path, import: &str) -> PathBuf {
    if import.starts_with('@') {
        return Path::new("node_modules").join(import);
    }
    let mut path = importing.parent().map(Path::to_owned).unwrap_or_default();
    for part in import.split('/') {
        match part {
            "." => {}
            ".." => {
                path.pop();
            }
            part => path.push(part),
        }
    }
    path
}

fn solc(root: &Path, input: &Value) -> Result<Value, CanaryError> {
    let compiler = root.join("tools/solc");
    let io = |error| CanaryError::File(compiler.clone(), error);
    let mut process =
        Command::new(&compiler).current_dir(root).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(io)?;
    if let Some(mut stdin) = process.stdin.take() {
        stdin.write_all(input.to_string().as_bytes()).map_err(io)?;
    }
    let output = process.wait_with_output().map_err(io)?;
    serde_json::from_slice(&output.stdout).map_err(|error| CanaryError::Compile(error.to_string()))
}
