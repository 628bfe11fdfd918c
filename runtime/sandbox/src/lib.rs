//! What code from elsewhere may do, and how much of it: policies, the chain of principals, tokens, budgets and their ledgers, and the audit of definitions.
//!
//! It decides and counts; it performs nothing, keeps no clock and reads no store.
//!
//! **Invariant:** an answer of this crate is a function of its arguments, and where it has no reason to permit something it denies it.
#![forbid(unsafe_code)]

mod audit;
mod budget;
mod policy;
mod principal;

pub use audit::{Component, Denied, audit};
pub use budget::{Budget, Ledger, Resource, UNLIMITED};
pub use policy::Policy;
pub use principal::{Chain, ChainTooLong, PRINCIPALS_MAX, Principal, Token};
