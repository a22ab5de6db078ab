//! `lifeboat keeper`: run a keeper, check its configuration, print one to start from.

use std::{fmt::Write as _, path::PathBuf};

use alloy::primitives::Address;
use eyre::WrapErr;
use lifeboat_keeper::{
    CancellationToken, KeeperError, Outcome,
    config::{COMMENTED_DEFAULT, Config},
    decide::Unpaid,
    keys::KeySource,
    telemetry,
};
use serde::Serialize;
use tokio::signal::unix::{SignalKind, signal};

use crate::output::{Report, Terminal};

/// What to do with a keeper.
#[derive(Debug, clap::Subcommand)]
pub enum KeeperCommand {
    /// Run until told to stop (SIGTERM or Ctrl-C), or until everything payable is paid if so configured.
    ///
    /// Logs go to standard error, as JSON with --json. Exit codes: 0 stopped or done, 1 failed, 2 configuration or key, 3 another keeper has
    /// the journal.
    Run(RunArgs),
    /// Check a configuration and its keys; nothing is sent, no endpoint is asked.
    Check(ConfigArgs),
    /// Print a configuration to start from, with a comment on every key.
    Config,
}

/// Which configuration.
#[derive(Debug, clap::Args)]
pub struct ConfigArgs {
    /// The configuration (see `lifeboat keeper config`).
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

/// Arguments of `lifeboat keeper run`.
#[derive(Debug, clap::Args)]
pub struct RunArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// End, with success, when everything payable is paid.
    #[arg(long)]
    until_done: bool,
}

/// Runs `lifeboat keeper`.
///
/// # Errors
/// [`KeeperError`], of which the exit code is made; trouble with endpoints is waited out.
pub async fn run(command: KeeperCommand, terminal: &Terminal) -> eyre::Result<()> {
    match command {
        KeeperCommand::Run(args) => keep(args, terminal).await,
        KeeperCommand::Check(args) => check(&args, terminal),
        KeeperCommand::Config => {
            print!("{COMMENTED_DEFAULT}");
            Ok(())
        }
    }
}

async fn keep(args: RunArgs, terminal: &Terminal) -> eyre::Result<()> {
    let mut config = args.config.read()?;
    if args.until_done {
        config.end_when_done().map_err(KeeperError::from)?;
    }
    telemetry::init(terminal.json);
    let ended = lifeboat_keeper::run(config, stop_on_signal()?).await?;
    terminal.report(&EndReport::from(ended))
}

impl ConfigArgs {
    fn read(&self) -> Result<Config, KeeperError> {
        Ok(Config::read(&self.config)?)
    }
}

/// A token that SIGTERM and Ctrl-C cancel.
fn stop_on_signal() -> eyre::Result<CancellationToken> {
    let stop = CancellationToken::new();
    let mut terminate = signal(SignalKind::terminate()).wrap_err("listening for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).wrap_err("listening for Ctrl-C")?;
    let told = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        told.cancel();
    });
    Ok(stop)
}

fn check(args: &ConfigArgs, terminal: &Terminal) -> eyre::Result<()> {
    let config = args.read()?;
    let address = |key: &KeySource| key.load().map(|key| key.address()).map_err(KeeperError::from);
    terminal.report(&CheckReport {
        vault: config.vault.address,
        chain_id: config.vault.chain_id,
        endpoints: config.rpc.urls.len(),
        quorum: config.rpc.quorum(),
        sender: address(&config.key)?,
        operator: config.operator.as_ref().map(|operator| address(&operator.key)).transpose()?,
        executor: config.executor.is_some(),
    })
}

/// What `keeper check` found.
#[derive(Debug, Serialize)]
struct CheckReport {
    vault: Address,
    chain_id: u64,
    endpoints: usize,
    /// How many of them have to say the same.
    quorum: usize,
    sender: Address,
    operator: Option<Address>,
    executor: bool,
}

impl Report for CheckReport {
    fn text(&self) -> String {
        let mut text = format!(
            "vault     {} on chain {}\nbelieves  {} of {} endpoints\nsends as  {}",
            self.vault, self.chain_id, self.quorum, self.endpoints, self.sender
        );
        if let Some(operator) = self.operator {
            let _ = write!(text, "\noperator  beats signed by {operator}");
        }
        if self.executor {
            text.push_str("\nexecutor  on");
        }
        text
    }
}

/// How `keeper run` ended.
#[derive(Debug, Serialize)]
struct EndReport {
    done: bool,
    unpaid: Vec<Unpaid>,
}

impl From<Outcome> for EndReport {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Done(unpaid) => Self { done: true, unpaid },
            Outcome::Stopped => Self { done: false, unpaid: Vec::new() },
        }
    }
}

impl Report for EndReport {
    fn text(&self) -> String {
        if !self.done {
            return "stopped; what is in flight is in the journal, for the next start".to_owned();
        }
        let mut text = format!("everything payable is paid; {} leaves stay claimable", self.unpaid.len());
        for leaf in &self.unpaid {
            let Unpaid { asset, round, index, account, amount, refusals } = leaf;
            let _ = write!(
                text,
                "\n  {account}: {amount} base units of {asset} (round {round}, index {index}), refused {refusals} times"
            );
        }
        text
    }
}
