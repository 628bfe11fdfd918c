//! Machine code that is kept between runs, so that the second run of a program begins with it.
//!
//! A record is the key of a function's instructions (see [`Source::shape`]) and of the processor, then what they were compiled to. Addresses are no part of it: they are filled in when it is used.
//! Whoever gives the records vouches that nobody else has written them; a checksum tells what was damaged.

use crate::Cranelift;
use crate::emit::{name_of, symbol_of};
use cranelift_codegen::ir::UserExternalName;
use machine::native::{Generator, Object, Relocation, Source};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Where records are kept.
pub trait Records: Send + Sync {
    /// All of them, one after the other.
    fn read(&self) -> Vec<u8>;
    /// Adds one.
    fn append(&self, record: &[u8]);
}

/// Compiles what is not known yet.
pub struct Remembering {
    cranelift: Cranelift,
    records: Box<dyn Records>,
    /// What stands behind the checksum of each record, and that.
    known: Mutex<BTreeMap<Key, (Checksum, Vec<u8>)>>,
}

type Key = [u8; 32];
type Checksum = [u8; 16];

/// Bytes of a record before its content: key, checksum, length.
const HEAD_BYTES: usize = 32 + 16 + 4;
/// Bytes of a relocation.
const RELOCATION_BYTES: usize = 12;

impl Remembering {
    /// Knows what the records say.
    pub fn new(cranelift: Cranelift, records: Box<dyn Records>) -> Remembering {
        let mut known = BTreeMap::new();
        let bytes = records.read();
        let mut rest = &bytes[..];
        while let Some((key, checksum, content, after)) = split(rest) {
            known.insert(key, (checksum, content.to_vec()));
            rest = after;
        }
        Remembering { cranelift, records, known: Mutex::new(known) }
    }

    fn key(&self, source: &Source) -> Key {
        let mut hasher = blake3::Hasher::new_derive_key("unison machine code of instructions");
        hasher.update(self.cranelift.description().as_bytes());
        hasher.update(&source.shape());
        hasher.finalize().into()
    }

    fn find(&self, key: &Key) -> Option<Object> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (checksum, content) = known.get(key)?;
        if *checksum != sum(key, content) { None } else { decode(content) }
    }
}

#[expect(unsafe_code, reason = "vouches that what it gives was compiled from these instructions")]
// SAFETY: a record was written by this crate under a key of the same instructions, which the checksum confirms; whoever gives the records vouches for their origin.
unsafe impl Generator for Remembering {
    fn recall(&self, source: &Source) -> Option<Object> {
        if self.known.lock().unwrap_or_else(PoisonError::into_inner).is_empty() {
            return None;
        }
        self.find(&self.key(source))
    }

    fn generate(&self, source: &Source) -> Option<Object> {
        let key = self.key(source);
        if let Some(object) = self.find(&key) {
            return Some(object);
        }
        let object = self.cranelift.generate(source)?;
        let content = encode(&object);
        let length = (content.len() as u32).to_le_bytes();
        let record = [&key[..], &sum(&key, &content), &length, &content].concat();
        self.records.append(&record);
        Some(object)
    }
}

/// The first record of some bytes, and what follows it. `None` at the end, or where something is cut off.
fn split(bytes: &[u8]) -> Option<(Key, Checksum, &[u8], &[u8])> {
    let (head, rest) = bytes.split_at_checked(HEAD_BYTES)?;
    let (key, head) = head.split_first_chunk()?;
    let (checksum, length) = head.split_first_chunk()?;
    let length = u32::from_le_bytes(*length.first_chunk()?);
    let (content, after) = rest.split_at_checked(length as usize)?;
    Some((*key, *checksum, content, after))
}

fn sum(key: &Key, content: &[u8]) -> Checksum {
    let mut hasher = blake3::Hasher::new_keyed(key);
    hasher.update(content);
    *hasher.finalize().as_bytes().first_chunk().expect("it has 32 bytes")
}

fn encode(object: &Object) -> Vec<u8> {
    let mut bytes = (object.relocations.len() as u32).to_le_bytes().to_vec();
    for relocation in &object.relocations {
        let name = name_of(relocation.symbol);
        let words = [relocation.offset, name.namespace, name.index];
        bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
    }
    bytes.extend_from_slice(&object.bytes);
    bytes
}

fn decode(content: &[u8]) -> Option<Object> {
    let (count, rest) = content.split_first_chunk()?;
    let count = u32::from_le_bytes(*count) as usize;
    let (table, bytes) = rest.split_at_checked(count.checked_mul(RELOCATION_BYTES)?)?;
    let word = |bytes: &[u8], at: usize| Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
    let relocations = table.chunks(RELOCATION_BYTES).map(|chunk| {
        let name = UserExternalName { namespace: word(chunk, 4)?, index: word(chunk, 8)? };
        Some(Relocation { offset: word(chunk, 0)?, symbol: symbol_of(&name)? })
    });
    Some(Object { relocations: relocations.collect::<Option<_>>()?, bytes: bytes.to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use machine::native::Symbol;

    #[test]
    fn objects_survive_and_damage_is_noticed() {
        let relocations = [Symbol::Word(3), Symbol::Code(9), Symbol::Point(0)];
        let relocations = relocations.into_iter().map(|symbol| Relocation { offset: 8, symbol }).collect();
        let object = Object { bytes: vec![0x90; 40], relocations };
        let content = encode(&object);
        assert_eq!(decode(&content), Some(object));
        assert_eq!(decode(&content[..20]), None);
        let key = [1; 32];
        let mut damaged = content.clone();
        damaged[30] ^= 1;
        assert_ne!(sum(&key, &content), sum(&key, &damaged));
    }
}
