//! Machine code that is kept between runs, so that the second run of a program begins with it.
//!
//! What a function was compiled to is kept under the key of its instructions (see [`Source::shape`]) and of the processor. Addresses are no part of it: they are filled in when it is used. An
//! index says where what is; only that is read at the start, the code of a function when it is wanted.
//! Whoever gives the records vouches that nobody else has written them; a checksum tells what was damaged.

use crate::Cranelift;
use crate::emit::{name_of, symbol_of};
use cranelift_codegen::ir::UserExternalName;
use machine::native::{Generator, Object, Relocation, Source};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// Where machine code is kept.
pub trait Records: Send + Sync {
    /// All lines of the index, one after the other.
    fn index(&self) -> Vec<u8>;
    /// Adds a line.
    fn note(&self, line: &[u8]);
    /// So many bytes of what is kept; none if there are not so many.
    fn content(&self, offset: u64, length: usize) -> Option<Vec<u8>>;
    /// Keeps these. Where they begin; none if they were not kept.
    fn keep(&self, content: &[u8]) -> Option<u64>;
}

/// Compiles what is not known yet.
pub struct Remembering {
    cranelift: Cranelift,
    records: Box<dyn Records>,
    /// What the index said when something was first looked for.
    known: OnceLock<BTreeMap<Key, Place>>,
}

type Key = [u8; 32];
type Checksum = [u8; 16];

/// Where the code of a function is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Place {
    checksum: Checksum,
    offset: u64,
    length: u32,
}

/// Bytes of a line of the index: key, checksum, offset, length.
const LINE_BYTES: usize = 32 + 16 + 8 + 4;
/// Bytes of a relocation.
const RELOCATION_BYTES: usize = 12;

impl Remembering {
    /// Knows what the records say.
    pub fn new(cranelift: Cranelift, records: Box<dyn Records>) -> Remembering {
        Remembering { cranelift, records, known: OnceLock::new() }
    }

    fn key(&self, source: &Source) -> Key {
        let mut hasher = blake3::Hasher::new_derive_key("unison machine code of instructions");
        hasher.update(self.cranelift.description().as_bytes());
        hasher.update(&source.shape());
        hasher.finalize().into()
    }

    fn known(&self) -> &BTreeMap<Key, Place> {
        self.known.get_or_init(|| self.records.index().chunks_exact(LINE_BYTES).filter_map(read_line).collect())
    }

    fn find(&self, key: &Key) -> Option<Object> {
        let place = self.known().get(key)?;
        let content = self.records.content(place.offset, place.length as usize)?;
        if place.checksum != sum(key, &content) { None } else { decode(&content) }
    }
}

#[expect(unsafe_code, reason = "vouches that what it gives was compiled from these instructions")]
// SAFETY: a record was written by this crate under a key of the same instructions, which the checksum confirms; whoever gives the records vouches for their origin.
unsafe impl Generator for Remembering {
    fn recall(&self, source: &Source) -> Option<Object> {
        if self.known().is_empty() {
            return None;
        }
        self.find(&self.key(source))
    }

    /// Compiles it: what was known has been recalled.
    fn generate(&self, source: &Source) -> Option<Object> {
        let object = self.cranelift.generate(source)?;
        let (key, content) = (self.key(source), encode(&object));
        if let Some(offset) = self.records.keep(&content) {
            let place = Place { checksum: sum(&key, &content), offset, length: content.len() as u32 };
            self.records.note(&line(&key, &place));
        }
        Some(object)
    }
}

fn line(key: &Key, place: &Place) -> Vec<u8> {
    [&key[..], &place.checksum, &place.offset.to_le_bytes(), &place.length.to_le_bytes()].concat()
}

fn read_line(line: &[u8]) -> Option<(Key, Place)> {
    let (key, rest) = line.split_first_chunk()?;
    let (checksum, rest) = rest.split_first_chunk()?;
    let (offset, rest) = rest.split_first_chunk()?;
    let (offset, length) = (u64::from_le_bytes(*offset), u32::from_le_bytes(*rest.first_chunk()?));
    Some((*key, Place { checksum: *checksum, offset, length }))
}

fn sum(key: &Key, content: &[u8]) -> Checksum {
    let mut hasher = blake3::Hasher::new_keyed(key);
    hasher.update(content);
    *hasher.finalize().as_bytes().first_chunk().expect("it has 32 bytes")
}

fn encode(object: &Object) -> Vec<u8> {
    let mut bytes = object.brief.unwrap_or_default().to_le_bytes().to_vec();
    bytes.extend_from_slice(&(object.relocations.len() as u32).to_le_bytes());
    for relocation in &object.relocations {
        let name = name_of(relocation.symbol);
        let words = [relocation.offset, name.namespace, name.index];
        bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
    }
    bytes.extend_from_slice(&object.bytes);
    bytes
}

fn decode(content: &[u8]) -> Option<Object> {
    let (brief, rest) = content.split_first_chunk()?;
    let brief = Some(u32::from_le_bytes(*brief)).filter(|offset| *offset != 0);
    let (count, rest) = rest.split_first_chunk()?;
    let count = u32::from_le_bytes(*count) as usize;
    let (table, bytes) = rest.split_at_checked(count.checked_mul(RELOCATION_BYTES)?)?;
    let word = |bytes: &[u8], at: usize| Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
    let relocations = table.chunks(RELOCATION_BYTES).map(|chunk| {
        let name = UserExternalName { namespace: word(chunk, 4)?, index: word(chunk, 8)? };
        Some(Relocation { offset: word(chunk, 0)?, symbol: symbol_of(&name)? })
    });
    Some(Object { relocations: relocations.collect::<Option<_>>()?, bytes: bytes.to_vec(), brief })
}

#[cfg(test)]
mod tests {
    use super::*;
    use machine::native::Symbol;

    #[test]
    fn objects_survive_and_damage_is_noticed() {
        let relocations = [Symbol::Word(3), Symbol::Code(9), Symbol::Point(0)];
        let relocations = relocations.into_iter().map(|symbol| Relocation { offset: 8, symbol }).collect();
        let object = Object { bytes: vec![0x90; 40], relocations, brief: Some(16) };
        let content = encode(&object);
        assert_eq!(decode(&content), Some(object));
        assert_eq!(decode(&content[..20]), None);
        let key = [1; 32];
        let place = Place { checksum: sum(&key, &content), offset: 1 << 40, length: content.len() as u32 };
        assert_eq!(line(&key, &place).len(), LINE_BYTES);
        assert_eq!(read_line(&line(&key, &place)), Some((key, place)));
        let mut damaged = content.clone();
        damaged[30] ^= 1;
        assert_ne!(sum(&key, &content), sum(&key, &damaged));
    }
}
