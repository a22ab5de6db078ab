//! What commands print, and the question before anything is sent.

use std::{
    io::{BufRead, IsTerminal, Write},
    path::Path,
};

use eyre::WrapErr;
use serde::Serialize;

use crate::failure::Failure;

/// A command's result: text for people, JSON for programs, from the same values.
pub trait Report: Serialize {
    /// Lines for a person, amounts with their unit, without a final newline.
    fn text(&self) -> String;
}

/// Writes a new file.
///
/// # Errors
/// `FILE_EXISTS`, or that the file cannot be written.
pub fn write_new(path: &Path, text: &str) -> eyre::Result<()> {
    let created = std::fs::OpenOptions::new().write(true).create_new(true).open(path);
    let mut file = match created {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            return Failure::report(
                "FILE_EXISTS",
                format!("{} exists, and is not overwritten", path.display()),
                "choose another name",
            );
        }
        Err(error) => return Err(error).wrap_err_with(|| format!("creating {}", path.display())),
    };
    file.write_all(text.as_bytes()).wrap_err_with(|| format!("writing {}", path.display()))
}

/// Replaces a file in one step, so that a crash leaves the old one.
///
/// # Errors
/// If the directory cannot be written.
pub fn replace(path: &Path, text: &str) -> eyre::Result<()> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path).wrap_err_with(|| format!("replacing {}", path.display()))?;
    Ok(())
}

/// How this run talks to whoever started it.
#[derive(Clone, Copy, Debug)]
pub struct Terminal {
    /// One JSON document on stdout instead of text.
    pub json: bool,
    /// Never ask.
    pub yes: bool,
}

impl Terminal {
    /// Prints a command's result on stdout.
    ///
    /// # Errors
    /// If stdout is closed.
    pub fn report<R: Report>(&self, report: &R) -> eyre::Result<()> {
        let mut out = std::io::stdout().lock();
        if self.json {
            serde_json::to_writer_pretty(&mut out, report)?;
            writeln!(out)?;
        } else {
            writeln!(out, "{}", report.text())?;
        }
        Ok(())
    }

    /// Prints one of many results: a line of JSON, or the text over the one before it, where stdout is a screen.
    ///
    /// # Errors
    /// If stdout is closed.
    pub fn refresh<R: Report>(&self, report: &R) -> eyre::Result<()> {
        /// Clears the screen and goes to its top (ECMA-48).
        const CLEAR: &str = "\x1b[2J\x1b[H";
        let mut out = std::io::stdout().lock();
        if self.json {
            serde_json::to_writer(&mut out, report)?;
            writeln!(out)?;
        } else {
            let clear = if out.is_terminal() { CLEAR } else { "" };
            writeln!(out, "{clear}{}", report.text())?;
        }
        Ok(out.flush()?)
    }

    /// Tells a person what happens meanwhile, on stderr; programs are spared.
    pub fn note(&self, text: &str) {
        if !self.json {
            eprintln!("{text}");
        }
    }

    /// Shows what is about to be done and asks, unless `--yes`.
    ///
    /// # Errors
    /// `CLI_NOT_CONFIRMED` if the answer is no, or there is nobody to ask.
    pub fn confirm(&self, plan: &str) -> eyre::Result<()> {
        if self.yes {
            self.note(plan);
            return Ok(());
        }
        eprintln!("{plan}");
        if !std::io::stdin().is_terminal() {
            return Failure::report(
                "CLI_NOT_CONFIRMED",
                "nobody is there to confirm, and --yes was not given; nothing was sent",
                "check the plan above, then repeat the command with --yes",
            );
        }
        eprint!("Do this? [y/N] ");
        let mut answer = String::new();
        std::io::stdin().lock().read_line(&mut answer)?;
        if matches!(answer.trim(), "y" | "Y" | "yes") {
            return Ok(());
        }
        Failure::report(
            "CLI_NOT_CONFIRMED",
            "you did not confirm; nothing was sent",
            "repeat the command when you are sure",
        )
    }
}
