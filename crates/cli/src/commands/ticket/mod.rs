//! `lifeboat ticket`: a signed claim, as a file or a QR code, that anyone can submit and nobody can redirect.

mod check;
mod code;
mod make;
mod place;

use clap::Subcommand;

use crate::output::Terminal;

/// Arguments of `lifeboat ticket`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Sign a claim off line: to any address, with a fee for whoever submits it.
    Make(make::Args),
    /// Check a ticket: signature, proof, and against the chain if there is one.
    Check(check::CheckArgs),
    /// Submit a ticket, for its fee.
    Submit(check::SubmitArgs),
    /// Claim codes: accounts for people without an address.
    Code(code::Args),
}

/// Runs `lifeboat ticket`.
///
/// # Errors
/// What is wrong with the ticket, and those of sending.
pub async fn run(args: Args, terminal: &Terminal) -> eyre::Result<()> {
    match args.command {
        Command::Make(args) => make::run(args, terminal),
        Command::Check(args) => check::check(args, terminal).await,
        Command::Submit(args) => check::submit(args, terminal).await,
        Command::Code(args) => code::run(args, terminal),
    }
}
