//! Everything that ends a keeper.

use thiserror::Error;

use crate::{chain::RpcError, config::ConfigError, journal::JournalError, keys::KeyError};

/// Why a keeper ended without having done its work.
#[derive(Debug, Error)]
pub enum KeeperError {
    /// The configuration cannot work.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A key could not be loaded.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The journal cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The chain cannot be asked.
    #[error(transparent)]
    Rpc(#[from] RpcError),
    /// There is no vault at the configured address.
    #[error(
        "KEEPER_NO_VAULT: {vault} does not answer as a vault on chain {chain_id} ({reason}); check vault.address and vault.chain_id"
    )]
    NoVault {
        /// Configured.
        vault: alloy::primitives::Address,
        /// Configured.
        chain_id: u64,
        /// What was seen.
        reason: String,
    },
    /// The key did not sign.
    #[error("KEEPER_KEY_UNSIGNED: the key did not sign: {0}")]
    Unsigned(alloy::signers::Error),
    /// The status page cannot be served.
    #[error("KEEPER_STATUS_LISTEN: cannot listen on {address}: {source}; choose another status.listen")]
    Status {
        /// Configured.
        address: std::net::SocketAddr,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The HTTP client cannot be made.
    #[error("KEEPER_PROBE_CLIENT: cannot prepare the health probes: {0}")]
    Probe(#[from] reqwest::Error),
    /// Events say paid, the contract's state says not, after reading the events again.
    #[error(
        "KEEPER_STATE_MISMATCH: {words} words of {asset} are settled by the events of the endpoint and not by the vault's state; use another rpc.urls"
    )]
    Mismatch {
        /// The asset.
        asset: alloy::primitives::Address,
        /// How many words.
        words: usize,
    },
    /// A watcher of steps broke off.
    #[error("KEEPER_BROKEN_OFF: stopped between two steps")]
    BrokenOff,
}

impl KeeperError {
    /// The process's exit code: 2 for a configuration or key, 3 for a journal in use, 1 for anything else.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Config(_) | Self::Key(_) => 2,
            Self::Journal(JournalError::Locked(_)) => 3,
            _ => 1,
        }
    }
}
