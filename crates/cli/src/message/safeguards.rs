//! Messages of the gate's upper tier and of the safeguards: fields as they stand in a file, their EIP-712 form, and words for people.

use alloy::{
    primitives::{Address, B256, U256},
    sol_types::SolStruct,
};
use lifeboat_bindings::{signers::Signer, typed};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::kinds::{decimal, u40};
use crate::{
    amount::Amount,
    asset::Asset,
    time::{format_duration, format_time},
};

/// Why a service says that it does not work as it should, by the contract's number.
pub const REASONS: [&str; 7] = [
    "technical-fault",
    "maintenance",
    "compliance-review",
    "custody-problem",
    "security-incident",
    "business-decision",
    "other",
];

/// See `ISafeguards.queueRelease`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct ColdRelease {
    pub asset: Address,
    pub to: Address,
    #[serde(with = "decimal")]
    pub amount: U256,
    #[serde(with = "decimal")]
    pub salt: U256,
    /// Last second to queue it, Unix seconds.
    pub deadline: u64,
}

/// See `IVault.cancelRelease`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct CancelRelease {
    pub asset: Address,
    #[serde(with = "decimal")]
    pub nonce: U256,
    pub deadline: u64,
}

/// See `IVault.releaseEquity`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Equity {
    pub asset: Address,
    pub to: Address,
    #[serde(with = "decimal")]
    pub amount: U256,
    #[serde(with = "decimal")]
    pub nonce: U256,
    pub deadline: u64,
}

/// See `ISafeguards.vetoRelease`. The whole release is told, so that a guardian sees what is stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Veto {
    pub release: ColdRelease,
}

/// See `ISafeguards.freeze`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Freeze {
    pub until: u64,
    pub evidence_hash: B256,
}

/// See `ISafeguards.announce`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Announcement {
    pub sequence: u64,
    /// Position in [`REASONS`].
    pub reason: u8,
    pub text_hash: B256,
    pub uri: String,
    /// Zero: it does not say.
    pub expected_until: u64,
}

/// See `ISafeguards.announceMaintenance`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Maintenance {
    pub from: u64,
    pub until: u64,
}

/// See `ISafeguards.declareForceMajeure`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct ForceMajeure {
    pub until: u64,
    pub evidence_hash: B256,
}

/// See `ISafeguards.raiseAlarm`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Alarm {
    pub evidence_hash: B256,
    pub deadline: u64,
}

/// See `ISafeguards.announceRotation`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Rotation {
    #[serde(with = "signer_list")]
    pub signers: Vec<Signer>,
    pub threshold: u8,
    pub cold_threshold: u8,
    pub sequence: u64,
    pub deadline: u64,
}

impl ColdRelease {
    pub(super) fn typed(&self) -> typed::ColdRelease {
        let Self { asset, to, amount, salt, deadline } = *self;
        typed::ColdRelease { asset, to, amount, salt, deadline: U256::from(deadline) }
    }

    /// The name under which it is queued.
    #[must_use]
    pub fn hash(&self) -> B256 {
        self.typed().eip712_hash_struct()
    }

    pub(super) fn in_words(&self, asset: &Asset) -> Vec<String> {
        vec![
            format!("queue a release of {} of the reserve to {}", self.amount(asset), self.to),
            format!("salt {}; queued as {}", self.salt, self.hash()),
            format!("to be queued until {}", format_time(self.deadline)),
        ]
    }

    fn amount(&self, asset: &Asset) -> String {
        Amount { base: self.amount, asset }.to_string()
    }
}

impl CancelRelease {
    pub(super) fn typed(&self) -> typed::CancelRelease {
        typed::CancelRelease { asset: self.asset, nonce: self.nonce, deadline: U256::from(self.deadline) }
    }

    pub(super) fn in_words(&self, asset: &Asset) -> Vec<String> {
        vec![
            format!("void nonce {} of the releases and payouts of {}", self.nonce, asset.symbol),
            format!("valid until {}", format_time(self.deadline)),
        ]
    }
}

impl Equity {
    pub(super) fn typed(&self) -> typed::ReleaseEquity {
        typed::ReleaseEquity {
            asset: self.asset,
            to: self.to,
            amount: self.amount,
            nonce: self.nonce,
            deadline: U256::from(self.deadline),
        }
    }

    pub(super) fn in_words(&self, asset: &Asset) -> Vec<String> {
        let amount = Amount { base: self.amount, asset };
        vec![
            format!("release {amount} of what is left after everybody's share to {}", self.to),
            format!("nonce {}, valid until {}", self.nonce, format_time(self.deadline)),
        ]
    }
}

impl Veto {
    pub(super) fn typed(&self) -> typed::Veto {
        typed::Veto { release: self.release.hash() }
    }

    pub(super) fn in_words(&self, asset: &Asset) -> Vec<String> {
        let release = &self.release;
        vec![
            format!("STOP for good the queued release of {} to {}", release.amount(asset), release.to),
            format!("salt {}; queued as {}", release.salt, release.hash()),
        ]
    }
}

impl Freeze {
    pub(super) fn typed(&self) -> typed::Freeze {
        typed::Freeze { until: u40(self.until), evidenceHash: self.evidence_hash }
    }

    pub(super) fn in_words(&self) -> Vec<String> {
        vec![
            format!("freeze releases and payouts until {}; exits go on", format_time(self.until)),
            format!("evidence keccak256 {}", self.evidence_hash),
        ]
    }
}

impl Announcement {
    pub(super) fn typed(&self) -> typed::Announcement {
        typed::Announcement {
            sequence: U256::from(self.sequence),
            reason: self.reason,
            textHash: self.text_hash,
            uri: self.uri.clone(),
            expectedUntil: u40(self.expected_until),
        }
    }

    pub(super) fn in_words(&self) -> Vec<String> {
        let reason = REASONS.get(usize::from(self.reason)).copied().unwrap_or("unknown reason");
        let until = match self.expected_until {
            0 => "it does not say until when".to_owned(),
            until => format!("expected to last until {}", format_time(until)),
        };
        vec![
            format!("announce number {}: {reason}; {until}", self.sequence),
            format!("text keccak256 {} at {}", self.text_hash, self.uri.escape_debug()),
        ]
    }
}

impl Maintenance {
    pub(super) fn typed(&self) -> typed::Maintenance {
        typed::Maintenance { from: u40(self.from), until: u40(self.until) }
    }

    pub(super) fn in_words(&self) -> Vec<String> {
        vec![
            format!("announce maintenance from {} until {}", format_time(self.from), format_time(self.until)),
            format!("silence in these {} does not count", format_duration(self.until.saturating_sub(self.from))),
        ]
    }
}

impl ForceMajeure {
    pub(super) fn typed(&self) -> typed::ForceMajeure {
        typed::ForceMajeure { until: u40(self.until), evidenceHash: self.evidence_hash }
    }

    pub(super) fn in_words(&self) -> Vec<String> {
        vec![
            format!(
                "declare force majeure until {}: neither silence nor old ledgers count, up to the cap of the terms",
                format_time(self.until)
            ),
            format!("evidence keccak256 {}", self.evidence_hash),
        ]
    }
}

impl Alarm {
    pub(super) fn typed(&self) -> typed::Alarm {
        typed::Alarm { evidenceHash: self.evidence_hash, deadline: U256::from(self.deadline) }
    }

    pub(super) fn in_words(&self) -> Vec<String> {
        vec![
            "raise the alarm: suspicion begins, and only a heartbeat of the operator ends it".to_owned(),
            format!("evidence keccak256 {}, valid until {}", self.evidence_hash, format_time(self.deadline)),
        ]
    }
}

impl Rotation {
    /// The new signers' ids, ascending as the contract wants them.
    #[must_use]
    pub fn ids(&self) -> Vec<B256> {
        let mut ids: Vec<_> = self.signers.iter().map(Signer::id).collect();
        ids.sort_unstable();
        ids
    }

    pub(super) fn typed(&self) -> typed::Rotation {
        typed::Rotation {
            signers: self.ids(),
            threshold: self.threshold,
            coldThreshold: self.cold_threshold,
            sequence: U256::from(self.sequence),
            deadline: U256::from(self.deadline),
        }
    }

    pub(super) fn in_words(&self) -> Vec<String> {
        let mut lines = vec![format!(
            "announce new signers, {} of {} ({} above the warm cap), in place of all present ones:",
            self.threshold,
            self.signers.len(),
            self.cold_threshold
        )];
        lines.extend(self.signers.iter().map(|signer| format!("  {signer}")));
        lines.push(format!("rotation number {}, valid until {}", self.sequence, format_time(self.deadline)));
        lines
    }
}

/// Signers as texts.
mod signer_list {
    use super::{Deserialize, Deserializer, Serializer, Signer};
    use crate::message::signer_text;

    #[derive(Deserialize)]
    struct Text(#[serde(with = "signer_text")] Signer);

    pub(super) fn serialize<S: Serializer>(signers: &[Signer], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(signers.iter().map(Signer::to_string))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Signer>, D::Error> {
        Ok(Vec::<Text>::deserialize(deserializer)?.into_iter().map(|text| text.0).collect())
    }
}
