//! The commands, one module each: `Args` and `run`.

pub mod attest;
pub mod bond;
pub mod challenge;
pub mod claim;
pub mod commit;
pub mod deploy;
pub mod deposit;
pub mod dispute;
pub mod drill;
pub mod escrow;
pub mod execute;
pub mod exit;
pub mod keeper;
pub mod ledger;
pub mod reclaim;
pub mod redirect;
pub mod returning;
pub mod send;
pub mod sign;
pub mod sim;
pub mod status;
pub mod ticket;
pub mod verify;
pub mod withdraw;

use clap::Subcommand;

use crate::output::Terminal;

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Deploy a vault from its terms; its address commits to them.
    Deploy(deploy::Args),
    /// Check that an address is a vault of this code and its terms.
    Verify(verify::Args),
    /// Phase, timers, books, coverage and rounds of a vault.
    Status(status::Args),
    /// Put money into an account's segregated balance, or into the queue for the ledger.
    Deposit(deposit::Args),
    /// Take an account's segregated money out.
    Withdraw(withdraw::Args),
    /// Sign a message to a vault, off line, into a file.
    Sign(sign::Args),
    /// Bring a signed message to its vault.
    Send(send::Args),
    /// Execute what was announced and has waited its time: a release above the warm cap, or a rotation. Anyone may.
    Execute(execute::Args),
    /// Check ledger files; build, verify and read bundles. Works off line, but for `paid`.
    Ledger(ledger::Args),
    /// Commit to a ledger: operator and auditors.
    Commit(commit::Args),
    /// Attest a commitment's data: watchers.
    Attest(attest::Args),
    /// Ask a living service for money on chain.
    Exit(exit::Args),
    /// Demand to see a part of a ledger that is not final yet, show it, or void what was not shown.
    Challenge(challenge::Args),
    /// Have an account's later claims paid elsewhere, set while the service lives.
    Redirect(redirect::Args),
    /// Fetch the deposits of exit requests and challenges that are closed.
    Reclaim(reclaim::Args),
    /// What the service puts up for the case that it stops: it fills shortfalls, then pays for the downtime.
    Bond(bond::Args),
    /// Which of two ledgers counts, or whether a request was served: put it to the arbitrator of the terms.
    Dispute(dispute::Args),
    /// Orders between two accounts: money that waits until it is released, or goes back by itself.
    Escrow(escrow::Args),
    /// Pay an account its share of the return.
    Claim(claim::Args),
    /// Help everybody, after the service has stopped: latch, open rounds, tally. Anyone may.
    #[command(name = "return")]
    Return(returning::Args),
    /// Signed claims as files and QR codes, and claim codes.
    Ticket(ticket::Args),
    /// Watch a service and its vault, and take the money home when the service has stopped.
    #[command(subcommand)]
    Keeper(keeper::KeeperCommand),
    /// Rehearse the main job on a local chain: a service commits, dies, and everybody is paid.
    Drill(drill::Args),
    /// The service whose death a drill rehearses.
    #[command(hide = true, name = drill::SUBCOMMAND)]
    DrillService,
    /// Run the vault against its model: random cases on revm and on a real anvil.
    Sim(sim::Args),
}

impl Command {
    /// Runs the command.
    ///
    /// # Errors
    /// Why it refused or failed.
    pub async fn run(self, terminal: &Terminal) -> eyre::Result<()> {
        match self {
            Self::Deploy(args) => deploy::run(args, terminal).await,
            Self::Verify(args) => verify::run(args, terminal).await,
            Self::Status(args) => status::run(args, terminal).await,
            Self::Deposit(args) => deposit::run(args, terminal).await,
            Self::Withdraw(args) => withdraw::run(args, terminal).await,
            Self::Sign(args) => sign::run(args, terminal).await,
            Self::Execute(args) => execute::run(args, terminal).await,
            Self::Send(args) => send::run(args, terminal).await,
            Self::Ledger(args) => ledger::run(args, terminal).await,
            Self::Commit(args) => commit::run(args, terminal).await,
            Self::Attest(args) => attest::run(args, terminal).await,
            Self::Exit(args) => exit::run(args, terminal).await,
            Self::Challenge(args) => challenge::run(args, terminal).await,
            Self::Redirect(args) => redirect::run(args, terminal).await,
            Self::Reclaim(args) => reclaim::run(args, terminal).await,
            Self::Bond(args) => bond::run(args, terminal).await,
            Self::Dispute(args) => dispute::run(args, terminal).await,
            Self::Escrow(args) => escrow::run(args, terminal).await,
            Self::Claim(args) => claim::run(args, terminal).await,
            Self::Return(args) => returning::run(args, terminal).await,
            Self::Ticket(args) => ticket::run(args, terminal).await,
            Self::Keeper(command) => keeper::run(command, terminal).await,
            Self::Drill(args) => drill::run(args, terminal).await,
            Self::DrillService => drill::serve().await,
            Self::Sim(args) => sim::run(args, terminal).await,
        }
    }
}
