//! The table `cells`.

use crate::error::CodebaseError;
use rusqlite::{Connection, OptionalExtension, params};

pub(crate) fn get(db: &Connection, key: &str) -> Result<Option<Vec<u8>>, CodebaseError> {
    let mut found = db.prepare_cached("SELECT value FROM cells WHERE key = ?1")?;
    Ok(found.query_row([key], |row| row.get(0)).optional()?)
}

pub(crate) fn set(db: &Connection, key: &str, value: &[u8]) -> Result<(), CodebaseError> {
    db.prepare_cached("INSERT OR REPLACE INTO cells (key, value) VALUES (?1, ?2)")?.execute(params![key, value])?;
    Ok(())
}
