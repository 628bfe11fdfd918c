//! What is in a codebase, and how it changes: the commands `add`, `view`, `find` and their neighbours, without a terminal.
//!
//! Each command is a function of a [`Workspace`](crate::Workspace) that gives a typed reply, or an [`Error`]. Names are looked up as
//! [`lookup`] says: exact ones first, then by suffix, in the codebase, the standard library and among the builtins.
//!
//! **Invariant:** a name's old meaning stays in the codebase by its hash; what is acknowledged is on the disk. Definitions are told by what they are
//! (a hash), and text is shown as theirs only while it still means that hash.

mod error;
mod item;
pub mod lookup;
pub(crate) mod overlay;
pub mod view;
pub mod code;
pub mod find;
pub mod list;
pub(crate) mod references;
pub mod related;
mod scratch;
mod plan;
pub mod add;
pub mod edit;
pub mod rename;
pub mod private;
pub mod history;
pub mod init;

pub use error::Error;
pub use item::{Item, Origin, Sort};
pub use plan::{Broken, Why};
