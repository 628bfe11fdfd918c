//! The tables `objects`, `dependencies` and `open_dependencies`.

use crate::error::CodebaseError;
use base::hash::parse_base32hex;
use base::{Hash, Table, TableSet};
use hash::store::range_of;
use hash::{Kind, Object};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeSet;

/// Where an object came from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Origin {
    Added = 0,
    Received = 1,
}

pub(crate) fn has(db: &Connection, hash: &Hash) -> Result<bool, CodebaseError> {
    Ok(id(db, hash)?.is_some())
}

/// The time, for what is put in by those who have no clock.
pub(crate) fn now_ms(db: &Connection) -> Result<u64, CodebaseError> {
    let now: i64 = db.query_row("SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER)", [], |row| row.get(0))?;
    Ok(now.unsigned_abs())
}

/// Milliseconds in which a use need not be written down again.
const TOUCHED_MS: u64 = 3_600_000;

/// Milliseconds for which nobody may have used what is collected while others have the codebase open.
pub(crate) const UNUSED_MS: u64 = 24 * TOUCHED_MS;

/// Milliseconds after which a use is written down before anybody is told that something is there: well before it could be collected.
const STALE_MS: u64 = UNUSED_MS / 2;

/// What is found under a hash.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Found {
    Absent,
    There,
    /// It was not used for long.
    Stale,
}

/// One answer for each hash.
pub(crate) fn find(db: &Connection, hashes: &[Hash]) -> Result<Vec<Found>, CodebaseError> {
    let stale_ms = now_ms(db)?.saturating_sub(STALE_MS);
    let mut used = db.prepare_cached("SELECT used_ms FROM objects WHERE hash = ?1")?;
    let mut find = |hash: &Hash| {
        let used: Option<i64> = used.query_row([&hash.0], |row| row.get(0)).optional()?;
        Ok(match used {
            None => Found::Absent,
            Some(used) if used.unsigned_abs() < stale_ms => Found::Stale,
            Some(_) => Found::There,
        })
    };
    hashes.iter().map(&mut find).collect()
}

/// Writes down that these are used now.
pub(crate) fn touch(db: &Connection, hashes: &BTreeSet<Hash>) -> Result<(), CodebaseError> {
    let now_ms = now_ms(db)?;
    let mut update = db.prepare_cached("UPDATE objects SET used_ms = ?1 WHERE hash = ?2 AND used_ms < ?3")?;
    for hash in hashes {
        update.execute(params![now_ms as i64, hash.0, now_ms.saturating_sub(TOUCHED_MS) as i64])?;
    }
    Ok(())
}

/// Bytes of the file, or of the memory that stands for it.
pub(crate) fn file_bytes(db: &Connection) -> Result<u64, CodebaseError> {
    let pages: i64 = db.query_row("PRAGMA page_count", [], |row| row.get(0))?;
    let bytes: i64 = db.query_row("PRAGMA page_size", [], |row| row.get(0))?;
    Ok(pages.saturating_mul(bytes).unsigned_abs())
}

fn id(db: &Connection, hash: &Hash) -> Result<Option<i64>, CodebaseError> {
    let mut found = db.prepare_cached("SELECT id FROM objects WHERE hash = ?1")?;
    Ok(found.query_row([&hash.0], |row| row.get(0)).optional()?)
}

/// The object, verified.
pub(crate) fn get(db: &Connection, hash: &Hash) -> Result<Option<Object>, CodebaseError> {
    let mut found = db.prepare_cached("SELECT kind, bytes FROM objects WHERE hash = ?1")?;
    let row = found.query_row([&hash.0], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?))).optional()?;
    let Some((kind, bytes)) = row else { return Ok(None) };
    let kind = if kind == 0 { Kind::Term } else { Kind::Type };
    Object::kept(*hash, kind, bytes.into()).map(Some).map_err(|_| CodebaseError::Corrupt(*hash))
}

/// Lands those that are not there yet. What they depend on and is absent has to be in `open`. The caller's transaction makes it all or nothing.
/// Gives the hashes of all of them.
pub(crate) fn put(
    db: &Connection,
    objects: &[Object],
    open: &BTreeSet<Hash>,
    origin: Origin,
    now_ms: u64,
) -> Result<TableSet<Hash>, CodebaseError> {
    let mut landed = Vec::new();
    // The rows of what was met: most of them are met again and again.
    let mut rows: Table<Hash, i64> = Table::default();
    for object in objects {
        let (row, is_new) = insert(db, object, origin, now_ms)?;
        rows.insert(object.hash(), row);
        landed.extend(is_new.then_some((row, object)));
    }
    for (object_id, object) in landed {
        for dependency in object.dependencies() {
            let known = rows.get(&dependency).copied();
            match known.map_or_else(|| id(db, &dependency), |row| Ok(Some(row)))? {
                Some(row) => {
                    rows.insert(dependency, row);
                    depend(db, row, object_id)?;
                }
                None if open.contains(&dependency) => leave_open(db, &dependency, object_id)?,
                None => return Err(CodebaseError::Dangling(dependency)),
            }
        }
    }
    Ok(objects.iter().map(Object::hash).collect())
}

fn depend(db: &Connection, dependency: i64, object: i64) -> Result<(), CodebaseError> {
    let mut insert = db.prepare_cached("INSERT INTO dependencies (dependency, object) VALUES (?1, ?2)")?;
    insert.execute([dependency, object])?;
    Ok(())
}

fn leave_open(db: &Connection, dependency: &Hash, object: i64) -> Result<(), CodebaseError> {
    let mut insert = db.prepare_cached("INSERT INTO open_dependencies (hash, object) VALUES (?1, ?2)")?;
    insert.execute(params![dependency.0, object])?;
    Ok(())
}

/// The object has arrived: whatever depends on it does so as on any other.
fn close(db: &Connection, hash: &Hash, id: i64) -> Result<(), CodebaseError> {
    let mut link = db.prepare_cached(
        "INSERT INTO dependencies (dependency, object) SELECT ?2, object FROM open_dependencies WHERE hash = ?1",
    )?;
    if link.execute(params![hash.0, id])? > 0 {
        db.prepare_cached("DELETE FROM open_dependencies WHERE hash = ?1")?.execute([&hash.0])?;
    }
    Ok(())
}

/// Whether any object depends on something that is absent.
pub(crate) fn anything_open(db: &Connection) -> Result<bool, CodebaseError> {
    let mut found = db.prepare_cached("SELECT EXISTS (SELECT 1 FROM open_dependencies)")?;
    Ok(found.query_row([], |row| row.get(0))?)
}

/// The number of the object's row, and whether it is new.
fn insert(db: &Connection, object: &Object, origin: Origin, now_ms: u64) -> Result<(i64, bool), CodebaseError> {
    let hash = object.hash();
    if let Some(row) = id(db, &hash)? {
        // What was received and is made here now is kept like all that is.
        if origin == Origin::Added {
            let mut made = db.prepare_cached("UPDATE objects SET origin = ?1 WHERE id = ?2 AND origin <> ?1")?;
            made.execute([Origin::Added as i64, row])?;
        }
        return Ok((row, false));
    }
    // What was made here may be larger than the format allows; what was received was verified, or it would not be an object.
    if origin == Origin::Added {
        object.within_limits().map_err(|e| CodebaseError::Refused(hash, e))?;
    }
    let mut insert = db.prepare_cached(
        "INSERT INTO objects (hash, kind, bytes, origin, size, used_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    let kind = i64::from(object.kind() == Kind::Type);
    let size = object.bytes().len() as i64;
    insert.execute(params![hash.0, kind, &object.bytes()[..], origin as i64, size, now_ms as i64])?;
    let id = db.last_insert_rowid();
    close(db, &hash, id)?;
    Ok((id, true))
}

/// The objects that refer to this one, ascending.
pub(crate) fn dependents(db: &Connection, hash: &Hash) -> Result<Vec<Hash>, CodebaseError> {
    let mut found = db.prepare_cached(
        "SELECT dependent.hash FROM objects JOIN dependencies ON dependency = objects.id \
         JOIN objects AS dependent ON dependent.id = object WHERE objects.hash = ?1 \
         UNION SELECT dependent.hash FROM open_dependencies AS opened \
         JOIN objects AS dependent ON dependent.id = opened.object WHERE opened.hash = ?1 ORDER BY 1",
    )?;
    let hashes = found.query_map([&hash.0], |row| Ok(Hash(row.get(0)?)))?;
    Ok(hashes.collect::<Result<_, _>>()?)
}

/// All whose hashes begin with one of these.
pub(crate) fn beginning_with(db: &Connection, beginnings: &[[u8; 3]]) -> Result<Vec<Hash>, CodebaseError> {
    let mut found = db.prepare_cached("SELECT hash FROM objects WHERE hash BETWEEN ?1 AND ?2")?;
    let mut hashes = Vec::new();
    for beginning in beginnings {
        let (low, high) = range_of(*beginning);
        for hash in found.query_map(params![low.0, high.0], |row| Ok(Hash(row.get(0)?)))? {
            hashes.push(hash?);
        }
    }
    Ok(hashes)
}

/// The objects whose text form starts so (without the `#`), ascending, at most `limit`.
pub(crate) fn with_prefix(db: &Connection, digits: &str, limit: u32) -> Result<Vec<Hash>, CodebaseError> {
    let Some((low, high)) = prefix_range(digits) else { return Ok(Vec::new()) };
    let mut found = db.prepare_cached("SELECT hash FROM objects WHERE hash BETWEEN ?1 AND ?2 ORDER BY 1 LIMIT ?3")?;
    let hashes = found.query_map(params![low, high, limit], |row| Ok(Hash(row.get(0)?)))?;
    Ok(hashes.collect::<Result<_, _>>()?)
}

/// The least and the greatest hash whose text starts so.
fn prefix_range(digits: &str) -> Option<([u8; 32], [u8; 32])> {
    const DIGITS: usize = 52;
    if digits.is_empty() || digits.len() > DIGITS || !digits.is_ascii() {
        return None;
    }
    // The last of the 52 digits has one bit: `0` or `g`.
    let fill = |digit: &str, last: &str| {
        let missing = (DIGITS - 1).saturating_sub(digits.len());
        let end = if digits.len() < DIGITS { last } else { "" };
        parse_base32hex(&format!("{digits}{}{end}", digit.repeat(missing)))?.try_into().ok()
    };
    Some((fill("0", "0")?, fill("v", "g")?))
}

/// How many digits tell this object from all others.
pub(crate) fn unique_digits(db: &Connection, hash: &Hash) -> Result<usize, CodebaseError> {
    let neighbours = [
        "SELECT hash FROM objects WHERE hash < ?1 ORDER BY hash DESC LIMIT 1",
        "SELECT hash FROM objects WHERE hash > ?1 ORDER BY hash LIMIT 1",
    ];
    let text = hash.to_text();
    let mut digits = base::hash::SHORT_LEN;
    for neighbour in neighbours {
        let mut found = db.prepare_cached(neighbour)?;
        let other = found.query_row([&hash.0], |row| Ok(Hash(row.get(0)?))).optional()?;
        let shared =
            other.map_or(0, |other| text.bytes().zip(other.to_text().bytes()).take_while(|(a, b)| a == b).count());
        digits = digits.max(shared + 1);
    }
    Ok(digits.min(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_cover_exactly_the_hashes_that_start_so() {
        let hash = Hash(std::array::from_fn(|i| (i * 91 + 5) as u8));
        let text = hash.to_text();
        for len in 1..=52 {
            let (low, high) = prefix_range(&text[..len]).expect("digits");
            assert!(low <= hash.0 && hash.0 <= high, "{len}");
            assert!(Hash(low).to_text().starts_with(&text[..len]) && Hash(high).to_text().starts_with(&text[..len]));
        }
        assert_eq!(prefix_range(&text).map(|(low, _)| low), Some(hash.0));
        assert_eq!(prefix_range("w"), None);
        assert_eq!(prefix_range(""), None);
    }
}
