//! Claim codes: money for people without an address. The service hands out a code; the key that it derives is the leaf's account.
//!
//! A code is 128 random bits and 22 bits of checksum: 30 characters of Crockford's base 32 in six groups of five. Letters may be typed
//! in either case; `O` reads as `0`, `I` and `L` as `1`; dashes and spaces do not count.
//!
//! `key = keccak256("Lifeboat claim key v1" . 16 bytes . counter)`, counter one byte from zero, the first result that is a key of the
//! curve (all but one in 2^128 are). One hash is enough: the input is uniform and as strong as the curve.

use std::fmt;

use alloy::{
    primitives::{B256, keccak256},
    signers::local::PrivateKeySigner,
};

use crate::{base32, failure::Failure};

const CHARACTERS: usize = 30;
const GROUP: usize = 5;
const CHECKSUM_BITS: u32 = 22;
const CHECKSUM_TAG: &[u8] = b"Lifeboat claim code v1";
const KEY_TAG: &[u8] = b"Lifeboat claim key v1";

/// A claim code. Whoever knows it can claim: its `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct ClaimCode([u8; 16]);

impl ClaimCode {
    /// A new code from the system's randomness.
    #[must_use]
    pub fn random() -> Self {
        // A fresh key is uniform over the curve's order; hashing makes its bits uniform.
        Self::from_hash(keccak256(PrivateKeySigner::random().to_bytes()))
    }

    /// The code made of the first half of a hash: for codes that must come out the same again, as in a drill.
    #[must_use]
    pub fn from_hash(hash: B256) -> Self {
        let mut entropy = [0; 16];
        entropy.copy_from_slice(&hash[..16]);
        Self(entropy)
    }

    /// Reads a code as people type it.
    ///
    /// # Errors
    /// `CLAIM_CODE_MALFORMED`, `CLAIM_CODE_CHECKSUM`; neither repeats the code.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        let mut digits = Vec::with_capacity(CHARACTERS);
        for (position, character) in text.trim().chars().enumerate().filter(|(_, c)| !matches!(c, '-' | ' ')) {
            digits.push(
                base32::digit(character)
                    .ok_or_else(|| malformed(&format!("character {} is not of its alphabet", position + 1)))?,
            );
        }
        if digits.len() != CHARACTERS {
            return Err(malformed(&format!("it has {} characters instead of {CHARACTERS}", digits.len())));
        }
        let bits: Vec<bool> =
            digits.iter().flat_map(|digit| (0..5).rev().map(move |bit| digit >> bit & 1 == 1)).collect();
        let number = |bits: &[bool]| bits.iter().fold(0u128, |number, bit| number << 1 | u128::from(*bit));
        let code = Self(number(&bits[..128]).to_be_bytes());
        if number(&bits[128..]) == u128::from(code.checksum()) {
            return Ok(code);
        }
        Err(Failure::new(
            "CLAIM_CODE_CHECKSUM",
            "the claim code has a typing error: its checksum is wrong",
            "compare it with the original, group by group",
        ))
    }

    /// The key that signs the claims of this code; its address is the leaf's account.
    #[must_use]
    pub fn key(&self) -> PrivateKeySigner {
        let candidate = |counter: u8| keccak256([KEY_TAG, &self.0, &[counter]].concat());
        (0..=u8::MAX)
            .find_map(|counter| PrivateKeySigner::from_bytes(&candidate(counter)).ok())
            .expect("256 hashes in a row above the curve's order do not happen")
    }

    fn checksum(&self) -> u32 {
        let hash = keccak256([CHECKSUM_TAG, &self.0].concat());
        u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]) >> (32 - CHECKSUM_BITS)
    }
}

fn malformed(what: &str) -> Failure {
    Failure::new(
        "CLAIM_CODE_MALFORMED",
        format!("this is no claim code: {what}"),
        "type all six groups of five characters",
    )
}

/// The code itself, to be shown once to whoever it is for.
impl fmt::Display for ClaimCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entropy = u128::from_be_bytes(self.0);
        // 150 bits: the upper 128 from the entropy, the lower 22 the checksum.
        let bit = |position: u32| {
            if position < 128 {
                entropy >> (127 - position) & 1
            } else {
                u128::from(self.checksum() >> (149 - position) & 1)
            }
        };
        for character in 0..CHARACTERS as u32 {
            if character > 0 && (character as usize).is_multiple_of(GROUP) {
                f.write_str("-")?;
            }
            let value = (0..5).fold(0, |value, offset| value << 1 | bit(character * 5 + offset));
            write!(f, "{}", base32::character(value as u8))?;
        }
        Ok(())
    }
}

impl fmt::Debug for ClaimCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClaimCode(..)")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn new_codes_differ_and_read_back() {
        let (one, two) = (ClaimCode::random(), ClaimCode::random());
        assert_ne!(one, two);
        assert_eq!(ClaimCode::parse(&one.to_string()).unwrap(), one);
    }

    /// Frozen: codes that were handed out must lead to the same account for ever.
    #[test]
    fn a_code_leads_to_its_account_for_ever() {
        let code = ClaimCode([7; 16]);
        assert_eq!(code.to_string(), "0W3GE-1R70W-3GE1R-70W3G-E1R70-XC8X8");
        assert_eq!(code.key().address().to_string(), "0xb69751e441EBe9be59D6622fea22c40E9f7DBA2C");
    }

    #[test]
    fn bad_codes_are_refused_without_being_repeated() {
        let good = ClaimCode([7; 16]).to_string();
        for (text, id) in [
            (String::new(), "CLAIM_CODE_MALFORMED"),
            (good[..good.len() - 1].to_owned(), "CLAIM_CODE_MALFORMED"),
            (format!("{good}0"), "CLAIM_CODE_MALFORMED"),
            (good.replace('W', "U"), "CLAIM_CODE_MALFORMED"),
            (good.replace('W', "密"), "CLAIM_CODE_MALFORMED"),
            (good.replacen('W', "X", 1), "CLAIM_CODE_CHECKSUM"),
        ] {
            let failure = ClaimCode::parse(&text).unwrap_err();
            assert_eq!(failure.id, id, "{text}");
            assert!(!failure.to_string().contains("3GE"), "{failure}");
        }
        assert_eq!(format!("{:?}", ClaimCode([7; 16])), "ClaimCode(..)");
    }

    #[test]
    fn any_one_wrong_character_is_noticed() {
        let good: Vec<char> = ClaimCode([7; 16]).to_string().chars().filter(|c| *c != '-').collect();
        for position in 0..CHARACTERS {
            for wrong in (0..32).map(base32::character).filter(|wrong| *wrong != good[position]) {
                let mut text = good.clone();
                text[position] = wrong;
                assert!(ClaimCode::parse(&text.iter().collect::<String>()).is_err(), "{wrong} at {position}");
            }
        }
    }

    proptest! {
        #[test]
        fn codes_read_back_as_people_type_them(entropy: [u8; 16]) {
            let code = ClaimCode(entropy);
            let typed = code.to_string().to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
            prop_assert_eq!(ClaimCode::parse(&typed).unwrap(), code);
        }

        #[test]
        fn no_text_panics(text in ".*") {
            let _ = ClaimCode::parse(&text);
        }
    }
}
