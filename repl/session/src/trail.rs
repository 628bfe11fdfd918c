//! Which way a failure has come, with names and places: what nodes say of it are hashes, and here is where the program was written.

use base::{Name, Sources, Span};
use codebase::Codebase;
use kernel::{DefId, TermRef};
use runtime::{Explain, Trail};
use std::fmt;
use std::sync::Arc;

/// Where something stands: the file's path and the line, counted from 1.
pub type Place = (Arc<str>, usize);

/// A definition that was running when something failed, or was waiting for that.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// None if nothing is known but the node.
    pub definition: Option<Definition>,
    /// Where, if it was not all at one node: for the last step of each.
    pub node: Option<String>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Definition {
    pub id: DefId,
    pub name: Option<Name>,
    pub place: Option<Place>,
}

/// Where definitions of a program stand, for as long as it runs. Beside their hashes, never in them.
#[derive(Clone, Default, Debug)]
pub struct Positions {
    sources: Sources,
    terms: Vec<(Name, TermRef, Span)>,
}

impl Positions {
    pub fn new(sources: Sources, terms: impl IntoIterator<Item = (Name, TermRef, Span)>) -> Positions {
        Positions { sources, terms: terms.into_iter().collect() }
    }

    pub fn name(&self, id: DefId) -> Option<Name> {
        self.term(id).map(|(name, ..)| name.clone())
    }

    fn term(&self, id: DefId) -> Option<&(Name, TermRef, Span)> {
        self.terms.iter().find(|(_, term, _)| *term == TermRef::Def(id))
    }

    /// Where a definition names what it has called, if that is in one place only; else where it begins.
    fn place(&self, id: DefId, called: Option<&Name>) -> Option<Place> {
        let (_, _, span) = self.term(id)?;
        let path = self.sources.get(span.source)?.path.clone();
        let text = self.sources.text(*span);
        let within = called.and_then(|name| only_use(text, name)).or_else(|| beginning(text))?;
        let (line, _) = self.sources.line_column(span.source, span.start + within as u32);
        Some((path, line))
    }
}

/// Where the first line is that is no comment.
fn beginning(text: &str) -> Option<usize> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let code = line.trim();
        if !code.is_empty() && !code.starts_with("--") {
            return Some(at);
        }
        at += line.len();
    }
    Some(0)
}

/// Where the last segment of a name stands as a word of its own, if that is once and not at the beginning of a line.
fn only_use(text: &str, name: &Name) -> Option<usize> {
    let name = name.to_string();
    let word = name.rsplit('.').next().filter(|word| !word.is_empty())?;
    let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '!' | '\'');
    let is_use = |at: &usize| {
        let (before, after) = (&text[..*at], &text[at + word.len()..]);
        let begins = before.is_empty() || before.ends_with('\n');
        !begins && !before.ends_with(part) && !after.starts_with(part)
    };
    let mut uses = text.match_indices(word).map(|(at, _)| at).filter(is_use);
    let only = uses.next()?;
    uses.next().is_none().then_some(only)
}

/// Tells a program which way a failure has come: for `entry` and `positions` see [`steps`].
pub(crate) fn explain(entry: DefId, positions: Positions, codebase: Arc<Codebase>) -> Explain {
    let name = move |id: DefId| codebase.names_in(&id.component).ok()?.into_iter().next().map(|(name, _)| name);
    Arc::new(move |trail| all_steps(trail, entry, &positions, &name).iter().map(Step::to_string).collect())
}

/// The steps of a trail that are worth telling: that `main` has failed, and nothing else is known, is no news.
pub fn steps(trail: &Trail, entry: DefId, positions: &Positions, name: impl Fn(DefId) -> Option<Name>) -> Vec<Step> {
    let steps = all_steps(trail, entry, positions, name);
    if is_news(&steps) { steps } else { Vec::new() }
}

/// The steps of a trail, the one first at which it began. `entry` is what was made to start the program, of which nobody has to know; `name` is what else has a name.
fn all_steps(trail: &Trail, entry: DefId, positions: &Positions, name: impl Fn(DefId) -> Option<Name>) -> Vec<Step> {
    let far = trail.0.iter().any(|station| Some(&station.node) != trail.0.first().map(|first| &first.node));
    let mut steps: Vec<Step> = Vec::new();
    for station in &trail.0 {
        let begin = steps.len();
        for id in station.definitions.iter().copied().filter(|id| *id != entry) {
            let name = positions.name(id).or_else(|| name(id));
            let place = match steps.last().and_then(|step| step.definition.as_ref()) {
                // It waits for a part of itself, elsewhere.
                Some(called) if called.id == id => called.place.clone(),
                called => positions.place(id, called.and_then(|called| called.name.as_ref())),
            };
            steps.push(Step { definition: Some(Definition { id, name, place }), node: None });
        }
        if steps.len() == begin && far {
            steps.push(Step { definition: None, node: None });
        }
        if let Some(last) = steps[begin..].last_mut().filter(|_| far) {
            last.node = Some(station.node.clone());
        }
    }
    steps
}

fn is_news(steps: &[Step]) -> bool {
    let is_main = |step: &Step| {
        step.definition.as_ref().is_some_and(|it| it.name.as_ref().is_none_or(|name| *name == Name::new("main")))
    };
    !matches!(steps, [step] if is_main(step))
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(Definition { id, name, place }) = &self.definition {
            match name {
                Some(name) => write!(f, "in `{name}`")?,
                None => write!(f, "in {}", id.component.short())?,
            }
            if let Some((path, line)) = place {
                write!(f, " ({path}:{line})")?;
            }
        }
        match (&self.definition, &self.node) {
            (Some(_), Some(node)) => write!(f, ", at {node}"),
            (None, Some(node)) => write!(f, "at {node}"),
            _ => Ok(()),
        }
    }
}

/// A failure as JSON on one line: what it says, and its steps.
pub fn json(error: &str, steps: &[Step]) -> String {
    let step = |step: &Step| {
        let mut fields = serde_json::Map::new();
        if let Some(Definition { id, name, place }) = &step.definition {
            fields.insert("hash".into(), id.component.to_string().into());
            if let Some(name) = name {
                fields.insert("name".into(), name.to_string().into());
            }
            if let Some((path, line)) = place {
                fields.insert("file".into(), path.to_string().into());
                fields.insert("line".into(), (*line).into());
            }
        }
        if let Some(node) = &step.node {
            fields.insert("node".into(), node.clone().into());
        }
        serde_json::Value::Object(fields)
    };
    serde_json::json!({ "error": error, "trail": steps.iter().map(step).collect::<Vec<_>>() }).to_string()
}
