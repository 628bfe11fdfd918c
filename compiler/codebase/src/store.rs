//! A codebase as the place where a node keeps definitions and references.

use crate::cells;
use crate::codebase::Codebase;
use crate::error::CodebaseError;
use crate::objects::{self, Found, Origin};
use base::Hash;
use hash::Object;
use hash::store::{NameExchange, NameStore, ObjectStore, StoreError, StoreId, absent_below};
use std::collections::BTreeSet;
use std::time::Duration;

impl Codebase {
    /// An object of the store, read once.
    fn kept_object(&self, hash: &Hash) -> Result<Option<Object>, CodebaseError> {
        if let Some(object) = self.cache().object(hash) {
            return Ok(Some(object));
        }
        let object = self.read(|db| objects::get(db, hash))?;
        object.iter().for_each(|object| self.cache().put_object(object));
        Ok(object)
    }
}

impl Codebase {
    /// Which of these are there. What was not used for long is written down as used before anybody relies on it: whoever collects garbage at the same time has taken it, or leaves it.
    fn find(&self, hashes: &[Hash]) -> Result<Vec<bool>, CodebaseError> {
        let found = self.read(|db| objects::find(db, hashes))?;
        let found = match found.contains(&Found::Stale) {
            true => self.write(|db| {
                objects::touch(db, &hashes.iter().copied().collect())?;
                objects::find(db, hashes)
            })?,
            false => found,
        };
        Ok(found.into_iter().map(|found| found != Found::Absent).collect())
    }
}

impl ObjectStore for Codebase {
    fn id(&self) -> StoreId {
        Codebase::id(self)
    }

    fn epoch(&self) -> u64 {
        Codebase::epoch(self)
    }

    fn has_many(&self, hashes: &[Hash]) -> Result<Vec<bool>, StoreError> {
        let has = self.find(hashes)?;
        self.uses(hashes.iter().zip(&has).filter(|(_, has)| **has).map(|(hash, _)| *hash));
        Ok(has)
    }

    fn beginning_with(&self, beginnings: &[[u8; 3]]) -> Result<Vec<Hash>, StoreError> {
        Ok(self.read(|db| objects::beginning_with(db, beginnings))?)
    }

    fn get_many(&self, hashes: &[Hash]) -> Result<Vec<Option<Object>>, StoreError> {
        Ok(hashes.iter().map(|hash| self.kept_object(hash)).collect::<Result<_, CodebaseError>>()?)
    }

    fn put_with_open(&self, objects: &[Object], open: &BTreeSet<Hash>) -> Result<(), StoreError> {
        self.note_uses()?;
        Ok(self.write(|db| objects::put(db, objects, open, Origin::Received, objects::now_ms(db)?).map(drop))?)
    }

    fn private(&self) -> Result<BTreeSet<Hash>, StoreError> {
        Ok(self.private_hashes()?)
    }

    fn renew(&self, lasting_ms: u64) -> Result<(), StoreError> {
        Ok(self.renew_uses(Duration::from_millis(lasting_ms))?)
    }

    fn size(&self) -> Result<u64, StoreError> {
        Ok(self.read(objects::file_bytes)?)
    }

    fn open_below(&self, hashes: &[Hash]) -> Result<Vec<Hash>, StoreError> {
        let closed = !self.read(objects::anything_open)?;
        if closed { Ok(Vec::new()) } else { absent_below(self, hashes) }
    }

    fn names(&self) -> Option<&dyn NameExchange> {
        Some(self)
    }
}

impl NameStore for Codebase {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.read(|db| cells::get(db, key))?)
    }

    fn compare_and_set(&self, key: &str, old: Option<&[u8]>, new: &[u8]) -> Result<bool, StoreError> {
        let set = self.write(|db| {
            let unchanged = cells::get(db, key)?.as_deref() == old;
            if unchanged {
                cells::set(db, key, new)?;
            }
            Ok(unchanged)
        });
        Ok(set?)
    }
}
