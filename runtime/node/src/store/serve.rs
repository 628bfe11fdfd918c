//! What a sender answers when it is asked for definitions.
//!
//! It gives what is asked for and can be reached from what it has sent. Of all else that this depends on it makes a list, unless it remembers what the recipient's store has: then it leaves that out,
//! and gives the rest at once if that is little against what it remembers.

use super::StoreReply;
use super::basket::{Answer, Want};
use super::listing::{Nonce, Prefix};
use crate::limits::{HASHES_MAX, PACK_BYTES_MAX, SPECULATED_BYTES_MAX, SPECULATED_FEW};
use crate::message::RawObject;
use crate::pack;
use base::Hash;
use hash::Object;
use hash::store::{ObjectStore, StoreError};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A peer's request for definitions.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Serve {
    /// What it was sent names these.
    pub roots: Vec<Hash>,
    pub nonce: Nonce,
    pub want: Want,
    /// It has asked before, about the same value.
    pub again: bool,
    /// What its store is believed to have.
    pub known: Arc<BTreeSet<Hash>>,
    /// All that can be reached from the roots, if it was found out before.
    pub reached: Option<Arc<BTreeSet<Hash>>>,
}

pub(super) fn serve(store: &dyn ObjectStore, serve: Serve) -> Result<StoreReply, StoreError> {
    let reached = match &serve.reached {
        Some(reached) => reached.clone(),
        None => Arc::new(closure(store, &serve.roots)?),
    };
    // What is private is not among what can be reached: it is refused like everything that was not sent.
    let (wanted, refused) = serve.resolve(&reached);
    let mut sending = Sending { absent: refused, ..Sending::default() };
    sending.add(look_up(store, &wanted)?);
    let listed =
        if serve.want.listed.is_empty() { rest(store, &serve, &reached, &wanted, &mut sending)? } else { Vec::new() };
    let Sending { objects, absent, withheld, .. } = sending;
    let answer = Answer { packed: pack::pack(&in_order(objects)), listed, absent, withheld };
    Ok(StoreReply::Served { answer, reached })
}

/// All else on which what is wanted depends: sent at once, or listed.
fn rest(
    store: &dyn ObjectStore,
    serve: &Serve,
    reached: &Arc<BTreeSet<Hash>>,
    wanted: &[Hash],
    sending: &mut Sending,
) -> Result<Vec<Prefix>, StoreError> {
    let all = serve.roots.iter().all(|root| wanted.contains(root));
    let below = if all { reached.clone() } else { Arc::new(closure(store, wanted)?) };
    let unknown = serve.unknown(&below, wanted);
    if serve.may_send(unknown.len(), below.len()) && sending.speculate(look_up(store, &unknown)?) {
        return Ok(Vec::new());
    }
    let listed: BTreeSet<Prefix> = unknown.iter().map(|hash| Prefix::of(hash, &serve.nonce)).collect();
    Ok(listed.into_iter().collect())
}

impl Serve {
    /// What is asked for and can be reached; what cannot.
    fn resolve(&self, reached: &BTreeSet<Hash>) -> (Vec<Hash>, Vec<Hash>) {
        let (mut wanted, refused): (Vec<Hash>, Vec<Hash>) =
            self.want.hashes.iter().partition(|hash| reached.contains(hash));
        if !self.want.listed.is_empty() {
            let all = reached.iter().map(|hash| (Prefix::of(hash, &self.nonce), *hash));
            let all: BTreeMap<Prefix, Hash> = all.collect();
            wanted.extend(self.want.listed.iter().filter_map(|prefix| all.get(prefix)));
        }
        (wanted, refused)
    }

    /// What the recipient may lack beside what it asks for. If it asks again, what was believed of it is wrong.
    fn unknown(&self, below: &BTreeSet<Hash>, wanted: &[Hash]) -> Vec<Hash> {
        let wanted: BTreeSet<&Hash> = wanted.iter().collect();
        let is_unknown = |hash: &&Hash| !wanted.contains(hash) && (self.again || !self.known.contains(hash));
        below.iter().filter(is_unknown).copied().collect()
    }

    /// Whether so many definitions of so many may be sent unasked.
    fn may_send(&self, unknown: usize, all: usize) -> bool {
        !self.again && !self.known.is_empty() && (unknown <= SPECULATED_FEW || unknown <= all / 2)
    }
}

/// What goes into one answer.
#[derive(Default)]
struct Sending {
    objects: BTreeMap<Hash, Object>,
    bytes: usize,
    absent: Vec<Hash>,
    withheld: Vec<Hash>,
}

impl Sending {
    fn add(&mut self, found: Vec<(Hash, Option<Object>)>) {
        for (hash, object) in found {
            match object {
                Some(object) if packed_size(&object) > PACK_BYTES_MAX => self.withheld.push(hash),
                Some(object) => self.add_object(&object),
                None => self.absent.push(hash),
            }
        }
    }

    /// What does not fit is asked for again.
    fn add_object(&mut self, object: &Object) {
        let bytes = packed_size(object);
        if self.bytes + bytes <= PACK_BYTES_MAX {
            self.bytes += bytes;
            self.objects.insert(object.hash(), object.clone());
        }
    }

    /// Adds what nobody asked for, unless that is too much.
    fn speculate(&mut self, found: Vec<(Hash, Option<Object>)>) -> bool {
        let objects: Vec<Object> = found.into_iter().filter_map(|(_, object)| object).collect();
        let fits = objects.iter().map(packed_size).sum::<usize>() <= SPECULATED_BYTES_MAX;
        if fits {
            objects.iter().for_each(|object| self.add_object(object));
        }
        fits
    }
}

fn packed_size(object: &Object) -> usize {
    pack::size_of(object.bytes().len())
}

fn look_up(store: &dyn ObjectStore, hashes: &[Hash]) -> Result<Vec<(Hash, Option<Object>)>, StoreError> {
    Ok(hashes.iter().copied().zip(store.get_many(hashes)?).collect())
}

/// A definition stands close to one that refers to it where that is possible: the compressor looks for repetitions of hashes nearby.
fn in_order(mut objects: BTreeMap<Hash, Object>) -> Vec<RawObject> {
    let mut ordered = Vec::with_capacity(objects.len());
    while let Some((_, first)) = objects.pop_first() {
        let mut next = vec![first];
        while let Some(object) = next.pop() {
            next.extend(object.dependencies().iter().rev().filter_map(|hash| objects.remove(hash)));
            ordered.push(RawObject { hash: object.hash(), kind: object.kind(), bytes: object.bytes().clone() });
        }
    }
    ordered
}

/// Everything that can be reached from the roots, themselves included, but for what is private; level by level, so that a deep chain costs no stack.
fn closure(store: &dyn ObjectStore, roots: &[Hash]) -> Result<BTreeSet<Hash>, StoreError> {
    let private = store.private()?;
    let mut reached: BTreeSet<Hash> = roots.iter().filter(|root| !private.contains(root)).copied().collect();
    let mut level: Vec<Hash> = reached.iter().copied().collect();
    while !level.is_empty() && reached.len() <= HASHES_MAX {
        let objects = store.get_many(&level)?;
        level = objects.into_iter().flatten().flat_map(|object| object.dependencies()).collect();
        level.retain(|hash| !private.contains(hash) && reached.insert(*hash));
    }
    Ok(reached)
}
