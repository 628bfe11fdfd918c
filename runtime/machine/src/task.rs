//! A running computation.

use crate::{Answer, Limits, Machine, Portable, Step};
use ir::CodeId;
use std::sync::Arc;

/// A computation with its own heap and stack. It may be sent between threads, and dropped at any time.
#[derive(Debug)]
pub struct Task {
    machine: Arc<Machine>,
    limits: Limits,
}

impl Task {
    pub fn new(machine: Arc<Machine>, limits: Limits) -> Task {
        Task { machine, limits }
    }

    /// Will evaluate a definition: to its value, which for one with parameters is the function.
    pub fn start_code(&mut self, _code: CodeId) {
        unimplemented!()
    }

    /// Will evaluate a definition to a function, and call that with `()`: how `main` runs.
    pub fn start_thunk(&mut self, _code: CodeId) {
        unimplemented!()
    }

    /// Will call a function from elsewhere with `()`: how the expression of an `at` runs.
    pub fn start_portable(&mut self, _thunk: &Portable) {
        unimplemented!()
    }

    /// Runs until the slice of `fuel` is used up (or a little more: builtins are not interrupted), or the host is needed.
    pub fn run(&mut self, _fuel: u64) -> Step {
        let _ = (&self.machine, &self.limits);
        unimplemented!()
    }

    /// Answers the request that the last run returned.
    pub fn resume(&mut self, _answer: Answer) {
        unimplemented!()
    }

    /// Fuel used so far; the same however it was sliced.
    pub fn fuel_used(&self) -> u64 {
        unimplemented!()
    }

    /// Bytes of heap, off-heap values and stack held now.
    pub fn memory_used(&self) -> u64 {
        unimplemented!()
    }
}
