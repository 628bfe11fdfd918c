//! Futures: evaluations whose outcome is kept for whoever awaits it.
//!
//! A future's home is the host that started it, wherever its expression is evaluated: that host learns the outcome as it learns that of an `at`,
//! and answers awaiters from any host, who ask by a call whose root is the future.

use super::*;
use crate::host::tasks::State;
use crate::message::Root;
use builtin::BuiltinType;
use machine::{Answer, Datum, Portable};

#[derive(Debug)]
pub(super) struct Future {
    /// What it belongs to: it is dropped with it.
    pub scope: Scope,
    /// What evaluates it, until it has ended.
    child: Option<Child>,
    /// With the time at which it came.
    outcome: Option<(Outcome, Millis)>,
    waiters: Vec<Waiter>,
    /// The task that started it, and what it reserved.
    parent: TaskId,
    reserved: Budget,
}

impl Host {
    /// `at'`: the task goes on at once with the future.
    pub(super) fn spawn(&mut self, id: TaskId, target: NodeId, thunk: Portable) {
        self.make_room_for_future();
        if self.futures.len() >= FUTURES_MAX {
            let failure = Failure::Busy { node: self.own_name() };
            return self.fail_task(id, failure);
        }
        let Some(task) = self.tasks.get_mut(&id) else { return };
        let reserved = match task.ledger.reserve(SPAWN_SHARE) {
            Ok(reserved) => reserved,
            Err(resource) => return self.out_of(id, resource),
        };
        let future = FutureId(self.entropy.draw());
        task.children.insert(Child::Future(future));
        let (context, deadline, home) = (task.context.clone(), task.deadline, task.node);
        let scope = context.scope();
        let entry = Future { scope, child: None, outcome: None, waiters: Vec::new(), parent: id, reserved };
        self.futures.insert(future, entry);
        let waiter = Waiter::Future(future);
        match self.evaluate(target, Root::Value(thunk), context, reserved, deadline, waiter) {
            Ok(child) => {
                if let Some(entry) = self.futures.get_mut(&future) {
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

    /// At the limit, the finished future that is oldest goes.
    fn make_room_for_future(&mut self) {
        if self.futures.len() < FUTURES_MAX {
            return;
        }
        let finished = |(id, future): (&FutureId, &Future)| future.outcome.as_ref().map(|(_, at)| (*at, *id));
        if let Some((_, oldest)) = self.futures.iter().filter_map(finished).min() {
            self.futures.remove(&oldest);
        }
    }

    pub(super) fn await_future(&mut self, id: TaskId, home: NodeId, incarnation: u64, future: FutureId) {
        let Some(task) = self.tasks.get_mut(&id) else { return };
        task.state = State::Child(None);
        let (context, deadline, left) = (task.context.clone(), task.deadline, task.ledger.left());
        let root = Root::Future(incarnation, future);
        match self.evaluate(home, root, context, left, deadline, Waiter::Task(id)) {
            Ok(child) => {
                if let Some(task) = self.tasks.get_mut(&id) {
                    task.children.extend(child);
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
        let Some(future) = self.futures.get_mut(&id).filter(|_| here) else {
            return Err(Failure::LostFuture { node: self.name(home) });
        };
        match &future.outcome {
            Some((outcome, _)) => self.work.push_back(Work::Deliver(waiter, outcome.clone(), budget)),
            None => future.waiters.push(waiter),
        }
        Ok(None)
    }

    pub(super) fn future_ended(&mut self, id: FutureId, outcome: Outcome, left: Budget) {
        let Some(future) = self.futures.get_mut(&id) else { return };
        future.child = None;
        future.outcome = Some((outcome.clone(), self.now));
        if let Some(parent) = self.tasks.get_mut(&future.parent) {
            parent.ledger.refund(&future.reserved, &left);
            parent.children.remove(&Child::Future(id));
        }
        let waiters = std::mem::take(&mut future.waiters);
        // Awaiting takes nothing of the awaiter's budget.
        let deliver = |waiter| Work::Deliver(waiter, outcome.clone(), Budget::DEFAULT);
        self.work.extend(waiters.into_iter().map(deliver));
    }

    pub(super) fn cancel_future(&mut self, id: FutureId) {
        let Some(future) = self.futures.get_mut(&id) else { return };
        if let Some(child) = future.child.take() {
            self.work.push_back(Work::Cancel(child));
            let failure = Failure::Cancelled { node: self.own_name() };
            self.work.push_back(Work::Deliver(Waiter::Future(id), Outcome::Failed(failure), Budget::DEFAULT));
        }
    }

    /// The scope is over. Whoever awaits from elsewhere learns that the future is gone.
    pub(super) fn drop_futures(&mut self, scope: Scope) {
        let node = self.own_name();
        let mut waiters = Vec::new();
        self.futures.retain(|_, future| {
            let keep = future.scope != scope;
            if !keep {
                waiters.append(&mut future.waiters);
            }
            keep
        });
        for waiter in waiters {
            let outcome = Outcome::Failed(Failure::LostFuture { node: node.clone() });
            self.work.push_back(Work::Deliver(waiter, outcome, Budget::DEFAULT));
        }
    }
}
