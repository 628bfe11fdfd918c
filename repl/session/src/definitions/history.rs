//! `history`, `undo` and `diff`: what was done to names, and what differs.

use super::add::{self, Status};
use super::plan::Broken;
use super::view::{self, Shown};
use super::{Error, Item, Origin, lookup};
use crate::workspace::{Workspace, WorkspaceError, read_sources};
use base::Name;
use codebase::exchange::PastChange;
use codebase::{Change, ChangeId, ChangeKind, NameChange, ORIGIN, Reference};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// An entry of the history.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// None: it was made in another codebase, and came with the name.
    pub id: Option<ChangeId>,
    pub at_ms: u64,
    pub kind: ChangeKind,
    /// Of what, in the user's words.
    pub what: String,
    /// Of an undo or redo: the entry that it is about.
    pub reverts: Option<ChangeId>,
    /// Whether it is taken back at present.
    pub undone: bool,
    pub names: Vec<NameStep>,
}

/// What became of a name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NameStep {
    pub name: Name,
    pub is_type: bool,
    /// Hashes as they are shown.
    pub old: Option<String>,
    pub new: Option<String>,
}

/// Something that differs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    pub name: Name,
    pub is_type: bool,
    pub old: Option<Side>,
    pub new: Option<Side>,
}

/// One side of a difference.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Side {
    pub item: Item,
    /// What was written, if it is known.
    pub text: Option<String>,
}

/// What differs between two states, or the codebase and files.
#[derive(Debug, Default)]
pub struct Differences {
    pub changed: Vec<Difference>,
    /// Against files: definitions of the codebase that would follow.
    pub carried: Vec<Item>,
    /// Against files: those that could not.
    pub broken: Vec<Broken>,
}

/// The latest entries, latest first; of one name if one is given, which may be gone.
pub fn history(workspace: &Workspace, name: Option<&str>, limit: u32) -> Result<Vec<Entry>, Error> {
    let failed = |error| Error::from(workspace.failed(error));
    let changes = match name {
        None => workspace.codebase.history(limit).map_err(failed)?,
        Some(wanted) => {
            let name = once(workspace, wanted)?;
            let mut changes = workspace.codebase.history_of(&name, limit).map_err(failed)?;
            changes.iter_mut().for_each(|change| change.names.retain(|changed| changed.name == name));
            let mut entries = entries(workspace, changes)?;
            let foreign = workspace.codebase.foreign_history(&name).map_err(failed)?;
            let room = (limit as usize).saturating_sub(entries.len());
            for change in foreign.into_iter().take(room) {
                entries.push(foreign_entry(workspace, change)?);
            }
            return Ok(entries);
        }
    };
    Ok(entries(workspace, changes)?)
}

fn entries(workspace: &Workspace, changes: Vec<Change>) -> Result<Vec<Entry>, WorkspaceError> {
    changes.into_iter().map(|change| entry(workspace, change)).collect()
}

/// A name that there is or was: exactly this one, or the only one that ends so.
fn once(workspace: &Workspace, wanted: &str) -> Result<Name, Error> {
    let all = workspace.codebase.names_ever().map_err(|error| workspace.failed(error))?;
    let suffix = Name::new(wanted);
    let found: Vec<&Name> = all.iter().filter(|name| name.has_suffix(&suffix)).collect();
    match found.as_slice() {
        [only] => Ok((*only).clone()),
        _ if all.contains(&suffix) => Ok(suffix),
        [] if lookup::resolve(workspace, wanted).is_ok() => Ok(suffix),
        [] => Err(Error::Unknown { wanted: wanted.to_string(), similar: check::similar(&suffix, all.into_iter()) }),
        several => {
            let mut candidates = Vec::new();
            for name in several {
                for of in workspace.codebase.meanings(name).map_err(|error| workspace.failed(error))? {
                    candidates.push(Item::of(workspace, Some((*name).clone()), of, None, Origin::Own)?);
                }
            }
            Err(Error::Ambiguous { wanted: wanted.to_string(), candidates })
        }
    }
}

fn entry(workspace: &Workspace, change: Change) -> Result<Entry, WorkspaceError> {
    Ok(Entry {
        id: Some(change.id),
        at_ms: change.at_ms,
        kind: change.note.kind,
        what: change.note.what,
        reverts: change.reverts,
        undone: change.undone,
        names: steps(workspace, change.names)?,
    })
}

fn foreign_entry(workspace: &Workspace, change: PastChange) -> Result<Entry, WorkspaceError> {
    let PastChange { at_ms, note, names, .. } = change;
    let names = steps(workspace, names)?;
    Ok(Entry { id: None, at_ms, kind: note.kind, what: note.what, reverts: None, undone: false, names })
}

fn steps(workspace: &Workspace, names: Vec<NameChange>) -> Result<Vec<NameStep>, WorkspaceError> {
    let shown = |of: Option<Reference>| of.map(|of| super::item::short(workspace, of)).transpose();
    let step = |changed: NameChange| {
        let is_type = matches!(changed.old.or(changed.new), Some(Reference::Type(_)));
        Ok(NameStep { name: changed.name, is_type, old: shown(changed.old)?, new: shown(changed.new)? })
    };
    names.into_iter().map(step).collect()
}

/// Takes the latest change back that stands, or (`redo`) brings back what was taken back last. Gives what was turned.
pub fn undo(workspace: &Workspace, redo: bool, now_ms: u64) -> Result<Entry, Error> {
    let turned = if redo { workspace.codebase.redo(now_ms) } else { workspace.codebase.undo(now_ms) };
    match turned.map_err(|error| workspace.failed(error))? {
        Some(change) => Ok(entry(workspace, change)?),
        None => Err(Error::NothingToTurn { redo }),
    }
}

/// Takes one change back, whatever came after it, as long as its names still mean what it made of them.
pub fn undo_change(workspace: &Workspace, id: ChangeId, now_ms: u64) -> Result<Entry, Error> {
    match workspace.codebase.undo_change(id, now_ms).map_err(|error| workspace.failed(error))? {
        Some(change) => Ok(entry(workspace, change)?),
        None => Err(Error::ChangedSince(id)),
    }
}

/// What differs between the codebase and files.
pub fn diff_files(workspace: &Workspace, files: &[PathBuf]) -> Result<Differences, Error> {
    let sources = read_sources(files)?;
    let (added, plan) = add::preview(workspace, &sources)?;
    let mut changed = Vec::new();
    for defined in added.defined.into_iter().filter(|defined| defined.status != Status::Same) {
        let Some(name) = defined.item.name.clone() else { continue };
        let is_type = defined.item.sort.is_type();
        let meanings = workspace.codebase.meanings(&name).map_err(|error| workspace.failed(error))?;
        let old = meanings.into_iter().find(|of| matches!(of, Reference::Type(_)) == is_type);
        let old = old.map(|of| side(workspace, &name, of)).transpose()?;
        let written = plan.compiled.written.iter().find(|w| w.name == name && w.is_type == is_type);
        let text = written.map(|written| plan.sources.text(written.text).to_string());
        // An accessor has no text: it differs as its type does.
        if text.is_some() {
            changed.push(Difference { name, is_type, old, new: Some(Side { item: defined.item, text }) });
        }
    }
    for (name, of) in &plan.gone {
        let (name, is_type) = (name.clone(), matches!(of, Reference::Type(_)));
        changed.push(Difference { old: Some(side(workspace, &name, *of)?), name, is_type, new: None });
    }
    Ok(Differences { changed, carried: added.carried, broken: added.broken })
}

/// What differs between two points of the history: after a change (0: before the first one), and after another one or now.
pub fn diff_changes(workspace: &Workspace, from: &str, to: Option<&str>) -> Result<Differences, Error> {
    let latest = workspace.codebase.head().map_err(|error| workspace.failed(error))?;
    let from = point(from, latest)?;
    let to = to.map_or(Ok(latest), |to| point(to, latest))?;
    let (low, high) = (from.min(to), from.max(to));
    let changes = workspace.codebase.changes_between(low, high).map_err(|error| workspace.failed(error))?;
    let mut net: BTreeMap<(bool, Name), (Option<Reference>, Option<Reference>)> = BTreeMap::new();
    for change in changes.into_iter().flat_map(|change| change.names) {
        let is_type = matches!(change.old.or(change.new), Some(Reference::Type(_)));
        net.entry((!is_type, change.name)).and_modify(|(_, new)| *new = change.new).or_insert((change.old, change.new));
    }
    let mut differences = Differences::default();
    for ((is_term, name), (old, new)) in net {
        let (old, new) = if from <= to { (old, new) } else { (new, old) };
        if old != new {
            let old = old.map(|of| side(workspace, &name, of)).transpose()?;
            let new = new.map(|of| side(workspace, &name, of)).transpose()?;
            // An accessor differs as its type does.
            if [&old, &new].into_iter().flatten().all(|side| side.text.is_none()) {
                continue;
            }
            differences.changed.push(Difference { name, is_type: !is_term, old, new });
        }
    }
    Ok(differences)
}

/// `12` or `@12`.
fn point(text: &str, latest: ChangeId) -> Result<ChangeId, Error> {
    let number = text.strip_prefix('@').unwrap_or(text).parse().ok().map(ChangeId);
    let known = number.filter(|id| *id >= ORIGIN && *id <= latest);
    known.ok_or_else(|| Error::NoSuchChange { wanted: text.to_string(), latest: latest.0 })
}

fn side(workspace: &Workspace, name: &Name, of: Reference) -> Result<Side, WorkspaceError> {
    let item = Item::of(workspace, Some(name.clone()), of, None, Origin::Own)?;
    let source = view::source_of(workspace, &item)?;
    let text = match source {
        Some(source) if source.made_by.is_none() => Some(source.text.to_string()),
        Some(_) => None,
        None => match view::one(workspace, item.clone())?.text {
            Shown::Printed(text) => Some(text),
            _ => None,
        },
    };
    Ok(Side { item, text })
}
