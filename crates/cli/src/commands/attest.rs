//! `lifeboat attest`: watchers state that a posted commitment's data is available and right, after checking all of it.

use std::path::PathBuf;

use alloy::primitives::Address;
use clap::Subcommand;
use eyre::WrapErr;
use lifeboat_ledger::bundle::Bundle;

use crate::{
    asset::parse_address,
    chain::{Chain, ChainArgs},
    commands::{
        send,
        sign::{self, SignReport},
    },
    keys::{KeyArgs, KeyPlace},
    ledger::{self, BundleArgs},
    message::{Attestation, Message, MessageFile},
    output::Terminal,
    submit::{self, RolesArgs},
};

/// Arguments of `lifeboat attest`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check the bundle whole and against the chain, and sign. Others add theirs with `lifeboat sign add`.
    Sign(SignArgs),
    /// Bring the attestation to the vault.
    Post(send::Args),
    /// All at once, where all keys are at hand.
    Now(NowArgs),
}

#[derive(Debug, clap::Args)]
struct ContentArgs {
    /// The vault.
    #[arg(value_parser = parse_address)]
    vault: Address,
    #[command(flatten)]
    bundle: BundleArgs,
    /// Which commitment; default: the asset's newest.
    #[arg(long, value_name = "N")]
    epoch: Option<u32>,
    #[command(flatten)]
    chain: ChainArgs,
}

#[derive(Debug, clap::Args)]
struct SignArgs {
    #[command(flatten)]
    content: ContentArgs,
    /// The file to write; never overwrites one.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    key: KeyArgs,
}

#[derive(Debug, clap::Args)]
struct NowArgs {
    #[command(flatten)]
    content: ContentArgs,
    /// A watcher's key: env:NAME, file:PATH or keystore:PATH; once for each.
    #[arg(long = "watcher-key", value_name = "PLACE", required = true)]
    watcher_keys: Vec<KeyPlace>,
    #[command(flatten)]
    roles: RolesArgs,
    #[command(flatten)]
    key: KeyArgs,
}

/// Runs `lifeboat attest`.
///
/// # Errors
/// Why nothing was signed or sent.
pub async fn run(args: Args, terminal: &Terminal) -> eyre::Result<()> {
    match args.command {
        Command::Sign(args) => {
            let (_, bundle, mut file) = message(&args.content).await?;
            sign::sign(&mut file, &ledger::asset_of(&bundle), &args.key, terminal)?;
            file.write_new(&args.out)?;
            terminal.report(&SignReport::new(file, args.out))
        }
        Command::Post(args) => send::run(args, terminal).await,
        Command::Now(args) => {
            let (chain, _, mut file) = message(&args.content).await?;
            for place in &args.watcher_keys {
                file.sign(&place.load()?)?;
            }
            let sender = chain.sender(&args.key.load()?).await?;
            let sent = submit::submit(terminal, &chain, &sender, &file, &args.roles).await?;
            terminal.report(&send::SendReport { sent })
        }
    }
}

/// The attestation of a bundle that was checked whole, and is what was posted.
async fn message(content: &ContentArgs) -> eyre::Result<(Chain, Bundle, MessageFile)> {
    let bundle = content.bundle.open()?;
    bundle.verify().wrap_err("checking the bundle")?;
    let chain = content.chain.connect().await?;
    ledger::require_vault(&bundle, &chain, content.vault)?;
    chain.require_code(content.vault).await?;
    let manifest = bundle.manifest();
    let epoch = ledger::require_posted(&chain, &bundle, content.epoch).await?;
    let message = Attestation { asset: manifest.asset, epoch, root: manifest.root, data_hash: manifest.data_hash() };
    let file = MessageFile::new(chain.id, content.vault, Message::Attestation(message));
    Ok((chain, bundle, file))
}
