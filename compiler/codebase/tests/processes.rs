//! Many writers at once, and writers that are killed.

use base::Name;
use codebase::{Batch, Codebase};
use hash::{Hashed, hash_terms};
use kernel::{DefId, Definition, Literal, Signature, Term, TermRef, Type};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

/// Where the child that [`a_killed_writer_loses_nothing_it_acknowledged`] starts shall write.
const CHILD_PATH: &str = "UNISON_TEST_CHILD_CODEBASE";

fn reference(hashed: &Hashed) -> TermRef {
    TermRef::Def(DefId { component: hashed.object.hash(), index: 0 })
}

/// A leaf and a definition that refers to it, so that half a batch would be seen.
fn batch(name: &str) -> Batch {
    let signature = Signature { ty: Type::unit(), by_name: false };
    let leaf =
        hash_terms(&[Definition { signature: signature.clone(), body: Term::Literal(Literal::Text(name.into())) }]);
    let body = Term::List(vec![Term::Ref(reference(&leaf))]);
    let root = hash_terms(&[Definition { signature, body }]);
    let terms = vec![(Name::from(name), reference(&root))];
    Batch { terms, objects: vec![root.object, leaf.object], ..Batch::default() }
}

fn check_integrity(path: &Path) {
    let connection = rusqlite::Connection::open(path).expect("opens");
    let verdict: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("checked");
    assert_eq!(verdict, "ok");
    let mut violations = connection.prepare("PRAGMA foreign_key_check").expect("checked");
    assert!(!violations.exists([]).expect("checked"));
}

#[test]
fn writers_at_once_lose_nothing() {
    let directory = tempfile::tempdir().expect("a scratch directory");
    let path = directory.path().join("codebase.sqlite");
    let (writers, rounds) = (6, 12);
    std::thread::scope(|scope| {
        for writer in 0..writers {
            let path = &path;
            scope.spawn(move || {
                let codebase = Codebase::open(path).expect("opens while others do");
                for round in 0..rounds {
                    codebase.add(&batch(&format!("w{writer}.r{round}")), round).expect("added");
                }
            });
        }
    });
    let codebase = Codebase::open(&path).expect("opens");
    assert_eq!(codebase.term_names().len(), writers * rounds as usize);
    assert_eq!(codebase.history(999).expect("readable").len(), writers * rounds as usize);
    check_integrity(&path);
}

/// Not a test of its own: what the child does. It says which name it has just added.
#[test]
fn child() {
    let Ok(path) = std::env::var(CHILD_PATH) else { return };
    let codebase = Codebase::open(Path::new(&path)).expect("opens after a crash");
    let start = codebase.term_names().len();
    for n in start.. {
        let name = format!("n{n}");
        codebase.add(&batch(&name), 1).expect("added");
        println!("added {name}");
    }
}

#[test]
fn a_killed_writer_loses_nothing_it_acknowledged() {
    let directory = tempfile::tempdir().expect("a scratch directory");
    let path = directory.path().join("codebase.sqlite");
    let mut epochs = std::collections::BTreeSet::new();
    for acknowledged in [1, 4, 9, 2] {
        let mut child = Command::new(std::env::current_exe().expect("known"))
            .args(["--exact", "child", "--nocapture"])
            .env(CHILD_PATH, &path)
            .stdout(Stdio::piped())
            .spawn()
            .expect("started");
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines().map_while(Result::ok);
        // The harness may put the name of the test in front of the first line.
        let names = lines.filter_map(|line| line.split_once("added ").map(|(_, name)| Name::from(name)));
        let last = names.take(acknowledged).last().expect("the child writes");
        child.kill().expect("killed");
        child.wait().expect("ended");

        let codebase = Codebase::open(&path).expect("opens clean");
        let found = codebase.terms_by_suffix(&last);
        assert_eq!(found, batch(last.as_str()).terms);
        assert!(codebase.signature(found[0].1).is_some());
        epochs.insert(hash::store::ObjectStore::epoch(&codebase));
        codebase.close().expect("closed");
        check_integrity(&path);
    }
    assert_eq!(epochs.len(), 4, "each crash starts an epoch");
}
