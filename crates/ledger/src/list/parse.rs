//! CSV to accounts. Never stops at the first error: an operator wants to see all that is wrong with an export at once.

use std::collections::HashMap;

use alloy::primitives::Address;
use csv::{ReaderBuilder, StringRecord};

use super::{
    AccountList, Entry, Findings, Rule, Unit,
    field::{self, Fault},
};

/// What a file lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// What accounts are owed: `account,amount[,paid]`.
    Balances,
    /// The vault's `paidOut` of accounts: `account,paid`.
    Payouts,
}

/// How a file is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    /// How amounts are written.
    pub unit: Unit,
    /// What the file lists.
    pub content: Content,
    /// Whether a file without accounts is meant.
    pub allow_empty: bool,
    /// The vault, if it is known yet: it never pays itself.
    pub vault: Option<Address>,
}

impl Format {
    /// A list of balances with amounts in this unit.
    pub const fn balances(unit: Unit) -> Self {
        Self { unit, content: Content::Balances, allow_empty: false, vault: None }
    }

    /// A list of the vault's `paidOut`; with no payouts so far it is empty.
    pub const fn payouts(unit: Unit) -> Self {
        Self { unit, content: Content::Payouts, allow_empty: true, vault: None }
    }
}

/// A file that has been checked.
#[derive(Clone, Debug)]
pub struct Checked {
    /// Everything that was found.
    pub findings: Findings,
    list: AccountList,
}

impl Checked {
    /// Rows that could be read.
    pub fn readable(&self) -> &AccountList {
        &self.list
    }

    /// The list, if there were no errors.
    ///
    /// # Errors
    /// The findings.
    pub fn accept(self) -> Result<AccountList, Findings> {
        if self.findings.errors() > 0 { Err(self.findings) } else { Ok(self.list) }
    }
}

/// Reads a CSV file (UTF-8 with or without byte-order mark, any line ending, header optional).
pub fn parse(content: &[u8], format: &Format) -> Checked {
    let mut parser = Parser::new(format);
    match std::str::from_utf8(content) {
        Ok(text) => parser.rows(text.strip_prefix('\u{feff}').unwrap_or(text)),
        Err(error) => {
            let line = 1 + content[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() as u64;
            let utf16 = content.starts_with(&[0xff, 0xfe]) || content.starts_with(&[0xfe, 0xff]);
            parser.findings.add(Rule::NotUtf8, Some(line), || {
                if utf16 { "the file is in UTF-16".into() } else { "a byte that is not UTF-8".into() }
            });
        }
    }
    Checked { findings: parser.findings, list: parser.list }
}

struct Parser<'a> {
    format: &'a Format,
    /// Columns of every row.
    width: usize,
    /// Whether the third column is `paid`: only a header can say so, because `1,234` has three columns too.
    has_paid: bool,
    findings: Findings,
    list: AccountList,
    lines: HashMap<Address, u64>,
    overflowed: bool,
}

impl<'a> Parser<'a> {
    fn new(format: &'a Format) -> Self {
        Self {
            format,
            width: 2,
            has_paid: false,
            findings: Findings::default(),
            list: AccountList::default(),
            lines: HashMap::new(),
            overflowed: false,
        }
    }

    fn rows(&mut self, text: &str) {
        let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
        let mut record = StringRecord::new();
        let mut first = true;
        // Reading from memory, and of valid UTF-8, cannot fail.
        while reader.read_record(&mut record).unwrap_or(false) {
            let line = record.position().map_or(0, csv::Position::line);
            if std::mem::take(&mut first) && is_header(&record) {
                self.header(&record, line);
            } else {
                self.row(&record, line);
            }
        }
        if self.lines.is_empty() && self.findings.errors() == 0 && !self.format.allow_empty {
            self.findings.add(Rule::Empty, None, || "the file lists no account".into());
        }
    }

    fn header(&mut self, record: &StringRecord, line: u64) {
        let names: Vec<String> = record.iter().map(|name| name.trim().to_lowercase()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        self.width = names.len();
        match (self.format.content, &names[..]) {
            (Content::Balances, ["account", "amount"]) | (Content::Payouts, ["account", "paid"]) => {}
            (Content::Balances, ["account", "amount", "paid"]) => self.has_paid = true,
            _ => {
                for name in names.iter().filter(|name| is_personal_column(name)) {
                    self.findings.add(Rule::PersonalData, Some(line), || format!("column {}", field::shown(name)));
                }
                self.findings.add(Rule::Header, Some(line), || format!("columns {}", field::shown(&names.join(","))));
            }
        }
    }

    fn row(&mut self, record: &StringRecord, line: u64) {
        if record.len() != self.width {
            return self.wrong_width(record, line);
        }
        let account = self.checked(line, field::account(&record[0]));
        let amount = self.checked(line, field::amount(record.get(1).unwrap_or_default(), self.format.unit));
        let paid = if self.has_paid {
            self.checked(line, field::amount(&record[2], self.format.unit)).map(Some)
        } else {
            self.personal(record.iter().skip(2), line);
            Some(None)
        };
        let unique = account.filter(|account| self.is_first(*account, line));
        if let (Some(account), Some(amount), Some(paid)) = (unique, amount, paid) {
            self.entry(Entry { line, account, amount, paid });
        }
    }

    /// Finds personal data, and never repeats it.
    fn personal<'f>(&mut self, mut fields: impl Iterator<Item = &'f str>, line: u64) {
        if fields.any(field::is_personal) {
            self.findings.add(Rule::PersonalData, Some(line), || "an e-mail address or a phone number".into());
        }
    }

    fn wrong_width(&mut self, record: &StringRecord, line: u64) {
        self.personal(record.iter(), line);
        let width = self.width;
        self.findings.add(Rule::Columns, Some(line), || {
            let found = record.len();
            let hint = if found == 1 && record[0].contains([';', '\t']) {
                "; the columns must be separated by commas"
            } else if record.iter().skip(1).all(|part| part.bytes().all(|byte| byte.is_ascii_digit())) && found > width
            {
                "; the amount seems to have thousands separators or a decimal comma"
            } else {
                ""
            };
            format!("{found} columns instead of {width}{hint}")
        });
    }

    fn entry(&mut self, entry: Entry) {
        if self.format.content == Content::Balances {
            if is_reserved(entry.account) || self.format.vault == Some(entry.account) {
                self.findings.add(Rule::Reserved, Some(entry.line), || format!("account {}", entry.account));
            }
            if entry.amount == 0 {
                self.findings.add(Rule::ZeroBalance, Some(entry.line), || format!("account {}", entry.account));
            }
        }
        match self.list.total.checked_add(entry.amount) {
            Some(total) => self.list.total = total,
            // Payouts are never added up on chain; one finding is enough for balances.
            None if self.format.content == Content::Balances && !std::mem::replace(&mut self.overflowed, true) => {
                self.findings.add(Rule::TotalOverflow, Some(entry.line), || {
                    "the total up to here is above 2^128 - 1 base units".into()
                });
            }
            None => {}
        }
        self.list.entries.push(entry);
    }

    fn is_first(&mut self, account: Address, line: u64) -> bool {
        let first = *self.lines.entry(account).or_insert(line);
        if first != line {
            self.findings
                .add(Rule::Duplicate, Some(line), || format!("account {account} stands on line {first} already"));
        }
        first == line
    }

    fn checked<T>(&mut self, line: u64, field: Result<T, Fault>) -> Option<T> {
        field.map_err(|(rule, what)| self.findings.add(rule, Some(line), || what)).ok()
    }
}

/// Whether nobody holds the address's key: zero, precompiles and their like, up to 0xffff (specification §2).
fn is_reserved(account: Address) -> bool {
    account.as_slice()[..18].iter().all(|byte| *byte == 0)
}

/// A first line is a header if it begins with a word and has no number: rows begin with `0x` or are wrong.
fn is_header(record: &StringRecord) -> bool {
    let has_digit = |text: &str| text.bytes().any(|byte| byte.is_ascii_digit());
    let first = record[0].trim();
    first.starts_with(char::is_alphabetic) && !first.contains('@') && !record.iter().any(has_digit)
}

fn is_personal_column(name: &str) -> bool {
    const PARTS: [&str; 14] = [
        "mail",
        "phone",
        "mobile",
        "tel",
        "name",
        "birth",
        "passport",
        "address_line",
        "邮箱",
        "电话",
        "手机",
        "姓名",
        "身份证",
        "微信",
    ];
    PARTS.iter().any(|part| name.contains(part))
}
