//! Messages to a vault as JSON files: signed off line, collected from several people, sent by anyone.
//!
//! A file names chain and vault, holds one message and any number of signatures. It carries no secret. What it says cannot be changed
//! without voiding the signatures (EIP-712).

mod call;
mod kinds;
mod safeguards;
pub mod ticket_text;

use std::path::Path;

use alloy::{
    primitives::{Address, B256, Bytes, Signature},
    signers::{SignerSync, local::PrivateKeySigner},
};
use eyre::WrapErr;
use lifeboat_bindings::signers::Signer;
use serde::{Deserialize, Serialize};

pub use call::Roles;
pub(crate) use kinds::decimal;
pub use kinds::{Attestation, Claim, Commitment, Half, LeafFields, Message, Order, PayOut, Release, WindDown};
pub use safeguards::{
    Alarm, Announcement, CancelRelease, ColdRelease, Equity, ForceMajeure, Freeze, Maintenance, REASONS, Rotation, Veto,
};

use crate::{failure::Failure, output};

/// Version of the file format.
const FORMAT: &str = "lifeboat-message/1";

/// A message to one vault on one chain, with the signatures collected so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessageFile {
    format: String,
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// The vault.
    pub vault: Address,
    /// What is said.
    pub message: Message,
    /// Ascending by signer.
    #[serde(default)]
    pub signatures: Vec<Signed>,
}

/// One signature over a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signed {
    /// Who it is: a key's address, `erc1271:` and a contract's, or `erc7913:` with verifier and key.
    #[serde(with = "signer_text")]
    pub signer: Signer,
    /// A key's r, s, v (65 bytes), or whatever the contract wants.
    pub signature: Bytes,
}

/// Signers as text.
pub(crate) mod signer_text {
    use lifeboat_bindings::signers::Signer;
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

    pub(crate) fn serialize<S: Serializer>(signer: &Signer, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(signer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Signer, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl Signed {
    /// Whether a signature that can be checked without a chain is wrong. Contracts' signatures only the chain can check.
    fn is_wrong(&self, digest: B256) -> bool {
        match self.signer {
            Signer::Ecdsa(address) => recover(digest, &self.signature) != Some(address),
            Signer::Contract(_) | Signer::Key { .. } => false,
        }
    }

    /// Whether it is this key's.
    #[must_use]
    pub fn is_by(&self, address: Address) -> bool {
        self.signer == Signer::Ecdsa(address)
    }
}

impl MessageFile {
    /// A message nobody has signed yet.
    #[must_use]
    pub fn new(chain_id: u64, vault: Address, message: Message) -> Self {
        Self { format: FORMAT.into(), chain_id, vault, message, signatures: Vec::new() }
    }

    /// Reads a file and checks that each signature is its signer's over this message.
    ///
    /// # Errors
    /// `MESSAGE_UNREADABLE`, `MESSAGE_MALFORMED`, `MESSAGE_SIGNATURE`.
    pub fn load(path: &Path) -> eyre::Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            Failure::new("MESSAGE_UNREADABLE", format!("cannot read {}: {error}", path.display()), "check the path")
        })?;
        Self::parse(&text).wrap_err_with(|| format!("reading {}", path.display()))
    }

    /// Reads a message's JSON, or a ticket's text.
    ///
    /// # Errors
    /// `MESSAGE_MALFORMED`, `MESSAGE_SIGNATURE`, `TICKET_TEXT`.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        if ticket_text::is_ticket_text(text.trim_start()) {
            return ticket_text::read(text);
        }
        let malformed = |what: String| {
            Failure::new(
                "MESSAGE_MALFORMED",
                what,
                "use a file made by `lifeboat sign`, `commit` or `ticket`, unchanged",
            )
        };
        let file: Self = serde_json::from_str(text).map_err(|error| malformed(error.to_string()))?;
        if file.format != FORMAT {
            return Err(malformed(format!("the format is `{}`, this program reads `{FORMAT}`", file.format)));
        }
        let digest = file.digest();
        match file.signatures.iter().find(|signed| signed.is_wrong(digest)) {
            Some(wrong) => Err(wrong_signature(&wrong.signer)),
            None => Ok(file),
        }
    }

    /// The claim of a ticket.
    ///
    /// # Errors
    /// `TICKET_KIND`.
    pub fn claim(&self) -> Result<&Claim, Failure> {
        match &self.message {
            Message::Claim(claim) => Ok(claim),
            _ => Err(Failure::new(
                "TICKET_KIND",
                "this is a signed message, but no ticket",
                "send it with `lifeboat send`",
            )),
        }
    }

    /// What is signed (EIP-712).
    #[must_use]
    pub fn digest(&self) -> B256 {
        self.message.digest(self.chain_id, self.vault)
    }

    /// Adds a signature; signing twice changes nothing.
    ///
    /// # Errors
    /// If the key cannot sign.
    pub fn sign(&mut self, key: &PrivateKeySigner) -> eyre::Result<()> {
        let signature = key.sign_hash_sync(&self.digest())?.as_bytes().to_vec().into();
        self.add(Signed { signer: Signer::Ecdsa(key.address()), signature });
        Ok(())
    }

    /// Adds a signature that was made elsewhere.
    ///
    /// # Errors
    /// `MESSAGE_SIGNATURE` if it is a key's and not over this message.
    pub fn add_made(&mut self, signed: Signed) -> Result<(), Failure> {
        if signed.is_wrong(self.digest()) {
            return Err(wrong_signature(&signed.signer));
        }
        self.add(signed);
        Ok(())
    }

    fn add(&mut self, signed: Signed) {
        let id = signed.signer.id();
        if let Err(position) = self.signatures.binary_search_by_key(&id, |present| present.signer.id()) {
            self.signatures.insert(position, signed);
        }
    }

    /// Takes over the signatures of another file with the same message.
    ///
    /// # Errors
    /// `MESSAGE_DIFFERENT`.
    pub fn merge(&mut self, other: Self) -> Result<(), Failure> {
        if (other.chain_id, other.vault, &other.message) != (self.chain_id, self.vault, &self.message) {
            return Err(Failure::new(
                "MESSAGE_DIFFERENT",
                "the files do not say the same",
                "let every signer sign the same file with `lifeboat sign add`: nonce and deadline are part of the message",
            ));
        }
        other.signatures.into_iter().for_each(|signed| self.add(signed));
        Ok(())
    }

    /// Writes a new file.
    ///
    /// # Errors
    /// `FILE_EXISTS`, or that the file cannot be written.
    pub fn write_new(&self, path: &Path) -> eyre::Result<()> {
        output::write_new(path, &self.to_json())
    }

    /// Replaces a file in one step, so that a crash leaves the old one.
    ///
    /// # Errors
    /// If the directory cannot be written.
    pub fn replace(&self, path: &Path) -> eyre::Result<()> {
        output::replace(path, &self.to_json())
    }

    fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("strings and numbers only");
        text.push('\n');
        text
    }

    /// The message in words: what it does, where, and who signed.
    #[must_use]
    pub fn in_words(&self, asset: &crate::asset::Asset) -> String {
        let mut lines = self.message.in_words(asset);
        lines.push(format!("for vault {} on chain {}", self.vault, self.chain_id));
        lines.extend(self.signatures.iter().map(|signed| format!("signed by {}", signed.signer)));
        if self.signatures.is_empty() {
            lines.push("signed by nobody yet".into());
        }
        lines.join("\n")
    }
}

fn wrong_signature(signer: &Signer) -> Failure {
    Failure::new(
        "MESSAGE_SIGNATURE",
        format!("the signature of {signer} is not over this message, vault and chain"),
        "the file was changed after signing, or damaged: ask for it again",
    )
}

/// Whose signature it is; `None` if it is none.
#[must_use]
pub fn recover(digest: B256, signature: &[u8]) -> Option<Address> {
    Signature::from_raw(signature).ok()?.recover_address_from_prehash(&digest).ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use alloy::primitives::U256;
    use proptest::prelude::*;

    use super::*;

    fn key(byte: u8) -> PrivateKeySigner {
        PrivateKeySigner::from_bytes(&B256::repeat_byte(byte)).unwrap()
    }

    fn release() -> MessageFile {
        let message = Message::Release(Release {
            asset: Address::ZERO,
            to: Address::repeat_byte(7),
            amount: U256::from(5),
            nonce: U256::from(1),
            deadline: 2_000_000_000,
        });
        MessageFile::new(31_337, Address::repeat_byte(9), message)
    }

    #[test]
    fn signatures_survive_the_file_and_stay_sorted() {
        let mut file = release();
        for byte in [3, 1, 2, 1] {
            file.sign(&key(byte)).unwrap();
        }
        assert_eq!(file.signatures.len(), 3);
        assert!(file.signatures.is_sorted_by_key(|signed| signed.signer.id()));
        assert_eq!(MessageFile::parse(&file.to_json()).unwrap(), file);
    }

    #[test]
    fn a_changed_message_voids_its_signatures() {
        let mut file = release();
        file.sign(&key(1)).unwrap();
        let changed = file.to_json().replace("\"amount\": \"5\"", "\"amount\": \"6\"");
        assert_eq!(MessageFile::parse(&changed).unwrap_err().id, "MESSAGE_SIGNATURE");
        let moved = file.to_json().replace("31337", "1");
        assert_eq!(MessageFile::parse(&moved).unwrap_err().id, "MESSAGE_SIGNATURE");
    }

    #[test]
    fn unknown_fields_and_formats_are_refused() {
        let text = release().to_json();
        for changed in [
            text.replace("/1\"", "/2\""),
            text.replace("\"nonce\"", "\"nonse\""),
            text.replace("release", "relase"),
            "{}".into(),
        ] {
            assert_eq!(MessageFile::parse(&changed).unwrap_err().id, "MESSAGE_MALFORMED", "{changed}");
        }
    }

    #[test]
    fn only_files_that_say_the_same_are_merged() {
        let (mut one, mut two) = (release(), release());
        one.sign(&key(1)).unwrap();
        two.sign(&key(2)).unwrap();
        one.merge(two.clone()).unwrap();
        assert_eq!(one.signatures.len(), 2);
        two.vault = Address::repeat_byte(8);
        assert_eq!(one.merge(two).unwrap_err().id, "MESSAGE_DIFFERENT");
    }

    #[test]
    fn files_are_not_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("m.json");
        release().write_new(&path).unwrap();
        let error = release().write_new(&path).unwrap_err();
        assert_eq!(crate::failure::explain(&error).failure.id, "FILE_EXISTS");
        let mut signed = release();
        signed.sign(&key(1)).unwrap();
        signed.replace(&path).unwrap();
        assert_eq!(MessageFile::load(&path).unwrap(), signed);
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".*", signature: Vec<u8>) {
            let _ = (MessageFile::parse(&text), recover(B256::ZERO, &signature));
        }
    }
}
