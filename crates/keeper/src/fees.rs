//! Gas prices. Pure. Cap = tip + 2 x base fee, which outlasts five full blocks (1.125^5 = 1.80); a replacement raises both by an
//! eighth, above the tenth that pools ask for; nothing exceeds the configured maximum.

/// Prices of one transaction, wei a gas (EIP-1559).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fees {
    /// Priority fee.
    pub tip: u128,
    /// Highest price.
    pub cap: u128,
}

/// Prices for a first attempt at the next block's base fee; the cap is cut at `max`.
#[must_use]
pub fn fresh(next_base_fee: u128, tip: u128, max: u128) -> Fees {
    let cap = tip.saturating_add(next_base_fee.saturating_mul(2)).min(max);
    Fees { tip: tip.min(cap), cap }
}

/// Prices for a replacement: at least an eighth more on both. `None`: not possible below `max`, so the old one stays.
#[must_use]
pub fn bumped(old: Fees, next_base_fee: u128, tip: u128, max: u128) -> Option<Fees> {
    let fresh = fresh(next_base_fee, tip, max);
    let tip = eighth_more(old.tip).max(fresh.tip);
    let cap = eighth_more(old.cap).max(fresh.cap).max(tip);
    (cap <= max).then_some(Fees { tip, cap })
}

/// At least one wei more, so that a price of zero rises too.
fn eighth_more(price: u128) -> u128 {
    price.saturating_add(price.div_ceil(8).max(1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_cap_leaves_room_for_a_doubled_base_fee() {
        assert_eq!(fresh(10, 3, 100), Fees { tip: 3, cap: 23 });
        assert_eq!(fresh(90, 3, 100), Fees { tip: 3, cap: 100 });
    }

    #[test]
    fn at_the_maximum_there_is_no_replacement() {
        assert_eq!(bumped(Fees { tip: 3, cap: 95 }, 90, 3, 100), None);
    }

    proptest! {
        #[test]
        fn replacements_satisfy_every_pool(tip in 0u128..1 << 60, cap in 0u128..1 << 60, base in 0u128..1 << 60) {
            let old = Fees { tip: tip.min(cap), cap };
            let max = 1 << 62;
            if let Some(new) = bumped(old, base, 1, max) {
                prop_assert!(new.tip * 10 >= old.tip * 11 && new.cap * 10 >= old.cap * 11);
                prop_assert!(new.tip > old.tip && new.cap > old.cap);
                prop_assert!(new.tip <= new.cap && new.cap <= max);
            }
        }

        #[test]
        fn first_attempts_stay_below_the_maximum(base in 0u128..u128::MAX, tip in 0u128..u128::MAX, max in 0u128..u128::MAX) {
            let fees = fresh(base, tip, max);
            prop_assert!(fees.tip <= fees.cap && fees.cap <= max);
        }
    }
}
