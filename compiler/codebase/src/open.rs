//! Opens the file: makes it, recognises it, migrates it, refuses what is not ours.

use crate::error::CodebaseError;
use crate::presence::{Company, Presence};
use crate::schema::{APPLICATION_ID, MIGRATIONS};
use crate::shapes;
use hash::store::StoreId;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use std::path::Path;
use std::time::{Duration, Instant};

/// How long to wait for other processes. Their transactions are short, so whoever is waited for longer hangs.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// An open database and what it says of itself.
pub(crate) struct Opened {
    pub connection: Connection,
    pub presence: Option<Presence>,
    pub id: StoreId,
    pub epoch: u64,
}

/// A file for reading and writing, made if it is not there.
pub(crate) fn file(path: &Path) -> Result<Opened, CodebaseError> {
    refuse_directory(path)?;
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    // Before anything is read: SQLite would make its index of the log as unwritable as the file, and leave it there.
    if connection.is_readonly("main")? {
        return Err(CodebaseError::ReadOnly);
    }
    configure(&connection)?;
    identify(&connection)?;
    write_ahead(&connection)?;
    migrate(&mut connection)?;
    let presence = enter(&mut connection, path)?;
    finish(connection, Some(presence))
}

/// A file that nobody changes any more, for reading.
pub(crate) fn image(path: &Path) -> Result<Opened, CodebaseError> {
    refuse_directory(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(immutable_uri(path)?, flags)?;
    configure(&connection)?;
    let (found, known) = (identify(&connection)?, known_version());
    if found != known {
        return Err(CodebaseError::Version { found, known });
    }
    finish(connection, None)
}

pub(crate) fn memory() -> Result<Opened, CodebaseError> {
    let mut connection = Connection::open_in_memory()?;
    configure(&connection)?;
    migrate(&mut connection)?;
    finish(connection, None)
}

fn refuse_directory(path: &Path) -> Result<(), CodebaseError> {
    if path.is_dir() { Err(CodebaseError::Path("it is a directory".into())) } else { Ok(()) }
}

/// SQLite then neither locks nor looks for a log, so it works where nothing can be written.
fn immutable_uri(path: &Path) -> Result<String, CodebaseError> {
    let text = path.to_str().ok_or_else(|| CodebaseError::Path("it is not UTF-8".into()))?;
    let escaped: String = text.chars().map(escape).collect();
    Ok(format!("file:{escaped}?immutable=1"))
}

fn escape(c: char) -> String {
    match c {
        '%' | '?' | '#' => format!("%{:02x}", u32::from(c)),
        other => other.to_string(),
    }
}

fn configure(connection: &Connection) -> Result<(), CodebaseError> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(64);
    // Otherwise SQLite plans a statement anew each time its range is bound, which costs more than the lookup.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    // A commit is on the disk before it is acknowledged.
    connection.pragma_update(None, "synchronous", "FULL")?;
    Ok(())
}

fn known_version() -> i64 {
    MIGRATIONS.len() as i64
}

/// The version of the file: 0 if it is empty. Changes nothing, so that a file that is not ours stays as it is.
fn identify(connection: &Connection) -> Result<i64, CodebaseError> {
    let application: i32 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let known = known_version();
    match application {
        APPLICATION_ID if found > known => Err(CodebaseError::Version { found, known }),
        APPLICATION_ID => Ok(found),
        0 if tables == 0 => Ok(0),
        _ => Err(CodebaseError::NotACodebase),
    }
}

/// SQLite does not wait for others when it changes the journal's mode, so we do.
#[expect(clippy::disallowed_methods, reason = "SQLite tells nobody when it may be tried again")]
fn write_ahead(connection: &Connection) -> Result<(), CodebaseError> {
    let deadline = Instant::now() + BUSY_TIMEOUT;
    loop {
        let changed = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get::<_, String>(0));
        match changed.map_err(CodebaseError::from) {
            Err(CodebaseError::Busy) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(5)),
            Err(error) => return Err(error),
            Ok(_) => return Ok(()),
        }
    }
}

/// Another process may do the same at once: the version is read again under the write lock.
fn migrate(connection: &mut Connection) -> Result<(), CodebaseError> {
    if identify(connection)? == known_version() {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found = usize::try_from(identify(&transaction)?).map_err(|_| CodebaseError::NotACodebase)?;
    for migration in &MIGRATIONS[found..] {
        transaction.execute_batch(migration)?;
    }
    shapes::put_all(&transaction)?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", known_version())?;
    Ok(transaction.commit()?)
}

/// Starts a new epoch if the last one to have the file open did not close it. Whoever opens and closes a file that is as it should be writes nothing to it.
fn enter(connection: &mut Connection, path: &Path) -> Result<Presence, CodebaseError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let (presence, company) = Presence::enter(path)?;
    if company == Company::Dead {
        transaction.execute("UPDATE settings SET value = random() & 0x7fffffffffffffff WHERE key = 'epoch'", [])?;
    }
    transaction.commit()?;
    Ok(presence)
}

/// The inverse of [`enter`], for a clean close. Says whether nobody is there any more.
pub(crate) fn leave(connection: &mut Connection, presence: Presence) -> Result<bool, CodebaseError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let alone = presence.leave()?;
    transaction.commit()?;
    Ok(alone)
}

/// Moves what the log holds into the file. SQLite does so too when a file is closed, but says nothing if the disk is too full for it.
pub(crate) fn gather(connection: &Connection) -> Result<(), CodebaseError> {
    let busy: bool = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if busy { Err(CodebaseError::Busy) } else { Ok(()) }
}

fn finish(connection: Connection, presence: Option<Presence>) -> Result<Opened, CodebaseError> {
    let setting = "SELECT value FROM settings WHERE key = ?1";
    let id = StoreId(connection.query_row(setting, ["store"], |row| row.get(0))?);
    let epoch: i64 = connection.query_row(setting, ["epoch"], |row| row.get(0))?;
    Ok(Opened { connection, presence, id, epoch: epoch as u64 })
}
