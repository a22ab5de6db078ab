//! Health and progress over HTTP on a loopback address: `GET /healthz` (200 while the chain answers, else 503) and `GET /status` (JSON).

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use alloy::primitives::Address;
use axum::{Json, Router, extract::State, http::StatusCode, routing::get};
use serde::Serialize;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing::info;

use crate::{
    chain::standing::EndpointStatus,
    config::StatusConfig,
    error::KeeperError,
    history::History,
    owed::Owed,
    txs::Counts,
    view::{Phase, View},
};

/// Without a good look at the chain for this long, the keeper counts as unwell.
const STALE_AFTER: Duration = Duration::from_secs(60);

/// What the status page shows.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Status {
    /// Absent until the chain was seen.
    pub(crate) chain: Option<ChainStatus>,
    /// What the probes say; absent without the operator's role.
    pub(crate) service_up: Option<bool>,
    pub(crate) assets: Vec<AssetStatus>,
    /// Actions wanted at the head, those in flight included.
    pub(crate) wanted: usize,
    /// Transactions in flight.
    pub(crate) in_flight: usize,
    pub(crate) transactions: Counts,
    pub(crate) rpc_calls: u64,
    /// How many endpoints have to say the same.
    pub(crate) quorum: usize,
    pub(crate) endpoints: Vec<EndpointStatus>,
    /// Everything payable is paid.
    pub(crate) done: bool,
    /// The newest trouble; absent while all is well.
    pub(crate) trouble: Option<String>,
    #[serde(skip)]
    last_look: Option<Instant>,
}

/// The vault at the head. Times are Unix seconds of the chain.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ChainStatus {
    pub(crate) block: u64,
    pub(crate) time: u64,
    pub(crate) phase: Phase,
    pub(crate) last_beat: u64,
    pub(crate) suspected_at: u64,
    pub(crate) latched_at: u64,
    pub(crate) return_at: u64,
    pub(crate) push_at: u64,
}

/// How far the return of one asset is. Amounts are base units, as decimal strings: they do not fit JSON's numbers.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct AssetStatus {
    pub(crate) asset: Address,
    /// The bundle that counts was found and verified.
    pub(crate) ledger: bool,
    pub(crate) rounds: u32,
    pub(crate) owed: String,
    pub(crate) paid: String,
    /// Words with leaves that are due something, over all rounds.
    pub(crate) words: u64,
    /// Words of them with nothing left to pay.
    pub(crate) words_done: u64,
    /// Leaves that are due something and can be paid, over all rounds.
    pub(crate) leaves: u64,
    pub(crate) leaves_done: u64,
    /// Pending deposits not yet refunded.
    pub(crate) pending_entries: usize,
    /// A token that moves for nobody at the moment: its pushes wait.
    pub(crate) stuck: bool,
}

impl From<&View> for ChainStatus {
    fn from(view: &View) -> Self {
        Self {
            block: view.head.number,
            time: view.head.time,
            phase: view.phase(),
            last_beat: view.liveness.lastBeat.to(),
            suspected_at: view.timeline.suspectedAt.to(),
            latched_at: view.timeline.latchedAt.to(),
            return_at: view.timeline.returnAt.to(),
            push_at: view.timeline.pushAt.to(),
        }
    }
}

/// Progress by asset.
pub(crate) fn assets(view: &View, history: &History, ledgers: &BTreeMap<Address, Owed>) -> Vec<AssetStatus> {
    let mut list = Vec::with_capacity(view.assets.len());
    for asset in &view.assets {
        let mut status = AssetStatus {
            asset: asset.asset,
            ledger: ledgers.contains_key(&asset.asset),
            rounds: asset.recovery.rounds,
            owed: asset.recovery.owed.to_string(),
            paid: "0".to_owned(),
            words: 0,
            words_done: 0,
            leaves: 0,
            leaves_done: 0,
            pending_entries: 0,
            stuck: asset.stuck,
        };
        if let Some(past) = history.asset(asset.asset) {
            let cursor = asset.recovery.depositCursor.max(asset.book.absorbed).to::<u64>();
            status.pending_entries = past.entries.range(cursor..).count();
            status.paid = past.rounds.iter().map(|round| round.paid).sum::<u128>().to_string();
            for (id, round) in (0u32..).zip(&past.rounds) {
                for (word, due) in (0u32..).zip(ledgers.get(&asset.asset).map_or(&[][..], |owed| owed.due(id))) {
                    let left = *due & !round.settled_of(word);
                    status.words += u64::from(!due.is_zero());
                    status.words_done += u64::from(!due.is_zero() && left.is_zero());
                    status.leaves += due.count_ones() as u64;
                    status.leaves_done += (due.count_ones() - left.count_ones()) as u64;
                }
            }
        }
        list.push(status);
    }
    list
}

/// The status, shared with the page.
#[derive(Clone, Debug, Default)]
pub(crate) struct Board(Arc<Mutex<Status>>);

impl Board {
    /// Changes what the page shows.
    pub(crate) fn update(&self, change: impl FnOnce(&mut Status)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// The chain has answered.
    pub(crate) fn looked(&self) {
        self.update(|status| (status.last_look, status.trouble) = (Some(Instant::now()), None));
    }

    fn read(&self) -> Status {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Serves the page until told to stop.
    pub(crate) async fn serve(&self, config: &StatusConfig, stop: CancellationToken) -> Result<(), KeeperError> {
        let address = config.listen;
        let listener = TcpListener::bind(address).await.map_err(|source| KeeperError::Status { address, source })?;
        if let Ok(address) = listener.local_addr() {
            info!(%address, "status page");
        }
        let router =
            Router::new().route("/healthz", get(healthz)).route("/status", get(status)).with_state(self.clone());
        tokio::spawn(async move {
            let served = axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned()).await;
            served.unwrap_or_else(|error| tracing::error!(%error, "status page failed"));
        });
        Ok(())
    }
}

async fn healthz(State(board): State<Board>) -> StatusCode {
    let well = board.read().last_look.is_some_and(|at| at.elapsed() < STALE_AFTER);
    if well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
}

async fn status(State(board): State<Board>) -> Json<Status> {
    Json(board.read())
}
