//! What the model remembers.

use std::collections::{BTreeMap, BTreeSet};

use alloy::primitives::{Address, B256, U256};
use lifeboat_ledger::SumNode;

use super::{SharedLedger, bond::Bonded, gate::Gate};
use crate::action::{AccountMode, TokenMode};

/// How accounts with code behave; everybody else accepts.
#[derive(Clone, Debug, Default)]
pub(super) struct Accounts(BTreeMap<Address, AccountMode>);

impl Accounts {
    pub(super) fn mode(&self, account: Address) -> AccountMode {
        self.0.get(&account).copied().unwrap_or(AccountMode::Accepts)
    }

    pub(super) fn set_mode(&mut self, account: Address, mode: AccountMode) {
        self.0.insert(account, mode);
    }
}

/// One asset: the token itself and the vault's books of it.
#[derive(Clone, Debug)]
pub struct AssetState {
    /// Zero: ETH.
    pub address: Address,
    /// Whether the vault accounts for it.
    pub listed: bool,
    /// How it transfers.
    pub mode: TokenMode,
    /// Accounts that the token serves no more.
    pub blocked: BTreeSet<Address>,
    balances: BTreeMap<Address, U256>,
    /// Sum of all segregated balances.
    pub segregated: u128,
    /// Each account's.
    pub segregated_of: BTreeMap<Address, u128>,
    /// Sum of the entries in no final commitment, refunds deducted.
    pub pending: u128,
    /// Largest total that can still count.
    pub owed: u128,
    /// Entries below it are in a final commitment.
    pub absorbed: u64,
    /// Deposits on their way into the ledger.
    pub queue: Vec<Entry>,
    /// Posted commitments; epoch 1 first. Only the last eight can be used.
    pub posted: Vec<Posted>,
    /// Ever paid out of the reserve to each account.
    pub paid_out: BTreeMap<Address, u128>,
    /// Open exit requests.
    pub requests: BTreeMap<Address, Request>,
    /// Words of ledgers that were asked for, by epoch and number.
    pub challenges: BTreeMap<(u32, u32), Challenge>,
    /// Where accounts want their shares to go.
    pub redirects: BTreeMap<Address, Address>,
    /// Fixed on first use after the latch.
    pub recovered: Option<Recovered>,
    /// Opened rounds.
    pub rounds: Vec<RoundOpened>,
    /// Cells by round and number, where not zero.
    pub cells: BTreeMap<(u32, u32), Cell>,
    /// Where proofs of a round may end, by round, level and position: the root's node, and those below it that were shown.
    pub anchors: BTreeMap<(u32, u32, u32), SumNode>,
    /// Words that were counted, by epoch and number.
    pub counted: BTreeSet<(u32, u32)>,
    /// The newest final commitment that is kept no more.
    pub remembered: Option<u32>,
    /// What passed the release gate.
    pub gate: Gate,
    /// What the service put up.
    pub bonded: Bonded,
}

/// One deposit on its way into the ledger.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Whose it is.
    pub account: Address,
    /// Base units.
    pub amount: u128,
    /// Paid back after the latch.
    pub refunded: bool,
    /// What of it stayed in the reserve, because its account had had it by payouts.
    pub withheld: u128,
}

/// One posted commitment.
#[derive(Clone, Debug)]
pub struct Posted {
    /// The ledger behind it.
    pub ledger: SharedLedger,
    /// Entries below it are in the ledger.
    pub cursor: u64,
    /// Entries queued when it was posted: the next one covers them.
    pub queued: u64,
    /// Unix seconds.
    pub posted_at: u64,
    /// Unix seconds.
    pub snapshot_at: u64,
    /// When the attestation arrived.
    pub attested_at: Option<u64>,
    /// Hash of the bundle's manifest.
    pub data_hash: B256,
    /// Words that were asked for and have not come.
    pub open_challenges: u32,
    /// When the last of them came.
    pub answered_at: Option<u64>,
    /// One did not come in time: it never counts.
    pub is_void: bool,
}

/// Somebody's demand to see one word of a ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// Who paid for it.
    pub challenger: Address,
    /// Last second to answer, Unix.
    pub due: u64,
    /// Answered, or found to be unanswered.
    pub closed: bool,
}

/// One account's open exit request.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// Served when the account's payouts reach it.
    pub target: u128,
    /// Unix seconds.
    pub opened_at: u64,
    /// Unix seconds.
    pub due: u64,
    /// Counted as overdue.
    pub reported: bool,
}

/// What a latched vault returns.
#[derive(Clone, Copy, Debug)]
pub struct Recovered {
    /// The commitment that counts; zero: none.
    pub epoch: u32,
    /// Its total less what counting found.
    pub owed: u128,
    /// Sum of the rounds' numerators.
    pub allotted: u128,
    /// Of that, known to be paid.
    pub tallied: u128,
    /// The commitment's.
    pub cursor: u64,
    /// No round opens before it, and counting goes on until then; zero: no dispute has put them off.
    pub rounds_from: u64,
    /// Entries from the cursor to it were in the ledger that a dispute has set aside.
    pub reopened_to: u64,
}

/// One round's ratio.
#[derive(Clone, Copy, Debug)]
pub struct RoundOpened {
    /// What it distributes.
    pub numerator: u128,
    /// What is owed.
    pub denominator: u128,
}

/// 64 leaves of one round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// Bit i: leaf i was paid.
    pub claimed: u64,
    /// Bit i: leaf i had a payout. In round 0 only.
    pub touched: u64,
    /// Paid by single claims and not yet tallied.
    pub untallied: u128,
}

impl AssetState {
    pub(super) fn new(address: Address, listed: bool, holdings: impl Iterator<Item = (Address, U256)>) -> Self {
        Self {
            address,
            listed,
            mode: TokenMode::Standard,
            blocked: BTreeSet::new(),
            balances: holdings.collect(),
            segregated: 0,
            segregated_of: BTreeMap::new(),
            pending: 0,
            owed: 0,
            absorbed: 0,
            queue: Vec::new(),
            posted: Vec::new(),
            paid_out: BTreeMap::new(),
            requests: BTreeMap::new(),
            challenges: BTreeMap::new(),
            redirects: BTreeMap::new(),
            recovered: None,
            rounds: Vec::new(),
            anchors: BTreeMap::new(),
            cells: BTreeMap::new(),
            counted: BTreeSet::new(),
            remembered: None,
            gate: Gate::default(),
            bonded: Bonded::default(),
        }
    }

    /// What an account holds.
    #[must_use]
    pub fn balance_of(&self, account: Address) -> U256 {
        self.balances.get(&account).copied().unwrap_or_default()
    }

    /// Everybody who ever held some.
    pub fn holders(&self) -> impl Iterator<Item = (Address, U256)> {
        self.balances.iter().map(|(account, balance)| (*account, *balance))
    }

    pub(super) fn credit(&mut self, account: Address, amount: U256) {
        *self.balances.entry(account).or_default() += amount;
    }

    pub(super) fn debit(&mut self, account: Address, amount: U256) {
        *self.balances.entry(account).or_default() -= amount;
    }

    pub(super) fn set_blocked(&mut self, account: Address, blocked: bool) {
        if blocked {
            self.blocked.insert(account);
        } else {
            self.blocked.remove(&account);
        }
    }

    /// Ever paid out to an account.
    #[must_use]
    pub fn paid_out_to(&self, account: Address) -> u128 {
        self.paid_out.get(&account).copied().unwrap_or_default()
    }

    /// An account's segregated balance.
    #[must_use]
    pub fn segregated_to(&self, account: Address) -> u128 {
        self.segregated_of.get(&account).copied().unwrap_or_default()
    }

    /// Newest epoch; zero: none posted.
    #[must_use]
    pub fn newest(&self) -> u32 {
        self.posted.len() as u32
    }

    /// A commitment that is kept: one of the last eight.
    #[must_use]
    pub fn kept(&self, epoch: u32) -> Option<&Posted> {
        let newest = self.newest();
        if epoch == 0 || epoch > newest || newest - epoch >= super::ledger::KEPT {
            return None;
        }
        self.posted.get(epoch as usize - 1)
    }

    /// A cell, zero if never touched.
    #[must_use]
    pub fn cell(&self, round: u32, number: u32) -> Cell {
        self.cells.get(&(round, number)).copied().unwrap_or_default()
    }

    /// Whether a leaf had a payout.
    #[must_use]
    pub fn touched(&self, index: u32) -> bool {
        self.cell(0, index / 64).touched >> (index % 64) & 1 == 1
    }

    /// Where a leaf's share goes if it was redirected: looked up for touched leaves only.
    #[must_use]
    pub fn redirected(&self, index: u32, account: Address) -> Option<Address> {
        self.redirects.get(&account).copied().filter(|to| self.touched(index) && !to.is_zero())
    }

    pub(super) fn touch(&mut self, index: u32) {
        self.cells.entry((0, index / 64)).or_default().touched |= 1 << (index % 64);
    }

    /// What a leaf is still owed, payouts deducted whether or not its bit says there were any.
    #[must_use]
    pub fn net(&self, leaf: &lifeboat_ledger::Leaf) -> u128 {
        leaf.balance.saturating_sub(self.paid_out_to(leaf.account).saturating_sub(leaf.paid))
    }

    /// What a leaf is owed in the return: payouts are deducted only where the touched bit is set.
    #[must_use]
    pub fn net_in_return(&self, index: u32, leaf: &lifeboat_ledger::Leaf) -> u128 {
        if self.touched(index) { self.net(leaf) } else { leaf.balance }
    }

    /// The ledger that counts in the return.
    #[must_use]
    pub fn counting_ledger(&self) -> Option<&SharedLedger> {
        Some(&self.posted_at(self.recovered.as_ref()?.epoch)?.ledger)
    }

    /// A commitment, kept or not.
    #[must_use]
    pub fn posted_at(&self, epoch: u32) -> Option<&Posted> {
        self.posted.get((epoch as usize).checked_sub(1)?)
    }
}
