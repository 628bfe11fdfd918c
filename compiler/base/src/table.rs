//! Hash tables with a fixed hasher, for what is looked up very often: names, while a program is checked. In ordered maps, comparing them showed in every profile.
//!
//! **Invariant:** the same insertions give the same order in each process. Nothing depends on that order all the same: whoever needs one sorts.
//! A text can be made so that its names collide; it is the time of whoever checks it, and bounded by a file's size.

use std::hash::{BuildHasherDefault, Hasher};

/// A map.
#[expect(clippy::disallowed_types, reason = "this is the map with a fixed hasher")]
pub type Table<K, V> = std::collections::HashMap<K, V, BuildHasherDefault<Mixer>>;

/// A set.
#[expect(clippy::disallowed_types, reason = "this is the set with a fixed hasher")]
pub type TableSet<K> = std::collections::HashSet<K, BuildHasherDefault<Mixer>>;

/// Multiplies and rotates.
#[derive(Clone, Copy, Default, Debug)]
pub struct Mixer(u64);

/// An odd number without pattern: the fractional part of the golden ratio.
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

impl Mixer {
    fn add(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(23) ^ word).wrapping_mul(FACTOR);
    }
}

impl Hasher for Mixer {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        words.iter().for_each(|word| self.add(u64::from_le_bytes(*word)));
        if !rest.is_empty() {
            let mut last = [0; 8];
            last[..rest.len()].copy_from_slice(rest);
            self.add(u64::from_le_bytes(last));
        }
        self.add(bytes.len() as u64);
    }

    fn write_u8(&mut self, n: u8) {
        self.add(n.into());
    }

    fn write_u32(&mut self, n: u32) {
        self.add(n.into());
    }

    fn write_u64(&mut self, n: u64) {
        self.add(n);
    }

    fn write_usize(&mut self, n: usize) {
        self.add(n as u64);
    }

    fn finish(&self) -> u64 {
        // The table takes its buckets from the lower bits, which a product mixes least.
        self.0.rotate_left(29)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hash::Hash;

    fn hash(text: &str) -> u64 {
        let mut mixer = Mixer::default();
        text.hash(&mut mixer);
        mixer.finish()
    }

    #[test]
    fn names_that_count_up_spread_over_the_buckets() {
        let mut buckets = vec![0; 1 << 12];
        (0..1 << 12).for_each(|i| buckets[hash(&format!("name{i}")) as usize % (1 << 12)] += 1);
        assert!(buckets.iter().filter(|count| **count > 0).count() > 2_000, "{buckets:?}");
        assert!(buckets.iter().all(|count| *count < 16));
        assert_ne!(hash("a"), hash("a\u{0}"));
    }
}
