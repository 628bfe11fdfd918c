//! The standard library's image is a cache: made when it is not there, made again when it is no image.

use check::Environment;
use codebase::Codebase;
use compiler::environment::EnvironmentError;
use compiler::{CodebaseEnvironment, library};
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn image(cache: &Path) -> PathBuf {
    let entries = std::fs::read_dir(cache).expect("the cache is there");
    let mut paths = entries.map(|entry| entry.expect("readable").path());
    paths.find(|path| path.extension().is_some_and(|e| e == "sqlite")).expect("an image")
}

#[test]
fn what_is_no_image_is_made_again() {
    let cache = tempfile::tempdir().expect("a temporary directory");
    library::open(cache.path()).expect("made at first use");
    for damage in [&b""[..], b"not a database at all"] {
        std::fs::write(image(cache.path()), damage).expect("writable");
        let library = library::open(cache.path()).expect("made again");
        assert!(!library.terms_by_suffix(&"List.map".into()).is_empty());
    }
}

#[test]
fn an_image_that_cannot_be_read_to_the_end_is_told_not_taken_for_an_empty_one() {
    let cache = tempfile::tempdir().expect("a temporary directory");
    library::open(cache.path()).expect("made at first use");
    let path = image(cache.path());
    let mut bytes = std::fs::read(&path).expect("readable");
    // The first pages hold the schema and the settings, which opening reads.
    bytes[3 * 4096..].fill(0xee);
    std::fs::write(&path, bytes).expect("writable");
    let damaged = Arc::new(library::open(cache.path()).expect("what opening reads is whole"));
    let environment = CodebaseEnvironment::new(Arc::new(Codebase::in_memory().expect("memory")), damaged);
    assert!(environment.failure().is_ok(), "nothing was looked up yet");
    assert!(environment.terms(&"List.map".into()).is_empty());
    assert!(matches!(environment.failure(), Err(EnvironmentError::Library(_))));
}
