//! The prompt without a terminal: an entry in, a reply out.
//!
//! An entry is a command (`:type 1`), or source: definitions, which stay, and expressions, which are evaluated. Each expression is a delay of its
//! own, hashed and stored like any definition, so it runs wherever a program runs. Its value is called `it` from then on; `x <- expr` calls it `x`.
//!
//! **Invariant:** an entry with a mistake changes nothing; whatever becomes of an evaluation, the session goes on.

pub mod command;
mod carry_out;
mod codebase;
mod complete;
mod entries;
mod environment;
mod evaluate;
mod hint;
pub mod input;
mod interrupt;
mod lambda;
pub mod paint;
mod reply;
mod restriction;
mod scratch;
mod search;
mod values;

pub use complete::{Candidate, Completion};
pub use evaluate::{Evaluator, EvaluatorOptions, NodeState, Notice, Notices};
pub use interrupt::Interrupt;
pub use reply::{Answer, Misuse, Reply, Trouble};

use crate::workspace::Workspace;
use ::codebase::ChangeId;
use environment::{PromptEnvironment, ValueEnvironment};
use runtime::Keys;
use scratch::Scratch;
use std::time::Duration;

/// A clock, given from outside.
#[derive(Clone, Copy)]
pub struct Clock {
    /// Milliseconds since 1970.
    pub wall_ms: fn() -> u64,
    /// Time since any moment that stays the same.
    pub monotonic: fn() -> Duration,
}

/// A session at the prompt.
pub struct Repl {
    pub workspace: Workspace,
    scratch: Scratch,
    evaluator: Evaluator,
    clock: Clock,
    /// What was put into the codebase, each with how many changes could be taken back then.
    added: Vec<(usize, ChangeId)>,
}

impl Repl {
    pub fn new(workspace: Workspace, options: EvaluatorOptions, clock: Clock) -> Repl {
        let evaluator = Evaluator::new(options, workspace.codebase.clone());
        Repl { workspace, scratch: Scratch::default(), evaluator, clock, added: Vec::new() }
    }

    /// Where expressions are evaluated, if not simply in this process.
    pub fn place(&self) -> Option<String> {
        self.evaluator.place()
    }

    /// Whether the connection with the place is gone.
    pub fn is_lost(&self) -> bool {
        self.evaluator.is_lost()
    }

    /// Evaluates there from now on, if it answers.
    pub fn attach(&mut self, at: runtime::At) -> Result<(), Trouble> {
        self.evaluator.attach(at)
    }

    /// The keys with which nodes are talked to.
    pub fn keys(&self) -> &Keys {
        self.evaluator.keys()
    }

    /// Carries out an entry, which is whole (see [`input::is_whole`]).
    pub fn enter(&mut self, text: &str) -> Reply {
        let source = input::without_paste(text);
        let result = match source.trim_start().strip_prefix(':') {
            Some(rest) if source.len() == text.len() => self.command(rest),
            _ => self.source(source),
        };
        result.unwrap_or_else(Reply::from)
    }

    /// Another entry is about to be read: a Ctrl-C from here on is meant for it, also before its evaluation has begun.
    pub fn rearm(&self) {
        self.evaluator.rearm();
    }

    /// How the word before a position of the line may go on.
    pub fn complete(&self, line: &str, position: usize) -> Completion {
        complete::complete(line, position, &self.environment(), &self.evaluator)
    }

    /// What the word at the end of the line means, in a line: its type. None if that is not clear.
    pub fn hint(&self, line: &str) -> Option<String> {
        hint::hint(line, &self.environment())
    }

    fn environment(&self) -> PromptEnvironment<'_> {
        let values = &self.scratch.values;
        let outside = ValueEnvironment {
            bound: &values.bound,
            results: values.it.as_slice(),
            outside: &self.workspace.environment,
        };
        PromptEnvironment { scratch: &self.scratch, outside }
    }
}
