//! What every phase shares and none of them owns: places in source text, names, content hashes, strict byte
//! codecs, and the one form (and the one renderer) in which the user's mistakes are shown.
//!
//! **Invariant:** nothing here knows a phase. No type of the language, no builtin, no file format of ours.
#![forbid(unsafe_code)]

pub mod span;
pub mod name;
pub mod similar;
pub mod hash;
pub mod bytes;
pub mod table;
pub mod limits;
pub mod diagnostic;

pub use diagnostic::{Diagnostic, Label};
pub use hash::Hash;
pub use name::Name;
pub use span::{SourceId, Sources, Span};
pub use table::{Table, TableSet};
