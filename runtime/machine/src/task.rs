//! A running computation.

use crate::blob::Blob;
use crate::control::{Core, Exit, Next};
use crate::desk::{self, Desk};
use crate::hibernate::{self, Dormant};
use crate::machine::{DescRef, Target};
use crate::portable::{self, EncodeError, Reach, Undecodable};
use crate::profile::{PART_FUEL, Part, Profile, entered};
use crate::trap::Trap;
use crate::word::{ObjectKind, Word};
use crate::{Answer, Budget, Datum, HostRequest, Limits, Machine, Missing, Outcome, Perform, Portable, Step};
use base::bytes::DecodeError;
use builtin::{Builtin, BuiltinType};
use ir::{CodeId, Tag};
use kernel::{DefId, Site, TypeRef};
use std::mem::ManuallyDrop;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A computation with its own heap and stack. It may be sent between threads, and dropped at any time.
pub struct Task {
    form: Form,
    /// Of its limits, what the core does not keep.
    fuel_max: u64,
    result_bytes_max: u64,
    /// Fuel used in all, slices that are over.
    fuel_used: u64,
    /// The thread that ran it last, by its number and one more; 0: none.
    worker: u32,
    result_reach: Reach,
    /// Abilities whose requests are for whoever waits for this task.
    row: Box<[TypeRef]>,
    state: State,
    /// What its host has lent it for a slice.
    desk: Option<Box<Desk>>,
}

/// What a task has of its computation.
enum Form {
    /// Left to [`hibernate::keep`] when the task is dropped.
    Running(ManuallyDrop<Box<Core>>),
    Dormant(Dormant),
}

/// Stops a task from another thread: what goes on in it ends soon, also in the middle of a builtin, and how it has ended is nobody's business any more.
#[derive(Clone, Debug)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    pub fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// What the next run begins with.
enum State {
    /// Nothing was started.
    Idle,
    /// Evaluates a definition; then, if asked for, calls it with `()`.
    Code {
        code: CodeId,
        call: bool,
    },
    /// Calls a function from elsewhere with `()`.
    Portable(Portable),
    /// Calls a function from elsewhere with a value: a pair of the two.
    Apply(Portable),
    /// At a safepoint.
    Running(Next),
    /// Asks the host, with so many arguments at the base.
    Asking(Builtin, usize),
    /// Calls a function from elsewhere with a value from elsewhere.
    Resume(Box<(Portable, Portable)>),
    /// Ends with a request of whoever waits.
    Requesting(Word),
    /// Ends with a value, in one of the ways that have some.
    Ending(Word, fn(Portable) -> Outcome),
    /// The host has not answered.
    Waiting,
    Answered(Answer),
    /// The host's answer is that the task goes on elsewhere.
    Leaving,
    Done(Outcome),
}

/// Bytes with which nothing takes long.
const SMALL_BYTES: usize = 256 << 10;

/// Bytes of a request that takes what is left of the task along: of a larger one, that stays apart.
const WHOLE_REQUEST_BYTES: u64 = 4 << 10;

/// Bytes that may be made portable on a thread that has something else to do.
const HURRIED_BYTES: u64 = 32 << 10;

/// Nodes of a tree for the host: more stays opaque.
const DATUM_NODES_MAX: u64 = 1 << 24;

impl Task {
    pub fn new(machine: Arc<Machine>, limits: Limits) -> Task {
        Task {
            form: Form::Dormant(Dormant::new(machine, &limits)),
            fuel_max: limits.fuel,
            result_bytes_max: limits.result_bytes,
            fuel_used: 0,
            worker: 0,
            result_reach: Reach::Anywhere,
            row: Box::default(),
            state: State::Idle,
            desk: None,
        }
    }

    /// What stops it.
    pub fn interrupt(&self) -> Interrupt {
        Interrupt(match &self.form {
            Form::Running(core) => core.heap.interrupt.clone().expect("a computation that may run can be stopped"),
            Form::Dormant(dormant) => dormant.interrupt.clone(),
        })
    }

    /// Will evaluate a definition: to its value, which for one with parameters is the function.
    pub fn start_code(&mut self, code: CodeId) {
        self.state = State::Code { code, call: false };
    }

    /// Will evaluate a definition to a function, and call that with `()`: how `main` runs.
    pub fn start_thunk(&mut self, code: CodeId) {
        self.state = State::Code { code, call: true };
    }

    /// Will call a function from elsewhere with `()`: how the expression of an `at` runs.
    pub fn start_portable(&mut self, thunk: &Portable) {
        self.state = State::Portable(thunk.clone());
    }

    /// Will call a function from elsewhere with a value from elsewhere, which are a pair: how an evaluation goes on that has requested something.
    pub fn start_apply(&mut self, pair: &Portable) {
        self.state = State::Apply(pair.clone());
    }

    /// As [`Task::start_apply`], of a function and a value that are no pair.
    pub fn start_resume(&mut self, rest: &Portable, answer: &Portable) {
        self.state = State::Resume(Box::new((rest.clone(), answer.clone())));
    }

    /// Operations of these abilities that meet no handler end the task with [`Outcome::Requested`]. `Request` among them says: of any.
    pub fn accept_requests(&mut self, row: &[TypeRef]) {
        self.row = row.into();
    }

    /// What it comes to is for another task of this process: surely, or at first.
    pub fn answers_here(&mut self, surely: bool) {
        self.result_reach = if surely { Reach::Here } else { Reach::Near };
    }

    /// What only this task runs often stays in the first tier: its code is somebody else's.
    pub fn stay_cold(&mut self) {
        match &mut self.form {
            Form::Running(core) => core.warms = false,
            Form::Dormant(dormant) => dormant.warms = false,
        }
    }

    /// Collects garbage at every safepoint from now on: for tests, which find with it what is not kept alive.
    pub fn stress(&mut self) {
        self.core().heap.stress = true;
        self.core().heap.collect_soon(true);
    }

    /// As [`Task::run`], on a thread that has something else to do: it pauses before whatever may take long with as much as it holds, too.
    pub fn run_briefly(&mut self, fuel: u64) -> Step {
        let pending = self.pending_bytes();
        if pending > SMALL_BYTES {
            return Step::Paused;
        }
        let heap = &mut self.core().heap;
        heap.hurry(heap.old_bytes() + pending > SMALL_BYTES);
        let step = self.run(fuel);
        self.core().heap.hurry(false);
        step
    }

    /// Runs until the slice of `fuel` is used up (or a little more: builtins are not interrupted), or the host is needed. While a request is not answered
    /// it does nothing.
    pub fn run(&mut self, fuel: u64) -> Step {
        match self.core().machine.profile().cloned() {
            None => self.run_slice(fuel),
            Some(profile) => self.run_sampled(fuel, &profile),
        }
    }

    /// As [`Task::run_slice`], with samples.
    fn run_sampled(&mut self, fuel: u64, profile: &Profile) -> Step {
        let mut left = fuel;
        loop {
            let (part, before) = (Part::begin(), self.fuel_used);
            let step = self.run_slice(left.min(PART_FUEL));
            part.end(profile, || match (&self.form, &self.state) {
                (Form::Running(core), State::Running(next)) => Some(core.sample(entered(next))),
                (Form::Running(core), State::Waiting) => Some(core.sample(None)),
                _ => None,
            });
            let used = self.fuel_used - before;
            left = left.saturating_sub(used);
            if !matches!(step, Step::Paused) || left == 0 || used == 0 {
                return step;
            }
        }
    }

    fn run_slice(&mut self, fuel: u64) -> Step {
        if self.core().heap.is_interrupted() {
            return self.done(Outcome::OutOf(Budget::Fuel));
        }
        let granted = fuel.min(self.fuel_max.saturating_sub(self.fuel_used)).min(i64::MAX as u64);
        if granted == 0 && fuel > 0 && matches!(self.state, State::Running(Next::Enter(_))) {
            return self.done(Outcome::OutOf(Budget::Fuel));
        }
        self.core().fuel = granted as i64;
        self.core().heap.work_max = self.fuel_max.saturating_sub(self.fuel_used);
        let step = match std::mem::replace(&mut self.state, State::Idle) {
            State::Idle => self.done(Outcome::Fault("the task was not started".into())),
            State::Code { code, call } => self.start(code, call),
            State::Portable(thunk) => self.start_value(thunk),
            State::Apply(pair) => self.start_pair(pair),
            State::Resume(pair) => self.start_rest(pair),
            State::Requesting(request) => self.end_requesting(request),
            State::Asking(builtin, n) => self.request(builtin, n),
            State::Ending(value, outcome) => self.end_with(value, outcome),
            State::Leaving if self.core().heap.hurries => {
                self.state = State::Leaving;
                Step::Paused
            }
            State::Leaving => self.go_away(),
            State::Running(next) => self.go_on(next),
            State::Answered(answer) => self.take_answer(answer),
            State::Waiting => {
                self.state = State::Waiting;
                Step::Paused
            }
            State::Done(outcome) => self.done(outcome),
        };
        let used = granted as i64 - self.core().fuel + self.core().heap.take_work();
        self.fuel_used += used.unsigned_abs();
        // Whatever the slices were: more than the limit was used, so the run is over.
        // Or it needs more than there is, which a call of a function that was missing only says when it runs.
        let stuck = granted == 0 && fuel > 0 && matches!((&self.state, &step), (State::Running(_), Step::Paused));
        let over = stuck || self.fuel_used > self.fuel_max;
        if over { self.done(Outcome::OutOf(Budget::Fuel)) } else { step }
    }

    /// With this, it answers some of its requests itself.
    pub fn lend(&mut self, desk: Box<Desk>) {
        self.desk = Some(desk);
    }

    /// What was lent, with what it has done.
    pub fn take_desk(&mut self) -> Option<Box<Desk>> {
        self.desk.take()
    }

    /// Answers the request that the last run returned. Without one it does nothing.
    pub fn resume(&mut self, answer: Answer) {
        if matches!(self.state, State::Waiting) {
            self.state = State::Answered(answer);
        }
    }

    /// Answers the request that the last run returned by `()`, elsewhere: the next run gives what is left of the task.
    pub fn leave(&mut self) {
        if matches!(self.state, State::Waiting) {
            self.state = State::Leaving;
        }
    }

    /// Notes which of the threads that run tasks has run it.
    pub fn runs_on(&mut self, worker: usize) {
        self.worker = u32::try_from(worker + 1).unwrap_or_default();
    }

    /// Which of them did so last.
    pub fn worker(&self) -> Option<usize> {
        (self.worker as usize).checked_sub(1)
    }

    /// Fuel used so far; the same however it was sliced.
    pub fn fuel_used(&self) -> u64 {
        self.fuel_used
    }

    /// Bytes of what comes into the heap with the next run.
    fn pending_bytes(&self) -> usize {
        match &self.state {
            State::Portable(value) | State::Apply(value) => value.size(),
            State::Resume(pair) => pair.0.size() + pair.1.size(),
            State::Answered(Answer::Portable(value) | Answer::Right(value)) => value.size(),
            State::Answered(Answer::Perform(perform)) => perform.request.size(),
            _ => 0,
        }
    }

    /// At the next safepoint everything that it holds is looked at, and what is not needed is dropped.
    pub fn collect_soon(&mut self) {
        match &mut self.form {
            Form::Running(core) => core.heap.want_full_collection(),
            Form::Dormant(dormant) => dormant.wants_full = true,
        }
    }

    /// The identifiers of all futures that it held when everything was looked at the last time, if that was after this was asked the last time. Since then it has got none but by answers.
    pub fn take_futures(&mut self) -> Option<Vec<[u8; 16]>> {
        match &mut self.form {
            Form::Running(core) => core.heap.take_futures(),
            Form::Dormant(_) => None,
        }
    }

    /// Bytes that it was known to need at the last collection.
    pub fn live_bytes(&self) -> u64 {
        match &self.form {
            Form::Running(core) => core.heap.old_bytes() as u64,
            Form::Dormant(_) => 0,
        }
    }

    /// Definitions whose code was running when it stopped, the innermost first, so many at most, each with the call that it waits for; one that calls itself stands there once in a row, with the innermost call.
    pub fn definitions(&self, max: usize) -> Vec<(DefId, Site)> {
        match &self.form {
            Form::Running(core) => core.definitions(max),
            Form::Dormant(dormant) => dormant.definitions(max),
        }
    }

    /// Bytes of heap, off-heap values and stack held now.
    pub fn memory_used(&self) -> u64 {
        let bytes = match &self.form {
            Form::Running(core) => core.heap.bytes() + 8 * core.stack.len(),
            Form::Dormant(dormant) => dormant.bytes(),
        };
        bytes as u64
    }

    /// It waits for its host, perhaps for long: what it holds is put together, if that is little, and the rest of it is for others to use. It goes on as it would have. Gives the identifiers
    /// of all futures that it holds. None: it stays as it is.
    pub fn hibernate(&mut self) -> Option<Vec<[u8; 16]>> {
        let Form::Running(core) = &mut self.form else { return None };
        if !matches!(self.state, State::Waiting) {
            return None;
        }
        let (dormant, futures) = Dormant::of(core)?;
        if let Form::Running(core) = std::mem::replace(&mut self.form, Form::Dormant(dormant)) {
            hibernate::keep(ManuallyDrop::into_inner(core));
        }
        Some(futures)
    }

    /// The computation, which goes on if it did not.
    fn core(&mut self) -> &mut Core {
        if let Form::Dormant(dormant) = &mut self.form {
            self.form = Form::Running(ManuallyDrop::new(dormant.wake()));
        }
        match &mut self.form {
            Form::Running(core) => core,
            Form::Dormant(_) => unreachable!("it was just woken"),
        }
    }

    fn done(&mut self, outcome: Outcome) -> Step {
        // Here rather than where it is dropped: that thread may have something else to do.
        if let Form::Running(core) = &mut self.form
            && core.heap.bytes() > SMALL_BYTES
        {
            core.heap.forget();
        }
        self.state = State::Done(outcome.clone());
        Step::Done(outcome)
    }

    /// The task cannot go on without these; it begins again with `state`.
    fn missing(&mut self, state: State, missing: Vec<Missing>) -> Step {
        self.state = state;
        Step::Missing(missing)
    }

    fn trap(&mut self, trap: Trap) -> Step {
        self.done(match trap {
            Trap::Fault(what) => Outcome::Fault(what),
            Trap::OutOf(budget) => Outcome::OutOf(budget),
        })
    }

    fn start(&mut self, code: CodeId, call: bool) -> Step {
        let entry = self.core().machine.entry(Target::Generic(code));
        let Some(compiled) = entry.code() else {
            return self.missing(State::Code { code, call }, vec![Missing::Code(code)]);
        };
        let takes = compiled.entrance.params.len();
        let unit = Word::constant(self.core().machine.known.unit);
        let started = self.core().start().and_then(|()| match (takes, call) {
            (0, false) => Ok(Next::Enter(entry)),
            (0, true) => self.core().push_apply(&[unit]).map(|()| Next::Enter(entry)),
            (_, false) => Ok(Next::Return(Word::function(entry).0)),
            (_, true) => {
                self.core().put(unit, Word::function(entry));
                Ok(Next::Apply(1))
            }
        });
        match started {
            Ok(next) => self.go_on(next),
            Err(trap) => self.trap(*trap),
        }
    }

    fn start_value(&mut self, thunk: Portable) -> Step {
        let core = self.core();
        let unit = Word::constant(core.machine.known.unit);
        match portable::read(&thunk, &mut core.heap, &core.machine) {
            Ok(function) => self.start_call(function, unit),
            Err(undecodable) => self.undecodable(undecodable, State::Portable(thunk)),
        }
    }

    fn start_pair(&mut self, pair: Portable) -> Step {
        let core = self.core();
        let pair_descriptor = core.machine.known.pair;
        let read = match portable::read(&pair, &mut core.heap, &core.machine) {
            Ok(read) => read,
            Err(undecodable) => return self.undecodable(undecodable, State::Apply(pair)),
        };
        if read.descriptor() != Some(pair_descriptor) {
            return self.malformed("what goes on is not a function and its argument");
        }
        self.start_call(read.field(0), read.field(1))
    }

    fn start_rest(&mut self, pair: Box<(Portable, Portable)>) -> Step {
        let core = self.core();
        let (heap, machine) = (&mut core.heap, &core.machine);
        // Nothing is collected between the two.
        let read = portable::read(&pair.0, heap, machine).and_then(|rest| {
            let answer = portable::read(&pair.1, heap, machine)?;
            Ok((rest, answer))
        });
        match read {
            Ok((function, argument)) => self.start_call(function, argument),
            Err(undecodable) => self.undecodable(undecodable, State::Resume(pair)),
        }
    }

    fn start_call(&mut self, function: Word, argument: Word) -> Step {
        if let Err(trap) = self.core().start() {
            return self.trap(*trap);
        }
        self.core().put(argument, function);
        self.go_on(Next::Apply(1))
    }

    fn go_away(&mut self) -> Step {
        let rest = match self.core().rest() {
            Ok(rest) => rest,
            Err(trap) => return self.trap(*trap),
        };
        let bytes_max = self.result_bytes_max;
        let core = self.core();
        match portable::write(rest, &mut core.heap, &core.machine, bytes_max, Reach::Anywhere) {
            Ok(rest) => {
                self.state = State::Done(Outcome::Fault("the task goes on elsewhere".into()));
                Step::Left(rest)
            }
            Err(error) => self.untransportable(error),
        }
    }

    fn undecodable(&mut self, why: Undecodable, again: State) -> Step {
        match why {
            Undecodable::Missing(missing) => self.missing(again, missing),
            Undecodable::Malformed(error) => {
                self.done(Outcome::Fault(format!("a value from elsewhere is malformed: {error}")))
            }
            Undecodable::Trap(trap) => self.trap(*trap),
        }
    }

    fn go_on(&mut self, next: Next) -> Step {
        let mut exit = self.core().interpret(next);
        while let Exit::Host(builtin, _) = exit {
            let Some(answer) = self.answer(builtin) else { break };
            exit = self.core().interpret(Next::Return(answer.0));
        }
        self.stop(exit)
    }

    /// The answer to a request, as far as that needs no host.
    fn answer(&mut self, builtin: Builtin) -> Option<Word> {
        match (&mut self.desk, &mut self.form) {
            (Some(desk), Form::Running(core)) => desk.answer(builtin, core),
            _ => None,
        }
    }

    fn stop(&mut self, exit: Exit) -> Step {
        match exit {
            Exit::Paused(next) => {
                self.state = State::Running(next);
                Step::Paused
            }
            Exit::Missing(next, code) => self.missing(State::Running(next), vec![Missing::Code(code)]),
            Exit::Host(builtin, n) => self.request(builtin, n),
            Exit::Value(value) => self.end_with(value, Outcome::Returned),
            Exit::Unhandled(request, n) => self.unhandled(request, n),
            Exit::Trap(trap) => self.trap(*trap),
        }
    }

    /// An operation met no handler here: whoever waits may have one.
    fn unhandled(&mut self, request: DescRef, n: usize) -> Step {
        if request == self.core().machine.known.raise {
            let core = self.core();
            let failure = Word(core.stack[core.base]);
            return self.end_with(failure, Outcome::Raised);
        }
        let Tag::Request(ability, operation) = request.tag else { unreachable!("an operation has a request") };
        if !accepts(&self.row, ability) {
            return self.done(Outcome::Unhandled { ability, operation });
        }
        match self.core().request_of_all(request, n) {
            Ok(request) => self.end_requesting(request),
            Err(trap) => self.trap(*trap),
        }
    }

    /// Ends with a request. What is left of the task goes along if it is small and all there.
    fn end_requesting(&mut self, request: Word) -> Step {
        let bytes_max = self.result_bytes_max.min(WHOLE_REQUEST_BYTES);
        let core = self.core();
        match portable::write(request, &mut core.heap, &core.machine, bytes_max, Reach::Anywhere) {
            Ok(request) if !portable::names_resumptions(&request) => {
                self.done(Outcome::Requested { request, rest: None })
            }
            Ok(_) | Err(EncodeError::TooLarge) => self.end_apart(request),
            Err(error) => self.untransportable(error),
        }
    }

    fn end_apart(&mut self, request: Word) -> Step {
        let bytes_max = self.bytes_max();
        let descriptor = request.descriptor().expect("a request is an object");
        let last = descriptor.fields.len() - 1;
        let mut fields: Vec<u64> = (0..=last).map(|i| request.raw_field(i)).collect();
        let core = self.core();
        let (heap, machine) = (&mut core.heap, &core.machine);
        let rest = Word(std::mem::replace(&mut fields[last], Word::constant(machine.known.unit).0));
        // The task is over: nothing is collected any more.
        let alone = heap.constructed(descriptor, &fields);
        let written = portable::write(rest, heap, machine, bytes_max, Reach::Here)
            .and_then(|rest| Ok((portable::write(alone, heap, machine, bytes_max, Reach::Anywhere)?, rest)));
        match written {
            Ok((request, rest)) => self.done(Outcome::Requested { request, rest: Some(rest) }),
            Err(EncodeError::TooLarge) if self.core().heap.hurries => self.put_off(State::Requesting(request)),
            Err(error) => self.untransportable(error),
        }
    }

    fn end_with(&mut self, value: Word, outcome: fn(Portable) -> Outcome) -> Step {
        let bytes_max = self.bytes_max();
        let reach = self.result_reach;
        let core = self.core();
        match portable::write(value, &mut core.heap, &core.machine, bytes_max, reach) {
            Ok(portable) => self.done(outcome(portable)),
            Err(EncodeError::TooLarge) if self.core().heap.hurries => self.put_off(State::Ending(value, outcome)),
            Err(error) => self.untransportable(error),
        }
    }

    /// Bytes of what may be made portable now.
    fn bytes_max(&mut self) -> u64 {
        let max = self.result_bytes_max;
        if self.core().heap.hurries { max.min(HURRIED_BYTES) } else { max }
    }

    /// Another thread goes on with it.
    fn put_off(&mut self, state: State) -> Step {
        self.state = state;
        Step::Paused
    }

    fn untransportable(&mut self, error: EncodeError) -> Step {
        self.done(match error {
            EncodeError::TooLarge => Outcome::OutOf(Budget::Result),
            EncodeError::OpenFile | EncodeError::Mutable(_) | EncodeError::Cycle | EncodeError::Open(_) => {
                Outcome::Fault(error.to_string())
            }
        })
    }

    /// Asks the host, with the arguments at the base.
    fn request(&mut self, builtin: Builtin, mut n: usize) -> Step {
        if let Some(awaited) = desk::awaits(builtin, self.core()) {
            self.state = State::Waiting;
            return Step::Await(awaited);
        }
        let base = self.core().base;
        if builtin == Builtin::RemoteResume {
            if self.core().heap.hurries {
                return self.put_off(State::Asking(builtin, n));
            }
            let core = self.core();
            if Word(core.stack[base + n - 2]).is_plain(ObjectKind::Continuation) {
                // What waits elsewhere and its answer travel as one, with what they share.
                n -= 1;
                let pair = [core.stack[base + n - 1], core.stack[base + n]];
                core.stack[base + n - 1] = core.heap.constructed(core.machine.known.pair, &pair).0;
            }
        }
        let mut args = Vec::with_capacity(n);
        for i in 0..n {
            let bytes_max = self.bytes_max();
            let core = self.core();
            let reach = reach_of(builtin, &args, &core.machine);
            let (word, heap, machine) = (Word(core.stack[base + i]), &mut core.heap, &core.machine);
            let arg = if i + 1 == n && travels_whole(builtin) {
                portable::write(word, heap, machine, bytes_max, reach).map(Datum::Opaque)
            } else {
                portable::to_tree(word, heap, machine, bytes_max, DATUM_NODES_MAX, reach)
            };
            match arg {
                Ok(arg) => args.push(arg),
                Err(EncodeError::TooLarge) if self.core().heap.hurries => {
                    return self.put_off(State::Asking(builtin, n));
                }
                Err(error) => return self.untransportable(error),
            }
        }
        self.state = State::Waiting;
        Step::Request(HostRequest { builtin, args })
    }

    fn take_answer(&mut self, answer: Answer) -> Step {
        let core = self.core();
        let (heap, machine) = (&mut core.heap, &core.machine);
        let value = match &answer {
            Answer::Value(datum) | Answer::Raise(datum) => portable::read_datum(datum, heap, machine),
            Answer::Portable(value) | Answer::Right(value) | Answer::RaisePortable(value) => {
                portable::read(value, heap, machine)
            }
            Answer::Perform(perform) => portable::read(&perform.request, heap, machine),
        };
        let raises = matches!(answer, Answer::Raise(_) | Answer::RaisePortable(_));
        match value {
            Ok(value) if raises => self.raise(value),
            Ok(value) => match answer {
                Answer::Perform(perform) => self.perform_for(value, *perform),
                Answer::Right(_) => {
                    let core = self.core();
                    let right = core.heap.constructed(core.machine.known.right, &[value.0]);
                    self.go_on(Next::Return(right.0))
                }
                _ => self.go_on(Next::Return(value.0)),
            },
            Err(undecodable) => self.undecodable(undecodable, State::Answered(answer)),
        }
    }

    fn malformed(&mut self, what: &'static str) -> Step {
        self.undecodable(Undecodable::Malformed(DecodeError::Forbidden(what)), State::Idle)
    }

    /// Performs what an evaluation elsewhere has requested, where the task waits for it. Only what the row permits: it cannot have anything else done here.
    fn perform_for(&mut self, request: Word, perform: Perform) -> Step {
        let Perform { row, node, rest, .. } = perform;
        match request.descriptor().map(|descriptor| descriptor.tag) {
            Some(Tag::Request(ability, _)) if accepts(&row, ability) => {}
            _ => return self.malformed("a request of an ability that the evaluation does not have in its row"),
        }
        // Nothing is collected before the code is entered, with all of these in its registers.
        let core = self.core();
        let row = core.heap.opaque(Blob::Row(row));
        let (heap, machine) = (&mut core.heap, &core.machine);
        let node = portable::read_datum(&node, heap, machine);
        let rest = rest.map(|rest| portable::read_datum(&rest, heap, machine)).transpose();
        let (node, rest) = match node.and_then(|node| Ok((node, rest?))) {
            Ok(read) => read,
            Err(undecodable) => return self.undecodable(undecodable, State::Idle),
        };
        match self.core().perform_for(request, row, node, rest) {
            Ok(Some(next)) => self.go_on(next),
            Ok(None) => self.malformed("a request of an operation that does not exist"),
            Err(exit) => self.stop(exit),
        }
    }

    /// Performs `Exception.raise` where the task waits.
    fn raise(&mut self, failure: Word) -> Step {
        if failure.descriptor() != Some(self.core().machine.known.failure) {
            return self.malformed("what is raised is not a failure");
        }
        let core = self.core();
        core.stack[core.base] = failure.0;
        match core.perform(core.machine.known.raise, 1) {
            Ok(next) => self.go_on(next),
            Err(exit) => self.stop(exit),
        }
    }
}

/// How far the next argument of a request goes: what is evaluated at a node of this process stays, and what is sent there to a listener may be awaited from elsewhere.
fn reach_of(builtin: Builtin, args: &[Datum], machine: &Machine) -> Reach {
    let (node, reach) = match builtin {
        Builtin::RemoteAt | Builtin::RemoteResume | Builtin::RemoteSpawn => (args.get(1), Reach::Here),
        Builtin::RemoteSupervise => return Reach::Here,
        Builtin::RemoteBangSend | Builtin::RemoteBangDeliver => (args.first(), Reach::Near),
        _ => return Reach::Anywhere,
    };
    match node {
        Some(Datum::Constructed(TypeRef::Builtin(BuiltinType::Node), _, fields)) => match &fields[..] {
            [Datum::Bytes(name)] if machine.home().is_some_and(|home| name.starts_with(home)) => reach,
            _ => Reach::Anywhere,
        },
        _ => Reach::Anywhere,
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        if let Form::Running(core) = &mut self.form {
            // SAFETY: nobody looks at it after this.
            hibernate::keep(unsafe { ManuallyDrop::take(core) });
        }
    }
}

/// Whether the last argument of a request is a value for another place, about which its host wants to know nothing.
fn travels_whole(builtin: Builtin) -> bool {
    matches!(builtin, Builtin::RemoteResume | Builtin::RemoteBangSend | Builtin::RemoteBangDeliver)
}

/// Whether requests of an ability are for whoever waits for an evaluation with this row. `Request` stands for a row variable: for all that a program can handle.
fn accepts(row: &[TypeRef], ability: TypeRef) -> bool {
    row.contains(&ability) || row.contains(&TypeRef::Builtin(BuiltinType::Request))
}

// A host has a million of them.
const _: () = assert!(size_of::<Task>() <= 256);

impl std::fmt::Debug for Task {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Task(fuel used {}, memory {})", self.fuel_used, self.memory_used())
    }
}

const _: () = {
    const fn sent<T: Send>() {}
    const fn shared<T: Send + Sync>() {}
    sent::<Task>();
    shared::<Machine>();
};
