//! The keeper against a real anvil: real vault, real bundles, real HTTP services that die.
#![allow(clippy::unwrap_used)]

mod beats;
mod faults;
mod late;
mod proxy;
mod quorum;
mod returns;
mod service;
mod world;
