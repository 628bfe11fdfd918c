//! Garbage collection: what nothing leads to goes.
//!
//! What stays is everything that can be reached from the names there are, from the names there were (their history can be taken back), and from what was landed or asked for lately. That is found in
//! three steps: the roots, the mark over `dependencies`, and the sweep, all in one transaction, so that a crash leaves everything as it was. Afterwards the codebase has another epoch, so that others forget what
//! they believed of it.
//!
//! *In company* (others have the codebase open: nodes that serve from it, prompts) only that goes which was received and was not used for a day. A process says every half an hour what it relies on
//! ([`ObjectStore::renew`](hash::store::ObjectStore::renew)), and before it relies on something that was not used for half a day. What is made here stays, since who checks programs remembers what there is.

use crate::codebase::Codebase;
use crate::error::CodebaseError;
use crate::objects::{self, Origin};
use hash::{parse_term_ref, parse_type_ref};
use kernel::{TermRef, TypeRef};
use rusqlite::{Connection, params};
use std::collections::{BTreeMap, BTreeSet};

/// What a collection has done, or would do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Collected {
    /// Components that went, and the bytes of their definitions.
    pub removed: u64,
    pub bytes: u64,
    /// Components that stay.
    pub kept: u64,
    /// Others have the codebase open, so that more stays than was asked for.
    pub in_company: bool,
}

/// Objects by the numbers of their rows.
type Rows = BTreeSet<i64>;

impl Codebase {
    /// Removes what nothing leads to and was used before that time last, in milliseconds since 1970. `only_look`: nothing is changed.
    pub fn collect(&self, used_since_ms: u64, only_look: bool) -> Result<Collected, CodebaseError> {
        self.note_uses()?;
        let collected = self.write(|db| {
            let in_company = !self.has_no_company()?;
            let since_ms = match in_company {
                true => used_since_ms.min(objects::now_ms(db)?.saturating_sub(objects::UNUSED_MS)),
                false => used_since_ms,
            };
            let mut roots = roots(db, since_ms)?;
            if in_company {
                roots.extend(made_here(db)?);
            }
            let live = mark(db, roots)?;
            let collected = Collected { in_company, ..count(db, &live)? };
            if !only_look && collected.removed > 0 {
                sweep(db, &live)?;
            }
            Ok(collected)
        })?;
        if !only_look && collected.removed > 0 {
            self.cache().clear();
            // The file gives back what it does not need; that it cannot is no failure. Others would wait for it: what comes to them takes its place.
            if !collected.in_company {
                let _ = self.read(|db| Ok(db.execute_batch("VACUUM")?));
            }
        }
        Ok(collected)
    }
}

/// What names mean or have meant, and what was used lately.
fn roots(db: &Connection, used_since_ms: u64) -> Result<Rows, CodebaseError> {
    let mut roots = Rows::new();
    let mut lately = db.prepare("SELECT id FROM objects WHERE used_ms >= ?1")?;
    for id in lately.query_map([i64::try_from(used_since_ms).unwrap_or(i64::MAX)], |row| row.get(0))? {
        roots.insert(id?);
    }
    let mut texts = db.prepare(
        "SELECT reference FROM names UNION SELECT old FROM name_changes UNION SELECT new FROM name_changes \
         UNION SELECT old FROM foreign_name_changes UNION SELECT new FROM foreign_name_changes",
    )?;
    let mut id = db.prepare("SELECT id FROM objects WHERE hash = ?1")?;
    for text in texts.query_map([], |row| row.get::<_, Option<String>>(0))? {
        let Some(component) = text?.as_deref().and_then(component_of) else { continue };
        for found in id.query_map([&component.0], |row| row.get(0))? {
            roots.insert(found?);
        }
    }
    Ok(roots)
}

/// What was not received from others.
fn made_here(db: &Connection) -> Result<Rows, CodebaseError> {
    let mut made = db.prepare("SELECT id FROM objects WHERE origin = ?1")?;
    let rows = made.query_map([Origin::Added as i64], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The component to which the text of a reference leads, unless it is a builtin.
fn component_of(text: &str) -> Option<base::Hash> {
    match (parse_term_ref(text), parse_type_ref(text)) {
        (Some(TermRef::Def(id)), _) | (_, Some(TypeRef::Def(id))) => Some(id.component),
        _ => None,
    }
}

/// All that the roots lead to, themselves included.
fn mark(db: &Connection, roots: Rows) -> Result<Rows, CodebaseError> {
    let mut uses: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    let mut rows = db.prepare("SELECT object, dependency FROM dependencies")?;
    for row in rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))? {
        let (object, dependency): (i64, i64) = row?;
        uses.entry(object).or_default().push(dependency);
    }
    let mut next: Vec<i64> = roots.iter().copied().collect();
    let mut live = roots;
    while let Some(object) = next.pop() {
        next.extend(uses.get(&object).into_iter().flatten().filter(|used| live.insert(**used)));
    }
    Ok(live)
}

fn count(db: &Connection, live: &Rows) -> Result<Collected, CodebaseError> {
    let mut collected = Collected { removed: 0, bytes: 0, kept: live.len() as u64, in_company: false };
    let mut rows = db.prepare("SELECT id, size FROM objects")?;
    for row in rows.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?)))? {
        let (id, size): (i64, i64) = row?;
        if !live.contains(&id) {
            collected.removed += 1;
            collected.bytes += size.unsigned_abs();
        }
    }
    Ok(collected)
}

/// Takes everything else away, and what was remembered of it.
fn sweep(db: &Connection, live: &Rows) -> Result<(), CodebaseError> {
    db.execute_batch("CREATE TEMP TABLE live (id INTEGER PRIMARY KEY)")?;
    let mut insert = db.prepare("INSERT INTO live (id) VALUES (?1)")?;
    live.iter().try_for_each(|id| insert.execute([id]).map(drop))?;
    drop(insert);
    // While rows go, an index finds those that refer to them.
    db.execute_batch(
        "CREATE INDEX dependencies_by_object ON dependencies (object);
         CREATE INDEX open_dependencies_by_object ON open_dependencies (object);
         DELETE FROM dependencies WHERE object NOT IN (SELECT id FROM live);
         DELETE FROM open_dependencies WHERE object NOT IN (SELECT id FROM live);
         DELETE FROM objects WHERE id NOT IN (SELECT id FROM live);
         DROP INDEX dependencies_by_object;
         DROP INDEX open_dependencies_by_object;",
    )?;
    forget(db)?;
    db.execute_batch("DROP TABLE live")?;
    // Readers of the names' state look at the history, which has not changed; what hosts believe of the store is void.
    db.execute("UPDATE settings SET value = random() & 0x7fffffffffffffff WHERE key = 'epoch'", [])?;
    Ok(())
}

/// Takes away texts, results and answers of the checker that are about what is gone.
fn forget(db: &Connection) -> Result<(), CodebaseError> {
    for (table, column) in
        [("sources", "reference"), ("shapes", "reference"), ("results", "reference"), ("source_keys", "refs")]
    {
        let dangling = dangling(db, &format!("SELECT DISTINCT {column} FROM {table}"))?;
        let mut delete = db.prepare(&format!("DELETE FROM {table} WHERE {column} = ?1"))?;
        dangling.iter().try_for_each(|text| delete.execute(params![text]).map(drop))?;
    }
    Ok(())
}

/// Those of some texts of references, separated by spaces, of which one leads nowhere.
fn dangling(db: &Connection, texts: &str) -> Result<Vec<String>, CodebaseError> {
    let mut there = db.prepare("SELECT EXISTS (SELECT 1 FROM objects WHERE hash = ?1)")?;
    let mut dangling = Vec::new();
    for text in db.prepare(texts)?.query_map([], |row| row.get::<_, String>(0))? {
        let text = text?;
        for component in text.split(' ').filter_map(component_of) {
            if !there.query_row([&component.0], |row| row.get::<_, bool>(0))? {
                dangling.push(text.clone());
                break;
            }
        }
    }
    Ok(dangling)
}
