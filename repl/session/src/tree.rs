//! Source files as `check` and `test` read them: a file that is no source, or cannot be read, is a problem like others, and does not keep the rest from
//! being checked. What was named and is not there is the fault of whoever named it.

use crate::files;
use base::limits::SOURCE_BYTES_MAX;
use base::{Diagnostic, SourceId, Sources, Span, diagnostic};
use std::io::{Error, ErrorKind, Read};
use std::path::{Path, PathBuf};
use syntax::Problem;

/// Bytes of the character that stands for what could not be read.
const LOST: usize = char::REPLACEMENT_CHARACTER.len_utf8();

/// Files, and what keeps some of them from being read as source.
#[derive(Default)]
pub(crate) struct Tree {
    pub sources: Sources,
    /// One for each such file.
    flaws: Vec<(SourceId, Diagnostic)>,
    /// Paths that were named, where nothing is.
    pub missing: Vec<(PathBuf, Error)>,
}

impl Tree {
    /// Reads files, and all source files below folders, each under the path by which it was named or found.
    pub fn read(paths: &[PathBuf]) -> Tree {
        let mut tree = Tree::default();
        let found = files::find(paths);
        for path in found.files {
            match read(&path) {
                Ok(bytes) => tree.add(&path, bytes),
                // Else it was there a moment ago.
                Err(error) if is_gone(&path) => {
                    if paths.contains(&path) {
                        tree.missing.push((path, error));
                    }
                }
                Err(error) => tree.add_closed(&path, &error),
            }
        }
        found.closed.iter().for_each(|(folder, error)| tree.add_closed(folder, error));
        tree
    }

    /// A file or folder that cannot be read.
    fn add_closed(&mut self, path: &Path, error: &Error) {
        let id = self.sources.add(path.display().to_string(), "");
        let text = error.to_string();
        let why = text.split(" (os error").next().unwrap_or(&text);
        let told = Diagnostic::new("U0155", "this cannot be read")
            .label(Span::new(id, 0, 0), "nothing is known of what is in it")
            .reason(format!("The system says: {why}."))
            .hint("look at its permissions, and at where it leads if it is a link; or remove it");
        self.flaws.push((id, told));
    }

    fn add(&mut self, path: &Path, bytes: Vec<u8>) {
        let path = path.display().to_string();
        if bytes.len() > SOURCE_BYTES_MAX {
            let id = self.sources.add(path, "");
            return self.flaws.push((id, Problem::SourceTooLong { span: Span::new(id, 0, 0) }.render()));
        }
        let (text, flaw) = decoded(bytes);
        let id = self.sources.add(path, text);
        if let Some((at, utf16)) = flaw {
            self.flaws.push((
                id,
                Problem::NotText { span: Span::new(id, at, if utf16 { at } else { at + LOST }), utf16 }.render(),
            ));
        }
    }

    pub fn is_sound(&self) -> bool {
        self.flaws.is_empty()
    }

    /// The mistakes in all files: of those that are no source, that they are none, and nothing that follows from it.
    pub fn diagnostics(&self, mut found: Vec<Diagnostic>) -> Vec<Diagnostic> {
        let is_flawed = |id: SourceId| self.flaws.iter().any(|(flawed, _)| *flawed == id);
        found.retain(|told| !told.labels.first().is_some_and(|label| is_flawed(label.span.source)));
        found.extend(self.flaws.iter().map(|(_, flaw)| flaw.clone()));
        diagnostic::sort(&mut found);
        found
    }
}

/// Not more of the file than tells that it is too long.
fn read(path: &Path) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(SOURCE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn is_gone(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_err_and(|error| error.kind() == ErrorKind::NotFound)
}

/// The text, and if the bytes are not one in UTF-8, where that shows, and whether they are one in UTF-16. What can be read of them is kept, so that
/// what is defined there is known to other files.
fn decoded(bytes: Vec<u8>) -> (String, Option<(usize, bool)>) {
    let error = match String::from_utf8(bytes) {
        Ok(text) => return (text, None),
        Err(error) => error,
    };
    let at = error.utf8_error().valid_up_to();
    let bytes = error.into_bytes();
    let units =
        |of: fn([u8; 2]) -> u16| bytes[2..].chunks_exact(2).map(|pair| of([pair[0], pair[1]])).collect::<Vec<_>>();
    match bytes[..] {
        [0xff, 0xfe, ..] => (String::from_utf16_lossy(&units(u16::from_le_bytes)), Some((0, true))),
        [0xfe, 0xff, ..] => (String::from_utf16_lossy(&units(u16::from_be_bytes)), Some((0, true))),
        _ if bytes.contains(&0) => (String::new(), Some((0, false))),
        _ => (String::from_utf8_lossy(&bytes).into_owned(), Some((at, false))),
    }
}
