//! Text as a QR code (ISO/IEC 18004), with its quiet zone.
//!
//! Least error correction (level L): it keeps a ticket's modules large, and a ticket has a checksum of its own.

use eyre::WrapErr;
use qrcode::{
    EcLevel, QrCode,
    render::{svg, unicode::Dense1x2},
};

/// Side of a module in an SVG image, in its units.
const MODULE: u32 = 4;

/// An SVG image, black on white.
///
/// # Errors
/// If the text is longer than the largest code holds: 4,296 characters of those that a ticket uses.
pub fn svg(text: &str) -> eyre::Result<String> {
    Ok(code(text)?.render::<svg::Color<'_>>().module_dimensions(MODULE, MODULE).build())
}

/// Lines of half blocks for a terminal with a dark background: the light modules are drawn.
///
/// # Errors
/// As [`svg()`].
pub fn blocks(text: &str) -> eyre::Result<String> {
    let code = code(text)?;
    Ok(code.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build())
}

fn code(text: &str) -> eyre::Result<QrCode> {
    QrCode::with_error_correction_level(text, EcLevel::L).wrap_err("drawing the QR code")
}
