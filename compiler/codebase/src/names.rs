//! The tables of names and of their history.

use crate::error::CodebaseError;
use base::Name;
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
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Sort {
    Term = 0,
    Type = 1,
    Constructor = 2,
}

/// An entry of the history of names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    pub id: i64,
    /// The change before it; none for the first one.
    pub parent: Option<i64>,
    pub at_ms: u64,
    pub names: Vec<NameChange>,
}

/// A name that came to mean something else.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NameChange {
    pub name: Name,
    pub old: Option<Reference>,
    pub new: Option<Reference>,
}

impl Reference {
    pub(crate) fn sort(self) -> Sort {
        match self {
            Reference::Term(_) => Sort::Term,
            Reference::Type(_) => Sort::Type,
        }
    }

    pub(crate) fn text(self) -> String {
        match self {
            Reference::Term(term) => term_ref_text(term),
            Reference::Type(ty) => type_ref_text(ty),
        }
    }

    fn parse(sort: i64, text: &str) -> Option<Reference> {
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

/// What a name means now.
fn current(db: &Connection, sort: Sort, name: &Name) -> Result<Option<String>, CodebaseError> {
    let mut found = db.prepare_cached("SELECT reference FROM names WHERE sort = ?1 AND reversed = ?2")?;
    Ok(found.query_row(params![sort as i64, reversed(name)], |row| row.get(0)).optional()?)
}

/// Gives each definition its name, as one entry of the history. Says for which of them that was a change.
pub(crate) fn assign(db: &Connection, named: &[(Name, Reference)], now_ms: u64) -> Result<Vec<bool>, CodebaseError> {
    let mut change = None;
    let mut changed = Vec::new();
    for (name, reference) in named {
        let (sort, new) = (reference.sort(), reference.text());
        let old = current(db, sort, name)?;
        changed.push(old.as_deref() != Some(&new));
        if old.as_deref() == Some(&new) {
            continue;
        }
        let entry = match change {
            Some(entry) => entry,
            None => *change.insert(begin_change(db, now_ms)?),
        };
        record(db, entry, sort, name, old, &new)?;
        write(db, sort, name, &new, 0, None)?;
    }
    Ok(changed)
}

fn begin_change(db: &Connection, now_ms: u64) -> Result<i64, CodebaseError> {
    let mut insert = db.prepare_cached("INSERT INTO changes (parent, at_ms) SELECT max(id), ?1 FROM changes")?;
    insert.execute([now_ms as i64])?;
    Ok(db.last_insert_rowid())
}

/// A name that changes twice in one batch has one entry, from what it was to what it is.
fn record(
    db: &Connection,
    change: i64,
    sort: Sort,
    name: &Name,
    old: Option<String>,
    new: &str,
) -> Result<(), CodebaseError> {
    let mut insert = db.prepare_cached(
        "INSERT INTO name_changes (change, sort, name, old, new) VALUES (?1, ?2, ?3, ?4, ?5) \
         ON CONFLICT DO UPDATE SET new = excluded.new",
    )?;
    insert.execute(params![change, sort as i64, name.as_str(), old, new])?;
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
    db.prepare_cached("DELETE FROM names WHERE owner = ?1")?.execute([owner.as_str()])?;
    for (index, constructor) in (0..).zip(&declaration.constructors) {
        let name = owner.join(&Name::new(constructor.name.clone()));
        write(db, Sort::Constructor, &name, &type_ref_text(ty), index, Some(owner))?;
    }
    Ok(())
}

/// The history, latest change first.
pub(crate) fn history(db: &Connection, limit: u32) -> Result<Vec<Change>, CodebaseError> {
    let mut found = db.prepare_cached("SELECT id, parent, at_ms FROM changes ORDER BY id DESC LIMIT ?1")?;
    let rows = found.query_map([limit], |row| {
        Ok(Change { id: row.get(0)?, parent: row.get(1)?, at_ms: row.get::<_, i64>(2)? as u64, names: Vec::new() })
    })?;
    let mut changes: Vec<Change> = rows.collect::<Result<_, _>>()?;
    for change in &mut changes {
        change.names = names_of(db, change.id)?;
    }
    Ok(changes)
}

fn names_of(db: &Connection, change: i64) -> Result<Vec<NameChange>, CodebaseError> {
    let mut found =
        db.prepare_cached("SELECT sort, name, old, new FROM name_changes WHERE change = ?1 ORDER BY sort, name")?;
    let rows = found.query_map([change], |row| {
        let sort: i64 = row.get(0)?;
        let reference = |text: Option<String>| text.and_then(|text| Reference::parse(sort, &text));
        let name = Name::new(row.get::<_, String>(1)?);
        Ok(NameChange { name, old: reference(row.get(2)?), new: reference(row.get(3)?) })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
