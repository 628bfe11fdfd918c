//! What the pages about problems say is true: the wrong example of each has this problem and no other, the right one has none. The messages about
//! the wrong ones, all kinds of them, stand in `gallery.txt`; `UPDATE_EXPECT=1 cargo test -p compiler` rewrites it.

use base::{Name, Sources, diagnostic};
use check::Environment;
use codebase::Codebase;
use compiler::{CodebaseEnvironment, Compiled, explain, library};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

/// Problems without an example: of large files, of codebases with a particular content, and of what is run.
const WITHOUT_EXAMPLE: &[&str] = &["U0101", "U0111", "U0112", "U0213", "U0701", "U0702", "U0703"];

fn environment(cache: &Path) -> CodebaseEnvironment {
    let library = library::open(cache).expect("made at first use");
    CodebaseEnvironment::new(Arc::new(Codebase::in_memory().expect("memory")), Arc::new(library))
}

fn compiled(text: &str, environment: &CodebaseEnvironment) -> (Compiled, Sources) {
    let mut sources = Sources::default();
    sources.add("it.u", text);
    let compiled = compiler::on_compiler_stack(|| compiler::compile(&sources, "", environment));
    (compiled, sources)
}

#[test]
fn examples_are_wrong_and_right_as_their_pages_say() {
    let cache = tempfile::tempdir().expect("a temporary directory");
    let environment = environment(cache.path());
    let mut gallery = String::new();
    let mut failures = String::new();
    for page in explain::pages() {
        assert_eq!(page.wrong.is_none(), WITHOUT_EXAMPLE.contains(&page.code), "{} has an example", page.code);
        let (Some(wrong), Some(right)) = (page.wrong, page.right) else { continue };
        let (found, sources) = compiled(wrong, &environment);
        let told: Vec<String> = found.diagnostics.iter().map(|d| diagnostic::human(d, &sources, false)).collect();
        if !matches!(&found.diagnostics[..], [only] if only.code == page.code) {
            failures += &format!("{} as the wrong one:\n{wrong}\n{}\n", page.code, told.join("\n"));
        }
        let message: String = told.concat().lines().map(|line| format!("{}\n", line.trim_end())).collect();
        gallery += &format!("==== {}\n{wrong}\n\n{message}\n", page.title);
        let (found, sources) = compiled(right, &environment);
        for problem in &found.diagnostics {
            failures += &format!("{} as the right one:\n{}\n", page.code, diagnostic::human(problem, &sources, false));
        }
    }
    assert!(failures.is_empty(), "{failures}");
    expect_test::expect_file!["gallery.txt"].assert_eq(&gallery);
}

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
    let pages: Vec<String> = explain::pages().iter().map(|page| page.code.to_string()).collect();
    let known: BTreeSet<String> = pages.iter().cloned().collect();
    assert!(pages.is_sorted() && known.len() == pages.len(), "pages stand in the order of their codes");
    assert_eq!(codes(), known);
    assert_eq!(explain::page("u0301").map(|page| page.code), Some("U0301"));
    assert_eq!(explain::similar("E0301"), Some("U0301"));
    assert_eq!(explain::similar("what"), None);
}

#[test]
fn names_of_other_languages_mean_something_here() {
    let cache = tempfile::tempdir().expect("a temporary directory");
    let environment = environment(cache.path());
    for (theirs, ours) in check::NAMES_ELSEWHERE {
        for name in *ours {
            assert!(!environment.terms(&Name::from(*name)).is_empty(), "{name}, for {theirs:?}");
        }
    }
}
