//! What a transfer has collected, and what it still has to ask for.
//!
//! Everything that costs time happens here, on the store's thread: unpacking, hashing, looking up, storing. **Invariant:** what is in a basket was verified, and can be reached from what was asked for.

use super::listing::{Nonce, PLAIN_BYTES, Prefix};
use super::{StoreReply, audit_all, lacking_of};
use crate::limits::{PACK_BYTES_MAX, TRANSFER_BYTES_MAX};
use crate::message::RawObject;
use crate::pack::{self, Packed};
use base::Hash;
use hash::store::{ObjectStore, StoreError};
use hash::{Object, ObjectError};
use sandbox::Policy;
use std::collections::{BTreeMap, BTreeSet};

/// What a transfer asks its sender for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Want {
    pub hashes: Vec<Hash>,
    /// Of the sender's list.
    pub listed: Vec<Prefix>,
}

impl Want {
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty() && self.listed.is_empty()
    }

    /// How many these are.
    pub fn count(&self) -> usize {
        self.hashes.len() + self.listed.len()
    }

    /// Bytes that it takes in a message.
    pub fn bytes(&self) -> usize {
        self.hashes.len() * size_of::<Hash>() + self.listed.len() * size_of::<Prefix>()
    }
}

/// What a sender has answered.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Answer {
    pub packed: Packed,
    /// All else on which it depends, as far as the sender does not take it for known.
    pub listed: Vec<Prefix>,
    /// What the sender does not have.
    pub absent: Vec<Hash>,
    /// What the sender does not give.
    pub withheld: Vec<Hash>,
}

/// Of one transfer, between its questions.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Basket {
    /// What the value names.
    pub roots: Vec<Hash>,
    /// Of the sender's lists.
    pub nonce: Nonce,
    /// What the sender was asked for last.
    pub asked: Want,
    /// All that it was ever asked for by hash.
    wanted: BTreeSet<Hash>,
    objects: BTreeMap<Hash, Object>,
    /// What the sender does not have.
    open: BTreeSet<Hash>,
    bytes: usize,
}

/// What comes next.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Next {
    /// This is lacking.
    Ask(Want),
    /// Everything is stored.
    Stored,
    /// The bytes under this hash are not what it says. Nothing was stored.
    Mismatch(Hash),
    /// The sender cannot give this, without which the value is worth nothing.
    Missing(Hash),
    /// More bytes than a transfer may bring.
    TooMuch,
}

impl Basket {
    pub fn new(roots: Vec<Hash>, nonce: Nonce) -> Basket {
        Basket {
            roots,
            nonce,
            asked: Want::default(),
            wanted: BTreeSet::new(),
            objects: BTreeMap::new(),
            open: BTreeSet::new(),
            bytes: 0,
        }
    }

    /// These are asked for next.
    pub fn ask(&mut self, want: Want) {
        self.wanted.extend(&want.hashes);
        self.asked = want;
    }

    /// Whether nothing of it is open.
    pub fn is_closed(&self) -> bool {
        self.open.is_empty()
    }

    /// Bytes and number of definitions that came.
    pub fn fetched(&self) -> (u64, u64) {
        (self.bytes as u64, self.objects.len() as u64)
    }

    /// The definitions that came.
    pub fn hashes(&self) -> impl Iterator<Item = &Hash> {
        self.objects.keys()
    }

    /// Takes an answer in. Stores everything if nothing is lacking any more.
    pub fn take(&mut self, store: &dyn ObjectStore, answer: Answer, policy: Policy) -> Result<Taken, StoreError> {
        let came: BTreeMap<Hash, RawObject> = match pack::unpack(&answer.packed, PACK_BYTES_MAX) {
            Ok(objects) => objects.into_iter().map(|object| (object.hash, object)).collect(),
            // Nothing of it can be used: it will be asked for again.
            Err(_) => BTreeMap::new(),
        };
        if let Err(next) = self.collect(came, &answer) {
            return Ok(Taken::Next(next));
        }
        let want = self.lacks(store, &answer)?;
        if !want.is_empty() {
            return Ok(Taken::Next(Next::Ask(want)));
        }
        let objects: Vec<Object> = self.objects.values().cloned().collect();
        if let Err(denied) = self.audit(store, &objects, policy)? {
            return Ok(Taken::Denied(denied));
        }
        match store.put_with_open(&objects, &self.open) {
            Ok(()) => Ok(Taken::Next(Next::Stored)),
            // Something that was there when the store was asked is gone.
            Err(StoreError::Dangling(hash)) => {
                let want = Want { hashes: vec![hash], listed: Vec::new() };
                Ok(Taken::Next(Next::Ask(want)))
            }
            Err(error) => Err(error),
        }
    }

    /// Verifies what was asked for and what that depends on, in this order, and leaves the rest.
    fn collect(&mut self, mut came: BTreeMap<Hash, RawObject>, answer: &Answer) -> Result<(), Next> {
        let asked: BTreeSet<Prefix> = self.asked.listed.iter().copied().collect();
        let is_asked = |hash: &Hash| !asked.is_empty() && asked.contains(&Prefix::of(hash, &self.nonce));
        let mut next: Vec<Hash> = came.keys().filter(|hash| is_asked(hash)).copied().collect();
        let absent = answer.absent.iter().filter(|hash| self.wanted.contains(hash) || is_asked(hash));
        let absent: Vec<Hash> = absent.copied().collect();
        let fatal = |hash: &&Hash| self.roots.contains(hash) || answer.withheld.contains(hash);
        if let Some(hash) = answer.withheld.iter().chain(&absent).find(fatal) {
            return Err(Next::Missing(*hash));
        }
        self.open.extend(absent);
        next.extend(&self.wanted);
        let known: Vec<Hash> = self.objects.values().flat_map(Object::dependencies).collect();
        next.extend(known);
        while let Some(hash) = next.pop() {
            let Some(raw) = came.remove(&hash) else { continue };
            self.bytes += raw.bytes.len();
            if self.bytes > TRANSFER_BYTES_MAX {
                return Err(Next::TooMuch);
            }
            let object = match Object::verified(raw.hash, raw.kind, raw.bytes) {
                Ok(object) => object,
                Err(ObjectError::Mismatch { .. } | ObjectError::Malformed(_)) => return Err(Next::Mismatch(hash)),
            };
            next.extend(object.dependencies());
            self.objects.insert(hash, object);
        }
        Ok(())
    }

    /// What the sender has to be asked for next, if it is anything.
    fn lacks(&self, store: &dyn ObjectStore, answer: &Answer) -> Result<Want, StoreError> {
        let has = |hash: &Hash| self.objects.contains_key(hash) || self.open.contains(hash);
        // What did not fit the answer is asked for again.
        let mut listed = self.not_among(&self.asked.listed, &[]);
        if !answer.listed.is_empty() {
            let plain: BTreeSet<[u8; PLAIN_BYTES]> = answer.listed.iter().map(Prefix::plain).collect();
            let stored = store.beginning_with(&plain.into_iter().collect::<Vec<_>>())?;
            listed.extend(self.not_among(&answer.listed, &stored));
        }
        if !listed.is_empty() {
            let hashes = self.asked.hashes.iter().filter(|hash| !has(hash)).copied().collect();
            return Ok(Want { hashes, listed });
        }
        let mut named: BTreeSet<Hash> = self.objects.values().flat_map(Object::dependencies).collect();
        named.extend(&self.wanted);
        let (absent, open) = lacking_of(store, named.into_iter().filter(|hash| !has(hash)).collect())?;
        let hashes: BTreeSet<Hash> = absent.into_iter().chain(open).filter(|hash| !has(hash)).collect();
        Ok(Want { hashes: hashes.into_iter().collect(), listed })
    }

    /// Those of a list that stand neither for anything in the basket nor for any of these.
    fn not_among(&self, listed: &[Prefix], stored: &[Hash]) -> Vec<Prefix> {
        if listed.is_empty() {
            return Vec::new();
        }
        let here = stored.iter().chain(self.objects.keys()).chain(&self.open);
        let here: BTreeSet<Prefix> = here.map(|hash| Prefix::of(hash, &self.nonce)).collect();
        listed.iter().filter(|prefix| !here.contains(prefix)).copied().collect()
    }

    fn audit(
        &self,
        store: &dyn ObjectStore,
        objects: &[Object],
        policy: Policy,
    ) -> Result<Result<(), sandbox::Denied>, StoreError> {
        if policy == Policy::Everything {
            return Ok(Ok(()));
        }
        // What was open until now is called by what came earlier, so nothing among these may lead to it.
        let named = objects.iter().flat_map(Object::dependencies).chain(self.roots.iter().copied());
        let named: Vec<Hash> = named.collect();
        let mut roots = self.roots.clone();
        roots.extend(store.open_below(&named)?);
        Ok(audit_all(objects, &roots, policy))
    }
}

/// What has become of an answer.
pub enum Taken {
    Next(Next),
    Denied(sandbox::Denied),
}

impl Taken {
    pub fn reply(self, basket: Box<Basket>) -> StoreReply {
        match self {
            Taken::Next(next) => StoreReply::Taken { basket, next },
            Taken::Denied(denied) => StoreReply::Denied(denied),
        }
    }
}
