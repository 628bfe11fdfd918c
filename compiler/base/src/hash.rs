//! Content hashes as values: 32 bytes, and their text form. How a hash is computed is the business of the crate `hash`.

use std::fmt;

/// A BLAKE3-256 hash of some canonical bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; 32]);

/// Lower-case base32hex, as in RFC 4648, without padding.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";

/// The fewest characters in which a hash is shown or accepted.
pub const SHORT_LEN: usize = 8;

impl Hash {
    /// All 52 characters of the text form, without the `#`.
    pub fn to_text(&self) -> String {
        base32hex(&self.0)
    }

    /// `#` and the first [`SHORT_LEN`] characters. Where several hashes may share them, the codebase finds a longer prefix.
    pub fn short(&self) -> String {
        format!("#{}", &self.to_text()[..SHORT_LEN])
    }

    /// Reads the whole text form, with or without the `#`.
    pub fn from_text(text: &str) -> Option<Hash> {
        let digits = text.strip_prefix('#').unwrap_or(text);
        Some(Hash(parse_base32hex(digits)?.try_into().ok()?))
    }
}

/// Bytes as lower-case base32hex text.
pub fn base32hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(5) * 8);
    let (mut buffer, mut bits) = (0u32, 0);
    for &byte in bytes {
        buffer = (buffer << 8) | u32::from(byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(ALPHABET[(buffer >> bits) as usize & 31] as char);
        }
        buffer &= (1 << bits) - 1;
    }
    if bits > 0 {
        text.push(ALPHABET[(buffer << (5 - bits)) as usize & 31] as char);
    }
    text
}

/// The inverse of [`base32hex`]; `None` for any other character, a stray length, or set bits past the last byte.
pub fn parse_base32hex(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 5 / 8);
    let (mut buffer, mut bits) = (0u32, 0);
    for digit in text.bytes() {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'v' => digit - b'a' + 10,
            _ => return None,
        };
        buffer = (buffer << 5) | u32::from(value);
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((buffer >> bits) as u8);
            buffer &= (1 << bits) - 1;
        }
    }
    (bits < 5 && buffer == 0).then_some(bytes)
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.to_text())
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.short())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_round_trips_and_is_strict() {
        let hash = Hash(std::array::from_fn(|i| (i * 37 + 11) as u8));
        assert_eq!(Hash::from_text(&hash.to_string()), Some(hash));
        assert_eq!(hash.to_text().len(), 52);
        let mut last = hash.to_text();
        assert_eq!(last.pop(), Some('0'));
        last.push('1');
        assert_eq!(Hash::from_text(&last), None, "bits past the last byte must be zero");
        assert_eq!(Hash::from_text("#w"), None);
        assert_eq!(base32hex(b"foobar"), "cpnmuoj1e8");
    }
}
