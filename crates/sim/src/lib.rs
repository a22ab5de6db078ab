//! Model-based simulator of the vault.
//!
//! Random actions by many actors, valid and invalid, run on a reference model in plain Rust, on revm in process and on a real anvil,
//! which must agree after every step; the money rules are checked throughout; at the end of each case everyone who is owed is driven
//! out by strangers' calls. Failures shrink to a readable script that replays.
#![forbid(unsafe_code)]

pub mod action;
pub mod backend;
pub mod bench;
pub mod call;
pub mod campaign;
pub mod canary;
pub mod case;
pub mod compile;
pub mod cover;
pub mod exit;
pub mod generate;
pub mod model;
pub mod mutant;
pub mod oracle;
pub mod readback;
pub mod resolve;
pub mod shrink;
pub mod tape;
pub mod told;
pub mod trace;
pub mod world;
