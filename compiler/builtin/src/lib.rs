//! The table of builtins: their names, types, and what they may do. Data only; checker, lowering, machine, sandbox and documentation
//! read it, and a `match` over [`Builtin`] that misses a row does not compile.
//!
//! Types are text in the notation of a signature, read by `kernel::builtins`.
//!
//! **Invariant:** every fact about a builtin stands here, once. Names are identity (`##Nat.+`): renaming a row changes hashes.
#![forbid(unsafe_code)]

mod terms;
mod types;

pub use terms::{ALL_BUILTINS, Builtin, Class, Hidden};
pub use types::{BuiltinType, IoErrorKind, NAMED_TYPES, RemoteErrKind, TUPLE_MAX, TypeSort, TypeSpec};
