//! The EIP-712 messages that the vault accepts. Field names and types are part of each signature: they are the contract's.
#![allow(missing_docs)]

use std::borrow::Cow;

use alloy::{
    primitives::{Address, B256, U256},
    sol,
    sol_types::{Eip712Domain, SolStruct},
};

sol! {
    #[derive(Debug, PartialEq, Eq)]
    struct Beat { uint256 blockNumber; bytes32 blockHash; }

    #[derive(Debug, PartialEq, Eq)]
    struct WindDown { uint40 latchAt; uint256 deadline; }

    #[derive(Debug, PartialEq, Eq)]
    struct Order { address asset; address account; address payee; uint128 amount; uint256 nonce; uint256 deadline; }

    #[derive(Debug, PartialEq, Eq)]
    struct Commitment {
        address asset;
        uint32 epoch;
        bytes32 root;
        uint128 total;
        uint32 count;
        uint40 depositCursor;
        uint40 snapshotAt;
        bytes32 dataHash;
        string uri;
    }

    #[derive(Debug, PartialEq, Eq)]
    struct Attestation { address asset; uint32 epoch; bytes32 root; bytes32 dataHash; }

    #[derive(Debug, PartialEq, Eq)]
    struct PayOut { address asset; uint32 index; address account; uint128 amount; uint256 nonce; uint256 deadline; }

    #[derive(Debug, PartialEq, Eq)]
    struct Release { address asset; address to; uint256 amount; uint256 nonce; uint256 deadline; }

    #[derive(Debug, PartialEq, Eq)]
    struct CancelRelease { address asset; uint256 nonce; uint256 deadline; }

    /// A release that waits. Its struct hash is the name under which it is queued.
    #[derive(Debug, PartialEq, Eq)]
    struct ColdRelease { address asset; address to; uint256 amount; uint256 salt; uint256 deadline; }

    #[derive(Debug, PartialEq, Eq)]
    struct Veto { bytes32 release; }

    #[derive(Debug, PartialEq, Eq)]
    struct Freeze { uint40 until; bytes32 evidenceHash; }

    #[derive(Debug, PartialEq, Eq)]
    struct Maintenance { uint40 from; uint40 until; }

    #[derive(Debug, PartialEq, Eq)]
    struct ForceMajeure { uint40 until; bytes32 evidenceHash; }

    #[derive(Debug, PartialEq, Eq)]
    struct Alarm { bytes32 evidenceHash; uint256 deadline; }

    #[derive(Debug, PartialEq, Eq)]
    struct Rotation {
        bytes32[] signers;
        uint8 threshold;
        uint8 coldThreshold;
        uint256 sequence;
        uint256 deadline;
    }

    #[derive(Debug, PartialEq, Eq)]
    struct Announcement { uint256 sequence; uint8 reason; bytes32 textHash; string uri; uint40 expectedUntil; }

    #[derive(Debug, PartialEq, Eq)]
    struct ReleaseEquity { address asset; address to; uint256 amount; uint256 nonce; uint256 deadline; }

    #[derive(Debug, PartialEq, Eq)]
    struct Claim { address asset; uint32 round; uint32 index; address to; uint128 fee; uint256 deadline; }
}

/// The domain of one vault on one chain: a message signed for it is valid nowhere else.
#[must_use]
pub fn domain(chain_id: u64, vault: Address) -> Eip712Domain {
    Eip712Domain::new(
        Some(Cow::Borrowed("Lifeboat")),
        Some(Cow::Borrowed("1")),
        Some(U256::from(chain_id)),
        Some(vault),
        None,
    )
}

/// The digest to sign for `message` to `vault` on `chain_id` (EIP-712).
#[must_use]
pub fn digest<M: SolStruct>(message: &M, chain_id: u64, vault: Address) -> B256 {
    message.eip712_signing_hash(&domain(chain_id, vault))
}
