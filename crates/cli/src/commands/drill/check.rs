//! Does every wei and every account add up? Pure: the drill's books against what the chain shows.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use alloy::primitives::{Address, U256};

use super::{
    books::{Books, Ratio},
    tally::{Tally, Unpaid, Why},
};

/// What the chain shows of one asset once the keeper is done. Amounts are base units.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    /// The vault's real balance.
    pub(super) vault: u128,
    /// Sum of segregated money in the vault's books.
    pub(super) segregated: u128,
    /// Segregated money of every account the drill knows to have some.
    pub(super) segregated_of: BTreeMap<Address, u128>,
    /// Sum of pending money in the vault's books.
    pub(super) pending: u128,
    /// What the vault says the ledger is owed.
    pub(super) owed: u128,
    pub(super) rounds: Vec<Ratio>,
    /// By round: how each leaf was settled; `None`: not.
    pub(super) settled: Vec<Vec<Option<Settled>>>,
    /// Leaves that events say were settled twice in a round, or that are not in the ledger.
    pub(super) settled_twice: Vec<u32>,
    /// Leaves whose push failed at least once.
    pub(super) refused: BTreeSet<u32>,
    /// Real balances before the first deposit and at the end.
    pub(super) balances: HashMap<Address, Balances>,
}

/// How a leaf was settled in a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Settled {
    /// By somebody's `pushWord`, the keeper's as a rule.
    Push,
    /// By its account's own claim, or one made for it, to the account.
    Claim,
    /// By the account's signature to `to`, less `fee` to `relayer`.
    Redirect { to: Address, relayer: Address, fee: u128 },
}

/// Two readings of an account's real balance.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Balances {
    pub(super) before: U256,
    pub(super) after: U256,
}

/// One wei or account that is not where it must be.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub(super) struct Violation {
    /// Stable id.
    pub(super) id: &'static str,
    /// The money rule of the design that it breaks, 1 to 9.
    pub(super) rule: u8,
    pub(super) what: String,
}

impl Violation {
    pub(super) fn new(id: &'static str, rule: u8, what: impl Into<String>) -> Self {
        Self { id, rule, what: what.into() }
    }
}

/// Everything that is wrong with one asset; empty: every base unit and every account is accounted for.
pub(super) fn check(books: &Books, seen: &Seen, tally: &Tally) -> Vec<Violation> {
    let mut found = Vec::new();
    check_books(books, seen, &mut found);
    check_rounds(books, seen, &mut found);
    check_accounts(books, seen, &mut found);
    check_unpaid(books, tally, &mut found);
    check_vault(books, seen, tally, &mut found);
    found
}

/// Rules 1 and 5: the vault's books are the sums of their entries, and pending money is back with its owners in full.
fn check_books(books: &Books, seen: &Seen, found: &mut Vec<Violation>) {
    let mut expect = |what: &str, has: u128, must: u128| {
        if has != must {
            found.push(Violation::new(
                "DRILL_BOOKS",
                1,
                format!("{what} is {has}, must be {must} ({})", books.unit.symbol),
            ));
        }
    };
    expect("the segregated book", seen.segregated, books.segregated_total());
    for (account, must) in &books.segregated {
        let has = seen.segregated_of.get(account).copied().unwrap_or_default();
        expect(&format!("segregated money of {account}"), has, *must);
    }
    expect("the pending book", seen.pending, books.pending);
    if books.pending != 0 {
        let what = format!("{} base units of {} wait for a ledger that is no more", books.pending, books.unit.symbol);
        found.push(Violation::new("DRILL_PENDING", 5, what));
    }
}

/// Rule 3, and that each round gave all it could: nothing set aside twice, nothing held back.
fn check_rounds(books: &Books, seen: &Seen, found: &mut Vec<Violation>) {
    if seen.owed != books.owed() {
        let what = format!("the vault counts {} owed in {}, must be {}", seen.owed, books.unit.symbol, books.owed());
        found.push(Violation::new("DRILL_OWED", 2, what));
    }
    if seen.rounds != books.rounds {
        let what = format!("the rounds of {} are {:?}, must be {:?}", books.unit.symbol, seen.rounds, books.rounds);
        found.push(Violation::new("DRILL_ROUND", 3, what));
    }
    for index in &seen.settled_twice {
        let what = format!("index {index} of {} was settled twice in a round", books.unit.symbol);
        found.push(Violation::new("DRILL_SETTLED_TWICE", 2, what));
    }
    for (round, settled) in books.rounds.iter().zip(&seen.settled) {
        let paid: u128 = books
            .leaves
            .iter()
            .zip(settled)
            .filter(|(_, settled)| settled.is_some())
            .map(|(leaf, _)| round.share(books.net(leaf)))
            .sum();
        if paid > round.numerator {
            let what = format!("a round of {} paid {paid}, had {}", books.unit.symbol, round.numerator);
            found.push(Violation::new("DRILL_ROUND_OVERPAID", 3, what));
        }
    }
}

/// Rule 2: every account's real balance is what it was, and what it was due, to the base unit.
fn check_accounts(books: &Books, seen: &Seen, found: &mut Vec<Violation>) {
    let mut gained: HashMap<Address, U256> = HashMap::new();
    let mut credit = |account: Address, amount: u128| *gained.entry(account).or_default() += U256::from(amount);
    for (round, settled) in books.rounds.iter().zip(&seen.settled) {
        for (leaf, settled) in books.leaves.iter().zip(settled) {
            let share = round.share(books.net(leaf));
            match settled {
                None => {}
                Some(Settled::Push | Settled::Claim) => credit(leaf.account, share),
                Some(Settled::Redirect { to, relayer, fee }) => {
                    credit(*to, share.saturating_sub(*fee));
                    credit(*relayer, *fee);
                }
            }
        }
    }
    for (account, balances) in &seen.balances {
        let movement = books.movements.get(account).copied().unwrap_or_default();
        let due = balances.before + movement.gained + gained.get(account).copied().unwrap_or_default();
        if balances.after + movement.spent != due {
            let what = format!(
                "{account} has {} base units of {}, must have {}",
                balances.after,
                books.unit.symbol,
                due.saturating_sub(movement.spent)
            );
            found.push(Violation::new("DRILL_BALANCE", 2, what));
        }
    }
    for leaf in
        books.leaves.iter().filter(|leaf| leaf.account != books.vault && !seen.balances.contains_key(&leaf.account))
    {
        found.push(Violation::new("DRILL_UNREAD", 2, format!("the balance of {} was not read", leaf.account)));
    }
}

/// Rule 4: who was not paid has a reason that the drill made on purpose.
fn check_unpaid(books: &Books, tally: &Tally, found: &mut Vec<Violation>) {
    for Unpaid { account, index, why, .. } in &tally.unpaid {
        if *why == Why::Unknown {
            let what =
                format!("account {account} (index {index}) of {} was not paid, without a reason", books.unit.symbol);
            found.push(Violation::new("DRILL_UNPAID", 4, what));
        }
    }
}

/// The sum: what went in went out, or is still there for somebody, or is dust (rule 9).
fn check_vault(books: &Books, seen: &Seen, tally: &Tally, found: &mut Vec<Violation>) {
    let money = &tally.money;
    let inside = money.segregated + money.pending + money.claimable + money.reserved + money.dust + money.equity;
    if seen.vault != inside {
        let what = format!("the vault holds {} base units of {}, must hold {inside}", seen.vault, books.unit.symbol);
        found.push(Violation::new("DRILL_VAULT", 1, what));
    }
    if money.inflow != money.outflow + seen.vault {
        let what = format!(
            "{} base units of {} went in, {} went out, {} are still there",
            money.inflow, books.unit.symbol, money.outflow, seen.vault
        );
        found.push(Violation::new("DRILL_FLOW", 1, what));
    }
    let bound = (books.leaves.len() * books.rounds.len()) as u128;
    if money.dust > 0 && money.dust >= bound {
        let what = format!("{} base units of {} are dust, must be below {bound}", money.dust, books.unit.symbol);
        found.push(Violation::new("DRILL_DUST", 9, what));
    }
}

/// Rule 7: another asset's trouble is no reason for not being paid in this one.
pub(super) fn check_not_blocked(books: &Books, tally: &Tally) -> Vec<Violation> {
    let blocked = tally.unpaid.iter().filter(|unpaid| unpaid.why == Why::Unknown);
    let what = |unpaid: &Unpaid| {
        format!("account {} was not paid in {} while another asset was stuck", unpaid.account, books.unit.symbol)
    };
    blocked.map(|unpaid| Violation::new("DRILL_BLOCKED", 7, what(unpaid))).collect()
}

/// The tank holds what it did not repay.
pub(super) fn check_tank(filled: u128, repaid: U256, left: U256) -> Option<Violation> {
    (U256::from(filled) != repaid + left).then(|| {
        Violation::new("DRILL_TANK", 1, format!("{filled} wei went into the gas tank, {repaid} out, {left} are left"))
    })
}

#[cfg(test)]
mod tests {
    use alloy::primitives::Address;
    use lifeboat_ledger::Leaf;

    use super::*;
    use crate::commands::drill::{books::Unit, tally::tally};

    const VAULT: Address = Address::repeat_byte(0xee);
    const ALICE: Address = Address::repeat_byte(0xa1);
    const BOB: Address = Address::repeat_byte(0xb0);
    const RELAYER: Address = Address::repeat_byte(0x4e);
    const REFUSER: Address = Address::repeat_byte(0x4f);

    /// Owed 1000 + 500 + 300 + 7, of which Bob was paid 100 while the service lived; 90 % are there, then the rest.
    fn story() -> (Books, Seen) {
        let mut books = Books::new(Address::ZERO, Unit { symbol: "ETH", decimals: 18 }, VAULT);
        let leaf = |account, balance| Leaf { account, balance, paid: 0 };
        books.leaves = vec![leaf(ALICE, 1_000), leaf(BOB, 500), leaf(REFUSER, 300), leaf(Address::ZERO, 7)];
        books.inflow("reserve funding", 1_636);
        books.deposited(ALICE, 50);
        books.paid(BOB, 100);
        let first = books.expect_round();
        books.inflow("late", 171);
        let second = books.expect_round();
        let redirect = Settled::Redirect { to: RELAYER, relayer: RELAYER, fee: 3 };
        let seen = Seen {
            vault: books.inflows.values().sum::<u128>() - 100 - (899 + 359) - (100 + 40),
            segregated: 50,
            segregated_of: BTreeMap::from([(ALICE, 50)]),
            owed: 1_707,
            rounds: vec![first, second],
            settled: vec![
                vec![Some(Settled::Claim), Some(redirect), None, None],
                vec![Some(Settled::Push), Some(Settled::Push), None, None],
            ],
            refused: [2].into(),
            balances: [
                (ALICE, 50, 899 + 100),
                (BOB, 0, 100 + 40),
                (REFUSER, 9, 9),
                (Address::ZERO, 0, 0),
                (RELAYER, 0, 359),
            ]
            .map(|(account, before, after)| {
                (account, Balances { before: U256::from(before), after: U256::from(after) })
            })
            .into(),
            ..Seen::default()
        };
        (books, seen)
    }

    fn ids(books: &Books, seen: &Seen) -> Vec<&'static str> {
        check(books, seen, &tally(books, seen)).iter().map(|violation| violation.id).collect()
    }

    #[test]
    fn a_true_story_adds_up() {
        let (books, seen) = story();
        assert_eq!(books.rounds[0], Ratio { numerator: 1_536, denominator: 1_707 });
        assert_eq!(books.rounds[1], Ratio { numerator: 171, denominator: 1_707 });
        assert_eq!(check(&books, &seen, &tally(&books, &seen)), []);
        let money = tally(&books, &seen).money;
        assert_eq!((money.claimable, money.reserved, money.equity, money.shortfall), (269 + 30, 6, 0, 0));
        assert_eq!(money.dust, 1_707 - (899 + 359 + 269 + 6) - (100 + 40 + 30));
    }

    #[test]
    fn one_missing_base_unit_is_found_wherever_it_is() {
        let (books, seen) = story();
        for account in [ALICE, BOB, REFUSER, Address::ZERO, RELAYER] {
            for wrong in [1, -1] {
                let mut seen = seen.clone();
                let balances = seen.balances.get_mut(&account).expect("read");
                balances.after = balances.after.wrapping_add(if wrong > 0 { U256::ONE } else { U256::MAX });
                assert_eq!(ids(&books, &seen), ["DRILL_BALANCE"], "{account} {wrong}");
            }
        }
        let short = Seen { vault: seen.vault - 1, ..seen.clone() };
        assert_eq!(ids(&books, &short), ["DRILL_VAULT", "DRILL_FLOW"]);
        let books_off = Seen { segregated: seen.segregated + 1, ..seen.clone() };
        assert_eq!(ids(&books, &books_off), ["DRILL_BOOKS"]);
        let owed_off = Seen { owed: seen.owed - 1, ..seen };
        assert_eq!(ids(&books, &owed_off), ["DRILL_OWED"]);
    }

    #[test]
    fn a_forgotten_account_is_found() {
        let (books, mut seen) = story();
        seen.settled[0][0] = None;
        let found = ids(&books, &seen);
        assert!(found.contains(&"DRILL_UNPAID") && found.contains(&"DRILL_BALANCE"), "{found:?}");
    }

    #[test]
    fn an_account_that_waits_for_another_asset_is_found() {
        let (books, mut seen) = story();
        assert_eq!(check_not_blocked(&books, &tally(&books, &seen)), [], "who refuses or is nobody does not wait");
        seen.settled[0][0] = None;
        let [found] = check_not_blocked(&books, &tally(&books, &seen)).try_into().expect("one account");
        assert!(found.id == "DRILL_BLOCKED" && found.rule == 7 && found.what.contains(&ALICE.to_string()), "{found:?}");
    }

    #[test]
    fn an_account_that_was_not_read_is_found() {
        let (books, mut seen) = story();
        seen.balances.remove(&BOB);
        assert_eq!(ids(&books, &seen), ["DRILL_UNREAD"]);
    }

    #[test]
    fn a_round_that_held_money_back_is_found() {
        let (books, mut seen) = story();
        seen.rounds[0].numerator -= 1;
        assert_eq!(ids(&books, &seen), ["DRILL_ROUND"]);
    }

    #[test]
    fn pending_money_left_behind_is_found() {
        let (mut books, mut seen) = story();
        books.queued(ALICE, 10);
        seen.pending = 10;
        seen.vault += 10;
        if let Some(balances) = seen.balances.get_mut(&ALICE) {
            balances.after -= U256::from(10);
        }
        assert_eq!(ids(&books, &seen), ["DRILL_PENDING"]);
    }

    #[test]
    fn a_tank_that_lost_a_wei_is_found() {
        assert!(check_tank(10, U256::from(4), U256::from(6)).is_none());
        assert!(check_tank(10, U256::from(4), U256::from(5)).is_some());
    }
}
