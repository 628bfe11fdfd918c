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
    /// The time, as it was told last.
    now_ms: u64,
    uses: BTreeMap<Hash, Use>,
}

/// When something was found or put there last, and when somebody last said that it is still relied on.
struct Use {
    found_ms: u64,
    renewed_ms: u64,
}

impl MemoryStore {
    /// An empty store. A store that takes the place of another one with its id has another epoch.
    pub fn new(id: StoreId, epoch: u64) -> MemoryStore {
        MemoryStore { id, epoch, content: Mutex::default() }
    }

    /// What happens from now on happens at this time. A store that nobody tells the time has none, and collects nothing.
    pub fn tell_time(&self, now_ms: u64) {
        self.content().now_ms = now_ms;
    }

    /// Collects garbage: takes away what was not used for so long and what nothing that was used depends on. Gives how many went. Nobody is told: what was believed of the store may be wrong.
    pub fn collect(&self, unused_ms: u64) -> usize {
        let mut content = self.content();
        let since_ms = content.now_ms.saturating_sub(unused_ms);
        let used = content.uses.iter().filter(|(_, used)| used.renewed_ms >= since_ms).map(|(hash, _)| *hash);
        let mut next: Vec<Hash> = used.collect();
        let mut live: BTreeSet<Hash> = next.iter().copied().collect();
        while let Some(hash) = next.pop() {
            let below = content.objects.get(&hash).map(Object::dependencies).unwrap_or_default();
            next.extend(below.into_iter().filter(|hash| live.insert(*hash)));
        }
        let before = content.objects.len();
        content.objects.retain(|hash, _| live.contains(hash));
        content.uses.retain(|hash, _| live.contains(hash));
        before - content.objects.len()
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Content {
    /// Whether it is there. If so, it was used now.
    fn has_used(&mut self, hash: &Hash) -> bool {
        let has = self.objects.contains_key(hash);
        if has {
            self.uses.insert(*hash, Use { found_ms: self.now_ms, renewed_ms: self.now_ms });
        }
        has
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
        let mut content = self.content();
        let has = hashes.iter().map(|hash| content.has_used(hash));
        Ok(has.collect())
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
            content.has_used(&hash);
        }
        Ok(())
    }

    fn renew(&self, lasting_ms: u64) -> Result<(), StoreError> {
        let mut content = self.content();
        let (now_ms, since_ms) = (content.now_ms, content.now_ms.saturating_sub(lasting_ms));
        let relied_on = content.uses.values_mut().filter(|used| used.found_ms >= since_ms);
        relied_on.for_each(|used| used.renewed_ms = now_ms);
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
