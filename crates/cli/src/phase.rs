//! The phases as the contract counts them.

/// The signers move the reserve.
pub const LIVE: u8 = 0;
/// Claims are possible.
pub const RETURNING: u8 = 3;

/// The name of a phase.
#[must_use]
pub fn name(phase: u8) -> &'static str {
    match phase {
        LIVE => "LIVE",
        1 => "SUSPECTED",
        2 => "LATCHED",
        RETURNING => "RETURNING",
        _ => "UNKNOWN",
    }
}
