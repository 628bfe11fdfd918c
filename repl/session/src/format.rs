//! `unison fmt`: lays source files out by convention.

use crate::files;
use crate::workspace::{WorkspaceError, read_source};
use base::{Diagnostic, Sources, diagnostic};
use std::io::Write;
use std::path::{Path, PathBuf};

/// What formatting found, and did.
pub struct FormatReply {
    pub sources: Sources,
    /// Files whose layout was, or with `check` is, another one.
    pub changed: Vec<PathBuf>,
    /// How many were looked at.
    pub files: usize,
    /// Why some could not be formatted: they do not parse. They stay as they are.
    pub diagnostics: Vec<Diagnostic>,
    /// Why some could not be read, or written.
    pub failures: Vec<WorkspaceError>,
}

/// Formats files and all source files below folders, in place; with `check` nothing is written.
pub fn format(paths: &[PathBuf], check: bool) -> FormatReply {
    let found = files::find(paths);
    let failures = found.closed.into_iter().map(|(path, error)| WorkspaceError::File(path, error)).collect();
    let (sources, changed, diagnostics) = (Sources::default(), Vec::new(), Vec::new());
    let mut reply = FormatReply { sources, changed, files: 0, diagnostics, failures };
    for path in found.files {
        match format_one(&path, &mut reply, check) {
            Ok(true) => reply.changed.push(path),
            Ok(false) => {}
            Err(failure) => reply.failures.push(failure),
        }
    }
    diagnostic::sort(&mut reply.diagnostics);
    reply
}

/// Whether its layout was another one.
fn format_one(path: &Path, reply: &mut FormatReply, check: bool) -> Result<bool, WorkspaceError> {
    let text = read_source(path)?;
    reply.files += 1;
    let id = reply.sources.add(path.display().to_string(), &*text);
    match compiler::on_compiler_stack(|| syntax::format(id, &text)) {
        Ok(formatted) if formatted == text => Ok(false),
        Ok(_) if check => Ok(true),
        Ok(formatted) => replace(path, &formatted).map(|()| true),
        Err(problems) => {
            reply.diagnostics.extend(problems.iter().map(syntax::Problem::render));
            Ok(false)
        }
    }
}

/// The formatted form of one text, such as standard input.
pub fn format_text(name: &str, text: String) -> Result<String, (Sources, Vec<Diagnostic>)> {
    let mut sources = Sources::default();
    let id = sources.add(name, &*text);
    compiler::on_compiler_stack(|| syntax::format(id, &text))
        .map_err(|problems| (sources, problems.iter().map(syntax::Problem::render).collect()))
}

/// Writes beside the file and renames, so that there is always a whole one. Its permissions stay; a link stays a link.
fn replace(path: &Path, text: &str) -> Result<(), WorkspaceError> {
    let failed = |error| WorkspaceError::Unwritable(path.to_path_buf(), error);
    let target = std::fs::canonicalize(path).map_err(failed)?;
    let folder = target.parent().unwrap_or(Path::new("."));
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let scratch = folder.join(format!(".{name}.{}.new", std::process::id()));
    let written = (|| {
        let mut file = std::fs::File::create_new(&scratch)?;
        file.write_all(text.as_bytes())?;
        file.set_permissions(std::fs::metadata(&target)?.permissions())?;
        file.sync_all()?;
        std::fs::rename(&scratch, &target)
    })();
    if written.is_err() {
        // What is told is why the file could not be written; the rest of the attempt only takes room.
        let _ = std::fs::remove_file(&scratch);
    }
    written.map_err(failed)
}
