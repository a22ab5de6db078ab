//! Mutation testing: small faults put into the contracts one at a time. What neither simulator nor tests notice is not tested.

use std::{
    path::{Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use alloy::primitives::keccak256;
use serde::Serialize;

use crate::canary::{self, CanaryError, Limit};

/// Where mutants are made, under contracts/src: all that decides, and that the simulator runs.
const PLACES: &[&str] = &[
    "Bond.sol",
    "Disputes.sol",
    "Escrow.sol",
    "Vault.sol",
    "libraries",
    "modules",
    "registry",
    "safeguards",
    "shared",
];
/// Without code of its own.
const EXCEPT: &[&str] = &["libraries/Errors.sol", "libraries/ReleaseTypes.sol"];

/// What is exchanged for what, Solidity and Yul.
const SWAPS: &[(&str, &str, &str)] = &[
    (" < ", " <= ", "boundary"),
    (" <= ", " < ", "boundary"),
    (" > ", " >= ", "boundary"),
    (" >= ", " > ", "boundary"),
    (" < ", " > ", "relation"),
    (" > ", " < ", "relation"),
    (" == ", " != ", "relation"),
    (" != ", " == ", "relation"),
    (" && ", " || ", "logic"),
    (" || ", " && ", "logic"),
    (" & ", " | ", "bits"),
    (" | ", " & ", "bits"),
    (" << ", " >> ", "bits"),
    (" >> ", " << ", "bits"),
    (" + ", " - ", "arithmetic"),
    (" - ", " + ", "arithmetic"),
    (" * ", " / ", "arithmetic"),
    (" / ", " * ", "arithmetic"),
    (" += ", " -= ", "arithmetic"),
    (" -= ", " += ", "arithmetic"),
    (" |= ", " &= ", "bits"),
    ("lt(", "gt(", "relation"),
    ("gt(", "lt(", "relation"),
    ("add(", "sub(", "arithmetic"),
    ("sub(", "add(", "arithmetic"),
    ("or(", "and(", "bits"),
    (" nonReentrant", "", "modifier"),
    (" onlyRegistry", "", "modifier"),
    (" onlySafeguards", "", "modifier"),
];

/// One fault.
#[derive(Clone, Debug, Serialize)]
pub struct Mutant {
    /// Under contracts/src.
    pub file: String,
    /// Of the original, from 1.
    pub line: usize,
    /// Which kind of fault.
    pub operator: &'static str,
    /// The line as it is.
    pub from: String,
    /// The line with the fault in it.
    pub to: String,
}

impl Mutant {
    /// What names it as long as its line and those above it stay: file, line as it is, line as it becomes.
    #[must_use]
    pub fn id(&self) -> String {
        let text = [self.file.as_str(), self.from.trim(), self.to.trim()].join("\n");
        keccak256(text)[..6].iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// How a mutant ended.
#[derive(Clone, Debug, Serialize)]
pub enum Fate {
    /// It does not compile.
    Stillborn,
    /// The simulator noticed: by this finding.
    Killed(String),
    /// The code is the same: the compiler removes the difference.
    Same,
    /// Nobody has noticed.
    Survived,
}

/// A mutant and its end.
#[derive(Clone, Debug, Serialize)]
pub struct Judged {
    /// Which.
    pub mutant: Mutant,
    /// Its end.
    pub fate: Fate,
    /// Seconds of compilation.
    pub compile_seconds: f64,
    /// Seconds of simulation.
    pub seconds: f64,
}

/// All mutants of a checkout, in the order of files and lines.
///
/// # Errors
/// If a source cannot be read.
pub fn all(root: &Path) -> Result<Vec<Mutant>, CanaryError> {
    let src = root.join("contracts/src");
    let mut files = Vec::new();
    for place in PLACES {
        let path = src.join(place);
        if path.is_dir() {
            let entries = std::fs::read_dir(&path).map_err(|error| CanaryError::File(path.clone(), error))?;
            files.extend(entries.flatten().map(|entry| entry.path()));
        } else {
            files.push(path);
        }
    }
    files.sort();
    let mut mutants = Vec::new();
    for path in files {
        let file = path.strip_prefix(&src).unwrap_or(&path).to_string_lossy().into_owned();
        if EXCEPT.contains(&file.as_str()) {
            continue;
        }
        let text = std::fs::read_to_string(&path).map_err(|error| CanaryError::File(path, error))?;
        of_text(&file, &text, &mut mutants);
    }
    Ok(mutants)
}

/// A seeded choice of so many, in an order of its own.
#[must_use]
pub fn sample(mut mutants: Vec<Mutant>, seed: u64, count: usize) -> Vec<Mutant> {
    mutants.sort_by_cached_key(|mutant| keccak256([&seed.to_be_bytes()[..], mutant.id().as_bytes()].concat()));
    mutants.truncate(count);
    mutants
}

fn of_text(file: &str, text: &str, mutants: &mut Vec<Mutant>) {
    let mut import = false;
    for (number, line) in text.lines().enumerate() {
        let bare = line.trim_start();
        import = import || bare.starts_with("import ");
        let skipped = import
            || ["//", "pragma ", "error ", "event ", "\""].iter().any(|start| bare.starts_with(start))
            || bare.contains("keccak256(\"");
        if import && line.contains(';') {
            import = false;
        }
        if skipped {
            continue;
        }
        // What follows is a comment, or a string's end: no code.
        let code = line.find("//").map_or(line, |at| &line[..at]);
        let mut put = |operator, to: String| {
            if to != line {
                mutants.push(Mutant { file: file.to_owned(), line: number + 1, operator, from: line.to_owned(), to });
            }
        };
        for (from, to, operator) in SWAPS {
            for (at, _) in code.match_indices(from) {
                let before = code[..at].chars().next_back();
                // `sub(` is no part of a longer name.
                let inside = !from.starts_with(' ') && before.is_some_and(|c| c.is_alphanumeric() || c == '_');
                if !inside {
                    put(operator, [&line[..at], to, &line[at + from.len()..]].concat());
                }
            }
        }
        for (at, length) in numbers(code) {
            if let Ok(number) = code[at..at + length].parse::<u64>() {
                let (head, tail) = (&line[..at], &line[at + length..]);
                put("constant", format!("{head}{}{tail}", number + 1));
            }
        }
        if let Some(condition) = code.find("if (").filter(|_| bare.starts_with("if (")) {
            let open = condition + 3;
            if let Some(close) = closing(code, open) {
                put("condition", format!("{}(!{}){}", &line[..open], &line[open..=close], &line[close + 1..]));
            }
        }
        if is_statement(bare, code) {
            let operator = if bare.starts_with("emit ") { "event" } else { "statement" };
            put(operator, String::new());
        }
    }
}

/// A whole statement on its line that can go without another to miss it.
fn is_statement(bare: &str, code: &str) -> bool {
    let whole =
        code.starts_with("        ") && bare.ends_with(';') && bare.matches('(').count() == bare.matches(')').count();
    let first = bare.split([' ', '(', '[', '.', ';']).next().unwrap_or_default();
    let declares = ["return", "let", "using", "unchecked", "revert", ")"].contains(&first);
    // A call, an assignment, an event, a one-line condition; two words before `=` are a declaration.
    let left = bare.split(" = ").next().unwrap_or_default();
    let declaration = bare.contains(" = ") && left.contains(' ') && !bare.starts_with("if (");
    whole && !declares && !declaration && (bare.contains('(') || bare.contains("= ") || bare.starts_with("emit "))
}

/// Decimal numbers that stand alone.
fn numbers(code: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let bytes = code.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let length = bytes[at..].iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        if length > 0 && bytes[at..at + length].iter().all(u8::is_ascii_digit) {
            found.push((at, length));
        }
        at += length.max(1);
    }
    found
}

/// The parenthesis that closes the one at `open`.
fn closing(code: &str, open: usize) -> Option<usize> {
    let mut depth = 0;
    for (at, c) in code[open..].char_indices() {
        match c {
            '(' => depth += 1,
            ')' if depth == 1 => return Some(open + at),
            ')' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Compiles one mutant and hunts it: no case begins after `steps`.
///
/// # Errors
/// If the machine is in the way.
pub fn judge(root: &Path, mutant: &Mutant, seed: u64, steps: u64) -> Result<Judged, CanaryError> {
    let began = Instant::now();
    let compiled = canary::compile_patched(root, &mutant.file, &mutated(root, mutant)?);
    let compile_seconds = began.elapsed().as_secs_f64();
    let began = Instant::now();
    let fate = match compiled {
        Err(CanaryError::Compile(_)) => Fate::Stillborn,
        Err(error) => return Err(error),
        Ok(code) if code == lifeboat_bindings::create2::Code::default() => Fate::Same,
        Ok(code) => match canary::hunt_in(&code, seed, Limit::Steps(steps)) {
            Ok(hunt) => hunt.found.map_or(Fate::Survived, |finding| Fate::Killed(finding.key)),
            // Whoever deploys such a vault notices, and whoever reads it.
            Err(CanaryError::Revm(error)) => Fate::Killed(error.to_string()),
            Err(CanaryError::Case(error)) => Fate::Killed(error.to_string()),
            Err(error) => return Err(error),
        },
    };
    Ok(Judged { mutant: mutant.clone(), fate, compile_seconds, seconds: began.elapsed().as_secs_f64() })
}

/// Judges many, as many at a time as `jobs`; `told` hears of each.
///
/// # Errors
/// If the machine is in the way.
pub fn judge_all(
    root: &Path,
    mutants: &[Mutant],
    seed: u64,
    steps: u64,
    jobs: usize,
    told: impl Fn(&Judged) + Sync,
) -> Result<Vec<Judged>, CanaryError> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs.max(1))
            .map(|_| {
                scope.spawn(|| -> Result<(), CanaryError> {
                    while let Some(mutant) = mutants.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let judged = judge(root, mutant, seed, steps)?;
                        told(&judged);
                        done.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(judged);
                    }
                    Ok(())
                })
            })
            .collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })?;
    Ok(done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner))
}

/// The mutant's file.
///
/// # Errors
/// If it cannot be read.
pub fn mutated(root: &Path, mutant: &Mutant) -> Result<String, CanaryError> {
    let path: PathBuf = root.join("contracts/src").join(&mutant.file);
    let text = std::fs::read_to_string(&path).map_err(|error| CanaryError::File(path, error))?;
    let lines = text.lines().enumerate().map(|(at, line)| if at + 1 == mutant.line { &mutant.to } else { line });
    Ok(lines.flat_map(|line| [line, "\n"]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        let mut mutants = Vec::new();
        of_text("A.sol", text, &mut mutants);
        mutants.into_iter().map(|mutant| mutant.to.trim().to_owned()).collect()
    }

    #[test]
    fn each_place_is_one_mutant() {
        assert_eq!(lines("        x = a + b + 1;"), ["x = a - b + 1;", "x = a + b - 1;", "x = a + b + 2;", ""]);
        assert_eq!(lines("        if (a < b) revert E(a);").len(), 4);
        assert_eq!(lines("    function f() external nonReentrant {"), ["function f() external {"]);
    }

    #[test]
    fn what_is_no_code_is_left_alone() {
        assert!(lines("    /// a < b").is_empty());
        assert!(lines("import {A, B} from \"a + b\";").is_empty());
        assert_eq!(lines("        uint256 x = a; // b + c").len(), 0);
        assert!(lines("    bytes32 private constant T = keccak256(\"T(uint256 a + b)\");").is_empty());
    }
}
