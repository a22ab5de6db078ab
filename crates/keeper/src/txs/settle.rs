//! Settles open nonces that the chain has used, and opens closed ones that a reorganisation gave back.

use alloy::{primitives::B256, rpc::types::TransactionReceipt};
use tracing::{error, info, warn};

use crate::{
    chain::{
        call::{Call, typed},
        rpc::Rpc,
    },
    error::KeeperError,
    journal::{Attempt, Inclusion},
    steps::{Step, Steps},
    txs::{GIVE_UP_AFTER, Sender, pass},
    view::View,
};

/// Heads for which a missing receipt may be a node's delay. After them, the nonce went to a transaction of someone else's.
const PATIENCE: u32 = 5;
/// Most blocks that a failed intent waits.
const LONGEST_WAIT: u64 = 32;

impl Sender {
    pub(crate) async fn settle(&mut self, rpc: &Rpc, view: &View, steps: &mut dyn Steps) -> Result<(), KeeperError> {
        let reopened = self.journal.reopen_from(view.nonce)?;
        if reopened > 0 {
            warn!(reopened, nonce = view.nonce, "reorganisation: transactions are open again");
        }
        let used: Vec<Attempt> =
            self.journal.open_attempts()?.into_iter().filter(|attempt| attempt.nonce < view.nonce).collect();
        if used.is_empty() {
            return Ok(());
        }
        let calls: Vec<Call> = used.iter().map(|attempt| Call::receipt(attempt.hash)).collect();
        let mut included = Vec::with_capacity(used.len());
        for answer in rpc.ask(&calls).await? {
            let receipt: Option<TransactionReceipt> = typed("eth_getTransactionReceipt", answer)?;
            included.push(receipt.and_then(|receipt| inclusion(&receipt)));
        }
        let mut at = 0;
        for of_nonce in used.chunk_by(|a, b| a.nonce == b.nonce) {
            let found = included[at..at + of_nonce.len()].iter().flatten().next().copied();
            at += of_nonce.len();
            self.settle_nonce(of_nonce, found, view)?;
        }
        pass(steps, Step::Settled)
    }

    fn settle_nonce(&mut self, attempts: &[Attempt], found: Option<Inclusion>, view: &View) -> Result<(), KeeperError> {
        let (intent, nonce) = (&attempts[0].intent, attempts[0].nonce);
        let Some(inclusion) = found else {
            let misses = self.misses.entry(nonce).or_default();
            *misses += 1;
            if *misses >= PATIENCE {
                error!(
                    intent,
                    nonce, "KEEPER_NONCE_FOREIGN: another program uses this key; give the keeper a key of its own"
                );
                self.forget(attempts);
                self.journal.close_nonce(nonce, None)?;
            }
            return Ok(());
        };
        self.journal.close_nonce(nonce, Some(&inclusion))?;
        self.counts.gas_used += inclusion.gas_used;
        let (hash, block, gas) = (inclusion.hash, inclusion.block, inclusion.gas_used);
        if inclusion.ok {
            self.counts.mined += 1;
            info!(intent, nonce, %hash, block, gas, "included");
            if let Some(push) = self.pushes.get(&nonce) {
                self.gas.learn(push.asset, push.leaves, &push.data, gas);
            }
        } else {
            self.counts.reverted += 1;
            warn!(intent, nonce, %hash, block, gas, "included, but reverted");
            self.failed(intent.clone(), view.head.number)?;
        }
        self.forget(attempts);
        Ok(())
    }

    /// Counts a failure; the intent waits 2, 4, 8 ... blocks, and is given up in the end.
    pub(super) fn failed(&mut self, intent: String, head: u64) -> Result<(), KeeperError> {
        let failures = self.journal.add_failure(&intent, head)?;
        if failures == GIVE_UP_AFTER {
            error!(intent, failures, "KEEPER_GIVEN_UP: failed too often");
        }
        self.backoff.insert(intent, head + (1 << failures.min(30)).min(LONGEST_WAIT));
        Ok(())
    }

    fn forget(&mut self, attempts: &[Attempt]) {
        for attempt in attempts {
            self.broadcasts.remove(&attempt.hash);
            self.pushes.remove(&attempt.nonce);
            self.misses.remove(&attempt.nonce);
        }
    }
}

fn inclusion(receipt: &TransactionReceipt) -> Option<Inclusion> {
    let hash: B256 = receipt.transaction_hash;
    let block = receipt.block_number?;
    Some(Inclusion { hash, block, gas_used: receipt.gas_used, ok: receipt.status() })
}
