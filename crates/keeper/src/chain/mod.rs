//! The chain as the keeper sees it: endpoints with failover, calls pinned to one block, heads and reorganisations.

pub(crate) mod call;
mod endpoint;
pub(crate) mod follow;
pub(crate) mod head;
pub(crate) mod outcome;
pub(crate) mod rpc;

pub use rpc::RpcError;
