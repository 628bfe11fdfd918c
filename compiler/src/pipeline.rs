//! The phases, in order: parse, check (which resolves, infers, elaborates and hashes cycle by cycle), then store.

use crate::environment::CodebaseEnvironment;
use crate::written::{self, Written};
use base::{Diagnostic, Sources, diagnostic};
use check::{Calls, Checked, Tracing};
use codebase::{Batch, Codebase, CodebaseError};
use kernel::TermRef;
use std::collections::BTreeSet;

/// What became of some files.
pub struct Compiled {
    pub checked: Checked,
    /// The mistakes, in source order. If there are none, all of `checked` is sound.
    pub diagnostics: Vec<Diagnostic>,
    /// The items of the files that define something.
    pub written: Vec<Written>,
}

impl Compiled {
    /// The definition `main`, or else the only one whose name ends in `.main`.
    pub fn main(&self) -> Option<&check::CheckedTerm> {
        let mut mains = self.checked.terms.iter().filter(|term| term.name.last() == "main");
        match (mains.clone().find(|term| term.name.as_str() == "main"), mains.next(), mains.next()) {
            (Some(main), ..) | (None, Some(main), None) => Some(main),
            _ => None,
        }
    }
}

/// Parses and checks all sources against what lies outside them.
pub fn compile(sources: &Sources, project: &str, environment: &dyn check::Environment) -> Compiled {
    let mut diagnostics = Vec::new();
    let mut files = Vec::new();
    for (file, problems) in crate::parse::parse(sources) {
        diagnostics.extend(problems.iter().map(syntax::Problem::render));
        files.push(file);
    }
    check_files(&files, diagnostics, sources, project, environment)
}

/// Checks all sources as [`compile`] does, for definitions that note what properties are tried on.
pub fn compile_traced(
    sources: &Sources,
    project: &str,
    environment: &dyn check::Environment,
    tracing: Tracing,
) -> Checked {
    let files: Vec<_> = crate::parse::parse(sources).into_iter().map(|(file, _)| file).collect();
    check::check_traced(&files, sources, project, environment, tracing)
}

/// Where the calls of some definitions stand that these sources have: checked again for that.
pub fn calls(
    sources: &Sources,
    project: &str,
    environment: &dyn check::Environment,
    wanted: &BTreeSet<TermRef>,
) -> Vec<(TermRef, Calls)> {
    let files: Vec<_> = crate::parse::parse(sources).into_iter().map(|(file, _)| file).collect();
    check::check_calls(&files, sources, project, environment, wanted)
}

/// Checks files that were parsed with these mistakes.
pub fn check_files(
    files: &[syntax::tree::File],
    mut diagnostics: Vec<Diagnostic>,
    sources: &Sources,
    project: &str,
    environment: &dyn check::Environment,
) -> Compiled {
    let checked = check::check(files, sources, project, environment);
    diagnostics.extend(checked.problems.iter().map(|problem| problem.render()));
    diagnostic::sort(&mut diagnostics);
    let written = files.iter().flat_map(|file| written::items(file, sources)).collect();
    Compiled { checked, diagnostics, written }
}

/// Whether storing gives the definitions their names in the codebase, or only keeps them by hash.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Naming {
    /// `run`: known by hash and source key, so that nothing is checked twice.
    HashesOnly,
    /// `add`: also under the names that the files give them.
    Names,
}

/// Lands what was checked in a codebase, in one transaction, with whatever of the standard library it depends on.
pub fn store(
    compiled: &Compiled,
    environment: &CodebaseEnvironment,
    naming: Naming,
    now_ms: u64,
) -> Result<(), CodebaseError> {
    store_checked(&compiled.checked, environment, naming, now_ms)
}

/// As [`store`].
pub fn store_checked(
    checked: &Checked,
    environment: &CodebaseEnvironment,
    naming: Naming,
    now_ms: u64,
) -> Result<(), CodebaseError> {
    let mut batch = batch(checked, naming);
    batch.objects.splice(0..0, environment.missing_library_objects(&checked.objects)?);
    if batch.objects.is_empty() && batch.terms.is_empty() && batch.types.is_empty() && batch.source_keys.is_empty() {
        return Ok(());
    }
    environment.codebase().add(&batch, now_ms).map(|_| ())
}

/// What was checked, as it lands.
pub fn batch(checked: &Checked, naming: Naming) -> Batch {
    let mut batch = Batch { objects: checked.objects.clone(), source_keys: checked.keys.clone(), ..Batch::default() };
    if naming == Naming::Names {
        batch.terms = checked.terms.iter().map(|term| (term.name.clone(), term.reference)).collect();
        batch.types = checked.types.iter().map(|ty| (ty.name.clone(), ty.reference)).collect();
    }
    batch
}

/// Makes a codebase of sources that must be free of mistakes, such as the standard library.
pub(crate) fn build(
    sources: &Sources,
    project: &str,
    environment: &dyn check::Environment,
    into: &Codebase,
) -> Result<Vec<Diagnostic>, CodebaseError> {
    let compiled = compile(sources, project, environment);
    if !compiled.diagnostics.is_empty() {
        return Ok(compiled.diagnostics);
    }
    let texts = written::texts(&compiled.written, &compiled.checked, sources, project);
    into.add(&Batch { sources: texts, ..batch(&compiled.checked, Naming::Names) }, 0)?;
    Ok(Vec::new())
}
