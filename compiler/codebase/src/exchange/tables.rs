//! The tables `foreign_changes` and `foreign_name_changes`: history that was made in other codebases.

use super::PastChange;
use crate::error::CodebaseError;
use crate::history::{self, ChangeKind, NameChange, Note};
use crate::names::Reference;
use base::Name;
use rusqlite::{Connection, params};
use std::collections::BTreeSet;

/// Keeps what the changes did to these names; not what was made here, and nothing twice.
pub fn put(db: &Connection, changes: &[PastChange], about: &BTreeSet<&Name>) -> Result<(), CodebaseError> {
    let mut own = db.prepare_cached("SELECT count(*) FROM changes WHERE uid = ?1")?;
    let mut change_row =
        db.prepare_cached("INSERT OR IGNORE INTO foreign_changes (uid, at_ms, kind, what) VALUES (?1, ?2, ?3, ?4)")?;
    let mut name_row = db.prepare_cached(
        "INSERT OR IGNORE INTO foreign_name_changes (uid, sort, name, old, new) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for change in changes {
        let names: Vec<&NameChange> = change.names.iter().filter(|name| about.contains(&name.name)).collect();
        if names.is_empty() || own.query_row([change.uid], |row| row.get::<_, i64>(0))? > 0 {
            continue;
        }
        change_row.execute(params![change.uid, change.at_ms as i64, change.note.kind.text(), change.note.what])?;
        for name in names {
            let Some(sort) = name.new.or(name.old).map(|of| of.sort() as i64) else { continue };
            let text = |of: Option<Reference>| of.map(Reference::text);
            name_row.execute(params![change.uid, sort, name.name.as_str(), text(name.old), text(name.new)])?;
        }
    }
    Ok(())
}

/// All of it, earliest first.
pub fn foreign(db: &Connection) -> Result<Vec<PastChange>, CodebaseError> {
    let mut found = db.prepare_cached("SELECT uid, at_ms, kind, what FROM foreign_changes ORDER BY at_ms, rowid")?;
    let rows = found.query_map([], |row| {
        let note = Note { kind: ChangeKind::parse(&row.get::<_, String>(2)?), what: row.get(3)? };
        Ok(PastChange { uid: row.get(0)?, at_ms: row.get::<_, i64>(1)? as u64, note, names: Vec::new() })
    })?;
    let mut changes: Vec<PastChange> = rows.collect::<Result<_, _>>()?;
    let mut names = db.prepare_cached(
        "SELECT sort, name, old, new FROM foreign_name_changes WHERE uid = ?1 ORDER BY sort DESC, name",
    )?;
    for change in &mut changes {
        let rows = names.query_map([change.uid], history::name_change)?;
        change.names = rows.collect::<Result<_, _>>()?;
    }
    Ok(changes)
}
