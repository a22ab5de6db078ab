//! The main job with real processes: what went in is accounted for, whatever happens to the keeper.

use std::{
    io::Write,
    process::Stdio,
    time::{Duration, Instant},
};

use lifeboat_tests::{amount, drill, lifeboat, try_drill};
use serde_json::Value;

/// Adds a report up again, from its own numbers only.
fn assert_adds_up(report: &Value) {
    assert_eq!(report["passed"], true, "{report}");
    assert_eq!(report["violations"].as_array().map(Vec::len), Some(0));
    let times: Vec<u64> =
        report["timeline"].as_array().expect("timeline").iter().map(|m| m["at"].as_u64().expect("time")).collect();
    assert!(times.is_sorted() && times.len() > 15, "the chain's time goes one way: {times:?}");
    for asset in report["assets"].as_array().expect("assets") {
        let accounts = asset["accounts"].as_u64().expect("accounts");
        let paid: u64 = asset["paid_by"].as_object().expect("paid_by").values().filter_map(Value::as_u64).sum();
        let unpaid = asset["unpaid"].as_array().expect("unpaid");
        assert_eq!(accounts, paid + unpaid.len() as u64, "every account is paid or named: {asset}");
        let money = |name: &str| amount(&asset["money"][name]);
        let inside =
            ["segregated", "pending", "claimable", "reserved", "dust", "equity"].map(money).iter().sum::<u128>();
        assert_eq!(money("inflow"), money("outflow") + inside, "every base unit is somewhere: {asset}");
        let of = |why: &str| {
            unpaid.iter().filter(|leaf| leaf["why"] == why).map(|leaf| amount(&leaf["amount"])).sum::<u128>()
        };
        assert_eq!((of("reserved"), of("refused"), of("unknown")), (money("reserved"), money("claimable"), 0));
        for flows in ["inflows", "outflows"] {
            let sum: u128 = asset[flows].as_object().expect("flows").values().map(amount).sum();
            let returned = if flows == "outflows" { money("returned") } else { 0 };
            assert_eq!(sum + returned, money(flows.trim_end_matches('s')));
        }
    }
}

#[test]
fn a_service_dies_and_everybody_is_paid() {
    let report = drill(&["--accounts", "600", "--seed", "42"]);
    assert_adds_up(&report);
    let [eth, token] = report["assets"].as_array().expect("assets").as_slice() else { panic!("two assets") };
    for asset in [eth, token] {
        for by in ["push", "claim", "signed-claim", "nothing-due"] {
            assert!(asset["paid_by"][by].as_u64() > Some(0), "nobody was reached by {by}: {asset}");
        }
        assert!(asset["unpaid"].as_array().expect("unpaid").iter().any(|leaf| leaf["why"] == "reserved"));
        assert!(
            asset["gas"]["push_per_refund"].as_u64() > Some(0) && asset["gas"]["push_worst"].as_u64() < Some(1 << 24)
        );
    }
    assert!(eth["unpaid"].as_array().expect("unpaid").iter().any(|leaf| leaf["why"] == "refused"));
    assert_eq!(eth["rounds"].as_array().map(Vec::len), Some(1), "ETH was backed in full");
    assert_eq!(token["rounds"].as_array().map(Vec::len), Some(2), "late money makes a further round");
    assert_eq!(amount(&token["money"]["shortfall"]), 0);
    let told = |words: &str| {
        let story = report["timeline"].as_array().expect("timeline").iter();
        story.filter_map(|moment| moment["what"].as_str()).position(|what| what.contains(words)).expect(words)
    };
    assert!(told("is paused by its issuer") < told("ETH was pushed home in full"));
    assert!(told("ETH was pushed home in full") < told("moves again"));
    assert!(report["keeper"]["rpc_calls"].as_u64() > Some(100));
    assert!(amount(&report["tank"]["repaid"]) > 0);
}

#[test]
fn the_same_seed_is_the_same_drill() {
    let [one, other] = [(); 2].map(|()| drill(&["--accounts", "100", "--seed", "5"]));
    assert_eq!(one["vault"], other["vault"]);
    for asset in 0..2 {
        let [one, other] = [&one, &other].map(|report| &report["assets"][asset]);
        assert_eq!(
            (&one["money"], &one["paid_by"], &one["unpaid"]),
            (&other["money"], &other["paid_by"], &other["unpaid"])
        );
    }
}

#[test]
fn a_keeper_killed_at_random_moments_pays_everybody_once() {
    for seed in ["101", "102", "103"] {
        eprintln!("seed {seed}");
        let report = drill(&["--accounts", "600", "--seed", seed, "--keeper-crashes", "4"]);
        assert_adds_up(&report);
        assert_eq!(report["keeper"]["restarts"], 4, "it was killed while it pushed");
    }
}

#[test]
fn a_keeper_that_lost_its_journal_pays_everybody_once() {
    for seed in ["201", "202"] {
        eprintln!("seed {seed}");
        let report = drill(&["--accounts", "600", "--seed", seed, "--keeper-crashes", "3", "--lose-journal"]);
        assert_adds_up(&report);
        assert_eq!(report["keeper"]["restarts"], 3);
    }
}

#[test]
fn any_ledger_file_can_be_rehearsed() {
    let mut file = tempfile::NamedTempFile::with_suffix(".csv").expect("a file");
    writeln!(file, "account,amount").expect("written");
    for account in 0..300u64 {
        writeln!(file, "0x{:040x},{}", account * 0x1_0001, (account + 1).pow(3)).expect("written");
    }
    let path = file.path().to_str().expect("a path");
    let report = drill(&["--ledger", path, "--asset", "token", "--decimals", "2"]);
    assert_adds_up(&report);
    let [token] = report["assets"].as_array().expect("assets").as_slice() else { panic!("one asset") };
    assert_eq!(token["asset"]["decimals"], 2);
    assert!(token["accounts"].as_u64() > Some(300), "the drill's own users come on top");
    let unpaid = token["unpaid"].as_array().expect("unpaid");
    assert_eq!(unpaid.len(), 1, "nobody but the zero address: {unpaid:?}");
    assert_eq!((&unpaid[0]["why"], amount(&unpaid[0]["amount"])), (&Value::from("reserved"), 1));
}

#[test]
fn bad_input_is_named_and_nothing_is_started() {
    let mut damaged = tempfile::NamedTempFile::with_suffix(".csv").expect("a file");
    write!(damaged, "account,amount\n0x{:040x},1.2E+17\n", 0x5eed_u64 << 40).expect("written");
    let damaged = damaged.path().to_str().expect("a path");
    let full = tempfile::tempdir().expect("a directory");
    std::fs::write(full.path().join("mine"), "precious").expect("written");
    let full = full.path().to_str().expect("a path");
    for (arguments, id) in [
        (&["--ledger", "no-such-file.csv"][..], "LEDGER_"),
        (&["--ledger", damaged], "LEDGER_"),
        (&["--keep", full], "DRILL_KEEP"),
        (&["--accounts", "5"], "CLI_USAGE"),
        (&["--lose-journal"], "CLI_USAGE"),
    ] {
        let output = try_drill(arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        let error: Value = serde_json::from_str(&errors).unwrap_or_else(|_| panic!("{arguments:?}: {errors}"));
        let found = error["error"]["id"].as_str().unwrap_or_default();
        assert!(found.starts_with(id), "{arguments:?}: {found}, expected {id}");
        assert!(!output.status.success() && output.stdout.is_empty());
    }
}

#[test]
fn an_interrupted_drill_leaves_no_process_behind() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut drill = lifeboat()
        .args(["drill", "--json", "--accounts", "600", "--keep"])
        .arg(directory.path())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let keeper_log = directory.path().join("keeper.log");
    let children = poll("the drill to start anvil, service and keeper", || {
        let children = children_of(drill.id());
        (keeper_log.exists() && children.len() == 3).then_some(children)
    });
    let interrupted = std::process::Command::new("kill").args(["-INT", &drill.id().to_string()]).status();
    assert!(interrupted.expect("kill runs").success());
    let status = drill.wait().expect("the drill ends");
    let mut errors = String::new();
    std::io::Read::read_to_string(&mut drill.stderr.take().expect("piped"), &mut errors).expect("text");
    assert!(!status.success() && errors.contains("DRILL_INTERRUPTED"), "{status}: {errors}");
    poll("its processes to end", || children.iter().all(|child| !is_alive(*child)).then_some(()));
}

/// Looks until there is something to see, for at most half a minute.
fn poll<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "waited 30 s for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Child processes of all threads (Linux).
fn children_of(process: u32) -> Vec<u32> {
    let threads = std::fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let lists = threads.filter_map(|thread| std::fs::read_to_string(thread.path().join("children")).ok());
    lists.flat_map(|list| list.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<_>>()).collect()
}

/// A zombie has ended, too: somebody has not looked yet.
fn is_alive(process: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    stat.rsplit(')')
        .next()
        .and_then(|rest| rest.split_whitespace().next())
        .is_some_and(|state| state != "Z" && state != "X")
}
