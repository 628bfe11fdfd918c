//! Carrying out commands.

use super::command::{self, Argument, Command, Verb};
use super::reply::{Answer, Misuse, Reply, Trouble};
use super::scratch::{Defined, Trial};
use super::{Repl, search};
use crate::{definitions, place};
use base::Name;
use check::CheckedWatch;
use std::path::Path;
use std::time::Duration;

/// Definitions of a type that are shown.
const FOUND_MAX: usize = 50;

impl Repl {
    pub(super) fn command(&mut self, text: &str) -> Result<Reply, Trouble> {
        let (word, argument) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let argument = argument.trim();
        let command = command::find(word).ok_or_else(|| Misuse::Unknown(word.trim().to_string()))?;
        match command.argument {
            Argument::Needed(_) if argument.is_empty() => return Err(Misuse::Lacks(command).into()),
            Argument::None if !argument.is_empty() => return Err(Misuse::TakesNone(command).into()),
            _ => {}
        }
        let reply = self.carry_out(command, argument);
        // What was looked up and could not be read must not count as not being there.
        self.workspace.unfailed()?;
        reply
    }

    fn carry_out(&mut self, command: &'static Command, argument: &str) -> Result<Reply, Trouble> {
        match command.verb {
            Verb::Type => self.type_of(command, argument),
            Verb::Time => self.time(command, argument),
            Verb::Load => self.load(Path::new(argument)),
            Verb::Reload => self.reload(),
            Verb::Add => self.add(argument),
            Verb::View => self.view(argument),
            Verb::Edit => self.edit(argument),
            Verb::Doc => self.doc(argument),
            Verb::Deps => self.deps(argument),
            Verb::Browse => Ok(self.browse(argument)),
            Verb::Find => self.find(argument),
            Verb::Hash => self.hash(argument),
            Verb::Undo => self.undo(),
            Verb::Attach => self.attach_to(argument),
            Verb::Detach if self.evaluator.detach() => Ok(Reply::default()),
            Verb::Detach => Err(Misuse::NotAttached.into()),
            Verb::Stop => {
                self.evaluator.stop();
                Ok(Reply::default())
            }
            Verb::Nodes => self.nodes(),
            // Whatever was pasted is source; this is a paste without anything.
            Verb::Paste => Ok(Reply::default()),
            Verb::Help => Self::help(argument),
            Verb::Quit => Ok(Reply { quit: true, ..Reply::default() }),
        }
    }

    fn help(argument: &str) -> Result<Reply, Trouble> {
        if argument.is_empty() {
            return Ok(Reply::text(command::help()));
        }
        let word = argument.trim_start_matches(':');
        let command = command::find(word).ok_or_else(|| Misuse::Unknown(word.to_string()))?;
        Ok(Reply::text(command.explained()))
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
            let scratch = &self.scratch;
            let types = scratch.types.iter().map(|ty| Defined::Type(ty.name.clone()));
            let terms = scratch.terms.iter().map(|term| Defined::Term(term.name.clone()));
            let values = scratch.values.bound.iter().map(|value| Defined::Term(value.name.clone()));
            let mut reply = Reply::text(self.described(&types.chain(terms).chain(values).collect::<Vec<_>>()));
            for broken in &self.scratch.broken {
                reply.add_line(&format!("{} does not check at present", broken.name()));
            }
            return reply;
        }
        Reply::text(search::listing(&self.environment(), |name| name.as_str().starts_with(prefix)).join("\n"))
    }

    fn find(&self, word: &str) -> Result<Reply, Trouble> {
        if word.starts_with(':') {
            let hits = definitions::find::find(&self.workspace, word, FOUND_MAX)?;
            return Ok(Reply { answer: Some(Answer::Found(hits, word.to_string())), ..Reply::default() });
        }
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
        let found = search::references(&Name::new(name), &environment);
        let line = |(name, reference): &(Name, search::Reference)| {
            format!("{name} {}", reference.text(|hash| environment.short(hash)))
        };
        let lines: Vec<String> = found.iter().map(line).collect();
        if lines.is_empty() {
            Err(Misuse::NoSuchName(name.to_string()).into())
        } else {
            Ok(Reply::text(lines.join("\n")))
        }
    }

    fn undo(&mut self) -> Result<Reply, Trouble> {
        if let Some(reply) = self.undo_add()? {
            return Ok(reply);
        }
        let undone = self.scratch.undo(&self.workspace).ok_or(Misuse::NothingToUndo)?;
        if undone.is_empty() {
            return Ok(Reply::text("the last `use` or `:load` is taken back"));
        }
        let lines = undone.iter().map(|defined| {
            let name = defined.name();
            if self.scratch.has(defined) { format!("{name} is again what it was") } else { format!("{name} is gone") }
        });
        Ok(Reply::text(lines.collect::<Vec<_>>().join("\n")))
    }

    fn attach_to(&mut self, text: &str) -> Result<Reply, Trouble> {
        let at = place::parse(text).map_err(Misuse::Place)?;
        self.evaluator.attach(at)?;
        Ok(Reply::default())
    }

    /// Every place there has been, with how long it took to answer.
    fn nodes(&self) -> Result<Reply, Trouble> {
        let clock = self.clock.monotonic;
        let mut asked = clock();
        let mut nodes = Vec::new();
        self.evaluator.nodes(|node| {
            let answered = clock();
            let took = answered.saturating_sub(std::mem::replace(&mut asked, answered));
            nodes.push((node, took));
        })?;
        Ok(Reply { nodes, ..Reply::default() })
    }
}
