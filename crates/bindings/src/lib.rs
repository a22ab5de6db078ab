//! Rust bindings of the Lifeboat contracts: generated calls and events, creation code, EIP-712 messages, CREATE2 addresses, and
//! every error of the vault in words.
#![forbid(unsafe_code)]

pub mod create2;
pub mod errors;
mod generated;
pub mod typed;

pub use generated::*;
