//! `ls`: names as a tree of files.

use super::item::library_error;
use super::lookup::Found;
use super::{Error, Item, Origin, lookup};
use crate::workspace::{Workspace, WorkspaceError};
use base::Name;
use check::{BuiltinEnvironment, Environment};
use codebase::{Codebase, CodebaseError, Reference};
use std::collections::{BTreeMap, BTreeSet};

/// What is in a namespace.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listing {
    /// None for the root.
    pub namespace: Option<Name>,
    /// In alphabetical order.
    pub namespaces: Vec<Namespace>,
    /// Types first, each in alphabetical order.
    pub items: Vec<Item>,
    /// How many names of the standard library (and builtins) were left out, of the root.
    pub left_out: usize,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Namespace {
    /// Its whole name.
    pub name: Name,
    /// Names below it, those of constructors included.
    pub count: usize,
    /// The nearest place that something of it is in.
    pub origin: Origin,
}

/// What is in a namespace, or in the root; of the root without the standard library, unless `all` is wanted.
pub fn list(workspace: &Workspace, namespace: Option<&str>, all: bool) -> Result<Listing, Error> {
    let namespace = namespace.map(|text| Name::new(text.trim_end_matches('.')));
    let mut found = every(workspace, namespace.as_ref())?;
    let mut left_out = 0;
    if namespace.is_none() && !all {
        let before = found.len();
        found.retain(|found| found.origin == Origin::Own);
        left_out = before - found.len();
    }
    if let (Some(name), true) = (&namespace, found.is_empty()) {
        // Not a namespace: perhaps a definition.
        let items = lookup::resolve(workspace, name.as_str())?;
        return Ok(Listing { namespace: None, namespaces: Vec::new(), items, left_out });
    }
    let (namespaces, items) = split(workspace, namespace.as_ref(), found)?;
    Ok(Listing { namespace, namespaces, items, left_out })
}

/// Everything below a namespace, or everything, of all places; what a nearer place hides is left out.
pub(super) fn every(workspace: &Workspace, namespace: Option<&Name>) -> Result<Vec<Found>, WorkspaceError> {
    let own = all_of(&workspace.codebase, namespace, Origin::Own).map_err(|error| workspace.failed(error))?;
    let library = all_of(workspace.environment.library(), namespace, Origin::Library).map_err(library_error)?;
    let hidden: BTreeSet<Name> = own.iter().map(|found| found.name.clone()).collect();
    let others = library.into_iter().chain(builtins(namespace)).filter(|found| !hidden.contains(&found.name));
    let mut all: Vec<Found> = own.into_iter().chain(others).collect();
    all.sort_by(|a, b| (&a.name, a.origin, a.member.is_some()).cmp(&(&b.name, b.origin, b.member.is_some())));
    Ok(all)
}

fn all_of(codebase: &Codebase, namespace: Option<&Name>, origin: Origin) -> Result<Vec<Found>, CodebaseError> {
    let named = codebase.named(namespace)?.into_iter();
    let named = named.map(|(name, reference)| Found { name, reference, member: None, origin });
    let constructors = codebase.named_constructors(namespace)?.into_iter();
    let constructors = constructors.map(|(name, ty, index)| Found {
        name,
        reference: Reference::Type(ty),
        member: Some(index),
        origin,
    });
    Ok(named.chain(constructors).collect())
}

pub(super) fn builtins(namespace: Option<&Name>) -> Vec<Found> {
    let environment = BuiltinEnvironment;
    let is_below = |name: &Name| {
        namespace.is_none_or(|namespace| {
            name.as_str().strip_prefix(namespace.as_str()).is_some_and(|rest| rest.starts_with('.'))
        })
    };
    let mut found = Vec::new();
    let names: BTreeSet<Name> = environment.all_term_names().into_iter().filter(is_below).collect();
    for name in names {
        let terms = environment.terms(&name).into_iter().filter(|found| found.name == name);
        found.extend(terms.map(|term| (name.clone(), Reference::Term(term.reference), None)));
        let constructors = environment.constructors(&name).into_iter().filter(|found| found.name == name);
        found.extend(constructors.map(|c| (name.clone(), Reference::Type(c.reference), Some(c.index))));
    }
    for name in environment.all_type_names().into_iter().filter(is_below) {
        let types = environment.types(&name).into_iter().filter(|found| found.name == name);
        found.extend(types.map(|ty| (name.clone(), Reference::Type(ty.reference), None)));
    }
    let origin = Origin::Builtin;
    found.into_iter().map(|(name, reference, member)| Found { name, reference, member, origin }).collect()
}

fn split(
    workspace: &Workspace,
    namespace: Option<&Name>,
    found: Vec<Found>,
) -> Result<(Vec<Namespace>, Vec<Item>), WorkspaceError> {
    let mut namespaces: BTreeMap<Name, Namespace> = BTreeMap::new();
    let mut items = Vec::new();
    for found in found {
        let below = namespace.map_or(0, |namespace| namespace.as_str().len() + 1);
        let rest = found.name.as_str().get(below..).unwrap_or("");
        match rest.split_once('.').filter(|(first, rest)| !first.is_empty() && !rest.is_empty()) {
            None => items.push(found.item(workspace)?),
            Some((first, _)) => {
                let name = Name::new(&found.name.as_str()[..below + first.len()]);
                let origin = found.origin;
                let entry = namespaces.entry(name.clone()).or_insert(Namespace { name, count: 0, origin });
                entry.count += 1;
                entry.origin = entry.origin.min(origin);
            }
        }
    }
    items.sort_by(|a, b| (a.sort, &a.name).cmp(&(b.sort, &b.name)));
    Ok((namespaces.into_values().collect(), items))
}
