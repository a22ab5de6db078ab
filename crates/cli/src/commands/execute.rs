//! `lifeboat execute`: what was sent earlier with `lifeboat send` and had to wait: a release above the warm cap, or a rotation.

use std::path::PathBuf;

use alloy::primitives::U256;
use lifeboat_bindings::{
    safeguards_of,
    vault::{Safeguards::activateRotationCall, Vault::executeReleaseCall},
};

use super::send::SendReport;
use crate::{
    chain::ChainArgs,
    failure::Failure,
    keys::KeyArgs,
    message::{Message, MessageFile},
    output::Terminal,
    send::{self, Call},
    submit,
};

/// Arguments of `lifeboat execute`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The file that was sent to announce it: a cold release or a rotation. Its signatures are not needed again.
    file: PathBuf,
    #[command(flatten)]
    chain: ChainArgs,
    #[command(flatten)]
    key: KeyArgs,
}

/// Runs `lifeboat execute`.
///
/// # Errors
/// `EXECUTE_KIND`; what the vault refuses; those of sending.
pub async fn run(args: Args, terminal: &Terminal) -> eyre::Result<()> {
    let file = MessageFile::load(&args.file)?;
    let chain = args.chain.connect().await?;
    submit::require_chain(&chain, &file)?;
    chain.require_code(file.vault).await?;
    let (call, what) = match &file.message {
        Message::ColdRelease(m) => {
            let (asset, to, amount, salt, deadline) = (m.asset, m.to, m.amount, m.salt, U256::from(m.deadline));
            let call = executeReleaseCall { asset, to, amount, salt, deadline };
            (Call::new(file.vault, &call), "execute this release now")
        }
        Message::Rotation(_) => {
            (Call::new(safeguards_of(file.vault), &activateRotationCall {}), "put these signers into force now")
        }
        _ => {
            return Failure::report(
                "EXECUTE_KIND",
                "only releases above the warm cap and rotations wait before they are executed",
                "send this message with `lifeboat send`: it takes effect at once",
            );
        }
    };
    let sender = chain.sender(&args.key.load()?).await?;
    let asset = submit::asset_of(&chain, &file).await;
    let sent = send::send(terminal, &sender, &format!("{}\n{what}", file.in_words(&asset)), &call).await?;
    terminal.report(&SendReport { sent })
}
