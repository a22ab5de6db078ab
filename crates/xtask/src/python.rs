//! Checkers that come from PyPI: each in an environment of its own under `target/python`, at the versions pinned in `tools/python`.

use std::path::{Path, PathBuf};

use eyre::{Context, Result};

use crate::tools::Task;

/// A checker's command, installed on first use and again whenever its pins change.
///
/// # Errors
/// If Python 3 with venv is missing, or the packages cannot be had.
pub(crate) fn tool(root: &Path, name: &str) -> Result<PathBuf> {
    let pins = root.join(format!("tools/python/{name}.txt"));
    let pinned = std::fs::read(&pins).wrap_err_with(|| format!("reading {}", pins.display()))?;
    let venv = root.join("target/python").join(name);
    let stamp = venv.join("pins.txt");
    if !std::fs::read(&stamp).is_ok_and(|installed| installed == pinned) {
        eprintln!("installing {name} from PyPI into {} ...", venv.display());
        let help = "CHECKER_PYTHON: Python 3.11 or newer with venv and pip is needed (Debian: python3-venv), and PyPI";
        Task::new("python3").args(["-m", "venv", "--clear"]).arg(&venv).run().wrap_err(help)?;
        // The pins are complete: nothing else may come along.
        let pip =
            Task::new(venv.join("bin/pip")).args(["install", "--quiet", "--disable-pip-version-check", "--no-deps"]);
        pip.arg("--requirement").arg(&pins).run().wrap_err(help)?;
        std::fs::write(stamp, pinned)?;
    }
    Ok(venv.join("bin").join(name))
}
