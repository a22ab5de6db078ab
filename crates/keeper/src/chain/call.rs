//! One JSON-RPC call and its answer.

use alloy::{
    eips::BlockId,
    primitives::{Address, B256, Bytes},
    rpc::{
        json_rpc::ErrorPayload,
        types::{TransactionInput, TransactionRequest},
    },
    sol_types::SolCall,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::chain::rpc::RpcError;

/// A call that has not been sent yet.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) method: &'static str,
    pub(crate) params: Value,
}

/// What a node said: a value, or an error of its own (not of the connection).
pub(crate) type Answer = Result<Value, ErrorPayload>;

impl Call {
    pub(crate) fn new(method: &'static str, params: Value) -> Self {
        Self { method, params }
    }

    /// A view function of a contract, read at `block`.
    pub(crate) fn view<C: SolCall>(to: Address, call: &C, block: BlockId) -> Self {
        Self::simulate(&TransactionRequest::default().to(to).input(call.abi_encode().into()), block)
    }

    /// A dry run of a transaction on top of `block`.
    pub(crate) fn simulate(request: &TransactionRequest, block: BlockId) -> Self {
        Self::new("eth_call", json!([request, block]))
    }

    pub(crate) fn block_by_number(number: u64) -> Self {
        Self::new("eth_getBlockByNumber", json!([format!("{number:#x}"), false]))
    }

    pub(crate) fn latest_block() -> Self {
        Self::new("eth_getBlockByNumber", json!(["latest", false]))
    }

    pub(crate) fn receipt(hash: B256) -> Self {
        Self::new("eth_getTransactionReceipt", json!([hash]))
    }

    pub(crate) fn send_raw(raw: &Bytes) -> Self {
        Self::new("eth_sendRawTransaction", json!([raw]))
    }
}

/// A dry run's transaction.
pub(crate) fn request(from: Address, to: Address, data: Bytes) -> TransactionRequest {
    TransactionRequest::default().from(from).to(to).input(TransactionInput::new(data))
}

/// Pins a read to one block: a node that does not have it, or has left it, errors instead of answering for another (EIP-1898).
pub(crate) const fn pinned(hash: B256) -> BlockId {
    BlockId::hash_canonical(hash)
}

/// Reads an answer as `T`; a node's own error becomes an [`RpcError`].
pub(crate) fn typed<T: DeserializeOwned>(method: &'static str, answer: Answer) -> Result<T, RpcError> {
    let value = answer.map_err(|error| RpcError::Refused { method, reason: error.to_string() })?;
    serde_json::from_value(value).map_err(|error| RpcError::Malformed { method, reason: error.to_string() })
}

/// Reads a view function's answer.
pub(crate) fn returned<C: SolCall>(answer: Answer) -> Result<C::Return, RpcError> {
    let bytes: Bytes = typed(C::SIGNATURE, answer)?;
    C::abi_decode_returns(&bytes)
        .map_err(|error| RpcError::Malformed { method: C::SIGNATURE, reason: error.to_string() })
}
