//! A running computation.

use crate::control::{Core, Exit, Next};
use crate::machine::Target;
use crate::portable::{self, EncodeError, Undecodable};
use crate::trap::Trap;
use crate::word::Word;
use crate::{Answer, Budget, HostRequest, Limits, Machine, Missing, Outcome, Portable, Step};
use base::bytes::DecodeError;
use builtin::Builtin;
use ir::CodeId;
use std::sync::Arc;

/// A computation with its own heap and stack. It may be sent between threads, and dropped at any time.
pub struct Task {
    core: Core,
    limits: Limits,
    /// Fuel used in all, slices that are over.
    fuel_used: u64,
    state: State,
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
    /// At a safepoint.
    Running(Next),
    /// The host has not answered.
    Waiting,
    Answered(Answer),
    Done(Outcome),
}

/// Nodes of a tree for the host: more stays opaque.
const DATUM_NODES_MAX: u64 = 1 << 24;

impl Task {
    pub fn new(machine: Arc<Machine>, limits: Limits) -> Task {
        Task { core: Core::new(machine, &limits), limits, fuel_used: 0, state: State::Idle }
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

    /// Collects garbage at every safepoint from now on: for tests, which find with it what is not kept alive.
    pub fn stress(&mut self) {
        self.core.heap.stress = true;
        self.core.heap.wants_collection = true;
    }

    /// Runs until the slice of `fuel` is used up (or a little more: builtins are not interrupted), or the host is needed. While a request is not answered
    /// it does nothing.
    pub fn run(&mut self, fuel: u64) -> Step {
        let granted = fuel.min(self.limits.fuel.saturating_sub(self.fuel_used)).min(i64::MAX as u64);
        if granted == 0 && fuel > 0 && matches!(self.state, State::Running(Next::Enter(_))) {
            return self.done(Outcome::OutOf(Budget::Fuel));
        }
        self.core.fuel = granted as i64;
        self.core.heap.work_max = self.limits.fuel.saturating_sub(self.fuel_used);
        let step = match std::mem::replace(&mut self.state, State::Idle) {
            State::Idle => self.done(Outcome::Fault("the task was not started".into())),
            State::Code { code, call } => self.start(code, call),
            State::Portable(thunk) => self.start_value(thunk),
            State::Running(next) => self.go_on(next),
            State::Answered(answer) => self.take_answer(answer),
            State::Waiting => {
                self.state = State::Waiting;
                Step::Paused
            }
            State::Done(outcome) => self.done(outcome),
        };
        let used = granted as i64 - self.core.fuel + std::mem::take(&mut self.core.heap.work) as i64;
        self.fuel_used += used.unsigned_abs();
        // Whatever the slices were: more than the limit was used, so the run is over.
        let over = self.fuel_used > self.limits.fuel;
        if over { self.done(Outcome::OutOf(Budget::Fuel)) } else { step }
    }

    /// Answers the request that the last run returned. Without one it does nothing.
    pub fn resume(&mut self, answer: Answer) {
        if matches!(self.state, State::Waiting) {
            self.state = State::Answered(answer);
        }
    }

    /// Fuel used so far; the same however it was sliced.
    pub fn fuel_used(&self) -> u64 {
        self.fuel_used
    }

    /// Bytes of heap, off-heap values and stack held now.
    pub fn memory_used(&self) -> u64 {
        (self.core.heap.bytes() + 8 * self.core.stack.len()) as u64
    }

    fn done(&mut self, outcome: Outcome) -> Step {
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
        let entry = self.core.machine.entry(Target::Generic(code));
        let Some(compiled) = entry.code() else {
            return self.missing(State::Code { code, call }, vec![Missing::Code(code)]);
        };
        let takes = compiled.params.len();
        let unit = Word::constant(self.core.machine.known.unit);
        let started = self.core.start().and_then(|()| match (takes, call) {
            (0, false) => Ok(Next::Enter(entry)),
            (0, true) => self.core.push_apply(&[unit]).map(|()| Next::Enter(entry)),
            (_, false) => Ok(Next::Return(Word::function(entry).0)),
            (_, true) => {
                self.core.stack[self.core.base] = unit.0;
                self.core.stack[self.core.base + 1] = Word::function(entry).0;
                Ok(Next::Apply(1))
            }
        });
        match started {
            Ok(next) => self.go_on(next),
            Err(trap) => self.trap(*trap),
        }
    }

    fn start_value(&mut self, thunk: Portable) -> Step {
        let function = match portable::read(&thunk, &mut self.core.heap, &self.core.machine) {
            Ok(function) => function,
            Err(undecodable) => return self.undecodable(undecodable, State::Portable(thunk)),
        };
        if let Err(trap) = self.core.start() {
            return self.trap(*trap);
        }
        let unit = Word::constant(self.core.machine.known.unit);
        self.core.stack[self.core.base] = unit.0;
        self.core.stack[self.core.base + 1] = function.0;
        self.go_on(Next::Apply(1))
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
        let exit = self.core.interpret(next);
        self.stop(exit)
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
            Exit::Raised(failure) => self.end_with(failure, Outcome::Raised),
            Exit::Unhandled(ability, operation) => self.done(Outcome::Unhandled { ability, operation }),
            Exit::Trap(trap) => self.trap(*trap),
        }
    }

    fn end_with(&mut self, value: Word, outcome: fn(Portable) -> Outcome) -> Step {
        match portable::write(value, &mut self.core.heap, self.limits.result_bytes) {
            Ok(portable) => self.done(outcome(portable)),
            Err(error) => self.untransportable(error),
        }
    }

    fn untransportable(&mut self, error: EncodeError) -> Step {
        self.done(match error {
            EncodeError::TooLarge => Outcome::OutOf(Budget::Result),
            EncodeError::Continuation | EncodeError::OpenFile | EncodeError::Cycle => Outcome::Fault(error.to_string()),
        })
    }

    /// Asks the host, with the arguments at the base.
    fn request(&mut self, builtin: Builtin, n: usize) -> Step {
        let mut args = Vec::with_capacity(n);
        for i in 0..n {
            let word = Word(self.core.stack[self.core.base + i]);
            match portable::to_tree(word, &mut self.core.heap, self.limits.result_bytes, DATUM_NODES_MAX) {
                Ok(arg) => args.push(arg),
                Err(error) => return self.untransportable(error),
            }
        }
        self.state = State::Waiting;
        Step::Request(HostRequest { builtin, args })
    }

    fn take_answer(&mut self, answer: Answer) -> Step {
        let (heap, machine) = (&mut self.core.heap, &self.core.machine);
        let value = match &answer {
            Answer::Value(datum) | Answer::Raise(datum) => portable::read_datum(datum, heap, machine),
            Answer::Portable(value) | Answer::RaisePortable(value) => portable::read(value, heap, machine),
        };
        let raises = matches!(answer, Answer::Raise(_) | Answer::RaisePortable(_));
        match value {
            Ok(value) if raises => self.raise(value),
            Ok(value) => self.go_on(Next::Return(value.0)),
            Err(undecodable) => self.undecodable(undecodable, State::Answered(answer)),
        }
    }

    /// Performs `Exception.raise` where the task waits.
    fn raise(&mut self, failure: Word) -> Step {
        if failure.descriptor() != Some(self.core.machine.known.failure) {
            let error = DecodeError::Forbidden("what is raised is not a failure");
            return self.undecodable(Undecodable::Malformed(error), State::Idle);
        }
        self.core.stack[self.core.base] = failure.0;
        match self.core.perform(self.core.machine.known.raise, 1) {
            Ok(next) => self.go_on(next),
            Err(exit) => self.stop(exit),
        }
    }
}

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
