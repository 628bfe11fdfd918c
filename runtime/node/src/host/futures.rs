//! Futures: evaluations whose outcome is kept for whoever awaits it.
//!
//! A future's home is the host that started it, wherever its expression is evaluated: that host learns the outcome as it learns that of an `at`,
//! and answers awaiters from any host, who ask by a call whose root is the future.

use super::*;
use crate::host::channels::Seat;
use crate::host::detached::Freeing;
use crate::host::failures::Catch;
use crate::host::holds::Holder;
use crate::host::kept::Kept;
use crate::host::locals::Locals;
use crate::host::rests::Parts;
use crate::host::table::Key as _;
use crate::host::tasks::State;
use crate::message::{Inquiry, Root};
use builtin::BuiltinType;
use machine::{Answer, Datum, Portable};
use sandbox::Resource;
use std::sync::LazyLock;

/// The futures of a host, and which of them belong to each run.
#[derive(Default, Debug)]
pub(super) struct Futures {
    pub all: Table<FutureId, Future>,
    /// Those that are in no table.
    pub locals: Locals,
    /// Those that nobody holds and somebody may be about to, by the time at which they go, with the bytes of their outcomes.
    loose: BTreeMap<(Millis, FutureId), usize>,
    loose_bytes: usize,
    /// Whose output is that of which session.
    pub parts: Parts,
    /// Those that are no futures, but what waits for an answer.
    pub kept: Kept,
}

#[derive(Debug)]
pub(super) struct Future {
    /// What it belongs to: it is dropped with it.
    pub context: Arc<Context>,
    /// What evaluates it, until it has ended.
    child: Option<Child>,
    upshot: Option<Upshot>,
    waiters: Waiters,
    /// The task that started it, and what it reserved, if that had an end.
    parent: TaskId,
    reserved: Option<Box<Budget>>,
    /// What it listens to, until it has ended.
    listens: Option<Box<Seat>>,
    /// It is a run of its own.
    detached: bool,
    /// A value that names it has left this host.
    sent: bool,
    /// Somebody here holds it of whom it is not known: it stays until its run is over.
    uncounted: bool,
    /// Other hosts that hold it.
    #[expect(clippy::box_collection, reason = "few futures have any, and all are counted in bytes")]
    holders: Option<Box<BTreeSet<HostKey>>>,
    /// Nobody is known to hold it: when it goes.
    loose: Option<Box<(Millis, TimerId)>>,
    /// When it is cancelled.
    due: Option<Box<(Millis, TimerId)>>,
}

/// What a future has come to. Most have a value, of which there is nothing else to say.
#[derive(Debug)]
enum Upshot {
    Value(Portable),
    Other(Box<Ending>),
}

impl Upshot {
    fn ending(&self) -> Ending {
        match self {
            Upshot::Value(value) => Outcome::Returned(value.clone()).into(),
            Upshot::Other(ending) => Ending::clone(ending),
        }
    }

    fn value(&self) -> Option<&Portable> {
        match self {
            Upshot::Value(value) => Some(value),
            Upshot::Other(ending) => ending.outcome.value(),
        }
    }
}

impl From<&Ending> for Upshot {
    fn from(ending: &Ending) -> Upshot {
        match &ending.outcome {
            Outcome::Returned(value) if ending.trail.0.is_empty() => Upshot::Value(value.clone()),
            _ => Upshot::Other(Box::new(ending.clone())),
        }
    }
}

/// Who awaits a future. Most are awaited once, by a task.
#[derive(Default, Debug)]
enum Waiters {
    #[default]
    Nobody,
    Task(TaskId),
    #[expect(clippy::box_collection, reason = "few futures have several, and all are counted in bytes")]
    Many(Box<Vec<Waiter>>),
}

impl Waiters {
    fn push(&mut self, waiter: Waiter) {
        match (std::mem::take(self), waiter) {
            (Waiters::Nobody, Waiter::Task(id)) => *self = Waiters::Task(id),
            (Waiters::Nobody, waiter) => *self = Waiters::Many(Box::new(vec![waiter])),
            (Waiters::Task(id), waiter) => *self = Waiters::Many(Box::new(vec![Waiter::Task(id), waiter])),
            (Waiters::Many(mut all), waiter) => {
                all.push(waiter);
                *self = Waiters::Many(all);
            }
        }
    }

    fn iter(&self) -> impl Iterator<Item = Waiter> {
        let (one, all) = match self {
            Waiters::Nobody => (None, &[][..]),
            Waiters::Task(id) => (Some(Waiter::Task(*id)), &[][..]),
            Waiters::Many(all) => (None, &all[..]),
        };
        one.into_iter().chain(all.iter().copied())
    }
}

impl table::Key for FutureId {
    fn place(self) -> table::Place {
        let [a, b, c, d, ..] = self.0;
        table::Place::from_be_bytes([a, b, c, d])
    }
}

impl table::Scoped for Future {
    fn scope(&self) -> Scope {
        self.context.scope()
    }
}

/// A future as programs hold it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct FutureRef {
    pub home: NodeId,
    /// Of the home, when the future was made.
    pub incarnation: u64,
    pub id: FutureId,
}

/// What is left of the budget of a future that was stopped: nobody knows what it has used.
const SPENT: Budget = Budget { fuel: 0, messages: 0, tasks: 0, ..Budget::DEFAULT };

/// The limit of a future that has none.
pub(super) const NO_LIMIT_MS: u64 = u64::MAX;

impl Futures {
    /// What evaluates it.
    pub fn child(&self, id: FutureId) -> Option<Child> {
        self.all.get(&id)?.child
    }

    pub fn len(&self) -> usize {
        self.all.len() + self.locals.len()
    }

    /// How many there are of a scope.
    pub fn count_of(&self, scope: Scope) -> usize {
        self.all.count_of(scope)
    }

    pub fn scopes_of(&self, peer: HostKey) -> impl Iterator<Item = Scope> {
        self.all.scopes_of(peer)
    }

    /// Whether there are so many that what nobody needs has to go soon.
    pub fn is_crowded(&self) -> bool {
        self.len() > CROWDED_FUTURES_MIN
    }

    pub fn has_room(&self, scope: Scope) -> bool {
        let of_run_max = if scope.0.is_none() { FUTURES_PER_RUN_MAX } else { FUTURES_PER_FOREIGN_RUN_MAX };
        self.all.count_of(scope) < of_run_max && self.len() < FUTURES_MAX
    }

    fn remove(&mut self, id: FutureId) -> Option<Box<Future>> {
        let future = self.all.remove(&id)?;
        self.kept.remove(id);
        if future.may_print() {
            self.parts.remove(future.context.leader);
        }
        if let Some((at, _)) = future.loose.as_deref() {
            self.unloose(*at, id);
        }
        Some(future)
    }

    /// It is not among those that are loose since that time any more. Its timer may come all the same.
    fn unloose(&mut self, at: Millis, id: FutureId) {
        self.loose_bytes -= self.loose.remove(&(at, id)).unwrap_or_default();
    }

    fn finish(&mut self, id: FutureId, ending: &Ending) -> Option<&mut Future> {
        let future = self.all.get_mut(&id).filter(|future| future.upshot.is_none())?;
        if future.may_print() {
            self.parts.remove(future.context.leader);
        }
        (future.child, future.upshot) = (None, Some(ending.into()));
        Some(future)
    }

    /// The future belongs to a run of its own. Gives what evaluates it, if that has not ended.
    pub fn detach(&mut self, id: FutureId, freeing: &mut Freeing) -> Option<Child> {
        let future = self.all.get(&id).filter(|future| future.may_print())?;
        self.parts.remove(future.context.leader);
        let detached = |future: &mut Future| {
            (future.context, future.detached) = (freeing.context(&future.context), true);
            future.child
        };
        self.all.change(&id, detached)?
    }

    /// All futures of a run that have not ended, which are gone then; and those that have, which may be held by somebody.
    fn take(&mut self, scope: Scope) -> (Vec<(FutureId, Future)>, Vec<FutureId>) {
        let (mut gone, mut kept) = (Vec::new(), Vec::new());
        for id in self.all.of(scope) {
            let Some(future) = self.all.get_mut(&id) else { continue };
            if future.upshot.is_some() {
                future.uncounted = false;
                kept.push(id);
            } else {
                gone.extend(self.remove(id).map(|future| (id, *future)));
            }
        }
        (gone, kept)
    }

    /// A value that names it leaves this host.
    pub fn sent(&mut self, id: FutureId) {
        if let Some(future) = self.all.get_mut(&id) {
            future.sent = true;
        }
    }

    /// Another host holds it.
    pub fn held(&mut self, id: FutureId, by: HostKey) {
        if let Some(future) = self.all.get_mut(&id) {
            future.holders.get_or_insert_default().insert(by);
        }
    }

    /// Somebody here holds it, and is not counted.
    pub fn uncounted(&mut self, id: FutureId) {
        if let Some(future) = self.all.get_mut(&id) {
            future.uncounted = true;
        }
    }

    pub fn held_by(&self, peer: HostKey) -> Vec<FutureId> {
        self.all
            .iter()
            .filter(|(_, future)| future.holders.as_ref().is_some_and(|holders| holders.contains(&peer)))
            .map(|(id, _)| id)
            .collect()
    }

    /// One who has held it does not any more. True: no other host does.
    pub fn release(&mut self, id: FutureId, by: HostKey) -> bool {
        let Some(future) = self.all.get_mut(&id) else { return false };
        let Some(holders) = future.holders.as_mut().filter(|holders| holders.contains(&by)) else { return false };
        holders.remove(&by);
        let is_last = holders.is_empty();
        if is_last {
            future.holders = None;
        }
        is_last
    }
}

impl Future {
    /// One that is to come, of a task.
    fn new(context: Arc<Context>, parent: TaskId) -> Future {
        Future {
            context,
            child: None,
            upshot: None,
            waiters: Waiters::Nobody,
            parent,
            reserved: None,
            listens: None,
            detached: false,
            sent: false,
            uncounted: false,
            holders: None,
            loose: None,
            due: None,
        }
    }

    /// Something that is there, and belongs to nobody yet.
    pub fn of_value(context: Arc<Context>, value: Portable) -> Future {
        Future::of_message(context, TaskId(0), value)
    }

    /// One of a task, that listens; the task awaits it, or not.
    pub fn listening(context: Arc<Context>, task: TaskId, seat: Seat, awaited: bool) -> Future {
        let waiters = if awaited { Waiters::Task(task) } else { Waiters::Nobody };
        Future { listens: Some(Box::new(seat)), waiters, ..Future::new(context, task) }
    }

    /// One of a task, that has listened and got a message.
    pub fn of_message(context: Arc<Context>, task: TaskId, value: Portable) -> Future {
        Future { upshot: Some(Upshot::Value(value)), ..Future::new(context, task) }
    }

    pub fn is_due(&self) -> bool {
        self.upshot.is_none()
    }

    /// Its value, if it has one.
    pub fn value(&self) -> Option<&Portable> {
        self.upshot.as_ref()?.value()
    }

    /// Something evaluates it, or is about to.
    fn may_print(&self) -> bool {
        self.upshot.is_none() && self.listens.is_none()
    }

    fn outcome_bytes(&self) -> usize {
        self.value().map_or(0, |value| value.size())
    }

    /// It is not cancelled any more, nor dropped, when a time is over.
    fn stop_timers(&mut self, timers: &mut Timers) {
        let set = self.due.take().into_iter().chain(self.loose.take());
        set.for_each(|timer| timers.cancel(timer.1));
    }
}

impl Host {
    /// `at'` and `deliver`: the task goes on at once with the future, unless too much waits to be sent there.
    pub(super) fn spawn(&mut self, id: TaskId, target: NodeId, root: Root) {
        let future = self.name_future();
        if self.start_future(id, future, target, root) {
            let value = self.future_value(id, future);
            self.resume_with_room(id, target.host, Answer::Value(value));
        }
    }

    /// Starts an evaluation for a task, with a name for its future. False: the task is over.
    pub(super) fn start_future(&mut self, id: TaskId, future: FutureId, target: NodeId, root: Root) -> bool {
        if !self.new_future(id, future, None) {
            return false;
        }
        let Some(task) = self.tasks.get_mut(&id) else { return false };
        let (context, deadline) = (task.context.clone(), task.deadline());
        let reserved = match task.ledger.reserve(SPAWN_SHARE) {
            Ok(reserved) => reserved,
            Err(resource) => {
                self.out_of(id, resource);
                return false;
            }
        };
        if let Some(entry) = self.futures.all.get_mut(&future) {
            entry.reserved = reserved.has_an_end().then(|| Box::new(reserved));
        }
        let waiter = Waiter::Future(future);
        match self.evaluate(target, root.into(), context, reserved, deadline, waiter) {
            Ok(child) => self.future_moved(future, child),
            Err(failure) => self.work.push_back(Work::deliver(waiter, Outcome::Failed(failure), reserved)),
        }
        true
    }

    /// A future of a task, whose home is its node, under a name that was reserved. False: there is no room, and the task is over.
    pub(super) fn new_future(&mut self, id: TaskId, future: FutureId, listens: Option<Seat>) -> bool {
        let context = self.tasks.get(&id).map(|task| task.context.clone());
        let Some(context) = context.filter(|context| self.make_room_for_future(context.scope())) else {
            self.futures.all.give_back(future);
            self.out_of(id, Resource::Tasks);
            return false;
        };
        if let Some(task) = self.tasks.get_mut(&id) {
            task.futures.insert(future.place());
        }
        let entry = Future { listens: listens.map(Box::new), ..Future::new(context, id) };
        if entry.may_print() {
            self.futures.parts.add(entry.context.leader);
        }
        self.futures.all.insert(future, entry);
        self.hold_future(Holder::Task(id), self.config.key, (self.config.incarnation, future));
        true
    }

    /// A future of a task, as that goes on with it.
    pub(super) fn future_value(&mut self, id: TaskId, future: FutureId) -> Datum {
        let home = self.tasks.get(&id).map_or(self.own([0; 16]), |task| task.node);
        let incarnation = Datum::Nat(self.config.incarnation);
        let name = Datum::Bytes(future.0.as_slice().into());
        let fields = vec![self.node_value(home), incarnation, name, Datum::Nat(NO_LIMIT_MS)];
        Datum::builtin(BuiltinType::Future, 0, fields)
    }

    /// The name of the next future: where it will be, and what nobody can guess.
    pub(super) fn name_future(&mut self) -> FutureId {
        let mut name: [u8; 16] = self.entropy.draw();
        self.futures.all.reserve(|place| {
            name[..size_of::<table::Place>()].copy_from_slice(&place.to_be_bytes());
            FutureId(name)
        })
    }

    /// Another evaluation does the future's work from now on.
    pub(super) fn future_moved(&mut self, id: FutureId, child: Option<Child>) {
        if let Some(future) = self.futures.all.get_mut(&id) {
            future.child = child;
        }
    }

    pub(super) fn future_is_due(&self, id: FutureId) -> bool {
        self.futures.all.get(&id).is_some_and(|future| future.upshot.is_none())
    }

    /// `await` and its like: the task waits for the answer of the future's home.
    pub(super) fn ask_future(&mut self, id: TaskId, future: FutureRef, inquiry: Inquiry, catch: Option<Catch>) {
        let Some(task) = self.tasks.get_mut(&id) else { return };
        task.wait(None, None, catch.map(|catch| (future.home, catch)));
        task.let_through(&Arc::default());
        let (context, deadline, left) = (task.context.clone(), task.deadline(), task.ledger.left());
        let root = Root::Future(future.incarnation, future.id, inquiry);
        match self.evaluate(future.home, root.into(), context, left, deadline, Waiter::Task(id)) {
            Ok(child) => {
                if let Some(task) = self.tasks.get_mut(&id) {
                    task.state = State::Child(child);
                }
                self.be_patient(id, child, inquiry);
            }
            Err(failure) => self.work.push_back(Work::deliver(Waiter::Task(id), Outcome::Failed(failure), left)),
        }
    }

    /// A home that cannot be reached cannot say that the future's time is over.
    fn be_patient(&mut self, id: TaskId, child: Option<Child>, inquiry: Inquiry) {
        if let (Some(Child::Call(call)), Inquiry::Await(limit_ms)) = (child, inquiry)
            && limit_ms != NO_LIMIT_MS
        {
            let at = self.now.saturating_add(limit_ms).saturating_add(PATIENCE_MS);
            self.timers.set(at, Timer::Patience(id, call));
        }
    }

    pub(super) fn out_of_patience(&mut self, id: TaskId, call: CallId) {
        let waits = State::Child(Some(Child::Call(call)));
        let Some(task) = self.tasks.get(&id).filter(|task| task.state == waits) else { return };
        let (node, left) = (self.name(task.node), task.ledger.left());
        self.cancel_call(call);
        let outcome = Outcome::Failed(Failure::Overdue { node });
        self.work.push_back(Work::deliver(Waiter::Task(id), outcome, left));
    }

    pub(super) fn is_of_this_process(&self, future: FutureRef) -> bool {
        future.home.host == self.config.key && future.incarnation == self.config.incarnation
    }

    /// Someone wants something of a future whose home is here.
    pub(super) fn join_future(
        &mut self,
        future: FutureRef,
        inquiry: Inquiry,
        budget: Budget,
        waiter: Waiter,
    ) -> Result<Option<Child>, Failure> {
        let here = self.is_of_this_process(future);
        if here {
            self.enter(future.id);
        }
        let here = here && !self.futures.kept.has(future.id);
        let Some(entry) = self.futures.all.get_mut(&future.id).filter(|_| here) else {
            return Err(Failure::LostFuture { node: self.name(future.home) });
        };
        let outcome = match (inquiry, &entry.upshot) {
            (Inquiry::Await(_), Some(upshot)) => {
                let ending = upshot.ending();
                self.work.push_back(Work::deliver(waiter, ending, budget));
                return Ok(None);
            }
            (Inquiry::Await(limit_ms), None) => {
                entry.waiters.push(waiter);
                self.limit(future.id, limit_ms);
                return Ok(None);
            }
            (Inquiry::Detach, _) => return Ok(self.detach_future(future.id, budget, waiter)),
            (Inquiry::Cancel, _) => {
                self.cancel_future(future.id);
                Outcome::Returned(unit())
            }
            (Inquiry::Status, _) => {
                let upshot = self.futures.all.get(&future.id).and_then(|entry| entry.upshot.as_ref());
                let ending = upshot.map(Upshot::ending);
                let status = self.status_of(ending.as_ref().map(|ending| &ending.outcome), future.home);
                Outcome::Returned(portable_of(&status))
            }
        };
        self.work.push_back(Work::deliver(waiter, outcome, budget));
        Ok(None)
    }

    /// The future is cancelled in so long, if not earlier.
    fn limit(&mut self, id: FutureId, limit_ms: u64) {
        let at = self.now.saturating_add(limit_ms);
        let Some(future) = self.futures.all.get_mut(&id).filter(|_| limit_ms != NO_LIMIT_MS) else { return };
        if future.due.as_ref().is_some_and(|due| due.0 <= at) {
            return;
        }
        future.due.take().into_iter().for_each(|due| self.timers.cancel(due.1));
        future.due = Some(Box::new((at, self.timers.set(at, Timer::Overdue(id)))));
    }

    pub(super) fn overdue(&mut self, id: FutureId) {
        self.stop_future(id, |node| Failure::Overdue { node });
    }

    pub(super) fn cancel_future(&mut self, id: FutureId) {
        self.stop_future(id, |node| Failure::Cancelled { node });
    }

    fn stop_future(&mut self, id: FutureId, why: fn(String) -> Failure) {
        let Some(future) = self.futures.all.get_mut(&id).filter(|future| future.upshot.is_none()) else { return };
        self.work.extend(future.child.take().map(Work::Cancel));
        let failure = why(self.own_name());
        self.future_ended(id, Outcome::Failed(failure), SPENT);
    }

    pub(super) fn future_ended(&mut self, id: FutureId, ending: impl Into<Ending>, left: Budget) {
        let ending = ending.into();
        let Some(future) = self.futures.finish(id, &ending) else { return };
        future.due.take().into_iter().for_each(|due| self.timers.cancel(due.1));
        future.listens.take().into_iter().for_each(|seat| self.channels.leave(*seat));
        if let Some(parent) = self.tasks.get_mut(&future.parent) {
            future.reserved.iter().for_each(|reserved| parent.ledger.refund(reserved, &left));
            parent.futures.remove(id.place());
            parent.futures_bytes += future.outcome_bytes() as u64;
            if future.waiters.iter().all(|waiter| waiter != Waiter::Task(future.parent)) {
                future.value().into_iter().for_each(|value| parent.has_arrived(id, value));
            }
        }
        let (waiters, run) = (std::mem::take(&mut future.waiters), future.detached.then_some(future.context.run));
        // Awaiting takes nothing of the awaiter's budget.
        let deliver = |waiter| Work::deliver(waiter, ending.clone(), Budget::DEFAULT);
        self.work.extend(waiters.iter().map(deliver));
        if let Some(value) = ending.outcome.value() {
            self.hold_futures(Holder::Future(id), value);
        }
        self.may_be_loose(id);
        run.into_iter().for_each(|run| self.end_detached(run));
    }

    /// Whether there is room for one more future of a run. What nobody is known to hold goes first.
    fn make_room_for_future(&mut self, scope: Scope) -> bool {
        while !self.futures.has_room(scope) {
            let Some((&(_, id), _)) = self.futures.loose.first_key_value() else { return false };
            self.drop_future(id);
        }
        true
    }

    /// Whether nobody needs a future whose home is here: it has ended or listens, and there is no holder and no awaiter.
    fn is_loose(&self, id: FutureId) -> bool {
        if self.futures.all.is_pinned(id) {
            return false;
        }
        let awaits = |waiter: Waiter| match waiter {
            Waiter::Task(id) => self.tasks.contains_key(&id),
            Waiter::Session(session) => self.sessions.contains_key(&session),
            _ => true,
        };
        self.futures.all.get(&id).is_some_and(|future| {
            let is_over = future.upshot.is_some() || future.listens.is_some();
            is_over && !future.uncounted && future.holders.is_none() && !future.waiters.iter().any(awaits)
        })
    }

    /// A future here has lost a holder, or has ended: if nobody needs it, it goes, or does so soon if it may be on its way to somebody.
    pub(super) fn loosen(&mut self, id: FutureId) {
        if !self.is_loose(id) {
            return;
        }
        let at = self.now + LEASE_MS;
        let Some(future) = self.futures.all.get_mut(&id) else { return };
        if !future.sent {
            return self.drop_future(id);
        }
        let earlier = future.loose.replace(Box::new((at, self.timers.set(at, Timer::Kept(id)))));
        let bytes = future.outcome_bytes();
        if let Some((before, timer)) = earlier.as_deref() {
            self.timers.cancel(*timer);
            self.futures.unloose(*before, id);
        }
        self.futures.loose.insert((at, id), bytes);
        self.futures.loose_bytes += bytes;
        while self.futures.loose.len() > LOOSE_FUTURES_MAX || self.futures.loose_bytes > LOOSE_BYTES_MAX {
            let Some((&(_, oldest), _)) = self.futures.loose.first_key_value() else { return };
            self.kept_due(oldest);
        }
    }

    /// A future that nobody was known to hold is kept no longer, unless somebody holds it now.
    pub(super) fn kept_due(&mut self, id: FutureId) {
        if self.is_loose(id) {
            return self.drop_future(id);
        }
        let earlier = self.futures.all.get_mut(&id).and_then(|future| future.loose.take());
        if let Some((at, timer)) = earlier.as_deref() {
            self.timers.cancel(*timer);
            self.futures.unloose(*at, id);
        }
    }

    /// A future that has ended or listens is gone, without anybody being told.
    fn drop_future(&mut self, id: FutureId) {
        let Some(mut future) = self.futures.remove(id) else { return };
        future.stop_timers(&mut self.timers);
        future.listens.into_iter().for_each(|seat| self.channels.leave(*seat));
        if let Some(parent) = self.tasks.get_mut(&future.parent) {
            parent.futures.remove(id.place());
        }
        self.end_holds(Holder::Future(id));
    }

    /// The scope is over. Whoever awaits from elsewhere learns that the future is gone.
    pub(super) fn drop_futures(&mut self, scope: Scope) {
        let node = self.own_name();
        let (gone, kept) = self.futures.take(scope);
        kept.into_iter().for_each(|id| self.may_be_loose(id));
        for (id, mut future) in gone {
            future.stop_timers(&mut self.timers);
            future.listens.into_iter().for_each(|seat| self.channels.leave(*seat));
            if let Some(parent) = self.tasks.get_mut(&future.parent) {
                parent.futures.remove(id.place());
            }
            for waiter in future.waiters.iter() {
                let outcome = Outcome::Failed(Failure::LostFuture { node: node.clone() });
                self.work.push_back(Work::deliver(waiter, outcome, Budget::DEFAULT));
            }
        }
    }
}

/// The portable form of a value of a host's own making.
fn portable_of(datum: &Datum) -> Portable {
    machine::portable::from_datum(datum).expect("there is nothing opaque in it")
}

/// `()`, of which there is one.
pub(super) fn unit() -> Portable {
    static UNIT: LazyLock<Portable> = LazyLock::new(|| portable_of(&Datum::unit()));
    UNIT.clone()
}
