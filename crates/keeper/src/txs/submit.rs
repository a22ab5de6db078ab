//! Sends what is new: dry run at the pinned head, signature, journal, broadcast.

use std::collections::HashSet;

use alloy::{
    primitives::{Bytes, U256},
    rpc::json_rpc::ErrorPayload,
};
use lifeboat_bindings::errors;
use tracing::{info, warn};

use crate::{
    calls::Encoder,
    chain::{
        call::{Answer, Call, pinned, request},
        rpc::Rpc,
    },
    decide::Action,
    error::KeeperError,
    fees::fresh,
    journal::Attempt,
    ledgers::Ledgers,
    steps::{Step, Steps},
    txs::{Message, Push, Sender, pass},
    view::View,
};

/// An action with its call data and gas limit.
struct Prepared<'a> {
    action: &'a Action,
    data: Bytes,
    gas: u64,
}

/// What a dry run says.
#[derive(Debug, PartialEq, Eq)]
enum DryRun {
    Passes,
    NeedsMoreGas,
    Fails(String),
}

impl Sender {
    /// Sends as many of the wanted actions as fit the window. Returns how many were sent.
    pub(crate) async fn submit(
        &mut self,
        rpc: &Rpc,
        view: &View,
        wanted: &[Action],
        (encoder, ledgers): (&Encoder, &Ledgers),
        steps: &mut dyn Steps,
    ) -> Result<usize, KeeperError> {
        let open = self.newest_open(view)?;
        let room = self.window.saturating_sub(open.len() as u64) as usize;
        let prepared = self.prepare(view, wanted, &open, room, (encoder, ledgers))?;
        let passed = self.dry_run(rpc, view, prepared).await?;
        let attempts = self.sign_all(view, &open, passed)?;
        if attempts.is_empty() {
            return Ok(0);
        }
        pass(steps, Step::Signed)?;
        self.journal.record(&attempts)?;
        pass(steps, Step::Journaled)?;
        self.broadcast(rpc, &attempts, view.head.number, steps).await?;
        Ok(attempts.len())
    }

    fn prepare<'a>(
        &mut self,
        view: &View,
        wanted: &'a [Action],
        open: &[Attempt],
        room: usize,
        (encoder, ledgers): (&Encoder, &Ledgers),
    ) -> Result<Vec<Prepared<'a>>, KeeperError> {
        let open: HashSet<&str> = open.iter().map(|attempt| attempt.intent.as_str()).collect();
        let mut prepared = Vec::new();
        for action in wanted {
            if prepared.len() == room {
                break;
            }
            let id = action.id();
            let waits = self.backoff.get(&id).is_some_and(|until| view.head.number < *until);
            if open.contains(id.as_str()) || waits || action.may_be_given_up() && self.given_up(&id)? {
                continue;
            }
            match encoder.encode(action, ledgers) {
                Ok(data) => {
                    let gas = self.gas.limit(action, &data, self.journal.failures(&id)?).min(view.head.gas_limit);
                    prepared.push(Prepared { action, data, gas });
                }
                Err(error) => {
                    warn!(intent = id, %error, "skipped: no call data");
                    self.failed(id, view.head.number)?;
                }
            }
        }
        Ok(prepared)
    }

    /// Keeps what succeeds on top of the pinned head; what lacks gas is tried once more with all that a transaction may have.
    async fn dry_run<'a>(
        &mut self,
        rpc: &Rpc,
        view: &View,
        prepared: Vec<Prepared<'a>>,
    ) -> Result<Vec<Prepared<'a>>, KeeperError> {
        let mut passed = Vec::new();
        let mut round = prepared;
        for last in [false, true] {
            let calls: Vec<Call> = round.iter().map(|one| self.simulation(view, one)).collect();
            let answers = if calls.is_empty() { Vec::new() } else { rpc.ask(&calls).await? };
            let mut again = Vec::new();
            for (mut one, answer) in round.into_iter().zip(answers) {
                match read(answer) {
                    DryRun::Passes => passed.push(one),
                    DryRun::NeedsMoreGas if !last => {
                        one.gas = one.action.most_gas().min(view.head.gas_limit);
                        again.push(one);
                    }
                    DryRun::NeedsMoreGas => self.skip(&one, view, "needs more gas than it may have")?,
                    DryRun::Fails(reason) => self.skip(&one, view, &reason)?,
                }
            }
            round = again;
        }
        Ok(passed)
    }

    fn skip(&mut self, one: &Prepared<'_>, view: &View, reason: &str) -> Result<(), KeeperError> {
        let intent = one.action.id();
        warn!(intent, block = view.head.number, reason, "skipped: the dry run fails");
        self.failed(intent, view.head.number)
    }

    fn simulation(&self, view: &View, one: &Prepared<'_>) -> Call {
        let mut transaction = request(self.key.address(), self.vault, one.data.clone());
        transaction.gas = Some(one.gas);
        Call::simulate(&transaction, pinned(view.head.hash))
    }

    /// Signs with the next nonces: after the chain's, and after every open one. Stops where the money ends.
    fn sign_all(
        &mut self,
        view: &View,
        open: &[Attempt],
        passed: Vec<Prepared<'_>>,
    ) -> Result<Vec<Attempt>, KeeperError> {
        let next = open.last().map_or(view.nonce, |attempt| view.nonce.max(attempt.nonce + 1));
        let mut committed: U256 = open.iter().map(cost).sum();
        let fees = fresh(view.head.next_base_fee, self.fees.tip.0, self.fees.max.0);
        let mut attempts = Vec::with_capacity(passed.len());
        for (nonce, Prepared { action, data, gas }) in (next..).zip(passed) {
            let message = Message { intent: action.id(), to: self.vault, data: data.clone(), gas };
            let attempt = self.sign(message, nonce, fees, view.head.number)?;
            committed += cost(&attempt);
            if committed > view.balance {
                let missing = committed - view.balance;
                warn!(account = %self.key.address(), missing_wei = %missing, "KEEPER_FUNDS: not enough ETH for gas; top up the account");
                break;
            }
            info!(
                intent = attempt.intent,
                nonce,
                gas,
                tip = fees.tip,
                cap = fees.cap,
                block = view.head.number,
                "planned"
            );
            if let Action::PushWord { asset, leaves, .. } = action {
                self.pushes.insert(nonce, Push { asset: *asset, leaves: *leaves, data });
            }
            attempts.push(attempt);
        }
        Ok(attempts)
    }
}

/// Most wei that an attempt can cost.
fn cost(attempt: &Attempt) -> U256 {
    U256::from(attempt.gas) * U256::from(attempt.cap)
}

fn read(answer: Answer) -> DryRun {
    let Err(error) = answer else { return DryRun::Passes };
    let reason = revert_reason(&error);
    let text = reason.to_lowercase();
    let lacks_gas = ["return_gastoolow", "out of gas", "outofgas", "intrinsic gas", "gas required exceeds"];
    if lacks_gas.iter().any(|words| text.contains(words)) { DryRun::NeedsMoreGas } else { DryRun::Fails(reason) }
}

/// The vault's error in its own words, or else the node's.
fn revert_reason(error: &ErrorPayload) -> String {
    let decoded = error.as_revert_data().and_then(|data| errors::decode(&data));
    decoded.map_or_else(|| error.message.to_string(), |error| format!("{error:?}"))
}
