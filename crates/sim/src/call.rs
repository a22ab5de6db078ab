//! An action made concrete: the exact arguments that the model judges and the chain is sent.

use std::sync::Arc;

use alloy::{
    primitives::{Address, B256, Bytes, U256, aliases::U40},
    sol_types::SolCall,
};
use lifeboat_bindings::{
    registry_of,
    signers::{self, Signer},
    twin_account::TwinAccount,
    twin_token::TwinToken,
    vault::{self, Bond, Safeguards, Vault},
};
use lifeboat_ledger::{Leaf, PackedWord, SumNode};

use crate::{
    action::{AccountMode, Gas, TokenMode},
    told::Told,
    world::World,
};

mod disputes;
mod escrow;

pub use disputes::DisputeOp;
pub use escrow::{Deed, EscrowOp, Order};

/// Gas of a transaction: the most that one may have (EIP-7825).
const PLENTY: u64 = 1 << 24;
/// Below what the vault wants left before it pays somebody within the push cap (65,952), with the 21,000 that every transaction costs.
const SCARCE: u64 = 86_000;
/// Priority fee of a push that the tank is to repay, in wei.
pub const PRICED_TIP: u128 = 1_000_000_000;

/// A signature, with what the model must know about it: who signed which digest.
#[derive(Clone, Debug)]
pub struct Signed {
    /// Whose key it was; zero for none.
    pub signer: Address,
    /// What it was made over.
    pub digest: B256,
    /// r, s, v.
    pub bytes: Bytes,
}

/// What comes along for a quorum.
#[derive(Clone, Debug)]
pub struct QuorumSigned {
    /// The members' ids as told; none: the operator alone.
    pub members: Vec<B256>,
    /// Their signatures, in the order sent, and for whom each stands.
    pub signatures: Vec<(Signer, Signed)>,
}

/// A leaf with its place and proof, true or forged.
#[derive(Clone, Debug)]
pub struct ProvenLeaf {
    /// Position in the ledger.
    pub index: u32,
    /// The leaf as told.
    pub leaf: Leaf,
    /// 48 bytes a sibling.
    pub proof: Bytes,
}

/// A word with its place and siblings, true or forged.
#[derive(Clone, Debug)]
pub struct ProvenWord {
    /// Position among the words.
    pub word: u32,
    /// 52 bytes a leaf.
    pub leaves: Bytes,
    /// 48 bytes a sibling.
    pub siblings: Bytes,
}

/// A packed word with its place and siblings, true or forged.
#[derive(Clone, Debug)]
pub struct ProvenPacked {
    /// Position among the words.
    pub word: u32,
    /// 36 bytes a leaf, and 17 bytes a counter.
    pub packed: PackedWord,
    /// 48 bytes a sibling.
    pub siblings: Bytes,
}

/// The ratio of a round as told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoundArg {
    /// Which round.
    pub id: u32,
    /// Base units.
    pub numerator: u128,
    /// Base units.
    pub denominator: u128,
}

/// One transaction to be.
#[derive(Clone, Debug)]
pub struct Call {
    /// Who calls the vault. A twin is driven by somebody else's transaction.
    pub from: Address,
    /// Wei that comes along.
    pub value: U256,
    /// How much gas.
    pub gas: Gas,
    /// Whether gas has a price.
    pub priced: bool,
    /// What is called.
    pub op: Op,
}

/// The call itself. Assets are positions in the world's table; everything else is what the chain sees.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub enum Op {
    DepositEth,
    Deposit { asset: usize, account: Address, amount: U256 },
    Withdraw { asset: usize, to: Address, amount: u128 },
    Spend { asset: usize, account: Address, payee: Address, amount: u128, nonce: U256, deadline: U256, sig: Signed },
    CancelNonce { nonce: U256 },
    DepositToLedger { asset: usize, account: Address, amount: U256 },
    RefundPending { asset: usize, entry: u64 },
    Beat { number: u64, hash: B256, sig: Signed },
    WindDown { latch_at: u64, deadline: U256, quorum: QuorumSigned },
    Latch,
    Commit(Box<CommitArgs>),
    Attest { asset: usize, epoch: u32, quorum: QuorumSigned },
    Sync { asset: usize },
    PayOut { asset: usize, leaf: ProvenLeaf, amount: u128, nonce: U256, deadline: U256, quorum: QuorumSigned },
    Release { asset: usize, to: Address, amount: U256, nonce: U256, deadline: U256, quorum: QuorumSigned },
    CancelRelease { asset: usize, nonce: U256, deadline: U256, quorum: QuorumSigned },
    QueueRelease { asset: usize, to: Address, amount: U256, salt: U256, deadline: U256, quorum: QuorumSigned },
    ExecuteRelease { asset: usize, to: Address, amount: U256, salt: U256, deadline: U256 },
    VetoRelease { release: B256, quorum: QuorumSigned },
    Freeze { until: u64, evidence: B256, quorum: QuorumSigned },
    Announce { sequence: U256, reason: u8, text_hash: B256, uri: String, expected_until: u64, sig: Signed },
    AnnounceMaintenance { from: u64, until: u64, sig: Signed },
    DeclareForceMajeure { until: u64, evidence: B256, sig: Signed, quorum: QuorumSigned },
    RaiseAlarm { evidence: B256, deadline: U256, quorum: QuorumSigned },
    AnnounceRotation(Box<RotationArgs>),
    ActivateRotation,
    ReleaseEquity { asset: usize, to: Address, amount: U256, nonce: U256, deadline: U256, quorum: QuorumSigned },
    RequestExit { asset: usize, leaf: ProvenLeaf, amount: u128 },
    ChallengeWord { asset: usize, epoch: u32, word: u32 },
    AnswerChallenge { asset: usize, epoch: u32, answer: ProvenPacked },
    VoidCommitment { asset: usize, epoch: u32, word: u32 },
    WithdrawDeposit { to: Address, posing_as: Option<Address> },
    CloseExit { asset: usize, account: Address },
    SetRedirect { asset: usize, leaf: ProvenLeaf, to: Address },
    PutBond { asset: usize, amount: U256 },
    AnnounceUnbonding { asset: usize, amount: u128 },
    Unbond { asset: usize },
    FillShortfall { asset: usize },
    OpenCompensation { asset: usize },
    Compensate { asset: usize, leaf: ProvenLeaf },
    WithdrawCredit { asset: usize, to: Address },
    ReturnRest { asset: usize },
    CancelExit { asset: usize },
    ReportUnserved { asset: usize, account: Address },
    AnswerExit { asset: usize, leaf: ProvenLeaf },
    CountWord { asset: usize, word: ProvenWord },
    CountPacked { asset: usize, word: ProvenPacked },
    FlagPayout { asset: usize, leaf: ProvenLeaf },
    OpenRound { asset: usize },
    Anchor { asset: usize, round: RoundArg, level: u8, position: u32, nodes: Bytes },
    Claim { asset: usize, round: RoundArg, leaf: ProvenLeaf },
    ClaimTo { asset: usize, round: RoundArg, leaf: ProvenLeaf, to: Address, fee: u128, deadline: U256, sig: Signed },
    PushWord { asset: usize, round: RoundArg, word: ProvenWord },
    Tally { asset: usize, round: u32, cells: Vec<u32> },
    Donate { asset: usize, amount: U256 },
    FillTank,
    SetAccount { twin: Address, mode: AccountMode },
    SetToken { asset: usize, mode: TokenMode },
    Block { asset: usize, account: Address, blocked: bool },
    Disputes(DisputeOp),
    Escrow(Box<EscrowOp>),
}

/// Arguments of `commit`.
#[derive(Clone, Debug)]
pub struct CommitArgs {
    /// Which asset.
    pub asset: usize,
    /// As told.
    pub epoch: u32,
    /// The whole ledger.
    pub ledger: Arc<Told>,
    /// The root's children as told: the ledger's, unless their sums were raised.
    pub halves: [SumNode; 2],
    /// Pending entries below it are in the ledger.
    pub cursor: u64,
    /// Unix seconds.
    pub snapshot_at: u64,
    /// Hash of the bundle's manifest.
    pub data_hash: B256,
    /// Where the bundle is.
    pub uri: String,
    /// The operator's.
    pub sig: Signed,
    /// The auditors'.
    pub quorum: QuorumSigned,
}

/// Arguments of `announceRotation`.
#[derive(Clone, Debug)]
pub struct RotationArgs {
    /// Ids of the new signers as told.
    pub ids: Vec<B256>,
    /// Of the new signers.
    pub threshold: u8,
    /// Of the new signers.
    pub cold_threshold: u8,
    /// Number of rotations announced so far.
    pub sequence: U256,
    /// Until when it may be sent.
    pub deadline: U256,
    /// Auditors, watchers and guardians as told.
    pub others: [Vec<B256>; 3],
    /// Of the present signers.
    pub quorum: QuorumSigned,
}

/// A transaction as both backends run it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tx {
    /// Sender: an account without code.
    pub from: Address,
    /// Callee.
    pub to: Address,
    /// Wei.
    pub value: U256,
    /// Call data.
    pub data: Bytes,
    /// Gas limit.
    pub gas: u64,
    /// Priority fee in wei: zero or [`PRICED_TIP`].
    pub tip: u128,
}

impl Call {
    /// The transaction that makes this call to vault number `vault`.
    #[must_use]
    pub fn to_tx(&self, world: &World, vault: usize) -> Tx {
        let (to, data) = self.op.encode(world, vault, self.from);
        let gas = if self.gas == Gas::Plenty { PLENTY } else { SCARCE };
        let tip = if self.priced { PRICED_TIP } else { 0 };
        if world.is_twin(self.from) {
            let data = TwinAccount::executeCall { target: to, data }.abi_encode().into();
            return Tx { from: world.driver, to: self.from, value: self.value, data, gas, tip };
        }
        Tx { from: self.from, to, value: self.value, data, gas, tip }
    }
}

impl Op {
    /// The asset that the call is about, if it is about one.
    #[must_use]
    pub fn asset(&self) -> Option<usize> {
        match self {
            Self::DepositEth => Some(0),
            Self::Deposit { asset, .. }
            | Self::Withdraw { asset, .. }
            | Self::Spend { asset, .. }
            | Self::DepositToLedger { asset, .. }
            | Self::RefundPending { asset, .. }
            | Self::Attest { asset, .. }
            | Self::Sync { asset }
            | Self::PayOut { asset, .. }
            | Self::Release { asset, .. }
            | Self::CancelRelease { asset, .. }
            | Self::QueueRelease { asset, .. }
            | Self::ExecuteRelease { asset, .. }
            | Self::ReleaseEquity { asset, .. }
            | Self::RequestExit { asset, .. }
            | Self::ChallengeWord { asset, .. }
            | Self::AnswerChallenge { asset, .. }
            | Self::VoidCommitment { asset, .. }
            | Self::CloseExit { asset, .. }
            | Self::SetRedirect { asset, .. }
            | Self::PutBond { asset, .. }
            | Self::AnnounceUnbonding { asset, .. }
            | Self::Unbond { asset }
            | Self::FillShortfall { asset }
            | Self::OpenCompensation { asset }
            | Self::Compensate { asset, .. }
            | Self::WithdrawCredit { asset, .. }
            | Self::ReturnRest { asset }
            | Self::CancelExit { asset }
            | Self::ReportUnserved { asset, .. }
            | Self::AnswerExit { asset, .. }
            | Self::CountWord { asset, .. }
            | Self::CountPacked { asset, .. }
            | Self::FlagPayout { asset, .. }
            | Self::OpenRound { asset }
            | Self::Anchor { asset, .. }
            | Self::Claim { asset, .. }
            | Self::ClaimTo { asset, .. }
            | Self::PushWord { asset, .. }
            | Self::Tally { asset, .. }
            | Self::Donate { asset, .. }
            | Self::SetToken { asset, .. }
            | Self::Block { asset, .. } => Some(*asset),
            Self::Commit(args) => Some(args.asset),
            Self::Disputes(op) => op.asset(),
            Self::Escrow(op) => Some(op.order.asset),
            Self::CancelNonce { .. }
            | Self::Beat { .. }
            | Self::WindDown { .. }
            | Self::VetoRelease { .. }
            | Self::Freeze { .. }
            | Self::Announce { .. }
            | Self::AnnounceMaintenance { .. }
            | Self::DeclareForceMajeure { .. }
            | Self::RaiseAlarm { .. }
            | Self::AnnounceRotation(_)
            | Self::ActivateRotation
            | Self::WithdrawDeposit { .. }
            | Self::Latch
            | Self::FillTank
            | Self::SetAccount { .. } => None,
        }
    }

    fn encode(&self, world: &World, vault: usize, from: Address) -> (Address, Bytes) {
        let at = world.vaults[vault].address;
        let asset = |number: &usize| world.assets[*number];
        let data = match self {
            Self::DepositEth => Vault::depositForSelfCall {}.abi_encode(),
            Self::Deposit { asset: a, account, amount } => {
                Vault::depositCall { asset: asset(a), account: *account, amount: *amount }.abi_encode()
            }
            Self::Withdraw { asset: a, to, amount } => {
                Vault::withdrawCall { asset: asset(a), to: *to, amount: *amount }.abi_encode()
            }
            Self::Spend { asset: a, account, payee, amount, nonce, deadline, sig } => Vault::spendCall {
                asset: asset(a),
                account: *account,
                payee: *payee,
                amount: *amount,
                nonce: *nonce,
                deadline: *deadline,
                signature: sig.bytes.clone(),
            }
            .abi_encode(),
            Self::CancelNonce { nonce } => Vault::cancelNonceCall { nonce: *nonce }.abi_encode(),
            Self::DepositToLedger { asset: a, account, amount } => {
                Vault::depositToLedgerCall { asset: asset(a), account: *account, amount: *amount }.abi_encode()
            }
            Self::RefundPending { asset: a, entry } => {
                Vault::refundPendingCall { asset: asset(a), entry: U256::from(*entry) }.abi_encode()
            }
            Self::Beat { number, hash, sig } => {
                let (block, signature) = (U256::from(*number), sig.bytes.clone());
                Vault::beatCall { blockNumber: block, blockHash: *hash, signature }.abi_encode()
            }
            Self::CancelRelease { asset: a, nonce, deadline, quorum } => {
                let (asset, signers) = (asset(a), quorum.encode());
                Vault::cancelReleaseCall { asset, nonce: *nonce, deadline: *deadline, signers }.abi_encode()
            }
            Self::ExecuteRelease { asset: a, to, amount, salt, deadline } => Vault::executeReleaseCall {
                asset: asset(a),
                to: *to,
                amount: *amount,
                salt: *salt,
                deadline: *deadline,
            }
            .abi_encode(),
            Self::ReleaseEquity { asset: a, to, amount, nonce, deadline, quorum } => Vault::releaseEquityCall {
                asset: asset(a),
                to: *to,
                amount: *amount,
                nonce: *nonce,
                deadline: *deadline,
                signers: quorum.encode(),
            }
            .abi_encode(),
            Self::WindDown { .. }
            | Self::QueueRelease { .. }
            | Self::VetoRelease { .. }
            | Self::Freeze { .. }
            | Self::Announce { .. }
            | Self::AnnounceMaintenance { .. }
            | Self::DeclareForceMajeure { .. }
            | Self::RaiseAlarm { .. }
            | Self::AnnounceRotation(_)
            | Self::ActivateRotation => {
                return (world.vaults[vault].safeguards, self.encode_for_safeguards(world).into());
            }
            Self::PutBond { .. }
            | Self::AnnounceUnbonding { .. }
            | Self::Unbond { .. }
            | Self::FillShortfall { .. }
            | Self::OpenCompensation { .. }
            | Self::Compensate { .. }
            | Self::WithdrawCredit { .. }
            | Self::ReturnRest { .. } => return (world.vaults[vault].bond, self.encode_for_bond(world).into()),
            Self::Disputes(op) => return op.encode(world, vault, from),
            Self::Escrow(op) => return op.encode(world, vault),
            Self::Latch => Vault::latchCall {}.abi_encode(),
            Self::Commit(args) => Vault::commitCall {
                input: vault::CommitmentInput {
                    asset: asset(&args.asset),
                    epoch: args.epoch,
                    left: node(&args.halves[0]),
                    right: node(&args.halves[1]),
                    count: args.ledger.count(),
                    depositCursor: U40::from(args.cursor),
                    snapshotAt: U40::from(args.snapshot_at),
                    dataHash: args.data_hash,
                    uri: args.uri.clone(),
                },
                operatorSignature: args.sig.bytes.clone(),
                auditors: args.quorum.encode(),
            }
            .abi_encode(),
            Self::Attest { asset: a, epoch, quorum } => {
                Vault::attestCall { asset: asset(a), epoch: *epoch, watchers: quorum.encode() }.abi_encode()
            }
            Self::Sync { asset: a } => Vault::syncCall { asset: asset(a) }.abi_encode(),
            Self::PayOut { asset: a, leaf, amount, nonce, deadline, quorum } => Vault::payOutCall {
                asset: asset(a),
                index: leaf.index,
                leaf: leaf_arg(&leaf.leaf),
                amount: *amount,
                proof: leaf.proof.clone(),
                nonce: *nonce,
                deadline: *deadline,
                signers: quorum.encode(),
            }
            .abi_encode(),
            Self::Release { asset: a, to, amount, nonce, deadline, quorum } => Vault::releaseFreeReserveToCall {
                asset: asset(a),
                to: *to,
                amount: *amount,
                nonce: *nonce,
                deadline: *deadline,
                signers: quorum.encode(),
            }
            .abi_encode(),
            Self::RequestExit { asset: a, leaf, amount } => Vault::requestExitCall {
                asset: asset(a),
                index: leaf.index,
                leaf: leaf_arg(&leaf.leaf),
                proof: leaf.proof.clone(),
                amount: *amount,
            }
            .abi_encode(),
            Self::ChallengeWord { asset: a, epoch, word } => {
                Vault::challengeWordCall { asset: asset(a), epoch: *epoch, word: *word }.abi_encode()
            }
            Self::AnswerChallenge { asset: a, epoch, answer } => Vault::answerChallengeCall {
                asset: asset(a),
                epoch: *epoch,
                word: answer.word,
                leaves: answer.packed.leaves.clone().into(),
                paid: answer.packed.paid.clone().into(),
                siblings: answer.siblings.clone(),
            }
            .abi_encode(),
            Self::VoidCommitment { asset: a, epoch, word } => {
                Vault::voidCommitmentCall { asset: asset(a), epoch: *epoch, word: *word }.abi_encode()
            }
            Self::WithdrawDeposit { to, posing_as } => {
                let data = Vault::withdrawDepositCall { to: *to }.abi_encode();
                match posing_as {
                    // As the vault passes calls on.
                    Some(victim) => return (registry_of(at), [data, victim.to_vec()].concat().into()),
                    None => data,
                }
            }
            Self::CloseExit { asset: a, account } => {
                Vault::closeExitCall { asset: asset(a), account: *account }.abi_encode()
            }
            Self::SetRedirect { asset: a, leaf, to } => Vault::setRedirectCall {
                asset: asset(a),
                index: leaf.index,
                leaf: leaf_arg(&leaf.leaf),
                proof: leaf.proof.clone(),
                to: *to,
            }
            .abi_encode(),
            Self::CancelExit { asset: a } => Vault::cancelExitCall { asset: asset(a) }.abi_encode(),
            Self::ReportUnserved { asset: a, account } => {
                Vault::reportUnservedCall { asset: asset(a), account: *account }.abi_encode()
            }
            Self::AnswerExit { asset: a, leaf } => {
                let (index, proof) = (leaf.index, leaf.proof.clone());
                Vault::answerExitCall { asset: asset(a), index, leaf: leaf_arg(&leaf.leaf), proof }.abi_encode()
            }
            Self::CountWord { asset: a, word } => {
                let (leaves, siblings) = (word.leaves.clone(), word.siblings.clone());
                Vault::countWordCall { asset: asset(a), word: word.word, leaves, siblings }.abi_encode()
            }
            Self::CountPacked { asset: a, word } => Vault::countPackedCall {
                asset: asset(a),
                word: word.word,
                leaves: word.packed.leaves.clone().into(),
                paid: word.packed.paid.clone().into(),
                siblings: word.siblings.clone(),
            }
            .abi_encode(),
            Self::FlagPayout { asset: a, leaf } => {
                let (index, proof) = (leaf.index, leaf.proof.clone());
                Vault::flagPayoutCall { asset: asset(a), index, leaf: leaf_arg(&leaf.leaf), proof }.abi_encode()
            }
            Self::OpenRound { asset: a } => Vault::openRoundCall { asset: asset(a) }.abi_encode(),
            Self::Anchor { asset: a, round, level, position, nodes } => Vault::anchorCall {
                asset: asset(a),
                round: round.encode(),
                level: *level,
                position: *position,
                nodes: nodes.clone(),
            }
            .abi_encode(),
            Self::Claim { asset: a, round, leaf } => Vault::claimCall {
                asset: asset(a),
                round: round.encode(),
                index: leaf.index,
                leaf: leaf_arg(&leaf.leaf),
                proof: leaf.proof.clone(),
            }
            .abi_encode(),
            Self::ClaimTo { asset: a, round, leaf, to, fee, deadline, sig } => Vault::claimToCall {
                asset: asset(a),
                round: round.encode(),
                index: leaf.index,
                leaf: leaf_arg(&leaf.leaf),
                proof: leaf.proof.clone(),
                to: *to,
                fee: *fee,
                deadline: *deadline,
                signature: sig.bytes.clone(),
            }
            .abi_encode(),
            Self::PushWord { asset: a, round, word } => Vault::pushWordCall {
                asset: asset(a),
                round: round.encode(),
                word: word.word,
                leaves: word.leaves.clone(),
                siblings: word.siblings.clone(),
            }
            .abi_encode(),
            Self::Tally { asset: a, round, cells } => {
                Vault::tallyCall { asset: asset(a), round: *round, cells: cells.clone() }.abi_encode()
            }
            Self::Donate { asset: 0, .. } => return (at, Bytes::new()),
            Self::Donate { asset: a, amount } => {
                return (asset(a), TwinToken::transferCall { to: at, amount: *amount }.abi_encode().into());
            }
            Self::FillTank => return (world.vaults[vault].tank, Bytes::new()),
            Self::SetAccount { twin, mode } => {
                return (*twin, TwinAccount::setModeCall { mode_: *mode as u8, victim_: at }.abi_encode().into());
            }
            Self::SetToken { asset: a, mode } => {
                return (asset(a), TwinToken::setModeCall { mode_: *mode as u8, victim_: at }.abi_encode().into());
            }
            Self::Block { asset: a, account, blocked } => {
                let call = TwinToken::setBlockedCall { account: *account, blocked_: *blocked };
                return (asset(a), call.abi_encode().into());
            }
        };
        (at, data.into())
    }
}

impl Op {
    /// Calls of the safeguards; empty for all others.
    fn encode_for_safeguards(&self, world: &World) -> Vec<u8> {
        match self {
            Self::WindDown { latch_at, deadline, quorum } => {
                let (latch_at, signers) = (U40::from(*latch_at), quorum.encode());
                Safeguards::announceWindDownCall { latchAt: latch_at, deadline: *deadline, signers }.abi_encode()
            }
            Self::QueueRelease { asset, to, amount, salt, deadline, quorum } => Safeguards::queueReleaseCall {
                asset: world.assets[*asset],
                to: *to,
                amount: *amount,
                salt: *salt,
                deadline: *deadline,
                signers: quorum.encode(),
            }
            .abi_encode(),
            Self::VetoRelease { release, quorum } => {
                Safeguards::vetoReleaseCall { release: *release, guardians: quorum.encode() }.abi_encode()
            }
            Self::Freeze { until, evidence, quorum } => {
                let (until, guardians) = (U40::from(*until), quorum.encode());
                Safeguards::freezeCall { until, evidenceHash: *evidence, guardians }.abi_encode()
            }
            Self::Announce { sequence, reason, text_hash, uri, expected_until, sig } => Safeguards::announceCall {
                sequence: *sequence,
                reason: *reason,
                textHash: *text_hash,
                uri: uri.clone(),
                expectedUntil: U40::from(*expected_until),
                signature: sig.bytes.clone(),
            }
            .abi_encode(),
            Self::AnnounceMaintenance { from, until, sig } => {
                let (from, until, signature) = (U40::from(*from), U40::from(*until), sig.bytes.clone());
                Safeguards::announceMaintenanceCall { from, until, signature }.abi_encode()
            }
            Self::DeclareForceMajeure { until, evidence, sig, quorum } => Safeguards::declareForceMajeureCall {
                until: U40::from(*until),
                evidenceHash: *evidence,
                operatorSignature: sig.bytes.clone(),
                watchers: quorum.encode(),
            }
            .abi_encode(),
            Self::RaiseAlarm { evidence, deadline, quorum } => {
                let watchers = quorum.encode();
                Safeguards::raiseAlarmCall { evidenceHash: *evidence, deadline: *deadline, watchers }.abi_encode()
            }
            Self::AnnounceRotation(args) => Safeguards::announceRotationCall {
                signers: args.ids.clone(),
                threshold: args.threshold,
                coldThreshold: args.cold_threshold,
                sequence: args.sequence,
                deadline: args.deadline,
                others: args.others.clone(),
                current: args.quorum.encode(),
            }
            .abi_encode(),
            Self::ActivateRotation => Safeguards::activateRotationCall {}.abi_encode(),
            _ => Vec::new(),
        }
    }
}

impl Op {
    /// Calls of the bond; empty for all others.
    fn encode_for_bond(&self, world: &World) -> Vec<u8> {
        let asset = |number: &usize| world.assets[*number];
        match self {
            Self::PutBond { asset: a, amount } => Bond::putCall { asset: asset(a), amount: *amount }.abi_encode(),
            Self::AnnounceUnbonding { asset: a, amount } => {
                Bond::announceUnbondingCall { asset: asset(a), amount: *amount }.abi_encode()
            }
            Self::Unbond { asset: a } => Bond::unbondCall { asset: asset(a) }.abi_encode(),
            Self::FillShortfall { asset: a } => Bond::fillShortfallCall { asset: asset(a) }.abi_encode(),
            Self::OpenCompensation { asset: a } => Bond::openCompensationCall { asset: asset(a) }.abi_encode(),
            Self::Compensate { asset: a, leaf } => Bond::compensateCall {
                asset: asset(a),
                index: leaf.index,
                leaf: leaf_arg(&leaf.leaf),
                proof: leaf.proof.clone(),
            }
            .abi_encode(),
            Self::WithdrawCredit { asset: a, to } => Bond::withdrawCreditCall { asset: asset(a), to: *to }.abi_encode(),
            Self::ReturnRest { asset: a } => Bond::returnRestCall { asset: asset(a) }.abi_encode(),
            _ => Vec::new(),
        }
    }
}

impl QuorumSigned {
    fn encode(&self) -> vault::Quorum {
        let signatures: Vec<_> =
            self.signatures.iter().map(|(signer, signed)| (signer.clone(), signed.bytes.clone())).collect();
        vault::Quorum { members: self.members.clone(), signatures: signers::encode_in_order(&signatures) }
    }
}

impl RoundArg {
    fn encode(self) -> vault::Round {
        vault::Round { id: self.id, numerator: self.numerator, denominator: self.denominator }
    }
}

fn node(node: &SumNode) -> vault::SumNode {
    vault::SumNode { hash: node.hash, sum: node.sum }
}

fn leaf_arg(leaf: &Leaf) -> vault::Leaf {
    vault::Leaf { account: leaf.account, balance: leaf.balance, paid: leaf.paid }
}

impl Tx {
    /// A transaction that is never sent.
    #[must_use]
    pub fn nothing() -> Self {
        Self { from: Address::ZERO, to: Address::ZERO, value: U256::ZERO, data: Bytes::new(), gas: 0, tip: 0 }
    }
}
