//! A whole cluster in one thread: hosts as they are, on a network, disks and clocks that a seed decides about.
//!
//! A [`World`] carries out what the hosts want and tells them what has happened, in virtual time. A [`Plan`] says what goes wrong: it is made from a seed, written as a
//! line of text, read back, and made smaller by [`shrink()`]. What a world sees goes to its watcher, which keeps a timeline and knows when a promise was broken.
//! The cluster tests and `unison simulate` are the two users.
//!
//! **Invariant:** no clock, randomness, thread or file of this computer is used: the same plan and program give the same run.
#![forbid(unsafe_code)]

mod random;
mod fault;
mod plan;
mod disk;
mod network;
mod watcher;
mod world;
mod shrink;
mod trial;

pub use fault::{Fault, FaultKind, FaultKinds};
pub use plan::{Plan, PlanError};
pub use random::Random;
pub use shrink::shrink;
pub use trial::{Ended, Program, Trial, try_plan};
pub use watcher::{Broken, Moment, Said, What};
pub use world::{Setup, Waiting, World};
