//! What failing tests were tried on: they are run once more, traced, and say which values their properties have drawn.

use super::said::Said;
use super::{Evaluations, NotEvaluated, form, said};
use crate::repl::Clock;
use crate::workspace::{Workspace, WorkspaceError};
use base::{Name, Sources, Span};
use check::{CheckedWatch, Tracing};
use compiler::pipeline::{self, Naming};
use kernel::{TermRef, TypeRef};
use runtime::{Budget, Outcome};
use std::collections::BTreeMap;

/// A variable of a property, and the value that it had when the property failed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Input {
    pub name: String,
    pub value: String,
}

/// Inputs that are told of one result: the last ones.
const INPUTS_MAX: usize = 40;

/// Characters of a value that are told.
const VALUE_MAX: usize = 400;

/// The failing results of tests by the places of these, with what they were tried on.
pub(crate) fn tried(
    workspace: &Workspace,
    evaluations: &Evaluations,
    sources: &Sources,
    failed: &[Span],
    budget: Budget,
    clock: Clock,
) -> Result<BTreeMap<Span, Vec<Said>>, NotEvaluated> {
    let Some(tracing) = tracing(workspace) else { return Ok(BTreeMap::new()) };
    let watches = traced(workspace, sources, tracing, (clock.wall_ms)()).map_err(NotEvaluated::Workspace)?;
    let again: Vec<&CheckedWatch> = watches.iter().filter(|watch| failed.contains(&watch.span)).collect();
    let mut all = BTreeMap::new();
    evaluations.evaluate(workspace, &again, budget, clock, &mut |position, done| {
        let watch = again[position];
        if let (Outcome::Returned(value), Some(form)) = (&done.outcome, form(workspace, &watch.signature)) {
            all.insert(watch.span, said(workspace, form, value).into_iter().map(with_inputs).collect());
        }
    })?;
    Ok(all)
}

/// The watches of the files, traced and stored.
fn traced(
    workspace: &Workspace,
    sources: &Sources,
    tracing: Tracing,
    now_ms: u64,
) -> Result<Vec<CheckedWatch>, WorkspaceError> {
    let checked = workspace.compile_traced(sources, tracing)?;
    let stored = pipeline::store_checked(&checked, &workspace.environment, Naming::HashesOnly, now_ms);
    stored.map_err(|error| workspace.failed(error))?;
    Ok(checked.watches)
}

/// What of the library takes notes.
fn tracing(workspace: &Workspace) -> Option<Tracing> {
    let library = workspace.environment.library();
    let term = |name: &str| -> Option<TermRef> {
        let found = library.terms_by_suffix(&Name::new(name));
        found.into_iter().find(|(found, _)| found.as_str() == name).map(|(_, reference)| reference)
    };
    let ty = |name: &str| -> Option<TypeRef> {
        let found = library.types_by_suffix(&Name::new(name));
        found.into_iter().find(|(found, _)| found.as_str() == name).map(|(_, reference)| reference)
    };
    let drawing = ["Each", "Random"].into_iter().map(ty).collect::<Option<Vec<TypeRef>>>()?;
    let (note, around) = (term("test.internal.note")?, term("test.internal.unobserved")?);
    Some(Tracing { note, around, drawing })
}

/// Takes what was noted out of a text.
fn with_inputs(said: Said) -> Said {
    let (text, notes) = check::without_notes(&said.text);
    let mut inputs: Vec<Input> = notes.into_iter().map(input).collect();
    inputs.drain(..inputs.len().saturating_sub(INPUTS_MAX));
    Said { is_ok: said.is_ok, text: text.to_string(), inputs }
}

fn input((name, value): (&str, &str)) -> Input {
    let value = match value.char_indices().nth(VALUE_MAX) {
        Some((end, _)) => format!("{} ..", &value[..end]),
        None => value.to_string(),
    };
    Input { name: name.to_string(), value }
}
