//! `lifeboat send`: brings any signed message to its vault. Anyone may; the signatures decide.

use std::path::PathBuf;

use serde::Serialize;

use crate::{
    chain::ChainArgs,
    keys::KeyArgs,
    message::MessageFile,
    output::{Report, Terminal},
    send::Sent,
    submit::{self, RolesArgs},
};

/// Arguments of `lifeboat send`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The signed message.
    file: PathBuf,
    #[command(flatten)]
    chain: ChainArgs,
    #[command(flatten)]
    roles: RolesArgs,
    #[command(flatten)]
    key: KeyArgs,
}

/// Runs `lifeboat send`.
///
/// # Errors
/// Those of [`submit::submit`].
pub async fn run(args: Args, terminal: &Terminal) -> eyre::Result<()> {
    let file = MessageFile::load(&args.file)?;
    let chain = args.chain.connect().await?;
    submit::require_chain(&chain, &file)?;
    let sender = chain.sender(&args.key.load()?).await?;
    let sent = submit::submit(terminal, &chain, &sender, &file, &args.roles).await?;
    terminal.report(&SendReport { sent })
}

/// A message that the vault has executed.
#[derive(Debug, Serialize)]
pub(super) struct SendReport {
    pub(super) sent: Sent,
}

impl Report for SendReport {
    fn text(&self) -> String {
        self.sent.text()
    }
}
