//! The terms of a vault: read from a TOML file, checked as the constructor checks them, told in words.

mod checks;
mod file;
mod words;

pub use checks::check;
pub use file::{TermsFile, load, parse_signer};
pub use words::in_words;

/// The profile with small timer bounds, as the contract counts it.
pub const TESTNET: u8 = 1;
/// The profile with full timer bounds, as the contract counts it.
pub const PRODUCTION: u8 = 0;
