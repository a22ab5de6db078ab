//! Assets: which one is meant, and what to call it. Names come from strangers' contracts and are treated so.

use alloy::{
    primitives::{Address, Bytes, TxKind, U256},
    providers::{DynProvider, Provider},
    rpc::types::TransactionRequest,
    sol_types::{SolCall, SolValue},
};
use lifeboat_bindings::test_token::TestToken::{decimalsCall, symbolCall};
use serde::Serialize;

use crate::failure::Failure;

/// Longest symbol shown.
const LONGEST_SYMBOL: usize = 12;
/// Most decimals a 256-bit amount can sensibly have.
const MOST_DECIMALS: u8 = 77;
/// Words with a meaning of their own: a token of that name is called by its address.
const TAKEN_NAMES: [&str; 4] = ["ETH", "gwei", "wei", "base"];

/// An asset and how to write amounts of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Asset {
    /// The token; zero: ETH.
    pub address: Address,
    /// Its own symbol if that is harmless, else its shortened address.
    pub symbol: String,
    /// Decimals of the displayed unit; `None`: unknown, only base units make sense.
    pub decimals: Option<u8>,
}

impl Asset {
    /// ETH.
    #[must_use]
    pub fn eth() -> Self {
        Self { address: Address::ZERO, symbol: "ETH".into(), decimals: Some(18) }
    }

    /// An asset of which only the address is known, as when signing off line.
    #[must_use]
    pub fn offline(address: Address) -> Self {
        if address.is_zero() { Self::eth() } else { Self { address, symbol: short(address), decimals: None } }
    }

    /// An asset as a ledger's publisher names it. A name that is not harmless is replaced by the address.
    #[must_use]
    pub fn published(address: Address, symbol: &str, decimals: u8) -> Self {
        if address.is_zero() {
            return Self::eth();
        }
        let symbol = harmless(symbol.to_owned()).unwrap_or_else(|| short(address));
        Self { address, symbol, decimals: Some(decimals).filter(|decimals| *decimals <= MOST_DECIMALS) }
    }

    /// Asks the token for symbol and decimals. A token that answers nonsense is still an asset, in base units.
    pub async fn load(provider: &DynProvider, address: Address) -> Self {
        if address.is_zero() {
            return Self::eth();
        }
        let symbol = view(provider, address, symbolCall {}.abi_encode()).await;
        let decimals = view(provider, address, decimalsCall {}.abi_encode()).await;
        Self {
            address,
            symbol: symbol.and_then(|data| readable_symbol(&data)).unwrap_or_else(|| short(address)),
            decimals: decimals.and_then(|data| sane_decimals(&data)),
        }
    }

    /// Whether this is the chain's own coin.
    #[must_use]
    pub fn is_eth(&self) -> bool {
        self.address.is_zero()
    }
}

async fn view(provider: &DynProvider, to: Address, input: Vec<u8>) -> Option<Bytes> {
    let request = TransactionRequest { to: Some(TxKind::Call(to)), input: input.into(), ..Default::default() };
    provider.call(request).await.ok()
}

/// A string or, with old tokens, 32 bytes.
fn readable_symbol(data: &[u8]) -> Option<String> {
    let text = String::abi_decode(data).ok().or_else(|| {
        let word = data.get(..32).filter(|_| data.len() == 32)?;
        let end = word.iter().position(|byte| *byte == 0).unwrap_or(32);
        String::from_utf8(word[..end].to_vec()).ok()
    })?;
    harmless(text)
}

/// The name, if it is a short plain word and no word with a meaning of its own.
fn harmless(name: String) -> Option<String> {
    let plain = name.len() <= LONGEST_SYMBOL
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
        && !TAKEN_NAMES.iter().any(|taken| taken.eq_ignore_ascii_case(&name));
    plain.then_some(name)
}

fn sane_decimals(data: &[u8]) -> Option<u8> {
    let decimals = U256::abi_decode(data).ok()?;
    u8::try_from(decimals).ok().filter(|decimals| *decimals <= MOST_DECIMALS)
}

fn short(address: Address) -> String {
    let text = address.to_string();
    format!("{}..{}", &text[..6], &text[38..])
}

/// Reads an address. Mixed case must carry a correct EIP-55 checksum; a single case carries none.
///
/// # Errors
/// `ADDRESS_MALFORMED`, `ADDRESS_CHECKSUM`.
pub fn parse_address(text: &str) -> Result<Address, Failure> {
    let text = text.trim();
    let malformed =
        || Failure::new("ADDRESS_MALFORMED", format!("`{text}` is no address"), "write 0x and 40 hexadecimal digits");
    let digits = text.strip_prefix("0x").ok_or_else(malformed)?;
    let address: Address = text.parse().map_err(|_| malformed())?;
    let one_case =
        !digits.contains(|c: char| c.is_ascii_lowercase()) || !digits.contains(|c: char| c.is_ascii_uppercase());
    if one_case || address.to_checksum(None) == text {
        return Ok(address);
    }
    Err(Failure::new(
        "ADDRESS_CHECKSUM",
        format!("the checksum (EIP-55) of `{text}` is wrong: a character was mistyped"),
        "copy the address again from where it came from",
    ))
}

/// Reads an asset: `ETH` or a token's address.
///
/// # Errors
/// As [`parse_address`]; `ADDRESS_MALFORMED` for other names, because any token may call itself anything.
pub fn parse_asset(text: &str) -> Result<Address, Failure> {
    if text.trim() == "ETH" {
        return Ok(Address::ZERO);
    }
    parse_address(text).map_err(|failure| match failure.id.as_str() {
        "ADDRESS_MALFORMED" => Failure::new(
            failure.id,
            format!("`{}` is no asset", text.trim()),
            "write ETH or the token's address (names can be faked)",
        ),
        _ => failure,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use alloy::primitives::address;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn checksums_are_checked_where_there_is_one() {
        let address = address!("0x4e59b44847b379578588920cA78FbF26c0B4956C");
        for text in [
            "0x4e59b44847b379578588920cA78FbF26c0B4956C",
            "0x4e59b44847b379578588920ca78fbf26c0b4956c",
            "0x4E59B44847B379578588920CA78FBF26C0B4956C",
        ] {
            assert_eq!(parse_address(text).unwrap(), address);
        }
        let mistyped = parse_address("0x4e59b44847b379578588920cA78FbF26c0B4956c").unwrap_err();
        assert_eq!(mistyped.id, "ADDRESS_CHECKSUM");
        for text in [
            "",
            "0x",
            "4e59b44847b379578588920cA78FbF26c0B4956C",
            "0x4e59",
            "0xzz59b44847b379578588920cA78FbF26c0B4956C",
        ] {
            assert_eq!(parse_address(text).unwrap_err().id, "ADDRESS_MALFORMED", "{text}");
        }
    }

    #[test]
    fn an_asset_is_eth_or_an_address() {
        assert_eq!(parse_asset("ETH").unwrap(), Address::ZERO);
        assert_eq!(parse_asset("USDC").unwrap_err().id, "ADDRESS_MALFORMED");
    }

    #[test]
    fn symbols_are_strangers_words() {
        let symbol = |text: &str| readable_symbol(&text.to_owned().abi_encode());
        assert_eq!(symbol("TST").as_deref(), Some("TST"));
        for hostile in
            ["", "ETH", "eth", "base", "\u{1b}[2J", "USD\nC", "12", "<script>", "AVERYLONGSYMBOL", "ＵＳＤＣ"]
        {
            assert_eq!(symbol(hostile), None, "{hostile:?}");
        }
        let mut word = [0u8; 32];
        word[..3].copy_from_slice(b"MKR");
        assert_eq!(readable_symbol(&word).as_deref(), Some("MKR"));
        assert_eq!(readable_symbol(&[0xff; 32]), None);
    }

    #[test]
    fn decimals_out_of_range_are_unknown() {
        assert_eq!(sane_decimals(&U256::from(6).abi_encode()), Some(6));
        assert_eq!(sane_decimals(&U256::from(78).abi_encode()), None);
        assert_eq!(sane_decimals(&U256::MAX.abi_encode()), None);
        assert_eq!(sane_decimals(&[]), None);
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".*", data: Vec<u8>) {
            let _ = (parse_asset(&text), readable_symbol(&data), sane_decimals(&data));
        }
    }
}
