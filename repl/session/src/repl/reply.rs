//! What the prompt answers.

use super::command::Command;
use crate::place::PlaceError;
use crate::workspace::WorkspaceError;
use base::{Diagnostic, Sources};
use runtime::{Failure, RuntimeError};

/// The answer to an entry.
#[derive(Debug, Default)]
pub struct Reply {
    /// What to show, in lines without a last line feed; empty if there is nothing to say.
    pub text: String,
    /// What is wrong, to be shown below it.
    pub troubles: Vec<Trouble>,
    /// Whether the session is over.
    pub quit: bool,
}

/// What can be wrong with an entry, or become of it.
#[derive(Debug)]
pub enum Trouble {
    /// The codebase or a file cannot be used.
    Workspace(WorkspaceError),
    /// Mistakes in the source, in source order.
    Mistakes(Sources, Vec<Diagnostic>),
    /// What was defined before does not check any more; the mistakes follow.
    Broken(Vec<String>),
    /// A node that was to be attached to cannot be talked to.
    Unattachable(RuntimeError),
    /// Nothing can be evaluated.
    Runtime(RuntimeError),
    /// `Exception.raise` met no handler: what it says.
    Raised(String),
    /// The evaluation has neither returned nor raised. `operation`: the full name of the one that nothing handles, if that is why.
    Failed { failure: Failure, operation: Option<String> },
    /// The user stopped it.
    Interrupted,
    /// A command cannot be carried out.
    Command(Misuse),
}

/// Why a command cannot be carried out.
#[derive(Debug, PartialEq, Eq)]
pub enum Misuse {
    /// There is no such command.
    Unknown(String),
    /// It needs an argument.
    Lacks(&'static Command),
    /// It takes none.
    TakesNone(&'static Command),
    /// The text is no place.
    Place(PlaceError),
    /// Nothing has such a name.
    NoSuchName(String),
    /// The argument is not one expression.
    NotOneExpression(&'static Command),
    NothingToUndo,
    /// Expressions are evaluated in this process already.
    NotAttached,
}

impl Reply {
    pub fn text(text: impl Into<String>) -> Reply {
        Reply { text: text.into(), ..Reply::default() }
    }

    pub fn add_line(&mut self, line: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(line);
    }

    /// Takes what another one says, below what this one says.
    pub fn add(&mut self, other: Reply) {
        if !other.text.is_empty() {
            self.add_line(&other.text);
        }
        self.troubles.extend(other.troubles);
        self.quit |= other.quit;
    }
}

impl From<Trouble> for Reply {
    fn from(trouble: Trouble) -> Reply {
        Reply { troubles: vec![trouble], ..Reply::default() }
    }
}

impl From<WorkspaceError> for Trouble {
    fn from(error: WorkspaceError) -> Trouble {
        Trouble::Workspace(error)
    }
}

impl From<Misuse> for Trouble {
    fn from(misuse: Misuse) -> Trouble {
        Trouble::Command(misuse)
    }
}
