//! Garbage collection: what goes, what stays, and who is told.

use base::Name;
use codebase::{Batch, Codebase, CodebaseError, Collected};
use hash::store::ObjectStore;
use hash::{Hashed, SourceKeyBuilder, hash_terms};
use kernel::{DefId, Definition, Literal, Signature, Term, TermRef, Type};
use std::path::PathBuf;
use tempfile::TempDir;

const LATER: u64 = u64::MAX;

fn value(body: Term) -> Hashed {
    let signature = Signature { ty: Type::unit(), by_name: false };
    hash_terms(&[Definition { signature, body }])
}

fn nat(n: u64) -> Hashed {
    value(Term::Literal(Literal::Nat(n)))
}

fn term(hashed: &Hashed) -> TermRef {
    TermRef::Def(DefId { component: hashed.object.hash(), index: 0 })
}

fn calls(callee: &Hashed) -> Hashed {
    value(Term::List(vec![Term::Ref(term(callee))]))
}

fn batch(objects: &[&Hashed], names: &[(&str, &Hashed)]) -> Batch {
    let terms = names.iter().map(|(name, of)| (Name::from(*name), term(of))).collect();
    Batch { objects: objects.iter().map(|hashed| hashed.object.clone()).collect(), terms, ..Batch::default() }
}

fn scratch() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().expect("a scratch directory");
    let path = directory.path().join("codebase.sqlite");
    (directory, path)
}

fn has(codebase: &Codebase, all: &[&Hashed]) -> Vec<bool> {
    let hashes: Vec<base::Hash> = all.iter().map(|hashed| hashed.object.hash()).collect();
    codebase.has_many(&hashes).expect("readable")
}

#[test]
fn what_names_lead_to_or_have_led_to_stays() {
    let (_directory, path) = scratch();
    let codebase = Codebase::open(&path).expect("made");
    let (deep, old, new, loose) = (nat(1), calls(&nat(1)), nat(3), nat(4));
    let user = calls(&loose);
    codebase.add(&batch(&[&deep, &old], &[("f", &old)]), 1).expect("added");
    codebase.add(&batch(&[&new], &[("f", &new)]), 2).expect("added");
    let key = SourceKeyBuilder::new("1", "p").finish();
    let mut nameless = batch(&[&loose, &user], &[]);
    nameless.source_keys.push((key, vec![term(&user)]));
    codebase.add(&nameless, 3).expect("added");
    let all = [&deep, &old, &new, &loose, &user];

    let looked = codebase.collect(LATER, true).expect("nobody else has it");
    assert_eq!((looked.removed, looked.kept), (2, 3));
    assert_eq!(has(&codebase, &all), [true; 5], "it was only looked");
    assert_eq!(codebase.collect(2, false).expect("alone").removed, 0, "it was used lately");
    let collected = codebase.collect(LATER, false).expect("alone");
    assert_eq!(collected, looked);
    assert_eq!(has(&codebase, &all), [true, true, true, false, false], "`f` can be taken back");
    assert_eq!(codebase.known(key), None, "the checker asks anew");
    codebase.undo(9).expect("undone");
    assert_eq!(codebase.term_names(), ["f".into()]);
    codebase.add(&nameless, 3).expect("it can come back");
    assert_eq!(has(&codebase, &all), [true; 5]);
    assert_eq!(codebase.dependents(&loose.object.hash()).expect("readable"), [user.object.hash()]);
}

#[test]
fn what_others_were_told_to_be_there_counts_as_used() {
    let (_directory, path) = scratch();
    let codebase = Codebase::open(&path).expect("made");
    let (one, other) = (nat(1), nat(2));
    codebase.add(&batch(&[&one, &other], &[]), 1).expect("added");
    assert_eq!(has(&codebase, &[&one]), [true]);
    assert_eq!(codebase.collect(1_000, false).expect("alone").removed, 1);
    assert_eq!(has(&codebase, &[&one, &other]), [true, false]);
    // What arrives was used when it arrived.
    codebase.put_if_absent(std::slice::from_ref(&other.object)).expect("stored");
    assert_eq!(codebase.collect(1_000, false).expect("alone").removed, 0);
}

#[test]
fn nobody_else_may_have_it_open_and_the_epoch_changes_with_what_is_lost() {
    let (_directory, path) = scratch();
    let codebase = Codebase::open(&path).expect("made");
    codebase.add(&batch(&[&nat(1)], &[]), 1).expect("added");
    let other = Codebase::open(&path).expect("opens");
    let epoch = other.epoch();
    assert_eq!(codebase.collect(LATER, false), Err(CodebaseError::InUse));
    other.close().expect("closed");
    let none = Collected { removed: 0, bytes: 0, kept: 1 };
    assert_eq!(codebase.collect(0, false), Ok(none));
    codebase.close().expect("closed");

    let codebase = Codebase::open(&path).expect("opens");
    assert_eq!(codebase.epoch(), epoch, "nothing was lost");
    assert_eq!(codebase.collect(LATER, false).map(|collected| collected.removed), Ok(1));
    codebase.close().expect("closed");
    assert_ne!(Codebase::open(&path).expect("opens").epoch(), epoch);
}

#[test]
fn a_large_codebase_is_collected_in_no_time() {
    let (_directory, path) = scratch();
    let codebase = Codebase::open(&path).expect("made");
    let mut all = vec![nat(0)];
    for n in 1..20_000 {
        all.push(if n % 2 == 0 { calls(&all[n - 2]) } else { nat(n as u64) });
    }
    let objects: Vec<&Hashed> = all.iter().collect();
    codebase.add(&batch(&objects, &[("f", &all[9_998])]), 1).expect("added");
    let begun = std::time::Instant::now();
    let collected = codebase.collect(LATER, false).expect("alone");
    assert_eq!((collected.kept, collected.removed), (5_000, 15_000));
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
}
