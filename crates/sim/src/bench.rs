//! How fast the simulator is, beside the alternatives, in one run: forge's invariant runner on the same contracts, a raw loop on anvil
//! without any check, and the usual alloy idiom.

use std::{path::Path, process::Command, time::Instant};

use alloy::{
    network::TransactionBuilder,
    primitives::{Address, U256},
    providers::Provider,
    rpc::types::TransactionRequest,
};
use lifeboat_devchain::{DevChain, Options};
use serde::Serialize;
use thiserror::Error;

use crate::{
    backend::anvil::{Anvil, AnvilError},
    call::Tx,
    campaign::{self, Plan, Where},
    case::{CaseError, next_block, stand_in_head},
    generate::{self, Swarm},
    model::Model,
    resolve,
};

/// Steps of a case, as in the campaigns of the tests.
const LEN: usize = 150;
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
    #[error("BENCH_FINDING: the campaign found something; look into it with `lifeboat sim run`")]
    Finding,
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
    /// Resident memory of the node in KiB after the first and after the last case.
    pub node_kib: (u64, u64),
    /// Speed of the last tenth of the cases on anvil, as a part of the first tenth's.
    pub last_to_first_tenth: f64,
}

/// Measures everything. `forge` is the binary, `root` the checkout.
///
/// # Errors
/// If something could not be run.
pub fn measure(root: &Path, forge: &Path, cases: u64, seed: u64) -> Result<Figures, BenchError> {
    let on_revm = revm(cases * 5, seed)?;
    let on_forge = forge_runner(root, forge)?;
    let (on_anvil, node_kib, last_to_first_tenth) = anvil(cases, seed)?;
    let raw = raw_anvil(cases, seed)?;
    let idiom = idiom()?;
    Ok(Figures { rows: vec![on_revm, on_forge, on_anvil, raw, idiom], node_kib, last_to_first_tenth })
}

fn revm(cases: u64, seed: u64) -> Result<Row, BenchError> {
    let plan = Plan { backend: Where::Revm, cases, len: LEN, seed, jobs: 1, time: None };
    let before = cpu_seconds()?.0;
    let report = campaign::run(&plan, |_| ())?;
    if !report.findings.is_empty() {
        return Err(BenchError::Finding);
    }
    let cpu = cpu_seconds()?.0 - before;
    let way = "revm: model, logs, views and rules after every action";
    Ok(row(way, report.steps, report.seconds, Some(cpu)))
}

/// All checks; each case timed, so that slowing down would show.
fn anvil(cases: u64, seed: u64) -> Result<(Row, (u64, u64), f64), BenchError> {
    let plan = Plan { backend: Where::Anvil, cases, len: LEN, seed, jobs: 1, time: None };
    let mut chains = campaign::chains(Where::Anvil)?;
    let mut speeds = Vec::new();
    let (mut memory, mut steps, mut seconds) = (Vec::new(), 0, 0.0);
    for case in 0..cases {
        let began = Instant::now();
        let result = campaign::generated(&plan, case, &mut chains, &mut Default::default())?;
        if result.failure.is_some() {
            return Err(BenchError::Finding);
        }
        let took = began.elapsed().as_secs_f64();
        speeds.push(result.steps as f64 / took);
        memory.push(chains.anvil.as_ref().map_or(Ok(0), |node| resident_kib(node.pid()))?);
        steps += result.steps;
        seconds += took;
    }
    let tenth = speeds.len().div_ceil(10);
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
    let ratio = mean(&speeds[speeds.len() - tenth..]) / mean(&speeds[..tenth]);
    let ends = (memory.first().copied().unwrap_or(0), memory.last().copied().unwrap_or(0));
    Ok((row("anvil: model, logs, all views and rules after every block", steps, seconds, None), ends, ratio))
}

/// The same kind of transactions in the same kind of blocks, with receipts and nothing else.
fn raw_anvil(cases: u64, seed: u64) -> Result<Row, BenchError> {
    let scripts: Vec<_> = (0..cases).map(|case| script(seed, case)).collect();
    let mut node = Anvil::start()?;
    let began = Instant::now();
    for blocks in &scripts {
        node.reset()?;
        for (time, txs) in blocks {
            node.mine(*time, &txs.iter().collect::<Vec<_>>(), false)?;
        }
    }
    let actions = scripts.iter().flatten().map(|(_, txs)| txs.len() as u64).sum();
    Ok(row("anvil: raw loop, receipts only", actions, began.elapsed().as_secs_f64(), None))
}

/// Blocks of one case, foretold by the model alone.
fn script(seed: u64, case: u64) -> Vec<(u64, Vec<Tx>)> {
    let mut runner = campaign::runner(seed, case);
    let swarm = Swarm::draw(&mut runner);
    let vault = campaign::vault_of(case);
    let (number, hash) = stand_in_head();
    let mut model = Model::new(vault, number, hash);
    let mut blocks: Vec<(u64, Vec<Tx>)> = Vec::new();
    for _ in 0..LEN {
        let step = generate::next(&mut runner, &model, &swarm);
        if step.warp.is_some() || blocks.is_empty() {
            let (number, time) = next_block(&model, step.warp);
            model.begin_block(number, time);
            blocks.push((time, Vec::new()));
        }
        let call = resolve::resolve(&model, &step.action);
        // Refusals are outcomes like any other.
        let _ = model.step(&call);
        if let Some((_, txs)) = blocks.last_mut() {
            txs.push(call.to_tx(model.world(), vault));
        }
    }
    blocks
}

/// One transaction at a time over HTTP, as examples write it.
fn idiom() -> Result<Row, BenchError> {
    const SENDS: u64 = 100;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let node = DevChain::start(&Options::default()).map_err(AnvilError::from)?;
    let key = node.key(0);
    let provider = node.provider_for(&key);
    let began = Instant::now();
    runtime.block_on(async {
        for _ in 0..SENDS {
            let tx = TransactionRequest::default().with_to(Address::repeat_byte(0x11)).with_value(U256::ONE);
            let sent = provider.send_transaction(tx).await.map_err(AnvilError::from)?;
            sent.get_receipt().await.map_err(|error| AnvilError::Answer(error.to_string()))?;
        }
        Ok::<_, BenchError>(())
    })?;
    Ok(row(
        "anvil: alloy's send and get_receipt over HTTP, plain transfers",
        SENDS,
        began.elapsed().as_secs_f64(),
        None,
    ))
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

fn resident_kib(pid: u32) -> Result<u64, std::io::Error> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    Ok(line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0))
}
