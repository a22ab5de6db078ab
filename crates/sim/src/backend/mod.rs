//! Where a case runs: revm in this process, and a real anvil.

pub mod anvil;
pub mod revm;
pub(crate) mod woven;

use alloy::{
    primitives::{Address, Bytes, Log},
    sol_types::SolCall,
};
use lifeboat_bindings::lens::Lens;

/// What became of one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Not reverted.
    pub succeeded: bool,
    /// Gas used, refunds deducted.
    pub gas: u64,
    /// What it returned or reverted with.
    pub output: Bytes,
    /// In order.
    pub logs: Vec<Log>,
}

/// One view to be read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct View {
    /// Contract.
    pub target: Address,
    /// Call data.
    pub call: Bytes,
}

/// Call data of the lens for many views, and how to read its answer.
fn lens_call(views: &[View]) -> Bytes {
    let targets = views.iter().map(|view| view.target).collect();
    let calls = views.iter().map(|view| view.call.clone()).collect();
    Lens::readCall { targets, calls }.abi_encode().into()
}
