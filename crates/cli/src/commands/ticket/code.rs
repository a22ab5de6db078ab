//! `lifeboat ticket code`: makes and reads claim codes.

use std::path::PathBuf;

use alloy::{primitives::Address, signers::local::PrivateKeySigner};
use clap::Subcommand;
use serde::Serialize;

use crate::{
    claim_code::ClaimCode,
    failure::Failure,
    output::{Report, Terminal},
};

/// Arguments of `lifeboat ticket code`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a code. It is shown once: whoever knows it can claim.
    New,
    /// Show the account of a code, which goes into the ledger.
    Address(CodeArgs),
}

/// Where a claim code is: never on the command line, where every user of the machine can read it.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct CodeArgs {
    /// File that holds the claim code.
    #[arg(long, value_name = "FILE", conflicts_with = "code_env")]
    code_file: Option<PathBuf>,
    /// Environment variable that holds the claim code.
    #[arg(long, value_name = "NAME")]
    code_env: Option<String>,
}

impl CodeArgs {
    /// Whether a place was named.
    pub(super) fn is_named(&self) -> bool {
        self.code_file.is_some() || self.code_env.is_some()
    }

    /// The code's key; asks for the code if no place was named.
    pub(super) fn key(&self) -> eyre::Result<PrivateKeySigner> {
        let unreadable = |what: String| Failure::new("CLAIM_CODE_UNREADABLE", what, "check --code-file or --code-env");
        let text = match (&self.code_file, &self.code_env) {
            (Some(path), _) => std::fs::read_to_string(path)
                .map_err(|error| unreadable(format!("cannot read {}: {error}", path.display())))?,
            (None, Some(name)) => {
                std::env::var(name).map_err(|_| unreadable(format!("the environment variable {name} is not set")))?
            }
            (None, None) => rpassword::prompt_password("Claim code: ")
                .map_err(|error| unreadable(format!("the code cannot be asked for: {error}")))?,
        };
        Ok(ClaimCode::parse(&text)?.key())
    }
}

/// Runs `lifeboat ticket code`.
pub(super) fn run(args: Args, terminal: &Terminal) -> eyre::Result<()> {
    match args.command {
        Command::New => {
            let code = ClaimCode::random();
            terminal.report(&CodeReport { account: code.key().address(), code: Some(code.to_string()) })
        }
        Command::Address(place) => terminal.report(&CodeReport { account: place.key()?.address(), code: None }),
    }
}

#[derive(Serialize)]
struct CodeReport {
    account: Address,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
}

impl Report for CodeReport {
    fn text(&self) -> String {
        match &self.code {
            Some(code) => format!(
                "claim code {code}\naccount    {}\nGive the code to its owner and keep no copy; put the account into the ledger.",
                self.account
            ),
            None => format!("account {}", self.account),
        }
    }
}
