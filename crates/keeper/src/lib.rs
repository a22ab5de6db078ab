//! The Lifeboat keeper: watches service and chain, and takes the money home when the service has stopped.
//!
//! Data flows one way: chain and probes -> [`view`] and [`history`] -> [`decide`] (pure) -> intents in the [`journal`] -> transactions ->
//! receipts -> journal. The chain is the truth; the journal only remembers what may have been broadcast. The vault makes every
//! action idempotent, so keepers need no leader: two of them waste gas at worst.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod anchors;
mod calls;
mod chain;
pub mod config;
pub mod decide;
mod error;
pub mod fees;
pub mod gas;
pub mod history;
pub mod journal;
mod keeper;
pub mod keys;
mod ledgers;
pub mod owed;
mod probe;
mod run;
mod status;
pub mod steps;
pub mod telemetry;
mod txs;
pub mod units;
pub mod view;
mod willing;

pub use chain::RpcError;
pub use error::KeeperError;
pub use run::{Outcome, run, run_watched};
pub use tokio_util::sync::CancellationToken;
