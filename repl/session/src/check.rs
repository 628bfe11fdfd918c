//! `unison check`: type-checks files and keeps what is sound, so that nothing is checked twice.

//!
//! A tree in which nothing has changed is not even parsed: the codebase remembers the state in which its files were found to be free of mistakes.

use crate::tree::Tree;
use crate::watch;
use crate::workspace::{Workspace, WorkspaceError};
use base::{Diagnostic, Hash, Sources};
use compiler::COMPILER_VERSION;
use compiler::pipeline::{self, Naming};
use hash::SourceKeyBuilder;
use std::path::PathBuf;

/// What a check found.
pub struct CheckReply {
    pub sources: Sources,
    /// In source order; empty if all is well.
    pub diagnostics: Vec<Diagnostic>,
    /// Definitions that were checked now, and those known from before.
    pub checked: usize,
    pub known: usize,
    /// Paths that were named, where nothing is.
    pub missing: Vec<(PathBuf, std::io::Error)>,
}

/// Checks files together, with all source files below folders: they see each other's definitions. `now_ms` is the wall clock in milliseconds since 1970.
pub fn check(workspace: &Workspace, paths: &[PathBuf], now_ms: u64) -> Result<CheckReply, WorkspaceError> {
    let mut tree = Tree::read(paths);
    let missing = std::mem::take(&mut tree.missing);
    let failed = |error| workspace.failed(error);
    let (place, state) = (place(paths), state(workspace, &tree.sources)?);
    if tree.is_sound()
        && missing.is_empty()
        && let Some(known) = workspace.codebase.clean(&place, &state).map_err(failed)?
    {
        let known = usize::try_from(known).unwrap_or(usize::MAX);
        return Ok(CheckReply { sources: tree.sources, diagnostics: Vec::new(), checked: 0, known, missing });
    }
    let compiled = workspace.compile(&tree.sources)?;
    pipeline::store(&compiled, &workspace.environment, Naming::HashesOnly, now_ms).map_err(failed)?;
    let (checked, known) = (compiled.checked.checked_count, compiled.checked.skipped_count);
    let mut diagnostics = tree.diagnostics(compiled.diagnostics);
    watch::explain_purity(&mut diagnostics, &tree.sources);
    if diagnostics.is_empty() && missing.is_empty() {
        workspace.codebase.keep_clean(&place, &state, (checked + known) as u64).map_err(failed)?;
    }
    Ok(CheckReply { sources: tree.sources, diagnostics, checked, known, missing })
}

/// Which files are meant, wherever they are named from.
fn place(paths: &[PathBuf]) -> Hash {
    let mut place = SourceKeyBuilder::new(COMPILER_VERSION, "place");
    for path in paths {
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.clone());
        place.token(&absolute.to_string_lossy());
    }
    place.finish().0
}

/// Everything on which the outcome of a check depends: texts, project, compiler, library, and what names mean in the codebase.
pub(crate) fn state(workspace: &Workspace, sources: &Sources) -> Result<Hash, WorkspaceError> {
    let mut state = SourceKeyBuilder::new(COMPILER_VERSION, &workspace.project.name);
    let names = workspace.codebase.head().map_err(|error| workspace.failed(error))?;
    state.token(&names.0.to_string());
    state.token(&base::hash::base32hex(&workspace.environment.library().id().0));
    for (_, source) in sources.iter() {
        state.token(&source.text);
    }
    Ok(state.finish().0)
}
