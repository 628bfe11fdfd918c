//! Who holds futures: a result is kept as long as somebody does.
//!
//! Whatever may have a value on this host that names a future is a [`Holder`] of it: a task, as far as its last full collection has met the future or it has come since; a request to another
//! host, whose root names it; another future, whose outcome does; an answer that was not acknowledged; an entry at the prompt. Of futures that live at other hosts, their homes are
//! told: when the first holder here has one, when none has it any more, and again whenever the two are connected anew. The connection is the lease: a home that cannot be reached for
//! [`LEASE_MS`] forgets what that host holds.
//!
//! A future of this host that nobody holds is gone when its evaluation has ended, or at once if it listens. If it has left this host, it stays for [`LEASE_MS`] more, so that one which is on
//! its way from one holder to the next is not lost; of such ones there are [`LOOSE_FUTURES_MAX`] with [`LOOSE_BYTES_MAX`] at most.
//!
//! A holder of a future of this host pins that future's place in the table of futures, and knows it by its place; what it holds of other hosts it knows by name. Most holders are tasks,
//! and have their places themselves.
//!
//! Tasks that have got many futures since their last collection are asked for one: what programs drop, they do not notice themselves before their heaps are full.
//!
//! *Invariant:* between two events, a future of this host is held, or is going on, or is awaited, or is loose.

use super::*;
use crate::host::futures::FutureRef;
use crate::host::places::Places;
use crate::host::table::{Key as _, Place};
use crate::message::Message;
use machine::Portable;

/// A future, and the process of its home that made it.
pub(super) type Key = (u64, FutureId);

/// What may have a value that names futures.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Holder {
    Task(TaskId),
    Call(CallId),
    Session(Session),
    Future(FutureId),
    /// An entry at the prompt: what it has given a name is there as long as the prompt.
    Command(CommandId),
}

#[derive(Default, Debug)]
pub(super) struct Holds {
    /// Futures of this host that something else than a task holds.
    own: BTreeMap<Holder, Places>,
    /// Futures of other hosts.
    by: BTreeMap<Holder, BTreeSet<(HostKey, Key)>>,
    /// How many holders each of them has, by home.
    of: BTreeMap<HostKey, BTreeMap<Key, u32>>,
    count: usize,
    /// Own futures that have lost a holder during this event, or whose evaluation has ended, and may have no holder any more.
    loosened: Vec<FutureId>,
    /// Those of other hosts.
    dropped: BTreeSet<(HostKey, Key)>,
    /// Homes that were told of something at any time, which they may still believe.
    told: BTreeSet<HostKey>,
}

impl Holds {
    fn is_full(&self) -> bool {
        self.count >= HOLDS_MAX
    }

    /// True: nobody here has held it before.
    fn add(&mut self, holder: Holder, home: HostKey, key: Key) -> bool {
        if self.is_full() || !self.by.entry(holder).or_default().insert((home, key)) {
            return false;
        }
        self.count += 1;
        let holders = self.of.entry(home).or_default().entry(key).or_default();
        *holders += 1;
        *holders == 1 && !self.dropped.contains(&(home, key))
    }

    fn subtract(&mut self, home: HostKey, key: Key) {
        self.count -= 1;
        let Some(holders) = self.of.get_mut(&home).and_then(|of_home| of_home.get_mut(&key)) else { return };
        *holders -= 1;
        if *holders == 0 {
            self.dropped.insert((home, key));
        }
    }

    /// Of all futures of other hosts that it has held, the holder has only these, which are in order. Gives how many.
    fn retain(&mut self, holder: Holder, has: &[FutureId]) -> usize {
        let Some(held) = self.by.get_mut(&holder) else { return 0 };
        let lost: Vec<(HostKey, Key)> = held.extract_if(.., |(_, (_, id))| has.binary_search(id).is_err()).collect();
        let left = held.len();
        if left == 0 {
            self.by.remove(&holder);
        }
        lost.into_iter().for_each(|(home, key)| self.subtract(home, key));
        left
    }

    /// What may be held by nobody now.
    fn take_dropped(&mut self) -> Vec<(HostKey, Key)> {
        let mut free = Vec::new();
        for (home, key) in std::mem::take(&mut self.dropped) {
            let Some(of_home) = self.of.get_mut(&home) else { continue };
            if of_home.get(&key).is_some_and(|holders| *holders > 0) {
                continue;
            }
            of_home.remove(&key);
            free.push((home, key));
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

    fn held_by(&self, holder: Holder) -> usize {
        self.by.get(&holder).map_or(0, BTreeSet::len)
    }
}

impl Host {
    /// Futures in a value have come to somebody here.
    pub(super) fn hold_futures(&mut self, holder: Holder, value: &Portable) {
        if !machine::portable::may_hold_futures(value) {
            return;
        }
        for FutureRef { home, incarnation, id } in futures_in(value) {
            self.hold_future(holder, home.host, (incarnation, id));
        }
    }

    /// Somebody here has got this future.
    pub(super) fn hold_future(&mut self, holder: Holder, home: HostKey, key: Key) {
        if home == self.config.key {
            return self.hold_own(holder, key);
        }
        if self.holds.add(holder, home, key) {
            self.tell_home(home, vec![key], true);
        }
    }

    fn hold_own(&mut self, holder: Holder, (incarnation, id): Key) {
        if incarnation != self.config.incarnation {
            return;
        }
        self.enter(id);
        if !self.futures.all.contains_key(&id) {
            return;
        }
        if self.holds.is_full() {
            return self.futures.uncounted(id);
        }
        let held = match holder {
            Holder::Task(task) => self.tasks.get_mut(&task).map(|task| &mut task.held_futures),
            _ => Some(self.holds.own.entry(holder).or_default()),
        };
        if held.is_some_and(|held| held.insert(id.place())) {
            self.futures.all.pin(id);
            self.holds.count += 1;
        }
    }

    /// The holder is gone.
    pub(super) fn end_holds(&mut self, holder: Holder) {
        let own = self.holds.own.remove(&holder).unwrap_or_default();
        self.let_own_go(own.iter());
        for (home, key) in self.holds.by.remove(&holder).unwrap_or_default() {
            self.holds.subtract(home, key);
        }
    }

    /// Somebody here does not hold these any more.
    pub(super) fn let_own_go(&mut self, places: impl IntoIterator<Item = Place>) {
        for place in places {
            self.holds.count -= 1;
            self.holds.loosened.extend(self.futures.all.unpin(place));
        }
    }

    /// A value leaves this host: somebody else may hold what it names, and has not said so yet.
    pub(super) fn note_sent(&mut self, value: &Portable) {
        if machine::portable::may_hold_futures(value) {
            let own = futures_in(value).into_iter().filter(|future| future.home.host == self.config.key);
            let own: Vec<FutureId> = own.map(|future| future.id).collect();
            for id in own {
                self.enter(id);
                self.futures.sent(id);
            }
        }
    }

    /// A task has looked at all that it has: these futures, and what has come since that the host knows of.
    pub(super) fn task_has(&mut self, id: TaskId, futures: Vec<[u8; 16]>) {
        let mut has: Vec<FutureId> = futures.into_iter().map(FutureId).collect();
        has.sort_unstable();
        let left = self.holds.retain(Holder::Task(id), &has);
        let Some(task) = self.tasks.get_mut(&id) else { return };
        let all = &self.futures.all;
        let is_lost = |place| all.key_at(place).is_none_or(|id| has.binary_search(&id).is_err());
        let lost = task.held_futures.extract(is_lost);
        let locals = self.futures.locals.retain(task.locals, &has);
        (task.kept_futures, task.futures_bytes) = ((left + task.held_futures.len() + locals) as u32, 0);
        if let Some(rare) = task.rare.as_mut() {
            rare.arrived.retain(|name, _| has.binary_search(&FutureId(*name)).is_ok());
        }
        self.let_own_go(lost);
    }

    /// If a task may have dropped much that is kept for it, it is to look.
    pub(super) fn wonder_about(&mut self, id: TaskId) {
        let elsewhere = self.holds.held_by(Holder::Task(id));
        let crowded = self.futures.is_crowded();
        let Some(task) = self.tasks.get_mut(&id) else { return };
        let held = elsewhere + task.held_futures.len() + task.locals.len();
        if held > 0 {
            task.wonder(held, crowded);
        }
    }

    /// Looks at what was dropped during an event, and at what that has held.
    pub(super) fn let_go(&mut self) {
        self.drop_lost();
        if self.holds.loosened.is_empty() && self.holds.dropped.is_empty() {
            return;
        }
        let mut told: BTreeMap<HostKey, Vec<Key>> = BTreeMap::new();
        loop {
            let (own, others) = (std::mem::take(&mut self.holds.loosened), self.holds.take_dropped());
            if own.is_empty() && others.is_empty() {
                break;
            }
            own.into_iter().for_each(|id| self.loosen(id));
            others.into_iter().for_each(|(home, key)| told.entry(home).or_default().push(key));
            self.settle();
        }
        told.into_iter().for_each(|(home, keys)| self.tell_home(home, keys, false));
    }

    /// A future of this host may be held by nobody any more.
    pub(super) fn may_be_loose(&mut self, id: FutureId) {
        self.holds.loosened.push(id);
    }

    fn tell_home(&mut self, home: HostKey, keys: Vec<Key>, hold: bool) {
        if self.route(home).is_none() && hold {
            return self.want_connection(home);
        }
        if hold {
            self.holds.told.insert(home);
        }
        for futures in keys.chunks(HELD_AT_ONCE) {
            self.send(home, &Message::Hold { futures: futures.to_vec(), hold });
        }
    }

    /// There is a connection with a home (again): it is told everything. What was said before does not count any more: that something is not held may have been lost.
    pub(super) fn resume_holds(&mut self, home: HostKey) {
        // Each time, since this may be lost, too, with the connection.
        if self.holds.told.contains(&home) {
            self.send(home, &Message::Hold { futures: Vec::new(), hold: false });
        }
        let keys = self.holds.of(home);
        if !keys.is_empty() {
            self.tell_home(home, keys, true);
        }
    }

    /// A peer holds these futures of ours, or does not any more; if it names none, it holds nothing but what it says next.
    pub(super) fn peer_holds(&mut self, peer: HostKey, futures: &[Key], hold: bool) {
        if futures.is_empty() && !hold {
            return self.peer_holds_nothing(peer);
        }
        for (incarnation, id) in futures {
            if *incarnation != self.config.incarnation {
                continue;
            }
            self.enter(*id);
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
            self.may_be_loose(id);
        }
    }
}

fn futures_in(value: &Portable) -> Vec<FutureRef> {
    // Of a value that has no bytes, none are made for this.
    let budget = DECODE_ITEMS_MAX.min(64 + 2 * value.size() as u64);
    let named = machine::portable::futures(value, budget).unwrap_or_default();
    let future = |(node, incarnation, id): machine::portable::FutureName| {
        Some(FutureRef { home: NodeId::from_bytes(&node)?, incarnation, id: FutureId(id) })
    };
    named.into_iter().filter_map(future).take(HOLDS_MAX).collect()
}
