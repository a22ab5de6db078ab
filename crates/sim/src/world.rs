//! The world of a case: who takes part, which assets exist, and the vaults with their terms. The same on every backend, to the byte.

use std::{collections::BTreeMap, sync::LazyLock};

use alloy::{
    primitives::{Address, B256, Bytes, Signature, U256, aliases::U96, keccak256},
    signers::local::PrivateKeySigner,
    sol_types::{SolCall, SolValue},
};
use lifeboat_bindings::{
    create2, lens, safeguards_of,
    signers::Signer,
    twin_account, twin_arbitrator,
    twin_token::{self, TwinToken},
    vault::{Sla, Terms, Timers},
};
use lifeboat_ledger::LeafDomain;
use secp256k1::{Message, SECP256K1, SecretKey, ecdsa::RecoveryId};

/// Chain id of both backends: anvil's default.
pub const CHAIN_ID: u64 = 31_337;
/// Timestamp of the block before the vaults', Unix seconds: 2026-01-01T00:00:00Z.
pub const GENESIS: u64 = 1_767_225_600;
/// Timestamp of the block in which everything is deployed.
pub const DEPLOYED_AT: u64 = GENESIS + 10;
/// Accounts with a key.
pub const PEOPLE: usize = 8;
/// Accounts with code.
pub const TWINS: usize = 6;
/// Named accounts, reserved addresses and the vault itself included.
pub const ACTORS: usize = PEOPLE + TWINS + RESERVED.len() + 1;
/// ETH and three tokens; which of them a vault lists differs from vault to vault.
pub const ASSETS: usize = 4;
/// What every named account starts with, in wei and in base units of each token.
pub const STARTING_BALANCE: u128 = 1_000_000_000_000_000_000_000_000;

/// Addresses that nobody holds a key of: the zero address, a precompile, the last reserved one.
const RESERVED: [Address; 3] = [Address::ZERO, Address::with_last_byte(2), last_reserved()];

const fn last_reserved() -> Address {
    let mut bytes = [0; 20];
    bytes[18] = 0xff;
    bytes[19] = 0xff;
    Address::new(bytes)
}

/// One vault: its terms and where it stands.
#[derive(Debug)]
pub struct VaultSetup {
    /// Constructor argument.
    pub terms: Terms,
    /// The vault.
    pub address: Address,
    /// Its gas tank, the vault's first contract.
    pub tank: Address,
    /// Its safeguards, the vault's third contract.
    pub safeguards: Address,
    /// Its bond, which anybody creates.
    pub bond: Address,
    /// Where its disputes are opened and settled, which anybody creates.
    pub disputes: Address,
    /// Its escrow, which anybody deploys.
    pub escrow: Address,
    /// The signers of the terms, in ascending order of their ids.
    pub signers: Vec<Member>,
}

/// A member of a quorum.
#[derive(Clone, Debug)]
pub struct Member {
    /// What the vault knows it by.
    pub signer: Signer,
    /// What signs for it: its own key, or that of a contract's owner.
    pub key: PrivateKeySigner,
}

impl Member {
    /// The id in the list of members.
    #[must_use]
    pub fn id(&self) -> B256 {
        self.signer.id()
    }
}

/// Everything that is the same in all cases.
#[derive(Debug)]
pub struct World {
    /// Signs beats, commitments, announcements and small releases.
    pub operator: PrivateKeySigner,
    /// Signs beats, where the terms name it.
    pub backup: PrivateKeySigner,
    /// In ascending order of their addresses, as are successors, auditors, watchers and guardians.
    pub signers: Vec<PrivateKeySigner>,
    /// Take the signers' place by a rotation.
    pub successors: Vec<PrivateKeySigner>,
    /// Sign commitments.
    pub auditors: Vec<PrivateKeySigner>,
    /// Attest and raise alarms.
    pub watchers: Vec<PrivateKeySigner>,
    /// Freeze and veto.
    pub guardians: Vec<PrivateKeySigner>,
    /// Belongs to no quorum.
    pub outsider: PrivateKeySigner,
    /// Accounts with a key.
    pub people: Vec<PrivateKeySigner>,
    /// Accounts with code and the keys of their owners.
    pub twins: Vec<(Address, PrivateKeySigner)>,
    /// ETH first, then tokens in ascending order.
    pub assets: Vec<Address>,
    /// Decides disputes, where the terms name it.
    pub arbitrator: Address,
    /// Reads many views at once.
    pub lens: Address,
    /// Deploys, and sends what twins send.
    pub driver: Address,
    /// Pushes with a gas price, so that the tank has something to repay.
    pub pusher: Address,
    /// Vaults with different terms.
    pub vaults: Vec<VaultSetup>,
    /// Keys by address, twins' owners under their twin.
    keys: BTreeMap<Address, PrivateKeySigner>,
}

/// The one world.
pub static WORLD: LazyLock<World> = LazyLock::new(World::new);

impl World {
    fn new() -> Self {
        let people: Vec<_> = (0..PEOPLE).map(|i| key("person", i)).collect();
        let twins: Vec<_> = (0..TWINS)
            .map(|i| {
                let owner = key("owner", i);
                (create2::plan(B256::ZERO, &twin_creation(&owner)).address, owner)
            })
            .collect();
        let mut tokens: Vec<_> =
            (1..ASSETS).map(|i| create2::plan(token_salt(i), twin_token::CREATION_CODE.as_ref()).address).collect();
        tokens.sort_unstable();
        let assets: Vec<_> = std::iter::once(Address::ZERO).chain(tokens).collect();
        let keys = people
            .iter()
            .map(|key| (key.address(), key.clone()))
            .chain(twins.iter().map(|(twin, owner)| (*twin, owner.clone())))
            .collect();
        let mut world = Self {
            operator: key("operator", 0),
            backup: key("backup operator", 0),
            signers: quorum("signer", 3),
            successors: quorum("successor", 3),
            auditors: quorum("auditor", 2),
            watchers: quorum("watcher", 3),
            guardians: quorum("guardian", 3),
            outsider: key("outsider", 0),
            people,
            twins,
            assets,
            arbitrator: create2::plan(B256::ZERO, twin_arbitrator::CREATION_CODE.as_ref()).address,
            lens: create2::plan(B256::ZERO, lens::CREATION_CODE.as_ref()).address,
            driver: key("driver", 0).address(),
            pusher: key("pusher", 0).address(),
            vaults: Vec::new(),
            keys,
        };
        world.vaults = (0..3).map(|variant| world.vault(variant)).collect();
        world
    }

    /// Terms differ in what the rules branch on: assets listed, floor, caps, timers, thresholds, watchers, guardians or none, a backup
    /// operator or none, a contract among the signers or none, an arbitrator or none.
    fn vault(&self, variant: usize) -> VaultSetup {
        let listed: &[usize] = [&[0, 1, 2][..], &[0, 1], &[1, 2]][variant];
        let watchers = if variant == 2 { Vec::new() } else { addresses(&self.watchers) };
        let guardians = if variant == 1 { Vec::new() } else { addresses(&self.guardians) };
        let mut signers = members(&self.signers);
        if variant == 2 {
            let (twin, owner) = &self.twins[0];
            signers[0] = Member { signer: Signer::Contract(*twin), key: owner.clone() };
            signers.sort_by_key(Member::id);
        }
        let terms = Terms {
            agreementHash: keccak256("agreement"),
            operator: self.operator.address(),
            backupOperator: if variant == 1 { Address::ZERO } else { self.backup.address() },
            signers: signers.iter().map(Member::id).collect(),
            signerThreshold: 2,
            coldThreshold: if variant == 1 { 2 } else { 3 },
            auditors: addresses(&self.auditors),
            auditorThreshold: if variant == 2 { 2 } else { 1 },
            watcherThreshold: if watchers.is_empty() { 0 } else { 2 },
            watchers,
            guardianThreshold: [2, 0, 1][variant],
            guardians,
            assets: listed.iter().map(|asset| self.assets[*asset]).collect(),
            coverageFloorBps: [10_000, 5_000, 8_000][variant],
            hotCapBps: [500, 200, 1_000][variant],
            warmCapBps: [4_000, 10_000, 1_000][variant],
            maxTankGasPrice: 3_000_000_000,
            exitDeposit: U96::from([10_007_u64, 0, 5_003][variant]),
            challengeBond: U96::from([20_011_u64, 0, 30_011][variant]),
            arbitrator: if variant == 2 { Address::ZERO } else { self.arbitrator },
            arbitratorExtraData: if variant == 0 { Bytes::from_static(b"three jurors") } else { Bytes::new() },
            sla: sla(variant),
            profile: 1,
            timers: timers(variant),
        };
        let address = create2::plan_vault(B256::ZERO, &terms).address;
        let (bond, disputes) = (create2::plan_bond(address).address, create2::plan_disputes(address).address);
        let (tank, safeguards) = (address.create(1), safeguards_of(address));
        let escrow = create2::plan_escrow(address).address;
        VaultSetup { tank, safeguards, bond, disputes, escrow, terms, address, signers }
    }

    /// Whoever can be a signer, by id.
    #[must_use]
    pub fn signer(&self, id: &B256) -> Option<Member> {
        let known = self.vaults.iter().flat_map(|vault| vault.signers.iter().cloned());
        known.chain(members(&self.successors)).find(|member| member.id() == *id)
    }

    /// The named account number `who` (modulo their number) as one vault's case sees it.
    #[must_use]
    pub fn actor(&self, who: u8, vault: usize) -> Address {
        let who = usize::from(who) % ACTORS;
        if who < PEOPLE {
            self.people[who].address()
        } else if who < PEOPLE + TWINS {
            self.twins[who - PEOPLE].0
        } else {
            RESERVED.get(who - PEOPLE - TWINS).copied().unwrap_or(self.vaults[vault].address)
        }
    }

    /// Whether an account has code of ours.
    #[must_use]
    pub fn is_twin(&self, account: Address) -> bool {
        self.twins.iter().any(|(twin, _)| *twin == account)
    }

    /// The key that signs for an account: its own, or a twin's owner's.
    #[must_use]
    pub fn key_of(&self, account: Address) -> Option<&PrivateKeySigner> {
        self.keys.get(&account)
    }

    /// What binds a leaf to this chain, one vault and one asset.
    #[must_use]
    pub fn domain(&self, vault: usize, asset: usize) -> LeafDomain {
        LeafDomain::new(CHAIN_ID, self.vaults[vault].address, self.assets[asset])
    }

    /// The account at an index of a ledger: named accounts first, one of them twice, then nameless ones.
    #[must_use]
    pub fn leaf_account(&self, index: u32, vault: usize) -> Address {
        match usize::try_from(index).unwrap_or(usize::MAX) {
            i if i < ACTORS => self.actor(((i * 5) % ACTORS) as u8, vault),
            i if i == ACTORS => self.people[0].address(),
            _ => Address::from_word(keccak256(index.to_be_bytes())),
        }
    }

    /// Call data for the canonical deployer, in order: tokens, twins, arbitrator, lens, blueprints, vaults, bonds, disputes,
    /// escrows.
    #[must_use]
    pub fn deployments(&self) -> Vec<Bytes> {
        let tokens = (1..ASSETS).map(|i| create2::plan(token_salt(i), twin_token::CREATION_CODE.as_ref()));
        let twins = self.twins.iter().map(|(_, owner)| create2::plan(B256::ZERO, &twin_creation(owner)));
        let arbitrator = create2::plan(B256::ZERO, twin_arbitrator::CREATION_CODE.as_ref());
        let lens = create2::plan(B256::ZERO, lens::CREATION_CODE.as_ref());
        let blueprints = create2::plan_blueprints().map(|blueprint| blueprint.deployment);
        let vaults = self.vaults.iter().map(|vault| create2::plan_vault(B256::ZERO, &vault.terms));
        let bonds = self.vaults.iter().map(|vault| create2::plan_bond(vault.address));
        let disputes = self.vaults.iter().map(|vault| create2::plan_disputes(vault.address));
        let all = tokens.chain(twins).chain([arbitrator, lens]).chain(blueprints);
        let escrows = self.vaults.iter().map(|vault| create2::plan_escrow(vault.address));
        let all = all.chain(vaults).chain(bonds).chain(disputes).chain(escrows);
        all.map(|plan| plan.call_data).collect()
    }

    /// Accounts that can hold and send: people, twins, the driver, the pusher and the operator.
    pub fn holders(&self) -> impl Iterator<Item = Address> {
        let people = self.people.iter().map(PrivateKeySigner::address);
        people.chain(self.twins.iter().map(|(twin, _)| *twin)).chain([
            self.driver,
            self.pusher,
            self.operator.address(),
        ])
    }

    /// Starting balance of a token: one person holds more than the vault can book.
    #[must_use]
    pub fn starting_tokens(&self, holder: Address) -> U256 {
        if holder == self.people[PEOPLE - 1].address() { U256::from(1) << 200 } else { U256::from(STARTING_BALANCE) }
    }

    /// Token mints that follow the deployments.
    #[must_use]
    pub fn mints(&self) -> Vec<(Address, Bytes)> {
        let mint = |token: &Address, to: Address| {
            let call = TwinToken::mintCall { to, amount: self.starting_tokens(to) };
            (*token, Bytes::from(call.abi_encode()))
        };
        self.assets[1..].iter().flat_map(|token| self.holders().map(move |to| mint(token, to))).collect()
    }
}

/// Signs a digest; deterministic (RFC 6979). By the C library that revm recovers signers with: signing in Rust took half of the client's time.
#[must_use]
pub fn sign(key: &PrivateKeySigner, digest: B256) -> Bytes {
    let secret = SecretKey::from_byte_array(key.to_bytes().0).expect("a signer's key is one");
    let (recovery, compact) =
        SECP256K1.sign_ecdsa_recoverable(Message::from_digest(digest.0), &secret).serialize_compact();
    Signature::from_bytes_and_parity(&compact, recovery != RecoveryId::Zero).as_bytes().into()
}

/// Addresses of keys.
#[must_use]
pub fn addresses(keys: &[PrivateKeySigner]) -> Vec<Address> {
    keys.iter().map(PrivateKeySigner::address).collect()
}

/// Keys as members of a quorum.
#[must_use]
pub fn members(keys: &[PrivateKeySigner]) -> Vec<Member> {
    let member = |key: &PrivateKeySigner| Member { signer: Signer::Ecdsa(key.address()), key: key.clone() };
    keys.iter().map(member).collect()
}

/// All different and small, so that edges never coincide by accident. The second vault can be silent for more than a day, so that
/// maintenance, which is announced a day ahead, excuses something.
fn timers(variant: usize) -> Timers {
    let seconds = alloy::primitives::aliases::U40::from::<u64>;
    Timers {
        grace: seconds([3_600, 100_000, 3_600][variant]),
        serveDeadline: seconds(1_900),
        challengeWindow: seconds(2_100),
        returnDelay: seconds(3_300),
        rootMaxAge: seconds([4_100, 140_000, 4_100][variant]),
        attestedFinality: seconds(100),
        unattestedFinality: seconds([1_500, 400, 1_650][variant]),
        headStart: seconds(if variant == 1 { 0 } else { 700 }),
        windDownNotice: seconds(5_900),
        silenceCap: seconds([5_300, 160_000, 4_500][variant]),
        releaseWindow: seconds([1_000, 250, 3_000][variant]),
        coldDelay: seconds([500, 150, 1_100][variant]),
        freezeMax: seconds([30, 60, 900][variant]),
        rotationNotice: seconds([800, 200, 2_300][variant]),
        answerWindow: seconds([1_200, 300, 600][variant]),
        unbonding: seconds([11_000, 108_000, 12_000][variant]),
    }
}

/// One that pays up to its cap, one that asks for a bond, two that pay by the time.
fn sla(variant: usize) -> Sla {
    Sla {
        minBondBps: [0, 100, 0][variant],
        dailyBps: [9_000, 4_000, 6_000][variant],
        capBps: [200, 9_000, 9_500][variant],
        allowance: alloy::primitives::aliases::U40::from([0_u64, 1_300, 700][variant]),
    }
}

fn key(role: &str, number: usize) -> PrivateKeySigner {
    PrivateKeySigner::from_bytes(&keccak256(format!("lifeboat-sim {role} {number}"))).expect("a hash is a key")
}

fn quorum(role: &str, members: usize) -> Vec<PrivateKeySigner> {
    let mut keys: Vec<_> = (0..members).map(|i| key(role, i)).collect();
    keys.sort_unstable_by_key(PrivateKeySigner::address);
    keys
}

fn token_salt(number: usize) -> B256 {
    B256::with_last_byte(number as u8)
}

fn twin_creation(owner: &PrivateKeySigner) -> Vec<u8> {
    [twin_account::CREATION_CODE.as_ref(), &(owner.address(),).abi_encode_params()].concat()
}
