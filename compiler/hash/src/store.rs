//! What a place that keeps definitions must offer. `codebase` implements it over SQLite and in memory; a node sees only these traits.
//!
//! Calls are batched and may take 100 ms; whoever must not block calls them on another thread and treats the answer as an event.

use crate::Object;
use base::Hash;
use kernel::{TermRef, TypeRef};
use std::collections::BTreeSet;

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
    /// An object of a batch refers to this hash, which is neither there nor in the batch, and may not be open.
    Dangling(Hash),
    /// What it was asked makes no sense to it: why.
    Refused(String),
}

/// Objects by hash. One is visible only when its dependencies are, or are open.
pub trait ObjectStore: Send + Sync {
    fn id(&self) -> StoreId;

    /// Changes whenever something may have been lost: garbage collection, restore, unclean open. What was known about the content is void then.
    fn epoch(&self) -> u64;

    /// One answer for each hash, in order. An object is there whether or not something that it depends on is open.
    fn has_many(&self, hashes: &[Hash]) -> Result<Vec<bool>, StoreError>;

    /// All that are there whose hashes begin with one of these, in any order.
    fn beginning_with(&self, beginnings: &[[u8; 3]]) -> Result<Vec<Hash>, StoreError>;

    /// One answer for each hash, in order; verified.
    fn get_many(&self, hashes: &[Hash]) -> Result<Vec<Option<Object>>, StoreError>;

    /// All or nothing. Every dependency must be in the batch or in the store, or among `open`: those may be absent, and may come later.
    fn put_with_open(&self, objects: &[Object], open: &BTreeSet<Hash>) -> Result<(), StoreError>;

    /// As [`ObjectStore::put_with_open`], where nothing may be absent.
    fn put_if_absent(&self, objects: &[Object]) -> Result<(), StoreError> {
        self.put_with_open(objects, &BTreeSet::new())
    }

    /// What is absent of all that these depend on, directly or not, ascending. Cheap where nothing is open.
    fn open_below(&self, hashes: &[Hash]) -> Result<Vec<Hash>, StoreError>;

    /// What it gives to nobody, although it has it: for others these are absent.
    fn private(&self) -> Result<BTreeSet<Hash>, StoreError> {
        Ok(BTreeSet::new())
    }

    /// What [`ObjectStore::has_many`] has found in the last so many milliseconds may still be relied on, with all that it depends on: whoever collects garbage leaves it there. A host says so
    /// every half an hour; a store that loses nothing while it is open needs not to hear it.
    fn renew(&self, _lasting_ms: u64) -> Result<(), StoreError> {
        Ok(())
    }

    /// Bytes that it takes.
    fn size(&self) -> Result<u64, StoreError>;

    /// What it knows about names, if it keeps any.
    fn names(&self) -> Option<&dyn NameExchange> {
        None
    }
}

/// What is absent of all that these depend on, directly or not, ascending: for stores in which something is open. Level by level, so that a deep chain costs no stack.
pub fn absent_below(store: &dyn ObjectStore, hashes: &[Hash]) -> Result<Vec<Hash>, StoreError> {
    let mut seen: BTreeSet<Hash> = hashes.iter().copied().collect();
    let (mut level, mut absent) = (store.get_many(hashes)?, BTreeSet::new());
    loop {
        let next: Vec<Hash> = level.iter().flatten().flat_map(Object::dependencies).collect();
        let next: Vec<Hash> = next.into_iter().filter(|hash| seen.insert(*hash)).collect();
        if next.is_empty() {
            return Ok(absent.into_iter().collect());
        }
        level = store.get_many(&next)?;
        absent.extend(next.iter().zip(&level).filter(|(_, object)| object.is_none()).map(|(hash, _)| *hash));
    }
}

/// The least and the greatest hash that begins so.
pub fn range_of(beginning: [u8; 3]) -> (Hash, Hash) {
    let filled = |fill| {
        let mut bytes = [fill; 32];
        bytes[..3].copy_from_slice(&beginning);
        Hash(bytes)
    };
    (filled(0), filled(0xff))
}

/// Some names of a codebase, with what they refer to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct NameExport {
    /// In a form that only codebases read.
    pub bytes: Vec<u8>,
    /// All definitions that the bytes are about: whoever takes them in has to have these.
    pub terms: Vec<TermRef>,
    pub types: Vec<TypeRef>,
}

/// Names that go from one codebase to another.
pub trait NameExchange: Send + Sync {
    /// The names that are asked for and those below them; all if none is asked for.
    fn export_names(&self, wanted: &[String]) -> Result<NameExport, StoreError>;

    /// Takes names in. Gives what became of each, in a form that only codebases read.
    fn merge_names(&self, merge: &[u8]) -> Result<Vec<u8>, StoreError>;
}

/// Named mutable references, changed by compare-and-set.
pub trait NameStore: Send + Sync {
    /// The value of a reference; none if it was never set.
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// Sets `key` to `new` if its value is still `old`; says whether it did.
    fn compare_and_set(&self, key: &str, old: Option<&[u8]>, new: &[u8]) -> Result<bool, StoreError>;
}
