//! `lifeboat sim`: the vault against its model, on revm in process and on a real anvil.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use eyre::WrapErr;
use indicatif::{ProgressBar, ProgressStyle};
use lifeboat_sim::{
    bench::{self, Figures},
    campaign::{self, Plan, Where},
    canary::{self, Hunt, canaries},
    case::CaseError,
    cover::Coverage,
    mutant::{
        self, Mutant,
        judge::{Fate, Judged, Trial},
    },
    trace::Trace,
};
use serde::Serialize;
use thiserror::Error;

use crate::output::{Report, Terminal};

/// Steps from which on every cell of the coverage table must have been reached.
const GATED_STEPS: u64 = 40_000;

/// Arguments of `lifeboat sim`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Run random cases; print what was reached and each kind of failure, shrunk.
    Run(RunArgs),
    /// Run a failing case again.
    Replay(ReplayArgs),
    /// Plant known bugs into copies of the contracts and hunt each: how fast is it found?
    Canary(CanaryArgs),
    /// Put small faults into copies of the contracts, one at a time: which does nobody notice? (`cargo xtask mutate` asks the tests too.)
    Mutate(MutateArgs),
    /// Measure speed and memory beside forge's invariant runner, a raw loop on anvil and the usual alloy idiom.
    Bench(BenchArgs),
}

#[derive(Debug, clap::Args)]
struct RunArgs {
    /// revm, anvil, or both, which must then agree to the unit of gas.
    #[arg(long, default_value = "revm")]
    backend: Where,
    /// Number of cases.
    #[arg(long, default_value_t = 300)]
    cases: u64,
    /// Random steps a case; the way out comes on top.
    #[arg(long, default_value_t = campaign::LEN)]
    len: usize,
    /// Random steps that a block holds at least: anvil is faster with fuller blocks.
    #[arg(long, default_value_t = 1)]
    per_block: usize,
    /// Decides everything; the same seed gives the same run.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Workers; default: one a core.
    #[arg(long)]
    jobs: Option<usize>,
    /// Begin no case after this many seconds.
    #[arg(long)]
    time: Option<u64>,
    /// Where traces of failures are written.
    #[arg(long, default_value = ".")]
    out: PathBuf,
}

#[derive(Debug, clap::Args)]
struct ReplayArgs {
    /// A trace that `lifeboat sim run` wrote.
    trace: PathBuf,
    /// revm, anvil, or both.
    #[arg(long, default_value = "revm")]
    backend: Where,
}

#[derive(Debug, clap::Args)]
struct CanaryArgs {
    /// The checkout whose contracts are patched.
    #[arg(long, default_value = ".")]
    root: PathBuf,
    /// Only bugs whose name contains this.
    #[arg(long, default_value = "")]
    only: String,
    /// Decides the cases.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Longest hunt, in seconds.
    #[arg(long, default_value_t = 60)]
    time: u64,
}

#[derive(Debug, clap::Args)]
struct MutateArgs {
    /// The checkout whose contracts are mutated. The bindings must be up to date with them.
    #[arg(long, default_value = ".")]
    root: PathBuf,
    /// Only files whose path contains this.
    #[arg(long, default_value = "")]
    only: String,
    /// Judge so many, chosen by the seed; default: all.
    #[arg(long)]
    sample: Option<usize>,
    /// Decides the choice and the cases.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Simulated steps after which a mutant counts as not noticed: the verdict does not depend on the machine.
    #[arg(long, default_value_t = 40_000)]
    steps: u64,
    /// Workers; default: one a core.
    #[arg(long)]
    jobs: Option<usize>,
    /// Where the full list is written.
    #[arg(long, default_value = "mutants.json")]
    out: PathBuf,
    /// Judge nothing, but write the sources with `--ids` in them into this copy of contracts/src, each switched on by its place in the list:
    /// the first by PREVRANDAO 1.
    #[arg(long, requires = "ids")]
    plant: Option<PathBuf>,
    /// Only these, by id.
    #[arg(long, value_delimiter = ',')]
    ids: Vec<String>,
}

#[derive(Debug, clap::Args)]
struct BenchArgs {
    /// The checkout whose invariants forge runs.
    #[arg(long, default_value = ".")]
    root: PathBuf,
    /// The forge binary.
    #[arg(long, env = "LIFEBOAT_FORGE", default_value = "node_modules/@foundry-rs/forge-linux-amd64/bin/forge")]
    forge: PathBuf,
    /// Cases on anvil; five times as many on revm.
    #[arg(long, default_value_t = 20)]
    cases: u64,
    /// Decides the cases.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// A run that did not end well, with an exit code of its own.
#[derive(Debug, Error)]
pub enum Ended {
    /// The vault or the model is wrong.
    #[error("SIM_FINDING: {0} kinds of failure; replay the traces named above with `lifeboat sim replay`")]
    Finding(usize),
    /// The machine is in the way.
    #[error(transparent)]
    Infrastructure(CaseError),
    /// Cells of the coverage table stayed empty.
    #[error("SIM_GATE: {0} cells of the table stayed empty; run more cases, or mend the generator")]
    Gate(usize),
    /// Planted bugs were not found.
    #[error("SIM_ESCAPED: {0} planted bugs were not found; hunt longer, or teach the generator to reach them")]
    Escaped(usize),
}

impl Ended {
    /// 1: a finding; 2: infrastructure; 3: a gate.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Finding(_) => 1,
            Self::Infrastructure(_) => 2,
            Self::Gate(_) | Self::Escaped(_) => 3,
        }
    }
}

/// Runs `lifeboat sim`.
///
/// # Errors
/// [`Ended`], or a file that cannot be read or written.
pub async fn run(args: Args, terminal: &Terminal) -> eyre::Result<()> {
    let terminal = *terminal;
    // Cases drive runtimes of their own.
    tokio::task::spawn_blocking(move || match args.command {
        Command::Run(args) => run_campaign(&args, &terminal),
        Command::Replay(args) => replay(&args, &terminal),
        Command::Canary(args) => hunt_canaries(&args, &terminal),
        Command::Mutate(args) => mutate(&args, &terminal),
        Command::Bench(args) => {
            let figures = bench::measure(&args.root, &args.root.join(&args.forge), args.cases, args.seed)?;
            terminal.report(&Bench { figures })
        }
    })
    .await?
}

fn run_campaign(args: &RunArgs, terminal: &Terminal) -> eyre::Result<()> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let plan = Plan {
        backend: args.backend,
        cases: args.cases,
        len: args.len,
        per_block: args.per_block,
        seed: args.seed,
        jobs: args.jobs.unwrap_or(cores),
        time: args.time.map(Duration::from_secs),
    };
    terminal.note(&format!("seed {}, {} cases of {} steps", plan.seed, plan.cases, plan.len));
    let bar = if terminal.json { ProgressBar::hidden() } else { ProgressBar::new(plan.cases) };
    bar.set_style(ProgressStyle::with_template("{bar:40} {pos}/{len} cases {elapsed}")?);
    let report = campaign::run(&plan, |done| bar.set_position(done)).map_err(Ended::Infrastructure)?;
    bar.finish_and_clear();

    let mut traces = Vec::new();
    for (number, trace) in report.findings.iter().enumerate() {
        let path = args.out.join(format!("sim-{}-{number}.json", plan.seed));
        std::fs::write(&path, trace.to_json()).wrap_err_with(|| format!("writing {}", path.display()))?;
        traces.push(path);
    }
    let missing = report.coverage.missing();
    terminal.report(&Campaign {
        seed: plan.seed,
        cases: report.cases,
        steps: report.steps,
        gas: report.gas,
        seconds: report.seconds,
        steps_per_second: report.steps as f64 / report.seconds,
        digest: report.digest.to_string(),
        reached: reached(&report.coverage),
        missing: missing.clone(),
        findings: report.findings.iter().map(Trace::script).collect(),
        traces,
    })?;
    if !report.findings.is_empty() {
        return Err(Ended::Finding(report.findings.len()).into());
    }
    if report.steps >= GATED_STEPS && !missing.is_empty() {
        return Err(Ended::Gate(missing.len()).into());
    }
    Ok(())
}

fn replay(args: &ReplayArgs, terminal: &Terminal) -> eyre::Result<()> {
    let mut trace = Trace::load(&args.trace)?;
    let mut chains = campaign::chains(args.backend).map_err(|error| Ended::Infrastructure(error.into()))?;
    trace.finding = campaign::replay(&mut chains, trace.vault, &trace.steps).map_err(Ended::Infrastructure)?;
    terminal.report(&Replay { script: trace.script(), fails: trace.finding.is_some() })?;
    if trace.finding.is_some() { Err(Ended::Finding(1).into()) } else { Ok(()) }
}

fn hunt_canaries(args: &CanaryArgs, terminal: &Terminal) -> eyre::Result<()> {
    let time = Duration::from_secs(args.time);
    let mut hunts = Vec::new();
    for canary in canaries().filter(|canary| canary.name.contains(&args.only)) {
        let hunt = canary::hunt(&args.root, canary, args.seed, time)?;
        terminal.note(&line(&hunt));
        hunts.push(hunt);
    }
    let escaped = hunts.iter().filter(|hunt| hunt.found.is_none()).count();
    terminal.report(&Hunts { seed: args.seed, hunts })?;
    if escaped > 0 { Err(Ended::Escaped(escaped).into()) } else { Ok(()) }
}

fn mutate(args: &MutateArgs, terminal: &Terminal) -> eyre::Result<()> {
    let mut mutants = mutant::all(&args.root)?;
    if !args.ids.is_empty() {
        mutants = named(mutants, &args.ids)?;
    }
    if let Some(folder) = &args.plant {
        return plant(args, &mutants, folder);
    }
    mutants.retain(|mutant| mutant.file.contains(&args.only));
    let made = mutants.len();
    let chosen = mutant::sample(mutants, args.seed, args.sample.unwrap_or(made));
    terminal.note(&format!("seed {}: {} of {made} mutants", args.seed, chosen.len()));
    let jobs = args.jobs.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    let trial = Trial { seed: args.seed, steps: args.steps, jobs };
    let began = Instant::now();
    let judged = mutant::judge::judge_all(&args.root, &chosen, trial, |one| terminal.note(&verdict(one)))?;
    let seconds = began.elapsed().as_secs_f64();
    std::fs::write(&args.out, serde_json::to_string_pretty(&judged)?)
        .wrap_err_with(|| format!("writing {}", args.out.display()))?;
    let count = |fate: fn(&Fate) -> bool| judged.iter().filter(|one| fate(&one.fate)).count();
    terminal.report(&Mutants {
        seed: args.seed,
        made,
        judged: judged.len(),
        stillborn: count(|fate| matches!(fate, Fate::Stillborn)),
        killed: count(|fate| matches!(fate, Fate::Killed(_))),
        survived: count(|fate| matches!(fate, Fate::Survived)),
        not_simulated: count(|fate| matches!(fate, Fate::NotSimulated)),
        seconds,
    })
}

/// The mutants of these ids, in their order.
fn named(mutants: Vec<Mutant>, ids: &[String]) -> eyre::Result<Vec<Mutant>> {
    let mut by_id: HashMap<String, Mutant> = mutants.into_iter().map(|mutant| (mutant.id.clone(), mutant)).collect();
    ids.iter()
        .map(|id| {
            by_id.remove(id).ok_or_else(|| {
                eyre::eyre!("MUTANTS_UNKNOWN: no mutant {id}; `lifeboat sim mutate` names those of these sources")
            })
        })
        .collect()
}

/// Writes the sources with these mutants in them: the first is switched on by PREVRANDAO 1.
fn plant(args: &MutateArgs, mutants: &[Mutant], folder: &Path) -> eyre::Result<()> {
    for (file, text) in mutant::planted(&args.root, mutants)? {
        let path = folder.join(file);
        std::fs::write(&path, text).wrap_err_with(|| format!("writing {}", path.display()))?;
    }
    Ok(())
}

fn verdict(one: &Judged) -> String {
    let Mutant { id, file, function, line, operator, from, to, .. } = &one.mutant;
    let (fate, how) = match &one.fate {
        Fate::Stillborn => ("stillborn", ""),
        Fate::Killed(how) => ("killed", how.as_str()),
        Fate::Survived => ("SURVIVED", ""),
        Fate::NotSimulated => ("not run", ""),
    };
    let head = format!("{fate:<9} {file}:{line} {operator}, {} passes, {} unnoticed  {how}", one.passes, one.unnoticed);
    match one.fate {
        Fate::Survived => format!("{head}\n    {id} {function}\n  - {from}\n  + {to}"),
        _ => head,
    }
}

#[derive(Debug, Serialize)]
struct Mutants {
    seed: u64,
    made: usize,
    judged: usize,
    stillborn: usize,
    killed: usize,
    survived: usize,
    not_simulated: usize,
    seconds: f64,
}

impl Report for Mutants {
    fn text(&self) -> String {
        let Self { seed, made, judged, stillborn, killed, survived, not_simulated, seconds } = self;
        format!(
            "seed {seed}: of {made} mutants {judged} were judged in {seconds:.0} s ({:.2} s each): {killed} killed by the simulator, {survived} \
             survived, {not_simulated} are in no simulated contract, {stillborn} do not compile",
            seconds / (*judged).max(1) as f64
        )
    }
}

fn line(hunt: &Hunt) -> String {
    let how = hunt.found.as_ref().map_or("NOT FOUND", |finding| &finding.key);
    format!(
        "{:<55} {:>6} steps {:>8.3} s (compiled in {:.1} s)  {how}",
        hunt.name, hunt.steps, hunt.seconds, hunt.compile_seconds
    )
}

#[derive(Debug, Serialize)]
struct Hunts {
    seed: u64,
    hunts: Vec<Hunt>,
}

impl Report for Hunts {
    fn text(&self) -> String {
        let found = self.hunts.iter().filter(|hunt| hunt.found.is_some()).count();
        format!("seed {}: {found} of {} planted bugs found", self.seed, self.hunts.len())
    }
}

#[derive(Debug, Serialize)]
struct Bench {
    #[serde(flatten)]
    figures: Figures,
}

impl Report for Bench {
    fn text(&self) -> String {
        let mut lines = vec![format!("{:<62} {:>9} {:>10} {:>12}", "way", "actions", "a second", "a CPU second")];
        lines.extend(self.figures.rows.iter().map(|row| {
            let cpu = row.per_cpu_second.map_or("-".to_owned(), |rate| format!("{rate:.0}"));
            format!("{:<62} {:>9} {:>10.0} {cpu:>12}", row.way, row.actions, row.per_second)
        }));
        lines.push(format!("\n{:<62} {:>9} {:>10}", "against the target", "measured", "target"));
        lines.extend(self.figures.targets.iter().map(|each| {
            let verdict = if each.met { "met" } else { "missed" };
            format!("{:<62} {:>9.2} {:>10.2} {verdict:>12}", each.figure, each.measured, each.target)
        }));
        lines.join("\n")
    }
}

/// A row of the coverage table.
#[derive(Debug, Serialize)]
struct Reached {
    action: &'static str,
    outcome: String,
    times: u64,
}

fn reached(coverage: &Coverage) -> Vec<Reached> {
    coverage.rows().map(|(action, outcome, times)| Reached { action, outcome: outcome.to_owned(), times }).collect()
}

#[derive(Debug, Serialize)]
struct Campaign {
    seed: u64,
    cases: u64,
    steps: u64,
    gas: u64,
    seconds: f64,
    steps_per_second: f64,
    digest: String,
    reached: Vec<Reached>,
    missing: Vec<String>,
    findings: Vec<String>,
    traces: Vec<PathBuf>,
}

impl Report for Campaign {
    fn text(&self) -> String {
        let mut lines: Vec<String> =
            self.reached.iter().map(|row| format!("{:>9}  {:<18} {}", row.times, row.action, row.outcome)).collect();
        lines.extend(self.missing.iter().map(|cell| format!("        0  {cell}")));
        for (script, path) in self.findings.iter().zip(&self.traces) {
            lines.push(format!("\n{script}written to {}", path.display()));
        }
        lines.push(format!(
            "\nseed {}: {} cases, {} steps, {} gas in {:.1} s ({:.0} steps a second); digest {}",
            self.seed, self.cases, self.steps, self.gas, self.seconds, self.steps_per_second, self.digest
        ));
        lines.push(format!("{} kinds of failure, {} cells never reached", self.findings.len(), self.missing.len()));
        lines.join("\n")
    }
}

#[derive(Debug, Serialize)]
struct Replay {
    script: String,
    fails: bool,
}

impl Report for Replay {
    fn text(&self) -> String {
        self.script.trim_end().to_owned()
    }
}
