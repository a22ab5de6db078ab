//! Sums up what happened to one asset: who was paid by whom, who was not and why, where the money is.

use std::collections::BTreeMap;

use alloy::primitives::Address;
use serde::Serialize;

use super::{
    books::Books,
    check::{Seen, Settled},
};

/// The sums of one asset.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Tally {
    pub(super) accounts: usize,
    /// Accounts with everything that the rounds gave them, by how the first round reached them.
    pub(super) paid_by: BTreeMap<By, usize>,
    pub(super) unpaid: Vec<Unpaid>,
    pub(super) money: Money,
}

/// How an account was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum By {
    /// Pushed home.
    Push,
    /// Claimed for itself.
    Claim,
    /// A signed claim that somebody else relayed.
    SignedClaim,
    /// Nothing was due any more: paid in full while the service lived, or below one base unit.
    NothingDue,
}

/// A leaf that got nothing in some round.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Unpaid {
    pub(super) account: Address,
    pub(super) index: u32,
    /// Base units that it is still due.
    #[serde(serialize_with = "as_text")]
    pub(super) amount: u128,
    pub(super) why: Why,
}

/// Why a leaf was not paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Why {
    /// Nobody holds the key of this address: the vault never pays it.
    Reserved,
    /// Its transfer fails; it may still claim, here or to elsewhere.
    Refused,
    /// No reason is known: that is a fault.
    Unknown,
}

/// Where the money is, in base units.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Money {
    #[serde(serialize_with = "as_text")]
    pub(super) inflow: u128,
    #[serde(serialize_with = "as_text")]
    pub(super) outflow: u128,
    /// Part of `outflow`: paid by rounds.
    #[serde(serialize_with = "as_text")]
    pub(super) returned: u128,
    #[serde(serialize_with = "as_text")]
    pub(super) segregated: u128,
    #[serde(serialize_with = "as_text")]
    pub(super) pending: u128,
    /// Unpaid shares that can still be claimed.
    #[serde(serialize_with = "as_text")]
    pub(super) claimable: u128,
    /// Unpaid shares of addresses that nobody holds the key of.
    #[serde(serialize_with = "as_text")]
    pub(super) reserved: u128,
    /// Left by rounding down.
    #[serde(serialize_with = "as_text")]
    pub(super) dust: u128,
    /// What stands above everything owed.
    #[serde(serialize_with = "as_text")]
    pub(super) equity: u128,
    /// Owed, but never backed by the reserve.
    #[serde(serialize_with = "as_text")]
    pub(super) shortfall: u128,
}

/// JSON numbers lose digits above 2^53: amounts are text.
pub(super) fn as_text<S: serde::Serializer>(amount: &u128, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(amount)
}

/// Sums up one asset.
pub(super) fn tally(books: &Books, seen: &Seen) -> Tally {
    let mut paid_by: BTreeMap<By, usize> = BTreeMap::new();
    let mut unpaid = Vec::new();
    let (mut returned, mut claimable, mut reserved, mut shares) = (0, 0, 0, 0);
    for (index, leaf) in (0u32..).zip(&books.leaves) {
        let net = books.net(leaf);
        let mut missing = 0;
        for (round, settled) in books.rounds.iter().zip(&seen.settled) {
            let share = round.share(net);
            shares += share;
            match settled[index as usize] {
                Some(_) => returned += share,
                None => missing += share,
            }
        }
        if missing == 0 {
            *paid_by.entry(reached_by(books, seen, index, net)).or_default() += 1;
            continue;
        }
        let why = if is_reserved(leaf.account, books.vault) {
            reserved += missing;
            Why::Reserved
        } else {
            claimable += missing;
            if seen.refused.contains(&index) { Why::Refused } else { Why::Unknown }
        };
        unpaid.push(Unpaid { account: leaf.account, index, amount: missing, why });
    }
    let money = Money {
        inflow: books.inflows.values().sum(),
        outflow: books.outflows.values().sum::<u128>() + returned,
        returned,
        segregated: books.segregated_total(),
        pending: books.pending,
        claimable,
        reserved,
        dust: books.allotted() - shares,
        equity: books.reserve() - books.allotted(),
        shortfall: books.owed() - books.allotted(),
    };
    Tally { accounts: books.leaves.len(), paid_by, unpaid, money }
}

/// How the first round that owed it something reached a leaf.
fn reached_by(books: &Books, seen: &Seen, index: u32, net: u128) -> By {
    let first = books.rounds.iter().zip(&seen.settled).find(|(round, _)| round.share(net) > 0);
    match first.and_then(|(_, settled)| settled[index as usize]) {
        None => By::NothingDue,
        Some(Settled::Push) => By::Push,
        Some(Settled::Claim) => By::Claim,
        Some(Settled::Redirect { .. }) => By::SignedClaim,
    }
}

/// Addresses that the vault never pays: itself, and those up to 0xffff, whose keys nobody has.
fn is_reserved(account: Address, vault: Address) -> bool {
    account == vault || account.0[..18].iter().all(|byte| *byte == 0)
}
