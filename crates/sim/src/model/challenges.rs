//! Demands to see a word of a ledger that is not final yet: specification §3.

use alloy::primitives::{Address, U256};
use lifeboat_bindings::vault::Vault;

use super::{Challenge, Model, Outcome, Phase, Posted, Refusal, ledger, refuse};
use crate::call::ProvenPacked;

impl Model {
    pub(super) fn challenge_word(
        &mut self,
        from: Address,
        value: U256,
        asset: usize,
        epoch: u32,
        word: u32,
    ) -> Outcome {
        self.require_not_latched()?;
        let bond = self.terms().challengeBond.to();
        require_deposit(value, bond)?;
        let posted = self.require_kept(asset, epoch)?;
        let is_final = self.final_at(posted) <= self.clock.reference(self.now);
        if posted.attested_at.is_some() || posted.is_void || is_final {
            return Err(refuse(&Vault::Ledger_NotChallengeable { epoch: U256::from(epoch) }));
        }
        let number = U256::from(word);
        if u64::from(word) >> (posted.ledger.depth_told() - lifeboat_ledger::WORD_DEPTH) != 0 {
            return Err(refuse(&Vault::Ledger_NoSuchWord { word: number }));
        }
        let held = &mut self.assets[asset];
        if held.challenges.contains_key(&(epoch, word)) {
            return Err(refuse(&Vault::Ledger_WordChallenged { word: number }));
        }

        let due = self.now + self.clock.timers.answer_window;
        held.challenges.insert((epoch, word), Challenge { challenger: from, due, closed: false });
        held.posted[epoch as usize - 1].open_challenges += 1;
        Ok(vec![self.registry_log(&Vault::WordChallenged {
            asset: self.assets[asset].address,
            epoch: U256::from(epoch),
            word: number,
            challenger: from,
            due: U256::from(due),
        })])
    }

    pub(super) fn answer_challenge(
        &mut self,
        from: Address,
        asset: usize,
        epoch: u32,
        answer: &ProvenPacked,
    ) -> Outcome {
        let challenge = self.require_challenge(asset, epoch, answer.word)?;
        if self.now > challenge.due {
            return Err(refuse(&Vault::Ledger_AnswerTooLate { due: U256::from(challenge.due) }));
        }
        let posted = &self.require_kept(asset, epoch)?.ledger;
        self.require_word(asset, Some(posted), &ledger::unpacked(answer)?)?;

        let now = self.now;
        self.close_challenge(asset, epoch, answer.word);
        let posted = &mut self.assets[asset].posted[epoch as usize - 1];
        posted.open_challenges -= 1;
        posted.answered_at = Some(now);
        self.give_back(from, self.terms().challengeBond.to());
        let (asset, epoch, word) = (self.assets[asset].address, U256::from(epoch), U256::from(answer.word));
        Ok(vec![self.registry_log(&Vault::ChallengeAnswered { asset, epoch, word })])
    }

    pub(super) fn void_commitment(&mut self, asset: usize, epoch: u32, word: u32) -> Outcome {
        let challenge = self.require_challenge(asset, epoch, word)?;
        if self.now <= challenge.due {
            return Err(refuse(&Vault::Ledger_AnswerNotDue { due: U256::from(challenge.due) }));
        }

        self.close_challenge(asset, epoch, word);
        self.give_back(challenge.challenger, self.terms().challengeBond.to());
        let (token, number) = (self.assets[asset].address, U256::from(word));
        let unanswered = Vault::ChallengeUnanswered { asset: token, epoch: U256::from(epoch), word: number };
        let mut logs = vec![self.registry_log(&unanswered)];
        // What the watchers attested counts all the same; from the latch on nothing about ledgers changes.
        let counts = |posted: &Posted| !posted.is_void && posted.attested_at.is_none();
        if self.phase() < Phase::Latched && self.assets[asset].kept(epoch).is_some_and(counts) {
            self.assets[asset].posted[epoch as usize - 1].is_void = true;
            self.absorb_final(asset);
            let mut changed = self.clock;
            let oldest = self.oldest_posting().max(self.now - changed.timers.root_max_age);
            changed.roots_at = changed.roots_at.min(oldest);
            logs.extend(self.store_cured(changed));
        }
        Ok(logs)
    }

    fn require_kept(&self, asset: usize, epoch: u32) -> Result<&Posted, Refusal> {
        let kept = self.assets[asset].kept(epoch);
        kept.ok_or_else(|| refuse(&Vault::Ledger_EpochUnknown { epoch: U256::from(epoch) }))
    }

    fn require_challenge(&self, asset: usize, epoch: u32, word: u32) -> Result<Challenge, Refusal> {
        let challenge = self.assets[asset].challenges.get(&(epoch, word)).copied();
        let open = challenge.filter(|challenge| !challenge.closed);
        open.ok_or_else(|| refuse(&Vault::Ledger_ChallengeNotOpen { word: U256::from(word) }))
    }

    fn close_challenge(&mut self, asset: usize, epoch: u32, word: u32) {
        if let Some(challenge) = self.assets[asset].challenges.get_mut(&(epoch, word)) {
            challenge.closed = true;
        }
    }
}

/// Exactly what the terms ask for.
pub(super) fn require_deposit(sent: U256, expected: u128) -> Result<(), Refusal> {
    let expected = U256::from(expected);
    if sent == expected { Ok(()) } else { Err(refuse(&Vault::Ledger_WrongDeposit { sent, expected })) }
}
