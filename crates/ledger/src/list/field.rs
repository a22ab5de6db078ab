//! One field of a row: an account or an amount, or which rule it breaks.

use alloy::{hex, primitives::Address};

use super::Rule;

/// How amounts are written in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Whole numbers of base units (wei).
    Base,
    /// Decimal numbers of whole units of an asset with so many decimals.
    Whole {
        /// The asset's `decimals()`.
        decimals: u8,
    },
}

impl Unit {
    /// Decimals that an amount may have.
    fn decimals(self) -> usize {
        match self {
            Self::Base => 0,
            Self::Whole { decimals } => decimals.into(),
        }
    }
}

/// A field that breaks a rule, with the reason to show.
pub(super) type Fault = (Rule, String);

/// `0x` and 40 hexadecimal digits; in mixed case the EIP-55 checksum must fit.
pub(super) fn account(text: &str) -> Result<Address, Fault> {
    let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) else {
        return Err(no_account(text));
    };
    let mut bytes = [0; 20];
    if hex::decode_to_slice(digits, &mut bytes).is_err() {
        return Err(no_account(text));
    }
    let address = Address::from(bytes);
    let (lower, upper) = (has(digits, |c| c.is_ascii_lowercase()), has(digits, |c| c.is_ascii_uppercase()));
    if lower && upper && address.to_checksum_buffer(None).as_str()[2..] != *digits {
        return Err((Rule::Checksum, format!("account {} has a wrong checksum", shown(text))));
    }
    Ok(address)
}

/// Why a text is no account: the most telling reason first. Personal data is never repeated.
fn no_account(text: &str) -> Fault {
    if text.is_empty() {
        (Rule::Account, "the account is missing".into())
    } else if is_personal(text) {
        (Rule::PersonalData, "the account looks like an e-mail address or a phone number".into())
    } else if has(text, is_blank) {
        (Rule::Space, "blanks in the account".into())
    } else if text.contains('"') {
        (Rule::Quote, "quotation marks in the account".into())
    } else if text.starts_with(['#', '=']) {
        (Rule::Spreadsheet, format!("account {} is a formula or an error value", shown(text)))
    } else {
        (Rule::Account, format!("account {} is no address", shown(text)))
    }
}

/// A decimal number without sign, exponent or separators, as base units.
pub(super) fn amount(text: &str, unit: Unit) -> Result<u128, Fault> {
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
        None => (text, ""),
        Some(_) => return Err(no_number(text)),
    };
    if whole.is_empty() || !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
        return Err(no_number(text));
    }
    let decimals = unit.decimals();
    if fraction.len() > decimals {
        let what = match unit {
            Unit::Base => format!("amount {} is no whole number of base units", shown(text)),
            Unit::Whole { .. } => {
                format!("amount {} has {} decimals, the asset has {decimals}", shown(text), fraction.len())
            }
        };
        return Err((Rule::Decimals, what));
    }
    let padding = std::iter::repeat_n(b'0', decimals - fraction.len());
    whole
        .bytes()
        .chain(fraction.bytes())
        .chain(padding)
        .try_fold(0u128, |value, digit| value.checked_mul(10)?.checked_add(u128::from(digit - b'0')))
        .ok_or_else(|| (Rule::Overflow, format!("amount {} is above 2^128 - 1 base units", shown(text))))
}

/// Why a text is no number: the most telling reason first.
fn no_number(text: &str) -> Fault {
    let bare = text.trim_start_matches(['-', '\u{2212}', '+']);
    let fault = |rule, why: &str| (rule, format!("amount {} {why}", shown(text)));
    if text.is_empty() {
        (Rule::Amount, "the amount is missing".into())
    } else if text.contains('@') {
        (Rule::PersonalData, "the amount looks like an e-mail address".into())
    } else if text.contains('"') {
        fault(Rule::Quote, "has quotation marks inside")
    } else if has(text, is_blank) {
        fault(Rule::Space, "has blanks in it")
    } else if text.starts_with(['-', '\u{2212}']) || text.starts_with('(') {
        fault(Rule::Negative, "is negative")
    } else if text.starts_with(['#', '=']) {
        fault(Rule::Spreadsheet, "is a formula or an error value")
    } else if is_scientific(bare) {
        fault(Rule::Scientific, "is in scientific notation")
    } else if has(text, is_currency) || is_number_with_letters(bare) {
        fault(Rule::Currency, "has a unit beside the number")
    } else if bare.starts_with(|c: char| c.is_ascii_digit())
        && bare.chars().all(is_digit_or_separator)
        && bare.len() > 2
    {
        fault(Rule::Separator, "has separators other than one decimal point")
    } else {
        fault(Rule::Amount, "is no plain decimal number")
    }
}

/// Whether a text looks like an e-mail address or a phone number.
pub(super) fn is_personal(text: &str) -> bool {
    if text.contains('@') {
        return true;
    }
    let digits = text.chars().filter(char::is_ascii_digit).count();
    (7..=15).contains(&digits) && text.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | '-' | ' ' | '(' | ')'))
}

/// A foreign text as it may be shown: short, and without control characters.
pub(super) fn shown(text: &str) -> String {
    const LONGEST: usize = 66;
    let clean: String = text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).take(LONGEST).collect();
    if text.chars().nth(LONGEST).is_some() { format!("`{clean}...`") } else { format!("`{clean}`") }
}

fn has(text: &str, what: impl Fn(char) -> bool) -> bool {
    text.chars().any(what)
}

/// White space, and what looks like none at all: zero-width blanks, byte-order marks.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

fn is_currency(c: char) -> bool {
    matches!(c, '$' | '¢' | '£' | '¤' | '¥' | '\u{20a0}'..='\u{20cf}' | '￥' | '＄' | '元' | '円' | '%')
}

/// `1.2E+17`, `1e18`, `1,2E+17`.
fn is_scientific(text: &str) -> bool {
    text.split_once(['e', 'E']).is_some_and(|(mantissa, exponent)| {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        mantissa.starts_with(|c: char| c.is_ascii_digit())
            && mantissa.chars().all(is_digit_or_separator)
            && !exponent.is_empty()
            && exponent.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// `12USDC`, `ETH1.5`: letters before or after a number, and not `0x..`.
fn is_number_with_letters(text: &str) -> bool {
    let number = text.trim_matches(|c: char| c.is_alphabetic());
    number.len() < text.len()
        && !text.starts_with("0x")
        && number.starts_with(|c: char| c.is_ascii_digit())
        && number.chars().all(is_digit_or_separator)
}

fn is_digit_or_separator(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '.' | ',' | '\'' | '\u{2019}' | '_' | '\u{66c}' | '\u{ff0c}')
}
