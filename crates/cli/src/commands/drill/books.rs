//! The drill's own books of one asset: what it did and what must follow, never read from the vault. The checker holds the chain
//! against them.

use std::collections::{BTreeMap, HashMap};

use alloy::primitives::{Address, U256};
use lifeboat_ledger::Leaf;

/// How an asset is written for people.
#[derive(Clone, Debug)]
pub(super) struct Unit {
    pub(super) symbol: &'static str,
    pub(super) decimals: u8,
}

/// Books of one asset. Amounts are base units.
#[derive(Clone, Debug)]
pub(super) struct Books {
    pub(super) asset: Address,
    pub(super) unit: Unit,
    /// Never an account of its own ledger, even if a line says so.
    pub(super) vault: Address,
    /// Everything that went into the vault, by why.
    pub(super) inflows: BTreeMap<&'static str, u128>,
    /// Everything that left the vault outside of rounds, by why.
    pub(super) outflows: BTreeMap<&'static str, u128>,
    /// Segregated balances.
    pub(super) segregated: BTreeMap<Address, u128>,
    /// Deposits that wait for the ledger.
    pub(super) pending: u128,
    /// Paid out from the reserve before the outage, by account.
    pub(super) paid_out: HashMap<Address, u128>,
    /// What accounts gained and spent outside of rounds: payouts, refunds, deposits, gas.
    pub(super) movements: HashMap<Address, Movement>,
    /// The ledger that counts, by index.
    pub(super) leaves: Vec<Leaf>,
    /// The rounds that must have been opened.
    pub(super) rounds: Vec<Ratio>,
}

/// What an account gained and spent, in base units.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Movement {
    pub(super) gained: U256,
    pub(super) spent: U256,
}

/// The ratio of one round, in base units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ratio {
    pub(super) numerator: u128,
    pub(super) denominator: u128,
}

impl Ratio {
    /// A leaf's share, rounded down.
    pub(super) fn share(self, net: u128) -> u128 {
        (U256::from(net) * U256::from(self.numerator) / U256::from(self.denominator)).to()
    }
}

impl Books {
    pub(super) fn new(asset: Address, unit: Unit, vault: Address) -> Self {
        Self {
            asset,
            unit,
            vault,
            inflows: BTreeMap::new(),
            outflows: BTreeMap::new(),
            segregated: BTreeMap::new(),
            pending: 0,
            paid_out: HashMap::new(),
            movements: HashMap::new(),
            leaves: Vec::new(),
            rounds: Vec::new(),
        }
    }

    pub(super) fn inflow(&mut self, why: &'static str, amount: u128) {
        *self.inflows.entry(why).or_default() += amount;
    }

    pub(super) fn outflow(&mut self, why: &'static str, amount: u128) {
        *self.outflows.entry(why).or_default() += amount;
    }

    pub(super) fn gained(&mut self, account: Address, amount: u128) {
        self.movements.entry(account).or_default().gained += U256::from(amount);
    }

    pub(super) fn spent(&mut self, account: Address, amount: u128) {
        self.movements.entry(account).or_default().spent += U256::from(amount);
    }

    /// An account's deposit that is its own from the start.
    pub(super) fn deposited(&mut self, account: Address, amount: u128) {
        self.inflow("segregated deposits", amount);
        self.spent(account, amount);
        *self.segregated.entry(account).or_default() += amount;
    }

    /// An account took segregated money out.
    pub(super) fn withdrawn(&mut self, account: Address, amount: u128) {
        self.outflow("segregated withdrawals", amount);
        self.gained(account, amount);
        *self.segregated.entry(account).or_default() -= amount;
    }

    /// `payer` queued a deposit for the ledger.
    pub(super) fn queued(&mut self, payer: Address, amount: u128) {
        self.inflow("ledger deposits", amount);
        self.spent(payer, amount);
        self.pending += amount;
    }

    /// A final commitment covers a queued deposit: it is reserve now.
    pub(super) fn absorbed(&mut self, amount: u128) {
        self.pending -= amount;
    }

    /// A queued deposit went back, or was credited to the segregated balance of an account that refuses payment.
    pub(super) fn refunded(&mut self, account: Address, amount: u128, credited: bool) {
        self.pending -= amount;
        if credited {
            *self.segregated.entry(account).or_default() += amount;
        } else {
            self.outflow("refunds of ledger deposits", amount);
            self.gained(account, amount);
        }
    }

    /// The living service paid a ledger user.
    pub(super) fn paid(&mut self, account: Address, amount: u128) {
        self.outflow("payouts while alive", amount);
        self.gained(account, amount);
        *self.paid_out.entry(account).or_default() += amount;
    }

    pub(super) fn segregated_total(&self) -> u128 {
        self.segregated.values().sum()
    }

    /// What backs the ledger, before any round has paid.
    pub(super) fn reserve(&self) -> u128 {
        let flows = self.inflows.values().sum::<u128>() - self.outflows.values().sum::<u128>();
        flows - self.segregated_total() - self.pending
    }

    /// What a leaf of the counting ledger is still owed.
    pub(super) fn net(&self, leaf: &Leaf) -> u128 {
        let paid_since = self.paid_out.get(&leaf.account).copied().unwrap_or_default().saturating_sub(leaf.paid);
        leaf.balance.saturating_sub(paid_since)
    }

    pub(super) fn owed(&self) -> u128 {
        self.leaves.iter().map(|leaf| self.net(leaf)).sum()
    }

    pub(super) fn allotted(&self) -> u128 {
        self.rounds.iter().map(|round| round.numerator).sum()
    }

    /// A round must open now over all that no earlier round has set aside.
    pub(super) fn expect_round(&mut self) -> Ratio {
        let denominator = self.owed();
        let numerator = (self.reserve() - self.allotted()).min(denominator - self.allotted());
        let ratio = Ratio { numerator, denominator };
        self.rounds.push(ratio);
        ratio
    }
}
