//! Futures of messages that nobody knows but the task that listens: most messages are awaited where somebody has listened for them, and are never spoken of elsewhere.
//!
//! Such a future is in no table of futures, has no holders and no awaiters. Its place in the table is *lent* to an entry here, so that whoever comes upon its name finds that, and has it entered among the
//! others first: then it is a future like any other. Only messages that name no futures come to one that is here.
//!
//! *Invariant:* a place of the table of futures is lent exactly if an entry here has its key, and each entry is in the chain of its task, which exists.

use super::*;
use crate::host::channels::{Channel, Listener, Seat};
use crate::host::futures::Future;
use crate::host::holds::Holder;
use crate::host::shelves::Shelves;
use crate::host::table::{Key as _, Place};
use machine::{Answer, Portable};

/// Those of a host.
#[derive(Default, Debug)]
pub(super) struct Locals {
    entries: Shelves<Local>,
    free: Vec<Place>,
    /// Tasks have looked at all that they have, and these were not there.
    pub lost: Vec<FutureId>,
}

#[derive(Debug)]
struct Local {
    id: FutureId,
    task: TaskId,
    state: State,
    /// Of the same task: those that came after it and before it.
    after: Place,
    before: Place,
}

#[derive(Debug)]
enum State {
    Listens(Seat),
    /// The task waits for it, and catches failures or not.
    Awaited(Seat, bool),
    Came(Portable),
    /// Nothing is here.
    Free,
}

/// The entries of a task.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chain {
    last: Place,
    len: u32,
}

impl Default for Chain {
    fn default() -> Chain {
        Chain { last: NOWHERE, len: 0 }
    }
}

impl Chain {
    pub fn len(&self) -> usize {
        self.len as usize
    }
}

/// No place.
const NOWHERE: Place = Place::MAX;

impl Locals {
    pub fn len(&self) -> usize {
        self.entries.len() - self.free.len()
    }

    fn add(&mut self, chain: &mut Chain, id: FutureId, task: TaskId, seat: Seat) -> Place {
        let local = Local { id, task, state: State::Listens(seat), after: NOWHERE, before: chain.last };
        let place = self.free.pop().unwrap_or(self.entries.len() as Place);
        if let Some(before) = self.entries.get_mut(chain.last as usize) {
            before.after = place;
        }
        match self.entries.get_mut(place as usize) {
            Some(there) => *there = local,
            None => self.entries.push(local),
        }
        *chain = Chain { last: place, len: chain.len + 1 };
        place
    }

    fn remove(&mut self, chain: &mut Chain, place: Place) -> State {
        let Local { before, after, .. } = self.entries[place as usize];
        match self.entries.get_mut(after as usize) {
            Some(after) => after.before = before,
            None => chain.last = before,
        }
        if let Some(before) = self.entries.get_mut(before as usize) {
            before.after = after;
        }
        chain.len -= 1;
        self.free.push(place);
        std::mem::replace(&mut self.entries[place as usize].state, State::Free)
    }

    /// Those that the task has, as far as it has been looked, are these, in order: others are lost, but for what it waits for. Gives how many are left.
    pub fn retain(&mut self, chain: Chain, has: &[FutureId]) -> usize {
        let (mut at, mut left) = (chain.last, 0);
        while let Some(local) = self.entries.get(at as usize) {
            if matches!(local.state, State::Awaited(..)) || has.binary_search(&local.id).is_ok() {
                left += 1;
            } else {
                self.lost.push(local.id);
            }
            at = local.before;
        }
        left
    }
}

impl Host {
    /// As [`Host::seat_listener`], of a future that its task alone knows. False: it is to be one like others.
    pub(super) fn listen_alone(&mut self, id: TaskId, future: FutureId, channel: &Channel) -> bool {
        let Some(task) = self.tasks.get_mut(&id) else { return false };
        let full = task.locals.len() >= LOCALS_PER_TASK_MAX || self.futures.locals.len() >= LOCALS_MAX;
        let node = task.node;
        if full || !channel.permits_listening(node, &mut self.channels.keys) {
            return false;
        }
        let seat = self.channels.seat((node.id, channel.id));
        self.channels.sit(seat, Listener { future, element: channel.element });
        let place = self.futures.locals.add(&mut task.locals, future, id, seat);
        self.futures.all.lend(future, place);
        true
    }

    /// A message for a future that its task alone knows. False: it is one like others.
    pub(super) fn comes_alone(&mut self, future: FutureId, value: &Portable) -> bool {
        let Some(place) = self.futures.all.lent(future) else { return false };
        if machine::portable::may_hold_futures(value) {
            self.enter(future);
            return false;
        }
        let local = &mut self.futures.locals.entries[place as usize];
        let id = local.task;
        let catches = match std::mem::replace(&mut local.state, State::Came(value.clone())) {
            State::Listens(seat) => {
                self.channels.leave(seat);
                None
            }
            State::Awaited(seat, catches) => {
                self.channels.leave(seat);
                Some(catches)
            }
            State::Came(_) | State::Free => unreachable!("whoever has a message does not listen"),
        };
        match catches {
            Some(catches) => self.gets(id, value.clone(), catches),
            None => {
                let task = &mut self.tasks.get_mut(&id).expect("its future is there");
                task.futures_bytes += value.size() as u64;
                task.has_arrived(future, value);
            }
        }
        true
    }

    /// The task waits for a future, if it is one that nobody else knows. If it has a value, the task goes on. False: it is one like others.
    pub(super) fn await_alone(&mut self, id: TaskId, future: FutureId, catches: bool) -> bool {
        let Some(place) = self.futures.all.lent(future) else { return false };
        let local = &mut self.futures.locals.entries[place as usize];
        let Some(task) = self.tasks.get_mut(&id).filter(|_| local.task == id) else { return false };
        match std::mem::replace(&mut local.state, State::Free) {
            State::Came(value) => {
                local.state = State::Came(value.clone());
                task.awaits_here(future);
                self.gets(id, value, catches);
            }
            State::Listens(seat) => {
                local.state = State::Awaited(seat, catches);
                task.awaits_here(future);
            }
            State::Awaited(..) | State::Free => unreachable!("a task waits for one future"),
        }
        true
    }

    fn gets(&mut self, id: TaskId, value: Portable, catches: bool) {
        if let Some(task) = self.tasks.get_mut(&id) {
            task.futures_bytes += value.size() as u64;
        }
        self.resume(id, if catches { Answer::Right(value) } else { Answer::Portable(value) });
    }

    /// A future that somebody speaks of is in the table like others from now on, if its task alone has known it.
    pub(super) fn enter(&mut self, id: FutureId) {
        let Some(place) = self.futures.all.lent(id) else { return };
        let owner = self.futures.locals.entries[place as usize].task;
        let task = self.tasks.get_mut(&owner).expect("its future is there");
        let state = self.futures.locals.remove(&mut task.locals, place);
        self.futures.all.take_back(id);
        let context = task.context.clone();
        let future = match state {
            State::Came(value) => Future::of_message(context, owner, value),
            State::Listens(seat) => Future::listening(context, owner, seat, false),
            State::Awaited(seat, catches) => {
                let home = NodeId { host: self.config.key, id: seat.0.0 };
                task.wait(None, None, catches.then_some((home, failures::Catch::Either)));
                Future::listening(context, owner, seat, true)
            }
            State::Free => unreachable!("it is lent"),
        };
        if future.is_due() {
            task.futures.insert(id.place());
        }
        self.futures.all.insert(id, future);
        self.hold_future(Holder::Task(owner), self.config.key, (self.config.incarnation, id));
    }

    /// What a task comes to may name its futures.
    pub(super) fn enter_all_of(&mut self, id: TaskId) {
        while let Some(local) = self.tasks.get(&id).and_then(|task| {
            let last = task.locals.last;
            self.futures.locals.entries.get(last as usize)
        }) {
            self.enter(local.id);
        }
    }

    /// Those that tasks have lost are gone, unless somebody has spoken of them since.
    pub(super) fn drop_lost(&mut self) {
        while let Some(id) = self.futures.locals.lost.pop() {
            let Some(place) = self.futures.all.lent(id) else { continue };
            let local = &self.futures.locals.entries[place as usize];
            if let Some(task) = self.tasks.get_mut(&local.task) {
                let state = self.futures.locals.remove(&mut task.locals, place);
                self.drop_local(id, state);
            }
        }
    }

    /// A task is gone, and so are those that it alone has known.
    pub(super) fn drop_locals(&mut self, mut chain: Chain) {
        while let Some(local) = self.futures.locals.entries.get(chain.last as usize) {
            let (id, last) = (local.id, chain.last);
            let state = self.futures.locals.remove(&mut chain, last);
            self.drop_local(id, state);
        }
    }

    fn drop_local(&mut self, id: FutureId, state: State) {
        if let State::Listens(seat) | State::Awaited(seat, _) = state {
            self.channels.leave(seat);
        }
        self.futures.all.take_back(id);
        self.futures.all.give_back(id);
    }
}
