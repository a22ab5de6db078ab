//! `lifeboat sign`: messages to a vault, signed off line into a file.
//!
//! The first signer makes the file, the others add to it (`sign add`) or sign copies that are merged (`sign merge`). `lifeboat send`
//! brings it to the vault. What has to wait first (a release above the warm cap, a rotation) is then executed with `lifeboat execute`.

mod gate;
mod safeguards;

use std::path::PathBuf;

use alloy::primitives::{Address, B256, Bytes, U256};
use clap::Subcommand;
use eyre::WrapErr;
use lifeboat_bindings::{
    signers::Signer,
    vault::{Safeguards::SafeguardsInstance, Vault::VaultInstance},
};
use serde::Serialize;

use crate::{
    amount,
    asset::{Asset, parse_address, parse_asset},
    chain::{Chain, OptionalChainArgs},
    failure::Failure,
    keys::KeyArgs,
    message::{Message, MessageFile, Order, Signed},
    output::{Report, Terminal},
    terms::parse_signer,
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
    /// Operator alone, or signers: move reserve elsewhere, within the hot or the warm cap.
    Release(gate::ReleaseArgs),
    /// Operator alone, or signers: pay a ledger user what the ledger owes.
    Payout(gate::PayoutArgs),
    /// Signers: void a nonce of releases and payouts.
    CancelRelease(gate::CancelArgs),
    /// Signers: queue a release above the warm cap, which waits and can be vetoed.
    ColdRelease(gate::ColdArgs),
    /// Signers: take what is left when everybody's share of the return is set aside.
    Equity(gate::EquityArgs),
    /// Signers: name other signers in place of all present ones.
    Rotation(safeguards::RotationArgs),
    /// Signers: announce the end of the service.
    WindDown(safeguards::WindDownArgs),
    /// Guardians: stop releases and payouts for a while. Exits go on.
    Freeze(safeguards::FreezeArgs),
    /// Guardians: stop a queued release for good.
    Veto(gate::ColdArgs),
    /// Operator: say in public what is the matter.
    Announcement(safeguards::AnnouncementArgs),
    /// Operator: announce a window in which silence does not count.
    Maintenance(safeguards::MaintenanceArgs),
    /// Operator and watchers: declare that neither silence nor old ledgers count for a while.
    ForceMajeure(safeguards::ForceMajeureArgs),
    /// Watchers: start suspicion, which the operator's next heartbeat ends.
    Alarm(safeguards::AlarmArgs),
    /// Account: spend segregated money.
    Order(OrderArgs),
    /// Add a signature to a file.
    Add(AddArgs),
    /// Add a signature that was made elsewhere: by a contract (ERC-1271), a passkey or an HSM (ERC-7913).
    Attach(AttachArgs),
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
    #[command(flatten)]
    deadline: DeadlineArgs,
}

#[derive(Debug, clap::Args)]
struct DeadlineArgs {
    /// Until when it may be sent: how long from now, or @ and Unix seconds.
    #[arg(long, default_value = "24h")]
    deadline: String,
}

/// Numbers that the chain counts: told, or read from it.
#[derive(Debug, clap::Args)]
struct CountedArgs {
    /// Its number: for releases and payouts any unused one within 64 of the highest used (any at all if the operator signs alone), for
    /// the others the next. Default: the next one, read with --rpc-url, or the seconds of this machine's clock where any will do. Messages
    /// that are signed side by side each need their own.
    #[arg(long, value_name = "N")]
    nonce: Option<U256>,
    #[command(flatten)]
    chain: OptionalChainArgs,
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
struct AttachArgs {
    /// The file; the signature is added to it.
    file: PathBuf,
    /// Who signed: an address, erc1271:0x... or erc7913:0x... (the verifier's address, then the key).
    #[arg(long, value_parser = parse_signer)]
    signer: Signer,
    /// The signature, over the digest that `sign add` shows, as the signer's contract wants it.
    #[arg(long, value_name = "HEX")]
    signature: Bytes,
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
pub async fn run(args: Args, terminal: &Terminal) -> eyre::Result<()> {
    match args.command {
        Command::Release(args) => gate::release(args, terminal).await,
        Command::Payout(args) => gate::payout(args, terminal).await,
        Command::CancelRelease(args) => gate::cancel(args, terminal),
        Command::ColdRelease(args) => gate::cold(args, terminal),
        Command::Equity(args) => gate::equity(args, terminal),
        Command::Rotation(args) => safeguards::rotation(args, terminal).await,
        Command::WindDown(args) => safeguards::wind_down(args, terminal),
        Command::Freeze(args) => safeguards::freeze(args, terminal),
        Command::Veto(args) => gate::veto(args, terminal),
        Command::Announcement(args) => safeguards::announcement(args, terminal).await,
        Command::Maintenance(args) => safeguards::maintenance(args, terminal),
        Command::ForceMajeure(args) => safeguards::force_majeure(args, terminal),
        Command::Alarm(args) => safeguards::alarm(args, terminal),
        Command::Order(args) => order(args, terminal),
        Command::Add(args) => add(args.file, &args.key, terminal),
        Command::Attach(args) => attach(args, terminal),
        Command::Merge(args) => merge(&args, terminal),
    }
}

impl ValidityArgs {
    fn nonce(&self) -> U256 {
        self.nonce.unwrap_or_else(|| U256::from(local_now()))
    }

    fn deadline(&self) -> eyre::Result<u64> {
        self.deadline.read()
    }
}

impl DeadlineArgs {
    fn read(&self) -> eyre::Result<u64> {
        read_deadline(&self.deadline)
    }
}

fn read_deadline(deadline: &str) -> eyre::Result<u64> {
    parse_moment(deadline, local_now()).wrap_err("reading --deadline")
}

impl CountedArgs {
    /// The gate's number for a release or a payout. Whoever signs alone as the operator has numbers of his own, in any order.
    async fn gate_nonce(self, vault: Address, asset: Address, key: &KeyArgs) -> eyre::Result<U256> {
        if let Some(nonce) = self.nonce {
            return Ok(nonce);
        }
        let chain = self.connect(vault).await?;
        let contract = VaultInstance::new(vault, &chain.provider);
        let operator = contract.parameters().call().await.wrap_err("reading the terms")?.terms.operator;
        if key.load()?.address() == operator {
            // The time, and the next one that is free if several are signed within a second.
            let mut nonce = U256::from(local_now());
            while contract.nonceUsed(operator, nonce).call().await.wrap_err("reading the operator's numbers")? {
                nonce += U256::ONE;
            }
            return Ok(nonce);
        }
        let gate = contract.gate(asset).call().await.wrap_err("reading the gate")?;
        Ok(U256::from(gate.highest) + U256::ONE)
    }

    /// The next number of announcements.
    async fn announcement(self, vault: Address) -> eyre::Result<U256> {
        match self.nonce {
            Some(nonce) => Ok(nonce),
            None => Ok(self.safeguards(vault).await?.announcements().call().await.wrap_err("reading their number")?),
        }
    }

    /// The next number of rotations.
    async fn rotation(self, vault: Address) -> eyre::Result<U256> {
        match self.nonce {
            Some(nonce) => Ok(nonce),
            None => Ok(self.safeguards(vault).await?.rotations().call().await.wrap_err("reading their number")?),
        }
    }

    async fn safeguards(self, vault: Address) -> eyre::Result<SafeguardsInstance<alloy::providers::DynProvider>> {
        let chain = self.connect(vault).await?;
        Ok(SafeguardsInstance::new(lifeboat_bindings::safeguards_of(vault), chain.provider))
    }

    async fn connect(self, vault: Address) -> eyre::Result<Chain> {
        let Some(chain) = self.chain.connect().await? else {
            return Failure::report(
                "SIGN_NONCE",
                "the next number is not known off line",
                "give it with --nonce (`lifeboat status` shows the next ones), or add --rpc-url",
            );
        };
        chain.require_code(vault).await?;
        Ok(chain)
    }
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
    sign_message(&args.place, message, &asset, &args.out, terminal)
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

fn attach(args: AttachArgs, terminal: &Terminal) -> eyre::Result<()> {
    let mut file = MessageFile::load(&args.file)?;
    file.add_made(Signed { signer: args.signer, signature: args.signature })?;
    file.replace(&args.file)?;
    terminal.report(&SignReport::new(file, args.file))
}

/// Signs a new message about a vault.
fn sign_message(
    place: &PlaceArgs,
    message: Message,
    asset: &Asset,
    out: &OutArgs,
    terminal: &Terminal,
) -> eyre::Result<()> {
    sign_new(MessageFile::new(place.chain_id, place.vault, message), asset, out, terminal)
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
    terminal.confirm(&format!("{}\ndigest {}\nsign this as {signer}", file.in_words(asset), file.digest()))
}

/// A message file that was written.
#[derive(Debug, Serialize)]
pub(super) struct SignReport {
    out: PathBuf,
    signers: Vec<String>,
    /// What is signed (EIP-712).
    digest: B256,
    message: Message,
}

impl SignReport {
    pub(super) fn new(file: MessageFile, out: PathBuf) -> Self {
        let signers = file.signatures.iter().map(|signed| signed.signer.to_string()).collect();
        Self { out, signers, digest: file.digest(), message: file.message }
    }
}

impl Report for SignReport {
    fn text(&self) -> String {
        let signers = if self.signers.is_empty() { "nobody yet".to_owned() } else { self.signers.join(", ") };
        format!("wrote {}, signed by {signers}", self.out.display())
    }
}
