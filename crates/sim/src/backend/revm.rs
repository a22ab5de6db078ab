//! revm in process. A case is a thin layer over one shared base state, so that beginning anew costs nothing.

use std::{
    collections::BTreeSet,
    convert::Infallible,
    sync::{Arc, LazyLock},
};

use alloy::{
    primitives::{Address, B256, Bytes, TxKind, U256, hex, keccak256},
    sol_types::{SolCall, SolValue},
};
use lifeboat_bindings::{
    create2::{Blueprint, Code, DEPLOYER},
    lens::Lens,
    registry_of, views_of,
};
use revm::{
    Context, ExecuteCommitEvm, ExecuteEvm, InspectCommitEvm, MainBuilder, MainContext,
    context::{
        BlockEnv, TxEnv,
        result::{EVMError, ExecutionResult},
    },
    database::{CacheDB, EmptyDB},
    handler::{MainnetContext, MainnetEvm},
    primitives::hardfork::SpecId,
    state::{AccountInfo, Bytecode},
};
use thiserror::Error;

use super::{Receipt, View, lens_call, woven::Passed};
use crate::{
    call::Tx,
    world::{CHAIN_ID, DEPLOYED_AT, STARTING_BALANCE, WORLD},
};

/// Runtime code of the canonical CREATE2 deployer.
const DEPLOYER_CODE: [u8; 69] = hex!(
    "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3"
);
/// Gas for a read: everything a block could hold.
const READ_GAS: u64 = 16_700_000;
/// Gas for a constructor whose code may be larger than a real chain allows.
const PLANTING_GAS: u64 = 1 << 30;

/// Why revm could not run something: always a defect of the simulator, never of the vault.
#[derive(Debug, Error)]
pub enum RevmError {
    /// The transaction was not valid at all.
    #[error("SIM_REVM: revm refused a transaction: {0}; this is a defect of the simulator")]
    Invalid(#[from] EVMError<Infallible>),
    /// A deployment or a mint reverted.
    #[error(
        "SIM_SETUP: setting up the world failed at step {0}; are the bindings up to date? run `cargo xtask bindings`"
    )]
    Setup(usize),
    /// The lens reverted.
    #[error("SIM_READ: reading the state back failed; this is a defect of the simulator")]
    Read,
}

pub(crate) type Base = CacheDB<EmptyDB>;
pub(super) type CaseDb = CacheDB<Arc<Base>>;

/// One EVM with the state of one case.
pub struct Revm {
    evm: MainnetEvm<MainnetContext<CaseDb>>,
    base: Arc<Base>,
}

impl std::fmt::Debug for Revm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Revm").finish_non_exhaustive()
    }
}

/// The base state with the contracts of the bindings, made once a process.
static STANDARD: LazyLock<Arc<Base>> =
    LazyLock::new(|| base_state(&WORLD.deployments()).expect("the bindings' contracts deploy"));

impl Revm {
    /// On the base state with the contracts of the bindings.
    #[must_use]
    pub fn new() -> Self {
        Self::on(STANDARD.clone())
    }

    /// On another base state: one with a planted bug.
    #[must_use]
    pub fn on(base: Arc<Base>) -> Self {
        Self { evm: evm(CacheDB::new(base.clone()), ()), base }
    }

    /// Back to the base state.
    pub fn reset(&mut self) {
        self.evm.ctx.journaled_state.database = CacheDB::new(self.base.clone());
    }

    /// Begins a block. Earlier blocks have these hashes.
    pub fn begin_block(&mut self, number: u64, time: u64, hashes: &[(u64, B256)]) {
        self.evm.ctx.block = block(number, time, 0);
        let known = &mut self.evm.ctx.journaled_state.database.cache.block_hashes;
        if let Some((number, hash)) = hashes.last() {
            known.insert(U256::from(*number), *hash);
        }
    }

    /// Runs one transaction in the block that has begun.
    ///
    /// # Errors
    /// If it is not valid.
    pub fn run(&mut self, tx: &Tx) -> Result<Receipt, RevmError> {
        Ok(receipt(self.evm.transact_commit(tx_env(tx))?))
    }

    /// Reads views without changing anything.
    ///
    /// # Errors
    /// If the lens fails.
    pub fn read(&mut self, views: &[View]) -> Result<Vec<Bytes>, RevmError> {
        answers(&receipt(self.evm.transact(tx_env(&lens_tx(views)))?.result))
    }
}

impl Default for Revm {
    fn default() -> Self {
        Self::new()
    }
}

/// Everything deployed, everybody funded.
///
/// # Errors
/// If a deployment or a mint fails.
pub fn base_state(deployments: &[Bytes]) -> Result<Arc<Base>, RevmError> {
    let mut db = CacheDB::new(EmptyDB::new());
    let code = Bytecode::new_raw(Bytes::from_static(&DEPLOYER_CODE));
    db.insert_account_info(
        DEPLOYER,
        AccountInfo { code_hash: keccak256(DEPLOYER_CODE), code: Some(code), ..Default::default() },
    );
    for holder in WORLD.holders() {
        db.insert_account_info(holder, AccountInfo { balance: U256::from(STARTING_BALANCE), ..Default::default() });
    }
    let mut evm = evm(db, ());
    evm.ctx.block = block(1, DEPLOYED_AT, 0);
    for (step, (to, data)) in setup(deployments).into_iter().enumerate() {
        let tx = Tx { from: WORLD.driver, to, value: U256::ZERO, data, gas: READ_GAS, tip: 0 };
        if !evm.transact_commit(tx_env(&tx))?.is_success() {
            return Err(RevmError::Setup(step));
        }
    }
    Ok(Arc::new(evm.ctx.journaled_state.database.clone()))
}

/// The base state with another vault in place of the bindings' one: at every vault's address stands what this code makes there.
/// The address commits to code, so CREATE2 would put it elsewhere; here the creation code itself is called at the address.
///
/// PREVRANDAO is `fault` meanwhile ([`super::woven`]). Also returned: the faults that constructors came past.
///
/// # Errors
/// If a vault does not deploy.
pub(crate) fn planted(code: &Code, fault: u64) -> Result<(Arc<Base>, BTreeSet<u64>), RevmError> {
    let mut evm = evm(CacheDB::clone(&STANDARD), Passed::default());
    lift_limits(&mut evm);
    evm.ctx.block = block(1, DEPLOYED_AT, fault);
    // The addresses of what stands beside a vault follow from code: they stay, and what is planted stands there all the same.
    let beside = [code.bond.clone(), code.disputes.clone(), code.escrow.clone()];
    let standard = Code::default();
    let code = &Code { bond: standard.bond, disputes: standard.disputes, ..code.clone() };
    let blueprints = code.plan_blueprints();
    for Blueprint { deployment, stored, .. } in &blueprints {
        evm.ctx.journaled_state.database.insert_account_info(deployment.address, contract(stored.clone()));
    }
    for (step, vault) in WORLD.vaults.iter().enumerate() {
        let db = &mut evm.ctx.journaled_state.database;
        db.cache.accounts.remove(&vault.address);
        // What the constructor makes: gas tank, registry, safeguards and views, and the terms that the views keep.
        let views = views_of(vault.address);
        for made in [vault.tank, registry_of(vault.address), vault.safeguards, views, views.create(1)] {
            db.cache.accounts.remove(&made);
        }
        create_at(&mut evm, vault.address, code.vault_creation_code(&vault.terms).into(), step)?;
        for (address, made) in [vault.bond, vault.disputes, vault.escrow].into_iter().zip(&beside) {
            evm.ctx.journaled_state.database.cache.accounts.remove(&address);
            create_at(&mut evm, address, [made.as_ref(), &vault.address.abi_encode()].concat().into(), step)?;
        }
    }
    let passed = std::mem::take(&mut evm.inspector.0);
    Ok((Arc::new(evm.ctx.journaled_state.database.clone()), passed))
}

/// Puts a contract at an address of one's choice: its creation code is called there, and what it returns takes its place.
fn create_at(
    evm: &mut MainnetEvm<MainnetContext<Base>, Passed>,
    address: Address,
    creation_code: Bytes,
    step: usize,
) -> Result<(), RevmError> {
    evm.ctx.journaled_state.database.insert_account_info(address, contract(creation_code));
    let tx = Tx { from: WORLD.driver, to: address, value: U256::ZERO, data: Bytes::new(), gas: PLANTING_GAS, tip: 0 };
    let result = evm.inspect_tx_commit(tx_env(&tx))?;
    let runtime = result.output().cloned().filter(|_| result.is_success()).ok_or(RevmError::Setup(step))?;
    let accounts = &mut evm.ctx.journaled_state.database.cache.accounts;
    let planted = accounts.get_mut(&address).ok_or(RevmError::Setup(step))?;
    let nonce = planted.info.nonce;
    planted.info = AccountInfo { nonce, ..contract(runtime) };
    Ok(())
}

/// A contract without a balance, as it is when its constructor begins.
fn contract(code: Bytes) -> AccountInfo {
    AccountInfo { nonce: 1, code_hash: keccak256(&code), code: Some(Bytecode::new_raw(code)), ..Default::default() }
}

/// What brings the world about, in order: callee and call data, all sent by the driver.
#[must_use]
pub fn setup(deployments: &[Bytes]) -> Vec<(Address, Bytes)> {
    deployments.iter().map(|data| (DEPLOYER, data.clone())).chain(WORLD.mints()).collect()
}

pub(super) fn evm<D: revm::Database, I>(db: D, inspector: I) -> MainnetEvm<MainnetContext<D>, I> {
    let mut evm = Context::mainnet().with_db(db).build_mainnet_with_inspector(inspector);
    evm.ctx.cfg.set_spec_and_mainnet_gas_params(SpecId::OSAKA);
    evm.ctx.cfg.chain_id = CHAIN_ID;
    evm.ctx.cfg.disable_nonce_check = true;
    evm
}

/// Code with faults in it, or compiled in haste, is larger than a real chain allows.
pub(super) fn lift_limits<D: revm::Database, I>(evm: &mut MainnetEvm<MainnetContext<D>, I>) {
    evm.ctx.cfg.limit_contract_code_size = Some(usize::MAX);
    evm.ctx.cfg.limit_contract_initcode_size = Some(usize::MAX);
    evm.ctx.cfg.tx_gas_limit_cap = Some(u64::MAX);
}

pub(super) fn block(number: u64, time: u64, prevrandao: u64) -> BlockEnv {
    BlockEnv {
        number: U256::from(number),
        timestamp: U256::from(time),
        gas_limit: u64::MAX,
        prevrandao: Some(U256::from(prevrandao).into()),
        beneficiary: Address::ZERO,
        ..Default::default()
    }
}

/// What reads these views.
pub(super) fn lens_tx(views: &[View]) -> Tx {
    View { target: WORLD.lens, call: lens_call(views) }.to_tx()
}

impl View {
    /// A transaction that asks for nothing else.
    pub(crate) fn to_tx(&self) -> Tx {
        Tx { from: WORLD.driver, to: self.target, value: U256::ZERO, data: self.call.clone(), gas: READ_GAS, tip: 0 }
    }
}

/// What the lens returned.
pub(super) fn answers(receipt: &Receipt) -> Result<Vec<Bytes>, RevmError> {
    let output = Some(&receipt.output).filter(|_| receipt.succeeded).ok_or(RevmError::Read)?;
    Lens::readCall::abi_decode_returns(output).map_err(|_| RevmError::Read)
}

pub(super) fn receipt(result: ExecutionResult) -> Receipt {
    Receipt {
        succeeded: result.is_success(),
        gas: result.tx_gas_used(),
        output: result.output().cloned().unwrap_or_default(),
        logs: result.into_logs(),
    }
}

pub(super) fn tx_env(tx: &Tx) -> TxEnv {
    TxEnv {
        tx_type: 2,
        caller: tx.from,
        gas_limit: tx.gas,
        gas_price: tx.tip,
        gas_priority_fee: Some(tx.tip),
        kind: TxKind::Call(tx.to),
        value: tx.value,
        data: tx.data.clone(),
        chain_id: Some(CHAIN_ID),
        ..Default::default()
    }
}
