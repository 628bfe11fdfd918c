//! The tests of the machine once more, with everything compiled before it runs.

#[path = "../../machine/tests/builtins.rs"]
mod builtins;
#[path = "../../machine/tests/continuations.rs"]
mod continuations;
#[path = "../../machine/tests/control.rs"]
mod control;
#[path = "../../machine/tests/portable.rs"]
mod portable;

const TIERS: &[Option<machine::native::When>] = &[Some(machine::native::When::Defined)];
