//! A real anvil over IPC: impersonated transactions, ordered within a block by their fee cap, mined at a given time; back to one snapshot
//! for every case.

use std::{
    borrow::Cow,
    collections::{BTreeMap, VecDeque},
};

use alloy::{
    primitives::{Address, B256, Bytes, Log, U64, U256},
    providers::{DynProvider, IpcConnect, Provider, ProviderBuilder},
    rpc::types::TransactionReceipt,
    sol_types::SolCall,
    transports::{RpcError, TransportErrorKind},
};
use futures::future::{try_join, try_join_all};
use lifeboat_bindings::lens::Lens;
use lifeboat_devchain::{DevChain, DevChainError, Options};
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};
use tempfile::TempDir;
use thiserror::Error;
use tokio::{runtime::Runtime, sync::oneshot, task::JoinHandle};

use super::{Receipt, View, lens_call, revm::setup};
use crate::{
    call::Tx,
    world::{DEPLOYED_AT, GENESIS, STARTING_BALANCE, WORLD},
};

/// Fee cap of a block's first transaction, in wei; each later one has one wei less, and anvil orders by it.
const FIRST_FEE_CAP: u128 = 10_000_000_000;
/// Cases after which a fresh node takes over, and what it may have grown to before: anvil keeps something of every reverted block.
const CASES_A_NODE: u64 = 50;
const NODE_KIB: u64 = 40 * 1024;
/// Anvil's allocator (jemalloc) gives memory back at once: what a large case took would stay with the node else.
const ALLOCATOR: (&str, &str) = ("_RJEM_MALLOC_CONF", "narenas:1,dirty_decay_ms:0,muzzy_decay_ms:0");
/// Views that are worth two calls.
const MANY: usize = 128;
/// Gas for deployments and reads.
const SETUP_GAS: u64 = 16_700_000;

/// Why anvil could not be driven: the machine's trouble, not the vault's.
#[derive(Debug, Error)]
pub enum AnvilError {
    /// It did not start.
    #[error(transparent)]
    Start(#[from] DevChainError),
    /// The runtime or the directory for the socket could not be made.
    #[error("SIM_ANVIL_IO: {0}; check the temporary directory")]
    Io(#[from] std::io::Error),
    /// It refused a request.
    #[error("SIM_ANVIL_RPC: anvil refused a request: {0}; run again with `--jobs 1` if the machine is short of memory")]
    Rpc(#[from] RpcError<TransportErrorKind>),
    /// It answered in a way that it should not.
    #[error("SIM_ANVIL_ANSWER: {0}; is this the pinned anvil? see `cargo xtask lint`")]
    Answer(String),
}

/// One node with the world on it.
#[derive(Debug)]
pub struct Anvil {
    // The runtime is dropped last: the connections live on it.
    provider: DynProvider,
    /// Anvil works on one request of a connection at a time: what is read comes by another than what is sent.
    reader: DynProvider,
    node: DevChain,
    _socket: TempDir,
    runtime: Runtime,
    snapshot: U256,
    base: Head,
    now: Head,
    cases: u64,
    recorded: Option<Vec<Block>>,
    /// Blocks that were begun, oldest first.
    mining: VecDeque<JoinHandle<Result<Mined, AnvilError>>>,
    /// How far the newest of them has come.
    before: Progress,
}

/// A block's time, Unix seconds, and its transactions in order.
pub type Block = (u64, Vec<Tx>);

/// Tells the next block how far this one has come: a node takes transactions of the next one while it answers what is asked about this one.
#[derive(Debug, Default)]
struct Progress {
    mined: Option<oneshot::Receiver<()>>,
    read: Option<oneshot::Receiver<()>>,
}

/// What a node says of a block, as it comes: taking it apart would hold up the next one.
#[derive(Debug)]
struct Mined {
    /// Of the transactions as they were sent.
    hashes: Vec<B256>,
    mined: Box<RawValue>,
    receipts: Box<RawValue>,
    answers: (Bytes, Bytes),
}

/// What changes with every block.
#[derive(Clone, Debug, Default)]
struct Head {
    number: u64,
    hash: B256,
    nonces: BTreeMap<Address, u64>,
}

impl Anvil {
    /// Starts a node and sets the world up on it.
    ///
    /// # Errors
    /// If the binary is missing, or the world cannot be set up.
    pub fn start() -> Result<Self, AnvilError> {
        // A thread of its own, which talks to the node while a case goes on.
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let socket = tempfile::tempdir()?;
        let path = socket.path().join("anvil.ipc").to_string_lossy().into_owned();
        let flags = "--no-mining --order fees --prune-history 64 --transaction-block-keeper 4 --disable-block-gas-limit --no-request-size-limit \
                     --block-base-fee-per-gas 0 --gas-price 0 --ipc";
        let extra = flags.split_whitespace().map(str::to_owned).chain([path.clone()]).collect();
        let env = vec![(ALLOCATOR.0.to_owned(), ALLOCATOR.1.to_owned())];
        let node = DevChain::start(&Options { accounts: 1, genesis_time: GENESIS, extra, env })?;
        let connect =
            || ProviderBuilder::new().disable_recommended_fillers().connect_ipc(IpcConnect::new(path.clone()));
        let provider = runtime.block_on(connect())?.erased();
        let reader = runtime.block_on(connect())?.erased();
        let mut anvil = Self {
            provider,
            reader,
            node,
            _socket: socket,
            runtime,
            snapshot: U256::ZERO,
            base: Head::default(),
            now: Head::default(),
            cases: 0,
            recorded: None,
            mining: VecDeque::new(),
            before: Progress::default(),
        };
        anvil.set_up()?;
        Ok(anvil)
    }

    /// Back to the state right after deployment; on a fresh node now and then.
    ///
    /// # Errors
    /// If anvil does not answer or the snapshot is gone, or a fresh one does not start.
    pub fn reset(&mut self) -> Result<(), AnvilError> {
        for mining in self.mining.drain(..) {
            // Of a case that has ended early: what became of its last blocks is of no interest.
            let _ = self.runtime.block_on(mining);
        }
        self.before = Progress::default();
        if self.cases == CASES_A_NODE || self.memory("VmRSS:").is_some_and(|kib| kib > NODE_KIB) {
            *self = Self { recorded: self.recorded.take(), ..Self::start()? };
        }
        self.cases += 1;
        let reverted: bool = self.ask("evm_revert", json!([self.snapshot]))?;
        if !reverted {
            return Err(AnvilError::Answer("the snapshot is gone".to_owned()));
        }
        // Transactions left in the pool would survive a revert.
        let _: Value = self.ask("anvil_dropAllTransactions", json!([]))?;
        self.snapshot = self.ask("evm_snapshot", json!([]))?;
        self.now = self.base.clone();
        Ok(())
    }

    /// Number and hash of the newest block.
    #[must_use]
    pub fn head(&self) -> (u64, B256) {
        (self.now.number, self.now.hash)
    }

    /// Where the node answers HTTP.
    #[must_use]
    pub fn url(&self) -> String {
        self.node.url()
    }

    /// From now on, what is mined is also kept.
    pub fn record(&mut self) {
        self.recorded = Some(Vec::new());
    }

    /// Ends a record.
    pub fn take_record(&mut self) -> Vec<Block> {
        self.recorded.take().unwrap_or_default()
    }

    /// Each transaction gets a block of its own as soon as it is sent; this handle can mine no more.
    ///
    /// # Errors
    /// If anvil refuses.
    pub fn mine_at_once(&self) -> Result<(), AnvilError> {
        let _: Value = self.ask("evm_setAutomine", json!([true]))?;
        Ok(())
    }

    /// The node's largest resident memory so far; `None` where there is no /proc.
    #[must_use]
    pub fn largest_kib(&self) -> Option<u64> {
        self.memory("VmHWM:")
    }

    fn memory(&self, kind: &str) -> Option<u64> {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.node.pid())).ok()?;
        text.lines().find_map(|line| line.strip_prefix(kind))?.split_whitespace().next()?.parse().ok()
    }

    /// Mines one block at `time` with these transactions in this order, and reads views in it. What the transactions returned is known only
    /// on request.
    ///
    /// # Errors
    /// If anvil refuses a transaction or the read, or mines others.
    pub fn mine(
        &mut self,
        time: u64,
        txs: &[&Tx],
        outputs: bool,
        views: &[View],
    ) -> Result<(Vec<Receipt>, Vec<Bytes>), AnvilError> {
        self.begin(time, txs, outputs, views);
        self.end()
    }

    /// Begins to mine such a block; `end` waits for it. Several may be begun, and end in their order.
    pub fn begin(&mut self, time: u64, txs: &[&Tx], outputs: bool, views: &[View]) {
        if let Some(recorded) = &mut self.recorded {
            recorded.push((time, txs.iter().map(|tx| (*tx).clone()).collect()));
        }
        let requests = txs.iter().zip(0..).map(|(tx, position)| self.request(tx, position)).collect();
        let (mined, read) = (oneshot::channel(), oneshot::channel());
        let before = std::mem::replace(&mut self.before, Progress { mined: Some(mined.1), read: Some(read.1) });
        let (provider, reader, views) = (self.provider.clone(), self.reader.clone(), views.to_vec());
        let number = self.now.number + self.mining.len() as u64 + 1;
        let mining =
            Mining { provider, reader, number, time, requests, outputs, views, before, mined: mined.0, read: read.0 };
        self.mining.push_back(self.runtime.spawn(mining.run()));
    }

    /// Waits for the oldest block that was begun.
    ///
    /// # Errors
    /// As of `mine`, or if none was begun.
    pub fn end(&mut self) -> Result<(Vec<Receipt>, Vec<Bytes>), AnvilError> {
        let mining = self.mining.pop_front().ok_or_else(|| AnvilError::Answer("no block was begun".to_owned()))?;
        let ended = self.runtime.block_on(mining).map_err(|error| AnvilError::Answer(error.to_string()))?;
        let Mined { hashes, mined, receipts, answers } = ended?;
        let receipts: Vec<TransactionReceipt> = parse(&receipts)?;
        if receipts.iter().map(|receipt| receipt.transaction_hash).ne(hashes) {
            return Err(AnvilError::Answer("a block holds other transactions than were sent".to_owned()));
        }
        self.now.number += 1;
        self.now.hash = match receipts.first().and_then(|receipt| receipt.block_hash) {
            Some(hash) => hash,
            None => return Err(AnvilError::Answer("a block without transactions".to_owned())),
        };
        let outputs: Value = parse(&mined)?;
        let receipts = receipts.iter().enumerate();
        let receipts = receipts.map(|(position, receipt)| read_receipt(receipt, &outputs, position)).collect();
        Ok((receipts, [answers_of(&answers.0)?, answers_of(&answers.1)?].concat()))
    }

    /// Reads views at the newest block.
    ///
    /// # Errors
    /// If anvil refuses the call.
    pub fn read(&self, views: &[View]) -> Result<Vec<Bytes>, AnvilError> {
        answers_of(&self.runtime.block_on(read(&self.provider, views))?)
    }

    fn set_up(&mut self) -> Result<(), AnvilError> {
        let _: Value = self.ask("anvil_autoImpersonateAccount", json!([true]))?;
        for holder in WORLD.holders() {
            let _: Value = self.ask("anvil_setBalance", json!([holder, U256::from(STARTING_BALANCE)]))?;
        }
        let steps: Vec<Tx> = setup(&WORLD.deployments())
            .into_iter()
            .map(|(to, data)| Tx { from: WORLD.driver, to, value: U256::ZERO, data, gas: SETUP_GAS, tip: 0 })
            .collect();
        let (receipts, _) = self.mine(DEPLOYED_AT, &steps.iter().collect::<Vec<_>>(), false, &[])?;
        if let Some(step) = receipts.iter().position(|receipt| !receipt.succeeded) {
            return Err(AnvilError::Answer(format!("setting up the world failed at step {step}")));
        }
        self.snapshot = self.ask("evm_snapshot", json!([]))?;
        self.base = self.now.clone();
        Ok(())
    }

    fn request(&mut self, tx: &Tx, position: u128) -> Value {
        let nonce = self.now.nonces.entry(tx.from).or_default();
        *nonce += 1;
        json!({
            "type": "0x2",
            "from": tx.from,
            "to": tx.to,
            "value": tx.value,
            "input": tx.data,
            "gas": U64::from(tx.gas),
            "nonce": U64::from(*nonce - 1),
            "maxFeePerGas": U256::from(FIRST_FEE_CAP - position),
            "maxPriorityFeePerGas": U256::from(tx.tip),
        })
    }

    fn ask<R: alloy::rpc::json_rpc::RpcRecv>(&self, method: &'static str, params: Value) -> Result<R, AnvilError> {
        Ok(self.runtime.block_on(self.provider.raw_request(Cow::Borrowed(method), params))?)
    }
}

/// A block on its way.
struct Mining {
    provider: DynProvider,
    reader: DynProvider,
    number: u64,
    time: u64,
    requests: Vec<Value>,
    outputs: bool,
    views: Vec<View>,
    before: Progress,
    mined: oneshot::Sender<()>,
    read: oneshot::Sender<()>,
}

impl Mining {
    async fn run(self) -> Result<Mined, AnvilError> {
        let provider = &self.provider;
        // Earlier they would get into the block before.
        reached(self.before.mined).await?;
        let sends = self
            .requests
            .into_iter()
            .map(|request| provider.raw_request::<_, B256>(Cow::Borrowed("eth_sendTransaction"), json!([request])));
        let hashes = try_join_all(sends).await?;
        reached(self.before.read).await?;
        let (method, params) = if self.outputs {
            ("anvil_mine_detailed", json!([{ "timestamp": self.time, "blocks": 1 }]))
        } else {
            ("evm_mine", json!([self.time]))
        };
        let mined = provider.raw_request(Cow::Borrowed(method), params).await?;
        // Nobody waits if this is the last block: then it is nobody's loss.
        let _ = self.mined.send(());
        // All at once: anvil has threads enough. The next block is mined while this one's receipts are written, but not while views are
        // read in it.
        let receipts = async {
            let number = json!([U64::from(self.number)]);
            Ok(self.reader.raw_request(Cow::Borrowed("eth_getBlockReceipts"), number).await?)
        };
        let answers = async {
            // By both connections, or the many of a case's end would take twice as long.
            let (front, back) = self.views.split_at(if self.views.len() > MANY { self.views.len() / 2 } else { 0 });
            let answers = try_join(read(provider, front), read(&self.reader, back)).await?;
            let _ = self.read.send(());
            Ok::<_, AnvilError>(answers)
        };
        let (receipts, answers) = try_join(receipts, answers).await?;
        Ok(Mined { hashes, mined, receipts, answers })
    }
}

/// The block before has come so far; at once if there is none.
async fn reached(signal: Option<oneshot::Receiver<()>>) -> Result<(), AnvilError> {
    let Some(signal) = signal else { return Ok(()) };
    signal.await.map_err(|_| AnvilError::Answer("the block before was not mined".to_owned()))
}

/// Asks the lens; nothing if there is nothing to ask.
async fn read(provider: &DynProvider, views: &[View]) -> Result<Bytes, AnvilError> {
    if views.is_empty() {
        return Ok(Bytes::new());
    }
    let gas = U64::from(SETUP_GAS);
    let call = json!({ "from": WORLD.driver, "to": WORLD.lens, "data": lens_call(views), "gas": gas });
    Ok(provider.raw_request(Cow::Borrowed("eth_call"), json!([call, "latest"])).await?)
}

fn answers_of(lens: &Bytes) -> Result<Vec<Bytes>, AnvilError> {
    if lens.is_empty() {
        return Ok(Vec::new());
    }
    Lens::readCall::abi_decode_returns(lens).map_err(|error| AnvilError::Answer(error.to_string()))
}

fn parse<'a, T: Deserialize<'a>>(answer: &'a RawValue) -> Result<T, AnvilError> {
    serde_json::from_str(answer.get()).map_err(|error| AnvilError::Answer(error.to_string()))
}

fn read_receipt(receipt: &TransactionReceipt, mined: &Value, position: usize) -> Receipt {
    let output = &mined[0]["transactions"][position]["output"];
    Receipt {
        succeeded: receipt.status(),
        gas: receipt.gas_used,
        output: serde_json::from_value(output.clone()).unwrap_or_default(),
        logs: receipt.logs().iter().map(|log| Log { address: log.address(), data: log.data().clone() }).collect(),
    }
}
