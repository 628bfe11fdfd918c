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
    let connection = Connection::open(&path).expect("opens");
    connection.execute("UPDATE settings SET value = 0 WHERE key = 'clean'", []).expect("updated");
    let third = Codebase::open(&path).expect("opens");
    assert_ne!(third.epoch(), epoch);
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
