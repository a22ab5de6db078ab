//! What `cargo test` runs of the simulator: committed regressions first, then a campaign in process and one on a real anvil. Each prints
//! its seed; every cell of the coverage table must be reached.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

use std::path::Path;

use lifeboat_sim::{
    campaign::{self, Plan, Report, Where},
    case::Chains,
    trace::Trace,
};

const SEED: u64 = 20_261_124;

fn regressions() -> Vec<(String, Trace)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("regressions");
    let mut files: Vec<_> = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let traces = files.iter().filter(|path| path.extension().is_some_and(|end| end == "json"));
    traces.map(|path| (path.display().to_string(), Trace::load(path).unwrap())).collect()
}

fn replay_all(mut chains: Chains) {
    for (name, trace) in regressions() {
        let found = campaign::replay(&mut chains, trace.vault, &trace.steps).unwrap();
        assert_eq!(found, None, "{name} fails again:\n{}", trace.script());
    }
}

fn run(plan: &Plan) -> Report {
    eprintln!("seed {}, {} cases of {} steps on {:?}", plan.seed, plan.cases, plan.len, plan.backend);
    let report = campaign::run(plan, |_| ()).unwrap();
    eprintln!("{} steps in {:.1} s, digest {}", report.steps, report.seconds, report.digest);
    for trace in &report.findings {
        eprintln!("{}\n{}", trace.script(), trace.to_json());
    }
    assert!(report.findings.is_empty(), "{} kinds of failure, printed above", report.findings.len());
    report
}

#[test]
fn regressions_stay_mended() {
    replay_all(campaign::chains(Where::Revm).unwrap());
}

#[test]
fn model_and_revm_agree_and_everything_is_reached() {
    let plan = Plan { backend: Where::Revm, cases: 1_200, len: 150, per_block: 1, seed: SEED, jobs: 2, time: None };
    let report = run(&plan);
    assert_eq!(report.cases, plan.cases);
    let missing = report.coverage.missing();
    assert!(missing.is_empty(), "never reached: {missing:#?}");
}

#[test]
fn model_revm_and_anvil_agree_to_the_unit_of_gas() {
    replay_all(campaign::chains(Where::Both).unwrap());
    let plan = Plan { backend: Where::Both, cases: 12, len: 120, per_block: 1, seed: SEED + 1, jobs: 2, time: None };
    assert!(run(&plan).steps > 1_000);
}

#[test]
fn equal_seeds_give_equal_runs_whatever_the_number_of_workers() {
    let plan = Plan { backend: Where::Revm, cases: 6, len: 80, per_block: 1, seed: SEED + 2, jobs: 1, time: None };
    let report = run(&plan);
    assert_eq!(report.digest, run(&Plan { jobs: 3, ..plan }).digest);
    assert_ne!(report.digest, run(&Plan { seed: SEED + 3, ..plan }).digest);
}

#[test]
fn equal_seeds_give_equal_blocks_on_anvil() {
    let plan = Plan { backend: Where::Anvil, cases: 2, len: 60, per_block: 16, seed: SEED + 4, jobs: 1, time: None };
    // The digest covers every block hash.
    assert_eq!(run(&plan).digest, run(&Plan { jobs: 2, ..plan }).digest);
}
