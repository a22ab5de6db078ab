//! The reference model: the vault's rules in plain Rust, written from docs/specification.md.
//!
//! It is total: every call has a defined outcome in every state, either the exact logs or the exact revert. Decide first, change after:
//! a refused call leaves the state as it was. Amounts are base units, times Unix seconds.

mod anchors;
mod arbitrator;
mod bond;
mod books;
mod brakes;
mod challenges;
mod claims;
mod clock;
mod deposits;
mod disputes;
mod escrow;
mod gate;
mod ledger;
mod recovery;
mod redirects;
mod requests;
mod safeguards;
mod signatures;
mod state;
mod transfers;

use std::{collections::BTreeMap, sync::Arc};

use alloy::{
    primitives::{Address, B256, Bytes, Log, U256},
    sol_types::{SolError, SolEvent},
};
use lifeboat_bindings::{
    registry_of,
    twin_token::TwinToken,
    vault::{Terms, Vault},
};

pub use arbitrator::Arbitrator;
pub use bond::{Bonded, Compensation};
pub use brakes::{Pending, Queued, Signers};
pub use clock::{Clock, Conduct, Phase, Timeline, Window};
pub use disputes::{Dispute, Disputes, HELD, Question};
pub use escrow::{Decision, Escrow};
pub use gate::Gate;
pub use safeguards::Budget;
pub use state::{AssetState, Cell, Challenge, Entry, Posted, Recovered, Request, RoundOpened};
pub use transfers::Reach;

use crate::{
    action::{AccountMode, Gas},
    call::{Call, Op},
    world::{DEPLOYED_AT, STARTING_BALANCE, WORLD, World},
};
use state::Accounts;

/// Why a call is refused: the name of the error and the exact revert data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// `Return_AlreadyClaimed`.
    pub name: &'static str,
    /// Selector and arguments; empty for a bare revert.
    pub data: Bytes,
}

/// What a call does.
pub type Outcome = Result<Vec<Expected>, Refusal>;

/// A log that must appear, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Address, topics and data to the byte.
    Exactly(Log),
    /// The tank's `Repaid`, or none if it pays nothing: the amount depends on gas, so it is only bounded.
    Repaid {
        /// Whom it pays.
        pusher: Address,
        /// Wei.
        at_most: U256,
    },
}

/// The name of a refusal for want of gas, whose data cannot be foretold.
pub const STARVED: &str = "Return_GasTooLow";

/// State of one vault and of all that surrounds it.
#[derive(Clone, Debug)]
pub struct Model {
    /// Which vault of the world.
    pub vault: usize,
    /// Time of the block being executed.
    pub now: u64,
    /// Number of the block being executed.
    pub number: u64,
    /// Whether a block is being executed.
    pub in_block: bool,
    /// Number and hash of earlier blocks, oldest first.
    pub hashes: Vec<(u64, B256)>,
    /// Everything the phase is derived from.
    pub clock: Clock,
    /// By position in the world's table.
    pub assets: Vec<AssetState>,
    /// Used nonces of orders; those of what is left to the service stand under the zero address.
    pub nonces: std::collections::BTreeSet<(Address, U256)>,
    /// What requests and challenges gave back and nobody has fetched yet, wei.
    pub deposits: BTreeMap<Address, u128>,
    /// What is before the arbitrator, and what came of it.
    pub disputes: Disputes,
    /// Orders whose money waits.
    pub escrow: Escrow,
    /// Wei ever given to the tank.
    pub tank_filled: U256,
    /// Those who may move the reserve.
    pub signers: Signers,
    /// When they last took over from others.
    pub rotated_at: Option<u64>,
    /// Those who are to take over.
    pub pending: Option<Pending>,
    /// Rotations announced so far.
    pub rotations: u64,
    /// Announcements so far.
    pub announcements: u64,
    /// End of the last freeze.
    pub frozen_until: Option<u64>,
    /// Releases that were queued, oldest first, by name.
    pub queue: Vec<(B256, Queued)>,
    freezes: Budget,
    maintenance: Budget,
    accounts: Accounts,
    world: &'static World,
}

impl Model {
    /// The state right after deployment of vault number `vault`.
    #[must_use]
    pub fn new(vault: usize, number: u64, hash: B256) -> Self {
        let world = &*WORLD;
        let terms = &world.vaults[vault].terms;
        let assets = world.assets.iter().enumerate().map(|(position, address)| {
            let holdings = world.holders().map(|holder| match position {
                0 => (holder, U256::from(STARTING_BALANCE)),
                _ => (holder, world.starting_tokens(holder)),
            });
            AssetState::new(*address, terms.assets.contains(address), holdings)
        });
        Self {
            vault,
            now: DEPLOYED_AT,
            number,
            in_block: false,
            hashes: vec![(number, hash)],
            clock: Clock::new(&terms.timers),
            assets: assets.collect(),
            nonces: Default::default(),
            deposits: BTreeMap::new(),
            disputes: Disputes::default(),
            escrow: Escrow::default(),
            tank_filled: U256::ZERO,
            signers: Signers::new(terms),
            rotated_at: None,
            pending: None,
            rotations: 0,
            announcements: 0,
            frozen_until: None,
            queue: Vec::new(),
            freezes: Budget::default(),
            maintenance: Budget::default(),
            accounts: Accounts::default(),
            world,
        }
    }

    /// The world around it.
    #[must_use]
    pub fn world(&self) -> &'static World {
        self.world
    }

    /// The vault's address.
    #[must_use]
    pub fn address(&self) -> Address {
        self.world.vaults[self.vault].address
    }

    /// The address of the vault's registry, which holds the deposits.
    #[must_use]
    pub fn registry(&self) -> Address {
        registry_of(self.address())
    }

    /// Begins a block. The head before it is remembered for beats.
    pub fn begin_block(&mut self, number: u64, time: u64) {
        self.number = number;
        self.now = time;
        self.in_block = true;
    }

    /// Ends a block. Its hash is learnt later.
    pub fn end_block(&mut self) {
        self.in_block = false;
    }

    /// The hash of the oldest block whose hash was not known.
    pub fn learn_hash(&mut self, number: u64, hash: B256) {
        self.hashes.push((number, hash));
    }

    /// Number and hash of the block so many before the newest; of the oldest, if there are not so many.
    #[must_use]
    pub fn block_back(&self, back: u8) -> (u64, B256) {
        let newest_known = self.hashes.len() - 1;
        let unknown = self.number.saturating_sub(1 + self.hashes[newest_known].0) as usize;
        self.hashes[newest_known.saturating_sub(usize::from(back).saturating_sub(unknown))]
    }

    /// Phase of the block being executed.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.clock.phase(self.now)
    }

    /// How an account treats ETH.
    #[must_use]
    pub fn account_mode(&self, account: Address) -> AccountMode {
        self.accounts.mode(account)
    }

    /// Executes one call.
    pub fn step(&mut self, call: &Call) -> Outcome {
        if call.gas == Gas::Scarce {
            return Err(Refusal { name: STARVED, data: Bytes::new() });
        }
        let outcome = self.dispatch(call);
        if outcome.is_ok()
            && !call.value.is_zero()
            && !matches!(call.op, Op::FillTank | Op::Disputes(_) | Op::Escrow(_))
        {
            self.move_value(call);
        }
        outcome
    }

    fn dispatch(&mut self, call: &Call) -> Outcome {
        let from = call.from;
        match &call.op {
            Op::DepositEth => self.deposit_eth(from, call.value),
            Op::Deposit { asset, account, amount } => self.deposit(from, call.value, *asset, *account, *amount),
            Op::Withdraw { asset, to, amount } => self.withdraw(from, *asset, *to, *amount),
            Op::Spend { asset, account, payee, amount, nonce, deadline, sig } => {
                self.spend(*asset, *account, *payee, *amount, *nonce, *deadline, sig)
            }
            Op::CancelNonce { nonce } => self.cancel_nonce(from, *nonce),
            Op::DepositToLedger { asset, account, amount } => {
                self.deposit_to_ledger(from, call.value, *asset, *account, *amount)
            }
            Op::RefundPending { asset, entry } => self.refund_pending(*asset, *entry),
            Op::Beat { number, hash, sig } => self.beat(*number, *hash, sig),
            Op::WindDown { latch_at, deadline, quorum } => self.announce_wind_down(*latch_at, *deadline, quorum),
            Op::CancelRelease { asset, nonce, deadline, quorum } => {
                self.cancel_release(*asset, *nonce, *deadline, quorum)
            }
            Op::QueueRelease { asset, to, amount, salt, deadline, quorum } => {
                self.queue_release(*asset, *to, *amount, *salt, *deadline, quorum)
            }
            Op::ExecuteRelease { asset, to, amount, salt, deadline } => {
                self.execute_release(*asset, *to, *amount, *salt, *deadline)
            }
            Op::VetoRelease { release, quorum } => self.veto_release(*release, quorum),
            Op::Freeze { until, evidence, quorum } => self.freeze(*until, *evidence, quorum),
            Op::Announce { sequence, reason, text_hash, uri, expected_until, sig } => {
                self.announce(*sequence, *reason, *text_hash, uri, *expected_until, sig)
            }
            Op::AnnounceMaintenance { from, until, sig } => self.announce_maintenance(*from, *until, sig),
            Op::DeclareForceMajeure { until, evidence, sig, quorum } => {
                self.declare_force_majeure(*until, *evidence, sig, quorum)
            }
            Op::RaiseAlarm { evidence, deadline, quorum } => self.raise_alarm(*evidence, *deadline, quorum),
            Op::AnnounceRotation(args) => self.announce_rotation(args),
            Op::ActivateRotation => self.activate_rotation(),
            Op::ReleaseEquity { asset, to, amount, nonce, deadline, quorum } => {
                self.release_equity(*asset, *to, *amount, *nonce, *deadline, quorum)
            }
            Op::Latch => self.latch(),
            Op::Commit(args) => self.commit(args),
            Op::Attest { asset, epoch, quorum } => self.attest(*asset, *epoch, quorum),
            Op::Sync { asset } => self.sync(*asset),
            Op::PayOut { asset, leaf, amount, nonce, deadline, quorum } => {
                self.pay_out(*asset, leaf, *amount, *nonce, *deadline, quorum)
            }
            Op::Release { asset, to, amount, nonce, deadline, quorum } => {
                self.release(*asset, *to, *amount, *nonce, *deadline, quorum)
            }
            Op::RequestExit { asset, leaf, amount } => self.request_exit(from, call.value, *asset, leaf, *amount),
            Op::ChallengeWord { asset, epoch, word } => self.challenge_word(from, call.value, *asset, *epoch, *word),
            Op::AnswerChallenge { asset, epoch, answer } => self.answer_challenge(from, *asset, *epoch, answer),
            Op::VoidCommitment { asset, epoch, word } => self.void_commitment(*asset, *epoch, *word),
            Op::WithdrawDeposit { to, .. } => self.withdraw_deposit(from, *to),
            Op::CloseExit { asset, account } => self.close_exit(*asset, *account),
            Op::SetRedirect { asset, leaf, to } => self.set_redirect(from, *asset, leaf, *to),
            Op::PutBond { asset, amount } => self.put_bond(from, call.value, *asset, *amount),
            Op::AnnounceUnbonding { asset, amount } => self.announce_unbonding(from, *asset, *amount),
            Op::Unbond { asset } => self.unbond(*asset),
            Op::FillShortfall { asset } => self.fill_shortfall(*asset),
            Op::OpenCompensation { asset } => self.open_compensation(*asset),
            Op::Compensate { asset, leaf } => self.compensate(*asset, leaf),
            Op::WithdrawCredit { asset, to } => self.withdraw_credit(from, *asset, *to),
            Op::ReturnRest { asset } => self.return_rest(*asset),
            Op::CancelExit { asset } => self.cancel_exit(from, *asset),
            Op::ReportUnserved { asset, account } => self.report_unserved(*asset, *account),
            Op::AnswerExit { asset, leaf } => self.answer_exit(*asset, leaf),
            Op::CountWord { asset, word } => self.count_word(*asset, word),
            Op::CountPacked { asset, word } => self.count_packed(*asset, word),
            Op::FlagPayout { asset, leaf } => self.flag_payout(*asset, leaf),
            Op::OpenRound { asset } => self.open_round(*asset),
            Op::Anchor { asset, round, level, position, nodes } => {
                self.anchor(*asset, round, u32::from(*level), *position, nodes)
            }
            Op::Claim { asset, round, leaf } => self.claim(*asset, round, leaf),
            Op::ClaimTo { asset, round, leaf, to, fee, deadline, sig } => {
                self.claim_to(from, *asset, round, leaf, *to, *fee, *deadline, sig)
            }
            Op::PushWord { asset, round, word } => self.push_word(from, call.priced, *asset, round, word),
            Op::Tally { asset, round, cells } => self.tally(*asset, *round, cells),
            Op::Donate { asset, amount } => self.donate(from, *asset, *amount),
            Op::FillTank => {
                self.tank_filled += call.value;
                let payer = self.payer(from);
                self.assets[0].debit(payer, call.value);
                Ok(Vec::new())
            }
            Op::SetAccount { twin, mode } => {
                self.accounts.set_mode(*twin, *mode);
                Ok(Vec::new())
            }
            Op::SetToken { asset, mode } => {
                self.assets[*asset].mode = *mode;
                Ok(Vec::new())
            }
            Op::Block { asset, account, blocked } => {
                self.assets[*asset].set_blocked(*account, *blocked);
                Ok(Vec::new())
            }
            Op::Disputes(op) => self.dispute(from, call.value, op),
            Op::Escrow(op) => self.escrow(from, call.value, op),
        }
    }

    /// A plain transfer: ETH moves with the call; a token by its own rules.
    fn donate(&mut self, from: Address, asset: usize, amount: U256) -> Outcome {
        if asset == 0 {
            self.require_listed(0)?;
            return Ok(Vec::new());
        }
        self.token_transfer(asset, from, self.address(), amount)
    }

    /// ETH that came with a successful call.
    fn move_value(&mut self, call: &Call) {
        let payer = self.payer(call.from);
        let holder = match call.op {
            // The vault passes them on.
            Op::RequestExit { .. } | Op::ChallengeWord { .. } => self.registry(),
            Op::PutBond { .. } => self.bond(),
            _ => self.address(),
        };
        self.assets[0].debit(payer, call.value);
        self.assets[0].credit(holder, call.value);
    }

    /// Who really sends: the driver for a twin.
    #[must_use]
    pub fn payer(&self, from: Address) -> Address {
        if self.world.is_twin(from) { self.world.driver } else { from }
    }

    /// A log of the vault.
    fn log<E: SolEvent>(&self, event: &E) -> Expected {
        Expected::Exactly(Log { address: self.address(), data: event.encode_log_data() })
    }

    /// A log of the vault's registry.
    fn registry_log<E: SolEvent>(&self, event: &E) -> Expected {
        Expected::Exactly(Log { address: self.registry(), data: event.encode_log_data() })
    }

    /// A log of the vault's safeguards.
    fn safeguards_log<E: SolEvent>(&self, event: &E) -> Expected {
        let address = self.world.vaults[self.vault].safeguards;
        Expected::Exactly(Log { address, data: event.encode_log_data() })
    }

    /// The vault's terms.
    #[must_use]
    pub fn terms(&self) -> &'static Terms {
        &self.world.vaults[self.vault].terms
    }

    /// The zero address, precompiles and the vault itself: never paid, never credited.
    #[must_use]
    pub fn is_reserved(&self, account: Address) -> bool {
        account == self.address() || account.as_slice()[..18].iter().all(|byte| *byte == 0)
    }

    fn floor_of(&self, amount: u128) -> U256 {
        let bps = self.world.vaults[self.vault].terms.coverageFloorBps;
        (U256::from(amount) * U256::from(bps)).div_ceil(U256::from(10_000))
    }

    /// `balance - segregated - pending`, or zero.
    #[must_use]
    pub fn reserve(&self, asset: usize) -> U256 {
        let held = &self.assets[asset];
        held.balance_of(self.address()).saturating_sub(U256::from(held.segregated) + U256::from(held.pending))
    }

    fn require_not_reserved(&self, account: Address) -> Result<(), Refusal> {
        if self.is_reserved(account) { Err(refuse(&Vault::Books_ReservedAddress { account })) } else { Ok(()) }
    }

    fn require_listed(&self, asset: usize) -> Result<(), Refusal> {
        let AssetState { listed, address, .. } = self.assets[asset];
        if listed { Ok(()) } else { Err(refuse(&Vault::Books_AssetNotListed { asset: address })) }
    }

    fn wrong_phase(&self) -> Refusal {
        refuse(&Vault::Liveness_WrongPhase { phase: self.phase() as u8 })
    }

    fn require_live(&self) -> Result<(), Refusal> {
        if self.phase() == Phase::Live { Ok(()) } else { Err(self.wrong_phase()) }
    }

    fn require_not_latched(&self) -> Result<(), Refusal> {
        if self.phase() < Phase::Latched { Ok(()) } else { Err(self.wrong_phase()) }
    }

    fn require_latched(&self) -> Result<(), Refusal> {
        if self.phase() >= Phase::Latched { Ok(()) } else { Err(self.wrong_phase()) }
    }
}

/// A refusal with the error's name and data.
pub(crate) fn refuse<E: SolError>(error: &E) -> Refusal {
    let name = E::SIGNATURE.split('(').next().unwrap_or(E::SIGNATURE);
    Refusal { name, data: error.abi_encode().into() }
}

/// A revert without data.
pub(crate) fn bare() -> Refusal {
    Refusal { name: "(bare revert)", data: Bytes::new() }
}

/// The token's own log of a transfer.
fn transfer_log(token: Address, from: Address, to: Address, value: U256) -> Expected {
    Expected::Exactly(Log { address: token, data: TwinToken::Transfer { from, to, value }.encode_log_data() })
}

/// A ledger that several commitments may share.
pub type SharedLedger = Arc<crate::told::Told>;
