//! `add` and `update`: gives names to what files define, and carries along what depends on it.

use super::overlay::Overlay;
use super::plan::{self, Broken, Plan};
use super::scratch::{self, Piece};
use super::{Error, Item, Origin};
use crate::workspace::{Workspace, WorkspaceError, read_sources};
use base::{Name, Sources, Span};
use check::Environment;
use codebase::{Batch, ChangeId, ChangeKind, CodebaseError, Note, Reference, SourceText};
use compiler::pipeline::{self, Naming};
use compiler::written;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// How often to look again when others change names meanwhile: each time one of them has got on.
const ATTEMPTS_MAX: usize = 1_000;

/// What was done.
#[derive(Debug)]
pub struct Added {
    /// The entry of the history; none if all names meant the same before.
    pub change: Option<ChangeId>,
    /// What the files define, in source order.
    pub defined: Vec<Defined>,
    /// Definitions of the codebase that follow.
    pub carried: Vec<Item>,
    /// Those that cannot, and keep their old meaning.
    pub broken: Vec<Broken>,
    /// Accessors that are gone with their field.
    pub gone: Vec<Name>,
    /// The files in which those that cannot follow are kept to be mended.
    pub scratch: Vec<PathBuf>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Defined {
    pub item: Item,
    pub status: Status,
}

/// What a definition is to the codebase.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    New,
    /// The name meant something else.
    Updated,
    Same,
}

/// Adds what files define. `now_ms` is the wall clock in milliseconds since 1970.
pub fn add(workspace: &Workspace, files: &[PathBuf], now_ms: u64) -> Result<Added, Error> {
    let sources = read_sources(files)?;
    let what = files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(" ");
    add_taken(workspace, &sources, files, Note { kind: ChangeKind::Add, what }, now_ms)
}

/// The scratch files that hold something to be mended or edited.
pub fn scratch_files(workspace: &Workspace) -> Vec<PathBuf> {
    scratch::files(workspace)
}

/// As [`add`]; what stood in a scratch file is gone from there once it is in. Without files there is nothing to take in.
pub fn update(workspace: &Workspace, taken: &[PathBuf], now_ms: u64) -> Result<Added, Error> {
    if taken.is_empty() {
        return Err(Error::NoScratch(workspace.scratch()));
    }
    let sources = read_sources(taken)?;
    let what = taken.iter().map(|file| name_of(file)).collect::<Vec<_>>().join(" ");
    let mut added = add_taken(workspace, &sources, taken, Note { kind: ChangeKind::Update, what }, now_ms)?;
    let done = scratch::finish(workspace, taken, &sources, &pieces(&added.broken))?;
    added.scratch = done;
    Ok(added)
}

/// A scratch file by its name alone: where it lies says nothing in a history.
fn name_of(path: &std::path::Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// Adds what some sources define; the history says so in the words of `note`.
pub fn add_sources(workspace: &Workspace, sources: &Sources, note: Note, now_ms: u64) -> Result<Added, Error> {
    add_taken(workspace, sources, &[], note, now_ms)
}

/// What waits in scratch files, but for those that are taken in here, and is defined by now waits no more, unless somebody has begun to change it there.
fn add_taken(
    workspace: &Workspace,
    sources: &Sources,
    taken: &[PathBuf],
    note: Note,
    now_ms: u64,
) -> Result<Added, Error> {
    let mut waiting = scratch::untouched(workspace)?;
    let added = land_in_turn(workspace, sources, note, now_ms)?;
    let key = |item: &Item| Some((item.sort.is_type(), item.name.clone()?));
    let defined: BTreeSet<_> = added.defined.iter().filter_map(|defined| key(&defined.item)).collect();
    waiting.retain(|waiting| defined.contains(waiting));
    scratch::take_out(workspace, &waiting, taken)?;
    Ok(added)
}

fn land_in_turn(workspace: &Workspace, sources: &Sources, note: Note, now_ms: u64) -> Result<Added, Error> {
    let mut attempts = 0;
    loop {
        let plan = plan::plan(workspace, sources)?;
        if workspace.environment.uses_lent_here(&plan.compiled.checked.objects) {
            return Err(Error::NoOwner);
        }
        let steps = steps(workspace, &plan)?;
        // What is to be mended is on the disk before its names are left behind.
        let scratch = scratch::keep(workspace, &pieces(&plan.broken))?;
        attempts += 1;
        match land(workspace, &plan, &note, now_ms) {
            Ok(change) => {
                let added = told(workspace, &workspace.environment, &plan, &steps)?;
                return Ok(Added { change, scratch, ..added });
            }
            Err(CodebaseError::Moved) if attempts < ATTEMPTS_MAX => {}
            Err(error) => return Err(workspace.failed(error).into()),
        }
    }
}

/// What adding the files would do. No name changes; what is new is kept by its hash.
pub(super) fn preview(workspace: &Workspace, sources: &Sources) -> Result<(Added, Plan), Error> {
    let plan = plan::plan(workspace, sources)?;
    let steps = steps(workspace, &plan)?;
    let checked = &plan.compiled.checked;
    pipeline::store(&plan.compiled, &workspace.environment, Naming::HashesOnly, 0)
        .map_err(|error| workspace.failed(error))?;
    let mut after = Overlay::new(&workspace.environment);
    after.hidden_types = checked.types.iter().map(|ty| ty.name.clone()).collect();
    after.hidden_terms = checked.terms.iter().map(|term| term.name.clone()).collect();
    after.types = checked.types.iter().map(|ty| (ty.name.clone(), ty.reference)).collect();
    after.terms = checked.terms.iter().map(|term| (term.name.clone(), term.reference)).collect();
    let added = told(workspace, &after, &plan, &steps)?;
    Ok((added, plan))
}

fn land(workspace: &Workspace, plan: &Plan, note: &Note, now_ms: u64) -> Result<Option<ChangeId>, CodebaseError> {
    let batch = batch(workspace, plan, note)?;
    workspace.codebase.add(&batch, now_ms)
}

fn batch(workspace: &Workspace, plan: &Plan, note: &Note) -> Result<Batch, CodebaseError> {
    let checked = &plan.compiled.checked;
    let mut batch = pipeline::batch(checked, Naming::Names);
    batch.objects.splice(0..0, workspace.environment.missing_library_objects(&checked.objects)?);
    batch.sources = written::texts(&plan.compiled.written, checked, &plan.sources, &workspace.project.name);
    keep_projects(plan, &mut batch.sources);
    batch.removed = plan.gone.clone();
    batch.note = note.clone();
    batch.since = Some(plan.since);
    Ok(batch)
}

/// What is carried along was read in the project that it is of.
fn keep_projects(plan: &Plan, sources: &mut [SourceText]) {
    for source in sources {
        let before = plan.affected.iter().find(|before| before.name == source.name);
        if let Some(before) = before {
            source.project = before.project.clone();
        }
    }
}

/// What becomes of a name.
struct Step {
    span: Span,
    name: Name,
    of: Reference,
    status: Status,
}

/// What becomes of each name, in source order; before it is done.
fn steps(workspace: &Workspace, plan: &Plan) -> Result<Vec<Step>, WorkspaceError> {
    let checked = &plan.compiled.checked;
    let types = checked.types.iter().map(|ty| (ty.span, &ty.name, Reference::Type(ty.reference)));
    let terms = checked.terms.iter().map(|term| (term.span, &term.name, Reference::Term(term.reference)));
    let step = |(span, name, of): (Span, &Name, Reference)| {
        Ok(Step { span, name: name.clone(), of, status: status(workspace, name, of)? })
    };
    let mut steps = types.chain(terms).map(step).collect::<Result<Vec<_>, WorkspaceError>>()?;
    steps.sort_by_key(|step| (step.span, matches!(step.of, Reference::Term(_))));
    Ok(steps)
}

fn told(
    workspace: &Workspace,
    environment: &dyn Environment,
    plan: &Plan,
    steps: &[Step],
) -> Result<Added, WorkspaceError> {
    let (mut defined, mut carried) = (Vec::new(), Vec::new());
    // An accessor follows its type without a word.
    let is_written = |name: &Name| plan.affected.iter().any(|source| source.name == *name);
    for Step { span, name, of, status } in steps {
        let item = Item::under(workspace, environment, Some(name.clone()), *of, None, Origin::Own)?;
        if plan.is_file(span.source) {
            defined.push(Defined { item, status: *status });
        } else if *status != Status::Same && is_written(name) {
            carried.push(item);
        }
    }
    let gone = plan.gone.iter().map(|(name, _)| name.clone()).collect();
    let broken = plan.broken.clone();
    Ok(Added { change: None, defined, carried, broken, gone, scratch: Vec::new() })
}

fn status(workspace: &Workspace, name: &Name, of: Reference) -> Result<Status, WorkspaceError> {
    let meanings = workspace.codebase.meanings(name).map_err(|error| workspace.failed(error))?;
    let same_sort = |other: &&Reference| matches!(other, Reference::Type(_)) == matches!(of, Reference::Type(_));
    Ok(match meanings.iter().find(same_sort) {
        None => Status::New,
        Some(old) if *old == of => Status::Same,
        Some(_) => Status::Updated,
    })
}

fn pieces(broken: &[Broken]) -> Vec<Piece> {
    broken.iter().filter_map(|broken| broken.source.as_ref()).map(Piece::of).collect()
}
