//! `lifeboat status`: where a vault stands, by the chain's own clock, all read at one block.

mod asset;
mod report;
mod state;

use std::{path::PathBuf, time::Duration};

use alloy::primitives::Address;
use eyre::WrapErr;
use lifeboat_bindings::vault::Timers;

use self::report::StatusReport;
use crate::{
    asset::parse_address,
    chain::{Chain, ChainArgs, Head, HistoryArgs},
    failure::explain,
    history,
    output::Terminal,
    terms,
};

/// How often `--watch` looks for a new block.
const PAUSE: Duration = Duration::from_secs(1);
/// Longest search for the vault's terms, which tell only when a commitment becomes final.
const PATIENCE: Duration = Duration::from_secs(10);

/// Arguments of `lifeboat status`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The vault.
    #[arg(value_parser = parse_address)]
    vault: Address,
    /// Show every new block, until interrupted; with --json, one line a block.
    #[arg(long)]
    watch: bool,
    /// The vault's terms, if its first event cannot be read from the node: they tell when a commitment becomes final.
    #[arg(long, value_name = "FILE")]
    terms: Option<PathBuf>,
    #[command(flatten)]
    chain: ChainArgs,
    #[command(flatten)]
    history: HistoryArgs,
}

/// Runs `lifeboat status`.
///
/// # Errors
/// If the address is no vault or the node does not answer.
pub async fn run(args: Args, terminal: &Terminal) -> eyre::Result<()> {
    let chain = args.chain.connect().await?;
    chain.require_code(args.vault).await?;
    let timers = timers(&chain, &args, terminal).await?;
    let head = chain.head().await?;
    let state = read(&chain, args.vault, head).await?;
    let report = StatusReport::of(&state, args.vault, chain.id, timers.as_ref());
    if !args.watch {
        return terminal.report(&report);
    }
    terminal.refresh(&report)?;
    watch(&chain, args.vault, timers.as_ref(), head, terminal).await
}

async fn read(chain: &Chain, vault: Address, head: Head) -> eyre::Result<state::State> {
    state::read(chain, vault, head).await.wrap_err("reading the vault's state")
}

/// The terms' timers; `None`, with a note, where the node does not give the vault's first event.
async fn timers(chain: &Chain, args: &Args, terminal: &Terminal) -> eyre::Result<Option<Timers>> {
    if let Some(path) = &args.terms {
        return Ok(Some(terms::load(path)?.terms.timers));
    }
    let search = history::creation(chain, args.vault, args.history.from_block);
    let why = match tokio::time::timeout(PATIENCE, search).await {
        Ok(Ok(creation)) => return Ok(Some(creation.terms.timers)),
        Ok(Err(error)) => explain(&error).failure.what,
        Err(_) => format!("not found within {} s", PATIENCE.as_secs()),
    };
    terminal.note(&format!("the vault's terms cannot be read: {why}; --terms FILE or --from-block BLOCK helps"));
    Ok(None)
}

/// Shows every block after `head`. A node that fails meanwhile is waited for.
async fn watch(
    chain: &Chain,
    vault: Address,
    timers: Option<&Timers>,
    mut head: Head,
    terminal: &Terminal,
) -> eyre::Result<()> {
    loop {
        tokio::time::sleep(PAUSE).await;
        match next(chain, vault, head).await {
            Ok(None) => {}
            Ok(Some(state)) => {
                head = state.head;
                terminal.refresh(&StatusReport::of(&state, vault, chain.id, timers))?;
            }
            Err(error) => terminal.note(&format!("{}; trying again", explain(&error).failure)),
        }
    }
}

/// The state at the newest block, unless that is `seen`.
async fn next(chain: &Chain, vault: Address, seen: Head) -> eyre::Result<Option<state::State>> {
    let head = chain.head().await?;
    if head == seen { Ok(None) } else { Ok(Some(read(chain, vault, head).await?)) }
}
