//! One asset's trouble never blocks another's exit (money rule 7): the token's issuer pauses it when the pushes begin. ETH goes home in full
//! meanwhile; the token does when it moves again.

use alloy::{
    primitives::{Address, U256},
    providers::Provider,
    rpc::types::TransactionRequest,
    sol_types::SolCall,
};
use eyre::Result;
use lifeboat_bindings::{pausable_token::PausableToken::setPausedCall, vault::Vault::withdrawCall};

use super::{
    check::{Seen, Violation, check_not_blocked},
    keeper::Keeper,
    observe::{self, Events},
    stage::{Desk, Stage},
    tally::tally,
};
use crate::{failure::explain, send::Call};

/// A paused token, and what the vault held of it when it was paused.
pub(super) struct Paused {
    at: usize,
    held: U256,
}

/// Pauses the token, if there is another asset that it could be in the way of.
pub(super) async fn pause(stage: &mut Stage) -> Result<Option<Paused>> {
    let token = stage.desks.iter().position(|desk| !desk.is_eth());
    let (Some(at), true) = (token, stage.desks.iter().any(Desk::is_eth)) else { return Ok(None) };
    let asset = stage.desks[at].books.asset;
    stage.world.send_as(&stage.world.cast.service, &Call::new(asset, &setPausedCall { paused_: true })).await?;
    stage.note(format!("{} is paused by its issuer", stage.desks[at].books.unit.symbol)).await;
    Ok(Some(Paused { at, held: observe::balance_of(stage, asset, stage.vault).await? }))
}

impl Paused {
    /// Whether the keeper has nothing left to do but wait for the token.
    pub(super) async fn is_all_that_is_left(&self, stage: &Stage, keeper: &mut Keeper, since: u64) -> Result<bool> {
        keeper.require_running()?;
        let asset = stage.desks[self.at].books.asset.to_string();
        let Some(status) = keeper.status().await else { return Ok(false) };
        let stuck = status["assets"].as_array().into_iter().flatten().any(|seen| {
            let is_it = seen["asset"].as_str().is_some_and(|text| text.eq_ignore_ascii_case(&asset));
            is_it && seen["stuck"] == true
        });
        let looked = status["chain"]["time"].as_u64() >= Some(since);
        Ok(looked && stuck && status["wanted"] == 0 && status["in_flight"] == 0)
    }

    /// While the token does not move, everybody who can be paid in another asset is, and takes out what is his.
    pub(super) async fn check_others(&self, stage: &mut Stage) -> Result<()> {
        let events = Events::read(stage).await?;
        for at in (0..stage.desks.len()).filter(|at| *at != self.at) {
            let books = &stage.desks[at].books;
            let mut seen = Seen::default();
            events.apply(books.asset, books.leaves.len(), &mut seen);
            let blocked = check_not_blocked(books, &tally(books, &seen));
            stage.violations.extend(blocked);
            self.withdraw_elsewhere(stage, at).await?;
        }
        let token = stage.desks[self.at].books.asset;
        let held = observe::balance_of(stage, token, stage.vault).await?;
        if held != self.held {
            let what = format!("the vault held {} of the paused token, now {held}", self.held);
            stage.violations.push(Violation::new("DRILL_PAUSE_LEAKED", 7, what));
        }
        stage.note("while the token was paused, ETH was pushed home in full and a saver took ETH out").await;
        Ok(())
    }

    /// The second saver: the token's withdrawal is refused and takes nothing from the books; the other asset's goes through.
    async fn withdraw_elsewhere(&self, stage: &mut Stage, at: usize) -> Result<()> {
        let saver = stage.world.cast.users.savers[1].clone();
        let withdraw = |desk: &Desk, amount| withdrawCall { asset: desk.books.asset, to: saver.address(), amount };
        let stopped = withdraw(&stage.desks[self.at], stage.desks[self.at].stake / 4);
        let got = outcome(stage, saver.address(), &stopped).await;
        if got != "Books_TransferFailed" {
            let what = format!("a withdrawal of the paused token: {got}, must be Books_TransferFailed");
            stage.violations.push(Violation::new("DRILL_NOT_REFUSED", 7, what));
        }
        let amount = stage.desks[at].stake / 4;
        let call = Call::new(stage.vault, &withdraw(&stage.desks[at], amount));
        stage.act(&saver, &call).await?;
        stage.desks[at].books.withdrawn(saver.address(), amount);
        Ok(())
    }

    /// The token moves again.
    pub(super) async fn end(self, stage: &mut Stage) -> Result<()> {
        let desk = &stage.desks[self.at];
        let (asset, symbol) = (desk.books.asset, desk.books.unit.symbol);
        stage.world.send_as(&stage.world.cast.service, &Call::new(asset, &setPausedCall { paused_: false })).await?;
        stage.note(format!("{symbol} moves again")).await;
        Ok(())
    }
}

/// `accepted`, or the id of the vault's refusal.
async fn outcome(stage: &Stage, from: Address, call: &impl SolCall) -> String {
    let request = TransactionRequest::default().from(from).to(stage.vault).input(call.abi_encode().into());
    match stage.world.provider().call(request).await {
        Ok(_) => "accepted".to_owned(),
        Err(error) => explain(&error.into()).failure.id,
    }
}
