//! `unison private`: which names never leave the codebase.

use super::{Error, Item, Origin, lookup};
use crate::workspace::Workspace;
use base::Name;

/// The names that are private.
pub fn list(workspace: &Workspace) -> Result<Vec<Name>, Error> {
    let names = workspace.codebase.private_names().map_err(|error| workspace.failed(error))?;
    Ok(names.into_iter().collect())
}

/// Makes definitions, or everything below a namespace, private or open again. Gives their whole names.
pub fn change(workspace: &Workspace, wanted: &[String], private: bool) -> Result<Vec<Name>, Error> {
    let names = wanted.iter().map(|wanted| whole(workspace, wanted, private)).collect::<Result<Vec<_>, _>>()?;
    let names: Vec<Name> = names.into_iter().flatten().collect();
    workspace.codebase.set_private(&names, private).map_err(|error| workspace.failed(error))?;
    Ok(names)
}

fn whole(workspace: &Workspace, wanted: &str, private: bool) -> Result<Vec<Name>, Error> {
    let name = Name::new(wanted.trim_end_matches('.'));
    let marked = workspace.codebase.private_names().map_err(|error| workspace.failed(error))?;
    let below = workspace.codebase.named(Some(&name)).map_err(|error| workspace.failed(error))?;
    if marked.contains(&name) && !private {
        return Ok(vec![name]);
    }
    match lookup::resolve(workspace, wanted) {
        Err(Error::Unknown { .. }) if !below.is_empty() => Ok(vec![name]),
        Ok(items) if wanted.ends_with('.') && !below.is_empty() && items.is_empty() => Ok(vec![name]),
        found => found?.iter().map(own_term).collect(),
    }
}

/// Types decide how code around them is laid out, so nobody can do without them.
fn own_term(item: &Item) -> Result<Name, Error> {
    if item.origin != Origin::Own {
        return Err(Error::NotOwn(item.clone()));
    }
    match &item.name {
        Some(name) if !item.sort.is_type() && item.member.is_none() => Ok(name.clone()),
        _ => Err(Error::NotATerm(item.clone())),
    }
}
