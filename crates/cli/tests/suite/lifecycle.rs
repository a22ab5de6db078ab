//! One vault's life, all of it through the command: deployed, verified, filled, committed, released from, left behind, and emptied by
//! its users.

use std::path::Path;

use alloy::{
    primitives::{Address, U256},
    providers::{Provider, ext::AnvilApi},
};
use lifeboat_bindings::test_token::TestToken::TestTokenInstance;
use serde_json::Value;

use crate::{
    scan::scan,
    world::{ALICE, AUDITOR, BOB, FAR, OPERATOR, STRANGER, World},
};

const ETH: u128 = 1_000_000_000_000_000_000;

fn address_in(json: &Value) -> Address {
    json.as_str().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn terms_become_a_vault_that_verifies() {
    let world = World::start().await;
    let terms = world.write_terms();
    let terms = terms.to_str().unwrap();

    let plan = world.run_offline(&["deploy", "--terms", terms, "--dry-run"]).done();
    assert_eq!(plan["outcome"], "offline_dry_run");
    let sorted = "assets were put into ascending order".into();
    assert!(plan["notes"].as_array().unwrap().contains(&sorted), "{plan}");
    let priced = world.run(&["deploy", "--terms", terms, "--dry-run"]).done();
    assert_eq!(priced["address"], plan["address"]);
    // The vault is priced as if the missing blueprints were there, and fits into one transaction.
    let gas = |field: &str| priced[field].as_u64().unwrap();
    assert!((1_000_000..1 << 24).contains(&gas("gas")) && gas("blueprints_gas") > 1_000_000, "{priced}");
    let stood = |plan: &Value| [0, 1].map(|i| plan["blueprints"][i]["stood_already"].clone());
    assert_eq!(stood(&priced), [Value::from(false), false.into()]);

    // Without --yes and without anybody to ask, nothing happens.
    world.run(&["deploy", "--terms", terms, "--key-env", "KEY_0"]).refused(1, "CLI_NOT_CONFIRMED");
    let vault = world.deploy();
    assert_eq!(address_in(&plan["address"]), vault);
    let again = world.run(&["--yes", "deploy", "--terms", terms, "--key-env", "KEY_0"]).done();
    assert_eq!(stood(&again), [Value::from(true), true.into()]);
    assert_eq!((&again["outcome"], &again["address"]), (&"already_deployed".into(), &plan["address"]));

    let vault = vault.to_string();
    let by_file = world.run(&["verify", &vault, "--terms", terms]).done();
    let by_chain = world.run(&["verify", &vault]).done();
    assert_eq!(by_file, by_chain);
    let other = world.path("other.toml");
    std::fs::write(&other, world.terms().replace("\"2h\"", "\"3h\"")).unwrap();
    world.run(&["verify", &vault, "--terms", &other]).refused(1, "VERIFY_TERMS");
    let salt = format!("0x{}", "01".repeat(32));
    world.run(&["verify", &vault, "--terms", terms, "--salt", &salt]).refused(1, "VERIFY_ADDRESS");
    // A salt of the deployer's choice is read from the deployment, or asked for.
    let salted = world.run(&["--yes", "deploy", "--terms", terms, "--salt", &salt, "--key-env", "KEY_0"]).done();
    let salted = salted["address"].as_str().unwrap();
    assert_eq!(world.run(&["verify", salted, "--terms", terms]).done()["salt"], salt.as_str());
    let later = ["verify", salted, "--terms", terms, "--from-block", "1000"];
    world.run(&later).refused(1, "VERIFY_SALT");
    world.run(&[&later[..], &["--salt", &salt]].concat()).done();
    world.run(&["verify", &world.token.to_string(), "--terms", terms]).refused(1, "RPC_REFUSED");
}

#[tokio::test(flavor = "multi_thread")]
async fn segregated_money_goes_in_and_out() {
    let world = World::start().await;
    let (vault, token) = (world.deploy().to_string(), world.token.to_string());
    let deposit = |asset: &str, amount: &str, key: &str, more: &[&str]| {
        world.run(
            &[&["--yes", "deposit", &vault, "--asset", asset, "--amount", amount, "--key-env", key], more].concat(),
        )
    };

    let eth = deposit("ETH", "1.5 ETH", "KEY_7", &[]).done();
    assert_eq!(eth["segregated"]["base_units"], (ETH * 3 / 2).to_string());
    // The token is approved on the way, exactly.
    let alice = world.address(ALICE).to_string();
    let tokens = deposit(&token, "20 TST", "KEY_0", &["--account", &alice]).done();
    assert_eq!(tokens["segregated"]["text"], "20 TST (20000000 base units)");
    let contract = TestTokenInstance::new(world.token, world.chain.provider());
    let left = contract.allowance(world.address(0), vault.parse().unwrap()).call().await.unwrap();
    assert_eq!(left, U256::ZERO);
    let queued = deposit("ETH", "1 gwei", "KEY_7", &["--to-ledger"]).done();
    assert_eq!(queued["to_ledger"], true);

    deposit(&token, "20 TST", "KEY_9", &[]).refused(1, "DEPOSIT_UNFUNDED");
    deposit("ETH", "1000000 ETH", "KEY_9", &[]).refused(1, "RPC_REFUSED");
    deposit("ETH", "0 ETH", "KEY_9", &[]).refused(1, "Books_ZeroAmount");
    deposit(&vault, "1 base", "KEY_9", &[]).refused(1, "Books_AssetNotListed");

    let withdraw = |amount: &str| {
        world.run(&["--yes", "withdraw", &vault, "--asset", &token, "--amount", amount, "--key-env", "KEY_7"])
    };
    withdraw("21 TST").refused(1, "Books_BalanceTooLow");
    assert_eq!(withdraw("5 TST").done()["left"]["base_units"], "15000000");
    assert_eq!(contract.balanceOf(world.address(ALICE)).call().await.unwrap(), U256::from(5_000_000));

    // Alice's signature spends the rest; a stranger brings it.
    let order = world.path("order.json");
    let bob = world.address(BOB).to_string();
    let place = ["--yes", "sign", "order", "--chain-id", "31337", "--vault", &vault, "--asset", &token];
    let rest = ["--payee", &bob, "--amount", "15000000 base", "--deadline", FAR, "--out", &order, "--key-env", "KEY_7"];
    world.run_offline(&[&place[..], &rest[..]].concat()).done();
    world.run(&["--yes", "send", &order, "--key-env", "KEY_9"]).done();
    assert_eq!(contract.balanceOf(world.address(BOB)).call().await.unwrap(), U256::from(15_000_000));
    world.run(&["--yes", "send", &order, "--key-env", "KEY_9"]).refused(1, "Signature_NonceUsed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_lives_and_its_users_get_out() {
    let world = World::start().await;
    let address = world.deploy();
    let vault = address.to_string();
    let code = world.run(&["ticket", "code", "new"]).done();
    std::fs::write(world.path("code"), code["code"].as_str().unwrap()).unwrap();
    let holder = address_in(&code["account"]);
    let by_code = world.run(&["ticket", "code", "address", "--code-file", &world.path("code")]).done();
    assert_eq!(by_code["account"], code["account"]);

    // A solvent ledger, committed off line by operator and auditor, attested, final.
    world.give(address, 10 * ETH).await;
    let (alice, bob) = (world.address(ALICE), world.address(BOB));
    let balances = [(alice, 3 * ETH), (bob, 2 * ETH), (holder, ETH)];
    let bundle = world.write_bundle("ledger", address, &balances).await;
    let commitment = world.path("commitment.json");
    let prepare = ["commit", "prepare", "--bundle", &bundle, "--uri", "ipfs://ledger", "--out", &commitment];
    world.run_offline(&prepare).refused(1, "COMMIT_EPOCH");
    assert_eq!(world.run(&prepare).done()["message"]["epoch"], 1);
    let post = ["--yes", "commit", "post", &commitment, "--key-env", "KEY_9"];
    let (operator, auditor) = (world.address(OPERATOR).to_string(), world.address(AUDITOR).to_string());
    let missing = |who: &[&String]| {
        let error = world.run(&post).refused(1, "COMMIT_UNSIGNED");
        let what = error["what"].as_str().unwrap();
        for address in [&operator, &auditor] {
            assert_eq!(what.contains(address.as_str()), who.contains(&address), "{what}");
        }
    };
    let sign = |key| ["--yes", "commit", "sign", &commitment, "--bundle", &bundle, "--key-env", key];
    missing(&[&operator, &auditor]);
    world.run(&sign("KEY_6")).refused(1, "COMMIT_NOT_A_ROLE");
    let terms = world.path("terms.toml");
    let by_terms = [&sign("KEY_9")[..], &["--terms", &terms]].concat();
    world.run_offline(&by_terms).refused(1, "COMMIT_NOT_A_ROLE");
    assert_eq!(world.run(&sign("KEY_1")).done()["roles"], serde_json::json!(["operator"]));
    missing(&[&auditor]);
    assert_eq!(world.run_offline(&sign("KEY_5")).done()["roles"], Value::Null);
    world.run(&post).done();
    let attest =
        ["--yes", "attest", "now", &vault, "--bundle", &bundle, "--watcher-key", "env:KEY_6", "--key-env", "KEY_9"];
    world.run(&attest).done();
    world.run(&attest).refused(1, "Ledger_AlreadyAttested");
    world.pass(180).await;

    let status = world.run(&["status", &vault]).done();
    assert_eq!(status["phase"], "LIVE");
    let eth = &status["assets"][0];
    assert_eq!(eth["asset"]["symbol"], "ETH");
    assert_eq!((&eth["owed"]["text"], &eth["coverage_percent"]), (&"6 ETH".into(), &"166.66".into()));
    let counting = &eth["counting"];
    assert_eq!(
        (&counting["epoch"], &counting["accounts"], &counting["is_final"]),
        (&1.into(), &3.into(), &true.into())
    );
    let manifest = std::fs::read_to_string(Path::new(&bundle).join("manifest.json")).unwrap();
    assert!(manifest.contains(counting["root"].as_str().unwrap()), "{counting} {manifest}");
    // Attested: final two minutes after it was posted.
    assert_eq!(counting["final_in_seconds"].as_i64().unwrap(), 120 - counting["age_seconds"].as_i64().unwrap());

    release_two_of_three(&world, &vault).await;
    exit_requests(&world, &vault, &bundle);
    pay_out(&world, &bundle, alice).await;
    next_snapshot(&world, &vault, alice).await;

    // The service falls silent. Nobody but strangers acts from here on.
    let claim = |account: Address| {
        let account = account.to_string();
        world.run(&["--yes", "claim", &vault, "--bundle", &bundle, "--account", &account, "--key-env", "KEY_9"])
    };
    claim(bob).refused(1, "CLAIM_TOO_EARLY");
    world.pass(4 * 3_600).await;
    assert_eq!(world.run(&["status", &vault]).done()["phase"], "RETURNING");
    let late = ["--yes", "deposit", &vault, "--asset", "ETH", "--amount", "1 wei", "--to-ledger", "--key-env", "KEY_9"];
    world.run(&late).refused(1, "Liveness_WrongPhase");

    let before = world.balance(bob).await;
    let paid = claim(bob).done();
    assert_eq!(paid["claims"][0]["amount"]["text"], "2 ETH");
    assert_eq!(world.balance(bob).await - before, U256::from(2 * ETH));
    assert_eq!(claim(bob).done()["claims"][0]["paid_before"], true);
    claim(world.address(STRANGER)).refused(1, "LEDGER_NOT_LISTED");
    // Alice was paid 1 ETH of 3 while the service lived.
    assert_eq!(claim(alice).done()["claims"][0]["amount"]["text"], "2 ETH");

    ticket_by_code(&world, &bundle, holder).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_all_keys_needs_one_step() {
    let world = World::start().await;
    let address = world.deploy();
    let vault = address.to_string();
    world.give(address, ETH).await;
    let bundle = world.write_bundle("ledger", address, &[(world.address(ALICE), ETH)]).await;
    let now = ["--yes", "commit", "now", "--bundle", &bundle, "--uri", "ipfs://ledger", "--key-env", "KEY_9"];
    let keys = |auditor| [&now[..], &["--operator-key", "env:KEY_1", "--auditor-key", auditor]].concat();
    world.run(&keys("env:KEY_6")).refused(1, "Signature_NotAMember");
    world.run(&keys("env:KEY_5")).done();
    let other = world.write_bundle("other", address, &[(world.address(BOB), ETH)]).await;
    let file = world.path("attestation.json");
    let attest = |bundle: &str| {
        world.run(&["--yes", "attest", "sign", &vault, "--bundle", bundle, "--out", &file, "--key-env", "KEY_6"])
    };
    attest(&other).refused(1, "ATTEST_DIFFERENT");
    attest(&bundle).done();
    world.run(&["--yes", "attest", "post", &file, "--key-env", "KEY_9"]).done();
    // Final at a time that the terms tell, where the vault's first event cannot be read too.
    let newest = |more: &[&str]| world.run(&[&["status", &vault], more].concat()).done()["assets"][0]["newest"].clone();
    let (by_chain, unknown) = (newest(&[]), newest(&["--from-block", "1000"]));
    assert_eq!((&by_chain["attested"], &by_chain["is_final"]), (&true.into(), &false.into()));
    assert!(by_chain["final_in_seconds"].as_i64().unwrap() > 0, "{by_chain}");
    assert_eq!(unknown["final_at"], Value::Null);
    assert_eq!(newest(&["--from-block", "1000", "--terms", &world.path("terms.toml")]), by_chain);

    // The end is announced by two signers, an hour ahead or more.
    let wind_down = world.path("wind-down.json");
    let at = format!("@{}", world.chain.now().await.unwrap() + 7_200);
    let place = ["--yes", "sign", "wind-down", "--chain-id", "31337", "--vault", &vault, "--at", &at];
    let rest = ["--deadline", FAR, "--out", &wind_down, "--key-env", "KEY_2"];
    world.run_offline(&[&place[..], &rest[..]].concat()).done();
    world.run_offline(&["--yes", "sign", "add", &wind_down, "--key-env", "KEY_4"]).done();
    world.run(&["--yes", "send", &wind_down, "--key-env", "KEY_9"]).done();
    let status = world.run(&["status", &vault]).done();
    assert_eq!(format!("@{}", status["wind_down_at"]), at);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_takes_every_open_round() {
    let world = World::start().await;
    let address = world.deploy_half_covered();
    let vault = address.to_string();
    world.give(address, 3 * ETH).await;
    let (alice, bob) = (world.address(ALICE), world.address(BOB));
    // Two words, so that there is something to anchor.
    let others = (1..300_u64).map(|i| (Address::from_word(U256::from(0x10_0000 + i).into()), 0));
    let lines: Vec<_> = [(alice, 4 * ETH), (bob, 2 * ETH)].into_iter().chain(others).collect();
    let bundle = world.write_bundle("ledger", address, &lines).await;
    let now = ["--yes", "commit", "now", "--bundle", &bundle, "--uri", "u", "--key-env", "KEY_9"];
    world.run(&[&now[..], &["--operator-key", "env:KEY_1", "--auditor-key", "env:KEY_5"]].concat()).done();
    let latch = ["--yes", "return", "latch", &vault, "--key-env", "KEY_9"];
    world.run(&latch).refused(1, "Liveness_WrongPhase");
    world.pass(4 * 3_600).await;
    world.run(&latch).done();

    let claim = |account: Address| {
        let account = account.to_string();
        world.run(&["--yes", "claim", &vault, "--bundle", &bundle, "--account", &account, "--key-env", "KEY_9"]).done()
    };
    assert_eq!(claim(alice)["claims"][0]["amount"]["text"], "2 ETH");
    let anchor = |round: &str| {
        world.run(&["--yes", "return", "anchor", &vault, "--bundle", &bundle, "--round", round, "--key-env", "KEY_9"])
    };
    anchor("1").refused(1, "ANCHOR_NOTHING");
    let anchored = anchor("0").done();
    assert_eq!((&anchored["level"], &anchored["nodes"]), (&8.into(), &2.into()));
    anchor("0").refused(1, "ANCHOR_NOTHING");
    // Late money: anyone books the single claim as paid, and opens another round over all that is left.
    let help = |what: &str, more: &[&str]| {
        let place = ["--yes", "return", what, &vault, "--asset", "ETH", "--key-env", "KEY_9"];
        world.run(&[&place[..], more].concat())
    };
    help("open", &[]).refused(1, "Return_NothingToDistribute");
    world.give(address, 3 * ETH).await;
    help("tally", &["--round", "1"]).refused(1, "TALLY_NOTHING");
    let tallied = help("tally", &["--round", "0"]).done();
    assert_eq!((&tallied["cells"], &tallied["tallied"]["text"]), (&1.into(), &"2 ETH".into()));
    help("tally", &["--round", "0"]).refused(1, "TALLY_NOTHING");
    let opened = help("open", &[]).done();
    assert_eq!((&opened["round"], &opened["distributed"]["text"]), (&1.into(), &"3 ETH".into()));
    assert_eq!(opened["owed"]["text"], "6 ETH");
    let (first, second) = (claim(alice), claim(bob));
    assert_eq!(
        (&first["claims"][0]["paid_before"], &first["claims"][1]["amount"]["text"]),
        (&true.into(), &"2 ETH".into())
    );
    assert_eq!(second["claims"].as_array().unwrap().len(), 2);
    assert_eq!(world.balance(address).await, U256::ZERO);
}

/// Two of three signers release 1 ETH; one alone cannot, and nobody twice.
async fn release_two_of_three(world: &World, vault: &str) {
    let stranger = world.address(STRANGER);
    let to = Address::repeat_byte(0x77);
    let (first, second, both) = (world.path("first.json"), world.path("second.json"), world.path("both.json"));
    let recipient = to.to_string();
    let place = ["--yes", "sign", "release", "--chain-id", "31337", "--vault", vault, "--asset", "ETH"];
    let rest = ["--to", &recipient, "--amount", "1 ETH", "--nonce", "7", "--deadline", FAR];
    let sign = |key: &str, out: &str| {
        world.run_offline(&[&place[..], &rest[..], &["--key-env", key, "--out", out]].concat()).done()
    };
    sign("KEY_2", &first);
    sign("KEY_3", &second);
    let send = |file: &str| world.run(&["--yes", "send", file, "--key-env", "KEY_9"]);
    send(&first).refused(1, "Signature_QuorumNotMet");
    world.run_offline(&["sign", "merge", &first, &second, "--out", &both]).done();
    send(&both).done();
    assert_eq!(world.balance(to).await, U256::from(ETH));
    send(&both).refused(1, "Signature_NonceOutOfWindow");

    // A member's signature and a stranger's make no quorum; and the ledger stays covered.
    world.run_offline(&["--yes", "sign", "add", &first, "--key-env", "KEY_9"]).done();
    let error = send(&first).refused(1, "Signature_NotAMember");
    assert!(error["what"].as_str().unwrap().contains(&stranger.to_string()), "{error}");
    let greedy = world.path("greedy.json");
    let rest = ["--to", &recipient, "--amount", "4 ETH", "--nonce", "8", "--deadline", FAR, "--out", &greedy];
    world.run_offline(&[&place[..], &rest[..], &["--key-env", "KEY_2"]].concat()).done();
    world.run_offline(&["--yes", "sign", "add", &greedy, "--key-env", "KEY_4"]).done();
    send(&greedy).refused(1, "Gate_ReserveBelowFloor");
}

fn exit_requests(world: &World, vault: &str, bundle: &str) {
    let request = |amount: &str| {
        world.run(&["--yes", "exit", "request", vault, "--bundle", bundle, "--amount", amount, "--key-env", "KEY_8"])
    };
    request("3 ETH").refused(1, "Gate_AmountAboveOwed");
    let open = request("2 ETH").done();
    assert_eq!(open["open"], true);
    request("1 ETH").refused(1, "Liveness_RequestOpen");
    let bob = world.address(BOB).to_string();
    let report = ["--yes", "exit", "report", vault, "--asset", "ETH", "--account", &bob, "--key-env", "KEY_9"];
    world.run(&report).refused(1, "Liveness_RequestNotDue");
    let answer = ["--yes", "exit", "answer", vault, "--bundle", bundle, "--account", &bob, "--key-env", "KEY_9"];
    world.run(&answer).refused(1, "Liveness_RequestStands");
    let cancel = ["--yes", "exit", "cancel", vault, "--asset", "ETH", "--key-env", "KEY_8"];
    assert_eq!(world.run(&cancel).done()["open"], false);
    world.run(&cancel).refused(1, "Liveness_RequestNotOpen");
}

/// The signers pay Alice 1 ETH of what the ledger owes her.
async fn pay_out(world: &World, bundle: &str, alice: Address) {
    let file = world.path("payout.json");
    let account = alice.to_string();
    let place = ["--yes", "sign", "payout", "--bundle", bundle, "--account", &account, "--amount", "1 ETH"];
    let rest = ["--nonce", "9", "--deadline", FAR, "--out", &file, "--key-env", "KEY_2"];
    world.run_offline(&[&place[..], &rest[..]].concat()).done();
    world.run_offline(&["--yes", "sign", "add", &file, "--key-env", "KEY_3"]).done();
    let before = world.balance(alice).await;
    world.run(&["--yes", "send", &file, "--key-env", "KEY_9"]).done();
    assert_eq!(world.balance(alice).await - before, U256::from(ETH));
}

/// What was paid goes from the chain into the next bundle, in which Alice is owed less.
async fn next_snapshot(world: &World, vault: &str, alice: Address) {
    let (paid, ledger, out) = (world.path("paid.csv"), world.path("ledger.csv"), world.path("second"));
    let queued = world.run(&[
        "--yes",
        "deposit",
        vault,
        "--asset",
        "ETH",
        "--amount",
        "1 wei",
        "--to-ledger",
        "--key-env",
        "KEY_9",
    ]);
    queued.done();
    // The vault is younger than the newest final block, which anvil puts 64 blocks back.
    let snapshot = ["ledger", "paid", vault, "--asset", "ETH", "--out", &paid];
    world.run(&snapshot).refused(1, "PAID_TOO_EARLY");
    world.run(&[&snapshot[..], &["--block", "1000000"]].concat()).refused(1, "RPC_NO_SUCH_BLOCK");
    world.run(&[&snapshot[..], &["--block", "soon"]].concat()).refused(2, "CLI_USAGE");
    let newest = world.chain.provider().get_block_number().await.unwrap();
    world.chain.provider().anvil_mine(Some(64), None).await.unwrap();
    let written = world.run(&snapshot).done();
    assert_eq!(written["block"], newest);
    assert_eq!((&written["accounts"], &written["total"]["text"]), (&1.into(), &"1 ETH".into()));
    assert_eq!(std::fs::read_to_string(&paid).unwrap(), format!("account,paid\n{alice},{ETH}\n"));
    std::fs::write(&ledger, format!("{alice},2\n")).unwrap();
    let (cursor, time) = (written["deposit_cursor"].to_string(), written["snapshot_at"].to_string());
    assert_eq!(cursor, "1");
    let first = world.path("ledger");
    let place = ["ledger", "build", &ledger, "--out", &out, "--previous", &first, "--paid", &paid, "--asset", "ETH"];
    let rest = ["--decimals", "18", "--chain-id", "31337", "--vault", vault, "--deposit-cursor", &cursor];
    world.run_offline(&[&place[..], &rest, &["--snapshot-at", &time]].concat()).done();
    let leaf = world.run_offline(&["ledger", "proof", &out, &alice.to_string()]).done();
    assert_eq!(leaf["paid_base_units"], ETH.to_string());
    world.run(&["ledger", "paid", vault, "--asset", "ETH", "--out", &paid]).refused(1, "FILE_EXISTS");
}

/// The holder of a claim code has no ETH and no wallet: a stranger submits the ticket for its fee.
async fn ticket_by_code(world: &World, bundle: &str, holder: Address) {
    let (ticket, code, drawing) = (world.path("ticket.json"), world.path("code"), world.path("ticket.svg"));
    let to = Address::repeat_byte(0x88);
    let recipient = to.to_string();
    let make = ["--yes", "ticket", "make", "--bundle", bundle, "--to", &recipient, "--fee", "0.01 ETH"];
    let rest = ["--deadline", FAR, "--out", &ticket, "--qr", &drawing, "--code-file", &code];
    let made = world.run_offline(&[&make[..], &rest[..]].concat()).done();
    // A phone reads the same from the drawing.
    let scanned = scan(&std::fs::read_to_string(&drawing).unwrap());
    assert_eq!(made["ticket"], scanned.as_str());
    let shown = world.run_offline(&[&make[..], &["--deadline", FAR, "--qr", "-", "--code-file", &code]].concat());
    assert_eq!(shown.done()["ticket"], scanned.as_str());

    let offline = world.run_offline(&["ticket", "check", &ticket, "--bundle", bundle]).done();
    assert_eq!((address_in(&offline["account"]), &offline["by_contract_owner"]), (holder, &false.into()));
    let by_text = world.run_offline(&["ticket", "check", &scanned, "--bundle", bundle]).done();
    assert_eq!(by_text, offline);
    world.run_offline(&["ticket", "check", &scanned[..scanned.len() - 9]]).refused(1, "TICKET_TEXT");
    let online = world.run(&["ticket", "check", &ticket]).done();
    assert_eq!(online["share"]["text"], "1 ETH");

    // Whoever changes where the money goes holds a piece of paper.
    let stolen = world.path("stolen.json");
    let text = std::fs::read_to_string(&ticket).unwrap();
    let mut json: Value = serde_json::from_str(&text).unwrap();
    json["message"]["to"] = world.address(STRANGER).to_string().into();
    std::fs::write(&stolen, json.to_string()).unwrap();
    world.run(&["--yes", "ticket", "submit", &stolen, "--key-env", "KEY_9"]).refused(1, "MESSAGE_SIGNATURE");
    // A signature by somebody else does not help either.
    json["signatures"] = Value::Array(Vec::new());
    std::fs::write(&stolen, json.to_string()).unwrap();
    world.run_offline(&["--yes", "sign", "add", &stolen, "--key-env", "KEY_9"]).done();
    world.run(&["--yes", "ticket", "submit", &stolen, "--key-env", "KEY_9"]).refused(1, "Signature_Invalid");

    std::fs::write(world.path("scanned"), &scanned).unwrap();
    let submit = ["--yes", "ticket", "submit", "-", "--key-env", "KEY_9"];
    let submitted = world.run_reading(&world.path("scanned"), &submit).done();
    assert_eq!((&submitted["paid"]["text"], &submitted["fee"]["text"]), (&"0.99 ETH".into(), &"0.01 ETH".into()));
    assert_eq!(world.balance(to).await, U256::from(ETH / 100 * 99));
    world.run(&["--yes", "ticket", "submit", &ticket, "--key-env", "KEY_9"]).refused(1, "Return_AlreadyClaimed");
    world.run(&["ticket", "check", &ticket]).refused(1, "Return_AlreadyClaimed");
}
