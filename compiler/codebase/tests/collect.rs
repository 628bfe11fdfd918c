//! Garbage collection: what goes, what stays, and who is told.

use base::Name;
use codebase::{Batch, Codebase, Collected};
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

/// As if everything had happened so much earlier.
fn age(path: &std::path::Path, hours: i64) {
    let db = rusqlite::Connection::open(path).expect("opens");
    db.execute("UPDATE objects SET used_ms = used_ms - ?1", [hours * 3_600_000]).expect("aged");
}

#[test]
fn the_epoch_changes_with_what_is_lost() {
    let (_directory, path) = scratch();
    let codebase = Codebase::open(&path).expect("made");
    codebase.add(&batch(&[&nat(1)], &[]), 1).expect("added");
    let epoch = codebase.epoch();
    let none = Collected { removed: 0, bytes: 0, kept: 1, in_company: false };
    assert_eq!(codebase.collect(0, false), Ok(none));
    codebase.close().expect("closed");

    let codebase = Codebase::open(&path).expect("opens");
    assert_eq!(codebase.epoch(), epoch, "nothing was lost");
    assert_eq!(codebase.collect(LATER, false).map(|collected| collected.removed), Ok(1));
    codebase.close().expect("closed");
    assert_ne!(Codebase::open(&path).expect("opens").epoch(), epoch);
}

#[test]
fn in_company_only_what_was_received_and_not_used_for_a_day_goes() {
    let (_directory, path) = scratch();
    let node = Codebase::open(&path).expect("made");
    let (below, received, both) = (nat(1), nat(2), nat(3));
    let needed = calls(&below);
    let objects = [&below, &needed, &received, &both].map(|hashed| hashed.object.clone());
    node.put_if_absent(&objects).expect("stored");
    let made = nat(4);
    node.add(&batch(&[&made, &both], &[]), 1).expect("added");
    let all = [&below, &needed, &received, &both, &made];
    let other = Codebase::open(&path).expect("opens");
    assert_eq!(has(&node, &[&needed]), [true]);
    assert_eq!(other.collect(LATER, false).map(|collected| (collected.removed, collected.in_company)), Ok((0, true)));

    age(&path, 25);
    node.renew(3_600_000).expect("written");
    assert_eq!(other.collect(LATER, false).map(|collected| collected.removed), Ok(1));
    assert_eq!(has(&other, &all), [true, true, false, true, true], "what was found lately stays, with what is below");
    node.put_if_absent(&objects).expect("it comes again");
    assert_eq!(has(&node, &all), [true; 5]);
}

#[test]
fn what_was_not_used_for_long_is_used_before_anybody_relies_on_it() {
    let (_directory, path) = scratch();
    let node = Codebase::open(&path).expect("made");
    let (wanted, unwanted) = (nat(1), nat(2));
    node.put_if_absent(&[wanted.object.clone(), unwanted.object.clone()]).expect("stored");
    let other = Codebase::open(&path).expect("opens");
    age(&path, 72);
    // The node is not asked anything else before the collection.
    assert_eq!(has(&node, &[&wanted]), [true]);
    assert_eq!(other.collect(LATER, false).map(|collected| collected.removed), Ok(1));
    assert_eq!(has(&node, &[&wanted, &unwanted]), [true, false]);
}

/// Nobody has asked for it for so long that it is forgotten, and it goes.
#[test]
fn what_is_not_renewed_goes() {
    let (_directory, path) = scratch();
    let node = Codebase::open(&path).expect("made");
    let received = nat(1);
    node.put_if_absent(std::slice::from_ref(&received.object)).expect("stored");
    assert_eq!(has(&node, &[&received]), [true]);
    let other = Codebase::open(&path).expect("opens");
    std::thread::park_timeout(std::time::Duration::from_millis(20));
    node.renew(1).expect("written");
    age(&path, 25);
    node.renew(1).expect("written");
    assert_eq!(other.collect(LATER, false).map(|collected| collected.removed), Ok(1));
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
