//! A local anvil under full control, for drills, tests and the simulator: the pinned binary, production's rules, one process that
//! ends with its handle and with whoever started it, and time that is set, never slept.
#![forbid(unsafe_code)]

mod binary;
mod chain;
mod miner;
mod watchdog;

pub use binary::anvil_path;
pub use chain::{DevChain, DevChainError, Options};
pub use miner::{BASE_FEE, BLOCK_SECONDS, Miner};
pub use watchdog::Watchdog;
