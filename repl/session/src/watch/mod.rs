//! `unison watch`: what the watches of a file have come to, and what both kinds of watches share with `unison test`.
//!
//! A watch is a definition without parameters, so it is pure and has a hash: its value is remembered in the codebase under it, and computed once.
//!
//! **Invariant:** a watch that is shown rests on no mistake; one with a mistake keeps no other one from being evaluated.

mod evaluate;
mod poll;
mod pure;
mod said;
mod tried;

pub use evaluate::{Done, Evaluations, NotEvaluated, Stop};
pub use poll::Poll;
pub(crate) use pure::explain as explain_purity;
pub use said::Said;
pub(crate) use said::{Form, form, no_test, said};
pub use tried::Input;
pub(crate) use tried::tried;

use crate::definitions::overlay::Overlay;
use crate::repl::Clock;
use crate::run;
use crate::workspace::{Workspace, WorkspaceError, read_sources};
use base::{Diagnostic, Sources, Span, diagnostic};
use check::{Checked, CheckedTerm, CheckedType, CheckedWatch, print_signature};
use compiler::pipeline::{self, Naming};
use runtime::{Budget, Outcome};
use serde::Serialize;
use std::path::Path;

/// The word before `>` that makes a watch a test.
pub(crate) const TEST: &str = "test";

pub(crate) fn is_test(watch: &CheckedWatch) -> bool {
    watch.kind.as_ref().is_some_and(|kind| kind.as_str() == TEST)
}

/// A file whose watches can be evaluated.
pub struct WatchFile {
    pub sources: Sources,
    /// In source order; what they say of has no watches below.
    pub diagnostics: Vec<Diagnostic>,
    watches: Vec<CheckedWatch>,
    /// What the file calls its types and definitions.
    types: Vec<CheckedType>,
    terms: Vec<CheckedTerm>,
}

/// What a watch has come to.
pub struct Watched {
    /// Of its first line, from 1.
    pub line: usize,
    pub is_test: bool,
    pub name: Option<String>,
    /// Its first line.
    pub source: String,
    /// The value as text, or how its evaluation ended instead.
    pub value: Result<String, Outcome>,
    pub ty: String,
    /// What a test that has a value said.
    pub said: Option<Vec<Said>>,
    /// Whether it was known from before.
    pub known: bool,
}

/// A watch as a line of JSON. Whatever reads it relies on these names, and on their order.
#[derive(Serialize)]
pub struct WatchJson<'a> {
    pub line: usize,
    pub kind: &'static str,
    pub name: Option<&'a str>,
    pub value: &'a str,
    #[serde(rename = "type")]
    pub ty: &'a str,
    /// Why there is no value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<&'a str>,
}

/// Checks a file, and keeps what is sound.
pub fn open(workspace: &Workspace, file: &Path, now_ms: u64) -> Result<WatchFile, WorkspaceError> {
    let sources = read_sources(&[file.to_path_buf()])?;
    let compiled = workspace.compile(&sources)?;
    let stored = pipeline::store(&compiled, &workspace.environment, Naming::HashesOnly, now_ms);
    stored.map_err(|error| workspace.failed(error))?;
    let mut diagnostics = compiled.diagnostics;
    explain_purity(&mut diagnostics, &sources);
    let watches = compiled.checked.watches;
    let tests = watches.iter().filter(|watch| is_test(watch));
    diagnostics.extend(tests.filter_map(|watch| no_test(watch, workspace, &compiled.checked.types)));
    diagnostic::sort(&mut diagnostics);
    let Checked { types, terms, .. } = compiled.checked;
    Ok(WatchFile { sources, diagnostics, watches, types, terms })
}

impl WatchFile {
    /// Evaluates the watches, and tells what becomes of each, in source order.
    pub fn evaluate(
        &self,
        workspace: &Workspace,
        evaluations: &Evaluations,
        budget: Budget,
        clock: Clock,
        each: &mut dyn FnMut(&Watched),
    ) -> Result<(), NotEvaluated> {
        let watches: Vec<&CheckedWatch> = self.watches.iter().collect();
        evaluations.evaluate(workspace, &watches, budget, clock, &mut |watch, done| {
            each(&self.watched(workspace, &self.watches[watch], done));
        })
    }

    fn watched(&self, workspace: &Workspace, watch: &CheckedWatch, done: &Done) -> Watched {
        let names = names(workspace, &self.types, &self.terms);
        let value = match &done.outcome {
            Outcome::Returned(value) => Ok(run::show_in(&names, value)),
            other => Err(other.clone()),
        };
        let is_test = is_test(watch);
        let form = is_test.then(|| form(workspace, &watch.signature)).flatten();
        let said = match (&done.outcome, form) {
            (Outcome::Returned(value), Some(form)) => Some(said(workspace, form, value)),
            _ => None,
        };
        Watched {
            line: line(&self.sources, watch.span),
            is_test,
            name: watch.name.as_ref().map(ToString::to_string),
            source: first_line(self.sources.text(watch.span)),
            value,
            ty: print_signature(&watch.signature, &names),
            said,
            known: done.known,
        }
    }
}

impl Watched {
    /// Whether it has a value, and as a test has passed.
    pub fn is_well(&self) -> bool {
        self.value.is_ok() && self.said.as_ref().is_none_or(|said| Said::passed(said))
    }
}

/// What the workspace calls things, with the names that a file gives to types and definitions.
pub(crate) fn names<'a>(workspace: &'a Workspace, types: &[CheckedType], terms: &[CheckedTerm]) -> Overlay<'a> {
    let types = types.iter().map(|ty| (ty.name.clone(), ty.reference)).collect();
    let terms = terms.iter().map(|term| (term.name.clone(), term.reference)).collect();
    Overlay { types, terms, ..Overlay::new(&workspace.environment) }
}

/// The first line, and a sign that there are more.
fn first_line(text: &str) -> String {
    let mut lines = text.lines();
    let first = lines.next().unwrap_or("").trim_end();
    if lines.next().is_some() { format!("{first} ..") } else { first.to_string() }
}

pub(crate) fn line(sources: &Sources, span: Span) -> usize {
    sources.line_column(span.source, span.start).0
}
