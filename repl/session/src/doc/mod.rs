//! What names mean and how to use them, from the comments above their definitions.
//!
//! [`comment`] is the convention of comments, [`outline`] reads them out of a source, [`Library::look_up`] answers a question, and
//! [`text`] shows the answer on a terminal, [`markdown`] writes it as Markdown, [`html`] makes a site of everything. Documentation that is a value ([`literal`]) is another source of a
//! [`Comment`], beside [`Comment::parse`].
//!
//! **Invariant:** a name without documentation still has a type, a hash and a place, and these come from the codebase, never from text.

pub mod comment;
pub mod outline;
pub mod entry;
mod shelf;
mod lookup;
pub mod literal;
pub mod text;
pub mod markdown;
pub mod html;

pub use comment::Comment;
pub use entry::{Documentation, Entry};
pub use literal::{Evaluating, Literals};
pub use lookup::Library;

use crate::check::CheckReply;
use crate::definitions::overlay::Overlay;
use crate::watch::NotEvaluated;
use crate::workspace::{Workspace, read_sources};
use compiler::pipeline::{self, Naming};
use html::SiteFile;
use std::path::PathBuf;

/// Everything about a name in a workspace. The prompt, which has definitions of its own, fills a [`Library`] itself.
pub fn doc(workspace: &Workspace, name: &str, evaluating: &Evaluating<'_>) -> Result<Documentation, NotEvaluated> {
    let (environment, literals) = (&workspace.environment, Literals::default());
    let library = Library { environment, stored: environment, at_hand: Vec::new(), literals };
    library.look_up_with(workspace, name, evaluating)
}

/// A site of a workspace, with what some files define: or the mistakes in these.
pub fn site(
    workspace: &Workspace,
    files: &[PathBuf],
    evaluating: &Evaluating<'_>,
) -> Result<Result<Vec<SiteFile>, CheckReply>, NotEvaluated> {
    let sources = read_sources(files).map_err(NotEvaluated::Workspace)?;
    let compiled = workspace.compile(&sources).map_err(NotEvaluated::Workspace)?;
    let failed = |error| NotEvaluated::Workspace(workspace.failed(error));
    if !compiled.diagnostics.is_empty() {
        let (checked, known) = (compiled.checked.checked_count, compiled.checked.skipped_count);
        return Ok(Err(CheckReply { sources, diagnostics: compiled.diagnostics, checked, known, missing: Vec::new() }));
    }
    pipeline::store(&compiled, &workspace.environment, Naming::HashesOnly, (evaluating.clock.wall_ms)())
        .map_err(failed)?;
    let mut environment = Overlay::new(&workspace.environment);
    environment.terms = compiled.checked.terms.iter().map(|term| (term.name.clone(), term.reference)).collect();
    environment.types = compiled.checked.types.iter().map(|ty| (ty.name.clone(), ty.reference)).collect();
    let at_hand = sources.iter().map(|(_, source)| (source.path.clone(), source.text.clone())).collect();
    let literals = Literals::default();
    let mut library = Library { environment: &environment, stored: &workspace.environment, at_hand, literals };
    library.literals = library.evaluated(workspace, &html::documents(&library), evaluating)?;
    let title = if workspace.project.name.is_empty() { "Unison" } else { &workspace.project.name };
    html::site(&library, title).map(Ok).map_err(failed)
}
