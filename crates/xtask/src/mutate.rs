//! `cargo xtask mutate`: small faults put into the contracts, one at a time. The simulator judges each (`lifeboat sim mutate`), the forge tests
//! judge what it does not notice. What neither notices fails, unless `contracts/mutants.toml` says why it may stay.

use std::path::Path;

use eyre::{Context, Result, bail, eyre};
use serde_json::Value;

use crate::{
    checks::{cargo, with_tools},
    tools::{Task, Toolchain},
};

const TABLE: &str = "contracts/mutants.toml";
const OUT: &str = "target/mutants";
/// Of a fuzz test on a mutant, where the suite itself runs 256.
const FUZZ_RUNS: &str = "32";

/// Arguments of `cargo xtask mutate`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Judge so many, chosen by the seed; default: all, which takes hours.
    #[arg(long)]
    sample: Option<usize>,
    /// Decides the choice and the simulator's cases.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Simulated steps after which a mutant counts as not noticed.
    #[arg(long, default_value_t = 20_000)]
    steps: u64,
    /// Only files whose path under contracts/src contains this.
    #[arg(long, default_value = "")]
    only: String,
}

/// A fault, as the report and the table name it.
#[derive(PartialEq, Eq)]
struct Fault {
    /// Under contracts/src.
    file: String,
    /// The line, trimmed.
    from: String,
    /// What it becomes, trimmed.
    to: String,
}

/// Runs the simulator over the mutants, the tests over its survivors.
pub(crate) fn run(root: &Path, tools: &Toolchain, args: &Args) -> Result<()> {
    let accepted = table(root)?;
    let out = root.join(OUT);
    std::fs::create_dir_all(&out)?;
    let report = out.join("report.json");
    let mut task =
        cargo(root, &["run", "--locked", "--quiet", "--bin", "lifeboat", "--", "sim", "mutate", "--root"]).arg(root);
    task = task.args([
        "--seed",
        &args.seed.to_string(),
        "--steps",
        &args.steps.to_string(),
        "--only",
        &args.only,
        "--out",
    ]);
    task = task.arg(&report);
    if let Some(sample) = args.sample {
        task = task.args(["--sample", &sample.to_string()]);
    }
    with_tools(task, tools).run()?;

    let judged: Value = serde_json::from_slice(&std::fs::read(&report).wrap_err("MUTANTS_SILENT: no report")?)?;
    let judged = judged.as_array().ok_or_else(|| eyre!("MUTANTS_REPORT: no list"))?;
    let survived: Vec<&Value> = judged.iter().filter(|one| one["fate"] == "Survived").collect();
    let (mut known, mut by_tests, mut open) = (0, 0, 0);
    let mut tests_are_green = false;
    for one in &survived {
        let fault = fault(&one["mutant"]);
        if accepted.contains(&fault) {
            known += 1;
            continue;
        }
        if !tests_are_green {
            require_green(root, tools)?;
            tests_are_green = true;
        }
        if tests_notice(root, tools, &one["mutant"])? {
            by_tests += 1;
            println!("noticed by the tests: {}:{}", fault.file, one["mutant"]["line"]);
        } else {
            open += 1;
            println!("SURVIVED: {}:{}\n  - {}\n  + {}", fault.file, one["mutant"]["line"], fault.from, fault.to);
        }
    }
    let counted = judged.iter().filter(|one| one["fate"] != "Stillborn" && one["fate"] != "Same").count() - known;
    println!(
        "{} of {counted} noticed: {} by the simulator, {by_tests} by the tests; {known} more are accepted in {TABLE}",
        counted - open,
        counted + known - survived.len()
    );
    if open > 0 {
        bail!("MUTANTS_SURVIVED: {open} faults that nobody notices; write a test, or give the reason in {TABLE}");
    }
    Ok(())
}

fn fault(mutant: &Value) -> Fault {
    let text = |key: &str| mutant[key].as_str().unwrap_or_default().trim().to_owned();
    Fault { file: text("file"), from: text("from"), to: text("to") }
}

/// Without a fault the copy must pass: else every fault would count as noticed.
fn require_green(root: &Path, tools: &Toolchain) -> Result<()> {
    let project = root.join(OUT).join("project");
    lay_out(root, &project)?;
    if tests_fail(tools, &project)? {
        bail!("MUTANTS_BASELINE: the tests fail without any fault; see {}", project.join("test.log").display());
    }
    Ok(())
}

/// Runs the forge tests on a copy with the fault in it.
fn tests_notice(root: &Path, tools: &Toolchain, mutant: &Value) -> Result<bool> {
    let project = root.join(OUT).join("project");
    lay_out(root, &project)?;
    let Fault { file, .. } = fault(mutant);
    let path = project.join("contracts/src").join(&file);
    let line = mutant["line"].as_u64().unwrap_or_default() as usize;
    let text = std::fs::read_to_string(&path)?;
    let to = mutant["to"].as_str().unwrap_or_default();
    let mutated: String =
        text.lines().enumerate().flat_map(|(at, old)| [if at + 1 == line { to } else { old }, "\n"]).collect();
    std::fs::write(&path, mutated)?;
    tests_fail(tools, &project)
}

/// Whether a test fails. What is no test's verdict (a compiler error, a crash) is an error. Gas is not compared: any change would be noticed
/// then. Gas tests and long random sequences are left out, warnings allowed: a fault may leave a variable unused.
fn tests_fail(tools: &Toolchain, project: &Path) -> Result<bool> {
    let forge = |log: &str| -> Result<Task> {
        let log = std::fs::File::create(project.join(log))?;
        let task = tools.forge(project).env("FORGE_SNAPSHOT_CHECK", "false").env("FOUNDRY_DENY", "never");
        task.env("FOUNDRY_FUZZ_RUNS", FUZZ_RUNS).quiet(log)
    };
    forge("build.log")?.arg("build").run().wrap_err("MUTANTS_BUILD: forge does not compile the copy; see build.log")?;
    let test = forge("test.log")?.args(["test", "--fail-fast", "--no-match-path", "contracts/test/{gas,invariant}/**"]);
    let Err(failure) = test.run() else { return Ok(false) };
    let log = std::fs::read_to_string(project.join("test.log"))?;
    if !names_a_failing_test(&log) {
        return Err(failure.wrap_err("MUTANTS_FORGE: forge failed, but no test did; see test.log"));
    }
    Ok(true)
}

/// Forge prints `[FAIL: why] test_name()` for a test, and for a `setUp`.
fn names_a_failing_test(log: &str) -> bool {
    log.lines().any(|line| line.trim_start().starts_with("[FAIL"))
}

/// A copy of the contracts, with the original's artifacts so that little is compiled anew.
fn lay_out(root: &Path, project: &Path) -> Result<()> {
    std::fs::create_dir_all(project)?;
    // Times included: forge looks at what has changed.
    Task::new("cp").arg("-a").arg(root.join("contracts")).arg(project).run()?;
    std::fs::copy(root.join("foundry.toml"), project.join("foundry.toml"))?;
    for name in ["node_modules", "tools"] {
        let link = project.join(name);
        if !link.exists() {
            std::os::unix::fs::symlink(root.join(name), link)?;
        }
    }
    Ok(())
}

fn table(root: &Path) -> Result<Vec<Fault>> {
    let text = std::fs::read_to_string(root.join(TABLE)).wrap_err_with(|| format!("reading {TABLE}"))?;
    let table: toml::Table = text.parse().wrap_err_with(|| format!("parsing {TABLE}"))?;
    let rows = table.get("accepted").and_then(toml::Value::as_array).map(Vec::as_slice).unwrap_or_default();
    rows.iter()
        .map(|row| {
            let text = |key| row.get(key).and_then(toml::Value::as_str).map(|text| text.trim().to_owned());
            let (Some(file), Some(from), Some(to)) = (text("file"), text("from"), text("to")) else {
                bail!("{TABLE}: a row lacks file, from or to");
            };
            if text("reason").is_none_or(|reason| reason.is_empty()) {
                bail!("{TABLE}: `{from}` is accepted without a reason");
            }
            let source = std::fs::read_to_string(root.join("contracts/src").join(&file)).unwrap_or_default();
            if !source.lines().any(|line| line.trim() == from) {
                bail!("{TABLE}: {file} has no line `{from}` any more");
            }
            Ok(Fault { file, from, to })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_test_that_fails_counts_as_noticed() {
        assert!(names_a_failing_test("Ran 1 test\n[FAIL: assertion failed: 1 != 2] test_sum() (gas: 1)\n"));
        assert!(!names_a_failing_test("Error: Compiler run failed:\nError (7576): Undeclared identifier.\n"));
        assert!(!names_a_failing_test("[PASS] test_FAIL() (gas: 1)\n"));
    }
}
