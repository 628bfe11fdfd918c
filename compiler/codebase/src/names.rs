//! The table of names.

use crate::error::CodebaseError;
use crate::history::Log;
use base::{Hash, Name};
use hash::{parse_term_ref, parse_type_ref, term_ref_text, type_ref_text};
use kernel::{Declaration, TermRef, TypeRef};
use rusqlite::{Connection, OptionalExtension, params};

/// A definition, of either kind.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Reference {
    Term(TermRef),
    Type(TypeRef),
}

/// What a name is the name of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Sort {
    Term = 0,
    Type = 1,
    Constructor = 2,
}

impl Reference {
    pub(crate) fn sort(self) -> Sort {
        match self {
            Reference::Term(_) => Sort::Term,
            Reference::Type(_) => Sort::Type,
        }
    }

    /// Where it is defined; none for a builtin.
    pub(crate) fn component(self) -> Option<Hash> {
        match self {
            Reference::Term(TermRef::Def(id)) | Reference::Type(TypeRef::Def(id)) => Some(id.component),
            Reference::Term(_) | Reference::Type(_) => None,
        }
    }

    /// The text form: `#hash`, `#hash.3`, `##Nat.+`.
    pub fn text(self) -> String {
        match self {
            Reference::Term(term) => term_ref_text(term),
            Reference::Type(ty) => type_ref_text(ty),
        }
    }

    pub(crate) fn parse(sort: i64, text: &str) -> Option<Reference> {
        if sort == Sort::Term as i64 {
            parse_term_ref(text).map(Reference::Term)
        } else {
            parse_type_ref(text).map(Reference::Type)
        }
    }
}

/// The key under which a name stands: `b.a.` for `a.b`.
fn reversed(name: &Name) -> String {
    name.segments().rev().flat_map(|segment| [segment, "."]).collect()
}

/// A row of `names`.
pub(crate) struct Named {
    pub name: Name,
    pub reference: String,
    pub member: u32,
}

/// Everything of a sort whose name has this suffix, in a fixed order.
pub(crate) fn by_suffix(db: &Connection, sort: Sort, suffix: &Name) -> Result<Vec<Named>, CodebaseError> {
    let low = reversed(suffix);
    // Names with the suffix continue `low`, which ends in a dot; `/` is the character after the dot.
    let high = format!("{}/", &low[..low.len() - 1]);
    let mut found = db.prepare_cached(
        "SELECT name, reference, member FROM names WHERE sort = ?1 AND reversed >= ?2 AND reversed < ?3 ORDER BY reversed",
    )?;
    let rows = found.query_map(params![sort as i64, low, high], |row| {
        Ok(Named { name: Name::new(row.get::<_, String>(0)?), reference: row.get(1)?, member: row.get(2)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// All names of a sort, in alphabetical order.
pub(crate) fn all(db: &Connection, sort: Sort) -> Result<Vec<Name>, CodebaseError> {
    let mut found = db.prepare_cached("SELECT name FROM names WHERE sort = ?1 ORDER BY name")?;
    let rows = found.query_map([sort as i64], |row| Ok(Name::new(row.get::<_, String>(0)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The first name in alphabetical order that this has.
pub(crate) fn of(db: &Connection, reference: Reference) -> Result<Option<Name>, CodebaseError> {
    let mut found =
        db.prepare_cached("SELECT name FROM names WHERE sort = ?1 AND reference = ?2 ORDER BY name LIMIT 1")?;
    let key = params![reference.sort() as i64, reference.text()];
    Ok(found.query_row(key, |row| Ok(Name::new(row.get::<_, String>(0)?))).optional()?)
}

/// Everything of a sort whose name is below this namespace, or everything: in alphabetical order.
pub(crate) fn below(db: &Connection, sort: Sort, namespace: Option<&Name>) -> Result<Vec<Named>, CodebaseError> {
    let (low, high) = match namespace {
        // `/` is the character after the dot.
        Some(namespace) => (format!("{namespace}."), format!("{namespace}/")),
        None => (String::new(), "\u{10ffff}".to_string()),
    };
    let mut found = db.prepare_cached(
        "SELECT name, reference, member FROM names WHERE sort = ?1 AND name >= ?2 AND name < ?3 ORDER BY name",
    )?;
    let rows = found.query_map(params![sort as i64, low, high], |row| {
        Ok(Named { name: Name::new(row.get::<_, String>(0)?), reference: row.get(1)?, member: row.get(2)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// What has a name and is a member of this component: in alphabetical order of names.
pub(crate) fn of_component(db: &Connection, component: &Hash) -> Result<Vec<(Name, Reference)>, CodebaseError> {
    // The text of a member is that of the component, or continues it with a dot.
    let (low, high) = (component.to_string(), format!("{component}/"));
    let mut found = db.prepare_cached(
        "SELECT sort, name, reference FROM names WHERE sort IN (0, 1) AND reference >= ?1 AND reference < ?2 ORDER BY 2, 1",
    )?;
    let rows = found.query_map(params![low, high], |row| {
        let (sort, text): (i64, String) = (row.get(0)?, row.get(2)?);
        Ok(Reference::parse(sort, &text).map(|reference| (row.get::<_, String>(1).map(Name::new), reference)))
    })?;
    let mut all = Vec::new();
    for (name, reference) in rows.collect::<Result<Vec<_>, _>>()?.into_iter().flatten() {
        all.push((name?, reference));
    }
    Ok(all)
}

/// What a name means now.
pub(crate) fn current(db: &Connection, sort: Sort, name: &Name) -> Result<Option<String>, CodebaseError> {
    let mut found = db.prepare_cached("SELECT reference FROM names WHERE sort = ?1 AND reversed = ?2")?;
    Ok(found.query_row(params![sort as i64, reversed(name)], |row| row.get(0)).optional()?)
}

/// Gives a definition a name. Says whether that is a change.
pub(crate) fn assign(
    db: &Connection,
    log: &mut Log<'_>,
    name: &Name,
    reference: Reference,
) -> Result<bool, CodebaseError> {
    let (sort, new) = (reference.sort(), reference.text());
    let old = current(db, sort, name)?;
    if old.as_deref() == Some(&new) {
        return Ok(false);
    }
    log.record(db, sort, name, old, Some(&new))?;
    write(db, sort, name, &new, 0, None)?;
    Ok(true)
}

/// Takes a name away if it means this; with that of a type those of its constructors. Says whether that is a change.
pub(crate) fn remove(
    db: &Connection,
    log: &mut Log<'_>,
    name: &Name,
    reference: Reference,
) -> Result<bool, CodebaseError> {
    let (sort, old) = (reference.sort(), current(db, reference.sort(), name)?);
    if old.as_deref() != Some(&reference.text()) {
        return Ok(false);
    }
    log.record(db, sort, name, old, None)?;
    let key = params![sort as i64, reversed(name)];
    db.prepare_cached("DELETE FROM names WHERE sort = ?1 AND reversed = ?2")?.execute(key)?;
    if sort == Sort::Type {
        remove_constructors(db, name)?;
    }
    Ok(true)
}

fn remove_constructors(db: &Connection, owner: &Name) -> Result<(), CodebaseError> {
    db.prepare_cached("DELETE FROM names WHERE owner = ?1")?.execute([owner.as_str()])?;
    Ok(())
}

fn write(
    db: &Connection,
    sort: Sort,
    name: &Name,
    reference: &str,
    member: u32,
    owner: Option<&Name>,
) -> Result<(), CodebaseError> {
    let mut insert = db.prepare_cached(
        "INSERT OR REPLACE INTO names (sort, reversed, name, reference, member, owner) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    let owner = owner.map(Name::as_str);
    insert.execute(params![sort as i64, reversed(name), name.as_str(), reference, member, owner])?;
    Ok(())
}

/// Names the constructors of a type after it, in place of those that the name's former type had.
pub(crate) fn assign_constructors(
    db: &Connection,
    owner: &Name,
    ty: TypeRef,
    declaration: &Declaration,
) -> Result<(), CodebaseError> {
    remove_constructors(db, owner)?;
    for (index, constructor) in (0..).zip(&declaration.constructors) {
        let name = owner.join(&Name::new(constructor.name.clone()));
        write(db, Sort::Constructor, &name, &type_ref_text(ty), index, Some(owner))?;
    }
    Ok(())
}
