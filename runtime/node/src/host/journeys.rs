//! Evaluations that are over at one place and go on at another: a task that has transferred itself, or requests an operation of whoever waits for it.
//!
//! Neither leaves anything behind where it was. What is left of the task is a value, which comes back like a result, and whoever waits starts another evaluation with it. So identified,
//! leased, cancellable requests are all that the protocol knows; a host that was left may die; and however often a task moves, its result takes one step to whoever waits. The price is
//! that what is left of a task travels by way of that host.

use super::*;
use crate::host::holds::Holder;
use crate::host::tasks::State;
use crate::message::{End, Handle};
use machine::{Answer, Perform, Portable};
use sandbox::{Ledger, Principal, Resource};

/// An evaluation under way from one place to another.
#[derive(Debug)]
pub(super) struct Journey {
    pub waiter: Waiter,
    pub onward: Onward,
    pub context: Arc<Context>,
    pub deadline: Option<Millis>,
    pub left: Budget,
}

/// How it goes on.
#[derive(Debug)]
pub(super) enum Onward {
    /// Where it waits for an operation, which is to be performed where its result is waited for. What is left of it, if that is not in the request.
    Request { node: NodeId, request: Portable, rest: Option<Left> },
    /// Elsewhere.
    Move { to: NodeId, rest: Portable },
}

/// What is left of an evaluation that waits for an operation.
#[derive(Debug)]
pub(super) enum Left {
    /// It is here, and nobody knows of it.
    Here(Portable),
    /// It is kept where it waits: so many bytes.
    Kept(Handle, u64),
}

impl Host {
    pub(super) fn hand_over(&mut self, journey: Journey) {
        let left = journey.left;
        match (journey.waiter, journey.onward) {
            (Waiter::Session(session), Onward::Request { request, rest, .. }) => {
                let end = self.asks_of(session.0, journey.context, request, rest);
                self.end_session(session, end, left);
            }
            (Waiter::Session(session), Onward::Move { to, rest }) => {
                self.end_session(session, End::Moved(to, rest), left);
            }
            (Waiter::Task(id), Onward::Request { node, request, rest }) => {
                let end = self.asks_of(self.config.key, journey.context.clone(), request, rest);
                self.perform_for(id, node, end, &journey.context, left);
            }
            (waiter, Onward::Request { node, .. }) => {
                let what = "it requests an operation of an ability that nobody here handles".into();
                let failure = Failure::Fault { node: self.name(node), what };
                self.work.push_back(Work::deliver(waiter, Outcome::Failed(failure), left));
            }
            (waiter, Onward::Move { to, rest }) => {
                self.go_on(waiter, to, rest, journey.context, journey.deadline, left)
            }
        }
    }

    /// Evaluates the rest of a task that has transferred itself, for the same waiter.
    fn go_on(
        &mut self,
        waiter: Waiter,
        to: NodeId,
        rest: Portable,
        context: Arc<Context>,
        deadline: Option<Millis>,
        left: Budget,
    ) {
        let Some(row) = self.row_of_waiter(waiter) else { return };
        let mut ledger = Ledger::new(left);
        // So that nothing wanders about for ever that has a limit.
        let spent = ledger.spend(Resource::Messages, 1);
        let spent = spent.map_err(|resource| Failure::OutOfBudget { node: self.name(to), resource });
        let expression = Expression { root: Root::Value(rest), row };
        let started = spent.and_then(|()| self.evaluate(to, expression, context, ledger.left(), deadline, waiter));
        match started {
            Ok(evaluation) => self.adopt(waiter, to, evaluation),
            Err(failure) => self.work.push_back(Work::deliver(waiter, Outcome::Failed(failure), ledger.left())),
        }
    }

    /// Which requests a waiter lets through; none if it does not wait any more.
    fn row_of_waiter(&self, waiter: Waiter) -> Option<Arc<[TypeRef]>> {
        match waiter {
            Waiter::Task(id) => {
                let task = self.tasks.get(&id)?;
                matches!(task.state, State::Child(..)).then(|| task.child_row())
            }
            Waiter::Command(id) => self.commands.contains_key(&id).then(Arc::default),
            Waiter::Future(id) => self.future_is_due(id).then(Arc::default),
            Waiter::Sent(..) | Waiter::Fetch(..) | Waiter::Nobody => None,
            Waiter::Session(_) => unreachable!("whoever asked for a session goes on with it"),
        }
    }

    /// Whoever cancels the waiter cancels this from now on.
    fn adopt(&mut self, waiter: Waiter, to: NodeId, evaluation: Option<Child>) {
        match waiter {
            Waiter::Task(id) => {
                if let Some(task) = self.tasks.get_mut(&id)
                    && let State::Child(child) = &mut task.state
                {
                    *child = evaluation;
                }
            }
            Waiter::Command(id) => {
                if let Some(CommandState::Run { child, at, .. }) = self.commands.get_mut(&id) {
                    (*child, *at) = (evaluation, to);
                }
            }
            Waiter::Future(id) => self.future_moved(id, evaluation),
            Waiter::Sent(..) | Waiter::Fetch(..) | Waiter::Nobody => unreachable!("it has no row"),
            Waiter::Session(_) => unreachable!("whoever asked for a session goes on with it"),
        }
    }

    /// Performs an operation where a task waits for the evaluation that requests it.
    fn perform_for(&mut self, id: TaskId, node: NodeId, end: End, from: &Context, left: Budget) {
        let Some(task) = self.tasks.get_mut(&id) else { return };
        let State::Child(_) = task.state else { return };
        task.refund(&left);
        // What goes on after the answer would do so on the task's own behalf alone.
        if from.principals != task.context.principals {
            let what = "a host of another user has transferred the task, so that it may request nothing".into();
            return self.fail_task(id, Failure::Denied { node: self.name(node), what });
        }
        task.rare.as_mut().map(|rare| rare.catches.take());
        let row = task.child_row().to_vec();
        let (request, rest) = match end {
            End::Kept(handle, bytes, request) => {
                task.futures_bytes += bytes;
                self.hold_future(Holder::Task(id), node.host, (handle.incarnation, handle.id));
                (request, Some(kept::handle_datum(node, &handle)))
            }
            End::Requested(request) => (request, None),
            End::Ended(_) | End::Moved(..) => unreachable!("it requests something"),
        };
        self.hold_futures(Holder::Task(id), &request);
        let node = requests::node_datum(node);
        self.resume(id, Answer::Perform(Box::new(Perform { request, row, node, rest })));
    }

    /// What is evaluated at a peer's word is evaluated on its behalf, too: it gains nothing by having others do it.
    pub(super) fn on_behalf_of(
        &self,
        context: Arc<Context>,
        speaker: Principal,
        peer: HostKey,
        to: NodeId,
    ) -> Result<Arc<Context>, Failure> {
        if context.principals.principals().contains(&speaker) {
            return Ok(context);
        }
        let denied = |what: &str| Failure::Denied { node: self.own_name(), what: what.into() };
        let principals = context.principals.clone().and(speaker);
        let principals = principals.map_err(|_| denied("it runs on behalf of too many"))?;
        let policy = self.policy_for(&principals, peer).intersect(context.policy);
        if to.host == self.config.key && !policy.admits() {
            return Err(denied("it evaluates nothing on behalf of this user"));
        }
        Ok(Arc::new(Context { principals, policy, ..(*context).clone() }))
    }
}
