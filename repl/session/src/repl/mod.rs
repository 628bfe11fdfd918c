//! The prompt without a terminal: an entry in, a reply out.
//!
//! An entry is a command (`:type 1`), or source: definitions, which stay, and expressions, which are evaluated. Each expression is a delay of its
//! own, hashed and stored like any definition, so it runs wherever a program runs.
//!
//! **Invariant:** an entry with a mistake changes nothing; whatever becomes of an evaluation, the session goes on.

pub mod command;
mod environment;
mod evaluate;
pub mod input;
mod reply;
mod scratch;
mod search;

pub use evaluate::{Evaluator, Interrupt};
pub use reply::{Misuse, Reply, Trouble};
pub use search::Candidate;

use crate::place;
use crate::run::{add_entry, operation_name, show_failure, show_result, unhandled};
use crate::workspace::{Workspace, WorkspaceError, read_sources};
use base::{Name, SourceId, Sources};
use check::{CheckedWatch, Environment, print_type};
use command::{Argument, Command, Verb};
use compiler::main_type::{self, NotRunnable};
use compiler::pipeline::{self, Naming};
use environment::PromptEnvironment;
use runtime::{Failure, Keys, Outcome};
use scratch::{Defined, Scratch, Trial};
use std::path::Path;
use std::time::Duration;

/// A clock, given from outside.
#[derive(Clone, Copy)]
pub struct Clock {
    /// Milliseconds since 1970.
    pub wall_ms: fn() -> u64,
    /// Time since any moment that stays the same.
    pub monotonic: fn() -> Duration,
}

/// Characters of a value that are shown.
const SHOWN_CHARS_MAX: usize = 20_000;

/// A session at the prompt.
pub struct Repl {
    pub workspace: Workspace,
    scratch: Scratch,
    evaluator: Evaluator,
    clock: Clock,
}

impl Repl {
    pub fn new(workspace: Workspace, evaluator: Evaluator, clock: Clock) -> Repl {
        Repl { workspace, scratch: Scratch::default(), evaluator, clock }
    }

    /// Where expressions are evaluated, if not simply in this process.
    pub fn place(&self) -> Option<String> {
        self.evaluator.place()
    }

    /// The keys with which nodes are talked to.
    pub fn keys(&self) -> &Keys {
        &self.evaluator.keys
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

    /// How the word before a position of the line may go on, and where it starts.
    pub fn complete(&self, line: &str, position: usize) -> (usize, Vec<Candidate>) {
        search::complete(line, position, &self.environment())
    }

    fn environment(&self) -> PromptEnvironment<'_> {
        PromptEnvironment { scratch: &self.scratch, outside: &self.workspace.environment }
    }

    fn command(&mut self, text: &str) -> Result<Reply, Trouble> {
        let (word, argument) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let argument = argument.trim();
        let command = command::find(word).ok_or_else(|| Misuse::Unknown(word.to_string()))?;
        match command.argument {
            Argument::Needed(_) if argument.is_empty() => return Err(Misuse::Lacks(command).into()),
            Argument::None if !argument.is_empty() => return Err(Misuse::TakesNone(command).into()),
            _ => {}
        }
        match command.verb {
            Verb::Type => self.type_of(command, argument),
            Verb::Time => self.time(command, argument),
            Verb::Load => self.load(Path::new(argument)),
            Verb::Browse => Ok(self.browse(argument)),
            Verb::Find => self.find(argument),
            Verb::Hash => self.hash(argument),
            Verb::Undo => self.undo(),
            Verb::Attach => self.attach(argument),
            Verb::Detach if self.evaluator.detach() => Ok(Reply::default()),
            Verb::Detach => Err(Misuse::NotAttached.into()),
            Verb::Nodes => Ok(Reply::text(self.evaluator.nodes().join("\n"))),
            // Whatever was pasted is source; this is a paste without anything.
            Verb::Paste => Ok(Reply::default()),
            Verb::Help => Ok(Reply::text(command::help())),
            Verb::Quit => Ok(Reply { quit: true, ..Reply::default() }),
        }
    }

    fn source(&mut self, text: &str) -> Result<Reply, Trouble> {
        if text.len() > base::limits::SOURCE_BYTES_MAX {
            return Err(WorkspaceError::TooLarge("the input".into()).into());
        }
        let (tokens, problems) = syntax::tokens(SourceId::default(), text);
        if tokens.is_empty() && problems.is_empty() {
            return Ok(Reply::default());
        }
        let trial = self.scratch.try_text(&self.workspace, text);
        self.accept(trial)
    }

    fn load(&mut self, path: &Path) -> Result<Reply, Trouble> {
        let sources = read_sources(&[path.to_path_buf()])?;
        let text = sources.iter().next().map(|(_, source)| source.text.clone()).unwrap_or_default();
        let trial = self.scratch.try_file(&self.workspace, &path.display().to_string(), text);
        self.accept(trial)
    }

    /// Keeps what an entry defines, and evaluates its expressions; or says what is wrong with it.
    fn accept(&mut self, trial: Trial) -> Result<Reply, Trouble> {
        self.refuse_mistakes(&trial)?;
        self.store(&trial)?;
        let effects = self.scratch.keep(&trial);
        let told = trial.defined.iter().chain(&effects.changed);
        let mut reply = Reply::text(self.described(told));
        if !effects.broken.is_empty() {
            let names = effects.broken.iter().map(|name| name.name().to_string()).collect();
            reply.troubles.push(Trouble::Broken(names));
            reply.troubles.push(Trouble::Mistakes(trial.sources.clone(), trial.compiled.diagnostics.clone()));
        }
        for watch in trial.watches() {
            match self.evaluate(watch, &trial.sources) {
                Ok(evaluated) => reply.add(evaluated),
                Err(trouble) => {
                    reply.troubles.push(trouble);
                    break;
                }
            }
        }
        Ok(reply)
    }

    fn refuse_mistakes(&self, trial: &Trial) -> Result<(), Trouble> {
        let mistakes = trial.mistakes();
        if mistakes.is_empty() { Ok(()) } else { Err(Trouble::Mistakes(trial.sources.clone(), mistakes)) }
    }

    fn store(&self, trial: &Trial) -> Result<(), WorkspaceError> {
        let (environment, now_ms) = (&self.workspace.environment, (self.clock.wall_ms)());
        pipeline::store(&trial.compiled, environment, Naming::HashesOnly, now_ms)
            .map_err(|error| self.workspace.failed(error))
    }

    /// Definitions, each with its type.
    fn described<'a>(&self, defined: impl IntoIterator<Item = &'a Defined>) -> String {
        let environment = self.environment();
        let lines = defined.into_iter().flat_map(|defined| match defined {
            Defined::Type(name) => search::type_line(name, &environment).into_iter().collect(),
            Defined::Term(name) => search::signatures(name, &environment),
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    fn evaluate(&self, watch: &CheckedWatch, sources: &Sources) -> Result<Reply, Trouble> {
        if let Err(NotRunnable::Unhandled(ability)) = main_type::runnable(&watch.signature) {
            let ability = print_type(&ability, &self.environment());
            let diagnostic = unhandled("this expression", watch.span, &ability);
            let hint = format!("handle `{ability}` around it: `handle .. with ..`");
            return Err(Trouble::Mistakes(sources.clone(), vec![diagnostic.hint(hint)]));
        }
        let main = add_entry(&self.workspace, watch.reference, &watch.signature, (self.clock.wall_ms)())?;
        let environment = self.environment();
        let names = |ty| environment.type_name(ty);
        match self.evaluator.evaluate(&self.workspace, main)? {
            Outcome::Returned(value) => {
                let (ty, _) = search::yielded(&watch.signature, &environment);
                let shown = show_result(&self.workspace, &value);
                Ok(Reply::text(shown.map_or(String::new(), |value| format!("{} : {ty}", cut(value)))))
            }
            Outcome::Raised(failure) => Err(Trouble::Raised(show_failure(&self.workspace, &names, &failure))),
            Outcome::Failed(failure) => {
                let operation = match &failure {
                    Failure::Unhandled { ability, operation, .. } => {
                        operation_name(&self.workspace, &names, *ability, *operation)
                    }
                    _ => None,
                };
                Err(Trouble::Failed { failure, operation })
            }
        }
    }

    /// Checks the argument of a command: one expression and nothing else.
    fn expression(&mut self, command: &'static Command, text: &str) -> Result<(Trial, CheckedWatch), Trouble> {
        let trial = self.scratch.try_text(&self.workspace, text);
        self.refuse_mistakes(&trial)?;
        let watches: Vec<CheckedWatch> = trial.watches().cloned().collect();
        match watches.as_slice() {
            [watch] if trial.defined.is_empty() => {
                self.store(&trial)?;
                Ok((trial, watch.clone()))
            }
            _ => Err(Misuse::NotOneExpression(command).into()),
        }
    }

    fn type_of(&mut self, command: &'static Command, text: &str) -> Result<Reply, Trouble> {
        if !text.contains(char::is_whitespace) {
            let found = search::signatures(&Name::new(text), &self.environment());
            if !found.is_empty() {
                return Ok(Reply::text(found.join("\n")));
            }
        }
        let (_, watch) = self.expression(command, text)?;
        let (_, ty) = search::yielded(&watch.signature, &self.environment());
        let text = if text.contains('\n') { String::new() } else { format!("{text} ") };
        Ok(Reply::text(format!("{text}: {ty}")))
    }

    fn time(&mut self, command: &'static Command, text: &str) -> Result<Reply, Trouble> {
        let started = (self.clock.monotonic)();
        let (trial, watch) = self.expression(command, text)?;
        let checked = (self.clock.monotonic)();
        let mut reply = self.evaluate(&watch, &trial.sources)?;
        let ended = (self.clock.monotonic)();
        let ms = |from: Duration, to: Duration| to.saturating_sub(from).as_secs_f64() * 1_000.0;
        reply.add_line(&format!(
            "checked in {:.1} ms, evaluated in {:.1} ms",
            ms(started, checked),
            ms(checked, ended)
        ));
        Ok(reply)
    }

    fn browse(&self, prefix: &str) -> Reply {
        if prefix.is_empty() {
            let types = self.scratch.types.iter().map(|ty| Defined::Type(ty.name.clone()));
            let terms = self.scratch.terms.iter().map(|term| Defined::Term(term.name.clone()));
            let mut reply = Reply::text(self.described(&types.chain(terms).collect::<Vec<_>>()));
            for broken in &self.scratch.broken {
                reply.add_line(&format!("{} does not check at present", broken.name()));
            }
            return reply;
        }
        Reply::text(search::listing(&self.environment(), |name| name.as_str().starts_with(prefix)).join("\n"))
    }

    fn find(&self, word: &str) -> Result<Reply, Trouble> {
        let lower = word.to_lowercase();
        let found = search::listing(&self.environment(), |name| name.as_str().to_lowercase().contains(&lower));
        if found.is_empty() {
            Err(Misuse::NoSuchName(word.to_string()).into())
        } else {
            Ok(Reply::text(found.join("\n")))
        }
    }

    fn hash(&self, name: &str) -> Result<Reply, Trouble> {
        let environment = self.environment();
        let short = |hash: &base::Hash| environment.outside.short(hash).unwrap_or_else(|_| hash.short());
        let found = search::references(&Name::new(name), &environment);
        let lines: Vec<String> =
            found.iter().map(|(name, reference)| format!("{name} {}", reference.text(short))).collect();
        if lines.is_empty() {
            Err(Misuse::NoSuchName(name.to_string()).into())
        } else {
            Ok(Reply::text(lines.join("\n")))
        }
    }

    fn undo(&mut self) -> Result<Reply, Trouble> {
        let undone = self.scratch.undo(&self.workspace).ok_or(Misuse::NothingToUndo)?;
        if undone.is_empty() {
            return Ok(Reply::text("the last `use` or `:load` is taken back"));
        }
        let environment = self.environment();
        let lines = undone.iter().map(|defined| {
            let again = match defined {
                Defined::Type(name) => environment.scratch.types.iter().any(|ty| ty.name == *name),
                Defined::Term(name) => environment.scratch.terms.iter().any(|term| term.name == *name),
            };
            let name = defined.name();
            if again { format!("{name} is again what it was") } else { format!("{name} is gone") }
        });
        Ok(Reply::text(lines.collect::<Vec<_>>().join("\n")))
    }

    fn attach(&mut self, text: &str) -> Result<Reply, Trouble> {
        let at = place::parse(text).map_err(Misuse::Place)?;
        self.evaluator.attach(at).map_err(Trouble::Unattachable)?;
        Ok(Reply::default())
    }
}

/// The beginning of a long text, and how much more there is.
fn cut(text: String) -> String {
    match text.char_indices().nth(SHOWN_CHARS_MAX) {
        Some((end, _)) => format!("{} .. and {} characters more", &text[..end], text[end..].chars().count()),
        None => text,
    }
}
