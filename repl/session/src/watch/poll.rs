//! When files have been saved: their times and sizes, looked at again and again.
//!
//! Editors write in several steps, or put a new file in the place of the old one. So a change counts when it is seen twice without a further one, and
//! while everything that was named is gone, nothing has changed.

use crate::files;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// What a save changes of a file: its time, its size, or which file it is.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Stamp(PathBuf, SystemTime, u64, u64);

/// Files, and folders with all source files below them.
pub struct Poll {
    paths: Vec<PathBuf>,
    /// As they were when they were last found to have changed.
    last: Option<Vec<Stamp>>,
    /// As they were when they were last looked at, if that was different.
    settling: Option<Vec<Stamp>>,
}

impl Poll {
    /// Watches from now on. What is read afterwards is at least as new.
    pub fn new(paths: &[PathBuf]) -> Poll {
        Poll { paths: paths.to_vec(), last: stamps(paths), settling: None }
    }

    /// Whether they have been saved since this was last so.
    pub fn has_changed(&mut self) -> bool {
        let now = stamps(&self.paths);
        let is_settled = now.is_some() && now != self.last && now == self.settling;
        if is_settled {
            self.last.clone_from(&now);
        }
        self.settling = now;
        is_settled
    }
}

/// Nothing while none of them is there.
fn stamps(paths: &[PathBuf]) -> Option<Vec<Stamp>> {
    let stamps: Vec<Stamp> = files::find(paths).files.iter().filter_map(|path| stamp(path)).collect();
    let is_there = !stamps.is_empty() || paths.iter().any(|path| path.is_dir());
    is_there.then_some(stamps)
}

fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = std::fs::metadata(path).ok()?;
    Some(Stamp(path.to_path_buf(), metadata.modified().ok()?, metadata.len(), metadata.ino()))
}
