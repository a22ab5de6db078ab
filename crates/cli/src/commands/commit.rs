//! `lifeboat commit`: from a bundle to a commitment on chain. Operator and auditors sign off line, each after checking the whole bundle.

use std::path::PathBuf;

use alloy::primitives::Address;
use clap::Subcommand;
use eyre::WrapErr;
use lifeboat_bindings::vault::Vault::VaultInstance;
use lifeboat_ledger::bundle::Bundle;
use serde::Serialize;

use crate::{
    chain::{Chain, ChainArgs, OptionalChainArgs},
    commands::{
        send,
        sign::{self, SignReport},
    },
    failure::Failure,
    keys::{KeyArgs, KeyPlace},
    ledger::{self, BundleArgs},
    message::{Commitment, Message, MessageFile, Roles},
    output::{Report, Terminal},
    submit::{self, RolesArgs},
    terms,
};

/// Arguments of `lifeboat commit`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make the message of a bundle, for operator and auditors to sign.
    Prepare(PrepareArgs),
    /// Check the bundle whole, and sign its message.
    Sign(SignArgs),
    /// Bring the signed message to the vault.
    Post(send::Args),
    /// All at once, where all keys are at hand.
    Now(NowArgs),
}

#[derive(Debug, clap::Args)]
struct PrepareArgs {
    #[command(flatten)]
    content: ContentArgs,
    /// The file to write; never overwrites one.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    chain: OptionalChainArgs,
}

#[derive(Debug, clap::Args)]
struct ContentArgs {
    #[command(flatten)]
    bundle: BundleArgs,
    /// Where users find the bundle.
    #[arg(long)]
    uri: String,
    /// One above the asset's newest epoch; default: asked from the chain.
    #[arg(long, value_name = "N")]
    epoch: Option<u32>,
}

#[derive(Debug, clap::Args)]
struct SignArgs {
    /// The message; the signature is added to it.
    file: PathBuf,
    #[command(flatten)]
    bundle: BundleArgs,
    /// To check that the key is the operator's or an auditor's; without it, --terms serves.
    #[command(flatten)]
    chain: OptionalChainArgs,
    #[command(flatten)]
    roles: RolesArgs,
    #[command(flatten)]
    key: KeyArgs,
}

#[derive(Debug, clap::Args)]
struct NowArgs {
    #[command(flatten)]
    content: ContentArgs,
    /// The operator's key: env:NAME, file:PATH or keystore:PATH.
    #[arg(long, value_name = "PLACE")]
    operator_key: KeyPlace,
    /// An auditor's key, likewise; once for each.
    #[arg(long = "auditor-key", value_name = "PLACE", required = true)]
    auditor_keys: Vec<KeyPlace>,
    #[command(flatten)]
    chain: ChainArgs,
    #[command(flatten)]
    roles: RolesArgs,
    #[command(flatten)]
    key: KeyArgs,
}

/// Runs `lifeboat commit`.
///
/// # Errors
/// Why nothing was signed or sent.
pub async fn run(args: Args, terminal: &Terminal) -> eyre::Result<()> {
    match args.command {
        Command::Prepare(args) => prepare(args, terminal).await,
        Command::Sign(args) => sign(args, terminal).await,
        Command::Post(args) => send::run(args, terminal).await,
        Command::Now(args) => now(args, terminal).await,
    }
}

async fn prepare(args: PrepareArgs, terminal: &Terminal) -> eyre::Result<()> {
    let bundle = args.content.bundle.open()?;
    let chain = args.chain.connect().await?;
    let file = message(&bundle, &args.content, chain.as_ref()).await?;
    terminal.note(&file.in_words(&ledger::asset_of(&bundle)));
    file.write_new(&args.out)?;
    terminal.report(&SignReport::new(file, args.out))
}

async fn sign(args: SignArgs, terminal: &Terminal) -> eyre::Result<()> {
    let mut file = MessageFile::load(&args.file)?;
    let bundle = args.bundle.open()?;
    require_same(&file, &bundle)?;
    bundle.verify().wrap_err("checking the bundle")?;
    let key = args.key.load()?;
    let roles = roles_of(key.address(), &file, args.chain, &args.roles).await?;
    let signer = match &roles {
        Some(roles) => format!("{}, {}", key.address(), roles.join(" and ")),
        None => format!("{}; nobody checked whose key this is: add --rpc-url or --terms", key.address()),
    };
    sign::confirm(&file, &ledger::asset_of(&bundle), &signer, terminal)?;
    file.sign(&key)?;
    file.replace(&args.file)?;
    terminal.report(&CommitSignReport { signed: SignReport::new(file, args.file), roles })
}

/// The roles by which a key signs; `None`: neither chain nor terms were named.
async fn roles_of(
    signer: Address,
    file: &MessageFile,
    chain: OptionalChainArgs,
    args: &RolesArgs,
) -> eyre::Result<Option<Vec<&'static str>>> {
    let roles = match (&args.terms, chain.connect().await?) {
        (Some(path), _) => Roles::from(&terms::load(path)?.terms),
        (None, Some(chain)) => {
            submit::require_chain(&chain, file)?;
            args.read(&chain, file.vault).await?
        }
        (None, None) => return Ok(None),
    };
    let own = roles.for_commitments(signer);
    if own.is_empty() {
        return Failure::report(
            "COMMIT_NOT_A_ROLE",
            format!("{signer} is neither the operator ({}) nor an auditor of vault {}", roles.operator, file.vault),
            "sign with a key that the terms name; nothing was signed",
        );
    }
    Ok(Some(own))
}

/// A commitment that got another signature.
#[derive(Debug, Serialize)]
struct CommitSignReport {
    #[serde(flatten)]
    signed: SignReport,
    /// Roles of the key that signed now; absent: not checked.
    roles: Option<Vec<&'static str>>,
}

impl Report for CommitSignReport {
    fn text(&self) -> String {
        let roles = self.roles.as_ref().map_or_else(
            || "whose key it is was not checked (--rpc-url or --terms)".to_owned(),
            |roles| format!("your key is {}", roles.join(" and ")),
        );
        format!("{}; {roles}", self.signed.text())
    }
}

async fn now(args: NowArgs, terminal: &Terminal) -> eyre::Result<()> {
    let bundle = args.content.bundle.open()?;
    bundle.verify().wrap_err("checking the bundle")?;
    let chain = args.chain.connect().await?;
    let mut file = message(&bundle, &args.content, Some(&chain)).await?;
    for place in args.auditor_keys.iter().chain([&args.operator_key]) {
        file.sign(&place.load()?)?;
    }
    let sender = chain.sender(&args.key.load()?).await?;
    let sent = submit::submit(terminal, &chain, &sender, &file, &args.roles).await?;
    terminal.report(&send::SendReport { sent })
}

/// The message of a bundle.
async fn message(bundle: &Bundle, content: &ContentArgs, chain: Option<&Chain>) -> eyre::Result<MessageFile> {
    let manifest = bundle.manifest();
    let epoch = match (content.epoch, chain) {
        (Some(epoch), _) => epoch,
        (None, Some(chain)) => next_epoch(chain, bundle).await?,
        (None, None) => {
            return Failure::report(
                "COMMIT_EPOCH",
                "the epoch is not known",
                "add --epoch N, or --rpc-url to ask the chain",
            );
        }
    };
    Ok(MessageFile::new(
        manifest.chain_id,
        manifest.vault,
        Message::Commitment(commitment(bundle, epoch, &content.uri)?),
    ))
}

async fn next_epoch(chain: &Chain, bundle: &Bundle) -> eyre::Result<u32> {
    let manifest = bundle.manifest();
    ledger::require_vault(bundle, chain, manifest.vault)?;
    chain.require_code(manifest.vault).await?;
    let book = VaultInstance::new(manifest.vault, &chain.provider).book(manifest.asset).call().await;
    Ok(book.wrap_err("reading the newest epoch")?.epoch + 1)
}

/// What a bundle says, as a commitment.
///
/// # Errors
/// Those of the ledger library.
pub fn commitment(bundle: &Bundle, epoch: u32, uri: &str) -> eyre::Result<Commitment> {
    let manifest = bundle.manifest();
    let [left, right] = bundle.halves().wrap_err("reading the root's halves")?;
    Ok(Commitment {
        asset: manifest.asset,
        epoch,
        left: left.into(),
        right: right.into(),
        count: manifest.count,
        deposit_cursor: manifest.deposit_cursor,
        snapshot_at: manifest.snapshot_at,
        data_hash: manifest.data_hash(),
        uri: uri.to_owned(),
    })
}

/// Refuses to sign a message that does not say what the bundle says.
fn require_same(file: &MessageFile, bundle: &Bundle) -> eyre::Result<()> {
    let different = |what: &str| {
        Failure::report("COMMIT_DIFFERENT", what, "do not sign: ask for the bundle that belongs to the message")
    };
    let Message::Commitment(stated) = &file.message else { return different("the file is no commitment") };
    let manifest = bundle.manifest();
    if (file.chain_id, file.vault) != (manifest.chain_id, manifest.vault) {
        return different("the message is for another vault or chain than the bundle");
    }
    if *stated != commitment(bundle, stated.epoch, &stated.uri)? {
        return different("the message states another root, count, cursor, time or data hash than the bundle");
    }
    Ok(())
}
