//! What slows the outflow down, and who takes the signers' place: specification §11.

use alloy::primitives::{Address, B256, U256, aliases::U40, keccak256};
use lifeboat_bindings::{
    signers::{ecdsa_id, ecdsa_ids},
    typed,
    vault::{Safeguards, SignerSet, Terms, Vault},
};

use super::{
    Model, Outcome, Recovered, Refusal, refuse,
    safeguards::{require_duration, require_from},
};
use crate::call::{QuorumSigned, RotationArgs};

const DAY: u64 = 86_400;
const FREEZE_PERIOD: u64 = 365 * DAY;
const FREEZE_BUDGET: u64 = 21 * DAY;
/// What is ready and not used lapses after it.
const READY_FOR: u64 = 14 * DAY;
/// From the return on, until the service can have what is left.
const EQUITY_DELAY: u64 = 30 * DAY;

/// The signers as the vault knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Signers {
    pub ids: Vec<B256>,
    pub threshold: u8,
    pub cold_threshold: u8,
}

/// A release that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Queued {
    pub asset: usize,
    pub to: Address,
    pub amount: U256,
    pub salt: U256,
    pub deadline: U256,
    pub queued_at: u64,
    pub ready_at: u64,
    /// Executed or vetoed.
    pub closed: bool,
}

/// Signers that are to take over.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Pending {
    pub signers: Signers,
    pub announced_at: u64,
    pub ready_at: u64,
}

impl Signers {
    pub(super) fn new(terms: &Terms) -> Self {
        Self { ids: terms.signers.clone(), threshold: terms.signerThreshold, cold_threshold: terms.coldThreshold }
    }

    /// As the vault shows them.
    #[must_use]
    pub fn set(&self) -> SignerSet {
        SignerSet {
            membersHash: members_hash(&self.ids),
            threshold: self.threshold,
            coldThreshold: self.cold_threshold,
        }
    }
}

/// keccak256 of the ids, a word each.
fn members_hash(ids: &[B256]) -> B256 {
    keccak256(ids.iter().flat_map(|id| id.0).collect::<Vec<u8>>())
}

impl Model {
    pub(super) fn freeze(&mut self, until: u64, evidence: B256, quorum: &QuorumSigned) -> Outcome {
        let longest = self.clock.timers.freeze_max;
        let duration = require_duration(self.now, until, longest)?;
        require_from(self.now, self.frozen_until.map_or(0, |last| last + 2 * longest))?;
        let message = typed::Freeze { until: U40::from(until), evidenceHash: evidence };
        self.require_guardians(&message, quorum)?;
        self.freezes.require(until, duration, FREEZE_PERIOD, FREEZE_BUDGET)?;
        self.require_not_latched()?;

        self.freezes.spend(until, duration);
        self.frozen_until = Some(until);
        Ok(vec![self.safeguards_log(&Safeguards::Frozen { until: U256::from(until), evidenceHash: evidence })])
    }

    // ------------------------------------------------------------------ releases that wait

    pub(super) fn queue_release(
        &mut self,
        asset: usize,
        to: Address,
        amount: U256,
        salt: U256,
        deadline: U256,
        quorum: &QuorumSigned,
    ) -> Outcome {
        self.require_live()?;
        self.require_before(deadline)?;
        let release = self.cold_hash(asset, to, amount, salt, deadline);
        if self.queued(release).is_some() {
            return Err(refuse(&Vault::Gate_ReleaseQueued { release }));
        }
        let token = self.assets[asset].address;
        self.require_cold_signers(&typed::ColdRelease { asset: token, to, amount, salt, deadline }, quorum)?;

        let ready_at = self.now + self.clock.timers.cold_delay;
        let waits = Queued { asset, to, amount, salt, deadline, queued_at: self.now, ready_at, closed: false };
        self.queue.push((release, waits));
        let ready_at = U256::from(ready_at);
        let event = Safeguards::ReleaseQueued { release, asset: token, to, amount, salt, deadline, readyAt: ready_at };
        Ok(vec![self.safeguards_log(&event)])
    }

    pub(super) fn veto_release(&mut self, release: B256, quorum: &QuorumSigned) -> Outcome {
        self.require_waiting(release)?;
        self.require_guardians(&typed::Veto { release }, quorum)?;

        self.close_release(release);
        Ok(vec![self.safeguards_log(&Safeguards::ReleaseVetoed { release })])
    }

    /// Whatever was ever queued under a name.
    #[must_use]
    pub fn queued(&self, release: B256) -> Option<&Queued> {
        self.queue.iter().find(|(name, _)| *name == release).map(|(_, queued)| queued)
    }

    fn require_waiting(&self, release: B256) -> Result<&Queued, Refusal> {
        let waits = self.queued(release).filter(|queued| !queued.closed);
        waits.ok_or_else(|| refuse(&Vault::Gate_ReleaseUnknown { release }))
    }

    /// It has waited its time, not too long, and nothing has come in between.
    pub(super) fn require_takeable(&self, release: B256) -> Result<(), Refusal> {
        let queued = self.require_waiting(release)?;
        if self.now < queued.ready_at {
            return Err(refuse(&Vault::Gate_ReleaseNotReady { readyAt: U256::from(queued.ready_at) }));
        }
        let undone = [self.clock.conduct.cured_at, self.rotated_at];
        let undone = undone.into_iter().flatten().any(|at| queued.queued_at <= at);
        if undone || self.now > queued.ready_at + READY_FOR {
            return Err(refuse(&Vault::Gate_ReleaseLapsed { release }));
        }
        Ok(())
    }

    pub(super) fn close_release(&mut self, release: B256) {
        for (_, queued) in self.queue.iter_mut().filter(|(name, _)| *name == release) {
            queued.closed = true;
        }
    }

    // ------------------------------------------------------------------ rotations

    pub(super) fn announce_rotation(&mut self, args: &RotationArgs) -> Outcome {
        self.require_live()?;
        self.require_before(args.deadline)?;
        self.require_next(args.sequence, self.rotations)?;
        self.require_eligible(args)?;
        let message = typed::Rotation {
            signers: args.ids.clone(),
            threshold: args.threshold,
            coldThreshold: args.cold_threshold,
            sequence: args.sequence,
            deadline: args.deadline,
        };
        self.require_cold_signers(&message, &args.quorum)?;

        self.rotations += 1;
        let ready_at = self.now + self.clock.timers.rotation_notice;
        let signers = Signers { ids: args.ids.clone(), threshold: args.threshold, cold_threshold: args.cold_threshold };
        self.pending = Some(Pending { signers, announced_at: self.now, ready_at });
        Ok(vec![self.safeguards_log(&Safeguards::RotationAnnounced {
            signers: args.ids.clone(),
            threshold: U256::from(args.threshold),
            coldThreshold: U256::from(args.cold_threshold),
            readyAt: U256::from(ready_at),
        })])
    }

    pub(super) fn activate_rotation(&mut self) -> Outcome {
        let Some(pending) = self.pending.clone() else {
            return Err(refuse(&Vault::Safeguards_NothingAnnounced {}));
        };
        require_from(self.now, pending.ready_at)?;
        let suspected = self.clock.conduct.cured_at.is_some_and(|at| pending.announced_at <= at);
        if suspected || self.now > pending.ready_at + READY_FOR {
            return Err(refuse(&Vault::Safeguards_RotationLapsed {}));
        }
        self.require_live()?;

        self.pending = None;
        self.rotated_at = Some(self.now);
        let hash = pending.signers.set().membersHash;
        self.signers = pending.signers;
        Ok(vec![self.safeguards_log(&Safeguards::Rotated { membersHash: hash })])
    }

    /// The rules of the constructor, and no party with two roles.
    fn require_eligible(&self, args: &RotationArgs) -> Result<(), Refusal> {
        let (ids, count) = (&args.ids, U256::from(args.ids.len()));
        let outside = |threshold: u8| {
            let (role, threshold) = ("signers".to_owned(), U256::from(threshold));
            Err(refuse(&Vault::Terms_ThresholdOutOfRange { role, threshold, members: count }))
        };
        if args.threshold == 0 || usize::from(args.threshold) > ids.len() {
            return outside(args.threshold);
        }
        for (position, id) in ids.iter().enumerate() {
            if id[0] > 2 {
                return Err(refuse(&Vault::Terms_UnknownSignerKind { signer: *id }));
            }
            if id[0] < 2 && (id[1..12] != [0; 11] || id[12..30] == [0; 18]) {
                let (role, member) = ("signers".to_owned(), Address::from_word(*id));
                return Err(refuse(&Vault::Terms_ReservedAddress { role, member }));
            }
            if position > 0 && *id <= ids[position - 1] {
                return Err(refuse(&Vault::Terms_MembersNotAscending { role: "signers".to_owned() }));
            }
        }
        if args.cold_threshold < args.threshold || usize::from(args.cold_threshold) > ids.len() {
            return outside(args.cold_threshold);
        }
        let contracts = ids.iter().filter(|id| id[0] == 1).count();
        if contracts > 0 && 2 * contracts >= ids.len() {
            let (contracts, signers) = (U256::from(contracts), count);
            return Err(refuse(&Vault::Terms_TooManyContractSigners { contracts, signers }));
        }
        let terms = self.terms();
        let roles = [&terms.auditors, &terms.watchers, &terms.guardians].map(|role| ecdsa_ids(role));
        if args.others != roles {
            return Err(refuse(&Vault::Signature_UnknownMembers {}));
        }
        let [auditors, watchers, guardians] = roles;
        let loners = [terms.operator, terms.backupOperator, terms.arbitrator].map(ecdsa_id).to_vec();
        for role in [loners, auditors, watchers, guardians] {
            if let Some(member) = ids.iter().find(|id| role.iter().any(|other| other[1..] == id[1..])) {
                return Err(refuse(&Vault::Terms_RolesOverlap { member: *member }));
            }
        }
        Ok(())
    }

    // ------------------------------------------------------------------ what is left

    pub(super) fn release_equity(
        &mut self,
        asset: usize,
        to: Address,
        amount: U256,
        nonce: U256,
        deadline: U256,
        quorum: &QuorumSigned,
    ) -> Outcome {
        self.require_latched()?;
        let equity_at = self.equity_at();
        if self.now < equity_at {
            return Err(refuse(&Vault::Return_EquityTooEarly { equityAt: U256::from(equity_at) }));
        }
        self.require_not_reserved(to)?;
        if amount.is_zero() {
            return Err(refuse(&Vault::Books_ZeroAmount {}));
        }
        let recovered = self.recovery_of(asset)?;
        let available = self.unallotted(asset, &recovered)?;
        let missing = recovered.owed - recovered.allotted;
        if missing != 0 {
            return Err(refuse(&Vault::Return_StillOwed { missing: U256::from(missing) }));
        }
        let reserve = available.saturating_sub(self.undone_by_dispute(asset, &recovered));
        if amount > reserve {
            return Err(refuse(&Vault::Gate_ReserveTooLow { reserve, amount }));
        }
        self.require_before(deadline)?;
        let token = self.assets[asset].address;
        self.require_cold_signers(&typed::ReleaseEquity { asset: token, to, amount, nonce, deadline }, quorum)?;
        self.require_unused(Address::ZERO, nonce)?;
        self.require_send(asset, to)?;

        self.nonces.insert((Address::ZERO, nonce));
        let mut logs = self.fix_recovery(asset);
        logs.push(self.log(&Vault::EquityReleased { asset: token, to, amount, nonce }));
        logs.extend(self.send(asset, to, amount.to(), super::Reach::Full));
        Ok(logs)
    }

    /// When the service can have what is left.
    #[must_use]
    pub fn equity_at(&self) -> u64 {
        self.clock.return_at() + EQUITY_DELAY
    }

    /// What of the reserve is the service's own, once everything owed is set aside; zero while a dispute holds the rounds.
    #[must_use]
    pub fn equity(&self, asset: usize) -> U256 {
        let Ok(recovered) = self.recovery_of(asset) else { return U256::ZERO };
        let available = self.unallotted(asset, &recovered).unwrap_or_default();
        available.saturating_sub(self.undone_by_dispute(asset, &recovered))
    }

    /// What the newest final ledger owed beyond the one that counts and the entries that a dispute has reopened: nobody's gain.
    fn undone_by_dispute(&self, asset: usize, recovered: &Recovered) -> U256 {
        let held = &self.assets[asset];
        let total = |epoch: u32| U256::from(held.posted_at(epoch).map_or(0, |posted| posted.ledger.root().sum));
        let known = total(recovered.epoch) + U256::from(held.entries(recovered.cursor, recovered.reopened_to));
        total(self.final_epoch(asset)).saturating_sub(known)
    }

    fn require_guardians<M: alloy::sol_types::SolStruct>(
        &self,
        message: &M,
        quorum: &QuorumSigned,
    ) -> Result<(), Refusal> {
        let terms = self.terms();
        self.require_role(message, quorum, &terms.guardians, terms.guardianThreshold)
    }
}
