//! Lists of hashes in eight bytes each.
//!
//! A prefix is the first three bytes of the hash, by which any store finds what may be meant, and five bytes of the hash's digest under the list's key. That key is drawn by whoever asks
//! for the list, so nobody can prepare two definitions that look the same in it. Should two do all the same, the recipient notices with the definitions, whose hashes are whole.

use base::Hash;

/// Bytes of a prefix that are the hash's own.
pub const PLAIN_BYTES: usize = 3;

/// The key of a list.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Nonce(pub [u8; 16]);

/// What stands for a hash in a list.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Prefix(pub [u8; 8]);

impl Prefix {
    pub fn of(hash: &Hash, nonce: &Nonce) -> Prefix {
        let mut key = [0; 32];
        key[..nonce.0.len()].copy_from_slice(&nonce.0);
        let digest = blake3::keyed_hash(&key, &hash.0);
        let mut prefix = [0; 8];
        prefix[..PLAIN_BYTES].copy_from_slice(&hash.0[..PLAIN_BYTES]);
        prefix[PLAIN_BYTES..].copy_from_slice(&digest.as_bytes()[..8 - PLAIN_BYTES]);
        Prefix(prefix)
    }

    /// How every hash begins for which it may stand.
    pub fn plain(&self) -> [u8; PLAIN_BYTES] {
        [self.0[0], self.0[1], self.0[2]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_frozen_and_depend_on_the_key() {
        let hash = Hash(std::array::from_fn(|n| n as u8));
        assert_eq!(Prefix::of(&hash, &Nonce([7; 16])).0, [0, 1, 2, 168, 99, 182, 182, 0]);
        assert_ne!(Prefix::of(&hash, &Nonce([7; 16])), Prefix::of(&hash, &Nonce([8; 16])));
    }
}
