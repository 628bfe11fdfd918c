//! A fast hash for keys that are addresses of ours. Nothing iterates over the maps.

use std::hash::{BuildHasherDefault, Hasher};

/// A map by address.
#[expect(clippy::disallowed_types, reason = "the hash is fixed, and nobody iterates")]
pub(crate) type AddressMap<V> = std::collections::HashMap<u64, V, BuildHasherDefault<AddressHasher>>;
#[expect(clippy::disallowed_types, reason = "the hash is fixed, and nobody iterates")]
type PairSet = std::collections::HashSet<(u64, u64), BuildHasherDefault<AddressHasher>>;

/// A table that grows is gone over at once, which takes long if it is large: so what may have many entries is in so many parts.
const PARTS: u64 = 64;

/// In which of them a word is: by other bits than those by which a table finds its places.
fn part_of(hasher: &AddressHasher) -> usize {
    ((hasher.finish() >> 40) % PARTS) as usize
}

/// Places by address.
#[derive(Default)]
pub(crate) struct Places {
    first: AddressMap<u32>,
    /// Those that came when the first ones were many.
    others: Vec<AddressMap<u32>>,
}

/// So many are together.
const TOGETHER: usize = 16 << 10;

impl Places {
    pub(crate) fn get(&self, address: u64) -> Option<u32> {
        let first = self.first.get(&address).copied();
        if self.others.is_empty() { first } else { first.or_else(|| self.others[part(address)].get(&address).copied()) }
    }

    pub(crate) fn insert(&mut self, address: u64, place: u32) {
        if self.first.len() < TOGETHER {
            self.first.insert(address, place);
            return;
        }
        if self.others.is_empty() {
            self.others.resize_with(PARTS as usize, AddressMap::default);
        }
        self.others[part(address)].insert(address, place);
    }
}

fn part(address: u64) -> usize {
    let mut hasher = AddressHasher::default();
    hasher.write_u64(address);
    part_of(&hasher)
}

/// A set of pairs of words.
#[derive(Default)]
pub(crate) struct Pairs(Vec<PairSet>);

impl Pairs {
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Whether it was not there.
    pub(crate) fn insert(&mut self, a: u64, b: u64) -> bool {
        if self.0.is_empty() {
            self.0.resize_with(PARTS as usize, PairSet::default);
        }
        let mut hasher = AddressHasher::default();
        hasher.write_u64(a);
        hasher.write_u64(b);
        self.0[part_of(&hasher)].insert((a, b))
    }
}

/// Multiplies and folds.
#[derive(Default)]
pub(crate) struct AddressHasher(u64);

impl Hasher for AddressHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u64(&mut self, word: u64) {
        let product = u128::from(self.0.rotate_left(23) ^ word) * 0x9e37_79b9_7f4a_7c15_u128;
        self.0 = (product >> 64) as u64 ^ product as u64;
    }
}
