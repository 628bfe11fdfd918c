//! What is known about a name.

use super::comment::Comment;
use serde::Serialize;

/// The answer to a question about a name.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Documentation {
    /// What was asked for.
    pub name: String,
    /// What has exactly this name, else whatever has a name that ends so.
    pub entries: Vec<Entry>,
    /// What the name holds, if it is a namespace.
    pub namespace: Option<Namespace>,
    /// If there is neither: names that are like it.
    pub similar: Vec<String>,
}

impl Documentation {
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.namespace.is_none()
    }
}

/// What an entry is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Type,
    Ability,
    Constructor,
    Operation,
    Definition,
}

impl Kind {
    pub fn word(self) -> &'static str {
        match self {
            Kind::Type => "type",
            Kind::Ability => "ability",
            Kind::Constructor => "constructor",
            Kind::Operation => "operation",
            Kind::Definition => "definition",
        }
    }

    pub fn is_type(self) -> bool {
        matches!(self, Kind::Type | Kind::Ability)
    }
}

/// A definition, type, ability, constructor or operation.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Entry {
    /// Its full name.
    pub name: String,
    pub kind: Kind,
    /// Its type; of a type or ability, its parameters.
    pub signature: String,
    /// The whole hash, or `##` and a name of what is built in. Of a constructor or operation, that of its type.
    pub hash: String,
    /// The hash as it is shown.
    pub short_hash: String,
    pub comment: Comment,
    pub place: Place,
    /// As it was written; none for what is built in, and for what was kept without its source.
    pub source: Option<String>,
    /// Constructors or operations, with their full names and types.
    pub members: Vec<Member>,
    /// Of a constructor, operation or field: its type's name.
    pub owner: Option<String>,
}

/// A constructor or operation of a type.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Member {
    pub name: String,
    pub signature: String,
    pub comment: Comment,
}

/// Where something is defined.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Part of the machine.
    Builtin,
    /// A file of the standard library.
    Library { file: String, line: usize },
    /// The codebase, which knows no files.
    Codebase,
    /// A file, or an entry at the prompt.
    File { file: String, line: usize },
}

impl Place {
    /// In a few words.
    pub fn text(&self) -> String {
        match self {
            Place::Builtin => "built in".to_string(),
            Place::Library { file, line } => format!("standard library, {file}:{line}"),
            Place::Codebase => "codebase".to_string(),
            Place::File { file, line } => format!("{file}:{line}"),
        }
    }
}

/// What the names below a name are.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Namespace {
    pub name: String,
    pub comment: Comment,
    /// Directly below it: types and abilities first.
    pub entries: Vec<Summary>,
    /// Namespaces below it, and how many names each of them holds.
    pub namespaces: Vec<(String, usize)>,
}

/// A line about a name.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Summary {
    pub name: String,
    pub kind: Kind,
    pub signature: String,
    /// The first sentence of its documentation.
    pub about: String,
}

impl Entry {
    /// The head of its documentation: `List.map : ..`, `type Optional a`.
    pub fn title(&self) -> String {
        title(self.kind, &self.name, &self.signature)
    }

    pub fn summary(&self) -> Summary {
        Summary {
            name: self.name.clone(),
            kind: self.kind,
            signature: self.signature.clone(),
            about: super::comment::plain(&self.comment.summary()),
        }
    }
}

pub fn title(kind: Kind, name: &str, signature: &str) -> String {
    match kind {
        Kind::Type | Kind::Ability if signature.is_empty() => format!("{} {name}", kind.word()),
        Kind::Type | Kind::Ability => format!("{} {name} {signature}", kind.word()),
        _ => format!("{name} : {signature}"),
    }
}
