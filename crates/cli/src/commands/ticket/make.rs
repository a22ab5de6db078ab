//! `lifeboat ticket make`: signs a claim without any chain.

use std::path::PathBuf;

use alloy::{primitives::Address, signers::local::PrivateKeySigner};
use eyre::WrapErr;
use serde::Serialize;

use super::code::CodeArgs;
use crate::{
    amount,
    asset::parse_address,
    keys::KeyArgs,
    ledger::{self, BundleArgs},
    message::{Claim, Message, MessageFile, ticket_text},
    output::{self, Report, Terminal},
    qr,
    time::{local_now, parse_moment},
};

/// Arguments of `lifeboat ticket make`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    bundle: BundleArgs,
    /// Whose leaf; default: the key's account. Another one only for a contract account whose owner signs (ERC-1271).
    #[arg(long, value_parser = parse_address)]
    account: Option<Address>,
    /// Which round; each round needs its own ticket.
    #[arg(long, default_value_t = 0, value_name = "N")]
    round: u32,
    /// Where the money goes.
    #[arg(long, value_parser = parse_address)]
    to: Address,
    /// What whoever submits it may keep, as in "0.001 ETH"; default: nothing.
    #[arg(long)]
    fee: Option<String>,
    /// Until when it may be submitted: how long from now, or @ and Unix seconds.
    #[arg(long, default_value = "90d")]
    deadline: String,
    /// The file to write; never overwrites one.
    #[arg(long, value_name = "FILE", required_unless_present = "qr")]
    out: Option<PathBuf>,
    /// Draw the ticket as a QR code: into an SVG file, or on a terminal with a dark background (-).
    #[arg(long, value_name = "FILE.svg")]
    qr: Option<PathBuf>,
    #[command(flatten)]
    key: KeyArgs,
    #[command(flatten)]
    code: CodeArgs,
    /// Ask for the claim code.
    #[arg(long = "code", conflicts_with_all = ["code_file", "code_env"])]
    ask_code: bool,
}

/// Runs `lifeboat ticket make`.
pub(super) fn run(args: Args, terminal: &Terminal) -> eyre::Result<()> {
    let key = load_key(&args)?;
    let bundle = args.bundle.open()?;
    let asset = ledger::asset_of(&bundle);
    let account = args.account.unwrap_or(key.address());
    let proven = ledger::find(&bundle, account)?;
    let fee = args.fee.as_deref().map(|fee| amount::parse_u128(fee, &asset)).transpose().wrap_err("reading --fee")?;
    let claim = Claim {
        asset: asset.address,
        round: args.round,
        index: proven.index,
        leaf: proven.leaf.into(),
        proof: proven.proof,
        to: args.to,
        fee: fee.unwrap_or_default(),
        deadline: parse_moment(&args.deadline, local_now()).wrap_err("reading --deadline")?,
    };
    let manifest = bundle.manifest();
    let mut file = MessageFile::new(manifest.chain_id, manifest.vault, Message::Claim(claim));
    terminal.confirm(&format!("{}\nsign this as {}", file.in_words(&asset), key.address()))?;
    file.sign(&key)?;
    let ticket = ticket_text::write(&file)?;
    if let Some(path) = &args.out {
        file.write_new(path)?;
    }
    let drawing = match args.qr {
        Some(path) if path.as_os_str() == "-" => Some(Drawing::Here(qr::blocks(&ticket)?)),
        Some(path) => {
            output::write_new(&path, &qr::svg(&ticket)?)?;
            Some(Drawing::In(path))
        }
        None => None,
    };
    let signers = file.signatures.iter().map(|signed| signed.signer.to_string()).collect();
    terminal.report(&MakeReport { out: args.out, ticket, drawing, signers, message: file.message })
}

/// Where the QR code is.
#[derive(Debug)]
enum Drawing {
    Here(String),
    In(PathBuf),
}

/// A ticket that was signed.
#[derive(Debug, Serialize)]
struct MakeReport {
    #[serde(skip_serializing_if = "Option::is_none")]
    out: Option<PathBuf>,
    /// What the QR code says: `ticket check` and `submit` take it as it is.
    ticket: String,
    #[serde(skip)]
    drawing: Option<Drawing>,
    signers: Vec<String>,
    message: Message,
}

impl Report for MakeReport {
    fn text(&self) -> String {
        let mut lines = Vec::new();
        lines.extend(self.out.as_ref().map(|path| format!("wrote {}", path.display())));
        match &self.drawing {
            Some(Drawing::In(path)) => lines.push(format!("wrote {}", path.display())),
            Some(Drawing::Here(code)) => lines.extend([code.clone(), self.ticket.clone()]),
            None => {}
        }
        lines.push(format!(
            "signed by {}; whoever has it can submit it, and nobody can redirect it",
            self.signers.join(", ")
        ));
        lines.join("\n")
    }
}

fn load_key(args: &Args) -> eyre::Result<PrivateKeySigner> {
    if args.ask_code || args.code.is_named() { args.code.key() } else { args.key.load() }
}
