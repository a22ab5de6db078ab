//! Keeps open transactions alive: the same bytes again when two blocks passed without them, a dearer replacement when that does not help.

use std::time::Duration;

use alloy::primitives::Bytes;
use tracing::{info, warn};

use crate::{
    calls::Encoder,
    chain::rpc::Rpc,
    decide::Action,
    error::KeeperError,
    fees::{Fees, bumped},
    journal::{Attempt, AttemptState},
    ledgers::Ledgers,
    steps::{Step, Steps},
    txs::{Message, Sender, pass},
    view::View,
};

/// Where no blocks come, the same bytes are sent again after this long.
const WITHOUT_BLOCKS: Duration = Duration::from_secs(30);
/// Gas of a transfer to oneself.
const CANCEL_GAS: u64 = 21_000;

impl Sender {
    /// `wanted`: what is to be done at this head. An open transaction whose intent is no longer wanted is replaced by a cancellation,
    /// if it has to be replaced at all.
    pub(crate) async fn keep_alive(
        &mut self,
        rpc: &Rpc,
        view: &View,
        wanted: &[Action],
        (encoder, ledgers): (&Encoder, &Ledgers),
        steps: &mut dyn Steps,
    ) -> Result<(), KeeperError> {
        let open = self.newest_open(view)?;
        if let Some(first) = open.first()
            && self.front.0 != first.nonce
        {
            self.front = (first.nonce, view.head.number);
        }
        let mut replacements = Vec::new();
        let mut again = Vec::new();
        for (position, attempt) in open.into_iter().enumerate() {
            let stuck = attempt.state == AttemptState::Refused || position == 0 && self.is_late(&attempt, view);
            let replacement = if stuck && attempt.block < view.head.number {
                self.replace(&attempt, view, wanted, (encoder, ledgers))?
            } else {
                None
            };
            match replacement {
                Some(replacement) => replacements.push(replacement),
                None if self.is_silent(&attempt, view) => again.push(attempt),
                None => {}
            }
        }
        if !replacements.is_empty() {
            self.counts.replacements += replacements.len() as u64;
            pass(steps, Step::Signed)?;
            self.journal.record(&replacements)?;
            pass(steps, Step::Journaled)?;
        }
        again.extend(replacements);
        if again.is_empty() {
            return Ok(());
        }
        again.sort_by_key(|attempt| attempt.nonce);
        self.broadcast(rpc, &again, view.head.number, steps).await
    }

    /// The newest attempt of each open nonce, in order.
    pub(super) fn newest_open(&self, view: &View) -> Result<Vec<Attempt>, KeeperError> {
        let mut open: Vec<Attempt> = Vec::new();
        for attempt in self.journal.open_attempts()? {
            if attempt.nonce < view.nonce {
                continue;
            }
            match open.last_mut() {
                Some(last) if last.nonce == attempt.nonce => *last = attempt,
                _ => open.push(attempt),
            }
        }
        Ok(open)
    }

    /// Whether blocks passed without it while it was the next in line. Those behind wait for it, not for a higher price.
    fn is_late(&self, attempt: &Attempt, view: &View) -> bool {
        view.head.number >= attempt.block.max(self.front.1).saturating_add(self.fees.bump_after_blocks)
    }

    /// Whether nothing was heard of it for two blocks: the pool may have dropped it, or a crash came before the broadcast.
    fn is_silent(&self, attempt: &Attempt, view: &View) -> bool {
        self.broadcasts
            .get(&attempt.hash)
            .is_none_or(|(head, at)| *head + 1 < view.head.number || at.elapsed() >= WITHOUT_BLOCKS)
    }

    fn replace(
        &mut self,
        old: &Attempt,
        view: &View,
        wanted: &[Action],
        (encoder, ledgers): (&Encoder, &Ledgers),
    ) -> Result<Option<Attempt>, KeeperError> {
        let prices = Fees { tip: old.tip, cap: old.cap };
        let Some(fees) = bumped(prices, view.head.next_base_fee, self.fees.tip.0, self.fees.max.0) else {
            warn!(intent = old.intent, nonce = old.nonce, max = self.fees.max.0, "KEEPER_FEE_CAP: waiting at fees.max");
            return Ok(None);
        };
        let (intent, nonce, block) = (old.intent.clone(), old.nonce, view.head.number);
        let still_wanted = wanted.iter().find(|action| action.id() == intent);
        let call = still_wanted.and_then(|action| match encoder.encode(action, ledgers) {
            Ok(data) => Some((action, data)),
            Err(error) => {
                warn!(intent, %error, "cannot be replaced by itself");
                None
            }
        });
        let message = if let Some((action, data)) = call {
            let failures = self.journal.failures(&intent)?;
            let gas = self.gas.limit(action, &data, failures).max(old.gas);
            info!(intent, nonce, tip = fees.tip, cap = fees.cap, "replacement at a higher price");
            Message { intent, to: self.vault, data, gas }
        } else {
            info!(intent, nonce, "no longer wanted: cancellation");
            Message { intent, to: self.key.address(), data: Bytes::new(), gas: CANCEL_GAS }
        };
        self.sign(message, nonce, fees, block).map(Some)
    }
}
