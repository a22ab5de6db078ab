//! `lifeboat sign`: messages to a vault, signed off line into a file.
//!
//! The first signer makes the file, the others add to it (`sign add`) or sign copies that are merged (`sign merge`). `lifeboat send`
//! brings it to the vault.

use std::path::PathBuf;

use alloy::primitives::{Address, U256};
use clap::Subcommand;
use eyre::WrapErr;
use serde::Serialize;

use crate::{
    amount,
    asset::{Asset, parse_address, parse_asset},
    keys::KeyArgs,
    ledger::{self, BundleArgs},
    message::{Message, MessageFile, Order, PayOut, Release, WindDown},
    output::{Report, Terminal},
    time::{local_now, parse_moment},
};

/// Arguments of `lifeboat sign`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Signers: move reserve elsewhere.
    Release(ReleaseArgs),
    /// Signers: pay a ledger user what the ledger owes.
    Payout(PayoutArgs),
    /// Signers: announce the end of the service.
    WindDown(WindDownArgs),
    /// Account: spend segregated money.
    Order(OrderArgs),
    /// Add a signature to a file.
    Add(AddArgs),
    /// Join the signatures of several files that say the same.
    Merge(MergeArgs),
}

#[derive(Debug, clap::Args)]
struct PlaceArgs {
    /// EIP-155 id of the vault's chain.
    #[arg(long, value_name = "N")]
    chain_id: u64,
    /// The vault.
    #[arg(long, value_parser = parse_address)]
    vault: Address,
}

#[derive(Debug, clap::Args)]
struct ValidityArgs {
    /// Each message needs its own number, in any order; default: the seconds of this machine's clock. Neighbouring numbers cost less gas.
    #[arg(long, value_name = "N")]
    nonce: Option<U256>,
    /// Until when it may be sent: how long from now, or @ and Unix seconds.
    #[arg(long, default_value = "24h")]
    deadline: String,
}

#[derive(Debug, clap::Args)]
struct OutArgs {
    /// The file to write; never overwrites one.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    key: KeyArgs,
}

#[derive(Debug, clap::Args)]
struct ReleaseArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// ETH, or the token's address.
    #[arg(long, value_parser = parse_asset)]
    asset: Address,
    /// Recipient.
    #[arg(long, value_parser = parse_address)]
    to: Address,
    /// As in "1.5 ETH"; for tokens in base units, as in "20000000 base".
    #[arg(long)]
    amount: String,
    #[command(flatten)]
    validity: ValidityArgs,
    #[command(flatten)]
    out: OutArgs,
}

#[derive(Debug, clap::Args)]
struct PayoutArgs {
    #[command(flatten)]
    bundle: BundleArgs,
    /// Who is paid.
    #[arg(long, value_parser = parse_address)]
    account: Address,
    /// As in "1.5 ETH", "20 USDC" (the bundle's symbol), "20000000 base".
    #[arg(long)]
    amount: String,
    #[command(flatten)]
    validity: ValidityArgs,
    #[command(flatten)]
    out: OutArgs,
}

#[derive(Debug, clap::Args)]
struct WindDownArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// When the vault latches: how long from now, or @ and Unix seconds.
    #[arg(long)]
    at: String,
    #[command(flatten)]
    validity: ValidityArgs,
    #[command(flatten)]
    out: OutArgs,
}

#[derive(Debug, clap::Args)]
struct OrderArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// ETH, or the token's address.
    #[arg(long, value_parser = parse_asset)]
    asset: Address,
    /// Whose money; default: the key's address.
    #[arg(long, value_parser = parse_address)]
    account: Option<Address>,
    /// Recipient.
    #[arg(long, value_parser = parse_address)]
    payee: Address,
    /// As in "1.5 ETH"; for tokens in base units, as in "20000000 base".
    #[arg(long)]
    amount: String,
    #[command(flatten)]
    validity: ValidityArgs,
    #[command(flatten)]
    out: OutArgs,
}

#[derive(Debug, clap::Args)]
struct AddArgs {
    /// The file to sign; the signature is added to it.
    file: PathBuf,
    #[command(flatten)]
    key: KeyArgs,
}

#[derive(Debug, clap::Args)]
struct MergeArgs {
    /// Files with the same message.
    #[arg(required = true, num_args = 2..)]
    files: Vec<PathBuf>,
    /// The file to write; never overwrites one.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Runs `lifeboat sign`.
///
/// # Errors
/// Why nothing was signed.
pub fn run(args: Args, terminal: &Terminal) -> eyre::Result<()> {
    match args.command {
        Command::Release(args) => release(args, terminal),
        Command::Payout(args) => payout(args, terminal),
        Command::WindDown(args) => wind_down(args, terminal),
        Command::Order(args) => order(args, terminal),
        Command::Add(args) => add(args.file, &args.key, terminal),
        Command::Merge(args) => merge(&args, terminal),
    }
}

impl ValidityArgs {
    fn nonce(&self) -> U256 {
        self.nonce.unwrap_or_else(|| U256::from(local_now()))
    }

    fn deadline(&self) -> eyre::Result<u64> {
        parse_moment(&self.deadline, local_now()).wrap_err("reading --deadline")
    }
}

fn release(args: ReleaseArgs, terminal: &Terminal) -> eyre::Result<()> {
    let asset = Asset::offline(args.asset);
    let message = Message::Release(Release {
        asset: args.asset,
        to: args.to,
        amount: amount::parse(&args.amount, &asset).wrap_err("reading --amount")?,
        nonce: args.validity.nonce(),
        deadline: args.validity.deadline()?,
    });
    sign_new(MessageFile::new(args.place.chain_id, args.place.vault, message), &asset, &args.out, terminal)
}

fn payout(args: PayoutArgs, terminal: &Terminal) -> eyre::Result<()> {
    let bundle = args.bundle.open()?;
    let asset = ledger::asset_of(&bundle);
    let proven = ledger::find(&bundle, args.account)?;
    let message = Message::PayOut(PayOut {
        asset: asset.address,
        index: proven.index,
        leaf: proven.leaf.into(),
        amount: amount::parse_u128(&args.amount, &asset).wrap_err("reading --amount")?,
        proof: proven.proof,
        nonce: args.validity.nonce(),
        deadline: args.validity.deadline()?,
    });
    let manifest = bundle.manifest();
    sign_new(MessageFile::new(manifest.chain_id, manifest.vault, message), &asset, &args.out, terminal)
}

fn wind_down(args: WindDownArgs, terminal: &Terminal) -> eyre::Result<()> {
    let message = Message::WindDown(WindDown {
        latch_at: parse_moment(&args.at, local_now()).wrap_err("reading --at")?,
        nonce: args.validity.nonce(),
        deadline: args.validity.deadline()?,
    });
    sign_new(MessageFile::new(args.place.chain_id, args.place.vault, message), &Asset::eth(), &args.out, terminal)
}

fn order(args: OrderArgs, terminal: &Terminal) -> eyre::Result<()> {
    let asset = Asset::offline(args.asset);
    let account = match args.account {
        Some(account) => account,
        None => args.out.key.load()?.address(),
    };
    let message = Message::Order(Order {
        asset: args.asset,
        account,
        payee: args.payee,
        amount: amount::parse_u128(&args.amount, &asset).wrap_err("reading --amount")?,
        nonce: args.validity.nonce(),
        deadline: args.validity.deadline()?,
    });
    sign_new(MessageFile::new(args.place.chain_id, args.place.vault, message), &asset, &args.out, terminal)
}

fn add(path: PathBuf, key: &KeyArgs, terminal: &Terminal) -> eyre::Result<()> {
    let mut file = MessageFile::load(&path)?;
    let asset = Asset::offline(file.message.asset().unwrap_or_default());
    sign(&mut file, &asset, key, terminal)?;
    file.replace(&path)?;
    terminal.report(&SignReport::new(file, path))
}

fn merge(args: &MergeArgs, terminal: &Terminal) -> eyre::Result<()> {
    let mut files = args.files.iter().map(|path| MessageFile::load(path));
    let Some(first) = files.next() else { return Ok(()) };
    let mut merged = first?;
    for file in files {
        merged.merge(file?)?;
    }
    merged.write_new(&args.out)?;
    terminal.report(&SignReport::new(merged, args.out.clone()))
}

/// Signs a new message and writes its file.
fn sign_new(mut file: MessageFile, asset: &Asset, out: &OutArgs, terminal: &Terminal) -> eyre::Result<()> {
    sign(&mut file, asset, &out.key, terminal)?;
    file.write_new(&out.out)?;
    terminal.report(&SignReport::new(file, out.out.clone()))
}

/// Shows a message, asks, signs.
pub(super) fn sign(file: &mut MessageFile, asset: &Asset, key: &KeyArgs, terminal: &Terminal) -> eyre::Result<()> {
    let key = key.load()?;
    confirm(file, asset, &key.address().to_string(), terminal)?;
    file.sign(&key)
}

/// Shows a message and who would sign it, and asks.
pub(super) fn confirm(file: &MessageFile, asset: &Asset, signer: &str, terminal: &Terminal) -> eyre::Result<()> {
    terminal.confirm(&format!("{}\nsign this as {signer}", file.in_words(asset)))
}

/// A message file that was written.
#[derive(Debug, Serialize)]
pub(super) struct SignReport {
    out: PathBuf,
    signers: Vec<Address>,
    message: Message,
}

impl SignReport {
    pub(super) fn new(file: MessageFile, out: PathBuf) -> Self {
        Self { out, signers: file.signatures.iter().map(|signed| signed.signer).collect(), message: file.message }
    }
}

impl Report for SignReport {
    fn text(&self) -> String {
        let signers: Vec<_> = self.signers.iter().map(Address::to_string).collect();
        let signers = if signers.is_empty() { "nobody yet".to_owned() } else { signers.join(", ") };
        format!("wrote {}, signed by {signers}", self.out.display())
    }
}
