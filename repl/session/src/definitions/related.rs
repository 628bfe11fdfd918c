//! `dependents`, `dependencies`, `names` and `hash`: what belongs to a definition.

use super::item::{component, definition, library_error};
use super::{Error, Item, Origin, lookup, references};
use crate::workspace::{Workspace, WorkspaceError};
use base::{Hash, Name};
use codebase::Reference;
use kernel::{DefId, TermRef, TypeRef};
use std::collections::BTreeSet;

/// What was asked about, and what was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Related {
    pub of: Vec<Item>,
    /// In alphabetical order; definitions without names come last.
    pub found: Vec<Item>,
}

/// A definition with all its names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Names {
    pub item: Item,
    /// The whole hash, or `##Builtin`.
    pub hash: String,
    pub names: Vec<Name>,
}

/// What refers to a definition; `all`: directly or not. What has no name is not told.
pub fn dependents(workspace: &Workspace, wanted: &str, all: bool) -> Result<Related, Error> {
    let of = lookup::resolve(workspace, wanted)?;
    let roots: BTreeSet<Reference> = of.iter().map(|item| item.reference).collect();
    let found = closure(roots, all, |reference| dependents_of(workspace, reference))?;
    let mut items = items(workspace, &found)?;
    items.retain(|item| item.name.is_some());
    Ok(Related { of, found: items })
}

/// What a definition refers to; `all`: directly or not.
pub fn dependencies(workspace: &Workspace, wanted: &str, all: bool) -> Result<Related, Error> {
    let of = lookup::resolve(workspace, wanted)?;
    let roots: BTreeSet<Reference> = of.iter().map(|item| item.reference).collect();
    let found = closure(roots, all, |reference| references::of(workspace, reference))?;
    Ok(Related { of, found: items(workspace, &found)? })
}

/// All names of a definition.
pub fn names(workspace: &Workspace, wanted: &str) -> Result<Vec<Names>, Error> {
    let items = lookup::resolve(workspace, wanted)?.into_iter();
    let told = |item: Item| {
        let names = match item.member {
            // A constructor's name comes with that of its type.
            Some(_) => item.name.clone().into_iter().collect(),
            None => lookup::names_of(workspace, item.reference)?,
        };
        Ok(Names { hash: item.reference.text(), names, item })
    };
    items.map(told).collect()
}

/// What one or two steps away is, without the roots unless they are found again.
fn closure(
    roots: BTreeSet<Reference>,
    all: bool,
    next: impl Fn(Reference) -> Result<BTreeSet<Reference>, WorkspaceError>,
) -> Result<BTreeSet<Reference>, WorkspaceError> {
    let mut found = BTreeSet::new();
    let mut waiting: Vec<Reference> = roots.iter().copied().collect();
    while let Some(reference) = waiting.pop() {
        for other in next(reference)? {
            if !roots.contains(&other) && found.insert(other) && all {
                waiting.push(other);
            }
        }
    }
    Ok(found)
}

/// The definitions of codebase and library that refer to this one.
pub(super) fn dependents_of(
    workspace: &Workspace,
    reference: Reference,
) -> Result<BTreeSet<Reference>, WorkspaceError> {
    let Some(DefId { component, .. }) = definition(reference) else { return builtin_dependents(workspace, reference) };
    let mut components: BTreeSet<Hash> = [component].into();
    components.extend(workspace.codebase.dependents(&component).map_err(|error| workspace.failed(error))?);
    components.extend(workspace.environment.library().dependents(&component).map_err(library_error)?);
    members_that_use(workspace, components, reference)
}

/// Builtins have no rows among the dependencies: everything that has a name is looked at.
fn builtin_dependents(workspace: &Workspace, reference: Reference) -> Result<BTreeSet<Reference>, WorkspaceError> {
    let own = workspace.codebase.named(None).map_err(|error| workspace.failed(error))?;
    let components = own.into_iter().filter_map(|(_, of)| component(of)).collect();
    members_that_use(workspace, components, reference)
}

fn members_that_use(
    workspace: &Workspace,
    components: BTreeSet<Hash>,
    reference: Reference,
) -> Result<BTreeSet<Reference>, WorkspaceError> {
    let mut found = BTreeSet::new();
    for component in components {
        for member in members(workspace, component)? {
            if references::of(workspace, member)?.contains(&reference) {
                found.insert(member);
            }
        }
    }
    Ok(found)
}

fn members(workspace: &Workspace, component: Hash) -> Result<Vec<Reference>, WorkspaceError> {
    let Some(object) = references::object(workspace, &component)? else { return Ok(Vec::new()) };
    let id = |index: usize| DefId { component, index: index as u32 };
    let terms = object.signatures().map_or(0, |signatures| signatures.len());
    let types = object.types().map_or(0, |types| types.len());
    let terms = (0..terms).map(|index| Reference::Term(TermRef::Def(id(index))));
    Ok(terms.chain((0..types).map(|index| Reference::Type(TypeRef::Def(id(index))))).collect())
}

fn items(workspace: &Workspace, found: &BTreeSet<Reference>) -> Result<Vec<Item>, WorkspaceError> {
    let mut items = Vec::new();
    for reference in found {
        let origin = origin(workspace, *reference)?;
        let names = lookup::names_of(workspace, *reference)?;
        match names.as_slice() {
            [] => items.push(Item::of(workspace, None, *reference, None, origin)?),
            names => {
                for name in names {
                    items.push(Item::of(workspace, Some(name.clone()), *reference, None, origin)?);
                }
            }
        }
    }
    items.sort_by(|a, b| (a.name.is_none(), a.origin, &a.name).cmp(&(b.name.is_none(), b.origin, &b.name)));
    Ok(items)
}

/// Where a definition comes from: a copy that the codebase keeps of one of the library is the library's.
pub(super) fn origin(workspace: &Workspace, reference: Reference) -> Result<Origin, WorkspaceError> {
    let Some(component) = component(reference) else { return Ok(Origin::Builtin) };
    let library = workspace.environment.library().object(&component).map_err(library_error)?;
    Ok(if library.is_some() { Origin::Library } else { Origin::Own })
}
