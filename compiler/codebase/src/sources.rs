//! The tables `sources` and `source_keys`.

use crate::error::CodebaseError;
use crate::names::Reference;
use base::Name;
use hash::{SourceKey, parse_term_ref, term_ref_text};
use kernel::TermRef;
use rusqlite::{Connection, OptionalExtension, params};

pub(crate) fn put_text(db: &Connection, name: &Name, of: Reference, text: &str) -> Result<(), CodebaseError> {
    let mut insert =
        db.prepare_cached("INSERT OR REPLACE INTO sources (sort, name, reference, text) VALUES (?1, ?2, ?3, ?4)")?;
    insert.execute(params![of.sort() as i64, name.as_str(), of.text(), text])?;
    Ok(())
}

pub(crate) fn text(db: &Connection, name: &Name, of: Reference) -> Result<Option<String>, CodebaseError> {
    let mut found = db.prepare_cached("SELECT text FROM sources WHERE sort = ?1 AND name = ?2 AND reference = ?3")?;
    let key = params![of.sort() as i64, name.as_str(), of.text()];
    Ok(found.query_row(key, |row| row.get(0)).optional()?)
}

pub(crate) fn put_key(db: &Connection, key: SourceKey, references: &[TermRef]) -> Result<(), CodebaseError> {
    let texts: Vec<String> = references.iter().copied().map(term_ref_text).collect();
    let mut insert = db.prepare_cached("INSERT OR REPLACE INTO source_keys (key, refs) VALUES (?1, ?2)")?;
    insert.execute(params![key.0.0, texts.join(" ")])?;
    Ok(())
}

/// What checking gave. Nothing if the row cannot be read: then it is checked again.
pub(crate) fn known(db: &Connection, key: SourceKey) -> Result<Option<Vec<TermRef>>, CodebaseError> {
    let mut found = db.prepare_cached("SELECT refs FROM source_keys WHERE key = ?1")?;
    let texts: Option<String> = found.query_row([&key.0.0], |row| row.get(0)).optional()?;
    Ok(texts.and_then(|texts| texts.split_whitespace().map(parse_term_ref).collect()))
}
