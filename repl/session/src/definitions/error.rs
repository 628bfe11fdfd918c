//! Why a command cannot be carried out.

use super::Item;
use crate::workspace::WorkspaceError;
use base::{Diagnostic, Name, Sources};
use codebase::ChangeId;
use std::path::PathBuf;

/// Why a command on the codebase cannot be carried out. Nothing has changed then.
#[derive(Debug)]
pub enum Error {
    /// The codebase, the library or a file that was named cannot be used.
    Workspace(WorkspaceError),
    /// Nothing has this name: names like it, nearest first.
    Unknown { wanted: String, similar: Vec<Name> },
    /// No definition's hash begins so.
    UnknownHash(String),
    /// Several definitions have this suffix, or begin with this hash.
    Ambiguous { wanted: String, candidates: Vec<Item> },
    /// The mistakes in the files, in source order.
    Mistakes(Sources, Vec<Diagnostic>),
    /// The mistakes in a type to search for.
    NotAType(Sources, Vec<Diagnostic>),
    /// Only the codebase's own names can be changed, and this is one of the standard library or a builtin.
    NotOwn(Item),
    /// It is a type, or comes with one.
    NotATerm(Item),
    /// This is a constructor, operation or accessor, whose name comes with that of its type.
    ComesWithType { name: Name, owner: Name },
    /// The text is no name.
    NotAName(String),
    /// Something else has this name.
    Taken(Item),
    /// They are used by definitions that would lose their text: these.
    InUse { wanted: Vec<Name>, dependents: Vec<Item> },
    /// There is no change to take back, or to bring back.
    NothingToTurn { redo: bool },
    /// A name of this change has come to mean something else since, or the change is taken back already.
    ChangedSince(ChangeId),
    /// There is no change of this number; the latest one.
    NoSuchChange { wanted: String, latest: i64 },
    /// There is no scratch file to take in, and no file was named: where it would be.
    NoScratch(PathBuf),
    /// They use `here!`, and no node owns the codebase.
    NoOwner,
    /// Nothing is known of the text of these definitions.
    NoText(Vec<Item>),
    /// A file cannot be written.
    Write(PathBuf, std::io::Error),
    /// This file is there already, and is not overwritten.
    Exists(PathBuf),
}

impl From<WorkspaceError> for Error {
    fn from(error: WorkspaceError) -> Error {
        Error::Workspace(error)
    }
}
