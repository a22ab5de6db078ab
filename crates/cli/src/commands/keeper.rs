//! `lifeboat keeper`: the daemon that watches service and chain and takes the money home when the service has stopped.

use std::path::PathBuf;

use eyre::Result;
use lifeboat_keeper::{
    Outcome,
    config::{COMMENTED_DEFAULT, Config},
    telemetry,
};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::output::Terminal;

/// What to do with a keeper.
#[derive(Debug, clap::Subcommand)]
pub enum KeeperCommand {
    /// Run until told to stop (Ctrl-C or SIGTERM). What is in flight stays in the journal, for the next start.
    Run(RunArgs),
    /// Print a configuration to start from, with a comment on every key.
    Config,
}

/// Arguments of `lifeboat keeper run`.
#[derive(Debug, clap::Args)]
pub struct RunArgs {
    /// The configuration (see `lifeboat keeper config`).
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// End, with success, when everything payable is paid.
    #[arg(long)]
    until_done: bool,
}

/// Runs `lifeboat keeper`.
///
/// # Errors
/// Those of the configuration, the keys and the journal; trouble with endpoints is waited out.
pub async fn run(command: KeeperCommand, terminal: &Terminal) -> Result<()> {
    match command {
        KeeperCommand::Config => {
            print!("{COMMENTED_DEFAULT}");
            Ok(())
        }
        KeeperCommand::Run(args) => {
            telemetry::init(terminal.json);
            watch(args).await
        }
    }
}

async fn watch(args: RunArgs) -> Result<()> {
    let mut config = Config::read(&args.config)?;
    if let Some(executor) = &mut config.executor {
        executor.until_done |= args.until_done;
    }
    let shutdown = CancellationToken::new();
    let mut terminate = signal(SignalKind::terminate())?;
    let told = shutdown.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        told.cancel();
    });
    // Either way of ending is a success: what could not be paid is in the log, and stays claimable.
    match lifeboat_keeper::run(config, shutdown).await? {
        Outcome::Done(_) | Outcome::Stopped => Ok(()),
    }
}
