//! `view --ir`, `view --asm`: what becomes of definitions.

use super::item::{Item, definition};
use super::lookup::{self, names_of};
use super::{Error, references, view};
use crate::workspace::{Workspace, WorkspaceError};
use base::Hash;
use codebase::Reference;
use hash::Object;
use runtime::{Form, ListingError};
use std::collections::BTreeMap;

/// A definition and its code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listed {
    pub item: Item,
    pub code: Result<String, NoCode>,
}

/// Why a definition has no code to show.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NoCode {
    /// It is a type, an ability or a builtin.
    None,
    /// It cannot be had: why.
    Failed(ListingError),
}

/// The code of definitions, in the order in which they were asked for; one that several words mean stands once.
pub fn code(workspace: &Workspace, wanted: &[String], form: Form) -> Result<Vec<Listed>, Error> {
    let mut found: Vec<Listed> = Vec::new();
    for word in wanted {
        for item in lookup::resolve(workspace, word)? {
            let item = view::one(workspace, item)?.item;
            if found.iter().all(|other| other.item != item) {
                let code = one(workspace, &item, form)?;
                found.push(Listed { item, code });
            }
        }
    }
    Ok(found)
}

fn one(workspace: &Workspace, item: &Item, form: Form) -> Result<Result<String, NoCode>, WorkspaceError> {
    let (Reference::Term(_), Some(id)) = (item.reference, definition(item.reference)) else {
        return Ok(Err(NoCode::None));
    };
    let mut failed = None;
    let listed = runtime::listing(id, form, &mut |hash: &Hash| read(workspace, hash, &mut failed));
    if let Some(error) = failed {
        return Err(error);
    }
    Ok(match listed {
        Ok(text) => Ok(named(&text, &names(workspace, item)?)),
        Err(error) => Err(NoCode::Failed(error)),
    })
}

fn read(workspace: &Workspace, hash: &Hash, failed: &mut Option<WorkspaceError>) -> Option<Object> {
    references::object(workspace, hash).unwrap_or_else(|error| {
        *failed = Some(error);
        None
    })
}

/// What the definition and all that it refers to are called: by what listings call them.
fn names(workspace: &Workspace, item: &Item) -> Result<BTreeMap<String, String>, WorkspaceError> {
    let mut names = BTreeMap::new();
    let own = definition(item.reference).zip(item.name.clone());
    names.extend(own.map(|(id, name)| (ir::print::name_of(&id), name.to_string())));
    for reference in references::of(workspace, item.reference)? {
        if let Some(id) = definition(reference)
            && let Some(name) = names_of(workspace, reference)?.first()
        {
            names.entry(ir::print::name_of(&id)).or_insert_with(|| name.to_string());
        }
    }
    Ok(names)
}

/// A listing with names in place of hashes, where there are any.
fn named(text: &str, names: &BTreeMap<String, String>) -> String {
    names.iter().fold(text.to_string(), |text, (hash, name)| text.replace(hash, name))
}
