//! Several endpoints as one: batches, failover in order of preference, a count of the calls made.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use thiserror::Error;
use tracing::warn;

use crate::{
    chain::{
        call::{Answer, Call},
        endpoint::{Endpoint, EndpointError},
    },
    config::RpcConfig,
};

/// Why the chain could not be asked.
#[derive(Debug, Error)]
pub enum RpcError {
    /// No endpoint answered.
    #[error("KEEPER_RPC_UNREACHABLE: no endpoint answers ({endpoints}): {reason}; the keeper tries again")]
    Unreachable {
        /// Who was asked.
        endpoints: String,
        /// What the last one failed with.
        reason: String,
    },
    /// Every endpoint that answers is on another chain.
    #[error(
        "KEEPER_RPC_WRONG_CHAIN: {endpoint} serves chain {found}, the vault is on chain {expected}; correct rpc.urls or vault.chain_id"
    )]
    WrongChain {
        /// Who was asked.
        endpoint: String,
        /// Its chain.
        found: u64,
        /// The configured chain.
        expected: u64,
    },
    /// A node refused a call.
    #[error("KEEPER_RPC_REFUSED: {method} was refused: {reason}; the keeper tries again")]
    Refused {
        /// The method or function.
        method: &'static str,
        /// The node's words.
        reason: String,
    },
    /// A node's answer makes no sense.
    #[error("KEEPER_RPC_MALFORMED: the answer to {method} cannot be read: {reason}; the keeper tries again")]
    Malformed {
        /// The method or function.
        method: &'static str,
        /// What is wrong.
        reason: String,
    },
}

/// All endpoints of one chain.
pub(crate) struct Rpc {
    endpoints: Vec<Endpoint>,
    /// Index of the endpoint that answered last.
    preferred: AtomicUsize,
    chain_id: u64,
    batch: usize,
    calls: AtomicU64,
}

impl Rpc {
    pub(crate) fn new(config: &RpcConfig, chain_id: u64) -> Result<Self, RpcError> {
        let endpoints = config.urls.iter().map(|url| Endpoint::new(url, config)).collect::<Result<_, _>>()?;
        let (preferred, calls) = (AtomicUsize::new(0), AtomicU64::new(0));
        Ok(Self { endpoints, preferred, chain_id, batch: config.batch, calls })
    }

    /// JSON-RPC calls made so far.
    pub(crate) fn calls_made(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// Asks one thing.
    pub(crate) async fn ask_one(&self, call: Call) -> Result<Answer, RpcError> {
        let method = call.method;
        let answer = self.ask(&[call]).await?.pop();
        answer.ok_or(RpcError::Malformed { method, reason: "no answer".to_owned() })
    }

    /// Asks many things, in as few HTTP requests as allowed. Answers come in the order of the calls.
    pub(crate) async fn ask(&self, calls: &[Call]) -> Result<Vec<Answer>, RpcError> {
        let mut answers = Vec::with_capacity(calls.len());
        for chunk in calls.chunks(self.batch) {
            answers.extend(self.ask_chunk(chunk).await?);
        }
        Ok(answers)
    }

    async fn ask_chunk(&self, calls: &[Call]) -> Result<Vec<Answer>, RpcError> {
        let first = self.preferred.load(Ordering::Relaxed);
        let mut failure = None;
        for at in (0..self.endpoints.len()).map(|step| (first + step) % self.endpoints.len()) {
            let endpoint = &self.endpoints[at];
            self.calls.fetch_add(calls.len() as u64, Ordering::Relaxed);
            match endpoint.ask(calls, self.chain_id).await {
                Ok(answers) => {
                    self.preferred.store(at, Ordering::Relaxed);
                    return Ok(answers);
                }
                Err(error) => {
                    warn!(endpoint = endpoint.name(), ?error, "endpoint failed");
                    failure = Some(self.explain(endpoint, error));
                }
            }
        }
        Err(failure
            .unwrap_or_else(|| RpcError::Unreachable { endpoints: String::new(), reason: "none named".to_owned() }))
    }

    fn explain(&self, endpoint: &Endpoint, error: EndpointError) -> RpcError {
        match error {
            EndpointError::WrongChain(found) => {
                RpcError::WrongChain { endpoint: endpoint.name().to_owned(), found, expected: self.chain_id }
            }
            EndpointError::Failed(reason) => {
                let endpoints = self.endpoints.iter().map(Endpoint::name).collect::<Vec<_>>().join(", ");
                RpcError::Unreachable { endpoints, reason }
            }
        }
    }
}
