//! The tables `changes` and `name_changes`: what was done to names, so that it can be told, compared and undone.
//!
//! Undoing writes a change of its own and marks the one that it takes back; nothing is ever removed. What may be undone next is the latest
//! change that stands (an undo or redo does not count), what may be redone the earliest one that was taken back since.

use crate::error::CodebaseError;
use crate::names::{Reference, Sort};
use base::Name;
use rusqlite::{Connection, OptionalExtension, Row, params};

/// The number of a change in its codebase; they ascend.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ChangeId(pub i64);

/// Before the first change.
pub const ORIGIN: ChangeId = ChangeId(0);

/// What was done.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ChangeKind {
    #[default]
    Add,
    Update,
    Rename,
    Delete,
    Undo,
    Redo,
    /// Names that came from another codebase.
    Merge,
}

/// What the history is to say about a change.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Note {
    pub kind: ChangeKind,
    /// Of what, in the user's words: the files, or the names.
    pub what: String,
}

/// An entry of the history of names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    pub id: ChangeId,
    /// Identifies the change wherever the history is copied to.
    pub uid: [u8; 16],
    /// The change before it; none for the first one.
    pub parent: Option<ChangeId>,
    pub at_ms: u64,
    pub note: Note,
    /// Of an undo or redo: the change that it is about.
    pub reverts: Option<ChangeId>,
    /// Whether it is taken back at present.
    pub undone: bool,
    pub names: Vec<NameChange>,
}

/// A name that came to mean something else.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NameChange {
    pub name: Name,
    pub old: Option<Reference>,
    pub new: Option<Reference>,
}

impl ChangeKind {
    /// As it is stored, and shown.
    pub fn text(self) -> &'static str {
        match self {
            ChangeKind::Add => "add",
            ChangeKind::Update => "update",
            ChangeKind::Rename => "rename",
            ChangeKind::Delete => "delete",
            ChangeKind::Undo => "undo",
            ChangeKind::Redo => "redo",
            ChangeKind::Merge => "merge",
        }
    }

    pub(crate) fn parse(text: &str) -> ChangeKind {
        let all = [Self::Update, Self::Rename, Self::Delete, Self::Undo, Self::Redo, Self::Merge];
        all.into_iter().find(|kind| kind.text() == text).unwrap_or(ChangeKind::Add)
    }
}

/// Writes one entry of the history, which begins with the first name that changes.
pub(crate) struct Log<'n> {
    pub note: &'n Note,
    pub reverts: Option<ChangeId>,
    pub now_ms: u64,
    entry: Option<ChangeId>,
}

impl<'n> Log<'n> {
    pub fn new(note: &'n Note, reverts: Option<ChangeId>, now_ms: u64) -> Log<'n> {
        Log { note, reverts, now_ms, entry: None }
    }

    /// The entry, if anything has changed.
    pub fn entry(&self) -> Option<ChangeId> {
        self.entry
    }

    /// A name that changes twice in one entry has one row, from what it was to what it is.
    pub fn record(
        &mut self,
        db: &Connection,
        sort: Sort,
        name: &Name,
        old: Option<String>,
        new: Option<&str>,
    ) -> Result<(), CodebaseError> {
        let entry = match self.entry {
            Some(entry) => entry,
            None => *self.entry.insert(self.begin(db)?),
        };
        let mut insert = db.prepare_cached(
            "INSERT INTO name_changes (change, sort, name, old, new) VALUES (?1, ?2, ?3, ?4, ?5) \
             ON CONFLICT DO UPDATE SET new = excluded.new",
        )?;
        insert.execute(params![entry.0, sort as i64, name.as_str(), old, new])?;
        Ok(())
    }

    fn begin(&self, db: &Connection) -> Result<ChangeId, CodebaseError> {
        let mut insert = db.prepare_cached(
            "INSERT INTO changes (parent, at_ms, uid, kind, what, reverts) \
             SELECT max(id), ?1, randomblob(16), ?2, ?3, ?4 FROM changes",
        )?;
        let reverts = self.reverts.map(|id| id.0);
        insert.execute(params![self.now_ms as i64, self.note.kind.text(), self.note.what, reverts])?;
        Ok(ChangeId(db.last_insert_rowid()))
    }
}

const COLUMNS: &str = "id, uid, parent, at_ms, kind, what, reverts, undone";

fn read(row: &Row<'_>) -> rusqlite::Result<Change> {
    Ok(Change {
        id: ChangeId(row.get(0)?),
        uid: row.get::<_, Option<[u8; 16]>>(1)?.unwrap_or_default(),
        parent: row.get::<_, Option<i64>>(2)?.map(ChangeId),
        at_ms: row.get::<_, i64>(3)? as u64,
        note: Note { kind: ChangeKind::parse(&row.get::<_, String>(4)?), what: row.get(5)? },
        reverts: row.get::<_, Option<i64>>(6)?.map(ChangeId),
        undone: row.get(7)?,
        names: Vec::new(),
    })
}

/// The latest change, or [`ORIGIN`].
pub(crate) fn head(db: &Connection) -> Result<ChangeId, CodebaseError> {
    let mut found = db.prepare_cached("SELECT coalesce(max(id), 0) FROM changes")?;
    Ok(found.query_row([], |row| row.get(0).map(ChangeId))?)
}

/// The history, latest change first.
pub(crate) fn latest(db: &Connection, limit: u32) -> Result<Vec<Change>, CodebaseError> {
    let mut found = db.prepare_cached(&format!("SELECT {COLUMNS} FROM changes ORDER BY id DESC LIMIT ?1"))?;
    let rows = found.query_map([limit], read)?;
    with_names(db, rows.collect::<Result<_, _>>()?)
}

/// The changes of a name, latest first.
pub(crate) fn of_name(db: &Connection, name: &Name, limit: u32) -> Result<Vec<Change>, CodebaseError> {
    let mut found = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM changes WHERE id IN (SELECT change FROM name_changes WHERE name = ?1) \
         ORDER BY id DESC LIMIT ?2"
    ))?;
    let rows = found.query_map(params![name.as_str(), limit], read)?;
    with_names(db, rows.collect::<Result<_, _>>()?)
}

/// The changes after one, up to another one, earliest first.
pub(crate) fn between(db: &Connection, after: ChangeId, until: ChangeId) -> Result<Vec<Change>, CodebaseError> {
    let mut found =
        db.prepare_cached(&format!("SELECT {COLUMNS} FROM changes WHERE id > ?1 AND id <= ?2 ORDER BY id"))?;
    let rows = found.query_map([after.0, until.0], read)?;
    with_names(db, rows.collect::<Result<_, _>>()?)
}

/// Every name that there has been, in alphabetical order.
pub(crate) fn all_names(db: &Connection) -> Result<Vec<Name>, CodebaseError> {
    let mut found = db.prepare_cached("SELECT DISTINCT name FROM name_changes ORDER BY name")?;
    let rows = found.query_map([], |row| Ok(Name::new(row.get::<_, String>(0)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// What an undo would take back.
pub(crate) fn undoable(db: &Connection) -> Result<Option<Change>, CodebaseError> {
    one(db, "SELECT max(id) FROM changes WHERE undone = 0 AND kind NOT IN ('undo', 'redo')")
}

/// What a redo would bring back: nothing once something else was changed.
pub(crate) fn redoable(db: &Connection) -> Result<Option<Change>, CodebaseError> {
    one(
        db,
        "SELECT min(id) FROM changes WHERE undone = 1 AND id > \
         (SELECT coalesce(max(id), 0) FROM changes WHERE undone = 0 AND kind NOT IN ('undo', 'redo'))",
    )
}

fn one(db: &Connection, query: &str) -> Result<Option<Change>, CodebaseError> {
    let id: Option<i64> = db.prepare_cached(query)?.query_row([], |row| row.get(0))?;
    id.map_or(Ok(None), |id| with_id(db, ChangeId(id)))
}

pub(crate) fn with_id(db: &Connection, id: ChangeId) -> Result<Option<Change>, CodebaseError> {
    let mut found = db.prepare_cached(&format!("SELECT {COLUMNS} FROM changes WHERE id = ?1"))?;
    let change = found.query_row([id.0], read).optional()?;
    Ok(with_names(db, change.into_iter().collect())?.pop())
}

pub(crate) fn mark(db: &Connection, change: ChangeId, undone: bool) -> Result<(), CodebaseError> {
    db.prepare_cached("UPDATE changes SET undone = ?2 WHERE id = ?1")?.execute(params![change.0, undone])?;
    Ok(())
}

fn with_names(db: &Connection, mut changes: Vec<Change>) -> Result<Vec<Change>, CodebaseError> {
    for change in &mut changes {
        change.names = names_of(db, change.id)?;
    }
    Ok(changes)
}

fn names_of(db: &Connection, change: ChangeId) -> Result<Vec<NameChange>, CodebaseError> {
    let mut found =
        db.prepare_cached("SELECT sort, name, old, new FROM name_changes WHERE change = ?1 ORDER BY sort DESC, name")?;
    let rows = found.query_map([change.0], name_change)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Reads `sort, name, old, new`.
pub(crate) fn name_change(row: &Row<'_>) -> rusqlite::Result<NameChange> {
    let sort: i64 = row.get(0)?;
    let reference = |text: Option<String>| text.and_then(|text| Reference::parse(sort, &text));
    let name = Name::new(row.get::<_, String>(1)?);
    Ok(NameChange { name, old: reference(row.get(2)?), new: reference(row.get(3)?) })
}
