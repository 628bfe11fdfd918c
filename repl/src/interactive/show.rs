//! Replies as text: answers on standard output, what is wrong on standard error.

use crate::commands::report;
use crate::exit::Failure;
use crate::streams::Streams;
use runtime::{Console, RuntimeError, Stream};
use session::repl::{Misuse, Repl, Reply, Trouble};
use std::sync::Arc;

/// What stands before an entry, and before its further lines.
pub const PROMPT: &str = "> ";
pub const CONTINUATION: &str = ". ";

pub struct Show {
    streams: Arc<Streams>,
}

impl Show {
    pub fn new(streams: Arc<Streams>) -> Show {
        Show { streams }
    }

    /// An entry, as it would stand on a terminal.
    pub fn echo(&self, entry: &str) {
        for (i, line) in entry.lines().enumerate() {
            let line = format!("{}{line}", if i == 0 { PROMPT } else { CONTINUATION });
            self.line(line.trim_end());
        }
    }

    pub fn reply(&self, repl: &Repl, reply: &Reply) {
        self.streams.end_lines();
        if !reply.text.is_empty() {
            self.line(&reply.text);
        }
        for trouble in &reply.troubles {
            self.streams.write(Stream::Error, &told(repl, trouble));
        }
    }

    pub fn line(&self, text: &str) {
        self.streams.write(Stream::Out, &format!("{text}\n"));
    }
}

/// What is wrong, in lines that end in a line feed.
fn told(repl: &Repl, trouble: &Trouble) -> String {
    match trouble {
        Trouble::Mistakes(sources, diagnostics) => report::diagnostics(sources, diagnostics),
        Trouble::Interrupted => "interrupted\n".to_string(),
        Trouble::Broken(names) => {
            format!("{} not check any more:\n", and(names) + if names.len() == 1 { " does" } else { " do" })
        }
        Trouble::Workspace(error) => error_text(&report::workspace(error)),
        Trouble::Unattachable(error) => error_text(&unattachable(repl, error)),
        Trouble::Runtime(error) => {
            error_text(&lost(repl, error.is_unreachable(), report::peer(error, Some(repl.keys()))))
        }
        Trouble::Raised(what) => error_text(&failure(format!("raised {what}"))),
        Trouble::Failed { failure, operation } => {
            let shown = report::failed(failure, operation.as_deref(), repl.keys());
            error_text(&lost(repl, failure.is_unreachable(), shown))
        }
        Trouble::Command(misuse) => error_text(&command(misuse)),
    }
}

/// Only the text of such a failure is used.
fn failure(message: impl Into<String>) -> Failure {
    Failure::new(crate::exit::PROBLEMS, message)
}

fn error_text(failure: &Failure) -> String {
    let hint = failure.hint.as_ref().map_or(String::new(), |hint| format!("  hint: {hint}\n"));
    format!("Error: {}\n{hint}", failure.message)
}

/// Says what to do without a node that is not there.
fn lost(repl: &Repl, is_unreachable: bool, shown: Failure) -> Failure {
    let attached = is_unreachable && repl.place().is_some();
    if attached { shown.hint(":detach evaluates in this process again") } else { shown }
}

fn unattachable(repl: &Repl, error: &RuntimeError) -> Failure {
    match (error, error.trusted_form()) {
        (RuntimeError::UnknownKey { .. }, Some(form)) => {
            failure(error.to_string()).hint(format!("if you trust it, name its key: :attach {form}"))
        }
        _ => report::peer(error, Some(repl.keys())),
    }
}

fn command(misuse: &Misuse) -> Failure {
    match misuse {
        Misuse::Unknown(word) => failure(format!("there is no command `:{word}`")).hint(":help lists the commands"),
        Misuse::Lacks(command) => failure(format!(":{} needs more", command.name)).hint(command.usage()),
        Misuse::TakesNone(command) => failure(format!(":{} stands alone", command.name)).hint(command.usage()),
        Misuse::Place(error) => {
            let failure = report::place(error);
            failure.hint(":attach takes [KEY@]HOST:PORT,.. or local[:N]")
        }
        Misuse::NoSuchName(name) => {
            failure(format!("there is nothing called `{name}`")).hint(":find WORD looks for it")
        }
        Misuse::NotOneExpression(command) => failure(format!(":{} takes one expression", command.name)),
        Misuse::NothingToUndo => failure("there is nothing to undo"),
        Misuse::NotAttached => failure("expressions are evaluated in this process already"),
    }
}

fn and(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [front @ .., last] => format!("{} and {last}", front.join(", ")),
    }
}
