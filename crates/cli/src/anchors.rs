//! Nodes at which a round's proofs may end (specification §6): each level above saves a claim about 870 gas.

use alloy::primitives::{Address, B256, Bytes};
use eyre::WrapErr;
use lifeboat_bindings::vault::Vault::VaultInstance;
use lifeboat_ledger::{NODE_BYTES, WORD_DEPTH};

use crate::chain::Chain;

/// Levels that one call anchors: 32 nodes for about 850,000 gas.
const LEVELS: u32 = 5;

/// The level that is worth anchoring in a tree of this depth: five below the root, not below the words.
#[must_use]
pub fn level_for(depth: u32) -> u32 {
    depth.saturating_sub(LEVELS).max(WORD_DEPTH)
}

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
    for level in WORD_DEPTH as usize..proof.len() / NODE_BYTES {
        let anchor = contract.anchorOf(asset, round, level as u8, index >> level).call().await;
        if anchor.wrap_err("looking for anchors")? != B256::ZERO {
            return Ok(proof.slice(..level * NODE_BYTES));
        }
    }
    Ok(proof.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_lie_five_levels_down_and_never_below_the_words() {
        for (depth, level) in [(8, 8), (9, 8), (13, 8), (14, 9), (17, 12), (32, 27)] {
            assert_eq!(level_for(depth), level, "depth {depth}");
        }
    }
}
