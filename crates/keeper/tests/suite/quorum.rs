//! Endpoints that lag, follow another fork, or lie: a quorum of the others is believed. Real nodes; a test's number is the fault's row in
//! the project's list of faults.

use std::net::{SocketAddr, TcpListener};

use alloy::providers::{Provider, ext::AnvilApi};
use lifeboat_devchain::{DevChain, Options};
use lifeboat_keeper::{
    CancellationToken, Outcome,
    config::{Config, StatusConfig},
    run,
};
use serde_json::{Value, json};

use crate::{
    beats::status,
    proxy::{Edit, Proxy},
    world::{ETH, World, until},
};

/// A second node, which begins where the world's chain stands now and sees nothing of what comes after.
fn fork_of(world: &World) -> DevChain {
    let extra = ["--no-mining", "--fork-url", &world.chain.url()].map(str::to_owned).to_vec();
    DevChain::start(&Options { extra, ..Options::default() }).unwrap()
}

fn ask(config: &mut Config, urls: &[&str]) {
    config.rpc.urls = urls.iter().map(|url| url.parse().unwrap()).collect();
}

/// Gives the keeper a status page.
fn with_status(config: &mut Config) -> u16 {
    let listen: SocketAddr = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    config.status = Some(StatusConfig { listen });
    listen.port()
}

/// Tells the truth.
fn honest(_: &str, _: &mut Value) {}

// Each has the right blocks, and tells something else of what is in them.

fn lying_about_state(method: &str, result: &mut Value) {
    if method == "eth_call" {
        *result = format!("0x{}", "0".repeat(result.as_str().unwrap().len() - 2)).into();
    }
}

fn hiding_events(method: &str, result: &mut Value) {
    if method == "eth_getLogs" {
        *result = json!([]);
    }
}

fn lying_about_the_nonce(method: &str, result: &mut Value) {
    if method == "eth_getTransactionCount" {
        *result = "0x7".into();
    }
}

fn turning_receipts_round(method: &str, result: &mut Value) {
    if method == "eth_getTransactionReceipt" && !result.is_null() {
        result["status"] = "0x0".into();
    }
}

/// What a keeper shows of its endpoint number `at` once all the ETH that can be paid is paid; nothing else is left of it afterwards.
async fn endpoint_when_paid(world: &World, mut config: Config, at: usize, shown: impl Fn(&Value) -> bool) {
    let reserves = world.reserves().await;
    let port = with_status(&mut config);
    let stop = CancellationToken::new();
    let keeper = tokio::spawn(run(config, stop.clone()));
    until("a word on the endpoint", async || shown(&status(port).await["endpoints"][at])).await;
    until("everything done", async || {
        let status = status(port).await;
        let done = |asset: &Value| asset["rounds"] == 1 && asset["leaves"].as_u64() == asset["leaves_done"].as_u64();
        status["wanted"] == 0 && status["in_flight"] == 0 && done(&status["assets"][1])
    })
    .await;
    stop.cancel();
    assert_eq!(keeper.await.unwrap().unwrap(), Outcome::Stopped);
    world.assert_paid(reserves, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f04_an_endpoint_that_lags_is_left_behind() {
    let world = World::new().await;
    let lagging = fork_of(&world);
    world.advance_to(world.vault().timeline().call().await.unwrap().pushAt).await;
    let other = Proxy::start(world.chain.url(), honest).await;
    let mut config = world.endless_executor(4);
    ask(&mut config, &[&lagging.url(), &world.chain.url(), &other.url()]);
    let stands = lagging.provider().get_block_number().await.unwrap();
    let behind = |seen: &Value| seen["state"] == "behind" && seen["height"] == stands && seen["outvoted"] == 0;
    endpoint_when_paid(&world, config, 0, behind).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f05_a_minority_on_another_fork_is_outvoted_and_without_a_majority_nothing_is_sent() {
    let world = World::new().await;
    let forked = fork_of(&world);
    world.advance_to(world.vault().timeline().call().await.unwrap().pushAt).await;
    for _ in 0..8 {
        world.advance(60).await;
    }
    // Longer than the real chain, and wrong from its ninth block before the end.
    while forked.provider().get_block_number().await.unwrap()
        < world.chain.provider().get_block_number().await.unwrap() + 1_000
    {
        forked.provider().anvil_mine(Some(500), None).await.unwrap();
    }

    let mut torn = world.endless_executor(4);
    ask(&mut torn, &[&forked.url(), &world.chain.url()]);
    let port = with_status(&mut torn);
    let stop = CancellationToken::new();
    let keeper = tokio::spawn(run(torn, stop.clone()));
    until("trouble", async || {
        let trouble = status(port).await["trouble"].clone();
        trouble.as_str().is_some_and(|text| text.starts_with("KEEPER_RPC_NO_QUORUM"))
    })
    .await;
    let looks = async || status(port).await["endpoints"][0]["height"].as_u64();
    until("both heads seen", async || looks().await.is_some()).await;
    assert_eq!(status(port).await["chain"], Value::Null, "no head is believed");
    stop.cancel();
    assert_eq!(keeper.await.unwrap().unwrap(), Outcome::Stopped);
    let sender = world.chain.key(4).address();
    for node in [&world.chain, &forked] {
        assert_eq!(node.provider().get_transaction_count(sender).pending().await.unwrap(), 0, "sent without a quorum");
    }

    let other = Proxy::start(world.chain.url(), honest).await;
    let mut config = world.endless_executor(5);
    ask(&mut config, &[&forked.url(), &world.chain.url(), &other.url()]);
    endpoint_when_paid(&world, config, 0, |seen| seen["state"] == "disagrees").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f06_an_endpoint_that_lies_about_a_block_is_outvoted() {
    for lie in [lying_about_state as Edit, hiding_events, lying_about_the_nonce, turning_receipts_round] {
        let world = World::new().await;
        world.advance_to(world.vault().timeline().call().await.unwrap().pushAt).await;
        let liar = Proxy::start(world.chain.url(), lie).await;
        let other = Proxy::start(world.chain.url(), honest).await;
        let mut config = world.endless_executor(5);
        ask(&mut config, &[&liar.url(), &world.chain.url(), &other.url()]);
        let outvoted = |seen: &Value| seen["state"] == "disagrees" && seen["outvoted"].as_u64() > Some(0);
        endpoint_when_paid(&world, config, 0, outvoted).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f06_believed_alone_a_liar_stops_everything() {
    let world = World::new().await;
    world.advance_to(world.vault().timeline().call().await.unwrap().pushAt).await;
    let liar = Proxy::start(world.chain.url(), lying_about_state).await;
    let mut config = world.endless_executor(4);
    ask(&mut config, &[&liar.url(), &world.chain.url()]);
    config.rpc.quorum = Some(1);
    let port = with_status(&mut config);
    let stop = CancellationToken::new();
    let keeper = tokio::spawn(run(config, stop.clone()));
    until("many looks", async || status(port).await["rpc_calls"].as_u64() > Some(100)).await;
    stop.cancel();
    assert_eq!(keeper.await.unwrap().unwrap(), Outcome::Stopped);
    assert_eq!(world.vault().recovery(ETH).call().await.unwrap().rounds, 0);
}
