//! Reads from the chain what the checker needs: real balances of every account, the vault's books and events.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use alloy::{
    primitives::{Address, TxHash, U256},
    providers::Provider,
    rpc::types::{Filter, Log},
    sol_types::SolEvent,
};
use eyre::{ContextCompat, Result};
use lifeboat_bindings::{
    balance_lens::BalanceLens::BalanceLensInstance,
    gas_tank::GasTank::Repaid,
    vault::Vault::{ClaimRedirected, Claimed, PushSkipped, RoundOpened, WordPushed},
};

use super::{
    books::Ratio,
    check::{Balances, Seen, Settled},
    claims::new_wallet,
    stage::{Desk, Stage},
};

/// Accounts read in one call: well within the gas of one transaction.
const ACCOUNTS_A_CALL: usize = 2_000;
const WORD_LEAVES: u32 = 256;

/// Real balances by account.
pub(super) type Balance = HashMap<Address, U256>;

/// Everybody whose balance the drill can explain: the ledger, the users, where they claim to, the relayer, the hot wallet. Not the vault,
/// and not those who only pay for gas.
pub(super) fn accounts(stage: &Stage, desk: &Desk) -> Vec<Address> {
    let cast = &stage.world.cast;
    let users = &cast.users;
    let holders = users.ticket_holders.iter().chain(&users.code_holders).map(|key| key.address());
    let wallets = holders.chain([stage.refusers[1]]).map(new_wallet);
    let mut seen = BTreeSet::from([stage.vault, cast.service.address(), cast.keeper.address()]);
    let everybody = desk.ledger.iter().map(|leaf| leaf.account).chain(cast.senders()).chain(wallets);
    everybody.filter(|account| seen.insert(*account)).collect()
}

/// Reads the balances of an asset.
pub(super) async fn balances(stage: &Stage, desk: &Desk) -> Result<Balance> {
    let accounts = accounts(stage, desk);
    let lens = BalanceLensInstance::new(stage.lens, stage.world.provider());
    let bar = stage.world.progress.bar("balances read", accounts.len() as u64);
    let mut all = Balance::with_capacity(accounts.len());
    for chunk in accounts.chunks(ACCOUNTS_A_CALL) {
        let read = lens.balancesOf(desk.books.asset, chunk.to_vec()).gas(1 << 24).call().await?;
        all.extend(chunk.iter().copied().zip(read));
        bar.inc(chunk.len() as u64);
    }
    bar.finish_and_clear();
    Ok(all)
}

/// Everything that the chain shows of one asset.
pub(super) async fn seen(stage: &Stage, desk: &Desk, before: &Balance, events: &Events) -> Result<Seen> {
    let asset = desk.books.asset;
    let contract = stage.contract();
    let book = contract.book(asset).call().await?;
    let mut segregated_of = BTreeMap::new();
    for account in desk.books.segregated.keys() {
        segregated_of.insert(*account, contract.segregatedOf(asset, *account).call().await?);
    }
    let after = balances(stage, desk).await?;
    let balances = before
        .iter()
        .map(|(account, before)| {
            let after = after.get(account).copied().wrap_err("DRILL_SCRIPT: a balance was read once only")?;
            Ok((*account, Balances { before: *before, after }))
        })
        .collect::<Result<_>>()?;
    let mut seen = Seen {
        vault: balance_of(stage, asset, stage.vault).await?.to(),
        segregated: book.segregated,
        segregated_of,
        pending: book.pending,
        owed: contract.recovery(asset).call().await?.owed,
        balances,
        ..Seen::default()
    };
    events.apply(asset, desk.books.leaves.len(), &mut seen);
    Ok(seen)
}

/// One account's balance of an asset.
pub(super) async fn balance_of(stage: &Stage, asset: Address, account: Address) -> Result<U256> {
    let lens = BalanceLensInstance::new(stage.lens, stage.world.provider());
    Ok(lens.balancesOf(asset, vec![account]).call().await?[0])
}

/// The vault's events of the return, in order.
pub(super) struct Events {
    logs: Vec<Log>,
    /// Wei repaid to pushers.
    pub(super) repaid: U256,
    /// Gas of the transactions that carry these events.
    pub(super) gas: HashMap<TxHash, u64>,
}

impl Events {
    pub(super) async fn read(stage: &Stage) -> Result<Self> {
        let provider = stage.world.provider();
        let filter = Filter::new().from_block(stage.deploy_block);
        let kinds = vec![
            RoundOpened::SIGNATURE_HASH,
            WordPushed::SIGNATURE_HASH,
            PushSkipped::SIGNATURE_HASH,
            Claimed::SIGNATURE_HASH,
            ClaimRedirected::SIGNATURE_HASH,
        ];
        let logs = provider.get_logs(&filter.clone().address(stage.vault).event_signature(kinds)).await?;
        let tank = stage.contract().gasTank().call().await?;
        let mut repaid = U256::ZERO;
        for log in provider.get_logs(&filter.address(tank).event_signature(Repaid::SIGNATURE_HASH)).await? {
            repaid += log.log_decode::<Repaid>()?.inner.data.amount;
        }
        let hashes: BTreeSet<TxHash> = logs.iter().filter_map(|log| log.transaction_hash).collect();
        let bar = stage.world.progress.bar("receipts read", hashes.len() as u64);
        let mut gas = HashMap::new();
        for hash in hashes {
            let receipt = provider.get_transaction_receipt(hash).await?;
            gas.insert(hash, receipt.wrap_err("DRILL_SCRIPT: an event without a receipt")?.gas_used);
            bar.inc(1);
        }
        bar.finish_and_clear();
        Ok(Self { logs, repaid, gas })
    }

    /// Rounds and settled leaves of one asset.
    pub(super) fn apply(&self, asset: Address, leaves: usize, seen: &mut Seen) {
        let mut last_claim = None;
        for log in &self.logs {
            let inner = &log.inner;
            if let Ok(event) = RoundOpened::decode_log(inner) {
                if event.asset == asset {
                    seen.rounds.push(Ratio { numerator: event.numerator.to(), denominator: event.denominator.to() });
                    seen.settled.push(vec![None; leaves]);
                }
            } else if let Ok(event) = WordPushed::decode_log(inner) {
                if event.asset == asset {
                    let first = event.word.to::<u32>() * WORD_LEAVES;
                    for bit in (0..WORD_LEAVES).filter(|bit| event.paid.bit(*bit as usize)) {
                        settle(seen, event.round.to(), first + bit, Settled::Push);
                    }
                }
            } else if let Ok(event) = PushSkipped::decode_log(inner) {
                if event.asset == asset {
                    seen.refused.insert(index_of(event.position));
                }
            } else if let Ok(event) = Claimed::decode_log(inner) {
                last_claim = (event.asset == asset).then(|| (round_of(event.position), index_of(event.position)));
                if let Some((round, index)) = last_claim {
                    settle(seen, round, index, Settled::Claim);
                }
            } else if let Ok(event) = ClaimRedirected::decode_log(inner)
                && let Some((round, index)) = last_claim.take()
            {
                let redirect = Settled::Redirect { to: event.to, relayer: event.relayer, fee: event.fee.to() };
                seen.settled[round][index as usize] = Some(redirect);
            }
        }
    }

    /// Gas and leaves of every push, in order.
    pub(super) fn pushes(&self) -> impl Iterator<Item = (Address, u64, u32)> {
        self.logs.iter().filter_map(|log| {
            let event = WordPushed::decode_log(&log.inner).ok()?;
            Some((event.asset, *self.gas.get(&log.transaction_hash?)?, u32::try_from(event.paid.count_ones()).ok()?))
        })
    }

    /// Gas of every claim, and whether somebody else relayed it.
    pub(super) fn claims(&self) -> impl Iterator<Item = (Address, u64, bool)> {
        self.logs.iter().enumerate().filter_map(|(at, log)| {
            let event = Claimed::decode_log(&log.inner).ok()?;
            let relayed = self.logs.get(at + 1).is_some_and(|next| ClaimRedirected::decode_log(&next.inner).is_ok());
            Some((event.asset, *self.gas.get(&log.transaction_hash?)?, relayed))
        })
    }
}

/// Settling a leaf twice in one round is a double payment, which the balances will show; the first one stays noted.
fn settle(seen: &mut Seen, round: usize, index: u32, how: Settled) {
    let slot = seen.settled.get_mut(round).and_then(|leaves| leaves.get_mut(index as usize));
    match slot {
        Some(slot @ None) => *slot = Some(how),
        _ => seen.settled_twice.push(index),
    }
}

fn round_of(position: U256) -> usize {
    (position >> 32u32).to::<usize>()
}

fn index_of(position: U256) -> u32 {
    (position & U256::from(u32::MAX)).to()
}
