//! Durations and points in time as people write them.

use std::fmt::Write as _;

use crate::failure::Failure;

const UNITS: [(char, u64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

/// Parses `24h`, `3d`, `1d 12h`, `90s`: whole numbers with a unit of d, h, m or s, each unit at most once, larger units first.
///
/// # Errors
/// `DURATION_MALFORMED`.
pub fn parse_duration(text: &str) -> Result<u64, Failure> {
    let malformed = || {
        Failure::new(
            "DURATION_MALFORMED",
            format!("`{text}` is no duration"),
            "write it as 90s, 30m, 24h, 3d or 1d 12h",
        )
    };
    let mut seconds: u64 = 0;
    let mut rest = text.trim();
    let mut allowed = &UNITS[..];
    if rest.is_empty() {
        return Err(malformed());
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(malformed)?;
        let number: u64 = rest[..digits].parse().map_err(|_| malformed())?;
        let unit = rest[digits..].chars().next().ok_or_else(malformed)?;
        let position = allowed.iter().position(|(name, _)| *name == unit).ok_or_else(malformed)?;
        let part = number.checked_mul(allowed[position].1).ok_or_else(malformed)?;
        seconds = seconds.checked_add(part).ok_or_else(malformed)?;
        allowed = &allowed[position + 1..];
        rest = rest[digits + unit.len_utf8()..].trim_start();
    }
    Ok(seconds)
}

/// Parses a moment: `@1767225600` (Unix seconds), or a duration from `now` on.
///
/// # Errors
/// `TIME_MALFORMED`.
pub fn parse_moment(text: &str, now: u64) -> Result<u64, Failure> {
    let moment = match text.trim().strip_prefix('@') {
        Some(unix) => unix.parse().ok(),
        None => parse_duration(text).ok().and_then(|duration| now.checked_add(duration)),
    };
    moment.ok_or_else(|| {
        let what = format!("`{text}` is no point in time");
        Failure::new("TIME_MALFORMED", what, "write how long from now (24h, 30d), or @ and Unix seconds")
    })
}

/// This machine's clock, Unix seconds: only for defaults that the user sees before signing.
#[must_use]
pub fn local_now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |time| time.as_secs())
}

/// Writes seconds as `1d 12h`, exactly; zero is `0s`.
#[must_use]
pub fn format_duration(seconds: u64) -> String {
    let mut text = String::new();
    let mut rest = seconds;
    for (unit, length) in UNITS {
        if rest >= length {
            let space = if text.is_empty() { "" } else { " " };
            let _ = write!(text, "{space}{}{unit}", rest / length);
            rest %= length;
        }
    }
    if text.is_empty() { "0s".into() } else { text }
}

/// Writes a signed number of seconds as `in 1h`, or `1h ago` when it is negative or zero.
#[must_use]
pub fn format_distance(seconds: i128) -> String {
    let distance = format_duration(u64::try_from(seconds.unsigned_abs()).unwrap_or(u64::MAX));
    if seconds > 0 { format!("in {distance}") } else { format!("{distance} ago") }
}

/// Writes Unix seconds as `2026-01-01 00:00:00 UTC`.
#[must_use]
pub fn format_time(unix: u64) -> String {
    let (days, seconds) = (unix / 86_400, unix % 86_400);
    let (year, month, day) = civil_from_days(days);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02} UTC", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// The proleptic Gregorian date of a day since 1970-01-01, counted in 400-year eras that begin on 1 March.
fn civil_from_days(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn durations_read_as_written() {
        for (text, seconds) in
            [("90s", 90), ("30m", 1_800), ("24h", 86_400), ("3d", 259_200), ("1d 12h", 129_600), ("0s", 0)]
        {
            assert_eq!(parse_duration(text).unwrap(), seconds, "{text}");
        }
    }

    #[test]
    fn other_writings_are_refused() {
        for text in [
            "",
            " ",
            "24",
            "h",
            "24 h",
            "1.5h",
            "-1h",
            "12h 1d",
            "1h 1h",
            "1w",
            "1小",
            "99999999999999999999d",
            "18446744073709551615d",
        ] {
            assert_eq!(parse_duration(text).unwrap_err().id, "DURATION_MALFORMED", "{text}");
        }
    }

    #[test]
    fn moments_are_relative_or_unix() {
        assert_eq!(parse_moment("@7", 100).unwrap(), 7);
        assert_eq!(parse_moment("1m", 100).unwrap(), 160);
        for text in ["", "7", "@", "@-1", "tomorrow", "213503982334601d"] {
            assert_eq!(parse_moment(text, u64::MAX).unwrap_err().id, "TIME_MALFORMED", "{text}");
        }
    }

    #[test]
    fn times_are_civil() {
        assert_eq!(format_time(0), "1970-01-01 00:00:00 UTC");
        assert_eq!(format_time(1_767_225_600), "2026-01-01 00:00:00 UTC");
        assert_eq!(format_time(1_709_210_096), "2024-02-29 12:34:56 UTC");
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(seconds in 0..=u64::MAX) {
            prop_assert_eq!(parse_duration(&format_duration(seconds)).unwrap(), seconds);
        }

        #[test]
        fn no_text_panics(text in ".*") {
            let _ = parse_duration(&text);
        }
    }
}
