//! The gate's tiers and the safeguards through the command: who may move how much, what waits, who can stop it, what is announced, and
//! how signers are exchanged.

use alloy::primitives::{Address, U256};
use serde_json::Value;

use crate::{
    command::Run,
    world::{ALICE, BOB, FAR, SIGNERS, World},
};

const ETH: u128 = 1_000_000_000_000_000_000;

struct Service {
    world: World,
    vault: String,
}

impl Service {
    /// 6 ETH owed, 20 ETH there: the operator may move 0.6 ETH alone, the signers 3 ETH at once.
    async fn open() -> Self {
        let world = World::start().await;
        let address = world.deploy();
        world.give(address, 20 * ETH).await;
        let bundle = world.write_bundle("ledger", address, &[(world.address(ALICE), 6 * ETH)]).await;
        let now = ["--yes", "commit", "now", "--bundle", &bundle, "--uri", "u", "--key-env", "KEY_9"];
        world.run(&[&now[..], &["--operator-key", "env:KEY_1", "--auditor-key", "env:KEY_5"]].concat()).done();
        Self { world, vault: address.to_string() }
    }

    /// Signs a new message with the first key and lets the others add to it; gives the file's path.
    fn sign(&self, kind: &str, name: &str, keys: &[&str], more: &[&str]) -> String {
        let file = self.world.path(name);
        let place = ["--yes", "sign", kind, "--chain-id", "31337", "--vault", &self.vault];
        let rest = ["--out", &file, "--key-env", keys[0]];
        self.world.run(&[&place[..], more, &rest].concat()).done();
        for key in &keys[1..] {
            self.world.run_offline(&["--yes", "sign", "add", &file, "--key-env", key]).done();
        }
        file
    }

    fn transfer(&self, kind: &str, name: &str, keys: &[&str], to: Address, amount: &str, more: &[&str]) -> String {
        let to = to.to_string();
        self.sign(kind, name, keys, &[&["--asset", "ETH", "--to", &to, "--amount", amount], more].concat())
    }

    fn send(&self, file: &str) -> Run {
        self.world.run(&["--yes", "send", file, "--key-env", "KEY_9"])
    }

    fn execute(&self, file: &str) -> Run {
        self.world.run(&["--yes", "execute", file, "--key-env", "KEY_9"])
    }

    fn status(&self) -> Value {
        self.world.run(&["status", &self.vault]).done()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_more_goes_out_the_more_must_sign_and_wait() {
    let service = Service::open().await;
    let world = &service.world;
    let to = Address::repeat_byte(0x77);
    let far = ["--deadline", FAR];

    // The operator alone, and no more than its cap; the next number comes from the chain.
    let hot = service.transfer("release", "hot.json", &["KEY_1"], to, "0.5 ETH", &far);
    service.send(&hot).done();
    assert_eq!(world.balance(to).await, U256::from(ETH / 2));
    service.send(&hot).refused(1, "Signature_NonceUsed");
    let above = service.transfer("release", "above.json", &["KEY_1"], to, "0.2 ETH", &far);
    service.send(&above).refused(1, "Gate_AboveCap");
    let eth = service.status()["assets"][0].clone();
    // The signers' numbers are their own.
    assert_eq!(eth["next_nonce"], "1");
    let left: u128 = eth["may_go_out"]["hot"]["base_units"].as_str().unwrap().parse().unwrap();
    // A share is counted in 2^-40 of 6 ETH, rounded up.
    assert!((ETH / 10 - 20_000_000..=ETH / 10).contains(&left), "{left}");

    // The signers, up to theirs. A number that is voided is used.
    let cancel = service.sign(
        "cancel-release",
        "cancel.json",
        &["KEY_2", "KEY_3"],
        &["--asset", "ETH", "--nonce", "1", "--deadline", FAR],
    );
    service.send(&cancel).done();
    let voided = service.transfer(
        "release",
        "voided.json",
        &["KEY_2", "KEY_4"],
        to,
        "1 ETH",
        &["--nonce", "1", "--deadline", FAR],
    );
    service.send(&voided).refused(1, "Signature_NonceOutOfWindow");
    let warm = service.transfer("release", "warm.json", &["KEY_2", "KEY_4"], to, "3 ETH", &far);
    service.send(&warm).refused(1, "Gate_AboveCap");

    // More waits, with all three.
    let all = ["KEY_2", "KEY_3", "KEY_4"];
    let few = service.transfer("cold-release", "few.json", &all[..2], to, "5 ETH", &far);
    service.send(&few).refused(1, "Signature_QuorumNotMet");
    let cold = service.transfer("cold-release", "cold.json", &all, to, "5 ETH", &["--salt", "7", "--deadline", FAR]);
    service.execute(&cold).refused(1, "Gate_ReleaseUnknown");
    service.send(&cold).done();
    service.send(&cold).refused(1, "Gate_ReleaseQueued");
    service.execute(&cold).refused(1, "Gate_ReleaseNotReady");
    let other = service.transfer("cold-release", "other.json", &all, to, "6 ETH", &far);
    service.send(&other).done();
    let queued = service.status()["safeguards"]["queued"].as_array().unwrap().clone();
    assert_eq!((queued.len(), &queued[0]["salt"], &queued[1]["amount"]["text"]), (2, &"7".into(), &"6 ETH".into()));

    // The guardian stops one, and nobody else can.
    let stranger = service.transfer("veto", "stranger.json", &["KEY_9"], to, "6 ETH", &far);
    service.send(&stranger).refused(1, "Signature_NotAMember");
    let veto = service.transfer("veto", "veto.json", &["KEY_0"], to, "6 ETH", &far);
    service.send(&veto).done();
    world.pass(700).await;
    service.execute(&other).refused(1, "Gate_ReleaseUnknown");
    service.execute(&cold).done();
    assert_eq!(world.balance(to).await, U256::from(ETH / 2 + 5 * ETH));
    service.execute(&hot).refused(1, "EXECUTE_KIND");
    assert_eq!(service.status()["safeguards"]["queued"], serde_json::json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_roles_announce_is_seen_and_counts() {
    let service = Service::open().await;
    let world = &service.world;
    let evidence = world.path("evidence.txt");
    std::fs::write(&evidence, "what happened\n").unwrap();
    let now = world.chain.now().await.unwrap();
    let at = |seconds: u64| format!("@{}", now + seconds);

    let text = ["--reason", "security-incident", "--text", &evidence, "--uri", "https://status.example"];
    let announced = service.sign("announcement", "announcement.json", &["KEY_1"], &text);
    service.send(&announced).done();
    service.send(&announced).refused(1, "Signature_SequenceUsed");
    assert_eq!(service.status()["safeguards"]["next_announcement"], "1");

    let freeze = ["--until", &at(600), "--evidence", &evidence];
    let frozen = service.sign("freeze", "freeze.json", &["KEY_0"], &freeze);
    service.send(&frozen).done();
    assert_eq!(service.status()["safeguards"]["frozen_until"], now + 600);
    let to = world.address(BOB);
    let release = service.transfer("release", "release.json", &["KEY_1"], to, "0.1 ETH", &["--deadline", FAR]);
    service.send(&release).refused(1, "Gate_Frozen");

    let (from, until) = (at(90_000), at(93_600));
    let maintenance =
        service.sign("maintenance", "maintenance.json", &["KEY_1"], &["--from", &from, "--until", &until]);
    service.send(&maintenance).done();
    let majeure = ["--until", &at(3_000), "--evidence", &evidence];
    let alone = service.sign("force-majeure", "alone.json", &["KEY_1"], &majeure);
    let error = service.send(&alone).refused(1, "MESSAGE_UNSIGNED");
    assert!(error["what"].as_str().unwrap().contains("watchers"), "{error}");
    let both = service.sign("force-majeure", "majeure.json", &["KEY_1", "KEY_6"], &majeure);
    service.send(&both).done();
    let safeguards = service.status()["safeguards"].clone();
    assert_eq!(safeguards["maintenance"]["from"], now + 90_000);
    assert_eq!(safeguards["force_majeure"]["until"], now + 3_000);

    let alarm = service.sign("alarm", "alarm.json", &["KEY_6"], &["--evidence", &evidence, "--deadline", &at(3_600)]);
    service.send(&alarm).done();
    let status = service.status();
    assert_eq!(status["phase"], "SUSPECTED");
    // The newest block holds the alarm; its time may be that of `now`, where the machine is fast.
    assert_eq!(status["safeguards"]["alarm_at"], status["time"], "{status}");
    let late = service.sign("alarm", "late.json", &["KEY_6"], &["--evidence", &evidence, "--deadline", &at(4_000)]);
    service.send(&late).refused(1, "Safeguards_TooSoon");
}

#[tokio::test(flavor = "multi_thread")]
async fn signers_are_exchanged_with_notice() {
    let service = Service::open().await;
    let world = &service.world;
    let (alice, bob) = (world.address(ALICE).to_string(), world.address(BOB).to_string());
    let next = ["--signer", &alice, "--signer", &bob, "--threshold", "1", "--cold-threshold", "2", "--deadline", FAR];
    let rotation = service.sign("rotation", "rotation.json", &["KEY_2", "KEY_3", "KEY_4"], &next);
    service.execute(&rotation).refused(1, "Safeguards_NothingAnnounced");
    service.send(&rotation).done();
    service.execute(&rotation).refused(1, "Safeguards_TooSoon");
    assert_eq!(service.status()["safeguards"]["rotation"]["cold_threshold"], 2);
    world.pass(400).await;
    service.execute(&rotation).done();
    let safeguards = service.status()["safeguards"].clone();
    assert_eq!((&safeguards["rotation"], &safeguards["threshold"]), (&Value::Null, &1.into()));

    // The new signers are found by the chain's own events; the old ones are strangers.
    let to = Address::repeat_byte(0x77);
    let old = service.transfer("release", "old.json", &["KEY_2", "KEY_3"], to, "1 ETH", &["--deadline", FAR]);
    let error = service.send(&old).refused(1, "Signature_NotAMember");
    assert!(error["what"].as_str().unwrap().contains(&world.address(SIGNERS[0]).to_string()), "{error}");
    let new = service.transfer("release", "new.json", &["KEY_7"], to, "1 ETH", &["--deadline", FAR]);
    service.send(&new).done();
    assert_eq!(world.balance(to).await, U256::from(ETH));
}
