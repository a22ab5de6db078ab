//! One binary for all tests of the crate: each links alloy once.

#![allow(clippy::unwrap_used)]

mod bundle;
mod list;
mod tree;
