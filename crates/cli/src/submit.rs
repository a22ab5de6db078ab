//! Brings a signed message file to its vault.

use std::path::PathBuf;

use alloy::primitives::Address;
use eyre::WrapErr;
use lifeboat_bindings::vault::Round;

use crate::{
    anchors,
    asset::Asset,
    chain::{Chain, HistoryArgs, Sender},
    failure::Failure,
    history,
    message::{Claim, Message, MessageFile, Roles},
    output::Terminal,
    send::{self, Call, Sent},
    terms,
};

/// Where the members of the quorums are read from.
#[derive(Clone, Debug, clap::Args)]
pub struct RolesArgs {
    /// The vault's terms, if its first event cannot be read from the node.
    #[arg(long, value_name = "FILE")]
    pub terms: Option<PathBuf>,
    /// Where the vault's history begins.
    #[command(flatten)]
    pub history: HistoryArgs,
}

/// Shows the message, asks, sends it.
///
/// # Errors
/// `MESSAGE_OTHER_CHAIN`; what the vault refuses, before gas is spent; those of sending.
pub async fn submit(
    terminal: &Terminal,
    chain: &Chain,
    sender: &Sender,
    file: &MessageFile,
    roles: &RolesArgs,
) -> eyre::Result<Sent> {
    let call = call(chain, file, roles).await?;
    let asset = asset_of(chain, file).await;
    send::send(terminal, sender, &file.in_words(&asset), &call).await
}

/// The asset that a message is about, as its token names itself.
pub async fn asset_of(chain: &Chain, file: &MessageFile) -> Asset {
    Asset::load(&chain.provider, file.message.asset().unwrap_or_default()).await
}

/// The call that a message becomes.
///
/// # Errors
/// As [`submit`].
pub async fn call(chain: &Chain, file: &MessageFile, roles: &RolesArgs) -> eyre::Result<Call> {
    require_chain(chain, file)?;
    chain.require_code(file.vault).await?;
    if let Message::Claim(claim) = &file.message {
        let round = open_round(chain, file, claim, roles.history).await?;
        return claim_call(chain, file, claim, round.as_ref()).await;
    }
    if !file.needs_roles() {
        return Ok(file.call_by_account(None)?);
    }
    Ok(file.call_by_roles(&roles.read(chain, file.vault).await?)?)
}

impl RolesArgs {
    /// The members of a vault's quorums.
    ///
    /// # Errors
    /// Those of the terms file, or of [`history::creation`].
    pub async fn read(&self, chain: &Chain, vault: Address) -> eyre::Result<Roles> {
        let terms = match &self.terms {
            Some(path) => terms::load(path)?.terms,
            None => {
                let creation = history::creation(chain, vault, self.history.from_block).await;
                creation.wrap_err("reading the vault's terms")?.terms
            }
        };
        let roles = Roles::from(&terms);
        match history::rotated_signers(chain, vault, &terms, self.history.from_block).await? {
            Some((signers, set)) => Ok(roles.with_signers(signers, set.threshold, set.coldThreshold)),
            None => Ok(roles),
        }
    }
}

/// Refuses a message for another chain.
///
/// # Errors
/// `MESSAGE_OTHER_CHAIN`.
pub fn require_chain(chain: &Chain, file: &MessageFile) -> Result<(), Failure> {
    if file.chain_id == chain.id {
        return Ok(());
    }
    Err(Failure::new(
        "MESSAGE_OTHER_CHAIN",
        format!("the message is for chain {}, the node is of chain {}", file.chain_id, chain.id),
        "give the RPC URL of a node of the message's chain",
    ))
}

/// The call of a signed claim. Its proof ends at the round's lowest anchor: the signature does not cover the proof, and whoever signs
/// without a chain cannot know of anchors.
///
/// # Errors
/// Those of [`MessageFile::call_by_account`]; if the node does not answer.
pub async fn claim_call(chain: &Chain, file: &MessageFile, claim: &Claim, round: Option<&Round>) -> eyre::Result<Call> {
    let proof = anchors::shorten(chain, file.vault, claim.asset, claim.round, (claim.index, &claim.proof)).await?;
    let mut shortened = file.clone();
    shortened.message = Message::Claim(Claim { proof, ..claim.clone() });
    Ok(shortened.call_by_account(round)?)
}

/// The ratio of the round that a claim names; `None` if the round is not open.
///
/// # Errors
/// As [`history::rounds`].
pub async fn open_round(
    chain: &Chain,
    file: &MessageFile,
    claim: &Claim,
    history: HistoryArgs,
) -> eyre::Result<Option<Round>> {
    let rounds = history::rounds(chain, file.vault, claim.asset, history.from_block).await?;
    Ok(rounds.into_iter().find(|round| round.id == claim.round))
}
