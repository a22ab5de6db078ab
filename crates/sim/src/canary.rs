//! Does the simulator find bugs? Known ones are planted into copies of the sources, compiled, and hunted on revm.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use lifeboat_bindings::create2::Code;
use serde::Serialize;
use thiserror::Error;

use crate::{
    backend::revm::{self, Revm, RevmError},
    campaign::{self, Plan, Where},
    case::{CaseError, Chains, Finding},
    compile::{self, CompileError, Quality},
    cover::Coverage,
};

/// A bug: in `file` under contracts/src, `from` becomes `to`.
#[derive(Clone, Copy, Debug)]
pub struct Canary {
    /// What is wrong then.
    pub name: &'static str,
    /// Under contracts/src.
    pub file: &'static str,
    /// Occurs once.
    pub from: &'static str,
    /// Takes its place.
    pub to: &'static str,
}

/// The planted bugs.
pub const CANARIES: &[Canary] = &[
    Canary {
        name: "netting dropped",
        file: "shared/TermsStore.sol",
        from: "return since < balance ? balance - since : 0;",
        to: "return since < balance ? balance : 0;",
    },
    Canary {
        name: "shares rounded up",
        file: "modules/Claims.sol",
        from: "share := div(mul(net, calldataload(add(round, 0x20))), calldataload(add(round, 0x40)))",
        to: "let den := calldataload(add(round, 0x40))
            share := div(sub(add(mul(net, calldataload(add(round, 0x20))), den), 1), den)",
    },
    Canary {
        name: "round opens, and is claimed, before the return",
        file: "modules/Recoveries.sol",
        from: "if (_phase() != Phase.Returning) _revertPhase();",
        to: "_requireLatched();",
    },
    Canary {
        name: "claimed bit not set",
        file: "modules/Claims.sol",
        from: "(packed | bit) + (share << UNTALLIED_SHIFT)",
        to: "packed + (share << UNTALLIED_SHIFT)",
    },
    Canary {
        name: "deposit cursor off by one",
        file: "modules/Recoveries.sol",
        from: "if (entry < cursor) revert",
        to: "if (entry + 1 < cursor) revert",
    },
    Canary {
        name: "latch reversible by a beat",
        file: "modules/LivenessClock.sol",
        from: "uint256 start = _requireNotLatched(live);\n        if (blockNumber",
        to: "(uint256 start,) = _clock(live);\n        if (blockNumber",
    },
    Canary {
        name: "vault missing in the signed domain",
        file: "shared/Signatures.sol",
        from: "block.chainid, VAULT",
        to: "block.chainid, address(0)",
    },
    Canary {
        name: "fee taken twice",
        file: "modules/Claims.sol",
        from: "if (fee > 0) Transfers.send(asset, msg.sender, fee);",
        to: "if (fee > 0) Transfers.send(asset, msg.sender, uint256(fee) * 2);",
    },
    Canary {
        name: "reserve counted with pending deposits",
        file: "modules/Books.sol",
        from: "uint256 balance = Transfers.balanceOf(asset, address(this));",
        to: "uint256 balance = Transfers.balanceOf(asset, address(this)) + _assets[asset].book.pending;",
    },
    Canary {
        name: "root accepted that was final only after suspicion began",
        file: "shared/VaultReader.sol",
        from: "return block.timestamp < end ? block.timestamp : end;",
        to: "return block.timestamp;",
    },
    Canary {
        name: "nodes anchored without a proof",
        file: "modules/Recoveries.sol",
        from: "_requireAnchored(asset, round, level, position, hash, sum);",
        to: "(hash, sum);",
    },
    Canary {
        name: "nodes anchored at the wrong place",
        file: "modules/Recoveries.sol",
        from: "uint256 first = uint256(position) << height;",
        to: "uint256 first = uint256(position) * 0 << height;",
    },
    Canary {
        name: "a claim's proof may end at another round's anchor",
        file: "modules/Recoveries.sol",
        from: "_anchors[asset][_placeOf(round.id, level, position)];",
        to: "_anchors[asset][_placeOf(0, level, position)];",
    },
    Canary {
        name: "the window of releases does not roll",
        file: "modules/Tiers.sol",
        from: "if (window != last) spent =",
        to: "if (last == 0) spent =",
    },
    Canary {
        name: "a nonce behind the window counts as unused",
        file: "modules/Tiers.sol",
        from: "if (highest - nonce >= NONCES_TOLD || used",
        to: "if (highest - nonce > NONCES_TOLD || used",
    },
    Canary {
        name: "shares of the cap rounded down",
        file: "modules/Tiers.sol",
        from: "_quotient((amount << SHARE_BITS) + owed - 1, owed)",
        to: "_quotient(amount << SHARE_BITS, owed)",
    },
    Canary {
        name: "hot cap not checked",
        file: "modules/Tiers.sol",
        from: "if (sum > HOT_CAP) revert Errors.Gate_AboveCap(sum, HOT_CAP);",
        to: "sum;",
    },
    Canary {
        name: "payouts during a freeze",
        file: "modules/ReleaseGate.sol",
        from: "_phase() == Phase.Live) _requireNotFrozen(flags);",
        to: "_phase() == Phase.Suspected) _requireNotFrozen(flags);",
    },
    Canary {
        name: "waiting releases executed during a freeze",
        file: "modules/ReleaseGate.sol",
        from: "_requireOutflow();\n        _requireReleasable(_assets",
        to: "_requireLive();\n        _requireReleasable(_assets",
    },
    Canary {
        name: "the watchers' alarm is held against the service",
        file: "modules/LivenessClock.sol",
        from: "if (ownBefore <= block.timestamp && own > block.timestamp) _countCure(live, start);",
        to: "if (own > block.timestamp) _countCure(live, start);",
    },
    Canary {
        name: "a cure does not count while the alarm stands",
        file: "modules/LivenessClock.sol",
        from: "if (ownBefore <= block.timestamp && own > block.timestamp)",
        to: "if (ownBefore <= block.timestamp && _earlier(own, alarm) > block.timestamp)",
    },
    Canary {
        name: "the operator uses up the signers' nonces",
        file: "modules/Tiers.sol",
        from: "held.gate = spent | packed & type(uint128).max;",
        to: "held.gate = spent | _useNonce(packed, nonce);",
    },
    Canary {
        name: "a waiting release is queued after its deadline",
        file: "safeguards/Brakes.sol",
        from: "_requireLive();\n        _requireBefore(deadline);",
        to: "_requireLive();",
    },
    Canary {
        name: "waiting releases survive a suspicion",
        file: "safeguards/Brakes.sol",
        from: "queued.queuedAt <= _conduct().curedAt || queued.queuedAt <= _rotatedAt;",
        to: "queued.queuedAt <= _rotatedAt;",
    },
    Canary {
        name: "waiting releases survive a rotation",
        file: "safeguards/Brakes.sol",
        from: "queued.queuedAt <= _conduct().curedAt || queued.queuedAt <= _rotatedAt;",
        to: "queued.queuedAt <= _conduct().curedAt;",
    },
    Canary {
        name: "veto ignored",
        file: "safeguards/Brakes.sol",
        from: "if (queued.readyAt == 0 || queued.closed) revert",
        to: "if (queued.readyAt == 0) revert",
    },
    Canary {
        name: "waiting releases signed like others",
        file: "safeguards/Brakes.sol",
        from: "current.membersHash, current.coldThreshold);",
        to: "current.membersHash, current.threshold);",
    },
    Canary {
        name: "maintenance excuses old ledgers too",
        file: "shared/PhaseMath.sol",
        from: "staleAt = _putOff(staleAt, live.rootsAt, majeureFrom, majeureUntil);",
        to: "staleAt = _putOff(_putOff(staleAt, live.rootsAt, majeureFrom, majeureUntil), live.rootsAt, from, until);",
    },
    Canary {
        name: "silence cap dropped",
        file: "shared/PhaseMath.sol",
        from: "_earlier(silentAt, live.lastBeat + SILENCE_CAP),",
        to: "silentAt,",
    },
    Canary {
        name: "time in two windows counts twice",
        file: "shared/PhaseMath.sol",
        from: "live.lastBeat > until ? live.lastBeat : until",
        to: "live.lastBeat",
    },
    Canary {
        name: "what is left released before everybody's share is set aside",
        file: "Views.sol",
        from: "if (missing != 0) revert Errors.Return_StillOwed(missing);",
        to: "missing;",
    },
    Canary {
        name: "rotation without notice",
        file: "safeguards/Rotations.sol",
        from: "if (block.timestamp < pending.readyAt) revert Errors.Safeguards_TooSoon(block.timestamp, pending.readyAt);",
        to: "",
    },
    Canary {
        name: "the old signers sign after a rotation",
        file: "modules/Satellites.sol",
        from: "_liveness.flags |= Flags.ROTATED;",
        to: "",
    },
    Canary {
        name: "the backup operator signs everything",
        file: "shared/Signatures.sol",
        from: "if (Ecdsa.recover(digest, signature) != OPERATOR) revert Errors.Signature_Invalid(OPERATOR);",
        to: "_requireBeatSigned(digest, signature);",
    },
    Canary {
        name: "a challenge does not keep a root from counting",
        file: "registry/Commitments.sol",
        from: "finalAt = posted.openChallenges == 0 ? _later(postedAt + UNATTESTED_FINALITY, posted.answeredAt) : NEVER;",
        to: "finalAt = _later(postedAt + UNATTESTED_FINALITY, posted.answeredAt);",
    },
    Canary {
        name: "an answer does not put finality off",
        file: "registry/Commitments.sol",
        from: "_later(postedAt + UNATTESTED_FINALITY, posted.answeredAt) : NEVER",
        to: "postedAt + UNATTESTED_FINALITY : NEVER",
    },
    Canary {
        name: "a void root is attested",
        file: "registry/Commitments.sol",
        from: "if (posted.isVoid) revert Errors.Ledger_CommitmentVoid(epoch);",
        to: "",
    },
    Canary {
        name: "a void root's total is owed",
        file: "registry/Commitments.sol",
        from: "posted.total > owed && !posted.isVoid",
        to: "posted.total > owed",
    },
    Canary {
        name: "a void root moves suspicion into the past",
        file: "registry/Commitments.sol",
        from: "_later(_oldestPosting(), block.timestamp - ROOT_MAX_AGE));",
        to: "_oldestPosting());",
    },
    Canary {
        name: "a challenge is answered after its time",
        file: "registry/Challenges.sol",
        from: "if (block.timestamp > challenge.due) revert Errors.Ledger_AnswerTooLate(challenge.due);",
        to: "",
    },
    Canary {
        name: "a challenge gives its bond back twice",
        file: "registry/Challenges.sol",
        from: "challenge.closed = true;\n        _giveBack(challenge.challenger",
        to: "_giveBack(challenge.challenger",
    },
    Canary {
        name: "a challenge voids what the watchers attested",
        file: "registry/Challenges.sol",
        from: "if (posted.isVoid || posted.attestedAt != 0) return;",
        to: "if (posted.isVoid) return;",
    },
    Canary {
        name: "whoever calls the registry is whom he says",
        file: "registry/Caller.sol",
        from: "if (msg.sender != VAULT) return msg.sender;",
        to: "",
    },
    Canary {
        name: "a deposit is fetched twice",
        file: "registry/Deposits.sol",
        from: "depositOf[account] = 0;",
        to: "",
    },
    Canary {
        name: "a served request keeps its deposit",
        file: "registry/ExitRequests.sol",
        from: "_giveBack(account, EXIT_DEPOSIT);\n        if (reported)",
        to: "if (reported)",
    },
    Canary {
        name: "anybody closes a request before the latch",
        file: "registry/ExitRequests.sol",
        from: "if (block.timestamp < latchAt) revert Errors.Liveness_WrongPhase(uint8(_phaseAt(start, latchAt)));",
        to: "start;",
    },
    Canary {
        name: "a push pays who wants his share elsewhere",
        file: "modules/Pushes.sol",
        from: "if (reserved || _redirects[asset][account] != address(0)) passedOver |= bit;",
        to: "if (reserved) passedOver |= bit;",
    },
    Canary {
        name: "a claim forgets where the share is to go",
        file: "modules/Claims.sol",
        from: "payee == address(0) ? leaf.account : payee, share",
        to: "touched && payee == address(1) ? payee : leaf.account, share",
    },
    Canary {
        name: "anybody redirects an account's shares",
        file: "registry/Redirects.sol",
        from: "if (account != leaf.account) revert Errors.Ledger_NotTheAccount(account, leaf.account);",
        to: "account = leaf.account;",
    },
    Canary {
        name: "an anchor forgets its node's sum",
        file: "modules/Recoveries.sol",
        from: "return keccak256(abi.encode(node, sum, numerator, denominator));",
        to: "return keccak256(abi.encode(node, sum * 0, numerator, denominator));",
    },
    Canary {
        name: "an anchor is taken for a node of twice its sum",
        file: "modules/Recoveries.sol",
        from: "if (_anchorOf(node, sum, round.numerator, round.denominator) != held) {",
        to: "if (
            _anchorOf(node, sum, round.numerator, round.denominator) != held
                && _anchorOf(node, sum / 2, round.numerator, round.denominator) != held
        ) {",
    },
    Canary {
        name: "a proof of another length than the tree's depth",
        file: "shared/TermsStore.sol",
        from: "proven != root || proof.length != depth * LedgerTree.NODE_BYTES || index",
        to: "proven != root || index",
    },
    Canary {
        name: "a ledger is posted without its bond",
        file: "registry/Commitments.sol",
        from: "if (bond < least) revert Errors.Bond_TooLow(bond, least);",
        to: "(bond, least);",
    },
    Canary {
        name: "what is about to be unbonded counts",
        file: "Bond.sol",
        from: "return bond > leaving ? bond - leaving : 0;",
        to: "return bond > leaving ? bond : 0;",
    },
    Canary {
        name: "unbonding without notice",
        file: "Bond.sol",
        from: "if (block.timestamp < announced.readyAt) revert Errors.Bond_NotReady(announced.readyAt);",
        to: "",
    },
    Canary {
        name: "unbonded while suspected",
        file: "Bond.sol",
        from: "if (phase != Phase.Live) revert Errors.Liveness_WrongPhase(uint8(phase));",
        to: "phase;",
    },
    Canary {
        name: "a shortfall is filled twice",
        file: "Bond.sol",
        from: "shortfall.total - shortfall.filled);",
        to: "shortfall.total);",
    },
    Canary {
        name: "compensation before the shortfall",
        file: "Bond.sol",
        from: "if (missing != 0) revert Errors.Bond_ShortfallFirst(missing);",
        to: "",
    },
    Canary {
        name: "compensation above its cap",
        file: "Bond.sol",
        from: "return byTime < cap ? byTime : cap;",
        to: "return byTime < cap ? byTime : byTime;",
    },
    Canary {
        name: "a leaf is compensated twice",
        file: "Bond.sol",
        from: "if (_compensated[asset][index / 256] & bit != 0) revert Errors.Return_AlreadyClaimed(index);",
        to: "",
    },
    Canary {
        name: "compensation for what was paid out",
        file: "Bond.sol",
        from: "return since < leaf.balance ? leaf.balance - since : 0;",
        to: "return since < leaf.balance ? leaf.balance : 0;",
    },
    Canary {
        name: "downtime ends at the latch",
        file: "Bond.sol",
        from: "downtime += line.returnAt - line.suspectedAt;",
        to: "downtime += line.latchedAt - line.suspectedAt;",
    },
    Canary {
        name: "the bond's credit is fetched twice",
        file: "Bond.sol",
        from: "creditOf[asset][msg.sender] = 0;",
        to: "",
    },
    Canary {
        name: "the bond goes back before compensation opens",
        file: "Bond.sol",
        from: "if (!_compensations[asset].isOpen) revert Errors.Bond_CompensationNotOpen(asset);",
        to: "",
    },
    Canary {
        name: "a ninth window in a period",
        file: "libraries/RollingBudget.sol",
        from: "if (replaced.until != 0 && replaced.until + period > until) revert Errors.Safeguards_BudgetSpent(used, most);",
        to: "",
    },
    Canary {
        name: "windows beyond their budget",
        file: "libraries/RollingBudget.sol",
        from: "if (used > most) revert Errors.Safeguards_BudgetSpent(used, most);",
        to: "",
    },
    Canary {
        name: "a service may flicker for ever",
        file: "shared/PhaseMath.sol",
        from: "if (own < flickerUntil) latchAt = _earlier(own, latchAt);",
        to: "",
    },
    Canary {
        name: "a dispute that is lost costs nothing",
        file: "Disputes.sol",
        from: "if (!newer) creditOf[opened.opener] += BOND;",
        to: "if (BOND != 1) creditOf[opened.opener] += BOND;",
    },
    Canary {
        name: "anybody rules",
        file: "Disputes.sol",
        from: "if (msg.sender != ARBITRATOR) revert Errors.Disputes_OnlyArbitrator();",
        to: "",
    },
    Canary {
        name: "a ruling after its time counts",
        file: "Disputes.sol",
        from: "if (opened.isRuled || opened.isSettled || block.timestamp > opened.due) return;",
        to: "if (opened.isRuled || opened.isSettled) return;",
    },
    Canary {
        name: "the first ruling can be taken back",
        file: "Disputes.sol",
        from: "if (opened.isRuled || opened.isSettled || block.timestamp > opened.due) return;",
        to: "if (opened.isSettled || block.timestamp > opened.due) return;",
    },
    Canary {
        name: "silence is for the newer ledger",
        file: "Disputes.sol",
        from: "bool yes = opened.ruling == YES;",
        to: "bool yes = opened.ruling == YES || !opened.isRuled;",
    },
    Canary {
        name: "the older ledger has no time to be counted",
        file: "Disputes.sol",
        from: "newer ? block.timestamp : block.timestamp + COUNTING_TIME",
        to: "block.timestamp",
    },
    Canary {
        name: "a request that was made anew is closed",
        file: "Disputes.sol",
        from: "if (request.openedAt != opened.openedAt || request.target != opened.target) return false;",
        to: "if (request.target == 0) return false;",
    },
    Canary {
        name: "anybody uses up a request's one dispute",
        file: "Disputes.sol",
        from: "if (msg.sender != OPERATOR) revert Errors.Disputes_OnlyOperator();",
        to: "",
    },
    Canary {
        name: "reopened entries are refunded beside payouts",
        file: "Disputes.sol",
        from: "HOOKS.returnReopened(asset, entry, withheld);",
        to: "HOOKS.returnReopened(asset, entry, 0);",
    },
    Canary {
        name: "payouts are taken off every reopened entry",
        file: "Disputes.sol",
        from: "_withheld[asset][account] = taken + withheld;",
        to: "",
    },
    Canary {
        name: "rounds open while a dispute is open",
        file: "modules/Recoveries.sol",
        from: "if (block.timestamp < from) revert Errors.Return_RoundHeld(from);",
        to: "",
    },
    Canary {
        name: "anybody puts the older ledger in the newer one's place",
        file: "modules/Satellites.sol",
        from: "if (msg.sender != DISPUTES) revert Errors.Disputes_OnlyDisputes();",
        to: "",
    },
    Canary {
        name: "what a dispute has undone is the service's own",
        file: "Views.sol",
        from: "available = available > kept ? available - kept : 0;",
        to: "",
    },
    Canary {
        name: "a final ledger that leaves the ring is forgotten",
        file: "registry/Commitments.sol",
        from: "_past[input.asset] = Past(place.root, place.total, place.count, place.depositCursor, place.epoch);",
        to: "",
    },
    Canary {
        name: "a reopened entry is refunded without a look at payouts",
        file: "modules/Recoveries.sol",
        from: "if (entry < unless && _paidOut[asset][account] != 0) revert Errors.Books_EntryNeedsLeaf(entry);",
        to: "",
    },
];

/// Why a canary could not be set free.
#[derive(Debug, Error)]
pub enum CanaryError {
    /// The sources have changed under it.
    #[error("CANARY_PATCH: `{0}` fits {1} places of its file, not one; bring the canary up to date with the sources")]
    Patch(&'static str, usize),
    /// A source cannot be read.
    #[error("CANARY_FILE: {0}: {1}; run in a checkout")]
    File(PathBuf, std::io::Error),
    /// The patched sources do not compile.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// Code whose faults are all switched off does not do what the contracts do.
    #[error("MUTANTS_BASELINE: without any fault the simulator found {0}; this is a defect of how faults are put in")]
    Baseline(String),
    /// revm could not run it.
    #[error(transparent)]
    Revm(#[from] RevmError),
    /// A case could not be run.
    #[error(transparent)]
    Case(#[from] CaseError),
}

/// When a hunt gives up.
#[derive(Clone, Copy, Debug)]
pub enum Limit {
    /// No case begins after this time.
    Time(Duration),
    /// No case begins after so many steps: the same on every machine.
    Steps(u64),
}

/// How a hunt ended.
#[derive(Clone, Debug, Serialize)]
pub struct Hunt {
    /// The canary's.
    pub name: &'static str,
    /// How it showed itself; `None`: it escaped.
    pub found: Option<Finding>,
    /// Cases until then.
    pub cases: u64,
    /// Steps until then.
    pub steps: u64,
    /// Seconds until then, compilation apart.
    pub seconds: f64,
    /// Seconds of compilation.
    pub compile_seconds: f64,
}

/// The file with the bug in it.
///
/// # Errors
/// If it is not there, or the patch does not fit exactly once.
pub fn patch(root: &Path, canary: &Canary) -> Result<String, CanaryError> {
    let path = root.join("contracts/src").join(canary.file);
    let source = std::fs::read_to_string(&path).map_err(|error| CanaryError::File(path, error))?;
    match source.matches(canary.from).count() {
        1 => Ok(source.replace(canary.from, canary.to)),
        places => Err(CanaryError::Patch(canary.name, places)),
    }
}

/// Compiles the contracts of the checkout at `root` with one canary in them. Those that do not know the file are taken from the bindings.
///
/// # Errors
/// If the patch does not fit or does not compile.
pub fn compile(root: &Path, canary: &Canary) -> Result<Code, CanaryError> {
    let changed = BTreeMap::from([(canary.file.to_owned(), patch(root, canary)?)]);
    Ok(compile::code(root, &changed, Quality::Deployed)?)
}

/// Hunts a canary for at most `time`.
///
/// # Errors
/// If it does not compile or cannot be run.
pub fn hunt(root: &Path, canary: &Canary, seed: u64, time: Duration) -> Result<Hunt, CanaryError> {
    let compiling = Instant::now();
    let code = compile(root, canary)?;
    let compile_seconds = compiling.elapsed().as_secs_f64();
    Ok(Hunt { name: canary.name, compile_seconds, ..hunt_in(&code, seed, Limit::Time(time))? })
}

/// Hunts whatever is wrong with this code.
pub(crate) fn hunt_in(code: &Code, seed: u64, limit: Limit) -> Result<Hunt, CanaryError> {
    hunt_chosen(code, 0, seed, limit)
}

/// Hunts the fault of that number in code that has many, each switched on by its number ([`crate::mutant`]); zero: none.
pub(crate) fn hunt_chosen(code: &Code, chosen: u64, seed: u64, limit: Limit) -> Result<Hunt, CanaryError> {
    let base = revm::planted(code, chosen)?;
    let plan = Plan { backend: Where::Revm, cases: u64::MAX, len: 150, per_block: 1, seed, jobs: 1, time: None };
    let mut chains = Chains { revm: Some(Revm::with_faults(base, chosen)), anvil: None };
    let mut hunt = Hunt { name: "", found: None, cases: 0, steps: 0, seconds: 0.0, compile_seconds: 0.0 };
    let began = Instant::now();
    let within = |steps: u64| match limit {
        Limit::Time(time) => began.elapsed() < time,
        Limit::Steps(most) => steps < most,
    };
    while hunt.found.is_none() && within(hunt.steps) {
        let result = campaign::generated(&plan, hunt.cases, &mut chains, &mut Coverage::default())?;
        hunt.cases += 1;
        hunt.steps += result.steps;
        hunt.found = result.failure.map(|(_, finding)| finding);
    }
    hunt.seconds = began.elapsed().as_secs_f64();
    Ok(hunt)
}
