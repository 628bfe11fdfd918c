//! Files that are not what they should be, and what stays when a codebase is closed.

use codebase::{Batch, Codebase, CodebaseError};
use hash::store::{ObjectStore, StoreError};
use hash::{Hashed, hash_terms};
use kernel::{DefId, Definition, Literal, Signature, Term, TermRef, Type};
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn nat(n: u64) -> Hashed {
    let signature = Signature { ty: Type::unit(), by_name: false };
    hash_terms(&[Definition { signature, body: Term::Literal(Literal::Nat(n)) }])
}

fn add(codebase: &Codebase, name: &str, n: u64) {
    let hashed = nat(n);
    let term = TermRef::Def(DefId { component: hashed.object.hash(), index: 0 });
    let batch = Batch { objects: vec![hashed.object], terms: vec![(name.into(), term)], ..Batch::default() };
    codebase.add(&batch, 1).expect("added");
}

fn scratch() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().expect("a scratch directory");
    let path = directory.path().join("deep/er/codebase.sqlite");
    (directory, path)
}

fn refusal(path: &Path) -> CodebaseError {
    let both = [Codebase::open(path).err(), Codebase::open_read_only(path).err()].map(|e| e.expect("refused"));
    assert_eq!(std::mem::discriminant(&both[0]), std::mem::discriminant(&both[1]), "{both:?}");
    both[0].clone()
}

#[test]
fn what_was_added_is_there_after_closing() {
    let (directory, path) = scratch();
    let codebase = Codebase::open(&path).expect("made with its directories");
    add(&codebase, "x", 1);
    let (id, epoch) = (codebase.id(), codebase.epoch());
    codebase.close().expect("closed");
    let left: Vec<_> = std::fs::read_dir(path.parent().expect("parent")).expect("listed").flatten().collect();
    assert_eq!(left.len(), 1, "nothing is left beside the file: {left:?}");

    let again = Codebase::open(&path).expect("opens");
    assert_eq!((again.id(), again.epoch()), (id, epoch));
    assert_eq!(again.term_names(), ["x".into()]);
    drop(again);
    let other = Codebase::open(&directory.path().join("other")).expect("made");
    assert_ne!(other.id(), id);
}

#[test]
fn an_image_is_read_where_nothing_can_be_written() {
    let (directory, path) = scratch();
    let codebase = Codebase::open(&path).expect("made");
    add(&codebase, "x", 1);
    codebase.close().expect("closed");
    let image = directory.path().join("strange #name?%20");
    std::fs::rename(&path, &image).expect("moved");
    let before = std::fs::read(&image).expect("readable");
    let opened = Codebase::open_read_only(&image).expect("opens");
    assert_eq!(opened.get_many(&[nat(1).object.hash()]), Ok(vec![Some(nat(1).object)]));
    let refused = opened.put_if_absent(&[nat(2).object]);
    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    opened.close().expect("closed");
    assert_eq!(std::fs::read(&image).expect("readable"), before);
    assert!(matches!(Codebase::open_read_only(&path), Err(CodebaseError::Path(_))), "it is not made");
}

#[test]
fn a_file_that_was_closed_holds_everything_whoever_looks_at_it() {
    let (directory, path) = scratch();
    let codebase = Codebase::open(&path).expect("made");
    add(&codebase, "x", 1);
    let onlooker = Connection::open(&path).expect("opens");
    onlooker.query_row("SELECT count(*) FROM objects", [], |row| row.get::<_, i64>(0)).expect("read");
    codebase.close().expect("closed");
    let copy = directory.path().join("copy");
    std::fs::copy(&path, &copy).expect("copied without its log");
    assert_eq!(Codebase::open_read_only(&copy).expect("opens").term_names(), ["x".into()]);
}

#[cfg(unix)]
#[test]
fn a_file_that_could_not_be_written_can_be_once_it_may() {
    use std::os::unix::fs::PermissionsExt;
    let (_directory, path) = scratch();
    Codebase::open(&path).expect("made").close().expect("closed");
    let permit = |mode| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("permitted");
    permit(0o444);
    // Whoever may write everything does not see the difference.
    if std::fs::OpenOptions::new().write(true).open(&path).is_err() {
        assert_eq!(Codebase::open(&path).err(), Some(CodebaseError::ReadOnly));
    }
    permit(0o644);
    add(&Codebase::open(&path).expect("opens"), "x", 1);
}

#[test]
fn an_epoch_ends_with_an_unclean_close() {
    let (_directory, path) = scratch();
    let first = Codebase::open(&path).expect("made");
    let second = Codebase::open(&path).expect("in company");
    let epoch = first.epoch();
    assert_eq!(second.epoch(), epoch, "company is no crash");
    first.close().expect("closed");
    drop(second);
    // As a process leaves it that is killed: the system takes its lock away, and nothing more.
    let mut lock = path.clone().into_os_string();
    lock.push("-open");
    std::fs::write(&lock, "").expect("written");
    let third = Codebase::open(&path).expect("opens");
    assert_ne!(third.epoch(), epoch);
}

#[test]
fn who_only_reads_writes_nothing() {
    let (_directory, path) = scratch();
    Codebase::open(&path).expect("made").close().expect("closed");
    let before = std::fs::read(&path).expect("readable");
    Codebase::open(&path).expect("opens").close().expect("closed");
    assert!(std::fs::read(&path).expect("readable") == before, "the file has changed");
}

#[test]
fn files_that_are_something_else_are_refused_and_left_alone() {
    let directory = tempfile::tempdir().expect("a scratch directory");
    assert!(matches!(refusal(directory.path()), CodebaseError::Path(_)));

    let garbage = directory.path().join("garbage");
    let text = "main = do printLine \"hello\"\n".repeat(400);
    std::fs::write(&garbage, &text).expect("written");
    assert_eq!(refusal(&garbage), CodebaseError::NotACodebase);
    assert_eq!(std::fs::read_to_string(&garbage).expect("readable"), text);
    assert!(matches!(refusal(&garbage.join("below")), CodebaseError::Path(_)));

    let foreign = directory.path().join("foreign");
    Connection::open(&foreign).and_then(|c| c.execute_batch("CREATE TABLE t (x)")).expect("made");
    let before = std::fs::read(&foreign).expect("readable");
    assert_eq!(refusal(&foreign), CodebaseError::NotACodebase);
    assert_eq!(std::fs::read(&foreign).expect("readable"), before);
}

#[test]
fn a_newer_file_is_refused() {
    let (_directory, path) = scratch();
    Codebase::open(&path).expect("made").close().expect("closed");
    Connection::open(&path).and_then(|c| c.pragma_update(None, "user_version", 77)).expect("updated");
    let error = refusal(&path);
    let known = codebase::schema::MIGRATIONS.len() as i64;
    assert_eq!(error, CodebaseError::Version { found: 77, known });
    assert!(error.to_string().ends_with("use a newer `unison`"));
}

#[test]
fn a_damaged_object_is_reported_and_stops_what_rests_on_it() {
    let (_directory, path) = scratch();
    let codebase = Codebase::open(&path).expect("made");
    add(&codebase, "x", 1);
    let hash = nat(1).object.hash();
    let mut bytes = nat(1).object.bytes().to_vec();
    *bytes.last_mut().expect("not empty") ^= 1;
    let connection = Connection::open(&path).expect("opens");
    connection.execute("UPDATE objects SET bytes = ?1", [bytes]).expect("updated");
    assert_eq!(codebase.get_many(&[hash]), Err(StoreError::Corrupt(hash)));
    assert_eq!(codebase.object(&hash), Err(CodebaseError::Corrupt(hash)));
    assert_eq!(codebase.failure(), Ok(()));
    assert_eq!(codebase.signature(TermRef::Def(DefId { component: hash, index: 0 })), None);
    assert_eq!(codebase.add(&Batch::default(), 2), Err(CodebaseError::Corrupt(hash)));
}

#[test]
fn a_file_of_the_first_version_is_brought_up_to_date_with_all_it_has() {
    let (_directory, path) = scratch();
    let codebase = Codebase::open(&path).expect("made");
    add(&codebase, "x", 1);
    codebase.close().expect("closed");
    // As the first version had it: the rows, without what came later.
    let old = path.with_extension("old");
    let connection = Connection::open(&old).expect("opens");
    connection.execute_batch(codebase::schema::MIGRATIONS[0]).expect("made");
    let copy = format!(
        "ATTACH '{}' AS new;
         DELETE FROM settings; INSERT INTO settings SELECT * FROM new.settings;
         INSERT INTO objects SELECT * FROM new.objects;
         INSERT INTO names SELECT * FROM new.names;
         INSERT INTO changes SELECT id, parent, at_ms FROM new.changes;
         INSERT INTO name_changes SELECT * FROM new.name_changes;
         INSERT INTO sources SELECT 0, 'x', reference, 'x = 1' FROM new.names;
         PRAGMA application_id = {}; PRAGMA user_version = 1;",
        path.display(),
        codebase::schema::APPLICATION_ID
    );
    connection.execute_batch(&copy).expect("copied");
    drop(connection);
    let opened = Codebase::open(&old).expect("migrated");
    let history = opened.history(9).expect("readable");
    assert_eq!((history.len(), history[0].names.len()), (1, 1));
    assert_ne!(history[0].uid, [0; 16]);
    let of = history[0].names[0].new.expect("given");
    assert_eq!(&*opened.source_of(&"x".into(), of).expect("readable").expect("kept").text, "x = 1");
    let shape = codebase::shape::Shape::of(&Type::unit());
    assert_eq!(opened.of_shape(&shape, false, 9).expect("readable").len(), 1, "its type can be searched for");
    assert!(opened.undo(5).expect("writable").is_some());
}
