//! Bytes as digits of base 16, 32 or 64 (RFC 4648), in both directions.
//!
//! Digits of bases 16 and 32 may be of either case when they are read. Padding, where the alphabet has it, must be as it is written; white space is
//! none of the digits, and bits after the last byte must be zero.

use super::asking::{self, Asked, PIECE_BYTES};
use super::{Call, Result};
use crate::heap::Heap;
use builtin::Builtin;

/// How bytes are written.
struct Alphabet {
    name: &'static str,
    digits: &'static [u8],
    /// How many bits a digit stands for.
    bits: u32,
    /// How many digits a group has that is filled up by `=`; 1 without padding.
    group: usize,
    /// Whether case matters.
    cased: bool,
}

const BASE16: Alphabet = Alphabet { name: "base 16", digits: b"0123456789abcdef", bits: 4, group: 1, cased: false };
const BASE32: Alphabet =
    Alphabet { name: "base 32", digits: b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", bits: 5, group: 8, cased: false };
const BASE32_HEX: Alphabet =
    Alphabet { name: "base 32 hex", digits: b"0123456789abcdefghijklmnopqrstuv", bits: 5, group: 1, cased: false };
const BASE64: Alphabet = Alphabet {
    name: "base 64",
    digits: b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    bits: 6,
    group: 4,
    cased: true,
};
const BASE64_URL: Alphabet = Alphabet {
    name: "base 64 for URLs",
    digits: b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
    bits: 6,
    group: 1,
    cased: true,
};

/// The result if it is a builtin of this file.
pub(super) fn call(builtin: Builtin, call: &mut Call<'_>) -> Option<Result> {
    Some(match builtin {
        Builtin::BytesToBase16 => encode(call, &BASE16),
        Builtin::BytesToBase32 => encode(call, &BASE32),
        Builtin::BytesToBase32Hex => encode(call, &BASE32_HEX),
        Builtin::BytesToBase64 => encode(call, &BASE64),
        Builtin::BytesToBase64UrlUnpadded => encode(call, &BASE64_URL),
        Builtin::BytesFromBase16 => decode(call, &BASE16),
        Builtin::BytesFromBase32 => decode(call, &BASE32),
        Builtin::BytesFromBase32Hex => decode(call, &BASE32_HEX),
        Builtin::BytesFromBase64 => decode(call, &BASE64),
        Builtin::BytesFromBase64UrlUnpadded => decode(call, &BASE64_URL),
        _ => return None,
    })
}

fn encode(call: &mut Call<'_>, alphabet: &Alphabet) -> Result {
    let len = call.bytes(0)?.len();
    call.heap.reserve(2 * len + alphabet.group)?;
    let digits = alphabet.encode(call.heap, call.bytes(0)?)?;
    Ok(call.heap.bytes_built(digits).0)
}

fn decode(call: &mut Call<'_>, alphabet: &Alphabet) -> Result {
    let len = call.bytes(0)?.len();
    call.heap.reserve(len)?;
    let either = match alphabet.decode(call.heap, call.bytes(0)?)? {
        Ok(bytes) => {
            let bytes = call.heap.bytes_built(bytes);
            call.heap.constructed(call.machine.known.right, &[bytes.0])
        }
        Err(message) => {
            let message = call.heap.text(&message);
            call.heap.constructed(call.machine.known.left, &[message.0])
        }
    };
    Ok(either.0)
}

impl Alphabet {
    fn encode(&self, heap: &Heap, bytes: &[u8]) -> Asked<Vec<u8>> {
        let mask = (1 << self.bits) - 1;
        let mut digits = Vec::with_capacity(2 * bytes.len() + self.group);
        let (mut pending, mut count) = (0u32, 0);
        for piece in bytes.chunks(PIECE_BYTES) {
            heap.check_interrupt()?;
            for byte in piece {
                pending = pending << 8 | u32::from(*byte);
                count += 8;
                while count >= self.bits {
                    count -= self.bits;
                    digits.push(self.digits[(pending >> count & mask) as usize]);
                }
            }
        }
        if count > 0 {
            digits.push(self.digits[(pending << (self.bits - count) & mask) as usize]);
        }
        digits.resize(digits.len().next_multiple_of(self.group), b'=');
        Ok(digits)
    }

    fn decode(&self, heap: &Heap, text: &[u8]) -> Asked<std::result::Result<Vec<u8>, String>> {
        let values = self.values();
        let mut bytes = Vec::with_capacity(text.len());
        let (mut pending, mut count) = (0u32, 0);
        let digits = match self.without_padding(text) {
            Ok(digits) => digits,
            Err(why) => return Ok(Err(why)),
        };
        for (i, digit) in digits.iter().enumerate() {
            asking::now_and_then(heap, i)?;
            let value = values[usize::from(*digit)];
            if value == NO_DIGIT {
                return Ok(Err(format!("byte {i} is no digit of {}", self.name)));
            }
            pending = pending << self.bits | u32::from(value);
            count += self.bits;
            if count >= 8 {
                count -= 8;
                bytes.push((pending >> count) as u8);
            }
        }
        // What is left are the bits that fill up the last digit.
        if count >= self.bits || pending & ((1 << count) - 1) != 0 {
            return Ok(Err(self.no_whole_bytes(digits)));
        }
        Ok(Ok(bytes))
    }

    /// The digits of a padded text.
    fn without_padding<'a>(&self, text: &'a [u8]) -> std::result::Result<&'a [u8], String> {
        if self.group == 1 {
            return Ok(text);
        }
        let padding = text.iter().rev().take(self.group).take_while(|byte| **byte == b'=').count();
        if !text.len().is_multiple_of(self.group) || padding >= self.group {
            return Err(format!("{} is written in groups of {}, filled up by =", self.name, self.group));
        }
        let digits = &text[..text.len() - padding];
        // As few digits as the bytes need: a group that is padded further says the same in another way.
        let bytes = digits.len() * self.bits as usize / 8;
        if (8 * bytes).div_ceil(self.bits as usize) != digits.len() {
            return Err(self.no_whole_bytes(digits));
        }
        Ok(digits)
    }

    fn no_whole_bytes(&self, digits: &[u8]) -> String {
        format!("{} digits of {} that are no whole bytes", digits.len(), self.name)
    }

    /// The value of each byte as a digit.
    fn values(&self) -> [u8; 256] {
        let mut values = [NO_DIGIT; 256];
        for (value, digit) in (0..).zip(self.digits) {
            values[usize::from(*digit)] = value;
            if !self.cased {
                values[usize::from(digit.to_ascii_lowercase())] = value;
                values[usize::from(digit.to_ascii_uppercase())] = value;
            }
        }
        values
    }
}

const NO_DIGIT: u8 = u8::MAX;
