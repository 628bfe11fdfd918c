//! Futures: evaluations whose outcome is kept for whoever awaits it.
//!
//! A future's home is the host that started it, wherever its expression is evaluated: that host learns the outcome as it learns that of an `at`,
//! and answers awaiters from any host, who ask by a call whose root is the future.

use super::*;
use crate::host::tasks::State;
use crate::message::Root;
use builtin::BuiltinType;
use machine::{Answer, Datum, Portable};
use sandbox::Resource;

/// The futures of a host, and which of them belong to each run.
#[derive(Default, Debug)]
pub(super) struct Futures {
    all: BTreeMap<FutureId, Box<Future>>,
    runs: BTreeMap<Scope, OfRun>,
}

/// Of one run.
#[derive(Default, Debug)]
struct OfRun {
    all: BTreeSet<FutureId>,
    /// With the time at which the outcome came.
    finished: BTreeSet<(Millis, FutureId)>,
}

#[derive(Debug)]
struct Future {
    /// What it belongs to: it is dropped with it.
    scope: Scope,
    /// What evaluates it, until it has ended.
    child: Option<Child>,
    outcome: Option<Outcome>,
    waiters: Vec<Waiter>,
    /// The task that started it, and what it reserved.
    parent: TaskId,
    reserved: Budget,
}

impl Futures {
    pub fn len(&self) -> usize {
        self.all.len()
    }

    pub fn scopes(&self) -> impl Iterator<Item = Scope> {
        self.runs.keys().copied()
    }

    /// At the run's limit, its finished future that is oldest goes. False: there is no room.
    fn make_room(&mut self, scope: Scope) -> bool {
        let of_run = self.runs.get_mut(&scope).filter(|of_run| of_run.all.len() >= FUTURES_PER_RUN_MAX);
        if let Some(of_run) = of_run {
            let Some((_, oldest)) = of_run.finished.pop_first() else { return false };
            of_run.all.remove(&oldest);
            self.all.remove(&oldest);
        }
        self.all.len() < FUTURES_MAX
    }

    fn insert(&mut self, id: FutureId, future: Future) {
        self.runs.entry(future.scope).or_default().all.insert(id);
        self.all.insert(id, Box::new(future));
    }

    fn finish(&mut self, id: FutureId, outcome: Outcome, now: Millis) -> Option<&mut Box<Future>> {
        let future = self.all.get_mut(&id)?;
        (future.child, future.outcome) = (None, Some(outcome));
        self.runs.entry(future.scope).or_default().finished.insert((now, id));
        Some(future)
    }

    /// All futures of a run, which are gone then.
    fn take(&mut self, scope: Scope) -> Vec<Future> {
        let all = self.runs.remove(&scope).unwrap_or_default().all;
        all.iter().filter_map(|id| self.all.remove(id)).map(|future| *future).collect()
    }
}

impl Host {
    /// `at'`: the task goes on at once with the future.
    pub(super) fn spawn(&mut self, id: TaskId, target: NodeId, thunk: Portable) {
        let Some(task) = self.tasks.get_mut(&id) else { return };
        if !self.futures.make_room(task.context.scope()) {
            return self.out_of(id, Resource::Tasks);
        }
        let reserved = match task.ledger.reserve(SPAWN_SHARE) {
            Ok(reserved) => reserved,
            Err(resource) => return self.out_of(id, resource),
        };
        let future = FutureId(self.entropy.draw());
        task.futures.insert(future);
        let (context, deadline, home) = (task.context.clone(), task.deadline, task.node);
        let scope = context.scope();
        let entry = Future { scope, child: None, outcome: None, waiters: Vec::new(), parent: id, reserved };
        self.futures.insert(future, entry);
        let waiter = Waiter::Future(future);
        match self.evaluate(target, Root::Value(thunk).into(), context, reserved, deadline, waiter) {
            Ok(child) => {
                if let Some(entry) = self.futures.all.get_mut(&future) {
                    entry.child = child;
                }
            }
            Err(failure) => self.work.push_back(Work::Deliver(waiter, Outcome::Failed(failure), reserved)),
        }
        let incarnation = Datum::Nat(self.config.incarnation);
        let name = Datum::Bytes(future.0.as_slice().into());
        let value = Datum::builtin(BuiltinType::Future, 0, vec![requests::node_datum(home), incarnation, name]);
        self.resume(id, Answer::Value(value));
    }

    /// Another evaluation does the future's work from now on.
    pub(super) fn future_moved(&mut self, id: FutureId, child: Option<Child>) {
        if let Some(future) = self.futures.all.get_mut(&id) {
            future.child = child;
        }
    }

    pub(super) fn future_is_due(&self, id: FutureId) -> bool {
        self.futures.all.get(&id).is_some_and(|future| future.outcome.is_none())
    }

    pub(super) fn await_future(&mut self, id: TaskId, home: NodeId, incarnation: u64, future: FutureId) {
        let Some(task) = self.tasks.get_mut(&id) else { return };
        task.state = State::Child(None, None);
        let (context, deadline, left) = (task.context.clone(), task.deadline, task.ledger.left());
        let root = Root::Future(incarnation, future);
        match self.evaluate(home, root.into(), context, left, deadline, Waiter::Task(id)) {
            Ok(child) => {
                if let Some(task) = self.tasks.get_mut(&id) {
                    task.state = State::Child(child, None);
                }
            }
            Err(failure) => self.fail_task(id, failure),
        }
    }

    /// Someone awaits a future whose home is here.
    pub(super) fn join_future(
        &mut self,
        home: NodeId,
        incarnation: u64,
        id: FutureId,
        budget: Budget,
        waiter: Waiter,
    ) -> Result<Option<Child>, Failure> {
        let here = incarnation == self.config.incarnation;
        let Some(future) = self.futures.all.get_mut(&id).filter(|_| here) else {
            return Err(Failure::LostFuture { node: self.name(home) });
        };
        match &future.outcome {
            Some(outcome) => self.work.push_back(Work::Deliver(waiter, outcome.clone(), budget)),
            None => future.waiters.push(waiter),
        }
        Ok(None)
    }

    pub(super) fn future_ended(&mut self, id: FutureId, outcome: Outcome, left: Budget) {
        let Some(future) = self.futures.finish(id, outcome.clone(), self.now) else { return };
        if let Some(parent) = self.tasks.get_mut(&future.parent) {
            parent.ledger.refund(&future.reserved, &left);
            parent.futures.remove(&id);
        }
        let waiters = std::mem::take(&mut future.waiters);
        // Awaiting takes nothing of the awaiter's budget.
        let deliver = |waiter| Work::Deliver(waiter, outcome.clone(), Budget::DEFAULT);
        self.work.extend(waiters.into_iter().map(deliver));
    }

    pub(super) fn cancel_future(&mut self, id: FutureId) {
        let Some(future) = self.futures.all.get_mut(&id) else { return };
        if let Some(child) = future.child.take() {
            self.work.push_back(Work::Cancel(child));
            let failure = Failure::Cancelled { node: self.own_name() };
            self.work.push_back(Work::Deliver(Waiter::Future(id), Outcome::Failed(failure), Budget::DEFAULT));
        }
    }

    /// The scope is over. Whoever awaits from elsewhere learns that the future is gone.
    pub(super) fn drop_futures(&mut self, scope: Scope) {
        let node = self.own_name();
        let dropped = self.futures.take(scope);
        for waiter in dropped.into_iter().flat_map(|future| future.waiters) {
            let outcome = Outcome::Failed(Failure::LostFuture { node: node.clone() });
            self.work.push_back(Work::Deliver(waiter, outcome, Budget::DEFAULT));
        }
    }
}
