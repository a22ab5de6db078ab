//! Amounts of money with their unit, as people write and read them.

use std::fmt;

use alloy::primitives::U256;
use lifeboat_bindings::vault::Vault::{Books_AmountTooLarge, VaultErrors};
use serde::{Serialize, Serializer, ser::SerializeStruct};

use crate::{asset::Asset, failure::Failure};

/// Some of an asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amount<'a> {
    /// Base units of the asset (wei for ETH).
    pub base: U256,
    /// Of what.
    pub asset: &'a Asset,
}

/// `1.5 ETH`; `20 TST (20000000 base units)`.
impl fmt::Display for Amount<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let symbol = &self.asset.symbol;
        match self.asset.decimals {
            Some(decimals) if self.asset.is_eth() => write!(f, "{} {symbol}", shift(self.base, decimals)),
            Some(decimals) => write!(f, "{} {symbol} ({} base units)", shift(self.base, decimals), self.base),
            None => write!(f, "{} base units of {symbol}", self.base),
        }
    }
}

impl Serialize for Amount<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Amount", 2)?;
        fields.serialize_field("base_units", &self.base.to_string())?;
        fields.serialize_field("text", &self.to_string())?;
        fields.end()
    }
}

/// Reads `1.5 ETH`, `50 gwei`, `7 wei`, `20 TST` or `20000000 base` as base units of `asset`. A number without a unit is refused.
///
/// # Errors
/// `AMOUNT_MALFORMED`, `AMOUNT_UNIT`.
pub fn parse(text: &str, asset: &Asset) -> Result<U256, Failure> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = (&text[..end], text[end..].trim());
    let decimals = match (unit, asset.is_eth()) {
        ("wei", true) | ("base" | "base unit" | "base units", _) => Some(0),
        ("gwei", true) => Some(9),
        ("ETH", true) => Some(18),
        (symbol, false) if symbol == asset.symbol => asset.decimals,
        _ => None,
    };
    let Some(decimals) = decimals else { return Err(unit_failure(text, unit, asset)) };
    shift_back(number, decimals).ok_or_else(|| {
        Failure::new(
            "AMOUNT_MALFORMED",
            format!("`{text}` is no amount: at most {decimals} decimals after one point, no sign, no separators, no exponent"),
            "write it as in 1.5 ETH",
        )
    })
}

/// [`parse`] for amounts that the vault keeps in 128 bits.
///
/// # Errors
/// As [`parse`]; `Books_AmountTooLarge`.
pub fn parse_u128(text: &str, asset: &Asset) -> Result<u128, Failure> {
    let too_large = |_| VaultErrors::Books_AmountTooLarge(Books_AmountTooLarge {}).into();
    u128::try_from(parse(text, asset)?).map_err(too_large)
}

fn unit_failure(text: &str, unit: &str, asset: &Asset) -> Failure {
    let units = match asset.decimals {
        _ if asset.is_eth() => "ETH, gwei or wei".to_owned(),
        Some(_) => format!("{} or base", asset.symbol),
        None => "base (base units: the token's decimals are not known here)".to_owned(),
    };
    let what =
        if unit.is_empty() { format!("`{text}` has no unit") } else { format!("`{unit}` is no unit of this asset") };
    Failure::new("AMOUNT_UNIT", what, format!("put a unit behind the number: {units}"))
}

/// `base / 10^decimals` as text, exactly, without trailing zeros.
fn shift(base: U256, decimals: u8) -> String {
    let digits = format!("{base:0>width$}", width = usize::from(decimals) + 1);
    let (whole, part) = digits.split_at(digits.len() - usize::from(decimals));
    let part = part.trim_end_matches('0');
    if part.is_empty() { whole.to_owned() } else { format!("{whole}.{part}") }
}

/// `number * 10^decimals`, exactly; `None` if it is no plain decimal number, too precise or too large.
fn shift_back(number: &str, decimals: u8) -> Option<U256> {
    let (whole, part) = match number.split_once('.') {
        Some((_, "")) => return None,
        Some(halves) => halves,
        None => (number, ""),
    };
    let zeros = usize::from(decimals).checked_sub(part.len())?;
    if whole.is_empty() || !(whole.chars().chain(part.chars())).all(|c| c.is_ascii_digit()) {
        return None;
    }
    U256::from_str_radix(&format!("{whole}{part}{}", "0".repeat(zeros)), 10).ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use alloy::primitives::{Address, uint};
    use proptest::prelude::*;

    use super::*;

    fn token() -> Asset {
        Asset { address: Address::repeat_byte(1), symbol: "TST".into(), decimals: Some(6) }
    }

    #[test]
    fn amounts_read_with_their_unit() {
        let (eth, token) = (Asset::eth(), token());
        for (text, asset, base) in [
            ("1.5 ETH", &eth, uint!(1_500_000_000_000_000_000_U256)),
            ("50 gwei", &eth, uint!(50_000_000_000_U256)),
            ("7wei", &eth, uint!(7_U256)),
            ("20 TST", &token, uint!(20_000_000_U256)),
            ("0.000001TST", &token, uint!(1_U256)),
            ("20000000 base units", &token, uint!(20_000_000_U256)),
        ] {
            assert_eq!(parse(text, asset).unwrap(), base, "{text}");
        }
    }

    #[test]
    fn amounts_print_with_their_unit() {
        let (eth, token) = (Asset::eth(), token());
        let nameless = Asset { decimals: None, ..token.clone() };
        let show = |base, asset| Amount { base, asset }.to_string();
        assert_eq!(show(uint!(1_500_000_000_000_000_000_U256), &eth), "1.5 ETH");
        assert_eq!(show(uint!(1_U256), &eth), "0.000000000000000001 ETH");
        assert_eq!(show(U256::ZERO, &eth), "0 ETH");
        assert_eq!(show(uint!(20_000_000_U256), &token), "20 TST (20000000 base units)");
        assert_eq!(show(uint!(5_U256), &nameless), "5 base units of TST");
    }

    #[test]
    fn anything_doubtful_is_refused() {
        let (eth, token) = (Asset::eth(), token());
        for (text, asset, id) in [
            ("1.5", &eth, "AMOUNT_UNIT"),
            ("20 USDC", &token, "AMOUNT_UNIT"),
            ("20 tst", &token, "AMOUNT_UNIT"),
            ("1 ETH", &token, "AMOUNT_UNIT"),
            ("1 gwei", &token, "AMOUNT_UNIT"),
            ("1,000 ETH", &eth, "AMOUNT_UNIT"),
            ("-1 ETH", &eth, "AMOUNT_UNIT"),
            ("1e18 wei", &eth, "AMOUNT_UNIT"),
            ("", &eth, "AMOUNT_UNIT"),
            ("1.5 wei", &eth, "AMOUNT_MALFORMED"),
            ("0.0000001 TST", &token, "AMOUNT_MALFORMED"),
            ("1.2.3 ETH", &eth, "AMOUNT_MALFORMED"),
            (". ETH", &eth, "AMOUNT_MALFORMED"),
            ("1. ETH", &eth, "AMOUNT_MALFORMED"),
            (" ETH", &eth, "AMOUNT_MALFORMED"),
            (
                "115792089237316195423570985008687907853269984665640564039457584007913129639936 wei",
                &eth,
                "AMOUNT_MALFORMED",
            ),
        ] {
            assert_eq!(parse(text, asset).unwrap_err().id, id, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_back(limbs: [u64; 4], decimals in 0u8..=77) {
            let asset = Asset { decimals: Some(decimals), ..token() };
            let base = U256::from_limbs(limbs);
            prop_assert_eq!(parse(&format!("{} TST", shift(base, decimals)), &asset).unwrap(), base);
        }

        #[test]
        fn no_text_panics(text in ".*") {
            let _ = (parse(&text, &Asset::eth()), parse(&text, &token()));
        }
    }
}
