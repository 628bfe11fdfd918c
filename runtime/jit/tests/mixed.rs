//! Random programs, and continuations that move, between machines of which some have the first tier alone: what one has captured another one goes on with.

#![expect(clippy::duplicate_mod, reason = "each file of tests has the shared ones as a module of its own")]

#[path = "../../machine/tests/continuations.rs"]
mod continuations;
#[path = "../../machine/tests/mutable.rs"]
mod mutable;
#[path = "../../machine/tests/random.rs"]
mod random;

use machine::native::When;

const TIERS: &[Option<When>] = &[Some(When::Defined), Some(When::Defined), None];
