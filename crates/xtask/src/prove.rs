//! `cargo xtask prove`: properties of the contracts for all inputs, by symbolic execution (Halmos). The proofs are in
//! `contracts/proofs`; what they prove, and under which assumptions, is in `docs/auditors.md`.
//!
//! Then each proof runs once more on sources with a bug in them and must find it: a proof that cannot fail proves nothing.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Instant,
};

use eyre::{Context, Result, bail, eyre};
use serde_json::Value;

use crate::{
    python,
    tools::{Task, Toolchain},
};

const OUT: &str = "target/prove";
/// Halmos' exit codes of a single proof.
const PROVEN: i64 = 0;
const COUNTEREXAMPLE: i64 = 1;

/// A proof, and the bug that it must find.
struct Proof {
    check: &'static str,
    /// Under contracts/src.
    file: &'static str,
    /// Occurs once.
    from: &'static str,
    to: &'static str,
}

/// Proofs of one contract whose bugs do not get into each other's way: they are planted together and compiled once.
struct Group {
    contract: &'static str,
    /// What it needs beside itself, under contracts/proofs: nothing else is compiled.
    helpers: &'static [&'static str],
    /// A script under tools/python whose solver answers in Yices' place: for what Yices does not know. It shows no counterexample, so planted
    /// bugs are Yices' always.
    solver: Option<&'static str>,
    proofs: &'static [Proof],
}

const WITH_VAULT: &[&str] = &["Coin", "ProofBase", "Symbolic", "VaultProbe"];
const WITH_LEDGER: &[&str] = &["Coin", "LedgerBase", "ProofBase", "Symbolic", "VaultProbe"];

const GROUPS: &[Group] = &[
    Group {
        contract: "PhaseProof",
        helpers: &["Logic", "Symbolic"],
        solver: None,
        proofs: &[
            Proof {
                check: "check_silenceIsTheFormula",
                file: "shared/PhaseMath.sol",
                from: "live.lastBeat > until ? live.lastBeat : until",
                to: "live.lastBeat",
            },
            Proof {
                check: "check_stalenessIsTheFormula",
                file: "shared/PhaseMath.sol",
                from: "_earlier(staleAt, live.rootsAt + SILENCE_CAP)",
                to: "staleAt",
            },
            Proof {
                check: "check_theFirstCauseCounts",
                file: "shared/PhaseMath.sol",
                from: "if (live.overdueSince != 0) own = _earlier(live.overdueSince, own);",
                to: "",
            },
            Proof {
                check: "check_clockIsTheFormula",
                file: "shared/PhaseMath.sol",
                from: "if (own < flickerUntil) latchAt",
                to: "if (own <= flickerUntil) latchAt",
            },
            Proof {
                check: "check_phaseFollowsTheClock",
                file: "shared/PhaseMath.sol",
                from: "if (block.timestamp >= latchAt + RETURN_DELAY)",
                to: "if (block.timestamp > latchAt + RETURN_DELAY)",
            },
        ],
    },
    Group {
        contract: "LatchProof",
        helpers: WITH_VAULT,
        solver: None,
        proofs: &[
            Proof {
                check: "check_noBeatAfterTheLatch",
                file: "modules/LivenessClock.sol",
                from: "uint256 start = _requireNotLatched(live);\n        if (blockNumber",
                // Nothing gets as far as the block's hash, which Halmos 0.3.3 cannot look up.
                to: "(uint256 start,) = _clock(live);\n        if (blockNumber != 0) return _storeCured(live, start);\n        if (blockNumber",
            },
            Proof {
                check: "check_noLedgerAfterTheLatch",
                file: "modules/Satellites.sol",
                from: "uint256 start = _requireNotLatched(live);\n        _assets",
                to: "(uint256 start,) = _clock(live);\n        _assets",
            },
            Proof {
                check: "check_noRequestAfterTheLatch",
                file: "modules/Satellites.sol",
                from: "uint256 start = _requireNotLatched(live);\n        live.overdueCount",
                to: "(uint256 start,) = _clock(live);\n        live.overdueCount",
            },
            Proof {
                check: "check_noExcuseAfterTheLatch",
                file: "modules/Satellites.sol",
                from: "_requireLive();\n        _storeExcuses",
                to: "_storeExcuses",
            },
            Proof {
                check: "check_noFreezeAfterTheLatch",
                file: "modules/Satellites.sol",
                from: "_requireNotLatched(_liveness);\n        _frozenUntil",
                to: "_frozenUntil",
            },
            Proof {
                check: "check_noWindDownAfterTheLatch",
                file: "modules/Satellites.sol",
                from: "_requireLive();\n        if (_liveness.windDownAt",
                to: "if (_liveness.windDownAt",
            },
            Proof {
                check: "check_noRotationAfterTheLatch",
                file: "modules/Satellites.sol",
                from: "_requireLive();\n        _rotated",
                to: "_rotated",
            },
            Proof {
                check: "check_shortCutIsThePhase",
                file: "modules/LivenessClock.sol",
                from: "if (block.timestamp >= (packed >> 80 & type(uint40).max) + ROOT_MAX_AGE) _revertPhase();",
                to: "",
            },
        ],
    },
    Group {
        contract: "ClaimProof",
        helpers: WITH_LEDGER,
        solver: None,
        proofs: &[
            Proof {
                check: "check_noDoubleClaim",
                file: "modules/Claims.sol",
                from: "(packed | bit) + (share << UNTALLIED_SHIFT)",
                to: "packed + (share << UNTALLIED_SHIFT)",
            },
            Proof {
                check: "check_onlyTheTransferCanFail",
                file: "modules/Claims.sol",
                from: "address payee = touched ? ",
                to: "address payee = !touched ? ",
            },
        ],
    },
    Group {
        contract: "ShareProof",
        helpers: WITH_VAULT,
        solver: Some("cvc5_smt2.py"),
        proofs: &[Proof {
            check: "check_shareIsRoundedDown",
            file: "modules/Claims.sol",
            from: "share := div(mul(net, calldataload(add(round, 0x20))), calldataload(add(round, 0x40)))",
            to: "share := add(div(mul(net, calldataload(add(round, 0x20))), calldataload(add(round, 0x40))), 1)",
        }],
    },
];

/// Scripts under contracts/proofs about what the proofs say the contracts compute.
const LEMMAS: &[(&str, &str)] = &[("Phase", "phase.py"), ("Shares", "shares.py")];

/// What Halmos says of one proof.
struct Outcome {
    code: i64,
    paths: u64,
    seconds: f64,
}

/// Proves everything, then shows that each proof can fail.
pub(crate) fn run(root: &Path, tools: &Toolchain, only: Option<&str>) -> Result<()> {
    let halmos = python::tool(root, "halmos")?;
    println!("{:<12}{:<34}{:>7}{:>9}  planted bug", "contract", "property", "paths", "seconds");
    let began = Instant::now();
    let mut failed = 0;
    for group in GROUPS.iter().filter(|group| only.is_none_or(|only| only == group.contract)) {
        let sound = execute(root, tools, &halmos, group, false)?;
        let planted = execute(root, tools, &halmos, group, true)?;
        for proof in group.proofs {
            let (good, bad) = (outcome(&sound, proof)?, outcome(&planted, proof)?);
            let proven = if good.code == PROVEN { "" } else { "  NOT PROVEN" };
            let found = if bad.code == COUNTEREXAMPLE { "found" } else { "NOT FOUND" };
            failed += u32::from(good.code != PROVEN) + u32::from(bad.code != COUNTEREXAMPLE);
            let Outcome { paths, seconds, .. } = good;
            println!(
                "{:<12}{:<34}{paths:>7}{seconds:>9.1}  {found} in {:.1} s{proven}",
                group.contract, proof.check, bad.seconds
            );
        }
    }
    for (_, script) in LEMMAS.iter().filter(|(group, _)| only.is_none_or(|only| only == *group)) {
        failed += u32::from(arithmetic(root, &halmos, script)?.is_err());
    }
    println!("{:.0} s in all", began.elapsed().as_secs_f64());
    if failed > 0 {
        bail!("PROOF_FAILED: {failed} of the results above are not what they must be; what Halmos said is in {OUT}");
    }
    Ok(())
}

/// Lemmas over the integers, for which no contract is run: Z3, which comes with Halmos.
fn arithmetic(root: &Path, halmos: &Path, script: &str) -> Result<Result<()>> {
    // Leaves no compiled files beside the sources.
    Ok(Task::new(python_of(halmos)?).arg("-B").arg(root.join("contracts/proofs").join(script)).run())
}

/// The Python that Halmos is installed in, with its solvers.
fn python_of(halmos: &Path) -> Result<PathBuf> {
    let directory = halmos.parent().ok_or_else(|| eyre!("PROOF_PYTHON: {} has no directory", halmos.display()))?;
    Ok(directory.join("python"))
}

fn outcome<'a>(outcomes: &'a BTreeMap<String, Outcome>, proof: &Proof) -> Result<&'a Outcome> {
    outcomes.get(proof.check).ok_or_else(|| eyre!("PROOF_MISSING: Halmos did not run {}", proof.check))
}

/// Runs a group's proofs in a project of its own, with or without its bugs.
fn execute(
    root: &Path,
    tools: &Toolchain,
    halmos: &Path,
    group: &Group,
    planted: bool,
) -> Result<BTreeMap<String, Outcome>> {
    let kind = if planted { "planted" } else { "sound" };
    let project = root.join(OUT).join(format!("{}-{kind}", group.contract));
    lay_out(root, &project, group)?;
    if planted {
        group.proofs.iter().try_for_each(|proof| plant(&project, proof))?;
    }
    let report = project.join("report.json");
    let _ = std::fs::remove_file(&report);
    let log = std::fs::File::create(project.join("halmos.log"))?;
    let mut task = Task::new(halmos)
        .dir(&project)
        .args(["--contract", group.contract, "--no-status", "--json-output"])
        .arg(&report)
        // Enough to tell which branches cannot be taken: one that is followed in vain costs more.
        .args(["--solver-timeout-branching", "100ms", "--solver-timeout-assertion", "300s"]);
    if planted {
        task = task.arg("--early-exit");
    } else if let Some(script) = group.solver {
        let solver = [python_of(halmos)?, root.join("tools/python").join(script)];
        task = task.arg("--solver-command").arg(solver.map(|path| path.to_string_lossy().into_owned()).join(" "));
    }
    // A counterexample is an exit code too: the report tells which.
    let ran = task.forge_on_path(tools)?.quiet(log)?.run();
    let text = std::fs::read(&report).wrap_err_with(|| {
        format!("PROOF_SILENT: no report; {} says why ({ran:?})", project.join("halmos.log").display())
    })?;
    let report: Value = serde_json::from_slice(&text)?;
    let results = report["test_results"].as_object().into_iter().flat_map(|tests| tests.values());
    let results = results.filter_map(Value::as_array).flatten();
    Ok(results.filter_map(read).collect())
}

fn read(result: &Value) -> Option<(String, Outcome)> {
    let name = result["name"].as_str()?.split('(').next()?;
    let outcome = Outcome {
        code: result["exitcode"].as_i64()?,
        paths: result["num_paths"].as_array().and_then(|paths| paths.first()?.as_u64()).unwrap_or_default(),
        seconds: result["time"].as_array().and_then(|times| times.first()?.as_f64()).unwrap_or_default(),
    };
    Some((name.to_owned(), outcome))
}

/// A project with the sources, one file of proofs, and forge's settings for what goes on chain.
fn lay_out(root: &Path, project: &Path, group: &Group) -> Result<()> {
    let contracts = project.join("contracts");
    if contracts.exists() {
        std::fs::remove_dir_all(&contracts)?;
    }
    copy(&root.join("contracts/src"), &contracts.join("src"), &|_| true)?;
    let needed = |name: &str| {
        let name = name.trim_end_matches(".sol");
        name == group.contract || group.helpers.contains(&name)
    };
    copy(&root.join("contracts/proofs"), &contracts.join("proofs"), &needed)?;
    copy(&root.join("contracts/test/base"), &contracts.join("test/base"), &|name| name == "Vm.sol")?;
    let text = std::fs::read_to_string(root.join("foundry.toml")).wrap_err("reading foundry.toml")?;
    let mut settings: toml::Table = text.parse().wrap_err("parsing foundry.toml")?;
    let profile = settings.get_mut("profile").and_then(|profile| profile.get_mut("default"));
    let profile =
        profile.and_then(toml::Value::as_table_mut).ok_or_else(|| eyre!("foundry.toml: no default profile"))?;
    profile.remove("additional_compiler_profiles");
    profile.remove("compilation_restrictions");
    let place = |path: &str| toml::Value::String(path.to_owned());
    profile.insert("src".to_owned(), place("contracts/proofs"));
    profile.insert("out".to_owned(), place("out"));
    profile.insert("cache_path".to_owned(), place("cache"));
    profile.insert("solc".to_owned(), place(&root.join("tools/solc").to_string_lossy()));
    std::fs::write(project.join("foundry.toml"), settings.to_string())?;
    let packages = project.join("node_modules");
    if !packages.exists() {
        std::os::unix::fs::symlink(root.join("node_modules"), packages)?;
    }
    Ok(())
}

fn copy(from: &Path, to: &Path, wanted: &dyn Fn(&str) -> bool) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from).wrap_err_with(|| format!("reading {}", from.display()))? {
        let path: PathBuf = entry?.path();
        let Some(name) = path.file_name() else { continue };
        if path.is_dir() {
            copy(&path, &to.join(name), wanted)?;
        } else if wanted(&name.to_string_lossy()) {
            std::fs::copy(&path, to.join(name))?;
        }
    }
    Ok(())
}

fn plant(project: &Path, proof: &Proof) -> Result<()> {
    let path = project.join("contracts/src").join(proof.file);
    let source = std::fs::read_to_string(&path)?;
    std::fs::write(&path, planted(&source, proof)?)?;
    Ok(())
}

fn planted(source: &str, proof: &Proof) -> Result<String> {
    if source.matches(proof.from).count() != 1 {
        bail!("PROOF_PATCH: the bug of {} does not fit {}; bring it up to date", proof.check, proof.file);
    }
    Ok(source.replace(proof.from, proof.to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bug_fits_the_sources() {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contracts/src");
        for proof in GROUPS.iter().flat_map(|group| group.proofs) {
            let source = std::fs::read_to_string(sources.join(proof.file)).expect("the file is there");
            planted(&source, proof).expect("the bug fits");
        }
    }
}
