//! The `lifeboat` command as a library: each command is a module with arguments and a `run`, so that drills and tests use the same
//! code as the terminal.
#![forbid(unsafe_code)]

pub mod amount;
pub mod anchors;
pub mod asset;
pub mod base32;
pub mod beside;
pub mod chain;
pub mod claim_code;
pub mod commands;
pub mod entitlement;
pub mod failure;
pub mod history;
pub mod keys;
pub mod language;
pub mod ledger;
pub mod message;
pub mod output;
pub mod pay_in;
pub mod phase;
pub mod place;
pub mod qr;
pub mod send;
pub mod submit;
pub mod terms;
pub mod time;

use std::{ffi::OsString, process::ExitCode};

use clap::Parser;
use lifeboat_keeper::KeeperError;

use crate::{
    commands::Command,
    failure::{FAILED, Failure},
    language::{Language, next_in_chinese},
    output::Terminal,
};

/// An immutable vault and the tools around it: when a service stops, its users get their money back without asking anyone.
#[derive(Debug, Parser)]
#[command(name = "lifeboat", version, propagate_version = true)]
struct Cli {
    /// Print one JSON document instead of text (errors too, on stderr).
    #[arg(long, global = true)]
    json: bool,
    /// Language of errors; default: LIFEBOAT_LANG, else the system's (LANG). JSON carries both.
    #[arg(long, global = true, value_name = "LANGUAGE")]
    lang: Option<Language>,
    /// Send without asking. What is sent is shown either way.
    #[arg(long, global = true)]
    yes: bool,
    #[command(subcommand)]
    command: Command,
}

/// Runs one command line. 0: done; 1: refused or failed, with the reason on stderr; 2: the command line, or a keeper's
/// configuration or key, makes no sense; 3: another keeper has the journal. `sim` has codes of its own.
#[must_use]
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let variable = |name: &str| std::env::var(name).ok();
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => {
            let language = Language::choose(Language::in_arguments(&arguments), variable);
            return usage(&error, arguments.iter().any(|argument| argument == "--json"), language);
        }
    };
    let terminal = Terminal { json: cli.json, yes: cli.yes };
    let done = tokio::runtime::Runtime::new()
        .map_err(eyre::Report::from)
        .and_then(|runtime| runtime.block_on(cli.command.run(&terminal)));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(report) => {
            failure::print(&report, cli.json, Language::choose(cli.lang, variable));
            ExitCode::from(code(&report))
        }
    }
}

/// The exit code of a command that ended with an error: its own, if it has one.
fn code(report: &eyre::Report) -> u8 {
    if let Some(ended) = report.downcast_ref::<commands::sim::Ended>() {
        return ended.exit_code();
    }
    report.downcast_ref().map_or(FAILED, KeeperError::exit_code)
}

/// Help and version are no failures; anything else that clap refuses is.
fn usage(error: &clap::Error, json: bool, language: Language) -> ExitCode {
    const ID: &str = "CLI_USAGE";
    let text = error.render().to_string();
    if !error.use_stderr() {
        print!("{text}");
    } else if json {
        let what = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
        failure::print(
            &Failure::new(ID, what, "see `lifeboat help` and `lifeboat help <command>`").into(),
            true,
            language,
        );
    } else {
        eprint!("{}", text.replacen("error:", &format!("error {ID}:"), 1));
        if let (Language::Zh, Some(next)) = (language, next_in_chinese(ID)) {
            eprintln!("\n下一步: {next}");
        }
    }
    u8::try_from(error.exit_code()).map_or(ExitCode::from(FAILED), ExitCode::from)
}
