//! One keeper: its roles, and one look at the chain with what follows from it.

use std::{collections::BTreeSet, sync::Arc};

use alloy::{primitives::U256, signers::local::PrivateKeySigner};
use lifeboat_bindings::vault::Vault::timelineCall;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use crate::{
    calls::Encoder,
    chain::{
        call::{Call, pinned, returned},
        follow::{Advance, Follower},
        head::Head,
        rpc::{Rpc, RpcError},
    },
    config::{Config, ExecutorConfig},
    decide::{self, Action, OperatorPolicy, Progress, Situation, Unpaid},
    error::KeeperError,
    journal::{Journal, Owner},
    ledgers::Ledgers,
    probe::Health,
    status::{self, Board, ChainStatus},
    steps::{Step, Steps},
    txs::{Sender, pass},
    view::{Reader, View},
    willing::Willing,
};

pub(crate) struct Keeper {
    rpc: Rpc,
    follower: Follower,
    reader: Option<Reader>,
    view: Option<View>,
    sender: Sender,
    encoder: Encoder,
    ledgers: Ledgers,
    operator: Option<(OperatorPolicy, Arc<Health>)>,
    executor: Option<ExecutorConfig>,
    willing: Willing,
    begin: u64,
    board: Board,
    /// Events and state disagreed once; they were read again.
    distrusted: bool,
}

/// What one look brought.
pub(crate) enum Tick {
    NewHead,
    SameHead,
    Done(Vec<Unpaid>),
}

impl Keeper {
    /// Loads keys, locks the journal, starts the probes and the status page.
    pub(crate) async fn new(config: Config, board: Board, stop: CancellationToken) -> Result<Self, KeeperError> {
        let key = config.key.load()?;
        let (vault, chain_id) = (config.vault.address, config.vault.chain_id);
        let operator_key: Option<PrivateKeySigner> =
            config.operator.as_ref().map(|operator| operator.key.load()).transpose()?;
        let begin = decide::beginning(key.address());
        let journal = Journal::open(&config.journal, &Owner { chain_id, vault, sender: key.address() })?;
        let rpc = Rpc::new(&config.rpc, chain_id)?;
        let operator = match &config.operator {
            Some(operator) => {
                let health = Arc::new(Health::new(operator)?);
                tokio::spawn(health.clone().watch(stop.clone()));
                let policy = OperatorPolicy { heartbeat: operator.heartbeat.as_secs(), sync: operator.sync };
                Some((policy, health))
            }
            None => None,
        };
        if let Some(status) = &config.status {
            board.serve(status, stop).await?;
        }
        let bundles = config.executor.as_ref().map_or(&[][..], |executor| &executor.bundles);
        let window = config.executor.as_ref().map_or(1, |executor| executor.window);
        info!(%vault, chain_id, sender = %key.address(), operator = operator.is_some(), executor = config.executor.is_some(), "keeper");
        Ok(Self {
            follower: Follower::new(vault, config.vault.deploy_block, config.rpc.log_range),
            reader: None,
            view: None,
            sender: Sender::new(journal, key, vault, chain_id, config.fees.clone(), window),
            encoder: Encoder { chain_id, vault, operator: operator_key },
            ledgers: Ledgers::new(vault, bundles),
            operator,
            executor: config.executor,
            willing: Willing::default(),
            begin,
            board,
            distrusted: false,
            rpc,
        })
    }

    /// Whether the chain was seen.
    pub(crate) const fn has_started(&self) -> bool {
        self.reader.is_some()
    }

    /// Looks at the chain, decides, acts.
    pub(crate) async fn tick(&mut self, steps: &mut dyn Steps) -> Result<Tick, KeeperError> {
        let advance = self.follower.advance(&self.rpc).await;
        self.show_endpoints();
        let tick = match advance? {
            Advance::Lagging => {
                debug!("endpoint is behind");
                return Ok(Tick::SameHead);
            }
            // After a failure the head is known, its state is not.
            Advance::Unchanged(head) if self.view.as_ref().is_some_and(|view| view.head.hash == head.hash) => {
                Tick::SameHead
            }
            Advance::Unchanged(head) | Advance::To(head) => {
                self.look(head).await?;
                Tick::NewHead
            }
        };
        let Some(view) = self.view.clone() else { return Ok(Tick::SameHead) };
        pass(steps, Step::Viewed)?;
        self.sender.settle(&self.rpc, &view, steps).await?;
        let wanted = self.decide(&view).await?;
        let with = (&self.encoder, &self.ledgers);
        self.sender.keep_alive(&self.rpc, &view, &wanted, with, steps).await?;
        self.sender.submit(&self.rpc, &view, &wanted, with, steps).await?;
        let in_flight = self.sender.in_flight(&view)?;
        self.show(&view, wanted.len(), in_flight);
        if in_flight == 0
            && self.is_done(&view, &wanted)?
            && let Some(unpaid) = self.confirm(&view).await?
        {
            self.board.update(|status| status.done = true);
            return Ok(Tick::Done(unpaid));
        }
        Ok(tick)
    }

    async fn look(&mut self, head: Head) -> Result<(), KeeperError> {
        let reader = match &self.reader {
            Some(reader) => reader,
            None => {
                require_vault(&self.rpc, &self.encoder, &head).await?;
                let sender = self.sender.address();
                let anchor_gas = self.executor.as_ref().map_or(0, |executor| executor.anchor_gas);
                self.reader.insert(Reader::new(&self.rpc, self.encoder.vault, sender, anchor_gas, &head).await?)
            }
        };
        let view = reader.read(&self.rpc, head, self.follower.history()).await?;
        let (before, now) = (self.view.as_ref().map(View::phase), view.phase());
        if before != Some(now) {
            info!(phase = ?now, block = head.number, time = head.time, "phase");
        }
        self.report_stuck(&view);
        self.ledgers.refresh(&view, self.follower.history());
        self.view = Some(view);
        Ok(())
    }

    /// Says when a token stops moving, and when it moves again.
    fn report_stuck(&self, view: &View) {
        let before =
            |at: usize| self.view.as_ref().is_some_and(|before| before.assets.get(at).is_some_and(|a| a.stuck));
        for (_, asset) in view.assets.iter().enumerate().filter(|(at, asset)| asset.stuck != before(*at)) {
            if asset.stuck {
                warn!(asset = %asset.asset, "KEEPER_TOKEN_STUCK: the token moves for nobody; its pushes wait, the other assets' do not");
            } else {
                info!(asset = %asset.asset, "the token moves again");
            }
        }
    }

    async fn decide(&mut self, view: &View) -> Result<Vec<Action>, KeeperError> {
        let mut wanted = Vec::new();
        if let Some((policy, health)) = &self.operator {
            let due = decide::beat_due(view, policy);
            let beating = due && self.sender.has_open("beat/", view)?;
            // A beat rests on an answer that is newer than the head it was decided on.
            let healthy = due && if beating { health.is_up() } else { health.probe().await };
            wanted.extend(decide::operator(view, policy, healthy));
        }
        if let Some(config) = &self.executor {
            let nobody = BTreeSet::new();
            let mut now = Situation {
                view,
                history: self.follower.history(),
                ledgers: self.ledgers.owed(),
                willing: &nobody,
                begin: self.begin,
                rank: config.rank,
            };
            let willing = self.willing.ask(&self.rpc, &now, self.encoder.vault, config).await?;
            now.willing = &willing;
            wanted.extend(decide::executor(&now));
        }
        Ok(wanted)
    }

    fn show_endpoints(&self) {
        let endpoints = self.rpc.standings();
        self.board.update(|status| (status.quorum, status.endpoints) = (self.rpc.quorum(), endpoints));
    }

    fn show(&self, view: &View, wanted: usize, in_flight: usize) {
        let assets = status::assets(view, self.follower.history(), self.ledgers.owed());
        self.board.update(|status| {
            status.chain = Some(ChainStatus::from(view));
            status.service_up = self.operator.as_ref().map(|(_, health)| health.is_up());
            status.assets = assets;
            (status.wanted, status.in_flight) = (wanted, in_flight);
            status.transactions = self.sender.counts;
            status.rpc_calls = self.rpc.calls_made();
        });
    }

    /// Whether nothing is left to send, and the executor was told to end then.
    fn is_done(&self, view: &View, wanted: &[Action]) -> Result<bool, KeeperError> {
        let Some(executor) = self.executor.as_ref().filter(|executor| executor.until_done) else { return Ok(false) };
        for action in wanted {
            if !self.sender.given_up(&action.id())? {
                return Ok(false);
            }
        }
        let nobody = BTreeSet::new();
        let now = Situation {
            view,
            history: self.follower.history(),
            ledgers: self.ledgers.owed(),
            willing: &nobody,
            begin: self.begin,
            rank: executor.rank,
        };
        Ok(decide::progress(&now) == Progress::Done)
    }

    /// Confirms from the contract's state what the events say. `None`: they disagree, and the events are read again.
    async fn confirm(&mut self, view: &View) -> Result<Option<Vec<Unpaid>>, KeeperError> {
        let Some(reader) = &self.reader else { return Ok(None) };
        let history = self.follower.history();
        for asset in &view.assets {
            let mut wrong = usize::from(asset.book.pending != 0);
            let rounds = history.asset(asset.asset).map_or(&[][..], |past| &past.rounds);
            wrong += usize::from(rounds.len() != asset.recovery.rounds as usize);
            for (id, round) in (0u32..).zip(rounds) {
                let words: BTreeSet<u32> = round.settled.keys().copied().collect();
                let state = reader.settled(&self.rpc, &view.head, asset.asset, id, &words).await?;
                wrong += words
                    .iter()
                    .zip(state)
                    .filter(|(word, state)| round.settled_of(**word) & !*state != U256::ZERO)
                    .count();
            }
            if wrong == 0 {
                continue;
            }
            if self.distrusted {
                return Err(KeeperError::Mismatch { asset: asset.asset, words: wrong });
            }
            warn!(asset = %asset.asset, wrong, "events and state disagree: reading the events again");
            self.distrusted = true;
            self.follower.restart();
            self.view = None;
            return Ok(None);
        }
        Ok(Some(decide::unpaid(history, self.ledgers.owed())))
    }
}

/// A free function: a borrow of the whole keeper would tie the journal's connection to one thread.
async fn require_vault(rpc: &Rpc, encoder: &Encoder, head: &Head) -> Result<(), KeeperError> {
    let (vault, chain_id) = (encoder.vault, encoder.chain_id);
    let answer = rpc.ask_one(Call::view(vault, &timelineCall {}, pinned(head.hash))).await?;
    match returned::<timelineCall>(answer) {
        Ok(_) => Ok(()),
        Err(RpcError::Malformed { reason, .. }) => Err(KeeperError::NoVault { vault, chain_id, reason }),
        Err(error) => Err(error.into()),
    }
}
