//! Users who do not wait for the keeper: plain claims, signed claims that somebody else relays, claims by code, and what accounts that
//! refuse payment do in the end.

use alloy::{
    primitives::{Address, keccak256},
    signers::local::PrivateKeySigner,
};
use eyre::Result;
use lifeboat_bindings::{
    refuser::Refuser,
    vault::{Round, Vault::claimCall},
};

use super::{
    life::{COUNTING_EPOCH, to_contract},
    stage::{DEADLINE, Desk, Stage},
};
use crate::{
    message::{Claim, Message, MessageFile},
    send::Call,
};

/// A signed claim on its way: what the relayer brings to the vault.
pub(super) struct Ticket {
    pub(super) file: MessageFile,
    pub(super) round: Round,
}

/// During the head start, in the first round of every asset.
pub(super) async fn claim_in_head_start(stage: &mut Stage) -> Result<Vec<Ticket>> {
    let users = stage.world.cast.users.clone();
    let mut tickets = Vec::new();
    for at in 0..stage.desks.len() {
        for user in &users.claimers {
            let call = plain_claim(stage, at, 0, user.address())?;
            stage.act(user, &call).await?;
        }
        let [same, other] = &users.ticket_holders;
        let elsewhere =
            [other, &users.code_holders[0], &users.code_holders[1]].map(|key| (key, new_wallet(key.address())));
        for (key, to) in [(same, same.address())].into_iter().chain(elsewhere) {
            tickets.push(relay(stage, at, 0, key, key.address(), to).await?);
        }
    }
    stage.note("head start: plain claims, relayed signed claims and claims by code").await;
    Ok(tickets)
}

/// After the keeper: the first refuser accepts at last and is claimed for, the second claims to elsewhere by ERC-1271, the third does
/// nothing.
pub(super) async fn settle_refusers(stage: &mut Stage) -> Result<()> {
    let owners = stage.world.cast.users.refusers.clone();
    let relayer = stage.world.cast.relayer.clone();
    let Some(at) = stage.desks.iter().position(Desk::is_eth) else { return Ok(()) };
    let [accepting, elsewhere] = [stage.refusers[0], stage.refusers[1]];
    stage.act(&owners[0], &Call::new(accepting, &Refuser::acceptCall {})).await?;
    for round in 0..stage.desks[at].books.rounds.len() {
        let call = plain_claim(stage, at, round, accepting)?;
        stage.act(&relayer, &call).await?;
        relay(stage, at, round, &owners[1], elsewhere, new_wallet(elsewhere)).await?;
    }
    stage
        .note("refusing accounts: one accepts and is claimed for, one claims to elsewhere (ERC-1271), one stays unpaid")
        .await;
    Ok(())
}

/// Where somebody who claims to elsewhere has the money sent.
pub(super) fn new_wallet(account: Address) -> Address {
    Address::from_slice(&keccak256(account)[12..])
}

fn round_of(stage: &Stage, at: usize, round: usize) -> Result<Round> {
    let ratio = stage.desks[at].books.rounds[round];
    Ok(Round { id: u32::try_from(round)?, numerator: ratio.numerator, denominator: ratio.denominator })
}

fn plain_claim(stage: &Stage, at: usize, round: usize, account: Address) -> Result<Call> {
    let (index, leaf, proof) = stage.desks[at].proof_in(COUNTING_EPOCH, account)?;
    let asset = stage.desks[at].books.asset;
    let round = round_of(stage, at, round)?;
    Ok(Call::new(stage.vault, &claimCall { asset, round, index, leaf: to_contract(leaf), proof: proof.into() }))
}

/// `key` signs off line for `account`; the relayer submits it for a hundredth of the share.
async fn relay(
    stage: &mut Stage,
    at: usize,
    round: usize,
    key: &PrivateKeySigner,
    account: Address,
    to: Address,
) -> Result<Ticket> {
    let (index, leaf, proof) = stage.desks[at].proof_in(COUNTING_EPOCH, account)?;
    let books = &stage.desks[at].books;
    let message = Message::Claim(Claim {
        asset: books.asset,
        round: u32::try_from(round)?,
        index,
        leaf: leaf.into(),
        proof: proof.into(),
        to,
        fee: books.rounds[round].share(books.net(&leaf)) / 100,
        deadline: DEADLINE,
    });
    let mut file = MessageFile::new(stage.world.chain_id, stage.vault, message);
    file.sign(key)?;
    let round = round_of(stage, at, round)?;
    let call = file.call_by_account(Some(&round))?;
    let relayer = stage.world.cast.relayer.clone();
    stage.act(&relayer, &call).await?;
    Ok(Ticket { file, round })
}
