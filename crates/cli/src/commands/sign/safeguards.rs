//! Messages that announce, slow down or exchange.

use std::path::PathBuf;

use alloy::primitives::{B256, keccak256};
use clap::builder::PossibleValuesParser;
use eyre::WrapErr;
use lifeboat_bindings::signers::Signer;

use super::{CountedArgs, DeadlineArgs, OutArgs, PlaceArgs, sign_message};
use crate::{
    asset::Asset,
    failure::Failure,
    message::{Alarm, Announcement, ForceMajeure, Freeze, Maintenance, Message, REASONS, Rotation, WindDown},
    output::Terminal,
    terms::parse_signer,
    time::{local_now, parse_moment},
};

/// A document that the message commits to.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(super) struct EvidenceArgs {
    /// The document: its keccak256 becomes part of the message.
    #[arg(long, value_name = "FILE")]
    evidence: Option<PathBuf>,
    /// The document's keccak256.
    #[arg(long, value_name = "BYTES32")]
    evidence_hash: Option<B256>,
}

impl EvidenceArgs {
    fn hash(&self) -> eyre::Result<B256> {
        match (&self.evidence, self.evidence_hash) {
            (Some(path), _) => hash_of(path),
            (None, hash) => Ok(hash.unwrap_or_default()),
        }
    }
}

fn hash_of(path: &PathBuf) -> eyre::Result<B256> {
    let bytes = std::fs::read(path).map_err(|error| {
        Failure::new("EVIDENCE_UNREADABLE", format!("cannot read {}: {error}", path.display()), "check the path")
    })?;
    Ok(keccak256(bytes))
}

#[derive(Debug, clap::Args)]
pub(super) struct WindDownArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// When the vault latches: how long from now, or @ and Unix seconds.
    #[arg(long)]
    at: String,
    #[command(flatten)]
    deadline: DeadlineArgs,
    #[command(flatten)]
    out: OutArgs,
}

#[derive(Debug, clap::Args)]
pub(super) struct RotationArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// A new signer (repeat it): an address, erc1271:0x... or erc7913:0x...; all others cease to be signers.
    #[arg(long = "signer", value_parser = parse_signer, required = true)]
    signers: Vec<Signer>,
    /// How many of them must sign.
    #[arg(long)]
    threshold: u8,
    /// How many must sign what is above the warm cap.
    #[arg(long)]
    cold_threshold: u8,
    #[command(flatten)]
    number: CountedArgs,
    #[command(flatten)]
    deadline: DeadlineArgs,
    #[command(flatten)]
    out: OutArgs,
}

#[derive(Debug, clap::Args)]
pub(super) struct FreezeArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// When it ends: how long from now, or @ and Unix seconds.
    #[arg(long)]
    until: String,
    #[command(flatten)]
    evidence: EvidenceArgs,
    #[command(flatten)]
    out: OutArgs,
}

#[derive(Debug, clap::Args)]
pub(super) struct AnnouncementArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// What kind of trouble.
    #[arg(long, value_parser = PossibleValuesParser::new(REASONS))]
    reason: String,
    /// The announcement's text: its keccak256 becomes part of the message.
    #[arg(long, value_name = "FILE")]
    text: PathBuf,
    /// Where the text is published.
    #[arg(long, default_value = "")]
    uri: String,
    /// When the service expects to work again: how long from now, or @ and Unix seconds; default: it does not say.
    #[arg(long)]
    expected_until: Option<String>,
    #[command(flatten)]
    number: CountedArgs,
    #[command(flatten)]
    out: OutArgs,
}

#[derive(Debug, clap::Args)]
pub(super) struct MaintenanceArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// When it begins: how long from now (24h at least when it is sent), or @ and Unix seconds.
    #[arg(long)]
    from: String,
    /// When it ends: how long from now, or @ and Unix seconds. 12 hours at most.
    #[arg(long)]
    until: String,
    #[command(flatten)]
    out: OutArgs,
}

#[derive(Debug, clap::Args)]
pub(super) struct ForceMajeureArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// When it ends: how long from now, or @ and Unix seconds. 14 days at most; once in 365 days.
    #[arg(long)]
    until: String,
    #[command(flatten)]
    evidence: EvidenceArgs,
    #[command(flatten)]
    out: OutArgs,
}

#[derive(Debug, clap::Args)]
pub(super) struct AlarmArgs {
    #[command(flatten)]
    place: PlaceArgs,
    #[command(flatten)]
    evidence: EvidenceArgs,
    #[command(flatten)]
    deadline: DeadlineArgs,
    #[command(flatten)]
    out: OutArgs,
}

pub(super) fn wind_down(args: WindDownArgs, terminal: &Terminal) -> eyre::Result<()> {
    let message = Message::WindDown(WindDown { latch_at: moment("--at", &args.at)?, deadline: args.deadline.read()? });
    sign_message(&args.place, message, &Asset::eth(), &args.out, terminal)
}

pub(super) async fn rotation(args: RotationArgs, terminal: &Terminal) -> eyre::Result<()> {
    let message = Message::Rotation(Rotation {
        signers: args.signers,
        threshold: args.threshold,
        cold_threshold: args.cold_threshold,
        sequence: args.number.rotation(args.place.vault).await?.saturating_to(),
        deadline: args.deadline.read()?,
    });
    sign_message(&args.place, message, &Asset::eth(), &args.out, terminal)
}

pub(super) fn freeze(args: FreezeArgs, terminal: &Terminal) -> eyre::Result<()> {
    let (until, evidence_hash) = (moment("--until", &args.until)?, args.evidence.hash()?);
    sign_message(&args.place, Message::Freeze(Freeze { until, evidence_hash }), &Asset::eth(), &args.out, terminal)
}

pub(super) async fn announcement(args: AnnouncementArgs, terminal: &Terminal) -> eyre::Result<()> {
    let reason = REASONS.iter().position(|reason| *reason == args.reason).unwrap_or_default();
    let expected = args.expected_until.map(|text| moment("--expected-until", &text)).transpose()?;
    let message = Message::Announcement(Announcement {
        sequence: args.number.announcement(args.place.vault).await?.saturating_to(),
        reason: reason as u8,
        text_hash: hash_of(&args.text)?,
        uri: args.uri,
        expected_until: expected.unwrap_or_default(),
    });
    sign_message(&args.place, message, &Asset::eth(), &args.out, terminal)
}

pub(super) fn maintenance(args: MaintenanceArgs, terminal: &Terminal) -> eyre::Result<()> {
    let (from, until) = (moment("--from", &args.from)?, moment("--until", &args.until)?);
    sign_message(&args.place, Message::Maintenance(Maintenance { from, until }), &Asset::eth(), &args.out, terminal)
}

pub(super) fn force_majeure(args: ForceMajeureArgs, terminal: &Terminal) -> eyre::Result<()> {
    let (until, evidence_hash) = (moment("--until", &args.until)?, args.evidence.hash()?);
    let message = Message::ForceMajeure(ForceMajeure { until, evidence_hash });
    sign_message(&args.place, message, &Asset::eth(), &args.out, terminal)
}

pub(super) fn alarm(args: AlarmArgs, terminal: &Terminal) -> eyre::Result<()> {
    let (evidence_hash, deadline) = (args.evidence.hash()?, args.deadline.read()?);
    let message = Message::Alarm(Alarm { evidence_hash, deadline });
    sign_message(&args.place, message, &Asset::eth(), &args.out, terminal)
}

fn moment(flag: &str, text: &str) -> eyre::Result<u64> {
    parse_moment(text, local_now()).wrap_err_with(|| format!("reading {flag}"))
}
