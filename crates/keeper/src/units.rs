//! Quantities as people write them in a configuration: durations (`500ms`, `10s`, `5m`, `2h`) and gas prices in gwei (`"0.05"`).

use std::{fmt, str::FromStr, time::Duration};

use alloy::primitives::utils::{format_units, parse_units};
use serde::{Deserialize, Serialize};

/// A duration with its unit: `500ms`, `10s`, `5m`, `2h` or `1d`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Span(pub Duration);

const MILLIS_BY_UNIT: [(&str, u64); 5] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

impl Span {
    /// A span of whole seconds.
    #[must_use]
    pub const fn from_secs(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }

    /// Whole seconds, rounded down.
    #[must_use]
    pub const fn as_secs(self) -> u64 {
        self.0.as_secs()
    }
}

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let millis = MILLIS_BY_UNIT.iter().find(|(name, _)| *name == unit).map(|(_, millis)| millis);
        number
            .parse::<u64>()
            .ok()
            .zip(millis)
            .and_then(|(number, millis)| number.checked_mul(*millis))
            .map(|millis| Self(Duration::from_millis(millis)))
            .ok_or_else(|| format!("`{text}` is no duration; write it as 500ms, 10s, 5m, 2h or 1d"))
    }
}

impl TryFrom<String> for Span {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Span> for String {
    fn from(span: Span) -> Self {
        span.to_string()
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.0.as_millis();
        let fits = |unit: &&(&str, u64)| millis.is_multiple_of(u128::from(unit.1));
        let (unit, size) = MILLIS_BY_UNIT.iter().rev().find(fits).unwrap_or(&MILLIS_BY_UNIT[0]);
        write!(f, "{}{unit}", millis / u128::from(*size))
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A gas price in wei, written in gwei: `"1.5"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Gwei(pub u128);

impl TryFrom<String> for Gwei {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let error = || format!("`{text}` is no gas price in gwei; write it as \"1.5\"");
        // `parse_units` would read an empty text as zero, and cut off what is finer than a wei.
        let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        let plain = text.starts_with(|c: char| c.is_ascii_digit()) && !text.contains('_');
        if !plain || decimals > 9 {
            return Err(error());
        }
        let parsed = parse_units(&text, "gwei").map_err(|_| error())?;
        parsed.get_absolute().try_into().map(Self).map_err(|_| error())
    }
}

impl From<Gwei> for String {
    fn from(price: Gwei) -> Self {
        let text = format_units(price.0, "gwei").unwrap_or_else(|_| price.0.to_string());
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn durations_have_units() {
        assert_eq!("500ms".parse(), Ok(Span(Duration::from_millis(500))));
        assert_eq!("2h".parse(), Ok(Span::from_secs(7_200)));
        for wrong in ["", "5", "s", "5 s", "-1s", "1.5h", "5w", "99999999999999999999s", "18446744073709551615d"] {
            assert!(wrong.parse::<Span>().is_err(), "{wrong} was accepted");
        }
    }

    #[test]
    fn gas_prices_are_gwei() {
        assert_eq!(Gwei::try_from("1.5".to_owned()), Ok(Gwei(1_500_000_000)));
        assert_eq!(Gwei::try_from("0.000000001".to_owned()), Ok(Gwei(1)));
        for wrong in ["", "-1", "one", ".5", "1_0", "1.2.3", "0.0000000001"] {
            assert!(Gwei::try_from(wrong.to_owned()).is_err(), "{wrong} was accepted");
        }
        assert_eq!(String::from(Gwei(100_000_000_000)), "100");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(millis in 0u64..u64::MAX, wei in 0u128..1u128 << 90) {
            let span = Span(Duration::from_millis(millis));
            prop_assert_eq!(span.to_string().parse(), Ok(span));
            prop_assert_eq!(Gwei::try_from(String::from(Gwei(wei))), Ok(Gwei(wei)));
        }
    }
}
