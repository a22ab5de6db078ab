//! Orders between two accounts: paid, decided, and unwound when the vault latches.

use alloy::primitives::{Address, U256};
use serde_json::Value;

use crate::{
    command::Run,
    world::{ALICE, BOB, FAR, World},
};

const ETH: u128 = 1_000_000_000_000_000_000;

struct Trade {
    world: World,
    vault: String,
}

impl Trade {
    async fn start() -> Self {
        let world = World::start().await;
        let vault = world.deploy().to_string();
        Self { world, vault }
    }

    /// Alice pays Bob an ETH; KEY_6 is the arbiter.
    fn order(&self, name: &str, expiry: &str) -> String {
        let file = self.world.path(name);
        let [alice, bob, arbiter] = [ALICE, BOB, 6].map(|who| self.world.address(who).to_string());
        let parties = ["--payer", &alice, "--payee", &bob, "--arbiter", &arbiter];
        let place = ["escrow", "new", "--chain-id", "31337", "--vault", &self.vault, "--asset", "ETH"];
        let rest = ["--amount", "1 ETH", "--expiry", expiry, "--out", &file];
        self.world.run_offline(&[&place[..], &parties, &rest].concat()).done();
        file
    }

    fn at(&self, what: &str, file: &str, key: &str, more: &[&str]) -> Run {
        self.world.run(&[&["--yes", "escrow", what, file, "--key-env", key], more].concat())
    }

    fn consent(&self, file: &str, decision: &str, key: &str) -> Run {
        self.world.run_offline(&["--yes", "escrow", "consent", file, decision, "--key-env", key])
    }
}

fn stands(report: &Value, outcome: &str, held: &str) {
    assert_eq!((&report["outcome"], &report["held"]["text"]), (&outcome.into(), &held.into()), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_paid_in_and_decided() {
    let trade = Trade::start().await;
    let world = &trade.world;
    let (alice, bob) = (world.address(ALICE), world.address(BOB));
    let first = trade.order("first.json", FAR);
    trade.at("open", &first, "KEY_7", &[]).refused(1, "ESCROW_MISSING");
    let create = || world.run(&["--yes", "escrow", "create", &trade.vault, "--key-env", "KEY_9"]).done();
    let (created, again) = (create(), create());
    assert_eq!((&created["address"], &again["sent"]), (&again["address"], &Value::Null));

    // The payer agrees by himself.
    trade.at("release", &first, "KEY_7", &[]).refused(1, "Escrow_NothingHeld");
    stands(&trade.at("open", &first, "KEY_7", &[]).done(), "open", "1 ETH");
    trade.at("open", &first, "KEY_7", &[]).refused(1, "Escrow_Funded");
    trade.at("release", &first, "KEY_9", &[]).refused(1, "Signature_Invalid");
    let before = world.balance(bob).await;
    stands(&trade.at("release", &first, "KEY_7", &[]).done(), "released", "0 ETH");
    assert_eq!(world.balance(bob).await - before, U256::from(ETH));
    trade.at("cancel", &first, "KEY_8", &[]).refused(1, "Escrow_Settled");

    // Nothing is signed before it is confirmed: there is no segregated money yet, and nobody has asked the vault.
    let second = trade.order("second.json", FAR);
    let unconfirmed = ["escrow", "open", second.as_str(), "--from-vault", "--key-env", "KEY_7"];
    world.run(&unconfirmed).refused(1, "CLI_NOT_CONFIRMED");

    // Out of segregated money; the payee's consent travels in the file, and anyone brings it.
    let deposit = ["--yes", "deposit", &trade.vault, "--asset", "ETH", "--amount", "1 ETH", "--key-env", "KEY_7"];
    world.run(&deposit).done();
    trade.at("open", &second, "KEY_9", &["--from-vault"]).refused(1, "ESCROW_PARTY");
    stands(&trade.at("open", &second, "KEY_7", &["--from-vault"]).done(), "open", "1 ETH");
    trade.consent(&second, "cancel", "KEY_9").refused(1, "ESCROW_PARTY");
    trade.consent(&second, "cancel", "KEY_8").done();
    let before = world.balance(alice).await;
    stands(&trade.at("cancel", &second, "KEY_9", &[]).done(), "refunded", "0 ETH");
    assert_eq!(world.balance(alice).await - before, U256::from(ETH));

    // The arbiter agrees with one of the two.
    let third = trade.order("third.json", FAR);
    trade.at("open", &third, "KEY_7", &[]).done();
    trade.consent(&third, "release", "KEY_6").done();
    let arbitrate = |key: &str| trade.at("arbitrate", &third, key, &["--decision", "release"]);
    arbitrate("KEY_9").refused(1, "Signature_Invalid");
    stands(&arbitrate("KEY_8").done(), "released", "0 ETH");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_goes_back_by_itself() {
    let trade = Trade::start().await;
    let world = &trade.world;
    world.run(&["--yes", "escrow", "create", &trade.vault, "--key-env", "KEY_9"]).done();
    let soon = format!("@{}", world.chain.now().await.unwrap() + 1_000);
    let (expires, latches) = (trade.order("expires.json", &soon), trade.order("latches.json", FAR));
    for file in [&expires, &latches] {
        trade.at("open", file, "KEY_7", &[]).done();
        trade.at("refund", file, "KEY_9", &[]).refused(1, "Escrow_NotDue");
    }
    world.pass(1_100).await;
    trade.at("release", &expires, "KEY_7", &[]).refused(1, "Escrow_Expired");
    stands(&trade.at("refund", &expires, "KEY_9", &[]).done(), "refunded", "0 ETH");
    world.pass(4 * 3_600).await;
    trade.at("release", &latches, "KEY_7", &[]).refused(1, "Liveness_WrongPhase");
    let before = world.balance(world.address(ALICE)).await;
    stands(&trade.at("refund", &latches, "KEY_9", &[]).done(), "refunded", "0 ETH");
    assert_eq!(world.balance(world.address(ALICE)).await - before, U256::from(ETH));
    let to = Address::repeat_byte(0x44).to_string();
    trade.at("withdraw", &latches, "KEY_9", &["--to", &to]).refused(1, "Escrow_NotTheBeneficiary");
    trade.at("withdraw", &latches, "KEY_7", &["--to", &to]).refused(1, "Escrow_NothingHeld");
    trade.at("collect", &latches, "KEY_9", &[]).refused(1, "Escrow_NothingHeld");
    let show = world.run(&["escrow", "show", &latches]).done();
    stands(&show, "refunded", "0 ETH");

    // Later than the contract's clock: nothing is written.
    let never =
        ["escrow", "new", "--chain-id", "31337", "--vault", &trade.vault, "--asset", "ETH", "--amount", "1 ETH"];
    let parties = ["--payer", &to, "--payee", &trade.vault, "--expiry", "@1099511627776"];
    let unwritten = world.path("unwritten.json");
    world.run_offline(&[&never[..], &parties, &["--out", &unwritten]].concat()).refused(1, "ESCROW_FILE");
    assert!(!std::path::Path::new(&unwritten).exists());

    // Files that are none.
    let broken = world.path("broken.json");
    std::fs::write(&broken, "{}").unwrap();
    world.run(&["escrow", "show", &broken]).refused(1, "ESCROW_FILE");
}
