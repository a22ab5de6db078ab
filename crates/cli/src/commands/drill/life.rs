//! The service lives: it takes deposits, commits to its ledger, pays users, beats. Every kind of money is in the vault when it dies.

use alloy::{
    primitives::{Address, U256},
    signers::local::PrivateKeySigner,
};
use eyre::Result;
use lifeboat_bindings::{
    test_token::TestToken,
    vault::Vault::{depositCall, depositToLedgerCall, requestExitCall, syncCall, withdrawCall},
};

use super::{
    keeper::Keeper,
    setup::transfer_call,
    stage::{DEADLINE, Stage},
};
use crate::{
    message::{Message, PayOut, Release},
    send::Call,
};

/// Chain time between two looks at the living service, in seconds: well within the grace.
const STEP: u64 = 6 * 3_600;
/// The epoch that counts in the end.
pub(super) const COUNTING_EPOCH: usize = 2;

/// From the first deposit to the evening before the outage.
pub(super) async fn live(stage: &mut Stage, keeper: &mut Keeper) -> Result<()> {
    take_deposits(stage).await?;
    let absorbed = stage.world.cast.users.absorbed.len() as u64;
    stage.commit(absorbed).await?;
    finalize(stage, keeper).await?;
    absorb(stage, absorbed).await?;
    fill_hot_wallet(stage).await?;
    pay_users(stage, 1).await?;
    serve_exit_request(stage).await?;
    live_until(stage, keeper, stage.world.miner.now().await + 4 * STEP).await?;

    stage.commit(absorbed).await?;
    finalize(stage, keeper).await?;
    for desk in &mut stage.desks {
        desk.books.leaves = desk.trees[COUNTING_EPOCH - 1].leaves().to_vec();
    }
    pay_users(stage, 2).await?;
    take_late_deposits(stage).await?;
    request_exit_in_vain(stage).await?;
    // Not attested: it is not final when the service dies, so it does not count, and the late deposits go back.
    let queued = absorbed + stage.world.cast.users.late.len() as u64;
    stage.commit(queued).await?;
    live_until(stage, keeper, stage.world.miner.now().await + STEP).await
}

/// The watchers attest, and the keeper beats on until the newest epoch is final.
async fn finalize(stage: &mut Stage, keeper: &mut Keeper) -> Result<()> {
    stage.attest().await?;
    let finality = stage.terms.timers.attestedFinality.to::<u64>();
    live_until(stage, keeper, stage.world.miner.now().await + finality).await
}

/// Brings the vault's books up to the final commitment: the deposits below its cursor are reserve from now on.
async fn absorb(stage: &mut Stage, entries: u64) -> Result<()> {
    for at in 0..stage.desks.len() {
        let sync = syncCall { asset: stage.desks[at].books.asset };
        stage.world.send_as(&stage.world.cast.service, &Call::new(stage.vault, &sync)).await?;
        let desk = &mut stage.desks[at];
        desk.books.absorbed(u128::from(entries) * desk.stake);
    }
    Ok(())
}

/// Lets time pass; the keeper must beat after every step.
async fn live_until(stage: &mut Stage, keeper: &mut Keeper, time: u64) -> Result<()> {
    loop {
        let now = stage.world.miner.now().await;
        if now >= time {
            return Ok(());
        }
        let step = time.min(now + STEP);
        stage.advance_to(step).await?;
        keeper.until_beat(stage, step).await?;
    }
}

/// Segregated money of two savers, and ledger deposits that the first commitment will cover.
async fn take_deposits(stage: &mut Stage) -> Result<()> {
    let users = stage.world.cast.users.clone();
    for at in 0..stage.desks.len() {
        let (asset, stake) = (stage.desks[at].books.asset, stage.desks[at].stake);
        for saver in &users.savers {
            let deposit = depositCall { asset, account: saver.address(), amount: U256::from(stake) };
            pay_in(stage, at, saver, Call::new(stage.vault, &deposit)).await?;
            stage.desks[at].books.deposited(saver.address(), stake);
        }
        for user in &users.absorbed {
            queue(stage, at, user, user.address()).await?;
            stage.desks[at].credit(user.address(), stake);
        }
    }
    stage.note("segregated deposits and ledger deposits taken").await;
    Ok(())
}

/// Deposits that no final commitment will cover; the second is for an account that refuses ETH.
async fn take_late_deposits(stage: &mut Stage) -> Result<()> {
    let late = stage.world.cast.users.late.clone();
    for at in 0..stage.desks.len() {
        let stake = stage.desks[at].stake;
        for (user, account) in late.iter().zip([late[0].address(), stage.refusers[2]]) {
            queue(stage, at, user, account).await?;
            stage.desks[at].credit(account, stake);
        }
    }
    stage.note("ledger deposits taken that no final commitment will cover").await;
    Ok(())
}

async fn queue(stage: &mut Stage, at: usize, payer: &PrivateKeySigner, account: Address) -> Result<()> {
    let (asset, stake) = (stage.desks[at].books.asset, stage.desks[at].stake);
    let deposit = depositToLedgerCall { asset, account, amount: U256::from(stake) };
    pay_in(stage, at, payer, Call::new(stage.vault, &deposit)).await?;
    stage.desks[at].books.queued(payer.address(), stake);
    Ok(())
}

/// A user's deposit of its stake: with value for ETH, after an approval for a token.
async fn pay_in(stage: &mut Stage, at: usize, payer: &PrivateKeySigner, deposit: Call) -> Result<()> {
    let (asset, stake) = (stage.desks[at].books.asset, U256::from(stage.desks[at].stake));
    if asset.is_zero() {
        stage.act(payer, &deposit.with_value(stake)).await?;
    } else {
        let approve = TestToken::approveCall { spender: stage.vault, value: stake };
        stage.act(payer, &Call::new(asset, &approve)).await?;
        stage.act(payer, &deposit).await?;
    }
    Ok(())
}

/// The signers move what the floor allows, nearly, to the hot wallet of assets that are short by design.
async fn fill_hot_wallet(stage: &mut Stage) -> Result<()> {
    for at in 0..stage.desks.len() {
        if !stage.desks[at].short {
            continue;
        }
        let (asset, to) = (stage.desks[at].books.asset, stage.world.cast.hot_wallet.address());
        let amount = stage.desks[at].books.reserve() / 100 * 8;
        let nonce = stage.next_nonce();
        let message = Message::Release(Release { asset, to, amount: U256::from(amount), nonce, deadline: DEADLINE });
        stage.act_signed(message, &stage.world.cast.signers.quorum()).await?;
        stage.desks[at].books.outflow("releases to the hot wallet", amount);
        stage.desks[at].books.gained(to, amount);
        let symbol = stage.desks[at].books.unit.symbol;
        stage.note(format!("8 % of the {symbol} reserve released to the hot wallet")).await;
    }
    Ok(())
}

/// Payouts by the living service. Under the first epoch: a third, a half, everything. Under the second: another third, the rest.
async fn pay_users(stage: &mut Stage, epoch: usize) -> Result<()> {
    let paid = stage.world.cast.users.paid.clone();
    for at in 0..stage.desks.len() {
        let stake = stage.desks[at].stake;
        let parts: &[u128] = if epoch == 1 { &[stake / 3, stake / 2, stake] } else { &[stake / 3, stake / 2] };
        for (user, amount) in paid.iter().zip(parts) {
            pay_out(stage, at, epoch, user.address(), *amount).await?;
        }
    }
    stage.note(format!("users paid out under epoch {epoch}")).await;
    Ok(())
}

/// The signers pay one ledger user.
async fn pay_out(stage: &mut Stage, at: usize, epoch: usize, account: Address, amount: u128) -> Result<()> {
    let (index, leaf, proof) = stage.desks[at].proof_in(epoch, account)?;
    let nonce = stage.next_nonce();
    let message = Message::PayOut(PayOut {
        asset: stage.desks[at].books.asset,
        index,
        leaf: leaf.into(),
        amount,
        proof: proof.into(),
        nonce,
        deadline: DEADLINE,
    });
    stage.act_signed(message, &stage.world.cast.signers.quorum()).await?;
    stage.desks[at].books.paid(account, amount);
    stage.desks[at].debit(account, amount)
}

/// A user asks the vault for its money, and the service serves it in time.
async fn serve_exit_request(stage: &mut Stage) -> Result<()> {
    let user = stage.world.cast.users.served.clone();
    for at in 0..stage.desks.len() {
        let amount = stage.desks[at].stake / 4;
        request_exit(stage, at, 1, &user, amount).await?;
        pay_out(stage, at, 1, user.address(), amount).await?;
    }
    stage.note("exit request made and served").await;
    Ok(())
}

/// A user asks for everything, too late for the service to answer.
async fn request_exit_in_vain(stage: &mut Stage) -> Result<()> {
    let user = stage.world.cast.users.waiting.clone();
    for at in 0..stage.desks.len() {
        let amount = stage.desks[at].stake;
        request_exit(stage, at, COUNTING_EPOCH, &user, amount).await?;
    }
    stage.note("exit request made that nobody will serve").await;
    Ok(())
}

async fn request_exit(stage: &mut Stage, at: usize, epoch: usize, user: &PrivateKeySigner, amount: u128) -> Result<()> {
    let (index, leaf, proof) = stage.desks[at].proof_in(epoch, user.address())?;
    let asset = stage.desks[at].books.asset;
    let request = requestExitCall { asset, index, leaf: to_contract(leaf), proof: proof.into(), amount };
    stage.act(user, &Call::new(stage.vault, &request)).await?;
    Ok(())
}

/// A leaf as the contract has it.
pub(super) fn to_contract(leaf: lifeboat_ledger::Leaf) -> lifeboat_bindings::vault::Leaf {
    lifeboat_bindings::vault::Leaf { account: leaf.account, balance: leaf.balance, paid: leaf.paid }
}

/// The first saver takes half of its segregated money out after the outage, as it may in every phase.
pub(super) async fn take_segregated_money_out(stage: &mut Stage) -> Result<()> {
    let saver = stage.world.cast.users.savers[0].clone();
    for at in 0..stage.desks.len() {
        let (asset, amount) = (stage.desks[at].books.asset, stage.desks[at].stake / 2);
        let call = withdrawCall { asset, to: saver.address(), amount };
        stage.act(&saver, &Call::new(stage.vault, &call)).await?;
        stage.desks[at].books.withdrawn(saver.address(), amount);
    }
    stage.note("segregated money withdrawn by its owner").await;
    Ok(())
}

/// The hot wallet's money comes back late.
pub(super) async fn donate_hot_wallet(stage: &mut Stage) -> Result<()> {
    let key = stage.world.cast.hot_wallet.clone();
    for at in 0..stage.desks.len() {
        let books = &stage.desks[at].books;
        let Some(amount) = books.outflows.get("releases to the hot wallet").copied() else { continue };
        let (asset, symbol) = (books.asset, books.unit.symbol);
        stage.act(&key, &transfer_call(asset, stage.vault, amount)).await?;
        stage.desks[at].books.inflow("hot wallet, come back late", amount);
        stage.desks[at].books.spent(key.address(), amount);
        stage.note(format!("the hot wallet's {symbol} came back to the vault")).await;
    }
    Ok(())
}
