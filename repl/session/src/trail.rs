//! Which way a failure has come, with names and places: what nodes say of it are hashes, and here is where the program was written.

use crate::workspace::Workspace;
use base::{Name, Sources, Span};
use check::{Call, Calls, CheckedTerm, CheckedType};
use compiler::{CodebaseEnvironment, pipeline};
use kernel::{DefId, TermRef, TypeRef};
use runtime::{Explain, Trail};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, OnceLock};

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
    /// The place is that of the call that was under way, not only of the definition.
    pub is_exact: bool,
}

/// Where definitions of a program stand, for as long as it runs. Beside their hashes, never in them.
#[derive(Clone)]
pub struct Positions {
    sources: Sources,
    /// Found out when somebody asks, if the sources were not checked for this run.
    defined: Arc<OnceLock<Defined>>,
    /// What names mean outside the sources, and the project: so they are checked again when something has failed.
    environment: CodebaseEnvironment,
    project: String,
}

/// What sources define, under which names, and where.
pub(crate) struct Defined {
    pub terms: Vec<(Name, TermRef, Span)>,
    pub types: Vec<(Name, TypeRef)>,
}

impl Defined {
    pub fn new<'a>(terms: impl IntoIterator<Item = &'a CheckedTerm>, types: &[CheckedType]) -> Defined {
        Defined {
            terms: terms.into_iter().map(|term| (term.name.clone(), term.reference, term.span)).collect(),
            types: types.iter().map(|ty| (ty.name.clone(), ty.reference)).collect(),
        }
    }
}

/// Where calls of definitions stand.
type Sites = BTreeMap<DefId, Calls>;

impl Positions {
    /// Of sources that are free of mistakes.
    pub(crate) fn new(workspace: &Workspace, sources: Sources) -> Positions {
        let (environment, project) = (workspace.environment.clone(), workspace.project.name.clone());
        Positions { sources, defined: Arc::default(), environment, project }
    }

    /// The same, where it is known already what they define.
    pub(crate) fn with(self, defined: Defined) -> Positions {
        Positions { defined: Arc::new(OnceLock::from(defined)), ..self }
    }

    pub(crate) fn defined(&self) -> &Defined {
        self.defined.get_or_init(|| {
            let compile = || pipeline::compile(&self.sources, &self.project, &self.environment);
            let checked = compiler::on_compiler_stack(compile).checked;
            Defined::new(&checked.terms, &checked.types)
        })
    }

    pub fn name(&self, id: DefId) -> Option<Name> {
        self.term(id).map(|(name, ..)| name.clone())
    }

    fn term(&self, id: DefId) -> Option<&(Name, TermRef, Span)> {
        self.defined().terms.iter().find(|(_, term, _)| *term == TermRef::Def(id))
    }

    /// The calls of those of these definitions that the sources have. What cannot be found out is not among them.
    fn sites(&self, of: impl IntoIterator<Item = DefId>) -> Sites {
        let wanted: BTreeSet<TermRef> =
            of.into_iter().filter(|id| self.term(*id).is_some()).map(TermRef::Def).collect();
        if wanted.is_empty() {
            return Sites::new();
        }
        let calls = || pipeline::calls(&self.sources, &self.project, &self.environment, &wanted);
        let found = compiler::on_compiler_stack(calls).into_iter();
        found.filter_map(|(term, calls)| if let TermRef::Def(id) = term { Some((id, calls)) } else { None }).collect()
    }

    fn place_of(&self, call: &Call) -> Option<Place> {
        let span = call.span?;
        let path = self.sources.get(span.source)?.path.clone();
        Some((path, self.sources.line_column(span.source, span.start).0))
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
pub(crate) fn explain(entry: DefId, positions: Positions) -> Explain {
    Arc::new(move |trail| {
        let name = |id: DefId| positions.environment.name_in(&id.component);
        all_steps(trail, entry, &positions, name).iter().map(Step::to_string).collect()
    })
}

/// The steps of a trail that are worth telling: that `main` has failed, and nobody knows where, is no news.
pub fn steps(trail: &Trail, entry: DefId, positions: &Positions, name: impl Fn(DefId) -> Option<Name>) -> Vec<Step> {
    let steps = all_steps(trail, entry, positions, name);
    if is_news(&steps) { steps } else { Vec::new() }
}

fn is_news(steps: &[Step]) -> bool {
    let is_main = |it: &Definition| !it.is_exact && it.name.as_ref().is_none_or(|name| *name == Name::new("main"));
    !matches!(steps, [Step { definition: Some(it), .. }] if is_main(it))
}

/// The steps of a trail, the one first at which it began. `entry` is what was made to start the program, of which nobody has to know; `name` is what else has a name.
fn all_steps(trail: &Trail, entry: DefId, positions: &Positions, name: impl Fn(DefId) -> Option<Name>) -> Vec<Step> {
    let far = trail.0.iter().any(|station| Some(&station.node) != trail.0.first().map(|first| &first.node));
    let telling = Telling::of(trail, positions, &name);
    let mut steps: Vec<Step> = Vec::new();
    for station in &trail.0 {
        let begin = steps.len();
        for step in station.steps.iter().filter(|step| step.definition != entry) {
            telling.step(*step, &mut steps);
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

/// What the steps of a trail are told with.
struct Telling<'a> {
    positions: &'a Positions,
    name: &'a dyn Fn(DefId) -> Option<Name>,
    sites: Sites,
}

impl<'a> Telling<'a> {
    fn of(trail: &Trail, positions: &'a Positions, name: &'a dyn Fn(DefId) -> Option<Name>) -> Telling<'a> {
        let steps = || trail.0.iter().flat_map(|station| &station.steps);
        let mut telling = Telling { positions, name, sites: positions.sites(steps().map(|step| step.definition)) };
        let called: Vec<DefId> = steps().filter_map(|step| telling.callee(*step)).collect();
        let unknown = called.into_iter().filter(|id| !telling.sites.contains_key(id));
        let more = positions.sites(unknown.collect::<Vec<_>>());
        telling.sites.extend(more);
        telling
    }

    fn call(&self, step: runtime::Step) -> Option<&Call> {
        self.sites.get(&step.definition)?.at(step.site)
    }

    /// The definition of the program that a step waits for.
    fn callee(&self, step: runtime::Step) -> Option<DefId> {
        match self.call(step)?.callee? {
            TermRef::Def(id) => self.positions.term(id).map(|_| id),
            TermRef::Builtin(_) | TermRef::Cycle(_) => None,
        }
    }

    /// Tells a step behind those that it waits for. What it has called is told, too, where nothing of that is left: where it was a part of its caller, or its last step was a call.
    fn step(&self, step: runtime::Step, steps: &mut Vec<Step>) {
        let last = |steps: &[Step]| steps.last().and_then(|step| step.definition.clone());
        let is_told = |callee: &DefId| *callee == step.definition || last(steps).is_some_and(|last| last.id == *callee);
        if let Some(callee) = self.callee(step).filter(|callee| !is_told(callee)) {
            let place = self.passing(callee, last(steps).as_ref());
            steps.push(self.told(callee, false, place));
        }
        let id = step.definition;
        let exact = self.call(step).and_then(|call| self.positions.place_of(call));
        let place = || match last(steps) {
            // It waits for a part of itself, elsewhere.
            Some(called) if called.id == id => called.place,
            called => self.positions.place(id, called.and_then(|called| called.name).as_ref()),
        };
        let step = self.told(id, exact.is_some(), exact.or_else(place));
        steps.push(step);
    }

    /// Where a definition has called another one, of which it keeps no trace.
    fn passing(&self, id: DefId, called: Option<&Definition>) -> Option<Place> {
        let only = called.and_then(|called| self.sites.get(&id)?.only(TermRef::Def(called.id)));
        let name = called.and_then(|called| called.name.as_ref());
        only.and_then(|call| self.positions.place_of(call)).or_else(|| self.positions.place(id, name))
    }

    fn told(&self, id: DefId, is_exact: bool, place: Option<Place>) -> Step {
        let name = self.positions.name(id).or_else(|| (self.name)(id));
        Step { definition: Some(Definition { id, name, place, is_exact }), node: None }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(Definition { id, name, place, .. }) = &self.definition {
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
        if let Some(Definition { id, name, place, .. }) = &step.definition {
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
