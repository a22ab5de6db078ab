//! Mutation testing: small faults in the contracts. What neither simulator nor tests notice is not tested.
//!
//! Faults are made from the compiler's own syntax tree (`solidity`, `yul`). Hundreds of them go into one copy of the sources, each
//! behind a condition on PREVRANDAO, which no contract uses otherwise (`schema`): one compilation serves them all, and the block
//! environment says which is switched on (`judge`).

mod hunt;
pub mod judge;
mod schema;
mod solidity;
mod tree;
mod yul;

use std::{collections::BTreeMap, path::Path};

use alloy::primitives::keccak256;
use serde::Serialize;
use serde_json::Value;

pub use schema::planted;

use self::{schema::Wrap, tree::Span};
use crate::{
    canary::CanaryError,
    compile::{self, Changed, SRC},
};

/// Without code that a contract on chain runs.
const EXCEPT: &[&str] = &["interfaces/", "testnet/", "types/", "libraries/Errors.sol", "libraries/ReleaseTypes.sol"];

/// One fault.
#[derive(Clone, Debug, Serialize)]
pub struct Mutant {
    /// Names it as long as its line and its function stay.
    pub id: String,
    /// Under contracts/src.
    pub file: String,
    /// Function or modifier.
    pub function: String,
    /// Of the original, from 1.
    pub line: usize,
    /// Which kind of fault.
    pub operator: &'static str,
    /// The line or lines as they are, without indentation.
    pub from: String,
    /// The same with the fault.
    pub to: String,
    /// What is replaced.
    #[serde(skip)]
    span: Span,
    /// By what, if it were the only fault.
    #[serde(skip)]
    plain: String,
    /// How it stands beside others.
    #[serde(skip)]
    wrap: Wrap,
}

/// All mutants of a checkout, in the order of files and places.
///
/// # Errors
/// If the sources cannot be read or do not compile.
pub fn all(root: &Path) -> Result<Vec<Mutant>, CanaryError> {
    let mut files = Vec::new();
    list(&root.join(SRC), "", &mut files)?;
    files.retain(|file| !EXCEPT.iter().any(|except| file.starts_with(except)));
    let trees = compile::trees(root, &files, &Changed::new())?;
    let world = solidity::World::of(&trees);
    let mut mutants = Vec::new();
    for file in &files {
        let path = format!("{SRC}/{file}");
        let text = source(root, file)?;
        let tree = trees.get(&path).unwrap_or(&Value::Null);
        let mut own = solidity::mutants(&world, file, &text, tree);
        own.sort_by(|a, b| (a.span, a.operator, &a.plain).cmp(&(b.span, b.operator, &b.plain)));
        mutants.append(&mut own);
    }
    name(&mut mutants);
    Ok(mutants)
}

/// Gives each its id. Equal lines of one function are told apart by their order.
fn name(mutants: &mut [Mutant]) {
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for mutant in mutants {
        let text = [&*mutant.file, &*mutant.function, mutant.operator, &*mutant.from, &*mutant.to].join("\n");
        let twin = seen.entry(text.clone()).or_default();
        let hash = keccak256(format!("{text}\n{twin}"));
        mutant.id = hash[..6].iter().map(|byte| format!("{byte:02x}")).collect();
        *twin += 1;
    }
}

/// A seeded choice of so many, in an order of its own. It changes little when the sources change little.
#[must_use]
pub fn sample(mut mutants: Vec<Mutant>, seed: u64, count: usize) -> Vec<Mutant> {
    mutants.sort_by_cached_key(|mutant| keccak256([&seed.to_be_bytes()[..], mutant.id.as_bytes()].concat()));
    mutants.truncate(count);
    mutants
}

/// All Solidity sources below `folder`, by path.
fn list(src: &Path, folder: &str, files: &mut Vec<String>) -> Result<(), CanaryError> {
    let path = src.join(folder);
    let entries = std::fs::read_dir(&path).map_err(|error| CanaryError::File(path, error))?;
    let mut names: Vec<_> = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    for name in names {
        let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
        if path.ends_with(".sol") {
            files.push(path);
        } else if src.join(&path).is_dir() {
            list(src, &path, files)?;
        }
    }
    Ok(())
}

fn source(root: &Path, file: &str) -> Result<String, CanaryError> {
    let path = root.join(SRC).join(file);
    std::fs::read_to_string(&path).map_err(|error| CanaryError::File(path, error))
}
