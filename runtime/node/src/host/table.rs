//! Tables of what a host has many of, tasks and futures: an entry's key says where it is, and the entries of a run are chained to each other, so that nothing is searched for
//! and a run ends without anybody looking at the others.
//!
//! A place is used again when its entry is gone, unless it is *pinned*: who pins it may go on referring to the entry by its place alone. Keys never come back, so one that is
//! older than the entry finds nothing.
//!
//! *Invariant:* `slots[key.place()].key == key` for each entry; the chain of a scope has exactly its entries; a place is in `free` exactly if it has no entry and no pin, and is not reserved. Only what is reserved is lent.

use super::shelves::Shelves;
use super::{HostKey, RunId, Scope};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Index;

/// The place of an entry in its table.
pub(super) type Place = u32;

/// Tells where its entry is.
pub(super) trait Key: Copy + Eq + Debug {
    fn place(self) -> Place;
}

/// Belongs to a run.
pub(super) trait Scoped {
    fn scope(&self) -> Scope;
}

/// See the module.
#[derive(Debug)]
pub(super) struct Table<K, V> {
    slots: Shelves<Slot<K, V>>,
    free: Vec<Place>,
    len: usize,
    chains: Chains,
}

#[derive(Debug)]
struct Slot<K, V> {
    /// Of the entry that is there, or was there last.
    key: K,
    entry: Option<Box<V>>,
    pins: u32,
    /// The entries of the same scope that came after this one and before it. Without an entry, `before` is to whom the place is lent.
    after: Place,
    before: Place,
}

/// The entries of a scope.
#[derive(Clone, Copy, Debug)]
struct Chain {
    last: Place,
    len: u32,
}

impl Default for Chain {
    fn default() -> Chain {
        Chain { last: NOWHERE, len: 0 }
    }
}

/// The chains of all scopes. The runs of this host, of which there may be as many as tasks, are found by their ids, which this host has drawn: nobody chooses them, so they are as good as
/// hashes of them. Nothing goes over those in the order of the table.
#[derive(Default, Debug)]
struct Chains {
    own: OwnChains,
    of_peers: BTreeMap<Scope, Chain>,
}

#[expect(clippy::disallowed_types, reason = "the hash is fixed, and nobody iterates")]
type OwnChains = std::collections::HashMap<RunId, Chain, BuildHasherDefault<Drawn>>;

/// Takes the id of a run for its hash.
#[derive(Default)]
struct Drawn(u64);

impl Hasher for Drawn {
    fn write(&mut self, bytes: &[u8]) {
        self.0 ^= bytes.first_chunk().map_or(0, |first| u64::from_ne_bytes(*first));
    }

    /// The length of the id, which is always the same.
    fn write_usize(&mut self, _: usize) {}

    fn finish(&self) -> u64 {
        self.0
    }
}

impl Chains {
    fn get(&self, scope: &Scope) -> Option<&Chain> {
        match scope.0 {
            None => self.own.get(&scope.1),
            Some(_) => self.of_peers.get(scope),
        }
    }

    fn entry(&mut self, scope: Scope) -> &mut Chain {
        match scope.0 {
            None => self.own.entry(scope.1).or_default(),
            Some(_) => self.of_peers.entry(scope).or_default(),
        }
    }

    fn remove(&mut self, scope: &Scope) {
        match scope.0 {
            None => drop(self.own.remove(&scope.1)),
            Some(_) => drop(self.of_peers.remove(scope)),
        }
    }
}

/// No place.
const NOWHERE: Place = Place::MAX;

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Table { slots: Shelves::default(), free: Vec::new(), len: 0, chains: Chains::default() }
    }
}

impl<K: Key, V: Scoped> Table<K, V> {
    pub fn len(&self) -> usize {
        self.len
    }

    /// A key for an entry that may come, and a place that nothing else gets. The key has to say where that is.
    pub fn reserve(&mut self, key_at: impl FnOnce(Place) -> K) -> K {
        let new = || Place::try_from(self.slots.len()).expect("limits are lower");
        let place = self.free.pop().unwrap_or_else(new);
        let key = key_at(place);
        assert_eq!(key.place(), place, "the key is of this place");
        let slot = Slot { key, entry: None, pins: 0, after: NOWHERE, before: NOWHERE };
        match self.slots.get_mut(place as usize) {
            Some(there) => *there = slot,
            None => self.slots.push(slot),
        }
        key
    }

    /// The entry of a key that was reserved.
    pub fn insert(&mut self, key: K, entry: V) {
        let scope = entry.scope();
        let slot = &mut self.slots[key.place() as usize];
        assert!(slot.key == key && slot.entry.is_none(), "the key was reserved, and is new");
        slot.entry = Some(Box::new(entry));
        self.len += 1;
        self.link(key.place(), scope);
    }

    /// The place of a key that was reserved is somebody's who has something of that key.
    pub fn lend(&mut self, key: K, to: Place) {
        let slot = &mut self.slots[key.place() as usize];
        assert!(slot.key == key && slot.entry.is_none(), "the key was reserved, and not used");
        slot.before = to;
    }

    /// To whom the place of a key was lent.
    pub fn lent(&self, key: K) -> Option<Place> {
        let slot = self.slot(key)?;
        (slot.entry.is_none() && slot.before != NOWHERE).then_some(slot.before)
    }

    /// The key is only reserved again.
    pub fn take_back(&mut self, key: K) {
        assert!(self.lent(key).is_some(), "it was lent");
        self.slots[key.place() as usize].before = NOWHERE;
    }

    /// Nothing comes to a key that was reserved.
    pub fn give_back(&mut self, key: K) {
        let slot = &self.slots[key.place() as usize];
        assert!(
            slot.key == key && slot.entry.is_none() && slot.before == NOWHERE,
            "the key was reserved, and not used"
        );
        self.free.push(key.place());
    }

    fn slot(&self, key: K) -> Option<&Slot<K, V>> {
        self.slots.get(key.place() as usize).filter(|slot| slot.key == key)
    }

    pub fn get(&self, key: &K) -> Option<&V> {
        self.slot(*key)?.entry.as_deref()
    }

    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.slots.get_mut(key.place() as usize).filter(|slot| slot.key == *key)?.entry.as_deref_mut()
    }

    pub fn contains_key(&self, key: &K) -> bool {
        self.get(key).is_some()
    }

    pub fn remove(&mut self, key: &K) -> Option<Box<V>> {
        let scope = self.get(key)?.scope();
        self.unlink(key.place(), scope);
        let slot = &mut self.slots[key.place() as usize];
        let entry = slot.entry.take();
        slot.before = NOWHERE;
        self.len -= 1;
        if slot.pins == 0 {
            self.free.push(key.place());
        }
        entry
    }

    /// Does something to an entry that may change the scope that it belongs to.
    pub fn change<R>(&mut self, key: &K, change: impl FnOnce(&mut V) -> R) -> Option<R> {
        let before = self.get(key)?.scope();
        let entry = self.get_mut(key)?;
        let result = change(entry);
        let after = entry.scope();
        if before != after {
            self.unlink(key.place(), before);
            self.link(key.place(), after);
        }
        Some(result)
    }

    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.slots.iter().filter_map(|slot| slot.entry.as_deref())
    }

    pub fn iter(&self) -> impl Iterator<Item = (K, &V)> {
        self.slots.iter().filter_map(|slot| slot.entry.as_deref().map(|entry| (slot.key, entry)))
    }

    /// The keys of a scope, the newest first.
    pub fn of(&self, scope: Scope) -> Vec<K> {
        let mut at = self.chains.get(&scope).map_or(NOWHERE, |chain| chain.last);
        let next = || {
            let slot = self.slots.get(at as usize)?;
            at = slot.before;
            Some(slot.key)
        };
        std::iter::from_fn(next).collect()
    }

    /// How many entries a scope has.
    pub fn count_of(&self, scope: Scope) -> usize {
        self.chains.get(&scope).map_or(0, |chain| chain.len as usize)
    }

    /// Scopes of a peer that have entries, in ascending order.
    pub fn scopes_of(&self, peer: HostKey) -> impl Iterator<Item = Scope> {
        let range = (Some(peer), RunId([0; 16]))..=(Some(peer), RunId([0xff; 16]));
        self.chains.of_peers.range(range).map(|(scope, _)| *scope)
    }

    /// The key of the entry that is at a place, or was there when it was pinned.
    pub fn key_at(&self, place: Place) -> Option<K> {
        self.slots.get(place as usize).map(|slot| slot.key)
    }

    pub fn pin(&mut self, key: K) {
        assert!(self.contains_key(&key), "there is an entry");
        self.slots[key.place() as usize].pins += 1;
    }

    /// Takes a pin back. Gives the key if that was the last one of an entry which is still there.
    pub fn unpin(&mut self, place: Place) -> Option<K> {
        let slot = &mut self.slots[place as usize];
        slot.pins -= 1;
        if slot.pins > 0 {
            return None;
        }
        if slot.entry.is_none() {
            self.free.push(place);
            return None;
        }
        Some(slot.key)
    }

    pub fn is_pinned(&self, key: K) -> bool {
        self.slot(key).is_some_and(|slot| slot.pins > 0)
    }

    fn link(&mut self, place: Place, scope: Scope) {
        let chain = self.chains.entry(scope);
        let before = std::mem::replace(&mut chain.last, place);
        chain.len += 1;
        let slot = &mut self.slots[place as usize];
        (slot.before, slot.after) = (before, NOWHERE);
        if let Some(slot) = self.slots.get_mut(before as usize) {
            slot.after = place;
        }
    }

    fn unlink(&mut self, place: Place, scope: Scope) {
        let (before, after) = (self.slots[place as usize].before, self.slots[place as usize].after);
        if let Some(slot) = self.slots.get_mut(before as usize) {
            slot.after = after;
        }
        if let Some(slot) = self.slots.get_mut(after as usize) {
            slot.before = before;
        }
        let chain = self.chains.entry(scope);
        chain.len -= 1;
        if chain.last == place {
            chain.last = before;
        }
        if chain.len == 0 {
            self.chains.remove(&scope);
        }
    }
}

impl<K: Key, V: Scoped> Index<&K> for Table<K, V> {
    type Output = V;

    fn index(&self, key: &K) -> &V {
        self.get(key).expect("whoever asks like this has looked")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    impl Key for (Place, u64) {
        fn place(self) -> Place {
            self.0
        }
    }

    impl Scoped for u8 {
        fn scope(&self) -> Scope {
            run(*self)
        }
    }

    fn run(n: u8) -> Scope {
        (None, RunId([n; 16]))
    }

    #[test]
    fn entries_are_found_by_key_and_by_run_and_places_come_back_when_nobody_refers_to_them() {
        let mut table: Table<(Place, u64), u8> = Table::default();
        for n in 0..6 {
            let key = table.reserve(|place| (place, n));
            table.insert(key, (n % 2) as u8);
        }
        assert_eq!(table.of(run(0)), [(4, 4), (2, 2), (0, 0)]);
        assert_eq!(table.change(&(2, 2), |entry| std::mem::replace(entry, 1)), Some(0));
        assert_eq!((table.of(run(0)).len(), table.count_of(run(1))), (2, 4));
        table.pin((4, 4));
        assert_eq!(table.remove(&(4, 4)).as_deref(), Some(&0));
        assert_eq!((table.get(&(4, 4)), table.len(), table.of(run(0))), (None, 5, vec![(0, 0)]));
        let new = table.reserve(|place| (place, 8));
        assert_eq!((new, table.get(&new)), ((6, 8), None), "the other one is pinned");
        table.give_back(new);
        assert_eq!(table.unpin(4), None);
        assert_eq!(table.reserve(|place| (place, 9)), (4, 9));
        assert_eq!(table.reserve(|place| (place, 10)), (6, 10), "what is reserved is not given away again");
        table.lend((6, 10), 3);
        assert_eq!((table.lent((6, 10)), table.lent((6, 8)), table.get(&(6, 10))), (Some(3), None, None));
        table.take_back((6, 10));
        table.give_back((6, 10));
        assert_eq!(table.lent((6, 10)), None);
        table.insert((4, 9), 7);
        assert_eq!((table.get(&(4, 4)), table.get(&(4, 9))), (None, Some(&7)));
        table.pin((4, 9));
        assert_eq!((table.is_pinned((4, 9)), table.unpin(4)), (true, Some((4, 9))));
        (0..4).for_each(|n| drop(table.remove(&(n, u64::from(n)))));
        assert!((0..4).all(|n| table.lent((n, u64::from(n))).is_none()), "what is gone is not lent");
        assert_eq!((table.chains.own.len(), table.len()), (2, 2), "runs without entries are forgotten");
    }
}
