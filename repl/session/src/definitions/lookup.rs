//! From what a user writes, `List.map`, `map`, `#0a1b2c3d` or `##Nat.+`, to definitions.
//!
//! An exact name wins, in the codebase before the standard library before the builtins; else every name with that suffix counts, and if
//! they are names of different things it is an error that lists them. A type, a term and a constructor that share a name are one answer.

use super::item::library_error;
use super::{Error, Item, Origin};
use crate::workspace::{Workspace, WorkspaceError};
use base::{Hash, Name};
use check::Environment;
use codebase::Reference;
use hash::{Kind, parse_term_ref, parse_type_ref};
use kernel::{DefId, TermRef, TypeRef};
use std::collections::BTreeSet;

/// Candidates for an ambiguous name that are told.
const CANDIDATES_MAX: usize = 20;

/// What a user's word means: at least one definition, all of one name (or hash).
pub fn resolve(workspace: &Workspace, wanted: &str) -> Result<Vec<Item>, Error> {
    if wanted.starts_with('#') {
        return by_hash(workspace, wanted);
    }
    let all = named(workspace, &Name::new(wanted))?;
    let exact: Vec<&Found> = all.iter().filter(|found| found.name.as_str() == wanted).collect();
    let nearest = exact.iter().map(|found| found.origin).min();
    let exact: Vec<&Found> = exact.into_iter().filter(|found| Some(found.origin) == nearest).collect();
    let chosen = if exact.is_empty() { all.iter().collect() } else { exact };
    let names: BTreeSet<&Name> = chosen.iter().map(|found| &found.name).collect();
    let things: BTreeSet<(Reference, Option<u32>)> = chosen.iter().map(|f| (f.reference, f.member)).collect();
    if chosen.is_empty() {
        return Err(unknown(workspace, wanted));
    }
    let chosen = if things.len() == 1 { chosen[..1].to_vec() } else { chosen };
    let items = chosen.into_iter().map(|found| found.item(workspace)).collect::<Result<Vec<_>, _>>()?;
    if names.len() > 1 && things.len() > 1 {
        let candidates = items.into_iter().take(CANDIDATES_MAX).collect();
        return Err(Error::Ambiguous { wanted: wanted.to_string(), candidates });
    }
    Ok(items)
}

/// Something under one of its names.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub name: Name,
    pub reference: Reference,
    pub member: Option<u32>,
    pub origin: Origin,
}

impl Found {
    pub fn item(&self, workspace: &Workspace) -> Result<Item, WorkspaceError> {
        Item::of(workspace, Some(self.name.clone()), self.reference, self.member, self.origin)
    }
}

/// Everything with this suffix that no name of a nearer level hides: types, terms, constructors.
pub(super) fn named(workspace: &Workspace, suffix: &Name) -> Result<Vec<Found>, WorkspaceError> {
    let environment = &workspace.environment;
    let types = environment.types(suffix).into_iter().map(|found| {
        let origin = origin(Reference::Type(found.reference), found.level);
        Found { name: found.name, reference: Reference::Type(found.reference), member: None, origin }
    });
    let terms = environment.terms(suffix).into_iter().map(|found| {
        let origin = origin(Reference::Term(found.reference), found.level);
        Found { name: found.name, reference: Reference::Term(found.reference), member: None, origin }
    });
    let constructors = environment.constructors(suffix).into_iter().map(|found| {
        let reference = Reference::Type(found.reference);
        Found { name: found.name, reference, member: Some(found.index), origin: origin(reference, found.level) }
    });
    let all: Vec<Found> = types.chain(terms).chain(constructors).collect();
    workspace.unfailed()?;
    let hidden = |found: &Found| all.iter().any(|other| other.name == found.name && other.origin < found.origin);
    Ok(all.iter().filter(|found| !hidden(found)).cloned().collect())
}

fn origin(reference: Reference, level: u8) -> Origin {
    match (reference, level) {
        (Reference::Term(TermRef::Builtin(_)) | Reference::Type(TypeRef::Builtin(_)), _) => Origin::Builtin,
        (_, 0) => Origin::Own,
        _ => Origin::Library,
    }
}

fn unknown(workspace: &Workspace, wanted: &str) -> Error {
    let environment = &workspace.environment;
    let all = environment.all_term_names().into_iter().chain(environment.all_type_names());
    let similar = check::similar(&Name::new(wanted), all);
    Error::Unknown { wanted: wanted.to_string(), similar }
}

fn by_hash(workspace: &Workspace, wanted: &str) -> Result<Vec<Item>, Error> {
    if wanted.starts_with("##") {
        let term = parse_term_ref(wanted).map(Reference::Term);
        let ty = parse_type_ref(wanted).map(Reference::Type);
        let found: Vec<Reference> = ty.into_iter().chain(term).collect();
        if found.is_empty() {
            return Err(Error::UnknownHash(wanted.to_string()));
        }
        let name = |_| wanted.strip_prefix("##").map(Name::new);
        let items = found.into_iter().map(|of| Item::of(workspace, name(of), of, None, Origin::Builtin));
        return Ok(items.collect::<Result<_, _>>()?);
    }
    let (digits, index) = wanted.split_once('.').unwrap_or((wanted, ""));
    let index: Option<u32> = if index.is_empty() { Some(0) } else { index.parse().ok() };
    let components = components(workspace, digits)?;
    let mut found = Vec::new();
    for (component, kind, origin) in components {
        let index = index.ok_or_else(|| Error::UnknownHash(wanted.to_string()))?;
        let id = DefId { component, index };
        let reference = match kind {
            Kind::Term => Reference::Term(TermRef::Def(id)),
            Kind::Type => Reference::Type(TypeRef::Def(id)),
        };
        let name = names_of(workspace, reference)?.into_iter().next();
        found.push(Item::of(workspace, name, reference, None, origin)?);
    }
    match found.len() {
        0 => Err(Error::UnknownHash(wanted.to_string())),
        1 => Ok(found),
        _ => Err(Error::Ambiguous { wanted: wanted.to_string(), candidates: found }),
    }
}

/// The components whose hash begins so, those of the codebase first.
fn components(workspace: &Workspace, digits: &str) -> Result<Vec<(Hash, Kind, Origin)>, Error> {
    let library = workspace.environment.library();
    let limit = CANDIDATES_MAX as u32;
    let own = workspace.codebase.resolve_hash_prefix(digits, limit).map_err(|error| workspace.failed(error))?;
    let others = library.resolve_hash_prefix(digits, limit).map_err(library_error)?;
    let mut all = Vec::new();
    for hash in own.iter().chain(others.iter().filter(|hash| !own.contains(hash))) {
        // What comes from the library is the library's, although the codebase may hold a copy.
        let of_library = library.object(hash).map_err(library_error)?;
        let origin = if of_library.is_some() { Origin::Library } else { Origin::Own };
        let object = match of_library {
            Some(object) => Some(object),
            None => workspace.codebase.object(hash).map_err(|error| workspace.failed(error))?,
        };
        all.extend(object.map(|object| (*hash, object.kind(), origin)));
    }
    Ok(all)
}

/// All names of a definition, those of the codebase first.
pub fn names_of(workspace: &Workspace, reference: Reference) -> Result<Vec<Name>, WorkspaceError> {
    let Some(component) = super::item::component(reference) else {
        let environment = &workspace.environment;
        let name = match reference {
            Reference::Term(term) => environment.term_name(term),
            Reference::Type(ty) => environment.type_name(ty),
        };
        return Ok(name.into_iter().collect());
    };
    let own = workspace.codebase.names_in(&component).map_err(|error| workspace.failed(error))?;
    let library = workspace.environment.library().names_in(&component).map_err(library_error)?;
    let mut names = Vec::new();
    for (name, of) in own.into_iter().chain(library) {
        if of == reference && !names.contains(&name) {
            names.push(name);
        }
    }
    Ok(names)
}
