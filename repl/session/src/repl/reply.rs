//! What the prompt answers.

use super::command::Command;
use super::evaluate::NodeState;
use crate::definitions::add::Added;
use crate::definitions::find::Hits;
use crate::definitions::view::Viewed;
use crate::definitions::{self, Item};
use crate::doc::Documentation;
use crate::place::PlaceError;
use crate::trail::Step;
use crate::workspace::WorkspaceError;
use base::{Diagnostic, Name, Sources};
use machine::portable::NoTerm;
use runtime::{Failure, RuntimeError};
use std::time::Duration;

/// The answer to an entry.
#[derive(Debug, Default)]
pub struct Reply {
    /// What to show, in lines without a last line feed; empty if there is nothing to say.
    pub text: String,
    /// Places, with how long each took to answer, to be shown below it.
    pub nodes: Vec<(NodeState, Duration)>,
    /// What was looked up or done in the codebase, to be shown below it.
    pub answer: Option<Answer>,
    /// A text for the user's editor: what is left of it is to be entered, if it differs.
    pub edit: Option<String>,
    /// What is wrong, to be shown below it.
    pub troubles: Vec<Trouble>,
    /// Whether the session is over.
    pub quit: bool,
}

/// What the codebase answers.
#[derive(Debug)]
pub enum Answer {
    Documentation(Documentation),
    Viewed(Vec<Viewed>),
    /// For these words.
    Found(Hits, String),
    Added(Added),
    /// What it uses, and what uses it.
    Related {
        uses: Vec<Item>,
        users: Vec<Item>,
    },
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
    /// `Exception.raise` met no handler: what it says, and which way it has come.
    Raised(String, Vec<Step>),
    /// The evaluation has neither returned nor raised. `operation`: the full name of the one that nothing handles, if that is why.
    Failed { failure: Failure, operation: Option<String>, steps: Vec<Step> },
    /// The program wanted to end with this status.
    Exited(u8),
    /// The user stopped it.
    Interrupted,
    /// A command cannot be carried out.
    Command(Misuse),
    /// A command on the codebase cannot be carried out.
    Codebase(Box<definitions::Error>),
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
    /// What stands behind `name <-` is not one expression.
    NotOneValue(Name),
    /// A value cannot be kept under this name: why.
    Unnameable(Name, NoTerm),
    /// What an effect has made would have several types under this name: the general one.
    Unsettled(Name, String),
    NothingToUndo,
    /// No file has been loaded.
    NothingLoaded,
    /// There is no terminal on which something could be edited.
    NoEditor,
    /// Nothing has been defined at the prompt that could be added.
    NothingToAdd,
    /// This name stands for a value: it has no text.
    NoText(Name),
    /// There is no documentation: names like it.
    NoDocumentation(String, Vec<String>),
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
        self.nodes.extend(other.nodes);
        self.answer = other.answer.or(self.answer.take());
        self.edit = other.edit.or(self.edit.take());
        self.troubles.extend(other.troubles);
        self.quit |= other.quit;
    }
}

impl From<Trouble> for Reply {
    fn from(trouble: Trouble) -> Reply {
        Reply { troubles: vec![trouble], ..Reply::default() }
    }
}

impl From<definitions::Error> for Trouble {
    fn from(error: definitions::Error) -> Trouble {
        match error {
            definitions::Error::Workspace(error) => Trouble::Workspace(error),
            definitions::Error::Mistakes(sources, mistakes) => Trouble::Mistakes(sources, mistakes),
            other => Trouble::Codebase(Box::new(other)),
        }
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
