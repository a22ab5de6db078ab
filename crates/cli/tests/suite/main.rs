//! The real command against a real anvil.
#![allow(clippy::unwrap_used)]

mod anchoring;
mod command;
mod disputes;
mod escrows;
mod languages;
mod ledger;
mod lifecycle;
mod orphans;
mod records;
mod refusals;
mod safeguards;
mod scan;
mod watch;
mod world;
