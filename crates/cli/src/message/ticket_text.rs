//! A ticket as one line of text, for QR codes and chats: `LIFEBOAT:` and the base 32 of
//!
//! ```text
//! 1                      one byte: this format
//! chain id               8 bytes      (numbers are big-endian)
//! vault                 20
//! asset                 20            zero: ETH
//! round                  4
//! index                  4
//! leaf                  52            account 20, balance 16, paid 16
//! to                    20
//! fee                   16
//! deadline               8            Unix seconds
//! signature             65            r, s, v
//! proof                 48 a level    hash 32, sum 16
//! checksum               4            first bytes of the keccak256 of everything before
//! ```
//!
//! It holds the proof, so that whoever scans it needs nothing but a node. A proof of 18 levels makes 1,747 characters.

use alloy::primitives::{Address, keccak256};
use lifeboat_bindings::signers::Signer;

use super::{Claim, LeafFields, Message, MessageFile, Signed, recover};
use crate::{base32, failure::Failure};

const SCHEME: &str = "LIFEBOAT:";
const FORMAT: u8 = 1;
const SIGNATURE: usize = 65;
const CHECKSUM: usize = 4;

/// Whether a text begins as a ticket's does.
#[must_use]
pub fn is_ticket_text(text: &str) -> bool {
    text.get(..SCHEME.len()).is_some_and(|start| start.eq_ignore_ascii_case(SCHEME))
}

/// Writes a signed claim as text.
///
/// # Errors
/// `Signature_Invalid` without the account's signature, `TICKET_KIND` for another message.
pub fn write(file: &MessageFile) -> Result<String, Failure> {
    let claim = file.claim()?;
    let signature = file.account_signature(claim.leaf.account)?;
    let mut bytes = vec![FORMAT];
    bytes.extend(file.chain_id.to_be_bytes());
    bytes.extend(file.vault);
    bytes.extend(claim.asset);
    bytes.extend(claim.round.to_be_bytes());
    bytes.extend(claim.index.to_be_bytes());
    bytes.extend(claim.leaf.account);
    bytes.extend(claim.leaf.balance.to_be_bytes());
    bytes.extend(claim.leaf.paid.to_be_bytes());
    bytes.extend(claim.to);
    bytes.extend(claim.fee.to_be_bytes());
    bytes.extend(claim.deadline.to_be_bytes());
    bytes.extend(signature);
    bytes.extend(&claim.proof);
    bytes.extend(&keccak256(&bytes)[..CHECKSUM]);
    Ok(format!("{SCHEME}{}", base32::encode(&bytes)))
}

/// Reads a ticket's text, in either case.
///
/// # Errors
/// `TICKET_TEXT` if it is damaged or of another format, `MESSAGE_SIGNATURE` if its signature is none.
pub(super) fn read(text: &str) -> Result<MessageFile, Failure> {
    let text = text.trim();
    let bytes = text.get(SCHEME.len()..).filter(|_| is_ticket_text(text)).and_then(base32::decode);
    let bytes = bytes.ok_or_else(|| damaged("it has characters that no ticket has"))?;
    let (content, checksum) = bytes.split_last_chunk::<CHECKSUM>().ok_or_else(|| damaged("it is too short"))?;
    if keccak256(content)[..CHECKSUM] != checksum[..] {
        return Err(damaged("its checksum is wrong"));
    }
    if content.first() != Some(&FORMAT) {
        return Err(Failure::new(
            "TICKET_TEXT",
            "the ticket is of a later format",
            "use a newer version of this program",
        ));
    }
    let (chain_id, vault, claim, signature) = fields(&content[1..]).ok_or_else(|| damaged("it is too short"))?;
    let mut file = MessageFile::new(chain_id, vault, Message::Claim(claim));
    let signer = recover(file.digest(), &signature).ok_or_else(|| {
        Failure::new("MESSAGE_SIGNATURE", "the ticket's signature is none", "ask for the ticket again")
    })?;
    file.add(Signed { signer: Signer::Ecdsa(signer), signature: signature.into() });
    Ok(file)
}

fn fields(mut rest: &[u8]) -> Option<(u64, Address, Claim, [u8; SIGNATURE])> {
    let rest = &mut rest;
    let (chain_id, vault) = (u64::from_be_bytes(take(rest)?), take(rest)?.into());
    let (asset, round, index) = (take(rest)?.into(), u32::from_be_bytes(take(rest)?), u32::from_be_bytes(take(rest)?));
    let leaf = LeafFields {
        account: take(rest)?.into(),
        balance: u128::from_be_bytes(take(rest)?),
        paid: u128::from_be_bytes(take(rest)?),
    };
    let (to, fee, deadline) = (take(rest)?.into(), u128::from_be_bytes(take(rest)?), u64::from_be_bytes(take(rest)?));
    let signature = take(rest)?;
    let proof = rest.to_vec().into();
    Some((chain_id, vault, Claim { asset, round, index, leaf, proof, to, fee, deadline }, signature))
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, left) = rest.split_first_chunk::<N>()?;
    *rest = left;
    Some(*taken)
}

fn damaged(how: &str) -> Failure {
    Failure::new(
        "TICKET_TEXT",
        format!("this is not the whole text of a ticket: {how}"),
        "scan the code again, or copy the text whole, from LIFEBOAT: to its last character",
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use alloy::{primitives::B256, signers::local::PrivateKeySigner};
    use proptest::prelude::*;

    use super::*;
    use crate::qr;

    fn ticket(levels: usize) -> MessageFile {
        let key = PrivateKeySigner::from_bytes(&B256::repeat_byte(1)).unwrap();
        let claim = Claim {
            asset: Address::repeat_byte(3),
            round: 2,
            index: 77,
            leaf: LeafFields { account: key.address(), balance: u128::MAX, paid: 5 },
            proof: (0..levels * 48).map(|i| i as u8).collect(),
            to: Address::repeat_byte(4),
            fee: 9,
            deadline: 2_000_000_000,
        };
        let mut file = MessageFile::new(31_337, Address::repeat_byte(9), Message::Claim(claim));
        file.sign(&key).unwrap();
        file
    }

    /// Reads a drawing with a decoder that shares no code with the encoder.
    fn scan(blocks: &str) -> String {
        const PIXELS: usize = 3;
        let rows: Vec<Vec<char>> = blocks.lines().map(|line| line.chars().collect()).collect();
        let side = rows[0].len();
        let light = |x: usize, y: usize| match rows[y / 2][x] {
            '█' => true,
            '▀' => y.is_multiple_of(2),
            '▄' => !y.is_multiple_of(2),
            _ => false,
        };
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(side * PIXELS, side * PIXELS, |x, y| {
            if light(x / PIXELS, y / PIXELS) { 255 } else { 0 }
        });
        let (_, text) = image.detect_grids()[0].decode().unwrap();
        text
    }

    #[test]
    fn a_ticket_of_any_depth_survives_its_qr_code() {
        for (levels, characters) in [(8, 979), (18, 1_747), (32, 2_822)] {
            let file = ticket(levels);
            let text = write(&file).unwrap();
            assert_eq!(text.len(), characters);
            let scanned = scan(&qr::blocks(&text).unwrap());
            assert_eq!(scanned, text);
            assert_eq!(read(&scanned).unwrap(), file);
            assert_eq!(read(&format!(" {}\n", scanned.to_lowercase())).unwrap(), file);
        }
    }

    #[test]
    fn damage_is_noticed() {
        let text = write(&ticket(8)).unwrap();
        let swapped: String = text
            .chars()
            .enumerate()
            .map(|(i, c)| {
                if i == 40 && c == '0' {
                    '1'
                } else if i == 40 {
                    '0'
                } else {
                    c
                }
            })
            .collect();
        for wrong in
            ["", "LIFEBOAT:", "LIFEBOAT:密", &text[1..], &text[..text.len() - 8], &swapped, &format!("{text}0")]
        {
            assert_eq!(read(wrong).unwrap_err().id, "TICKET_TEXT", "{wrong}");
        }
        let later = base32::encode(&[&[2u8][..], &keccak256([2u8])[..CHECKSUM]].concat());
        assert!(read(&format!("{SCHEME}{later}")).unwrap_err().what.contains("later format"));
    }

    #[test]
    fn only_a_signed_claim_is_a_ticket() {
        let mut file = ticket(8);
        file.signatures.clear();
        assert_eq!(write(&file).unwrap_err().id, "Signature_Invalid");
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".*", bytes: Vec<u8>) {
            let sealed = [&bytes[..], &keccak256(&bytes)[..CHECKSUM]].concat();
            let _ = (read(&text), read(&format!("{SCHEME}{text}")), read(&format!("{SCHEME}{}", base32::encode(&sealed))));
        }
    }
}
