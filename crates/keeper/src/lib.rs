//! The Lifeboat keeper: watches service and chain, triggers and pushes refunds.
#![forbid(unsafe_code)]

pub mod config;
pub mod keys;
pub mod units;
