//! How an evaluation ended, told truthfully: what is known to have run, and what is not.

use base::Hash;
use kernel::TypeRef;
use machine::Portable;
use sandbox::Resource;
use std::fmt;

/// How an evaluation ended.
#[derive(Clone, PartialEq, Debug)]
pub enum Outcome {
    Returned(Portable),
    /// `Exception.raise` with this `Failure` met no handler.
    Raised(Portable),
    Failed(Failure),
}

impl Outcome {
    /// The value that travels with it.
    pub(crate) fn value(&self) -> Option<&Portable> {
        match self {
            Outcome::Returned(value) | Outcome::Raised(value) => Some(value),
            Outcome::Failed(_) => None,
        }
    }
}

/// What is known of an evaluation whose outcome is not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Progress {
    /// It has certainly not begun.
    NotStarted,
    /// It may have run, in part or whole.
    MayHaveRun,
}

/// Why an evaluation has neither returned nor raised. `node` is the text form of the node where it happened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Failure {
    /// The node's policy does not permit it: what. Nothing of it has run.
    Denied {
        node: String,
        what: String,
    },
    /// A budget ran out. It has run in part.
    OutOfBudget {
        node: String,
        resource: Resource,
    },
    /// The node has too much to do. It has not begun.
    Busy {
        node: String,
    },
    /// No connection could be made, or it broke and could not be made again: why.
    Unreachable {
        node: String,
        progress: Progress,
        why: String,
    },
    /// The node is connected but silent, or did not answer in time.
    TimedOut {
        node: String,
        progress: Progress,
    },
    /// The node's process is not the one that was asked: it may have run there.
    Restarted {
        node: String,
    },
    /// The future is not (or no longer) kept at its home.
    LostFuture {
        node: String,
    },
    /// What was left of an evaluation, and waited there for an answer, is not kept there any more. It has run in part.
    LostResumption {
        node: String,
    },
    Cancelled {
        node: String,
    },
    /// The time that was given to the future is over. It was cancelled.
    Overdue {
        node: String,
    },
    /// Nobody there listens to the channel.
    NoListener {
        node: String,
    },
    /// The program is wrong in a way that types do not exclude, or asked for something that is not possible: what.
    Fault {
        node: String,
        what: String,
    },
    /// An operation of an ability met no handler.
    Unhandled {
        node: String,
        ability: TypeRef,
        operation: u32,
    },
    /// A definition that is needed could not be had.
    MissingDefinition {
        node: String,
        hash: Hash,
    },
    /// What was sent as a definition is not what its hash says. Nothing was stored, nothing has run.
    BadDefinition {
        node: String,
        hash: Hash,
    },
    /// The node's store does not work: why.
    Store {
        node: String,
        why: String,
    },
}

impl Failure {
    /// Whether the failure is that a node could not be reached, or did not answer.
    pub fn is_unreachable(&self) -> bool {
        use Failure::*;
        matches!(self, Unreachable { .. } | TimedOut { .. } | Restarted { .. })
    }

    pub(crate) fn unreachable(node: String, started: bool, why: impl Into<String>) -> Failure {
        Failure::Unreachable { node, progress: Progress::of(started), why: why.into() }
    }
}

impl Progress {
    pub(crate) fn of(started: bool) -> Progress {
        if started { Progress::MayHaveRun } else { Progress::NotStarted }
    }
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Progress::NotStarted => "nothing has run there",
            Progress::MayHaveRun => "the expression may have run there",
        })
    }
}

pub(crate) fn resource_name(resource: Resource) -> &'static str {
    match resource {
        Resource::Fuel => "fuel",
        Resource::WallTime => "time",
        Resource::Memory => "memory",
        Resource::Stack => "stack",
        Resource::ResultSize => "size of a value that travels",
        Resource::Messages => "messages",
        Resource::Tasks => "tasks",
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Denied { node, what } => write!(f, "denied by {node}: {what}"),
            Failure::OutOfBudget { node, resource } => {
                write!(f, "out of budget at {node}: {}", resource_name(*resource))
            }
            Failure::Busy { node } => write!(f, "{node} is busy; nothing has run there"),
            Failure::Unreachable { node, progress, why } => write!(f, "{node} is unreachable: {why}; {progress}"),
            Failure::TimedOut { node, progress } => write!(f, "{node} does not answer; {progress}"),
            Failure::Restarted { node } => write!(f, "{node} was restarted; {}", Progress::MayHaveRun),
            Failure::LostFuture { node } => write!(f, "the future is not kept at {node} any more"),
            Failure::LostResumption { node } => write!(
                f,
                "what waited at {node} for an answer is not kept there any more; it has run up to where it asked"
            ),
            Failure::Cancelled { node } => write!(f, "cancelled at {node}"),
            Failure::Overdue { node } => write!(f, "the future at {node} did not end within the time given"),
            Failure::NoListener { node } => write!(f, "nobody at {node} listens to the channel"),
            Failure::Fault { node, what } => write!(f, "fault at {node}: {what}"),
            Failure::Unhandled { node, ability, operation } => write!(
                f,
                "operation {operation} of the ability {} was requested at {node}, and nothing there handles it",
                ability_name(*ability)
            ),
            Failure::MissingDefinition { node, hash } => write!(f, "the definition {} is not at {node}", hash.short()),
            Failure::BadDefinition { node, hash } => {
                write!(f, "what was sent to {node} as {} does not have that hash", hash.short())
            }
            Failure::Store { node, why } => write!(f, "the store of {node} does not work: {why}"),
        }
    }
}

fn ability_name(ability: TypeRef) -> String {
    match ability {
        TypeRef::Builtin(ty) => ty.spec().name.to_string(),
        TypeRef::Def(id) => id.component.short(),
        TypeRef::Cycle(index) => format!("number {index}"),
    }
}

impl std::error::Error for Failure {}
