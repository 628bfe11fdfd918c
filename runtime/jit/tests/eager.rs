//! The tests of the machine once more, with everything compiled before it runs.

#![expect(clippy::duplicate_mod, reason = "each file of tests has the shared ones as a module of its own")]

#[path = "../../machine/tests/builtins.rs"]
mod builtins;
#[path = "../../machine/tests/continuations.rs"]
mod continuations;
#[path = "../../machine/tests/control.rs"]
mod control;
#[path = "../../machine/tests/mutable.rs"]
mod mutable;
#[path = "../../machine/tests/portable.rs"]
mod portable;

const TIERS: &[Option<machine::native::When>] = &[Some(machine::native::When::Defined)];
