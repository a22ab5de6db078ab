//! Transactions: from a wanted action to a receipt. Three passes at every head, each safe to break off anywhere:
//! settle what was included, keep alive what was not, send what is new.

mod settle;
mod submit;
mod upkeep;

use std::{collections::HashMap, time::Instant};

use alloy::{
    consensus::{SignableTransaction, TxEip1559, TxEnvelope},
    eips::eip2718::Encodable2718,
    primitives::{Address, B256, Bytes, TxKind, U256},
    signers::{SignerSync, local::PrivateKeySigner},
};
use tracing::warn;

use crate::{
    chain::{call::Call, outcome::SendOutcome, rpc::Rpc},
    config::FeeConfig,
    error::KeeperError,
    fees::Fees,
    gas::GasModel,
    journal::{Attempt, AttemptState, Journal},
    steps::{Step, Steps},
    view::View,
};

/// Sends one key's transactions.
pub(crate) struct Sender {
    journal: Journal,
    key: PrivateKeySigner,
    vault: Address,
    chain_id: u64,
    fees: FeeConfig,
    window: u64,
    gas: GasModel,
    /// When each attempt was last broadcast by this process, and at which head.
    broadcasts: HashMap<B256, (u64, Instant)>,
    /// What each open nonce was meant to do.
    pushes: HashMap<u64, Push>,
    /// Heads at which a used nonce had no receipt yet.
    misses: HashMap<u64, u32>,
    /// The lowest open nonce, and the head at which it became that.
    front: (u64, u64),
    /// Intents that failed, and the height before which they are not tried again.
    backoff: HashMap<String, u64>,
    pub(crate) counts: Counts,
}

/// An open push: what the gas model learns from it.
struct Push {
    asset: Address,
    leaves: u32,
    data: Bytes,
}

/// What a transaction does, before it has a nonce and a price.
struct Message {
    intent: String,
    to: Address,
    data: Bytes,
    gas: u64,
}

/// What was done, for the status page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Counts {
    /// Broadcasts, repeated ones included.
    pub(crate) broadcasts: u64,
    /// Included and successful.
    pub(crate) mined: u64,
    /// Included and reverted.
    pub(crate) reverted: u64,
    /// Replacements signed.
    pub(crate) replacements: u64,
    /// Gas used by included transactions.
    pub(crate) gas_used: u64,
}

/// Failures after which an intent is given up.
const GIVE_UP_AFTER: u32 = 6;

impl Sender {
    pub(crate) fn new(
        journal: Journal,
        key: PrivateKeySigner,
        vault: Address,
        chain_id: u64,
        fees: FeeConfig,
        window: u64,
    ) -> Self {
        Self {
            journal,
            key,
            vault,
            chain_id,
            fees,
            window,
            gas: GasModel::default(),
            broadcasts: HashMap::new(),
            pushes: HashMap::new(),
            misses: HashMap::new(),
            front: (0, 0),
            backoff: HashMap::new(),
            counts: Counts::default(),
        }
    }

    /// The account that sends.
    pub(crate) fn address(&self) -> Address {
        self.key.address()
    }

    /// Nonces in flight.
    pub(crate) fn in_flight(&self, view: &View) -> Result<usize, KeeperError> {
        Ok(self.newest_open(view)?.len())
    }

    /// Whether a transaction is in flight for an intent whose id begins so.
    pub(crate) fn has_open(&self, prefix: &str, view: &View) -> Result<bool, KeeperError> {
        Ok(self.newest_open(view)?.iter().any(|attempt| attempt.intent.starts_with(prefix)))
    }

    /// Whether an intent failed so often that it is left alone.
    pub(crate) fn given_up(&self, intent: &str) -> Result<bool, KeeperError> {
        Ok(self.journal.failures(intent)? >= GIVE_UP_AFTER)
    }

    fn sign(&self, message: Message, nonce: u64, fees: Fees, block: u64) -> Result<Attempt, KeeperError> {
        let Message { intent, to, data, gas } = message;
        let tx = TxEip1559 {
            chain_id: self.chain_id,
            nonce,
            gas_limit: gas,
            max_fee_per_gas: fees.cap,
            max_priority_fee_per_gas: fees.tip,
            to: TxKind::Call(to),
            value: U256::ZERO,
            access_list: Default::default(),
            input: data,
        };
        let signature = self.key.sign_hash_sync(&tx.signature_hash()).map_err(KeeperError::Unsigned)?;
        let envelope = TxEnvelope::from(tx.into_signed(signature));
        let raw = envelope.encoded_2718().into();
        let hash = *envelope.tx_hash();
        Ok(Attempt { hash, intent, nonce, raw, tip: fees.tip, cap: fees.cap, gas, block, state: AttemptState::Signed })
    }

    /// Broadcasts attempts that are in the journal, and notes what nodes say.
    async fn broadcast(
        &mut self,
        rpc: &Rpc,
        attempts: &[Attempt],
        head: u64,
        steps: &mut dyn Steps,
    ) -> Result<(), KeeperError> {
        let calls: Vec<Call> = attempts.iter().map(|attempt| Call::send_raw(&attempt.raw)).collect();
        let answers = rpc.broadcast(&calls).await?;
        pass(steps, Step::Broadcast)?;
        let mut states = Vec::new();
        for (attempt, answer) in attempts.iter().zip(answers) {
            self.counts.broadcasts += 1;
            self.broadcasts.insert(attempt.hash, (head, Instant::now()));
            let outcome = answer.map_or_else(|error| SendOutcome::of_error(&error), |_| SendOutcome::Accepted);
            let state = match &outcome {
                SendOutcome::Accepted => AttemptState::Sent,
                SendOutcome::Rejected(_) | SendOutcome::Underpriced | SendOutcome::FeeTooLow => AttemptState::Refused,
                // Topping up or the next look at the chain settles these.
                SendOutcome::InsufficientFunds | SendOutcome::NonceTooLow => attempt.state,
            };
            let (intent, nonce, hash) = (&attempt.intent, attempt.nonce, attempt.hash);
            match outcome {
                SendOutcome::Accepted => tracing::info!(intent, nonce, %hash, "broadcast"),
                outcome => warn!(intent, nonce, %hash, ?outcome, "broadcast refused"),
            }
            states.push((attempt.hash, state));
        }
        self.journal.note(&states)?;
        pass(steps, Step::Noted)
    }
}

/// Tells the watcher, and breaks off if it says so.
pub(crate) fn pass(steps: &mut dyn Steps, step: Step) -> Result<(), KeeperError> {
    if steps.passed(step).is_break() { Err(KeeperError::BrokenOff) } else { Ok(()) }
}
