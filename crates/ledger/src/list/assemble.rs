//! A list of accounts onto the leaves of the previous epoch: an account keeps its index for ever.

use std::collections::HashMap;

use alloy::primitives::Address;

use super::{AccountList, Findings, Rule};
use crate::Leaf;

/// The leaves of the next epoch, by index.
///
/// Accounts of `previous` keep their index, with balance zero if the list no longer has them; new accounts follow in the order of
/// the list. `payouts` is the vault's `paidOut` at the snapshot, where the list has no such column. An account with payouts
/// whose leaf named none would have them subtracted twice on chain, so `paid` may neither be missing nor fall.
///
/// # Errors
/// [`Rule::PaidFell`], [`Rule::PaidMissing`], [`Rule::PaidUnknown`], by line of the file that is to blame.
pub fn assemble(list: &AccountList, previous: &[Leaf], payouts: Option<&AccountList>) -> Result<Vec<Leaf>, Findings> {
    let mut next = Next::after(previous);
    for entry in list.entries() {
        let at = next.index_of(entry.account);
        next.leaves[at].balance = entry.amount;
        if let Some(paid) = entry.paid {
            next.set_paid(at, entry.line, paid);
        }
    }
    for payout in payouts.map(AccountList::entries).unwrap_or_default() {
        match next.indices.get(&payout.account) {
            Some(at) => next.set_paid(*at, payout.line, payout.amount),
            None => next.findings.add(Rule::PaidUnknown, Some(payout.line), || format!("account {}", payout.account)),
        }
    }
    next.finish(previous)
}

struct Next {
    leaves: Vec<Leaf>,
    indices: HashMap<Address, usize>,
    /// By index: whether `paid` was given for this epoch.
    given: Vec<bool>,
    findings: Findings,
}

impl Next {
    fn after(previous: &[Leaf]) -> Self {
        Self {
            leaves: previous.iter().map(|leaf| Leaf { balance: 0, ..*leaf }).collect(),
            indices: previous.iter().enumerate().map(|(index, leaf)| (leaf.account, index)).collect(),
            given: vec![false; previous.len()],
            findings: Findings::default(),
        }
    }

    fn index_of(&mut self, account: Address) -> usize {
        *self.indices.entry(account).or_insert_with(|| {
            self.leaves.push(Leaf { account, ..Leaf::default() });
            self.given.push(false);
            self.leaves.len() - 1
        })
    }

    fn set_paid(&mut self, at: usize, line: u64, paid: u128) {
        let leaf = &mut self.leaves[at];
        if paid < leaf.paid {
            let (account, before) = (leaf.account, leaf.paid);
            self.findings.add(Rule::PaidFell, Some(line), || {
                format!("account {account} has paid {paid} base units after {before} in the previous epoch")
            });
        }
        leaf.paid = paid;
        self.given[at] = true;
    }

    fn finish(mut self, previous: &[Leaf]) -> Result<Vec<Leaf>, Findings> {
        for (at, before) in previous.iter().enumerate() {
            // Where nothing is owed, nothing can be subtracted.
            if before.paid > 0 && !self.given[at] && self.leaves[at].balance > 0 {
                self.findings.add(Rule::PaidMissing, None, || {
                    format!("account {} had paid {} base units in the previous epoch", before.account, before.paid)
                });
            }
        }
        if self.findings.errors() > 0 { Err(self.findings) } else { Ok(self.leaves) }
    }
}
