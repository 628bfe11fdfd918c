//! Every code has a page, with examples; `tests/gallery.txt` shows what is said about these, and that they are as the pages say.

use base::Name;
use check::Environment;
use codebase::Codebase;
use compiler::{CodebaseEnvironment, explain, library};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

/// The codes in the sources of the crates that make problems.
fn codes() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut waiting =
        ["compiler/syntax/src", "compiler/check/src", "repl/session/src"].map(|dir| root.join(dir)).to_vec();
    let mut codes = BTreeSet::new();
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(std::fs::read_dir(&path).expect("readable").map(|entry| entry.expect("readable").path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).expect("readable");
            let quoted = text.split('"').filter(|part| {
                part.len() == 5 && part.starts_with('U') && part[1..].bytes().all(|b| b.is_ascii_digit())
            });
            codes.extend(quoted.map(str::to_string));
        }
    }
    codes
}

#[test]
fn every_code_has_a_page() {
    let pages = explain::pages();
    let known: BTreeSet<String> = pages.iter().map(|page| page.code.to_string()).collect();
    assert!(
        pages.is_sorted_by_key(|page| page.code) && known.len() == pages.len(),
        "pages stand in the order of codes"
    );
    assert_eq!(codes(), known);
    for page in pages {
        assert!(!page.wrong.is_empty() && !page.right.is_empty(), "{} has a wrong and a right example", page.code);
    }
    assert_eq!(explain::page("u0301").map(|page| page.code), Some("U0301"));
    assert_eq!(explain::similar("E0301"), Some("U0301"));
    assert_eq!(explain::similar("what"), None);
}

#[test]
fn what_is_abbreviated_in_an_example_is_there() {
    assert_eq!(explain::expanded("a⟨3 × x y⟩b⟨fc⟩\nc"), b"ax yx yx yb\xfc\nc");
    assert_eq!(explain::expanded("plain"), b"plain");
}

#[test]
fn names_of_other_languages_mean_something_here() {
    let cache = tempfile::tempdir().expect("a temporary directory");
    let library = library::open(cache.path()).expect("made at first use");
    let environment = CodebaseEnvironment::new(Arc::new(Codebase::in_memory().expect("memory")), Arc::new(library));
    for (theirs, ours) in check::NAMES_ELSEWHERE {
        for name in *ours {
            assert!(!environment.terms(&Name::from(*name)).is_empty(), "{name}, for {theirs:?}");
        }
    }
}
