//! The intermediate representation that the machine runs: A-normal, lambda-lifted, with join points and numbered resume points.
//!
//! **Invariant:** nothing runs before [`verify()`] has accepted it; the IR of a definition depends only on its hashed core and the hashed
//! signatures and declarations of what it refers to, so that every node derives the same.
#![forbid(unsafe_code)]

mod function;
pub mod limits;
pub mod liveness;
pub mod print;
pub mod verify;
pub mod walk;

pub use function::*;
pub use verify::{Verified, VerifyError, verify};
