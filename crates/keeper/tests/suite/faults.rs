//! Faults of the chain and its endpoints. A test's number is the fault's row in the project's list of faults.

use std::time::Duration;

use alloy::{
    network::TransactionBuilder,
    primitives::U256,
    providers::{Provider, ext::AnvilApi},
    rpc::types::{TransactionRequest, anvil::ReorgOptions},
};
use lifeboat_keeper::{CancellationToken, KeeperError, Outcome, RpcError, config::Config, run};
use tokio::task::JoinHandle;

use crate::{
    proxy::Proxy,
    world::{ETH, World, until},
};

/// Between two blocks that a test mines itself: time for the keeper to look.
const BLOCK_TIME: Duration = Duration::from_millis(40);

/// A world at the moment at which everything can be sent, without a miner, and a keeper whose first transactions wait in the pool.
async fn with_waiting_transactions() -> (World, [u128; 2], JoinHandle<Result<Outcome, KeeperError>>) {
    let mut world = World::new().await;
    let reserves = world.reserves().await;
    world.advance_to(world.vault().timeline().call().await.unwrap().pushAt).await;
    world.stop_mining();
    let keeper = tokio::spawn(run(world.executor(4), CancellationToken::new()));
    until("transactions in the pool", async || waiting(&world).await > 0).await;
    (world, reserves, keeper)
}

async fn waiting(world: &World) -> u64 {
    let pool: std::collections::HashMap<String, U256> =
        world.chain.provider().raw_request("txpool_status".into(), ()).await.unwrap();
    pool["pending"].to()
}

async fn assert_done(world: &World, reserves: [u128; 2], keeper: JoinHandle<Result<Outcome, KeeperError>>) {
    assert!(matches!(keeper.await.unwrap().unwrap(), Outcome::Done(_)));
    world.assert_paid(reserves, false).await;
}

/// A port on which nobody listens.
fn dead_url() -> String {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    format!("http://127.0.0.1:{port}")
}

fn prepend(config: &mut Config, url: &str) {
    config.rpc.urls.insert(0, url.parse().unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn f02_an_endpoint_that_is_dead_or_silent_is_passed_over() {
    let world = World::new().await;
    let reserves = world.reserves().await;
    world.advance_to(world.vault().timeline().call().await.unwrap().pushAt).await;
    // Accepts connections and never answers.
    let black_hole = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut config = world.executor(4);
    config.rpc.timeout = "300ms".parse().unwrap();
    config.rpc.quorum = Some(1);
    prepend(&mut config, &format!("http://{}", black_hole.local_addr().unwrap()));
    prepend(&mut config, &dead_url());
    assert!(matches!(run(config, CancellationToken::new()).await.unwrap(), Outcome::Done(_)));
    world.assert_paid(reserves, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f02_a_quorum_goes_on_without_an_endpoint_that_is_silent() {
    let world = World::new().await;
    let reserves = world.reserves().await;
    world.advance_to(world.vault().timeline().call().await.unwrap().pushAt).await;
    let black_hole = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let other = Proxy::start(world.chain.url(), |_, _| {}).await;
    let mut config = world.executor(4);
    config.rpc.timeout = "300ms".parse().unwrap();
    prepend(&mut config, &other.url());
    prepend(&mut config, &format!("http://{}", black_hole.local_addr().unwrap()));
    assert!(matches!(run(config, CancellationToken::new()).await.unwrap(), Outcome::Done(_)));
    world.assert_paid(reserves, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f08_an_endpoint_of_another_chain_is_refused() {
    let world = World::new().await;
    let mut config = world.executor(4);
    config.vault.chain_id += 1;
    let error = run(config, CancellationToken::new()).await.unwrap_err();
    assert!(matches!(error, KeeperError::Rpc(RpcError::WrongChain { .. })), "{error}");
    assert!(error.to_string().starts_with("KEEPER_RPC_WRONG_CHAIN"));
}

#[tokio::test(flavor = "multi_thread")]
async fn f14_foreign_use_of_the_key_is_survived() {
    let (mut world, reserves, keeper) = with_waiting_transactions().await;
    let (provider, key) = (world.chain.provider().clone(), world.chain.key(4));
    let nonce = provider.get_transaction_count(key.address()).await.unwrap();
    provider.anvil_drop_all_transactions().await.unwrap();
    let foreign = TransactionRequest::default()
        .with_to(key.address())
        .with_nonce(nonce)
        .with_max_fee_per_gas(900_000_000_000)
        .with_max_priority_fee_per_gas(900_000_000_000)
        .with_gas_limit(21_000);
    let sent = world.chain.provider_for(&key).send_transaction(foreign).await.unwrap();
    let hash = *sent.tx_hash();
    world.mine().await;
    assert_done(&world, reserves, keeper).await;
    let receipt = provider.get_transaction_receipt(hash).await.unwrap().unwrap();
    assert!(receipt.status());
}

#[tokio::test(flavor = "multi_thread")]
async fn f15_dropped_transactions_are_sent_again() {
    let (mut world, reserves, keeper) = with_waiting_transactions().await;
    let before = waiting(&world).await;
    world.chain.provider().anvil_drop_all_transactions().await.unwrap();
    assert_eq!(waiting(&world).await, 0);
    for _ in 0..2 {
        world.chain.provider().evm_mine(None).await.unwrap();
    }
    until("the same transactions", async || waiting(&world).await >= before).await;
    world.mine().await;
    assert_done(&world, reserves, keeper).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f16_a_base_fee_spike_is_outbid() {
    let (world, reserves, keeper) = with_waiting_transactions().await;
    let provider = world.chain.provider();
    until("a keeper that outbids the spike", async || {
        provider.anvil_set_next_block_base_fee_per_gas(20_000_000_000).await.unwrap();
        provider.evm_mine(None).await.unwrap();
        tokio::time::sleep(BLOCK_TIME).await;
        keeper.is_finished()
    })
    .await;
    assert_done(&world, reserves, keeper).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f28_a_reorganisation_takes_nothing_away() {
    let world = World::new().await;
    let reserves = world.reserves().await;
    world.advance_to(world.vault().timeline().call().await.unwrap().pushAt).await;
    let stop = CancellationToken::new();
    let keeper = tokio::spawn(run(world.endless_executor(4), stop.clone()));
    let held = async |at: usize| world.balance(world.ledgers[at].0, world.vault).await;
    // Paid: the vault holds the unpaid shares and the dust.
    let left = [0, 1].map(|at| {
        let (asset, leaves) = &world.ledgers[at];
        let shares = leaves.iter().zip(world.shares(at, reserves[at], false));
        let paid: u128 =
            shares.filter(|(l, _)| !l.account.is_zero() && !world.refuses(*asset, l)).map(|(_, s)| s).sum();
        reserves[at] - paid
    });
    let paid = async || held(0).await == left[0] && held(1).await == left[1];
    until("everything paid", &paid).await;
    world.chain.provider().anvil_reorg(ReorgOptions { depth: 2, tx_block_pairs: Vec::new() }).await.unwrap();
    assert!(!paid().await, "the reorganisation took something away");
    until("everything paid again", &paid).await;
    world.assert_paid(reserves, false).await;
    stop.cancel();
    assert_eq!(keeper.await.unwrap().unwrap(), Outcome::Stopped);
    assert_eq!(world.balance(ETH, world.depositor).await, 9);
}
