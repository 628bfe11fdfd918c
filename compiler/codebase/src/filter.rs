//! What a codebase surely does not have, so that a large program does not ask it thousands of times in vain.
//!
//! **Invariant:** it answers only for a codebase that does not change meanwhile: an image, or any one within a read transaction. It is made once so many
//! lookups have shown that it is worth it, and not of a large codebase.

use crate::error::CodebaseError;
use crate::names::{self, Sort};
use base::{Name, TableSet};
use hash::SourceKey;
use rusqlite::Connection;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Lookups after which a filter is made.
const LOOKUPS_MIN: usize = 300;

/// Names and keys of which one is made at most: reading them takes some milliseconds.
const ROWS_MAX: i64 = 20_000;

/// What is there.
#[derive(Default)]
struct There {
    /// For each sort, the last segments of all names.
    names: [TableSet<Box<str>>; 3],
    keys: TableSet<SourceKey>,
}

#[derive(Default)]
struct State {
    lookups: usize,
    /// Whether nothing changes now.
    steady: bool,
    /// Whether nothing ever changes.
    fixed: bool,
    there: Option<Arc<There>>,
}

#[derive(Default)]
pub(crate) struct Filter(Mutex<State>);

impl Filter {
    /// Of a codebase that never changes.
    pub fn fixed() -> Filter {
        Filter(Mutex::new(State { fixed: true, ..State::default() }))
    }

    /// From now on nothing changes, or it may again.
    pub fn set_steady(&self, steady: bool) {
        let mut state = self.state();
        if !state.fixed {
            *state = State { steady, ..State::default() };
        }
    }

    /// Whether a name may have this suffix.
    pub fn may_have_name(&self, db: &Connection, sort: Sort, suffix: &Name) -> Result<bool, CodebaseError> {
        Ok(self.there(db)?.is_none_or(|there| there.names[sort as usize].contains(suffix.last())))
    }

    /// Whether there may be something under this key.
    pub fn may_have_key(&self, db: &Connection, key: SourceKey) -> Result<bool, CodebaseError> {
        Ok(self.there(db)?.is_none_or(|there| there.keys.contains(&key)))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn there(&self, db: &Connection) -> Result<Option<Arc<There>>, CodebaseError> {
        let mut state = self.state();
        state.lookups += 1;
        if state.lookups == LOOKUPS_MIN && (state.steady || state.fixed) && is_small(db)? {
            state.there = Some(Arc::new(read(db)?));
        }
        Ok(state.there.clone())
    }
}

fn is_small(db: &Connection) -> Result<bool, CodebaseError> {
    // Counts no further than that.
    let count = "SELECT (SELECT count(*) FROM (SELECT 1 FROM names LIMIT ?1)) + (SELECT count(*) FROM (SELECT 1 FROM source_keys LIMIT ?1))";
    let rows: i64 = db.prepare_cached(count)?.query_row([ROWS_MAX], |row| row.get(0))?;
    Ok(rows < ROWS_MAX)
}

fn read(db: &Connection) -> Result<There, CodebaseError> {
    let mut there = There::default();
    for sort in [Sort::Term, Sort::Type, Sort::Constructor] {
        there.names[sort as usize] = names::all(db, sort)?.iter().map(|name| name.last().into()).collect();
    }
    let mut keys = db.prepare_cached("SELECT key FROM source_keys")?;
    let rows = keys.query_map([], |row| Ok(SourceKey(base::Hash(row.get(0)?))))?;
    there.keys = rows.collect::<Result<_, _>>()?;
    Ok(there)
}
