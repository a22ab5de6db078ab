//! Ledger files: `account,amount[,paid]` as CSV, checked row by row.

mod assemble;
mod field;
mod finding;
mod parse;
mod read;

pub use assemble::assemble;
pub use field::Unit;
pub use finding::{Finding, Findings, Rule};
pub use parse::{Checked, Content, Format, parse};
pub use read::{LARGEST_FILE, ReadError, read};

use alloy::primitives::Address;

/// One row of a ledger file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Line of the file, counted from 1.
    pub line: u64,
    /// Who is owed.
    pub account: Address,
    /// Base units.
    pub amount: u128,
    /// The account's `paidOut` at the snapshot in base units, if the file has that column.
    pub paid: Option<u128>,
}

/// A ledger file without errors: every account once, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountList {
    entries: Vec<Entry>,
    total: u128,
}

impl AccountList {
    /// The rows.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Whether the file has a column `paid`.
    pub fn has_paid(&self) -> bool {
        self.entries.first().is_some_and(|entry| entry.paid.is_some())
    }

    /// Sum of all amounts, in base units.
    pub fn total(&self) -> u128 {
        self.total
    }
}
