//! What the system refused, told to a program.

use builtin::IoErrorKind;
use std::io::{Error, ErrorKind};

/// A failed effect.
pub(super) struct IoError {
    pub(super) kind: IoErrorKind,
    pub(super) message: String,
}

impl IoError {
    /// What was tried, on which path, and what the system said.
    pub(super) fn of(tried: &str, path: &str, error: &Error) -> IoError {
        let advice = match error.kind() {
            ErrorKind::NotFound if !path.starts_with('/') => " (a relative path begins where this node was started)",
            ErrorKind::PermissionDenied => " (the user that this node runs as has not the right)",
            ErrorKind::IsADirectory => " (directoryContents lists what is in it)",
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => " (remove something there, or write elsewhere)",
            _ => "",
        };
        let (path, said) = (visible(path), plain(error));
        IoError { kind: kind_of(error.kind()), message: format!("cannot {tried} {path}: {said}{advice}") }
    }

    pub(super) fn other(message: &str) -> IoError {
        IoError { kind: IoErrorKind::UserError, message: message.into() }
    }

    pub(super) fn illegal(message: String) -> IoError {
        IoError { kind: IoErrorKind::IllegalOperation, message }
    }
}

/// A path without characters that nobody sees.
fn visible(path: &str) -> String {
    let escaped = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    path.chars().map(escaped).collect()
}

/// The system's words without its error number.
fn plain(error: &Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_string()
}

fn kind_of(kind: ErrorKind) -> IoErrorKind {
    match kind {
        ErrorKind::AlreadyExists | ErrorKind::DirectoryNotEmpty => IoErrorKind::AlreadyExists,
        ErrorKind::NotFound => IoErrorKind::NoSuchThing,
        ErrorKind::ResourceBusy | ErrorKind::ExecutableFileBusy => IoErrorKind::ResourceBusy,
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::OutOfMemory => IoErrorKind::ResourceExhausted,
        ErrorKind::UnexpectedEof => IoErrorKind::Eof,
        ErrorKind::IsADirectory
        | ErrorKind::NotADirectory
        | ErrorKind::InvalidInput
        | ErrorKind::InvalidFilename
        | ErrorKind::CrossesDevices
        | ErrorKind::NotSeekable
        | ErrorKind::Unsupported => IoErrorKind::IllegalOperation,
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => IoErrorKind::PermissionDenied,
        _ => IoErrorKind::UserError,
    }
}
