//! A word with less calldata: most accounts were never paid out on chain, and their counters are left out.

use super::{LEAF_BYTES, TreeError, WORD_LEAVES, be_u128, word_leaves};

/// Bytes of a packed leaf: account 20, balance 16, big-endian.
pub const PACKED_LEAF_BYTES: usize = 36;
/// Bytes of a counter: its leaf's place in the word 1, paid 16, big-endian.
pub const COUNTER_BYTES: usize = 17;

/// The leaves of one word as `countPacked` and `answerChallenge` take them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PackedWord {
    /// 36 bytes a leaf.
    pub leaves: Vec<u8>,
    /// 17 bytes for each leaf whose counter is not zero, by ascending places.
    pub paid: Vec<u8>,
}

impl PackedWord {
    /// Packs the raw leaves of a word, 52 bytes each.
    ///
    /// # Errors
    /// [`TreeError::ProofMalformed`] if the length is no multiple of 52 or above 256 leaves.
    pub fn pack(word: &[u8]) -> Result<Self, TreeError> {
        let mut packed = Self::default();
        for (place, leaf) in (0..=u8::MAX).zip(word_leaves(word)?) {
            packed.leaves.extend_from_slice(&leaf.to_bytes()[..PACKED_LEAF_BYTES]);
            if leaf.paid != 0 {
                packed.paid.push(place);
                packed.paid.extend(leaf.paid.to_be_bytes());
            }
        }
        Ok(packed)
    }

    /// The raw leaves again, 52 bytes each.
    ///
    /// # Errors
    /// [`TreeError::ProofMalformed`] if it is not the one packed form of any leaves, as the contract refuses it.
    pub fn unpack(&self) -> Result<Vec<u8>, TreeError> {
        let (leaves, torn) = self.leaves.as_chunks::<PACKED_LEAF_BYTES>();
        let (counters, rest) = self.paid.as_chunks::<COUNTER_BYTES>();
        if !torn.is_empty() || !rest.is_empty() || leaves.len() > WORD_LEAVES {
            return Err(TreeError::ProofMalformed);
        }
        if !counters.is_sorted_by(|before, after| before[0] < after[0]) {
            return Err(TreeError::ProofMalformed);
        }
        let mut plain: Vec<[u8; LEAF_BYTES]> = leaves
            .iter()
            .map(|leaf| {
                let mut bytes = [0; LEAF_BYTES];
                bytes[..PACKED_LEAF_BYTES].copy_from_slice(leaf);
                bytes
            })
            .collect();
        for [place, counter @ ..] in counters {
            let leaf = plain.get_mut(usize::from(*place)).ok_or(TreeError::ProofMalformed)?;
            if be_u128(counter) == 0 {
                return Err(TreeError::ProofMalformed);
            }
            leaf[PACKED_LEAF_BYTES..].copy_from_slice(counter);
        }
        Ok(plain.concat())
    }
}

#[cfg(test)]
mod tests {
    use alloy::primitives::Address;
    use proptest::prelude::*;

    use super::*;
    use crate::Leaf;

    fn leaf(account: u8, balance: u128, paid: u128) -> Leaf {
        Leaf { account: Address::repeat_byte(account), balance, paid }
    }

    fn word(leaves: &[Leaf]) -> Vec<u8> {
        leaves.iter().flat_map(Leaf::to_bytes).collect()
    }

    fn counter(place: u8, paid: u128) -> Vec<u8> {
        [&[place][..], &paid.to_be_bytes()].concat()
    }

    fn unpacks(leaves: usize, paid: &[Vec<u8>]) -> bool {
        PackedWord { leaves: vec![7; leaves], paid: paid.concat() }.unpack().is_ok()
    }

    #[test]
    fn only_counters_that_are_not_zero_are_written() {
        let packed = PackedWord::pack(&word(&[leaf(1, 5, 0), leaf(2, 6, 9), leaf(3, 0, 0)])).expect("whole leaves");
        let of = |account, balance: u128| [&[account; 20][..], &balance.to_be_bytes()].concat();
        assert_eq!(packed.leaves, [of(1, 5), of(2, 6), of(3, 0)].concat());
        assert_eq!(packed.paid, counter(1, 9));
    }

    #[test]
    fn a_full_word_has_a_place_for_every_leaf() {
        let full = word(&[leaf(1, 5, u128::MAX); WORD_LEAVES]);
        let packed = PackedWord::pack(&full).expect("whole leaves");
        assert_eq!(packed.paid.len(), WORD_LEAVES * COUNTER_BYTES);
        assert_eq!(packed.unpack(), Ok(full.clone()));
        assert_eq!(PackedWord::pack(&[full, vec![0; LEAF_BYTES]].concat()), Err(TreeError::ProofMalformed));
        assert_eq!(PackedWord::pack(&[0; LEAF_BYTES - 1]), Err(TreeError::ProofMalformed));
    }

    #[test]
    fn every_other_form_is_refused() {
        assert!(unpacks(0, &[]));
        assert!(unpacks(256 * 36, &[counter(0, 1), counter(255, u128::MAX)]));
        assert!(!unpacks(257 * 36, &[]), "a leaf too many");
        assert!(!unpacks(35, &[]), "a torn leaf");
        assert!(!unpacks(36, &[vec![0]]), "a torn counter");
        assert!(!unpacks(3 * 36, &[counter(2, 1), counter(1, 1)]), "descending");
        assert!(!unpacks(3 * 36, &[counter(1, 1), counter(1, 1)]), "a place twice");
        assert!(unpacks(3 * 36, &[counter(2, 1)]), "the last leaf");
        assert!(!unpacks(3 * 36, &[counter(3, 1)]), "the one behind it");
        assert!(!unpacks(3 * 36, &[counter(2, 0)]), "a counter of zero");
    }

    proptest! {
        #[test]
        fn unpacking_gives_back_what_was_packed(
            leaves in proptest::collection::vec((any::<u8>(), any::<u128>(), prop_oneof![3 => Just(0), 1 => any::<u128>()]), 0..=256)
        ) {
            let leaves: Vec<Leaf> = leaves.into_iter().map(|(account, balance, paid)| leaf(account, balance, paid)).collect();
            let plain = word(&leaves);
            let packed = PackedWord::pack(&plain).expect("whole leaves");
            prop_assert_eq!(packed.leaves.len(), leaves.len() * PACKED_LEAF_BYTES);
            prop_assert_eq!(packed.unpack(), Ok(plain));
        }

        /// One form for every word: whatever can be unpacked is what packing makes of it.
        #[test]
        fn packing_gives_back_what_was_unpacked(
            count in 0..10_u8,
            counters in proptest::collection::vec((0..12_u8, 0..3_u128), 0..4),
        ) {
            let paid: Vec<Vec<u8>> = counters.into_iter().map(|(place, paid)| counter(place, paid)).collect();
            let packed = PackedWord { leaves: vec![7; usize::from(count) * PACKED_LEAF_BYTES], paid: paid.concat() };
            if let Ok(plain) = packed.unpack() {
                prop_assert_eq!(PackedWord::pack(&plain), Ok(packed));
            }
        }
    }
}
