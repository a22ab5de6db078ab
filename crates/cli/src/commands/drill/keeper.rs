//! The real keeper process: the same binary, with a configuration, keys and a journal of its own.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use alloy::{hex, signers::local::PrivateKeySigner};
use eyre::{Context, OptionExt, Result};
use lifeboat_devchain::Watchdog;
use lifeboat_keeper::{
    config::{Config, ExecutorConfig, FeeConfig, OperatorConfig, RpcConfig, StatusConfig, VaultConfig},
    keys::KeySource,
    units::Span,
};
use serde_json::Value;
use tokio::process::{Child, Command};

use super::{clock::until, meter::Meter, stage::Stage};
use crate::failure::Failure;

/// A keeper process and how it is started again; killed when dropped, and with this process even if that is killed.
pub(super) struct Keeper {
    // Called off before the process ends.
    _watchdog: Watchdog,
    process: Child,
    config: PathBuf,
    log: PathBuf,
    status_url: String,
    client: reqwest::Client,
    /// Stands between it and the chain.
    pub(super) meter: Meter,
    /// How often it was killed and started again.
    pub(super) restarts: u32,
}

impl Keeper {
    /// Writes the configuration and starts the process.
    pub(super) async fn start(stage: &Stage, health_url: &str) -> Result<Self> {
        let directory = &stage.world.directory;
        let meter = Meter::start(stage.world.node.url()).await?;
        let listen = free_loopback_port()?;
        let config = directory.join("keeper.toml");
        let text = toml::to_string(&configuration(stage, &meter, listen, health_url)?)?;
        std::fs::write(&config, text)?;
        let log = directory.join("keeper.log");
        let (process, watchdog) = spawn(&config, &log)?;
        Ok(Self {
            _watchdog: watchdog,
            process,
            config,
            log,
            status_url: format!("http://{listen}/status"),
            client: reqwest::Client::new(),
            meter,
            restarts: 0,
        })
    }

    /// The status page, if it answers.
    pub(super) async fn status(&self) -> Option<Value> {
        self.client.get(&self.status_url).send().await.ok()?.json().await.ok()
    }

    /// Fails if the process has ended.
    pub(super) fn require_running(&mut self) -> Result<()> {
        match self.process.try_wait()? {
            None => Ok(()),
            Some(status) => Failure::report(
                "DRILL_KEEPER_ENDED",
                format!("the keeper ended too early, with {status}; its last words: {}", last_line(&self.log)),
                "run the drill again with --keep DIR and read keeper.log in it",
            ),
        }
    }

    /// Waits for a beat at `time` (Unix seconds) or later.
    pub(super) async fn until_beat(&mut self, stage: &Stage, time: u64) -> Result<()> {
        let contract = stage.contract();
        until("a beat of the keeper", async || {
            self.require_running()?;
            let beat = contract.liveness().call().await?.lastBeat.to::<u64>();
            Ok((beat >= time).then_some(()))
        })
        .await
    }

    /// Waits until the status page shows what `look` is for.
    pub(super) async fn until_status(&mut self, what: &str, look: impl Fn(&Value) -> bool) -> Result<()> {
        until(what, async || {
            self.require_running()?;
            let status = self.status().await;
            Ok(status.filter(|status| look(status)).map(|_| ()))
        })
        .await
    }

    /// Whether it has ended, and then that it says all is done.
    pub(super) fn is_done(&mut self) -> Result<bool> {
        match self.process.try_wait()? {
            None => Ok(false),
            Some(status) if status.success() => Ok(true),
            Some(_) => self.require_running().map(|()| false),
        }
    }

    /// SIGKILL, and a new process over what the old one left.
    pub(super) async fn crash(&mut self, lose_journal: bool) -> Result<()> {
        self.process.kill().await.wrap_err("DRILL_KEEPER_KILL: the keeper could not be killed")?;
        if lose_journal {
            for name in ["keeper.db", "keeper.db-wal", "keeper.db-shm"] {
                let path = self.config.with_file_name(name);
                if path.exists() {
                    std::fs::remove_file(&path)?;
                }
            }
        }
        self.meter.release();
        self.restarts += 1;
        (self.process, self._watchdog) = spawn(&self.config, &self.log)?;
        Ok(())
    }
}

/// Both roles, and everything faster than in production: probes, looks at the chain. The beat is timed by the chain.
fn configuration(stage: &Stage, meter: &Meter, listen: std::net::SocketAddr, health_url: &str) -> Result<Config> {
    let world = &stage.world;
    let key_file = |name: &str, key: &PrivateKeySigner| -> Result<KeySource> {
        let path = world.directory.join(name);
        std::fs::write(&path, hex::encode(key.to_bytes()))?;
        Ok(KeySource::File(path))
    };
    let millis = |millis| Span(Duration::from_millis(millis));
    Ok(Config {
        vault: VaultConfig { address: stage.vault, chain_id: world.chain_id, deploy_block: stage.deploy_block },
        rpc: RpcConfig {
            urls: vec![meter.url().parse()?],
            quorum: None,
            timeout: Span::from_secs(60),
            poll: millis(40),
            batch: 100,
            log_range: 10_000,
        },
        key: key_file("keeper.key", &world.cast.keeper)?,
        journal: world.directory.join("keeper.db"),
        fees: FeeConfig::default(),
        operator: Some(OperatorConfig {
            key: key_file("operator.key", &world.cast.operator)?,
            heartbeat: Span::from_secs(1_800),
            probes: vec![health_url.parse()?],
            probe_every: millis(100),
            probe_timeout: millis(2_000),
            down_after: 3,
            up_after: 2,
            sync: false,
        }),
        executor: Some(ExecutorConfig {
            bundles: vec![world.bundles()],
            window: 8,
            retries: 1,
            retry_after: Span::from_secs(3_600),
            anchor_gas: 1_000_000,
            rank: 0,
            until_done: true,
        }),
        status: Some(StatusConfig { listen }),
    })
}

fn spawn(config: &PathBuf, log: &PathBuf) -> Result<(Child, Watchdog)> {
    let log = File::options().create(true).append(true).open(log)?;
    let process = Command::new(std::env::current_exe()?)
        .args(["keeper", "run", "--config"])
        .arg(config)
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .kill_on_drop(true)
        .spawn()
        .wrap_err("DRILL_KEEPER_START: the keeper process did not start")?;
    let pid = process.id().ok_or_eyre("DRILL_KEEPER_START: the keeper process ended at once")?;
    Ok((process, Watchdog::over(pid).wrap_err("DRILL_KEEPER_START: no shell can watch over the keeper")?))
}

fn last_line(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    text.lines().last().unwrap_or("none").to_owned()
}

/// A port that was free a moment ago: the keeper has to be told one, so that the drill knows where to look after a restart too.
fn free_loopback_port() -> Result<std::net::SocketAddr> {
    Ok(std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?)
}
