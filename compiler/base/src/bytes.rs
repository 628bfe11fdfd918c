//! The strict byte codec below every format of ours: definitions, values, hashes.
//!
//! - a `u8` is itself; a fixed-size array is its bytes;
//! - an unsigned number is a little-endian base-128 varint in its shortest form (a longer one is refused);
//! - bytes and text are their length as a varint, then themselves; text is UTF-8;
//! - a decoder ends with [`Reader::finish`], which refuses trailing bytes.
//!
//! Every read is charged to a budget, so that a few hostile bytes cannot cause a lot of work.

use crate::Hash;

/// Why bytes are not what they should be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DecodeError {
    /// The bytes ended inside an item.
    Truncated,
    /// Bytes are left after the last item: so many.
    Trailing(usize),
    /// A varint that is longer than necessary or does not fit 64 bits.
    BadVarint,
    /// Text that is not UTF-8.
    BadText,
    /// A tag that the format does not have: of what, and which.
    BadTag(&'static str, u64),
    /// Something well-formed that the format forbids: what.
    Forbidden(&'static str),
    /// The work allowed for these bytes is used up.
    OverBudget,
}

impl std::fmt::Display for DecodeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            DecodeError::Truncated => f.write_str("the bytes end too early"),
            DecodeError::Trailing(n) => write!(f, "{n} bytes too many"),
            DecodeError::BadVarint => f.write_str("a number is not in its shortest form"),
            DecodeError::BadText => f.write_str("text is not UTF-8"),
            DecodeError::BadTag(what, tag) => write!(f, "unknown {what} {tag}"),
            DecodeError::Forbidden(what) => f.write_str(what),
            DecodeError::OverBudget => f.write_str("more nesting or items than allowed"),
        }
    }
}

impl std::error::Error for DecodeError {}

/// Appends items to a byte string.
#[derive(Clone, Default, Debug)]
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    pub fn new() -> Writer {
        Writer::default()
    }

    pub fn u8(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    pub fn varint(&mut self, mut n: u64) {
        while n >= 0x80 {
            self.bytes.push(n as u8 | 0x80);
            n >>= 7;
        }
        self.bytes.push(n as u8);
    }

    pub fn len(&mut self, n: usize) {
        self.varint(n as u64);
    }

    /// Bytes without a length.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    pub fn bytes(&mut self, bytes: &[u8]) {
        self.len(bytes.len());
        self.raw(bytes);
    }

    pub fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    pub fn hash(&mut self, hash: &Hash) {
        self.raw(&hash.0);
    }

    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }

    pub fn written(&self) -> usize {
        self.bytes.len()
    }
}

/// Takes items from the front of a byte string.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    budget: u64,
}

impl<'a> Reader<'a> {
    /// `budget` is the number of items that may be read.
    pub fn new(bytes: &'a [u8], budget: u64) -> Reader<'a> {
        Reader { bytes, budget }
    }

    /// Pays for `n` items.
    pub fn charge(&mut self, n: u64) -> Result<(), DecodeError> {
        self.budget = self.budget.checked_sub(n).ok_or(DecodeError::OverBudget)?;
        Ok(())
    }

    pub fn remaining(&self) -> usize {
        self.bytes.len()
    }

    pub fn raw(&mut self, len: usize) -> Result<&'a [u8], DecodeError> {
        let (front, rest) = self.bytes.split_at_checked(len).ok_or(DecodeError::Truncated)?;
        self.bytes = rest;
        Ok(front)
    }

    pub fn u8(&mut self) -> Result<u8, DecodeError> {
        self.charge(1)?;
        Ok(self.raw(1)?[0])
    }

    pub fn varint(&mut self) -> Result<u64, DecodeError> {
        self.charge(1)?;
        let mut n = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.raw(1)?[0];
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return Err(DecodeError::BadVarint);
            }
            n |= bits << shift;
            if byte & 0x80 == 0 {
                return if byte == 0 && shift > 0 { Err(DecodeError::BadVarint) } else { Ok(n) };
            }
        }
        Err(DecodeError::BadVarint)
    }

    pub fn u32(&mut self) -> Result<u32, DecodeError> {
        u32::try_from(self.varint()?).map_err(|_| DecodeError::BadVarint)
    }

    /// A count of items, each of which takes at least one byte: never more than the bytes that are left.
    pub fn count(&mut self) -> Result<usize, DecodeError> {
        let n = self.varint()?;
        if n > self.bytes.len() as u64 { Err(DecodeError::Truncated) } else { Ok(n as usize) }
    }

    pub fn bytes(&mut self) -> Result<&'a [u8], DecodeError> {
        let len = self.count()?;
        self.raw(len)
    }

    pub fn text(&mut self) -> Result<&'a str, DecodeError> {
        std::str::from_utf8(self.bytes()?).map_err(|_| DecodeError::BadText)
    }

    pub fn hash(&mut self) -> Result<Hash, DecodeError> {
        self.charge(1)?;
        Ok(Hash(self.raw(32)?.try_into().expect("32 bytes were asked for")))
    }

    pub fn finish(self) -> Result<(), DecodeError> {
        if self.bytes.is_empty() { Ok(()) } else { Err(DecodeError::Trailing(self.bytes.len())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn varints_have_one_form() {
        for n in [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX - 1, u64::MAX] {
            let mut writer = Writer::new();
            writer.varint(n);
            let bytes = writer.finish();
            let mut reader = Reader::new(&bytes, 1);
            assert_eq!(reader.varint(), Ok(n));
            assert_eq!(reader.finish(), Ok(()));
        }
        let read = |bytes: &[u8]| Reader::new(bytes, 9).varint();
        assert_eq!(read(&[0x81, 0x00]), Err(DecodeError::BadVarint));
        assert_eq!(read(&[0xff; 10]), Err(DecodeError::BadVarint));
        assert_eq!(read(&[0x80]), Err(DecodeError::Truncated));
    }

    #[test]
    fn counts_and_budgets_bound_the_work() {
        assert_eq!(Reader::new(&[200, 1, 0], 9).count(), Err(DecodeError::Truncated));
        let mut reader = Reader::new(&[1, 2], 1);
        assert_eq!(reader.u8(), Ok(1));
        assert_eq!(reader.u8(), Err(DecodeError::OverBudget));
        assert_eq!(Reader::new(&[1], 1).finish(), Err(DecodeError::Trailing(1)));
    }
}
