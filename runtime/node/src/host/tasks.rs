//! Tasks: evaluations on this host, and the queue in which they run.
//!
//! The machine's part of a task is either in its entry, or with a worker that runs a slice of it. A task that ends while a worker has it is gone
//! from the table; the worker's part is dropped when it comes back.

use super::*;
use crate::host::failures::Catch;
use crate::host::futures::FutureRef;
use crate::host::holds::Holder;
use crate::host::journeys::{Journey, Left, Onward};
use crate::host::places::Places;
use crate::host::spans::Since;
use crate::loader::Obstacle;
use crate::message::Root;
use crate::store::{StoreReply, StoreRequest};
use base::Hash;
use ir::CodeId;
use machine::{Answer, Datum, Limits, Missing, Step};
use sandbox::{Ledger, Resource};

/// An evaluation on this host.
pub(super) struct Task {
    /// None while a worker has it.
    pub job: Option<Box<machine::Task>>,
    /// Stops the job wherever it is.
    interrupt: machine::Interrupt,
    /// The node on which it runs.
    pub node: NodeId,
    pub context: Arc<Context>,
    pub ledger: Ledger,
    fuel_seen: u64,
    /// Bytes of its heap and stack when it last came back, and the peer that they are counted for.
    pub held: u64,
    pub charged: Option<Box<HostKey>>,
    /// When it is over at the latest, and what says so then.
    due: Option<Box<(Millis, TimerId)>>,
    waiter: Waiter,
    pub state: State,
    /// What was taken of its budget for the `at` at which it waits, if that has an end.
    pub reserved: Option<Box<Budget>>,
    /// It has used up no slice since it started or was answered.
    fresh: bool,
    /// How often it has waited.
    pub waits: u16,
    /// Futures that it has started and that have not ended, and of these, those that listen and have taken nothing. What is there is here.
    pub futures: Places,
    /// What most tasks never have.
    pub rare: Option<Box<Rare>>,
    /// Whether it has opened something that is to be closed after it.
    pub opens: bool,
    /// Futures of this host that it holds, as far as is known.
    pub held_futures: Places,
    /// Those of its own that nobody else knows.
    pub locals: locals::Chain,
    /// How many futures it was found to have when it looked at all that it has, the last time.
    pub kept_futures: u32,
    /// Bytes that were kept for it in futures, or came of them, since then.
    pub futures_bytes: u64,
    /// If its run is traced.
    pub since: Option<Box<Since>>,
}

/// What is kept of a task for what happens to few.
#[derive(Default)]
pub(super) struct Rare {
    /// What it wants to know of the future for which it waits, whose home is there, if that fails.
    pub catches: Option<(NodeId, Catch)>,
    /// What was raised where it waited, and which way that had come.
    raised: Option<(machine::Portable, Trail)>,
    /// What it needs before it can run, the last time it needed something.
    missing: Vec<Missing>,
    /// What the store does not have of that.
    absent: BTreeSet<Hash>,
    /// Where it transfers itself to.
    leaves_for: Option<NodeId>,
    /// Which abilities the `at` at which it waits lets through.
    pub child_row: Option<Arc<[TypeRef]>>,
    /// What its futures have come to, as far as it is to find that on its desk.
    pub arrived: machine::Arrived,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum State {
    /// In the queue, or with a worker.
    Running,
    /// Definitions are being read.
    Loading,
    /// An effect is being performed, or the user asked.
    Effect,
    /// Its output waits for room.
    Output,
    /// It transfers itself to another host.
    Leaving,
    /// At an `at` or `await`: what evaluates it, if that is this task's own.
    Child(Option<Child>),
}

impl table::Key for TaskId {
    fn place(self) -> table::Place {
        TaskId::place(self)
    }
}

impl table::Scoped for Task {
    fn scope(&self) -> Scope {
        self.context.scope()
    }
}

impl Task {
    /// Whether its outcome is that of the session.
    pub fn answers(&self, session: Session) -> bool {
        self.waiter == Waiter::Session(session)
    }

    /// It holds so many futures, as far as is known: if that may be wrong by much, it is to look. The more it has to look at, the less often.
    pub fn wonder(&mut self, held: usize, crowded: bool) {
        let Some(job) = &mut self.job else { return };
        let patience = if crowded { CROWDED_FUTURES } else { NEW_FUTURES };
        let patience = patience + (job.live_bytes() / LOOKED_AT_FOR_ONE_BYTES) as usize;
        let many = held.saturating_sub(2 * self.kept_futures as usize) >= patience;
        if many || self.futures_bytes > job.live_bytes().max(NEW_FUTURES_BYTES) {
            job.collect_soon();
        }
    }

    /// Which way something has come that the task raises: if it was raised where it waited, that way.
    fn way_of(&self, raised: &machine::Portable) -> Trail {
        let before = self.rare.as_ref().and_then(|rare| rare.raised.as_ref()).filter(|(before, _)| before == raised);
        before.map(|(_, trail)| trail.clone()).unwrap_or_default()
    }

    pub fn rare(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }

    /// Waits for this, for which so much was reserved; and says what it wants to know if that fails.
    pub fn wait(&mut self, child: Option<Child>, reserved: Option<&Budget>, catches: Option<(NodeId, Catch)>) {
        self.state = State::Child(child);
        self.reserved = reserved.filter(|reserved| reserved.has_an_end()).map(|reserved| Box::new(*reserved));
        if catches.is_some() || self.rare.is_some() {
            self.rare().catches = catches;
        }
    }

    pub fn deadline(&self) -> Option<Millis> {
        self.due.as_ref().map(|due| due.0)
    }

    /// It waits at an `at` that lets these abilities through.
    pub fn let_through(&mut self, row: &Arc<[TypeRef]>) {
        if !row.is_empty() || self.rare.is_some() {
            self.rare().child_row = Some(row.clone());
        }
    }

    pub fn child_row(&self) -> Arc<[TypeRef]> {
        self.rare.as_ref().and_then(|rare| rare.child_row.clone()).unwrap_or_default()
    }

    /// What it waited for has left so much of what was reserved for it.
    pub fn refund(&mut self, left: &Budget) {
        if let Some(reserved) = self.reserved.take() {
            self.ledger.refund(&reserved, left);
        }
    }

    /// The call that asked for it; zeros if it was not another host that did.
    pub fn call(&self) -> CallId {
        match self.waiter {
            Waiter::Session((_, call)) => call,
            _ => CallId([0; 16]),
        }
    }
}

// A host has a million of them.
const _: () = assert!(size_of::<Task>() <= 320);

/// Why nothing runs at a node that its host does not have.
const NO_SUCH_NODE: &str = "there is no such node";

impl Host {
    /// Starts an evaluation, here or elsewhere. None: it was under way already.
    pub(super) fn evaluate(
        &mut self,
        target: NodeId,
        expression: Expression,
        context: Arc<Context>,
        budget: Budget,
        deadline: Option<Millis>,
        waiter: Waiter,
    ) -> Result<Option<Child>, Failure> {
        if target.host != self.config.key {
            return self.start_call(target, expression, context, budget, deadline, waiter);
        }
        let node = || self.name(target);
        if !self.has_node(target.id) {
            return Err(Failure::Denied { node: node(), what: NO_SUCH_NODE.into() });
        }
        if self.tasks.len() >= TASKS_MAX {
            return Err(Failure::Busy { node: node() });
        }
        match &expression.root {
            Root::Future(incarnation, id, inquiry) => {
                let future = FutureRef { home: target, incarnation: *incarnation, id: *id };
                return self.join_future(future, *inquiry, budget, waiter);
            }
            Root::Message(channel, element, value) => {
                return self.take_message(target, *channel, *element, value, waiter, budget);
            }
            Root::Rest(call) => {
                let Waiter::Session((peer, _)) = waiter else { return Ok(None) };
                self.take_rest((peer, *call), waiter);
                return Ok(None);
            }
            Root::Detach(call) => {
                let Waiter::Session((peer, _)) = waiter else { return Ok(None) };
                self.detach_session((peer, *call), budget, waiter);
                return Ok(None);
            }
            Root::Fetch(handle) => {
                let rest = self.kept_resumption(target, handle, waiter)?;
                self.work.push_back(Work::deliver(waiter, Outcome::Returned(rest), budget));
                return Ok(None);
            }
            Root::Definition(_) | Root::Value(_) | Root::Apply(_) | Root::Resume(..) => {}
        }
        let rest = match &expression.root {
            Root::Resume(handle, _) => Some(self.kept_resumption(target, handle, waiter)?),
            _ => None,
        };
        let limits = Limits {
            fuel: u64::MAX,
            memory_bytes: budget.memory_bytes,
            stack_bytes: budget.stack_bytes,
            result_bytes: budget.result_bytes.min(Budget::DEFAULT.result_bytes),
        };
        let mut job = Box::new(machine::Task::new(self.machine.clone(), limits));
        job.accept_requests(&expression.row);
        if let Waiter::Task(_) | Waiter::Future(_) = waiter {
            job.answers_here(matches!(waiter, Waiter::Task(_)));
        }
        if context.principals.principals().iter().any(|principal| principal.0 != self.own_user().0) {
            job.stay_cold();
        }
        match &expression.root {
            Root::Definition(def) => job.start_thunk(CodeId { def: *def, lambda: 0 }),
            Root::Value(thunk) => job.start_portable(thunk),
            Root::Apply(pair) => job.start_apply(pair),
            Root::Resume(_, answer) => job.start_resume(rest.as_ref().expect("looked up above"), answer),
            Root::Future(..) | Root::Message(..) | Root::Fetch(_) | Root::Detach(_) | Root::Rest(_) => {
                unreachable!("nothing is to be run")
            }
        }
        let scope = context.scope();
        if scope.0.is_some_and(|peer| !self.quotas.begin(peer)) {
            return Err(Failure::Busy { node: self.name(target) });
        }
        let number = self.number();
        let id = self.tasks.reserve(|place| TaskId::new(number, place));
        let now_us = self.now_us();
        let since = context.is_traced().then(|| Box::new(Since { begun_us: now_us, state_us: now_us }));
        let task = Task {
            interrupt: job.interrupt(),
            job: Some(job),
            node: target,
            context,
            ledger: Ledger::new(budget),
            fuel_seen: 0,
            held: 0,
            charged: scope.0.map(Box::new),
            due: deadline.map(|at| Box::new((at, self.timers.set(at, Timer::Deadline(id))))),
            waiter,
            state: State::Running,
            reserved: None,
            fresh: true,
            waits: 0,
            futures: Places::default(),
            rare: None,
            opens: false,
            held_futures: Places::default(),
            locals: locals::Chain::default(),
            kept_futures: 0,
            futures_bytes: 0,
            since,
        };
        self.tasks.insert(id, task);
        for value in expression.root.value().into_iter().chain(&rest) {
            self.hold_futures(Holder::Task(id), value);
        }
        self.ready.push(scope, id);
        Ok(Some(Child::Task(id)))
    }

    /// Gives tasks to workers, each the next one before it is done with the last.
    pub(super) fn run_ready(&mut self) {
        while self.running < self.config.workers * QUEUED_SLICES {
            let Some(id) = self.ready.pop() else { return };
            let Some(task) = self.tasks.get_mut(&id) else { continue };
            if task.context.scope().0.is_some_and(|peer| self.served.stalls(peer, id)) {
                continue;
            }
            let Some(mut job) = task.job.take() else { continue };
            let slice = if self.ready.is_empty() { LONE_SLICE_FUEL } else { SLICE_FUEL };
            let fuel = slice.min(task.ledger.left().fuel).max(1);
            let fresh = task.fresh;
            self.running += 1;
            self.lend_desk(id, &mut job);
            self.actions.push(Action::Run { task: id, job, fuel, fresh });
        }
    }

    /// Whoever these tasks run for has read enough.
    pub(super) fn go_on_with(&mut self, stalled: Vec<TaskId>) {
        for id in stalled {
            if let Some(task) = self.tasks.get(&id) {
                self.ready.push(task.context.scope(), id);
            }
        }
    }

    pub(super) fn ran(&mut self, id: TaskId, mut job: Box<machine::Task>, step: Step) {
        self.running = self.running.saturating_sub(1);
        let mut desk = job.take_desk();
        desk.iter_mut().for_each(|desk| self.leave_arrived(id, desk));
        self.slice_ended(id, job);
        desk.into_iter().for_each(|desk| self.carry_out(id, desk));
        if !matches!(step, Step::Paused) {
            self.state_changes(id);
        }
        self.stands_at(id, step);
    }

    /// Charges for a slice. If that was too much, the task is over.
    fn slice_ended(&mut self, id: TaskId, mut job: Box<machine::Task>) {
        let Some(task) = self.tasks.get_mut(&id) else { return };
        let used = job.fuel_used();
        let spent = task.ledger.spend(Resource::Fuel, used.saturating_sub(task.fuel_seen));
        task.fuel_seen = used;
        let futures = job.take_futures();
        let before = std::mem::replace(&mut task.held, job.memory_used());
        let (after, charged) = (task.held, task.charged.as_deref().copied());
        task.job = Some(job);
        let spent = match charged {
            Some(peer) if !self.quotas.holds(peer, before, after) => Err(Resource::Memory),
            _ => spent,
        };
        futures.into_iter().for_each(|futures| self.task_has(id, futures));
        if let Err(resource) = spent {
            self.out_of(id, resource);
        }
    }

    /// The task has stopped there, if it is not over.
    fn stands_at(&mut self, id: TaskId, step: Step) {
        let Some(task) = self.tasks.get_mut(&id) else { return };
        let scope = task.context.scope();
        match step {
            Step::Paused => {
                task.fresh = false;
                self.ready.push(scope, id);
            }
            Step::Request(request) => {
                self.requested(id, request);
                self.may_wait(id);
            }
            Step::Await(awaited) => {
                self.awaits(id, awaited);
                self.may_wait(id);
            }
            Step::Missing(missing) => self.missing(id, missing),
            Step::Left(rest) => {
                self.enter_all_of(id);
                self.task_left(id, rest);
            }
            Step::Done(machine::Outcome::Requested { request, rest }) => {
                self.enter_all_of(id);
                let Some(node) = self.tasks.get(&id).map(|task| task.node) else { return };
                self.task_goes_on(id, Onward::Request { node, request, rest: rest.map(Left::Here) });
            }
            Step::Done(outcome) => {
                let outcome = self.outcome(id, outcome);
                if outcome.value().is_some_and(machine::portable::may_hold_futures) {
                    self.enter_all_of(id);
                }
                self.end_task(id, outcome);
            }
        }
    }

    fn outcome(&self, id: TaskId, outcome: machine::Outcome) -> Outcome {
        let node = || self.name(self.tasks[&id].node);
        Outcome::Failed(match outcome {
            machine::Outcome::Returned(value) => return Outcome::Returned(value),
            machine::Outcome::Raised(failure) => return Outcome::Raised(failure),
            machine::Outcome::Unhandled { ability: kernel::TypeRef::Cycle(_), .. } => {
                Failure::Fault { node: node(), what: "an operation of no ability was requested".into() }
            }
            machine::Outcome::Requested { .. } => unreachable!("it has not ended"),
            machine::Outcome::Unhandled { ability, operation } => {
                Failure::Unhandled { node: node(), ability, operation }
            }
            machine::Outcome::Fault(what) => Failure::Fault { node: node(), what },
            machine::Outcome::OutOf(budget) => {
                let resource = match budget {
                    machine::Budget::Fuel => Resource::Fuel,
                    machine::Budget::Memory => Resource::Memory,
                    machine::Budget::Stack => Resource::Stack,
                    machine::Budget::Result => Resource::ResultSize,
                };
                Failure::OutOfBudget { node: node(), resource }
            }
        })
    }

    pub(super) fn out_of(&mut self, id: TaskId, resource: Resource) {
        let Some(task) = self.tasks.get(&id) else { return };
        let failure = Failure::OutOfBudget { node: self.name(task.node), resource };
        self.fail_task(id, failure);
    }

    pub(super) fn fail_task(&mut self, id: TaskId, failure: Failure) {
        self.end_task(id, failure);
    }

    fn end_task(&mut self, id: TaskId, ending: impl Into<Ending>) {
        let Some(task) = self.remove_task(id) else { return };
        let (waiter, left) = (task.waiter, task.ledger.left());
        let Ending { outcome, trail } = ending.into();
        let trail = match &outcome {
            Outcome::Returned(_) => trail,
            Outcome::Raised(value) => task.way_of(value).and(self.station(&task)),
            Outcome::Failed(_) => trail.and(self.station(&task)),
        };
        if let Outcome::Failed(_) = &outcome {
            self.cancel_children(*task);
        }
        self.work.push_back(Work::deliver(waiter, Ending { outcome, trail }, left));
    }

    /// Where a task is, as far as that is known: a worker may have it.
    pub(super) fn station(&self, task: &Task) -> Station {
        let steps = task.job.as_deref().map(Trail::steps_of).unwrap_or_default();
        Station { node: self.name(task.node), steps }
    }

    fn cancel_children(&mut self, task: Task) {
        if let State::Child(Some(child)) = task.state {
            self.work.push_back(Work::Cancel(child));
        }
        let futures = task.futures.iter().filter_map(|place| self.futures.all.key_at(place));
        self.work.extend(futures.map(|future| Work::Cancel(Child::Future(future))));
    }

    fn remove_task(&mut self, id: TaskId) -> Option<Box<Task>> {
        self.task_ends(id);
        let mut task = self.tasks.remove(&id)?;
        if let Some(peer) = task.charged.as_deref() {
            self.quotas.end(*peer, task.held);
        }
        task.interrupt.stop();
        self.let_own_go(std::mem::take(&mut task.held_futures).iter());
        self.drop_locals(std::mem::take(&mut task.locals));
        self.end_holds(Holder::Task(id));
        if task.opens {
            self.actions.push(Action::Release { task: id });
        }
        self.effects.withdraw(id);
        task.due.as_ref().into_iter().for_each(|due| self.timers.cancel(due.1));
        Some(task)
    }

    fn task_left(&mut self, id: TaskId, rest: machine::Portable) {
        if let Some(to) = self.tasks.get(&id).and_then(|task| task.rare.as_ref()?.leaves_for) {
            self.task_goes_on(id, Onward::Move { to, rest });
        }
    }

    /// The task is over here, and its evaluation is not.
    fn task_goes_on(&mut self, id: TaskId, onward: Onward) {
        let Some(task) = self.remove_task(id) else { return };
        let deadline = task.deadline();
        let Task { waiter, context, ledger, .. } = *task;
        let journey = Journey { waiter, onward, context, deadline, left: ledger.left() };
        self.work.push_back(Work::HandOver(Box::new(journey)));
    }

    /// `transfer`: to another host, the task takes all that is left of it along.
    pub(super) fn transfer(&mut self, id: TaskId, to: NodeId) {
        let own = to.host == self.config.key;
        if own && !self.has_node(to.id) {
            let failure = Failure::Denied { node: self.name(to), what: NO_SUCH_NODE.into() };
            return self.fail_task(id, failure);
        }
        let Some(task) = self.tasks.get_mut(&id) else { return };
        if own {
            task.node = to;
            return self.resume(id, Answer::Value(Datum::unit()));
        }
        let Some(job) = &mut task.job else { return };
        job.leave();
        task.state = State::Leaving;
        task.rare().leaves_for = Some(to);
        let scope = task.context.scope();
        self.ready.push(scope, id);
    }

    pub(super) fn cancel_task(&mut self, id: TaskId) {
        if let Some(task) = self.remove_task(id) {
            self.cancel_children(*task);
        }
    }

    pub(super) fn deadline_due(&mut self, id: TaskId) {
        self.out_of(id, Resource::WallTime);
    }

    /// Answers the request at which the task is suspended.
    pub(super) fn resume(&mut self, id: TaskId, answer: Answer) {
        let Some(task) = self.tasks.get_mut(&id) else { return };
        let Some(job) = &mut task.job else { return };
        job.resume(answer);
        self.wonder_about(id);
        self.state_changes(id);
        let Some(task) = self.tasks.get_mut(&id) else { return };
        (task.state, task.fresh) = (State::Running, true);
        let scope = task.context.scope();
        self.ready.push(scope, id);
    }

    pub(super) fn performed(&mut self, id: TaskId, answer: Answer) {
        match self.tasks.get(&id) {
            Some(task) if task.state == State::Effect => self.resume(id, answer),
            Some(_) => {}
            // It may have opened something after it was cancelled.
            None => self.actions.push(Action::Release { task: id }),
        }
    }

    /// The task has slept enough.
    pub(super) fn awake(&mut self, id: TaskId) {
        self.performed(id, Answer::Value(machine::Datum::unit()));
    }

    /// What the task waits for at an `at` or `await` has ended.
    pub(super) fn child_ended(&mut self, id: TaskId, ending: Ending, left: Budget) {
        let Ending { outcome, trail } = ending;
        let Some(task) = self.tasks.get_mut(&id) else { return };
        let State::Child(_) = task.state else { return };
        task.refund(&left);
        let catches = task.rare.as_mut().and_then(|rare| rare.catches.take());
        if let Some(value) = outcome.value() {
            task.futures_bytes += value.size() as u64;
            self.hold_futures(Holder::Task(id), value);
        }
        match (catches, outcome) {
            (Some((_, Catch::Trail)), _) => self.told_trail(id, &trail),
            (Some((_, Catch::Explain)), _) => self.ask_user(id, Question::Explain(trail)),
            (Some((_, Catch::Either)), Outcome::Returned(value)) => self.resume(id, Answer::Right(value)),
            (_, Outcome::Returned(value)) => self.resume(id, Answer::Portable(value)),
            (Some((home, catch)), outcome) => {
                let caught = self.caught(catch, &outcome, home);
                self.resume(id, Answer::Value(caught));
            }
            (None, Outcome::Raised(failure)) => {
                if let Some(task) = self.tasks.get_mut(&id) {
                    task.rare().raised = Some((failure.clone(), trail));
                }
                self.resume(id, Answer::RaisePortable(failure));
            }
            (None, outcome @ Outcome::Failed(_)) => self.end_task(id, Ending { outcome, trail }),
        }
    }

    fn told_trail(&mut self, id: TaskId, trail: &Trail) {
        let Some(task) = self.tasks.get(&id) else { return };
        let stations = self.trail_datum(trail, task.context.origin);
        self.resume(id, Answer::Value(stations));
    }

    fn missing(&mut self, id: TaskId, missing: Vec<Missing>) {
        let Some(task) = self.tasks.get_mut(&id) else { return };
        let rare = task.rare();
        if rare.missing == missing {
            let failure = self.fault([0; 16], "code that was defined is missing");
            return self.fail_task(id, failure);
        }
        (rare.missing, rare.absent) = (missing, BTreeSet::new());
        self.load(id);
    }

    /// Defines what the task misses, as far as the definitions are here; reads the rest.
    fn load(&mut self, id: TaskId) {
        let Some(task) = self.tasks.get(&id) else { return };
        let Some(rare) = &task.rare else { return };
        let mut lacks = BTreeSet::new();
        for missing in &rare.missing {
            match self.loader.define(&self.machine, *missing, &rare.absent) {
                Ok(()) => {}
                Err(Obstacle::Lacks(hashes)) => lacks.extend(hashes),
                Err(Obstacle::Absent(hash)) => {
                    // It may come: whatever names it is looked at again.
                    let node = self.name(task.node);
                    self.held.clear();
                    return self.fail_task(id, Failure::MissingDefinition { node, hash });
                }
                Err(Obstacle::Refused(what)) => {
                    let failure = Failure::Fault { node: self.name(task.node), what };
                    return self.fail_task(id, failure);
                }
            }
        }
        if lacks.is_empty() {
            self.state_changes(id);
        }
        let Some(task) = self.tasks.get_mut(&id) else { return };
        if lacks.is_empty() {
            task.state = State::Running;
            let scope = task.context.scope();
            return self.ready.push(scope, id);
        }
        task.state = State::Loading;
        self.ask_store(StorePurpose::Load(id), StoreRequest::Load(lacks.into_iter().collect()));
    }

    pub(super) fn loaded(&mut self, id: TaskId, reply: StoreReply) {
        let Some(task) = self.tasks.get_mut(&id).filter(|task| task.state == State::Loading) else { return };
        let node = task.node;
        match reply {
            StoreReply::Loaded { found, absent } => {
                found.iter().for_each(|object| self.loader.add(object));
                task.rare().absent.extend(absent);
                self.load(id);
            }
            StoreReply::Failed(error) => {
                let why = transfers::store_error_text(&error);
                self.fail_task(id, Failure::Store { node: self.name(node), why });
            }
            _ => {
                let failure = Failure::Store { node: self.name(node), why: "it answers something else".into() };
                self.fail_task(id, failure);
            }
        }
    }
}
