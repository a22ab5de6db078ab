//! What to do next: pure functions of the vault's state, its events, the ledger and the service's health. The chain's time decides,
//! never the machine's clock.

mod action;
mod executor;
mod operator;
mod rounds;

pub use action::{Action, ActionId};
pub use executor::{LeafId, Progress, Situation, Unpaid, beginning, executor, progress, retry_candidates, unpaid};
pub use operator::{OperatorPolicy, beat_due, operator};
