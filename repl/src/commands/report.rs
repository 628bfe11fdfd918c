//! Errors as text.

use crate::exit::{self, Failure};
use base::diagnostic::Drawing;
use base::{Diagnostic, Sources};
use codebase::CodebaseError;
use compiler::library::LibraryError;
use runtime::{Keys, RuntimeError};
use session::WorkspaceError;
use session::place::{LOCAL_NODES_MAX, PlaceError};
use session::project::{MANIFEST, ProjectError};
use std::path::Path;

/// All mistakes, then how many there are.
pub fn diagnostics(sources: &Sources, diagnostics: &[Diagnostic]) -> String {
    let color = super::color();
    let mut drawing = Drawing::new(sources, color);
    let mut text: String = diagnostics.iter().map(|diagnostic| drawing.draw(diagnostic) + "\n").collect();
    if !diagnostics.is_empty() {
        text += &format!("{} found.\n", super::check::count(diagnostics.len(), "problem"));
    }
    text
}

pub fn workspace(error: &WorkspaceError) -> Failure {
    match error {
        WorkspaceError::Project(error) => project(error),
        WorkspaceError::Codebase(path, error) => codebase(path, error),
        WorkspaceError::Library(error) => library(error),
        WorkspaceError::File(path, error) => file(path, error),
        WorkspaceError::TooLarge(path) => {
            let limit = base::limits::SOURCE_BYTES_MAX >> 20;
            Failure::new(exit::USAGE, format!("{} is larger than {limit} MB", path.display()))
                .hint("split it into several files")
        }
        WorkspaceError::NotText(path) => {
            Failure::new(exit::USAGE, format!("{} is not UTF-8 text", path.display())).hint("is it the right file?")
        }
        WorkspaceError::Unwritable(path, error) => {
            Failure::new(exit::USAGE, format!("cannot write {}: {}", path.display(), plain(error)))
                .hint("it is as it was; look at its permissions, and whether the disk is full")
        }
    }
}

pub fn file(path: &Path, error: &std::io::Error) -> Failure {
    let failure = Failure::new(exit::USAGE, format!("cannot read {}: {}", path.display(), plain(error)));
    match error.kind() {
        std::io::ErrorKind::NotFound => failure.hint("check the path; it is relative to the current directory"),
        _ => failure,
    }
}

pub fn project(error: &ProjectError) -> Failure {
    match error {
        ProjectError::Unreadable(path, error) => file(path, error),
        ProjectError::Malformed(path, why) => {
            Failure::new(exit::USAGE, format!("{} is not a project file: {why}", path.display()))
                .hint(format!("{MANIFEST} holds one line: name = \"my-project\""))
        }
    }
}

pub fn codebase(path: &Path, error: &CodebaseError) -> Failure {
    Failure::new(exit::CODEBASE, format!("the codebase {} cannot be used: {error}", path.display())).hint(remedy(error))
}

/// What to do about a codebase that cannot be used. What it holds may be nowhere else.
fn remedy(error: &CodebaseError) -> &'static str {
    match error {
        CodebaseError::Full => "make room on the disk that holds it; nothing of it is lost",
        CodebaseError::ReadOnly => {
            "it has to be writable, with its directory: look at their permissions, and how the disk is mounted"
        }
        CodebaseError::Busy => "wait until the other process has ended, or end it",
        CodebaseError::Path(_) => {
            "look at the path and its permissions, or name another file: --codebase PATH, of a node --store PATH"
        }
        CodebaseError::NotACodebase => {
            "name another file, or move this one away: --codebase PATH, of a node --store PATH"
        }
        CodebaseError::Version { .. } => "use the version of `unison` that has written it, or a newer one",
        CodebaseError::Damaged(_) | CodebaseError::Corrupt(_) | CodebaseError::Dangling(_) => {
            "put a copy in its place, or move it away and `unison pull` from a node that it was pushed to: a new one is empty"
        }
        CodebaseError::Refused(..) | CodebaseError::Private(_) | CodebaseError::Moved | CodebaseError::Other(_) => {
            "nothing was changed; try again, or use another one: --codebase PATH, of a node --store PATH"
        }
    }
}

fn library(error: &LibraryError) -> Failure {
    match error {
        LibraryError::Codebase(error) => {
            Failure::new(exit::CODEBASE, format!("the standard library's image cannot be used: {error}")).hint(
                match error {
                    CodebaseError::Full => "make room on the disk that holds it; `unison env` says where it is",
                    CodebaseError::ReadOnly => "set UNISON_HOME to a directory that can be written",
                    _ => "it is a cache: remove its files, and they are made anew; `unison env` says where they are",
                },
            )
        }
        LibraryError::File(path, error) => {
            let message = format!("cannot write the standard library's image {}: {}", path.display(), plain(error));
            Failure::new(exit::CODEBASE, message).hint("make room there, or set UNISON_HOME to another directory")
        }
        LibraryError::Mistakes(mistakes) => {
            let message = format!("the standard library does not check:\n{}", mistakes.join("\n"));
            Failure::new(exit::FAULT, message).hint("this is a fault of ours; please report it")
        }
    }
}

/// The system's words without its error number.
fn plain(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_string()
}

/// Reads `[KEY@]HOST:PORT`.
pub fn node_address(text: &str) -> Result<runtime::NodeAddress, Failure> {
    text.parse().map_err(|error| {
        Failure::new(exit::USAGE, format!("`{text}` is not a node"))
            .hint(format!("{error}, as `unison node start` prints it; 127.0.0.1:4711 is one"))
    })
}

/// What the operator of a node that refused can do.
pub fn allow_hint(keys: &Keys) -> String {
    format!("its operator can serve you: unison node start --allow {}", keys.user_key())
}

/// An error of this process's own part in the network.
pub fn runtime(error: &RuntimeError) -> Failure {
    peer(error, None)
}

/// An error in talking to a peer as the user with these keys.
pub fn peer(error: &RuntimeError, keys: Option<&Keys>) -> Failure {
    let status = match error {
        RuntimeError::Unreachable { .. } | RuntimeError::TimedOut { .. } => exit::UNREACHABLE,
        RuntimeError::System(_) => exit::FAULT,
        RuntimeError::Refused { .. } => exit::PROBLEMS,
        RuntimeError::KeyFile { .. }
        | RuntimeError::BadKeyFile { .. }
        | RuntimeError::OpenKeyFile { .. }
        | RuntimeError::Listen { .. }
        | RuntimeError::UnknownKey { .. }
        | RuntimeError::ChangedKey { .. }
        | RuntimeError::SameKey { .. } => exit::USAGE,
    };
    let failure = Failure::new(status, error.to_string());
    match error {
        RuntimeError::Unreachable { .. } | RuntimeError::TimedOut { .. } => {
            failure.hint("is it running there? `unison node start --listen HOST:PORT` starts a node")
        }
        RuntimeError::UnknownKey { .. } => {
            let trusted = error.trusted_form().map_or(String::new(), |form| form.to_string());
            failure.hint(format!("if you trust it, name its key: --at {trusted}"))
        }
        RuntimeError::ChangedKey { .. } => {
            failure.hint("somebody else may be answering there; ask its operator, and only then name the new key")
        }
        RuntimeError::Refused { .. } => match keys {
            Some(keys) => failure.hint(allow_hint(keys)),
            None => failure,
        },
        RuntimeError::OpenKeyFile { path } => failure.hint(format!("chmod 600 {}", path.display())),
        RuntimeError::SameKey { .. } => failure.hint(
            "name each host once; if these are two, a key file was copied: start one of them with a store of its own",
        ),
        RuntimeError::BadKeyFile { .. } => failure.hint("move it away: a new key is made at the next use"),
        RuntimeError::Listen { .. } => failure.hint("choose another port; 0 picks a free one"),
        RuntimeError::KeyFile { .. } | RuntimeError::System(_) => failure,
    }
}

/// Text that names no place.
pub fn place(error: &PlaceError) -> Failure {
    let message = match error {
        PlaceError::Count => format!("local:N takes a number from 1 to {LOCAL_NODES_MAX}"),
        PlaceError::Node(text, error) => format!("`{text}` is not a node: {error}"),
    };
    Failure::new(exit::USAGE, message).hint("--at takes local, local:N, or [KEY@]HOST:PORT, separated by commas")
}

/// An evaluation that has neither returned nor raised. `name` is that of the operation that nothing handles, or of the definition that is absent, if it is known.
pub fn failed(failure: &runtime::Failure, name: Option<&str>, keys: &Keys) -> Failure {
    use runtime::Failure as F;
    let status = match failure {
        F::Unreachable { .. } | F::TimedOut { .. } | F::Restarted { .. } | F::Busy { .. } | F::Overdue { .. } => {
            exit::UNREACHABLE
        }
        F::Denied { .. }
        | F::OutOfBudget { .. }
        | F::LostFuture { .. }
        | F::LostResumption { .. }
        | F::Cancelled { .. } => exit::PROBLEMS,
        F::NoListener { .. } => exit::PROBLEMS,
        F::Fault { .. } | F::Unhandled { .. } => exit::PROBLEMS,
        F::Store { .. } => exit::CODEBASE,
        F::MissingDefinition { .. } => exit::PROBLEMS,
        F::BadDefinition { .. } => exit::FAULT,
    };
    let message = match (failure, name) {
        (F::Unhandled { node, .. }, Some(name)) => {
            format!("{name} was requested at {node}, and nothing there handles it")
        }
        (F::MissingDefinition { node, hash }, Some(name)) => {
            format!("the definition {name} ({}) is not at {node}", hash.short())
        }
        _ => failure.to_string(),
    };
    let shown = Failure::new(status, message);
    match failure {
        F::Denied { .. } => shown.hint(allow_hint(keys)),
        F::Unhandled { .. } => shown.hint("handle it inside the expression that is evaluated there"),
        F::MissingDefinition { .. } => shown.hint("a node has what was sent to it: evaluate from a codebase that has the definition, or at a node that has it"),
        F::Unreachable { .. } => shown.hint("is it running there, and reachable from the node that asked?"),
        _ => shown,
    }
}
