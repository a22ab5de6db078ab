//! From an account to its index: parts by the first digits of the address, each a sorted table.

use alloy::primitives::{Address, keccak256};

use crate::Leaf;

/// Name of the file with the hash of every part.
pub(super) const INDEX: &str = "lookup/index.bin";

/// Bytes of one row: account 20, index 4 (big-endian).
const ROW: usize = 24;

/// Rows of a part are about this many at most, so that a phone reads tens of kilobytes.
const ROWS_PER_PART: u32 = 2048;
const MOST_DIGITS: u32 = 3;

/// How many digits name a part, 1 to 3, for so many accounts.
pub(super) fn digits_for(count: u32) -> u32 {
    (1..MOST_DIGITS).find(|digits| count >> (4 * digits) <= ROWS_PER_PART).unwrap_or(MOST_DIGITS)
}

/// Number of parts.
pub(super) fn part_count(digits: u32) -> u32 {
    1 << (4 * digits)
}

/// The part that an account is in.
pub(super) fn part_of(account: Address, digits: u32) -> u32 {
    let head = u32::from_be_bytes([0, account[0], account[1], account[2]]);
    head >> (24 - 4 * digits)
}

/// Name of a part in a bundle.
pub(super) fn part_name(part: u32, digits: u32) -> String {
    format!("lookup/{part:0width$x}.bin", width = digits as usize)
}

/// All parts, sorted by account.
pub(super) fn parts(leaves: &[Leaf], digits: u32) -> Vec<Vec<u8>> {
    let mut rows: Vec<(Address, u32)> = leaves.iter().zip(0..).map(|(leaf, index)| (leaf.account, index)).collect();
    rows.sort_unstable();
    let mut parts = vec![Vec::new(); part_count(digits) as usize];
    for (account, index) in rows {
        let part = &mut parts[part_of(account, digits) as usize];
        part.extend_from_slice(account.as_slice());
        part.extend_from_slice(&index.to_be_bytes());
    }
    parts
}

/// An account that stands in a part twice.
pub(super) fn repeated(parts: &[Vec<u8>]) -> Option<Address> {
    parts.iter().find_map(|part| {
        let (rows, _) = part.as_chunks::<ROW>();
        let pair = rows.windows(2).find(|pair| pair[0][..20] == pair[1][..20])?;
        Some(Address::from_slice(&pair[0][..20]))
    })
}

/// The hash of every part, one after the other.
pub(super) fn index_of_parts(parts: &[Vec<u8>]) -> Vec<u8> {
    parts.iter().flat_map(|part| keccak256(part).0).collect()
}

/// The index of an account in the bytes of its part.
pub(super) fn find(part: &[u8], account: Address) -> Option<u32> {
    let (rows, _) = part.as_chunks::<ROW>();
    let at = rows.binary_search_by(|row| row[..20].cmp(account.as_slice())).ok()?;
    let [.., a, b, c, d] = rows[at];
    Some(u32::from_be_bytes([a, b, c, d]))
}
