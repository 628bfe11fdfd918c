//! The abstract machine: values, heap, stacks, continuations, the interpreter, builtins, and the portable form of any value.
//!
//! A [`Machine`] holds code and descriptors and is shared by all tasks of a process. A [`Task`] runs one computation: it owns its heap and its stack, runs
//! in slices of fuel, and performs no outside effect itself but returns a [`Step`] that its host answers.
//!
//! **Invariant:** nothing from outside (values, code accepted by `ir::verify`) makes a task read or write outside its own heap and stack, block, recurse natively on
//! data, or end the process; a task ends with an [`Outcome`].

// What a host sees.
mod datum;
mod desk;
mod outcome;
mod task;

// Values and memory.
mod blob;
mod collect;
mod constants;
mod growing;
mod heap;
mod hibernate;
mod list;
mod remains;
mod word;

// Code, and how it runs.
mod builtins;
mod code;
mod compile;
mod control;
mod frames;
mod instructions;
mod interpret;
mod machine;
pub mod native;
mod profile;
mod shortcuts;
mod trap;
mod wrapper;

// How values travel.
mod hasher;
pub mod portable;

pub use builtins::remote::CHANNEL_CONTEXT;
pub use datum::Datum;
pub use desk::{Addressee, Arrived, Await, ChannelKey, ChannelName, Desk, Notice};
pub use instructions::Dispatch;
pub use machine::{DefineError, Machine};
pub use outcome::{Answer, Budget, HostRequest, Limits, Missing, Outcome, Perform, Step};
pub use portable::{Portable, References};
pub use profile::{Profile, SampledFrame};
pub use task::{Interrupt, Task};
