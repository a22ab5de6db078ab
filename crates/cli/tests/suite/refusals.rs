//! Bad input: a stable id, an exit code, nothing sent, no panic.

use alloy::providers::Provider;

use crate::{command::lifeboat, world::World};

const ADDRESS: &str = "0x4e59b44847b379578588920cA78FbF26c0B4956C";

#[test]
fn command_lines_that_make_no_sense_end_with_2() {
    let wrong_checksum = "0x4e59b44847b379578588920cA78FbF26c0B4956c";
    let node = ["--rpc-url", "http://127.0.0.1:1"];
    for arguments in [
        &[][..],
        &["launch"],
        &["deploy"],
        &["deploy", "--terms"],
        &["deploy", "--terms", "t.toml", "--salt", "1"],
        &["status"],
        &["status", ADDRESS],
        &["status", "0x12", node[0], node[1]],
        &["status", wrong_checksum, node[0], node[1]],
        &["deposit", ADDRESS, "--asset", "USDC", "--amount", "1", node[0], node[1]],
        &["claim", ADDRESS, "--account", ADDRESS, node[0], node[1]],
        &["sign", "release", "--chain-id", "one"],
        &["sign", "merge", "one.json", "--out", "two.json"],
        &["send", "m.json", node[0], node[1], "--key-env", "A", "--key-file", "B"],
        &["send", "m.json", node[0], node[1], "--password-file", "B"],
        &["ticket", "code", "address", "--code-env", "A", "--code-file", "B"],
    ] {
        lifeboat(&[], arguments).refused(2, "CLI_USAGE");
    }
}

#[test]
fn unusable_files_and_nodes_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(path("binary"), [0xff, 0xfe, 0]).unwrap();
    std::fs::write(path("empty"), "").unwrap();
    std::fs::write(path("deep"), "[".repeat(100_000)).unwrap();
    let (missing, binary, empty, deep) = (path("missing"), path("binary"), path("empty"), path("deep"));
    let node = ["--rpc-url", "http://127.0.0.1:1"];
    let new = path("new.json");
    let cases: Vec<(Vec<&str>, &str)> = vec![
        (vec!["deploy", "--terms", &missing, "--dry-run"], "TERMS_UNREADABLE"),
        (vec!["deploy", "--terms", &binary, "--dry-run"], "TERMS_UNREADABLE"),
        (vec!["deploy", "--terms", &empty, "--dry-run"], "TERMS_MALFORMED"),
        (vec!["deploy", "--terms", &deep, "--dry-run"], "TERMS_MALFORMED"),
        (vec!["send", &missing, node[0], node[1], "--key-env", "A"], "MESSAGE_UNREADABLE"),
        (vec!["send", &empty, node[0], node[1], "--key-env", "A"], "MESSAGE_MALFORMED"),
        (vec!["send", &deep, node[0], node[1], "--key-env", "A"], "MESSAGE_MALFORMED"),
        (vec!["ticket", "check", &binary], "MESSAGE_UNREADABLE"),
        (vec!["status", ADDRESS, node[0], node[1]], "RPC_UNREACHABLE"),
        (vec!["status", ADDRESS, "--rpc-url", "gopher://x"], "RPC_URL_MALFORMED"),
        (vec!["ticket", "code", "address", "--code-file", &missing], "CLAIM_CODE_UNREADABLE"),
        (vec!["ticket", "code", "address", "--code-file", &empty], "CLAIM_CODE_MALFORMED"),
        (vec!["ticket", "code", "address", "--code-env", "NOT_SET"], "CLAIM_CODE_UNREADABLE"),
        (
            vec!["ticket", "make", "--bundle", &missing, "--to", ADDRESS, "--out", &new, "--key-env", "NOT_SET"],
            "KEY_ENV_UNSET",
        ),
        (
            vec!["commit", "prepare", "--bundle", &missing, "--uri", "u", "--epoch", "1", "--out", &new],
            "LEDGER_BUNDLE_IO",
        ),
    ];
    for (arguments, id) in cases {
        lifeboat(&[], &arguments).refused(1, id);
    }
    assert!(!std::path::Path::new(&new).exists());
}

#[test]
fn amounts_deadlines_and_keys_are_read_strictly() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("m.json").to_str().unwrap().to_owned();
    let key = [("KEY".to_owned(), format!("{:064x}", 7)), ("BAD".to_owned(), "not a key".to_owned())];
    let sign = |amount: &str, deadline: &str, more: &[&str]| {
        let place =
            ["--yes", "sign", "release", "--chain-id", "1", "--vault", ADDRESS, "--asset", "ETH", "--to", ADDRESS];
        let rest = ["--amount", amount, "--nonce", "1", "--deadline", deadline, "--out", &out];
        lifeboat(&key, &[&place[..], &rest, more].concat())
    };
    let env = &["--key-env", "KEY"][..];
    sign("1", "1h", env).refused(1, "AMOUNT_UNIT");
    sign("1e3 wei", "1h", env).refused(1, "AMOUNT_UNIT");
    sign("1.0000000000000000001 ETH", "1h", env).refused(1, "AMOUNT_MALFORMED");
    sign("1 ETH", "soon", env).refused(1, "TIME_MALFORMED");
    sign("1 ETH", "1h", &["--key-env", "BAD"]).refused(1, "KEY_MALFORMED");
    let exposed = format!("{:064x}", 7);
    let error = sign("1 ETH", "1h", &["--key-env", &exposed]).refused(1, "KEY_EXPOSED");
    assert!(!error.to_string().contains(&exposed), "{error}");
    sign("1 ETH", "1h", &[]).refused(1, "KEY_MISSING");
    sign("1 ETH", "1h", &["--key-file", "/nowhere"]).refused(1, "KEY_UNREADABLE");
    sign("1 ETH", "1h", &["--keystore", "/nowhere", "--password-file", "/nowhere"]).refused(1, "KEY_UNREADABLE");
    assert!(!std::path::Path::new(&out).exists());
    sign("1 ETH", "1h", env).done();
    sign("1 ETH", "1h", env).refused(1, "FILE_EXISTS");
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_terms_are_refused_before_any_transaction() {
    let world = World::start().await;
    let path = world.write_terms();
    let no_code =
        world.terms().replace(&world.token.to_string(), ADDRESS).replace(ADDRESS, &world.address(9).to_string());
    let terms = world.terms();
    let first = world.address(2).to_string();
    let cases = [
        (terms.replace("grace = \"2h\"", "grace = \"59s\""), "Terms_TimerOutOfBounds"),
        (terms.replace("profile = \"testnet\"", "profile = \"production\""), "Terms_TimerOutOfBounds"),
        (
            terms.replace("attested_finality = \"2m\"", "attested_finality = \"31m\""),
            "Terms_AttestedFinalityAboveUnattested",
        ),
        (terms.replace("threshold = 2", "threshold = 4"), "Terms_ThresholdOutOfRange"),
        (terms.replace(&world.address(3).to_string(), &first), "Terms_MembersNotAscending"),
        (terms.replace(&first, "0x000000000000000000000000000000000000dEaD"), "Terms_ReservedAddress"),
        (terms.replace("\"100%\"", "\"100.01%\""), "Terms_CoverageFloorOutOfRange"),
        (no_code, "Terms_AssetWithoutCode"),
        (terms.replace("agreement.md", "nowhere.md"), "TERMS_AGREEMENT"),
        (format!("{terms}\nextra = 1"), "TERMS_MALFORMED"),
    ];
    let before = world.chain.provider().get_block_number().await.unwrap();
    for (text, id) in cases {
        std::fs::write(&path, text).unwrap();
        world.run(&["--yes", "deploy", "--terms", path.to_str().unwrap(), "--key-env", "KEY_0"]).refused(1, id);
    }
    assert_eq!(world.chain.provider().get_block_number().await.unwrap(), before, "something was sent");
}

#[test]
fn a_keepers_configuration_and_keys_are_checked() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let check = |text: &str| {
        std::fs::write(path("keeper.toml"), text).unwrap();
        lifeboat(&[], &["keeper", "check", "--config", &path("keeper.toml")])
    };
    lifeboat(&[], &["keeper", "run", "--config", &path("missing")]).refused(2, "KEEPER_CONFIG_UNREADABLE");
    let vault = format!("journal = 'j'\nvault = {{ address = '{ADDRESS}', chain_id = 1 }}\nkey = {{ file = 'key' }}\n");
    let node = "rpc = { urls = ['http://127.0.0.1:1'] }\n";
    let executor = "executor = { bundles = [] }\n";
    check(&format!("{vault}{node}{executor}private_key = '1'\n")).refused(2, "KEEPER_CONFIG_MALFORMED");
    check(&format!("{vault}{node}")).refused(2, "KEEPER_CONFIG_INVALID");
    check(&format!("{vault}{node}{executor}")).refused(2, "KEEPER_KEY_UNREADABLE");
    std::fs::write(path("key"), format!("{:064x}", 1)).unwrap();
    let done = check(&format!("{vault}{node}{executor}")).done();
    assert_eq!(done["sender"], "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf");
    assert_eq!((&done["executor"], &done["operator"]), (&true.into(), &serde_json::Value::Null));
}
