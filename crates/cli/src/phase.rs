//! The phases as the contract counts them.

/// Claims are possible.
pub const RETURNING: u8 = 3;

/// The name of a phase.
#[must_use]
pub fn name(phase: u8) -> &'static str {
    match phase {
        0 => "LIVE",
        1 => "SUSPECTED",
        2 => "LATCHED",
        RETURNING => "RETURNING",
        _ => "UNKNOWN",
    }
}
