//! The commands, one module each: `Args` and `run`.

pub mod deploy;
pub mod status;
pub mod verify;

use clap::Subcommand;

use crate::output::Terminal;

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Deploy a vault from its terms; its address commits to them.
    Deploy(deploy::Args),
    /// Check that an address is a vault of this code and its terms.
    Verify(verify::Args),
    /// Phase, timers, books, coverage and rounds of a vault.
    Status(status::Args),
}

impl Command {
    /// Runs the command.
    ///
    /// # Errors
    /// Why it refused or failed.
    pub async fn run(self, terminal: &Terminal) -> eyre::Result<()> {
        match self {
            Self::Deploy(args) => deploy::run(args, terminal).await,
            Self::Verify(args) => verify::run(args, terminal).await,
            Self::Status(args) => status::run(args, terminal).await,
        }
    }
}
