//! Definitions as one compressed block.
//!
//! # Format
//! The block, decompressed, is for each definition its hash (32 bytes), its kind (one byte: 0 a term, 1 a type), and its canonical bytes behind their length (a varint). It is compressed in the
//! format of LZ4 blocks. How long it is decompressed, and how many definitions it has, is declared beside it and checked: nothing is made room for beyond what is declared, and nothing is accepted that
//! declares more than may come. What the same definitions are compressed to is not frozen, only what that means.

use crate::message::RawObject;
use base::Hash;
use base::bytes::{DecodeError, Reader, Writer};
use hash::Kind;
use std::sync::Arc;

/// No block of the format becomes more than so many times as long.
const RATIO_MAX: usize = 255;

/// Some definitions.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Packed {
    /// How many these are.
    pub objects: u64,
    /// Bytes of the block when it is decompressed.
    pub bytes: u64,
    /// Compressed.
    pub block: Vec<u8>,
}

/// Bytes of a block that a definition of so many bytes takes at most.
pub fn size_of(bytes: usize) -> usize {
    32 + 1 + 10 + bytes
}

pub fn pack(objects: &[RawObject]) -> Packed {
    let mut w = Writer::new();
    for object in objects {
        w.hash(&object.hash);
        w.u8(u8::from(object.kind == Kind::Type));
        w.bytes(&object.bytes);
    }
    let plain = w.finish();
    let block = if plain.is_empty() { Vec::new() } else { lz4_flex::block::compress(&plain) };
    Packed { objects: objects.len() as u64, bytes: plain.len() as u64, block }
}

/// The definitions, if together they are not over so many bytes. Nothing is known of them yet.
pub fn unpack(packed: &Packed, bytes_max: usize) -> Result<Vec<RawObject>, DecodeError> {
    let possible = packed.block.len().saturating_mul(RATIO_MAX).min(bytes_max);
    let len = usize::try_from(packed.bytes).ok().filter(|len| *len <= possible).ok_or(DecodeError::OverBudget)?;
    if len == 0 {
        return if packed.objects == 0 { Ok(Vec::new()) } else { Err(DecodeError::Truncated) };
    }
    let mut plain = vec![0; len];
    let written = lz4_flex::block::decompress_into(&packed.block, &mut plain);
    if written.map_err(|_| DecodeError::Forbidden("not a compressed block of its length"))? != len {
        return Err(DecodeError::Truncated);
    }
    let mut r = Reader::new(&plain, plain.len() as u64);
    let mut objects = Vec::new();
    while r.remaining() > 0 {
        objects.push(read(&mut r)?);
    }
    if objects.len() as u64 == packed.objects {
        Ok(objects)
    } else {
        Err(DecodeError::Forbidden("another number of definitions"))
    }
}

fn read(r: &mut Reader) -> Result<RawObject, DecodeError> {
    let hash: Hash = r.hash()?;
    let kind = match r.u8()? {
        0 => Kind::Term,
        1 => Kind::Type,
        tag => return Err(DecodeError::BadTag("kind", tag.into())),
    };
    Ok(RawObject { hash, kind, bytes: Arc::from(r.bytes()?) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn objects(n: u8) -> Vec<RawObject> {
        let object = |n: u8| RawObject {
            hash: Hash([n; 32]),
            kind: if n.is_multiple_of(2) { Kind::Term } else { Kind::Type },
            bytes: vec![n; 500].into(),
        };
        (0..n).map(object).collect()
    }

    #[test]
    fn what_is_packed_is_unpacked_and_small() {
        for n in [0, 1, 200] {
            let packed = pack(&objects(n));
            assert_eq!(unpack(&packed, 1 << 20), Ok(objects(n)));
            assert!(packed.block.len() < 40 * usize::from(n) + 1);
        }
    }

    /// The format is frozen: a block that any compressor of the format may have made.
    #[test]
    fn a_block_of_literals_is_read() {
        let block = [&[0xf0, 21][..], &[9; 32], &[1, 2, 7, 8]].concat();
        let read = unpack(&Packed { objects: 1, bytes: 36, block }, 100);
        assert_eq!(read, Ok(vec![RawObject { hash: Hash([9; 32]), kind: Kind::Type, bytes: vec![7, 8].into() }]));
    }

    #[test]
    fn nothing_is_decompressed_beyond_what_is_declared_and_permitted() {
        let bomb = lz4_flex::block::compress(&vec![0; 64 << 20]);
        let of = |bytes, block: &[u8]| unpack(&Packed { objects: 1, bytes, block: block.to_vec() }, 1 << 20);
        assert_eq!(of(64 << 20, &bomb), Err(DecodeError::OverBudget));
        assert!(of(1 << 20, &bomb).is_err(), "it is longer than declared");
        let packed = pack(&objects(3));
        assert!(of(packed.bytes + 1, &packed.block).is_err(), "it is shorter than declared");
        for cut in 0..packed.block.len() {
            assert!(of(packed.bytes, &packed.block[..cut]).is_err());
        }
    }
}
