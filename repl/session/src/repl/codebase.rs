//! Commands between the prompt and the codebase.

use super::Repl;
use super::reply::{Answer, Misuse, Reply, Trouble};
use super::scratch::Text;
use crate::definitions::{self, Item, add, history, related, view};
use crate::doc::{Evaluating, Library, Literals};
use crate::watch::{Evaluations, NotEvaluated};
use ::codebase::{ChangeKind, Note, Reference};
use base::{Name, SourceId, Sources};
use check::Environment;
use kernel::{TermRef, TypeRef};
use std::collections::BTreeSet;
use syntax::token::TokenKind;

impl Repl {
    /// Puts definitions into the codebase under their names.
    pub(super) fn add(&mut self, argument: &str) -> Result<Reply, Trouble> {
        let mut wanted: BTreeSet<Name> = argument.split_whitespace().map(Name::new).collect();
        self.refuse_unwritten(&wanted)?;
        self.take_in_what_is_used(&mut wanted);
        let texts = self.scratch.texts(|name| wanted.is_empty() || wanted.contains(name));
        if texts.iter().all(|text| text.name.is_none()) {
            return Err(Misuse::NothingToAdd.into());
        }
        let mut sources = Sources::default();
        sources.add("prompt", file_of(&texts));
        let what = if argument.is_empty() { "the prompt".to_string() } else { argument.to_string() };
        let note = Note { kind: ChangeKind::Add, what };
        let added = add::add_sources(&self.workspace, &sources, note, (self.clock.wall_ms)())?;
        self.added.extend(added.change.map(|change| (self.scratch.changes(), change)));
        Ok(Reply { answer: Some(Answer::Added(added)), ..Reply::default() })
    }

    /// Adds what these definitions use of what was written here.
    fn take_in_what_is_used(&self, wanted: &mut BTreeSet<Name>) {
        let all = self.scratch.texts(|_| true);
        let mut todo: Vec<Name> = wanted.iter().cloned().collect();
        while let Some(name) = todo.pop() {
            let own = all.iter().filter(|text| text.name.as_ref() == Some(&name));
            let used: Vec<Name> = own.flat_map(|text| names_in(&text.text)).collect();
            for other in all.iter().filter_map(|text| text.name.as_ref()) {
                // A constructor is used by the name of its type, or by its own.
                let is_used =
                    used.iter().any(|used| other.has_suffix(used) || used.as_str().starts_with(other.as_str()));
                if is_used && wanted.insert(other.clone()) {
                    todo.push(other.clone());
                }
            }
        }
    }

    /// Each name has to be one of a definition that was written here.
    fn refuse_unwritten(&self, wanted: &BTreeSet<Name>) -> Result<(), Trouble> {
        let written = self.scratch.texts(|name| wanted.contains(name));
        for name in wanted {
            if self.scratch.values.bound.iter().any(|value| value.name == *name) {
                return Err(Misuse::NoText(name.clone()).into());
            }
            if !written.iter().any(|text| text.name.as_ref() == Some(name)) {
                return Err(Misuse::NoSuchName(name.to_string()).into());
            }
        }
        Ok(())
    }

    /// Takes the last `:add` back, if nothing was changed here since.
    pub(super) fn undo_add(&mut self) -> Result<Option<Reply>, Trouble> {
        let changes = self.scratch.changes();
        let Some((_, change)) = self.added.pop_if(|(before, _)| *before == changes) else { return Ok(None) };
        let turned = history::undo_change(&self.workspace, change, (self.clock.wall_ms)())?;
        let names = turned.names.iter().map(|step| match &step.old {
            Some(hash) => format!("{} is {hash} again in the codebase", step.name),
            None => format!("{} is gone from the codebase", step.name),
        });
        Ok(Some(Reply::text(names.collect::<Vec<_>>().join("\n"))))
    }

    /// What was written at the prompt, else what the codebase has.
    pub(super) fn view(&self, argument: &str) -> Result<Reply, Trouble> {
        let mut reply = Reply::default();
        let mut elsewhere = Vec::new();
        for word in argument.split_whitespace() {
            match self.written(word) {
                Some(text) => reply.add_line(&text),
                None => elsewhere.push(word.to_string()),
            }
        }
        if !elsewhere.is_empty() {
            reply.answer = Some(Answer::Viewed(view::view(&self.workspace, &elsewhere)?));
        }
        Ok(reply)
    }

    fn written(&self, name: &str) -> Option<String> {
        let wanted = Name::new(name);
        let texts = self.scratch.texts(|name| name.has_suffix(&wanted));
        let texts: Vec<String> = texts.into_iter().filter(|text| text.name.is_some()).map(|text| text.text).collect();
        (!texts.is_empty()).then(|| texts.join("\n\n"))
    }

    pub(super) fn edit(&self, name: &str) -> Result<Reply, Trouble> {
        if let Some(text) = self.written(name) {
            return Ok(Reply { edit: Some(text), ..Reply::default() });
        }
        let viewed = view::view(&self.workspace, &[name.to_string()])?;
        let text = viewed.iter().filter_map(|viewed| match &viewed.text {
            view::Shown::Written(text) | view::Shown::Printed(text) => {
                Some(format!("{}{text}", lines(&viewed.context)))
            }
            view::Shown::Outdated { printed, .. } => Some(printed.clone()),
            view::Shown::Builtin | view::Shown::Absent => None,
        });
        let text: Vec<String> = text.collect();
        if text.is_empty() {
            return Err(Misuse::NoText(Name::new(name)).into());
        }
        Ok(Reply { edit: Some(text.join("\n\n")), ..Reply::default() })
    }

    pub(super) fn doc(&self, name: &str) -> Result<Reply, Trouble> {
        let environment = self.environment();
        let (stored, at_hand, literals) = (&self.workspace.environment, self.scratch.at_hand(), Literals::default());
        let library = Library { environment: &environment, stored, at_hand, literals };
        let start = || Ok(Evaluations::new(self.evaluator.keys().clone(), 1, self.evaluator.tiers().clone()));
        let evaluating = Evaluating { start: &start, clock: self.clock };
        let documentation =
            library.look_up_with(&self.workspace, name, &evaluating).map_err(|reason| match reason {
                NotEvaluated::Workspace(error) => Trouble::from(error),
                NotEvaluated::Runtime(error) => Trouble::Runtime(error),
                NotEvaluated::Stopped => Trouble::Interrupted,
            })?;
        if documentation.is_empty() {
            return Err(Misuse::NoDocumentation(name.to_string(), documentation.similar).into());
        }
        Ok(Reply { answer: Some(Answer::Documentation(documentation)), ..Reply::default() })
    }

    pub(super) fn deps(&self, name: &str) -> Result<Reply, Trouble> {
        let wanted = self.full_hash(name).unwrap_or_else(|| name.to_string());
        let related = |of: fn(&crate::Workspace, &str, bool) -> Result<related::Related, definitions::Error>| {
            let found = of(&self.workspace, &wanted, false)?.found;
            Ok::<Vec<Item>, Trouble>(found.into_iter().map(|item| self.named(item)).collect())
        };
        let (uses, users) = (related(related::dependencies)?, related(related::dependents)?);
        Ok(Reply { answer: Some(Answer::Related { uses, users }), ..Reply::default() })
    }

    /// The hash of a definition that has its name at the prompt only.
    fn full_hash(&self, name: &str) -> Option<String> {
        let name = Name::new(name);
        let term = self.scratch.terms.iter().find(|term| term.name == name).map(|term| term.reference);
        let ty = self.scratch.types.iter().find(|ty| ty.name == name).map(|ty| ty.reference);
        match (term, ty) {
            (Some(TermRef::Def(id)), _) | (None, Some(TypeRef::Def(id))) => {
                let index = if id.index == 0 { String::new() } else { format!(".{}", id.index) };
                Some(format!("{}{index}", id.component))
            }
            _ => None,
        }
    }

    /// With the name that it has at the prompt, if it has no other.
    fn named(&self, item: Item) -> Item {
        let environment = self.environment();
        let name = item.name.clone().or_else(|| match item.reference {
            Reference::Term(term) => environment.term_name(term),
            Reference::Type(ty) => environment.type_name(ty),
        });
        Item { name, ..item }
    }
}

/// What a text mentions.
fn names_in(text: &str) -> Vec<Name> {
    let (tokens, _) = syntax::tokens(SourceId::default(), text);
    let names = tokens.iter().filter(|token| matches!(token.kind, TokenKind::Name | TokenKind::Operator));
    names.filter_map(|token| text.get(token.span.start as usize..token.span.end as usize)).map(Name::new).collect()
}

fn lines(context: &str) -> String {
    if context.is_empty() { String::new() } else { format!("{context}\n") }
}

/// Pieces as a file: `use` clauses hold for what follows.
fn file_of(texts: &[Text]) -> String {
    texts.iter().map(|text| format!("{}\n\n", text.text.trim_end())).collect()
}
