//! The configuration: one TOML file, every key checked, unknown keys refused. [`COMMENTED_DEFAULT`] explains each.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use alloy::primitives::Address;
use reqwest::Url;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    gas::TX_GAS_CAP,
    keys::KeySource,
    units::{Gwei, Span},
};

/// A configuration with a comment on every key: what `lifeboat keeper config` prints.
pub const COMMENTED_DEFAULT: &str = include_str!("default.toml");

/// Why a configuration was refused.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file is missing or unreadable.
    #[error(
        "KEEPER_CONFIG_UNREADABLE: cannot read {path}: {source}; `lifeboat keeper config` prints one to start from"
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// Not TOML, an unknown key, or a value of the wrong kind.
    #[error("KEEPER_CONFIG_MALFORMED: {path}: {source}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Line, column and reason.
        source: Box<toml::de::Error>,
    },
    /// Well-formed, but it cannot work.
    #[error("KEEPER_CONFIG_INVALID: `{key}` {reason}")]
    Invalid {
        /// The key at fault.
        key: &'static str,
        /// What is wrong, and what to do.
        reason: String,
    },
}

/// Everything a keeper is told. Paths are relative to the configuration file's directory when it is read by [`Config::read`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Chain and contract.
    pub vault: VaultConfig,
    /// How to reach the chain.
    pub rpc: RpcConfig,
    /// The key that sends transactions and pays for them.
    pub key: KeySource,
    /// The journal's SQLite file.
    pub journal: PathBuf,
    /// What transactions may cost.
    #[serde(default)]
    pub fees: FeeConfig,
    /// Present: this keeper beats for the operator.
    pub operator: Option<OperatorConfig>,
    /// Present: this keeper carries the return out.
    pub executor: Option<ExecutorConfig>,
    /// Loopback address of the status page; absent: none.
    pub status: Option<StatusConfig>,
}

/// Which vault.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct VaultConfig {
    /// Its address.
    pub address: Address,
    /// The chain it stands on: endpoints of any other chain are refused.
    pub chain_id: u64,
    /// Block of its deployment, from which its events are read.
    #[serde(default)]
    pub deploy_block: u64,
}

/// Endpoints, how many of them are believed, and how patiently they are asked.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RpcConfig {
    /// JSON-RPC over HTTP, each of another operator.
    pub urls: Vec<Url>,
    /// How many of them have to say the same before it is believed; absent: more than half.
    pub quorum: Option<usize>,
    /// Hard limit on each call.
    #[serde(default = "defaults::rpc_timeout")]
    pub timeout: Span,
    /// Pause between two looks at the chain when nothing moves.
    #[serde(default = "defaults::poll")]
    pub poll: Span,
    /// Most calls sent in one HTTP request.
    #[serde(default = "defaults::batch")]
    pub batch: usize,
    /// Most blocks whose events are asked for at once.
    #[serde(default = "defaults::log_range")]
    pub log_range: u64,
}

/// Bounds on gas prices.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct FeeConfig {
    /// What a first attempt offers the block producer, in gwei.
    pub tip: Gwei,
    /// The price per gas that is never exceeded, in gwei.
    pub max: Gwei,
    /// Blocks without inclusion after which the oldest transaction's price is raised.
    pub bump_after_blocks: u64,
}

/// The operator's role: beats while the service is healthy.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct OperatorConfig {
    /// Signs the beats: the operator's key in the vault's terms.
    pub key: KeySource,
    /// Chain time between two beats.
    #[serde(default = "defaults::heartbeat")]
    pub heartbeat: Span,
    /// The service's health endpoints: all of them must answer 2xx.
    pub probes: Vec<Url>,
    /// Pause between two rounds of probes.
    #[serde(default = "defaults::probe_every")]
    pub probe_every: Span,
    /// Hard limit on one probe.
    #[serde(default = "defaults::probe_timeout")]
    pub probe_timeout: Span,
    /// Failed rounds in a row after which the service counts as down.
    #[serde(default = "defaults::down_after")]
    pub down_after: u32,
    /// Clean rounds in a row after which it counts as up again.
    #[serde(default = "defaults::up_after")]
    pub up_after: u32,
    /// Also calls `sync` when a newly final commitment leaves the books behind.
    #[serde(default)]
    pub sync: bool,
}

/// The executor's role: latch, count, open, push, refund.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ExecutorConfig {
    /// Ledger bundles, or directories of bundles. The one whose root the vault counts is used, once verified.
    pub bundles: Vec<PathBuf>,
    /// Most transactions in flight at once.
    #[serde(default = "defaults::window")]
    pub window: u64,
    /// How often a recipient that refused is tried again, and only once a dry run says that it would take the money.
    #[serde(default = "defaults::retries")]
    pub retries: u32,
    /// Chain time before the first retry; it doubles with each.
    #[serde(default = "defaults::retry_after")]
    pub retry_after: Span,
    /// Most gas for anchoring a round of a large ledger, which makes claims in it cheaper; zero: it is not done.
    #[serde(default = "defaults::anchor_gas")]
    pub anchor_gas: u64,
    /// Which of several keepers of this vault it is, from 0: what one of them does for all is left to those before it for a while.
    #[serde(default)]
    pub rank: u32,
    /// Stop, with success, when everything payable is paid.
    #[serde(default)]
    pub until_done: bool,
}

/// The status page.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct StatusConfig {
    /// A loopback address and port; port 0 takes a free one, named in the log.
    pub listen: SocketAddr,
}

impl RpcConfig {
    /// How many endpoints have to say the same.
    #[must_use]
    pub fn quorum(&self) -> usize {
        self.quorum.unwrap_or(self.urls.len() / 2 + 1)
    }
}

impl Default for FeeConfig {
    fn default() -> Self {
        Self { tip: Gwei(1_000_000_000), max: Gwei(100_000_000_000), bump_after_blocks: 2 }
    }
}

mod defaults {
    use super::Span;

    pub(super) const fn rpc_timeout() -> Span {
        Span::from_secs(5)
    }
    pub(super) const fn poll() -> Span {
        Span::from_secs(2)
    }
    pub(super) const fn batch() -> usize {
        100
    }
    pub(super) const fn log_range() -> u64 {
        10_000
    }
    pub(super) const fn heartbeat() -> Span {
        Span::from_secs(3_600)
    }
    pub(super) const fn probe_every() -> Span {
        Span::from_secs(15)
    }
    pub(super) const fn probe_timeout() -> Span {
        Span::from_secs(3)
    }
    pub(super) const fn down_after() -> u32 {
        3
    }
    pub(super) const fn up_after() -> u32 {
        2
    }
    /// Below the 16 executable transactions that a node's pool guarantees to one sender.
    pub(super) const fn window() -> u64 {
        8
    }
    pub(super) const fn retries() -> u32 {
        3
    }
    /// Enough for 32 nodes, the most that one call anchors.
    pub(super) const fn anchor_gas() -> u64 {
        1_000_000
    }
    pub(super) const fn retry_after() -> Span {
        Span::from_secs(3_600)
    }
}

impl Config {
    /// Reads and checks a configuration file.
    ///
    /// # Errors
    /// [`ConfigError`], with the line at fault where there is one.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text =
            fs::read_to_string(path).map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        let mut config: Self = toml::from_str(&text)
            .map_err(|source| ConfigError::Malformed { path: path.to_owned(), source: source.into() })?;
        config.resolve_paths(path.parent().unwrap_or(Path::new("")));
        config.check()?;
        Ok(config)
    }

    /// Checks what the types cannot express.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] for the first key that cannot work.
    pub fn check(&self) -> Result<(), ConfigError> {
        require(
            self.operator.is_some() || self.executor.is_some(),
            "operator",
            "and `executor` are both absent: name at least one role",
        )?;
        require(!self.rpc.urls.is_empty(), "rpc.urls", "is empty: name at least one endpoint")?;
        let (urls, quorum) = (&self.rpc.urls, self.rpc.quorum());
        require(
            urls.iter().enumerate().all(|(at, url)| !urls[..at].contains(url)),
            "rpc.urls",
            "names an endpoint twice: it would vote twice",
        )?;
        require((1..=urls.len()).contains(&quorum), "rpc.quorum", "must be 1 to the number of rpc.urls")?;
        require((1..=1_000).contains(&self.rpc.batch), "rpc.batch", "must be 1 to 1000")?;
        require(self.rpc.log_range > 0, "rpc.log_range", "must be at least 1")?;
        require(!self.rpc.timeout.0.is_zero(), "rpc.timeout", "must not be zero")?;
        require(!self.rpc.poll.0.is_zero(), "rpc.poll", "must not be zero")?;
        require(self.fees.tip <= self.fees.max, "fees.tip", "is above fees.max")?;
        require(self.fees.bump_after_blocks > 0, "fees.bump_after_blocks", "must be at least 1")?;
        if let Some(operator) = &self.operator {
            require(
                !operator.probes.is_empty(),
                "operator.probes",
                "is empty: a keeper that probes nothing would beat for a dead service",
            )?;
            require(operator.heartbeat.as_secs() > 0, "operator.heartbeat", "must be at least 1s")?;
            require(
                operator.down_after > 0 && operator.up_after > 0,
                "operator.down_after",
                "and `up_after` must be at least 1",
            )?;
            require(!operator.probe_every.0.is_zero(), "operator.probe_every", "must not be zero")?;
            require(!operator.probe_timeout.0.is_zero(), "operator.probe_timeout", "must not be zero")?;
        }
        if let Some(executor) = &self.executor {
            require(
                (1..=16).contains(&executor.window),
                "executor.window",
                "must be 1 to 16, what a node's pool guarantees to one sender",
            )?;
            require(
                executor.anchor_gas <= TX_GAS_CAP,
                "executor.anchor_gas",
                "is above what a transaction may have, 2^24",
            )?;
            require(executor.rank < 1_000, "executor.rank", "must be below 1000: keepers are counted from 0")?;
        }
        if let Some(status) = &self.status {
            require(
                status.listen.ip().is_loopback(),
                "status.listen",
                "must be a loopback address: the page has no access control",
            )?;
        }
        Ok(())
    }

    /// Makes the executor end when everything payable is paid.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] if this keeper is no executor.
    pub fn end_when_done(&mut self) -> Result<(), ConfigError> {
        require(self.executor.is_some(), "executor", "is absent: only an executor can be done")?;
        self.executor.iter_mut().for_each(|executor| executor.until_done = true);
        Ok(())
    }

    fn resolve_paths(&mut self, base: &Path) {
        let resolve = |path: &mut PathBuf| *path = base.join(&*path);
        resolve(&mut self.journal);
        if let Some(executor) = &mut self.executor {
            executor.bundles.iter_mut().for_each(resolve);
        }
        for key in std::iter::once(&mut self.key).chain(self.operator.as_mut().map(|operator| &mut operator.key)) {
            match key {
                KeySource::Keystore { keystore, password_file } => {
                    resolve(keystore);
                    resolve(password_file);
                }
                KeySource::File(path) => resolve(path),
                KeySource::Env(_) => {}
            }
        }
    }
}

fn require(holds: bool, key: &'static str, reason: &str) -> Result<(), ConfigError> {
    if holds { Ok(()) } else { Err(ConfigError::Invalid { key, reason: reason.to_owned() }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Config {
        toml::from_str(COMMENTED_DEFAULT).unwrap()
    }

    /// The example without the keys that have defaults.
    fn shortest() -> Config {
        toml::from_str(
            r#"
            journal = "keeper.db"
            [vault]
            address = "0x0000000000000000000000000000000000010000"
            chain_id = 1
            [rpc]
            urls = ["http://127.0.0.1:8545"]
            [key]
            keystore = "keeper-key.json"
            password_file = "keeper-password"
            [operator]
            key = { env = "OPERATOR_KEY" }
            probes = ["http://127.0.0.1:8080/health"]
            [executor]
            bundles = ["bundles"]
            [status]
            listen = "127.0.0.1:9464"
            "#,
        )
        .unwrap()
    }

    #[test]
    fn the_printed_default_shows_the_real_defaults() {
        example().check().unwrap();
        assert_eq!(example(), shortest());
    }

    #[test]
    fn unknown_keys_are_refused_with_their_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keeper.toml");
        fs::write(&path, COMMENTED_DEFAULT.replace("down_after", "dwon_after")).unwrap();
        let error = Config::read(&path).unwrap_err().to_string();
        assert!(error.starts_with("KEEPER_CONFIG_MALFORMED") && error.contains("dwon_after"), "{error}");
    }

    #[test]
    fn paths_are_relative_to_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keeper.toml");
        fs::write(&path, COMMENTED_DEFAULT).unwrap();
        let config = Config::read(&path).unwrap();
        assert_eq!(config.journal, dir.path().join("keeper.db"));
        assert_eq!(config.executor.unwrap().bundles, [dir.path().join("bundles")]);
        assert!(matches!(config.key, KeySource::Keystore { keystore, .. } if keystore.starts_with(dir.path())));
    }

    #[test]
    fn what_cannot_work_is_refused_by_name() {
        let mut open = example();
        open.status.as_mut().unwrap().listen = "0.0.0.0:80".parse().unwrap();
        let mut blind = example();
        blind.operator.as_mut().unwrap().probes.clear();
        let mut idle = example();
        (idle.operator, idle.executor) = (None, None);
        let mut deaf = example();
        deaf.rpc.urls.clear();
        let mut twice = example();
        twice.rpc.urls.push(twice.rpc.urls[0].clone());
        let mut unreachable = example();
        unreachable.rpc.quorum = Some(2);
        let mut greedy = example();
        greedy.fees.tip = Gwei(greedy.fees.max.0 + 1);
        let mut boundless = example();
        boundless.executor.as_mut().unwrap().anchor_gas = TX_GAS_CAP + 1;
        for (config, key) in [
            (open, "status.listen"),
            (blind, "operator.probes"),
            (idle, "operator"),
            (deaf, "rpc.urls"),
            (twice, "rpc.urls"),
            (unreachable, "rpc.quorum"),
            (greedy, "fees.tip"),
            (boundless, "executor.anchor_gas"),
        ] {
            assert!(matches!(config.check(), Err(ConfigError::Invalid { key: found, .. }) if found == key), "{key}");
        }
    }
}
