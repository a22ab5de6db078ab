//! Commitments, finality, absorption, and what proves a leaf: specification §3.

use alloy::primitives::{B256, U256, aliases::U40};
use lifeboat_bindings::{typed, vault::Vault};
use lifeboat_ledger::{LEAF_BYTES, Leaf, NODE_BYTES, SumNode, WORD_DEPTH, leaf_node, root_above, word_node};

use super::{Model, Outcome, Posted, Refusal, refuse};
use crate::{
    call::{CommitArgs, ProvenLeaf, ProvenPacked, ProvenWord, QuorumSigned},
    told::Told,
};

/// Commitments that can still be used.
pub(super) const KEPT: u32 = 8;

impl Model {
    pub(super) fn commit(&mut self, args: &CommitArgs) -> Outcome {
        self.require_not_latched()?;
        self.require_listed(args.asset)?;
        let root = SumNode::parent(&args.halves[0], &args.halves[1]).ok_or_else(malformed)?;
        self.require_postable(args)?;
        let asset = self.assets[args.asset].address;
        let message = typed::Commitment {
            asset,
            epoch: args.epoch,
            root: root.hash,
            total: root.sum,
            count: args.ledger.count(),
            depositCursor: U40::from(args.cursor),
            snapshotAt: U40::from(args.snapshot_at),
            dataHash: args.data_hash,
            uri: args.uri.clone(),
        };
        self.require_operator(&message, &args.sig)?;
        let terms = &self.world.vaults[self.vault].terms;
        self.require_quorum(&message, &args.quorum, &terms.auditors, terms.auditorThreshold)?;
        self.require_solvent(args, root.sum)?;

        // A commitment never ends a suspicion by its own finality: what is final is judged before and after alike.
        self.absorb_final(args.asset);
        self.remember(args.asset, args.epoch);
        let queued = self.assets[args.asset].queue.len() as u64;
        self.assets[args.asset].posted.push(Posted {
            ledger: args.ledger.clone(),
            cursor: args.cursor,
            queued,
            posted_at: self.now,
            snapshot_at: args.snapshot_at,
            attested_at: None,
            data_hash: args.data_hash,
            open_challenges: 0,
            answered_at: None,
            is_void: false,
        });
        self.absorb_final(args.asset);
        let mut changed = self.clock;
        // A void root may have left it behind: no beginning is moved into the past.
        changed.roots_at = self.oldest_posting().max(changed.roots_at);
        let mut logs = self.store_cured(changed);
        let epoch = U256::from(args.epoch);
        logs.push(self.registry_log(&Vault::Committed {
            asset,
            epoch,
            dataHash: args.data_hash,
            uri: args.uri.clone(),
        }));
        Ok(logs)
    }

    /// A final commitment that the next one puts out of the ring: who posts on has not disposed of it.
    fn remember(&mut self, asset: usize, next: u32) {
        let Some(leaving) = next.checked_sub(KEPT) else { return };
        let reference = self.clock.reference(self.now);
        let held = &self.assets[asset];
        if held.kept(leaving).is_some_and(|posted| self.final_at(posted) <= reference) {
            self.assets[asset].remembered = Some(leaving);
        }
    }

    fn require_postable(&self, args: &CommitArgs) -> Result<(), Refusal> {
        let held = &self.assets[args.asset];
        let newest = held.newest();
        if args.epoch != newest + 1 {
            let (given, expected) = (U256::from(args.epoch), U256::from(newest + 1));
            return Err(refuse(&Vault::Ledger_WrongEpoch { given, expected }));
        }
        let previous = held.posted.last();
        let (least, most) = (previous.map_or(0, |posted| posted.queued), held.queue.len() as u64);
        if args.cursor < least || args.cursor > most {
            let (cursor, min, max) = (U256::from(args.cursor), U256::from(least), U256::from(most));
            return Err(refuse(&Vault::Ledger_CursorOutOfRange { cursor, min, max }));
        }
        let earliest = (self.now - self.clock.timers.root_max_age).max(previous.map_or(0, |posted| posted.snapshot_at));
        if args.snapshot_at < earliest || args.snapshot_at > self.now {
            return Err(refuse(&Vault::Ledger_SnapshotOutOfRange {
                snapshotAt: U256::from(args.snapshot_at),
                min: U256::from(earliest),
                max: U256::from(self.now),
            }));
        }
        if args.epoch > KEPT && self.final_epoch(args.asset) <= args.epoch - KEPT {
            return Err(refuse(&Vault::Ledger_WouldEvictFinal { epoch: U256::from(args.epoch - KEPT) }));
        }
        Ok(())
    }

    /// The reserve and the entries that this commitment takes in must cover the floor.
    fn require_solvent(&self, args: &CommitArgs, total: u128) -> Result<(), Refusal> {
        let reserve = self.backing(args.asset, args.cursor);
        let needed = self.floor_of(total);
        if reserve < needed {
            return Err(refuse(&Vault::Ledger_ReserveBelowFloor { reserve, needed }));
        }
        self.require_bonded(args.asset, total)
    }

    /// What would back a commitment with this cursor.
    #[must_use]
    pub fn backing(&self, asset: usize, cursor: u64) -> U256 {
        let held = &self.assets[asset];
        let taken: u128 = held.entries(held.absorbed, cursor);
        let set_aside = U256::from(held.segregated) + U256::from(held.pending) - U256::from(taken);
        held.balance_of(self.address()).saturating_sub(set_aside)
    }

    pub(super) fn attest(&mut self, asset: usize, epoch: u32, quorum: &QuorumSigned) -> Outcome {
        self.require_not_latched()?;
        let held = &self.assets[asset];
        let number = U256::from(epoch);
        let Some(posted) = held.kept(epoch) else {
            return Err(refuse(&Vault::Ledger_EpochUnknown { epoch: number }));
        };
        if posted.attested_at.is_some() {
            return Err(refuse(&Vault::Ledger_AlreadyAttested { epoch: number }));
        }
        if posted.is_void {
            return Err(refuse(&Vault::Ledger_CommitmentVoid { epoch: number }));
        }
        let root = posted.ledger.root().hash;
        let message = typed::Attestation { asset: held.address, epoch, root, dataHash: posted.data_hash };
        let terms = &self.world.vaults[self.vault].terms;
        if terms.watcherThreshold == 0 {
            return Err(refuse(&Vault::Signature_QuorumNotMet { valid: U256::ZERO, needed: U256::ZERO }));
        }
        self.require_quorum(&message, quorum, &terms.watchers, terms.watcherThreshold)?;

        let asset_address = held.address;
        self.assets[asset].posted[epoch as usize - 1].attested_at = Some(self.now);
        Ok(vec![self.registry_log(&Vault::Attested { asset: asset_address, epoch: number })])
    }

    pub(super) fn sync(&mut self, asset: usize) -> Outcome {
        self.require_not_latched()?;
        self.require_listed(asset)?;
        self.absorb_final(asset);
        Ok(Vec::new())
    }

    // ------------------------------------------------------------------ finality

    /// When a commitment is or was final; `u64::MAX`: never, as it stands.
    #[must_use]
    pub fn final_at(&self, posted: &Posted) -> u64 {
        if posted.is_void {
            return u64::MAX;
        }
        let timers = &self.clock.timers;
        let slow = match posted.open_challenges {
            0 => (posted.posted_at + timers.unattested_finality).max(posted.answered_at.map_or(0, |at| at + 1)),
            _ => u64::MAX,
        };
        let fast = posted.attested_at.map(|at| at.max(posted.posted_at + timers.attested_finality));
        slow.min(fast.unwrap_or(u64::MAX))
    }

    /// The newest final commitment's epoch; zero: none.
    #[must_use]
    pub fn final_epoch(&self, asset: usize) -> u32 {
        let held = &self.assets[asset];
        let reference = self.clock.reference(self.now);
        let newest = held.newest();
        let oldest = newest.saturating_sub(KEPT - 1).max(1);
        (oldest..=newest)
            .rev()
            .find(|epoch| held.kept(*epoch).is_some_and(|posted| self.final_at(posted) <= reference))
            .unwrap_or(0)
    }

    pub(super) fn absorb_final(&mut self, asset: usize) {
        let final_epoch = self.final_epoch(asset);
        let held = &mut self.assets[asset];
        let newest = held.newest();
        let oldest = newest.saturating_sub(KEPT - 1).max(1);
        let counting = final_epoch.max(oldest)..=newest;
        let counting = counting.filter_map(|epoch| held.kept(epoch)).filter(|kept| !kept.is_void);
        held.owed = counting.map(|kept| kept.ledger.root().sum).max().unwrap_or(0);
        if let Some(cursor) = held.kept(final_epoch).map(|posted| posted.cursor) {
            held.absorb(cursor);
        }
    }

    /// The least recent of the assets' newest postings that are kept and not void.
    pub(super) fn oldest_posting(&self) -> u64 {
        let listed = self.assets.iter().filter(|held| held.listed);
        let postings = listed.map(|held| {
            let standing = held.posted.iter().rev().take(KEPT as usize).find(|posted| !posted.is_void);
            standing.map_or(crate::world::DEPLOYED_AT, |posted| posted.posted_at)
        });
        postings.min().unwrap_or(self.now).min(self.now)
    }

    // ------------------------------------------------------------------ proofs

    /// The newest final commitment's ledger.
    pub(super) fn final_posted(&self, asset: usize) -> Result<&Posted, Refusal> {
        let held = &self.assets[asset];
        held.kept(self.final_epoch(asset))
            .ok_or_else(|| refuse(&Vault::Ledger_NoFinalCommitment { asset: held.address }))
    }

    /// Proves a leaf under the newest final commitment.
    pub(super) fn require_final_leaf(&self, asset: usize, leaf: &ProvenLeaf) -> Result<&Posted, Refusal> {
        let posted = self.final_posted(asset)?;
        self.require_leaf(asset, Some(&posted.ledger), leaf)?;
        Ok(posted)
    }

    /// Proves a leaf under one ledger; `None` stands for the root that nothing proves.
    pub(super) fn require_leaf(&self, asset: usize, ledger: Option<&Told>, leaf: &ProvenLeaf) -> Result<(), Refusal> {
        let above = self.above_leaf(asset, leaf)?;
        let proven = ledger.is_some_and(|told| {
            let depth = told.depth_told();
            above.hash == told.root().hash
                && leaf.proof.len() == depth as usize * NODE_BYTES
                && u64::from(leaf.index) >> depth == 0
        });
        if proven { Ok(()) } else { Err(invalid()) }
    }

    /// Where a leaf's proof leads, unless it cannot be read at all.
    pub(super) fn above_leaf(&self, asset: usize, told: &ProvenLeaf) -> Result<SumNode, Refusal> {
        let leaf = leaf_node(&self.world.domain(self.vault, asset), told.index, &told.leaf);
        root_above(leaf, told.index.into(), &told.proof).map_err(|_| malformed())
    }

    /// Where a word's siblings lead, unless they or it cannot be read at all.
    pub(super) fn above_word(&self, asset: usize, told: &ProvenWord) -> Result<SumNode, Refusal> {
        let word = word_node(&self.world.domain(self.vault, asset), told.word, &told.leaves);
        word.and_then(|node| root_above(node, told.word.into(), &told.siblings)).map_err(|_| malformed())
    }

    /// Proves a word under one ledger.
    pub(super) fn require_word(&self, asset: usize, ledger: Option<&Told>, word: &ProvenWord) -> Result<(), Refusal> {
        let above = self.above_word(asset, word)?;
        let levels = word.siblings.len() / NODE_BYTES;
        let proven = ledger.is_some_and(|told| {
            let depth = (told.depth_told() - WORD_DEPTH) as usize;
            above.hash == told.root().hash && levels == depth && u64::from(word.word) >> depth == 0
        });
        if proven { Ok(()) } else { Err(invalid()) }
    }
}

impl super::AssetState {
    /// Sum of the entries in `[from, to)`.
    pub(super) fn entries(&self, from: u64, to: u64) -> u128 {
        let within = self.queue.iter().take(to as usize).skip(from as usize);
        within.map(|entry| entry.amount).sum()
    }

    pub(super) fn absorb(&mut self, cursor: u64) {
        if cursor > self.absorbed {
            self.pending -= self.entries(self.absorbed, cursor);
            self.absorbed = cursor;
        }
    }
}

/// Leaves as they stand in a word, which has been checked for its length.
pub(super) fn leaves_of(word: &[u8]) -> impl Iterator<Item = Leaf> {
    word.as_chunks::<LEAF_BYTES>().0.iter().map(Leaf::from_bytes)
}

/// The word that is meant, unless it is not packed as it must be.
pub(super) fn unpacked(told: &ProvenPacked) -> Result<ProvenWord, Refusal> {
    let leaves = told.packed.unpack().map_err(|_| malformed())?;
    Ok(ProvenWord { word: told.word, leaves: leaves.into(), siblings: told.siblings.clone() })
}

pub(super) fn malformed() -> Refusal {
    refuse(&Vault::Ledger_ProofMalformed {})
}

pub(super) fn invalid() -> Refusal {
    refuse(&Vault::Ledger_ProofInvalid {})
}

/// Hash of the root of a commitment that does not exist.
pub(super) const NO_ROOT: B256 = B256::ZERO;
