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
use lifeboat_ledger::{
    COUNTER_BYTES, LEAF_BYTES, Leaf, NODE_BYTES, PACKED_LEAF_BYTES, PackedWord, SumNode, SumTree, WORD_LEAVES,
};

use crate::{
    action::{
        Action, Amount, AssetId, ChallengeRef, Deadline, Edge, Forgery, Gas, LeafRef, LedgerSpec, Lie, NodesRef,
        Packing, QueuedRef, QuorumSig, RoundRef, Sig, Source, Successors, Value, Warp, Who, WordRef,
    },
    call::{Call, CommitArgs, Op, ProvenLeaf, ProvenPacked, ProvenWord, QuorumSigned, RotationArgs, RoundArg, Signed},
    model::{AssetState, Model, Phase, SharedLedger},
    told::Told,
    world::{self, ASSETS, CHAIN_ID, Member, addresses, members, sign},
};

/// Most that one deposit or gift moves, in base units: far below what holders own, so that no sender runs dry.
const USUAL_MOST: u128 = 1_000_000_000_000;
/// Most leaves of a ledger: three words, the last one ragged.
const MOST_LEAVES: u16 = 600;

mod disputes;
mod escrow;
mod ledgers;
mod messages;
mod signatures;
mod times;

use self::{signatures::*, times::*};
pub use times::time_of;

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
                let entry = self.entry(asset, *entry);
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
            Action::AnswerChallenge { by, asset, challenge, forgery, packing } => {
                let asset = asset_of(*asset);
                let (epoch, word) = self.challenged(asset, *challenge);
                let answer = ledgers::packed(&self.answer(asset, epoch, word, *forgery), *packing);
                self.by(*by, Op::AnswerChallenge { asset, epoch, answer })
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
            Action::CountPacked { asset, word, packing } => {
                let asset = asset_of(*asset);
                self.stranger(Op::CountPacked { asset, word: ledgers::packed(&self.word(asset, *word), *packing) })
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
            Action::Disputes(action) => self.dispute(action),
            Action::Escrow(action) => self.escrow(action),
        }
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
        deposited(if asset == 0 { amount } else { U256::ZERO }, value)
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

/// What comes along as a deposit.
fn deposit(right: u128, value: Value) -> U256 {
    deposited(U256::from(right), value)
}

/// What comes along where so much should.
fn deposited(right: U256, value: Value) -> U256 {
    match value {
        Value::Right => right,
        Value::OneMore => right + U256::ONE,
        Value::OneLess => right.saturating_sub(U256::ONE),
    }
}

fn token_of(asset: AssetId) -> usize {
    1 + usize::from(asset) % (ASSETS - 1)
}

/// Accounts' nonces, and those of what is left: few, so that reuse happens.
fn nonce_of(nonce: u8) -> U256 {
    U256::from(nonce)
}

fn narrow(amount: U256) -> u128 {
    amount.try_into().unwrap_or(u128::MAX)
}
