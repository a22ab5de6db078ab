//! How fast a ledger is built, beside `@openzeppelin/merkle-tree` on the same list and beside the limit that keccak sets.
//!
//! ```text
//! cargo run -p lifeboat-ledger --release --example ledger_speed -- [FILE | --count N] [--json]
//! ```
//! `FILE` is a list `account,amount` in base units. Without one, 252,803 accounts are generated, as many as in a real
//! distribution. The peer is measured through Node.js with the packages of the repository's lock file.
#![forbid(unsafe_code)]

use std::{
    error::Error,
    fmt::Write as _,
    hint::black_box,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use alloy::primitives::{Address, address, keccak256};
use lifeboat_ledger::{
    Leaf, LeafDomain, SumTree,
    bundle::{self, Meta},
    list::{Format, Unit, assemble, parse, read},
    sample,
};
use rayon::prelude::*;
use serde_json::{Value, json};

const USAGE: &str = "usage: ledger_speed [FILE | --count N] [--json]";
const VAULT: Address = address!("0x5afe00000000000000000000000000000000beef");
const DEFAULT_COUNT: u32 = 252_803;
const ROUNDS: usize = 5;
const HASHES: u32 = 200_000;

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::from_args()?;
    let csv = match &options.file {
        Some(file) => read(file)?,
        None => csv_of(&sample::leaves(options.count, 1)),
    };
    let report = measure(&csv)?;
    if options.json {
        println!("{report:#}");
    } else {
        print!("{}", table(&report));
    }
    Ok(())
}

struct Options {
    file: Option<PathBuf>,
    count: u32,
    json: bool,
}

impl Options {
    fn from_args() -> Result<Self, Box<dyn Error>> {
        let mut options = Self { file: None, count: DEFAULT_COUNT, json: false };
        let mut args = std::env::args().skip(1);
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--json" => options.json = true,
                "--count" => options.count = args.next().ok_or(USAGE)?.parse()?,
                file if !file.starts_with('-') => options.file = Some(file.into()),
                _ => return Err(USAGE.into()),
            }
        }
        Ok(options)
    }
}

fn measure(csv: &[u8]) -> Result<Value, Box<dyn Error>> {
    let format = Format::balances(Unit::Base);
    let parsing = fastest(|| parse(csv, &format));
    let list = parse(csv, &format).accept()?;
    let leaves = assemble(&list, &[], None)?;
    let domain = LeafDomain::new(1, VAULT, Address::ZERO);
    let cores = rayon::current_num_threads();
    let single = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;

    let build = || SumTree::build(&domain, leaves.clone());
    let copying = fastest(|| leaves.clone());
    let one_core = single.install(|| fastest(build)).saturating_sub(copying);
    let all_cores = fastest(build).saturating_sub(copying);
    let tree = build()?;

    let hash_one_core = fastest(|| hash_chain(HASHES)) / HASHES;
    let hash_all_cores =
        fastest(|| (0..cores).into_par_iter().for_each(|_| hash_chain(HASHES))) / (HASHES * cores as u32);
    let permutations = permutations(&leaves, tree.depth());

    let folder = tempfile::tempdir()?;
    let meta = Meta { symbol: "UNIT".into(), decimals: 18, deposit_cursor: 0, snapshot_at: 0 };
    let start = Instant::now();
    bundle::write(&folder.path().join("bundle"), &tree, &meta)?;
    let writing = start.elapsed();
    let peer = peer(&csv_of(&leaves), folder.path())?;

    let limit = |hash: Duration| millis(hash) * permutations as f64;
    let peer_ms = peer["buildMs"].as_f64();
    Ok(json!({
        "accounts": tree.count(),
        "root": tree.root().hash,
        "total": tree.root().sum.to_string(),
        "cores": cores,
        "permutations": permutations,
        "nanosAPermutation": { "oneCore": hash_one_core.as_nanos() as u64, "allCores": hash_all_cores.as_nanos() as u64 },
        "keccakLimitMs": { "oneCore": limit(hash_one_core), "allCores": limit(hash_all_cores) },
        "buildMs": { "oneCore": millis(one_core), "allCores": millis(all_cores) },
        "ofLimit": {
            "oneCore": millis(one_core) / limit(hash_one_core),
            "allCores": millis(all_cores) / limit(hash_all_cores),
        },
        "openzeppelin": peer,
        "timesFaster": { "oneCore": peer_ms.map(|ms| ms / millis(one_core)), "allCores": peer_ms.map(|ms| ms / millis(all_cores)) },
        "parseCsvMs": millis(parsing),
        "writeBundleMs": millis(writing),
    }))
}

/// Keccak-f calls of a build: one a leaf that is not empty, one a node above, and one a level for the padding.
fn permutations(leaves: &[Leaf], depth: u32) -> u64 {
    let hashed = leaves.iter().filter(|leaf| !leaf.is_empty()).count() as u64;
    let nodes: u64 = (1..=depth).map(|level| (leaves.len() as u64).div_ceil(1 << level)).sum();
    hashed + nodes + u64::from(depth)
}

/// Hashes 128 bytes (one permutation) again and again, each time with the last hash inside.
fn hash_chain(times: u32) {
    let mut input = [0u8; 128];
    for _ in 0..times {
        let hash = keccak256(black_box(&input));
        input[32..64].copy_from_slice(hash.as_slice());
    }
    black_box(input);
}

/// The fastest of a few rounds: the one that the machine disturbed least.
fn fastest<T>(mut work: impl FnMut() -> T) -> Duration {
    (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            let result = work();
            let elapsed = start.elapsed();
            drop(black_box(result));
            elapsed
        })
        .min()
        .unwrap_or_default()
}

/// The same list through the JavaScript library; without Node.js, the reason.
fn peer(csv: &[u8], folder: &Path) -> Result<Value, Box<dyn Error>> {
    let list = folder.join("list.csv");
    std::fs::write(&list, csv)?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let output = Command::new("node").current_dir(root).arg("tools/openzeppelin-merkle.mjs").arg(&list).output();
    Ok(match output {
        Ok(output) if output.status.success() => serde_json::from_slice(&output.stdout)?,
        Ok(output) => {
            json!({ "missing": String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or("node failed") })
        }
        Err(error) => json!({ "missing": format!("node: {error}") }),
    })
}

fn csv_of(leaves: &[Leaf]) -> Vec<u8> {
    let mut text = String::new();
    for leaf in leaves {
        let _ = writeln!(text, "{:?},{}", leaf.account, leaf.balance);
    }
    text.into_bytes()
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn table(report: &Value) -> String {
    let number = |path: &str| report.pointer(path).and_then(Value::as_f64);
    let cell = |path: &str| number(path).map_or("-".into(), |value| format!("{value:.1}"));
    let mut text = format!(
        "{} accounts, {} permutations, fastest of {ROUNDS} rounds, milliseconds\n\n{:<44}{:>12}{:>12}\n",
        report["accounts"],
        report["permutations"],
        "",
        "one core",
        format!("{} cores", report["cores"]),
    );
    let rows = [
        ("keccak limit (permutations x cost of one)", "/keccakLimitMs/oneCore", "/keccakLimitMs/allCores"),
        ("lifeboat: sum tree built", "/buildMs/oneCore", "/buildMs/allCores"),
        ("  times the limit", "/ofLimit/oneCore", "/ofLimit/allCores"),
        ("@openzeppelin/merkle-tree: tree built", "/openzeppelin/buildMs", ""),
        ("  lifeboat is faster by a factor of", "/timesFaster/oneCore", "/timesFaster/allCores"),
        ("CSV read and checked", "/parseCsvMs", ""),
        ("bundle written and synced", "", "/writeBundleMs"),
    ];
    for (name, one, all) in rows {
        let _ = writeln!(text, "{name:<44}{:>12}{:>12}", cell(one), cell(all));
    }
    if let Some(reason) = report.pointer("/openzeppelin/missing").and_then(Value::as_str) {
        let _ = writeln!(text, "\nThe peer was not measured: {reason}");
    }
    text
}
