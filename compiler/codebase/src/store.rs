//! A codebase as the place where a node keeps definitions and references.

use crate::cells;
use crate::codebase::Codebase;
use crate::error::CodebaseError;
use crate::objects::{self, Origin};
use base::Hash;
use hash::Object;
use hash::store::{NameExchange, NameStore, ObjectStore, StoreError, StoreId, absent_below};
use std::collections::BTreeSet;

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

impl ObjectStore for Codebase {
    fn id(&self) -> StoreId {
        Codebase::id(self)
    }

    fn epoch(&self) -> u64 {
        Codebase::epoch(self)
    }

    fn has_many(&self, hashes: &[Hash]) -> Result<Vec<bool>, StoreError> {
        let has: Vec<bool> =
            self.read(|db| hashes.iter().map(|hash| objects::has(db, hash)).collect::<Result<_, CodebaseError>>())?;
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
