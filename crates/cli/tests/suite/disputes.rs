//! Which of two ledgers counts is put to an arbitrator, who does not answer.

use alloy::{
    network::TransactionBuilder,
    primitives::{Address, U256},
    providers::Provider,
    rpc::types::TransactionRequest,
};
use lifeboat_bindings::{pliant_arbitrator, vault::Vault::VaultInstance};
use serde_json::Value;

use crate::world::{ALICE, BOB, SERVICE, World};

const ETH: u128 = 1_000_000_000_000_000_000;

async fn arbitrator(world: &World) -> Address {
    let code = pliant_arbitrator::CREATION_CODE.to_vec();
    let deployment = TransactionRequest::default().with_deploy_code(code);
    let sent = world.chain.provider_for(&world.key(SERVICE)).send_transaction(deployment).await.unwrap();
    sent.get_receipt().await.unwrap().contract_address.unwrap()
}

/// Commits to a ledger with queued deposits below a number, attested and final.
async fn commit(world: &World, vault: Address, name: &str, cursor: u64, balances: &[(Address, u128)]) -> String {
    let bundle = world.write_bundle_up_to(cursor, name, vault, balances).await;
    let now = ["--yes", "commit", "now", "--bundle", &bundle, "--uri", "u", "--key-env", "KEY_9"];
    world.run(&[&now[..], &["--operator-key", "env:KEY_1", "--auditor-key", "env:KEY_5"]].concat()).done();
    let vault = vault.to_string();
    let attest = ["--yes", "attest", "now", &vault, "--bundle", &bundle];
    world.run(&[&attest[..], &["--watcher-key", "env:KEY_6", "--key-env", "KEY_9"]].concat()).done();
    world.pass(180).await;
    bundle
}

#[tokio::test(flavor = "multi_thread")]
async fn an_arbitrators_silence_is_for_the_older_ledger() {
    let world = World::start().await;
    let named = format!("[arbitrator]\naddress = \"{}\"\n[timers]", arbitrator(&world).await);
    let bond = "challenge_bond = \"0.002 ETH\"\nexit_deposit";
    let address = world.deploy_changed(&[("[timers]", &named), ("exit_deposit", bond)]);
    let vault = address.to_string();
    world.give(address, 3 * ETH).await;
    let (alice, bob) = (world.address(ALICE), world.address(BOB));
    let older = commit(&world, address, "older", 0, &[(alice, ETH), (bob, ETH)]).await;
    // Only the newer ledger knows her.
    let eve = world.address(9);
    let deposit = ["deposit", &vault, "--asset", "ETH", "--amount", "0.25 ETH", "--to-ledger", "--key-env", "KEY_9"];
    world.run(&[&["--yes"], &deposit[..]].concat()).done();
    let newer = commit(&world, address, "newer", 1, &[(alice, 3 * ETH), (bob, 0), (eve, ETH / 4)]).await;
    let at = |command: &[&str], key: &str, more: &[&str]| {
        world.run(&[&["--yes", "dispute"], command, &[vault.as_str(), "--key-env", key], more].concat())
    };
    let eth = ["--asset", "ETH"];
    at(&["ledger"], "KEY_9", &eth).refused(1, "DISPUTES_MISSING");
    let created = at(&["create"], "KEY_9", &[]).done();
    let again = at(&["create"], "KEY_9", &[]).done();
    assert_eq!((&created["address"], &again["sent"]), (&again["address"], &Value::Null));
    at(&["ledger"], "KEY_9", &eth).refused(1, "Liveness_WrongPhase");
    let request = ["--asset", "ETH", "--account", &bob.to_string()];
    at(&["request"], "KEY_9", &request).refused(1, "Disputes_OnlyOperator");
    at(&["request"], "KEY_1", &request).refused(1, "Liveness_RequestNotOpen");

    let contract = VaultInstance::new(address, world.chain.provider());
    let latched_at: u64 = contract.timeline().call().await.unwrap().latchedAt.to();
    world.chain.mine_at(latched_at).await.unwrap();
    let opened = at(&["ledger"], "KEY_9", &eth).done();
    assert_eq!((&opened["settled"], &opened["ruled"]), (&false.into(), &Value::Null));
    at(&["ledger"], "KEY_9", &eth).refused(1, "Disputes_Disputed");
    let number = ["--dispute", opened["dispute"].as_str().unwrap()];
    at(&["evidence"], "KEY_8", &[&number[..], &["--evidence", "ipfs://evidence"]].concat()).done();
    at(&["settle"], "KEY_8", &number).refused(1, "Disputes_NotDue");
    at(&["settle"], "KEY_8", &["--dispute", "7"]).refused(1, "Disputes_Unknown");
    world.pass(130).await;
    assert_eq!(at(&["settle"], "KEY_8", &number).done()["settled"], true);
    assert_eq!(contract.recovery(Address::ZERO).call().await.unwrap().epoch, 1);
    let refund = ["--bundle", &older, "--account", &bob.to_string(), "--entry", "0"];
    at(&["refund"], "KEY_8", &refund).refused(1, "Ledger_NotTheAccount");
    let unknown = ["--bundle", &older, "--account", &bob.to_string(), "--entry", "1"];
    at(&["refund"], "KEY_8", &unknown).refused(1, "Disputes_NotReopened");
    let refund = |bundle: &str, account: Address, more: &[&str], key: &str| {
        let account = account.to_string();
        at(&["refund"], key, &[&["--bundle", bundle, "--account", &account, "--entry", "0"], more].concat())
    };
    refund(&older, eve, &[], "KEY_9").refused(1, "LEDGER_NOT_LISTED");
    refund(&newer, eve, &["--without-leaf"], "KEY_9").refused(1, "LEDGER_OTHER_EPOCH");
    refund(&older, bob, &["--without-leaf"], "KEY_8").refused(1, "DISPUTE_HAS_LEAF");
    refund(&older, eve, &["--without-leaf"], "KEY_8").refused(1, "Ledger_NotTheAccount");
    let held = world.balance(address).await;
    refund(&older, eve, &["--without-leaf"], "KEY_9").done();
    assert_eq!(held - world.balance(address).await, U256::from(ETH / 4), "her whole deposit");
    refund(&older, eve, &["--without-leaf"], "KEY_9").refused(1, "Books_EntryRefunded");

    // The bond is back, and Bob has what the older ledger owes him.
    let to = Address::repeat_byte(0x33);
    at(&["withdraw"], "KEY_9", &["--to", &to.to_string()]).done();
    assert_eq!(world.balance(to).await, U256::from(ETH / 500));
    world.pass(3_600).await;
    let claim = ["--yes", "claim", &vault, "--bundle", &older, "--account", &bob.to_string(), "--key-env", "KEY_9"];
    assert_eq!(world.run(&claim).done()["claims"][0]["amount"]["text"], "1 ETH");
}
