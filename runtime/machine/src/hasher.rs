//! A fast hash for keys that are addresses of ours. Nothing iterates over the maps.

use std::hash::{BuildHasherDefault, Hasher};

/// A map by address.
#[expect(clippy::disallowed_types, reason = "the hash is fixed, and nobody iterates")]
pub(crate) type AddressMap<V> = std::collections::HashMap<u64, V, BuildHasherDefault<AddressHasher>>;
/// A set of pairs of words.
#[expect(clippy::disallowed_types, reason = "the hash is fixed, and nobody iterates")]
pub(crate) type PairSet = std::collections::HashSet<(u64, u64), BuildHasherDefault<AddressHasher>>;

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
