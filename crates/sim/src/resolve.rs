//! From symbols to arguments: what an action means in the state at hand. Pure; reads the model, changes nothing.

use std::sync::Arc;

use alloy::{
    primitives::{Address, B256, Bytes, U256, aliases::U40, keccak256},
    signers::local::PrivateKeySigner,
    sol_types::SolStruct,
};
use lifeboat_bindings::{
    signers::{Signer, ecdsa_id, ecdsa_ids},
    typed,
};
use lifeboat_ledger::{LEAF_BYTES, Leaf, NODE_BYTES, SumNode, SumTree};

use crate::{
    action::{
        Action, Amount, AssetId, ChallengeRef, Deadline, Edge, Forgery, Gas, LeafRef, LedgerSpec, Lie, NodesRef,
        QueuedRef, QuorumSig, RoundRef, Sig, Source, Successors, Value, Warp, Who, WordRef,
    },
    call::{Call, CommitArgs, Op, ProvenLeaf, ProvenWord, QuorumSigned, RotationArgs, RoundArg, Signed},
    model::{AssetState, Model, Phase, SharedLedger},
    told::Told,
    world::{self, ASSETS, CHAIN_ID, Member, addresses, members, sign},
};

/// Most that one deposit or gift moves, in base units: far below what holders own, so that no sender runs dry.
const USUAL_MOST: u128 = 1_000_000_000_000;
/// Most leaves of a ledger: three words, the last one ragged.
const MOST_LEAVES: u16 = 600;

/// When the next block is, Unix seconds.
#[must_use]
pub fn time_of(model: &Model, warp: Warp) -> u64 {
    let next = model.now + 1;
    match warp {
        Warp::By(seconds) => model.now + u64::from(seconds.max(1)),
        Warp::To(edge, delta) => edge_time(model, edge).map_or(next, |at| shift(at, delta)).max(next),
    }
}

fn edge_time(model: &Model, edge: Edge) -> Option<u64> {
    match edge {
        Edge::Suspected => Some(model.clock.start()),
        Edge::Latched => Some(model.clock.latch_at()),
        Edge::Return => Some(model.clock.return_at()),
        Edge::Push => Some(model.clock.push_at()),
        Edge::Final(asset) => {
            let newest = model.assets[asset_of(asset)].posted.last();
            newest.map(|posted| model.final_at(posted)).filter(|at| *at < u64::MAX)
        }
        Edge::Due(asset, who) => {
            let account = model.world().actor(who, model.vault);
            model.assets[asset_of(asset)].requests.get(&account).map(|request| request.due)
        }
        Edge::Ready => model.queue.last().map(|(_, queued)| queued.ready_at),
        Edge::Thawed => model.frozen_until,
        Edge::Freezable => model.frozen_until.map(|until| until + 2 * model.clock.timers.freeze_max),
        Edge::Window => {
            let window = model.clock.timers.release_window;
            Some((model.now / window + 1) * window)
        }
        Edge::MaintenanceFrom => model.clock.maintenance.map(|window| window.from),
        Edge::MaintenanceUntil => model.clock.maintenance.map(|window| window.until),
        Edge::MajeureUntil => model.clock.majeure.map(|window| window.until),
        Edge::Rotation => model.pending.as_ref().map(|pending| pending.ready_at),
        Edge::Equity => Some(model.equity_at()),
        Edge::Unbonding(asset) => model.assets[asset_of(asset)].bonded.unbonding.map(|(_, ready_at)| ready_at),
        Edge::Answer(asset) => {
            let open = model.assets[asset_of(asset)].challenges.values().filter(|challenge| !challenge.closed);
            open.map(|challenge| challenge.due).min()
        }
    }
}

fn shift(time: u64, delta: i8) -> u64 {
    time.saturating_add_signed(i64::from(delta))
}

/// The call that an action stands for in this state.
#[must_use]
pub fn resolve(model: &Model, action: &Action) -> Call {
    Resolver { model }.call(action)
}

fn asset_of(asset: AssetId) -> usize {
    usize::from(asset) % ASSETS
}

struct Resolver<'a> {
    model: &'a Model,
}

impl Resolver<'_> {
    fn call(&self, action: &Action) -> Call {
        match action {
            Action::DepositEth { by, amount } => {
                let value = self.usual(*amount).min(U256::from(USUAL_MOST));
                self.paid(*by, value, Op::DepositEth)
            }
            Action::Deposit { by, asset, account, amount, value } => {
                let (asset, account, amount) = self.incoming(*asset, *account, *amount);
                self.paid(*by, self.value(asset, amount, *value), Op::Deposit { asset, account, amount })
            }
            Action::DepositToLedger { by, asset, account, amount, value } => {
                let (asset, account, amount) = self.incoming(*asset, *account, *amount);
                self.paid(*by, self.value(asset, amount, *value), Op::DepositToLedger { asset, account, amount })
            }
            Action::Withdraw { by, asset, to, amount } => {
                let (asset, from) = (asset_of(*asset), self.sender(*by));
                let amount = narrow(self.amount(*amount, self.asset(asset).segregated_to(from)));
                self.by(*by, Op::Withdraw { asset, to: self.actor(*to), amount })
            }
            Action::Spend { by, asset, account, payee, amount, nonce, deadline, sig } => {
                self.spend(*by, asset_of(*asset), *account, *payee, *amount, *nonce, *deadline, *sig)
            }
            Action::CancelNonce { by, nonce } => self.by(*by, Op::CancelNonce { nonce: nonce_of(*nonce) }),
            Action::RefundPending { asset, entry, gas } => {
                let asset = asset_of(*asset);
                let entry = u64::from(*entry) % (self.asset(asset).queue.len() as u64 + 1);
                Call { gas: *gas, ..self.stranger(Op::RefundPending { asset, entry }) }
            }
            Action::Beat { back, wrong_hash, sig } => self.beat(*back, *wrong_hash, *sig),
            Action::WindDown { notice, deadline, quorum } => self.wind_down(*notice, *deadline, *quorum),
            Action::CancelRelease { asset, nonce, deadline, quorum } => {
                self.cancel_release(asset_of(*asset), *nonce, *deadline, *quorum)
            }
            Action::QueueRelease { asset, to, amount, salt, deadline, quorum } => {
                self.queue_release(asset_of(*asset), *to, *amount, *salt, *deadline, *quorum)
            }
            Action::ExecuteRelease { queued } => {
                let (asset, to, amount, salt, deadline) = self.queued(*queued);
                self.stranger(Op::ExecuteRelease { asset, to, amount, salt, deadline })
            }
            Action::VetoRelease { queued, quorum } => self.veto(*queued, *quorum),
            Action::Freeze { duration, quorum } => self.freeze(*duration, *quorum),
            Action::Announce { ahead, reason, sig } => self.announce(*ahead, *reason, *sig),
            Action::AnnounceMaintenance { notice, duration, sig } => self.maintenance(*notice, *duration, *sig),
            Action::DeclareForceMajeure { duration, sig, quorum } => self.force_majeure(*duration, *sig, *quorum),
            Action::RaiseAlarm { deadline, quorum } => self.alarm(*deadline, *quorum),
            Action::AnnounceRotation { successors, ahead, deadline, wrong_others, quorum } => {
                self.rotation(*successors, *ahead, *deadline, *wrong_others, *quorum)
            }
            Action::ActivateRotation => self.stranger(Op::ActivateRotation),
            Action::ReleaseEquity { asset, to, amount, nonce, deadline, quorum } => {
                self.equity(asset_of(*asset), *to, *amount, *nonce, *deadline, *quorum)
            }
            Action::Latch => self.stranger(Op::Latch),
            Action::Commit { asset, epoch, ledger, cursor, age, sig, quorum } => {
                self.commit(asset_of(*asset), *epoch, ledger, *cursor, *age, *sig, *quorum)
            }
            Action::Attest { asset, back, quorum } => self.attest(asset_of(*asset), *back, *quorum),
            Action::Sync { asset } => self.stranger(Op::Sync { asset: asset_of(*asset) }),
            Action::PayOut { asset, leaf, amount, nonce, deadline, quorum, gas } => {
                let call = self.pay_out(asset_of(*asset), *leaf, *amount, *nonce, *deadline, *quorum);
                Call { gas: *gas, ..call }
            }
            Action::Release { asset, to, amount, nonce, deadline, quorum } => {
                self.release(asset_of(*asset), *to, *amount, *nonce, *deadline, *quorum)
            }
            Action::RequestExit { by, asset, leaf, amount, value } => {
                let asset = asset_of(*asset);
                let leaf = self.leaf(asset, *leaf);
                let amount = narrow(self.amount(*amount, self.asset(asset).net(&leaf.leaf)));
                let from = by.map_or(leaf.leaf.account, |by| self.sender(by));
                let value = deposit(self.model.terms().exitDeposit.to(), *value);
                Call { value, ..self.sent(self.sendable(from), Op::RequestExit { asset, leaf, amount }) }
            }
            Action::ChallengeWord { by, asset, back, word, value } => {
                self.challenge(*by, asset_of(*asset), *back, *word, *value)
            }
            Action::AnswerChallenge { by, asset, challenge, forgery } => {
                let asset = asset_of(*asset);
                let (epoch, word) = self.challenged(asset, *challenge);
                self.by(*by, Op::AnswerChallenge { asset, epoch, answer: self.answer(asset, epoch, word, *forgery) })
            }
            Action::VoidCommitment { asset, challenge } => {
                let asset = asset_of(*asset);
                let (epoch, word) = self.challenged(asset, *challenge);
                self.stranger(Op::VoidCommitment { asset, epoch, word })
            }
            Action::WithdrawDeposit { by, to, posing_as } => {
                let posing_as = posing_as.map(|victim| self.actor(victim));
                self.by(*by, Op::WithdrawDeposit { to: self.actor(*to), posing_as })
            }
            Action::CloseExit { asset, account } => {
                self.stranger(Op::CloseExit { asset: asset_of(*asset), account: self.actor(*account) })
            }
            Action::SetRedirect { by, asset, leaf, to } => {
                let asset = asset_of(*asset);
                let leaf = self.leaf(asset, *leaf);
                let from = by.map_or(leaf.leaf.account, |by| self.sender(by));
                let to = to.map_or(Address::ZERO, |to| self.actor(to));
                self.sent(self.sendable(from), Op::SetRedirect { asset, leaf, to })
            }
            Action::PutBond { by, asset, amount, value } => {
                let (asset, _, amount) = self.incoming(*asset, *by, *amount);
                self.paid(*by, self.value(asset, amount, *value), Op::PutBond { asset, amount })
            }
            Action::AnnounceUnbonding { by, asset, amount } => {
                let asset = asset_of(*asset);
                let amount = narrow(self.amount(*amount, narrow(self.asset(asset).bonded.bond)));
                let from = by.map_or_else(|| self.model.world().operator.address(), |by| self.sender(by));
                self.sent(from, Op::AnnounceUnbonding { asset, amount })
            }
            Action::Unbond { asset } => self.stranger(Op::Unbond { asset: asset_of(*asset) }),
            Action::FillShortfall { asset } => self.stranger(Op::FillShortfall { asset: asset_of(*asset) }),
            Action::OpenCompensation { asset } => self.stranger(Op::OpenCompensation { asset: asset_of(*asset) }),
            Action::Compensate { asset, leaf } => {
                let asset = asset_of(*asset);
                self.stranger(Op::Compensate { asset, leaf: self.leaf(asset, *leaf) })
            }
            Action::WithdrawCredit { by, asset, to } => {
                self.by(*by, Op::WithdrawCredit { asset: asset_of(*asset), to: self.actor(*to) })
            }
            Action::ReturnRest { asset } => self.stranger(Op::ReturnRest { asset: asset_of(*asset) }),
            Action::CancelExit { by, asset } => self.by(*by, Op::CancelExit { asset: asset_of(*asset) }),
            Action::ReportUnserved { asset, account } => {
                self.stranger(Op::ReportUnserved { asset: asset_of(*asset), account: self.actor(*account) })
            }
            Action::AnswerExit { asset, leaf } => {
                let asset = asset_of(*asset);
                self.stranger(Op::AnswerExit { asset, leaf: self.leaf(asset, *leaf) })
            }
            Action::CountWord { asset, word } => {
                let asset = asset_of(*asset);
                self.stranger(Op::CountWord { asset, word: self.word(asset, *word) })
            }
            Action::FlagPayout { asset, leaf } => {
                let asset = asset_of(*asset);
                self.stranger(Op::FlagPayout { asset, leaf: self.leaf(asset, *leaf) })
            }
            Action::OpenRound { asset } => self.stranger(Op::OpenRound { asset: asset_of(*asset) }),
            Action::Anchor { asset, round, nodes } => {
                let asset = asset_of(*asset);
                self.stranger(self.anchor(asset, self.round(asset, *round), *nodes))
            }
            Action::Claim { asset, round, leaf } => {
                let asset = asset_of(*asset);
                let round = self.round(asset, *round);
                let leaf = self.shortened(asset, round, self.leaf(asset, *leaf));
                self.stranger(Op::Claim { asset, round, leaf })
            }
            Action::ClaimTo { by, asset, round, leaf, to, fee, deadline, sig } => {
                self.claim_to(*by, asset_of(*asset), *round, *leaf, *to, *fee, *deadline, *sig)
            }
            Action::PushWord { asset, round, word, priced } => {
                let asset = asset_of(*asset);
                let op = Op::PushWord { asset, round: self.round(asset, *round), word: self.word(asset, *word) };
                Call { priced: *priced, ..self.sent(self.model.world().pusher, op) }
            }
            Action::Tally { asset, round, cells } => {
                let asset = asset_of(*asset);
                let cells = cells.iter().map(|cell| u32::from(*cell)).collect();
                self.stranger(Op::Tally { asset, round: self.round(asset, *round).id, cells })
            }
            Action::Donate { asset, amount } => {
                let asset = asset_of(*asset);
                let amount = self.usual(*amount).min(U256::from(USUAL_MOST));
                let value = if asset == 0 { amount } else { U256::ZERO };
                Call { value, ..self.stranger(Op::Donate { asset, amount }) }
            }
            Action::FillTank { amount } => {
                let value = self.usual(*amount).min(U256::from(10_u64).pow(U256::from(16)));
                Call { value, ..self.stranger(Op::FillTank) }
            }
            Action::SetAccount { who, mode } => {
                let twins = &self.model.world().twins;
                self.stranger(Op::SetAccount { twin: twins[usize::from(*who) % twins.len()].0, mode: *mode })
            }
            Action::SetToken { asset, mode } => self.stranger(Op::SetToken { asset: token_of(*asset), mode: *mode }),
            Action::Block { asset, who, blocked } => {
                self.stranger(Op::Block { asset: token_of(*asset), account: self.actor(*who), blocked: *blocked })
            }
        }
    }

    // ------------------------------------------------------------------ signed messages

    #[allow(clippy::too_many_arguments)]
    fn spend(
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

    fn beat(&self, back: u8, wrong_hash: bool, sig: Sig) -> Call {
        let hashes = &self.model.hashes;
        let known = hashes.len().saturating_sub(1 + usize::from(back)).min(hashes.len() - 1);
        let (number, hash) = hashes[known];
        let hash = if wrong_hash { keccak256(hash) } else { hash };
        let message = typed::Beat { blockNumber: U256::from(number), blockHash: hash };
        let other = typed::Beat { blockNumber: U256::from(number + 1), ..message };
        let sig = self.signature(&self.model.world().operator, sig, &message, &other);
        self.stranger(Op::Beat { number, hash, sig })
    }

    fn wind_down(&self, notice: i8, deadline: Deadline, quorum: QuorumSig) -> Call {
        let latch_at = shift(self.model.now + self.model.clock.timers.wind_down_notice, notice);
        let deadline = self.deadline(deadline);
        let message = typed::WindDown { latchAt: U40::from(latch_at), deadline };
        let other = typed::WindDown { latchAt: U40::from(latch_at - 1), deadline };
        let quorum = self.signers(quorum, &message, &other);
        self.stranger(Op::WindDown { latch_at, deadline, quorum })
    }

    #[allow(clippy::too_many_arguments)]
    fn commit(
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

    fn attest(&self, asset: usize, back: u8, quorum: QuorumSig) -> Call {
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

    fn pay_out(
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

    fn release(&self, asset: usize, to: Who, amount: Amount, nonce: u8, deadline: Deadline, quorum: QuorumSig) -> Call {
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
    fn above_floor(&self, asset: usize) -> u128 {
        let bps = U256::from(self.model.terms().coverageFloorBps);
        let floor = (U256::from(self.asset(asset).owed) * bps).div_ceil(U256::from(10_000));
        narrow(self.model.reserve(asset).saturating_sub(floor))
    }

    fn cancel_release(&self, asset: usize, nonce: u8, deadline: Deadline, quorum: QuorumSig) -> Call {
        let (token, nonce, deadline) =
            (self.asset(asset).address, self.gate_nonce(asset, nonce), self.deadline(deadline));
        let message = typed::CancelRelease { asset: token, nonce, deadline };
        let other = typed::CancelRelease { nonce: nonce + U256::ONE, ..message.clone() };
        let quorum = self.signers(quorum, &message, &other);
        self.stranger(Op::CancelRelease { asset, nonce, deadline, quorum })
    }

    fn queue_release(
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

    fn queued(&self, told: QueuedRef) -> (usize, Address, U256, U256, U256) {
        let queue = &self.model.queue;
        let Some(last) = queue.len().checked_sub(1) else {
            return (0, self.actor(0), U256::ONE, U256::ZERO, U256::MAX);
        };
        let queued = queue[last - usize::from(told.back) % queue.len()].1;
        (queued.asset, queued.to, queued.amount + U256::from(u8::from(told.forged)), queued.salt, queued.deadline)
    }

    fn veto(&self, told: QueuedRef, quorum: QuorumSig) -> Call {
        let (asset, to, amount, salt, deadline) = self.queued(told);
        let release = self.model.cold_hash(asset, to, amount, salt, deadline);
        let (message, other) = (typed::Veto { release }, typed::Veto { release: keccak256(release) });
        let quorum = self.guardians(quorum, &message, &other);
        self.stranger(Op::VetoRelease { release, quorum })
    }

    fn freeze(&self, duration: Amount, quorum: QuorumSig) -> Call {
        let until = self.later(self.model.now, duration, self.model.clock.timers.freeze_max);
        let evidence = keccak256("a freeze");
        let message = typed::Freeze { until: U40::from(until), evidenceHash: evidence };
        let other = typed::Freeze { until: U40::from(until + 1), evidenceHash: evidence };
        let quorum = self.guardians(quorum, &message, &other);
        self.stranger(Op::Freeze { until, evidence, quorum })
    }

    fn announce(&self, ahead: i8, reason: u8, sig: Sig) -> Call {
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

    fn maintenance(&self, notice: i16, duration: Amount, sig: Sig) -> Call {
        let from = (self.model.now + 86_400).saturating_add_signed(i64::from(notice));
        let until = self.later(from, duration, 12 * 3_600);
        let message = typed::Maintenance { from: U40::from(from), until: U40::from(until) };
        let other = typed::Maintenance { until: U40::from(until + 1), ..message.clone() };
        let sig = self.signature(&self.model.world().operator, sig, &message, &other);
        self.stranger(Op::AnnounceMaintenance { from, until, sig })
    }

    fn force_majeure(&self, duration: Amount, sig: Sig, quorum: QuorumSig) -> Call {
        let until = self.later(self.model.now, duration, 14 * 86_400);
        let evidence = keccak256("force majeure");
        let message = typed::ForceMajeure { until: U40::from(until), evidenceHash: evidence };
        let other = typed::ForceMajeure { until: U40::from(until + 1), evidenceHash: evidence };
        let sig = self.signature(&self.model.world().operator, sig, &message, &other);
        let quorum = self.watchers(quorum, &message, &other);
        self.stranger(Op::DeclareForceMajeure { until, evidence, sig, quorum })
    }

    fn alarm(&self, deadline: Deadline, quorum: QuorumSig) -> Call {
        let (evidence, deadline) = (keccak256("an alarm"), self.deadline(deadline));
        let message = typed::Alarm { evidenceHash: evidence, deadline };
        let other = typed::Alarm { evidenceHash: keccak256(evidence), deadline };
        let quorum = self.watchers(quorum, &message, &other);
        self.stranger(Op::RaiseAlarm { evidence, deadline, quorum })
    }

    fn rotation(
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
            Successors::WithOperator | Successors::WithAuditor | Successors::WithZero => {
                ids[0] = match successors {
                    Successors::WithOperator => ecdsa_id(terms.operator),
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

    fn equity(&self, asset: usize, to: Who, amount: Amount, nonce: u8, deadline: Deadline, quorum: QuorumSig) -> Call {
        let held = self.asset(asset);
        let set_aside = held.recovered.map_or(0, |recovered| recovered.allotted - recovered.tallied);
        let left = narrow(self.model.reserve(asset).saturating_sub(U256::from(set_aside)));
        let (amount, to) = (self.amount(amount, left), self.actor(to));
        let (nonce, deadline) = (nonce_of(nonce), self.deadline(deadline));
        let message = typed::ReleaseEquity { asset: held.address, to, amount, nonce, deadline };
        let other = typed::ReleaseEquity { amount: amount + U256::ONE, ..message.clone() };
        let quorum = self.cold_signers(quorum, &message, &other);
        self.stranger(Op::ReleaseEquity { asset, to, amount, nonce, deadline, quorum })
    }

    /// A moment after another, by a part of the longest time.
    fn later(&self, from: u64, duration: Amount, longest: u64) -> u64 {
        let duration = u64::try_from(self.amount(duration, longest.into())).unwrap_or(longest * 2);
        (from + duration).min(U40::MAX.to::<u64>() - 1)
    }

    fn payment_nonce(&self, asset: usize, nonce: u8, quorum: QuorumSig) -> U256 {
        if is_alone(quorum) { self.hot_nonce(nonce) } else { self.gate_nonce(asset, nonce) }
    }

    /// The operator's own are unordered: mostly a new one, else one that may be used, or one far ahead.
    fn hot_nonce(&self, nonce: u8) -> U256 {
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
    fn gate_nonce(&self, asset: usize, nonce: u8) -> U256 {
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
    fn claim_to(
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

    /// An account's signature; the outsider signs for accounts that nobody has a key of.
    fn account_signature<M: SolStruct>(&self, account: Address, sig: Sig, message: &M, other: &M) -> Signed {
        let world = self.model.world();
        self.signature(world.key_of(account).unwrap_or(&world.outsider), sig, message, other)
    }

    fn signature<M: SolStruct>(&self, key: &PrivateKeySigner, sig: Sig, message: &M, other: &M) -> Signed {
        let outsider = &self.model.world().outsider;
        match sig {
            Sig::Good => signed(key, self.digest(message)),
            Sig::Outsider => signed(outsider, self.digest(message)),
            Sig::Backup => signed(&self.model.world().backup, self.digest(message)),
            Sig::OtherMessage => signed(key, self.digest(other)),
            Sig::OtherVault => signed(key, typed::digest(message, CHAIN_ID, self.other_vault())),
            Sig::OtherChain => signed(key, typed::digest(message, CHAIN_ID + 1, self.model.address())),
            Sig::Empty => Signed { signer: Address::ZERO, digest: B256::ZERO, bytes: Default::default() },
        }
    }

    fn signers<M: SolStruct>(&self, quorum: QuorumSig, message: &M, other: &M) -> QuorumSigned {
        self.quorum(&self.present_signers(), self.model.signers.threshold, quorum, message, other)
    }

    fn cold_signers<M: SolStruct>(&self, quorum: QuorumSig, message: &M, other: &M) -> QuorumSigned {
        self.quorum(&self.present_signers(), self.model.signers.cold_threshold, quorum, message, other)
    }

    fn present_signers(&self) -> Vec<Member> {
        self.model.signers.ids.iter().filter_map(|id| self.model.world().signer(id)).collect()
    }

    fn watchers<M: SolStruct>(&self, quorum: QuorumSig, message: &M, other: &M) -> QuorumSigned {
        self.role(&self.model.world().watchers, self.model.terms().watcherThreshold, quorum, message, other)
    }

    fn guardians<M: SolStruct>(&self, quorum: QuorumSig, message: &M, other: &M) -> QuorumSigned {
        self.role(&self.model.world().guardians, self.model.terms().guardianThreshold, quorum, message, other)
    }

    /// A role that the terms may leave out.
    fn role<M: SolStruct>(
        &self,
        keys: &[PrivateKeySigner],
        threshold: u8,
        quorum: QuorumSig,
        message: &M,
        other: &M,
    ) -> QuorumSigned {
        let keys = if threshold == 0 { &[][..] } else { keys };
        self.quorum(&members(keys), threshold, quorum, message, other)
    }

    fn quorum<M: SolStruct>(
        &self,
        members: &[Member],
        threshold: u8,
        quorum: QuorumSig,
        message: &M,
        other: &M,
    ) -> QuorumSigned {
        let world = self.model.world();
        let outsider = world::members(std::slice::from_ref(&world.outsider));
        let operator = world::members(std::slice::from_ref(&world.operator));
        let needed = usize::from(threshold).min(members.len());
        let digest = match quorum {
            QuorumSig::OtherMessage => self.digest(other),
            QuorumSig::OtherVault => typed::digest(message, CHAIN_ID, self.other_vault()),
            QuorumSig::OtherChain => typed::digest(message, CHAIN_ID + 1, self.model.address()),
            _ => self.digest(message),
        };
        let enough = &members[members.len() - needed..];
        let signing: Vec<&Member> = match quorum {
            QuorumSig::All => members.iter().collect(),
            QuorumSig::TooFew => members.iter().take(needed.saturating_sub(1)).collect(),
            QuorumSig::Unsorted => members.iter().rev().take(needed).collect(),
            QuorumSig::Repeated => std::iter::repeat_n(members.first(), needed).flatten().collect(),
            QuorumSig::Outsider => enough.iter().skip(1).chain(&outsider).collect(),
            QuorumSig::Operator => operator.iter().collect(),
            QuorumSig::OutsiderAlone => outsider.iter().collect(),
            _ => enough.iter().collect(),
        };
        let mut told: Vec<_> = members.iter().map(Member::id).collect();
        match quorum {
            QuorumSig::OtherMembers => told.push(outsider[0].id()),
            quorum if is_alone(quorum) => told.clear(),
            _ => {}
        }
        let signatures = signing.into_iter().map(|member| (member.signer.clone(), signed(&member.key, digest)));
        QuorumSigned { members: told, signatures: signatures.collect() }
    }

    fn digest<M: SolStruct>(&self, message: &M) -> B256 {
        typed::digest(message, CHAIN_ID, self.model.address())
    }

    fn other_vault(&self) -> Address {
        let vaults = &self.model.world().vaults;
        vaults[(self.model.vault + 1) % vaults.len()].address
    }

    // ------------------------------------------------------------------ challenges

    fn challenge(&self, by: Who, asset: usize, back: u8, word: u8, value: Value) -> Call {
        let held = self.asset(asset);
        let epoch = held.newest().saturating_sub(u32::from(back));
        let words =
            held.kept(epoch).map_or(1, |posted| 1 << (posted.ledger.depth_told() - lifeboat_ledger::WORD_DEPTH));
        let op = Op::ChallengeWord { asset, epoch, word: u32::from(word) % (words + 1) };
        self.paid(by, deposit(self.model.terms().challengeBond.to(), value), op)
    }

    /// Epoch and word of a challenge; where there is none, the newest ledger's first word.
    fn challenged(&self, asset: usize, told: ChallengeRef) -> (u32, u32) {
        let held = self.asset(asset);
        let found = held.challenges.iter().filter(|(_, challenge)| challenge.closed == told.closed);
        let found: Vec<(u32, u32)> = found.map(|(place, _)| *place).collect();
        found.get(usize::from(told.pick) % found.len().max(1)).copied().unwrap_or((held.newest(), 0))
    }

    /// The leaves of a word with its siblings, true or forged; of a ledger that is kept no more too.
    fn answer(&self, asset: usize, epoch: u32, word: u32, forgery: Forgery) -> ProvenWord {
        let posted = (epoch as usize).checked_sub(1).and_then(|position| self.asset(asset).posted.get(position));
        let Some(ledger) = posted.map(|posted| &posted.ledger) else {
            return ProvenWord { word, leaves: Bytes::new(), siblings: Bytes::new() };
        };
        ProvenWord { word, ..self.forged_word(ledger, word, forgery) }
    }

    // ------------------------------------------------------------------ ledgers, leaves, words, rounds

    /// The ledger that a commitment is made over: weights by seed, scaled to the total, the rest on the last leaf.
    fn ledger(&self, asset: usize, spec: &LedgerSpec, cursor: u64) -> SharedLedger {
        let held = self.asset(asset);
        let bps = U256::from(self.model.terms().coverageFloorBps);
        let limit = self.model.backing(asset, cursor) * U256::from(10_000) / bps;
        let total = narrow(self.amount(spec.total, narrow(limit))).min(u128::MAX / 2);
        let count = u32::from(spec.leaves.clamp(1, MOST_LEAVES));
        let weight = |index: u32| u128::from((index.wrapping_mul(2_654_435_761) ^ u32::from(spec.seed)) >> 24);
        let weights: u128 = (0..count).map(weight).sum::<u128>().max(1);
        let mut left = total;
        let leaves = (0..count).map(|index| {
            let share = U256::from(total) * U256::from(weight(index)) / U256::from(weights);
            let balance = if index + 1 == count { left } else { narrow(share) };
            left -= balance;
            let named = if spec.lie == Lie::Twice { index % (count / 2 + 1) } else { index };
            let account = self.model.world().leaf_account(named + u32::from(spec.moved), self.model.vault);
            let paid = if spec.paid { held.paid_out_to(account) } else { 0 };
            Leaf { account, balance, paid }
        });
        let leaves = leaves.collect();
        let bound_to = if spec.lie == Lie::Asset { (asset + 1) % ASSETS } else { asset };
        let domain = self.model.world().domain(self.model.vault, bound_to);
        Arc::new(lied(Told::truly(SumTree::build(&domain, leaves).expect("the total fits")), spec.lie))
    }

    fn source(&self, asset: usize, source: Source) -> SharedLedger {
        let held = self.asset(asset);
        let epoch = match source {
            Source::Counting => held.recovered.map_or_else(|| self.model.final_epoch(asset), |fixed| fixed.epoch),
            Source::Newest => held.newest(),
            Source::Back(back) => held.newest().saturating_sub(u32::from(back)),
        };
        let posted = (epoch as usize).checked_sub(1).and_then(|position| held.posted.get(position));
        posted.map_or_else(
            || {
                let spec = LedgerSpec {
                    leaves: 4,
                    seed: 0,
                    total: Amount::Units(1_000),
                    moved: false,
                    paid: false,
                    overflow: false,
                    lie: Lie::None,
                };
                self.ledger(asset, &spec, 0)
            },
            |posted| posted.ledger.clone(),
        )
    }

    fn leaf(&self, asset: usize, told: LeafRef) -> ProvenLeaf {
        let ledger = self.source(asset, told.source);
        let index = u32::from(told.pick) % (ledger.leaves().len() as u32 + 1).min(1 << ledger.depth());
        let mut leaf = ledger.leaves().get(index as usize).copied().unwrap_or_default();
        let mut proof = ledger.proof(index).unwrap_or_default();
        let mut told_index = index;
        match told.forgery {
            Forgery::None => {}
            Forgery::Balance => leaf.balance = leaf.balance.saturating_add(1),
            Forgery::Paid => leaf.paid = if leaf.paid > 0 { leaf.paid - 1 } else { 1 },
            Forgery::Account => leaf.account = self.actor(told.pick as u8),
            Forgery::Index => told_index = index ^ 1,
            Forgery::Sibling | Forgery::Length | Forgery::Depth | Forgery::Overflow => forge(&mut proof, told.forgery),
        }
        ProvenLeaf { index: told_index, leaf, proof: proof.into() }
    }

    fn word(&self, asset: usize, told: WordRef) -> ProvenWord {
        let ledger = self.source(asset, told.source);
        let words = 1_u32 << (ledger.depth() - lifeboat_ledger::WORD_DEPTH);
        let word = u32::from(told.pick) % (ledger.word_count() + 1).min(words);
        self.forged_word(&ledger, word, told.forgery)
    }

    fn forged_word(&self, ledger: &Told, word: u32, forgery: Forgery) -> ProvenWord {
        let mut leaves = ledger.word(word).unwrap_or_default();
        let mut siblings = ledger.word_siblings(word).unwrap_or_default();
        let mut told_word = word;
        match forgery {
            Forgery::None => {}
            Forgery::Balance | Forgery::Paid if leaves.len() >= LEAF_BYTES => {
                leaves[if forgery == Forgery::Balance { 35 } else { 51 }] ^= 1;
            }
            Forgery::Balance | Forgery::Paid | Forgery::Index => told_word ^= 1,
            Forgery::Account => leaves.extend([0xaa; LEAF_BYTES]),
            Forgery::Length => leaves.push(0),
            Forgery::Sibling | Forgery::Depth | Forgery::Overflow => forge(&mut siblings, forgery),
        }
        ProvenWord { word: told_word, leaves: leaves.into(), siblings: siblings.into() }
    }

    fn anchor(&self, asset: usize, round: RoundArg, told: NodesRef) -> Op {
        let ledger = self.source(asset, Source::Counting);
        let level = ledger.depth() - u32::from(told.below) % ledger.depth();
        let height = (u32::from(told.height) + 1).min(level);
        let position = u32::from(told.pick) % (1 << (ledger.depth() - level));
        let below = (0..1_u32 << height).filter_map(|i| ledger.node(level - height, (position << height) + i));
        let mut nodes: Vec<u8> = below.flat_map(|node| node.to_bytes()).collect();
        match told.forgery {
            Forgery::Overflow => nodes.iter_mut().for_each(|byte| *byte = 0xff),
            forgery @ (Forgery::Length | Forgery::Depth | Forgery::Sibling) => forge(&mut nodes, forgery),
            _ => {}
        }
        // By the depth that is told, as anchors are.
        let level = (level + ledger.depth_told()).saturating_sub(ledger.depth());
        Op::Anchor { asset, round, level: level as u8, position, nodes: nodes.into() }
    }

    /// Every other leaf's proof ends at the lowest anchor above it.
    fn shortened(&self, asset: usize, round: RoundArg, leaf: ProvenLeaf) -> ProvenLeaf {
        let anchors = &self.asset(asset).anchors;
        let lowest = (0..leaf.proof.len() / NODE_BYTES)
            .find(|level| anchors.contains_key(&(round.id, *level as u32, leaf.index >> level)));
        match lowest {
            Some(level) if leaf.index % 2 == 1 => ProvenLeaf { proof: leaf.proof.slice(..level * NODE_BYTES), ..leaf },
            _ => leaf,
        }
    }

    fn round(&self, asset: usize, told: RoundRef) -> RoundArg {
        let rounds = &self.asset(asset).rounds;
        let newest = rounds.len();
        let known = told.back.and_then(|back| newest.checked_sub(1 + usize::from(back)));
        let Some(position) = known else { return RoundArg { id: newest as u32, numerator: 1, denominator: 1 } };
        let opened = rounds[position];
        let numerator = opened.numerator.saturating_add_signed(i128::from(told.numerator));
        RoundArg { id: position as u32, numerator, denominator: opened.denominator }
    }

    // ------------------------------------------------------------------ amounts, accounts, times

    fn incoming(&self, asset: AssetId, account: Who, amount: Amount) -> (usize, Address, U256) {
        let asset = asset_of(asset);
        let amount = self.usual(amount);
        // Nobody owns so much ETH.
        let amount = if asset == 0 { amount.min(U256::from(USUAL_MOST)) } else { amount };
        (asset, self.actor(account), amount)
    }

    fn usual(&self, amount: Amount) -> U256 {
        self.amount(amount, USUAL_MOST)
    }

    fn amount(&self, amount: Amount, limit: u128) -> U256 {
        match amount {
            Amount::Zero => U256::ZERO,
            Amount::Units(units) => U256::from(units),
            Amount::Part(part) => U256::from(limit) * U256::from(part) / U256::from(256),
            Amount::Limit(delta) => U256::from(limit.saturating_add_signed(i128::from(delta))),
            Amount::Huge => U256::from(1) << 128,
        }
    }

    fn value(&self, asset: usize, amount: U256, value: Value) -> U256 {
        let right = if asset == 0 { amount } else { U256::ZERO };
        right + U256::from(u8::from(value == Value::OneMore))
    }

    fn deadline(&self, deadline: Deadline) -> U256 {
        match deadline {
            Deadline::Never => U256::MAX,
            Deadline::Now(delta) => U256::from(shift(self.model.now, delta)),
            Deadline::Week(delta) => U256::from(shift(self.model.now + 7 * 86_400, delta)),
        }
    }

    fn asset(&self, asset: usize) -> &AssetState {
        &self.model.assets[asset]
    }

    fn actor(&self, who: Who) -> Address {
        self.model.world().actor(who, self.model.vault)
    }

    /// A named account that can send.
    fn sender(&self, who: Who) -> Address {
        self.sendable(self.actor(who))
    }

    /// The account itself if it can send, else a stranger.
    fn sendable(&self, account: Address) -> Address {
        let world = self.model.world();
        if world.key_of(account).is_some() { account } else { world.driver }
    }

    fn stranger(&self, op: Op) -> Call {
        self.sent(self.model.world().driver, op)
    }

    fn by(&self, who: Who, op: Op) -> Call {
        self.sent(self.sender(who), op)
    }

    fn paid(&self, who: Who, value: U256, op: Op) -> Call {
        Call { value, ..self.by(who, op) }
    }

    fn sent(&self, from: Address, op: Op) -> Call {
        Call { from, value: U256::ZERO, gas: Gas::Plenty, priced: false, op }
    }
}

fn signed(key: &PrivateKeySigner, digest: B256) -> Signed {
    Signed { signer: key.address(), digest, bytes: sign(key, digest) }
}

/// Damages a proof; an empty one becomes a wrong level.
fn forge(proof: &mut Vec<u8>, forgery: Forgery) {
    match forgery {
        Forgery::Length => proof.push(0),
        Forgery::Overflow => proof.extend([0xff; NODE_BYTES].iter().chain(&[0xff; NODE_BYTES])),
        _ if proof.len() < NODE_BYTES => proof.extend([0; NODE_BYTES]),
        Forgery::Depth => proof.truncate(proof.len() - NODE_BYTES),
        _ => proof[0] ^= 1,
    }
}

/// Tells a tree with a lie in it, where it can be.
fn lied(told: Told, lie: Lie) -> Told {
    let (below, pick, sum_of): (u8, u8, fn(u128) -> u128) = match lie {
        Lie::Count(count) => return told.with_count(count),
        Lie::Less { below, pick } => (below, pick, |sum| sum / 2),
        Lie::More { below, pick } => (below, pick, |sum| sum + sum / 4 + 1),
        Lie::Asset => return told.for_another_asset(),
        Lie::None | Lie::Twice => return told,
    };
    let level = told.depth() - 1 - u32::from(below) % told.depth();
    let position = u32::from(pick) % (told.leaves().len() as u32).div_ceil(1 << level).max(1);
    let sum = told.node(level, position).map_or(0, |node| node.sum);
    told.clone().with_sum(level, position, sum_of(sum)).unwrap_or(told)
}

/// What comes along as a deposit.
fn deposit(right: u128, value: Value) -> U256 {
    U256::from(right) + U256::from(u8::from(value == Value::OneMore))
}

fn token_of(asset: AssetId) -> usize {
    1 + usize::from(asset) % (ASSETS - 1)
}

/// Without any members.
fn is_alone(quorum: QuorumSig) -> bool {
    matches!(quorum, QuorumSig::Operator | QuorumSig::OutsiderAlone)
}

/// Accounts' nonces, and those of what is left: few, so that reuse happens.
fn nonce_of(nonce: u8) -> U256 {
    U256::from(nonce)
}

fn narrow(amount: U256) -> u128 {
    amount.try_into().unwrap_or(u128::MAX)
}
