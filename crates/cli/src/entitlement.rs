//! What a leaf is paid in each open round, by the vault's own arithmetic (specification §4 and §6).

use alloy::primitives::{Address, U256};
use eyre::WrapErr;
use lifeboat_bindings::vault::{Round, Vault::VaultInstance};
use lifeboat_ledger::Leaf;

use crate::chain::Chain;

/// Leaves that share one slot.
pub const CELL_LEAVES: u32 = 64;

/// A leaf's part of one round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entitlement {
    /// The round.
    pub round: Round,
    /// Base units: `floor(net * numerator / denominator)`.
    pub share: u128,
    /// Paid already, to whomever.
    pub claimed: bool,
}

/// Reads what the leaf at `index` is paid in each of `rounds`.
///
/// # Errors
/// If the node does not answer.
pub async fn read(
    chain: &Chain,
    vault: Address,
    asset: Address,
    (index, leaf): (u32, &Leaf),
    rounds: &[Round],
) -> eyre::Result<Vec<Entitlement>> {
    let contract = VaultInstance::new(vault, &chain.provider);
    let cell = index / CELL_LEAVES;
    let touched = bit(
        contract.cell(asset, 0, cell).call().await.wrap_err("reading the leaf's cell")?,
        CELL_LEAVES + index % CELL_LEAVES,
    );
    let paid_out = contract.paidOut(asset, leaf.account).call().await.wrap_err("reading paidOut")?;
    let net = if touched { net(leaf, paid_out) } else { leaf.balance };
    let mut entitlements = Vec::with_capacity(rounds.len());
    for round in rounds {
        let packed = contract.cell(asset, round.id, cell).call().await.wrap_err("reading the round's cell")?;
        let claimed = bit(packed, index % CELL_LEAVES);
        entitlements.push(Entitlement { share: share(net, round), claimed, round: round.clone() });
    }
    Ok(entitlements)
}

fn bit(word: U256, position: u32) -> bool {
    word.bit(position as usize)
}

/// What a leaf is still owed: its balance less what was paid out since its snapshot.
#[must_use]
pub fn net(leaf: &Leaf, paid_out: u128) -> u128 {
    leaf.balance.saturating_sub(paid_out.saturating_sub(leaf.paid))
}

/// A leaf's share of a round, rounded down.
#[must_use]
pub fn share(net: u128, round: &Round) -> u128 {
    if round.denominator == 0 {
        return 0;
    }
    let share = U256::from(net) * U256::from(round.numerator) / U256::from(round.denominator);
    share.saturating_to()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payouts_since_the_snapshot_are_netted_and_never_below_zero() {
        let leaf = Leaf { account: Address::repeat_byte(1), balance: 10, paid: 5 };
        for (paid_out, owed) in [(0, 10), (5, 10), (8, 7), (15, 0), (99, 0)] {
            assert_eq!(net(&leaf, paid_out), owed, "{paid_out}");
        }
    }

    #[test]
    fn shares_are_rounded_down_and_do_not_overflow() {
        assert_eq!(share(10, &Round { id: 0, numerator: 2, denominator: 3 }), 6);
        assert_eq!(share(u128::MAX, &Round { id: 0, numerator: u128::MAX, denominator: u128::MAX }), u128::MAX);
        assert_eq!(share(1, &Round::default()), 0);
    }
}
