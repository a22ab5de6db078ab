//! revm on code with many faults woven into it ([`crate::mutant`]), each behind its number: which faults does a transaction come past, and
//! what would it do with one of them switched on?

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use alloy::primitives::{Address, B256, Bytes, U256};
use revm::{
    ExecuteEvm, InspectEvm, Inspector,
    bytecode::opcode::{EQ, SUB, XOR},
    database::CacheDB,
    database_interface::DatabaseCommit,
    handler::{MainnetContext, MainnetEvm},
    interpreter::{Interpreter, interpreter::EthInterpreter, interpreter_types::Jumps},
    state::Account,
};

use super::{
    Receipt, View,
    revm::{Base, CaseDb, RevmError, answers, block, evm, lens_tx, lift_limits, receipt, tx_env},
};
use crate::call::Tx;

/// What PREVRANDAO reads while no fault is on. Nobody else has this number, so that the questions for faults can be told from others.
pub(crate) const NO_FAULT: u64 = 0x6c69_6665_626f_6174;

/// Accounts that a transaction loaded, as it leaves them.
pub(crate) type State = revm::state::EvmState;

/// Gas whose price balances may differ by: a condition more or less on the way.
const GAS_SLACK: u128 = 20_000;

/// The numbers that PREVRANDAO has been compared with.
#[derive(Debug, Default)]
pub(crate) struct Passed(pub(super) BTreeSet<u64>);

impl<CTX> Inspector<CTX, EthInterpreter> for Passed {
    fn step(&mut self, interpreter: &mut Interpreter<EthInterpreter>, _: &mut CTX) {
        if !matches!(interpreter.bytecode.opcode(), EQ | SUB | XOR) {
            return;
        }
        let [.., a, b] = interpreter.stack.data()[..] else { return };
        let no_fault = U256::from(NO_FAULT);
        let other = if a == no_fault { b } else { a };
        if a == no_fault || b == no_fault {
            self.0.extend(u64::try_from(other).ok());
        }
    }
}

/// One EVM with the state of one case, on which no fault has been switched on so far.
pub(crate) struct Woven {
    evm: MainnetEvm<MainnetContext<CaseDb>, Passed>,
    base: Arc<Base>,
}

/// What a transaction did, or would do.
pub(crate) struct Ran {
    pub(crate) receipt: Receipt,
    /// Every account that it loaded.
    pub(crate) state: State,
}

impl Woven {
    pub(crate) fn new(base: Arc<Base>) -> Self {
        let mut evm = evm(CacheDB::new(base.clone()), Passed::default());
        lift_limits(&mut evm);
        Self { evm, base }
    }

    /// The same state and block once more.
    pub(crate) fn fork(&self) -> Self {
        let mut fork = Self::new(self.base.clone());
        fork.evm.ctx.journaled_state.database = self.evm.ctx.journaled_state.database.clone();
        fork.evm.ctx.block = self.evm.ctx.block.clone();
        fork
    }

    /// Begins a block. The one before has this number and hash.
    pub(crate) fn begin_block(&mut self, number: u64, time: u64, last_hash: Option<(u64, B256)>) {
        self.evm.ctx.block = block(number, time, NO_FAULT);
        let known = &mut self.evm.ctx.journaled_state.database.cache.block_hashes;
        known.extend(last_hash.map(|(number, hash)| (U256::from(number), hash)));
    }

    /// What a transaction does without any fault, and the faults that it comes past. Nothing is kept.
    pub(crate) fn watch(&mut self, tx: &Tx) -> Result<(Ran, BTreeSet<u64>), RevmError> {
        self.choose(NO_FAULT);
        let ran = self.evm.inspect_tx(tx_env(tx))?;
        let passed = std::mem::take(&mut self.evm.inspector.0);
        Ok((Ran { receipt: receipt(ran.result), state: ran.state }, passed))
    }

    /// What the transaction would do with a fault switched on. Nothing is kept.
    pub(crate) fn with(&mut self, fault: u64, tx: &Tx) -> Result<Ran, RevmError> {
        self.choose(fault);
        let ran = self.evm.transact(tx_env(tx))?;
        Ok(Ran { receipt: receipt(ran.result), state: ran.state })
    }

    /// Keeps what a transaction did.
    pub(crate) fn keep(&mut self, state: State) {
        self.evm.ctx.journaled_state.database.commit(state);
    }

    /// What views answer with a fault switched on.
    pub(crate) fn read(&mut self, fault: u64, views: &[View]) -> Result<Vec<Bytes>, RevmError> {
        let ran = self.with(fault, &lens_tx(views))?;
        answers(&ran.receipt)
    }

    fn choose(&mut self, fault: u64) {
        self.evm.ctx.block.prevrandao = Some(U256::from(fault).into());
    }
}

/// Whether two runs of a transaction leave different states. What gas costs is passed over.
pub(crate) fn differ(a: &State, b: &State, tx: &Tx) -> bool {
    let slack = U256::from(tx.tip * GAS_SLACK);
    let none = State::default();
    let accounts = |state: &State, other: &State| state.keys().any(|address| differs(*address, state, other, slack));
    accounts(a, b) || b.keys().any(|address| !a.contains_key(address) && differs(*address, b, &none, slack))
}

/// Whether an account is left in different states. An account that one of them has not loaded is as it was before.
fn differs(address: Address, a: &State, b: &State, slack: U256) -> bool {
    let Some(one) = a.get(&address) else { return false };
    let before = one.original_info();
    let other = b.get(&address);
    let info = other.map_or(&before, |other| &other.info);
    let slots = |account: Option<&Account>| -> HashMap<U256, U256> {
        account
            .into_iter()
            .flat_map(|account| account.changed_storage_slots())
            .map(|(key, slot)| (*key, slot.present_value()))
            .collect()
    };
    one.info.nonce != info.nonce
        || one.info.code_hash != info.code_hash
        || one.info.balance.abs_diff(info.balance) > slack
        || one.is_selfdestructed() != other.is_some_and(Account::is_selfdestructed)
        || slots(Some(one)) != slots(other)
}

/// Whether two base states differ.
pub(crate) fn born_differently(a: &Base, b: &Base) -> bool {
    let (a, b) = (&a.cache.accounts, &b.cache.accounts);
    a.len() != b.len()
        || a.iter().any(|(address, one)| {
            b.get(address).is_none_or(|other| {
                let (is, was) = (&one.info, &other.info);
                (is.nonce, is.code_hash, is.balance) != (was.nonce, was.code_hash, was.balance)
                    || one.storage != other.storage
            })
        })
}
