//! Ledgers, their leaves, words and rounds, true and forged; challenges of their words.

use super::*;

impl Resolver<'_> {
    pub(super) fn challenge(&self, by: Who, asset: usize, back: u8, word: u8, value: Value) -> Call {
        let held = self.asset(asset);
        let epoch = held.newest().saturating_sub(u32::from(back));
        let words =
            held.kept(epoch).map_or(1, |posted| 1 << (posted.ledger.depth_told() - lifeboat_ledger::WORD_DEPTH));
        let op = Op::ChallengeWord { asset, epoch, word: u32::from(word) % (words + 1) };
        self.paid(by, deposit(self.model.terms().challengeBond.to(), value), op)
    }

    /// Epoch and word of a challenge; where there is none, the newest ledger's first word.
    pub(super) fn challenged(&self, asset: usize, told: ChallengeRef) -> (u32, u32) {
        let held = self.asset(asset);
        let found = held.challenges.iter().filter(|(_, challenge)| challenge.closed == told.closed);
        let found: Vec<(u32, u32)> = found.map(|(place, _)| *place).collect();
        found.get(usize::from(told.pick) % found.len().max(1)).copied().unwrap_or((held.newest(), 0))
    }

    /// The leaves of a word with its siblings, true or forged; of a ledger that is kept no more too.
    pub(super) fn answer(&self, asset: usize, epoch: u32, word: u32, forgery: Forgery) -> ProvenWord {
        let posted = (epoch as usize).checked_sub(1).and_then(|position| self.asset(asset).posted.get(position));
        let Some(ledger) = posted.map(|posted| &posted.ledger) else {
            return ProvenWord { word, leaves: Bytes::new(), siblings: Bytes::new() };
        };
        ProvenWord { word, ..self.forged_word(ledger, word, forgery) }
    }

    /// The ledger that a commitment is made over: weights by seed, scaled to the total, the rest on the last leaf.
    pub(super) fn ledger(&self, asset: usize, spec: &LedgerSpec, cursor: u64) -> SharedLedger {
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

    pub(super) fn source(&self, asset: usize, source: Source) -> SharedLedger {
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

    pub(super) fn leaf(&self, asset: usize, told: LeafRef) -> ProvenLeaf {
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

    pub(super) fn word(&self, asset: usize, told: WordRef) -> ProvenWord {
        let ledger = self.source(asset, told.source);
        let words = 1_u32 << (ledger.depth() - lifeboat_ledger::WORD_DEPTH);
        let word = u32::from(told.pick) % (ledger.word_count() + 1).min(words);
        self.forged_word(&ledger, word, told.forgery)
    }

    pub(super) fn forged_word(&self, ledger: &Told, word: u32, forgery: Forgery) -> ProvenWord {
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

    pub(super) fn anchor(&self, asset: usize, round: RoundArg, told: NodesRef) -> Op {
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
    pub(super) fn shortened(&self, asset: usize, round: RoundArg, leaf: ProvenLeaf) -> ProvenLeaf {
        let anchors = &self.asset(asset).anchors;
        let lowest = (0..leaf.proof.len() / NODE_BYTES)
            .find(|level| anchors.contains_key(&(round.id, *level as u32, leaf.index >> level)));
        match lowest {
            Some(level) if leaf.index % 2 == 1 => ProvenLeaf { proof: leaf.proof.slice(..level * NODE_BYTES), ..leaf },
            _ => leaf,
        }
    }

    pub(super) fn round(&self, asset: usize, told: RoundRef) -> RoundArg {
        let rounds = &self.asset(asset).rounds;
        let newest = rounds.len();
        let known = told.back.and_then(|back| newest.checked_sub(1 + usize::from(back)));
        let Some(position) = known else { return RoundArg { id: newest as u32, numerator: 1, denominator: 1 } };
        let opened = rounds[position];
        let numerator = opened.numerator.saturating_add_signed(i128::from(told.numerator));
        RoundArg { id: position as u32, numerator, denominator: opened.denominator }
    }
}

/// Packs a word, as it must be or not. What is wrong with its length stays wrong.
pub(super) fn packed(plain: &ProvenWord, packing: Packing) -> ProvenPacked {
    let (leaves, torn) = plain.leaves.as_chunks::<LEAF_BYTES>();
    let (first, beyond) = leaves.split_at(leaves.len().min(WORD_LEAVES));
    let mut packed = PackedWord::pack(first.as_flattened()).expect("whole leaves, at most 256");
    beyond.iter().for_each(|leaf| packed.leaves.extend(&leaf[..PACKED_LEAF_BYTES]));
    packed.leaves.extend(torn);
    let count = packed.leaves.len() / PACKED_LEAF_BYTES;
    let counter = |place: usize, paid: u128| [&[place as u8][..], &paid.to_be_bytes()].concat();
    match packing {
        Packing::Right => {}
        Packing::Torn => packed.paid.push(0),
        Packing::Zero => packed.paid.extend(counter(count.saturating_sub(1), 0)),
        Packing::Beyond => packed.paid.extend(counter(count, 1)),
        Packing::Twice if packed.paid.is_empty() => packed.paid = counter(0, 1).repeat(2),
        Packing::Twice => packed.paid.extend_from_within(packed.paid.len() - COUNTER_BYTES..),
        Packing::Unordered if packed.paid.is_empty() => packed.paid = [counter(1, 1), counter(0, 1)].concat(),
        Packing::Unordered => packed.paid.extend(counter(0, 1)),
    }
    ProvenPacked { word: plain.word, packed, siblings: plain.siblings.clone() }
}

/// Damages a proof; an empty one becomes a wrong level.
pub(super) fn forge(proof: &mut Vec<u8>, forgery: Forgery) {
    match forgery {
        Forgery::Length => proof.push(0),
        Forgery::Overflow => proof.extend([0xff; NODE_BYTES].iter().chain(&[0xff; NODE_BYTES])),
        _ if proof.len() < NODE_BYTES => proof.extend([0; NODE_BYTES]),
        Forgery::Depth => proof.truncate(proof.len() - NODE_BYTES),
        _ => proof[0] ^= 1,
    }
}

/// Tells a tree with a lie in it, where it can be.
pub(super) fn lied(told: Told, lie: Lie) -> Told {
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
