//! `unison check`: type-checks files and keeps what is sound, so that nothing is checked twice.

use crate::files;
use crate::workspace::{Workspace, WorkspaceError, read_sources};
use base::{Diagnostic, Sources};
use compiler::pipeline::{self, Naming};
use std::path::PathBuf;

/// What a check found.
pub struct CheckReply {
    pub sources: Sources,
    /// In source order; empty if all is well.
    pub diagnostics: Vec<Diagnostic>,
    /// Definitions that were checked now, and those known from before.
    pub checked: usize,
    pub known: usize,
}

/// Checks files together, with all source files below folders: they see each other's definitions. `now_ms` is the wall clock in milliseconds since 1970.
pub fn check(workspace: &Workspace, paths: &[PathBuf], now_ms: u64) -> Result<CheckReply, WorkspaceError> {
    let sources = read_sources(&files::find(paths)?)?;
    let compiled = workspace.compile(&sources)?;
    let stored = pipeline::store(&compiled, &workspace.environment, Naming::HashesOnly, now_ms);
    stored.map_err(|error| workspace.failed(error))?;
    let (checked, known) = (compiled.checked.checked_count, compiled.checked.skipped_count);
    Ok(CheckReply { sources, diagnostics: compiled.diagnostics, checked, known })
}
