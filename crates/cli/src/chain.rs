//! The connection to a chain: which one, where its head is, who sends.

use alloy::{
    consensus::BlockHeader,
    eips::BlockId,
    network::{BlockResponse, EthereumWallet},
    primitives::{Address, B256},
    providers::{DynProvider, Provider, ProviderBuilder},
    rpc::types::BlockNumberOrTag,
    signers::local::PrivateKeySigner,
};
use eyre::WrapErr;

use crate::failure::Failure;

/// How to reach the chain.
#[derive(Clone, Debug, clap::Args)]
pub struct ChainArgs {
    /// HTTP address (or IPC path) of a node of the vault's chain.
    #[arg(long, env = "LIFEBOAT_RPC_URL", hide_env_values = true, value_name = "URL")]
    pub rpc_url: String,
}

/// How to reach the chain, where a command can do without.
#[derive(Clone, Debug, clap::Args)]
pub struct OptionalChainArgs {
    /// HTTP address (or IPC path) of a node of the vault's chain.
    #[arg(long, env = "LIFEBOAT_RPC_URL", hide_env_values = true, value_name = "URL")]
    pub rpc_url: Option<String>,
}

impl OptionalChainArgs {
    /// Connects if an address was given.
    ///
    /// # Errors
    /// As [`ChainArgs::connect`].
    pub async fn connect(self) -> eyre::Result<Option<Chain>> {
        match self.rpc_url {
            Some(rpc_url) => Ok(Some(ChainArgs { rpc_url }.connect().await?)),
            None => Ok(None),
        }
    }
}

/// Where to begin reading the vault's history.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct HistoryArgs {
    /// Block at which the vault was deployed, or an earlier one: spares slow searches on long chains.
    #[arg(long, env = "LIFEBOAT_FROM_BLOCK", default_value_t = 0, value_name = "BLOCK")]
    pub from_block: u64,
}

/// A chain that answers.
#[derive(Clone, Debug)]
pub struct Chain {
    /// Reads; has no key.
    pub provider: DynProvider,
    /// EIP-155 chain id.
    pub id: u64,
    url: String,
}

/// The newest block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Height.
    pub number: u64,
    /// Hash: reads that belong together name it.
    pub hash: B256,
    /// Unix seconds: the chain's own time, by which every timer of a vault runs.
    pub timestamp: u64,
}

impl Head {
    /// For calls that read the state at this block.
    #[must_use]
    pub fn id(&self) -> BlockId {
        BlockId::hash(self.hash)
    }
}

/// Who sends transactions.
#[derive(Clone, Debug)]
pub struct Sender {
    /// Signs as `address`.
    pub provider: DynProvider,
    /// Pays the gas.
    pub address: Address,
}

impl ChainArgs {
    /// Connects and asks for the chain's id.
    ///
    /// # Errors
    /// `RPC_URL_MALFORMED`, or that the node does not answer.
    pub async fn connect(&self) -> eyre::Result<Chain> {
        let builder = ProviderBuilder::new().connect(&self.rpc_url).await;
        let provider = builder.map_err(|error| url_failure(&error.to_string()))?.erased();
        let id = provider.get_chain_id().await.wrap_err("asking the node for its chain id")?;
        Ok(Chain { provider, id, url: self.rpc_url.clone() })
    }
}

// The URL may hold an access token: it is not repeated.
fn url_failure(error: &str) -> Failure {
    Failure::new(
        "RPC_URL_MALFORMED",
        format!("the RPC URL cannot be used: {error}"),
        "give --rpc-url as http://host:port or https://...",
    )
}

impl Chain {
    /// The newest block.
    ///
    /// # Errors
    /// If the node does not answer.
    pub async fn head(&self) -> eyre::Result<Head> {
        head(&self.provider).await
    }

    /// A sender that signs with `key`.
    ///
    /// # Errors
    /// If the node cannot be reached a second time.
    pub async fn sender(&self, key: &PrivateKeySigner) -> eyre::Result<Sender> {
        let wallet = EthereumWallet::from(key.clone());
        let connected = ProviderBuilder::new().wallet(wallet).connect(&self.url).await;
        let provider = connected.map_err(|error| url_failure(&error.to_string()))?.erased();
        Ok(Sender { provider, address: key.address() })
    }

    /// Refuses an address without code.
    ///
    /// # Errors
    /// `VAULT_NOT_FOUND`.
    pub async fn require_code(&self, vault: Address) -> eyre::Result<()> {
        if self.provider.get_code_at(vault).await?.is_empty() {
            return Failure::report(
                "VAULT_NOT_FOUND",
                format!("there is no contract at {vault} on chain {}", self.id),
                "check the address and that the RPC URL is of the right chain",
            );
        }
        Ok(())
    }
}

/// The newest block that a provider knows.
///
/// # Errors
/// If the node does not answer.
pub async fn head(provider: &DynProvider) -> eyre::Result<Head> {
    let block = provider.get_block_by_number(BlockNumberOrTag::Latest).await.wrap_err("reading the newest block")?;
    let Some(block) = block else {
        return Failure::report("RPC_NO_BLOCK", "the node has no newest block", "wait until the node is synchronised");
    };
    let header = block.header();
    Ok(Head { number: header.number(), hash: header.hash, timestamp: header.timestamp() })
}
