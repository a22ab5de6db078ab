//! The keeper anchors a large ledger's round by itself, once, whatever kills it; claims are cheaper from then on.

use std::{process::Child, time::Duration};

use alloy::{
    primitives::{Address, B256, U256},
    providers::{DynProvider, Provider, ext::AnvilApi},
};
use lifeboat_bindings::vault::Vault::{Anchored, VaultInstance};
use serde_json::Value;

use crate::world::{ALICE, BOB, FAR, STRANGER, World, until};

/// More than 4,096: a tree of 13 levels.
const ACCOUNTS: u64 = 4_100;
const SHARE: u128 = 1_000_000_000_000;

fn account(i: u64) -> Address {
    Address::from_word(U256::from(0x10_0000 + i).into())
}

/// A keeper's process that is killed when the test is done with it.
struct Keeper(Child);

impl Keeper {
    fn start(world: &World, config: &str) -> Self {
        Self(world.spawn(&["keeper", "run", "--config", config]))
    }
}

impl Drop for Keeper {
    /// SIGKILL.
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// Hashes of the transactions that wait for a block.
async fn waiting(provider: &DynProvider) -> Vec<B256> {
    let pool: Value = provider.raw_request("txpool_content".into(), ()).await.unwrap();
    let senders = pool["pending"].as_object().unwrap().values();
    let transactions = senders.flat_map(|of_sender| of_sender.as_object().unwrap().values());
    transactions.map(|transaction| transaction["hash"].as_str().unwrap().parse().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keeper_anchors_once_whatever_kills_it() {
    let world = World::start().await;
    let address = world.deploy();
    let vault = address.to_string();
    world.give(address, SHARE * u128::from(ACCOUNTS)).await;
    let mut lines: Vec<_> = (0..ACCOUNTS).map(|i| (account(i), SHARE)).collect();
    (lines[3].0, lines[4].0) = (world.address(ALICE), world.address(BOB));
    let bundle = world.write_bundle("ledger", address, &lines).await;
    let now = ["--yes", "commit", "now", "--bundle", &bundle, "--uri", "u", "--key-env", "KEY_9"];
    world.run(&[&now[..], &["--operator-key", "env:KEY_1", "--auditor-key", "env:KEY_5"]].concat()).done();
    let provider = world.chain.provider();
    let contract = VaultInstance::new(address, provider);
    let return_at = contract.timeline().call().await.unwrap().returnAt.to();
    world.chain.mine_at(return_at).await.unwrap();
    world.run(&["--yes", "return", "latch", &vault, "--key-env", "KEY_8"]).done();
    world.run(&["--yes", "return", "open", &vault, "--asset", "ETH", "--key-env", "KEY_8"]).done();

    let claim = |i| {
        let account = account(i).to_string();
        let claimed =
            world.run(&["--yes", "claim", &vault, "--bundle", &bundle, "--account", &account, "--key-env", "KEY_8"]);
        claimed.done()["claims"][0]["sent"]["gas_used"].as_u64().unwrap()
    };
    // The first of a cell pays for the cell.
    claim(0);
    let long = claim(1);
    // A ticket is signed without a chain: it cannot know of anchors.
    let ticket = |holder: usize| {
        let (file, to) = (world.path(&format!("ticket-{holder}")), account(ACCOUNTS + holder as u64).to_string());
        let key = format!("KEY_{holder}");
        let make = ["--yes", "ticket", "make", "--bundle", &bundle, "--to", &to, "--deadline", FAR, "--out", &file];
        world.run_offline(&[&make[..], &["--key-env", &key]].concat()).done();
        file
    };
    let submit = |file: &str| {
        let submitted = world.run(&["--yes", "ticket", "submit", file, "--key-env", "KEY_8"]).done();
        submitted["sent"]["gas_used"].as_u64().unwrap()
    };
    let (early, late) = (ticket(ALICE), ticket(BOB));
    let long_ticket = submit(&early);

    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let config = world.path("keeper.toml");
    std::fs::write(world.path("key"), world.key(STRANGER).to_bytes().to_string()).unwrap();
    let text = format!(
        "journal = 'keeper.db'
         key = {{ file = 'key' }}
         [vault]
         address = '{vault}'
         chain_id = 31337
         [rpc]
         urls = ['{}']
         poll = '10ms'
         [executor]
         bundles = ['{bundle}']
         [status]
         listen = '127.0.0.1:{port}'",
        world.chain.url()
    );
    std::fs::write(&config, text).unwrap();

    // Killed after the broadcast, and the node forgets: the next process sends the same bytes again.
    provider.anvil_set_auto_mine(false).await.unwrap();
    let keeper = Keeper::start(&world, &config);
    until("the anchors in the pool", async || waiting(provider).await.len() == 1).await;
    drop(keeper);
    let sent = waiting(provider).await;
    provider.anvil_drop_all_transactions().await.unwrap();
    let keeper = Keeper::start(&world, &config);
    until("the same transaction", async || waiting(provider).await == sent).await;
    drop(keeper);
    // Included while nobody looks: the next process finds the anchors there, and has nothing to do.
    provider.evm_mine(None).await.unwrap();
    let _keeper = Keeper::start(&world, &config);
    let status = async || -> Option<Value> {
        let page = reqwest::get(format!("http://127.0.0.1:{port}/status")).await.ok()?;
        serde_json::from_str(&page.text().await.ok()?).ok()
    };
    let head = provider.get_block_number().await.unwrap();
    let idle = |status: &Value| {
        status["chain"]["block"] == head && status["wanted"] == 0 && status["transactions"]["mined"] == 1
    };
    until("a keeper that is content", async || status().await.is_some_and(|status| idle(&status))).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(waiting(provider).await.is_empty(), "nothing is sent twice");
    let anchored = contract.event_filter::<Anchored>().from_block(0).query().await.unwrap();
    let [(event, _)] = anchored.as_slice() else { panic!("{anchored:?}") };
    assert_eq!((event.level, event.first, event.count), (U256::from(8), U256::ZERO, U256::from(32)));
    let receipt = provider.get_transaction_receipt(sent[0]).await.unwrap().unwrap();
    assert!(receipt.status() && receipt.gas_used < 1_000_000, "{}", receipt.gas_used);

    provider.anvil_set_auto_mine(true).await.unwrap();
    let short = claim(2);
    assert!(long - short > 4_000, "{long} gas without anchors, {short} with them");
    let short_ticket = submit(&late);
    assert!(long_ticket - short_ticket > 4_000, "{long_ticket} gas without anchors, {short_ticket} with them");
}
