//! Makes blocks while programs under test use the chain: one as soon as transactions wait and no more arrive.

use std::{collections::HashMap, sync::Arc, time::Duration};

use alloy::{
    primitives::U256,
    providers::{DynProvider, Provider, ext::AnvilApi},
    rpc::types::BlockNumberOrTag,
};
use tokio::{sync::Mutex, task::JoinHandle};

use crate::DevChainError;

/// Seconds of chain time between two blocks that carry transactions, as on mainnet.
pub const BLOCK_SECONDS: u64 = 12;
/// Base fee of every block in wei. Held, because a run of full blocks would raise it by an eighth each.
pub const BASE_FEE: u64 = 1_000_000_000;
/// How often the pool is looked at: a block is made when nothing arrived for one such pause.
const PAUSE: Duration = Duration::from_millis(12);

/// Mines for an anvil that was started with `--no-mining`; stops when dropped.
#[derive(Debug)]
pub struct Miner {
    blocks: Arc<Mutex<Blocks>>,
    task: JoinHandle<()>,
}

impl Miner {
    /// Starts to mine on top of the latest block.
    ///
    /// # Errors
    /// If anvil does not answer.
    pub async fn start(provider: DynProvider) -> Result<Self, DevChainError> {
        let latest = provider.get_block_by_number(BlockNumberOrTag::Latest).await?.ok_or(DevChainError::NoBlock)?;
        let blocks = Arc::new(Mutex::new(Blocks { provider, time: latest.header.timestamp }));
        let task = tokio::spawn(mine_what_arrives(blocks.clone()));
        Ok(Self { blocks, task })
    }

    /// Timestamp of the latest block, Unix seconds.
    pub async fn now(&self) -> u64 {
        self.blocks.lock().await.time
    }

    /// Mines one block at `time` (Unix seconds). A time that is not after the latest block's is left alone: it has come already.
    ///
    /// # Errors
    /// If anvil does not answer.
    pub async fn advance_to(&self, time: u64) -> Result<(), DevChainError> {
        let mut blocks = self.blocks.lock().await;
        if time > blocks.time { blocks.mine_at(time).await } else { Ok(()) }
    }
}

impl Drop for Miner {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The only way to a new block: whoever holds it knows the latest block's time.
#[derive(Debug)]
struct Blocks {
    provider: DynProvider,
    time: u64,
}

impl Blocks {
    async fn mine_at(&mut self, time: u64) -> Result<(), DevChainError> {
        self.provider.anvil_set_next_block_base_fee_per_gas(BASE_FEE.into()).await?;
        self.provider.anvil_set_next_block_timestamp(time).await?;
        self.provider.evm_mine(None).await?;
        self.time = time;
        Ok(())
    }
}

/// Ends with the first call that anvil does not answer: whoever waits for a transaction has a deadline of its own.
async fn mine_what_arrives(blocks: Arc<Mutex<Blocks>>) {
    let mut seen = 0;
    loop {
        tokio::time::sleep(PAUSE).await;
        let mut blocks = blocks.lock().await;
        let Ok(waiting) = waiting_transactions(&blocks.provider).await else { return };
        if waiting == 0 || waiting != seen {
            seen = waiting;
            continue;
        }
        let time = blocks.time + BLOCK_SECONDS;
        if blocks.mine_at(time).await.is_err() {
            return;
        }
        seen = 0;
    }
}

/// Transactions that could be mined now.
async fn waiting_transactions(provider: &DynProvider) -> Result<u64, DevChainError> {
    let status: HashMap<String, U256> = provider.raw_request("txpool_status".into(), ()).await?;
    Ok(status.get("pending").map_or(0, |pending| pending.saturating_to()))
}
