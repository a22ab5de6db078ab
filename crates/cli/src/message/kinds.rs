//! The messages: fields as they stand in a file, their EIP-712 form, and words for people.

use std::{fmt::Display, str::FromStr};

use alloy::primitives::{Address, B256, Bytes, U256, aliases::U40};
use lifeboat_bindings::{typed, vault};
use lifeboat_ledger::{Leaf, SumNode};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::safeguards::{
    Alarm, Announcement, CancelRelease, ColdRelease, Equity, ForceMajeure, Freeze, Maintenance, Rotation, Veto,
};
use crate::{amount::Amount, asset::Asset, time::format_time};

/// What is said to the vault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Message {
    /// Signers move reserve.
    Release(Release),
    /// Signers pay a ledger user.
    PayOut(PayOut),
    /// Signers queue a release above the warm cap.
    ColdRelease(ColdRelease),
    /// Signers void a nonce of releases and payouts.
    CancelRelease(CancelRelease),
    /// Signers take what is left when everybody's share is set aside.
    Equity(Equity),
    /// Signers announce the end.
    WindDown(WindDown),
    /// Signers name their successors.
    Rotation(Rotation),
    /// Guardians stop the outflow for a while.
    Freeze(Freeze),
    /// Guardians stop a queued release.
    Veto(Veto),
    /// The operator says what is the matter.
    Announcement(Announcement),
    /// The operator announces a window in which silence does not count.
    Maintenance(Maintenance),
    /// Operator and watchers declare that neither silence nor old ledgers count for a while.
    ForceMajeure(ForceMajeure),
    /// Watchers start suspicion.
    Alarm(Alarm),
    /// An account spends its segregated money.
    Order(Order),
    /// Operator and auditors commit to a ledger.
    Commitment(Commitment),
    /// Watchers attest a commitment's data.
    Attestation(Attestation),
    /// An account sends its share of a round somewhere: a ticket.
    Claim(Claim),
}

/// See `IVault.release`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Release {
    pub asset: Address,
    pub to: Address,
    #[serde(with = "decimal")]
    pub amount: U256,
    #[serde(with = "decimal")]
    pub nonce: U256,
    pub deadline: u64,
}

/// See `IVault.payOut`. Leaf and proof are not signed: the vault checks them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct PayOut {
    pub asset: Address,
    pub index: u32,
    pub leaf: LeafFields,
    #[serde(with = "decimal")]
    pub amount: u128,
    pub proof: Bytes,
    #[serde(with = "decimal")]
    pub nonce: U256,
    pub deadline: u64,
}

/// See `ISafeguards.announceWindDown`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct WindDown {
    pub latch_at: u64,
    pub deadline: u64,
}

/// See `IVault.spend`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Order {
    pub asset: Address,
    pub account: Address,
    pub payee: Address,
    #[serde(with = "decimal")]
    pub amount: u128,
    #[serde(with = "decimal")]
    pub nonce: U256,
    pub deadline: u64,
}

/// See `IVault.commit`. The root is not in the file: it is the node above the two halves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Commitment {
    pub asset: Address,
    pub epoch: u32,
    pub left: Half,
    pub right: Half,
    pub count: u32,
    pub deposit_cursor: u64,
    pub snapshot_at: u64,
    pub data_hash: B256,
    pub uri: String,
}

/// See `IVault.attest`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Attestation {
    pub asset: Address,
    pub epoch: u32,
    pub root: B256,
    pub data_hash: B256,
}

/// See `IVault.claimTo`. Leaf and proof are not signed: the vault checks them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Claim {
    pub asset: Address,
    pub round: u32,
    pub index: u32,
    pub leaf: LeafFields,
    pub proof: Bytes,
    pub to: Address,
    #[serde(with = "decimal")]
    pub fee: u128,
    pub deadline: u64,
}

/// A node below the root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Half {
    pub hash: B256,
    #[serde(with = "decimal")]
    pub sum: u128,
}

/// One account's line in the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct LeafFields {
    pub account: Address,
    #[serde(with = "decimal")]
    pub balance: u128,
    #[serde(with = "decimal")]
    pub paid: u128,
}

impl From<Leaf> for LeafFields {
    fn from(leaf: Leaf) -> Self {
        Self { account: leaf.account, balance: leaf.balance, paid: leaf.paid }
    }
}

impl From<LeafFields> for Leaf {
    fn from(leaf: LeafFields) -> Self {
        Self { account: leaf.account, balance: leaf.balance, paid: leaf.paid }
    }
}

impl From<LeafFields> for vault::Leaf {
    fn from(leaf: LeafFields) -> Self {
        Self { account: leaf.account, balance: leaf.balance, paid: leaf.paid }
    }
}

impl From<SumNode> for Half {
    fn from(node: SumNode) -> Self {
        Self { hash: node.hash, sum: node.sum }
    }
}

impl From<Half> for SumNode {
    fn from(half: Half) -> Self {
        Self { hash: half.hash, sum: half.sum }
    }
}

impl Commitment {
    /// Root and total; zero root if the halves' sums do not fit, which no vault accepts.
    #[must_use]
    pub fn root(&self) -> SumNode {
        SumNode::parent(&self.left.into(), &self.right.into()).unwrap_or_default()
    }
}

impl Message {
    /// The digest to sign (EIP-712).
    #[must_use]
    pub fn digest(&self, chain_id: u64, vault: Address) -> B256 {
        match self {
            Self::Release(m) => typed::digest(
                &typed::Release {
                    asset: m.asset,
                    to: m.to,
                    amount: m.amount,
                    nonce: m.nonce,
                    deadline: U256::from(m.deadline),
                },
                chain_id,
                vault,
            ),
            Self::PayOut(m) => typed::digest(
                &typed::PayOut {
                    asset: m.asset,
                    index: m.index,
                    account: m.leaf.account,
                    amount: m.amount,
                    nonce: m.nonce,
                    deadline: U256::from(m.deadline),
                },
                chain_id,
                vault,
            ),
            Self::WindDown(m) => typed::digest(
                &typed::WindDown { latchAt: u40(m.latch_at), deadline: U256::from(m.deadline) },
                chain_id,
                vault,
            ),
            Self::ColdRelease(m) => typed::digest(&m.typed(), chain_id, vault),
            Self::CancelRelease(m) => typed::digest(&m.typed(), chain_id, vault),
            Self::Equity(m) => typed::digest(&m.typed(), chain_id, vault),
            Self::Rotation(m) => typed::digest(&m.typed(), chain_id, vault),
            Self::Freeze(m) => typed::digest(&m.typed(), chain_id, vault),
            Self::Veto(m) => typed::digest(&m.typed(), chain_id, vault),
            Self::Announcement(m) => typed::digest(&m.typed(), chain_id, vault),
            Self::Maintenance(m) => typed::digest(&m.typed(), chain_id, vault),
            Self::ForceMajeure(m) => typed::digest(&m.typed(), chain_id, vault),
            Self::Alarm(m) => typed::digest(&m.typed(), chain_id, vault),
            Self::Order(m) => typed::digest(
                &typed::Order {
                    asset: m.asset,
                    account: m.account,
                    payee: m.payee,
                    amount: m.amount,
                    nonce: m.nonce,
                    deadline: U256::from(m.deadline),
                },
                chain_id,
                vault,
            ),
            Self::Commitment(m) => {
                let root = m.root();
                let typed = typed::Commitment {
                    asset: m.asset,
                    epoch: m.epoch,
                    root: root.hash,
                    total: root.sum,
                    count: m.count,
                    depositCursor: u40(m.deposit_cursor),
                    snapshotAt: u40(m.snapshot_at),
                    dataHash: m.data_hash,
                    uri: m.uri.clone(),
                };
                typed::digest(&typed, chain_id, vault)
            }
            Self::Attestation(m) => typed::digest(
                &typed::Attestation { asset: m.asset, epoch: m.epoch, root: m.root, dataHash: m.data_hash },
                chain_id,
                vault,
            ),
            Self::Claim(m) => typed::digest(
                &typed::Claim {
                    asset: m.asset,
                    round: m.round,
                    index: m.index,
                    to: m.to,
                    fee: m.fee,
                    deadline: U256::from(m.deadline),
                },
                chain_id,
                vault,
            ),
        }
    }

    /// The asset it is about, if it is about one.
    #[must_use]
    pub fn asset(&self) -> Option<Address> {
        match self {
            Self::Release(Release { asset, .. })
            | Self::PayOut(PayOut { asset, .. })
            | Self::Order(Order { asset, .. })
            | Self::Commitment(Commitment { asset, .. })
            | Self::Attestation(Attestation { asset, .. })
            | Self::Claim(Claim { asset, .. })
            | Self::ColdRelease(ColdRelease { asset, .. })
            | Self::Veto(Veto { release: ColdRelease { asset, .. } })
            | Self::CancelRelease(CancelRelease { asset, .. })
            | Self::Equity(Equity { asset, .. }) => Some(*asset),
            Self::WindDown(_)
            | Self::Rotation(_)
            | Self::Freeze(_)
            | Self::Announcement(_)
            | Self::Maintenance(_)
            | Self::ForceMajeure(_)
            | Self::Alarm(_) => None,
        }
    }

    /// What it does, for a person to check before signing or sending. `asset` is the one that it is about.
    #[must_use]
    pub fn in_words(&self, asset: &Asset) -> Vec<String> {
        let amount = |base: U256| Amount { base, asset }.to_string();
        let nonce = |nonce: &U256, deadline: u64| format!("nonce {nonce}, valid until {}", format_time(deadline));
        match self {
            Self::Release(m) => {
                vec![format!("release {} of the reserve to {}", amount(m.amount), m.to), nonce(&m.nonce, m.deadline)]
            }
            Self::PayOut(m) => vec![
                format!("pay {} out to {} (leaf {})", amount(U256::from(m.amount)), m.leaf.account, m.index),
                nonce(&m.nonce, m.deadline),
            ],
            Self::WindDown(m) => vec![
                format!("wind the service down: the vault latches FOR EVER at {}", format_time(m.latch_at)),
                format!("valid until {}", format_time(m.deadline)),
            ],
            Self::ColdRelease(m) => m.in_words(asset),
            Self::CancelRelease(m) => m.in_words(asset),
            Self::Equity(m) => m.in_words(asset),
            Self::Rotation(m) => m.in_words(),
            Self::Freeze(m) => m.in_words(),
            Self::Veto(m) => m.in_words(asset),
            Self::Announcement(m) => m.in_words(),
            Self::Maintenance(m) => m.in_words(),
            Self::ForceMajeure(m) => m.in_words(),
            Self::Alarm(m) => m.in_words(),
            Self::Order(m) => vec![
                format!("pay {} of the segregated money of {} to {}", amount(U256::from(m.amount)), m.account, m.payee),
                nonce(&m.nonce, m.deadline),
            ],
            Self::Commitment(m) => {
                let root = m.root();
                vec![
                    format!("commit to a ledger of {}, epoch {}", asset.symbol, m.epoch),
                    format!("{} owed to {} accounts, root {}", amount(U256::from(root.sum)), m.count, root.hash),
                    format!(
                        "ledger read at {}; deposits below entry {} are in it",
                        format_time(m.snapshot_at),
                        m.deposit_cursor
                    ),
                    format!("data {} at {}", m.data_hash, m.uri.escape_debug()),
                ]
            }
            Self::Attestation(m) => vec![
                format!("attest that the ledger data of {}, epoch {}, is available and right", asset.symbol, m.epoch),
                format!("root {}, data {}", m.root, m.data_hash),
            ],
            Self::Claim(m) => vec![
                format!("claim leaf {} of {} in round {} of {}", m.index, m.leaf.account, m.round, asset.symbol),
                format!("to {}, less a fee of {} for whoever submits it", m.to, amount(U256::from(m.fee))),
                format!("valid until {}", format_time(m.deadline)),
            ],
        }
    }
}

/// Times and cursors as the vault has them. What does not fit becomes the largest, which no vault accepts.
pub(super) fn u40(value: u64) -> U40 {
    U40::saturating_from(value)
}

/// Amounts as decimal text: JSON numbers lose digits.
pub(crate) mod decimal {
    use serde::de::Error as _;

    use super::{Deserialize, Deserializer, Display, FromStr, Serializer};

    pub(crate) fn serialize<T: Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub(crate) fn deserialize<'de, T: FromStr, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        let text = String::deserialize(deserializer)?;
        let plain = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
        let malformed = || D::Error::custom(format!("`{text}` is no amount in base units"));
        plain.then(|| text.parse().ok()).flatten().ok_or_else(malformed)
    }
}
