//! What users and strangers can do about a vault's records: demand a ledger's data, redirect claims, have deposits back; and the bond.

use alloy::primitives::{Address, U256};
use serde_json::Value;

use crate::{
    command::Run,
    world::{ALICE, BOB, World},
};

const ETH: u128 = 1_000_000_000_000_000_000;
const SLA: &str = "[sla]\nmin_bond = \"0%\"\ndaily = \"10%\"\ncap = \"50%\"\nallowance = \"0s\"\n";

struct Service {
    world: World,
    address: Address,
    vault: String,
}

impl Service {
    /// Demands cost 0.002 ETH and are due after ten minutes, exit requests cost 0.001 ETH; half of the ledger must be covered.
    async fn open() -> Self {
        let world = World::start().await;
        let address = world.deploy_changed(&[
            ("\"100%\"", "\"50%\""),
            ("exit_deposit", "challenge_bond = \"0.002 ETH\"\nexit_deposit"),
            ("[timers]", &format!("{SLA}[timers]\nanswer_window = \"10m\"")),
        ]);
        world.give(address, 3 * ETH).await;
        Self { world, address, vault: address.to_string() }
    }

    /// Commits to a ledger: Alice 4 ETH, Bob 2 ETH.
    async fn commit(&self, name: &str) -> String {
        let world = &self.world;
        let lines = [(world.address(ALICE), 4 * ETH), (world.address(BOB), 2 * ETH)];
        let bundle = world.write_bundle(name, self.address, &lines).await;
        let now = ["--yes", "commit", "now", "--bundle", &bundle, "--uri", "u", "--key-env", "KEY_9"];
        world.run(&[&now[..], &["--operator-key", "env:KEY_1", "--auditor-key", "env:KEY_5"]].concat()).done();
        bundle
    }

    async fn commit_final(&self) -> String {
        let bundle = self.commit("ledger").await;
        let keys = ["--watcher-key", "env:KEY_6", "--key-env", "KEY_9"];
        self.world.run(&[&["--yes", "attest", "now", &self.vault, "--bundle", &bundle], &keys[..]].concat()).done();
        self.world.pass(180).await;
        bundle
    }

    fn at(&self, command: &[&str], key: &str, more: &[&str]) -> Run {
        self.world.run(&[&["--yes"], command, &[&self.vault, "--key-env", key], more].concat())
    }
}

fn is(json: &Value, field: &str, expected: impl Into<Value>) {
    assert_eq!(json[field], expected.into(), "{json}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledgers_data_is_demanded_and_shown_or_the_ledger_is_void() {
    let service = Service::open().await;
    let first = service.commit("first").await;
    let word = |what: &str, epoch: &str, word: &str| {
        service.at(&["challenge", what], "KEY_9", &["--asset", "ETH", "--epoch", epoch, "--word", word])
    };
    let answer = |bundle: &str, more: &[&str]| {
        service.at(&["challenge", "answer"], "KEY_8", &[&["--bundle", bundle], more].concat())
    };
    let reclaim = |key: &str| service.at(&["reclaim"], key, &[]);
    word("open", "2", "0").refused(1, "Ledger_EpochUnknown");
    word("open", "1", "1").refused(1, "Ledger_NoSuchWord");
    answer(&first, &["--word", "0"]).refused(1, "Ledger_ChallengeNotOpen");
    is(&word("open", "1", "0").done(), "open", true);
    word("open", "1", "0").refused(1, "Ledger_WordChallenged");
    reclaim("KEY_9").refused(1, "Ledger_NothingToWithdraw");
    word("void", "1", "0").refused(1, "Ledger_AnswerNotDue");
    answer(&first, &["--word", "1"]).refused(1, "CHALLENGE_WORD");
    let other = service.world.write_bundle("other", service.address, &[(service.world.address(BOB), ETH)]).await;
    answer(&other, &["--word", "0"]).refused(1, "ATTEST_DIFFERENT");
    let shown = answer(&first, &["--word", "0"]).done();
    is(&shown, "open", false);
    is(&shown, "is_void", false);
    // Who shows it has the bond.
    is(&reclaim("KEY_8").done()["amount"], "text", "0.002 ETH");
    reclaim("KEY_8").refused(1, "Ledger_NothingToWithdraw");

    let second = service.commit("second").await;
    word("open", "2", "0").done();
    service.world.pass(660).await;
    answer(&second, &["--word", "0", "--epoch", "2"]).refused(1, "Ledger_AnswerTooLate");
    is(&word("void", "2", "0").done(), "is_void", true);
    let to = Address::repeat_byte(0x55);
    let back = service.at(&["reclaim"], "KEY_9", &["--to", &to.to_string()]).done();
    is(&back["amount"], "text", "0.002 ETH");
    assert_eq!(service.world.balance(to).await, U256::from(ETH / 500));
}

#[tokio::test(flavor = "multi_thread")]
async fn claims_are_redirected_and_deposits_come_back() {
    let service = Service::open().await;
    let bundle = service.commit_final().await;
    let with_bundle = ["--bundle", bundle.as_str()];
    let (alice, bob) = (service.world.address(ALICE).to_string(), service.world.address(BOB).to_string());
    let to = Address::repeat_byte(0x66);
    let redirect = |key: &str, more: &[&str]| service.at(&["redirect"], key, &[&with_bundle[..], more].concat());
    redirect("KEY_9", &["--to", &bob]).refused(1, "LEDGER_NOT_LISTED");
    redirect("KEY_7", &[]).refused(2, "CLI_USAGE");
    redirect("KEY_7", &["--to", &service.vault]).refused(1, "Books_ReservedAddress");
    is(&redirect("KEY_8", &["--to", &alice]).done(), "to", alice.to_lowercase());
    is(&redirect("KEY_8", &["--clear"]).done(), "to", Value::Null);
    redirect("KEY_7", &["--to", &to.to_string()]).done();
    let request = ["--bundle", &bundle, "--amount", "1 ETH"];
    service.at(&["exit", "request"], "KEY_8", &request).done();
    let close = || service.at(&["exit", "close"], "KEY_9", &["--asset", "ETH", "--account", &bob]);
    close().refused(1, "Liveness_WrongPhase");

    service.world.pass(4 * 3_600).await;
    is(&close().done(), "open", false);
    is(&service.at(&["reclaim"], "KEY_8", &[]).done()["amount"], "text", "0.001 ETH");
    redirect("KEY_7", &["--clear"]).refused(1, "Liveness_WrongPhase");
    let claim = service.at(&["claim"], "KEY_9", &["--bundle", &bundle, "--account", &alice]).done();
    is(&claim["claims"][0]["amount"], "text", "2 ETH");
    assert_eq!(service.world.balance(to).await, U256::from(2 * ETH));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bond_fills_the_shortfall_and_pays_for_the_downtime() {
    let service = Service::open().await;
    let bundle = service.commit_final().await;
    let bond =
        |what: &str, key: &str, more: &[&str]| service.at(&["bond", what], key, &[&["--asset", "ETH"], more].concat());
    bond("put", "KEY_9", &["--amount", "5 ETH"]).refused(1, "BOND_MISSING");
    let created = service.at(&["bond", "create"], "KEY_9", &[]).done();
    let again = service.at(&["bond", "create"], "KEY_9", &[]).done();
    assert_eq!((&created["address"], &again["sent"]), (&again["address"], &Value::Null));
    is(&bond("put", "KEY_9", &["--amount", "5 ETH"]).done()["bonded"], "text", "5 ETH");
    bond("announce", "KEY_9", &["--amount", "1 ETH"]).refused(1, "Bond_OnlyOperator");
    bond("announce", "KEY_1", &["--amount", "6 ETH"]).refused(1, "Bond_TooLow");
    is(&bond("announce", "KEY_1", &["--amount", "1 ETH"]).done()["bonded"], "text", "4 ETH");
    bond("unbond", "KEY_9", &[]).refused(1, "Bond_NotReady");
    is(&bond("announce", "KEY_1", &["--amount", "0 ETH"]).done()["bonded"], "text", "5 ETH");
    bond("unbond", "KEY_9", &[]).refused(1, "Bond_NothingAnnounced");
    bond("fill", "KEY_9", &[]).refused(1, "Liveness_WrongPhase");

    service.world.pass(4 * 3_600).await;
    bond("open", "KEY_9", &[]).refused(1, "Bond_CompensationNotOpen");
    // 3 of the 6 ETH are there; the bond brings the others.
    is(&bond("fill", "KEY_9", &[]).done()["bonded"], "text", "2 ETH");
    bond("open", "KEY_9", &[]).refused(1, "Bond_ShortfallFirst");
    service.at(&["return", "open"], "KEY_9", &["--asset", "ETH"]).done();
    let opened = bond("open", "KEY_9", &[]).done();
    let compensation: u128 = opened["compensation"]["base_units"].as_str().unwrap().parse().unwrap();
    // 35 minutes between suspicion and return at a tenth of 6 ETH a day.
    assert_eq!(compensation, 6 * ETH / 10 * (35 * 60) / 86_400);
    let alice = service.world.address(ALICE);
    let before = service.world.balance(alice).await;
    let pay = || service.at(&["bond", "pay"], "KEY_9", &["--bundle", &bundle, "--account", &alice.to_string()]);
    pay().done();
    assert_eq!(service.world.balance(alice).await - before, U256::from(compensation * 4 / 6));
    pay().refused(1, "Return_AlreadyClaimed");
    bond("withdraw", "KEY_7", &[]).refused(1, "Books_ZeroAmount");
    is(&bond("rest", "KEY_9", &[]).done()["bonded"], "text", "0 ETH");
}
