//! Source that is entered or loaded: definitions stay, expressions are evaluated.

use super::reply::{Misuse, Reply, Trouble};
use super::restriction::is_restricted;
use super::scratch::{Defined, Effects, IT, Trial};
use super::{Repl, input, search};
use crate::run::{add_entry, exit_status, operation_name, positions, show_failure, show_result, unhandled};
use crate::trail;
use crate::workspace::{WorkspaceError, read_sources};
use base::{Name, SourceId, Sources};
use check::{CheckedWatch, Environment, print_type};
use compiler::main_type::{self, NotRunnable};
use compiler::pipeline::{self, Naming};
use kernel::TermRef;
use machine::Portable;
use runtime::{Ending, Failure, Outcome};
use std::path::Path;

/// Definitions of an entry that are told.
const TOLD_MAX: usize = 40;

/// Characters of a value that are shown.
const SHOWN_CHARS_MAX: usize = 20_000;

impl Repl {
    pub(super) fn source(&mut self, text: &str) -> Result<Reply, Trouble> {
        if text.len() > base::limits::SOURCE_BYTES_MAX {
            return Err(WorkspaceError::TooLarge("the input".into()).into());
        }
        let (tokens, problems) = syntax::tokens(SourceId::default(), text);
        if tokens.is_empty() && problems.is_empty() {
            return Ok(Reply::default());
        }
        let trial = self.scratch.try_text(&self.workspace, text);
        match input::bound_name(text) {
            Some(name) => self.bind(name, &trial),
            None => self.accept(&trial),
        }
    }

    pub(super) fn load(&mut self, path: &Path) -> Result<Reply, Trouble> {
        let sources = read_sources(&[path.to_path_buf()])?;
        let text = sources.iter().next().map(|(_, source)| source.text.clone()).unwrap_or_default();
        let trial = self.scratch.try_file(&self.workspace, &path.display().to_string(), text);
        self.accept(&trial)
    }

    /// Loads every file again that was loaded.
    pub(super) fn reload(&mut self) -> Result<Reply, Trouble> {
        let files = self.scratch.files();
        if files.is_empty() {
            return Err(Misuse::NothingLoaded.into());
        }
        let mut reply = Reply::default();
        for file in files {
            reply.add(self.load(Path::new(&*file)).unwrap_or_else(Reply::from));
        }
        Ok(reply)
    }

    /// Keeps what an entry defines, and evaluates its expressions; or says what is wrong with it.
    fn accept(&mut self, trial: &Trial) -> Result<Reply, Trouble> {
        self.refuse_mistakes(trial)?;
        self.store(trial)?;
        let mut reply = self.keep(trial);
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

    /// `name <- expression`: evaluates it once, and keeps the value under the name.
    fn bind(&mut self, name: Name, trial: &Trial) -> Result<Reply, Trouble> {
        self.refuse_mistakes(trial)?;
        self.store(trial)?;
        let [watch] = trial.watches().collect::<Vec<_>>()[..] else { return Err(Misuse::NotOneValue(name).into()) };
        if is_restricted(&watch.signature) {
            let (ty, _) = search::yielded(&watch.signature, &self.environment());
            return Err(Misuse::Unsettled(name, ty).into());
        }
        let value = self.outcome(watch, &trial.sources)?;
        let signature = search::value_signature(&watch.signature);
        let made = self.scratch.values.make(&self.workspace, name.clone(), signature, &value);
        let bound = made.map_err(|reason| Misuse::Unnameable(name, reason))?;
        bound.store(&self.workspace, (self.clock.wall_ms)())?;
        let trial = self.scratch.try_value(&self.workspace, bound);
        self.store(&trial)?;
        Ok(self.keep(&trial))
    }

    /// Keeps what was tried and is sound. Tells what it defines, and what it means for what was defined before.
    fn keep(&mut self, trial: &Trial) -> Reply {
        let Effects { broken, changed } = self.scratch.keep(trial);
        let mut reply = Reply::text(first_lines(&self.described(trial.defined.iter().chain(&changed))));
        if !broken.is_empty() {
            let names = broken.iter().map(|name| name.name().to_string()).collect();
            reply.troubles.push(Trouble::Broken(names));
            reply.troubles.push(Trouble::Mistakes(trial.sources.clone(), trial.compiled.diagnostics.clone()));
        }
        reply
    }

    pub(super) fn refuse_mistakes(&self, trial: &Trial) -> Result<(), Trouble> {
        // A name that could not be looked up is not one that does not exist.
        self.workspace.unfailed()?;
        let mistakes = trial.mistakes();
        if mistakes.is_empty() { Ok(()) } else { Err(Trouble::Mistakes(trial.sources.clone(), mistakes)) }
    }

    pub(super) fn store(&self, trial: &Trial) -> Result<(), WorkspaceError> {
        let (environment, now_ms) = (&self.workspace.environment, (self.clock.wall_ms)());
        self.scratch.values.store(&self.workspace, &trial.compiled.checked.objects, now_ms)?;
        pipeline::store(&trial.compiled, environment, Naming::HashesOnly, now_ms)
            .map_err(|error| self.workspace.failed(error))
    }

    /// Definitions, each with its type.
    pub(super) fn described<'a>(&self, defined: impl IntoIterator<Item = &'a Defined>) -> String {
        let environment = self.environment();
        let lines = defined.into_iter().flat_map(|defined| match defined {
            Defined::Type(name) => search::type_line(name, &environment).into_iter().collect(),
            Defined::Term(name) => search::signatures(name, &environment),
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// Evaluates an expression; its value is `it` from then on.
    pub(super) fn evaluate(&mut self, watch: &CheckedWatch, sources: &Sources) -> Result<Reply, Trouble> {
        let value = self.outcome(watch, sources)?;
        let Some(shown) = show_result(&self.workspace, &value) else { return Ok(Reply::default()) };
        let (ty, _) = search::yielded(&watch.signature, &self.environment());
        let signature = search::value_signature(&watch.signature);
        // What cannot be named is shown all the same.
        let made = (!is_restricted(&watch.signature))
            .then(|| self.scratch.values.make(&self.workspace, Name::new(IT), signature, &value).ok());
        self.scratch.values.it = made.flatten();
        Ok(Reply::text(format!("{} : {ty}", cut(shown))))
    }

    fn outcome(&self, watch: &CheckedWatch, sources: &Sources) -> Result<Portable, Trouble> {
        if let Err(NotRunnable::Unhandled(ability)) = main_type::runnable(&watch.signature) {
            let ability = print_type(&ability, &self.environment());
            let diagnostic = unhandled("this expression", watch.span, &ability);
            let hint = format!("handle `{ability}` around it: `handle .. with ..`");
            return Err(Trouble::Mistakes(sources.clone(), vec![diagnostic.hint(hint)]));
        }
        let main = add_entry(&self.workspace, watch.reference, &watch.signature, (self.clock.wall_ms)())?;
        let environment = self.environment();
        let names = |ty| environment.type_name(ty);
        let positions = positions(&self.workspace, sources.clone(), &self.scratch.terms, &[]);
        let explain = trail::explain(main, positions.clone());
        let Ending { outcome, trail } = self.evaluator.evaluate(main, explain)?;
        let steps = || trail::steps(&trail, main, &positions, |id| environment.term_name(TermRef::Def(id)));
        match outcome {
            Outcome::Returned(value) => Ok(value),
            Outcome::Raised(failure) => Err(match exit_status(&failure) {
                Some(status) => Trouble::Exited(status),
                None => Trouble::Raised(show_failure(&self.workspace, &names, &failure), steps()),
            }),
            Outcome::Failed(failure) => {
                let operation = match &failure {
                    Failure::Unhandled { ability, operation, .. } => {
                        operation_name(&self.workspace, &names, *ability, *operation)
                    }
                    _ => None,
                };
                Err(Trouble::Failed { failure, operation, steps: steps() })
            }
        }
    }
}

/// The beginning of a long text, and how much more there is.
fn cut(text: String) -> String {
    match text.char_indices().nth(SHOWN_CHARS_MAX) {
        Some((end, _)) => format!("{} .. and {} characters more", &text[..end], text[end..].chars().count()),
        None => text,
    }
}

/// What a large file defines would push everything else off the screen.
fn first_lines(text: &str) -> String {
    let count = text.lines().count();
    if count <= TOLD_MAX {
        return text.to_string();
    }
    let first: Vec<&str> = text.lines().take(TOLD_MAX / 2).collect();
    format!("{}\n.. and {} more; :browse lists them", first.join("\n"), count - first.len())
}
