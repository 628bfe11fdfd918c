//! The standard library's image is a cache: made when it is not there, made again when it is no image.

use compiler::library;
use std::path::{Path, PathBuf};

fn files(cache: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(cache).expect("the cache is there").map(|entry| entry.expect("readable").path()).collect()
}

fn image(cache: &Path) -> PathBuf {
    let mut images = files(cache).into_iter().filter(|path| path.extension().is_some_and(|e| e == "sqlite"));
    images.next().expect("an image")
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
fn a_failed_attempt_leaves_nothing_behind() {
    let cache = tempfile::tempdir().expect("a temporary directory");
    library::open(cache.path()).expect("made at first use");
    let path = image(cache.path());
    // A directory that is not empty cannot be replaced by a file.
    std::fs::remove_file(&path).expect("it was there");
    std::fs::create_dir_all(path.join("in the way")).expect("writable");
    assert!(library::open(cache.path()).is_err());
    assert_eq!(files(cache.path()), [path]);
}
