//! What a task and its host say to each other.

use crate::{Await, Datum, Portable};
use builtin::Builtin;
use ir::CodeId;
use kernel::TypeRef;

/// What a task may use in all. A child's limits are the business of whoever starts it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Function entries, plus the work of builtins.
    pub fuel: u64,
    /// Of live values: heap and the texts and bytes that it refers to. Garbage may take as much again between two collections.
    pub memory_bytes: u64,
    pub stack_bytes: u64,
    /// Of the portable form of the result, and of each argument of a request.
    pub result_bytes: u64,
}

impl Default for Limits {
    /// Plenty for a program that its own user started.
    fn default() -> Limits {
        Limits { fuel: u64::MAX, memory_bytes: 4 << 30, stack_bytes: 1 << 30, result_bytes: 1 << 30 }
    }
}

/// What a task needs from its host to go on.
#[derive(Clone, PartialEq, Debug)]
pub enum Step {
    /// The slice is used up: run it again.
    Paused,
    /// An effect: perform it, give the answer to `Task::resume`, and run again.
    Request(HostRequest),
    /// The same, of a future.
    Await(Await),
    /// Code or types that are not defined yet: define them and run again.
    Missing(Vec<Missing>),
    /// It was told to leave: what is left of it, a function of `()`. Whoever calls that goes on with it; this task is over.
    Left(Portable),
    /// It has ended. Further runs say the same.
    Done(Outcome),
}

/// An effect that a program asks its host for.
#[derive(Clone, PartialEq, Debug)]
pub struct HostRequest {
    /// Never of class `Pure`.
    pub builtin: Builtin,
    /// All of its arguments, a hidden row first. Functions are [`Datum::Opaque`].
    pub args: Vec<Datum>,
}

/// What a machine has to be given before a task can go on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Missing {
    Code(CodeId),
    Type(TypeRef),
}

/// The host's answer to a request.
#[derive(Clone, PartialEq, Debug)]
pub enum Answer {
    /// The effect's result.
    Value(Datum),
    /// The effect's result, in portable form.
    Portable(Portable),
    /// `Right` of the effect's result, in portable form.
    Right(Portable),
    /// The effect raised `Exception` with this `Failure`.
    Raise(Datum),
    /// As `Raise`, in portable form.
    RaisePortable(Portable),
    /// The effect was an evaluation elsewhere, which has not ended but requests an operation (see [`Outcome::Requested`]).
    Perform(Box<Perform>),
}

/// An operation is to be performed for an evaluation elsewhere, which goes on with the answer by the effect `RemoteResume`.
#[derive(Clone, PartialEq, Debug)]
pub struct Perform {
    pub request: Portable,
    /// Of which abilities it may be.
    pub row: Vec<TypeRef>,
    /// Where the evaluation goes on: a value.
    pub node: Datum,
    /// What waits there, if that is not in the request: any value by which the host knows it.
    pub rest: Option<Datum>,
}

/// How a task ended.
#[derive(Clone, PartialEq, Debug)]
pub enum Outcome {
    Returned(Portable),
    /// `Exception.raise` with this `Failure` met no handler.
    Raised(Portable),
    /// An operation of the row that the task was given met no handler: the `Request`, whose continuation is what is left of the task. If that is large, it stands beside the request, which has
    /// `()` in its place.
    Requested {
        request: Portable,
        rest: Option<Portable>,
    },
    /// Another operation met no handler.
    Unhandled {
        ability: TypeRef,
        operation: u32,
    },
    /// The program is wrong in a way that types do not exclude (`bug`, division by zero), or that only code which was never checked can be. Says what.
    Fault(String),
    /// A limit was reached.
    OutOf(Budget),
}

/// Which limit was reached.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Budget {
    Fuel,
    Memory,
    Stack,
    /// The result, or an argument of a request, is too large to travel.
    Result,
}
