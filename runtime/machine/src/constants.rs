//! What a task has computed once and for all: definitions without parameters, and texts that stand in code.
//!
//! The values live in the task's heap and are roots of its collections. Keys are addresses of entries and blobs, which live as long as the machine.

use crate::hasher::AddressMap;
use crate::word::Word;

#[derive(Default)]
pub(crate) struct Constants(Option<Box<Values>>);

#[derive(Default)]
struct Values {
    places: AddressMap<u32>,
    values: Vec<Constant>,
}

pub(crate) struct Constant {
    /// A tagged word, or the bits of a raw one.
    pub(crate) bits: u64,
    pub(crate) raw: bool,
}

impl Constants {
    #[inline(never)]
    pub(crate) fn get(&self, key: u64) -> Option<u64> {
        let known = self.0.as_ref()?;
        known.places.get(&key).map(|place| known.values[*place as usize].bits)
    }

    /// Notes a value; if there is one, it stays.
    #[inline(never)]
    pub(crate) fn insert(&mut self, key: u64, bits: u64, raw: bool) {
        let Values { places, values } = &mut **self.0.get_or_insert_default();
        places.entry(key).or_insert_with(|| {
            values.push(Constant { bits, raw });
            values.len() as u32 - 1
        });
    }

    /// The tagged words, for the collector.
    pub(crate) fn tagged(&mut self) -> impl Iterator<Item = &mut u64> {
        self.0.iter_mut().flat_map(|known| &mut known.values).filter(|value| !value.raw).map(|value| &mut value.bits)
    }

    pub(crate) fn word(&self, key: u64) -> Option<Word> {
        self.get(key).map(Word)
    }
}
