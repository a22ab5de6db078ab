//! `lifeboat status`: where a vault stands, by the chain's own clock, all read at one block.

use alloy::{
    eips::BlockId,
    network::Ethereum,
    primitives::{Address, U256},
    providers::{DynProvider, Provider},
};
use eyre::WrapErr;
use lifeboat_bindings::{
    test_token::TestToken::TestTokenInstance,
    vault::{Book, Commitment, Liveness, Recovery, Timeline, Vault::VaultInstance},
};
use serde::Serialize;

use crate::{
    amount::Amount,
    asset::{Asset, parse_address},
    chain::{Chain, ChainArgs, Head},
    output::{Report, Terminal},
    phase,
    time::{format_duration, format_time},
};

/// Arguments of `lifeboat status`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The vault.
    #[arg(value_parser = parse_address)]
    vault: Address,
    #[command(flatten)]
    chain: ChainArgs,
}

/// Runs `lifeboat status`.
///
/// # Errors
/// If the address is no vault or the node does not answer.
pub async fn run(args: Args, terminal: &Terminal) -> eyre::Result<()> {
    let chain = args.chain.connect().await?;
    chain.require_code(args.vault).await?;
    let state = read(&chain, args.vault).await.wrap_err("reading the vault's state")?;
    terminal.report(&StatusReport::of(&state, args.vault, chain.id))
}

/// Everything that status shows, as read.
struct State {
    head: Head,
    phase: u8,
    timeline: Timeline,
    liveness: Liveness,
    gas_tank: Address,
    tank: U256,
    assets: Vec<AssetState>,
}

struct AssetState {
    asset: Asset,
    balance: U256,
    reserve: U256,
    book: Book,
    newest: Option<Commitment>,
    counting: Option<Commitment>,
    recovery: Recovery,
}

async fn read(chain: &Chain, vault: Address) -> eyre::Result<State> {
    let head = chain.head().await?;
    let at = head.id();
    let contract = VaultInstance::new(vault, chain.provider.clone());
    let gas_tank = contract.gasTank().block(at).call().await?;
    let mut assets = Vec::new();
    for asset in contract.assets().block(at).call().await? {
        assets.push(read_asset(&contract, asset, at).await.wrap_err_with(|| format!("reading the books of {asset}"))?);
    }
    Ok(State {
        head,
        phase: contract.phase().block(at).call().await?,
        timeline: contract.timeline().block(at).call().await?,
        liveness: contract.liveness().block(at).call().await?,
        gas_tank,
        tank: chain.provider.get_balance(gas_tank).block_id(at).await?,
        assets,
    })
}

async fn read_asset(
    contract: &VaultInstance<DynProvider, Ethereum>,
    asset: Address,
    at: BlockId,
) -> eyre::Result<AssetState> {
    let vault = *contract.address();
    let provider = contract.provider();
    let book = contract.book(asset).block(at).call().await?;
    let counting = contract.finalEpoch(asset).block(at).call().await?;
    let balance = if asset.is_zero() {
        provider.get_balance(vault).block_id(at).await?
    } else {
        TestTokenInstance::new(asset, provider).balanceOf(vault).block(at).call().await?
    };
    Ok(AssetState {
        asset: Asset::load(provider, asset).await,
        balance,
        reserve: contract.reserve(asset).block(at).call().await?,
        newest: commitment(contract, asset, book.epoch, at).await?,
        counting: commitment(contract, asset, counting, at).await?,
        recovery: contract.recovery(asset).block(at).call().await?,
        book,
    })
}

async fn commitment(
    contract: &VaultInstance<DynProvider, Ethereum>,
    asset: Address,
    epoch: u32,
    at: BlockId,
) -> eyre::Result<Option<Commitment>> {
    if epoch == 0 {
        return Ok(None);
    }
    Ok(Some(contract.commitment(asset, epoch).block(at).call().await?))
}

#[derive(Debug, Serialize)]
struct StatusReport<'a> {
    vault: Address,
    chain_id: u64,
    block: u64,
    time: u64,
    phase: &'static str,
    timers: Vec<Timer>,
    last_beat: u64,
    unserved_requests: u16,
    wind_down_at: Option<u64>,
    gas_tank: Address,
    gas_tank_balance: String,
    assets: Vec<AssetReport<'a>>,
}

#[derive(Debug, Serialize)]
struct Timer {
    event: &'static str,
    at: u64,
    /// Seconds until then; negative: since then.
    in_seconds: i128,
}

#[derive(Debug, Serialize)]
struct AssetReport<'a> {
    asset: &'a Asset,
    balance: Amount<'a>,
    segregated: Amount<'a>,
    pending: Amount<'a>,
    reserve: Amount<'a>,
    owed: Amount<'a>,
    /// Reserve by what is owed, rounded down; absent: nothing is owed.
    coverage_percent: Option<String>,
    pending_entries: u64,
    newest: Option<CommitmentReport<'a>>,
    counting: Option<CommitmentReport<'a>>,
    recovery: Option<RecoveryReport<'a>>,
}

#[derive(Debug, Serialize)]
struct CommitmentReport<'a> {
    epoch: u32,
    total: Amount<'a>,
    accounts: u32,
    age_seconds: u64,
    attested: bool,
}

#[derive(Debug, Serialize)]
struct RecoveryReport<'a> {
    epoch: u32,
    owed: Amount<'a>,
    allotted: Amount<'a>,
    rounds: u32,
}

impl<'a> StatusReport<'a> {
    fn of(state: &'a State, vault: Address, chain_id: u64) -> Self {
        let now = state.head.timestamp;
        let wind_down: u64 = state.liveness.windDownAt.to();
        let tank = Amount { base: state.tank, asset: &Asset::eth() }.to_string();
        Self {
            vault,
            chain_id,
            block: state.head.number,
            time: now,
            phase: phase::name(state.phase),
            timers: timers(&state.timeline, now),
            last_beat: state.liveness.lastBeat.to(),
            unserved_requests: state.liveness.overdueCount,
            wind_down_at: (wind_down != 0).then_some(wind_down),
            gas_tank: state.gas_tank,
            gas_tank_balance: tank,
            assets: state.assets.iter().map(|asset| AssetReport::of(asset, now)).collect(),
        }
    }
}

impl<'a> AssetReport<'a> {
    fn of(state: &'a AssetState, now: u64) -> Self {
        let amount = |base: U256| Amount { base, asset: &state.asset };
        let small = |base: u128| amount(U256::from(base));
        let (book, recovery) = (&state.book, &state.recovery);
        Self {
            asset: &state.asset,
            balance: amount(state.balance),
            segregated: small(book.segregated),
            pending: small(book.pending),
            reserve: amount(state.reserve),
            owed: small(book.owed),
            coverage_percent: coverage_percent(state.reserve, book.owed),
            pending_entries: (book.queued - book.absorbed).to(),
            newest: state.newest.as_ref().map(|commitment| CommitmentReport::of(commitment, &state.asset, now)),
            counting: state.counting.as_ref().map(|commitment| CommitmentReport::of(commitment, &state.asset, now)),
            recovery: recovery.isFixed.then(|| RecoveryReport {
                epoch: recovery.epoch,
                owed: small(recovery.owed),
                allotted: small(recovery.allotted),
                rounds: recovery.rounds,
            }),
        }
    }
}

impl<'a> CommitmentReport<'a> {
    fn of(commitment: &Commitment, asset: &'a Asset, now: u64) -> Self {
        Self {
            epoch: commitment.epoch,
            total: Amount { base: U256::from(commitment.total), asset },
            accounts: commitment.count,
            age_seconds: now.saturating_sub(commitment.postedAt.to()),
            attested: !commitment.attestedAt.is_zero(),
        }
    }

    fn text(&self) -> String {
        let attested = if self.attested { ", attested" } else { "" };
        format!(
            "epoch {}: {} for {} accounts, posted {} ago{attested}",
            self.epoch,
            self.total,
            self.accounts,
            format_duration(self.age_seconds)
        )
    }
}

fn timers(timeline: &Timeline, now: u64) -> Vec<Timer> {
    [
        ("suspicion", timeline.suspectedAt),
        ("latch", timeline.latchedAt),
        ("return", timeline.returnAt),
        ("pushes", timeline.pushAt),
    ]
    .into_iter()
    .map(|(event, at)| Timer { event, at: at.to(), in_seconds: i128::from(at.to::<u64>()) - i128::from(now) })
    .collect()
}

/// `reserve / owed` in percent with two decimals, rounded down; `None` if nothing is owed.
fn coverage_percent(reserve: U256, owed: u128) -> Option<String> {
    let hundredths = reserve.saturating_mul(U256::from(10_000)).checked_div(U256::from(owed))?;
    let hundred = U256::from(100);
    Some(format!("{}.{:02}", hundredths / hundred, hundredths % hundred))
}

impl Timer {
    fn text(&self) -> String {
        let distance = format_duration(u64::try_from(self.in_seconds.unsigned_abs()).unwrap_or(u64::MAX));
        let relative = if self.in_seconds > 0 { format!("in {distance}") } else { format!("{distance} ago") };
        format!("{:<10} {}  ({relative})", self.event, format_time(self.at))
    }
}

impl Report for StatusReport<'_> {
    fn text(&self) -> String {
        let mut lines = vec![
            format!(
                "vault {} on chain {}, block {}, {}",
                self.vault,
                self.chain_id,
                self.block,
                format_time(self.time)
            ),
            format!("phase {}; if nothing happens any more:", self.phase),
        ];
        lines.extend(self.timers.iter().map(|timer| format!("  {}", timer.text())));
        let silence = format_duration(self.time.saturating_sub(self.last_beat));
        lines.push(format!("last heartbeat {silence} ago; {} reported exit requests unserved", self.unserved_requests));
        lines.extend(
            self.wind_down_at.map(|at| format!("wind-down announced: the vault latches at {}", format_time(at))),
        );
        lines.push(format!("gas tank {} holds {}", self.gas_tank, self.gas_tank_balance));
        for asset in &self.assets {
            lines.extend(asset.lines());
        }
        lines.join("\n")
    }
}

impl AssetReport<'_> {
    fn lines(&self) -> Vec<String> {
        let name = if self.asset.is_eth() {
            "ETH".to_owned()
        } else {
            format!("{} {}", self.asset.symbol, self.asset.address)
        };
        let coverage = self.coverage_percent.as_ref().map_or_else(
            || "nothing is owed by the ledger".to_owned(),
            |percent| format!("{percent} % of {} owed", self.owed),
        );
        let mut lines = vec![
            name,
            format!("  balance    {}", self.balance),
            format!("  segregated {}", self.segregated),
            format!("  pending    {} in {} entries", self.pending, self.pending_entries),
            format!("  reserve    {}: {coverage}", self.reserve),
        ];
        let show = |commitment: &Option<CommitmentReport<'_>>| {
            commitment.as_ref().map_or("none".into(), CommitmentReport::text)
        };
        lines.push(format!("  newest commitment   {}", show(&self.newest)));
        lines.push(format!("  counting commitment {}", show(&self.counting)));
        if let Some(recovery) = &self.recovery {
            lines.push(format!(
                "  return of epoch {}: {} owed, {} allotted in {} rounds",
                recovery.epoch, recovery.owed, recovery.allotted, recovery.rounds
            ));
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use alloy::primitives::aliases::U40;

    use super::*;

    #[test]
    fn coverage_is_rounded_down_and_absent_without_debt() {
        assert_eq!(coverage_percent(U256::from(1), 0), None);
        assert_eq!(coverage_percent(U256::from(2), 3).as_deref(), Some("66.66"));
        assert_eq!(coverage_percent(U256::from(20), 10).as_deref(), Some("200.00"));
    }

    #[test]
    fn timers_count_down_and_then_up() {
        let at = U40::from(1_767_225_600u64);
        let timeline = Timeline { suspectedAt: at, latchedAt: at, returnAt: at, pushAt: at };
        let text = |now| timers(&timeline, now)[0].text();
        assert_eq!(text(1_767_222_000), "suspicion  2026-01-01 00:00:00 UTC  (in 1h)");
        assert_eq!(text(1_767_225_690), "suspicion  2026-01-01 00:00:00 UTC  (1m 30s ago)");
    }
}
