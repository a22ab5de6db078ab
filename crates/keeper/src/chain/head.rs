//! The newest block, and the heads seen before it.

use std::collections::VecDeque;

use alloy::{primitives::B256, rpc::types::Block};

/// What decisions need to know of the block they are made on. Its time is the only time that decides anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Height.
    pub number: u64,
    /// Hash: reads are pinned to it.
    pub hash: B256,
    /// Its parent's hash.
    pub parent: B256,
    /// Unix seconds.
    pub time: u64,
    /// Base fee of the block after it, wei a gas (EIP-1559).
    pub next_base_fee: u128,
    /// Most gas that a block holds.
    pub gas_limit: u64,
}

impl From<&Block> for Head {
    fn from(block: &Block) -> Self {
        let header = &block.header;
        let next_base_fee =
            header.inner.next_block_base_fee(alloy::eips::eip1559::BaseFeeParams::ethereum()).unwrap_or_default();
        Self {
            number: header.inner.number,
            hash: header.hash,
            parent: header.inner.parent_hash,
            time: header.inner.timestamp,
            next_base_fee: u128::from(next_base_fee),
            gas_limit: header.inner.gas_limit,
        }
    }
}

/// Heads kept to find the way back after a reorganisation.
const KEPT: usize = 256;

/// The heads seen, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Ring(VecDeque<(u64, B256)>);

impl Ring {
    pub(crate) fn newest(&self) -> Option<(u64, B256)> {
        self.0.back().copied()
    }

    pub(crate) fn push(&mut self, number: u64, hash: B256) {
        if self.0.len() == KEPT {
            self.0.pop_front();
        }
        self.0.push_back((number, hash));
    }

    pub(crate) fn hash_at(&self, number: u64) -> Option<B256> {
        self.0.iter().find(|(height, _)| *height == number).map(|(_, hash)| *hash)
    }

    pub(crate) fn heights(&self) -> impl DoubleEndedIterator<Item = u64> + '_ {
        self.0.iter().map(|(number, _)| *number)
    }

    /// Forgets every head above `number`.
    pub(crate) fn cut_above(&mut self, number: Option<u64>) {
        self.0.retain(|(height, _)| number.is_some_and(|number| *height <= number));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ring_keeps_the_newest_and_can_be_cut() {
        let mut ring = Ring::default();
        for number in 0..300 {
            ring.push(number, B256::with_last_byte(number as u8));
        }
        assert_eq!(ring.heights().next(), Some(300 - KEPT as u64));
        assert_eq!(ring.hash_at(10), None);
        ring.cut_above(Some(290));
        assert_eq!(ring.newest(), Some((290, B256::with_last_byte(34))));
        ring.cut_above(None);
        assert_eq!(ring.newest(), None);
    }
}
