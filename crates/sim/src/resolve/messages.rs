//! What roles and accounts sign: messages whose fields follow from the state, and a like one that is not meant.

use super::*;

impl Resolver<'_> {
    #[allow(clippy::too_many_arguments)]
    pub(super) fn spend(
        &self,
        by: Who,
        asset: usize,
        account: Who,
        payee: Who,
        amount: Amount,
        nonce: u8,
        deadline: Deadline,
        sig: Sig,
    ) -> Call {
        let (account, payee) = (self.actor(account), self.actor(payee));
        let amount = narrow(self.amount(amount, self.asset(asset).segregated_to(account)));
        let (nonce, deadline) = (nonce_of(nonce), self.deadline(deadline));
        let token = self.asset(asset).address;
        let message = typed::Order { asset: token, account, payee, amount, nonce, deadline };
        let other = typed::Order { amount: amount.wrapping_add(1), ..message.clone() };
        let sig = self.account_signature(account, sig, &message, &other);
        self.by(by, Op::Spend { asset, account, payee, amount, nonce, deadline, sig })
    }

    pub(super) fn beat(&self, back: u8, wrong_hash: bool, sig: Sig) -> Call {
        let (number, hash) = self.model.block_back(back);
        let hash = if wrong_hash { keccak256(hash) } else { hash };
        let message = typed::Beat { blockNumber: U256::from(number), blockHash: hash };
        let other = typed::Beat { blockNumber: U256::from(number + 1), ..message };
        let sig = self.signature(&self.model.world().operator, sig, &message, &other);
        self.stranger(Op::Beat { number, hash, sig })
    }

    pub(super) fn wind_down(&self, notice: i8, deadline: Deadline, quorum: QuorumSig) -> Call {
        let latch_at = shift(self.model.now + self.model.clock.timers.wind_down_notice, notice);
        let deadline = self.deadline(deadline);
        let message = typed::WindDown { latchAt: U40::from(latch_at), deadline };
        let other = typed::WindDown { latchAt: U40::from(latch_at - 1), deadline };
        let quorum = self.signers(quorum, &message, &other);
        self.stranger(Op::WindDown { latch_at, deadline, quorum })
    }

    #[allow(clippy::too_many_arguments)]
    pub(super) fn commit(
        &self,
        asset: usize,
        epoch: i8,
        spec: &LedgerSpec,
        cursor: Amount,
        age: Amount,
        sig: Sig,
        quorum: QuorumSig,
    ) -> Call {
        let held = self.asset(asset);
        let epoch = (held.newest() + 1).wrapping_add_signed(i32::from(epoch));
        let cursor: u64 = narrow(self.amount(cursor, held.queue.len() as u128)).try_into().unwrap_or(U40::MAX.to());
        let cursor = cursor.min(U40::MAX.to());
        let age: u64 =
            narrow(self.amount(age, u128::from(self.model.clock.timers.root_max_age))).try_into().unwrap_or(0);
        // An age of one second less than nothing lies in the future.
        let snapshot_at = if age > self.model.now { self.model.now + 1 } else { self.model.now - age };
        let ledger = self.ledger(asset, spec, cursor);
        let mut halves = ledger.halves();
        if spec.overflow {
            halves = halves.map(|half| SumNode { sum: u128::MAX, ..half });
        }
        let root = SumNode::parent(&halves[0], &halves[1]).unwrap_or_default();
        let data_hash = keccak256([spec.seed]);
        let uri = "ipfs://ledger/".repeat(1 + usize::from(spec.seed % 4));
        let message = typed::Commitment {
            asset: held.address,
            epoch,
            root: root.hash,
            total: root.sum,
            count: ledger.count(),
            depositCursor: U40::from(cursor),
            snapshotAt: U40::from(snapshot_at),
            dataHash: data_hash,
            uri: uri.clone(),
        };
        let other = typed::Commitment { epoch: epoch.wrapping_add(1), ..message.clone() };
        let world = self.model.world();
        let sig = self.signature(&world.operator, sig, &message, &other);
        let threshold = self.model.terms().auditorThreshold;
        let quorum = self.quorum(&members(&world.auditors), threshold, quorum, &message, &other);
        self.stranger(Op::Commit(Box::new(CommitArgs {
            asset,
            epoch,
            ledger,
            halves,
            cursor,
            snapshot_at,
            data_hash,
            uri,
            sig,
            quorum,
        })))
    }

    pub(super) fn attest(&self, asset: usize, back: u8, quorum: QuorumSig) -> Call {
        let held = self.asset(asset);
        let epoch = held.newest().wrapping_sub(u32::from(back) % 10);
        let kept = held.kept(epoch);
        let message = typed::Attestation {
            asset: held.address,
            epoch,
            root: kept.map_or(B256::ZERO, |posted| posted.ledger.root().hash),
            dataHash: kept.map_or(B256::ZERO, |posted| posted.data_hash),
        };
        let other = typed::Attestation { epoch: epoch.wrapping_add(1), ..message.clone() };
        let quorum = self.watchers(quorum, &message, &other);
        self.stranger(Op::Attest { asset, epoch, quorum })
    }

    pub(super) fn pay_out(
        &self,
        asset: usize,
        leaf: LeafRef,
        amount: Amount,
        nonce: u8,
        deadline: Deadline,
        quorum: QuorumSig,
    ) -> Call {
        let leaf = self.leaf(asset, leaf);
        let held = self.asset(asset);
        let account = leaf.leaf.account;
        let request = held.requests.get(&account).filter(|_| self.model.phase() == Phase::Suspected);
        let limit = request.map_or(held.net(&leaf.leaf), |request| request.target - held.paid_out_to(account));
        let limit =
            if is_alone(quorum) { limit.min(self.model.room(asset, self.model.terms().hotCapBps)) } else { limit };
        let amount = narrow(self.amount(amount, limit));
        let (nonce, deadline) = (self.payment_nonce(asset, nonce, quorum), self.deadline(deadline));
        let message = typed::PayOut { asset: held.address, index: leaf.index, account, amount, nonce, deadline };
        let other = typed::PayOut { amount: amount.wrapping_add(1), ..message.clone() };
        let quorum = self.signers(quorum, &message, &other);
        self.stranger(Op::PayOut { asset, leaf, amount, nonce, deadline, quorum })
    }

    pub(super) fn release(
        &self,
        asset: usize,
        to: Who,
        amount: Amount,
        nonce: u8,
        deadline: Deadline,
        quorum: QuorumSig,
    ) -> Call {
        let held = self.asset(asset);
        let terms = self.model.terms();
        let cap = if is_alone(quorum) { terms.hotCapBps } else { terms.warmCapBps };
        let free = self.above_floor(asset);
        // A cap that is used up is tried too.
        let limit = Some(self.model.room(asset, cap).min(free)).filter(|limit| *limit > 0).unwrap_or(free);
        let amount = self.amount(amount, limit);
        let to = self.actor(to);
        let (nonce, deadline) = (self.payment_nonce(asset, nonce, quorum), self.deadline(deadline));
        let message = typed::Release { asset: held.address, to, amount, nonce, deadline };
        let other = typed::Release { amount: amount + U256::ONE, ..message.clone() };
        let quorum = self.signers(quorum, &message, &other);
        self.stranger(Op::Release { asset, to, amount, nonce, deadline, quorum })
    }

    /// What releases may take and leave the floor.
    pub(super) fn above_floor(&self, asset: usize) -> u128 {
        let bps = U256::from(self.model.terms().coverageFloorBps);
        let floor = (U256::from(self.asset(asset).owed) * bps).div_ceil(U256::from(10_000));
        narrow(self.model.reserve(asset).saturating_sub(floor))
    }

    pub(super) fn cancel_release(&self, asset: usize, nonce: u8, deadline: Deadline, quorum: QuorumSig) -> Call {
        let (token, nonce, deadline) =
            (self.asset(asset).address, self.gate_nonce(asset, nonce), self.deadline(deadline));
        let message = typed::CancelRelease { asset: token, nonce, deadline };
        let other = typed::CancelRelease { nonce: nonce + U256::ONE, ..message.clone() };
        let quorum = self.signers(quorum, &message, &other);
        self.stranger(Op::CancelRelease { asset, nonce, deadline, quorum })
    }

    pub(super) fn queue_release(
        &self,
        asset: usize,
        to: Who,
        amount: Amount,
        salt: u8,
        deadline: Deadline,
        quorum: QuorumSig,
    ) -> Call {
        let amount = self.amount(amount, self.above_floor(asset));
        let (to, salt, deadline) = (self.actor(to), U256::from(salt), self.deadline(deadline));
        let message = typed::ColdRelease { asset: self.asset(asset).address, to, amount, salt, deadline };
        let other = typed::ColdRelease { salt: salt + U256::ONE, ..message.clone() };
        let quorum = self.cold_signers(quorum, &message, &other);
        self.stranger(Op::QueueRelease { asset, to, amount, salt, deadline, quorum })
    }

    pub(super) fn queued(&self, told: QueuedRef) -> (usize, Address, U256, U256, U256) {
        let queue = &self.model.queue;
        let Some(last) = queue.len().checked_sub(1) else {
            return (0, self.actor(0), U256::ONE, U256::ZERO, U256::MAX);
        };
        let queued = queue[last - usize::from(told.back) % queue.len()].1;
        (queued.asset, queued.to, queued.amount + U256::from(u8::from(told.forged)), queued.salt, queued.deadline)
    }

    pub(super) fn veto(&self, told: QueuedRef, quorum: QuorumSig) -> Call {
        let (asset, to, amount, salt, deadline) = self.queued(told);
        let release = self.model.cold_hash(asset, to, amount, salt, deadline);
        let (message, other) = (typed::Veto { release }, typed::Veto { release: keccak256(release) });
        let quorum = self.guardians(quorum, &message, &other);
        self.stranger(Op::VetoRelease { release, quorum })
    }

    pub(super) fn freeze(&self, duration: Amount, quorum: QuorumSig) -> Call {
        let until = self.later(self.model.now, duration, self.model.clock.timers.freeze_max);
        let evidence = keccak256("a freeze");
        let message = typed::Freeze { until: U40::from(until), evidenceHash: evidence };
        let other = typed::Freeze { until: U40::from(until + 1), evidenceHash: evidence };
        let quorum = self.guardians(quorum, &message, &other);
        self.stranger(Op::Freeze { until, evidence, quorum })
    }

    pub(super) fn announce(&self, ahead: i8, reason: u8, sig: Sig) -> Call {
        let sequence = U256::from(self.model.announcements.saturating_add_signed(i64::from(ahead)));
        let (text_hash, uri) = (keccak256([reason]), "https://status.example/".repeat(usize::from(reason % 3)));
        let expected_until = if reason.is_multiple_of(2) { 0 } else { self.model.now + 3_600 };
        let message = typed::Announcement {
            sequence,
            reason,
            textHash: text_hash,
            uri: uri.clone(),
            expectedUntil: U40::from(expected_until),
        };
        let other = typed::Announcement { sequence: sequence + U256::ONE, ..message.clone() };
        let sig = self.signature(&self.model.world().operator, sig, &message, &other);
        self.stranger(Op::Announce { sequence, reason, text_hash, uri, expected_until, sig })
    }

    pub(super) fn maintenance(&self, notice: i16, duration: Amount, sig: Sig) -> Call {
        let from = (self.model.now + 86_400).saturating_add_signed(i64::from(notice));
        let until = self.later(from, duration, 12 * 3_600);
        let message = typed::Maintenance { from: U40::from(from), until: U40::from(until) };
        let other = typed::Maintenance { until: U40::from(until + 1), ..message.clone() };
        let sig = self.signature(&self.model.world().operator, sig, &message, &other);
        self.stranger(Op::AnnounceMaintenance { from, until, sig })
    }

    pub(super) fn force_majeure(&self, duration: Amount, sig: Sig, quorum: QuorumSig) -> Call {
        let until = self.later(self.model.now, duration, 14 * 86_400);
        let evidence = keccak256("force majeure");
        let message = typed::ForceMajeure { until: U40::from(until), evidenceHash: evidence };
        let other = typed::ForceMajeure { until: U40::from(until + 1), evidenceHash: evidence };
        let sig = self.signature(&self.model.world().operator, sig, &message, &other);
        let quorum = self.watchers(quorum, &message, &other);
        self.stranger(Op::DeclareForceMajeure { until, evidence, sig, quorum })
    }

    pub(super) fn alarm(&self, deadline: Deadline, quorum: QuorumSig) -> Call {
        let (evidence, deadline) = (keccak256("an alarm"), self.deadline(deadline));
        let message = typed::Alarm { evidenceHash: evidence, deadline };
        let other = typed::Alarm { evidenceHash: keccak256(evidence), deadline };
        let quorum = self.watchers(quorum, &message, &other);
        self.stranger(Op::RaiseAlarm { evidence, deadline, quorum })
    }

    pub(super) fn rotation(
        &self,
        successors: Successors,
        ahead: i8,
        deadline: Deadline,
        wrong_others: bool,
        quorum: QuorumSig,
    ) -> Call {
        let (world, terms) = (self.model.world(), self.model.terms());
        let mut ids = ecdsa_ids(&addresses(&world.successors));
        let (mut threshold, mut cold_threshold) = (1, 2);
        match successors {
            Successors::Others => {}
            Successors::Same => {
                ids = terms.signers.clone();
                (threshold, cold_threshold) = (terms.signerThreshold, terms.coldThreshold);
            }
            Successors::Unsorted => ids.reverse(),
            Successors::ThresholdsSwapped => (threshold, cold_threshold) = (2, 1),
            Successors::Contracts => {
                let contracts = world.twins.iter().take(2).map(|(twin, _)| Signer::Contract(*twin).id());
                ids = ids.into_iter().take(1).chain(contracts).collect();
                ids.sort_unstable();
            }
            Successors::WithOperator | Successors::WithAuditor | Successors::WithArbitrator | Successors::WithZero => {
                ids[0] = match successors {
                    Successors::WithOperator => ecdsa_id(terms.operator),
                    Successors::WithArbitrator => ecdsa_id(terms.arbitrator),
                    Successors::WithAuditor => ecdsa_id(terms.auditors[0]),
                    _ => B256::ZERO,
                };
                ids.sort_unstable();
            }
            Successors::WithUnknownKind => ids[2][0] = 9,
        }
        let sequence = U256::from(self.model.rotations.saturating_add_signed(i64::from(ahead)));
        let deadline = self.deadline(deadline);
        let message =
            typed::Rotation { signers: ids.clone(), threshold, coldThreshold: cold_threshold, sequence, deadline };
        let other = typed::Rotation { sequence: sequence + U256::ONE, ..message.clone() };
        let quorum = self.cold_signers(quorum, &message, &other);
        let mut others = [&terms.auditors, &terms.watchers, &terms.guardians].map(|role| ecdsa_ids(role));
        if wrong_others {
            others[1].push(ecdsa_id(world.outsider.address()));
        }
        self.stranger(Op::AnnounceRotation(Box::new(RotationArgs {
            ids,
            threshold,
            cold_threshold,
            sequence,
            deadline,
            others,
            quorum,
        })))
    }

    pub(super) fn equity(
        &self,
        asset: usize,
        to: Who,
        amount: Amount,
        nonce: u8,
        deadline: Deadline,
        quorum: QuorumSig,
    ) -> Call {
        let left = narrow(self.model.equity(asset));
        let (amount, to) = (self.amount(amount, left), self.actor(to));
        let (nonce, deadline) = (nonce_of(nonce), self.deadline(deadline));
        let message = typed::ReleaseEquity { asset: self.asset(asset).address, to, amount, nonce, deadline };
        let other = typed::ReleaseEquity { amount: amount + U256::ONE, ..message.clone() };
        let quorum = self.cold_signers(quorum, &message, &other);
        self.stranger(Op::ReleaseEquity { asset, to, amount, nonce, deadline, quorum })
    }

    /// A moment after another, by a part of the longest time.
    pub(super) fn later(&self, from: u64, duration: Amount, longest: u64) -> u64 {
        let duration = u64::try_from(self.amount(duration, longest.into())).unwrap_or(longest * 2);
        (from + duration).min(U40::MAX.to::<u64>() - 1)
    }

    pub(super) fn payment_nonce(&self, asset: usize, nonce: u8, quorum: QuorumSig) -> U256 {
        if is_alone(quorum) { self.hot_nonce(nonce) } else { self.gate_nonce(asset, nonce) }
    }

    /// The operator's own are unordered: mostly a new one, else one that may be used, or one far ahead.
    pub(super) fn hot_nonce(&self, nonce: u8) -> U256 {
        let operator = self.model.world().operator.address();
        let used = self.model.nonces.iter().filter(|(account, _)| *account == operator).count();
        match nonce {
            0..200 => U256::from(used),
            200..250 => U256::from(used.saturating_sub(1)),
            250..254 => U256::from(nonce) << 200,
            _ => U256::MAX,
        }
    }

    /// Mostly the next one; else ahead of it, behind it, or at the edges of what is taken.
    pub(super) fn gate_nonce(&self, asset: usize, nonce: u8) -> U256 {
        let highest = U256::from(self.asset(asset).gate.highest());
        let by = |step: u8| U256::from(step);
        match nonce {
            0..160 => highest + U256::ONE,
            160..200 => highest + by(nonce - 160),
            200..232 => highest.saturating_sub(by(nonce - 200)),
            232..240 => highest + by(64),
            240..244 => highest + by(65),
            244..249 => highest.saturating_sub(by(63)),
            249..254 => highest.saturating_sub(by(64)),
            254 => U256::from(u64::MAX),
            255 => U256::MAX,
        }
    }

    #[allow(clippy::too_many_arguments)]
    pub(super) fn claim_to(
        &self,
        by: Who,
        asset: usize,
        round: RoundRef,
        leaf: LeafRef,
        to: Who,
        fee: Amount,
        deadline: Deadline,
        sig: Sig,
    ) -> Call {
        let (round, leaf) = (self.round(asset, round), self.leaf(asset, leaf));
        let held = self.asset(asset);
        let share = held
            .rounds
            .get(round.id as usize)
            .map_or(0, |opened| opened.share_of(held.net_in_return(leaf.index, &leaf.leaf)));
        let (to, fee, deadline) = (self.actor(to), narrow(self.amount(fee, share)), self.deadline(deadline));
        let message = typed::Claim { asset: held.address, round: round.id, index: leaf.index, to, fee, deadline };
        let other = typed::Claim { round: round.id + 1, ..message.clone() };
        let sig = self.account_signature(leaf.leaf.account, sig, &message, &other);
        self.by(by, Op::ClaimTo { asset, round, leaf, to, fee, deadline, sig })
    }
}
