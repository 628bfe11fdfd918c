//! Which source files a command is about.

use crate::project::Project;
use std::collections::BTreeSet;
use std::fs::FileType;
use std::io::Error;
use std::path::{Path, PathBuf};

/// The extension of source files.
pub const EXTENSION: &str = "u";

/// What a command is about that names nothing: the project's folder, as seen from the current one, or else that.
pub fn default_paths(project: &Project, current: &Path) -> Vec<PathBuf> {
    let depth = project.root.as_ref().and_then(|root| Some(current.strip_prefix(root).ok()?.components().count()));
    let up: PathBuf = std::iter::repeat_n("..", depth.unwrap_or(0)).collect();
    vec![if up.as_os_str().is_empty() { PathBuf::from(".") } else { up }]
}

/// The files that a command is about.
#[derive(Default)]
pub struct Found {
    pub files: Vec<PathBuf>,
    /// Folders that cannot be looked into, and why.
    pub closed: Vec<(PathBuf, Error)>,
}

/// Files as they are given, and for each folder the source files below it, in order of their paths; each once. What is hidden (`.git`, `.unison`)
/// is left out, and so are links to folders, which could lead round in circles, and pipes and sockets, which could keep us waiting for ever.
pub fn find(paths: &[PathBuf]) -> Found {
    let mut found = Found::default();
    for path in paths {
        if path.is_dir() { below(path, &mut found) } else { found.files.push(path.clone()) }
    }
    let mut seen = BTreeSet::new();
    found.files.retain(|file| seen.insert(file.clone()));
    found
}

/// Whether there is something that is no file, behind a link or not. A link to nothing is told when it is read.
fn is_other(path: &Path, kind: FileType) -> bool {
    !kind.is_file() && std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file())
}

fn below(root: &Path, found: &mut Found) {
    let start = found.files.len();
    let mut waiting = vec![root.to_path_buf()];
    while let Some(folder) = waiting.pop() {
        if let Err(error) = entries(&folder, &mut waiting, &mut found.files) {
            found.closed.push((folder, error));
        }
    }
    found.files[start..].sort();
    found.closed.sort_by(|(a, _), (b, _)| a.cmp(b));
}

/// The source files in a folder, and the folders in it.
fn entries(folder: &Path, folders: &mut Vec<PathBuf>, files: &mut Vec<PathBuf>) -> Result<(), Error> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        let kind = entry.file_type()?;
        if kind.is_dir() {
            folders.push(path);
        } else if !is_other(&path, kind) && path.extension().is_some_and(|extension| extension == EXTENSION) {
            // Whoever names no folder wants to read none.
            files.push(path.strip_prefix(".").map(Path::to_path_buf).unwrap_or(path));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_are_found_and_each_once() {
        let folder = std::env::temp_dir().join(format!("unison-files-{}", std::process::id()));
        let of = |name: &str| folder.join(name);
        std::fs::create_dir_all(of("in/side.u")).expect("a temporary directory");
        for name in ["a.u", "in/b.u", ".hidden.u", "in/side.u/c.u", "d.txt"] {
            std::fs::write(of(name), "").expect("writable");
        }
        let link = std::os::unix::fs::symlink::<PathBuf, PathBuf>;
        link("..".into(), of("in/loop")).expect("a link");
        link("../a.u".into(), of("in/linked.u")).expect("a link");
        link("nothing".into(), of("in/broken.u")).expect("a link");
        let _socket = std::os::unix::net::UnixListener::bind(of("in/socket.u")).expect("a socket");
        let found = find(&[folder.clone(), of("a.u"), of("nowhere")]).files;
        std::fs::remove_dir_all(&folder).expect("it is ours");
        let expected = ["a.u", "in/b.u", "in/broken.u", "in/linked.u", "in/side.u/c.u", "nowhere"];
        assert_eq!(found, expected.map(of));
    }
}
