//! Signers' ids and the signatures of a quorum, as `SignerKinds.sol` and `Signatures.sol` read them.

use std::{fmt, str::FromStr};

use alloy::primitives::{Address, B256, Bytes, hex, keccak256};

use crate::vault::Quorum;

/// Bytes of an ECDSA signature, and of every signature's head.
pub const HEAD_BYTES: usize = 65;
/// First byte of a contract's id.
const ERC1271: u8 = 1;
/// First byte of the id of a key that a verifier checks.
const ERC7913: u8 = 2;
const ADDRESS_BYTES: usize = 20;

/// Who signs. The kind is fixed when a signer is named.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Signer {
    /// A key, by its address: checked by ecrecover, whatever code the account has.
    Ecdsa(Address),
    /// A contract that checks signatures (ERC-1271).
    Contract(Address),
    /// A key that a contract checks (ERC-7913: P-256, WebAuthn).
    Key {
        /// The contract.
        verifier: Address,
        /// As the verifier reads it.
        key: Bytes,
    },
}

/// What is no signer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a signer is 0x..., erc1271:0x... or erc7913:0x... (the verifier's address, then the key)")]
pub struct NotASigner;

/// The id of an ECDSA key.
#[must_use]
pub fn ecdsa_id(address: Address) -> B256 {
    address.into_word()
}

/// The ids of ECDSA keys.
#[must_use]
pub fn ecdsa_ids(addresses: &[Address]) -> Vec<B256> {
    addresses.iter().copied().map(ecdsa_id).collect()
}

/// An id in words: the address where there is one. The key behind an ERC-7913 id is not in it.
#[must_use]
pub fn describe(id: &B256) -> String {
    match id[0] {
        0 => Address::from_word(*id).to_string(),
        ERC1271 => format!("erc1271:{}", Address::from_word(*id)),
        _ => format!("erc7913 id {id}"),
    }
}

impl Signer {
    /// The signer's id.
    #[must_use]
    pub fn id(&self) -> B256 {
        let (kind, mut id) = match self {
            Self::Ecdsa(address) => (0, address.into_word()),
            Self::Contract(address) => (ERC1271, address.into_word()),
            Self::Key { verifier, key } => (ERC7913, keccak256([verifier.as_slice(), key].concat())),
        };
        id[0] = kind;
        id
    }
}

impl fmt::Display for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ecdsa(address) => address.fmt(f),
            Self::Contract(address) => write!(f, "erc1271:{address}"),
            Self::Key { verifier, key } => {
                write!(f, "erc7913:{}{}", hex::encode_prefixed(verifier), hex::encode(key))
            }
        }
    }
}

impl FromStr for Signer {
    type Err = NotASigner;

    fn from_str(text: &str) -> Result<Self, NotASigner> {
        let address = |text: &str| text.starts_with("0x").then(|| text.parse().ok()).flatten().ok_or(NotASigner);
        if let Some(text) = text.strip_prefix("erc1271:") {
            return address(text).map(Self::Contract);
        }
        let Some(text) = text.strip_prefix("erc7913:") else { return address(text).map(Self::Ecdsa) };
        let bytes = text.starts_with("0x").then(|| hex::decode(text).ok()).flatten().ok_or(NotASigner)?;
        let (verifier, key) = bytes.split_at_checked(ADDRESS_BYTES).ok_or(NotASigner)?;
        // A piece's length has two bytes.
        if key.is_empty() || bytes.len() > usize::from(u16::MAX) {
            return Err(NotASigner);
        }
        Ok(Self::Key { verifier: Address::from_slice(verifier), key: key.to_vec().into() })
    }
}

/// A quorum's signatures as the vault reads them: a head each, ascending by id, then what the heads of other kinds than ECDSA point to.
/// An ECDSA signature that is not 65 bytes long, or any above 65,535 bytes, makes signatures that no vault accepts.
#[must_use]
pub fn encode(signatures: &[(Signer, Bytes)]) -> Bytes {
    let mut sorted = signatures.to_vec();
    sorted.sort_by_key(|(signer, _)| signer.id());
    encode_in_order(&sorted)
}

/// [`encode`] without sorting: no vault accepts signatures in another order.
#[must_use]
pub fn encode_in_order(signatures: &[(Signer, Bytes)]) -> Bytes {
    let mut heads = Vec::with_capacity(signatures.len() * HEAD_BYTES);
    let mut tail = Vec::new();
    for (signer, signature) in signatures {
        let place = signatures.len() * HEAD_BYTES + tail.len();
        let key = match signer {
            Signer::Ecdsa(_) => {
                heads.extend_from_slice(signature);
                continue;
            }
            Signer::Contract(_) => None,
            Signer::Key { verifier, key } => Some([verifier.as_slice(), key].concat()),
        };
        heads.extend(signer.id());
        heads.extend(B256::left_padding_from(&place.to_be_bytes()));
        heads.push(0);
        for piece in key.as_deref().into_iter().chain([signature.as_ref()]) {
            tail.extend(u16::try_from(piece.len()).unwrap_or(u16::MAX).to_be_bytes());
            tail.extend(piece);
        }
    }
    [heads, tail].concat().into()
}

/// A quorum of these members with these signatures.
#[must_use]
pub fn quorum(members: Vec<B256>, signatures: &[(Signer, Bytes)]) -> Quorum {
    Quorum { members, signatures: encode(signatures) }
}

/// The operator alone: no members, one signature.
#[must_use]
pub fn operator_alone(signature: Bytes) -> Quorum {
    Quorum { members: Vec::new(), signatures: signature }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const VERIFIER: Address = Address::repeat_byte(0x11);

    fn all() -> [Signer; 3] {
        let key = Bytes::from(vec![7; 64]);
        [Signer::Ecdsa(VERIFIER), Signer::Contract(VERIFIER), Signer::Key { verifier: VERIFIER, key }]
    }

    #[test]
    fn text_and_signer_are_the_same() {
        for signer in all() {
            assert_eq!(signer.to_string().parse(), Ok(signer));
        }
        for wrong in
            ["", "1111111111111111111111111111111111111111", "erc1271:", "erc7913:0x", "erc7913:0x11", "safe:0x"]
        {
            assert_eq!(wrong.parse::<Signer>(), Err(NotASigner), "{wrong}");
        }
        let no_key = format!("erc7913:{VERIFIER}");
        assert_eq!(no_key.parse::<Signer>(), Err(NotASigner));
    }

    #[test]
    fn ids_tell_the_kinds_apart() {
        let [ecdsa, contract, key] = all().map(|signer| signer.id());
        assert_eq!(ecdsa, ecdsa_id(VERIFIER));
        assert_eq!((contract[0], &contract[1..]), (1, &ecdsa[1..]));
        assert_eq!((key[0], &key[1..]), (2, &keccak256([&[0x11; 20][..], &[7; 64]].concat())[1..]));
        assert_eq!(describe(&ecdsa), VERIFIER.to_string());
        assert_eq!(describe(&contract), format!("erc1271:{VERIFIER}"));
        assert!(describe(&key).contains(&key.to_string()));
    }

    #[test]
    fn heads_ascend_and_point_to_their_pieces() {
        let [ecdsa, contract, key] = all();
        let signed = [(key, vec![3; 5].into()), (contract, vec![2; 4].into()), (ecdsa, vec![1; 65].into())];
        let bytes = encode(&signed);
        assert_eq!(bytes[..65], [1; 65]);
        let place = |head: usize| usize::from(u16::from_be_bytes([bytes[head + 62], bytes[head + 63]]));
        let piece = |at: usize| {
            let length = usize::from(u16::from_be_bytes([bytes[at], bytes[at + 1]]));
            (&bytes[at + 2..at + 2 + length], at + 2 + length)
        };
        assert_eq!((place(65), bytes[65 + 64]), (195, 0));
        let (signature, end) = piece(195);
        assert_eq!((signature, end), (&[2; 4][..], place(130)));
        let (key, next) = piece(end);
        assert_eq!(key, [&[0x11; 20][..], &[7; 64]].concat());
        assert_eq!(piece(next), (&[3; 5][..], bytes.len()));
    }
}
