//! When the contract would open a round (specification, section 6), and when opening one is sensible.

use alloy::primitives::U256;

use crate::view::AssetView;

/// After round 0 a round distributes at least this part of what is owed, unless it completes it.
const MIN_ROUND_DIVISOR: u32 = 10_000;

/// Whether the first round can be opened.
pub(super) fn first_round(asset: &AssetView) -> bool {
    asset.recovery.rounds == 0 && !distributable(asset, 0).is_zero()
}

/// What a further round needs before it can be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Further {
    /// Nothing to open.
    No,
    /// Claims must be booked first, or their amounts would be set aside twice.
    Tally,
    /// Open it.
    Open,
}

/// Whether late money makes another round worthwhile. `untallied`: single claims that no tally has booked, base units.
pub(super) fn further_round(asset: &AssetView, untallied: u128) -> Further {
    if asset.recovery.rounds == 0 || !worthwhile(asset, untallied) {
        Further::No
    } else if untallied > 0 {
        Further::Tally
    } else {
        Further::Open
    }
}

fn worthwhile(asset: &AssetView, untallied: u128) -> bool {
    let distributed = distributable(asset, untallied);
    let completes = distributed == missing(asset);
    let weighs = distributed.saturating_mul(U256::from(MIN_ROUND_DIVISOR)) >= U256::from(asset.recovery.owed);
    !distributed.is_zero() && (completes || weighs)
}

/// `min(available, owed - allotted)`, as if `untallied` were tallied.
fn distributable(asset: &AssetView, untallied: u128) -> U256 {
    let recovery = &asset.recovery;
    let set_aside = U256::from(recovery.allotted.saturating_sub(recovery.tallied).saturating_sub(untallied));
    let available = asset.reserve.unwrap_or_default().saturating_sub(set_aside);
    available.min(missing(asset))
}

fn missing(asset: &AssetView) -> U256 {
    U256::from(asset.recovery.owed.saturating_sub(asset.recovery.allotted))
}

#[cfg(test)]
mod tests {
    use lifeboat_bindings::vault::Recovery;

    use super::*;

    fn asset(reserve: u64, owed: u128, allotted: u128, tallied: u128, rounds: u32) -> AssetView {
        let recovery = Recovery { owed, allotted, tallied, rounds, isFixed: true, ..Recovery::default() };
        AssetView { recovery, reserve: Some(U256::from(reserve)), ..AssetView::default() }
    }

    #[test]
    fn the_first_round_opens_over_anything() {
        assert!(first_round(&asset(1, 1_000_000, 0, 0, 0)));
        assert!(!first_round(&asset(0, 1_000_000, 0, 0, 0)));
        assert!(!first_round(&asset(5, 0, 0, 0, 0)), "nothing is owed");
        assert!(!first_round(&AssetView { reserve: None, ..asset(5, 9, 0, 0, 0) }), "a token that does not answer");
    }

    #[test]
    fn a_further_round_waits_for_money_that_counts() {
        // 600,000 of 1,000,000 were allotted and paid.
        let with = |reserve| further_round(&asset(reserve, 1_000_000, 600_000, 600_000, 1), 0);
        assert_eq!(with(99), Further::No);
        assert_eq!(with(100), Further::Open);
        assert_eq!(further_round(&asset(50, 1_000_000, 999_990, 999_990, 1), 0), Further::Open, "completes it");
        assert_eq!(further_round(&asset(50, 1_000_000, 1_000_000, 1_000_000, 1), 0), Further::No, "all is allotted");
    }

    #[test]
    fn claims_are_tallied_before_they_are_set_aside_twice() {
        // 200 of the 600 allotted were claimed one by one: the reserve of 500 still backs the other 400.
        assert_eq!(further_round(&asset(500, 1_000, 600, 0, 1), 200), Further::Tally);
        assert_eq!(further_round(&asset(500, 1_000, 600, 200, 1), 0), Further::Open);
        assert_eq!(further_round(&asset(400, 1_000, 600, 0, 1), 200), Further::No);
    }
}
