//! A store without a file, for nodes that keep nothing and for tests.

use base::Hash;
use hash::Object;
use hash::store::{NameStore, ObjectStore, StoreError, StoreId, absent_below, range_of};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Objects and references in memory. It can lose nothing while it lives, so its epoch never changes.
pub struct MemoryStore {
    id: StoreId,
    epoch: u64,
    content: Mutex<Content>,
}

#[derive(Default)]
struct Content {
    objects: BTreeMap<Hash, Object>,
    /// What objects depend on and is absent.
    open: BTreeSet<Hash>,
    cells: BTreeMap<String, Vec<u8>>,
}

impl MemoryStore {
    /// An empty store. A store that takes the place of another one with its id has another epoch.
    pub fn new(id: StoreId, epoch: u64) -> MemoryStore {
        MemoryStore { id, epoch, content: Mutex::default() }
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ObjectStore for MemoryStore {
    fn id(&self) -> StoreId {
        self.id
    }

    fn epoch(&self) -> u64 {
        self.epoch
    }

    fn has_many(&self, hashes: &[Hash]) -> Result<Vec<bool>, StoreError> {
        let content = self.content();
        Ok(hashes.iter().map(|hash| content.objects.contains_key(hash)).collect())
    }

    fn beginning_with(&self, beginnings: &[[u8; 3]]) -> Result<Vec<Hash>, StoreError> {
        let content = self.content();
        let ranges = beginnings.iter().map(|beginning| range_of(*beginning));
        Ok(ranges.flat_map(|(low, high)| content.objects.range(low..=high).map(|(hash, _)| *hash)).collect())
    }

    fn get_many(&self, hashes: &[Hash]) -> Result<Vec<Option<Object>>, StoreError> {
        let content = self.content();
        Ok(hashes.iter().map(|hash| content.objects.get(hash).cloned()).collect())
    }

    fn put_with_open(&self, objects: &[Object], open: &BTreeSet<Hash>) -> Result<(), StoreError> {
        let mut content = self.content();
        let batch: BTreeMap<Hash, &Object> = objects.iter().map(|object| (object.hash(), object)).collect();
        let there = |hash: &Hash| batch.contains_key(hash) || content.objects.contains_key(hash);
        let absent: Vec<Hash> = objects.iter().flat_map(Object::dependencies).filter(|hash| !there(hash)).collect();
        if let Some(dangling) = absent.iter().find(|hash| !open.contains(hash)) {
            return Err(StoreError::Dangling(*dangling));
        }
        content.open.extend(absent);
        for (hash, object) in batch {
            content.open.remove(&hash);
            content.objects.entry(hash).or_insert_with(|| object.clone());
        }
        Ok(())
    }

    fn size(&self) -> Result<u64, StoreError> {
        Ok(self.content().objects.values().map(|object| object.bytes().len() as u64).sum())
    }

    fn open_below(&self, hashes: &[Hash]) -> Result<Vec<Hash>, StoreError> {
        let closed = self.content().open.is_empty();
        if closed { Ok(Vec::new()) } else { absent_below(self, hashes) }
    }
}

impl NameStore for MemoryStore {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.content().cells.get(key).cloned())
    }

    fn compare_and_set(&self, key: &str, old: Option<&[u8]>, new: &[u8]) -> Result<bool, StoreError> {
        let mut content = self.content();
        let unchanged = content.cells.get(key).map(Vec::as_slice) == old;
        if unchanged {
            content.cells.insert(key.to_string(), new.to_vec());
        }
        Ok(unchanged)
    }
}
