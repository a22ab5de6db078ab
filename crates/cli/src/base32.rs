//! Crockford's base 32: five bits a character, without the letters that look like others. Upper case, digits only otherwise: the
//! characters that a QR code holds most densely and that no chat or mail program changes.

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const BITS: usize = 5;

/// The character of the lowest five bits.
#[must_use]
pub fn character(digit: u8) -> char {
    char::from(ALPHABET[usize::from(digit & 31)])
}

/// The value of a character, 0 to 31. Lower case counts as upper case, `O` reads as `0`, `I` and `L` as `1`.
#[must_use]
pub fn digit(character: char) -> Option<u8> {
    let character = match character.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    let position = ALPHABET.iter().position(|letter| char::from(*letter) == character)?;
    u8::try_from(position).ok()
}

/// Writes bytes, highest bit first; the last character is filled up with zero bits.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity((bytes.len() * 8).div_ceil(BITS));
    let (mut held, mut bits) = (0u16, 0);
    for byte in bytes {
        held = held << 8 | u16::from(*byte);
        bits += 8;
        while bits >= BITS {
            bits -= BITS;
            text.push(character((held >> bits) as u8));
        }
        held &= (1 << bits) - 1;
    }
    if bits > 0 {
        text.push(character((held << (BITS - bits)) as u8));
    }
    text
}

/// Reads what [`encode`] writes. `None`: a foreign character, or bits left over that are no filling.
#[must_use]
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * BITS / 8);
    let (mut held, mut bits) = (0u16, 0);
    for character in text.chars() {
        held = held << BITS | u16::from(digit(character)?);
        bits += BITS;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits) as u8);
            held &= (1 << bits) - 1;
        }
    }
    (bits < BITS && held == 0).then_some(bytes)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_values() {
        for (bytes, text) in [(&b""[..], ""), (b"\x00", "00"), (b"\xff", "ZW"), (b"foobar", "CSQPYRK1E8")] {
            assert_eq!(encode(bytes), text);
            assert_eq!(decode(text).unwrap(), bytes);
        }
        assert_eq!(decode("csqpyrkie8").unwrap(), b"foobar");
    }

    #[test]
    fn what_nobody_wrote_is_refused() {
        for text in ["0", "U0", "ZZ", "000", "C Q", "密0"] {
            assert_eq!(decode(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(bytes: Vec<u8>) {
            prop_assert_eq!(decode(&encode(&bytes)).unwrap(), bytes);
        }
    }
}
