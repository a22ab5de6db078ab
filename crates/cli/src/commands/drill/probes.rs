//! What must be refused is tried for real: reviving a latched vault (rule 6), using a signature twice or elsewhere (rule 8).

use alloy::{
    primitives::{Address, B256, U256},
    providers::{DynProvider, Provider},
    rpc::types::{BlockNumberOrTag, TransactionRequest},
    signers::SignerSync,
};
use eyre::{OptionExt, Result};
use lifeboat_bindings::{
    typed,
    vault::{Round, Vault::beatCall},
};

use super::{
    check::Violation,
    claims::Ticket,
    stage::{DEADLINE, Stage},
};
use crate::{
    commands::deploy::deploy_vault,
    failure::explain,
    message::{Message, MessageFile, Release, Roles},
    send::Call,
};

/// From the latch on neither the operator's beat nor the signers' release is heard.
pub(super) async fn nothing_revives(stage: &mut Stage) -> Result<()> {
    let beat = beat_for(stage, stage.vault).await?;
    refused(stage, 6, "a beat after the latch", &beat, "Liveness_WrongPhase").await?;
    let to = stage.world.cast.hot_wallet.address();
    let nonce = stage.next_nonce();
    let asset = stage.desks[0].books.asset;
    let release = Message::Release(Release { asset, to, amount: U256::from(1), nonce, deadline: DEADLINE });
    let mut file = MessageFile::new(stage.world.chain_id, stage.vault, release);
    for key in stage.world.cast.signers.quorum() {
        file.sign(key)?;
    }
    let call = file.call_by_roles(&Roles::from(&stage.terms))?;
    refused(stage, 6, "a release after the latch", &call, "Liveness_WrongPhase").await
}

/// A signed claim works once, in its round; a beat works for its vault.
pub(super) async fn nothing_is_used_twice(stage: &mut Stage, tickets: &[Ticket]) -> Result<()> {
    for ticket in tickets {
        let again = ticket.file.call_by_account(Some(&ticket.round))?;
        refused(stage, 8, "a signed claim for the second time", &again, "Return_AlreadyClaimed").await?;
        let Message::Claim(claim) = &ticket.file.message else { continue };
        let rounds = stage.desks.iter().find(|desk| desk.books.asset == claim.asset).map(|desk| &desk.books.rounds);
        let Some(ratio) = rounds.and_then(|rounds| rounds.get(1)) else { continue };
        let other = Round { id: 1, numerator: ratio.numerator, denominator: ratio.denominator };
        let elsewhere = ticket.file.call_by_account(Some(&other))?;
        refused(stage, 8, "a signed claim in another round", &elsewhere, "Signature_Invalid").await?;
    }
    let sender = stage.world.sender(&stage.world.cast.service);
    let twin = deploy_vault(&sender, &stage.terms, B256::with_last_byte(1)).await?.address;
    let beat = beat_for(stage, stage.vault).await?;
    let own = beat_for(stage, twin).await?;
    refused(stage, 8, "a beat for another vault", &Call { to: twin, ..beat }, "Signature_Invalid").await?;
    accepted(stage, "a beat for the twin vault itself", &own).await
}

/// The operator's beat on the newest block, signed for `vault`.
async fn beat_for(stage: &Stage, vault: Address) -> Result<Call> {
    let block = stage.world.provider().get_block_by_number(BlockNumberOrTag::Latest).await?;
    let header = block.ok_or_eyre("DRILL_SCRIPT: no block")?.header;
    // In the block after this one it will be a block of the past.
    let beat = typed::Beat { blockNumber: U256::from(header.number - 1), blockHash: header.parent_hash };
    let digest = typed::digest(&beat, stage.world.chain_id, vault);
    let signature = stage.world.cast.operator.sign_hash_sync(&digest)?.as_bytes().to_vec().into();
    Ok(Call::new(vault, &beatCall { blockNumber: beat.blockNumber, blockHash: beat.blockHash, signature }))
}

async fn refused(stage: &mut Stage, rule: u8, what: &str, call: &Call, id: &str) -> Result<()> {
    let got = outcome(stage.world.provider(), call).await;
    if got != id {
        stage.violations.push(Violation::new("DRILL_NOT_REFUSED", rule, format!("{what}: {got}, must be {id}")));
    }
    Ok(())
}

/// Shows that the probe before it failed for the right reason only.
async fn accepted(stage: &mut Stage, what: &str, call: &Call) -> Result<()> {
    let got = outcome(stage.world.provider(), call).await;
    if got != "accepted" {
        stage.violations.push(Violation::new("DRILL_NOT_ACCEPTED", 8, format!("{what}: {got}, must be accepted")));
    }
    Ok(())
}

/// `accepted`, or the id of the refusal.
async fn outcome(provider: &DynProvider, call: &Call) -> String {
    let request = TransactionRequest::default().to(call.to).value(call.value).input(call.input.clone().into());
    match provider.call(request).await {
        Ok(_) => "accepted".to_owned(),
        Err(error) => explain(&error.into()).failure.id,
    }
}
