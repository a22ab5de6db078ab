//! One RPC URL: hard timeouts, its chain checked before it is believed.

use std::sync::atomic::{AtomicBool, Ordering};

use alloy::{
    rpc::client::RpcClient,
    transports::{RpcError as AlloyError, TransportErrorKind, http::Http},
};
use reqwest::{Client, Url};
use serde_json::{Value, json};
use thiserror::Error;

use crate::{
    chain::{
        call::{Answer, Call},
        rpc::RpcError,
        standing::Standing,
    },
    config::RpcConfig,
};

pub(crate) struct Endpoint {
    /// Scheme, host and port: the rest of a URL often holds an access key.
    name: String,
    pub(crate) standing: Standing,
    client: RpcClient,
    /// Whether its chain id was checked since its last failure.
    checked: AtomicBool,
}

impl Endpoint {
    pub(crate) fn new(url: &Url, config: &RpcConfig) -> Result<Self, RpcError> {
        let name = url.origin().ascii_serialization();
        // Without a timeout a black-hole endpoint would hold the keeper for ever.
        let client = Client::builder()
            .timeout(config.timeout.0)
            .connect_timeout(config.timeout.0)
            .build()
            .map_err(|error| RpcError::Unreachable { endpoints: name.clone(), reason: error.to_string() })?;
        let client = RpcClient::new(Http::with_client(client, url.clone()), false);
        Ok(Self { standing: Standing::new(name.clone()), name, client, checked: AtomicBool::new(false) })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Sends calls in one HTTP request. An error is the endpoint's failure: another one may do better.
    pub(crate) async fn ask(&self, calls: &[Call], chain_id: u64) -> Result<Vec<Answer>, EndpointError> {
        let answers = self.ask_checked(calls, chain_id).await;
        if let Err(error) = &answers {
            self.checked.store(false, Ordering::Relaxed);
            self.standing.failed(&error.to_string());
        }
        answers
    }

    async fn ask_checked(&self, calls: &[Call], chain_id: u64) -> Result<Vec<Answer>, EndpointError> {
        if !self.checked.load(Ordering::Relaxed) {
            self.check_chain(chain_id).await?;
            self.checked.store(true, Ordering::Relaxed);
        }
        self.batch(calls).await
    }

    async fn check_chain(&self, expected: u64) -> Result<(), EndpointError> {
        let answers = self.batch(&[Call::new("eth_chainId", json!([]))]).await?;
        let text = answers.into_iter().next().and_then(Result::ok).and_then(|value| value.as_str().map(str::to_owned));
        let found = text.as_deref().and_then(|hex| u64::from_str_radix(hex.trim_start_matches("0x"), 16).ok());
        match found {
            Some(found) if found == expected => Ok(()),
            Some(found) => Err(EndpointError::WrongChain(found)),
            None => Err(EndpointError::Failed("eth_chainId was not answered".to_owned())),
        }
    }

    async fn batch(&self, calls: &[Call]) -> Result<Vec<Answer>, EndpointError> {
        let mut batch = self.client.new_batch();
        let mut waiters = Vec::with_capacity(calls.len());
        for call in calls {
            let waiter =
                batch.add_call::<Value, Value>(call.method, &call.params).map_err(EndpointError::from_alloy)?;
            waiters.push(waiter);
        }
        batch.send().await.map_err(EndpointError::from_alloy)?;
        let mut answers = Vec::with_capacity(calls.len());
        for waiter in waiters {
            answers.push(match waiter.await {
                Ok(value) => Ok(value),
                // Rate limits come as errors of the node: they are the endpoint's failure, not an answer.
                Err(AlloyError::ErrorResp(payload)) if payload.is_retry_err() => {
                    return Err(EndpointError::Failed(payload.to_string()));
                }
                Err(AlloyError::ErrorResp(payload)) => Err(payload),
                Err(error) => return Err(EndpointError::from_alloy(error)),
            });
        }
        Ok(answers)
    }
}

/// Why an endpoint is of no use at the moment.
#[derive(Debug, Error)]
pub(crate) enum EndpointError {
    /// It serves this other chain.
    #[error("it serves chain {0}")]
    WrongChain(u64),
    /// Connection, timeout, HTTP status, truncated or foreign body, rate limit.
    #[error("{0}")]
    Failed(String),
}

impl EndpointError {
    fn from_alloy(error: AlloyError<TransportErrorKind>) -> Self {
        // The transport's text would repeat the URL, which may hold an access key.
        let text = match &error {
            AlloyError::Transport(TransportErrorKind::HttpError(http)) => format!("HTTP status {}", http.status),
            AlloyError::Transport(TransportErrorKind::HttpErrorWithRetryAfter { error, .. }) => {
                format!("HTTP status {}", error.status)
            }
            AlloyError::Transport(TransportErrorKind::MissingBatchResponse(_)) => "incomplete answer".to_owned(),
            AlloyError::Transport(_) => "no connection, or no answer in time".to_owned(),
            AlloyError::DeserError { .. } => "the answer is not JSON-RPC".to_owned(),
            other => other.to_string(),
        };
        Self::Failed(text)
    }
}
