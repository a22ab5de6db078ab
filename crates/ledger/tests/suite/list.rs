//! Ledger files: what is accepted, what is refused, and how it is said.

use std::io::Write;

use alloy::primitives::{Address, address};
use flate2::{Compression, write::GzEncoder};
use lifeboat_ledger::{
    Leaf,
    list::{AccountList, Content, Findings, Format, ReadError, Rule, Unit, assemble, parse, read},
};
use proptest::prelude::*;

const ALICE: &str = "0xa11ce00000000000000000000000000000000001";
const BOB: &str = "0xb0b0000000000000000000000000000000000002";
const USDC: Unit = Unit::Whole { decimals: 6 };

fn accepted(content: &str, unit: Unit) -> AccountList {
    parse(content.as_bytes(), &Format::balances(unit)).accept().unwrap()
}

fn findings(content: &str, unit: Unit) -> Findings {
    parse(content.as_bytes(), &Format::balances(unit)).findings
}

/// The only rule broken, and its line.
fn only(content: &str, unit: Unit) -> (Rule, Option<u64>) {
    let findings = findings(content, unit);
    assert_eq!(findings.kept().len(), 1, "{findings:?}");
    (findings.kept()[0].rule, findings.kept()[0].line)
}

fn pairs(list: &AccountList) -> Vec<(String, u128)> {
    list.entries().iter().map(|entry| (entry.account.to_string().to_lowercase(), entry.amount)).collect()
}

#[test]
fn every_dress_of_the_same_file_reads_the_same() {
    let plain = format!("{ALICE},1.5\n{BOB},2\n");
    let expected = vec![(ALICE.to_owned(), 1_500_000), (BOB.to_owned(), 2_000_000)];
    for content in [
        plain.clone(),
        plain.trim_end().to_owned(),
        format!("account,amount\n{plain}"),
        format!("\u{feff}Account,Amount\n{plain}"),
        plain.replace('\n', "\r\n"),
        plain.replace('\n', "\n\n"),
        format!("\"{ALICE}\",\"1.500000\"\n{BOB},02\n"),
        plain.replace("0xa11ce", "0XA11CE").replace("0xb0b", "0XB0B"),
    ] {
        let list = accepted(&content, USDC);
        assert_eq!(pairs(&list), expected, "{content:?}");
        assert_eq!(list.total(), 3_500_000);
    }
}

#[test]
fn amounts_are_exact_to_the_last_base_unit() {
    let most = u128::MAX.to_string();
    assert_eq!(accepted(&format!("{ALICE},{most}"), Unit::Base).total(), u128::MAX);
    let (whole, fraction) = most.split_at(most.len() - 18);
    let wei = Unit::Whole { decimals: 18 };
    assert_eq!(accepted(&format!("{ALICE},{whole}.{fraction}"), wei).total(), u128::MAX);
    assert_eq!(accepted(&format!("{ALICE},0.000000000000000001"), wei).total(), 1);
    assert_eq!(accepted(&format!("{ALICE},7"), Unit::Whole { decimals: 0 }).total(), 7);
    assert_eq!(
        only(&format!("{ALICE},340282366920938463463374607431768211456"), Unit::Base),
        (Rule::Overflow, Some(1))
    );
    assert_eq!(only(&format!("{ALICE},1"), Unit::Whole { decimals: 255 }), (Rule::Overflow, Some(1)));
}

#[test]
fn each_damaged_amount_is_named_by_its_cause() {
    for (amount, rule) in [
        ("", Rule::Amount),
        ("abc", Rule::Amount),
        ("+5", Rule::Amount),
        (".5", Rule::Amount),
        ("5.", Rule::Amount),
        ("0x10", Rule::Amount),
        ("NaN", Rule::Amount),
        ("１２", Rule::Amount),
        ("1.2E+17", Rule::Scientific),
        ("1e18", Rule::Scientific),
        ("\"1,2E+17\"", Rule::Scientific),
        ("\"1,234.50\"", Rule::Separator),
        ("1'234", Rule::Separator),
        ("1.234.567", Rule::Separator),
        ("1_000", Rule::Separator),
        ("$5", Rule::Currency),
        ("5€", Rule::Currency),
        ("5USDC", Rule::Currency),
        ("12元", Rule::Currency),
        (" 5", Rule::Space),
        ("5 ", Rule::Space),
        ("1 234", Rule::Space),
        ("1\u{a0}234", Rule::Space),
        ("5\u{200b}", Rule::Space),
        ("5\"6", Rule::Quote),
        ("#REF!", Rule::Spreadsheet),
        ("=A1*2", Rule::Spreadsheet),
        ("########", Rule::Spreadsheet),
        ("-5", Rule::Negative),
        ("\u{2212}5", Rule::Negative),
        ("(5)", Rule::Negative),
        ("1.2345678", Rule::Decimals),
        ("1.0000000", Rule::Decimals),
    ] {
        assert_eq!(only(&format!("account,amount\n{ALICE},{amount}\n"), USDC), (rule, Some(2)), "{amount:?}");
    }
    assert_eq!(only(&format!("{ALICE},1.5"), Unit::Base), (Rule::Decimals, Some(1)));
}

#[test]
fn accounts_are_checked_to_the_checksum() {
    let checksummed = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
    assert_eq!(accepted(&format!("{checksummed},1"), Unit::Base).entries()[0].account.to_string(), checksummed);
    let wrong = checksummed.replace("aAeb", "aaeb");
    assert_eq!(only(&format!("{wrong},1"), Unit::Base), (Rule::Checksum, Some(1)));
    for (account, rule) in [
        ("", Rule::Account),
        ("0x12", Rule::Account),
        ("vitalik.eth", Rule::Account),
        (&ALICE[2..], Rule::Account),
        ("0xa11ce0000000000000000000000000000000000g", Rule::Account),
        ("0xa11ce00000000000000000000000000000000001 ", Rule::Space),
        ("4.61169E+47", Rule::Account),
        ("#N/A", Rule::Spreadsheet),
        ("someone@example.org", Rule::PersonalData),
        ("+86 138 0013 8000", Rule::PersonalData),
    ] {
        assert_eq!(only(&format!("{BOB},1\n{account},1\n"), Unit::Base), (rule, Some(2)), "{account:?}");
    }
}

#[test]
fn duplicates_name_both_rows_whatever_their_case() {
    let upper = format!("0x{}", ALICE[2..].to_uppercase());
    let findings = findings(&format!("account,amount\n{ALICE},1\n{BOB},1\n{upper},2\n{ALICE},3\n"), Unit::Base);
    let said: Vec<String> = findings.kept().iter().map(ToString::to_string).collect();
    assert_eq!(said.len(), 2);
    for (said, line) in said.iter().zip([4, 5]) {
        assert!(
            said.starts_with(&format!("LEDGER_DUPLICATE: line {line}: ")) && said.ends_with("stands on line 2 already"),
            "{said}"
        );
    }
}

#[test]
fn columns_are_checked_and_a_third_one_needs_a_header() {
    let list = accepted(&format!("account,amount,paid\n{ALICE},5,2\n"), Unit::Base);
    assert_eq!(list.entries()[0].paid, Some(2));
    for (content, line) in [
        (format!("{ALICE},1,234\n"), 1),
        (format!("{ALICE}\n"), 1),
        (format!("{ALICE};1\n"), 1),
        (format!("{BOB},1\n{ALICE},1,234,567\n"), 2),
        (format!("account,amount,paid\n{ALICE},1\n"), 2),
    ] {
        assert_eq!(only(&content, Unit::Base), (Rule::Columns, Some(line)), "{content:?}");
    }
    assert_eq!(only(&format!("address,balance\n{ALICE},1\n"), Unit::Base), (Rule::Header, Some(1)));
}

#[test]
fn personal_data_is_refused_and_not_repeated() {
    let content = format!("account,amount,e-mail,phone\n{ALICE},1,someone@example.org,13800138000\n");
    let findings = findings(&content, Unit::Base);
    assert_eq!(findings.counts()[&Rule::PersonalData], 3, "two columns and one row: {findings}");
    assert!(!findings.to_string().contains("someone") && !findings.to_string().contains("138"), "{findings}");
    let trailing = format!("{ALICE},1,+44 20 7946 0000\n");
    assert_eq!(self::findings(&trailing, Unit::Base).counts()[&Rule::PersonalData], 1);
}

#[test]
fn all_errors_of_a_file_are_collected() {
    let content = format!("{ALICE},-1\n{BOB},1e5\nnobody,1\n{ALICE},3\n");
    let found = findings(&content, Unit::Base);
    let rules: Vec<_> = found.kept().iter().map(|finding| (finding.rule, finding.line.unwrap())).collect();
    assert_eq!(rules, [(Rule::Negative, 1), (Rule::Scientific, 2), (Rule::Account, 3), (Rule::Duplicate, 4)]);
    assert_eq!((found.errors(), found.warnings()), (4, 0));

    let many: String = (0..1000).map(|_| "nobody,1\n").collect();
    let found = findings(&many, Unit::Base);
    assert_eq!((found.errors(), found.kept().len()), (1000, 100), "all are counted, a hundred are told");
}

#[test]
fn empty_and_foreign_files_are_refused() {
    for content in ["", "\n\n", "account,amount\n"] {
        assert_eq!(only(content, Unit::Base), (Rule::Empty, None), "{content:?}");
        let meant = Format { allow_empty: true, ..Format::balances(Unit::Base) };
        assert_eq!(parse(content.as_bytes(), &meant).accept().unwrap(), AccountList::default());
    }
    let broken = [format!("{ALICE},1\n").as_bytes(), b"\xff\xfe"].concat();
    let utf16: Vec<u8> = std::iter::once(0xfeff).chain(ALICE.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    for (content, line) in [(broken, 2), (utf16, 1)] {
        let findings = parse(&content, &Format::balances(Unit::Base)).findings;
        assert_eq!((findings.kept()[0].rule, findings.kept()[0].line), (Rule::NotUtf8, Some(line)));
    }
}

#[test]
fn reserved_addresses_and_empty_balances_only_warn() {
    let vault = address!("0x5afe000000000000000000000000000000000001");
    let content = format!(
        "{:?},4\n0x000000000000000000000000000000000000ffff,4\n0x0000000000000000000000000000000000010000,0\n{vault:?},1\n",
        Address::ZERO
    );
    let checked = parse(content.as_bytes(), &Format { vault: Some(vault), ..Format::balances(Unit::Base) });
    let told: Vec<_> = checked.findings.kept().iter().map(|finding| (finding.rule, finding.line.unwrap())).collect();
    assert_eq!(told, [(Rule::Reserved, 1), (Rule::Reserved, 2), (Rule::ZeroBalance, 3), (Rule::Reserved, 4)]);
    assert_eq!(checked.accept().unwrap().entries().len(), 4, "they keep their leaves");
}

#[test]
fn the_total_must_fit_128_bits() {
    let content = format!("{ALICE},{}\n{BOB},1\n{},1\n", u128::MAX, "0x0000000000000000000000000000000000c0ffee");
    assert_eq!(only(&content, Unit::Base), (Rule::TotalOverflow, Some(2)));
}

#[test]
fn files_are_read_packed_or_not() {
    let folder = tempfile::tempdir().unwrap();
    let content = format!("{ALICE},1\n").repeat(3);
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content.as_bytes()).unwrap();
    let packed = encoder.finish().unwrap();
    for (name, bytes) in
        [("plain.csv", content.as_bytes()), ("packed.csv.gz", &packed), ("packed without a name", &packed)]
    {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(read(&path).unwrap(), content.as_bytes(), "{name}");
    }
    let cut = folder.path().join("cut.gz");
    std::fs::write(&cut, &packed[..packed.len() - 5]).unwrap();
    for path in [cut, folder.path().join("missing")] {
        let error = read(&path).unwrap_err();
        assert!(matches!(error, ReadError::Unreadable { .. }) && error.to_string().starts_with("LEDGER_UNREADABLE: "));
    }
}

fn leaf(account: &str, balance: u128, paid: u128) -> Leaf {
    Leaf { account: account.parse().unwrap(), balance, paid }
}

#[test]
fn accounts_keep_their_index_for_ever() {
    let carol = "0x0000000000000000000000000000000000c0ffee";
    let first = assemble(&accepted(&format!("{BOB},1\n{ALICE},2\n"), Unit::Base), &[], None).unwrap();
    assert_eq!(first, [leaf(BOB, 1, 0), leaf(ALICE, 2, 0)], "the first epoch has the order of the file");
    let second = assemble(&accepted(&format!("{carol},5\n{ALICE},3\n"), Unit::Base), &first, None).unwrap();
    assert_eq!(second, [leaf(BOB, 0, 0), leaf(ALICE, 3, 0), leaf(carol, 5, 0)], "those who left keep an empty balance");
    let third = assemble(&accepted(&format!("{BOB},7\n"), Unit::Base), &second, None).unwrap();
    assert_eq!(third, [leaf(BOB, 7, 0), leaf(ALICE, 0, 0), leaf(carol, 0, 0)], "and get it back");
}

#[test]
fn payouts_rise_and_are_never_forgotten() {
    let list = accepted(&format!("{ALICE},10\n{BOB},10\n"), Unit::Base);
    let payouts = |content: &str| parse(content.as_bytes(), &Format::payouts(Unit::Base)).accept().unwrap();
    let before = [leaf(ALICE, 10, 4), leaf(BOB, 10, 0)];
    let broken = |result: Result<Vec<Leaf>, Findings>| {
        result.unwrap_err().kept().iter().map(|finding| (finding.rule, finding.line)).collect::<Vec<_>>()
    };

    let paid = assemble(&list, &before, Some(&payouts(&format!("account,paid\n{ALICE},6\n")))).unwrap();
    assert_eq!(paid, [leaf(ALICE, 10, 6), leaf(BOB, 10, 0)]);
    assert_eq!(broken(assemble(&list, &before, None)), [(Rule::PaidMissing, None)]);
    assert_eq!(broken(assemble(&list, &before, Some(&payouts("")))), [(Rule::PaidMissing, None)]);
    let fell = payouts(&format!("{ALICE},3\n0x0000000000000000000000000000000000c0ffee,1\n"));
    assert_eq!(
        broken(assemble(&list, &before, Some(&fell))),
        [(Rule::PaidFell, Some(1)), (Rule::PaidUnknown, Some(2))]
    );
    let column = accepted(&format!("account,amount,paid\n{ALICE},10,6\n{BOB},9,1\n"), Unit::Base);
    assert_eq!(assemble(&column, &before, None).unwrap(), [leaf(ALICE, 10, 6), leaf(BOB, 9, 1)]);
    let gone = assemble(&accepted(&format!("{BOB},1\n"), Unit::Base), &before, None).unwrap();
    assert_eq!(gone, [leaf(ALICE, 0, 4), leaf(BOB, 1, 0)], "who is owed nothing needs no payouts");
}

/// Bytes that are likely to meet a rule.
fn scraps() -> impl Strategy<Value = Vec<u8>> {
    let scrap = prop_oneof![
        Just(ALICE.as_bytes().to_vec()),
        Just(b"account,amount,paid\n".to_vec()),
        Just(b"\xef\xbb\xbf".to_vec()),
        "[0-9.,eE+$\"' \n\r;-]{0,8}".prop_map(String::into_bytes),
        proptest::collection::vec(any::<u8>(), 0..8),
    ];
    proptest::collection::vec(scrap, 0..24).prop_map(|scraps| scraps.concat())
}

proptest! {
    #![proptest_config(super::seeded())]

    #[test]
    fn arbitrary_files_never_panic(content in scraps(), decimals: u8, payouts: bool) {
        let content_kind = if payouts { Content::Payouts } else { Content::Balances };
        let unit = Unit::Whole { decimals };
        let format = Format { unit, content: content_kind, allow_empty: false, vault: None };
        let checked = parse(&content, &format);
        let _ = checked.findings.to_string();
        let lines = 1 + content.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count() as u64;
        prop_assert!(checked.findings.kept().iter().all(|finding| finding.line.is_none_or(|line| (1..=lines).contains(&line))));
    }

    #[test]
    fn what_is_written_is_read(rows in proptest::collection::btree_map(any::<[u8; 20]>(), 0..u128::MAX / 100, 1..60), checksum: bool) {
        let text = |account: Address| if checksum { account.to_string() } else { format!("{account:?}").to_lowercase() };
        let content: String = rows.iter().map(|(account, amount)| format!("{},{amount}\n", text(Address::from(*account)))).collect();
        let list = parse(content.as_bytes(), &Format::balances(Unit::Base)).accept().unwrap();
        let read: Vec<_> = list.entries().iter().map(|entry| (entry.account.0.0, entry.amount)).collect();
        prop_assert_eq!(read, rows.clone().into_iter().collect::<Vec<_>>());
        prop_assert_eq!(list.total(), rows.values().sum::<u128>());
    }
}
