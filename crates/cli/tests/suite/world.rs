//! A small world: anvil, a token, keys, and a vault's terms with the testnet profile.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Stdio},
    time::Duration,
};

use alloy::{
    network::TransactionBuilder,
    primitives::{Address, U256, hex},
    providers::Provider,
    rpc::types::TransactionRequest,
    signers::local::PrivateKeySigner,
    sol_types::SolValue,
};
use lifeboat_bindings::test_token;
use lifeboat_devchain::{DevChain, Options};
use lifeboat_ledger::{
    Leaf, LeafDomain, SumTree,
    bundle::{self, Meta},
};
use tempfile::TempDir;

use crate::command::{Run, command, lifeboat, lifeboat_reading};

/// Who is who among anvil's keys.
pub(crate) const SERVICE: usize = 0;
pub(crate) const OPERATOR: usize = 1;
pub(crate) const SIGNERS: [usize; 3] = [2, 3, 4];
pub(crate) const AUDITOR: usize = 5;
pub(crate) const WATCHER: usize = 6;
pub(crate) const ALICE: usize = 7;
pub(crate) const BOB: usize = 8;
pub(crate) const STRANGER: usize = 9;

/// Later than any block of a test: 2100-01-01.
pub(crate) const FAR: &str = "@4102444800";

pub(crate) struct World {
    pub(crate) chain: DevChain,
    pub(crate) token: Address,
    dir: TempDir,
    environment: Vec<(String, String)>,
}

impl World {
    /// Anvil with a token of six decimals that the service holds.
    pub(crate) async fn start() -> Self {
        let chain = DevChain::start(&Options::default()).unwrap();
        let mut environment = vec![("LIFEBOAT_RPC_URL".to_owned(), chain.url())];
        for i in 0..10 {
            environment.push((format!("KEY_{i}"), hex::encode(chain.key(i).to_bytes())));
        }
        let code = test_token::CREATION_CODE.to_vec();
        let supply = U256::from(1_000_000_000_000u64);
        let arguments = ("Test Token".to_owned(), "TST".to_owned(), U256::from(6), supply).abi_encode_params();
        let deployment = TransactionRequest::default().with_deploy_code([code, arguments].concat());
        let receipt = chain.provider_for(&chain.key(SERVICE)).send_transaction(deployment).await.unwrap();
        let token = receipt.get_receipt().await.unwrap().contract_address.unwrap();
        Self { chain, token, dir: tempfile::tempdir().unwrap(), environment }
    }

    pub(crate) fn key(&self, who: usize) -> PrivateKeySigner {
        self.chain.key(who)
    }

    pub(crate) fn address(&self, who: usize) -> Address {
        self.key(who).address()
    }

    /// A path in the test's own directory.
    pub(crate) fn path(&self, name: &str) -> String {
        self.dir.path().join(name).to_str().unwrap().to_owned()
    }

    /// Runs the command with the keys in `KEY_0` to `KEY_9` and the chain's address in the environment.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        lifeboat(&self.environment, arguments)
    }

    /// The same, with a file as standard input.
    pub(crate) fn run_reading(&self, input: &str, arguments: &[&str]) -> Run {
        lifeboat_reading(File::open(input).unwrap(), &self.environment, arguments)
    }

    /// Starts the command, its standard output a pipe.
    pub(crate) fn spawn(&self, arguments: &[&str]) -> Child {
        command(&self.environment, arguments).stdout(Stdio::piped()).spawn().unwrap()
    }

    /// Runs the command without a chain.
    pub(crate) fn run_offline(&self, arguments: &[&str]) -> Run {
        lifeboat(&self.environment[1..], arguments)
    }

    /// Writes `terms.toml` with ETH and the token.
    pub(crate) fn write_terms(&self) -> PathBuf {
        std::fs::write(self.path("agreement.md"), "We pay back.\n").unwrap();
        let path = PathBuf::from(self.path("terms.toml"));
        std::fs::write(&path, self.terms()).unwrap();
        path
    }

    /// The terms as text.
    pub(crate) fn terms(&self) -> String {
        let [first, second, third] = SIGNERS.map(|i| self.address(i));
        let (operator, auditor, watcher) = (self.address(OPERATOR), self.address(AUDITOR), self.address(WATCHER));
        let (guardian, token) = (self.address(SERVICE), self.token);
        format!(
            r#"
profile = "testnet"
agreement = "agreement.md"
operator = "{operator}"
assets = ["{token}", "ETH"]
coverage_floor = "100%"
hot_cap = "10%"
warm_cap = "50%"
max_tank_gas_price = "50 gwei"
exit_deposit = "0.001 ETH"
signers = {{ threshold = 2, cold_threshold = 3, members = ["{first}", "{second}", "{third}"] }}
auditors = {{ threshold = 1, members = ["{auditor}"] }}
watchers = {{ threshold = 1, members = ["{watcher}"] }}
guardians = {{ threshold = 1, members = ["{guardian}"] }}
[timers]
grace = "2h"
serve_deadline = "40m"
challenge_window = "20m"
return_delay = "15m"
root_max_age = "2h"
attested_finality = "2m"
unattested_finality = "30m"
head_start = "10m"
wind_down_notice = "1h"
silence_cap = "3h"
release_window = "30d"
cold_delay = "10m"
freeze_max = "20m"
rotation_notice = "5m"
unbonding = "4h"
"#
        )
    }

    /// Writes the bundle of a ledger in wei, and gives its directory.
    pub(crate) async fn write_bundle(&self, name: &str, vault: Address, balances: &[(Address, u128)]) -> String {
        self.write_bundle_up_to(0, name, vault, balances).await
    }

    /// The same of a ledger that takes in queued deposits with lower numbers.
    pub(crate) async fn write_bundle_up_to(
        &self,
        deposit_cursor: u64,
        name: &str,
        vault: Address,
        balances: &[(Address, u128)],
    ) -> String {
        let domain = LeafDomain::new(31_337, vault, Address::ZERO);
        let leaves = balances.iter().map(|&(account, balance)| Leaf { account, balance, paid: 0 }).collect();
        let tree = SumTree::build(&domain, leaves).unwrap();
        let snapshot_at = self.chain.now().await.unwrap();
        let meta = Meta { symbol: "ETH".into(), decimals: 18, deposit_cursor, snapshot_at };
        let dir = self.path(name);
        bundle::write(dir.as_ref(), &tree, &meta).unwrap();
        dir
    }

    /// Moves the chain's clock.
    pub(crate) async fn pass(&self, seconds: u64) {
        let now = self.chain.now().await.unwrap();
        self.chain.mine_at(now + seconds).await.unwrap();
    }

    pub(crate) async fn balance(&self, account: Address) -> U256 {
        self.chain.provider().get_balance(account).await.unwrap()
    }

    /// Sends ETH to an address without any call: reserve, if it is the vault.
    pub(crate) async fn give(&self, to: Address, wei: u128) {
        let request = TransactionRequest::default().to(to).value(U256::from(wei));
        let sent = self.chain.provider_for(&self.key(SERVICE)).send_transaction(request).await.unwrap();
        assert!(sent.get_receipt().await.unwrap().status());
    }

    /// Deploys the vault of [`World::write_terms`] and gives its address.
    pub(crate) fn deploy(&self) -> Address {
        let terms = self.write_terms();
        self.deploy_from(&terms)
    }

    /// The same with a lower coverage floor.
    pub(crate) fn deploy_half_covered(&self) -> Address {
        self.deploy_changed(&[("\"100%\"", "\"50%\"")])
    }

    /// The same with parts of the terms' text replaced.
    pub(crate) fn deploy_changed(&self, changes: &[(&str, &str)]) -> Address {
        let path = self.write_terms();
        let terms = changes.iter().fold(self.terms(), |terms, (from, to)| terms.replace(from, to));
        std::fs::write(&path, terms).unwrap();
        self.deploy_from(&path)
    }

    fn deploy_from(&self, terms: &Path) -> Address {
        let run = self.run(&["--yes", "deploy", "--terms", terms.to_str().unwrap(), "--key-env", "KEY_0"]);
        run.done()["address"].as_str().unwrap().parse().unwrap()
    }
}

/// Waits until `condition` holds; fails after a minute, naming `what`.
pub(crate) async fn until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waiting).await.unwrap_or_else(|_| panic!("never came: {what}"));
}
