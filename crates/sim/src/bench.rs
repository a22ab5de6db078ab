//! How fast the simulator is, beside the alternatives, in one run: forge's invariant runner on the same contracts, a raw loop on anvil
//! without any check, and the usual alloy idiom.

use std::{path::Path, process::Command, time::Instant};

use alloy::{
    primitives::U64,
    providers::{Provider, ProviderBuilder},
    rpc::types::TransactionRequest,
};
use serde::Serialize;
use serde_json::Value;
use thiserror::Error;

use crate::{
    backend::anvil::{Anvil, AnvilError, Block},
    campaign::{self, Plan, Where},
    case::CaseError,
    world::DEPLOYED_AT,
};

/// Steps of a case, as in the campaigns of the tests.
const LEN: usize = 150;
/// Actions that a block on anvil holds at least, until the way out.
const PER_BLOCK: usize = 16;
/// Cases on revm: a longer run tells no more.
const MOST_ON_REVM: u64 = 500;
/// Cases that the raw loop repeats.
const REPEATED: u64 = 100;
/// Of these, the cases between two that alloy's idiom repeats too.
const IDIOM_EVERY: u64 = 5;
/// Clock ticks a second in /proc (`getconf CLK_TCK`): 100 on every Linux of today.
const TICKS: f64 = 100.0;

/// Why a measurement failed.
#[derive(Debug, Error)]
pub enum BenchError {
    /// A campaign could not be run.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// anvil could not be driven.
    #[error(transparent)]
    Anvil(#[from] AnvilError),
    /// forge or /proc is not there.
    #[error("BENCH_IO: {0}; run `cargo xtask bench`, which installs forge, on Linux")]
    Io(#[from] std::io::Error),
    /// forge ran and said something else than expected.
    #[error("BENCH_FORGE: forge's invariant runner failed: {0}")]
    Forge(String),
    /// A campaign that is measured must be clean.
    #[error(
        "BENCH_FINDING: the campaign found something; look into it with `lifeboat sim run --per-block {per_block} --seed {seed} --cases {cases}`"
    )]
    Finding {
        /// Decides the cases.
        seed: u64,
        /// So many, with the one that fails.
        cases: u64,
        /// Steps in a block at least.
        per_block: usize,
    },
}

/// One way to run many actions.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// What was run.
    pub way: &'static str,
    /// How many actions.
    pub actions: u64,
    /// Per wall-clock second.
    pub per_second: f64,
    /// Per second of processor time, where all of it is known.
    pub per_cpu_second: Option<f64>,
}

/// Everything measured.
#[derive(Clone, Debug, Serialize)]
pub struct Figures {
    /// One a way.
    pub rows: Vec<Row>,
    /// Ratios that the simulator is held to.
    pub targets: Vec<Target>,
}

/// One figure beside its target.
#[derive(Clone, Debug, Serialize)]
pub struct Target {
    /// What is compared.
    pub figure: &'static str,
    /// As measured.
    pub measured: f64,
    /// What it should be.
    pub target: f64,
    /// Whether it is.
    pub met: bool,
}

/// Measures everything. `forge` is the binary, `root` the checkout.
///
/// # Errors
/// If something could not be run.
pub fn measure(root: &Path, forge: &Path, cases: u64, seed: u64) -> Result<Figures, BenchError> {
    let on_revm = revm((cases * 5).min(MOST_ON_REVM), seed)?;
    let on_forge = forge_runner(root, forge)?;
    let on_anvil = anvil(cases, seed)?;
    let per_cpu = |row: &Row| row.per_cpu_second.unwrap_or_default();
    let paired = on_anvil.checked_per_second;
    let memory = on_anvil.largest_kib as f64 / 1024.0;
    let targets = vec![
        at_least("revm, of forge's runner per CPU second", per_cpu(&on_revm) / per_cpu(&on_forge), 5.0),
        at_least("anvil, of forge's runner", on_anvil.checked.per_second / on_forge.per_second, 0.5),
        at_least("anvil, of the raw loop", paired / on_anvil.raw.per_second, 0.75),
        at_least("anvil, of alloy's idiom", paired / on_anvil.idiom.per_second, 10.0),
        at_least("anvil, last tenth of the cases, of the first", on_anvil.last_to_first_tenth, 0.9),
        Target { figure: "anvil, largest resident memory in MiB", measured: memory, target: 64.0, met: memory <= 64.0 },
    ];
    Ok(Figures { rows: vec![on_revm, on_forge, on_anvil.checked, on_anvil.raw, on_anvil.idiom], targets })
}

fn at_least(figure: &'static str, measured: f64, target: f64) -> Target {
    Target { figure, measured, target, met: measured >= target }
}

fn revm(cases: u64, seed: u64) -> Result<Row, BenchError> {
    let plan = Plan { backend: Where::Revm, cases, len: LEN, per_block: 1, seed, jobs: 1, time: None };
    let before = cpu_seconds()?.0;
    let report = campaign::run(&plan, |_| ())?;
    if !report.findings.is_empty() {
        return Err(BenchError::Finding { seed, cases, per_block: 1 });
    }
    let cpu = cpu_seconds()?.0 - before;
    let way = "revm: model, logs, views and rules after every action";
    Ok(row(way, report.steps, report.seconds, Some(cpu)))
}

/// What was measured on anvil.
struct OnAnvil {
    checked: Row,
    raw: Row,
    idiom: Row,
    /// Rate with all checks over the cases that the raw loop repeated.
    checked_per_second: f64,
    /// Last tenth of the cases by the first.
    last_to_first_tenth: f64,
    /// Largest resident memory of any node at any time, in KiB.
    largest_kib: u64,
}

/// Each case with all checks on one node, then exactly its blocks on another with receipts and nothing else, and now and then its
/// transactions as alloy's idiom: all see the same machine.
fn anvil(cases: u64, seed: u64) -> Result<OnAnvil, BenchError> {
    let plan = Plan { backend: Where::Anvil, cases, len: LEN, per_block: PER_BLOCK, seed, jobs: 1, time: None };
    let mut chains = campaign::chains(Where::Anvil)?;
    let mut raw_node = Anvil::start()?;
    let mut speeds = Vec::new();
    let [mut all, mut paired, mut raw, mut single] = [const { Tally { actions: 0, seconds: 0.0 } }; 4];
    let mut largest_kib = 0;
    for case in 0..cases {
        if let Some(node) = chains.anvil.as_mut().filter(|_| case < REPEATED) {
            node.record();
        }
        let began = Instant::now();
        let result = campaign::generated(&plan, case, &mut chains, &mut Default::default())?;
        if result.failure.is_some() {
            return Err(BenchError::Finding { seed, cases: case + 1, per_block: PER_BLOCK });
        }
        let ran = Tally { actions: result.steps, seconds: began.elapsed().as_secs_f64() };
        speeds.push(ran.per_second());
        all.add(&ran);
        let Some(node) = &mut chains.anvil else { continue };
        largest_kib = largest_kib.max(node.largest_kib().unwrap_or_default());
        if case < REPEATED {
            let blocks = node.take_record();
            paired.add(&ran);
            raw.add(&repeat(&mut raw_node, &blocks)?);
            if case % IDIOM_EVERY == 0 {
                single.add(&idiom(&blocks)?);
            }
        }
    }
    let tenth = speeds.len().div_ceil(10);
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
    Ok(OnAnvil {
        checked: row("anvil: model, logs, views and rules after every block", all.actions, all.seconds, None),
        raw: row("anvil: raw loop over the same blocks, receipts only", raw.actions, raw.seconds, None),
        idiom: row(
            "anvil: alloy's send and get_receipt over HTTP, some of the cases",
            single.actions,
            single.seconds,
            None,
        ),
        checked_per_second: paired.per_second(),
        last_to_first_tenth: mean(&speeds[speeds.len() - tenth..]) / mean(&speeds[..tenth]),
        largest_kib,
    })
}

/// Mines blocks that were recorded.
fn repeat(node: &mut Anvil, blocks: &[Block]) -> Result<Tally, BenchError> {
    let began = Instant::now();
    node.reset()?;
    for (time, txs) in blocks {
        node.mine(*time, &txs.iter().collect::<Vec<_>>(), false, &[])?;
    }
    let actions = blocks.iter().map(|(_, txs)| txs.len() as u64).sum();
    Ok(Tally { actions, seconds: began.elapsed().as_secs_f64() })
}

/// The transactions of these blocks one at a time over HTTP, each in a block of its own, as examples write it: what
/// `contract.call().send().await?.get_receipt().await?` does, with alloy's fillers and polling. Nothing is checked, and nothing signed: the
/// node impersonates.
fn idiom(blocks: &[Block]) -> Result<Tally, BenchError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let node = Anvil::start()?;
    node.mine_at_once()?;
    let url = node.url();
    let (mut sent, began) = (0, Instant::now());
    runtime.block_on(async {
        let provider = ProviderBuilder::new().connect(&url).await.map_err(AnvilError::from)?;
        let mut before = DEPLOYED_AT;
        for (time, txs) in blocks {
            let passed = U64::from(time - before);
            let _: Value = provider.raw_request("evm_increaseTime".into(), [passed]).await.map_err(AnvilError::from)?;
            before = *time;
            for tx in txs {
                let request = TransactionRequest::default().from(tx.from).to(tx.to).value(tx.value);
                let request = request.input(tx.data.clone().into()).gas_limit(tx.gas);
                let pending = provider.send_transaction(request).await.map_err(AnvilError::from)?;
                pending.get_receipt().await.map_err(|error| AnvilError::Answer(error.to_string()))?;
                sent += 1;
            }
        }
        Ok::<_, BenchError>(())
    })?;
    Ok(Tally { actions: sent, seconds: began.elapsed().as_secs_f64() })
}

/// forge's runner on the project's own invariants, whose handlers check less.
fn forge_runner(root: &Path, forge: &Path) -> Result<Row, BenchError> {
    let run = |arguments: &[&str]| Command::new(forge).args(arguments).current_dir(root).output();
    run(&["build"])?;
    let (before, began) = (cpu_seconds()?.1, Instant::now());
    let output = run(&["test", "--match-path", "contracts/test/invariant/Money.t.sol"])?;
    let text = String::from_utf8_lossy(&output.stdout);
    let calls = text.split("calls: ").skip(1).filter_map(|rest| rest.split(',').next()?.trim().parse::<u64>().ok());
    // Each invariant function is listed with the calls of the campaign that it took part in.
    let calls = calls.sum::<u64>();
    if !output.status.success() || calls == 0 {
        return Err(BenchError::Forge(text.lines().rev().take(5).collect::<Vec<_>>().join(" | ")));
    }
    let cpu = cpu_seconds()?.1 - before;
    Ok(row("forge: invariant runner on contracts/test/invariant", calls, began.elapsed().as_secs_f64(), Some(cpu)))
}

/// Actions, and the seconds that they took.
struct Tally {
    actions: u64,
    seconds: f64,
}

impl Tally {
    fn add(&mut self, other: &Self) {
        self.actions += other.actions;
        self.seconds += other.seconds;
    }

    fn per_second(&self) -> f64 {
        self.actions as f64 / self.seconds
    }
}

fn row(way: &'static str, actions: u64, seconds: f64, cpu: Option<f64>) -> Row {
    let count = actions as f64;
    Row { way, actions, per_second: count / seconds, per_cpu_second: cpu.map(|cpu| count / cpu.max(1.0 / TICKS)) }
}

/// Processor time of this process, and of its children that have ended.
fn cpu_seconds() -> Result<(f64, f64), std::io::Error> {
    let text = std::fs::read_to_string("/proc/self/stat")?;
    // The second field, the program's name, may hold spaces; the rest follows its closing parenthesis.
    let fields: Vec<f64> = text
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .map(|field| field.parse().unwrap_or(0.0))
        .collect();
    let sum = |from: usize| (fields.get(from).unwrap_or(&0.0) + fields.get(from + 1).unwrap_or(&0.0)) / TICKS;
    Ok((sum(11), sum(13)))
}
