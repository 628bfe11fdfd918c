//! The standard library's image is a cache: made when it is not there, made again when it is no image.

use compiler::library;
use std::path::{Path, PathBuf};

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
