//! Detached evaluations: what goes on when whoever started it is gone.
//!
//! A detached evaluation is a run of its own, of the hosts that evaluate it: it has no standard streams any more, and neither the end of the run that started it nor the absence of its
//! caller ends it. It can still be awaited and cancelled. What it has started and what it waits for comes along, on other hosts, too: each is asked to do the same with its part.

use super::*;
use crate::host::graves::{Grave, Tombstone};
use crate::host::tasks::State;
use crate::message::Root;

/// Why a detached evaluation gets no input.
pub(super) const NO_INPUT: &str = "it is detached: there is nobody to ask";

impl Host {
    /// `detach`: whoever asks is told when the host that evaluates the future has done it.
    pub(super) fn detach_future(&mut self, id: FutureId, budget: Budget, waiter: Waiter) -> Option<Child> {
        let run = RunId(self.entropy.draw());
        let mut freeing = Freeing::new(run);
        let child = self.futures.detach(id, &mut freeing);
        let calls = child.map(|child| self.free(child, freeing)).unwrap_or_default();
        let mut told = None;
        for call in calls {
            let is_own = child == Some(Child::Call(call));
            let asks = self.ask_to_detach(call, if is_own { waiter } else { Waiter::Nobody });
            told = told.or(if is_own { asks } else { None });
        }
        if told.is_none() {
            self.work.push_back(Work::deliver(waiter, Outcome::Returned(futures::unit()), budget));
        }
        told
    }

    /// Another host is to detach its part: this call's.
    fn ask_to_detach(&mut self, id: CallId, waiter: Waiter) -> Option<Child> {
        let call = self.calls.get(&id)?;
        let (target, context) = (call.target, call.context.clone());
        self.start_call(target, Root::Detach(id).into(), context, Budget::DEFAULT, None, waiter).ok().flatten()
    }

    /// A caller asks to have its request detached, which may not have come yet.
    pub(super) fn detach_session(&mut self, session: Session, budget: Budget, waiter: Waiter) {
        let run = RunId(self.entropy.draw());
        match self.sessions.get_mut(&session) {
            Some(state) => {
                let child = state.detach(run);
                let calls = child.map(|child| self.free(child, Freeing::new(run))).unwrap_or_default();
                for call in calls {
                    self.ask_to_detach(call, Waiter::Nobody);
                }
            }
            None if self.graves.get(session.0, Grave::Call(session.1)).is_none() => {
                self.bury(session, Tombstone::Detached);
            }
            None => {}
        }
        self.work.push_back(Work::deliver(waiter, Outcome::Returned(futures::unit()), budget));
    }

    /// An evaluation and what it has started here belong to another run. Gives the calls among them.
    fn free(&mut self, child: Child, mut freeing: Freeing) -> Vec<CallId> {
        let (mut calls, mut rest) = (Vec::new(), vec![child]);
        while let Some(child) = rest.pop() {
            match child {
                Child::Task(id) => self.free_task(id, &mut freeing, &mut rest),
                Child::Future(id) => rest.extend(self.futures.detach(id, &mut freeing)),
                Child::Call(id) => {
                    let Some(call) = self.calls.get_mut(&id) else { continue };
                    call.context = freeing.context(&call.context);
                    let (scope, host) = (call.context.scope(), call.target.host);
                    self.called.entry(scope).or_default().insert(host);
                    self.unblock(console::Blocked::Call(id));
                    calls.push(id);
                }
            }
        }
        calls
    }

    fn free_task(&mut self, id: TaskId, freeing: &mut Freeing, rest: &mut Vec<Child>) {
        self.tasks.change(&id, |task| task.context = freeing.context(&task.context));
        let Some(task) = self.tasks.get(&id) else { return };
        if let State::Child(child) = task.state {
            rest.extend(child);
        }
        rest.extend(task.futures.iter().filter_map(|place| self.futures.all.key_at(place)).map(Child::Future));
        self.unblock(console::Blocked::Task(id));
        self.stop_asking(id);
    }

    /// What the task has asked the user is not answered any more.
    fn stop_asking(&mut self, id: TaskId) {
        let by_task = |back: &AskReturn| *back == AskReturn::Task(id);
        let here = self.reads.extract_if(.., |_, (_, back)| by_task(back)).map(|(_, asked)| asked);
        let elsewhere = self.sessions.values_mut();
        let elsewhere = elsewhere.flat_map(|state| state.asks.extract_if(.., |_, (_, back)| by_task(back)));
        let asked = here.chain(elsewhere.map(|(_, asked)| asked)).last();
        if let Some((question, _)) = asked {
            self.reply(AskReturn::Task(id), question.unanswered(NO_INPUT));
        }
    }

    /// A detached evaluation has ended: what it has started and left behind ends with it.
    pub(super) fn end_detached(&mut self, run: RunId) {
        self.drop_scope((None, run));
    }

    /// Whether anything goes on that nobody waits for.
    pub(super) fn has_detached(&self) -> bool {
        self.tasks.values().any(|task| task.context.leader == Leader::Nobody)
    }
}

/// What becomes a run of its own: most of it has one context, and gets one.
pub(super) struct Freeing {
    run: RunId,
    /// The context that was met last, and what takes its place.
    last: Option<(Arc<Context>, Arc<Context>)>,
}

impl Freeing {
    fn new(run: RunId) -> Freeing {
        Freeing { run, last: None }
    }

    pub fn context(&mut self, before: &Arc<Context>) -> Arc<Context> {
        match &self.last {
            Some((met, detached)) if Arc::ptr_eq(met, before) => detached.clone(),
            _ => {
                let detached = before.detached(self.run);
                self.last = Some((before.clone(), detached.clone()));
                detached
            }
        }
    }
}

impl Context {
    pub(super) fn detached(&self, run: RunId) -> Arc<Context> {
        Arc::new(Context { run, leader: Leader::Nobody, ..self.clone() })
    }
}
