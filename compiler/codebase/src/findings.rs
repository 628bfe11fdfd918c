//! The tables `results` and `clean`: what was found out once, so that it need not be found out again. Nothing is lost with them but time.

use crate::error::CodebaseError;
use base::Hash;
use hash::term_ref_text;
use kernel::{DefId, TermRef};
use rusqlite::{Connection, OptionalExtension, params};

fn text(definition: DefId) -> String {
    term_ref_text(TermRef::Def(definition))
}

pub(crate) fn result(db: &Connection, of: DefId, compiler: &str) -> Result<Option<Vec<u8>>, CodebaseError> {
    let mut found = db.prepare_cached("SELECT value FROM results WHERE reference = ?1 AND compiler = ?2")?;
    Ok(found.query_row(params![text(of), compiler], |row| row.get(0)).optional()?)
}

pub(crate) fn put_result(db: &Connection, of: DefId, compiler: &str, value: &[u8]) -> Result<(), CodebaseError> {
    let mut insert =
        db.prepare_cached("INSERT OR REPLACE INTO results (reference, compiler, value) VALUES (?1, ?2, ?3)")?;
    insert.execute(params![text(of), compiler, value])?;
    Ok(())
}

pub(crate) fn clean(db: &Connection, place: &Hash, state: &Hash) -> Result<Option<u64>, CodebaseError> {
    let mut found = db.prepare_cached("SELECT definitions FROM clean WHERE place = ?1 AND state = ?2")?;
    let count: Option<i64> = found.query_row(params![place.0, state.0], |row| row.get(0)).optional()?;
    Ok(count.and_then(|count| u64::try_from(count).ok()))
}

pub(crate) fn put_clean(db: &Connection, place: &Hash, state: &Hash, definitions: u64) -> Result<(), CodebaseError> {
    let mut insert =
        db.prepare_cached("INSERT OR REPLACE INTO clean (place, state, definitions) VALUES (?1, ?2, ?3)")?;
    insert.execute(params![place.0, state.0, i64::try_from(definitions).unwrap_or(i64::MAX)])?;
    Ok(())
}
