//! The standard library's image: a codebase made of `stdlib` at first use, kept in the user's cache and only read from then on.
//!
//! Its file is named by everything that decides its content, so a new version never meets an old image, and two processes
//! that make it at once make the same.

use crate::{COMPILER_VERSION, pipeline};
use base::{Diagnostic, Sources, diagnostic};
use codebase::{Codebase, CodebaseError};
use std::path::{Path, PathBuf};

/// Why there is no standard library.
#[derive(Debug)]
pub enum LibraryError {
    /// The cache directory or the image in it cannot be used.
    Codebase(CodebaseError),
    /// A file operation on this path failed.
    File(PathBuf, std::io::Error),
    /// The standard library does not check: a fault of ours. Rendered.
    Mistakes(Vec<String>),
}

impl From<CodebaseError> for LibraryError {
    fn from(error: CodebaseError) -> LibraryError {
        LibraryError::Codebase(error)
    }
}

/// Folders of processes with one number that may have been left behind.
const SCRATCH_MAX: u32 = 10_000;

/// The project name of the standard library: it decides the identity of its unique types.
const PROJECT: &str = "unison/stdlib";

/// Opens the image below `cache`, making it first if it is not there, or is damaged: a cache may be.
pub fn open(cache: &Path) -> Result<Codebase, LibraryError> {
    let path = image_path(cache);
    if path.exists() {
        match Codebase::open_read_only(&path) {
            Err(CodebaseError::NotACodebase | CodebaseError::Version { .. } | CodebaseError::Damaged(_)) => {}
            opened => return Ok(opened?),
        }
    }
    make(cache, &path)?;
    Ok(Codebase::open_read_only(&path)?)
}

/// Where the image of this version is, or will be.
pub fn image_path(cache: &Path) -> PathBuf {
    cache.join(format!("stdlib-{}.sqlite", image_key()))
}

fn image_key() -> String {
    let mut key = hash::SourceKeyBuilder::new(COMPILER_VERSION, PROJECT);
    key.token(&codebase::schema::MIGRATIONS.len().to_string());
    for (path, text) in stdlib::FILES {
        key.token(path);
        key.token(text);
    }
    key.finish().0.to_text()[..20].to_string()
}

/// The library's files as sources, for messages about them and for tests.
pub fn sources() -> Sources {
    let mut sources = Sources::default();
    for (path, text) in stdlib::FILES {
        sources.add(format!("stdlib/{path}"), *text);
    }
    sources
}

/// Writes the image beside its place and renames it, so that nobody sees a part of it.
fn make(cache: &Path, path: &Path) -> Result<(), LibraryError> {
    let failed = |path: &Path| {
        let path = path.to_path_buf();
        move |error| LibraryError::File(path, error)
    };
    tracing::info!(target: "library", path = %path.display(), "making the image of the standard library");
    tracing::trace!(target: "progress", headline = "the standard library, once");
    std::fs::create_dir_all(cache).map_err(failed(cache))?;
    let scratch = scratch_folder(path).map_err(failed(cache))?;
    let image = scratch.join("image.sqlite");
    let made = build_into(&image).and_then(|()| std::fs::rename(&image, path).map_err(failed(path)));
    // Whether it was made is told; what is left here would only take room.
    let _ = std::fs::remove_dir_all(&scratch);
    made
}

/// A new folder beside the image. A process's number alone would not make it ours: others with the same one may share the cache, from containers, or may
/// have been killed at this.
fn scratch_folder(path: &Path) -> std::io::Result<PathBuf> {
    let process = std::process::id();
    let mut attempt = 0u32;
    loop {
        let folder = path.with_extension(format!("{process}-{attempt}.new"));
        match std::fs::create_dir(&folder) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && attempt < SCRATCH_MAX => attempt += 1,
            made => return made.map(|()| folder),
        }
    }
}

fn build_into(scratch: &Path) -> Result<(), LibraryError> {
    let image = Codebase::open(scratch)?;
    let sources = sources();
    let mistakes = crate::on_compiler_stack(|| pipeline::build(&sources, PROJECT, &check::BuiltinEnvironment, &image))?;
    image.close()?;
    if mistakes.is_empty() { Ok(()) } else { Err(LibraryError::Mistakes(render(&mistakes, &sources))) }
}

fn render(mistakes: &[Diagnostic], sources: &Sources) -> Vec<String> {
    mistakes.iter().map(|mistake| diagnostic::human(mistake, sources, false)).collect()
}
