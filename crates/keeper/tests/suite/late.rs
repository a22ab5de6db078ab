//! What comes after the first push: late money, claims in between, recipients that change their mind, requests left unserved.

use alloy::{
    primitives::{U256, aliases::U40},
    sol_types::SolCall,
};
use lifeboat_bindings::{
    pausable_token::PausableToken::setPausedCall,
    refuser::Refuser::acceptCall,
    vault::{
        Round,
        Vault::{WordPushed, claimCall, requestExitCall},
    },
};
use lifeboat_keeper::{CancellationToken, Outcome, run};

use crate::world::{ETH, REFUSER, USER, World, on_chain, until};

#[tokio::test(flavor = "multi_thread")]
async fn late_money_is_distributed_in_a_further_round() {
    let world = World::new().await;
    let vault = world.vault();
    let [first, _] = world.reserves().await;
    let timeline = vault.timeline().call().await.unwrap();
    let keeper = tokio::spawn(run(world.executor(4), CancellationToken::new()));
    world.advance_to(timeline.returnAt).await;
    until("round", async || !vault.roundKey(ETH, 0).call().await.unwrap().is_zero()).await;

    // One user claims in the head start: the next round must not set that money aside twice.
    let (leaves, index) = (&world.ledgers[0].1, 100);
    let owed = vault.recovery(ETH).call().await.unwrap().owed;
    let claim = claimCall {
        asset: ETH,
        round: Round { id: 0, numerator: first, denominator: owed },
        index,
        leaf: on_chain(&leaves[index as usize]),
        proof: world.proof(ETH, leaves, index),
    };
    world.send(&world.chain.key(0), world.vault, claim.abi_encode().into(), U256::ZERO).await;
    world.advance_to(timeline.pushAt).await;
    assert!(matches!(keeper.await.unwrap().unwrap(), Outcome::Done(_)));
    let untallied = vault.recovery(ETH).call().await.unwrap();
    assert!(untallied.tallied < untallied.allotted);

    let late = owed / 10;
    world.fund(ETH, late).await;
    let again = run(world.executor(4), CancellationToken::new()).await.unwrap();
    let recovery = vault.recovery(ETH).call().await.unwrap();
    assert_eq!(recovery.rounds, 2);
    let second = recovery.allotted - first;
    assert!((late..late + 300).contains(&second), "the late money and the dust: {second}");
    for (leaf, share) in leaves.iter().zip(world.shares(0, first, false)).skip(100) {
        let expected = share + leaf.balance * second / owed;
        assert_eq!(world.balance(ETH, leaf.account).await, expected, "{}", leaf.account);
    }
    let Outcome::Done(unpaid) = again else { panic!("stopped") };
    assert_eq!(unpaid.len(), 5, "the refuser and nobody in two rounds, nobody's tokens");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recipient_that_refused_is_paid_when_it_changes_its_mind() {
    let world = World::new().await;
    let vault = world.vault();
    let [reserve, _] = world.reserves().await;
    world.advance_to(vault.timeline().call().await.unwrap().pushAt).await;
    let stop = CancellationToken::new();
    let keeper = tokio::spawn(run(world.endless_executor(4), stop.clone()));
    let refuser = world.ledgers[0].1[REFUSER].account;
    let share = world.shares(0, reserve, false)[REFUSER];
    let pushes = async || {
        let filter = vault.event_filter::<WordPushed>().from_block(0).topic1(ETH.into_word()).topic3(U256::ZERO);
        filter.query().await.unwrap().len()
    };
    until("the first push", async || pushes().await == 1).await;
    // While it refuses, a dry run a minute finds that out, and no gas is spent.
    for _ in 0..5 {
        world.advance(61).await;
    }
    world.send(&world.chain.key(6), refuser, acceptCall {}.abi_encode().into(), U256::ZERO).await;
    assert_eq!(pushes().await, 1);
    world.advance(61).await;
    until("the refuser's share", async || world.balance(ETH, refuser).await == share).await;
    until("the second push", async || pushes().await == 2).await;
    stop.cancel();
    assert_eq!(keeper.await.unwrap().unwrap(), Outcome::Stopped);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_token_waits_and_holds_nothing_up() {
    let world = World::new().await;
    let vault = world.vault();
    let reserves = world.reserves().await;
    let pause = async |paused_| {
        let call = setPausedCall { paused_ }.abi_encode().into();
        world.send(&world.chain.key(0), world.token, call, U256::ZERO).await;
    };
    pause(true).await;
    world.advance_to(vault.timeline().call().await.unwrap().pushAt).await;
    let keeper = tokio::spawn(run(world.executor(4), CancellationToken::new()));
    // Paid in ETH: the vault holds the dust, and what the refuser and nobody are due.
    let (_, leaves) = &world.ledgers[0];
    let shares = leaves.iter().zip(world.shares(0, reserves[0], false));
    let paid: u128 =
        shares.filter(|(leaf, _)| !leaf.account.is_zero() && !world.refuses(ETH, leaf)).map(|(_, share)| share).sum();
    until("everything paid in ETH", async || world.balance(ETH, world.vault).await == reserves[0] - paid).await;
    let of_token = vault.event_filter::<WordPushed>().from_block(0).topic1(world.token.into_word());
    for _ in 0..5 {
        world.advance(60).await;
    }
    assert!(of_token.query().await.unwrap().is_empty(), "no gas is spent on a paused token");
    assert!(!keeper.is_finished(), "a paused token will move again");
    pause(false).await;
    assert!(matches!(keeper.await.unwrap().unwrap(), Outcome::Done(_)));
    world.assert_paid(reserves, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unserved_request_is_reported_at_its_deadline() {
    let world = World::new().await;
    let vault = world.vault();
    let leaves = &world.ledgers[0].1;
    let ask = requestExitCall {
        asset: ETH,
        index: USER as u32,
        leaf: on_chain(&leaves[USER]),
        proof: world.proof(ETH, leaves, USER as u32),
        amount: 10,
    };
    world.send(&world.user(), world.vault, ask.abi_encode().into(), U256::ZERO).await;
    let due: U40 = vault.exitRequest(ETH, world.user().address()).call().await.unwrap().due;
    let stop = CancellationToken::new();
    let keeper = tokio::spawn(run(world.endless_executor(4), stop.clone()));
    world.advance_to(due - U40::from(1)).await;
    assert_eq!(vault.liveness().call().await.unwrap().overdueCount, 0);
    world.advance_to(due).await;
    until("the report", async || vault.liveness().call().await.unwrap().overdueCount == 1).await;
    stop.cancel();
    assert_eq!(keeper.await.unwrap().unwrap(), Outcome::Stopped);
}
