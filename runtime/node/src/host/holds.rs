//! Who holds futures: a result is kept as long as somebody does.
//!
//! A run holds every future that has come to one of its tasks, until the run is over on that host. Of futures that live at other hosts, their homes are told: when the first run here holds one, when none does any more,
//! and again whenever the two are connected anew. The connection is the lease: a home that cannot be reached for [`LEASE_MS`] forgets what that host holds. What has ended and is held by
//! nobody is freed [`LEASE_MS`] after its run is over here, if it has left this host at all, so that one which is on its way to somebody is not lost.

use super::*;
use crate::host::futures::FutureRef;
use crate::message::Message;
use std::collections::btree_map::Entry;

/// A future, and the process of its home that made it.
type Key = (u64, FutureId);

#[derive(Default, Debug)]
pub(super) struct Holds {
    /// Of each home, which runs here hold what.
    of: BTreeMap<HostKey, BTreeMap<Key, BTreeSet<Scope>>>,
    /// The same by run.
    runs: BTreeMap<Scope, BTreeSet<(HostKey, Key)>>,
    count: usize,
}

impl Holds {
    /// True: no run has held it before.
    fn add(&mut self, scope: Scope, home: HostKey, key: Key) -> bool {
        if self.count >= HOLDS_MAX {
            return false;
        }
        if self.runs.entry(scope).or_default().insert((home, key)) {
            self.count += 1;
        }
        let of_home = self.of.entry(home).or_default();
        match of_home.entry(key) {
            Entry::Occupied(mut scopes) => {
                scopes.get_mut().insert(scope);
                false
            }
            Entry::Vacant(entry) => {
                entry.insert(BTreeSet::from([scope]));
                true
            }
        }
    }

    /// The run is over. Gives what no run holds any more, by home.
    fn end(&mut self, scope: Scope) -> BTreeMap<HostKey, Vec<Key>> {
        let mut free: BTreeMap<HostKey, Vec<Key>> = BTreeMap::new();
        let held = self.runs.remove(&scope).unwrap_or_default();
        self.count -= held.len();
        for (home, key) in held {
            let Some(of_home) = self.of.get_mut(&home) else { continue };
            let Some(scopes) = of_home.get_mut(&key) else { continue };
            scopes.remove(&scope);
            if scopes.is_empty() {
                of_home.remove(&key);
                free.entry(home).or_default().push(key);
            }
            if of_home.is_empty() {
                self.of.remove(&home);
            }
        }
        free
    }

    fn of(&self, home: HostKey) -> Vec<Key> {
        self.of.get(&home).map(|held| held.keys().copied().collect()).unwrap_or_default()
    }

    pub fn any_of(&self, home: HostKey) -> bool {
        self.of.contains_key(&home)
    }
}

impl Host {
    /// Futures in a value have come to a task of this run.
    pub(super) fn hold_futures(&mut self, scope: Scope, value: &machine::Portable) {
        if !machine::portable::may_hold_futures(value) {
            return;
        }
        for FutureRef { home, incarnation, id } in futures_in(value) {
            // What a run has made itself is kept as long as it goes on.
            let own = home.host == self.config.key;
            if own && self.futures.scope_of(id) == Some(scope) {
                continue;
            }
            let key = (incarnation, id);
            if !self.holds.add(scope, home.host, key) {
                continue;
            }
            if own {
                self.futures.held(id, home.host);
            } else {
                self.tell_home(home.host, vec![key], true);
            }
        }
    }

    /// A value leaves this host: somebody else may hold what it names, and has not said so yet.
    pub(super) fn note_sent(&mut self, value: &machine::Portable) {
        if machine::portable::may_hold_futures(value) {
            let own = futures_in(value).into_iter().filter(|future| future.home.host == self.config.key);
            let own: Vec<FutureId> = own.map(|future| future.id).collect();
            own.into_iter().for_each(|id| self.futures.sent(id));
        }
    }

    /// A run holds nothing any more.
    pub(super) fn release(&mut self, scope: Scope) {
        for (home, keys) in self.holds.end(scope) {
            if home == self.config.key {
                keys.iter().for_each(|(_, id)| self.released(*id, home));
            } else {
                self.tell_home(home, keys, false);
            }
        }
    }

    fn tell_home(&mut self, home: HostKey, keys: Vec<Key>, hold: bool) {
        if self.route(home).is_none() && hold {
            return self.want_connection(home);
        }
        for futures in keys.chunks(HELD_AT_ONCE) {
            self.send(home, &Message::Hold { futures: futures.to_vec(), hold });
        }
    }

    /// There is a connection with a home (again): it is told everything.
    pub(super) fn resume_holds(&mut self, home: HostKey) {
        let keys = self.holds.of(home);
        if !keys.is_empty() {
            self.tell_home(home, keys, true);
        }
    }

    /// A peer holds these futures of ours, or does not any more.
    pub(super) fn peer_holds(&mut self, peer: HostKey, futures: &[Key], hold: bool) {
        for (incarnation, id) in futures {
            if *incarnation != self.config.incarnation {
                continue;
            }
            match hold {
                true => self.futures.held(*id, peer),
                false => self.released(*id, peer),
            }
        }
    }

    /// The lease of all that a peer holds is over.
    pub(super) fn peer_holds_nothing(&mut self, peer: HostKey) {
        for id in self.futures.held_by(peer) {
            self.released(id, peer);
        }
    }

    fn released(&mut self, id: FutureId, by: HostKey) {
        if self.futures.release(id, by) {
            self.timers.set(self.now + LEASE_MS, Timer::Kept(id));
        }
    }

    /// The run of a future is over here, and it may be held by nobody.
    pub(super) fn kept_due(&mut self, id: FutureId) {
        self.futures.free(id);
    }
}

fn futures_in(value: &machine::Portable) -> Vec<FutureRef> {
    let budget = DECODE_ITEMS_MAX.min(64 + 2 * value.bytes.len() as u64);
    let references = machine::portable::references(value, budget).unwrap_or_default();
    let future = |(node, incarnation, id): &machine::portable::FutureName| {
        Some(FutureRef { home: NodeId::from_bytes(node)?, incarnation: *incarnation, id: FutureId(*id) })
    };
    references.futures.iter().filter_map(future).take(HOLDS_MAX).collect()
}
