//! `cargo xtask slither`: every finding has been looked at. What stays is in `contracts/slither.toml`, each with its reason; a finding that is
//! not there fails, and so does a row that nothing matches any more.

use std::path::Path;

use eyre::{Context, Result, bail, eyre};
use serde_json::Value;

use crate::{
    python,
    tools::{Task, Toolchain},
};

const TABLE: &str = "contracts/slither.toml";
const OUT: &str = "target/slither";

/// A row of the table.
struct Accepted {
    detector: String,
    /// `Contract.member` of the finding's first element; none: wherever it is found.
    at: Option<String>,
    used: bool,
}

/// Runs Slither on the production contracts and compares what it finds with the table.
pub(crate) fn run(root: &Path, tools: &Toolchain) -> Result<()> {
    let slither = python::tool(root, "slither")?;
    let mut accepted = table(root)?;
    // An output directory of its own: Slither wants the syntax trees, and no tests. A new one: it reads those of earlier builds too, and
    // compares them with the sources as they are now.
    for left in ["out", "cache"] {
        let _ = std::fs::remove_dir_all(root.join(OUT).join(left));
    }
    tools
        .forge(root)
        .args(["build", "--quiet", "--build-info", "--skip", "contracts/test/**", "script"])
        .args(["--out", "target/slither/out", "--cache-path", "target/slither/cache"])
        .run()?;
    let report = root.join(OUT).join("report.json");
    let _ = std::fs::remove_file(&report);
    let log = std::fs::File::create(root.join(OUT).join("slither.log"))?;
    Task::new(slither)
        .dir(root)
        .args([".", "--ignore-compile", "--foundry-out-directory", "target/slither/out", "--no-fail-pedantic"])
        .args(["--filter-paths", "node_modules|contracts/test/"])
        .arg("--json")
        .arg(&report)
        .forge_on_path(tools)?
        .quiet(log)?
        .run()
        .wrap_err_with(|| format!("what Slither said is in {OUT}/slither.log"))?;

    let report: Value = serde_json::from_slice(&std::fs::read(&report).wrap_err("SLITHER_SILENT: no report")?)?;
    let findings =
        report["results"]["detectors"].as_array().ok_or_else(|| eyre!("SLITHER_REPORT: no detectors in it"))?;
    let mut unknown = 0;
    for finding in findings {
        let detector = finding["check"].as_str().unwrap_or_default();
        let place = place(finding);
        let mut known = false;
        for row in accepted.iter_mut().filter(|row| row.detector == detector) {
            if row.at.as_ref().is_none_or(|at| *at == place) {
                (row.used, known) = (true, true);
            }
        }
        if !known {
            unknown += 1;
            eprintln!("{detector} at {place}: {}", finding["description"].as_str().unwrap_or_default().trim());
        }
    }
    let stale: Vec<_> = accepted.iter().filter(|row| !row.used).collect();
    for row in &stale {
        eprintln!("{TABLE}: nothing matches `{}` at {}", row.detector, row.at.as_deref().unwrap_or("all places"));
    }
    if unknown > 0 || !stale.is_empty() {
        bail!(
            "SLITHER_FINDINGS: {unknown} findings are not in {TABLE}, {} of its rows match nothing; mend the code, or the table",
            stale.len()
        );
    }
    eprintln!("{} findings, each of them accepted in {TABLE} with its reason", findings.len());
    Ok(())
}

/// `Contract.member`, or `Contract`, of what a finding is about.
fn place(finding: &Value) -> String {
    let element = &finding["elements"][0];
    let name = element["name"].as_str().unwrap_or_default();
    // A statement's parent is its function, whose parent is its contract.
    let parent = &element["type_specific_fields"]["parent"];
    match element["type"].as_str() {
        Some("node") => {
            let contract = &parent["type_specific_fields"]["parent"]["name"];
            join(contract, parent["name"].as_str().unwrap_or_default())
        }
        _ => join(&parent["name"], name),
    }
}

fn join(contract: &Value, member: &str) -> String {
    match contract.as_str() {
        Some(contract) if !contract.ends_with(".sol") => format!("{contract}.{member}"),
        _ => member.to_owned(),
    }
}

fn table(root: &Path) -> Result<Vec<Accepted>> {
    let text = std::fs::read_to_string(root.join(TABLE)).wrap_err_with(|| format!("reading {TABLE}"))?;
    let table: toml::Table = text.parse().wrap_err_with(|| format!("parsing {TABLE}"))?;
    let rows = table.get("accepted").and_then(toml::Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let text = |row: &toml::Value, key| row.get(key).and_then(toml::Value::as_str).map(str::to_owned);
    rows.iter()
        .map(|row| {
            let detector = text(row, "detector").ok_or_else(|| eyre!("{TABLE}: a row without a detector"))?;
            if text(row, "reason").is_none_or(|reason| reason.is_empty()) {
                bail!("{TABLE}: `{detector}` is accepted without a reason");
            }
            Ok(Accepted { detector, at: text(row, "at"), used: false })
        })
        .collect()
}
