//! Commitments, finality, absorption, and what proves a leaf: specification §3.

use alloy::primitives::{B256, U256, aliases::U40};
use lifeboat_bindings::{typed, vault::Vault};
use lifeboat_ledger::{LEAF_BYTES, Leaf, NODE_BYTES, SumNode, SumTree, WORD_LEAVES};

use super::{Model, Outcome, Posted, Refusal, refuse};
use crate::call::{CommitArgs, ProvenLeaf, ProvenWord, QuorumSigned};

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
        let queued = self.assets[args.asset].queue.len() as u64;
        self.assets[args.asset].posted.push(Posted {
            ledger: args.ledger.clone(),
            cursor: args.cursor,
            queued,
            posted_at: self.now,
            snapshot_at: args.snapshot_at,
            attested_at: None,
            data_hash: args.data_hash,
        });
        self.absorb_final(args.asset);
        let mut changed = self.clock;
        changed.roots_at = self.oldest_posting();
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
        if reserve < needed { Err(refuse(&Vault::Ledger_ReserveBelowFloor { reserve, needed })) } else { Ok(()) }
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

    /// When a commitment is or was final.
    #[must_use]
    pub fn final_at(&self, posted: &Posted) -> u64 {
        let timers = &self.clock.timers;
        let slow = posted.posted_at + timers.unattested_finality;
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

    fn absorb_final(&mut self, asset: usize) {
        let final_epoch = self.final_epoch(asset);
        let held = &mut self.assets[asset];
        let newest = held.newest();
        let oldest = newest.saturating_sub(KEPT - 1).max(1);
        let counting = final_epoch.max(oldest)..=newest;
        held.owed = counting.filter_map(|epoch| held.kept(epoch)).map(|kept| kept.ledger.root().sum).max().unwrap_or(0);
        if let Some(cursor) = held.kept(final_epoch).map(|posted| posted.cursor) {
            held.absorb(cursor);
        }
    }

    fn oldest_posting(&self) -> u64 {
        let listed = self.assets.iter().filter(|held| held.listed);
        let postings = listed.map(|held| held.posted.last().map_or(crate::world::DEPLOYED_AT, |last| last.posted_at));
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
    pub(super) fn require_leaf(
        &self,
        asset: usize,
        ledger: Option<&SumTree>,
        leaf: &ProvenLeaf,
    ) -> Result<(), Refusal> {
        require_leaf_well_formed(leaf)?;
        let proven = ledger
            .is_some_and(|ledger| *ledger.domain() == self.world.domain(self.vault, asset) && has_leaf(ledger, leaf));
        if proven { Ok(()) } else { Err(invalid()) }
    }

    /// Proves a word under one ledger.
    pub(super) fn require_word(
        &self,
        asset: usize,
        ledger: Option<&SumTree>,
        word: &ProvenWord,
    ) -> Result<(), Refusal> {
        require_word_well_formed(word)?;
        let proven = ledger
            .is_some_and(|ledger| *ledger.domain() == self.world.domain(self.vault, asset) && has_word(ledger, word));
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

/// Whether a leaf's proof can be read at all.
pub(super) fn require_leaf_well_formed(leaf: &ProvenLeaf) -> Result<(), Refusal> {
    require_well_formed(leaf.leaf.balance, &leaf.proof)
}

/// Whether a word and its proof can be read at all.
pub(super) fn require_word_well_formed(word: &ProvenWord) -> Result<(), Refusal> {
    if !word.leaves.len().is_multiple_of(LEAF_BYTES) || word.leaves.len() > WORD_LEAVES * LEAF_BYTES {
        return Err(malformed());
    }
    let sum = leaves_of(&word.leaves).try_fold(0_u128, |sum, leaf| sum.checked_add(leaf.balance));
    require_well_formed(sum.ok_or_else(malformed)?, &word.siblings)
}

/// A proof is whole nodes, and its sums fit 128 bits all the way up.
fn require_well_formed(sum: u128, proof: &[u8]) -> Result<(), Refusal> {
    let (nodes, rest) = proof.as_chunks::<NODE_BYTES>();
    if !rest.is_empty() {
        return Err(malformed());
    }
    let mut sums = nodes.iter().map(|node| u128::from_be_bytes(node[32..].try_into().unwrap_or_default()));
    sums.try_fold(sum, u128::checked_add).map(|_| ()).ok_or_else(malformed)
}

/// An honest tree has one proof a leaf, and nothing beyond its last place.
fn has_leaf(ledger: &SumTree, told: &ProvenLeaf) -> bool {
    let leaf = ledger.leaves().get(told.index as usize).copied().unwrap_or_default();
    leaf == told.leaf && ledger.proof(told.index).is_some_and(|proof| proof == told.proof)
}

fn has_word(ledger: &SumTree, told: &ProvenWord) -> bool {
    let word = ledger.word(told.word);
    let siblings = ledger.word_siblings(told.word);
    word.is_some_and(|word| trim(&told.leaves) == word) && siblings.is_some_and(|siblings| siblings == told.siblings)
}

/// A word without its trailing empty leaves.
pub(super) fn trim(leaves: &[u8]) -> &[u8] {
    let kept = leaves.iter().rposition(|byte| *byte != 0).map_or(0, |last| last / LEAF_BYTES + 1);
    &leaves[..kept * LEAF_BYTES]
}

pub(super) fn malformed() -> Refusal {
    refuse(&Vault::Ledger_ProofMalformed {})
}

pub(super) fn invalid() -> Refusal {
    refuse(&Vault::Ledger_ProofInvalid {})
}

/// Hash of the root of a commitment that does not exist.
pub(super) const NO_ROOT: B256 = B256::ZERO;
