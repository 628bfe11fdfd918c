//! `unison test`: the `test>` watches of files.
//!
//! A test is pure, so what it said once it says for ever: only those run whose hash is not known (see [`crate::watch`]).

use crate::repl::Clock;
use crate::tree::Tree;
use crate::watch::{self, Done, Evaluations, Form, NotEvaluated, Said};
use crate::workspace::{Workspace, WorkspaceError};
use base::{Diagnostic, Sources, Span, diagnostic};
use check::CheckedWatch;
use compiler::pipeline::{self, Naming};
use runtime::{Budget, Outcome};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// The tests of some files.
pub struct Suite {
    pub sources: Sources,
    /// Mistakes, in source order. Tests that rest on one are not among the tests.
    pub diagnostics: Vec<Diagnostic>,
    /// In source order.
    tests: Vec<(CheckedWatch, Form)>,
    /// How many there are that were not asked for.
    pub left_out: usize,
    /// Paths that were named, where nothing is.
    pub missing: Vec<(PathBuf, std::io::Error)>,
}

/// A test, and what became of it.
pub struct Tested {
    pub path: Arc<str>,
    /// Of its first line, from 1.
    pub line: usize,
    pub name: Option<String>,
    pub verdict: Verdict,
    /// Whether it was known from before, and did not run.
    pub known: bool,
    pub took: Duration,
}

pub enum Verdict {
    /// It returned, and said this.
    Said(Vec<Said>),
    /// It did not return.
    Ended(Outcome),
}

impl Tested {
    pub fn has_passed(&self) -> bool {
        matches!(&self.verdict, Verdict::Said(said) if Said::passed(said))
    }

    /// Its name, or where it stands.
    pub fn title(&self) -> String {
        self.name.clone().unwrap_or_else(|| format!("{}:{}", self.path, self.line))
    }
}

/// Checks files, with all source files below folders, and finds the tests in them: those whose name contains `filter`.
pub fn find(
    workspace: &Workspace,
    paths: &[PathBuf],
    filter: Option<&str>,
    now_ms: u64,
) -> Result<Suite, WorkspaceError> {
    let mut tree = Tree::read(paths);
    let missing = std::mem::take(&mut tree.missing);
    let compiled = workspace.compile(&tree.sources)?;
    let stored = pipeline::store(&compiled, &workspace.environment, Naming::HashesOnly, now_ms);
    stored.map_err(|error| workspace.failed(error))?;
    let diagnostics = tree.diagnostics(compiled.diagnostics);
    let mut suite = Suite { sources: tree.sources, diagnostics, tests: Vec::new(), left_out: 0, missing };
    watch::explain_purity(&mut suite.diagnostics, &suite.sources);
    for test in compiled.checked.watches.into_iter().filter(watch::is_test) {
        suite.diagnostics.extend(watch::no_test(&test, workspace, &compiled.checked.types));
        let Some(form) = watch::form(workspace, &test.signature) else { continue };
        let name = test.name.as_ref().map_or("", |name| name.as_str());
        if filter.is_none_or(|filter| name.contains(filter)) {
            suite.tests.push((test, form));
        } else {
            suite.left_out += 1;
        }
    }
    diagnostic::sort(&mut suite.diagnostics);
    Ok(suite)
}

impl Suite {
    pub fn test_count(&self) -> usize {
        self.tests.len()
    }

    /// Runs those tests whose outcome is not known, and tells the outcome of each, in order. Those that say that they have
    /// failed come last, since they are run again to see what they were tried on.
    pub fn run(
        &self,
        workspace: &Workspace,
        evaluations: &Evaluations,
        budget: Budget,
        clock: Clock,
        each: &mut dyn FnMut(Tested),
    ) -> Result<(), NotEvaluated> {
        let watches: Vec<&CheckedWatch> = self.tests.iter().map(|(test, _)| test).collect();
        let mut failed = Vec::new();
        let run = evaluations.evaluate(workspace, &watches, budget, clock, &mut |position, done| {
            let (test, form) = &self.tests[position];
            let tested = self.tested(workspace, test, *form, done);
            if tested.has_passed() || matches!(tested.verdict, Verdict::Ended(_)) {
                each(tested);
            } else {
                failed.push((test.span, tested));
            }
        });
        failed.sort_by_key(|(span, _)| *span);
        let spans: Vec<Span> = failed.iter().map(|(span, _)| *span).collect();
        let mut tried = match &run {
            Ok(()) if !spans.is_empty() => watch::tried(workspace, evaluations, &self.sources, &spans, budget, clock),
            _ => Ok(BTreeMap::new()),
        };
        for (span, mut tested) in failed {
            if let Some(said) = tried.as_mut().ok().and_then(|tried| tried.remove(&span)) {
                tested.verdict = Verdict::Said(said);
            }
            each(tested);
        }
        run.and(tried.map(|_| ()))
    }

    fn tested(&self, workspace: &Workspace, test: &CheckedWatch, form: Form, done: &Done) -> Tested {
        let verdict = match &done.outcome {
            Outcome::Returned(value) => Verdict::Said(watch::said(workspace, form, value)),
            other => Verdict::Ended(other.clone()),
        };
        Tested {
            path: self.sources.get(test.span.source).map_or_else(|| "".into(), |source| source.path.clone()),
            line: watch::line(&self.sources, test.span),
            name: test.name.as_ref().map(ToString::to_string),
            verdict,
            known: done.known,
            took: done.took,
        }
    }
}
