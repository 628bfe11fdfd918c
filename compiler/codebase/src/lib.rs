//! Where definitions are kept: objects by hash, the names they have and had, their source text, and what is known of source that was checked.
//!
//! A [`Codebase`] is one SQLite file (its tables stand in [`mod@schema`]) that many processes may use at once, or a database in memory. Every change is one
//! short transaction that takes the write lock first; no lock is held between calls. A process may be killed at any instant: what was acknowledged
//! is there afterwards, what was not is there wholly or not at all. [`MemoryStore`] offers the same to a node, without SQL or names of definitions.
//!
//! Lookups that checking makes by the thousand cannot fail: they give nothing, and the first failure is kept and reported by the next
//! [`Codebase::add`] (or [`Codebase::failure`]), so that nothing is stored which rests on an answer that was wrong.
//!
//! **Invariant:** only this crate speaks SQL. An object is verified on the way in and on the way out, and is there only if all it refers to is.
#![forbid(unsafe_code)]

mod cache;
mod cells;
mod codebase;
mod collect;
mod error;
mod filter;
mod findings;
mod history;
mod memory;
mod names;
mod objects;
mod open;
mod presence;
mod private;
pub mod shape;
mod shapes;
pub mod schema;
mod sources;
pub mod exchange;
mod store;
mod uses;

/// The name of the node that owns a codebase.
pub const OWNER: &str = "Remote.here!";

pub use codebase::{Batch, Codebase};
pub use collect::Collected;
pub use error::CodebaseError;
pub use history::{Change, ChangeId, ChangeKind, NameChange, Note, ORIGIN};
pub use memory::MemoryStore;
pub use names::Reference;
pub use shapes::{Shaped, ShapedRef};
pub use sources::SourceText;
