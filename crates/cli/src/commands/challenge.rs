//! `lifeboat challenge`: a root without its leaves is worth nothing. Anyone may ask for one word of a ledger that is not final yet.

use alloy::primitives::{Address, U256};
use clap::Subcommand;
use eyre::WrapErr;
use lifeboat_bindings::vault::Vault::{VaultInstance, answerChallengeCall, challengeWordCall, voidCommitmentCall};
use lifeboat_ledger::PackedWord;
use serde::Serialize;

use crate::{
    amount::Amount,
    asset::Asset,
    chain::Chain,
    failure::Failure,
    ledger::{self, BundleArgs},
    output::{Report, Terminal},
    place::{AssetPlaceArgs, PlaceArgs},
    send::{self, Call},
    time::format_time,
};

/// Arguments of `lifeboat challenge`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Demand to see 256 leaves of a posted ledger. The bond comes back if they are not shown in time, and goes to who shows them.
    Open(WordArgs),
    /// Show the leaves that were demanded, and earn the bond.
    Answer(AnswerArgs),
    /// Find that they were not shown in time: the ledger never counts.
    Void(WordArgs),
}

#[derive(Debug, clap::Args)]
struct WordArgs {
    #[command(flatten)]
    at: AssetPlaceArgs,
    /// Which commitment.
    #[arg(long, value_name = "N")]
    epoch: u32,
    /// Which 256 neighbouring leaves: the index of one of them, divided by 256.
    #[arg(long, value_name = "N")]
    word: u32,
}

#[derive(Debug, clap::Args)]
struct AnswerArgs {
    #[command(flatten)]
    place: PlaceArgs,
    #[command(flatten)]
    bundle: BundleArgs,
    /// Which commitment; default: the asset's newest.
    #[arg(long, value_name = "N")]
    epoch: Option<u32>,
    /// Which word was demanded.
    #[arg(long, value_name = "N")]
    word: u32,
}

/// Runs `lifeboat challenge`.
///
/// # Errors
/// `ATTEST_DIFFERENT`, `CHALLENGE_WORD`, what the vault refuses, and those of sending.
pub async fn run(args: Args, terminal: &Terminal) -> eyre::Result<()> {
    match args.command {
        Command::Open(args) => open(&args, terminal).await,
        Command::Answer(args) => answer(&args, terminal).await,
        Command::Void(args) => void(&args, terminal).await,
    }
}

async fn open(args: &WordArgs, terminal: &Terminal) -> eyre::Result<()> {
    let WordArgs { at: AssetPlaceArgs { place, asset }, epoch, word } = args;
    let chain = place.connect().await?;
    let contract = VaultInstance::new(place.vault, &chain.provider);
    let bond = U256::from(contract.parameters().call().await.wrap_err("reading the terms")?.terms.challengeBond);
    let mut plan = format!("demand to see word {word} of the ledger of epoch {epoch}");
    if !bond.is_zero() {
        let bond = Amount { base: bond, asset: &Asset::eth() }.to_string();
        plan.push_str(&format!("\na bond of {bond} goes along: to who shows it in time, else back to you"));
    }
    let call = challengeWordCall { asset: *asset, epoch: *epoch, word: *word };
    finish(place, &chain, (*asset, *epoch, *word), &plan, &Call::new(place.vault, &call).with_value(bond), terminal)
        .await
}

async fn answer(args: &AnswerArgs, terminal: &Terminal) -> eyre::Result<()> {
    let AnswerArgs { place, bundle, epoch, word } = args;
    let chain = place.connect().await?;
    let bundle = bundle.open()?;
    ledger::require_vault(&bundle, &chain, place.vault)?;
    let manifest = bundle.manifest();
    let asset = manifest.asset;
    let epoch = ledger::require_posted(&chain, &bundle, *epoch).await?;
    if *word >= manifest.word_count() {
        return Failure::report(
            "CHALLENGE_WORD",
            format!("the ledger has words 0 to {}, not {word}", manifest.word_count() - 1),
            "look up the word in the challenge's event: nobody can be asked for leaves that are none",
        );
    }
    let PackedWord { leaves, paid } = bundle.packed_word(*word).wrap_err_with(|| format!("reading word {word}"))?;
    let siblings = bundle.word_siblings(*word).wrap_err_with(|| format!("proving word {word}"))?;
    let plan = format!("show word {word} of the ledger of epoch {epoch}");
    let (leaves, paid, siblings) = (leaves.into(), paid.into(), siblings.into());
    let call = Call::new(place.vault, &answerChallengeCall { asset, epoch, word: *word, leaves, paid, siblings });
    finish(place, &chain, (asset, epoch, *word), &plan, &call, terminal).await
}

async fn void(args: &WordArgs, terminal: &Terminal) -> eyre::Result<()> {
    let WordArgs { at: AssetPlaceArgs { place, asset }, epoch, word } = args;
    let chain = place.connect().await?;
    let plan = format!("find that word {word} was not shown in time: the ledger of epoch {epoch} never counts");
    let call = Call::new(place.vault, &voidCommitmentCall { asset: *asset, epoch: *epoch, word: *word });
    finish(place, &chain, (*asset, *epoch, *word), &plan, &call, terminal).await
}

/// Sends, then tells how the challenge stands.
async fn finish(
    place: &PlaceArgs,
    chain: &Chain,
    (asset, epoch, word): (Address, u32, u32),
    plan: &str,
    call: &Call,
    terminal: &Terminal,
) -> eyre::Result<()> {
    let sender = chain.sender(&place.key.load()?).await?;
    let sent = send::send(terminal, &sender, plan, call).await?;
    let contract = VaultInstance::new(place.vault, &chain.provider);
    let challenge = contract.challengeOf(asset, epoch, word).call().await.wrap_err("reading the challenge back")?;
    // Eight epochs later the commitment is kept no more.
    let posted = contract.commitment(asset, epoch).call().await.ok();
    terminal.report(&ChallengeReport {
        epoch,
        word,
        open: !challenge.closed,
        due: challenge.due.to(),
        is_void: posted.is_some_and(|posted| posted.isVoid),
        sent,
    })
}

#[derive(Debug, Serialize)]
struct ChallengeReport {
    epoch: u32,
    word: u32,
    open: bool,
    /// Last second to answer, Unix seconds.
    due: u64,
    /// The ledger never counts.
    is_void: bool,
    sent: send::Sent,
}

impl Report for ChallengeReport {
    fn text(&self) -> String {
        let Self { epoch, word, .. } = self;
        let state = match (self.open, self.is_void) {
            (true, _) => format!("must be shown by {}", format_time(self.due)),
            (false, true) => format!("was not shown in time: the ledger of epoch {epoch} never counts"),
            (false, false) => "is settled".to_owned(),
        };
        format!("{}\nword {word} of epoch {epoch} {state}", self.sent.text())
    }
}
