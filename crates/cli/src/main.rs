//! The `lifeboat` command.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    lifeboat_cli::main(std::env::args_os())
}
