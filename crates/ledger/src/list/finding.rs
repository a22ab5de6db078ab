//! What is wrong with a ledger file, row by row.

use std::{collections::BTreeMap, fmt};

use serde::{Serialize, Serializer, ser::SerializeStruct};

/// Findings of one rule that are kept in words; all are counted.
const KEPT_PER_RULE: u64 = 100;

/// A rule that a ledger file can break. Its id is stable: scripts may match on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// No account in the file.
    Empty,
    /// Bytes that are not UTF-8.
    NotUtf8,
    /// A first line that names other columns than `account,amount[,paid]`.
    Header,
    /// A row with too few or too many columns.
    Columns,
    /// An e-mail address, a phone number, a name.
    PersonalData,
    /// An account that is no address.
    Account,
    /// An address in mixed case with a wrong EIP-55 checksum.
    Checksum,
    /// An account that stands on an earlier row already.
    Duplicate,
    /// An amount that is no plain decimal number.
    Amount,
    /// `1.2E+17`: a spreadsheet has rounded it.
    Scientific,
    /// Thousands separators or a decimal comma.
    Separator,
    /// A currency sign or unit beside the number.
    Currency,
    /// Blanks inside or around a field.
    Space,
    /// Quotation marks inside a field.
    Quote,
    /// A formula or a spreadsheet's error value.
    Spreadsheet,
    /// An amount below zero.
    Negative,
    /// More decimals than the asset has.
    Decimals,
    /// An amount above 2^128 - 1 base units.
    Overflow,
    /// A total above 2^128 - 1 base units.
    TotalOverflow,
    /// `paid` is lower than in the previous epoch.
    PaidFell,
    /// No `paid` although the previous epoch has some.
    PaidMissing,
    /// `paid` for an account that the ledger does not have.
    PaidUnknown,
    /// An address at or below 0xffff, which nobody holds a key to (warning).
    Reserved,
    /// An account that is owed nothing (warning).
    ZeroBalance,
}

impl Rule {
    /// The stable id.
    pub const fn id(self) -> &'static str {
        self.texts().0
    }

    /// What to do next, in one sentence.
    pub const fn advice(self) -> &'static str {
        self.texts().1
    }

    /// Whether it only warns: the ledger can be built.
    pub const fn is_warning(self) -> bool {
        matches!(self, Self::Reserved | Self::ZeroBalance)
    }

    const fn texts(self) -> (&'static str, &'static str) {
        match self {
            Self::Empty => {
                ("LEDGER_EMPTY", "check the export; a ledger that owes nothing must be asked for explicitly")
            }
            Self::NotUtf8 => ("LEDGER_NOT_UTF8", "save the file as CSV in UTF-8"),
            Self::Header => {
                ("LEDGER_HEADER", "name the columns account,amount or account,amount,paid, or leave the line out")
            }
            Self::Columns => (
                "LEDGER_COLUMNS",
                "write account,amount on every row; a third column needs the header account,amount,paid",
            ),
            Self::PersonalData => (
                "LEDGER_PERSONAL_DATA",
                "remove it: bundles are public; people without an address of their own get a claim code",
            ),
            Self::Account => ("LEDGER_ACCOUNT", "write 0x and 40 hexadecimal digits"),
            Self::Checksum => {
                ("LEDGER_CHECKSUM", "copy the address from its source again: a digit is wrong, or its case was changed")
            }
            Self::Duplicate => ("LEDGER_DUPLICATE", "merge the rows: an account has one leaf"),
            Self::Amount => ("LEDGER_AMOUNT", "write digits, with a point before the decimals"),
            Self::Scientific => (
                "LEDGER_SCIENTIFIC",
                "export again from the database: the spreadsheet has lost digits that no formatting brings back",
            ),
            Self::Separator => ("LEDGER_SEPARATOR", "write 1234.5 with a point and without thousands separators"),
            Self::Currency => ("LEDGER_CURRENCY", "write the number alone; the asset is named once for the whole file"),
            Self::Space => ("LEDGER_SPACE", "remove the blanks, non-breaking and invisible ones too"),
            Self::Quote => ("LEDGER_QUOTE", "remove the quotation marks, or close them at the end of the field"),
            Self::Spreadsheet => ("LEDGER_SPREADSHEET", "export values, not formulas, and widen no column by hand"),
            Self::Negative => {
                ("LEDGER_NEGATIVE", "a ledger lists what is owed: leave out accounts that owe the service")
            }
            Self::Decimals => (
                "LEDGER_DECIMALS",
                "check the unit of the file and the asset's decimals; round down where the books are finer",
            ),
            Self::Overflow => ("LEDGER_OVERFLOW", "check the unit of the amounts"),
            Self::TotalOverflow => ("LEDGER_TOTAL_OVERFLOW", "check the unit of the amounts"),
            Self::PaidFell => ("LEDGER_PAID_FELL", "read paidOut from the vault at the snapshot: it never falls"),
            Self::PaidMissing => (
                "LEDGER_PAID_MISSING",
                "give every account's paidOut at the snapshot: without it payouts would be subtracted twice",
            ),
            Self::PaidUnknown => {
                ("LEDGER_PAID_UNKNOWN", "check vault and asset: only accounts of the ledger have payouts")
            }
            Self::Reserved => {
                ("LEDGER_RESERVED", "nobody holds its key, so the vault never pays it; its share stays in the vault")
            }
            Self::ZeroBalance => {
                ("LEDGER_ZERO_BALANCE", "leave it out if it never had a balance; an account keeps its index for ever")
            }
        }
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

/// One broken rule at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which rule.
    pub rule: Rule,
    /// Line of the file, counted from 1; `None` where the finding is about the whole file.
    pub line: Option<u64>,
    /// What is wrong there.
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.rule.id())?;
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        f.write_str(&self.what)
    }
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Finding", 5)?;
        object.serialize_field("id", self.rule.id())?;
        object.serialize_field("severity", if self.rule.is_warning() { "warning" } else { "error" })?;
        object.serialize_field("line", &self.line)?;
        object.serialize_field("what", &self.what)?;
        object.serialize_field("next", self.rule.advice())?;
        object.end()
    }
}

/// All findings: each is counted, the first hundred of a rule are kept in words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Findings {
    counts: BTreeMap<Rule, u64>,
    kept: Vec<Finding>,
}

impl Findings {
    /// How often each rule was broken.
    pub fn counts(&self) -> &BTreeMap<Rule, u64> {
        &self.counts
    }

    /// The findings in words, in the order of the file.
    pub fn kept(&self) -> &[Finding] {
        &self.kept
    }

    /// Number of errors; a file with any cannot be built.
    pub fn errors(&self) -> u64 {
        self.counted(false)
    }

    /// Number of warnings.
    pub fn warnings(&self) -> u64 {
        self.counted(true)
    }

    fn counted(&self, warnings: bool) -> u64 {
        self.counts.iter().filter(|(rule, _)| rule.is_warning() == warnings).map(|(_, count)| count).sum()
    }

    /// Adds a finding; `what` is only made if it will be kept.
    pub(crate) fn add(&mut self, rule: Rule, line: Option<u64>, what: impl FnOnce() -> String) {
        let count = self.counts.entry(rule).or_default();
        *count += 1;
        if *count <= KEPT_PER_RULE {
            self.kept.push(Finding { rule, line, what: what() });
        }
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (rule, count) in &self.counts {
            writeln!(f, "{} x {}: {}", rule.id(), count, rule.advice())?;
            for finding in self.kept.iter().filter(|finding| finding.rule == *rule) {
                match finding.line {
                    Some(line) => writeln!(f, "  line {line}: {}", finding.what)?,
                    None => writeln!(f, "  {}", finding.what)?,
                }
            }
            if *count > KEPT_PER_RULE {
                writeln!(f, "  ... and {} more", count - KEPT_PER_RULE)?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for Findings {}
