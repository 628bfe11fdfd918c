//! What lands in a codebase, and how it is found again.

use base::{Hash, Name};
use builtin::BuiltinType;
use codebase::exchange::{self, Merge, Merged};
use codebase::shape::Shape;
use codebase::{Batch, Codebase, CodebaseError, MemoryStore, NameChange, Reference, SourceText};
use hash::store::{NameExchange, NameStore, ObjectStore, StoreError, StoreId};
use hash::{Hashed, SourceKeyBuilder, hash_terms, hash_types};
use kernel::{
    Constructor, Declaration, DeclarationKind, DefId, Definition, Identity, Literal, Row, Signature, Term, TermRef,
    Type, TypeRef,
};
use std::collections::BTreeSet;

fn first(hashed: &Hashed) -> DefId {
    DefId { component: hashed.object.hash(), index: 0 }
}

fn value(body: Term) -> Hashed {
    let signature = Signature { ty: Type::builtin(BuiltinType::Nat), by_name: false };
    hash_terms(&[Definition { signature, body }])
}

fn nat(n: u64) -> Hashed {
    value(Term::Literal(Literal::Nat(n)))
}

fn calls(callee: &Hashed) -> Hashed {
    value(Term::List(vec![Term::Ref(TermRef::Def(first(callee)))]))
}

/// `type T = Leaf | Node T`, with names of the constructors as given.
fn tree(names: [&str; 2]) -> Hashed {
    let itself = || Type::Ref(TypeRef::Cycle(0));
    let node = Type::fun(itself(), Row::empty(), itself());
    let constructor = |name: &str, ty, arity| Constructor { name: name.into(), ty, by_name: false, arity };
    hash_types(&[Declaration {
        kind: DeclarationKind::Type,
        identity: Identity::Structural,
        params: 0,
        constructors: vec![constructor(names[0], itself(), 0), constructor(names[1], node, 1)],
    }])
}

fn named(name: &str, hashed: &Hashed) -> Batch {
    let term = TermRef::Def(first(hashed));
    Batch { objects: vec![hashed.object.clone()], terms: vec![(name.into(), term)], ..Batch::default() }
}

fn names<T>(found: Vec<(Name, T)>) -> Vec<String> {
    found.into_iter().map(|(name, _)| name.to_string()).collect()
}

#[test]
fn names_are_found_by_suffix_at_segment_boundaries() {
    let codebase = Codebase::in_memory().expect("memory");
    for name in ["List.map", "map", "Set.map", "List.mapped", "remap", "Nat.+", "Nat.++", "x.Nat.+", "a./"] {
        codebase.add(&named(name, &nat(1)), 1).expect("added");
    }
    let found = |suffix: &str| names(codebase.terms_by_suffix(&suffix.into()));
    assert_eq!(found("map"), ["map", "List.map", "Set.map"]);
    assert_eq!(found("List.map"), ["List.map"]);
    assert_eq!(found("Nat.+"), ["Nat.+", "x.Nat.+"]);
    assert_eq!(found("/"), ["a./"]);
    assert_eq!(found("ap"), Vec::<String>::new());
    assert_eq!(codebase.term_names().len(), 9);
    assert_eq!(codebase.name_of_term(TermRef::Def(first(&nat(1)))), Some("List.map".into()));
    assert_eq!(codebase.name_of_term(TermRef::Def(first(&nat(2)))), None);
}

#[test]
fn constructors_follow_the_name_of_their_type() {
    let codebase = Codebase::in_memory().expect("memory");
    let (old, new) = (tree(["Leaf", "Node"]), tree(["Leaf", "Branch"]));
    let batch = |hashed: &Hashed| Batch {
        objects: vec![hashed.object.clone()],
        types: vec![("my.Tree".into(), TypeRef::Def(first(hashed)))],
        ..Batch::default()
    };
    codebase.add(&batch(&old), 1).expect("added");
    let found = |suffix: &str| codebase.constructors_by_suffix(&suffix.into());
    assert_eq!(found("Tree.Node"), [("my.Tree.Node".into(), TypeRef::Def(first(&old)), 1)]);
    codebase.add(&batch(&new), 2).expect("added");
    assert_eq!(found("Node"), []);
    assert_eq!(found("Branch"), [("my.Tree.Branch".into(), TypeRef::Def(first(&new)), 1)]);
    assert_eq!(found("Leaf"), [("my.Tree.Leaf".into(), TypeRef::Def(first(&new)), 0)]);
    assert_eq!(codebase.name_of_type(TypeRef::Def(first(&old))), None);
    let declaration = codebase.declaration(TypeRef::Def(first(&new))).expect("declared");
    assert_eq!(declaration.constructors[0].ty, Type::Ref(TypeRef::Def(first(&new))), "absolute, as seen from outside");
}

#[test]
fn a_batch_lands_wholly_or_not_at_all() {
    let codebase = Codebase::in_memory().expect("memory");
    let (leaf, root) = (nat(7), calls(&nat(7)));
    let mut batch = named("root", &root);
    batch.objects.insert(0, nat(8).object);
    assert_eq!(codebase.add(&batch, 1), Err(CodebaseError::Dangling(leaf.object.hash())));
    let there = || codebase.has_many(&[root.object.hash(), nat(8).object.hash()]).expect("readable");
    assert_eq!(there(), [false, false]);
    assert_eq!(codebase.term_names(), []);
    assert_eq!(codebase.history(9), Ok(Vec::new()));

    batch.objects.push(leaf.object.clone());
    codebase.add(&batch, 2).expect("dependencies may stand in any order");
    assert_eq!(there(), [true, true]);
    assert_eq!(codebase.dependents(&leaf.object.hash()), Ok(vec![root.object.hash()]));
    assert_eq!(codebase.object(&root.object.hash()), Ok(Some(root.object.clone())));
    let missing = Batch { terms: vec![("x".into(), TermRef::Def(first(&nat(99))))], ..Batch::default() };
    assert_eq!(codebase.add(&missing, 3), Err(CodebaseError::Dangling(nat(99).object.hash())));
}

#[test]
fn history_has_an_entry_for_each_change() {
    let codebase = Codebase::in_memory().expect("memory");
    codebase.add(&named("x", &nat(1)), 10).expect("added");
    codebase.add(&named("x", &nat(1)), 20).expect("nothing changes");
    codebase.add(&named("x", &nat(2)), 30).expect("added");
    let reference = |n| Some(Reference::Term(TermRef::Def(first(&nat(n)))));
    let history = codebase.history(9).expect("readable");
    let entries: Vec<_> = history.iter().map(|c| (c.parent, c.at_ms, c.names.clone())).collect();
    let change = |old, new| vec![NameChange { name: "x".into(), old, new }];
    assert_eq!(
        entries,
        [(Some(history[1].id), 30, change(reference(1), reference(2))), (None, 10, change(None, reference(1)))]
    );
}

#[test]
fn source_and_keys_are_remembered() {
    let codebase = Codebase::in_memory().expect("memory");
    let key = |token: &str| {
        let mut builder = SourceKeyBuilder::new("1", "");
        builder.token(token);
        builder.finish()
    };
    let term = TermRef::Def(first(&nat(1)));
    let of = Reference::Term(term);
    let mut batch = named("x", &nat(1));
    let source = SourceText {
        name: "x".into(),
        of,
        text: "x = 1".into(),
        context: "use Nat\n".into(),
        project: "p".into(),
        made_by: None,
    };
    batch.sources = vec![source.clone()];
    batch.source_keys = vec![(key("1"), vec![term, TermRef::Builtin(builtin::Builtin::NatAdd)])];
    codebase.add(&batch, 1).expect("added");
    assert_eq!(codebase.known(key("1")), Some(vec![term, TermRef::Builtin(builtin::Builtin::NatAdd)]));
    assert_eq!(codebase.known(key("2")), None);
    assert_eq!(codebase.source_of(&"x".into(), of), Ok(Some(source)));
    assert_eq!(codebase.source_of(&"y".into(), of), Ok(None));
    assert_eq!(codebase.signature(term).expect("known").ty, Type::builtin(BuiltinType::Nat));
    assert_eq!(codebase.signature(TermRef::Def(DefId { index: 1, ..first(&nat(1)) })), None);
}

#[test]
fn hashes_are_shown_and_found_by_unique_prefixes() {
    let codebase = Codebase::in_memory().expect("memory");
    let objects: Vec<_> = (0..200).map(|n| nat(n).object).collect();
    let hashes: Vec<Hash> = objects.iter().map(|object| object.hash()).collect();
    codebase.add(&Batch { objects, ..Batch::default() }, 1).expect("added");
    for hash in &hashes {
        let short = codebase.short(hash).expect("readable");
        assert_eq!(codebase.resolve_hash_prefix(&short, 9), Ok(vec![*hash]));
    }
    let digit = &hashes[0].to_text()[..1];
    let expected = hashes.iter().filter(|hash| hash.to_text().starts_with(digit)).count();
    assert_eq!(codebase.resolve_hash_prefix(digit, 999).expect("readable").len(), expected);
    assert_eq!(codebase.resolve_hash_prefix("zz", 9), Ok(Vec::new()));
}

/// What an object depends on may be absent, if it is said so, and may come later.
fn check_open(store: &impl ObjectStore) {
    let leaf = nat(8);
    let middle = calls(&leaf);
    let root = calls(&middle);
    let [leaf, middle, root] = [leaf, middle, root].map(|hashed| hashed.object);
    let hash = |object: &hash::Object| object.hash();
    let open = BTreeSet::from([hash(&leaf)]);
    let only = std::slice::from_ref;
    assert_eq!(store.open_below(&[hash(&root)]), Ok(Vec::new()));
    assert_eq!(store.put_with_open(only(&root), &open), Err(StoreError::Dangling(hash(&middle))), "it is not open");
    store.put_with_open(&[root.clone(), middle.clone()], &open).expect("what is absent may be");
    let hashes = [&root, &middle, &leaf].map(hash);
    assert_eq!(store.has_many(&hashes), Ok(vec![true, true, false]));
    assert_eq!(store.get_many(&hashes), Ok(vec![Some(root.clone()), Some(middle.clone()), None]));
    for above in [&root, &middle] {
        assert_eq!(store.open_below(&[hash(above), Hash([9; 32])]), Ok(vec![hash(&leaf)]));
    }
    let other = value(Term::Literal(Literal::Nat(80))).object;
    assert_eq!(
        store.put_if_absent(&[calls(&nat(81)).object, other.clone()]),
        Err(StoreError::Dangling(hash(&nat(81).object)))
    );
    assert_eq!(store.has_many(&[hash(&other)]), Ok(vec![false]), "all or nothing");
    store.put_if_absent(only(&leaf)).expect("it arrives");
    assert_eq!(store.has_many(&hashes), Ok(vec![true; 3]));
    assert_eq!(store.open_below(&hashes), Ok(Vec::new()));
}

/// Whoever depends on something is found whether or not that is there.
#[test]
fn an_open_dependency_has_its_dependents() {
    let codebase = Codebase::in_memory().expect("memory");
    let (leaf, root) = (nat(8), calls(&nat(8)));
    let [leaf, root] = [leaf, root].map(|hashed| hashed.object);
    let dependents = || codebase.dependents(&leaf.hash()).expect("readable");
    codebase.put_with_open(std::slice::from_ref(&root), &BTreeSet::from([leaf.hash()])).expect("it may be absent");
    assert_eq!(dependents(), [root.hash()]);
    codebase.put_if_absent(std::slice::from_ref(&leaf)).expect("it arrives");
    assert_eq!(dependents(), [root.hash()]);
}

fn check_store(store: &(impl ObjectStore + NameStore)) {
    check_open(store);
    let (leaf, root) = (nat(7), calls(&nat(7)));
    let hashes = [leaf.object.hash(), root.object.hash()];
    assert_eq!(store.put_if_absent(std::slice::from_ref(&root.object)), Err(StoreError::Dangling(hashes[0])));
    assert_eq!(store.has_many(&hashes), Ok(vec![false, false]));
    store.put_if_absent(&[root.object.clone(), leaf.object.clone()]).expect("closed");
    let beginnings = hashes.map(|hash| [hash.0[0], hash.0[1], hash.0[2]]);
    let mut found = store.beginning_with(&beginnings).expect("readable");
    found.sort_unstable();
    let mut all = hashes.to_vec();
    all.sort_unstable();
    assert_eq!(found, all);
    assert_eq!(store.beginning_with(&[beginnings[0].map(|byte| !byte)]), Ok(Vec::new()));
    store.put_if_absent(std::slice::from_ref(&leaf.object)).expect("there already");
    let far = Hash([1; 32]);
    assert_eq!(store.get_many(&[far, hashes[1]]), Ok(vec![None, Some(root.object)]));
    assert_eq!(store.get("k"), Ok(None));
    assert_eq!(store.compare_and_set("k", Some(b"a"), b"b"), Ok(false));
    assert_eq!(store.compare_and_set("k", None, b"a"), Ok(true));
    assert_eq!(store.compare_and_set("k", None, b"b"), Ok(false));
    assert_eq!(store.compare_and_set("k", Some(b"a"), b"b"), Ok(true));
    assert_eq!(store.get("k"), Ok(Some(b"b".to_vec())));
}

#[test]
fn both_stores_keep_the_contract() {
    check_store(&Codebase::in_memory().expect("memory"));
    let store = MemoryStore::new(StoreId([3; 16]), 5);
    check_store(&store);
    assert_eq!((ObjectStore::id(&store), store.epoch()), (StoreId([3; 16]), 5));
}

/// What became of names, as text.
fn merged(outcomes: &[(Name, Merged)]) -> Vec<String> {
    let word = |outcome: &Merged| match outcome {
        Merged::Added => "added",
        Merged::Updated(_) => "updated",
        Merged::Unchanged => "unchanged",
        Merged::Newer(_) => "newer",
        Merged::Conflict(_) => "conflict",
    };
    outcomes.iter().map(|(name, outcome)| format!("{name} {}", word(outcome))).collect()
}

/// Brings what `from` has into `to`, as a push does.
fn give(from: &Codebase, to: &Codebase, force: bool) -> Vec<String> {
    let export = from.export(&[]).expect("exported").0;
    let (terms, _) = export.known_references(from).expect("known");
    let hashes: Vec<Hash> = terms.iter().filter_map(|term| Some(def(*term)?.component)).collect();
    let objects: Vec<_> = from.get_many(&hashes).expect("there").into_iter().flatten().collect();
    to.put_if_absent(&objects).expect("landed");
    let merge = Merge { export, what: "a test".into(), force, at_ms: 9 };
    let answer = to.merge_names(&exchange::merge_bytes(&merge)).expect("merged");
    merged(&exchange::read_merged(&answer).expect("our own answer"))
}

fn def(term: TermRef) -> Option<DefId> {
    match term {
        TermRef::Def(id) => Some(id),
        TermRef::Builtin(_) | TermRef::Cycle(_) => None,
    }
}

#[test]
fn names_go_from_one_codebase_to_another_and_nothing_is_overwritten_unseen() {
    let (mine, hub) = (Codebase::in_memory().expect("memory"), Codebase::in_memory().expect("memory"));
    mine.add(&named("a", &nat(1)), 1).expect("added");
    assert_eq!(give(&mine, &hub, false), ["a added"]);
    assert_eq!(give(&mine, &hub, false), ["a unchanged"]);
    mine.add(&named("a", &nat(2)), 2).expect("added");
    assert_eq!(give(&hub, &mine, false), ["a newer"], "what the hub has is known as an earlier meaning");
    assert_eq!(give(&mine, &hub, false), ["a updated"]);
    let theirs = Codebase::in_memory().expect("memory");
    theirs.add(&named("a", &nat(3)), 3).expect("added");
    assert_eq!(give(&hub, &theirs, false), ["a conflict"]);
    assert_eq!(names(theirs.terms_by_suffix(&"a".into())), ["a"]);
    assert!(theirs.foreign_history(&"a".into()).expect("readable").is_empty(), "a conflict brings nothing along");
    assert_eq!(give(&hub, &theirs, true), ["a updated"]);
    assert_eq!(theirs.foreign_history(&"a".into()).expect("readable").len(), 4, "two changes, two pushes");
    theirs.undo(10).expect("undone");
    assert_eq!(theirs.terms_by_suffix(&"a".into()), [("a".into(), TermRef::Def(first(&nat(3))))]);
}

#[test]
fn an_export_that_was_tampered_with_is_refused_or_harmless() {
    let (mine, hub) = (Codebase::in_memory().expect("memory"), Codebase::in_memory().expect("memory"));
    mine.add(&named("a.b", &nat(1)), 1).expect("added");
    let merge = Merge { export: mine.export(&[]).expect("exported").0, what: "a test".into(), force: false, at_ms: 9 };
    let bytes = exchange::merge_bytes(&merge);
    assert!(matches!(hub.merge_names(&bytes), Err(StoreError::Dangling(_))), "its definition is not there");
    for length in 0..bytes.len() {
        assert!(matches!(hub.merge_names(&bytes[..length]), Err(StoreError::Refused(_))), "{length} bytes");
    }
    for at in 0..bytes.len() {
        let mut bytes = bytes.clone();
        bytes[at] ^= 0x15;
        // Whatever it says now, the definitions are not there: it may be refused, or be about no name at all.
        assert!(hub.merge_names(&bytes).is_err(), "byte {at}");
    }
    assert!(hub.named(None).expect("readable").is_empty());
}

#[test]
fn changes_are_taken_back_and_brought_back() {
    let codebase = Codebase::in_memory().expect("memory");
    let meaning = || codebase.terms_by_suffix(&"x".into()).first().map(|(_, term)| *term);
    let [one, two] = [1, 2].map(|n| TermRef::Def(first(&nat(n))));
    codebase.add(&named("x", &nat(1)), 1).expect("added");
    codebase.add(&named("x", &nat(2)), 2).expect("added");
    assert!(codebase.undo(3).expect("writable").is_some());
    assert_eq!(meaning(), Some(one));
    assert!(codebase.undo(4).expect("writable").is_some(), "undoing again goes further back");
    assert_eq!(meaning(), None);
    assert_eq!(codebase.undo(5), Ok(None));
    codebase.redo(6).expect("writable");
    codebase.redo(7).expect("writable");
    assert_eq!(meaning(), Some(two));
    assert_eq!(codebase.redo(8), Ok(None));
    codebase.undo(9).expect("writable");
    codebase.add(&named("y", &nat(3)), 10).expect("added");
    assert_eq!(codebase.redo(11), Ok(None), "something else was changed since");
    assert_eq!(codebase.history(99).expect("readable").len(), 8, "nothing is removed");
}

#[test]
fn a_change_is_taken_back_whatever_came_after_it_but_not_if_its_names_have_changed() {
    let codebase = Codebase::in_memory().expect("memory");
    let x = codebase.add(&named("x", &nat(1)), 1).expect("added").expect("a change");
    codebase.add(&named("y", &nat(2)), 2).expect("added");
    assert!(codebase.undo_change(x, 3).expect("writable").is_some());
    assert!(codebase.terms_by_suffix(&"x".into()).is_empty());
    assert_eq!(codebase.terms_by_suffix(&"y".into()).len(), 1);
    assert_eq!(codebase.undo_change(x, 4), Ok(None), "it is taken back already");
    let x = codebase.add(&named("x", &nat(1)), 5).expect("added").expect("a change");
    codebase.add(&named("x", &nat(3)), 6).expect("added");
    assert_eq!(codebase.undo_change(x, 7), Ok(None), "it means something else by now");
}

#[test]
fn a_batch_for_names_that_have_changed_since_does_not_land() {
    let codebase = Codebase::in_memory().expect("memory");
    let since = Some(codebase.head().expect("readable"));
    codebase.add(&named("x", &nat(1)), 1).expect("added");
    let late = Batch { since, ..named("x", &nat(2)) };
    assert_eq!(codebase.add(&late, 2), Err(CodebaseError::Moved));
    assert_eq!(codebase.object(&nat(2).object.hash()), Ok(None));
}

#[test]
fn types_are_found_by_their_shape() {
    let codebase = Codebase::in_memory().expect("memory");
    codebase.add(&named("x", &nat(1)), 1).expect("added");
    let shape = Shape::of(&Type::builtin(BuiltinType::Nat));
    let found =
        |shape| codebase.of_shape(shape, false, 9).expect("readable").into_iter().map(|s| s.name).collect::<Vec<_>>();
    assert_eq!(found(&shape), ["x".into()]);
    assert_eq!(found(&Shape::of(&Type::unit())), []);
}
