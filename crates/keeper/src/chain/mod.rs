//! The chain as the keeper sees it: endpoints of which a quorum must agree, calls pinned to one block, heads and reorganisations.

mod ballot;
pub(crate) mod call;
mod endpoint;
pub(crate) mod follow;
pub(crate) mod head;
pub(crate) mod outcome;
pub(crate) mod rpc;
pub(crate) mod standing;

pub use rpc::RpcError;
