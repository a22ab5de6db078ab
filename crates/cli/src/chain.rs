//! The connection to a chain: which one, where its head is, who sends.

use std::str::FromStr;

use alloy::{
    consensus::BlockHeader,
    eips::BlockId,
    network::{BlockResponse, EthereumWallet},
    primitives::{Address, B256},
    providers::{DynProvider, Provider, ProviderBuilder},
    rpc::types::{BlockNumberOrTag, Header},
    signers::local::PrivateKeySigner,
};
use eyre::WrapErr;

use crate::failure::Failure;

/// Blocks above a block that make it final enough where nodes know no finalized one.
const SETTLED_AFTER: u64 = 64;

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

/// A block that a user names: by its number, or by how settled it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockChoice {
    /// By number.
    Number(u64),
    /// No honest majority of validators takes it back any more.
    Finalized,
    /// Unlikely to be taken back.
    Safe,
    /// The newest, which the next minute may take back.
    Latest,
}

impl FromStr for BlockChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "finalized" => Ok(Self::Finalized),
            "safe" => Ok(Self::Safe),
            "latest" => Ok(Self::Latest),
            number => number
                .parse()
                .map(Self::Number)
                .map_err(|_| format!("`{text}` is no block: write a number, or finalized, safe or latest")),
        }
    }
}

impl From<BlockChoice> for BlockNumberOrTag {
    fn from(choice: BlockChoice) -> Self {
        match choice {
            BlockChoice::Number(number) => Self::Number(number),
            BlockChoice::Finalized => Self::Finalized,
            BlockChoice::Safe => Self::Safe,
            BlockChoice::Latest => Self::Latest,
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

/// A block, most often the newest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Height.
    pub number: u64,
    /// Hash: reads that belong together name it.
    pub hash: B256,
    /// Unix seconds: the chain's own time, by which every timer of a vault runs.
    pub timestamp: u64,
}

impl From<&Header> for Head {
    fn from(header: &Header) -> Self {
        Self { number: header.number(), hash: header.hash, timestamp: header.timestamp() }
    }
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

    /// A block that the user has chosen. On a chain whose nodes know no finalized block it is the one 64 blocks below the newest, which
    /// is two epochs, as long as Ethereum takes to finalize.
    ///
    /// # Errors
    /// `RPC_NO_SUCH_BLOCK`; if the node does not answer.
    pub async fn block(&self, choice: BlockChoice) -> eyre::Result<Head> {
        let read = self.provider.get_block_by_number(choice.into()).await;
        let read = match read {
            // Clients word it in their own ways: an error of the node, not of the connection, is its answer.
            Err(error) if error.as_error_resp().is_some() => None,
            answer => answer.wrap_err("reading the block")?,
        };
        if let Some(block) = read {
            return Ok(Head::from(block.header()));
        }
        if choice == BlockChoice::Finalized {
            let settled = self.head().await?.number.saturating_sub(SETTLED_AFTER);
            return Box::pin(self.block(BlockChoice::Number(settled))).await;
        }
        Failure::report(
            "RPC_NO_SUCH_BLOCK",
            format!("the node does not know block {choice:?}"),
            "name a block that there is: --block NUMBER, or --block latest",
        )
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

    /// Refuses an address without code at the newest block.
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
    Ok(Head::from(block.header()))
}
