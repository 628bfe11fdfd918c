//! What can go wrong with a codebase.

use base::{Hash, Name};
use hash::ObjectError;
use hash::store::StoreError;
use rusqlite::ErrorCode;
use std::fmt;

/// Why a codebase cannot be used, or a change was not made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CodebaseError {
    /// The path is a directory, or something in the way to it is none, or it cannot be made: what the system says.
    Path(String),
    /// The file is something else.
    NotACodebase,
    /// The file was written by another version of this program: it has `found` migrations, we know `known`. With more, only a newer program can use it;
    /// with fewer, it has to be opened for writing once.
    Version { found: i64, known: i64 },
    /// The file cannot be written.
    ReadOnly,
    /// The disk is full.
    Full,
    /// Another process kept it locked for longer than we wait.
    Busy,
    /// The file is damaged: what SQLite says.
    Damaged(String),
    /// An object does not hash to its name any more.
    Corrupt(Hash),
    /// Something in a batch refers to this component, which is neither there nor in the batch.
    Dangling(Hash),
    /// An object of a batch is not acceptable: it exceeds the limits of the format.
    Refused(Hash, ObjectError),
    /// What was asked for never leaves the codebase.
    Private(Name),
    /// Names have changed since the state that a batch was made for: look again.
    Moved,
    /// Anything else that SQLite reports.
    Other(String),
}

impl fmt::Display for CodebaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CodebaseError::Path(what) => write!(f, "cannot use this path: {what}"),
            CodebaseError::NotACodebase => f.write_str("the file is not a codebase"),
            CodebaseError::Version { found, known } if found > known => {
                write!(f, "the codebase has version {found}, this program knows {known}: use a newer `unison`")
            }
            CodebaseError::Version { found, known } => {
                write!(f, "the codebase has version {found}, not {known}: open it once for writing")
            }
            CodebaseError::ReadOnly => f.write_str("the codebase cannot be written"),
            CodebaseError::Full => f.write_str("the disk is full"),
            CodebaseError::Busy => f.write_str("another process keeps the codebase locked"),
            CodebaseError::Damaged(what) => write!(f, "the file is damaged: {what}"),
            CodebaseError::Corrupt(hash) => write!(f, "the object {hash} is damaged"),
            CodebaseError::Dangling(hash) => write!(f, "the definition {hash} is missing"),
            CodebaseError::Refused(hash, error) => write!(f, "the definition {hash} is refused: {error}"),
            CodebaseError::Private(name) => write!(f, "{name} is private: it does not leave the codebase"),
            CodebaseError::Moved => f.write_str("others keep changing names at the same time"),
            CodebaseError::Other(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for CodebaseError {}

impl From<rusqlite::Error> for CodebaseError {
    fn from(error: rusqlite::Error) -> CodebaseError {
        // The index of the log lies in a file, too; that there is no room for it has a code of its own.
        if error.sqlite_error().is_some_and(|error| error.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE) {
            return CodebaseError::Full;
        }
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => CodebaseError::NotACodebase,
            Some(ErrorCode::DiskFull) => CodebaseError::Full,
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => CodebaseError::ReadOnly,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => CodebaseError::Busy,
            Some(ErrorCode::DatabaseCorrupt) => CodebaseError::Damaged(error.to_string()),
            Some(ErrorCode::CannotOpen) => CodebaseError::Path(error.to_string()),
            _ => CodebaseError::Other(error.to_string()),
        }
    }
}

impl From<std::io::Error> for CodebaseError {
    fn from(error: std::io::Error) -> CodebaseError {
        match error.kind() {
            std::io::ErrorKind::StorageFull => CodebaseError::Full,
            std::io::ErrorKind::ReadOnlyFilesystem => CodebaseError::ReadOnly,
            _ => CodebaseError::Path(error.to_string()),
        }
    }
}

impl From<CodebaseError> for StoreError {
    fn from(error: CodebaseError) -> StoreError {
        match error {
            CodebaseError::Full => StoreError::Full,
            CodebaseError::Corrupt(hash) | CodebaseError::Refused(hash, _) => StoreError::Corrupt(hash),
            CodebaseError::Dangling(hash) => StoreError::Dangling(hash),
            other => StoreError::Unavailable(other.to_string()),
        }
    }
}

impl From<StoreError> for CodebaseError {
    fn from(error: StoreError) -> CodebaseError {
        match error {
            StoreError::Full => CodebaseError::Full,
            StoreError::Corrupt(hash) => CodebaseError::Corrupt(hash),
            StoreError::Dangling(hash) => CodebaseError::Dangling(hash),
            StoreError::Unavailable(what) | StoreError::Refused(what) => CodebaseError::Other(what),
        }
    }
}
