//! What names mean and how to use them, from the comments above their definitions.
//!
//! [`comment`] is the convention of comments, [`outline`] reads them out of a source, [`Library::look_up`] answers a question, and
//! [`text`] shows the answer on a terminal. Documentation literals will be another source of a [`Comment`], beside [`Comment::parse`].
//!
//! **Invariant:** a name without documentation still has a type, a hash and a place, and these come from the codebase, never from text.

pub mod comment;
pub mod outline;
pub mod entry;
mod shelf;
mod lookup;
pub mod text;

pub use comment::Comment;
pub use entry::{Documentation, Entry};
pub use lookup::Library;

use crate::workspace::{Workspace, WorkspaceError};

/// Everything about a name in a workspace. The prompt, which has definitions of its own, fills a [`Library`] itself.
pub fn doc(workspace: &Workspace, name: &str) -> Result<Documentation, WorkspaceError> {
    let library = Library { environment: &workspace.environment, stored: &workspace.environment, at_hand: Vec::new() };
    library.look_up(name).map_err(|error| workspace.failed(error))
}
