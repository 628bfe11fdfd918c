//! Replies as text: answers on standard output, what is wrong on standard error.

use super::highlight;
use crate::commands::codebase::{changes, lookups, trouble};
use crate::commands::{doc, report};
use crate::exit::Failure;
use crate::streams::Streams;
use runtime::portable::NoTerm;
use runtime::{Console, RuntimeError, Stream};
use session::definitions::{self, Item};
use session::doc::text;
use session::repl::{Answer, Misuse, NodeState, Notice, Repl, Reply, Trouble};
use std::sync::Arc;
use std::time::Duration;

/// What stands before an entry, and before its further lines.
pub const PROMPT: &str = "> ";
pub const CONTINUATION: &str = ". ";

pub struct Show {
    streams: Arc<Streams>,
    /// Whether answers are coloured.
    color: bool,
}

impl Show {
    pub fn new(streams: Arc<Streams>, color: bool) -> Show {
        Show { streams, color }
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
            self.source(&reply.text);
        }
        reply.nodes.iter().for_each(|(node, took)| self.line(&node_line(node, *took)));
        reply.answer.iter().for_each(|answer| self.answer(answer));
        for trouble in &reply.troubles {
            self.streams.write(Stream::Error, &told(repl, trouble));
        }
    }

    pub fn failure(&self, failure: &Failure) {
        self.streams.write(Stream::Error, &error_text(failure));
    }

    fn answer(&self, answer: &Answer) {
        match answer {
            Answer::Documentation(documentation) => self.line(&text::human(documentation, doc::look())),
            Answer::Viewed(viewed) => {
                self.source(&viewed.iter().map(lookups::viewed_text).collect::<Vec<_>>().join("\n\n"))
            }
            Answer::Found(hits, query) => {
                if let Err(failure) = lookups::found(hits, query) {
                    self.streams.write(Stream::Error, &error_text(&failure));
                }
            }
            Answer::Added(added) => changes::added_text(added),
            Answer::Related { uses, users } => {
                self.related("uses", uses);
                self.related("is used by", users);
            }
        }
    }

    fn related(&self, how: &str, items: &[Item]) {
        if items.is_empty() {
            return self.line(&format!("{how} nothing"));
        }
        self.line(&format!("{how}:"));
        items.iter().for_each(|item| self.source(&format!("  {}", item.line())));
    }

    /// Something that could be entered.
    fn source(&self, text: &str) {
        self.line(&if self.color { highlight::colored(text, None) } else { text.to_string() });
    }

    pub fn line(&self, text: &str) {
        self.streams.write(Stream::Out, &format!("{text}\n"));
    }
}

/// `*` marks where expressions are evaluated.
fn node_line(node: &NodeState, took: Duration) -> String {
    let state = match &node.state {
        None => "in this process".to_string(),
        Some(Ok(status)) => {
            let does = if status.draining { "finishing its work" } else { "serving" };
            format!("{does}, tasks {}, answers in {:.1} ms", status.tasks, took.as_secs_f64() * 1_000.0)
        }
        Some(Err(error)) if error.is_unreachable() => "unreachable".to_string(),
        Some(Err(error)) => error.to_string(),
    };
    format!("{} {}: {state}", if node.used { '*' } else { ' ' }, node.name)
}

/// What a session tells by itself.
pub fn notice(notice: &Notice) -> String {
    match notice {
        Notice::Lost { address, why } => {
            format!(
                "lost {address}: {why}\n  hint: the next expression looks for it again; :detach evaluates in this process"
            )
        }
    }
}

/// What is wrong, in lines that end in a line feed.
fn told(repl: &Repl, trouble: &Trouble) -> String {
    match trouble {
        Trouble::Mistakes(sources, diagnostics) => report::diagnostics(sources, diagnostics),
        Trouble::Interrupted => "interrupted\n".to_string(),
        Trouble::Exited(status) => format!("the program has ended with status {status}\n"),
        Trouble::Broken(names) => {
            format!("{} not check any more:\n", and(names) + if names.len() == 1 { " does" } else { " do" })
        }
        Trouble::Workspace(error) => error_text(&report::workspace(error)),
        Trouble::Unattachable(error) => error_text(&unattachable(repl, error)),
        Trouble::Runtime(error) => {
            error_text(&lost(repl, error.is_unreachable(), report::peer(error, Some(repl.keys()))))
        }
        Trouble::Raised(what, steps) => error_text(&failure(format!("raised {what}")).steps(steps)),
        Trouble::Failed { failure, operation, steps } => {
            let shown = report::failed(failure, operation.as_deref(), repl.keys()).steps(steps);
            error_text(&lost(repl, failure.is_unreachable(), shown))
        }
        Trouble::Command(misuse) => error_text(&command(misuse)),
        Trouble::Codebase(error) => match &**error {
            definitions::Error::Unknown { wanted, similar } if similar.is_empty() => {
                error_text(&command(&Misuse::NoSuchName(wanted.clone())))
            }
            error => error_text(&trouble::failure(error)),
        },
    }
}

/// Only the text of such a failure is used.
fn failure(message: impl Into<String>) -> Failure {
    Failure::new(crate::exit::PROBLEMS, message)
}

fn error_text(failure: &Failure) -> String {
    let hint = failure.hint.as_ref().map_or(String::new(), |hint| format!("  hint: {hint}\n"));
    let steps: String = failure.steps.iter().map(|step| format!("  {step}\n")).collect();
    format!("Error: {}\n{steps}{hint}", failure.message)
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
        Misuse::NotOneValue(name) => failure(format!("`{name} <-` takes one expression")),
        Misuse::Unnameable(name, reason) => {
            failure(format!("`{name}` cannot keep this value: {}", unnameable(*reason)))
                .hint(format!("`{name} = ..` defines it: then it is evaluated at each use"))
        }
        Misuse::Unsettled(name, ty) => {
            failure(format!("`{name}` would be `{ty}` for every type, and what an effect has made is of one"))
                .hint(format!("say of which: `{name} <- (.. : {})`", one_of(ty)))
        }
        Misuse::NoEditor => failure(":edit needs a terminal"),
        Misuse::NothingToAdd => failure("nothing has been defined here"),
        Misuse::NoText(name) => {
            failure(format!("`{name}` stands for a value, and has no text")).hint(format!("define it: `{name} = ..`"))
        }
        Misuse::NoDocumentation(name, similar) => no_documentation(name, similar),
        Misuse::NothingLoaded => failure("no file has been loaded").hint(":load FILE loads one"),
        Misuse::NothingToUndo => failure("there is nothing to undo"),
        Misuse::NotAttached => failure("expressions are evaluated in this process already"),
    }
}

fn no_documentation(name: &str, similar: &[String]) -> Failure {
    let failure = failure(format!("there is nothing called `{name}`"));
    match similar {
        [] => failure.hint(":find WORD looks for it"),
        similar => failure.hint(format!("is it one of these? {}", similar.join(", "))),
    }
}

/// An example of a type with variables.
fn one_of(ty: &str) -> String {
    let word = |word: &str| match word.trim_matches(|c: char| !c.is_alphanumeric()) {
        variable if variable.starts_with(|c: char| c.is_lowercase()) => word.replacen(variable, "Nat", 1),
        _ => word.to_string(),
    };
    ty.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

fn unnameable(reason: NoTerm) -> &'static str {
    match reason {
        NoTerm::TooLarge => "it has too many parts",
        NoTerm::TooDeep => "it nests too deep",
        NoTerm::Running => "it holds something that only exists while it runs",
        NoTerm::Code => "it holds a function that cannot be taken out of where it was made",
    }
}

fn and(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [front @ .., last] => format!("{} and {last}", front.join(", ")),
    }
}
