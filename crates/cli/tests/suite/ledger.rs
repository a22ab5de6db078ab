//! `lifeboat ledger` as its users run it: exit codes, ids, text and JSON.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use serde_json::Value;

const ALICE: &str = "0xa11ce00000000000000000000000000000000001";
const BOB: &str = "0xb0b0000000000000000000000000000000000002";
const VAULT: &str = "0x5afe00000000000000000000000000000000beef";
const TOKEN: &str = "0x70ce000000000000000000000000000000000000";

/// Runs `lifeboat ledger` with blanks between arguments.
fn ledger(folder: &Path, arguments: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lifeboat"));
    command.current_dir(folder).arg("ledger").args(arguments.split_whitespace()).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn json(output: &Output) -> Value {
    assert!(output.status.success(), "{}", stderr(output));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn build(file: &str, out: &str, more: &str) -> String {
    format!(
        "build {file} --out {out} --chain-id 31337 --vault {VAULT} --asset {TOKEN} --symbol USDX --decimals 6 --deposit-cursor 4 \
         --snapshot-at 1800000000 {more}"
    )
}

#[test]
fn a_ledger_goes_from_file_to_proof() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    fs::write(dir.join("one.csv"), format!("account,amount\n{ALICE},1.5\n{BOB},2\n")).unwrap();

    let linted = ledger(dir, "lint one.csv --decimals 6");
    assert!(linted.status.success());
    assert_eq!(stdout(&linted).trim(), "one.csv: 2 accounts, 3500000 base units in total; 0 errors, 0 warnings");

    let first = json(&ledger(dir, &build("one.csv", "one", "--json")));
    assert_eq!((&first["accounts"], &first["total_base_units"]), (&2.into(), &"3500000".into()));

    let verified =
        json(&ledger(dir, &format!("verify one --json --data-hash {}", first["data_hash"].as_str().unwrap())));
    assert_eq!((&verified["root"], &verified["expected"]), (&first["root"], &true.into()));

    let by_account = json(&ledger(dir, &format!("proof one {BOB} --json")));
    assert_eq!(by_account, json(&ledger(dir, "proof one 1 --json")));
    assert_eq!((&by_account["balance_base_units"], &by_account["root"]), (&"2000000".into(), &first["root"]));
    let shown = stdout(&ledger(dir, &format!("proof one {BOB}")));
    assert!(shown.contains("at index 1\nowed      2 USDX (2000000 base units)\n"), "{shown}");

    fs::write(dir.join("two.csv"), format!("{BOB},1\n0x0000000000000000000000000000000000c0ffee,4\n")).unwrap();
    fs::write(dir.join("paid.csv"), format!("account,paid\n{BOB},1000000\n")).unwrap();
    let second = json(&ledger(dir, &build("two.csv", "two", "--previous one --paid paid.csv --json")));
    assert_eq!(
        (&second["accounts"], &second["new_accounts"], &second["emptied_accounts"]),
        (&3.into(), &1.into(), &1.into())
    );
    let kept = json(&ledger(dir, &format!("proof two {BOB} --json")));
    assert_eq!((&kept["index"], &kept["paid_base_units"]), (&1.into(), &"1000000".into()));
}

#[test]
fn findings_fail_with_one_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    fs::write(dir.join("bad.csv"), format!("{ALICE},1.2E+17\n{BOB},1\n{ALICE},-1\n{BOB},2\n")).unwrap();

    let text = ledger(dir, "lint bad.csv --decimals 6");
    assert_eq!(text.status.code(), Some(1));
    for expected in
        ["LEDGER_SCIENTIFIC x 1", "LEDGER_NEGATIVE x 1", "LEDGER_DUPLICATE x 2", "line 4: ", "stands on line 2 already"]
    {
        assert!(stdout(&text).contains(expected), "{expected}: {}", stdout(&text));
    }
    assert!(stderr(&text).contains("error LEDGER_FINDINGS: 4 errors in bad.csv"), "{}", stderr(&text));

    for arguments in ["lint bad.csv --decimals 6 --json".to_owned(), build("bad.csv", "out", "--json")] {
        let output = ledger(dir, &arguments);
        assert_eq!(output.status.code(), Some(1));
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((&report["errors"], &report["counts"]["LEDGER_DUPLICATE"]), (&4.into(), &2.into()));
        let chinese: Vec<_> = report["next_zh"].as_object().unwrap().keys().collect();
        assert_eq!(chinese, ["LEDGER_DUPLICATE", "LEDGER_NEGATIVE", "LEDGER_SCIENTIFIC"]);
        let error: Value = serde_json::from_slice(&output.stderr).unwrap();
        assert_eq!(error["error"]["id"], "LEDGER_FINDINGS");
    }
    assert!(!dir.join("out").exists());
}

#[test]
fn each_refusal_has_its_id() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    fs::write(dir.join("one.csv"), format!("account,amount,paid\n{ALICE},1,0.5\n")).unwrap();
    fs::write(dir.join("without.csv"), format!("{ALICE},1\n")).unwrap();
    fs::write(dir.join("lower.csv"), format!("account,amount,paid\n{ALICE},1,0.25\n")).unwrap();
    assert!(ledger(dir, &build("one.csv", "one", "")).status.success());
    let other_chain = build("one.csv", "out", "--previous one").replace("31337", "1");
    let earlier = build("one.csv", "out", "--previous one").replace("1800000000", "1700000000");
    let eth = build("one.csv", "out", "").replace(TOKEN, "ETH");

    for (arguments, id) in [
        ("lint missing.csv --decimals 6".to_owned(), "LEDGER_UNREADABLE"),
        (build("one.csv", "one", ""), "LEDGER_BUNDLE_EXISTS"),
        (build("one.csv", "out", "--paid lower.csv"), "LEDGER_PAID_TWICE"),
        (build("without.csv", "out", "--previous one"), "LEDGER_PAID_MISSING"),
        (build("lower.csv", "out", "--previous one"), "LEDGER_PAID_FELL"),
        (other_chain, "LEDGER_PREVIOUS_FOREIGN"),
        (earlier, "LEDGER_PREVIOUS_NEWER"),
        (eth, "LEDGER_ETH_DECIMALS"),
        (format!("verify one --root 0x{}", "00".repeat(32)), "LEDGER_BUNDLE_FOREIGN"),
        ("verify missing".to_owned(), "LEDGER_BUNDLE_IO"),
        (format!("proof one {BOB}"), "LEDGER_NOT_LISTED"),
        ("proof one 1".to_owned(), "LEDGER_NO_SUCH_INDEX"),
    ] {
        let output = ledger(dir, &arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments}");
        assert!((stdout(&output) + &stderr(&output)).contains(id), "{id}: {}", stderr(&output));
    }
    assert!(!dir.join("out").exists());

    fs::write(dir.join("one/words/0000.bin"), [7; 52]).unwrap();
    let damaged = ledger(dir, "verify one");
    assert_eq!(damaged.status.code(), Some(1));
    assert!(stderr(&damaged).starts_with("error LEDGER_BUNDLE_DAMAGED: words/0000.bin"), "{}", stderr(&damaged));
}

#[test]
fn a_command_line_without_sense_fails_with_two_and_help_teaches() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in
        ["lint", "lint one.csv", "lint one.csv --decimals 6 --base-units", "proof one nobody", "build one.csv", "sink"]
    {
        assert_eq!(ledger(folder.path(), arguments).status.code(), Some(2), "{arguments}");
    }
    for command in ["lint", "build", "verify", "proof"] {
        let help = ledger(folder.path(), &format!("{command} --help"));
        assert!(help.status.success());
        assert!(
            stdout(&help).contains("Examples:\n") && stdout(&help).contains(&format!("lifeboat ledger {command} ")),
            "{command}"
        );
    }
}
