//! One anvil process and the calls that only a test chain has.

use std::{io, time::Duration};

use alloy::{
    network::EthereumWallet,
    node_bindings::{Anvil, AnvilInstance, NodeError},
    primitives::{Address, U256},
    providers::{DynProvider, Provider, ProviderBuilder, ext::AnvilApi},
    rpc::types::BlockNumberOrTag,
    signers::local::PrivateKeySigner,
    transports::{RpcError, TransportErrorKind},
};
use thiserror::Error;

use crate::{Watchdog, anvil_path};

/// How often a provider that waits for a receipt looks: a local node answers in less than a millisecond.
const POLL: Duration = Duration::from_millis(15);

/// Why the local chain could not be started or driven.
#[derive(Debug, Error)]
pub enum DevChainError {
    /// The process did not come up.
    #[error(
        "DEVCHAIN_START: anvil did not start ({0}); run `cargo xtask lint` once to install it, or set LIFEBOAT_ANVIL to its path"
    )]
    Start(#[from] NodeError),
    /// Nothing would end the process if this one were killed.
    #[error("DEVCHAIN_WATCHDOG: no shell can watch over anvil ({0}); put `sh` on PATH")]
    Watchdog(#[source] io::Error),
    /// A call failed.
    #[error("DEVCHAIN_CALL: anvil refused a call: {0}")]
    Call(#[from] RpcError<TransportErrorKind>),
    /// The chain has no latest block.
    #[error("DEVCHAIN_EMPTY: anvil has no latest block")]
    NoBlock,
}

/// How the chain is started. The default is what drills and tests use.
#[derive(Clone, Debug)]
pub struct Options {
    /// Funded accounts made from anvil's fixed mnemonic.
    pub accounts: usize,
    /// Timestamp of the genesis block, Unix seconds.
    pub genesis_time: u64,
    /// Further command-line arguments of anvil.
    pub extra: Vec<String>,
    /// Variables of anvil's environment.
    pub env: Vec<(String, String)>,
}

impl Default for Options {
    fn default() -> Self {
        // A fixed time makes runs repeatable: 2026-01-01T00:00:00Z.
        Self { accounts: 10, genesis_time: 1_767_225_600, extra: Vec::new(), env: Vec::new() }
    }
}

/// A running anvil; ends when dropped, and with this process even if that is killed. Rules of Osaka, with its cap of 2^24 gas a transaction (EIP-7825) enforced.
#[derive(Debug)]
pub struct DevChain {
    // Called off before the node ends.
    _watchdog: Watchdog,
    node: AnvilInstance,
    provider: DynProvider,
}

impl DevChain {
    /// Starts anvil on a free loopback port.
    ///
    /// # Errors
    /// If the binary is missing or does not come up.
    pub fn start(options: &Options) -> Result<Self, DevChainError> {
        let accounts = options.accounts.to_string();
        let time = options.genesis_time.to_string();
        let mut arguments =
            ["--hardfork", "osaka", "--enable-tx-gas-limit", "--timestamp", &time, "--accounts", &accounts]
                .map(str::to_owned)
                .to_vec();
        arguments.extend(options.extra.iter().cloned());
        let node = Anvil::at(anvil_path()).args(arguments).envs(options.env.iter().cloned()).try_spawn()?;
        let watchdog = Watchdog::over(node.child().id()).map_err(DevChainError::Watchdog)?;
        let provider = ProviderBuilder::new().connect_http(node.endpoint_url()).erased();
        Ok(Self { _watchdog: watchdog, node, provider })
    }

    /// The HTTP address.
    #[must_use]
    pub fn url(&self) -> String {
        self.node.endpoint()
    }

    /// The node's process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.node.child().id()
    }

    /// A provider without a wallet.
    #[must_use]
    pub fn provider(&self) -> &DynProvider {
        &self.provider
    }

    /// A provider that signs as `key`.
    #[must_use]
    pub fn provider_for(&self, key: &PrivateKeySigner) -> DynProvider {
        let wallet = EthereumWallet::from(key.clone());
        let provider = ProviderBuilder::new().wallet(wallet).connect_http(self.node.endpoint_url());
        provider.client().set_poll_interval(POLL);
        provider.erased()
    }

    /// The funded key number `i`.
    #[must_use]
    pub fn key(&self, i: usize) -> PrivateKeySigner {
        self.node.keys()[i].clone().into()
    }

    /// Timestamp of the latest block, Unix seconds.
    ///
    /// # Errors
    /// If anvil does not answer.
    pub async fn now(&self) -> Result<u64, DevChainError> {
        let block = self.provider.get_block_by_number(BlockNumberOrTag::Latest).await?;
        Ok(block.ok_or(DevChainError::NoBlock)?.header.timestamp)
    }

    /// Mines one block at `timestamp` (Unix seconds, later than the latest block's).
    ///
    /// # Errors
    /// If anvil does not answer, or the time lies in the past.
    pub async fn mine_at(&self, timestamp: u64) -> Result<(), DevChainError> {
        self.provider.anvil_set_next_block_timestamp(timestamp).await?;
        self.provider.evm_mine(None).await?;
        Ok(())
    }

    /// Whom the fees of blocks go to; the zero address by default.
    ///
    /// # Errors
    /// If anvil does not answer.
    pub async fn set_block_rewards_to(&self, account: Address) -> Result<(), DevChainError> {
        Ok(self.provider.anvil_set_coinbase(account).await?)
    }

    /// Sets an account's balance, in wei.
    ///
    /// # Errors
    /// If anvil does not answer.
    pub async fn fund(&self, account: Address, wei: U256) -> Result<(), DevChainError> {
        Ok(self.provider.anvil_set_balance(account, wei).await?)
    }
}
