//! Desks: what a task is lent with a slice, so that it answers some of its requests itself, and what it has done with it.
//!
//! A desk goes along with each slice of a task that may do everything, whose budget has no end and which nobody traces; of others, each request is looked at by itself. What the task has done is done to
//! the tables here when the slice comes back, in its order, before anything is made of how the slice has ended. If the task is gone by then, because it was cancelled, it has done nothing.
//!
//! What futures of a task come to is put upon its desk, if it is small and names no futures: those it awaits without a turn.
//!
//! *Invariant:* each name on a desk has a place in the table of futures that nothing else gets. When a slice has come back, a name that it used is in the table, or free.

use super::*;
use crate::host::channels::Channel;
use crate::message::ChannelId;
use machine::{Addressee, Desk, Notice, Portable};

/// Tasks have boxes of them.
type Free = Vec<Box<Desk>>;

/// Desks that nobody has.
pub(super) struct Desks {
    free: Free,
    /// Names of futures that one gets: more when all were used.
    names: usize,
}

/// At first, and at most: so many futures a task may make in one slice.
const NAMES_MIN: usize = 4;
const NAMES_MAX: usize = 256;
/// Keys of channels. Few programs make many.
const KEYS: usize = 2;
/// Bytes of what is put upon a desk.
const ARRIVED_BYTES_MAX: usize = 16 << 10;

impl Default for Desks {
    fn default() -> Desks {
        Desks { free: Vec::new(), names: NAMES_MIN }
    }
}

impl tasks::Task {
    /// Whether nobody looks at each of its requests.
    fn may_have_a_desk(&self) -> bool {
        let context = &self.context;
        context.policy == Policy::Everything && !context.is_traced() && !self.ledger.left().has_an_end()
    }

    /// It waits for a future of this host that nobody else knows.
    pub fn awaits_here(&mut self, future: FutureId) {
        self.wait(None, None, None);
        self.let_through(&Arc::default());
        if let Some(rare) = self.rare.as_mut() {
            rare.arrived.remove(&future.0);
        }
    }

    /// One of its futures has a value, for which it has not asked.
    pub fn has_arrived(&mut self, future: FutureId, value: &Portable) {
        let small = value.size() <= ARRIVED_BYTES_MAX && !machine::portable::may_hold_futures(value);
        if small && self.may_have_a_desk() {
            self.rare().arrived.insert(future.0, value.clone());
        }
    }
}

impl Host {
    /// Lends a desk to a task that is about to run a slice.
    pub(super) fn lend_desk(&mut self, id: TaskId, job: &mut machine::Task) {
        let Some(task) = self.tasks.get_mut(&id).filter(|task| task.may_have_a_desk()) else { return };
        let node = task.node;
        let arrived = task.rare.as_mut().map(|rare| std::mem::take(&mut rare.arrived));
        let mut desk = self.desks.free.pop().unwrap_or_default();
        desk.arrived = arrived.unwrap_or_default();
        desk.put_at(node.to_bytes(), self.config.incarnation);
        let (names, keys) = desk.names_left();
        if names <= self.desks.names / 2 {
            (names..self.desks.names).for_each(|_| desk.add_future(self.name_future().0));
        }
        (keys..KEYS).for_each(|_| desk.add_key(self.entropy.draw()));
        job.lend(desk);
    }

    /// Does what a task has done in its slice.
    pub(super) fn carry_out(&mut self, id: TaskId, mut desk: Box<Desk>) {
        let mut notices = desk.take_notices();
        let any = !notices.is_empty();
        for notice in notices.drain(..) {
            match self.tasks.contains_key(&id) {
                true => self.note(id, notice),
                false => notice.future().into_iter().for_each(|name| self.futures.all.give_back(FutureId(name))),
            }
            self.settle();
        }
        desk.reuse(notices);
        if desk.names_left().0 == 0 {
            self.desks.names = (2 * self.desks.names).min(NAMES_MAX);
        }
        self.desks.free.push(desk);
        if any {
            self.wonder_about(id);
        }
    }

    /// What it has not asked for, and what has come since.
    pub(super) fn leave_arrived(&mut self, id: TaskId, desk: &mut Desk) {
        let mut left = std::mem::take(&mut desk.arrived);
        let Some(task) = self.tasks.get_mut(&id).filter(|_| !left.is_empty()) else { return };
        let arrived = &mut task.rare().arrived;
        if left.len() > arrived.len() {
            std::mem::swap(&mut left, arrived);
        }
        arrived.extend(left);
    }

    fn note(&mut self, id: TaskId, notice: Notice) {
        let message = |to: Addressee, value| Root::Message(ChannelId(to.channel), to.element.map(base::Hash), value);
        match notice {
            Notice::Listen { future, channel } => {
                let channel = Channel::named(channel);
                if !self.listen_alone(id, FutureId(future), &channel) {
                    self.seat_listener(id, FutureId(future), &channel);
                }
            }
            Notice::Send { to, value } => {
                self.post_message(id, self.own(to.node), message(to, value));
            }
            Notice::Deliver { future, to, value } => {
                self.start_future(id, FutureId(future), self.own(to.node), message(to, value));
            }
            Notice::Spawn { future, node, thunk } => {
                let Some(task) = self.tasks.get(&id) else { return };
                let node = node.map_or(task.node, |node| self.own(node));
                self.start_future(id, FutureId(future), node, Root::Value(thunk));
            }
            Notice::Detach { future } => {
                self.detach_future(FutureId(future), Budget::DEFAULT, Waiter::Nobody);
            }
        }
    }
}
