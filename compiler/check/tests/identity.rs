//! What the checker hands on: hashed components, source keys, the standard library and the examples.

mod support;

use base::Sources;
use check::{Checked, Environment};
use std::collections::BTreeSet;
use support::library::Library;
use support::{checked, on_compiler_stack, problems};

fn one(text: &str) -> Checked {
    let (checked, sources) = checked(&[("test.u", text)], &Library::default());
    assert_eq!(problems(&checked, &sources), Vec::<String>::new(), "{text}");
    checked
}

fn references(text: &str) -> BTreeSet<String> {
    one(text).terms.iter().map(|term| format!("{:?}", term.reference)).collect()
}

#[test]
fn names_and_layout_are_no_part_of_identity() {
    assert_eq!(references("f x = x + 1"), references("-- other\ng  y  =\n  y + 1"));
    assert_eq!(
        references("even n = if n == 0 then true else odd (n - 1)\nodd n = if n == 0 then false else even (n - 1)"),
        references("b m = if m == 0 then false else a (m - 1)\na m = if m == 0 then true else b (m - 1)")
    );
    assert_ne!(references("f x = x + 1"), references("f x = x + 2"));
}

#[test]
fn a_signature_that_says_what_is_inferred_changes_nothing() {
    let inferred = references("map f = cases\n  [] -> []\n  x +: xs -> f x +: map f xs");
    let unwritten = "map : (a -> b) -> [a] -> [b]\nmap f = cases\n  [] -> []\n  x +: xs -> f x +: map f xs";
    let written = "map : (x ->{e} y) -> [x] ->{e} [y]\nmap f = cases\n  [] -> []\n  x +: xs -> f x +: map f xs";
    assert_eq!(inferred, references(unwritten));
    assert_eq!(inferred, references(written));
    assert_ne!(
        inferred,
        references("map : (Nat -> b) -> [Nat] -> [b]\nmap f = cases\n  [] -> []\n  x +: xs -> f x +: map f xs")
    );
}

#[test]
fn objects_come_after_what_they_refer_to() {
    let checked = one("a = b + 1\nb = 2\ntype T = T U\ntype U = U Nat\nf : T -> Nat\nf = cases T (U n) -> n + a");
    let mut seen = BTreeSet::new();
    for object in &checked.objects {
        assert!(object.dependencies().iter().all(|dependency| seen.contains(dependency)));
        seen.insert(object.hash());
    }
    assert_eq!(seen.len(), 5);
}

#[test]
fn what_is_known_is_not_checked_again() {
    let text = "f x = g x + 1\ng x = x * 2\neven n = if n == 0 then true else odd (n - 1)\nodd n = if n == 0 then false else even (n - 1)\n> f 1";
    let first = one(text);
    assert_eq!((first.checked_count, first.skipped_count), (5, 0));
    let library = Library::default().with(&first);
    let again = |text: &str| {
        let (checked, sources) = checked(&[("test.u", text)], &library);
        assert_eq!(problems(&checked, &sources), Vec::<String>::new());
        checked
    };
    let second = again(text);
    assert_eq!((second.checked_count, second.skipped_count), (0, 5));
    assert!(second.objects.is_empty());
    let names =
        |checked: &Checked| checked.terms.iter().map(|term| (term.name.clone(), term.reference)).collect::<Vec<_>>();
    assert_eq!(names(&first), names(&second));
    assert_eq!(again(&text.replace("x * 2", "x  *  2 -- doubled")).checked_count, 0, "trivia do not count");
    assert_eq!(again(&text.replace("x * 2", "x * 3")).checked_count, 3, "g, and f and the watch, which use it");
}

#[test]
fn layout_is_part_of_the_key_where_it_has_meaning() {
    let key = |text: &str| one(text).keys[0].0;
    assert_ne!(
        key("f x y =\n  ignore x\n  y\nignore : a -> ()\nignore _ = ()"),
        key("f x y = ignore x y\nignore : a -> b -> ()\nignore _ _ = ()")
    );
}

#[test]
fn unique_types_differ_by_project_and_name() {
    let of = |project: &str, text: &str| {
        let mut sources = Sources::default();
        let source = sources.add("test.u", text);
        let (file, _) = syntax::parse(source, text);
        check::check(&[file], &sources, project, &Library::default()).types[0].reference
    };
    assert_eq!(of("p", "type T = A"), of("p", "type T = A"));
    assert_ne!(of("p", "type T = A"), of("q", "type T = A"));
    assert_ne!(of("p", "type T = A"), of("p", "type U = A"));
    assert_eq!(of("p", "structural type T = A"), of("q", "structural type U = A"));
    assert_ne!(of("p", "structural type T = A"), of("p", "structural type T = B"));
    assert_eq!(of("p", "unique[abc] type T = A"), of("q", "unique[abc] type U = A"));
}

#[test]
fn the_standard_library_and_the_examples_check() {
    on_compiler_stack(|| {
        let (library, sources) = checked(stdlib::FILES, &Library::default());
        assert_eq!(problems(&library, &sources), Vec::<String>::new());
        let library = Library::default().with_level(&library, 1);
        for term in library.all_term_names() {
            for named in library.terms(&term) {
                // Shows that every variable is in scope.
                library.body(named.reference).map(|body| support::show::term(&body, &library));
            }
        }
        let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples");
        for entry in std::fs::read_dir(examples).expect("there are examples") {
            let path = entry.expect("a readable folder").path();
            if path.extension().is_some_and(|extension| extension == "u") {
                let text = std::fs::read_to_string(&path).expect("a readable file");
                let (checked, sources) = checked(&[("example.u", &text)], &library);
                assert_eq!(problems(&checked, &sources), Vec::<String>::new(), "{path:?}");
            }
        }
    });
}
