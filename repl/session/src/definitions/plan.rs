//! What adding some files would do, before anything is done.
//!
//! 1. The files are checked alone. Where they give a name another meaning, everything in the codebase that depends on the old one, directly or not,
//!    is *affected*.
//! 2. Whatever affected definition's text does not mean what it is any more (see [`super::view`]) is set aside: its text would silently become another definition.
//! 3. The files are checked together with the texts of the others. One that has a mistake is set aside and keeps its old meaning, and the rest is checked
//!    again, until nothing more breaks: what remains is carried along.

use super::item::component;
use super::overlay::Overlay;
use super::{Error, references, view};
use crate::workspace::{Workspace, WorkspaceError};
use base::{Diagnostic, Hash, Name, SourceId, Sources};
use codebase::{ChangeId, Reference, SourceText};
use compiler::Compiled;
use compiler::written::{self, Written};
use std::collections::{BTreeMap, BTreeSet};

/// What would be done.
pub(super) struct Plan {
    /// The state of the codebase that it is for.
    pub since: ChangeId,
    /// How many of the sources are the files; the others are definitions of the codebase.
    pub files: usize,
    pub sources: Sources,
    pub compiled: Compiled,
    /// Definitions of the codebase that were checked along.
    pub affected: Vec<SourceText>,
    pub broken: Vec<Broken>,
    /// Accessors that their type does not make any more.
    pub gone: Vec<(Name, Reference)>,
}

/// A definition that cannot follow a change.
#[derive(Clone, Debug)]
pub struct Broken {
    pub name: Name,
    pub of: Reference,
    pub why: Why,
    pub(super) source: Option<SourceText>,
}

/// Why a definition cannot follow a change.
#[derive(Clone, Debug)]
pub enum Why {
    /// It does not check with the new meanings; the text is among these sources.
    Mistakes(Sources, Vec<Diagnostic>),
    /// Something that it uses cannot follow: this.
    Uses(Name),
    /// Its text means something else than it, already before the change.
    Outdated,
    /// It has no text.
    NoText,
}

impl Plan {
    /// Whether a source is one of the files.
    pub fn is_file(&self, source: SourceId) -> bool {
        (source.0 as usize) < self.files
    }
}

/// Plans to add the files.
pub(super) fn plan(workspace: &Workspace, files: &Sources) -> Result<Plan, Error> {
    let since = workspace.codebase.head().map_err(|error| workspace.failed(error))?;
    let declared = compiler::on_compiler_stack(|| declared(files));
    let (overlay, accessors) = without_declared(workspace, &declared)?;
    let project = &workspace.project.name;
    let alone = workspace.compile_as(files, project, &overlay)?;
    let old = replaced(workspace, &declared, &accessors, &alone)?;
    let (texts, mut broken) = affected(workspace, &old, &declared)?;
    if texts.is_empty() && !alone.diagnostics.is_empty() {
        return Err(Error::Mistakes(files.clone(), alone.diagnostics));
    }
    let (texts, outdated) = set_outdated_aside(workspace, texts)?;
    broken.extend(outdated);
    let files_count = files.iter().count();
    let together = match texts.is_empty() && alone.diagnostics.is_empty() {
        true => Together { sources: files.clone(), compiled: alone, texts, broken: Vec::new() },
        false => together(workspace, files, files_count, texts, &overlay)?,
    };
    broken.extend(causes(workspace, together.broken)?);
    let mistakes = &together.compiled.diagnostics;
    if !mistakes.is_empty() {
        return Err(Error::Mistakes(together.sources, together.compiled.diagnostics));
    }
    let made: BTreeSet<&Name> = together.compiled.checked.terms.iter().map(|term| &term.name).collect();
    let gone = accessors.into_iter().filter(|(name, _)| !made.contains(name)).collect();
    let Together { sources, compiled, texts: affected, .. } = together;
    Ok(Plan { since, files: files_count, sources, compiled, affected, broken, gone })
}

/// What the files define, as far as they can be read.
fn declared(files: &Sources) -> Vec<Written> {
    files.iter().flat_map(|(id, source)| written::items(&syntax::parse(id, &source.text).0, files)).collect()
}

/// The environment without the types that the files define anew, their constructors and accessors; and those accessors.
fn without_declared<'w>(
    workspace: &'w Workspace,
    declared: &[Written],
) -> Result<(Overlay<'w>, Vec<(Name, Reference)>), WorkspaceError> {
    let mut overlay = Overlay::new(&workspace.environment);
    let mut accessors = Vec::new();
    for ty in declared.iter().filter(|written| written.is_type) {
        accessors.extend(workspace.codebase.made_by(&ty.name).map_err(|error| workspace.failed(error))?);
        overlay.hidden_types.insert(ty.name.clone());
    }
    overlay.hidden_terms = accessors.iter().map(|(name, _)| name.clone()).collect();
    Ok((overlay, accessors))
}

/// The components whose meaning changes: if the files check, only those that really do.
fn replaced(
    workspace: &Workspace,
    declared: &[Written],
    accessors: &[(Name, Reference)],
    alone: &Compiled,
) -> Result<BTreeSet<Hash>, WorkspaceError> {
    let is_sound = alone.diagnostics.is_empty();
    let terms = alone.checked.terms.iter().map(|term| (&term.name, Reference::Term(term.reference)));
    let types = alone.checked.types.iter().map(|ty| (&ty.name, Reference::Type(ty.reference)));
    let new: BTreeSet<(&Name, Reference)> = terms.chain(types).collect();
    let mut old: Vec<(Name, Reference)> = accessors.to_vec();
    for written in declared {
        let meanings = workspace.codebase.meanings(&written.name).map_err(|error| workspace.failed(error))?;
        let same_sort = |of: &Reference| matches!(of, Reference::Type(_)) == written.is_type;
        old.extend(meanings.into_iter().filter(same_sort).map(|of| (written.name.clone(), of)));
    }
    let changed = old.into_iter().filter(|(name, of)| !is_sound || !new.contains(&(name, *of)));
    Ok(changed.filter_map(|(_, of)| component(of)).collect())
}

/// Every definition with a name that depends on these components, itself not defined in the files: with its text, or without.
fn affected(
    workspace: &Workspace,
    old: &BTreeSet<Hash>,
    declared: &[Written],
) -> Result<(Vec<SourceText>, Vec<Broken>), WorkspaceError> {
    let codebase = &workspace.codebase;
    let mut seen = old.clone();
    let mut waiting: Vec<Hash> = old.iter().copied().collect();
    let (mut texts, mut broken) = (Vec::new(), Vec::new());
    while let Some(component) = waiting.pop() {
        for (name, of) in codebase.names_in(&component).map_err(|error| workspace.failed(error))? {
            let is_type = matches!(of, Reference::Type(_));
            if declared.iter().any(|written| written.name == name && written.is_type == is_type) {
                continue;
            }
            // A name without a text of its own may share that of another name.
            let item = super::Item::of(workspace, Some(name.clone()), of, None, super::Origin::Own)?;
            match view::source_of(workspace, &item)? {
                Some(source) if source.made_by.is_some() => {}
                Some(source) if source.name == name => texts.push(source),
                _ => broken.push(Broken { name, of, why: Why::NoText, source: None }),
            }
        }
        for dependent in codebase.dependents(&component).map_err(|error| workspace.failed(error))? {
            if seen.insert(dependent) {
                waiting.push(dependent);
            }
        }
    }
    Ok((texts, broken))
}

/// Those whose text still means what they are, and the others.
fn set_outdated_aside(
    workspace: &Workspace,
    texts: Vec<SourceText>,
) -> Result<(Vec<SourceText>, Vec<Broken>), WorkspaceError> {
    let (mut current, mut outdated) = (Vec::new(), Vec::new());
    for source in texts {
        if view::is_current(workspace, &source)? {
            current.push(source);
        } else {
            let (name, of) = (source.name.clone(), source.of);
            outdated.push(Broken { name, of, why: Why::Outdated, source: Some(source) });
        }
    }
    Ok((current, outdated))
}

struct Together {
    sources: Sources,
    compiled: Compiled,
    texts: Vec<SourceText>,
    broken: Vec<Broken>,
}

/// Checks the files with as many of the texts as check.
fn together(
    workspace: &Workspace,
    files: &Sources,
    files_count: usize,
    mut texts: Vec<SourceText>,
    overlay: &Overlay<'_>,
) -> Result<Together, WorkspaceError> {
    let mut broken = Vec::new();
    loop {
        let mut sources = files.clone();
        for text in &texts {
            sources.add(text.name.to_string(), format!("{}{}\n", text.context, text.text));
        }
        let compiled = workspace.compile_as(&sources, &workspace.project.name, overlay)?;
        let mistakes = by_source(&compiled.diagnostics);
        let is_broken = |index: usize| mistakes.contains_key(&(files_count + index));
        if !(0..texts.len()).any(is_broken) {
            return Ok(Together { sources, compiled, texts, broken });
        }
        let (mut kept, before) = (Vec::new(), std::mem::take(&mut texts));
        for (index, text) in before.into_iter().enumerate() {
            match mistakes.get(&(files_count + index)) {
                None => kept.push(text),
                Some(own) => {
                    let why = Why::Mistakes(sources.clone(), own.clone());
                    broken.push(Broken { name: text.name.clone(), of: text.of, why, source: Some(text) });
                }
            }
        }
        texts = kept;
    }
}

/// Those that broke because something that they use broke before them say so: their own mistakes only follow from that.
fn causes(workspace: &Workspace, broken: Vec<Broken>) -> Result<Vec<Broken>, WorkspaceError> {
    let mut told: Vec<Broken> = Vec::new();
    for mut broken in broken {
        let used = references::of(workspace, broken.of)?;
        let cause = told.iter().find(|before| before.of != broken.of && used.contains(&before.of));
        if let Some(cause) = cause {
            broken.why = Why::Uses(cause.name.clone());
        }
        told.push(broken);
    }
    Ok(told)
}

/// Mistakes by the source that they are in.
fn by_source(diagnostics: &[Diagnostic]) -> BTreeMap<usize, Vec<Diagnostic>> {
    let mut found: BTreeMap<usize, Vec<Diagnostic>> = BTreeMap::new();
    for diagnostic in diagnostics {
        let source = diagnostic.labels.first().map_or(0, |label| label.span.source.0 as usize);
        found.entry(source).or_default().push(diagnostic.clone());
    }
    found
}
