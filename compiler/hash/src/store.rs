//! What a place that keeps definitions must offer. `codebase` implements it over SQLite and in memory; a node sees only these traits.
//!
//! Calls are batched and may take 100 ms; whoever must not block calls them on another thread and treats the answer as an event.

use crate::Object;
use base::Hash;

/// Identifies a store: hosts with the same one exchange hashes only.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct StoreId(pub [u8; 16]);

/// Why a store could not do what was asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum StoreError {
    /// It cannot be reached or read: what happened.
    Unavailable(String),
    /// Its disk is full.
    Full,
    /// What it holds under this hash does not hash to it.
    Corrupt(Hash),
    /// An object of a batch refers to this hash, which is neither there nor in the batch.
    Dangling(Hash),
}

/// Objects by hash.
pub trait ObjectStore: Send + Sync {
    fn id(&self) -> StoreId;

    /// Changes whenever something may have been lost: garbage collection, restore, unclean open. What was known about the content is void then.
    fn epoch(&self) -> u64;

    /// One answer for each hash, in order.
    fn has_many(&self, hashes: &[Hash]) -> Result<Vec<bool>, StoreError>;

    /// One answer for each hash, in order; verified.
    fn get_many(&self, hashes: &[Hash]) -> Result<Vec<Option<Object>>, StoreError>;

    /// All or nothing. Every dependency must be in the batch or in the store.
    fn put_if_absent(&self, objects: &[Object]) -> Result<(), StoreError>;
}

/// Named mutable references, changed by compare-and-set.
pub trait NameStore: Send + Sync {
    /// The value of a reference; none if it was never set.
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// Sets `key` to `new` if its value is still `old`; says whether it did.
    fn compare_and_set(&self, key: &str, old: Option<&[u8]>, new: &[u8]) -> Result<bool, StoreError>;
}
