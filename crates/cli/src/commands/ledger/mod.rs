//! `lifeboat ledger`: ledger files in; bundles and proofs out. Works off line, but for reading what was paid.

mod build;
mod lint;
mod paid;
mod proof;
mod verify;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};
use lifeboat_ledger::list::{AccountList, Checked, Findings, Format, parse, read};
use serde::Serialize;

use crate::{
    failure::Failure,
    language::next_in_chinese,
    output::{Report, Terminal},
};

/// Arguments of `lifeboat ledger`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check a ledger file row by row.
    Lint(lint::Args),
    /// Write down what the vault has paid out so far, for the next snapshot.
    Paid(paid::Args),
    /// Build the bundle of a ledger file: tree, words, lookup, manifest.
    Build(build::Args),
    /// Check a whole bundle.
    Verify(verify::Args),
    /// Prove what one account is owed.
    Proof(proof::Args),
}

/// Runs `lifeboat ledger`.
///
/// # Errors
/// Why it refused or failed.
pub async fn run(args: Args, terminal: &Terminal) -> eyre::Result<()> {
    match args.command {
        Command::Lint(args) => lint::run(&args, terminal),
        Command::Paid(args) => paid::run(args, terminal).await,
        Command::Build(args) => build::run(&args, terminal),
        Command::Verify(args) => verify::run(&args, terminal),
        Command::Proof(args) => proof::run(&args, terminal),
    }
}

/// What was found in a file.
#[derive(Debug, Serialize)]
struct FileReport {
    file: PathBuf,
    accounts: usize,
    total_base_units: String,
    errors: u64,
    warnings: u64,
    #[serde(flatten)]
    findings: Findings,
    /// What to do about each rule that was broken, in Chinese.
    next_zh: BTreeMap<&'static str, &'static str>,
}

impl FileReport {
    fn new(file: &Path, list: &AccountList, findings: Findings) -> Self {
        Self {
            file: file.into(),
            accounts: list.entries().len(),
            total_base_units: list.total().to_string(),
            errors: findings.errors(),
            warnings: findings.warnings(),
            next_zh: findings
                .counts()
                .keys()
                .filter_map(|rule| Some((rule.id(), next_in_chinese(rule.id())?)))
                .collect(),
            findings,
        }
    }

    /// Shows everything that was found; a failure if there were errors.
    fn show(&self, terminal: &Terminal) -> eyre::Result<()> {
        terminal.report(self)?;
        if self.errors == 0 {
            return Ok(());
        }
        Failure::report(
            "LEDGER_FINDINGS",
            format!("{} errors in {}", self.errors, self.file.display()),
            "mend the rows named above and run the command again; nothing was written",
        )
    }
}

impl Report for FileReport {
    fn text(&self) -> String {
        let Self { accounts, total_base_units, errors, warnings, .. } = self;
        let file = self.file.display();
        let head = format!(
            "{file}: {accounts} accounts, {total_base_units} base units in total; {errors} errors, {warnings} warnings"
        );
        format!("{head}\n{}", self.findings).trim_end().to_owned()
    }
}

/// Reads and checks a file.
fn checked(file: &Path, format: &Format, terminal: &Terminal) -> eyre::Result<Checked> {
    let working = working(terminal, format!("checking {}", file.display()));
    let checked = parse(&read(file)?, format);
    working.finish_and_clear();
    Ok(checked)
}

/// A bar over parts; hidden from programs, and where stderr is no terminal.
fn bar(terminal: &Terminal, parts: u64, what: &'static str) -> ProgressBar {
    if terminal.json {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{msg} [{bar:32}] {pos}/{len} {eta}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(parts).with_style(style).with_message(what)
}

/// A sign of life for work without countable parts.
fn working(terminal: &Terminal, what: String) -> ProgressBar {
    if terminal.json {
        return ProgressBar::hidden();
    }
    let spinner = ProgressBar::new_spinner().with_message(what);
    spinner.enable_steady_tick(std::time::Duration::from_millis(100));
    spinner
}
