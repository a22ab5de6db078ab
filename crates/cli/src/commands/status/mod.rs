//! `lifeboat status`: where a vault stands, by the chain's own clock, all read at one block.

mod asset;
mod report;
mod safeguards;
mod state;

use std::{path::PathBuf, time::Duration};

use alloy::primitives::Address;
use eyre::WrapErr;
use lifeboat_bindings::vault::Terms;

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
/// Longest search for the vault's terms, which tell only when a commitment becomes final and what may still go out.
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
    /// The vault's terms, if its first event cannot be read from the node: they tell when a commitment becomes final, and what may still
    /// go out in this window.
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
    let terms = terms_of(&chain, &args, terminal).await?;
    let source = Source { chain: &chain, vault: args.vault, from_block: args.history.from_block, terms };
    let head = chain.head().await?;
    let state = source.read(head).await?;
    let report = source.report(&state);
    if !args.watch {
        return terminal.report(&report);
    }
    terminal.refresh(&report)?;
    watch(&source, head, terminal).await
}

/// What is read again and again.
struct Source<'a> {
    chain: &'a Chain,
    vault: Address,
    from_block: u64,
    terms: Option<Terms>,
}

impl Source<'_> {
    async fn read(&self, head: Head) -> eyre::Result<state::State> {
        let state = state::read(self.chain, self.vault, self.from_block, head).await;
        state.wrap_err("reading the vault's state")
    }

    fn report<'a>(&'a self, state: &'a state::State) -> StatusReport<'a> {
        StatusReport::of(state, self.vault, self.chain.id, self.terms.as_ref())
    }

    /// The state at the newest block, unless that is `seen`.
    async fn next(&self, seen: Head) -> eyre::Result<Option<state::State>> {
        let head = self.chain.head().await?;
        if head == seen { Ok(None) } else { Ok(Some(self.read(head).await?)) }
    }
}

/// The terms; `None`, with a note, where the node does not give the vault's first event.
async fn terms_of(chain: &Chain, args: &Args, terminal: &Terminal) -> eyre::Result<Option<Terms>> {
    if let Some(path) = &args.terms {
        return Ok(Some(terms::load(path)?.terms));
    }
    let search = history::creation(chain, args.vault, args.history.from_block);
    let why = match tokio::time::timeout(PATIENCE, search).await {
        Ok(Ok(creation)) => return Ok(Some(creation.terms)),
        Ok(Err(error)) => explain(&error).failure.what,
        Err(_) => format!("not found within {} s", PATIENCE.as_secs()),
    };
    terminal.note(&format!("the vault's terms cannot be read: {why}; --terms FILE or --from-block BLOCK helps"));
    Ok(None)
}

/// Shows every block after `head`. A node that fails meanwhile is waited for.
async fn watch(source: &Source<'_>, mut head: Head, terminal: &Terminal) -> eyre::Result<()> {
    loop {
        tokio::time::sleep(PAUSE).await;
        match source.next(head).await {
            Ok(None) => {}
            Ok(Some(state)) => {
                head = state.head;
                terminal.refresh(&source.report(&state))?;
            }
            Err(error) => terminal.note(&format!("{}; trying again", explain(&error).failure)),
        }
    }
}
