//! What every view of the vault must answer, by the model: a state is read back and compared to the byte.

use alloy::{
    primitives::{
        Address, Bytes, U256,
        aliases::{U40, U48},
        keccak256,
    },
    sol_types::{SolCall, SolValue},
};
use lifeboat_bindings::{
    lens::Lens,
    twin_token::TwinToken,
    vault::{self, Bond, Safeguards, Vault},
};

use crate::{
    backend::View,
    model::{AssetState, Cell, Model},
};

mod disputes;
mod escrow;

/// Cells of a round that are read: 640 leaves.
const CELLS: u32 = 10;
/// Leaves whose compensation is read.
const COMPENSATED: u32 = 24;
/// Anchors of an asset that are read.
const ANCHORS: usize = 24;

/// A view and what it must answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// Its name, for reports and for telling failures apart.
    pub name: &'static str,
    /// The call.
    pub view: View,
    /// Exact return data.
    pub answer: Bytes,
}

/// The clock, and the books of the assets that steps were about.
#[must_use]
pub fn books(model: &Model, assets: impl IntoIterator<Item = usize>) -> Vec<Expectation> {
    let mut list = List { model, list: Vec::with_capacity(8) };
    list.clock();
    for asset in assets {
        list.books(asset);
    }
    list.list
}

/// Everything that the vault shows, and everybody's balances.
#[must_use]
pub fn everything(model: &Model) -> Vec<Expectation> {
    let mut list = List { model, list: Vec::with_capacity(256) };
    list.clock();
    for asset in 0..model.assets.len() {
        list.books(asset);
        list.commitments(asset);
        list.accounts(asset);
        list.queue(asset);
        list.rounds(asset);
        list.bond(asset);
        list.balances(asset);
    }
    list.nonces();
    list.disputes();
    list.escrow();
    list.deposits();
    list.safeguards();
    list.list
}

struct List<'a> {
    model: &'a Model,
    list: Vec<Expectation>,
}

impl List<'_> {
    fn add<C: SolCall>(&mut self, name: &'static str, call: &C, answer: impl Into<Bytes>) {
        let view = View { target: self.model.address(), call: call.abi_encode().into() };
        self.list.push(Expectation { name, view, answer: answer.into() });
    }

    /// A view of the safeguards.
    fn ask<C: SolCall>(&mut self, name: &'static str, call: &C, answer: impl Into<Bytes>) {
        let target = self.model.world().vaults[self.model.vault].safeguards;
        let view = View { target, call: call.abi_encode().into() };
        self.list.push(Expectation { name, view, answer: answer.into() });
    }

    /// A view of the bond.
    fn ask_bond<C: SolCall>(&mut self, name: &'static str, call: &C, answer: impl Into<Bytes>) {
        let view = View { target: self.model.bond(), call: call.abi_encode().into() };
        self.list.push(Expectation { name, view, answer: answer.into() });
    }

    fn clock(&mut self) {
        let clock = &self.model.clock;
        let liveness = vault::Liveness {
            lastBeat: seconds(clock.last_beat),
            lastBeatBlock: seconds(clock.last_beat_block),
            rootsAt: seconds(clock.roots_at),
            overdueSince: seconds(clock.overdue_since.unwrap_or(0)),
            suspectedSince: seconds(clock.suspected_since.unwrap_or(0)),
            windDownAt: seconds(clock.wind_down_at.unwrap_or(0)),
            overdueCount: clock.overdue_count as u8,
            flags: flags(self.model),
        };
        let windows = [clock.maintenance, clock.majeure].map(Option::unwrap_or_default);
        let excuses = vault::Excuses {
            maintenanceFrom: seconds(windows[0].from),
            maintenanceUntil: seconds(windows[0].until),
            majeureFrom: seconds(windows[1].from),
            majeureUntil: seconds(windows[1].until),
            alarmAt: seconds(clock.alarm_at.unwrap_or(0)),
            flickerUntil: seconds(clock.flicker_until.unwrap_or(0)),
        };
        let cures = clock.conduct.cures.map(|at| seconds(at.unwrap_or(0)));
        let conduct = vault::Conduct {
            lastCure: cures[0],
            secondLastCure: cures[1],
            thirdLastCure: cures[2],
            downtime: seconds(clock.conduct.downtime),
            curedAt: seconds(clock.conduct.cured_at.unwrap_or(0)),
        };
        let frozen_until = U256::from(self.model.frozen_until.unwrap_or(0));
        let timeline = vault::Timeline {
            suspectedAt: seconds(clock.start()),
            latchedAt: seconds(clock.latch_at()),
            returnAt: seconds(clock.return_at()),
            pushAt: seconds(clock.push_at()),
        };
        self.add("liveness", &Vault::livenessCall {}, liveness.abi_encode());
        self.add("timeline", &Vault::timelineCall {}, timeline.abi_encode());
        self.add("excuses", &Vault::excusesCall {}, excuses.abi_encode());
        self.add("conduct", &Vault::conductCall {}, conduct.abi_encode());
        self.add("frozenUntil", &Vault::frozenUntilCall {}, frozen_until.abi_encode());
        self.add("signers", &Vault::signersCall {}, self.model.signers.set().abi_encode());
        self.add("phase", &Vault::phaseCall {}, U256::from(self.model.phase() as u8).abi_encode());
    }

    fn books(&mut self, number: usize) {
        let model = self.model;
        let held = &model.assets[number];
        let asset = held.address;
        let book = vault::Book {
            segregated: held.segregated,
            pending: held.pending,
            owed: held.owed,
            queued: seconds(held.queue.len() as u64),
            absorbed: seconds(held.absorbed),
            epoch: held.newest(),
            listed: held.listed,
        };
        self.add("book", &Vault::bookCall { asset }, book.abi_encode());
        self.add("reserve", &Vault::reserveCall { asset }, model.reserve(number).abi_encode());
        self.add("recovery", &Vault::recoveryCall { asset }, recovery(held).abi_encode());
        self.add("finalEpoch", &Vault::finalEpochCall { asset }, U256::from(model.final_epoch(number)).abi_encode());
        self.add("gate", &Vault::gateCall { asset }, gate(held).abi_encode());
        for holder in [model.address(), model.bond()] {
            self.balance(asset, holder, held.balance_of(holder));
        }
        let bonded = held.bonded.bonded();
        self.ask_bond("bonded", &Bond::bondedCall { asset }, bonded.abi_encode());
    }

    fn bond(&mut self, number: usize) {
        let model = self.model;
        let held = &model.assets[number];
        let (asset, bonded) = (held.address, &held.bonded);
        let compensation = bonded.compensation.map_or_else(vault::Compensation::default, |opened| {
            vault::Compensation { amount: opened.amount, owed: opened.owed, isOpen: true }
        });
        self.ask_bond("compensation", &Bond::compensationCall { asset }, compensation.abi_encode());
        let named = (0..crate::world::ACTORS).map(|who| model.world().actor(who as u8, model.vault));
        for account in named.chain(bonded.credit.keys().copied()) {
            let credit = U256::from(bonded.credit.get(&account).copied().unwrap_or_default());
            self.ask_bond("creditOf", &Bond::creditOfCall { asset, account }, credit.abi_encode());
        }
        // Nobody is compensated before there is a compensation.
        for index in 0..if bonded.compensation.is_some() { COMPENSATED } else { 1 } {
            let compensated = bonded.compensated.contains(&index).abi_encode();
            self.ask_bond("isCompensated", &Bond::isCompensatedCall { asset, index }, compensated);
        }
    }

    fn balance(&mut self, asset: Address, account: Address, balance: U256) {
        let (target, call) = if asset.is_zero() {
            (self.model.world().lens, Lens::etherOfCall { account }.abi_encode())
        } else {
            (asset, TwinToken::balanceOfCall { account }.abi_encode())
        };
        let view = View { target, call: call.into() };
        self.list.push(Expectation { name: "balance", view, answer: balance.abi_encode().into() });
    }

    fn balances(&mut self, number: usize) {
        let model = self.model;
        let held = &model.assets[number];
        // The pusher pays for gas, which no model foretells; whoever makes the block is paid a part of it.
        let of_gas = [model.world().pusher, Address::ZERO];
        let known = held.holders().filter(|(account, _)| number > 0 || !of_gas.contains(account));
        for (account, balance) in known {
            self.balance(held.address, account, balance);
        }
    }

    fn commitments(&mut self, number: usize) {
        let model = self.model;
        let held = &model.assets[number];
        let asset = held.address;
        for epoch in held.newest().saturating_sub(7)..=held.newest() {
            let Some(posted) = held.kept(epoch) else { continue };
            let root = posted.ledger.root();
            let commitment = vault::Commitment {
                root: root.hash,
                total: root.sum,
                count: posted.ledger.count(),
                depositCursor: seconds(posted.cursor),
                postedAt: seconds(posted.posted_at),
                dataHash: posted.data_hash,
                snapshotAt: seconds(posted.snapshot_at),
                attestedAt: seconds(posted.attested_at.unwrap_or(0)),
                epoch,
                openChallenges: posted.open_challenges,
                answeredAt: seconds(posted.answered_at.unwrap_or(0)),
                isVoid: posted.is_void,
            };
            self.add("commitment", &Vault::commitmentCall { asset, epoch }, commitment.abi_encode());
        }
        let unchallenged = (held.newest(), 0);
        let told = held.challenges.keys().copied().chain([unchallenged]);
        for (epoch, word) in told {
            let challenge = held.challenges.get(&(epoch, word));
            let challenge = challenge.map_or_else(vault::Challenge::default, |challenge| vault::Challenge {
                challenger: challenge.challenger,
                due: seconds(challenge.due),
                closed: challenge.closed,
            });
            self.add("challengeOf", &Vault::challengeOfCall { asset, epoch, word }, challenge.abi_encode());
        }
    }

    fn accounts(&mut self, number: usize) {
        let model = self.model;
        let held = &model.assets[number];
        let asset = held.address;
        let named = (0..crate::world::ACTORS).map(|who| model.world().actor(who as u8, model.vault));
        for account in named.chain([model.world().driver]) {
            self.add(
                "segregatedOf",
                &Vault::segregatedOfCall { asset, account },
                U256::from(held.segregated_to(account)).abi_encode(),
            );
            self.add(
                "paidOut",
                &Vault::paidOutCall { asset, account },
                U256::from(held.paid_out_to(account)).abi_encode(),
            );
            let open = held.requests.get(&account);
            let request = open.map_or_else(vault::ExitRequest::default, |request| vault::ExitRequest {
                target: request.target,
                openedAt: seconds(request.opened_at),
                due: seconds(request.due),
                reported: request.reported,
            });
            self.add("exitRequest", &Vault::exitRequestCall { asset, account }, request.abi_encode());
            let redirect = held.redirects.get(&account).copied().unwrap_or_default();
            self.add("redirectOf", &Vault::redirectOfCall { asset, account }, redirect.abi_encode());
        }
    }

    fn queue(&mut self, number: usize) {
        let held = &self.model.assets[number];
        let asset = held.address;
        for (entry, queued) in held.queue.iter().enumerate() {
            let account = if queued.refunded { Address::ZERO } else { queued.account };
            let answer = (account, U256::from(queued.amount)).abi_encode();
            self.add("pendingEntry", &Vault::pendingEntryCall { asset, entry: U256::from(entry) }, answer);
        }
    }

    fn rounds(&mut self, number: usize) {
        let held = &self.model.assets[number];
        let asset = held.address;
        let root = held.counting_ledger().map_or_else(Default::default, |ledger| ledger.root());
        for (round, opened) in (0_u32..).zip(&held.rounds) {
            let key = keccak256((root.hash, root.sum, opened.numerator, opened.denominator).abi_encode());
            self.add("roundKey", &Vault::roundKeyCall { asset, round }, key.abi_encode());
        }
        for ((round, level, position), node) in held.anchors.iter().take(ANCHORS) {
            let opened = &held.rounds[*round as usize];
            let anchor = keccak256((node.hash, node.sum, opened.numerator, opened.denominator).abi_encode());
            let call = Vault::anchorOfCall { asset, round: *round, level: *level as u8, position: *position };
            self.add("anchorOf", &call, anchor.abi_encode());
        }
        let next = held.rounds.len() as u32;
        self.add("roundKey", &Vault::roundKeyCall { asset, round: next }, U256::ZERO.abi_encode());
        for round in 0..next.max(1) {
            for index in 0..CELLS {
                let cell = packed(held.cell(round, index)).abi_encode();
                self.add("cell", &Vault::cellCall { asset, round, number: index }, cell);
            }
        }
        for word in 0..4 {
            let epoch = held.recovered.map_or(0, |recovered| recovered.epoch);
            let counted = held.counted.contains(&(epoch, word)).abi_encode();
            self.add("wordCounted", &Vault::wordCountedCall { asset, word }, counted);
        }
    }

    fn safeguards(&mut self) {
        let model = self.model;
        let pending = model.pending.as_ref().map_or_else(vault::Rotation::default, |pending| vault::Rotation {
            signers: pending.signers.set(),
            announcedAt: seconds(pending.announced_at),
            readyAt: seconds(pending.ready_at),
        });
        self.ask("announcements", &Safeguards::announcementsCall {}, U256::from(model.announcements).abi_encode());
        self.ask("rotations", &Safeguards::rotationsCall {}, U256::from(model.rotations).abi_encode());
        self.ask("pendingRotation", &Safeguards::pendingRotationCall {}, pending.abi_encode());
        for (release, queued) in &model.queue {
            let queued = vault::QueuedRelease {
                queuedAt: seconds(queued.queued_at),
                readyAt: seconds(queued.ready_at),
                closed: queued.closed,
            };
            let call = Safeguards::queuedReleaseCall { release: *release };
            self.ask("queuedRelease", &call, queued.abi_encode());
        }
    }

    fn deposits(&mut self) {
        let model = self.model;
        let named = (0..crate::world::ACTORS).map(|who| model.world().actor(who as u8, model.vault));
        for account in named.chain([model.world().driver]) {
            let deposit = U256::from(model.deposits.get(&account).copied().unwrap_or_default());
            self.add("depositOf", &Vault::depositOfCall { account }, deposit.abi_encode());
        }
        let registry = model.registry();
        self.balance(Address::ZERO, registry, model.assets[0].balance_of(registry));
    }

    fn nonces(&mut self) {
        let model = self.model;
        for (account, nonce) in &model.nonces {
            let call = Vault::nonceUsedCall { account: *account, nonce: *nonce };
            self.add("nonceUsed", &call, true.abi_encode());
        }
        for nonce in (0..16).map(U256::from) {
            let used = model.nonces.contains(&(Address::ZERO, nonce)).abi_encode();
            self.add("nonceUsed", &Vault::nonceUsedCall { account: Address::ZERO, nonce }, used);
        }
    }
}

fn recovery(held: &AssetState) -> vault::Recovery {
    let Some(recovered) = held.recovered else { return vault::Recovery::default() };
    let root = held.counting_ledger().map_or_else(Default::default, |ledger| ledger.root());
    let depth = held.counting_ledger().map_or(lifeboat_ledger::WORD_DEPTH, |ledger| ledger.depth_told());
    vault::Recovery {
        depth: depth as u8,
        root: root.hash,
        total: root.sum,
        owed: recovered.owed,
        allotted: recovered.allotted,
        tallied: recovered.tallied,
        epoch: recovered.epoch,
        rounds: held.rounds.len() as u32,
        depositCursor: seconds(recovered.cursor),
        isFixed: true,
        roundsFrom: seconds(recovered.rounds_from),
        reopenedTo: seconds(recovered.reopened_to),
    }
}

/// What else the vault looks up: see `Flags.sol`.
fn flags(model: &Model) -> u8 {
    let clock = &model.clock;
    let excused = clock.maintenance.is_some()
        || clock.majeure.is_some()
        || clock.alarm_at.is_some()
        || clock.flicker_until.is_some();
    u8::from(excused) | u8::from(model.frozen_until.is_some()) << 1 | u8::from(model.rotated_at.is_some()) << 2
}

fn gate(held: &AssetState) -> vault::Gate {
    let (gate, highest) = (&held.gate, held.gate.highest());
    let told = gate.used.iter().map(|nonce| highest - nonce).filter(|behind| *behind < 64);
    let before = gate.window.checked_sub(1).map_or(0, |before| gate.in_window(before));
    vault::Gate {
        used: told.fold(0, |used, behind| used | 1 << behind),
        highest,
        window: gate.window as u32,
        previous: U48::from(before),
        current: U48::from(gate.in_window(gate.window)),
    }
}

fn packed(cell: Cell) -> U256 {
    U256::from(cell.claimed) | U256::from(cell.touched) << 64 | U256::from(cell.untallied) << 128
}

fn seconds(value: u64) -> U40 {
    U40::from(value)
}
