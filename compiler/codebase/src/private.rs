//! Names whose definitions never leave the codebase: they can be used by whoever is evaluated here, and are absent for everybody else.
//!
//! What is private are names, so that a definition that is changed stays private; what is kept back are the definitions that they mean or have ever meant, under whatever name.

use crate::cells;
use crate::codebase::Codebase;
use crate::error::CodebaseError;
use crate::names::{Reference, Sort};
use base::{Hash, Name};
use kernel::TermRef;
use rusqlite::Connection;
use std::collections::BTreeSet;

/// The cell that has the names, one a line.
const CELL: &str = "private";

impl Codebase {
    /// The names that are private, and namespaces of which everything is.
    pub fn private_names(&self) -> Result<BTreeSet<Name>, CodebaseError> {
        self.read(names)
    }

    /// Makes names private, or takes that back.
    pub fn set_private(&self, changed: &[Name], private: bool) -> Result<(), CodebaseError> {
        self.write(|db| {
            let mut names = names(db)?;
            for name in changed {
                _ = if private { names.insert(name.clone()) } else { names.remove(name) };
            }
            let lines: Vec<&str> = names.iter().map(Name::as_str).collect();
            cells::set(db, CELL, lines.join("\n").as_bytes())
        })
    }

    /// Whether a name is private, or below a namespace that is.
    pub fn is_private(&self, name: &Name) -> Result<bool, CodebaseError> {
        Ok(self.private_names()?.iter().any(|private| is_of(name.as_str(), private.as_str())))
    }

    /// All that is kept back.
    pub fn private_hashes(&self) -> Result<BTreeSet<Hash>, CodebaseError> {
        self.read(|db| {
            let mut hashes = BTreeSet::new();
            for name in names(db)? {
                add_meanings(db, name.as_str(), &mut hashes)?;
            }
            Ok(hashes)
        })
    }
}

fn is_of(name: &str, private: &str) -> bool {
    name.strip_prefix(private).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn names(db: &Connection) -> Result<BTreeSet<Name>, CodebaseError> {
    let lines = cells::get(db, CELL)?.unwrap_or_default();
    let lines = String::from_utf8(lines).map_err(|_| CodebaseError::Damaged("the list of private names".into()))?;
    Ok(lines.lines().map(Name::new).collect())
}

/// What a name, or one below it, has ever meant.
fn add_meanings(db: &Connection, name: &str, hashes: &mut BTreeSet<Hash>) -> Result<(), CodebaseError> {
    let mut found = db.prepare_cached(
        "SELECT DISTINCT new FROM name_changes WHERE sort = ?1 AND new IS NOT NULL AND (name = ?2 OR name >= ?3 AND name < ?4)",
    )?;
    // `/` is the character after the dot.
    let sort = Sort::Term as i64;
    let rows = found.query_map((sort, name, format!("{name}."), format!("{name}/")), |row| row.get::<_, String>(0))?;
    for text in rows {
        if let Some(Reference::Term(TermRef::Def(id))) = Reference::parse(sort, &text?) {
            hashes.insert(id.component);
        }
    }
    Ok(())
}
