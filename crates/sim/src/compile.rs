//! Compiles changed copies of the contracts, without a project on disk: the pinned solc, standard JSON in and out.

use std::{
    collections::BTreeMap,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use alloy::primitives::{Bytes, hex};
use lifeboat_bindings::create2::Code;
use serde_json::{Value, json};
use thiserror::Error;

/// The contracts that stand on the simulator's chain, vault first.
const CONTRACTS: [&str; 7] = ["Vault", "Registry", "Safeguards", "Views", "Bond", "Disputes", ESCROW];
/// Its orders' addresses follow from the code of what it creates, [`PURSE`], which is never changed.
const ESCROW: &str = "Escrow";
const PURSE: &str = "Purse";
/// Where sources lie.
pub(crate) const SRC: &str = "contracts/src";

/// Why something was not compiled.
#[derive(Debug, Error)]
pub enum CompileError {
    /// A file cannot be read, or the compiler not started.
    #[error("COMPILE_FILE: {0}: {1}; run in a checkout where `cargo xtask lint` has installed the toolchain")]
    File(PathBuf, std::io::Error),
    /// The compiler's errors.
    #[error("COMPILE_REFUSED: {0}")]
    Refused(String),
    /// foundry.toml does not say how the contracts are compiled.
    #[error("COMPILE_SETTINGS: foundry.toml has no `optimizer_runs`")]
    Settings,
}

/// How well code is optimised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quality {
    /// As it is deployed.
    Deployed,
    /// With as little work as the IR pipeline can do (forge's `--ir-minimum`): a third of the time, too large for a real chain.
    Quick,
}

/// Sources that take the place of a checkout's, by their path under contracts/src.
pub type Changed = BTreeMap<String, String>;

/// Compiles the contracts of the checkout at `root` that one of the changed sources is part of. The others are the bindings'.
///
/// # Errors
/// If the compiler refuses them.
pub fn code(root: &Path, changed: &Changed, quality: Quality) -> Result<Code, CompileError> {
    let mut code = Code::default();
    let mut made = BTreeMap::new();
    let beside: Vec<&str> = CONTRACTS.into_iter().filter(|name| *name != ESCROW).collect();
    compile_into(&mut made, root, &beside, changed, quality)?;
    // The escrow as it is deployed, and nothing changed in what its purses are made of: else their addresses would be others.
    let purse = sources_of(root, PURSE, &Changed::new())?;
    let is_purse = |file: &str| purse.contains_key(&format!("{SRC}/{file}"));
    let mut escrow = changed.clone();
    escrow.retain(|file, _| !is_purse(file));
    compile_into(&mut made, root, &[ESCROW], &escrow, Quality::Deployed)?;
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
        if let Some(made) = made.remove(name) {
            *part = made;
        }
    }
    Ok(code)
}

/// Creation code of those of the named contracts that one of the changed sources is part of.
fn compile_into(
    made: &mut BTreeMap<String, Bytes>,
    root: &Path,
    names: &[&str],
    changed: &Changed,
    quality: Quality,
) -> Result<(), CompileError> {
    let mut sources = BTreeMap::new();
    let mut wanted = BTreeMap::new();
    for name in names {
        let own = sources_of(root, name, changed)?;
        if is_changed(&own, changed) {
            sources.extend(own);
            wanted.insert(*name, format!("{SRC}/{name}.sol"));
        }
    }
    if wanted.is_empty() {
        return Ok(());
    }
    let selection = wanted.iter().map(|(name, main)| (main, json!({ *name: ["evm.bytecode.object"] })));
    let output = solc(root, &sources, json!(selection.collect::<BTreeMap<_, _>>()), Some(quality))?;
    for (name, main) in wanted {
        let code = output["contracts"][&main][name]["evm"]["bytecode"]["object"].as_str();
        let code = code.and_then(|code| hex::decode(code).ok());
        made.insert(name.to_owned(), code.map(Bytes::from).ok_or_else(|| CompileError::Refused(errors(&output)))?);
    }
    Ok(())
}

/// The sources (under contracts/src) of the contracts that the simulator runs with faults in them: all but the purse.
///
/// # Errors
/// If a source cannot be read.
pub fn simulated(root: &Path) -> Result<Vec<String>, CompileError> {
    let mut sources = BTreeMap::new();
    for name in CONTRACTS {
        collect(root, &Path::new(SRC).join(name).with_extension("sol"), &Changed::new(), &mut sources)?;
    }
    sources.remove(&format!("{SRC}/{PURSE}.sol"));
    Ok(sources.into_keys().filter_map(|path| Some(path.strip_prefix(SRC)?.strip_prefix('/')?.to_owned())).collect())
}

/// The syntax trees of these sources (under contracts/src) and of all that they import, by path from the root, with types: the
/// compiler's check without its work.
///
/// # Errors
/// If the compiler refuses them.
pub fn trees(root: &Path, files: &[String], changed: &Changed) -> Result<BTreeMap<String, Value>, CompileError> {
    let mut sources = BTreeMap::new();
    for file in files {
        collect(root, &Path::new(SRC).join(file), changed, &mut sources)?;
    }
    let mut output = solc(root, &sources, json!({ "*": { "": ["ast"] } }), None)?;
    let found = errors(&output);
    if !found.is_empty() {
        return Err(CompileError::Refused(found));
    }
    let Value::Object(mut trees) = output["sources"].take() else { return Ok(BTreeMap::new()) };
    Ok(trees.iter_mut().map(|(path, source)| (path.clone(), source["ast"].take())).collect())
}

fn sources_of(root: &Path, contract: &str, changed: &Changed) -> Result<BTreeMap<String, String>, CompileError> {
    let mut own = BTreeMap::new();
    collect(root, &Path::new(SRC).join(contract).with_extension("sol"), changed, &mut own)?;
    Ok(own)
}

fn is_changed(own: &BTreeMap<String, String>, changed: &Changed) -> bool {
    changed.keys().any(|file| own.contains_key(&format!("{SRC}/{file}")))
}

fn errors(output: &Value) -> String {
    let all = output["errors"].as_array().into_iter().flatten();
    let errors = all.filter(|error| error["severity"] == "error");
    errors.filter_map(|error| error["formattedMessage"].as_str()).collect::<Vec<_>>().join("; ")
}

/// Reads a source and everything that it imports.
fn collect(
    root: &Path,
    path: &Path,
    changed: &Changed,
    sources: &mut BTreeMap<String, String>,
) -> Result<(), CompileError> {
    let name = path.to_string_lossy().into_owned();
    if sources.contains_key(&name) {
        return Ok(());
    }
    let own = path.strip_prefix(SRC).ok().and_then(|file| changed.get(file.to_str()?));
    let text = match own {
        Some(text) => text.clone(),
        None => std::fs::read_to_string(root.join(path)).map_err(|error| CompileError::File(path.to_owned(), error))?,
    };
    let imports: Vec<PathBuf> = imports(&text).map(|import| locate(path, import)).collect();
    sources.insert(name, text);
    imports.iter().try_for_each(|import| collect(root, import, changed, sources))
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

/// As forge compiles.
fn optimizer_runs(root: &Path) -> Result<u64, CompileError> {
    let path = root.join("foundry.toml");
    let text = std::fs::read_to_string(&path).map_err(|error| CompileError::File(path, error))?;
    let line = text.lines().find_map(|line| line.strip_prefix("optimizer_runs = "));
    line.and_then(|runs| runs.trim().parse().ok()).ok_or(CompileError::Settings)
}

fn solc(
    root: &Path,
    sources: &BTreeMap<String, String>,
    wanted: Value,
    quality: Option<Quality>,
) -> Result<Value, CompileError> {
    let sources: BTreeMap<_, _> = sources.iter().map(|(path, text)| (path, json!({ "content": text }))).collect();
    let mut settings = json!({
        "remappings": ["@kleros/=node_modules/@kleros/", "@openzeppelin/=node_modules/@openzeppelin/"],
        "evmVersion": "osaka",
        "metadata": { "bytecodeHash": "none", "appendCBOR": false },
        "outputSelection": wanted,
    });
    if let Some(quality) = quality {
        settings["viaIR"] = json!(true);
        settings["optimizer"] = match quality {
            Quality::Deployed => json!({ "enabled": true, "runs": optimizer_runs(root)? }),
            Quality::Quick => json!({ "enabled": true, "runs": 1, "details": {
                "peephole": false, "inliner": false, "jumpdestRemover": false, "orderLiterals": false,
                "deduplicate": false, "cse": false, "constantOptimizer": false, "yul": true,
                "yulDetails": { "stackAllocation": true, "optimizerSteps": "u:" },
            } }),
        };
    }
    let input = json!({ "language": "Solidity", "sources": sources, "settings": settings });
    let compiler = root.join("tools/solc");
    let io = |error| CompileError::File(compiler.clone(), error);
    let mut process =
        Command::new(&compiler).current_dir(root).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(io)?;
    if let Some(mut stdin) = process.stdin.take() {
        stdin.write_all(input.to_string().as_bytes()).map_err(io)?;
    }
    let output = process.wait_with_output().map_err(io)?;
    serde_json::from_slice(&output.stdout).map_err(|error| CompileError::Refused(error.to_string()))
}
