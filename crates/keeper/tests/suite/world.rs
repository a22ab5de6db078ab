//! A vault with two assets, two words of accounts each, payouts, a pending deposit and a recipient that refuses.

use std::{path::Path, time::Duration};

use alloy::{
    network::TransactionBuilder,
    primitives::{Address, B256, Bytes, U256, aliases::U40, keccak256},
    providers::{DynProvider, Provider},
    rpc::types::TransactionRequest,
    signers::{SignerSync, local::PrivateKeySigner},
    sol_types::{SolCall, SolStruct, SolValue},
};
use lifeboat_bindings::{
    create2, pausable_token, refuser,
    signers::ecdsa_id,
    test_token,
    typed::{self, PayOut},
    vault::{
        Commitment, CommitmentInput, Quorum, SumNode, Terms, Timers,
        Vault::{self, VaultInstance, commitCall, depositToLedgerCall, payOutCall},
    },
};
use lifeboat_devchain::{DevChain, Miner, Options};
use lifeboat_keeper::config::Config;
use lifeboat_ledger::{
    Leaf, LeafDomain, SumTree,
    bundle::{self, Meta},
};
use tempfile::TempDir;

pub(crate) const ETH: Address = Address::ZERO;
pub(crate) const ACCOUNTS: u64 = 300;
pub(crate) const REFUSER: usize = 7;
const NOBODY: usize = 11;
pub(crate) const USER: usize = 50;
pub(crate) const PAID: usize = 20;
const TIMERS: [u64; 9] = [3_600, 3_600, 600, 600, 604_800, 10, 60, 300, 600];
const DEADLINE: Duration = Duration::from_secs(60);

pub(crate) struct World {
    pub(crate) chain: DevChain,
    miner: Option<Miner>,
    pub(crate) dir: TempDir,
    pub(crate) vault: Address,
    pub(crate) token: Address,
    /// Leaves of the commitment that counts, by asset.
    pub(crate) ledgers: [(Address, Vec<Leaf>); 2],
    /// Paid to one account of each asset while the service lived.
    pub(crate) payout: u128,
    pub(crate) depositor: Address,
    chain_id: u64,
}

impl World {
    /// Everything up to the last act of the service.
    pub(crate) async fn new() -> Self {
        let chain = DevChain::start(&Options { extra: vec!["--no-mining".into()], ..Options::default() }).unwrap();
        let chain_id = chain.provider().get_chain_id().await.unwrap();
        let mut world = Self {
            chain,
            miner: None,
            dir: tempfile::tempdir().unwrap(),
            vault: Address::ZERO,
            token: Address::ZERO,
            ledgers: Default::default(),
            payout: 5_000,
            depositor: Address::repeat_byte(0xd0),
            chain_id,
        };
        world.mine().await;
        world.deploy().await;
        world.serve().await;
        world
    }

    async fn deploy(&mut self) {
        let arguments = ("Token", "TKN", U256::from(6), U256::from(u64::MAX)).abi_encode_params();
        self.token = self.create(&pausable_token::CREATION_CODE, &arguments).await;
        let terms = Terms {
            operator: self.operator().address(),
            signers: vec![ecdsa_id(self.signer().address())],
            signerThreshold: 1,
            coldThreshold: 1,
            auditors: vec![self.auditor().address()],
            auditorThreshold: 1,
            assets: vec![ETH, self.token],
            coverageFloorBps: 5_000,
            maxTankGasPrice: 100_000_000_000,
            profile: 1,
            timers: timers(),
            ..Terms::default()
        };
        for blueprint in create2::plan_blueprints() {
            self.send(&self.chain.key(0), create2::DEPLOYER, blueprint.deployment.call_data, U256::ZERO).await;
        }
        let plan = create2::plan_vault(B256::ZERO, &terms);
        self.send(&self.chain.key(0), create2::DEPLOYER, plan.call_data, U256::ZERO).await;
        self.vault = plan.address;
    }

    /// Two commitments of each asset with a payout between them. In the token's second one every account has moved by one place, and
    /// the payout is missing: the keeper has to flag it.
    async fn serve(&mut self) {
        let refuser = self.create(&refuser::CREATION_CODE, &self.chain.key(6).address().abi_encode()).await;
        for asset in [ETH, self.token] {
            let leaves = leaves(asset, refuser, self.user().address());
            let total: u128 = leaves.iter().map(|leaf| leaf.balance).sum();
            self.fund(asset, total * 8 / 10).await;
            self.commit(asset, 1, leaves.clone()).await;
            self.advance(60).await;
            self.pay_out(asset, &leaves, PAID as u32).await;
            let mut next = leaves;
            if asset != ETH {
                next.rotate_right(1);
            }
            self.commit(asset, 2, next.clone()).await;
            self.ledgers[usize::from(asset != ETH)] = (asset, next);
        }
        let deposit = depositToLedgerCall { asset: ETH, account: self.depositor, amount: U256::from(9) };
        self.send(&self.chain.key(0), self.vault, deposit.abi_encode().into(), U256::from(9)).await;
        self.advance(60).await;
    }

    /// Makes blocks for whatever waits.
    pub(crate) async fn mine(&mut self) {
        self.miner = Some(Miner::start(self.chain.provider().clone()).await.unwrap());
    }

    /// From now on the test makes the blocks.
    pub(crate) fn stop_mining(&mut self) {
        self.miner = None;
    }

    fn miner(&self) -> &Miner {
        self.miner.as_ref().unwrap()
    }

    pub(crate) async fn now(&self) -> u64 {
        self.miner().now().await
    }

    pub(crate) fn operator(&self) -> PrivateKeySigner {
        self.chain.key(1)
    }

    fn signer(&self) -> PrivateKeySigner {
        self.chain.key(2)
    }

    /// Owns the leaf [`USER`] of the ETH ledger.
    pub(crate) fn user(&self) -> PrivateKeySigner {
        self.chain.key(7)
    }

    fn auditor(&self) -> PrivateKeySigner {
        self.chain.key(3)
    }

    pub(crate) fn vault(&self) -> VaultInstance<DynProvider> {
        Vault::new(self.vault, self.chain.provider().clone())
    }

    pub(crate) async fn advance(&self, seconds: u64) {
        let miner = self.miner();
        miner.advance_to(miner.now().await + seconds).await.unwrap();
    }

    pub(crate) async fn advance_to(&self, time: U40) {
        self.miner().advance_to(time.to()).await.unwrap();
    }

    pub(crate) async fn balance(&self, asset: Address, account: Address) -> u128 {
        let balance = if asset == ETH {
            self.chain.provider().get_balance(account).await.unwrap()
        } else {
            test_token::TestToken::new(asset, self.chain.provider().clone()).balanceOf(account).call().await.unwrap()
        };
        balance.to()
    }

    /// What the vault holds for the ledger of each asset.
    pub(crate) async fn reserves(&self) -> [u128; 2] {
        let mut reserves = [0; 2];
        for (reserve, (asset, _)) in reserves.iter_mut().zip(&self.ledgers) {
            *reserve = self.vault().reserve(*asset).call().await.unwrap().to();
        }
        reserves
    }

    /// Every account that can be paid has exactly its share, the pending deposit is back, and the vault holds the rest.
    pub(crate) async fn assert_paid(&self, reserves: [u128; 2], counted: bool) {
        for (at, (asset, leaves)) in self.ledgers.iter().enumerate() {
            let mut paid = 0;
            for (leaf, share) in leaves.iter().zip(self.shares(at, reserves[at], counted)) {
                if leaf.account.is_zero() || self.refuses(*asset, leaf) {
                    continue;
                }
                paid += share;
                let before = if leaf.account == account(*asset, PAID) { self.payout } else { 0 };
                assert_eq!(self.gained(*asset, leaf.account).await, before + share, "{asset} {}", leaf.account);
            }
            assert_eq!(self.balance(*asset, self.vault).await, reserves[at] - paid, "what the vault holds of {asset}");
        }
        assert_eq!(self.balance(ETH, self.depositor).await, 9);
    }

    /// Whether a leaf's account turns the asset down.
    pub(crate) fn refuses(&self, asset: Address, leaf: &Leaf) -> bool {
        asset == ETH && leaf.account == self.ledgers[0].1[REFUSER].account
    }

    /// Balance, less what anvil gave to the user's own key.
    async fn gained(&self, asset: Address, account: Address) -> u128 {
        let balance = self.balance(asset, account).await;
        let gift = if asset == ETH && account == self.user().address() { 10_000 * 10u128.pow(18) } else { 0 };
        balance - gift
    }

    /// What each leaf is due when the reserve was `reserve` at its opening.
    pub(crate) fn shares(&self, asset: usize, reserve: u128, counted: bool) -> Vec<u128> {
        let (_, leaves) = &self.ledgers[asset];
        let paid = account(self.ledgers[asset].0, PAID);
        let net = |leaf: &Leaf| leaf.balance - if leaf.account == paid { self.payout } else { 0 };
        let total: u128 = leaves.iter().map(|leaf| leaf.balance).sum();
        let owed = if counted { total - self.payout } else { total };
        leaves.iter().map(|leaf| net(leaf) * reserve.min(owed) / owed).collect()
    }

    /// A keeper's configuration with the key number `key`; its journal is in a directory of its own.
    pub(crate) fn config(&self, key: usize, roles: &str) -> Config {
        let dir = self.dir.path().join(format!("keeper-{key}"));
        std::fs::create_dir_all(&dir).unwrap();
        write_key(&dir.join("key"), &self.chain.key(key));
        write_key(&dir.join("operator"), &self.operator());
        let text = format!(
            "journal = 'keeper.db'
             [vault]
             address = '{}'
             chain_id = {}
             [rpc]
             urls = ['{}']
             poll = '10ms'
             [key]
             file = 'key'
             {roles}",
            self.vault,
            self.chain_id,
            self.chain.url(),
        );
        std::fs::write(dir.join("keeper.toml"), text).unwrap();
        Config::read(&dir.join("keeper.toml")).unwrap()
    }

    /// An executor that ends when it is done.
    pub(crate) fn executor(&self, key: usize) -> Config {
        let mut config = self.endless_executor(key);
        config.end_when_done().unwrap();
        config
    }

    /// An executor that tries recipients that refused again after a minute.
    pub(crate) fn endless_executor(&self, key: usize) -> Config {
        let bundles = self.dir.path().join("bundles");
        self.config(key, &format!("[executor]\nbundles = ['{}']\nretry_after = '60s'", bundles.display()))
    }

    async fn create(&self, code: &[u8], arguments: &[u8]) -> Address {
        let request = TransactionRequest::default().with_deploy_code([code, arguments].concat());
        self.transact(&self.chain.key(0), request).await.unwrap()
    }

    pub(crate) async fn fund(&self, asset: Address, amount: u128) {
        if asset == ETH {
            self.send(&self.chain.key(0), self.vault, Bytes::new(), U256::from(amount)).await;
        } else {
            let call = test_token::TestToken::transferCall { to: self.vault, value: U256::from(amount) };
            self.send(&self.chain.key(0), asset, call.abi_encode().into(), U256::ZERO).await;
        }
    }

    async fn commit(&self, asset: Address, epoch: u32, leaves: Vec<Leaf>) {
        let count = leaves.len() as u32;
        let tree = SumTree::build(&LeafDomain::new(self.chain_id, self.vault, asset), leaves).unwrap();
        let snapshot_at = self.now().await;
        let meta = Meta { symbol: "TKN".into(), decimals: 6, deposit_cursor: 0, snapshot_at };
        let dir = self.dir.path().join("bundles").join(format!("{asset}-{epoch}"));
        let data_hash = keccak256(bundle::write(&dir, &tree, &meta).unwrap().to_bytes());
        let root = tree.root();
        let message = typed::Commitment {
            asset,
            epoch,
            root: root.hash,
            total: root.sum,
            count,
            depositCursor: U40::ZERO,
            snapshotAt: U40::from(snapshot_at),
            dataHash: data_hash,
            uri: String::new(),
        };
        let [left, right] = tree.halves().map(|node| SumNode { hash: node.hash, sum: node.sum });
        let call = commitCall {
            input: CommitmentInput {
                asset,
                epoch,
                left,
                right,
                count,
                depositCursor: U40::ZERO,
                snapshotAt: U40::from(snapshot_at),
                dataHash: data_hash,
                uri: String::new(),
            },
            operatorSignature: self.sign(&self.operator(), &message),
            auditors: self.quorum(&self.auditor(), &message),
        };
        self.send(&self.chain.key(0), self.vault, call.abi_encode().into(), U256::ZERO).await;
        let posted: Commitment = self.vault().commitment(asset, epoch).call().await.unwrap();
        assert_eq!(posted.root, root.hash);
    }

    async fn pay_out(&self, asset: Address, leaves: &[Leaf], index: u32) {
        let leaf = leaves[index as usize];
        let (amount, deadline) = (self.payout, U256::MAX);
        let nonce = U256::ONE;
        let message = PayOut { asset, index, account: leaf.account, amount, nonce, deadline };
        let call = payOutCall {
            asset,
            index,
            leaf: on_chain(&leaf),
            amount,
            proof: self.proof(asset, leaves, index),
            nonce,
            deadline,
            signers: self.quorum(&self.signer(), &message),
        };
        self.send(&self.chain.key(0), self.vault, call.abi_encode().into(), U256::ZERO).await;
    }

    pub(crate) fn proof(&self, asset: Address, leaves: &[Leaf], index: u32) -> Bytes {
        let tree = SumTree::build(&LeafDomain::new(self.chain_id, self.vault, asset), leaves.to_vec()).unwrap();
        tree.proof(index).unwrap().into()
    }

    fn sign<M: SolStruct>(&self, key: &PrivateKeySigner, message: &M) -> Bytes {
        let digest = typed::digest(message, self.chain_id, self.vault);
        key.sign_hash_sync(&digest).unwrap().as_bytes().into()
    }

    fn quorum<M: SolStruct>(&self, key: &PrivateKeySigner, message: &M) -> Quorum {
        Quorum { members: vec![ecdsa_id(key.address())], signatures: self.sign(key, message) }
    }

    pub(crate) async fn send(&self, key: &PrivateKeySigner, to: Address, data: Bytes, value: U256) {
        let request = TransactionRequest::default().with_to(to).with_input(data).with_value(value);
        self.transact(key, request).await;
    }

    async fn transact(&self, key: &PrivateKeySigner, request: TransactionRequest) -> Option<Address> {
        let provider = self.chain.provider_for(key);
        provider.client().set_poll_interval(Duration::from_millis(20));
        let receipt = provider.send_transaction(request).await.unwrap().get_receipt().await.unwrap();
        assert!(receipt.status(), "reverted: {receipt:?}");
        receipt.contract_address
    }
}

pub(crate) fn account(asset: Address, index: usize) -> Address {
    Address::from_word(keccak256((asset, U256::from(index)).abi_encode()))
}

fn leaves(asset: Address, refuser: Address, user: Address) -> Vec<Leaf> {
    let mut leaves: Vec<Leaf> = (0..ACCOUNTS as usize)
        .map(|i| Leaf { account: account(asset, i), balance: 10_000 + 7 * i as u128, paid: 0 })
        .collect();
    leaves[REFUSER].account = refuser;
    leaves[NOBODY].account = Address::ZERO;
    if asset == ETH {
        leaves[USER].account = user;
    }
    leaves
}

pub(crate) fn on_chain(leaf: &Leaf) -> lifeboat_bindings::vault::Leaf {
    lifeboat_bindings::vault::Leaf { account: leaf.account, balance: leaf.balance, paid: leaf.paid }
}

fn timers() -> Timers {
    let [grace, serve, challenge, delay, root_age, attested, unattested, head_start, notice] = TIMERS.map(U40::from);
    Timers {
        grace,
        serveDeadline: serve,
        challengeWindow: challenge,
        returnDelay: delay,
        rootMaxAge: root_age,
        attestedFinality: attested,
        unattestedFinality: unattested,
        headStart: head_start,
        windDownNotice: notice,
        silenceCap: U40::from(30 * 86_400),
        releaseWindow: U40::from(60),
        coldDelay: U40::from(60),
        freezeMax: U40::from(30),
        rotationNotice: U40::from(60),
        answerWindow: U40::from(60),
        unbonding: U40::from(86_400),
    }
}

fn write_key(path: &Path, key: &PrivateKeySigner) {
    std::fs::write(path, key.to_bytes().to_string()).unwrap();
}

/// Waits until `condition` holds; fails after a minute, naming `what`.
pub(crate) async fn until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(DEADLINE, waiting).await.unwrap_or_else(|_| panic!("never came: {what}"));
}
