//! Ends proofs at anchors: each level that is left out saves a claim about 870 gas.

use alloy::primitives::{Address, B256, Bytes};
use eyre::WrapErr;
use lifeboat_bindings::vault::Vault::VaultInstance;
use lifeboat_ledger::{NODE_BYTES, WORD_DEPTH};

use crate::chain::Chain;

/// Levels of the deepest tree.
const MOST_LEVELS: usize = 32;

/// The shortest proof that the vault takes for a leaf in a round: up to the lowest anchor above its word, or to the root.
///
/// # Errors
/// If the node does not answer.
pub async fn shorten(
    chain: &Chain,
    vault: Address,
    asset: Address,
    round: u32,
    (index, proof): (u32, &Bytes),
) -> eyre::Result<Bytes> {
    let contract = VaultInstance::new(vault, &chain.provider);
    for level in WORD_DEPTH as usize..(proof.len() / NODE_BYTES).min(MOST_LEVELS) {
        let anchor = contract.anchorOf(asset, round, level as u8, index >> level).call().await;
        if anchor.wrap_err("looking for anchors")? != B256::ZERO {
            return Ok(proof.slice(..level * NODE_BYTES));
        }
    }
    Ok(proof.clone())
}
