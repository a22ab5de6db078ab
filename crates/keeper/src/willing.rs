//! Recipients that refused: asked again by a dry run of the very transfer that a push makes, before any gas is spent on them.

use std::collections::{BTreeMap, BTreeSet};

use alloy::{
    primitives::{Address, Bytes, U256},
    sol,
    sol_types::SolCall,
};
use tracing::info;

use crate::{
    chain::{
        call::{Answer, Call, pinned, request, typed},
        rpc::{Rpc, RpcError},
    },
    config::ExecutorConfig,
    decide::{LeafId, Situation, retry_candidates},
};

sol! {
    function transfer(address to, uint256 amount) external returns (bool);
}

/// Gas that a push gives to an ETH recipient, its stipend and the intrinsic gas that a dry run pays besides.
const ETH_GAS: u64 = 30_000 + 2_300 + 21_000;
/// Gas that a push gives to a token transfer, and the intrinsic gas of the dry run with its call data.
const TOKEN_GAS: u64 = 60_000 + 21_000 + 68 * 16;

/// What the dry runs said.
#[derive(Debug, Default)]
pub(crate) struct Willing {
    asked: BTreeMap<LeafId, Asked>,
}

#[derive(Clone, Copy, Debug)]
struct Asked {
    /// Chain time of the dry run, Unix seconds.
    at: u64,
    takes: bool,
}

impl Willing {
    /// Asks those that are due to be asked. Returns the leaves that would take the money now.
    pub(crate) async fn ask(
        &mut self,
        rpc: &Rpc,
        now: &Situation<'_>,
        vault: Address,
        config: &ExecutorConfig,
    ) -> Result<BTreeSet<LeafId>, RpcError> {
        let pause = config.retry_after.as_secs();
        let candidates = retry_candidates(now, config.retries, pause);
        let head = &now.view.head;
        let waiting: Vec<_> = candidates
            .iter()
            .filter(|(leaf, ..)| self.asked.get(leaf).is_none_or(|asked| head.time >= asked.at.saturating_add(pause)))
            .collect();
        let calls: Vec<Call> = waiting
            .iter()
            .map(|(leaf, account, share)| {
                Call::simulate(&transfer_of(vault, leaf.asset, *account, *share), pinned(head.hash))
            })
            .collect();
        for ((leaf, account, _), answer) in waiting.iter().zip(rpc.ask(&calls).await?) {
            let takes = accepted(leaf.asset, answer);
            if takes {
                info!(asset = %leaf.asset, index = leaf.index, %account, "a recipient that refused takes the money now");
            }
            self.asked.insert(*leaf, Asked { at: head.time, takes });
        }
        let takes = |leaf: &LeafId| self.asked.get(leaf).is_some_and(|asked| asked.takes);
        Ok(candidates.iter().map(|(leaf, ..)| *leaf).filter(takes).collect())
    }
}

/// The transfer that a push would make.
pub(crate) fn transfer_of(
    vault: Address,
    asset: Address,
    account: Address,
    share: u128,
) -> alloy::rpc::types::TransactionRequest {
    let amount = U256::from(share);
    let (to, data) = if asset.is_zero() {
        (account, Bytes::new())
    } else {
        (asset, transferCall { to: account, amount }.abi_encode().into())
    };
    let mut transaction = request(vault, to, data);
    if asset.is_zero() {
        transaction.value = Some(amount);
        transaction.gas = Some(ETH_GAS);
    } else {
        transaction.gas = Some(TOKEN_GAS);
    }
    transaction
}

/// The contract's rule: no revert, and a token returns nothing or true.
pub(crate) fn accepted(asset: Address, answer: Answer) -> bool {
    let returned = typed::<Bytes>("eth_call", answer);
    returned.is_ok_and(|data| {
        asset.is_zero() || data.is_empty() || transferCall::abi_decode_returns(&data).is_ok_and(|ok| ok)
    })
}
