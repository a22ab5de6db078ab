//! The vault's own tree library, as compiled, in an EVM in process.

use alloy::{
    primitives::{Address, B256, Bytes, TxKind, U256},
    sol_types::{SolCall, SolError},
};
use lifeboat_bindings::tree_probe::{
    self, CREATION_CODE,
    TreeProbe::{self, Ledger_ProofMalformed},
};
use lifeboat_ledger::{Leaf, LeafDomain, SumNode};
use revm::{
    Context, ExecuteCommitEvm, ExecuteEvm, MainBuilder, MainContext,
    context::{TxEnv, result::ExecutionResult},
    database::{CacheDB, EmptyDB},
    handler::{MainnetContext, MainnetEvm},
    primitives::hardfork::SpecId,
};

pub(crate) const CHAIN_ID: u64 = 31337;
/// The transaction gas cap of EIP-7825.
const GAS: u64 = 1 << 24;

pub(crate) struct Probe {
    evm: MainnetEvm<MainnetContext<CacheDB<EmptyDB>>>,
    pub(crate) address: Address,
}

/// What the contract refuses a proof or a word with.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

impl Probe {
    pub(crate) fn new() -> Self {
        let mut evm = Context::mainnet().with_db(CacheDB::new(EmptyDB::new())).build_mainnet();
        evm.ctx.cfg.set_spec_and_mainnet_gas_params(SpecId::OSAKA);
        evm.ctx.cfg.chain_id = CHAIN_ID;
        evm.ctx.cfg.disable_nonce_check = true;
        let deployed = evm.transact_commit(transaction(TxKind::Create, CREATION_CODE.clone())).unwrap();
        let address = deployed.created_address().expect("the probe deploys");
        Self { evm, address }
    }

    pub(crate) fn domain(&mut self, asset: Address) -> B256 {
        self.call(&TreeProbe::domainCall { asset }).unwrap()
    }

    pub(crate) fn leaf_hash(&mut self, domain: &LeafDomain, index: u32, leaf: &Leaf) -> B256 {
        let leaf = tree_probe::Leaf { account: leaf.account, balance: leaf.balance, paid: leaf.paid };
        self.call(&TreeProbe::leafHashCall { leafDomain: domain.hash(), index: U256::from(index), leaf }).unwrap()
    }

    pub(crate) fn parent(&mut self, left: &SumNode, right: &SumNode) -> Result<SumNode, Malformed> {
        let node = |node: &SumNode| tree_probe::SumNode { hash: node.hash, sum: node.sum };
        let above = self.call(&TreeProbe::parentCall { left: node(left), right: node(right) }).map_err(malformed)?;
        Ok(SumNode { hash: above.hash, sum: above.sum })
    }

    pub(crate) fn root_of(&mut self, node: &SumNode, index: u64, proof: &[u8]) -> Result<B256, Malformed> {
        let call = TreeProbe::rootOfCall {
            node: node.hash,
            sum: U256::from(node.sum),
            index: U256::from(index),
            proof: Bytes::copy_from_slice(proof),
        };
        self.call(&call).map_err(malformed)
    }

    pub(crate) fn word_node(&mut self, domain: &LeafDomain, word: u32, leaves: &[u8]) -> Result<SumNode, Malformed> {
        let call = TreeProbe::wordNodeCall {
            leafDomain: domain.hash(),
            word: U256::from(word),
            leaves: Bytes::copy_from_slice(leaves),
        };
        let node = self.call(&call).map_err(malformed)?;
        Ok(SumNode { hash: node.hash, sum: node.sum.to() })
    }

    /// The result, or the data it reverted with.
    fn call<C: SolCall>(&mut self, call: &C) -> Result<C::Return, Bytes> {
        let transaction = transaction(TxKind::Call(self.address), call.abi_encode().into());
        match self.evm.transact(transaction).unwrap().result {
            ExecutionResult::Success { output, .. } => Ok(C::abi_decode_returns(output.data()).unwrap()),
            ExecutionResult::Revert { output, .. } => Err(output),
            halted => panic!("the probe halted: {halted:?}"),
        }
    }
}

/// Any other revert would be a defect of its own.
fn malformed(reverted: Bytes) -> Malformed {
    assert_eq!(reverted[..], Ledger_ProofMalformed::SELECTOR, "another revert: {reverted}");
    Malformed
}

fn transaction(kind: TxKind, data: Bytes) -> TxEnv {
    TxEnv { gas_limit: GAS, kind, data, chain_id: Some(CHAIN_ID), ..Default::default() }
}
