//! Where the pinned anvil is.

use std::path::{Path, PathBuf};

/// The anvil to start: `LIFEBOAT_ANVIL` if set (`cargo xtask` sets it), else the npm package in this checkout, else `anvil` on PATH.
#[must_use]
pub fn anvil_path() -> PathBuf {
    if let Some(path) = std::env::var_os("LIFEBOAT_ANVIL") {
        return path.into();
    }
    let installed =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil");
    if installed.is_file() { installed } else { "anvil".into() }
}
