//! `cargo xtask mutate`: small faults put into the contracts, one at a time. The simulator judges each (`lifeboat sim mutate`), the forge tests
//! judge what it does not notice. What neither notices fails, unless `contracts/mutants.toml` says why it may stay.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

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
/// Mutants in one build of the tests, which deploy blueprints: of 65,535 bytes at most.
const BATCH: usize = 40;
/// Without gas tests and long random sequences.
const EVERY_TEST: [&str; 2] = ["--no-match-path", "contracts/test/{gas,invariant}/**"];
/// Tests that fail because code with faults in it costs more gas. Were they more, something else would be wrong.
const UNFIT: usize = 8;

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
    #[arg(long, default_value_t = 40_000)]
    steps: u64,
    /// Only files whose path under contracts/src contains this.
    #[arg(long, default_value = "")]
    only: String,
    /// Simulate nothing: the tests judge what this earlier report of `lifeboat sim mutate` has left.
    #[arg(long)]
    report: Option<PathBuf>,
}

impl Args {
    /// As many as a change can wait for: always the same, as long as the contracts are.
    pub(crate) fn few() -> Self {
        Self { sample: Some(32), seed: 1, steps: 10_000, only: String::new(), report: None }
    }
}

/// A fault, as the report and the table name it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Fault {
    /// Under contracts/src.
    file: String,
    /// The line or lines, without indentation and breaks.
    from: String,
    /// What they become.
    to: String,
}

/// A mutant that the simulator leaves to the tests.
#[derive(Clone, Debug)]
struct Left {
    id: String,
    line: u64,
    fault: Fault,
}

/// Runs the simulator over the mutants, the tests over those that it leaves.
pub(crate) fn run(root: &Path, tools: &Toolchain, args: &Args) -> Result<()> {
    let accepted = table(root)?;
    // As `cargo xtask test` builds it: with other features most of it would be built twice.
    cargo(root, &["test", "--locked", "--quiet", "--workspace", "--no-run"]).run()?;
    let out = root.join(OUT);
    std::fs::create_dir_all(&out)?;
    let report = match &args.report {
        Some(report) => report.clone(),
        None => simulate(root, tools, args, out.join("report.json"))?,
    };
    let judged: Value = serde_json::from_slice(&std::fs::read(&report).wrap_err("MUTANTS_SILENT: no report")?)?;
    let judged = judged.as_array().ok_or_else(|| eyre!("MUTANTS_REPORT: no list"))?;
    let by_simulator = judged.iter().filter(|one| one["fate"].get("Killed").is_some()).count();
    let left: Vec<Left> = judged
        .iter()
        .filter(|one| one["fate"] == "Survived" || one["fate"] == "NotSimulated")
        .map(|one| left(&one["mutant"]))
        .collect();
    let (known, mut unknown): (Vec<Left>, Vec<Left>) = left.into_iter().partition(|one| accepted.contains(&one.fault));
    // Mixed, so that no contract gets all the faults of a batch.
    unknown.sort_by(|a, b| a.id.cmp(&b.id));
    let (mut by_tests, mut open) = (0, 0);
    let mut near = BTreeMap::new();
    for batch in unknown.chunks(BATCH) {
        by_the_tests(root, tools, batch, &mut near, |one, is_noticed| {
            let Left { id, line, fault } = one;
            if is_noticed {
                by_tests += 1;
                println!("noticed by the tests: {}:{line} {id}", fault.file);
            } else {
                open += 1;
                println!("SURVIVED: {}:{line} {id}\n  - {}\n  + {}", fault.file, fault.from, fault.to);
            }
        })?;
    }
    let counted = by_simulator + by_tests + open;
    println!(
        "{} of {counted} noticed: {by_simulator} by the simulator, {by_tests} by the tests; {} more are accepted in {TABLE}",
        counted - open,
        known.len()
    );
    if open > 0 {
        bail!("MUTANTS_SURVIVED: {open} faults that nobody notices; write a test, or give the reason in {TABLE}");
    }
    Ok(())
}

/// Has the simulator judge, and says where it wrote its report.
fn simulate(root: &Path, tools: &Toolchain, args: &Args, report: PathBuf) -> Result<PathBuf> {
    let mut task = with_tools(simulator(root), tools);
    task = task.args(["--seed", &args.seed.to_string(), "--steps", &args.steps.to_string()]);
    task = task.args(["--only", &args.only, "--out"]).arg(&report);
    if let Some(sample) = args.sample {
        task = task.args(["--sample", &sample.to_string()]);
    }
    task.run()?;
    Ok(report)
}

fn simulator(root: &Path) -> Task {
    Task::new(root.join("target/debug/lifeboat")).args(["sim", "mutate", "--root"]).arg(root)
}

fn left(mutant: &Value) -> Left {
    let text = |key: &str| mutant[key].as_str().unwrap_or_default().to_owned();
    let fault = Fault { file: text("file"), from: text("from"), to: text("to") };
    Left { id: text("id"), line: mutant["line"].as_u64().unwrap_or_default(), fault }
}

/// Where a test fails: the file with it, and its name.
type Failure = (String, String);

/// The forge tests on code with faults in it.
struct Judge<'a> {
    tools: &'a Toolchain,
    project: PathBuf,
    /// Tests that fail without a fault.
    unfit: Vec<String>,
    /// By files of contracts: the files of tests that have noticed a fault there. They are asked first about the next.
    near: &'a mut BTreeMap<String, BTreeSet<String>>,
}

/// Compiles the tests once with all of these in the sources, and runs them with each switched on; `told` hears whether a test noticed.
fn by_the_tests(
    root: &Path,
    tools: &Toolchain,
    batch: &[Left],
    near: &mut BTreeMap<String, BTreeSet<String>>,
    mut told: impl FnMut(&Left, bool),
) -> Result<()> {
    let project = root.join(OUT).join("project");
    lay_out(root, &project)?;
    let ids = batch.iter().map(|one| &*one.id).collect::<Vec<_>>().join(",");
    let plant = with_tools(simulator(root), tools).args(["--ids", &ids, "--plant"]).arg(project.join("contracts/src"));
    plant.run()?;
    make_readable(&project.join("contracts/test"))?;
    let build = forge(tools, &project, "build.log")?.arg("build");
    build.run().wrap_err("MUTANTS_BUILD: forge does not compile the copy; see build.log")?;
    let mut judge = Judge { tools, project, unfit: Vec::new(), near };
    judge.leave_out_unfit()?;
    for (number, one) in (1..).zip(batch) {
        told(one, judge.notices(number, &one.fault.file)?);
    }
    Ok(())
}

impl Judge<'_> {
    /// What fails without a fault would count every fault as noticed.
    fn leave_out_unfit(&mut self) -> Result<()> {
        let unfit: BTreeSet<String> = self.failing(0, EVERY_TEST)?.into_iter().map(|(_, test)| test).collect();
        if unfit.len() > UNFIT || unfit.contains("setUp") {
            let log = self.project.join("test.log");
            bail!("MUTANTS_BASELINE: tests fail without any fault: {unfit:?}; see {}", log.display());
        }
        self.unfit = unfit.into_iter().collect();
        if !self.unfit.is_empty() {
            println!("left out, since they fail without a fault (its conditions cost gas): {}", self.unfit.join(", "));
        }
        Ok(())
    }

    fn notices(&mut self, number: usize, file: &str) -> Result<bool> {
        let near = self.near.entry(file.to_owned()).or_default();
        if !near.is_empty() {
            let paths = format!("{{{}}}", near.iter().map(String::as_str).collect::<Vec<_>>().join(","));
            if !self.failing(number, ["--match-path", &paths])?.is_empty() {
                return Ok(true);
            }
        }
        let failing = self.failing(number, EVERY_TEST)?;
        self.near.entry(file.to_owned()).or_default().extend(failing.iter().map(|(path, _)| path.clone()));
        Ok(!failing.is_empty())
    }

    /// The tests that fail with this fault switched on; only the first ones, unless it is 0. What is no test's verdict (a crash) is an error.
    /// Gas is not compared: any change would be noticed then.
    fn failing(&self, number: usize, which: [&str; 2]) -> Result<BTreeSet<Failure>> {
        let mut test = forge(self.tools, &self.project, "test.log")?.arg("test").args(which);
        if number != 0 {
            test = test.arg("--fail-fast");
        }
        if !self.unfit.is_empty() {
            test = test.args(["--no-match-test", &format!("^({})$", self.unfit.join("|"))]);
        }
        let Err(failure) = test.args(["--block-prevrandao", &format!("{number:#066x}")]).run() else {
            return Ok(BTreeSet::new());
        };
        let failing = failing_in(&std::fs::read_to_string(self.project.join("test.log"))?);
        if failing.is_empty() {
            return Err(failure.wrap_err("MUTANTS_FORGE: forge failed, but no test did; see test.log"));
        }
        Ok(failing)
    }
}

/// What calls a contract with faults in it may not be pure: it reads which fault is on. No fuzz test has a number of runs of its own.
fn make_readable(folder: &Path) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            make_readable(&path)?;
        } else if path.extension().is_some_and(|extension| extension == "sol") {
            let text = std::fs::read_to_string(&path)?;
            // As forge fmt leaves the word: before a space, or at a line's end.
            let made = text
                .replace(" pure ", " view ")
                .replace(" pure\n", " view\n")
                .replace("forge-config: default.fuzz.runs", "runs");
            if made != text {
                std::fs::write(&path, made)?;
            }
        }
    }
    Ok(())
}

/// Warnings are allowed: nothing is pure that reads a fault's number.
fn forge(tools: &Toolchain, project: &Path, log: &str) -> Result<Task> {
    let log = std::fs::File::create(project.join(log))?;
    let task = tools.forge(project).env("FORGE_SNAPSHOT_CHECK", "false").env("FOUNDRY_DENY", "never");
    task.env("FOUNDRY_FUZZ_RUNS", FUZZ_RUNS).quiet(log)
}

/// Forge prints `Ran 2 tests for path:Contract`, then `[FAIL: why] test_name() (gas: 1)` for a test, or for a `setUp`.
fn failing_in(log: &str) -> BTreeSet<Failure> {
    let mut path = String::new();
    let mut failing = BTreeSet::new();
    for line in log.lines().map(str::trim_start) {
        if let Some(suite) = line.split_once(" tests for ").or_else(|| line.split_once(" test for ")) {
            path = suite.1.split(':').next().unwrap_or_default().to_owned();
        } else if line.starts_with("Encountered ") {
            // Says everything once more.
            break;
        } else if line.starts_with("[FAIL") {
            let name = line.rsplit_once("] ").and_then(|(_, rest)| rest.split_once('('));
            failing.extend(name.map(|(name, _)| (path.clone(), name.to_owned())));
        }
    }
    failing
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
    let mut faults = Vec::new();
    for row in rows {
        let text = |key| row.get(key).and_then(toml::Value::as_str).map(|text| text.trim().to_owned());
        let (Some(file), Some(from), Some(to)) = (text("file"), text("from"), row.get("to")) else {
            bail!("{TABLE}: a row lacks file, from or to");
        };
        if text("reason").is_none_or(|reason| reason.is_empty()) {
            bail!("{TABLE}: `{from}` is accepted without a reason");
        }
        let source = std::fs::read_to_string(root.join("contracts/src").join(&file)).unwrap_or_default();
        if !source.split_whitespace().collect::<Vec<_>>().join(" ").contains(&from) {
            bail!("{TABLE}: {file} has no line `{from}` any more");
        }
        let several = to.as_array().map_or_else(|| std::slice::from_ref(to), Vec::as_slice);
        for one in several {
            let to = one.as_str().ok_or_else(|| eyre!("{TABLE}: `{from}` becomes what is no text"))?.trim().to_owned();
            faults.push(Fault { file: file.clone(), from: from.clone(), to });
        }
    }
    Ok(faults)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_test_that_fails_counts_as_noticed() {
        let failing = |log: &str| failing_in(log).into_iter().collect::<Vec<_>>();
        let one = |path: &str, name: &str| vec![(path.to_owned(), name.to_owned())];
        let sum = "Ran 1 test for a/Sum.t.sol:SumTest\n[FAIL: assertion failed: [1] != [2]] test_sum() (gas: 1)\n";
        assert_eq!(failing(sum), one("a/Sum.t.sol", "test_sum"));
        let fuzz = "Ran 2 tests for a/Sum.t.sol:SumTest\n[PASS] test_sum() (gas: 1)\n\
            [FAIL: x; counterexample: calldata=0x args=[1, 2]] testFuzz_a(uint256,bool) (runs: 1, μ: 2, ~: 2)\n\
            Encountered 1 failing test in a/Sum.t.sol:SumTest\n[FAIL: x] testFuzz_a(uint256,bool) (runs: 1)\n";
        assert_eq!(failing(fuzz), one("a/Sum.t.sol", "testFuzz_a"));
        assert_eq!(failing("Error: Compiler run failed:\nError (7576): Undeclared identifier.\n"), vec![]);
        assert_eq!(failing("[PASS] test_FAIL() (gas: 1)\n"), vec![]);
    }
}
