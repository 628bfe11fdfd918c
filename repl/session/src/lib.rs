//! A workspace without a terminal: command in, reply out. The command line, the REPL and the tests share it.
//!
//! **Invariant:** prints nothing, exits nowhere, reads no environment: directories, clock and streams are arguments.
#![forbid(unsafe_code)]

pub mod home;
pub mod project;
pub mod workspace;
pub mod files;
mod tree;
pub mod check;
pub mod test;
pub mod watch;
pub mod format;
pub mod doc;
pub mod place;
pub mod run;
pub mod trail;
pub mod simulate;
pub mod definitions;
pub mod exchange;
pub mod repl;

pub use home::Home;
pub use workspace::{Workspace, WorkspaceError};
