//! Whom the service owes: a list from a file, or one made from the seed with the awkward accounts that real lists have.

use std::collections::HashSet;

use alloy::primitives::{Address, address};
use lifeboat_bindings::create2;

use super::seed::Seed;

/// One line of a ledger.
pub(super) type Row = (Address, u128);

/// Addresses that no key holder can use, and the first one above them, as found in real lists.
const AWKWARD: [Address; 8] = [
    Address::ZERO,
    address!("0x0000000000000000000000000000000000000001"),
    address!("0x0000000000000000000000000000000000000009"),
    address!("0x0000000000000000000000000000000000001337"),
    address!("0x000000000000000000000000000000000000dEaD"),
    address!("0x000000000000000000000000000000000000ffff"),
    address!("0x0000000000000000000000000000000000010000"),
    address!("0xffffffffffffffffffffffffffffffffffffffff"),
];

/// A made-up ledger: `count` lines, balances over many orders of magnitude up to 10^`digits` base units, single base units among them.
///
/// `contracts` are accounts with code that stand among the others; the CREATE2 deployer, which burns the gas of whoever pays it, is
/// always there.
pub(super) fn generated(seed: Seed, label: &str, count: usize, digits: u32, contracts: &[Address]) -> Vec<Row> {
    let awkward = AWKWARD.iter().chain([&create2::DEPLOYER]).chain(contracts).copied();
    let people = (0..).map(|i| seed.address("account", i));
    let mut seen = HashSet::new();
    awkward
        .chain(people)
        .filter(|account| seen.insert(*account))
        .take(count)
        .zip(0..)
        .map(|(account, i)| (account, amount(seed, label, i, digits)))
        .collect()
}

/// Log-uniform: every order of magnitude is as frequent as any other.
fn amount(seed: Seed, label: &str, i: u64, digits: u32) -> u128 {
    let magnitude = 10u128.pow(u32::try_from(seed.below(label, 2 * i, u64::from(digits))).expect("below a u32"));
    magnitude + u128::from(seed.below(label, 2 * i + 1, 9_000_000_000)) * magnitude / 1_000_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_ledger_and_no_account_twice() {
        let rows = generated(Seed(1), "eth", 1_000, 18, &[Address::ZERO, Address::repeat_byte(7)]);
        assert_eq!(rows, generated(Seed(1), "eth", 1_000, 18, &[Address::ZERO, Address::repeat_byte(7)]));
        assert_ne!(rows, generated(Seed(2), "eth", 1_000, 18, &[Address::ZERO, Address::repeat_byte(7)]));
        assert_eq!(rows.len(), 1_000);
        assert_eq!(rows.iter().map(|(account, _)| account).collect::<HashSet<_>>().len(), 1_000);
        assert!(rows.iter().all(|(_, amount)| (1..10u128.pow(18)).contains(amount)));
        assert!(rows.iter().any(|(_, amount)| *amount < 10), "single base units are among them");
    }
}
