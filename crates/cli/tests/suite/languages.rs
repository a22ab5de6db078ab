//! Every error id that the command can print says in English and in Chinese what to do next.

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use lifeboat_cli::language::next_in_chinese;

/// Names that look like ids: environment variables, and ids that tests make up.
const NO_IDS: [&str; 12] = [
    "CARGO_MANIFEST_DIR",
    "LC_ALL",
    "LC_MESSAGES",
    "LIFEBOAT_ANVIL",
    "LIFEBOAT_FORGE",
    "LIFEBOAT_FROM_BLOCK",
    "LIFEBOAT_LANG",
    "LIFEBOAT_NO_SUCH_KEY",
    "LIFEBOAT_RPC_URL",
    "NO_COLOR",
    "OPERATOR_KEY",
    "TEST_ID",
];

/// Where the Chinese sentences stand; an id that stands only there is one that nobody raises.
const TABLE: &str = "chinese.rs";

/// Every id in the sources of the command and the libraries whose errors it prints.
fn raised() -> BTreeSet<String> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut ids = BTreeSet::new();
    for name in ["cli", "keeper", "ledger", "devchain", "bindings", "sim"] {
        ids_below(&crates.join(name).join("src"), &mut ids);
    }
    assert!(
        ids.len() > 100 && ids.contains("KEY_MISSING") && ids.contains("KEEPER_NO_VAULT") && ids.contains("SIM_REVM"),
        "{ids:?}"
    );
    ids
}

/// String literals in Rust files below a directory that are, or begin with, an id.
fn ids_below(directory: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            ids_below(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with(TABLE) {
            let text = fs::read_to_string(path).unwrap();
            let literals = text.split('"').filter_map(|piece| piece.split(": ").next());
            found.extend(literals.filter(|piece| is_id(piece)).map(str::to_owned));
        }
    }
}

fn is_id(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_uppercase())
        && text.contains('_')
        && text.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
        && !NO_IDS.contains(&text)
}

#[test]
fn every_id_has_a_chinese_sentence_and_every_sentence_an_id() {
    let raised = raised();
    let missing: Vec<_> = raised.iter().filter(|id| next_in_chinese(id).is_none()).collect();
    assert!(missing.is_empty(), "add a sentence to {TABLE}: {missing:?}");
    let table = include_str!("../../src/language/chinese.rs");
    let forgotten: Vec<_> = table.split('"').filter(|piece| is_id(piece) && !raised.contains(*piece)).collect();
    assert!(forgotten.is_empty(), "nobody raises these: {forgotten:?}");
}

#[test]
fn the_language_is_chosen_by_option_variable_or_system() {
    let run = |environment: &[(&str, &str)], arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lifeboat"));
        let output = command.args(arguments).env_clear().envs(environment.iter().copied()).output().unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let refused = ["deploy", "--terms", "/nowhere", "--dry-run"];
    let chinese = "错误 TERMS_UNREADABLE: cannot read /nowhere";
    let english = "error TERMS_UNREADABLE: cannot read /nowhere";
    assert!(run(&[], &refused).starts_with(english));
    assert!(run(&[("LANG", "zh_CN.UTF-8")], &refused).starts_with(chinese));
    assert!(run(&[("LANG", "zh_CN.UTF-8"), ("LIFEBOAT_LANG", "en")], &refused).starts_with(english));
    assert!(run(&[], &[&refused[..], &["--lang", "zh"]].concat()).starts_with(chinese));
    let usage = run(&[], &["sink", "--lang", "zh"]);
    assert!(usage.contains("CLI_USAGE") && usage.contains("下一步: "), "{usage}");
}
