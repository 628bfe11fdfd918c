//! The tables `sources` and `source_keys`.

use crate::error::CodebaseError;
use crate::names::Reference;
use base::Name;
use hash::{SourceKey, parse_term_ref, term_ref_text};
use kernel::TermRef;
use rusqlite::{Connection, OptionalExtension, params};
use std::sync::Arc;

/// The text from which a definition came, under a name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SourceText {
    pub name: Name,
    pub of: Reference,
    /// The definition with the comments above it. Empty for what a declaration makes.
    pub text: Arc<str>,
    /// The `namespace` and `use` lines that it was read under, each with its line feed.
    pub context: Arc<str>,
    /// The name of the project that it was read in.
    pub project: Arc<str>,
    /// The type whose declaration makes it.
    pub made_by: Option<Name>,
}

pub(crate) fn put_text(db: &Connection, source: &SourceText) -> Result<(), CodebaseError> {
    let mut insert = db.prepare_cached(
        "INSERT OR REPLACE INTO sources (sort, name, reference, text, context, project, made_by) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    let SourceText { name, of, text, context, project, made_by } = source;
    let maker = made_by.as_ref().map(Name::as_str);
    insert.execute(params![of.sort() as i64, name.as_str(), of.text(), text, context, project, maker])?;
    Ok(())
}

/// The texts of a definition, by name; the latest of each name first.
pub(crate) fn texts(db: &Connection, of: Reference) -> Result<Vec<SourceText>, CodebaseError> {
    let mut found = db.prepare_cached(
        "SELECT name, text, context, project, made_by FROM sources WHERE sort = ?1 AND reference = ?2 ORDER BY name, id DESC",
    )?;
    let rows = found.query_map(params![of.sort() as i64, of.text()], |row| {
        Ok(SourceText {
            name: Name::new(row.get::<_, String>(0)?),
            of,
            text: row.get(1)?,
            context: row.get(2)?,
            project: row.get(3)?,
            made_by: row.get::<_, Option<String>>(4)?.map(Name::new),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// What a type's declaration makes and has a name: accessors.
pub(crate) fn made_by(db: &Connection, maker: &Name) -> Result<Vec<(Name, Reference)>, CodebaseError> {
    let mut found = db.prepare_cached(
        "SELECT DISTINCT sources.sort, sources.name, sources.reference FROM sources JOIN names USING (sort, reference, name) \
         WHERE made_by = ?1 ORDER BY 2",
    )?;
    let rows = found.query_map([maker.as_str()], |row| {
        let (sort, text): (i64, String) = (row.get(0)?, row.get(2)?);
        Ok((Name::new(row.get::<_, String>(1)?), Reference::parse(sort, &text)))
    })?;
    let all: Vec<(Name, Option<Reference>)> = rows.collect::<Result<_, _>>()?;
    Ok(all.into_iter().filter_map(|(name, reference)| Some((name, reference?))).collect())
}

/// The names whose text contains a word, whatever its case, with their texts.
pub(crate) fn containing(db: &Connection, word: &str, limit: u32) -> Result<Vec<(Name, String)>, CodebaseError> {
    let mut found = db.prepare_cached(
        "SELECT sources.name, text FROM sources JOIN names USING (sort, reference, name) \
         WHERE instr(lower(text), lower(?1)) > 0 ORDER BY 1 LIMIT ?2",
    )?;
    let rows = found.query_map(params![word, limit], |row| Ok((Name::new(row.get::<_, String>(0)?), row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
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
